// Who wins: forward writes what the desktop changed, leaves what the cloud changed, and shows what both changed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/counts.hpp"
#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::Counts;
using support::desktop;
using support::expect_counts;
using support::Pair;
using support::written;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* open_conflicts =
    "SELECT row_key, kind, desktop_row->>'v', cloud_row->>'v' FROM pgtide.conflict WHERE resolved_at IS NULL ORDER BY "
    "row_key::text";

constexpr const char* count_open = "SELECT count(*) FROM pgtide.conflict WHERE resolved_at IS NULL";
constexpr const char* count_all = "SELECT count(*) FROM pgtide.conflict";

// Every table run of the cloud's state is to add up.
void expect_accounts(Pair& pair) {
  EXPECT_EQ(pair.value(cloud,
                       "SELECT bool_and(rows_read = rows_inserted + rows_updated + rows_unchanged + rows_skipped + "
                       "rows_quarantined + rows_conflicted) FROM pgtide.table_run"),
            "t");
}

// Five rows that the desktop sent. The column `note` is the cloud's own.
class Sent : public Pair {
 public:
  Sent() : Pair(Contents::reused) {
    sql(desktop,
        "CREATE TABLE t (id int, v text, w text, updated_at timestamptz); INSERT INTO t SELECT i, 'v' || i, 'w', "
        "'2026-01-01' FROM generate_series(1, 5) i");
    sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text, w text, note text DEFAULT 'own', updated_at timestamptz)");
    use_map("  - desktop: t\n    conflicts: manual\n    key: [id]\n");
    expect_counts(sync_well("full"), "t", {{"inserted", 5}});
  }
  std::string in_cloud(int id) { return value(cloud, "SELECT v FROM t WHERE id = " + std::to_string(id)); }

  // Row 3 is edited on both sides; a run finds it.
  void edit_both(const char* mode = "incremental") {
    sql(desktop, "UPDATE t SET v = 'desktop', updated_at = '2026-01-02' WHERE id = 3");
    sql(cloud, "UPDATE t SET v = 'cloud', updated_at = '2026-01-03' WHERE id = 3");
    const auto found = sync(mode);
    EXPECT_EQ(found.status, 8) << found.everything();
    EXPECT_EQ(found.table("t")["conflicted"], 1);
    EXPECT_EQ(in_cloud(3), "cloud");
  }

  // Nothing is written and nothing waits, in any job.
  void expect_quiet() {
    for (const char* mode : {"incremental", "full"}) {
      const auto run = sync_well(mode);
      EXPECT_EQ(written(run), 0) << run.out;
      EXPECT_EQ(run.table("t")["conflicted"], 0) << run.out;
    }
  }
};

// ---- only one side changed

TEST(Conflicts, WhatOnlyTheCloudChangedIsLeftAndSkippedUntilItIsOverwritten) {
  Sent pair;
  pair.sql(cloud, "UPDATE t SET v = 'cloud' WHERE id = 3");
  expect_counts(pair.sync_well("incremental"), "t", {});
  for (int time = 0; time < 2; ++time) expect_counts(pair.sync_well("full"), "t", {{"skipped", 1}, {"unchanged", 4}});
  EXPECT_EQ(pair.in_cloud(3), "cloud");
  EXPECT_EQ(pair.value(cloud, count_all), "0");
  expect_counts(pair.sync_well("full", {"--overwrite"}), "t", {{"updated", 1}, {"unchanged", 4}});
  pair.expect_same("t", "t", "id, v, w");
  pair.expect_quiet();
}

TEST(Conflicts, ATouchOnTheDesktopDoesNotOverwriteWhatOnlyTheCloudChanged) {
  for (const char* touch : {"updated_at = now()", "v = v", "id = id, v = v || ''"}) {
    for (const char* mode : {"incremental", "full"}) {
      SCOPED_TRACE(std::string(touch) + " " + mode);
      Sent pair;
      pair.sql(cloud, "UPDATE t SET v = 'cloud' WHERE id = 3");
      pair.sql(desktop, std::string("UPDATE t SET ") + touch + " WHERE id IN (3, 4)");
      expect_counts(pair.sync_well(mode), "t", {{"skipped", 1}, {"unchanged", mode == std::string("full") ? 4 : 1}});
      EXPECT_EQ(pair.in_cloud(3), "cloud");
    }
  }
}

TEST(Conflicts, WhatOnlyTheDesktopChangedIsWritten) {
  Sent pair;
  int time = 0;
  for (const char* mode : {"incremental", "full", "incremental"}) {
    pair.sql(desktop, "UPDATE t SET v = 'edit " + std::to_string(++time) + "' WHERE id = 2");
    EXPECT_EQ(pair.sync_well(mode).table("t")["updated"], 1) << mode;
    pair.expect_same("t", "t", "id, v, w");
  }
  EXPECT_EQ(pair.value(cloud, count_all), "0");
}

TEST(Conflicts, ARowThatTheCloudPutBackIsWrittenAgainWhenTheDesktopChangesIt) {
  Sent pair;
  pair.sql(cloud, "UPDATE t SET v = 'cloud' WHERE id = 3");
  pair.sync_well("full");
  pair.sql(cloud, "UPDATE t SET v = 'v3' WHERE id = 3");
  pair.sql(desktop, "UPDATE t SET v = 'desktop' WHERE id = 3");
  expect_counts(pair.sync_well("incremental"), "t", {{"updated", 1}});
  EXPECT_EQ(pair.in_cloud(3), "desktop");
}

