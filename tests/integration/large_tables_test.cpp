// Tables that are too large to be looked through by every run: quick passes by stamp, and an exact one every so often.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/counts.hpp"
#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::done;
using support::Pair;
using testing::HasSubstr;
using testing::Not;

constexpr const char* cursor = "SELECT concat_ws(' ', next_xid, unfinished_xids, exact_at) FROM pgtide.cursor";
constexpr const char* complete = "SELECT last_sync_timestamp FROM pgtide.watermark";

// A hundred rows that were stamped long ago, already copied, and large by the map's measure.
class LargePair : public Pair {
 public:
  explicit LargePair(const std::string& above = "1kB") : Pair(Contents::reused) {
    sql("CREATE TABLE t (id int PRIMARY KEY, v text, updated_at timestamptz)");
    sql(desktop, "INSERT INTO t SELECT i, 'v' || i, '2020-01-01' FROM generate_series(1, 100) i");
    use_map("  - desktop: t\n    large: {above: " + above + ", exact_every: 1h}\n");
    sync_well("full");
  }
  std::string follow() { return done(sync_well("incremental").table("t")); }
  // As if the last exact pass had been so long ago that the next is due.
  void let_time_pass() { sql(cloud, "UPDATE pgtide.cursor SET exact_at = exact_at - interval '61 minutes'"); }
};

TEST(LargeTables, AQuickPassFindsWhatIsStamped) {
  LargePair pair;
  pair.sql(desktop,
           "UPDATE t SET v = 'edited', updated_at = now() WHERE id = 1; INSERT INTO t VALUES (101, 'new', now())");
  EXPECT_EQ(pair.run({"plan", "incremental", "--json"}).json()[0]["method"], "stamped");
  EXPECT_THAT(pair.run({"plan", "incremental"}).out, HasSubstr("a quick pass; every row is looked at again in 1.0 h"));
  EXPECT_EQ(pair.follow(), "2 read: 1 inserted, 1 updated");
  pair.expect_same("t");
}

TEST(LargeTables, WhatAQuickPassMissesTheExactOneBringsAndUntilThenStatusSaysSo) {
  LargePair pair;
  const std::string as_of = pair.value(cloud, complete), stood = pair.value(cloud, cursor);
  pair.sql(desktop,
           "UPDATE t SET v = 'unstamped' WHERE id = 1; UPDATE t SET v = 'stamped', updated_at = now() WHERE id = 2; "
           "INSERT INTO t VALUES (101, 'no stamp', NULL)");
  const auto quick = pair.sync_well("incremental");
  EXPECT_EQ(done(quick.table("t")), "1 read: 1 updated");
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 1"), "v1");
  EXPECT_EQ(quick.table("t")["guarantee"], "exact") << "as of the last exact pass";
  EXPECT_FALSE(quick.table("t")["stamped_until"].is_null());
  EXPECT_EQ(pair.value(cloud, complete), as_of) << "it is no more complete than before";
  EXPECT_EQ(pair.value(cloud, cursor), stood) << "the exact pass would not find what was passed";
  EXPECT_EQ(pair.value(cloud, "SELECT sync_status FROM pgtide.watermark"), "completed");
  EXPECT_THAT(pair.run({"status"}).out, HasSubstr("t: complete as of "));
  EXPECT_THAT(pair.run({"status"}).out, HasSubstr("every 1 h"));
  EXPECT_FALSE(pair.run({"status", "--json"}).json()[0]["stamped_until"].is_null());
  EXPECT_THAT(pair.run({"sync", "incremental"}).out, HasSubstr("t: complete as of "));
  pair.let_time_pass();
  EXPECT_EQ(pair.run({"plan", "incremental", "--json"}).json()[0]["method"], "since");
  EXPECT_EQ(pair.follow(), "3 read: 1 inserted, 1 updated, 1 unchanged") << "all since the last exact pass";
  pair.expect_same("t");
  EXPECT_EQ(pair.value(cloud, "SELECT last_sync_timestamp > '" + as_of + "' FROM pgtide.watermark"), "t");
  EXPECT_THAT(pair.run({"status"}).out, Not(HasSubstr("complete as of")));
  EXPECT_TRUE(pair.run({"status", "--json"}).json()[0]["stamped_until"].is_null());
}

TEST(LargeTables, ATransactionThatCommitsLateIsCaughtByTheNextPass) {
  LargePair pair;
  const auto slow = pair.connect(desktop);
  slow->run("BEGIN");
  slow->run("INSERT INTO t VALUES (101, 'late', now())");
  pair.follow();
  EXPECT_EQ(pair.value(cloud, "SELECT stamp + interval '10 seconds' <= '" +
                                  slow->run("SELECT now()::text AS began").text(0, "began") + "' FROM pgtide.cursor"),
            "t")
      << "nothing but the open transaction keeps the stamp back";
  slow->run("COMMIT");
  EXPECT_EQ(pair.follow(), "1 read: 1 inserted");
  pair.expect_same("t");
}

TEST(LargeTables, ATransactionThatWasOpenInTheLastExactPassIsFoundByTheNext) {
  LargePair pair;
  const auto slow = pair.connect(desktop);
  slow->run("BEGIN");
  slow->run("UPDATE t SET v = 'late and unstamped' WHERE id = 1");
  pair.sync_well("full");
  pair.sql(desktop, "UPDATE t SET v = 'quick', updated_at = now() WHERE id = 2");
  pair.follow();
  slow->run("COMMIT");
  pair.follow();
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 1"), "v1");
  pair.let_time_pass();
  pair.follow();
  pair.expect_same("t");
}

