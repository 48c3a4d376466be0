// Several maps between the same databases, and several desktops in front of one cloud: each keeps to its own rows.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/counts.hpp"
#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::expect_counts;
using support::Outcome;
using support::Pair;
using support::written;
using testing::ElementsAre;
using testing::HasSubstr;

// One pair, or two desktops and a cloud, with the maps `northern` and `southern`.
class Maps : public Pair {
 public:
  Maps() : Pair(Contents::reused) {}

  void use_maps(const std::string& northern_tables, const std::string& southern_tables,
                const std::string& northern_schema = "public", const std::string& southern_schema = "public") {
    use_map(northern_tables, head("northern", northern_schema));
    northern_ = map_file();
    use_map(southern_tables, head("southern", southern_schema));
    southern_ = map_file();
  }
  Outcome northern(const std::string& mode, const std::vector<std::string>& more = {}) {
    use_map_file(northern_);
    return sync(mode, more);
  }
  Outcome southern(const std::string& mode, std::vector<std::string> more = {}) {
    use_map_file(southern_);
    if (other_desktop_) more.insert(more.end(), {"--desktop", other_desktop_->url(desktop)});
    return sync(mode, more);
  }
  // From now on the southern map reads another database.
  void move_south(Pair& other) { other_desktop_ = &other; }

  // All rows of t in the cloud.
  std::vector<std::string> in_cloud() { return rows(cloud, "SELECT id, v, source FROM t ORDER BY id"); }

  // Nothing is written by either map in any job, and nothing waits.
  void expect_quiet() {
    const auto before = rows(cloud, "SELECT xmin, ctid FROM t ORDER BY ctid");
    for (const char* mode : {"incremental", "full"}) {
      for (const auto& run : {northern(mode), southern(mode)}) {
        EXPECT_EQ(run.status, 0) << run.everything();
        EXPECT_EQ(written(run), 0) << run.out;
      }
    }
    EXPECT_EQ(rows(cloud, "SELECT xmin, ctid FROM t ORDER BY ctid"), before);
  }

  const std::string& northern_file() const { return northern_; }
  const std::string& southern_file() const { return southern_; }

 private:
  static std::string head(const std::string& name, const std::string& schema) {
    return "map: " + name + "\ndesktop: {url: \"${PGTIDE_DESKTOP_URL}\", schema: " + schema +
           "}\ncloud: {url: \"${PGTIDE_CLOUD_URL}\"}\n";
  }

  std::string northern_, southern_;
  Pair* other_desktop_ = nullptr;
};

constexpr const char* open_conflicts =
    "SELECT map, row_key, kind, desktop_row->>'v', cloud_row->>'v' FROM pgtide.conflict WHERE resolved_at IS NULL "
    "ORDER "
    "BY map, row_key::text";

std::string office(const std::string& letter, const std::string& table = "t", const std::string& more = "") {
  return "  - desktop: " + table + "\n    cloud: t\n    key: [id]\n    origin: {column: source, desktop: " + letter +
         ", cloud: M}\n    conflicts: manual\n" + more;
}

// Two schemas of one desktop, each with its map into the same cloud table. The north has the rows 1 to 3, the south 11
// to 13.
class TwoOffices : public Maps {
 public:
  TwoOffices() {
    for (const char* schema : {"north", "south"})
      sql(desktop, std::string("CREATE SCHEMA ") + schema + "; CREATE TABLE " + schema + ".t (id int, v text)");
    sql(desktop,
        "INSERT INTO north.t SELECT i, 'north ' || i FROM generate_series(1, 3) i; INSERT INTO south.t SELECT i, "
        "'south ' || i FROM generate_series(11, 13) i");
    sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text, source char(1) DEFAULT 'D', note text)");
    use_maps(office("N"), office("S"), "north", "south");
  }
  void send() {
    expect_counts(northern("full"), "t", {{"inserted", 3}});
    expect_counts(southern("full"), "t", {{"inserted", 3}});
  }
};

// ---- different tables