TEST(Conflicts, EditsOfTheTwoSidesInDifferentRowsMeetInPeace) {
  Sent pair;
  pair.sql(cloud, "UPDATE t SET v = 'cloud' WHERE id IN (1, 2)");
  pair.sql(desktop, "UPDATE t SET v = 'desktop' WHERE id IN (4, 5)");
  expect_counts(pair.sync_well("incremental"), "t", {{"updated", 2}});
  expect_counts(pair.sync_well("full"), "t", {{"skipped", 2}, {"unchanged", 3}});
  EXPECT_THAT(pair.rows(cloud, "SELECT v FROM t ORDER BY id"),
              ElementsAre("cloud", "cloud", "v3", "desktop", "desktop"));
}

TEST(Conflicts, AnEditOfAnotherFormOfTheSameValueCountsAsOne) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v numeric)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 1.0), (2, 1.0)");
  pair.use_map("  - desktop: t\n    conflicts: manual\n");
  pair.sync_well("full");
  pair.sql(cloud, "UPDATE t SET v = 1.00 WHERE id = 1");
  expect_counts(pair.sync_well("full"), "t", {{"skipped", 1}, {"unchanged", 1}});
  pair.sql(desktop, "UPDATE t SET v = 1.000");
  EXPECT_EQ(pair.sync("incremental").status, 8);
  EXPECT_THAT(pair.rows(cloud, "SELECT v FROM t ORDER BY id"), ElementsAre("1.00", "1.000"));
}

// ---- both sides changed

TEST(Conflicts, WhatBothChangedStaysOnBothSidesAndIsShown) {
  for (const char* mode : {"incremental", "full"}) {
    SCOPED_TRACE(mode);
    Sent pair;
    pair.edit_both(mode);
    EXPECT_THAT(
        pair.rows(
            cloud,
            "SELECT map, direction, table_name, row_key, jsonb_typeof(row_key), kind, desktop_row->>'v', "
            "cloud_row->>'v', resolution_strategy, resolved_at IS NULL, detected_at <= now() FROM pgtide.conflict"),
        ElementsAre("test|forward|t|{\"id\": 3}|object|update_origin_differs|desktop|cloud|manual|t|t"));
    EXPECT_EQ(pair.value(desktop, "SELECT v FROM t WHERE id = 3"), "desktop");
    EXPECT_EQ(pair.value(cloud, "SELECT sync_status FROM pgtide.watermark"), "completed");
    EXPECT_THAT(pair.rows(cloud, "SELECT status, exit_status FROM pgtide.run ORDER BY run_id DESC LIMIT 1"),
                ElementsAre("attention|8"));
    expect_accounts(pair);
  }
}

TEST(Conflicts, TheyShowWhenEachSideWasTouched) {
  Sent pair;
  pair.edit_both();
  EXPECT_THAT(
      pair.rows(cloud,
                "SELECT local_modified = '2026-01-02'::timestamptz, remote_modified = '2026-01-03'::timestamptz "
                "FROM pgtide.conflict"),
      ElementsAre("t|t"));
}

TEST(Conflicts, TheyWaitOverFurtherRunsWithoutBeingDoubled) {
  Sent pair;
  pair.edit_both();
  const auto record = pair.rows(cloud, "SELECT conflict_id, detected_at FROM pgtide.conflict");
  for (const char* mode : {"incremental", "full", "incremental", "incremental"}) {
    const auto waits = pair.sync(mode);
    EXPECT_EQ(waits.status, 8) << waits.everything();
    EXPECT_EQ(waits.json()["exit_status"], 8);
    EXPECT_EQ(waits.table("t")["status"], "attention");
    expect_counts(
        waits, "t",
        mode == std::string("full") ? Counts{{"conflicted", 1}, {"unchanged", 4}} : Counts{{"conflicted", 1}});
  }
  EXPECT_EQ(pair.rows(cloud, "SELECT conflict_id, detected_at FROM pgtide.conflict"), record);
  EXPECT_EQ(pair.in_cloud(3), "cloud");
  expect_accounts(pair);
}

TEST(Conflicts, AConflictShowsTheRowsAsTheyStandNow) {
  Sent pair;
  pair.edit_both();
  pair.sql(desktop, "UPDATE t SET v = 'desktop again' WHERE id = 3");
  EXPECT_EQ(pair.sync("incremental").status, 8);
  pair.sql(cloud, "UPDATE t SET v = 'cloud again' WHERE id = 3");
  EXPECT_EQ(pair.sync("incremental").status, 8);
  EXPECT_THAT(pair.rows(cloud, open_conflicts),
              ElementsAre("{\"id\": 3}|update_origin_differs|desktop again|cloud again"));
  EXPECT_EQ(pair.value(cloud, count_all), "1");
}

TEST(Conflicts, AConflictIsClosedWhenTheSidesAgreeAgain) {
  const std::vector<std::pair<support::Place, const char*>> ways = {{cloud, "desktop"}, {desktop, "cloud"}};
  for (const auto& [place, contents] : ways) {
    for (const char* mode : {"incremental", "full"}) {
      SCOPED_TRACE(std::string(contents) + " " + mode);
      Sent pair;
      pair.edit_both();
      pair.sql(place, std::string("UPDATE t SET v = '") + contents + "' WHERE id = 3");
      const auto run = pair.sync_well(mode);
      EXPECT_EQ(written(run), 0) << run.out;
      EXPECT_EQ(pair.value(cloud, "SELECT resolved_at >= detected_at FROM pgtide.conflict"), "t");
      pair.expect_quiet();
      EXPECT_EQ(pair.value(cloud, count_all), "1") << "a closed conflict stays";
    }
  }
}

TEST(Conflicts, AConflictIsClosedWhenTheDesktopTakesItsEditBack) {
  Sent pair;
  pair.edit_both();
  pair.sql(desktop, "UPDATE t SET v = 'v3' WHERE id = 3");
  expect_counts(pair.sync_well("incremental"), "t", {{"skipped", 1}});
  EXPECT_EQ(pair.in_cloud(3), "cloud");
  EXPECT_EQ(pair.value(cloud, count_open), "0");
}

