// Tables that travel both ways: nothing echoes, nothing is doubled, nothing that was deleted rises again.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/counts.hpp"
#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::expect_counts;
using support::Pair;
using support::Place;
using support::written;
using testing::AnyOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* both_map =
    "  - desktop: t\n    key: [id]\n    direction: both\n    origin: {column: source, desktop: D, cloud: M}\n";

constexpr const char* open_conflicts =
    "SELECT direction, table_name, row_key, kind, desktop_row->>'v', cloud_row->>'v' FROM pgtide.conflict WHERE "
    "resolved_at IS NULL ORDER BY row_key::text";

constexpr const char* count_open = "SELECT count(*) FROM pgtide.conflict WHERE resolved_at IS NULL";

// Which transaction wrote each row, and where it lies.
std::vector<std::string> versions(Pair& pair, Place place, const std::string& table) {
  return pair.rows(place, "SELECT xmin, ctid FROM " + table + " ORDER BY ctid");
}

// Runs every job; none is to write a row on any side, nor find a conflict.
void expect_quiet(Pair& pair, const std::string& table = "t") {
  const auto in_cloud = versions(pair, cloud, table), at_desktop = versions(pair, desktop, table);
  for (const char* mode : {"incremental", "reverse", "full"}) {
    SCOPED_TRACE(mode);
    const auto run = pair.sync_well(mode);
    EXPECT_EQ(written(run), 0) << run.out;
    EXPECT_EQ(run.table(table)["conflicted"], 0) << run.out;
  }
  EXPECT_EQ(versions(pair, cloud, table), in_cloud);
  EXPECT_EQ(versions(pair, desktop, table), at_desktop);
  for (const Place place : {desktop, cloud}) EXPECT_EQ(pair.value(place, count_open), "0");
}

void lose_cursors(Pair& pair, Place place) { pair.sql(place, "DELETE FROM pgtide.cursor"); }

// As after loading a dump: the same rows, written by another transaction.
void load_again(Pair& pair, Place place, const std::string& table) {
  pair.sql(place, "BEGIN; CREATE TEMP TABLE dump ON COMMIT DROP AS SELECT * FROM " + table + "; TRUNCATE " + table +
                      "; INSERT INTO " + table + " SELECT * FROM dump; COMMIT");
}

// Five rows of the desktop, sent. The column `note` is the cloud's own.
class Office : public Pair {
 public:
  Office() : Pair(Contents::reused) {
    sql(desktop,
        "CREATE TABLE t (id int, v text, source char(1), updated_at timestamptz DEFAULT now()); "
        "INSERT INTO t (id, v, source) SELECT i, 'v' || i, CASE WHEN i > 2 THEN 'D' END FROM generate_series(1, 5) i");
    sql(cloud,
        "CREATE TABLE t (id int PRIMARY KEY, v text, source char(1) DEFAULT 'D', note text DEFAULT 'own', updated_at "
        "timestamptz DEFAULT now())");
    use_map(both_map);
    expect_counts(sync_well("full"), "t", {{"inserted", 5}});
  }

  // Three rows are typed on a phone, each marked in another way.
  void type_on_the_phone() {
    sql(cloud, "INSERT INTO t (id, v, source) VALUES (101, 'm', 'M'), (102, 'none', NULL)");
    sql(cloud, "INSERT INTO t (id, v) VALUES (103, 'default')");
  }

  void expect_desktop(const std::string& ids) {
    EXPECT_EQ(value(desktop, "SELECT string_agg(id::text, ',' ORDER BY id) FROM t"), ids);
  }
  void expect_cloud(const std::string& ids) {
    EXPECT_EQ(value(cloud, "SELECT string_agg(id::text, ',' ORDER BY id) FROM t"), ids);
  }
  void expect_both(const std::string& ids) {
    expect_desktop(ids);
    expect_cloud(ids);
  }
};

// The same, and the phone's rows were fetched.
class BusyOffice : public Office {
 public:
  BusyOffice() {
    type_on_the_phone();
    expect_counts(sync_well("reverse"), "t", {{"inserted", 3}});
  }
};

constexpr const char* everything = "1,2,3,4,5,101,102,103";

// ---- no echo

TEST(BothWays, WhatCameOneWayDoesNotGoBackTheOther) {
  BusyOffice pair;
  expect_counts(pair.sync_well("incremental"), "t", {});
  expect_counts(pair.sync_well("reverse"), "t", {});
  for (int time = 0; time < 3; ++time) expect_quiet(pair);
  pair.expect_both(everything);
  pair.expect_same("t", "t", "id, v");
}

TEST(BothWays, APhonesRowComesBackOnceWhateverItsOriginSays) {
  Office pair;
  pair.type_on_the_phone();
  const auto before = versions(pair, cloud, "t");
  expect_counts(pair.sync_well("reverse"), "t", {{"inserted", 3}});
  for (int time = 0; time < 3; ++time) expect_counts(pair.sync_well("reverse"), "t", {});
  EXPECT_THAT(pair.rows(desktop, "SELECT id, v FROM t WHERE id > 100 ORDER BY id"),
              ElementsAre("101|m", "102|none", "103|default"));
  expect_quiet(pair);
  EXPECT_EQ(versions(pair, cloud, "t"), before);
  EXPECT_THAT(pair.rows(cloud, "SELECT id, source FROM t WHERE id > 100 ORDER BY id"),
              ElementsAre("101|M", "102|<NULL>", "103|D"));
}

TEST(BothWays, OverManyRunsEachRowTravelsOnce) {
  Office pair;
  for (int round = 1; round <= 4; ++round) {
    SCOPED_TRACE(round);
    const std::string ours = std::to_string(10 + round), theirs = std::to_string(200 + round);
    pair.sql(desktop, "INSERT INTO t (id, v) VALUES (" + ours + ", 'desktop'); UPDATE t SET v = v || '!' WHERE id = 1");
    pair.sql(cloud, "INSERT INTO t (id, v, source) VALUES (" + theirs + ", 'phone', " +
                        (round % 2 == 1 ? "'M'" : "NULL") + ")");
    if (round % 2 == 0) expect_counts(pair.sync_well("reverse"), "t", {{"inserted", 1}});
    expect_counts(pair.sync_well(round == 3 ? "full" : "incremental"), "t",
                  round == 3 ? support::Counts{{"inserted", 1}, {"updated", 1}, {"unchanged", 6}}
                             : support::Counts{{"inserted", 1}, {"updated", 1}});
    if (round % 2 == 1) expect_counts(pair.sync_well("reverse"), "t", {{"inserted", 1}});
    expect_counts(pair.sync_well("incremental"), "t", {});
    expect_counts(pair.sync_well("reverse"), "t", {});
  }
  pair.expect_both("1,2,3,4,5,11,12,13,14,201,202,203,204");
  pair.expect_same("t", "t", "id, v");
  expect_quiet(pair);
}

