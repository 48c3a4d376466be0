// Incremental runs find exactly what was written, whatever the clocks and the sessions do.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::desktop;
using support::Pair;
using testing::ElementsAre;
using testing::HasSubstr;

// One table with a key on both sides and a hundred rows, already copied.
class CopiedPair : public Pair {
 public:
  CopiedPair() {
    sql("CREATE TABLE t (id int PRIMARY KEY, v text, updated_at timestamptz)");
    sql(desktop, "INSERT INTO t SELECT i, 'v' || i, now() FROM generate_series(1, 100) i");
    use_map("  - desktop: t\n");
    sync_well("full");
  }

  // Runs incremental; the table is to have read and written so many rows, and to agree.
  void follow(int read, int written) {
    const auto run = sync_well("incremental");
    EXPECT_EQ(run.table("t")["read"], read) << run.out;
    EXPECT_EQ(run.table("t")["inserted"].get<int>() + run.table("t")["updated"].get<int>(), written) << run.out;
    expect_same("t");
  }
};

TEST(Capture, ATransactionThatCommitsAfterARunIsCaughtByTheNext) {
  CopiedPair pair;
  const auto slow = pair.connect(desktop);
  slow->run("BEGIN");
  slow->run("UPDATE t SET v = 'late' WHERE id = 1");
  slow->run("INSERT INTO t VALUES (101, 'late too', '2000-01-01')");
  pair.sql(desktop, "UPDATE t SET v = 'quick' WHERE id = 2");
  const auto between = pair.sync_well("incremental");
  EXPECT_EQ(between.table("t")["read"], 1);
  slow->run("COMMIT");
  pair.follow(2, 2);
  pair.follow(0, 0);
}

TEST(Capture, ATransactionThatStaysOpenOverManyRunsIsCaughtInTheEnd) {
  CopiedPair pair;
  const auto slow = pair.connect(desktop);
  slow->run("BEGIN");
  slow->run("UPDATE t SET v = 'late' WHERE id = 1");
  for (int run = 0; run < 4; ++run) {
    pair.sql(desktop, "UPDATE t SET v = 'quick' || " + std::to_string(run) + " WHERE id = 2");
    const auto between = pair.sync_well("incremental");
    EXPECT_EQ(between.table("t")["read"], 1);
  }
  pair.sync_well("full");
  slow->run("COMMIT");
  pair.follow(1, 1);
}

TEST(Capture, ATransactionThatWasOpenDuringTheFullRunIsCaught) {
  CopiedPair pair;
  const auto slow = pair.connect(desktop);
  slow->run("BEGIN");
  slow->run("UPDATE t SET v = 'late' WHERE id = 1");
  pair.sync_well("full");
  slow->run("COMMIT");
  pair.follow(1, 1);
}

TEST(Capture, RowsWrittenUnderSavepointsAndInExceptionBlocksAreCaught) {
  CopiedPair pair;
  const auto slow = pair.connect(desktop);
  slow->run("BEGIN");
  slow->run("SAVEPOINT a");
  slow->run("UPDATE t SET v = 'a' WHERE id = 1");
  slow->run("SAVEPOINT b");
  slow->run("UPDATE t SET v = 'b' WHERE id = 2");
  slow->run("ROLLBACK TO b");
  slow->run("UPDATE t SET v = 'c' WHERE id = 3");
  slow->run(
      "DO $$ BEGIN BEGIN UPDATE t SET v = 'd' WHERE id = 4; PERFORM 1/0; EXCEPTION WHEN division_by_zero THEN UPDATE t "
      "SET v = 'e' WHERE id = 5; END; END $$");
  pair.sync_well("incremental");
  slow->run("RELEASE a");
  slow->run("COMMIT");
  pair.follow(3, 3);
  pair.sql(desktop,
           "DO $$ BEGIN BEGIN UPDATE t SET v = 'f' WHERE id = 6; EXCEPTION WHEN others THEN NULL; END; END $$");
  pair.follow(1, 1);
}