TEST(Conflicts, AConflictIsClosedAndTheDesktopsRowWrittenWhenTheCloudTakesItsEditBack) {
  Sent pair;
  pair.edit_both();
  pair.sql(cloud, "UPDATE t SET v = 'v3' WHERE id = 3");
  expect_counts(pair.sync_well("incremental"), "t", {{"updated", 1}});
  EXPECT_EQ(pair.in_cloud(3), "desktop");
  EXPECT_EQ(pair.value(cloud, count_open), "0");
  pair.expect_quiet();
}

TEST(Conflicts, AConflictIsClosedWhenTheDesktopDeletesItsRow) {
  Sent pair;
  pair.edit_both();
  pair.sql(desktop, "DELETE FROM t WHERE id = 3");
  pair.sync_well("incremental");
  EXPECT_EQ(pair.value(cloud, count_open), "0");
  EXPECT_EQ(pair.in_cloud(3), "cloud");
}

TEST(Conflicts, OverwritingEndsAConflictForTheDesktop) {
  Sent pair;
  pair.edit_both();
  expect_counts(pair.sync_well("full", {"--overwrite"}), "t", {{"updated", 1}, {"unchanged", 4}});
  EXPECT_EQ(pair.in_cloud(3), "desktop");
  EXPECT_EQ(pair.value(cloud, "SELECT resolved_at IS NOT NULL FROM pgtide.conflict"), "t");
  pair.expect_quiet();
  pair.sql(desktop, "UPDATE t SET v = 'later' WHERE id = 3");
  expect_counts(pair.sync_well("incremental"), "t", {{"updated", 1}});
}

TEST(Conflicts, AConflictThatComesAgainIsANewOne) {
  Sent pair;
  pair.edit_both();
  pair.sql(cloud, "UPDATE t SET v = 'desktop' WHERE id = 3");
  pair.sync_well("incremental");
  pair.sql(desktop, "UPDATE t SET v = 'desktop, later' WHERE id = 3");
  pair.sql(cloud, "UPDATE t SET v = 'cloud, later' WHERE id = 3");
  EXPECT_EQ(pair.sync("full").status, 8);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*), count(resolved_at) FROM pgtide.conflict"), "2|1");
}

TEST(Conflicts, AConflictWhoseCloudRowIsDeletedBecomesAnotherKind) {
  Sent pair;
  pair.edit_both();
  pair.sql(cloud, "DELETE FROM t WHERE id = 3");
  EXPECT_EQ(pair.sync("incremental").status, 8);
  EXPECT_THAT(pair.rows(cloud, open_conflicts), ElementsAre("{\"id\": 3}|update_missing|desktop|<NULL>"));
  EXPECT_EQ(pair.value(cloud, "SELECT string_agg(kind, ',') FROM pgtide.conflict WHERE resolved_at IS NOT NULL"),
            "update_origin_differs");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "4");
}

// ---- both sides made the same edit

TEST(Conflicts, TheSameEditOnBothSidesIsNone) {
  for (const char* mode : {"incremental", "full"}) {
    Sent pair;
    pair.sql("UPDATE t SET v = 'same' WHERE id = 3");
    const auto run = pair.sync_well(mode);
    EXPECT_EQ(written(run), 0) << run.out;
    pair.expect_quiet();
    EXPECT_EQ(pair.value(cloud, count_all), "0");
  }
}

TEST(Conflicts, AfterTheSameEditALaterOneOfTheCloudAloneIsLeft) {
  for (const char* mode : {"incremental", "full"}) {
    Sent pair;
    pair.sql("UPDATE t SET v = 'same' WHERE id = 3");
    pair.sync_well(mode);
    pair.sql(cloud, "UPDATE t SET v = 'cloud' WHERE id = 3");
    expect_counts(pair.sync_well("incremental"), "t", {});
    expect_counts(pair.sync_well("full"), "t", {{"skipped", 1}, {"unchanged", 4}});
    pair.sql(desktop, "UPDATE t SET updated_at = now() WHERE id = 3");
    expect_counts(pair.sync_well("incremental"), "t", {{"skipped", 1}});
    EXPECT_EQ(pair.in_cloud(3), "cloud");
  }
}

TEST(Conflicts, AfterTheSameEditALaterOneOfTheDesktopAloneIsWritten) {
  for (const char* mode : {"incremental", "full"}) {
    Sent pair;
    pair.sql("UPDATE t SET v = 'same' WHERE id = 3");
    pair.sync_well(mode);
    pair.sql(desktop, "UPDATE t SET v = 'desktop' WHERE id = 3");
    expect_counts(pair.sync_well("incremental"), "t", {{"updated", 1}});
    EXPECT_EQ(pair.in_cloud(3), "desktop");
  }
}

TEST(Conflicts, WhatWasAlikeBeforeTheFirstRunIsTreatedLikeWhatWasSent) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'v' FROM generate_series(1, 5) i");
  pair.use_map("  - desktop: t\n    conflicts: manual\n");
  expect_counts(pair.sync_well("full"), "t", {{"unchanged", 5}});
  pair.sql(cloud, "UPDATE t SET v = 'cloud' WHERE id IN (1, 2)");
  pair.sql(desktop, "UPDATE t SET v = 'desktop' WHERE id IN (2, 3)");
  const auto run = pair.sync("incremental");
  EXPECT_EQ(run.status, 8);
  expect_counts(run, "t", {{"updated", 1}, {"conflicted", 1}});
  const auto full = pair.sync("full");
  expect_counts(full, "t", {{"skipped", 1}, {"conflicted", 1}, {"unchanged", 3}});
  EXPECT_THAT(pair.rows(cloud, "SELECT v FROM t ORDER BY id"), ElementsAre("cloud", "cloud", "desktop", "v", "v"));
}

// ---- what is no change

