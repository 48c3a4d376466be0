// A run that finds a few new rows copies them at once, in few round trips, and says and leaves what the ordinary run
// would. Whatever is not as usual is left to the ordinary run.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "tests/support/clusters.hpp"
#include "tests/support/pair.hpp"
#include "tests/support/proxy.hpp"

namespace {

using nlohmann::json;
using support::cloud;
using support::Clusters;
using support::desktop;
using support::Environment;
using support::Outcome;
using support::Pair;
using support::Place;
using support::Proxy;
using testing::HasSubstr;
using testing::Not;

const Environment ordinary = {{"PGTIDE_GLANCE", "off"}};

const char* const tables = R"(
  - desktop: parents
  - desktop: children
  - desktop: looked
    forward:
      columns: {name: "'number ' || n"}
  - desktop: quiet
)";

class Shop : public Pair {
 public:
  Shop() : Pair(support::Contents::reused) {
    sql("CREATE TABLE parents (id int PRIMARY KEY, v text, amount numeric(10,2), updated_at timestamptz);"
        "CREATE TABLE children (id serial PRIMARY KEY, parent int, v text);"
        "CREATE TABLE quiet (id int PRIMARY KEY, v text)");
    sql(desktop,
        "CREATE TABLE looked (id int PRIMARY KEY, n int); INSERT INTO looked VALUES (1, 1);"
        "INSERT INTO parents SELECT i, 'v' || i, i, '2026-01-01' FROM generate_series(1, 50) i;"
        "INSERT INTO children (parent, v) SELECT i, 'c' || i FROM generate_series(1, 50) i;"
        "INSERT INTO quiet SELECT i, 'q' || i FROM generate_series(1, 50) i");
    sql(cloud,
        "CREATE TABLE looked (id int PRIMARY KEY, n int, name text);"
        "ALTER TABLE children ADD FOREIGN KEY (parent) REFERENCES parents");
    use_map(tables);
    sync_well("full");
    sync_well("incremental");
  }

  long long last_run() { return number(cloud, "SELECT max(run_id) FROM pgtide.run"); }

  // An ordinary run leaves a mark in the target before the tables; this one commits everything at once.
  bool was_small() {
    return number(cloud,
                  "SELECT count(DISTINCT x) FROM (SELECT xmin::text FROM pgtide.run WHERE run_id = (SELECT max(run_id) "
                  "FROM pgtide.run) UNION ALL SELECT xmin::text FROM pgtide.table_run WHERE run_id = (SELECT "
                  "max(run_id) FROM pgtide.run) UNION ALL SELECT xmin::text FROM pgtide.source) r (x)") == 1;
  }

  Outcome expect_small() {
    const auto outcome = sync_well("incremental");
    EXPECT_TRUE(was_small()) << outcome.everything();
    return outcome;
  }

  Outcome expect_ordinary(int status = 0) {
    const auto outcome = sync("incremental");
    EXPECT_EQ(outcome.status, status) << outcome.everything();
    EXPECT_FALSE(was_small());
    return outcome;
  }

  void expect_all_same() {
    for (const char* table : {"parents", "children", "quiet"}) expect_same(table);
    EXPECT_EQ(rows(desktop, "SELECT id, n, 'number ' || n FROM looked ORDER BY 1"),
              rows(cloud, "SELECT id, n, name FROM looked ORDER BY 1"));
  }
};

json without_times(const Outcome& outcome) {
  json run = json::parse(outcome.out);
  for (const char* key : {"run_id", "started_at", "finished_at", "map"}) run.erase(key);
  for (auto& table : run["tables"])
    for (const char* key : {"seconds", "last_sync_timestamp"}) table.erase(key);
  return run;
}

