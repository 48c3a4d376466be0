// Sources whose rows do not say which transaction wrote them: found by their stamps, compared whole where they have
// none, and called what they are wherever they appear.

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
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// A view over a hundred rows that were stamped long ago, already copied.
class ViewedPair : public Pair {
 public:
  explicit ViewedPair(const std::string& stamp = "timestamptz") : Pair(Contents::reused) {
    sql(desktop, "CREATE TABLE base (id int PRIMARY KEY, v text, updated_at " + stamp +
                     "); INSERT INTO base SELECT i, 'v' || i, '2020-01-01' FROM generate_series(1, 100) i; "
                     "CREATE VIEW t AS SELECT * FROM base");
    sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text, updated_at " + stamp + ")");
    use_map("  - desktop: t\n    conflicts: manual\n");
    sync_well("full");
    expect_same("t");
  }
  std::string follow() { return done(sync_well("incremental").table("t")); }
};

TEST(BestEffort, RowsOfAViewAreFoundByTheirStamp) {
  ViewedPair pair;
  EXPECT_EQ(pair.follow(), "0 read") << "stamped long ago";
  pair.sql(
      desktop,
      "UPDATE base SET v = 'edited', updated_at = now() WHERE id = 1; INSERT INTO base VALUES (101, 'new', now())");
  EXPECT_EQ(pair.follow(), "2 read: 1 inserted, 1 updated");
  pair.expect_same("t");
}

TEST(BestEffort, RowsWithoutAStampAreReadEachTime) {
  ViewedPair pair;
  pair.sql(desktop, "UPDATE base SET v = 'a', updated_at = NULL WHERE id IN (1, 2)");
  EXPECT_EQ(pair.follow(), "2 read: 2 updated");
  EXPECT_EQ(pair.follow(), "2 read: 2 unchanged");
  pair.sql(desktop, "UPDATE base SET v = 'b' WHERE id = 2");
  EXPECT_EQ(pair.follow(), "2 read: 1 updated, 1 unchanged");
  pair.expect_same("t");
}

TEST(BestEffort, AStampOfTheDayOrWithoutAZoneIsUnderstood) {
  for (const std::string stamp : {"date", "timestamp"}) {
    SCOPED_TRACE(stamp);
    ViewedPair pair(stamp);
    // the clocks of Samoa are 11 hours behind those of the server
    pair.sql(desktop, "UPDATE base SET v = 'edited', updated_at = now() AT TIME ZONE 'Pacific/Pago_Pago' WHERE id = 1");
    EXPECT_EQ(pair.follow(), "1 read: 1 updated");
    pair.expect_same("t");
  }
}

TEST(BestEffort, AnUnstampedEditArrivesWithTheNextFull) {
  ViewedPair pair;
  pair.sql(desktop, "UPDATE base SET v = 'unstamped' WHERE id = 7");
  EXPECT_EQ(pair.follow(), "0 read");
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 7"), "v7") << "nobody can know of it";
  EXPECT_EQ(pair.sync_well("full").table("t")["updated"], 1);
  pair.expect_same("t");
}

TEST(BestEffort, ATransactionThatIsOpenAcrossARunIsCaughtThoughItsStampIsOlder) {
  ViewedPair pair;
  const auto slow = pair.connect(desktop);
  slow->run("BEGIN");
  slow->run("INSERT INTO base VALUES (101, 'late', now())");
  const std::string began = slow->run("SELECT now()::text AS began").text(0, "began");
  // long enough that nothing but the open transaction keeps the run from passing its stamp
  pair.wait_until(desktop, "SELECT clock_timestamp() > '" + began + "'::timestamptz + interval '11 seconds'");
  pair.sql(desktop, "UPDATE base SET v = 'quick', updated_at = clock_timestamp() WHERE id = 1");
  EXPECT_EQ(pair.follow(), "1 read: 1 updated");
  EXPECT_EQ(pair.value(cloud, "SELECT stamp <= '" + began + "' FROM pgtide.cursor"), "t");
  EXPECT_EQ(pair.follow(), "1 read: 1 unchanged") << "it is still open";
  slow->run("COMMIT");
  EXPECT_EQ(pair.follow(), "2 read: 1 inserted, 1 unchanged");
  pair.expect_same("t");
}