TEST(Conflicts, AnEditOfAColumnOfTheCloudsOwnIsNone) {
  for (const char* mode : {"incremental", "full"}) {
    Sent pair;
    pair.sql(cloud, "UPDATE t SET note = 'typed'");
    pair.expect_quiet();
    pair.sql(desktop, "UPDATE t SET v = 'desktop' WHERE id = 3");
    EXPECT_EQ(pair.sync_well(mode).table("t")["updated"], 1);
    EXPECT_THAT(pair.rows(cloud, "SELECT v, note FROM t WHERE id = 3"), ElementsAre("desktop|typed"));
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE note = 'typed'"), "5");
  }
}

TEST(Conflicts, AnEditOfASkippedColumnIsNone) {
  Sent pair;
  pair.use_map("  - desktop: t\n    conflicts: manual\n    key: [id]\n    skip: [w]\n");
  pair.sync_well("full");
  pair.sql(cloud, "UPDATE t SET w = 'cloud'");
  pair.sql(desktop, "UPDATE t SET v = 'desktop', w = 'desktop' WHERE id = 3");
  expect_counts(pair.sync_well("incremental"), "t", {{"updated", 1}});
  EXPECT_THAT(pair.rows(cloud, "SELECT v, w FROM t WHERE id = 3"), ElementsAre("desktop|cloud"));
}

TEST(Conflicts, StampsAreNone) {
  Sent pair;
  pair.sql(cloud, "UPDATE t SET updated_at = now()");
  pair.expect_quiet();
  pair.sql(desktop, "UPDATE t SET v = 'desktop', updated_at = '2026-01-02' WHERE id = 3");
  expect_counts(pair.sync_well("incremental"), "t", {{"updated", 1}});
  pair.sql(cloud, "UPDATE t SET updated_at = NULL");
  pair.sql(desktop, "UPDATE t SET updated_at = now()");
  pair.expect_quiet();
}

TEST(Conflicts, TriggersOfTheCloudThatStampRowsRaiseNoFalseAlarm) {
  const std::vector<std::string> triggers = {
      "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = clock_timestamp(); RETURN "
      "NEW; END $$; CREATE TRIGGER stamp BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION stamp()",
      "CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN BEGIN UPDATE t SET updated_at = "
      "clock_timestamp() WHERE id = NEW.id; EXCEPTION WHEN division_by_zero THEN NULL; END; RETURN NULL; END $$; "
      "CREATE TRIGGER stamp AFTER INSERT OR UPDATE OF v ON t FOR EACH ROW EXECUTE FUNCTION stamp()"};
  for (const auto& trigger : triggers) {
    SCOPED_TRACE(trigger);
    Sent pair;
    pair.sql(cloud, trigger);
    for (const char* edit : {"one", "two"}) {
      pair.sql(desktop, std::string("UPDATE t SET v = '") + edit + "' WHERE id <= 3");
      expect_counts(pair.sync_well("incremental"), "t", {{"updated", 3}});
      pair.expect_quiet();
    }
    pair.sql(desktop, "INSERT INTO t VALUES (6, 'v6', 'w', now())");
    expect_counts(pair.sync_well("incremental"), "t", {{"inserted", 1}});
    pair.sql(desktop, "UPDATE t SET v = 'three' WHERE id = 6");
    expect_counts(pair.sync_well("incremental"), "t", {{"updated", 1}});
    EXPECT_EQ(pair.value(cloud, count_all), "0");
  }
}

TEST(Conflicts, ATriggerOfTheCloudThatChangesWhatIsSentRaisesNone) {
  Sent pair;
  pair.sql(cloud,
           "CREATE FUNCTION loud() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.v = upper(NEW.v); RETURN NEW; END "
           "$$; CREATE TRIGGER loud BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION loud()");
  pair.sql(desktop, "UPDATE t SET v = 'one' WHERE id = 3");
  expect_counts(pair.sync_well("incremental"), "t", {{"updated", 1}});
  EXPECT_EQ(pair.in_cloud(3), "ONE");
  for (int time = 0; time < 2; ++time) expect_counts(pair.sync_well("full"), "t", {{"skipped", 1}, {"unchanged", 4}});
  pair.sql(desktop, "UPDATE t SET v = 'two' WHERE id = 3");
  expect_counts(pair.sync_well("incremental"), "t", {{"updated", 1}});
  EXPECT_EQ(pair.in_cloud(3), "TWO");
  EXPECT_EQ(pair.value(cloud, count_all), "0");
}

TEST(Conflicts, TablesThatAreRewrittenInTheCloudRaiseNone) {
  Sent pair;
  pair.sql(cloud, "VACUUM FULL t");
  pair.expect_quiet();
  pair.sql(cloud,
           "BEGIN; CREATE TEMP TABLE dump ON COMMIT DROP AS SELECT * FROM t; TRUNCATE t; INSERT INTO t SELECT * "
           "FROM dump; COMMIT");
  pair.expect_quiet();
  pair.sql(desktop, "UPDATE t SET v = 'desktop' WHERE id = 3");
  expect_counts(pair.sync_well("incremental"), "t", {{"updated", 1}});
  EXPECT_EQ(pair.value(cloud, count_all), "0");
}

// ---- expressions, views and changed maps

// Nine rows whose name is looked up in another table of the desktop.
class Named : public Pair {
 public:
  Named() : Pair(Contents::reused) {
    sql(desktop,
        "CREATE TABLE t (id int PRIMARY KEY, p int, v text); CREATE TABLE names (p int, name text); INSERT INTO t "
        "SELECT i, i % 3, 'v' FROM generate_series(1, 9) i; INSERT INTO names VALUES (0, 'zero'), (1, 'one'), (2, "
        "'two')");
    sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, p int, v text, name text)");
    use_map(
        "  - desktop: t\n    conflicts: manual\n    forward:\n      join: \"LEFT JOIN names n ON n.p = t.p\"\n      "
        "columns: {name: "
        "n.name}\n");
    expect_counts(sync_well("full"), "t", {{"inserted", 9}});
  }
};