TEST(TwoMaps, WithDifferentTablesEachHasItsOwnState) {
  Maps pair;
  pair.sql("CREATE TABLE a (id int PRIMARY KEY, v text); CREATE TABLE b (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "INSERT INTO a VALUES (1, 'a'); INSERT INTO b VALUES (1, 'b'), (2, 'b')");
  pair.use_maps("  - desktop: a\n", "  - desktop: b\n");
  const auto first = pair.northern("full");
  EXPECT_EQ(first.status, 0) << first.everything();
  EXPECT_EQ(first.json()["map"], "northern");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM b"), "0");
  EXPECT_EQ(pair.southern("full").status, 0);
  pair.expect_same("a");
  pair.expect_same("b");
  EXPECT_THAT(pair.rows(cloud, "SELECT map, direction, table_name, sync_status FROM pgtide.watermark ORDER BY 1"),
              ElementsAre("northern|forward|a|completed", "southern|forward|b|completed"));
  EXPECT_THAT(pair.rows(cloud, "SELECT map, count(*) FROM pgtide.run GROUP BY 1 ORDER BY 1"),
              ElementsAre("northern|1", "southern|1"));
  EXPECT_THAT(pair.rows(cloud, "SELECT map, table_name FROM _sync_metadata ORDER BY 1"),
              ElementsAre("northern|a", "southern|b"));
  EXPECT_THAT(pair.rows(cloud, "SELECT map, sum(items_synced) FROM pgtide.coverage GROUP BY 1 ORDER BY 1"),
              ElementsAre("northern|0", "southern|0"));
  pair.sql(desktop, "UPDATE a SET v = 'a2'; UPDATE b SET v = 'b2' WHERE id = 1");
  expect_counts(pair.southern("incremental"), "b", {{"updated", 1}});
  expect_counts(pair.southern("incremental"), "b", {});
  expect_counts(pair.northern("incremental"), "a", {{"updated", 1}});
  pair.expect_same("a");
  pair.expect_same("b");
}

TEST(TwoMaps, ALostCursorOfOneIsNoMatterOfTheOther) {
  Maps pair;
  pair.sql("CREATE TABLE a (id int PRIMARY KEY, v text); CREATE TABLE b (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "INSERT INTO a VALUES (1, 'a'); INSERT INTO b VALUES (1, 'b'), (2, 'b')");
  pair.use_maps("  - desktop: a\n", "  - desktop: b\n");
  pair.northern("full");
  pair.southern("full");
  pair.sql(cloud, "DELETE FROM pgtide.cursor WHERE map = 'northern'");
  expect_counts(pair.southern("incremental"), "b", {});
  expect_counts(pair.northern("incremental"), "a", {{"unchanged", 1}});
}

TEST(TwoMaps, AConflictOfOneIsNoMatterOfTheOther) {
  TwoOffices pair;
  pair.send();
  pair.sql(desktop, "UPDATE north.t SET v = 'desktop' WHERE id = 1");
  pair.sql(cloud, "UPDATE t SET v = 'cloud' WHERE id = 1");
  EXPECT_EQ(pair.northern("incremental").status, 8);
  EXPECT_EQ(pair.southern("incremental").status, 0);
  EXPECT_EQ(pair.southern("full").status, 0);
  EXPECT_THAT(pair.rows(cloud, open_conflicts),
              ElementsAre("northern|{\"id\": 1}|update_origin_differs|desktop|cloud"));
  pair.sql(cloud, "UPDATE t SET v = 'desktop' WHERE id = 1");
  EXPECT_EQ(pair.southern("full").status, 0);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.conflict WHERE resolved_at IS NULL"), "1");
  EXPECT_EQ(pair.northern("incremental").status, 0);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.conflict WHERE resolved_at IS NULL"), "0");
}

TEST(TwoMaps, RunSideBySide) {
  TwoOffices pair;
  pair.sql(desktop,
           "INSERT INTO north.t SELECT i, 'north' FROM generate_series(1000, 2999) i; INSERT INTO south.t SELECT i, "
           "'south' FROM generate_series(3000, 4999) i");
  for (const char* mode : {"full", "incremental", "full"}) {
    const auto one = pair.start({"sync", mode, "--json"}, {{"PGTIDE_MAP", pair.northern_file()}});
    const auto two = pair.start({"sync", mode, "--json"}, {{"PGTIDE_MAP", pair.southern_file()}});
    for (const auto& run : {one->wait(), two->wait()}) EXPECT_EQ(run.status, 0) << run.everything();
    EXPECT_THAT(pair.rows(cloud, "SELECT source, count(*) FROM t GROUP BY 1 ORDER BY 1"),
                ElementsAre("N|2003", "S|2003"));
    pair.sql(desktop,
             "UPDATE north.t SET v = v || '!' WHERE id % 3 = 0; UPDATE south.t SET v = v || '!' WHERE id % 3 = 0");
  }
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.conflict"), "0");
  pair.northern("incremental");
  pair.southern("incremental");
  pair.expect_same("north.t", "t WHERE source = 'N'", "id, v");
  pair.expect_same("south.t", "t WHERE source = 'S'", "id, v");
}

// ---- the same table

TEST(TwoMaps, ShareATableOfTheDesktopByTheirConditions) {
  Maps pair;
  pair.sql(
      desktop,
      "CREATE TABLE t (id int, v text, office text); INSERT INTO t SELECT i, 'v' || i, CASE WHEN i <= 3 THEN 'north' "
      "ELSE 'south' END FROM generate_series(1, 5) i");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text, source char(1))");
  pair.use_maps(office("N", "t", "    forward: {where: \"office = 'north'\"}\n"),
                office("S", "t", "    forward: {where: \"office = 'south'\"}\n"));
  expect_counts(pair.northern("full"), "t", {{"inserted", 3}});
  expect_counts(pair.southern("full"), "t", {{"inserted", 2}});
  EXPECT_THAT(pair.in_cloud(), ElementsAre("1|v1|N", "2|v2|N", "3|v3|N", "4|v4|S", "5|v5|S"));
  pair.expect_quiet();
  pair.sql(desktop, "UPDATE t SET v = v || '!' WHERE id IN (1, 4); INSERT INTO t VALUES (6, 'v6', 'south')");
  expect_counts(pair.northern("incremental"), "t", {{"updated", 1}});
  expect_counts(pair.southern("incremental"), "t", {{"updated", 1}, {"inserted", 1}});
  EXPECT_THAT(pair.in_cloud(), ElementsAre("1|v1!|N", "2|v2|N", "3|v3|N", "4|v4!|S", "5|v5|S", "6|v6|S"));
  pair.expect_quiet();
}

TEST(TwoMaps, OfTwoSchemasFeedOneTableAndLeaveEachOthersRowsAlone) {
  TwoOffices pair;
  pair.send();
  pair.expect_quiet();
  EXPECT_THAT(pair.in_cloud(), ElementsAre("1|north 1|N", "2|north 2|N", "3|north 3|N", "11|south 11|S",
                                           "12|south 12|S", "13|south 13|S"));
  pair.sql(desktop, "UPDATE north.t SET v = 'edited' WHERE id = 2; DELETE FROM north.t WHERE id = 3");
  expect_counts(pair.southern("full"), "t", {{"unchanged", 3}});
  expect_counts(pair.northern("incremental"), "t", {{"updated", 1}});
  expect_counts(pair.southern("full", {"--overwrite"}), "t", {{"unchanged", 3}});
  pair.sql(cloud, "UPDATE t SET v = 'cloud' WHERE id = 11");
  expect_counts(pair.northern("full"), "t", {{"unchanged", 2}});
  expect_counts(pair.southern("full"), "t", {{"skipped", 1}, {"unchanged", 2}});
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "6");
}