TEST(BothWays, TheFirstRunMayBeAReverse) {
  Pair pair(Contents::reused);
  pair.sql(desktop, "CREATE TABLE t (id int, v text, source char(1)); INSERT INTO t VALUES (1, 'a', 'D')");
  pair.sql(cloud,
           "CREATE TABLE t (id int PRIMARY KEY, v text, source char(1)); INSERT INTO t VALUES (2, 'b', 'M'), (3, 'c', "
           "'D'), (4, 'd', NULL)");
  pair.use_map(both_map);
  expect_counts(pair.sync_well("reverse"), "t", {{"inserted", 3}});
  const auto full = pair.sync_well("full");
  EXPECT_EQ(full.table("t")["inserted"], 1) << full.out;
  EXPECT_EQ(full.table("t")["updated"], 0) << full.out;
  EXPECT_THAT(pair.rows(cloud, "SELECT * FROM t ORDER BY id"), ElementsAre("1|a|D", "2|b|M", "3|c|D", "4|d|<NULL>"));
  expect_quiet(pair);
  pair.expect_same("t", "t", "id, v");
}

TEST(BothWays, TriggersOnTheDesktopThatStampAFetchedRowMakeItNoNews) {
  const std::vector<std::string> triggers = {
      "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = clock_timestamp(); RETURN "
      "NEW; END $$; CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION stamp()",
      "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE t SET updated_at = "
      "clock_timestamp() WHERE id = NEW.id; RETURN NULL; END $$; "
      "CREATE TRIGGER stamp AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION stamp()",
      // in a block with an exception a row carries the id of a subtransaction
      "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN BEGIN UPDATE t SET updated_at = "
      "clock_timestamp() WHERE id = NEW.id; EXCEPTION WHEN division_by_zero THEN NULL; END; RETURN NULL; END $$; "
      "CREATE TRIGGER stamp AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION stamp()"};
  for (const auto& trigger : triggers) {
    SCOPED_TRACE(trigger);
    Office pair;
    pair.sql(desktop, trigger);
    pair.type_on_the_phone();
    expect_counts(pair.sync_well("reverse"), "t", {{"inserted", 3}});
    expect_quiet(pair);
    pair.expect_both(everything);
  }
}

TEST(BothWays, TriggersInTheCloudThatStampASentRowMakeItNoNews) {
  const std::vector<std::string> triggers = {
      "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = clock_timestamp(); RETURN "
      "NEW; END $$; CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION stamp()",
      "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN BEGIN UPDATE t SET updated_at = "
      "clock_timestamp() WHERE id = NEW.id; EXCEPTION WHEN division_by_zero THEN NULL; END; RETURN NULL; END $$; "
      "CREATE TRIGGER stamp AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION stamp()"};
  for (const auto& trigger : triggers) {
    SCOPED_TRACE(trigger);
    Office pair;
    pair.sql(cloud, trigger);
    pair.sql(desktop, "INSERT INTO t (id, v) VALUES (6, 'v6')");
    expect_counts(pair.sync_well("incremental"), "t", {{"inserted", 1}});
    expect_quiet(pair);
    pair.sql(desktop, "DELETE FROM t WHERE id = 6");
    expect_counts(pair.sync_well("full"), "t", {{"unchanged", 5}});
    expect_quiet(pair);
    pair.expect_desktop("1,2,3,4,5");
  }
}

TEST(BothWays, ATriggerOnTheDesktopThatChangesAFetchedRowDoesNotSendItBack) {
  Office pair;
  pair.sql(desktop,
           "CREATE FUNCTION loud() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.v = upper(NEW.v); RETURN NEW; END "
           "$$; CREATE TRIGGER loud BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION loud()");
  pair.type_on_the_phone();
  expect_counts(pair.sync_well("reverse"), "t", {{"inserted", 3}});
  expect_quiet(pair);
  EXPECT_EQ(pair.value(desktop, "SELECT v FROM t WHERE id = 103"), "DEFAULT");
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 103"), "default");
}

TEST(BothWays, EachDirectionHasItsStateInTheDatabaseThatItWrites) {
  BusyOffice pair;
  EXPECT_THAT(pair.rows(cloud, "SELECT map, direction, table_name, sync_status FROM pgtide.watermark"),
              ElementsAre("test|forward|t|completed"));
  EXPECT_THAT(pair.rows(desktop, "SELECT map, direction, table_name, sync_status FROM pgtide.watermark"),
              ElementsAre("test|reverse|t|completed"));
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM _sync_metadata WHERE table_name = 't'"), "1");
  EXPECT_EQ(pair.value(desktop, "SELECT count(*) FROM _reverse_sync_metadata WHERE table_name = 't'"), "1");
  for (const char* mode : {"full", "incremental", "reverse"}) EXPECT_EQ(pair.run({"plan", mode}).status, 0) << mode;
}

// ---- no doubling

TEST(BothWays, LostCursorsDoubleNothing) {
  BusyOffice pair;
  lose_cursors(pair, desktop);
  expect_quiet(pair);
  lose_cursors(pair, cloud);
  expect_quiet(pair);
  lose_cursors(pair, desktop);
  lose_cursors(pair, cloud);
  expect_quiet(pair);
  pair.expect_both(everything);
}

TEST(BothWays, ALostStateOnTheDesktopDoublesNothing) {
  for (const char* first : {"reverse", "incremental", "full"}) {
    SCOPED_TRACE(first);
    BusyOffice pair;
    pair.sql(desktop, "DROP SCHEMA pgtide CASCADE");
    EXPECT_EQ(written(pair.sync_well(first)), 0);
    expect_quiet(pair);
    pair.expect_both(everything);
    EXPECT_EQ(pair.value(cloud, "SELECT source IS NULL FROM t WHERE id = 102"), "t");
  }
}

TEST(BothWays, AnAcceptedSourceDoublesNothing) {
  BusyOffice pair;
  const auto init = pair.run({"init", "--accept-source"});
  EXPECT_EQ(init.status, 0) << init.everything();
  expect_quiet(pair);
  pair.expect_both(everything);
  pair.sql(cloud, "INSERT INTO t (id, v) VALUES (104, 'later')");
  expect_counts(pair.sync_well("reverse"), "t", {{"inserted", 1}});
}

TEST(BothWays, AChangedMapIsComparedWholeAndDoublesNothing) {
  BusyOffice pair;
  pair.use_map(std::string(both_map) + "    skip: [note]\n");
  expect_quiet(pair);
  pair.sql(cloud, "ALTER TABLE t ADD COLUMN extra text DEFAULT 'e'");
  pair.sql(desktop, "ALTER TABLE t ADD COLUMN extra text DEFAULT 'e'");
  expect_quiet(pair);
  pair.expect_both(everything);
}

TEST(BothWays, AnEditOnThePhoneOfItsOwnRowDoublesNothing) {
  BusyOffice pair;
  pair.sql(cloud, "UPDATE t SET v = v || ' edited' WHERE id > 100");
  expect_counts(pair.sync_well("reverse"), "t", {{"skipped", 3}});
  EXPECT_THAT(pair.rows(desktop, "SELECT id, v FROM t WHERE id > 100 ORDER BY id"),
              ElementsAre("101|m", "102|none", "103|default"))
      << "reverse only inserts";
  expect_quiet(pair);
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 103"), "default edited");
  lose_cursors(pair, desktop);
  lose_cursors(pair, cloud);
  expect_quiet(pair);
  pair.expect_both(everything);
}

TEST(BothWays, AnEditOnThePhoneOfASentRowIsNeitherFetchedNorOverwritten) {
  BusyOffice pair;
  pair.sql(cloud, "UPDATE t SET v = 'phone' WHERE id = 3");
  expect_counts(pair.sync_well("reverse"), "t", {{"skipped", 1}});
  expect_quiet(pair);
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 3"), "phone");
  EXPECT_EQ(pair.value(desktop, "SELECT v FROM t WHERE id = 3"), "v3");
}