TEST(BestEffort, APreparedTransactionIsNotPassedThoughNobodySeesWhenItBegan) {
  ViewedPair pair;
  pair.follow();
  const std::string before = pair.value(cloud, "SELECT stamp FROM pgtide.cursor");
  pair.sql(desktop, "BEGIN; INSERT INTO base VALUES (101, 'prepared', now()); PREPARE TRANSACTION 'best_effort'");
  pair.follow();
  pair.follow();
  EXPECT_EQ(pair.value(cloud, "SELECT stamp FROM pgtide.cursor"), before);
  pair.sql(desktop, "COMMIT PREPARED 'best_effort'");
  EXPECT_EQ(pair.follow(), "1 read: 1 inserted");
  EXPECT_EQ(pair.value(cloud, "SELECT stamp > '" + before + "' FROM pgtide.cursor"), "t");
  pair.expect_same("t");
}

TEST(BestEffort, AViewWithoutAStampIsComparedWholeAtEveryRun) {
  Pair pair(Contents::reused);
  pair.sql(desktop,
           "CREATE TABLE base (id int PRIMARY KEY, v text); INSERT INTO base SELECT i, 'v' FROM generate_series(1, 10) "
           "i; CREATE VIEW t AS SELECT * FROM base");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.use_map("  - desktop: t\n");
  pair.sync_well("full");
  for (const std::string v : {"a", "b"}) {
    pair.sql(desktop, "UPDATE base SET v = '" + v + "' WHERE id = 3");
    EXPECT_EQ(done(pair.sync_well("incremental").table("t")), "10 read: 1 updated, 9 unchanged");
    pair.expect_same("t");
  }
  EXPECT_THAT(pair.run({"status"}).out, HasSubstr("t: best_effort: the source is a view, whose rows do not say which "
                                                  "transaction wrote them; it is compared whole at every run"));
}

TEST(BestEffort, AMaterializedViewIsComparedWholeBecauseARefreshShowsOldStamps) {
  Pair pair(Contents::reused);
  pair.sql(desktop,
           "CREATE TABLE base (id int PRIMARY KEY, v text, updated_at timestamptz); INSERT INTO base SELECT i, 'v', "
           "'2020-01-01' FROM generate_series(1, 10) i; CREATE MATERIALIZED VIEW t AS SELECT * FROM base");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text, updated_at timestamptz)");
  pair.use_map("  - desktop: t\n");
  pair.sync_well("full");
  pair.sql(desktop, "UPDATE base SET v = 'w', updated_at = '2020-01-02' WHERE id = 1; REFRESH MATERIALIZED VIEW t");
  const auto run = pair.sync_well("incremental");
  EXPECT_EQ(done(run.table("t")), "10 read: 1 updated, 9 unchanged");
  EXPECT_EQ(run.table("t")["guarantee"], "best_effort");
  pair.expect_same("t");
}