TEST(Capture, TiesFutureNullAndInfiniteStampsDoNotMatter) {
  CopiedPair pair;
  pair.sql(desktop, "UPDATE t SET v = 'tie', updated_at = (SELECT max(updated_at) FROM t) WHERE id <= 3");
  pair.follow(3, 3);
  pair.sql(desktop,
           "UPDATE t SET v = 'null', updated_at = NULL WHERE id = 4; UPDATE t SET v = 'future', updated_at = now() + "
           "interval '10 years' WHERE id = 5; "
           "UPDATE t SET v = 'infinity', updated_at = 'infinity' WHERE id = 6; UPDATE t SET v = 'past', updated_at = "
           "'-infinity' WHERE id = 7");
  pair.follow(4, 4);
  pair.sql(desktop,
           "INSERT INTO t VALUES (200, 'no stamp', NULL), (201, 'old', '1970-01-01'), (202, 'BC', '4000-01-01 BC')");
  pair.follow(3, 3);
  pair.sql(desktop, "UPDATE t SET v = 'unstamped' WHERE id = 8");
  pair.follow(1, 1);
  EXPECT_EQ(pair.value(cloud, "SELECT isfinite(newest_row) FROM pgtide.watermark"), "t");
}

TEST(Capture, PreparedTransactionsAreCaughtWhenTheyCommit) {
  CopiedPair pair;
  pair.sql(desktop,
           "BEGIN; UPDATE t SET v = 'prepared' WHERE id = 1; PREPARE TRANSACTION 'one'; "
           "BEGIN; UPDATE t SET v = 'never' WHERE id = 2; PREPARE TRANSACTION 'two'");
  pair.sync_well("incremental");
  pair.sync_well("incremental");
  pair.sql(desktop, "COMMIT PREPARED 'one'");
  pair.sql(desktop, "ROLLBACK PREPARED 'two'");
  pair.follow(1, 1);
}

TEST(Capture, WhatWasRolledBackIsNotCopied) {
  CopiedPair pair;
  pair.sql(desktop, "BEGIN; UPDATE t SET v = 'x'; INSERT INTO t VALUES (300, 'y', now()); ROLLBACK");
  pair.follow(0, 0);
}

TEST(Capture, ARowThatWasDeletedAndInsertedAgainArrives) {
  CopiedPair pair;
  pair.sql(desktop, "DELETE FROM t WHERE id = 1; INSERT INTO t VALUES (1, 'again', '2001-01-01')");
  pair.follow(1, 1);
  pair.sql(desktop,
           "DELETE FROM t WHERE id = 2; INSERT INTO t SELECT 2, v, updated_at FROM (VALUES ('v2', (SELECT updated_at "
           "FROM t WHERE id = 3))) s (v, updated_at)");
  pair.follow(1, 0);
}

TEST(Capture, FrozenLockedAndRewrittenTablesAreNoNews) {
  CopiedPair pair;
  pair.sql(desktop, "VACUUM FREEZE t");
  pair.follow(0, 0);
  pair.sql(desktop, "BEGIN; SELECT * FROM t FOR UPDATE; COMMIT");
  pair.follow(0, 0);
  pair.sql(desktop, "UPDATE t SET v = 'x' WHERE id = 9");
  pair.sql(desktop, "VACUUM (FULL, FREEZE) t");
  pair.follow(1, 1);
}

TEST(Capture, AnIdleRunReadsNothingAndLeavesNoMark) {
  CopiedPair pair;
  pair.sync_well("incremental");
  const std::string before = pair.value(desktop, "SELECT token FROM pgtide.anchor");
  pair.follow(0, 0);
  pair.follow(0, 0);
  EXPECT_EQ(pair.value(desktop, "SELECT token FROM pgtide.anchor"), before)
      << "an idle run moved the anchor, so the next is not idle";
}