TEST(BothWays, StampsAloneAreNoNewsOnEitherSide) {
  BusyOffice pair;
  pair.sql("UPDATE t SET updated_at = now() + interval '1 hour'");
  expect_quiet(pair);
  pair.sql(desktop, "UPDATE t SET updated_at = NULL");
  pair.sql(cloud, "UPDATE t SET updated_at = 'infinity'");
  expect_quiet(pair);
  pair.expect_both(everything);
}

TEST(BothWays, AnEditOfTheCloudsOwnColumnsIsNoNews) {
  BusyOffice pair;
  pair.sql(cloud, "UPDATE t SET note = 'typed'");
  expect_quiet(pair);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE note = 'typed'"), "8");
}

TEST(BothWays, TablesThatAreRewrittenAreNoNews) {
  BusyOffice pair;
  for (const Place place : {desktop, cloud}) {
    pair.sql(place, "VACUUM FULL t");
    expect_counts(pair.sync_well("incremental"), "t", {});
    expect_counts(pair.sync_well("reverse"), "t", {});
    pair.sql(place, "CREATE INDEX by_v ON t (v)");
    pair.sql(place, "CLUSTER t USING by_v");
    expect_counts(pair.sync_well("incremental"), "t", {});
    expect_counts(pair.sync_well("reverse"), "t", {});
    pair.sql(place, "VACUUM (FULL, FREEZE) t");
    expect_quiet(pair);
  }
  pair.expect_both(everything);
}

TEST(BothWays, ADumpLoadedIntoTheDesktopDoublesNothing) {
  BusyOffice pair;
  const auto in_cloud = versions(pair, cloud, "t");
  for (const char* first : {"incremental", "full", "reverse"}) {
    SCOPED_TRACE(first);
    load_again(pair, desktop, "t");
    EXPECT_EQ(written(pair.sync_well(first)), 0);
    expect_quiet(pair);
  }
  EXPECT_EQ(versions(pair, cloud, "t"), in_cloud);
  pair.expect_both(everything);
  // and work goes on
  pair.sql(desktop, "UPDATE t SET v = 'later' WHERE id = 4");
  expect_counts(pair.sync_well("incremental"), "t", {{"updated", 1}});
  pair.sql(cloud, "INSERT INTO t (id, v) VALUES (104, 'later')");
  expect_counts(pair.sync_well("reverse"), "t", {{"inserted", 1}});
  pair.expect_same("t", "t", "id, v");
}

TEST(BothWays, ADumpLoadedIntoTheCloudDoublesNothing) {
  BusyOffice pair;
  pair.sql(desktop, "DELETE FROM t WHERE id IN (2, 102)");
  load_again(pair, cloud, "t");
  EXPECT_EQ(written(pair.sync("reverse")), 0);
  EXPECT_EQ(written(pair.sync("full")), 0);
  EXPECT_EQ(written(pair.sync("reverse")), 0);
  pair.expect_desktop("1,3,4,5,101,103");
  pair.expect_cloud(everything);
}

// ---- no resurrection

TEST(BothWays, ASentRowThatTheDesktopDeletedDoesNotRise) {
  BusyOffice pair;
  pair.sql(desktop, "DELETE FROM t WHERE id = 2");
  expect_quiet(pair);
  lose_cursors(pair, desktop);
  expect_quiet(pair);
  lose_cursors(pair, cloud);
  expect_quiet(pair);
  pair.sql(desktop, "DROP SCHEMA pgtide CASCADE");
  expect_quiet(pair);
  pair.expect_desktop("1,3,4,5,101,102,103");
  pair.expect_cloud(everything);
}

TEST(BothWays, ADeletedRowWhoseStampOrOwnColumnThePhoneTouchesDoesNotRiseAndIsNoConflict) {
  BusyOffice pair;
  pair.sql(desktop, "DELETE FROM t WHERE id IN (2, 103)");
  pair.sql(cloud, "UPDATE t SET updated_at = now(), note = 'typed' WHERE id IN (2, 103)");
  expect_quiet(pair);
  pair.expect_desktop("1,3,4,5,101,102");
}

TEST(BothWays, ADeletedRowThatThePhoneEditsIsAConflictAndDoesNotRise) {
  BusyOffice pair;
  pair.sql(desktop, "DELETE FROM t WHERE id = 2");
  pair.sync_well("reverse");
  pair.sql(cloud, "UPDATE t SET v = 'phone' WHERE id = 2");
  const auto found = pair.sync("reverse");
  EXPECT_EQ(found.status, 8) << found.everything();
  EXPECT_EQ(found.table("t")["status"], "attention");
  expect_counts(found, "t", {{"conflicted", 1}});
  const std::string detected = pair.value(desktop, "SELECT detected_at FROM pgtide.conflict");
  for (int time = 0; time < 2; ++time) {
    const auto waits = pair.sync("reverse");
    EXPECT_EQ(waits.status, 8) << waits.everything();
    expect_counts(waits, "t", {{"conflicted", 1}});
  }
  lose_cursors(pair, desktop);
  EXPECT_EQ(pair.sync("reverse").status, 8);
  EXPECT_THAT(pair.rows(desktop, open_conflicts), ElementsAre("reverse|t|{\"id\": 2}|update_missing|<NULL>|phone"));
  EXPECT_THAT(pair.rows(desktop, "SELECT detected_at, desktop_row IS NULL FROM pgtide.conflict"),
              ElementsAre(detected + "|t"));
  EXPECT_EQ(written(pair.sync("full")), 0);
  pair.expect_desktop("1,3,4,5,101,102,103");
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 2"), "phone");
}

TEST(BothWays, ThatConflictClosesWhenTheCloudDeletesItsRowToo) {
  BusyOffice pair;
  pair.sql(desktop, "DELETE FROM t WHERE id = 2");
  pair.sql(cloud, "UPDATE t SET v = 'phone' WHERE id = 2");
  EXPECT_EQ(pair.sync("reverse").status, 8);
  pair.sql(cloud, "DELETE FROM t WHERE id = 2");
  pair.sync_well("reverse");
  EXPECT_EQ(pair.value(desktop, "SELECT resolved_at IS NOT NULL FROM pgtide.conflict"), "t");
  pair.expect_both("1,3,4,5,101,102,103");
}

TEST(BothWays, ThatConflictClosesWhenTheRowIsBackOnTheDesktop) {
  for (const char* contents : {"phone", "another"}) {
    BusyOffice pair;
    pair.sql(desktop, "DELETE FROM t WHERE id = 2");
    pair.sql(cloud, "UPDATE t SET v = 'phone' WHERE id = 2");
    EXPECT_EQ(pair.sync("reverse").status, 8);
    pair.sql(desktop, std::string("INSERT INTO t (id, v, source) VALUES (2, '") + contents + "', 'D')");
    pair.sync_well("reverse");
    EXPECT_EQ(pair.value(desktop, count_open), "0");
    EXPECT_EQ(pair.value(desktop, "SELECT v FROM t WHERE id = 2"), contents);
    EXPECT_EQ(pair.value(desktop, "SELECT count(*) FROM pgtide.conflict"), "1") << "a closed conflict stays";
  }
}