TEST(Conflicts, ALookupThatChangesIsWrittenWhereTheCloudDidNotTouchTheRow) {
  for (const char* mode : {"incremental", "full"}) {
    SCOPED_TRACE(mode);
    Named pair;
    pair.sql(cloud, "UPDATE t SET v = 'cloud' WHERE id IN (4, 5)");
    pair.sql(desktop, "UPDATE names SET name = 'ONE' WHERE p = 1");
    const auto run = pair.sync(mode);
    EXPECT_EQ(run.status, 8) << run.everything();
    expect_counts(run, "t", {{"updated", 2}, {"conflicted", 1}, {"skipped", 1}, {"unchanged", 5}});
    EXPECT_THAT(pair.rows(cloud, "SELECT id, v, name FROM t WHERE id IN (1, 4, 5, 7) ORDER BY id"),
                ElementsAre("1|v|ONE", "4|cloud|one", "5|cloud|two", "7|v|ONE"));
    EXPECT_THAT(pair.rows(cloud, open_conflicts), ElementsAre("{\"id\": 4}|update_origin_differs|v|cloud"));
  }
}

TEST(Conflicts, ALookupThatChangesTwiceRaisesNone) {
  Named pair;
  for (const char* name : {"eins", "uno"}) {
    pair.sql(desktop, std::string("UPDATE names SET name = '") + name + "' WHERE p = 1");
    expect_counts(pair.sync_well("incremental"), "t", {{"updated", 3}, {"unchanged", 6}});
  }
  pair.sql(cloud, "UPDATE t SET name = 'cloud' WHERE id = 1");
  expect_counts(pair.sync_well("full"), "t", {{"skipped", 1}, {"unchanged", 8}});
  EXPECT_EQ(pair.value(cloud, count_all), "0");
}

TEST(Conflicts, OfAViewTheSameRulesHold) {
  for (const char* mode : {"incremental", "full"}) {
    SCOPED_TRACE(mode);
    Pair pair(Contents::reused);
    pair.sql(
        desktop,
        "CREATE TABLE base (id int PRIMARY KEY, v text); INSERT INTO base SELECT i, 'v' FROM generate_series(1, 5) "
        "i; CREATE VIEW t AS SELECT id, v FROM base");
    pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text)");
    pair.use_map("  - desktop: t\n    conflicts: manual\n    key: [id]\n");
    pair.sync_well("full");
    pair.sql(cloud, "UPDATE t SET v = 'cloud' WHERE id IN (1, 2)");
    pair.sql(desktop, "UPDATE base SET v = 'desktop' WHERE id IN (2, 3)");
    for (int time = 0; time < 2; ++time) {
      const auto run = pair.sync(mode);
      EXPECT_EQ(run.status, 8) << run.everything();
      EXPECT_EQ(run.table("t")["conflicted"], 1) << run.out;
      EXPECT_EQ(run.table("t")["updated"], time == 0 ? 1 : 0) << run.out;
    }
    EXPECT_THAT(pair.rows(cloud, "SELECT v FROM t ORDER BY id"), ElementsAre("cloud", "cloud", "desktop", "v", "v"));
    EXPECT_THAT(pair.rows(cloud, open_conflicts), ElementsAre("{\"id\": 2}|update_origin_differs|desktop|cloud"));
  }
}

TEST(Conflicts, AColumnAddedToTheMapRaisesNoneInRowsThatNobodyTouched) {
  for (const char* mode : {"incremental", "full"}) {
    SCOPED_TRACE(mode);
    Sent pair;
    pair.use_map(
        "  - desktop: t\n    conflicts: manual\n    key: [id]\n    forward: {columns: {note: \"'from the "
        "desktop'\"}}\n");
    expect_counts(pair.sync_well(mode), "t", {{"updated", 5}});
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE note = 'from the desktop'"), "5");
    pair.expect_quiet();
    pair.sql(cloud, "UPDATE t SET v = 'cloud' WHERE id = 3");
    expect_counts(pair.sync_well("full"), "t", {{"skipped", 1}, {"unchanged", 4}});
  }
}

TEST(Conflicts, AColumnTakenOutOfTheMapRaisesNone) {
  Sent pair;
  pair.use_map("  - desktop: t\n    conflicts: manual\n    key: [id]\n    skip: [w]\n");
  pair.expect_quiet();
  pair.sql(desktop, "UPDATE t SET v = 'desktop', w = 'desktop' WHERE id = 3");
  expect_counts(pair.sync_well("incremental"), "t", {{"updated", 1}});
  EXPECT_THAT(pair.rows(cloud, "SELECT v, w FROM t WHERE id = 3"), ElementsAre("desktop|w"));
}

TEST(Conflicts, AColumnAddedToBothTablesRaisesNone) {
  Sent pair;
  pair.sql("ALTER TABLE t ADD COLUMN extra text DEFAULT 'e'");
  pair.expect_quiet();
  pair.sql(desktop, "UPDATE t SET extra = 'desktop' WHERE id = 3");
  expect_counts(pair.sync_well("incremental"), "t", {{"updated", 1}});
  pair.sql(cloud, "UPDATE t SET extra = 'cloud' WHERE id = 4");
  expect_counts(pair.sync_well("full"), "t", {{"skipped", 1}, {"unchanged", 4}});
  EXPECT_EQ(pair.value(cloud, count_all), "0");
}

