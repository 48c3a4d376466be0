// What pgtide plan counts is what the sync that follows counts, and nothing was written for it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/counts.hpp"
#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::Outcome;
using support::Pair;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* counted[] = {"read",    "inserted",    "updated",    "unchanged",
                                   "skipped", "quarantined", "conflicted", "deleted"};

class Planned : public Pair {
 public:
  using Pair::Pair;

  nlohmann::json plan(const std::string& mode) {
    const auto outcome = run({"plan", mode, "--json", "--quiet"});
    EXPECT_TRUE(outcome.status == 0 || outcome.status == 5) << outcome.everything();
    return outcome.json();
  }

  static nlohmann::json of(const nlohmann::json& tables, const std::string& name) {
    for (const auto& table : tables)
      if (table["table"] == name) return table;
    ADD_FAILURE() << "no table " << name;
    return {};
  }

  // Plans, then does it, and compares.
  void expect_as_planned(const std::string& mode, const std::string& what) {
    const auto planned = plan(mode);
    const auto outcome = sync(mode);
    EXPECT_TRUE(outcome.status == 0 || outcome.status == 8) << outcome.everything();
    for (const auto& done : outcome.json()["tables"]) {
      const auto table = of(planned, done["table"]);
      for (const char* count : counted)
        EXPECT_EQ(table[count], done[count]) << what << ", table " << done["table"] << ", " << count << "\n"
                                             << table.dump(1) << "\n"
                                             << done.dump(1);
    }
  }
};

TEST(PlanCounts, AreThoseOfTheSamplesFirstRunAndOfTheNextOnes) {
  Planned pair(Contents::sample);
  pair.use_map_file(std::string(PGTIDE_SOURCE_DIR) + "/tablemaps/practice.yaml");
  pair.sql(cloud, "ALTER TABLE jobshead ADD FOREIGN KEY (client_id) REFERENCES climaster (client_id)");
  const auto planned = pair.plan("full");
  EXPECT_EQ(Planned::of(planned, "jobshead")["quarantined"], 3619);
  EXPECT_EQ(Planned::of(planned, "jobshead")["inserted"], 24562 - 3619);
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM pg_namespace WHERE nspname = 'pgtide'"), 0);
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM climaster"), 0);
  pair.expect_as_planned("full", "first full");
  pair.sql(desktop,
           "UPDATE climaster SET clientphone = '1' WHERE client_id < 20; DELETE FROM jobtasks WHERE job_id = 77; "
           "UPDATE jobtasks "
           "SET taskorder = 9 WHERE job_id = 78");
  pair.sql(cloud,
           "UPDATE climaster SET clientphone = '2' WHERE client_id BETWEEN 15 AND 30; DELETE FROM remdetail WHERE "
           "remdetid = 3");
  pair.expect_as_planned("incremental", "incremental");
  pair.expect_as_planned("full", "second full");
  pair.expect_as_planned("reverse", "reverse");
}

// Each row stands for one thing that can become of a row.
TEST(PlanCounts, TellEveryFateOfARow) {
  Planned pair(Contents::reused);
  pair.sql(desktop, "CREATE TABLE p (id int); CREATE TABLE t (id int, p int, n text, u int, v text, w text)");
  pair.sql(cloud,
           "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, p int REFERENCES p, n text NOT "
           "NULL, u int "
           "UNIQUE, v varchar(5), w text)");
  pair.sql(desktop,
           "INSERT INTO p VALUES (1); INSERT INTO t SELECT i, 1, 'n', i, 'v', 'w' FROM generate_series(1, 20) i");
  pair.use_map(
      "  - {desktop: p, key: [id]}\n  - {desktop: t, key: [id], deletes: hard, conflicts: manual, fuse: 90%}\n");
  pair.expect_as_planned("full", "first");
  const auto change = [&] {
    pair.sql(desktop,
             "UPDATE t SET w = 'both' WHERE id = 1; UPDATE t SET v = 'too long' WHERE id = 2; UPDATE t SET n = NULL "
             "WHERE id = 3; "
             "UPDATE t SET p = 99 WHERE id = 4; UPDATE t SET u = 7 WHERE id = 5; UPDATE t SET w = 'new' WHERE id = 6; "
             "DELETE FROM "
             "t WHERE id = 8; UPDATE t SET w = 'w' WHERE id = 9; INSERT INTO p VALUES (2); INSERT INTO t VALUES (21, "
             "2, 'n', 21, "
             "'v', 'new parent'), (22, 98, 'n', 22, 'v', 'no parent'), (23, 2, 'n', 23, 'v', 'w'), (23, 2, 'n', 23, "
             "'v', 'w'), "
             "(30, 1, 'n', 30, 'v', 'w')");
    pair.sql(
        cloud,
        "UPDATE t SET w = 'cloud' WHERE id IN (1, 10); DELETE FROM t WHERE id = 11; INSERT INTO t VALUES (30, 1, 'x', "
        "300, 'v', 'phone')");
  };
  change();
  pair.expect_as_planned("incremental", "incremental");
  pair.expect_as_planned("incremental", "incremental again");
  pair.expect_as_planned("full", "full");
  pair.expect_as_planned("full", "full again");
}

TEST(PlanCounts, TellWhatASourceThatLostItsRowsWouldLeadTo) {
  Planned pair(Contents::reused);
  pair.sql(desktop, "CREATE TABLE t (id int, v text); INSERT INTO t SELECT i, 'v' FROM generate_series(1, 100) i");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.use_map("  - {desktop: t, key: [id], deletes: hard}\n");
  pair.sync_well("full");
  pair.sql(desktop, "DELETE FROM t WHERE id > 50");
  auto table = Planned::of(pair.plan("full"), "t");
  EXPECT_EQ(table["deleted"], 50) << table.dump(1);
  EXPECT_THAT(table["counts_note"].get<std::string>(), HasSubstr("fuse"));
  EXPECT_EQ(table["counts_exact"], false);
  pair.sql(desktop, "DELETE FROM t");
  table = Planned::of(pair.plan("full"), "t");
  EXPECT_THAT(table["counts_note"].get<std::string>(), HasSubstr("the desktop table is empty"));
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM t"), 100);
}

TEST(PlanCounts, SayWhatTheyCannotTellAndNeverPrintNought) {
  Planned pair(Contents::reused);
  pair.sql(desktop,
           "CREATE TABLE t (id int, a int, b int); INSERT INTO t SELECT i, i, i % 5 FROM generate_series(1, 20) i");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, q int)");
  pair.use_map("  - {desktop: t, key: [id], skip: [a, b], forward: {columns: {q: a / b}}}\n");
  const auto table = Planned::of(pair.plan("full"), "t");
  for (const char* count : counted) EXPECT_TRUE(table[count].is_null()) << count << table.dump(1);
  EXPECT_THAT(table["counts_note"].get<std::string>(), HasSubstr("cannot be read"));
  const auto text = pair.run({"plan", "full", "--quiet"});
  EXPECT_THAT(text.out, HasSubstr("not counted: some rows cannot be read"));
}

}  // namespace