TEST(BothWays, AConflictOfADeletedRowKeepsNoOtherRowFromComingBack) {
  BusyOffice pair;
  pair.sql(desktop, "DELETE FROM t WHERE id = 2");
  pair.sql(cloud, "UPDATE t SET v = 'phone' WHERE id = 2; INSERT INTO t (id, v) VALUES (104, 'new')");
  const auto run = pair.sync("reverse");
  EXPECT_EQ(run.status, 8);
  expect_counts(run, "t", {{"conflicted", 1}, {"inserted", 1}});
  pair.expect_desktop("1,3,4,5,101,102,103,104");
}

TEST(BothWays, AFetchedRowThatTheDesktopDeletedIsNotFetchedAgain) {
  BusyOffice pair;
  pair.sql(desktop, "DELETE FROM t WHERE id > 100");
  expect_quiet(pair);
  lose_cursors(pair, desktop);
  expect_quiet(pair);
  pair.sql(desktop, "DELETE FROM pgtide.anchor");
  expect_quiet(pair);
  pair.expect_desktop("1,2,3,4,5");
  pair.expect_cloud(everything);
}

TEST(BothWays, AFetchedAndDeletedRowThatThePhoneEditsIsAConflict) {
  BusyOffice pair;
  pair.sql(desktop, "DELETE FROM t WHERE id > 100");
  pair.sql(cloud, "UPDATE t SET v = 'edited' WHERE id > 100");
  for (int time = 0; time < 2; ++time) {
    const auto run = pair.sync("reverse");
    EXPECT_EQ(run.status, 8) << run.everything();
    expect_counts(run, "t", {{"conflicted", 3}});
    EXPECT_THAT(pair.rows(desktop, open_conflicts),
                ElementsAre("reverse|t|{\"id\": 101}|update_missing|<NULL>|edited",
                            "reverse|t|{\"id\": 102}|update_missing|<NULL>|edited",
                            "reverse|t|{\"id\": 103}|update_missing|<NULL>|edited"));
  }
  pair.expect_desktop("1,2,3,4,5");
  // undone on the phone, deleted there, and typed again on the desktop
  pair.sql(cloud, "UPDATE t SET v = 'm' WHERE id = 101; DELETE FROM t WHERE id = 102");
  pair.sql(desktop, "INSERT INTO t (id, v, source) VALUES (103, 'edited', 'M')");
  pair.sync_well("reverse");
  EXPECT_EQ(pair.value(desktop, count_open), "0");
  pair.expect_desktop("1,2,3,4,5,103");
}

TEST(BothWays, ARowThatForwardFoundEqualAndTheDesktopDeletedDoesNotRise) {
  Pair pair(Contents::reused);
  pair.sql(
      "CREATE TABLE t (id int PRIMARY KEY, v text, source char(1)); INSERT INTO t SELECT i, 'v' || i, 'D' FROM "
      "generate_series(1, 5) i");
  pair.use_map(both_map);
  expect_counts(pair.sync_well("full"), "t", {{"unchanged", 5}});
  pair.sql(desktop, "DELETE FROM t WHERE id = 2");
  EXPECT_EQ(written(pair.sync("reverse")), 0);
  EXPECT_EQ(written(pair.sync("full")), 0);
  EXPECT_EQ(written(pair.sync("reverse")), 0);
  EXPECT_EQ(pair.value(desktop, "SELECT count(*) FROM t"), "4");
  pair.sql(cloud, "UPDATE t SET v = 'phone' WHERE id = 2");
  EXPECT_EQ(pair.sync("reverse").status, 8);
  EXPECT_THAT(pair.rows(desktop, open_conflicts), ElementsAre("reverse|t|{\"id\": 2}|update_missing|<NULL>|phone"));
  EXPECT_EQ(pair.value(desktop, "SELECT count(*) FROM t"), "4");
}

TEST(BothWays, ARowMarkedAsTheDesktopsThatForwardNeverSentComesBack) {
  Pair pair(Contents::reused);
  pair.sql(desktop, "CREATE TABLE t (id int, v text, source char(1)); INSERT INTO t VALUES (1, 'a', 'D')");
  pair.sql(cloud,
           "CREATE TABLE t (id int PRIMARY KEY, v text, source char(1)); INSERT INTO t VALUES (1, 'a', 'D'), (50, "
           "'before the first run', 'D')");
  pair.use_map(both_map);
  expect_counts(pair.sync_well("full"), "t", {{"unchanged", 1}});
  pair.sql(cloud, "INSERT INTO t VALUES (51, 'after it', 'D')");
  const auto reverse = pair.sync_well("reverse");
  EXPECT_EQ(reverse.table("t")["inserted"], 2) << reverse.out;
  EXPECT_THAT(pair.rows(desktop, "SELECT id, v FROM t ORDER BY id"),
              ElementsAre("1|a", "50|before the first run", "51|after it"));
  expect_quiet(pair);
}

TEST(BothWays, ARowThatTheCloudDeletedStaysOnTheDesktopAndIsNotSentAgain) {
  BusyOffice pair;
  pair.sql(cloud, "DELETE FROM t WHERE id IN (2, 101, 102, 103)");
  expect_quiet(pair);
  lose_cursors(pair, cloud);
  lose_cursors(pair, desktop);
  expect_quiet(pair);
  pair.expect_desktop(everything);
  pair.expect_cloud("1,3,4,5");
}

// ---- the same number on both sides

TEST(BothWays, TheSameNewNumberForTwoThingsIsAConflictInBothDirections) {
  for (const char* mode : {"incremental", "full"}) {
    SCOPED_TRACE(mode);
    Office pair;
    pair.sql(desktop, "INSERT INTO t (id, v) VALUES (50, 'desktop'), (51, 'desktop'), (52, 'desktop'), (6, 'v6')");
    pair.sql(cloud,
             "INSERT INTO t (id, v, source) VALUES (50, 'phone', 'M'), (51, 'phone', 'D'), (52, 'phone', NULL), (101, "
             "'m', 'M')");
    const auto forward = pair.sync(mode);
    EXPECT_EQ(forward.status, 8) << forward.everything();
    EXPECT_EQ(forward.table("t")["conflicted"], 3);
    EXPECT_EQ(forward.table("t")["inserted"], 1) << "the other row is written";
    const auto reverse = pair.sync("reverse");
    EXPECT_EQ(reverse.status, 8) << reverse.everything();
    expect_counts(reverse, "t", {{"conflicted", 3}, {"inserted", 1}});
    for (const char* again : {"incremental", "full", "reverse"}) {
      const auto waits = pair.sync(again);
      EXPECT_EQ(waits.status, 8) << waits.everything();
      EXPECT_EQ(waits.table("t")["conflicted"], 3);
      EXPECT_EQ(written(waits), 0);
    }
    for (const auto& [place, direction] : {std::pair(cloud, "forward|t|"), std::pair(desktop, "reverse|t|")}) {
      const std::string begin = direction, end = "|insert_exists|desktop|phone";
      EXPECT_THAT(
          pair.rows(place, open_conflicts),
          ElementsAre(begin + "{\"id\": 50}" + end, begin + "{\"id\": 51}" + end, begin + "{\"id\": 52}" + end));
      EXPECT_EQ(pair.value(place, "SELECT count(*) FROM pgtide.conflict"), "3");
    }
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE v = 'phone'"), "3");
    EXPECT_EQ(pair.value(desktop, "SELECT count(*) FROM t WHERE v = 'desktop'"), "3");
    pair.expect_both("1,2,3,4,5,6,50,51,52,101");
  }
}