TEST(Capture, AColumnAddedWithADefaultLeadsToAWholeCompare) {
  CopiedPair pair;
  pair.sql(cloud, "ALTER TABLE t ADD COLUMN extra text");
  pair.sync_well("incremental");
  pair.sql(desktop, "ALTER TABLE t ADD COLUMN extra text DEFAULT 'given'");
  const auto plan = pair.run({"plan", "incremental", "--json"});
  EXPECT_EQ(plan.json()[0]["method"], "whole");
  EXPECT_THAT(plan.json()[0]["why"].dump(), HasSubstr("changed"));
  // every row has another content although no transaction wrote it
  pair.follow(100, 100);
}

TEST(Capture, AColumnDroppedAndAddedAgainLeadsToAWholeCompare) {
  CopiedPair pair;
  pair.sql("ALTER TABLE t ADD COLUMN extra text");
  pair.sync_well("incremental");
  pair.sql(desktop, "ALTER TABLE t DROP COLUMN extra; ALTER TABLE t ADD COLUMN extra text DEFAULT 'given'");
  pair.follow(100, 100);
}

TEST(Capture, ARenamedEnumLabelLeadsToAWholeCompare) {
  Pair pair;
  pair.sql("CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE TABLE t (id int PRIMARY KEY, m mood)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'sad'), (2, 'glad')");
  pair.use_map("  - desktop: t\n");
  pair.sync_well("full");
  pair.sql(cloud, "ALTER TYPE mood ADD VALUE 'blue'");
  pair.sql(desktop, "ALTER TYPE mood RENAME VALUE 'sad' TO 'blue'");
  const auto run = pair.sync("incremental");
  EXPECT_EQ(run.table("t")["read"], 2);
  pair.expect_same("t");
}

TEST(Capture, AColumnWhoseTypeChangesLeadsToAWholeCompare) {
  CopiedPair pair;
  pair.sql("ALTER TABLE t ADD COLUMN n numeric");
  pair.sql(desktop, "UPDATE t SET n = 1.5");
  pair.sync_well("incremental");
  pair.sql(desktop, "ALTER TABLE t ALTER n TYPE numeric(10,3)");
  pair.sync("incremental");
  pair.expect_same("t");
}

TEST(Capture, AMapThatComputesAColumnInAnotherWayLeadsToAWholeCompare) {
  CopiedPair pair;
  pair.use_map("  - desktop: t\n    forward:\n      columns: {v: \"upper(v)\"}\n");
  EXPECT_EQ(pair.run({"plan", "incremental", "--json"}).json()[0]["method"], "whole");
  const auto run = pair.sync_well("incremental");
  EXPECT_EQ(run.table("t")["read"], 100);
  EXPECT_EQ(pair.contents(cloud, "t", "id, v"), pair.contents(desktop, "t", "id, upper(v)"));
  pair.use_map("  - desktop: t\n    forward:\n      where: \"id > 50\"\n      columns: {v: \"upper(v)\"}\n");
  EXPECT_EQ(pair.sync_well("incremental").table("t")["read"], 50);
  pair.use_map("  - desktop: t\n    forward:\n      columns: {v: \"upper(v)\"}\n");
  EXPECT_EQ(pair.sync_well("incremental").table("t")["read"], 100);
}

TEST(Capture, ATableThatWasMadeAnewIsComparedWhole) {
  CopiedPair pair;
  pair.sql(desktop, "CREATE TABLE other AS SELECT id, v || '!' AS v, updated_at FROM t");
  pair.sync_well("incremental");
  pair.sql(desktop, "DROP TABLE t; ALTER TABLE other RENAME TO t");
  pair.follow(100, 100);
}