std::vector<std::string> left_behind(Shop& shop) {
  std::vector<std::string> all;
  const std::string last = "(SELECT max(run_id) FROM pgtide.run)";
  for (const auto& query :
       {"SELECT direction, mode, status, exit_status, finished_at >= started_at FROM pgtide.run WHERE run_id = " + last,
        "SELECT (to_jsonb(t) - 'run_id' - 'duration_ms' - 'round_trips')::text FROM pgtide.table_run t WHERE run_id "
        "= " +
            last + " ORDER BY table_name",
        "SELECT (to_jsonb(e) - 'run_id' - 'event_id' - 'created_at')::text FROM pgtide.event e WHERE run_id = " + last +
            " ORDER BY event_type, table_name",
        std::string(
            "SELECT (to_jsonb(w) - 'map' - 'last_sync_timestamp' - 'last_sync_attempt' - "
            "'last_successful_sync' - 'created_at' - 'updated_at' - 'known_since')::text FROM pgtide.watermark w "
            "ORDER BY table_name"),
        std::string("SELECT table_name, sync_date, items_synced FROM pgtide.coverage ORDER BY 1, 2"),
        std::string("SELECT table_name, unfinished_xids, ids_valid, run_id = " + last +
                    " FROM pgtide.cursor ORDER BY 1"),
        std::string("SELECT table_name, count(*) FROM pgtide.known_row JOIN pgtide.known_table USING (known_id) GROUP "
                    "BY 1 ORDER BY 1"),
        std::string("SELECT last_value, is_called FROM children_id_seq"),
        std::string("SELECT count(*) FROM parents p JOIN pgtide.own_xact o ON o.table_name = 'parents' AND o.xid & "
                    "4294967295 = p.xmin::text::bigint AND o.run_id = " +
                    last),
        std::string("SELECT count(*) FROM pgtide.run")})
    for (const auto& row : shop.rows(cloud, query)) all.push_back(row);
  return all;
}

const char* const changes =
    "UPDATE parents SET v = 'changed', updated_at = '2026-02-01' WHERE id IN (3, 4);"
    "INSERT INTO parents VALUES (100, 'new', 1.50, '2026-03-01');"
    "INSERT INTO children (id, parent, v) VALUES (1000, 100, 'new');"
    "UPDATE looked SET n = 2";

TEST(SmallRuns, TwoRowsTakeFiveRoundTripsToEachSide) {
  Shop shop;
  Proxy to_desktop(Clusters::running().port(desktop)), to_cloud(Clusters::running().port(cloud));
  for (auto* proxy : {&to_desktop, &to_cloud}) proxy->delay(std::chrono::milliseconds(5));
  shop.use_url(desktop, to_desktop.url(shop.database(desktop)));
  shop.use_url(cloud, to_cloud.url(shop.database(cloud)));
  for (const char* change :
       {"UPDATE parents SET v = 'x' WHERE id IN (1, 2)", "INSERT INTO parents VALUES (200, 'a'), (201, 'b')",
        "UPDATE parents SET v = 'y' WHERE id = 1; INSERT INTO parents VALUES (202, 'c')"}) {
    SCOPED_TRACE(change);
    shop.sql(desktop, change);
    const int asked[] = {to_desktop.round_trips().after_connecting, to_cloud.round_trips().after_connecting};
    const int connected[] = {to_desktop.connections(), to_cloud.connections()};
    shop.expect_small();
    EXPECT_LE(to_desktop.round_trips().after_connecting - asked[0], 5);
    EXPECT_LE(to_cloud.round_trips().after_connecting - asked[1], 5);
    EXPECT_EQ(to_desktop.connections() - connected[0], 1);
    EXPECT_EQ(to_cloud.connections() - connected[1], 1);
    shop.expect_all_same();
  }
}

TEST(SmallRuns, SayAndLeaveWhatTheOrdinaryRunDoes) {
  Shop one, other;
  one.sql(desktop, changes);
  other.sql(desktop, changes);
  const auto small = one.expect_small();
  const auto usual = other.run({"sync", "incremental", "--json"}, ordinary);
  ASSERT_EQ(usual.status, 0) << usual.everything();
  EXPECT_FALSE(other.was_small());
  EXPECT_EQ(without_times(small), without_times(usual));
  const auto left = left_behind(one), left_by_other = left_behind(other);
  ASSERT_EQ(left.size(), left_by_other.size());
  for (std::size_t i = 0; i < left.size(); ++i) EXPECT_EQ(left[i], left_by_other[i]);
  one.expect_all_same();
  one.sync_well("incremental");
  EXPECT_EQ(one.number(cloud,
                       "SELECT sum(rows_read) FROM pgtide.table_run WHERE run_id = (SELECT max(run_id) FROM "
                       "pgtide.run)"),
            0);
}