TEST(Conflicts, ALostCursorRaisesNoneAndForgetsNone) {
  Sent pair;
  pair.sql(cloud, "UPDATE t SET v = 'cloud' WHERE id = 4");
  pair.edit_both();
  pair.sql(cloud, "DELETE FROM pgtide.cursor");
  const auto run = pair.sync("incremental");
  EXPECT_EQ(run.status, 8);
  expect_counts(run, "t", {{"conflicted", 1}, {"skipped", 1}, {"unchanged", 3}});
  EXPECT_THAT(pair.rows(cloud, open_conflicts), ElementsAre("{\"id\": 3}|update_origin_differs|desktop|cloud"));
  EXPECT_EQ(pair.value(cloud, count_all), "1");
  EXPECT_EQ(pair.in_cloud(4), "cloud");
}

TEST(Conflicts, ARestoredDesktopRaisesNoneInRowsThatOnlyTheCloudChanged) {
  Sent pair;
  pair.sql(cloud, "UPDATE t SET v = 'cloud' WHERE id = 4");
  pair.sql(desktop, "DELETE FROM pgtide.anchor");
  expect_counts(pair.sync_well("incremental"), "t", {{"skipped", 1}, {"unchanged", 4}});
  EXPECT_EQ(pair.in_cloud(4), "cloud");
}

// ---- rows that the cloud deleted

TEST(Conflicts, ARowThatTheCloudDeletedIsNotSentAgain) {
  Sent pair;
  pair.sql(cloud, "DELETE FROM t WHERE id = 3");
  expect_counts(pair.sync_well("incremental"), "t", {});
  for (int time = 0; time < 2; ++time) expect_counts(pair.sync_well("full"), "t", {{"skipped", 1}, {"unchanged", 4}});
  pair.sql(desktop, "UPDATE t SET updated_at = now() WHERE id = 3");
  expect_counts(pair.sync_well("incremental"), "t", {{"skipped", 1}});
  pair.sql(cloud, "DELETE FROM pgtide.cursor");
  expect_counts(pair.sync_well("incremental"), "t", {{"skipped", 1}, {"unchanged", 4}});
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "4");
  EXPECT_EQ(pair.value(cloud, count_all), "0");
}

TEST(Conflicts, ARowThatTheCloudDeletedAndTheDesktopEditsIsOne) {
  for (const char* mode : {"incremental", "full"}) {
    SCOPED_TRACE(mode);
    Sent pair;
    pair.sql(cloud, "DELETE FROM t WHERE id = 3");
    pair.sync_well("full");
    pair.sql(desktop, "UPDATE t SET v = 'desktop' WHERE id = 3");
    for (int time = 0; time < 2; ++time) {
      const auto run = pair.sync(mode);
      EXPECT_EQ(run.status, 8) << run.everything();
      EXPECT_EQ(run.table("t")["conflicted"], 1);
      EXPECT_EQ(written(run), 0);
    }
    EXPECT_THAT(pair.rows(cloud,
                          "SELECT direction, row_key, kind, desktop_row->>'v', cloud_row IS NULL, resolved_at IS NULL "
                          "FROM pgtide.conflict"),
                ElementsAre("forward|{\"id\": 3}|update_missing|desktop|t|t"));
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "4");
    expect_accounts(pair);
  }
}

TEST(Conflicts, OverwritingBringsADeletedRowBack) {
  Sent pair;
  pair.sql(cloud, "DELETE FROM t WHERE id IN (3, 4)");
  pair.sql(desktop, "UPDATE t SET v = 'desktop' WHERE id = 3");
  EXPECT_EQ(pair.sync("incremental").status, 8);
  expect_counts(pair.sync_well("full", {"--overwrite"}), "t", {{"inserted", 2}, {"unchanged", 3}});
  pair.expect_same("t", "t", "id, v, w");
  EXPECT_EQ(pair.value(cloud, count_open), "0");
  pair.expect_quiet();
  pair.sql(desktop, "UPDATE t SET v = 'later' WHERE id = 3");
  expect_counts(pair.sync_well("incremental"), "t", {{"updated", 1}});
}

TEST(Conflicts, AnEditOfADeletedRowThatIsTakenBackOrDeletedTooEndsIt) {
  for (const char* end : {"UPDATE t SET v = 'v3' WHERE id = 3", "DELETE FROM t WHERE id = 3"}) {
    for (const char* mode : {"incremental", "full"}) {
      SCOPED_TRACE(std::string(end) + " " + mode);
      Sent pair;
      pair.sql(cloud, "DELETE FROM t WHERE id = 3");
      pair.sql(desktop, "UPDATE t SET v = 'desktop' WHERE id = 3");
      EXPECT_EQ(pair.sync("incremental").status, 8);
      pair.sql(desktop, end);
      EXPECT_EQ(written(pair.sync_well(mode)), 0);
      EXPECT_EQ(pair.value(cloud, "SELECT resolved_at IS NOT NULL FROM pgtide.conflict"), "t");
      EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "4");
    }
  }
}

TEST(Conflicts, ADeletedRowThatThePhoneEntersAgainIsLeft) {
  Sent pair;
  pair.sql(cloud, "DELETE FROM t WHERE id = 3");
  pair.sync_well("incremental");
  pair.sql(cloud, "INSERT INTO t VALUES (3, 'phone', 'w')");
  expect_counts(pair.sync_well("full"), "t", {{"skipped", 1}, {"unchanged", 4}});
  EXPECT_EQ(pair.in_cloud(3), "phone");
}

TEST(Conflicts, AnEmptiedTargetIsFilledAgain) {
  Sent pair;
  pair.edit_both();
  pair.sql(cloud, "TRUNCATE t");
  expect_counts(pair.sync_well("full"), "t", {{"inserted", 5}});
  pair.expect_same("t", "t", "id, v, w");
  EXPECT_EQ(pair.value(cloud, count_open), "0");
}

// ---- the same number for two things