TEST(BothWays, ACollisionEndsWhenTheDesktopTakesAnotherNumber) {
  Office pair;
  pair.sql(desktop, "INSERT INTO t (id, v) VALUES (50, 'desktop')");
  pair.sql(cloud, "INSERT INTO t (id, v, source) VALUES (50, 'phone', 'M')");
  EXPECT_EQ(pair.sync("incremental").status, 8);
  EXPECT_EQ(pair.sync("reverse").status, 8);
  pair.sql(desktop, "UPDATE t SET id = 51 WHERE id = 50");
  expect_counts(pair.sync_well("incremental"), "t", {{"inserted", 1}});
  expect_counts(pair.sync_well("reverse"), "t", {{"inserted", 1}});
  for (const Place place : {desktop, cloud})
    EXPECT_EQ(pair.value(place, "SELECT resolved_at IS NOT NULL FROM pgtide.conflict"), "t");
  pair.expect_same("t", "t", "id, v");
  expect_quiet(pair);
}

TEST(BothWays, TheSameNewNumberForTheSameThingIsNoConflict) {
  for (const char* first : {"incremental", "reverse", "full"}) {
    Office pair;
    pair.sql(desktop, "INSERT INTO t (id, v, source) VALUES (50, 'same', 'D'), (51, 'same', 'M')");
    pair.sql(cloud, "INSERT INTO t (id, v, source) VALUES (50, 'same', 'D'), (51, 'same', 'M')");
    EXPECT_EQ(written(pair.sync_well(first)), 0);
    expect_quiet(pair);
    pair.expect_both("1,2,3,4,5,50,51");
  }
}

TEST(BothWays, RowsThatDifferOnlyInTheirOriginDoNotCollideInForward) {
  Office pair;
  pair.sql(desktop, "INSERT INTO t (id, v) VALUES (50, 'same')");
  pair.sql(cloud, "INSERT INTO t (id, v, source) VALUES (50, 'same', 'M')");
  expect_counts(pair.sync_well("incremental"), "t", {{"unchanged", 1}});
  expect_counts(pair.sync_well("full"), "t", {{"unchanged", 6}});
  EXPECT_EQ(pair.value(cloud, "SELECT source FROM t WHERE id = 50"), "M");
}

TEST(BothWays, AFetchedRowThatTheDesktopEditsChangesNothingInTheCloud) {
  BusyOffice pair;
  const auto in_cloud = versions(pair, cloud, "t");
  pair.sql(desktop, "UPDATE t SET v = 'desktop' WHERE id = 101");
  expect_counts(pair.sync_well("incremental"), "t", {});  // marked as the cloud's on the desktop too
  expect_quiet(pair);
  pair.sql(desktop, "UPDATE t SET v = 'desktop' WHERE id = 103");
  const auto run = pair.sync("incremental");
  EXPECT_EQ(run.status, 8) << run.everything();
  EXPECT_THAT(pair.rows(cloud, open_conflicts), ElementsAre("forward|t|{\"id\": 103}|insert_exists|desktop|default"));
  EXPECT_EQ(versions(pair, cloud, "t"), in_cloud);
}

// ---- other shapes of tables

TEST(BothWays, ExpressionsThatLoseSomethingOnTheWayBackMakeNoEchoAndNoConflict) {
  Pair pair(Contents::reused);
  pair.sql(desktop,
           "CREATE TABLE t (id int, notes varchar(10), source char(1), updated_at timestamptz DEFAULT now()); INSERT "
           "INTO t (id, notes) VALUES (1, 'short')");
  pair.sql(cloud,
           "CREATE TABLE t (id int PRIMARY KEY, notes text, source char(1) DEFAULT 'D', updated_at timestamptz DEFAULT "
           "now())");
  pair.use_map(std::string(both_map) + "    reverse:\n      columns: {notes: \"left(notes, 10)\"}\n");
  pair.sync_well("full");
  pair.sql(cloud,
           "INSERT INTO t (id, notes, source) VALUES (101, 'longer than ten letters', 'M'), (102, 'longer than ten "
           "letters', NULL), (103, 'longer than ten letters', 'D')");
  expect_counts(pair.sync_well("reverse"), "t", {{"inserted", 3}});
  EXPECT_EQ(pair.value(desktop, "SELECT string_agg(DISTINCT notes, ',') FROM t WHERE id > 100"), "longer tha");
  expect_quiet(pair);
  lose_cursors(pair, cloud);
  expect_quiet(pair);
  lose_cursors(pair, desktop);
  expect_quiet(pair);
  pair.sql(cloud, "UPDATE t SET notes = notes || ', much longer' WHERE id > 100");
  expect_quiet(pair);
  pair.sql(cloud, "UPDATE t SET notes = 'begins otherwise' WHERE id > 100");
  expect_quiet(pair);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE notes = 'begins otherwise'"), "3");
  EXPECT_EQ(pair.value(desktop, "SELECT count(*) FROM t"), "4");
}

// The row is written on the desktop, yet nothing that counts was changed.
TEST(BothWays, AStampOnAFetchedRowThatLostSomethingOnItsWayIsNoConflict) {
  Pair pair(Contents::reused);
  pair.sql(desktop, "CREATE TABLE t (id int, notes varchar(10), source char(1), updated_at timestamptz DEFAULT now())");
  pair.sql(cloud,
           "CREATE TABLE t (id int PRIMARY KEY, notes text, source char(1) DEFAULT 'D', updated_at timestamptz DEFAULT "
           "now())");
  pair.use_map(std::string(both_map) + "    reverse:\n      columns: {notes: \"left(notes, 10)\"}\n");
  pair.sync_well("full");
  pair.sql(cloud, "INSERT INTO t (id, notes) VALUES (101, 'longer than ten letters')");
  expect_counts(pair.sync_well("reverse"), "t", {{"inserted", 1}});
  pair.sql(desktop, "UPDATE t SET updated_at = now() + interval '1 hour'");
  expect_quiet(pair);
  EXPECT_EQ(pair.value(cloud, "SELECT notes FROM t"), "longer than ten letters");
}

