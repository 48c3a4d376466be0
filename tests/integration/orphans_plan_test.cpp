// `pgtide plan` says how many rows will be held back because the row that they refer to is missing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::Pair;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Planned : public Pair {
 public:
  Planned() : Pair(Contents::reused) {}
  explicit Planned(Contents contents) : Pair(contents) {}

  // What `plan MODE --json` says of a table.
  nlohmann::json plan(const std::string& mode, const std::string& table, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"plan", mode, "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const auto run = this->run(words);
    EXPECT_EQ(run.status, 0) << run.everything();
    for (const auto& entry : run.json())
      if (entry["table"] == table) return entry;
    ADD_FAILURE() << "no table " << table << " in " << run.out;
    return {};
  }

  void expect_orphans(const std::string& mode, const std::string& table, long long rows, bool exact = true) {
    SCOPED_TRACE(mode + " of " + table);
    const auto planned = plan(mode, table);
    EXPECT_EQ(planned["orphans"], rows) << planned["orphan_details"];
    EXPECT_EQ(planned["orphans_exact"], exact) << planned["orphan_details"];
  }
};

// Parents 1 to 10; 40 children, of which those of parent 7 to 10, 13 and 14 refer to these.
constexpr const char* family_at_desktop =
    "CREATE TABLE parent (id int, v text); CREATE TABLE child (id int, parent int, v text); "
    "INSERT INTO parent SELECT i, 'p' FROM generate_series(1, 10) i; "
    "INSERT INTO child SELECT i, i % 15, 'c' FROM generate_series(1, 45) i";
constexpr const char* family_in_cloud =
    "CREATE TABLE parent (id int PRIMARY KEY, v text); "
    "CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent, v text)";

TEST(OrphansPlan, RowsWhoseParentComesInTheSameRunAreNoOrphans) {
  Planned pair;
  pair.sql(desktop, family_at_desktop);
  pair.sql(cloud, family_in_cloud);
  pair.use_map("  - desktop: child\n  - desktop: parent\n");
  pair.sql(desktop, "INSERT INTO child VALUES (100, NULL, 'none')");
  pair.expect_orphans("full", "child", 15);  // 0 and 11 to 14, each thrice
  pair.expect_orphans("incremental", "child", 15);
  pair.expect_orphans("full", "parent", 0);
  const auto details = pair.plan("full", "child")["orphan_details"];
  ASSERT_EQ(details.size(), 1u);
  EXPECT_EQ(details[0]["constraint"], "child_parent_fkey");
  EXPECT_EQ(details[0]["parent"], "parent");
  EXPECT_EQ(details[0]["columns"], nlohmann::json({"parent"}));
  EXPECT_EQ(details[0]["rows"], 15);
  EXPECT_EQ(details[0]["values"], 5);
  EXPECT_THAT(pair.run({"plan", "full"}).out,
              HasSubstr("  held back   15 rows whose parent has no row in parent; they will wait in quarantine "
                        "(orphans: null would clear the reference)\n"));
  for (const auto side : {desktop, cloud}) EXPECT_EQ(pair.value(side, "SELECT to_regnamespace('pgtide') IS NULL"), "t");
}

TEST(OrphansPlan, AParentThatOnlyTheTargetHasCounts) {
  Planned pair;
  pair.sql(desktop, family_at_desktop);
  pair.sql(cloud, family_in_cloud);
  pair.sql(cloud, "INSERT INTO parent VALUES (11, 'typed there'), (0, 'too')");
  pair.use_map("  - desktop: child\n  - desktop: parent\n");
  pair.expect_orphans("full", "child", 9);
  pair.use_map("  - desktop: child\n");
  pair.expect_orphans("full", "child", 45 - 3 - 3);
}

TEST(OrphansPlan, OnlyTheTablesOfTheRunBringParents) {
  Planned pair;
  pair.sql(desktop, family_at_desktop);
  pair.sql(cloud, family_in_cloud);
  pair.use_map("  - desktop: child\n  - desktop: parent\n");
  EXPECT_EQ(pair.plan("full", "child", {"--table", "child"})["orphans"], 45);
}