TEST(Conflicts, ANewDesktopRowNeverOverwritesAPhonesRowOfThatNumber) {
  for (const bool with_origin : {true, false}) {
    for (const char* mode : {"incremental", "full"}) {
      SCOPED_TRACE(std::string(mode) + (with_origin ? " with origin" : " without"));
      Pair pair(Contents::reused);
      pair.sql(desktop, "CREATE TABLE t (id int, v text); INSERT INTO t VALUES (1, 'a')");
      pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text, source char(1) DEFAULT 'D')");
      pair.use_map(std::string("  - desktop: t\n    conflicts: manual\n    key: [id]\n") +
                   (with_origin ? "    origin: {column: source, desktop: D, cloud: M}\n" : ""));
      pair.sync_well("full");
      pair.sql(cloud,
               "INSERT INTO t VALUES (10, 'marked', 'M'), (11, 'unmarked', NULL), (12, 'default', DEFAULT), (14, "
               "'same', DEFAULT)");
      pair.sql(desktop,
               "INSERT INTO t SELECT i, 'desktop' FROM generate_series(10, 13) i; INSERT INTO t VALUES (14, "
               "'same')");
      for (int time = 0; time < 2; ++time) {
        const auto run = pair.sync(mode);
        EXPECT_EQ(run.status, 8) << run.everything();
        EXPECT_EQ(run.table("t")["conflicted"], 3) << run.out;
        EXPECT_EQ(run.table("t")["inserted"], time == 0 ? 1 : 0);
        EXPECT_EQ(run.table("t")["updated"], 0);
      }
      EXPECT_THAT(pair.rows(cloud, open_conflicts), ElementsAre("{\"id\": 10}|insert_exists|desktop|marked",
                                                                "{\"id\": 11}|insert_exists|desktop|unmarked",
                                                                "{\"id\": 12}|insert_exists|desktop|default"));
      EXPECT_THAT(pair.rows(cloud, "SELECT id, v FROM t ORDER BY id"),
                  ElementsAre("1|a", "10|marked", "11|unmarked", "12|default", "13|desktop", "14|same"));
      pair.sql(desktop, "UPDATE t SET v = v || ' again' WHERE id = 11");
      EXPECT_EQ(pair.sync("incremental").status, 8);
      EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 11"), "unmarked");
      // the phone's rows go, or become what the desktop has
      pair.sql(cloud, "DELETE FROM t WHERE id IN (10, 11); UPDATE t SET v = 'desktop' WHERE id = 12");
      const auto run = pair.sync_well("incremental");
      EXPECT_EQ(run.table("t")["inserted"], 2) << run.out;
      EXPECT_EQ(pair.value(cloud, count_open), "0");
      EXPECT_EQ(pair.value(cloud, count_all), "3");
      pair.expect_same("t", "t", "id, v");
    }
  }
}

TEST(Conflicts, APhonesRowMarkedAsItsOwnBeforeTheFirstRunIsNeverOverwritten) {
  Pair pair(Contents::reused);
  pair.sql(desktop, "CREATE TABLE t (id int, v text); INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')");
  pair.sql(cloud,
           "CREATE TABLE t (id int PRIMARY KEY, v text, source char(1)); INSERT INTO t VALUES (1, 'phone', 'M'), (2, "
           "'old', 'D'), (3, 'old', NULL)");
  pair.use_map(
      "  - desktop: t\n    conflicts: manual\n    key: [id]\n    origin: {column: source, desktop: D, cloud: M}\n");
  const auto run = pair.sync("full");
  EXPECT_EQ(run.status, 8);
  expect_counts(run, "t", {{"updated", 2}, {"conflicted", 1}});
  EXPECT_THAT(pair.rows(cloud, "SELECT * FROM t ORDER BY id"), ElementsAre("1|phone|M", "2|b|D", "3|c|D"));
}

// ---- what is kept of a conflict

TEST(Conflicts, TheKeyIsAnObjectOfTheKeyColumns) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (b text, a numeric(10,0), v text)");
  pair.sql(desktop, "INSERT INTO t VALUES ('x', 1, 'v'), (NULL, 2, 'v'), ('say \"hi\"', 3, 'v'), ('plain', 4, 'v')");
  pair.use_map("  - desktop: t\n    conflicts: manual\n    key: [a, b]\n");
  pair.sync_well("full");
  pair.sql(desktop, "UPDATE t SET v = 'desktop' WHERE a < 4");
  pair.sql(cloud, "UPDATE t SET v = 'cloud'");
  EXPECT_EQ(pair.sync("incremental").status, 8);
  EXPECT_THAT(
      pair.rows(cloud, "SELECT row_key FROM pgtide.conflict ORDER BY (row_key->>'a')::int"),
      ElementsAre("{\"a\": 1, \"b\": \"x\"}", "{\"a\": 2, \"b\": null}", "{\"a\": 3, \"b\": \"say \\\"hi\\\"\"}"));
  EXPECT_EQ(pair.sync("full").status, 8);
  EXPECT_EQ(pair.value(cloud, count_all), "3");
}