TEST(BothWays, NamesTypesAndTimeZonesMayDiffer) {
  Pair pair(Contents::reused);
  pair.sql(desktop,
           "CREATE TABLE notes (nr numeric(10,0), body varchar(20), size numeric(8,0), met timestamp, source char(1), "
           "updated_at timestamp DEFAULT now()); "
           "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; "
           "END $$; CREATE TRIGGER touch BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION touch(); "
           "INSERT INTO notes (nr, body, size, met) VALUES (1, 'one', 7, '2026-01-01 03:00:00.123456'), (2, NULL, "
           "NULL, NULL)");
  pair.sql(
      cloud,
      "CREATE TABLE job_notes (id integer PRIMARY KEY, body text, size integer, met_at timestamptz, source char(1) "
      "DEFAULT 'D', updated_at timestamptz DEFAULT now()); "
      "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; "
      "END $$; CREATE TRIGGER touch BEFORE UPDATE ON job_notes FOR EACH ROW EXECUTE FUNCTION touch()");
  pair.use_map(
      "  - desktop: notes\n    cloud: job_notes\n    key: [nr]\n    rename: {nr: id, met: met_at}\n    direction: "
      "both\n    origin: {column: source, desktop: D, cloud: M}\n",
      "map: test\ndesktop: {url: \"${PGTIDE_DESKTOP_URL}\", timezone: Asia/Kolkata}\n"
      "cloud: {url: \"${PGTIDE_CLOUD_URL}\"}\n");
  expect_counts(pair.sync_well("full"), "job_notes", {{"inserted", 2}});
  pair.sql(cloud,
           "INSERT INTO job_notes (id, body, size, met_at, source) VALUES (101, 'phone', 5, '2026-06-30 "
           "20:00:00.000001+00', 'M'), (102, 'default', NULL, NULL, DEFAULT)");
  expect_counts(pair.sync_well("reverse"), "notes", {{"inserted", 2}});
  EXPECT_THAT(pair.rows(desktop, "SELECT nr, body, size, met FROM notes ORDER BY nr"),
              ElementsAre("1|one|7|2026-01-01 03:00:00.123456", "2|<NULL>|<NULL>|<NULL>",
                          "101|phone|5|2026-07-01 01:30:00.000001", "102|default|<NULL>|<NULL>"));
  const auto in_cloud = versions(pair, cloud, "job_notes"), at_desktop = versions(pair, desktop, "notes");
  for (int time = 0; time < 2; ++time) {
    expect_counts(pair.sync_well("incremental"), "job_notes", {});
    expect_counts(pair.sync_well("reverse"), "notes", {});
    EXPECT_EQ(written(pair.sync_well("full")), 0);
    lose_cursors(pair, desktop);
    lose_cursors(pair, cloud);
    EXPECT_EQ(written(pair.sync_well("reverse")), 0);
    EXPECT_EQ(written(pair.sync_well("incremental")), 0);
  }
  EXPECT_EQ(versions(pair, cloud, "job_notes"), in_cloud);
  EXPECT_EQ(versions(pair, desktop, "notes"), at_desktop);
  load_again(pair, desktop, "notes");
  EXPECT_EQ(written(pair.sync_well("incremental")), 0);
  pair.sql(desktop, "UPDATE notes SET body = 'edited' WHERE nr = 1; DELETE FROM notes WHERE nr = 2");
  expect_counts(pair.sync_well("incremental"), "job_notes", {{"updated", 1}});
  expect_counts(pair.sync_well("reverse"), "notes", {});
  pair.sql(cloud, "UPDATE job_notes SET body = 'phone' WHERE id = 2");
  EXPECT_EQ(pair.sync("reverse").status, 8);
  EXPECT_THAT(pair.rows(desktop, "SELECT table_name, kind, desktop_row IS NULL FROM pgtide.conflict"),
              ElementsAre("notes|update_missing|t"));
  EXPECT_EQ(pair.value(desktop, "SELECT count(*) FROM notes"), "3");
}

TEST(BothWays, TheDesktopMayLackTheOriginColumn) {
  Pair pair(Contents::reused);
  pair.sql(desktop, "CREATE TABLE t (id int, v text); INSERT INTO t VALUES (1, 'a'), (2, 'b')");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text, source char(1) DEFAULT 'D')");
  pair.use_map(both_map);
  expect_counts(pair.sync_well("full"), "t", {{"inserted", 2}});
  pair.sql(cloud, "INSERT INTO t VALUES (101, 'm', 'M'), (102, 'none', NULL), (103, 'default', DEFAULT)");
  expect_counts(pair.sync_well("reverse"), "t", {{"inserted", 3}});
  expect_quiet(pair);
  lose_cursors(pair, desktop);
  expect_quiet(pair);
  load_again(pair, desktop, "t");
  expect_quiet(pair);
  pair.sql(desktop, "DELETE FROM t WHERE id IN (2, 101)");
  expect_quiet(pair);
  EXPECT_THAT(pair.rows(cloud, "SELECT * FROM t ORDER BY id"),
              ElementsAre("1|a|D", "2|b|D", "101|m|M", "102|none|<NULL>", "103|default|D"));
  pair.sql(desktop, "INSERT INTO t VALUES (50, 'desktop')");
  pair.sql(cloud, "INSERT INTO t VALUES (50, 'phone', 'M')");
  EXPECT_EQ(pair.sync("incremental").status, 8);
  EXPECT_EQ(pair.sync("reverse").status, 8);
}

TEST(BothWays, ATableNeedsNoOriginAtAll) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (id int, v text)");
  pair.sql(cloud, "ALTER TABLE t ADD PRIMARY KEY (id)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'a'), (2, 'b')");
  pair.use_map("  - desktop: t\n    key: [id]\n    direction: both\n");
  pair.sync_well("full");
  pair.sql(cloud, "INSERT INTO t VALUES (101, 'phone')");
  expect_counts(pair.sync_well("reverse"), "t", {{"inserted", 1}});
  expect_quiet(pair);
  load_again(pair, desktop, "t");
  expect_quiet(pair);
  pair.sql(desktop, "DELETE FROM t WHERE id IN (2, 101); INSERT INTO t VALUES (50, 'desktop')");
  pair.sql(cloud, "INSERT INTO t VALUES (50, 'phone')");
  EXPECT_EQ(pair.sync("incremental").status, 8);
  const auto reverse = pair.sync("reverse");
  EXPECT_EQ(reverse.status, 8);
  expect_counts(reverse, "t", {{"conflicted", 1}});
  EXPECT_THAT(pair.rows(desktop, "SELECT * FROM t ORDER BY id"), ElementsAre("1|a", "50|desktop"));
  EXPECT_THAT(pair.rows(cloud, "SELECT * FROM t ORDER BY id"), ElementsAre("1|a", "2|b", "50|phone", "101|phone"));
}

TEST(BothWays, KeysOfSeveralColumnsWithNullsTravelOnce) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (a int, b text, v text, source char(1))");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'x', 'v', NULL), (1, NULL, 'w', 'D'), (NULL, NULL, 'z', 'D')");
  pair.use_map(
      "  - desktop: t\n    key: [a, b]\n    direction: both\n    origin: {column: source, desktop: D, cloud: M}\n");
  expect_counts(pair.sync_well("full"), "t", {{"inserted", 3}});
  pair.sql(cloud, "INSERT INTO t VALUES (NULL, 'x', 'phone', 'M'), (2, NULL, 'phone', NULL), (2, 'y', 'phone', 'D')");
  expect_counts(pair.sync_well("reverse"), "t", {{"inserted", 3}});
  expect_quiet(pair);
  lose_cursors(pair, desktop);
  lose_cursors(pair, cloud);
  expect_quiet(pair);
  pair.sql(desktop, "DELETE FROM t WHERE a IS NULL");
  expect_quiet(pair);
  pair.expect_same("t WHERE a IS NOT NULL", "t WHERE a IS NOT NULL", "a, b, v");
  EXPECT_EQ(pair.value(desktop, "SELECT count(*) FROM t"), "4");
  pair.sql(cloud, "UPDATE t SET v = 'edited' WHERE a IS NULL AND b IS NULL");
  EXPECT_EQ(pair.sync("reverse").status, 8);
  EXPECT_THAT(pair.rows(desktop, open_conflicts),
              ElementsAre("reverse|t|{\"a\": null, \"b\": null}|update_missing|<NULL>|edited"));
  pair.sql(desktop, "UPDATE t SET v = 'new' WHERE a = 1 AND b IS NULL");
  expect_counts(pair.sync_well("incremental"), "t", {{"updated", 1}});
}