TEST(BestEffort, AForeignTableIsReadByStamp) {
  Pair pair;
  pair.sql(desktop,
           "CREATE EXTENSION postgres_fdw; CREATE TABLE far (id int PRIMARY KEY, v text, updated_at timestamptz); "
           "INSERT INTO far SELECT i, 'v' || i, '2020-01-01' FROM generate_series(1, 50) i; "
           "DO $$ BEGIN EXECUTE format('CREATE SERVER there FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host "
           "''127.0.0.1'', port %L, dbname %L)', current_setting('port'), current_database()); END $$; "
           "CREATE USER MAPPING FOR CURRENT_USER SERVER there OPTIONS (user 'postgres'); "
           "CREATE FOREIGN TABLE t (id int, v text, updated_at timestamptz) SERVER there OPTIONS (table_name 'far')");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text, updated_at timestamptz)");
  pair.use_map("  - desktop: t\n");
  EXPECT_EQ(pair.sync_well("full").table("t")["guarantee"], "best_effort");
  pair.sql(desktop,
           "UPDATE far SET v = 'edited', updated_at = now() WHERE id = 1; UPDATE far SET updated_at = NULL "
           "WHERE id = 2");
  EXPECT_EQ(done(pair.sync_well("incremental").table("t")), "2 read: 1 updated, 1 unchanged");
  // whoever works on the other server cannot be seen: some time is allowed for
  pair.sql(desktop, "UPDATE far SET v = 'late', updated_at = now() - interval '50 minutes' WHERE id = 3");
  EXPECT_EQ(pair.sync_well("incremental").table("t")["updated"], 1);
  pair.expect_same("t", "t", "id, v");
  EXPECT_THAT(pair.run({"plan", "incremental"}).out, HasSubstr("the source is a foreign table"));
}

TEST(BestEffort, OfRowsWithTheSameKeyTheNewestWinsAlsoWhereOnlyTheOtherIsRead) {
  Pair pair(Contents::reused);
  pair.sql(desktop,
           "CREATE TABLE base (id int, v text, updated_at timestamptz); INSERT INTO base SELECT i, 'v', '2020-01-01' "
           "FROM generate_series(1, 20) i; CREATE VIEW t AS SELECT * FROM base");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text, updated_at timestamptz)");
  pair.use_map("  - desktop: t\n");
  pair.sync_well("full");
  pair.sql(desktop, "INSERT INTO base VALUES (1, 'newer', now())");
  EXPECT_EQ(done(pair.sync("incremental").table("t")), "2 read: 1 updated, 1 quarantined");
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 1"), "newer");
  // a row that was passed long ago beats one that is new
  pair.sql(desktop, "UPDATE base SET updated_at = '2120-01-01' WHERE id = 2");
  pair.sync("incremental");
  pair.sql(desktop, "INSERT INTO base VALUES (2, 'older', now())");
  EXPECT_EQ(done(pair.sync("incremental").table("t")), "4 read: 2 unchanged, 2 quarantined");
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 2"), "v");
}

TEST(BestEffort, AConflictIsLookedAtAgainThoughItsRowIsNotStampedAnew) {
  ViewedPair pair;
  pair.sql(desktop, "UPDATE base SET v = 'ours', updated_at = now() WHERE id = 5");
  pair.sql(cloud, "UPDATE t SET v = 'theirs' WHERE id = 5");
  EXPECT_EQ(pair.sync("incremental").status, 8);
  pair.sql(desktop, "UPDATE base SET updated_at = '2020-01-01' WHERE id = 5");
  EXPECT_EQ(pair.sync("incremental").status, 8) << "it still waits";
  pair.sql(cloud, "UPDATE t SET v = 'ours' WHERE id = 5");
  EXPECT_EQ(pair.follow(), "1 read: 1 unchanged");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.conflict WHERE resolved_at IS NULL"), "0");
}

TEST(BestEffort, AMapThatChangedLeadsToAWholeCompareAndIsSaid) {
  ViewedPair pair;
  pair.sql(desktop, "UPDATE base SET v = 'unstamped' WHERE id = 7");
  pair.use_map("  - desktop: t\n    skip: [updated_at]\n");
  const auto run = pair.sync_well("incremental");
  EXPECT_EQ(done(run.table("t")), "100 read: 1 updated, 99 unchanged");
  EXPECT_THAT(run.err, HasSubstr("compared whole: the map, or the columns it maps, changed"));
}