TEST(Conflicts, RowsAreKeptWhateverTheyHold) {
  Pair pair(Contents::reused);
  pair.sql(
      "CREATE TABLE t (id int PRIMARY KEY, v text, \"it's\" text, \"say \"\"hi\"\"\" text, \"日本\" text, j json, jb "
      "jsonb, b bytea, a text[], n numeric, f float8, ts timestamptz, x xml, wide text)");
  pair.sql(desktop,
           "INSERT INTO t VALUES (1, 'v', 'x', 'y', 'z', '{\"a\" :1.0,  \"a\":2}', '{\"k\": [1, null]}', "
           "'\\x00ff', ARRAY['a,b', NULL], 'NaN', '-0', 'infinity', '<a b=\"c\">&lt;</a>', repeat('wide 👩 ', 30000))");
  pair.use_map("  - desktop: t\n    conflicts: manual\n");
  pair.sync_well("full");
  const auto quiet = pair.sync_well("full");
  expect_counts(quiet, "t", {{"unchanged", 1}});
  pair.sql(desktop,
           "UPDATE t SET v = E'new\\nline \\\\ \"quoted\" ''it'' \\u0001', \"it's\" = 'desktop''s', \"say \"\"hi\"\"\" "
           "= '\"', j = '[1.00]'");
  pair.sql(cloud, "UPDATE t SET v = 'cloud', b = '\\x0001', \"日本\" = '語😀', f = 'Infinity'");
  const auto run = pair.sync("incremental");
  EXPECT_EQ(run.status, 8) << run.everything();
  EXPECT_THAT(pair.rows(cloud,
                        "SELECT row_key, kind, desktop_row->>'it''s', desktop_row->>'say \"hi\"', cloud_row->>'日本', "
                        "cloud_row->>'b', desktop_row->>'b', length(desktop_row->>'wide'), length(cloud_row->>'wide') "
                        "FROM pgtide.conflict"),
              ElementsAre("{\"id\": 1}|update_origin_differs|desktop's|\"|語😀|\\x0001|\\x00ff|210000|210000"));
  EXPECT_EQ(pair.value(cloud,
                       "SELECT desktop_row->>'v' = E'new\\nline \\\\ \"quoted\" ''it'' \\u0001' FROM "
                       "pgtide.conflict"),
            "t");
  EXPECT_THAT(run.out + run.err, Not(HasSubstr("quoted"))) << "no contents in a log";
  EXPECT_EQ(pair.sync("full").status, 8);
  EXPECT_EQ(pair.value(cloud, count_all), "1");
}

TEST(Conflicts, APlanForeseesWithoutWriting) {
  Sent pair;
  pair.edit_both();
  const auto state = pair.contents(cloud, "pgtide.conflict");
  pair.run({"plan", "incremental"});
  pair.run({"plan", "full"});
  EXPECT_EQ(pair.contents(cloud, "pgtide.conflict"), state);
}

// ---- and the rest goes on

TEST(Conflicts, OtherRowsOfTheTableAreWritten) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "INSERT INTO t SELECT i, repeat('v', 500) || i FROM generate_series(1, 5000) i");
  pair.use_map("  - desktop: t\n    conflicts: manual\n");
  pair.sync_well("full");
  pair.sql(cloud, "UPDATE t SET v = 'cloud' WHERE id % 1000 = 0");
  pair.sql(desktop, "UPDATE t SET v = 'desktop' || v; INSERT INTO t VALUES (6000, 'new')");
  const auto run = pair.sync("incremental");
  EXPECT_EQ(run.status, 8) << run.everything();
  expect_counts(run, "t", {{"updated", 4995}, {"conflicted", 5}, {"inserted", 1}});
  EXPECT_EQ(pair.value(cloud, count_open), "5");
  expect_counts(pair.sync("incremental"), "t", {{"conflicted", 5}});
  pair.expect_same("t WHERE id % 1000 <> 0 OR id = 6000", "t WHERE id % 1000 <> 0 OR id = 6000");
}

TEST(Conflicts, OtherTablesAndChildrenAreDone) {
  Pair pair(Contents::reused);
  pair.sql(desktop,
           "CREATE TABLE p (id int, v text); CREATE TABLE c (id int, p int, v text); CREATE TABLE other (id int, v "
           "text); INSERT INTO p VALUES (1, 'a'), (2, 'b'); INSERT INTO c VALUES (1, 1, 'c'); INSERT INTO other VALUES "
           "(1, 'o')");
  pair.sql(cloud,
           "CREATE TABLE p (id int PRIMARY KEY, v text); CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p, v "
           "text); CREATE TABLE other (id int PRIMARY KEY, v text)");
  pair.use_map("  - desktop: c\n    conflicts: manual\n  - desktop: p\n    conflicts: manual\n  - desktop: other\n");
  pair.sync_well("full");
  pair.sql(cloud, "UPDATE p SET v = 'cloud' WHERE id = 1");
  pair.sql(desktop,
           "UPDATE p SET v = 'desktop'; INSERT INTO p VALUES (3, 'n'); INSERT INTO c VALUES (2, 1, 'c'), (3, 3, 'c'); "
           "UPDATE other SET v = 'x'");
  const auto run = pair.sync("incremental");
  EXPECT_EQ(run.status, 8) << run.everything();
  EXPECT_EQ(run.table("p")["status"], "attention");
  EXPECT_EQ(run.table("c")["status"], "ok");
  EXPECT_EQ(run.table("other")["status"], "ok");
  expect_counts(run, "p", {{"updated", 1}, {"inserted", 1}, {"conflicted", 1}});
  expect_counts(run, "c", {{"inserted", 2}});
  expect_counts(run, "other", {{"updated", 1}});
  EXPECT_THAT(pair.rows(cloud, "SELECT table_name, sync_status FROM pgtide.watermark ORDER BY 1"),
              ElementsAre("c|completed", "other|completed", "p|completed"));
  // a run of another table has nothing that waits
  EXPECT_EQ(pair.sync("incremental", {"--table", "other"}).status, 0);
  EXPECT_EQ(pair.sync("incremental", {"--table", "p"}).status, 8);
}

TEST(Conflicts, ACursorMovesThoughRowsWait) {
  Sent pair;
  pair.edit_both();
  const auto first = pair.value(cloud, "SELECT last_sync_timestamp FROM pgtide.watermark");
  pair.sql(desktop, "UPDATE t SET v = 'later' WHERE id = 1");
  const auto run = pair.sync("incremental");
  expect_counts(run, "t", {{"updated", 1}, {"conflicted", 1}});
  EXPECT_EQ(pair.value(cloud, "SELECT last_sync_timestamp > '" + first + "' FROM pgtide.watermark"), "t");
  expect_counts(pair.sync("incremental"), "t", {{"conflicted", 1}});
}

}  // namespace