TEST(Capture, ATableWithoutAnyStampIsExactToo) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "INSERT INTO t SELECT i, 'v' FROM generate_series(1, 10) i");
  pair.use_map("  - desktop: t\n");
  const auto full = pair.sync_well("full");
  EXPECT_EQ(full.table("t")["guarantee"], "exact");
  pair.sql(desktop, "UPDATE t SET v = 'w' WHERE id IN (3, 4)");
  EXPECT_EQ(pair.sync_well("incremental").table("t")["read"], 2);
  pair.expect_same("t");
  EXPECT_EQ(pair.value(cloud, "SELECT last_sync_timestamp > now() - interval '1 hour' FROM pgtide.watermark"), "t");
}

// ---- expressions that read other tables, or the clock

class JoinedPair : public Pair {
 public:
  JoinedPair() {
    sql(desktop,
        "CREATE TABLE t (id int PRIMARY KEY, p int); CREATE TABLE names (p int, name text); INSERT INTO t SELECT i, i "
        "% 3 FROM generate_series(1, 9) i; "
        "INSERT INTO names VALUES (0, 'zero'), (1, 'one'), (2, 'two')");
    sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, p int, name text)");
    use_map(
        "  - desktop: t\n    forward:\n      join: \"LEFT JOIN names n ON n.p = t.p\"\n      columns: {name: "
        "n.name}\n");
    sync_well("full");
    expect_joined();
  }
  void expect_joined() {
    EXPECT_EQ(contents(cloud, "t", "*"), contents(desktop, "t LEFT JOIN names n USING (p)", "t.id, p, n.name"));
  }
};

TEST(Capture, AChangeInAJoinedTableAloneIsFollowed) {
  JoinedPair pair;
  pair.sql(desktop, "UPDATE names SET name = 'ONE' WHERE p = 1");
  EXPECT_THAT(pair.run({"plan", "incremental"}).out, HasSubstr("an expression reads names"));
  const auto run = pair.sync_well("incremental");
  EXPECT_EQ(run.table("t")["updated"], 3);
  pair.expect_joined();
  pair.sql(desktop, "DELETE FROM names WHERE p = 2");
  EXPECT_EQ(pair.sync_well("incremental").table("t")["updated"], 3);
  pair.expect_joined();
  pair.sql(desktop, "UPDATE t SET p = 0 WHERE id = 1");
  EXPECT_EQ(pair.sync_well("incremental").table("t")["updated"], 1);
  pair.expect_joined();
}

TEST(Capture, AJoinedTableIsNotComparedAgainWhereNothingChanged) {
  JoinedPair pair;
  EXPECT_EQ(pair.sync_well("incremental").table("t")["read"], 0);
  pair.sql(desktop, "CREATE TABLE unrelated AS SELECT 1 AS x");
  EXPECT_EQ(pair.sync_well("incremental").table("t")["read"], 0) << "only another table was written";
  EXPECT_EQ(pair.sync_well("incremental").table("t")["read"], 0);
}

TEST(Capture, AJoinedTableThatLosesOneRowAndGainsAnotherIsFollowed) {
  JoinedPair pair;
  pair.sql(desktop, "DELETE FROM names WHERE p = 2; INSERT INTO names VALUES (2, 'deux')");
  EXPECT_EQ(pair.sync_well("incremental").table("t")["updated"], 3);
  pair.expect_joined();
}

TEST(Capture, AJoinedTableWhoseTransactionCommitsLateIsFollowed) {
  JoinedPair pair;
  const auto slow = pair.connect(desktop);
  slow->run("BEGIN");
  slow->run("UPDATE names SET name = 'late' WHERE p = 1");
  pair.sync_well("incremental");
  slow->run("COMMIT");
  EXPECT_EQ(pair.sync_well("incremental").table("t")["updated"], 3);
  pair.expect_joined();
}

TEST(Capture, ATruncatedJoinedTableIsFollowed) {
  JoinedPair pair;
  pair.sql(desktop, "TRUNCATE names");
  EXPECT_EQ(pair.sync_well("incremental").table("t")["updated"], 9);
  pair.expect_joined();
}