TEST(TwoMaps, OfTwoDesktopsFeedOneTable) {
  Maps pair;
  Pair other(Contents::reused);
  for (Pair* each : {static_cast<Pair*>(&pair), &other}) each->sql(desktop, "CREATE TABLE t (id int, v text)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'north'), (2, 'north')");
  other.sql(desktop, "INSERT INTO t VALUES (2, 'south'), (3, 'south')");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text, source char(1))");
  pair.use_maps(office("N"), office("S"));
  pair.move_south(other);
  expect_counts(pair.northern("full"), "t", {{"inserted", 2}});
  for (const char* mode : {"full", "incremental", "full"}) {
    const auto second = pair.southern(mode);
    EXPECT_EQ(second.status, 8) << second.everything();
    EXPECT_EQ(second.table("t")["conflicted"], 1);
    EXPECT_EQ(second.table("t")["updated"], 0);
    EXPECT_EQ(pair.northern(mode).status, 0);
  }
  EXPECT_THAT(pair.in_cloud(), ElementsAre("1|north|N", "2|north|N", "3|south|S"));
  EXPECT_THAT(pair.rows(cloud, open_conflicts), ElementsAre("southern|{\"id\": 2}|insert_exists|south|north"));
  other.sql(desktop, "UPDATE t SET id = 4 WHERE id = 2");
  EXPECT_EQ(pair.southern("incremental").status, 0);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.conflict WHERE resolved_at IS NULL"), "0");
  pair.expect_quiet();
}