TEST(OrphansPlan, ARowThatIsHeldBackTakesItsChildrenAlong) {
  Planned pair;
  pair.sql(desktop, family_at_desktop);
  pair.sql(desktop,
           "CREATE TABLE grandchild (id int, child int); INSERT INTO grandchild SELECT i, i FROM generate_series(1, "
           "50) i; CREATE TABLE last (id int, grandchild int); INSERT INTO last SELECT i, i FROM generate_series(41, "
           "60) i");
  pair.sql(cloud, family_in_cloud);
  pair.sql(cloud,
           "CREATE TABLE grandchild (id int PRIMARY KEY, child int REFERENCES child); CREATE TABLE last (id int "
           "PRIMARY KEY, grandchild int REFERENCES grandchild)");
  pair.use_map("  - desktop: last\n  - desktop: grandchild\n  - desktop: child\n  - desktop: parent\n");
  pair.expect_orphans("full", "child", 15);
  pair.expect_orphans("full", "grandchild", 15 + 5);
  pair.expect_orphans("full", "last", 5 + 5 + 10);  // 41 to 45 by their grandparents, 46 to 50 by their parents
  // a row that is there already is there for its children, though its change is held back
  pair.sql(cloud, "INSERT INTO child VALUES (45, NULL, 'older')");
  pair.expect_orphans("full", "child", 15, false);
  pair.expect_orphans("full", "grandchild", 15 + 5 - 1);
  pair.expect_orphans("full", "last", 19);
}

TEST(OrphansPlan, ATreeLosesTheBranchBelowAMissingRow) {
  Planned pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int, parent int); INSERT INTO t VALUES (1, NULL), (2, 1), (3, 2), (9, 9), (10, 99), "
           "(11, 10), (12, 11), (13, 11), (14, 13)");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, parent int REFERENCES t)");
  pair.use_map("  - desktop: t\n");
  pair.expect_orphans("full", "t", 5);
  pair.sql(cloud, "INSERT INTO t VALUES (11, NULL)");
  pair.expect_orphans("full", "t", 2, false);  // 10, and the change of 11
}

TEST(OrphansPlan, ACircleLosesWhatHangsOnAMissingRow) {
  Planned pair;
  pair.sql(desktop,
           "CREATE TABLE a (id int, b int); CREATE TABLE b (id int, a int); "
           "INSERT INTO a SELECT i, i FROM generate_series(1, 20) i; INSERT INTO b SELECT i, i + 1 FROM "
           "generate_series(1, 20) i");  // b 20 refers to a 21, a 20 to b 20, b 19 to a 20 ...
  pair.sql(cloud,
           "CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int); "
           "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b; ALTER TABLE b ADD FOREIGN KEY (a) REFERENCES a");
  pair.use_map("  - desktop: a\n  - desktop: b\n");
  pair.expect_orphans("full", "a", 20);
  pair.expect_orphans("full", "b", 20);
  pair.sql(desktop, "INSERT INTO a VALUES (21, NULL)");
  pair.expect_orphans("full", "a", 0);
  pair.expect_orphans("full", "b", 0);
}

TEST(OrphansPlan, AKeyOfSeveralColumnsIsBrokenOnlyWhereAllAreSet) {
  Planned pair;
  pair.sql(desktop,
           "CREATE TABLE parent (x int, y text); INSERT INTO parent SELECT i, 'y' || i FROM generate_series(1, 5) i; "
           "CREATE TABLE child (id int, px int, py text); INSERT INTO child VALUES (1, 1, 'y1'), (2, 1, 'y2'), (3, 9, "
           "NULL), (4, NULL, 'y9'), (5, NULL, NULL), (6, 2, 'y1'), (7, 5, 'y5'), (8, 1, 'a,\"b{')");
  pair.sql(cloud,
           "CREATE TABLE parent (y text, x int, PRIMARY KEY (y, x)); CREATE TABLE child (id int PRIMARY KEY, px int, "
           "py text, FOREIGN KEY (px, py) REFERENCES parent (x, y))");
  pair.use_map("  - desktop: parent\n  - desktop: child\n");
  pair.expect_orphans("full", "child", 3);
}

TEST(OrphansPlan, ARowWithTwoBrokenReferencesIsHeldBackOnce) {
  Planned pair;
  pair.sql(desktop,
           "CREATE TABLE a (id int); CREATE TABLE b (id int); INSERT INTO a VALUES (1); INSERT INTO b VALUES (1); "
           "CREATE TABLE child (id int, a int, b int); INSERT INTO child VALUES (1, 1, 1), (2, 2, 1), (3, 1, 2), (4, "
           "2, 2), (5, NULL, 2)");
  pair.sql(cloud,
           "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY); CREATE TABLE child (id int "
           "PRIMARY KEY, a int REFERENCES a, b int REFERENCES b)");
  pair.use_map("  - desktop: a\n  - desktop: b\n  - desktop: child\n");
  pair.expect_orphans("full", "child", 4);
  const auto text = pair.run({"plan", "full"}).out;
  EXPECT_THAT(text, HasSubstr("2 rows whose a has no row in a;"));
  EXPECT_THAT(text, HasSubstr("3 rows whose b has no row in b;"));
  EXPECT_THAT(text, HasSubstr("held back   4 rows in all"));
}