TEST(Capture, AnExpressionThatLooksUpAnotherTableThroughAFunctionIsFollowed) {
  JoinedPair pair;
  pair.sql(desktop,
           "CREATE FUNCTION name_of(int) RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN (SELECT name FROM "
           "names WHERE p = $1); END $$");
  pair.use_map("  - desktop: t\n    forward:\n      columns: {name: \"name_of(p)\"}\n");
  pair.sync_well("incremental");
  pair.expect_joined();
  pair.sql(desktop, "UPDATE names SET name = 'uno' WHERE p = 1");
  pair.sync_well("incremental");
  pair.expect_joined();
}

TEST(Capture, AnExpressionThatLooksUpTheTableItselfIsFollowed) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int PRIMARY KEY, g int); INSERT INTO t SELECT i, i % 2 FROM generate_series(1, 10) i");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, g int, peers int)");
  pair.use_map(
      "  - desktop: t\n    forward:\n      columns: {peers: \"(SELECT count(*) FROM t o WHERE o.g = t.g)\"}\n");
  pair.sync_well("full");
  pair.sql(desktop, "DELETE FROM t WHERE id = 10");
  pair.sync_well("incremental");
  EXPECT_EQ(pair.value(cloud, "SELECT string_agg(peers::text, ',' ORDER BY id) FROM t WHERE id < 10"),
            "5,4,5,4,5,4,5,4,5");
}

TEST(Capture, AnExpressionWithTheClockIsComparedWholeEachTime) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, age int, born date)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 0, '2000-01-01')");
  pair.use_map("  - desktop: t\n    forward:\n      columns: {age: \"current_date - born\"}\n");
  pair.sync_well("full");
  EXPECT_EQ(pair.sync_well("incremental").table("t")["read"], 1);
  EXPECT_EQ(pair.value(cloud, "SELECT age FROM t"), pair.value(desktop, "SELECT current_date - date '2000-01-01'"));
}

TEST(Capture, AViewIsReadWholeAndCalledBestEffort) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE base (id int PRIMARY KEY, v text); INSERT INTO base VALUES (1, 'a'); CREATE VIEW t AS SELECT "
           "id, v FROM base");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.use_map("  - desktop: t\n    key: [id]\n");
  const auto full = pair.sync_well("full");
  EXPECT_EQ(full.table("t")["guarantee"], "best_effort");
  pair.sql(desktop, "UPDATE base SET v = 'b'");
  pair.sync_well("incremental");
  pair.expect_same("t");
}

// ---- reverse by the same cursor

TEST(Capture, ReverseCatchesATransactionThatCommitsLate) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.use_map("  - cloud: t\n    direction: reverse\n");
  pair.sql(cloud, "INSERT INTO t VALUES (1, 'a')");
  pair.sync_well("reverse");
  const auto slow = pair.connect(cloud);
  slow->run("BEGIN");
  slow->run("INSERT INTO t VALUES (2, 'late')");
  pair.sql(cloud, "INSERT INTO t VALUES (3, 'quick')");
  EXPECT_EQ(pair.sync_well("reverse").table("t")["read"], 1);
  slow->run("COMMIT");
  EXPECT_EQ(pair.sync_well("reverse").table("t")["read"], 1);
  pair.expect_same("t");
}

TEST(Capture, AnotherDatabaseAsTheSourceIsRefusedUntilItIsAccepted) {
  CopiedPair pair;
  Pair other;
  other.sql(desktop,
            "CREATE TABLE t (id int PRIMARY KEY, v text, updated_at timestamptz); INSERT INTO t VALUES (1, 'of another "
            "database', now())");
  const std::vector<std::string> there = {"--desktop", other.url(desktop)};
  const auto refused = pair.sync("incremental", there);
  EXPECT_EQ(refused.status, 5) << refused.everything();
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 1"), "v1");
  EXPECT_EQ(pair.sync("full", there).status, 5);
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 1"), "v1");
  pair.sync_well("incremental");
  EXPECT_EQ(pair.run({"init", "--accept-source"}).status, 0);
  pair.sync_well("full", there);
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 1"), "of another database");
}