TEST(BestEffort, ExpressionsWorkOverAViewWhichIsThenComparedWhole) {
  ViewedPair pair;
  pair.use_map("  - desktop: t\n    forward: {where: \"id > 50\", columns: {v: \"upper(v)\"}}\n");
  EXPECT_EQ(done(pair.sync_well("incremental").table("t")), "50 read: 50 updated");
  EXPECT_EQ(pair.contents(cloud, "t WHERE id > 50", "id, v"),
            pair.contents(desktop, "t WHERE id > 50", "id, upper(v)"));
  pair.sql(desktop, "UPDATE base SET v = 'unstamped' WHERE id = 70");
  EXPECT_EQ(done(pair.sync_well("incremental").table("t")), "50 read: 1 updated, 49 unchanged");
}

TEST(BestEffort, IsSaidWhereverTheTableAppears) {
  ViewedPair pair;
  const std::string why =
      "the source is a view, whose rows do not say which transaction wrote them; between full runs "
      "rows are found by their stamp (updated_at)";
  const auto json = pair.sync_well("incremental").table("t");
  EXPECT_EQ(json["guarantee"], "best_effort");
  EXPECT_THAT(json["guarantee_why"].dump(), HasSubstr(why));
  EXPECT_THAT(pair.run({"sync", "incremental"}).out, HasSubstr("t: best_effort: " + why));
  EXPECT_THAT(pair.run({"plan", "incremental"}).out,
              AllOf(HasSubstr("best_effort: " + why), HasSubstr("and those without a stamp")));
  EXPECT_EQ(pair.run({"plan", "incremental", "--json"}).json()[0]["method"], "stamped");
  EXPECT_THAT(pair.run({"status"}).out, HasSubstr("t: best_effort: " + why));
  const auto status = pair.run({"status", "--json"}).json()[0];
  EXPECT_EQ(status["guarantee"], "best_effort");
  EXPECT_THAT(status["guarantee_why"].dump(), HasSubstr(why));
  EXPECT_THAT(pair.value(cloud, "SELECT guarantee || ': ' || guarantee_why FROM pgtide.watermark"),
              HasSubstr("best_effort: " + why));
}

TEST(BestEffort, TheWayBackReadsAViewOfTheCloudByStamp) {
  Pair pair(Contents::reused);
  pair.sql(cloud,
           "CREATE TABLE base (id int PRIMARY KEY, v text, updated_at timestamptz); INSERT INTO base SELECT i, 'v', "
           "'2020-01-01' FROM generate_series(1, 20) i; CREATE VIEW t AS SELECT * FROM base");
  pair.sql(desktop, "CREATE TABLE t (id int PRIMARY KEY, v text, updated_at timestamptz)");
  pair.use_map("  - cloud: t\n    direction: reverse\n");
  EXPECT_EQ(pair.sync_well("reverse").table("t")["inserted"], 20);
  pair.sql(cloud, "INSERT INTO base VALUES (21, 'phone', now()), (22, 'phone', NULL)");
  EXPECT_EQ(done(pair.sync_well("reverse").table("t")), "2 read: 2 inserted");
  pair.expect_same("t");
}

TEST(BestEffort, ARoleThatCannotSeeOtherSessionsIsToldSo) {
  ViewedPair pair;
  EXPECT_THAT(pair.run({"status"}).out, Not(HasSubstr("cannot be seen")));
  pair.sql(desktop,
           "DO $$ BEGIN CREATE ROLE sees_little LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$; "
           "GRANT ALL ON SCHEMA pgtide TO sees_little; GRANT ALL ON ALL TABLES IN SCHEMA pgtide TO sees_little; "
           "GRANT SELECT ON t TO sees_little");
  const auto run = pair.sync("incremental", {"--desktop", pair.url(desktop, "sees_little")});
  EXPECT_EQ(run.status, 0) << run.everything();
  EXPECT_THAT(pair.run({"status"}).out, HasSubstr("GRANT pg_read_all_stats"));
  pair.sql(desktop, "DROP OWNED BY sees_little; DROP ROLE sees_little");
}

}  // namespace