TEST(LargeTables, ASourceInWhichNothingWasWrittenIsCompleteWithoutALook) {
  LargePair pair;
  pair.sync_well("full");  // the first one left its own state in the source
  const std::string as_of = pair.value(cloud, complete);
  EXPECT_EQ(pair.run({"plan", "incremental", "--json"}).json()[0]["method"], "nothing");
  pair.follow();
  EXPECT_EQ(pair.value(cloud, "SELECT last_sync_timestamp > '" + as_of +
                                  "' AND stamped_until IS NULL FROM "
                                  "pgtide.watermark"),
            "t");
}

TEST(LargeTables, AChangedSchemaLeadsToAWholeCompareAtOnce) {
  LargePair pair;
  pair.sql(cloud, "ALTER TABLE t ADD COLUMN extra text");
  pair.sync_well("incremental");
  pair.sql(desktop, "ALTER TABLE t ADD COLUMN extra text DEFAULT 'given'");
  EXPECT_EQ(pair.follow(), "100 read: 100 updated");
  pair.expect_same("t");
}

TEST(LargeTables, ATableBelowTheSizeIsExactEachTime) {
  LargePair pair("1GB");
  pair.sql(desktop, "UPDATE t SET v = 'unstamped' WHERE id = 1");
  EXPECT_EQ(pair.follow(), "1 read: 1 updated");
  EXPECT_THAT(pair.run({"status"}).out, Not(HasSubstr("stamp")));
}

TEST(LargeTables, TheSizeOfAPartitionedTableIsThatOfItsPartitions) {
  Pair pair(Contents::reused);
  pair.sql(
      desktop,
      "CREATE TABLE t (id int, v text, updated_at timestamptz) PARTITION BY RANGE (id); CREATE TABLE low PARTITION "
      "OF t FOR VALUES FROM (0) TO (50); CREATE TABLE high PARTITION OF t FOR VALUES FROM (50) TO (1000); INSERT "
      "INTO t SELECT i, repeat('x', 1000), '2020-01-01' FROM generate_series(1, 100) i");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text, updated_at timestamptz)");
  pair.use_map("  - desktop: t\n    large: {above: 64kB}\n");
  pair.sync_well("full");
  pair.sql(desktop,
           "UPDATE t SET v = 'unstamped' WHERE id = 1; UPDATE t SET v = 'w', updated_at = now() WHERE id = 99");
  EXPECT_EQ(done(pair.sync_well("incremental").table("t")), "1 read: 1 updated");
  pair.use_map("  - desktop: t\n    large: {above: 1MB}\n");
  EXPECT_EQ(done(pair.sync_well("incremental").table("t")), "2 read: 1 updated, 1 unchanged");
}

TEST(LargeTables, ATableThatIsLockedIsWaitedForAsAnyOther) {
  LargePair pair;
  pair.sql("CREATE TABLE other (id int PRIMARY KEY)");
  pair.sql(desktop, "INSERT INTO other VALUES (1)");
  pair.use_map("  - desktop: t\n    large: {above: 1kB}\n  - desktop: other\n");
  const auto owner = pair.connect(desktop);
  owner->run("BEGIN");
  owner->run("LOCK TABLE t IN ACCESS EXCLUSIVE MODE");
  const auto plan = pair.run({"plan", "incremental"});
  EXPECT_EQ(plan.status, 0) << plan.everything();
  owner->run("COMMIT");
  pair.sync_well("incremental");
  pair.expect_same("other");
}

TEST(LargeTables, TheWayBackHasQuickPassesToo) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text, updated_at timestamptz)");
  pair.sql(cloud, "INSERT INTO t SELECT i, 'v', '2020-01-01' FROM generate_series(1, 100) i");
  pair.use_map("  - cloud: t\n    direction: reverse\n    large: {above: 1kB, exact_every: 1d}\n");
  pair.sync_well("reverse");
  pair.sql(cloud, "INSERT INTO t VALUES (101, 'phone', now()), (102, 'no stamp', NULL)");
  EXPECT_EQ(done(pair.sync_well("reverse").table("t")), "1 read: 1 inserted");
  pair.sql(desktop, "UPDATE pgtide.cursor SET exact_at = exact_at - interval '25 hours'");
  EXPECT_EQ(done(pair.sync_well("reverse").table("t")), "2 read: 1 inserted, 1 unchanged");
  pair.expect_same("t");
}

TEST(LargeTables, AQuickPassUsesTheIndexesOfTheStamps) {
  Pair pair(Contents::reused);
  const std::string stamps = ", updated_at timestamp, created_at timestamp)";
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text" + stamps);
  pair.sql(desktop,
           "INSERT INTO t SELECT i, 'v', '2020-01-01', '2020-01-01' FROM generate_series(1, 30000) i; "
           "CREATE INDEX by_update ON t (updated_at); CREATE INDEX by_creation ON t (created_at); ANALYZE t");
  pair.use_map("  - desktop: t\n    watermark: [updated_at, created_at]\n    large: {above: 1MB}\n",
               "map: test\ndesktop: {url: \"${PGTIDE_DESKTOP_URL}\", timezone: Asia/Kolkata}\ncloud: {url: "
               "\"${PGTIDE_CLOUD_URL}\"}\n");
  pair.sync_well("full");
  pair.sql(desktop,
           "INSERT INTO t VALUES (30001, 'new', NULL, now() AT TIME ZONE 'Asia/Kolkata'), (30002, 'new', now() AT TIME "
           "ZONE 'Asia/Kolkata', NULL)");
  EXPECT_EQ(done(pair.sync_well("incremental").table("t")), "2 read: 2 inserted");
  // nothing else ever looked for a stamp
  pair.wait_until(desktop,
                  "SELECT bool_and(idx_scan > 0) FROM pg_stat_user_indexes WHERE indexrelname IN ('by_update', "
                  "'by_creation')");
}

}  // namespace