TEST(SmallRuns, RowsThatComeBetweenTheTwoLooksAreFoundByTheNextRun) {
  Shop shop;
  Proxy to_desktop(Clusters::running().port(desktop));
  shop.use_url(desktop, to_desktop.url(shop.database(desktop)));
  shop.sql(desktop, changes);
  to_desktop.delay(std::chrono::milliseconds(400));
  const int before = to_desktop.round_trips().after_connecting;
  const auto run = shop.start({"sync", "incremental", "--json"});
  while (to_desktop.round_trips().after_connecting == before) std::this_thread::yield();
  shop.sql(desktop, "INSERT INTO quiet VALUES (500, 'between'); INSERT INTO parents VALUES (500, 'between')");
  const auto outcome = run->wait();
  ASSERT_EQ(outcome.status, 0) << outcome.everything();
  EXPECT_TRUE(shop.was_small());
  to_desktop.delay(std::chrono::milliseconds(0));
  EXPECT_EQ(shop.number(cloud, "SELECT count(*) FROM quiet WHERE id = 500"), 0) << "came too early for this test";
  shop.sync_well("incremental");
  shop.expect_all_same();
}

TEST(SmallRuns, WhatDoesNotFitIsForTheOrdinaryRun) {
  Shop shop;
  shop.sql(desktop, "INSERT INTO children (id, parent, v) VALUES (2000, 999, 'orphan'); UPDATE quiet SET v = 'x'");
  EXPECT_THAT(shop.expect_ordinary(8).everything(), HasSubstr("children"));
  shop.expect_same("quiet");
  EXPECT_EQ(shop.last_run(), shop.number(cloud, "SELECT count(*) FROM pgtide.run")) << "no number is missing";
  shop.sql(desktop, "DELETE FROM children WHERE id = 2000");
  shop.expect_ordinary();
  shop.sql(desktop, changes);
  shop.expect_small();

  shop.sql(cloud, "UPDATE parents SET v = 'of the cloud' WHERE id = 7");  // a conflict
  shop.sql(desktop, "UPDATE parents SET v = 'of the desktop' WHERE id = 7; UPDATE parents SET v = 'z' WHERE id = 8");
  const auto outcome = shop.sync("incremental");
  EXPECT_FALSE(shop.was_small()) << outcome.everything();
  EXPECT_EQ(shop.value(cloud, "SELECT v FROM parents WHERE id = 8"), "z");
}

TEST(SmallRuns, ManyOrLargeRowsAreForTheOrdinaryRun) {
  Shop shop;
  shop.sql(desktop, "INSERT INTO quiet SELECT i, repeat('x', 1000) FROM generate_series(1000, 20000) i");
  shop.expect_ordinary();
  shop.expect_all_same();
  shop.use_map(std::string(tables) + "    row_bytes: 1kB\n");
  shop.sync_well("incremental");
  shop.sql(desktop, "INSERT INTO quiet VALUES (600, repeat('y', 5000)), (601, 'small')");
  shop.expect_ordinary(8);
  EXPECT_EQ(shop.number(cloud, "SELECT count(*) FROM quiet WHERE id IN (600, 601)"), 1);
}

TEST(SmallRuns, KeysThatOccurTwiceAreForTheOrdinaryRun) {
  Shop shop;
  shop.sql(desktop, "ALTER TABLE quiet DROP CONSTRAINT quiet_pkey");
  shop.use_map(std::string(tables) + "    key: [id]\n");
  shop.sync_well("full");
  shop.sync_well("incremental");
  shop.sql(desktop, "UPDATE quiet SET v = 'y' WHERE id = 3");
  shop.expect_small();
  shop.sql(desktop, "INSERT INTO quiet VALUES (3, 'twin')");
  shop.expect_ordinary(8);
}

