// The state after years of runs: many transactions have written a table.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "engine/plan/sql_parts.hpp"
#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::Pair;
using testing::HasSubstr;
using testing::Not;

// A pair whose cloud remembers more transactions than a hash of them could hold.
class OldPair : public Pair {
 public:
  OldPair() : Pair(Contents::reused) {
    sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
    sql(desktop, "INSERT INTO t SELECT i, 'v' FROM generate_series(1, 300) i");
    use_map("  - {desktop: t, key: [id], direction: both}\n");
    sync_well("full");
    sql(cloud,
        "INSERT INTO pgtide.own_xact (map, table_name, xid) SELECT map, table_name, txid_current() - n FROM "
        "pgtide.own_xact, generate_series(1, 20000) n ON CONFLICT DO NOTHING; ANALYZE pgtide.own_xact");
    ours.map = value(cloud, "SELECT map FROM pgtide.own_xact LIMIT 1");
    ours.title = ours.source_title = "t";
  }

  std::string plan_of(const std::string& query) {
    std::string plan;
    auto session = connect(cloud);
    session->run_script("BEGIN; SET LOCAL work_mem = '64kB'; SET LOCAL jit = off");
    const auto lines = session->run("EXPLAIN (COSTS off) " + query);
    for (std::size_t i = 0; i < lines.size(); ++i) plan += lines.rows[i][0].value_or("") + "\n";
    return plan;
  }

  engine::plan::TableTask ours;
};

TEST(ManyTransactions, AreNotGoneThroughForEachRow) {
  OldPair pair;
  const std::string plan =
      pair.plan_of("SELECT count(*) FILTER (WHERE " + engine::plan::statements::is_ours(pair.ours) + ") FROM t");
  EXPECT_THAT(plan, HasSubstr("own_xact_modulo"));
  EXPECT_THAT(plan, Not(HasSubstr("Seq Scan on own_xact"))) << plan;
}

TEST(ManyTransactions, WhatWeWroteIsStillToldFromWhatOthersWrote) {
  OldPair pair;
  pair.sql(cloud, "UPDATE t SET v = 'phone' WHERE id = 5; INSERT INTO t VALUES (1000, 'phone')");
  const auto first = pair.run({"sync", "reverse", "--json"});
  EXPECT_EQ(first.status, 0) << first.everything();
  EXPECT_EQ(first.table("t")["inserted"], 1) << "what forward wrote is no news";
  pair.sql(desktop, "UPDATE t SET v = 'desktop' WHERE id < 100 AND id <> 5");
  const auto second = pair.run({"sync", "full", "--json"});
  EXPECT_EQ(second.table("t")["updated"], 98) << second.everything();
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 5"), "phone");
}

}  // namespace