TEST(TwoMaps, ARowThatOneSentIsNeverOverwrittenByTheFirstFullOfTheOther) {
  for (const bool with_origin : {true, false}) {
    SCOPED_TRACE(with_origin);
    TwoOffices pair;
    pair.sql(desktop, "INSERT INTO south.t VALUES (2, 'south 2')");
    if (!with_origin)
      pair.use_maps("  - desktop: t\n    key: [id]\n", "  - desktop: t\n    key: [id]\n", "north", "south");
    expect_counts(pair.northern("full"), "t", {{"inserted", 3}});
    const auto first = pair.southern("full");
    EXPECT_EQ(first.status, 8) << first.everything();
    expect_counts(first, "t", {{"inserted", 3}, {"conflicted", 1}});
    EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 2"), "north 2");
    EXPECT_THAT(pair.rows(cloud, open_conflicts), ElementsAre("southern|{\"id\": 2}|insert_exists|south 2|north 2"));
    // each side goes on
    pair.sql(desktop,
             "UPDATE north.t SET v = 'north edited' WHERE id = 2; UPDATE south.t SET v = 'south edited' WHERE id "
             "IN (2, 11)");
    expect_counts(pair.southern("incremental"), "t", {{"updated", 1}, {"conflicted", 1}});
    expect_counts(pair.northern("incremental"), "t", {{"updated", 1}});
    EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 2"), "north edited");
    EXPECT_EQ(pair.southern("incremental").status, 8);
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.conflict"), "1");
  }
}

TEST(TwoMaps, ARowThatOneFoundEqualBelongsToIt) {
  TwoOffices pair;
  pair.sql(cloud, "INSERT INTO t VALUES (1, 'north 1', 'N'), (2, 'older', 'N'), (3, 'older', NULL)");
  pair.sql(desktop, "INSERT INTO south.t SELECT i, 'south' FROM generate_series(1, 3) i");
  expect_counts(pair.northern("full"), "t", {{"unchanged", 1}, {"updated", 2}});
  const auto second = pair.southern("full");
  EXPECT_EQ(second.status, 8) << second.everything();
  expect_counts(second, "t", {{"inserted", 3}, {"conflicted", 3}});
  EXPECT_THAT(pair.rows(cloud, "SELECT id, v, source FROM t WHERE id <= 3 ORDER BY id"),
              ElementsAre("1|north 1|N", "2|north 2|N", "3|north 3|N"));
}

TEST(TwoMaps, ARowMarkedByAnotherOriginIsNotAdopted) {
  TwoOffices pair;
  pair.sql(cloud, "INSERT INTO t VALUES (1, 'of the south, sent by an earlier tool', 'S'), (2, 'of nobody', NULL)");
  const auto first = pair.northern("full");
  EXPECT_EQ(first.status, 8) << first.everything();
  expect_counts(first, "t", {{"inserted", 1}, {"updated", 1}, {"conflicted", 1}});
  EXPECT_THAT(pair.rows(cloud, open_conflicts),
              ElementsAre("northern|{\"id\": 1}|insert_exists|north 1|of the south, sent by an earlier tool"));
}

TEST(TwoMaps, ARowThatOneSentIsNoReasonToFillAnEmptiedTableAgain) {
  TwoOffices pair;
  pair.send();
  pair.sql(cloud, "DELETE FROM t WHERE source = 'N'");
  expect_counts(pair.northern("full"), "t", {{"skipped", 3}});
  expect_counts(pair.southern("full"), "t", {{"unchanged", 3}});
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "3");
}