TEST(SmallRuns, ReverseTakesThemToo) {
  Shop shop;
  shop.sql("CREATE TABLE back (id int PRIMARY KEY, v text)");
  shop.sql(cloud, "INSERT INTO back SELECT i, 'b' || i FROM generate_series(1, 20) i");
  shop.use_map(std::string(tables) + "  - cloud: back\n    direction: reverse\n");
  shop.sync_well("reverse");
  shop.sync_well("reverse");
  shop.sql(cloud, "INSERT INTO back VALUES (100, 'new'); UPDATE back SET v = 'never' WHERE id = 1");
  const auto outcome = shop.sync_well("reverse");
  EXPECT_EQ(shop.number(desktop,
                        "SELECT count(DISTINCT x) FROM (SELECT xmin::text FROM pgtide.run WHERE run_id = (SELECT "
                        "max(run_id) FROM pgtide.run) UNION ALL SELECT xmin::text FROM pgtide.source) r (x)"),
            1);
  EXPECT_EQ(json::parse(outcome.out)["tables"][0]["inserted"], 1);
  EXPECT_EQ(shop.value(desktop, "SELECT v FROM back WHERE id = 1"), "b1");
  EXPECT_EQ(shop.value(desktop, "SELECT v FROM back WHERE id = 100"), "new");
}

TEST(SmallRuns, KilledAnywhereTheNextRunMakesItGood) {
  Shop shop;
  int id = 1000;
  for (const char* point : {"chunk_loaded", "anchor_left", "table_merged", "table_committed", "run_closed"}) {
    SCOPED_TRACE(point);
    const std::string next = std::to_string(++id);
    shop.sql(desktop, "INSERT INTO parents VALUES (" + next + ", 'new'); UPDATE parents SET v = 'p" + next +
                          "' WHERE id = 3; INSERT INTO children VALUES (" + next + ", " + next + ", 'c')");
    const auto before = shop.last_run();
    EXPECT_EQ(shop.run({"sync", "incremental"}, {{"PGTIDE_FAULT", point}}).status, 128 + 9);
    const bool committed = std::string_view(point) == "table_committed" || std::string_view(point) == "run_closed";
    EXPECT_EQ(shop.last_run() > before, committed);
    EXPECT_EQ(shop.number(cloud, "SELECT count(*) FROM pgtide.run WHERE finished_at IS NULL"), 0);
    const auto outcome = shop.sync_well("incremental");
    EXPECT_THAT(outcome.everything(), Not(HasSubstr("compared whole")));
    shop.expect_all_same();
  }
}

TEST(SmallRuns, AConnectionThatBreaksAnywhereLosesNothing) {
  Shop shop;
  Proxy to_desktop(Clusters::running().port(desktop)), to_cloud(Clusters::running().port(cloud));
  shop.use_url(desktop, to_desktop.url(shop.database(desktop)));
  shop.use_url(cloud, to_cloud.url(shop.database(cloud)));
  int n = 0;
  for (auto* proxy : {&to_desktop, &to_cloud})
    for (const auto toward : {Proxy::Toward::client, Proxy::Toward::server})
      for (const std::int64_t bytes : {1500, 4000, 9000, 15000, 25000, 40000}) {
        ++n;
        shop.sql(desktop, "UPDATE parents SET v = 'n" + std::to_string(n) +
                              "' WHERE id IN (9, 10); INSERT INTO quiet "
                              "VALUES (" +
                              std::to_string(10000 + n) + ", 'n')");
        proxy->cut_after(bytes, toward);
        const auto outcome = shop.sync("incremental");
        EXPECT_EQ(outcome.status, 0) << outcome.everything();
        shop.expect_same("parents");
        shop.expect_same("quiet");
        while (proxy->is_cut_due()) shop.sync_well("incremental");
      }
}

}  // namespace