TEST(OrphansPlan, WhereTheKeyWasDroppedOrIsNotFedNothingIsHeldBack) {
  Planned pair;
  pair.sql(desktop, family_at_desktop);
  pair.sql(cloud, family_in_cloud);
  pair.sql(cloud, "ALTER TABLE child DROP CONSTRAINT child_parent_fkey");
  pair.use_map("  - desktop: child\n  - desktop: parent\n");
  pair.expect_orphans("full", "child", 0);
  EXPECT_THAT(pair.run({"plan", "full"}).out, Not(HasSubstr("held back")));
  pair.sql(cloud, "ALTER TABLE child ADD FOREIGN KEY (parent) REFERENCES parent");
  pair.use_map("  - desktop: child\n    skip: [parent]\n  - desktop: parent\n");
  pair.expect_orphans("full", "child", 0);
}

TEST(OrphansPlan, OnlyRowsThatAreReadCount) {
  Planned pair;
  pair.sql(desktop, family_at_desktop);
  pair.sql(cloud, family_in_cloud);
  pair.use_map(
      "  - desktop: child\n    forward:\n      where: \"id <= 20\"\n  - desktop: parent\n    forward:\n      where: "
      "\"id <> 5\"\n");
  pair.expect_orphans("full", "child", 5 + 2);  // 11 to 15, and 5 and 20
}

TEST(OrphansPlan, OfRowsWithTheSameKeyOneCounts) {
  Planned pair;
  pair.sql(desktop, family_at_desktop);
  pair.sql(desktop, "INSERT INTO child SELECT * FROM child WHERE id <= 15; INSERT INTO child VALUES (1, 99, 'zz')");
  pair.sql(cloud, family_in_cloud);
  pair.use_map("  - desktop: child\n  - desktop: parent\n");
  pair.expect_orphans("full", "child", 15);  // of the two that differ the first is taken
}

TEST(OrphansPlan, ComputedAndConvertedReferencesAreFollowed) {
  Planned pair;
  pair.sql(desktop,
           "CREATE TABLE parent (code text); INSERT INTO parent VALUES ('A'), ('B'); CREATE TABLE child (id int, n "
           "int, m numeric); INSERT INTO child VALUES (1, 1, 1.0), (2, 2, 2), (3, 3, 3); CREATE TABLE numbers (id "
           "bigint); INSERT INTO numbers VALUES (1), (2)");
  pair.sql(cloud,
           "CREATE TABLE parent (code varchar(10) PRIMARY KEY); CREATE TABLE numbers (id int PRIMARY KEY); CREATE "
           "TABLE child (id int PRIMARY KEY, code varchar(10) REFERENCES parent, m int REFERENCES numbers)");
  pair.use_map(
      "  - desktop: parent\n  - desktop: numbers\n  - desktop: child\n    forward:\n      columns: {code: \"chr(64 + "
      "n)\", m: \"m::int\"}\n");
  const auto planned = pair.plan("full", "child");
  EXPECT_EQ(planned["orphans"], 1);
  EXPECT_EQ(planned["orphan_details"].size(), 2u) << planned["orphan_details"];
}

TEST(OrphansPlan, AValueThatIsNoneOfTheParentsTypeHasNoRowThere) {
  Planned pair;
  pair.sql(desktop,
           "CREATE TABLE child (id int, parent bigint); INSERT INTO child VALUES (1, 1), (2, 2), (3, 5000000000)");
  pair.sql(cloud,
           "CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent VALUES (1); CREATE TABLE child (id int "
           "PRIMARY KEY, parent int REFERENCES parent)");
  pair.use_map("  - desktop: child\n");
  pair.expect_orphans("full", "child", 2);
}

TEST(OrphansPlan, WhatCannotBeToldIsSaidToBeUnknownAndTheRestIsTold) {
  Planned pair;
  pair.sql(desktop, family_at_desktop);
  pair.sql(desktop, "CREATE TABLE divided (id int, zero int); INSERT INTO divided VALUES (1, 0)");
  pair.sql(cloud, family_in_cloud);
  pair.sql(cloud, "CREATE TABLE divided (id int PRIMARY KEY, parent int REFERENCES parent)");
  pair.use_map(
      "  - desktop: child\n  - desktop: parent\n  - desktop: divided\n    forward:\n      columns: {parent: \"1 / "
      "zero\"}\n");
  pair.expect_orphans("full", "child", 15);
  const auto planned = pair.plan("full", "divided");
  EXPECT_TRUE(planned["orphans"].is_null()) << planned["orphans"];
  EXPECT_THAT(planned["orphan_details"][0]["error"].dump(), Not(IsEmpty()));
  EXPECT_THAT(pair.run({"plan", "full"}).out, HasSubstr("held back   cannot be told for parent (to parent): "));
}