TEST(Capture, ARestoredDesktopIsNoticedAndComparedWhole) {
  CopiedPair pair;
  pair.sql(desktop, "CREATE TABLE backup AS SELECT * FROM pgtide.anchor");
  pair.sql(desktop, "UPDATE t SET v = 'x' WHERE id = 1");
  pair.sync_well("incremental");
  // as a backup from before the last run would have it
  pair.sql(desktop, "UPDATE pgtide.anchor a SET token = b.token, previous = b.previous FROM backup b");
  pair.sync_well("incremental");
  pair.sql(desktop, "DELETE FROM pgtide.anchor");
  const auto run = pair.sync_well("incremental");
  EXPECT_EQ(run.table("t")["read"], 100);
  EXPECT_THAT(run.err, HasSubstr("restored"));
}

}  // namespace

TEST(Capture, ARowWithoutAKeyIsNotLostBecauseAnotherKeyOccursTwice) {
  Pair pair;
  pair.sql(desktop, "CREATE TABLE t (id int, v text); INSERT INTO t SELECT i, 'v' FROM generate_series(1, 5) i");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.use_map("  - desktop: t\n");
  pair.sync_well("full");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'twin'), (NULL, 'no key'), (7, 'seven')");
  EXPECT_EQ(pair.sync("incremental").status, 8);
  EXPECT_THAT(pair.rows(cloud, "SELECT row_key, reason FROM pgtide.quarantine ORDER BY reason"),
              ElementsAre("{\"id\": 1}|duplicate_key", "{\"id\": null}|not_null_violation"));
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE id = 7"), "1");
}

TEST(Capture, ALosingTwinComesInWhenTheWinnerIsGone) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int, v text, updated_at timestamp); "
           "INSERT INTO t VALUES (1, 'old', '2024-01-01'), (1, 'new', '2024-02-01')");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.use_map("  - desktop: t\n");
  EXPECT_EQ(pair.sync("full").status, 8);
  pair.sql(desktop, "UPDATE t SET id = 2 WHERE v = 'new'");
  pair.sync_well("full");
  EXPECT_THAT(pair.rows(cloud, "SELECT id, v FROM t ORDER BY 1"), ElementsAre("1|old", "2|new"));
}

TEST(Capture, ATargetThatWasMadeAnewIsFilledAgain) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "INSERT INTO t SELECT i, 'v' FROM generate_series(1, 100) i");
  pair.use_map("  - desktop: t\n");
  pair.sync_well("full");
  pair.sql(cloud, "DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.sync_well("incremental");
  pair.expect_same("t");
  pair.sql(cloud, "TRUNCATE t");
  pair.sql(desktop, "UPDATE t SET v = 'w' WHERE id = 1");
  pair.sync_well("incremental");
  pair.expect_same("t");
}

TEST(Capture, AnExpressionOverSeveralRowsIsComputedOverAllOfThem) {
  Pair pair;
  pair.sql(desktop, "CREATE TABLE t (id int, v text); INSERT INTO t SELECT i, 'v' FROM generate_series(1, 5) i");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text, nr int)");
  pair.use_map("  - desktop: t\n    forward: {columns: {nr: \"(row_number() OVER (ORDER BY t.id))::int\"}}\n");
  pair.sync_well("full");
  pair.sql(desktop, "UPDATE t SET v = 'w' WHERE id = 4");
  pair.sync_well("incremental");
  EXPECT_THAT(pair.rows(cloud, "SELECT id, v, nr FROM t WHERE id = 4"), ElementsAre("4|w|4"));
}

TEST(Capture, AClockThatIsWrittenAsALiteralIsAClock) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, due timestamptz)");
  pair.use_map("  - desktop: t\n    forward: {where: \"due < 'now'::timestamptz\"}\n");
  pair.sync_well("full");
  EXPECT_THAT(pair.run({"plan", "incremental"}).out, HasSubstr("an expression depends on the clock"));
}