TEST(TwoMaps, WhatOneSentIsNewsToTheWayBackOfTheOther) {
  Maps pair;
  pair.sql(desktop, "CREATE TABLE a (id int, v text); CREATE TABLE b (id int, v text); INSERT INTO a VALUES (1, 'x')");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.use_maps("  - desktop: a\n    cloud: t\n    key: [id]\n",
                "  - desktop: b\n    cloud: t\n    key: [id]\n    direction: reverse\n");
  EXPECT_EQ(pair.northern("full").status, 0);
  expect_counts(pair.southern("reverse"), "b", {{"inserted", 1}});
  expect_counts(pair.southern("reverse"), "b", {});
  pair.expect_same("a", "t");
  pair.expect_same("b", "t");
}

TEST(TwoMaps, BothWaysEachBringsBackItsOwn) {
  TwoOffices pair;
  pair.use_maps(
      office("N", "t", "    direction: both\n    reverse: {where: \"id < 10 OR note = 'north'\"}\n"),
      office("S", "t", "    direction: both\n    reverse: {where: \"id BETWEEN 10 AND 99 OR note = 'south'\"}\n"),
      "north", "south");
  pair.send();
  pair.sql(cloud, "INSERT INTO t VALUES (101, 'phone', 'M', 'north'), (102, 'phone', 'M', 'south')");
  for (int time = 0; time < 2; ++time) {
    EXPECT_EQ(pair.northern("reverse").table("t")["inserted"], time == 0 ? 1 : 0);
    EXPECT_EQ(pair.southern("reverse").table("t")["inserted"], time == 0 ? 1 : 0);
  }
  pair.expect_quiet();
  EXPECT_EQ(pair.value(desktop, "SELECT string_agg(id::text, ',' ORDER BY id) FROM north.t"), "1,2,3,101");
  EXPECT_EQ(pair.value(desktop, "SELECT string_agg(id::text, ',' ORDER BY id) FROM south.t"), "11,12,13,102");
}

// ---- without a key

std::string keyless(const std::string& letter, const std::string& more = "") {
  return "  - desktop: t\n    key: none\n    skip: [n]\n    origin: {column: source, desktop: " + letter +
         ", cloud: M}\n" + more;
}

// The cloud numbers the rows. Twenty rows in each schema of the desktop.
class Keyless : public Maps {
 public:
  Keyless() {
    for (const char* schema : {"north", "south"})
      sql(desktop, std::string("CREATE SCHEMA ") + schema + "; CREATE TABLE " + schema +
                       ".t (id int, v text); INSERT INTO " + schema + ".t SELECT i, '" + schema +
                       "' FROM generate_series(1, 20) i");
    sql(cloud, "CREATE TABLE t (n bigserial PRIMARY KEY, id int, v text, source char(1))");
  }
};

TEST(TwoMaps, WhoBothRemoveRowsFromOneTableTheSecondIsRefused) {
  Keyless pair;
  pair.use_maps(keyless("N"), keyless("S"), "north", "south");
  expect_counts(pair.northern("full"), "t", {{"inserted", 20}});
  for (const char* mode : {"full", "incremental"}) {
    const auto refused = pair.southern(mode);
    EXPECT_EQ(refused.status, 5) << refused.everything();
    EXPECT_EQ(refused.table("t")["status"], "refused");
    EXPECT_THAT(refused.table("t")["error"].dump(), HasSubstr("northern")) << "the reason names the other map";
  }
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE source = 'S'"), "0");
  // the first goes on
  pair.sql(desktop, "DELETE FROM north.t WHERE id = 1; INSERT INTO north.t VALUES (21, 'north')");
  const auto run = pair.northern("incremental");
  EXPECT_EQ(run.status, 0) << run.everything();
  EXPECT_EQ(run.table("t")["deleted"], 1);
  EXPECT_EQ(run.table("t")["inserted"], 1);
  pair.expect_same("north.t", "t", "id, v");
}