TEST(OrphansPlan, MoreThanAHundredThousandValuesAreNotListed) {
  Planned pair;
  pair.sql(desktop,
           "CREATE TABLE child (id int, parent int); INSERT INTO child SELECT i, i FROM generate_series(1, 100200) i");
  pair.sql(cloud,
           "CREATE TABLE parent (id int PRIMARY KEY); INSERT INTO parent SELECT generate_series(1, 100); CREATE TABLE "
           "child (id int PRIMARY KEY, parent int REFERENCES parent)");
  pair.use_map("  - desktop: child\n");
  const auto planned = pair.plan("full", "child");
  EXPECT_EQ(planned["orphans"], 100000);
  EXPECT_EQ(planned["orphans_exact"], false);
  EXPECT_THAT(pair.run({"plan", "full"}).out, HasSubstr("more than 100,000 rows whose parent"));
}

TEST(OrphansPlan, AKeyThatDoesNotHoldForAllRowsMakesTheNumberALimit) {
  Planned pair;
  pair.sql(desktop, family_at_desktop);
  pair.sql(cloud,
           "CREATE TABLE parent (id int PRIMARY KEY, v text); CREATE TABLE child (id int PRIMARY KEY, parent "
           "int, v text); INSERT INTO child VALUES (14, 14, 'c'); ALTER TABLE child ADD FOREIGN KEY (parent) "
           "REFERENCES parent NOT VALID");
  pair.use_map("  - desktop: child\n  - desktop: parent\n");
  pair.expect_orphans("full", "child", 15, false);
  EXPECT_THAT(pair.run({"plan", "full"}).out, HasSubstr("held back   at most 15 rows whose parent"));
}

TEST(OrphansPlan, AKeyOfAPartitionToAPartitionIsFollowedOnce) {
  Planned pair;
  pair.sql(desktop, family_at_desktop);
  pair.sql(cloud,
           "CREATE TABLE parent (id int PRIMARY KEY, v text) PARTITION BY RANGE (id); CREATE TABLE parent_1 PARTITION "
           "OF parent DEFAULT; CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent_1, v text)");
  pair.use_map("  - desktop: child\n  - desktop: parent\n");
  pair.expect_orphans("full", "child", 15);
  EXPECT_EQ(pair.plan("full", "child")["orphan_details"].size(), 1u);
}

TEST(OrphansPlan, AnIncrementalRunCountsWhatItReads) {
  Planned pair;
  pair.sql(desktop, family_at_desktop);
  pair.sql(desktop, "DELETE FROM child WHERE parent NOT BETWEEN 1 AND 10");
  pair.sql(cloud, family_in_cloud);
  pair.use_map("  - desktop: child\n  - desktop: parent\n");
  pair.sync_well("full");
  pair.expect_orphans("incremental", "child", 0);
  pair.sql(desktop,
           "INSERT INTO parent VALUES (11, 'new'); INSERT INTO child VALUES (101, 11, 'fine'), (102, 12, 'orphan'); "
           "UPDATE child SET parent = 77 WHERE id = 1; UPDATE child SET v = 'touched' WHERE id = 2");
  pair.expect_orphans("incremental", "child", 2, false);
  pair.expect_orphans("full", "child", 2, false);
  // what the cloud removed does not come back
  pair.sql(cloud, "DELETE FROM child WHERE parent = 3; DELETE FROM parent WHERE id = 3");
  pair.sql(desktop, "INSERT INTO child VALUES (103, 3, 'orphan too')");
  pair.expect_orphans("incremental", "child", 3, false);
  pair.expect_orphans("full", "child", 6, false);
}