TEST(BothWays, SequencesOfNeitherSideAreMoved) {
  Pair pair(Contents::reused);
  pair.sql(
      "CREATE TABLE t (id serial PRIMARY KEY, v text, source char(1) DEFAULT 'D'); SELECT setval('t_id_seq', 3, true)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'a'), (500, 'b')");
  pair.use_map(both_map);
  pair.sync_well("full");
  pair.sql(cloud, "INSERT INTO t VALUES (900, 'phone', 'M')");
  pair.sync_well("reverse");
  pair.sql(desktop, "INSERT INTO t VALUES (600, 'c')");
  pair.sync_well("incremental");
  pair.sync_well("full");
  for (const Place place : {desktop, cloud})
    EXPECT_THAT(pair.rows(place, "SELECT last_value, is_called FROM t_id_seq"), ElementsAre("3|t"));
}

TEST(BothWays, ParentsAndChildrenTravelBothWays) {
  Pair pair(Contents::reused);
  pair.sql(desktop,
           "CREATE TABLE p (id int, v text, source char(1)); CREATE TABLE c (id int, p int, v text, source char(1)); "
           "INSERT INTO p VALUES (1, 'a'); INSERT INTO c VALUES (1, 1, 'b')");
  pair.sql(cloud,
           "CREATE TABLE p (id int PRIMARY KEY, v text, source char(1)); CREATE TABLE c (id int PRIMARY KEY, p int "
           "REFERENCES p, v text, source char(1))");
  pair.use_map("  - {desktop: c, direction: both}\n  - {desktop: p, direction: both}\n",
               "map: test\ndesktop: {url: \"${PGTIDE_DESKTOP_URL}\"}\ncloud: {url: \"${PGTIDE_CLOUD_URL}\"}\n"
               "defaults: {origin: {column: source, desktop: D, cloud: M}}\n");
  pair.sync_well("full");
  pair.sql(cloud,
           "INSERT INTO p VALUES (101, 'm', 'M'); INSERT INTO c VALUES (101, 101, 'm', 'M'), (102, 1, 'm', 'M')");
  const auto reverse = pair.sync_well("reverse");
  expect_counts(reverse, "p", {{"inserted", 1}});
  expect_counts(reverse, "c", {{"inserted", 2}});
  for (const char* mode : {"full", "incremental", "reverse"}) EXPECT_EQ(written(pair.sync_well(mode)), 0) << mode;
  pair.expect_same("p", "p", "id, v");
  pair.expect_same("c", "c", "id, p, v");
}

// ---- back into a table without a key

// The cloud numbers its rows, the desktop has no number.
class Diary : public Pair {
 public:
  Diary() : Pair(Contents::reused) {
    sql(cloud, "CREATE TABLE t (n bigserial PRIMARY KEY, day date, v text)");
    sql(desktop, "CREATE TABLE t (day date, v text)");
    sql(cloud,
        "INSERT INTO t (day, v) VALUES ('2026-01-01', 'same'), ('2026-01-01', 'same'), ('2026-01-02', 'other'), (NULL, "
        "NULL)");
    use_map("  - cloud: t\n    direction: reverse\n    key: none\n");
  }
  void expect_rows(long long same, long long all) {
    EXPECT_EQ(number(desktop, "SELECT count(*) FROM t WHERE v = 'same'"), same);
    EXPECT_EQ(number(desktop, "SELECT count(*) FROM t"), all);
  }
};

TEST(BothWays, WithoutAKeyEachRowOfTheCloudComesBackOnce) {
  Diary pair;
  expect_counts(pair.sync_well("reverse"), "t", {{"inserted", 4}});
  pair.expect_same("t", "t", "day, v");
  for (int time = 0; time < 2; ++time) expect_counts(pair.sync_well("reverse"), "t", {});
  pair.sql(cloud, "INSERT INTO t (day, v) VALUES ('2026-01-01', 'same')");
  EXPECT_EQ(pair.sync_well("reverse").table("t")["inserted"], 1);
  pair.expect_rows(3, 5);
  EXPECT_THAT(pair.rows(desktop, "SELECT direction, table_name, sync_status FROM pgtide.watermark"),
              ElementsAre("reverse|t|completed"));
}

TEST(BothWays, WithoutAKeyAnEditOnThePhoneDoublesNothing) {
  Diary pair;
  pair.sync_well("reverse");
  pair.sql(cloud, "UPDATE t SET v = 'edited' WHERE n IN (1, 3)");
  EXPECT_EQ(written(pair.sync_well("reverse")), 0);
  pair.sql(desktop, "DELETE FROM pgtide.cursor");
  EXPECT_EQ(written(pair.sync_well("reverse")), 0);
  pair.expect_rows(2, 4);
}

TEST(BothWays, WithoutAKeyALostStateDoublesNothing) {
  Diary pair;
  pair.sync_well("reverse");
  pair.sql(desktop, "DELETE FROM pgtide.cursor");
  EXPECT_EQ(written(pair.sync_well("reverse")), 0);
  EXPECT_EQ(pair.run({"init", "--accept-source"}).status, 0);
  EXPECT_EQ(written(pair.sync_well("reverse")), 0);
  pair.sql(desktop, "DROP SCHEMA pgtide CASCADE");
  EXPECT_EQ(written(pair.sync_well("reverse")), 0) << "the rows are there already";
  pair.expect_rows(2, 4);
  pair.sql(cloud, "UPDATE t SET v = 'edited' WHERE n = 1");
  EXPECT_EQ(written(pair.sync_well("reverse")), 0);
  pair.expect_rows(2, 4);
}

TEST(BothWays, WithoutAKeyARowThatTheDesktopDeletedIsNotFetchedAgain) {
  Diary pair;
  pair.sync_well("reverse");
  pair.sql(desktop, "DELETE FROM t WHERE v = 'same'");
  EXPECT_EQ(written(pair.sync_well("reverse")), 0);
  pair.sql(desktop, "DELETE FROM pgtide.cursor");
  EXPECT_EQ(written(pair.sync_well("reverse")), 0);
  pair.sql(cloud, "VACUUM FULL t");
  EXPECT_EQ(written(pair.sync_well("reverse")), 0);
  pair.expect_rows(0, 2);
}

TEST(BothWays, WithoutAKeyTheFirstReverseTakesWhatIsThereAsFetched) {
  Diary pair;
  pair.sql(desktop, "INSERT INTO t VALUES ('2026-01-01', 'same'), (NULL, NULL), ('2020-01-01', 'the desktop''s own')");
  expect_counts(pair.sync_well("reverse"), "t", {{"inserted", 2}, {"unchanged", 2}});
  pair.expect_rows(2, 5);
  EXPECT_EQ(written(pair.sync_well("reverse")), 0);
}

TEST(BothWays, WithoutAKeyADumpLoadedIntoEitherSideDoublesNothing) {
  Diary pair;
  pair.sync_well("reverse");
  load_again(pair, desktop, "t");
  EXPECT_EQ(written(pair.sync_well("reverse")), 0);
  load_again(pair, cloud, "t");
  EXPECT_EQ(written(pair.sync_well("reverse")), 0);
  pair.expect_rows(2, 4);
}