TEST(TwoMaps, WhoBothRemoveRowsFromDifferentTablesAreWelcome) {
  Keyless pair;
  pair.sql(cloud, "CREATE TABLE u (n bigserial PRIMARY KEY, id int, v text, source char(1))");
  pair.use_maps(keyless("N"), keyless("S", "    cloud: u\n"), "north", "south");
  EXPECT_EQ(pair.northern("full").status, 0);
  EXPECT_EQ(pair.southern("full").status, 0);
  pair.expect_same("north.t", "t", "id, v");
  pair.expect_same("south.t", "u", "id, v");
}

TEST(TwoMaps, WithoutAKeyTheRowsOfAKeyedMapAreNeitherTakenNorRemoved) {
  for (const bool keyed_first : {true, false}) {
    SCOPED_TRACE(keyed_first);
    Keyless pair;
    pair.use_maps("  - desktop: t\n    key: [id]\n    origin: {column: source, desktop: N, cloud: M}\n", keyless("S"),
                  "north", "south");
    pair.sql(desktop, "UPDATE north.t SET id = id + 100");
    if (keyed_first) expect_counts(pair.northern("full"), "t", {{"inserted", 20}});
    expect_counts(pair.southern("full"), "t", {{"inserted", 20}});
    if (!keyed_first) expect_counts(pair.northern("full"), "t", {{"inserted", 20}});
    pair.expect_quiet();
    pair.sql(desktop,
             "DELETE FROM south.t WHERE id = 5; DELETE FROM north.t WHERE id = 105; UPDATE north.t SET v = "
             "'edited' WHERE id = 106");
    expect_counts(pair.northern("incremental"), "t", {{"updated", 1}});
    const auto run = pair.southern("incremental");
    EXPECT_EQ(run.status, 0) << run.everything();
    EXPECT_EQ(run.table("t")["deleted"], 1) << run.out;
    EXPECT_EQ(written(run), 1);
    EXPECT_THAT(pair.rows(cloud, "SELECT source, count(*) FROM t GROUP BY 1 ORDER BY 1"), ElementsAre("N|20", "S|19"));
    EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 106"), "edited");
    pair.expect_quiet();
  }
}

TEST(TwoMaps, WithoutAKeyTheFirstRunTakesNoRowThatTheOtherMapSent) {
  // the same contents, and without an origin nothing but the memory tells whose they are
  Keyless pair;
  pair.use_maps("  - desktop: t\n    key: [id]\n", "  - desktop: t\n    key: none\n    skip: [n]\n", "north", "south");
  pair.sql(desktop, "UPDATE north.t SET v = 'same'; UPDATE south.t SET v = 'same'");
  expect_counts(pair.northern("full"), "t", {{"inserted", 20}});
  const auto first = pair.southern("full");
  EXPECT_EQ(first.table("t")["inserted"], 20);
  EXPECT_THAT(first.err, HasSubstr("map northern copies into this table too"));
  pair.sql(desktop, "DELETE FROM south.t WHERE id IN (1, 2)");
  EXPECT_EQ(pair.southern("incremental").table("t")["deleted"], 2);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE id IN (1, 2)"), "2");
}

// ---- the same name

TEST(TwoMaps, TheSameNameFromAnotherDesktopIsRefused) {
  Maps pair;
  Pair other(Contents::reused);
  for (Pair* each : {static_cast<Pair*>(&pair), &other}) each->sql(desktop, "CREATE TABLE t (id int, v text)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'ours')");
  other.sql(desktop, "INSERT INTO t VALUES (1, 'theirs'), (2, 'theirs')");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text, source char(1))");
  pair.use_maps(office("N"), office("S"));
  EXPECT_EQ(pair.northern("full").status, 0);
  for (const char* mode : {"full", "incremental"}) {
    const auto refused = pair.northern(mode, {"--desktop", other.url(desktop)});
    EXPECT_EQ(refused.status, 5) << refused.everything();
    EXPECT_THAT(refused.err, HasSubstr("desktop"));
  }
  EXPECT_THAT(pair.in_cloud(), ElementsAre("1|ours|N"));
  EXPECT_EQ(pair.northern("incremental").status, 0);
}

}  // namespace