// What the plan says is what the run then does.
TEST(OrphansPlan, WhatIsForeseenIsWhatIsHeldBack) {
  Planned pair;
  pair.sql(desktop, family_at_desktop);
  pair.sql(desktop,
           "CREATE TABLE grandchild (id int, child int, other int); INSERT INTO grandchild SELECT i, i, i / 2 FROM "
           "generate_series(1, 50) i; CREATE TABLE tree (id int, parent int); INSERT INTO tree SELECT i, CASE WHEN i % "
           "20 = 1 THEN i + CASE WHEN i % 60 = 1 THEN 1000 ELSE 0 END ELSE i - 1 END FROM generate_series(1, 200) i");
  pair.sql(cloud, family_in_cloud);
  pair.sql(cloud,
           "CREATE TABLE grandchild (id int PRIMARY KEY, child int REFERENCES child, other int REFERENCES child); "
           "CREATE TABLE tree (id int PRIMARY KEY, parent int REFERENCES tree)");
  pair.use_map("  - desktop: grandchild\n  - desktop: child\n  - desktop: parent\n  - desktop: tree\n");
  std::map<std::string, long long> foreseen;
  for (const char* table : {"child", "grandchild", "parent", "tree"})
    foreseen[table] = pair.plan("full", table)["orphans"].get<long long>();
  EXPECT_EQ(foreseen["tree"], 80);
  const auto full = pair.sync("full");
  EXPECT_EQ(full.status, 8) << full.everything();
  for (const char* table : {"child", "grandchild", "parent", "tree"})
    EXPECT_EQ(full.table(table)["quarantined"], foreseen[table]) << table;
  // what waits is read again, and no more than that
  pair.expect_orphans("incremental", "child", 15, false);
  pair.expect_orphans("incremental", "grandchild", foreseen["grandchild"], false);
  pair.expect_orphans("incremental", "tree", foreseen["tree"], false);
  // when the parents come, so do all of them, in one run
  pair.sql(desktop, "INSERT INTO parent SELECT i, 'late' FROM unnest(ARRAY[0, 11, 12, 13, 14]) i");
  pair.expect_orphans("incremental", "child", 0);
}

TEST(OrphansPlan, ReferencesThatWillBeClearedAreCountedAsSuch) {
  Planned pair;
  pair.sql(desktop, family_at_desktop);
  pair.sql(desktop,
           "CREATE TABLE grandchild (id int, child int); INSERT INTO grandchild SELECT i, i FROM "
           "generate_series(1, 50) i");
  pair.sql(cloud, family_in_cloud);
  pair.sql(cloud, "CREATE TABLE grandchild (id int PRIMARY KEY, child int NOT NULL REFERENCES child)");
  pair.use_map(
      "  - desktop: grandchild\n    orphans: null\n  - desktop: child\n    orphans: null\n  - desktop: parent\n");
  const auto child = pair.plan("full", "child"), grandchild = pair.plan("full", "grandchild");
  EXPECT_EQ(child["orphans"], 0);
  EXPECT_EQ(child["references_cleared"], 15);
  EXPECT_EQ(grandchild["orphans"], 5) << "the column must not be NULL";
  EXPECT_EQ(grandchild["references_cleared"], 0);
  EXPECT_THAT(
      pair.run({"plan", "full"}).out,
      HasSubstr("  cleared     15 references by parent to no row in parent (orphans: null); the rows are written\n"));
  const auto full = pair.sync("full");
  EXPECT_EQ(full.table("child")["quarantined"], 0) << full.out;
  EXPECT_EQ(full.table("grandchild")["quarantined"], 5) << full.out;
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM child WHERE parent IS NULL"), "15");
}

TEST(OrphansPlan, ReverseLooksAtTheKeysOfTheDesktop) {
  Planned pair;
  pair.sql(desktop,
           "CREATE TABLE staff (id int PRIMARY KEY); INSERT INTO staff VALUES (1), (2); CREATE TABLE diary (id int "
           "PRIMARY KEY, staff int REFERENCES staff)");
  pair.sql(cloud,
           "CREATE TABLE diary (id int PRIMARY KEY, staff int); INSERT INTO diary VALUES (1, 1), (2, 3), (3, NULL)");
  pair.use_map("  - cloud: diary\n    direction: reverse\n");
  pair.expect_orphans("reverse", "diary", 1);
}

TEST(OrphansPlan, TheSampleHas3619JobsOfClientsThatDoNotExist) {
  Planned pair(Contents::sample);
  pair.use_map_file(PGTIDE_SOURCE_DIR "/tablemaps/practice.yaml");
  pair.expect_orphans("full", "jobshead", 0);
  pair.sql(cloud, "ALTER TABLE jobshead ADD FOREIGN KEY (client_id) REFERENCES climaster");
  pair.expect_orphans("full", "jobshead", 3619);
  pair.expect_orphans("incremental", "jobshead", 3619);
  EXPECT_THAT(pair.run({"plan", "full"}).out,
              HasSubstr("  held back   3,619 rows whose client_id has no row in climaster; they will wait in "
                        "quarantine (orphans: null would clear the reference)\n"));
}

}  // namespace