// ---- both ways without a key

constexpr const char* tasks_map =
    "  - desktop: t\n    key: none\n    match: [job]\n    skip: [n]\n    direction: both\n    origin: {column: source, "
    "desktop: D, cloud: M}\n";

// Thirty tasks of the desktop were sent, two of them alike; four were typed on a phone, two of them alike, and fetched.
class Tasks : public Pair {
 public:
  Tasks() : Pair(Contents::reused) {
    sql(desktop,
        "CREATE TABLE t (job int, v text, source char(1)); INSERT INTO t SELECT i, 'task ' || i, CASE WHEN i > 9 THEN "
        "'D' END FROM generate_series(1, 28) i; INSERT INTO t VALUES (50, 'twin'), (50, 'twin')");
    sql(cloud,
        "CREATE TABLE t (n bigserial PRIMARY KEY, job int, v text, source char(1) DEFAULT 'D', note text DEFAULT "
        "'own')");
    use_map(tasks_map);
    expect_counts(sync_well("full"), "t", {{"inserted", 30}});
    sql(cloud,
        "INSERT INTO t (job, v, source) VALUES (101, 'phone', 'M'), (101, 'phone', 'M'), (102, 'phone', NULL); INSERT "
        "INTO t (job, v) VALUES (103, 'phone')");
    expect_counts(sync_well("reverse"), "t", {{"inserted", 4}});
  }
  void expect_sizes(long long at_desktop, long long in_cloud) {
    EXPECT_EQ(number(desktop, "SELECT count(*) FROM t"), at_desktop);
    EXPECT_EQ(number(cloud, "SELECT count(*) FROM t"), in_cloud);
  }
};

TEST(BothWays, WithoutAKeyNothingEchoesEither) {
  Tasks pair;
  EXPECT_THAT(pair.rows(desktop, "SELECT job, v, source FROM t WHERE job > 100 ORDER BY job"),
              ElementsAre("101|phone|M", "101|phone|M", "102|phone|M", "103|phone|M"))
      << "rows born in the cloud are marked so, or forward would send them";
  expect_quiet(pair);
  pair.expect_sizes(34, 34);
  EXPECT_THAT(pair.rows(cloud, "SELECT job, source FROM t WHERE job > 101 ORDER BY job"),
              ElementsAre("102|<NULL>", "103|D"));
}

TEST(BothWays, WithoutAKeyLostCursorsAndDumpsDoubleNothing) {
  Tasks pair;
  lose_cursors(pair, desktop);
  lose_cursors(pair, cloud);
  expect_quiet(pair);
  load_again(pair, desktop, "t");
  expect_quiet(pair);
  pair.sql(desktop, "VACUUM FULL t");
  pair.sql(cloud, "VACUUM FULL t");
  expect_quiet(pair);
  pair.expect_sizes(34, 34);
}

TEST(BothWays, WithoutAKeyALostStateOnTheDesktopDoublesNothingEither) {
  Tasks pair;
  pair.sql(desktop, "DROP SCHEMA pgtide CASCADE");
  EXPECT_EQ(written(pair.sync_well("reverse")), 0);
  expect_quiet(pair);
  pair.expect_sizes(34, 34);
}

TEST(BothWays, WithoutAKeyARowTypedLikeASentOneComesBackAsItsOwn) {
  Tasks pair;
  pair.sql(cloud, "INSERT INTO t (job, v, source) VALUES (20, 'task 20', 'M')");
  expect_counts(pair.sync_well("reverse"), "t", {{"inserted", 1}});
  expect_quiet(pair);
  pair.expect_sizes(35, 35);
}

TEST(BothWays, WithoutAKeyEditsOnThePhoneAreNeitherFetchedNorRemoved) {
  Tasks pair;
  pair.sql(cloud, "UPDATE t SET v = 'edited' WHERE job IN (5, 101, 103); UPDATE t SET note = 'typed' WHERE job = 7");
  expect_quiet(pair);
  pair.expect_sizes(34, 34);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE v = 'edited'"), "4");
  EXPECT_EQ(pair.value(desktop, "SELECT count(*) FROM t WHERE v = 'edited'"), "0");
}

TEST(BothWays, WithoutAKeyEditsOfTheDesktopKeepTheNumberAndDoNotComeBack) {
  Tasks pair;
  const auto number = pair.value(cloud, "SELECT n FROM t WHERE job = 8");
  pair.sql(cloud, "UPDATE t SET note = 'typed' WHERE job = 8");
  pair.sql(desktop, "UPDATE t SET v = 'edited' WHERE job = 8");
  const auto run = pair.sync_well("incremental");
  EXPECT_EQ(run.table("t")["updated"], 1) << run.out;
  EXPECT_EQ(run.table("t")["deleted"], 0) << run.out;
  EXPECT_THAT(pair.rows(cloud, "SELECT n, v, note FROM t WHERE job = 8"), ElementsAre(number + "|edited|typed"));
  expect_quiet(pair);
  pair.expect_sizes(34, 34);
}

TEST(BothWays, WithoutAKeyARowThatTheDesktopDeletedLeavesAndDoesNotRise) {
  Tasks pair;
  pair.sql(desktop,
           "DELETE FROM t WHERE job = 9 OR job = 103; DELETE FROM t WHERE ctid = (SELECT min(ctid) FROM t WHERE job = "
           "50)");
  const auto run = pair.sync_well("incremental");
  EXPECT_EQ(run.table("t")["deleted"], 2) << run.out;
  EXPECT_EQ(run.table("t")["inserted"], 0) << run.out;
  pair.expect_sizes(31, 32);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE job = 103"), "1") << "a phone's row is never removed";
  expect_quiet(pair);
  lose_cursors(pair, desktop);
  expect_quiet(pair);
  pair.expect_sizes(31, 32);
}

TEST(BothWays, WithoutAKeyAnOriginIsNeededOnBothSides) {
  struct Case {
    const char *at_desktop, *in_cloud, *map;
  };
  const std::vector<Case> cases = {
      {"job int, v text, source char(1)", "n bigserial PRIMARY KEY, job int, v text, source char(1)",
       "  - desktop: t\n    key: none\n    direction: both\n"},
      {"job int, v text", "n bigserial PRIMARY KEY, job int, v text, source char(1)", tasks_map},
      {"job int, v text, source char(1)", "n bigserial PRIMARY KEY, job int, v text", tasks_map}};
  for (const auto& [at_desktop, in_cloud, map] : cases) {
    SCOPED_TRACE(std::string(at_desktop) + " / " + in_cloud);
    Pair pair(Contents::reused);
    pair.sql(desktop, std::string("CREATE TABLE t (") + at_desktop + "); INSERT INTO t VALUES (1, 'a')");
    pair.sql(cloud, std::string("CREATE TABLE t (") + in_cloud + "); INSERT INTO t (job, v) VALUES (2, 'b')");
    pair.use_map(map);
    for (const char* mode : {"full", "reverse"}) {
      const auto refused = pair.run({"sync", mode});
      EXPECT_THAT(refused.status, AnyOf(3, 5)) << refused.everything();
      EXPECT_THAT(refused.out + refused.err, HasSubstr("origin"));
    }
    for (const Place place : {desktop, cloud}) EXPECT_EQ(pair.value(place, "SELECT count(*) FROM t"), "1");
  }
}

}  // namespace
