// A run that finds nothing to do sees it at a glance, and says and leaves what the ordinary run would. Whatever is not
// as the last run left it is left to the ordinary run.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

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
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Environment without_glance = {{"PGTIDE_GLANCE", "off"}};

class Office : public Pair {
 public:
  explicit Office(int tables = 3) : Pair(support::Contents::reused) {
    std::string map;
    for (int i = 1; i <= tables; ++i) {
      const std::string name = "t" + std::to_string(i);
      sql("CREATE TABLE " + name + " (id int PRIMARY KEY, v text, updated_at timestamptz)");
      sql(desktop, "INSERT INTO " + name + " SELECT i, 'v' || i, now() FROM generate_series(1, 20) i");
      map += "  - desktop: " + name + "\n";
    }
    sql(desktop,
        "CREATE TABLE names (id int PRIMARY KEY, name text); INSERT INTO names VALUES (1, 'one');"
        "CREATE TABLE lines (a int, b text); INSERT INTO lines VALUES (1, 'x'), (1, 'x'), (2, 'y');"
        "CREATE TABLE looked (id int PRIMARY KEY, n int); INSERT INTO looked VALUES (1, 1)");
    sql(cloud,
        "CREATE TABLE lines (line_id serial PRIMARY KEY, a int, b text);"
        "CREATE TABLE looked (id int PRIMARY KEY, n int, name text)");
    map +=
        "  - desktop: lines\n    key: none\n    match: [a]\n    skip: [line_id]\n    fuse: 100%\n"
        "  - desktop: looked\n    forward:\n      join: \"LEFT JOIN names ON names.id = looked.n\"\n"
        "      columns: {name: names.name}\n";
    map_ = map;
    use_map(map);
    sync_well("full");
  }

  const std::string& map() const { return map_; }

  // Whether the last run was done at a glance.
  // It wrote all that it wrote in one transaction, and that were no rows.
  bool was_glance(Place target = cloud) {
    const std::string last = "(SELECT max(run_id) FROM pgtide.run)";
    return number(target, "SELECT count(DISTINCT x) FROM (SELECT xmin::text FROM pgtide.run WHERE run_id = " + last +
                              " UNION ALL SELECT xmin::text FROM pgtide.table_run WHERE run_id = " + last +
                              ") r (x)") == 1 &&
           number(target, "SELECT sum(rows_read) FROM pgtide.table_run WHERE run_id = " + last) == 0;
  }

  void expect_glance() {
    sync_well("incremental");
    EXPECT_TRUE(was_glance());
  }

  // The next run is an ordinary one; the one behind it finds nothing to do again.
  Outcome expect_ordinary(int status = 0) {
    const auto outcome = sync("incremental");
    EXPECT_EQ(outcome.status, status) << outcome.everything();
    EXPECT_FALSE(was_glance());
    return outcome;
  }

 private:
  std::string map_;
};

json without_times(const Outcome& outcome) {
  json run = json::parse(outcome.out);
  for (const char* key : {"run_id", "started_at", "finished_at"}) run.erase(key);
  for (auto& table : run["tables"])
    for (const char* key : {"seconds", "last_sync_timestamp"}) table.erase(key);
  return run;
}

// What the last run left, without times and numbers of its own.
std::vector<std::string> left_behind(Office& office) {
  std::vector<std::string> all;
  for (const char* query :
       {"SELECT map, direction, mode, status, exit_status, finished_at >= started_at FROM pgtide.run WHERE run_id = "
        "(SELECT "
        "max(run_id) FROM pgtide.run)",
        "SELECT (to_jsonb(t) - 'run_id' - 'duration_ms' - 'round_trips')::text FROM pgtide.table_run t WHERE run_id = "
        "(SELECT "
        "max(run_id) FROM pgtide.run) ORDER BY table_name",
        "SELECT (to_jsonb(e) - 'run_id' - 'event_id' - 'created_at')::text FROM pgtide.event e WHERE run_id = (SELECT "
        "max(run_id) FROM pgtide.run) ORDER BY event_id",
        "SELECT table_name, sync_status, guarantee, guarantee_why, note, error_count, last_error, newest_row, "
        "stamped_until "
        "FROM pgtide.watermark ORDER BY 1",
        "SELECT table_name, sync_date, items_synced FROM pgtide.coverage ORDER BY 1, 2",
        "SELECT table_name, unfinished_xids, ids_valid, table_oid, schema_hash, mapping_hash, read_counts FROM "
        "pgtide.cursor "
        "ORDER BY 1",
        "SELECT count(*) FROM pgtide.known_row"})
    for (const auto& row : office.rows(cloud, query)) all.push_back(row);
  return all;
}

TEST(Glance, NothingToDoInFifteenTablesTakesTwoRoundTripsToEachSide) {
  Office office(13);
  Proxy to_desktop(Clusters::running().port(desktop)), to_cloud(Clusters::running().port(cloud));
  office.use_url(desktop, to_desktop.url(office.database(desktop)));
  office.use_url(cloud, to_cloud.url(office.database(cloud)));
  for (const bool others_write : {false, true}) {
    if (others_write) office.sql(desktop, "CREATE TEMPORARY TABLE x (i int); INSERT INTO x VALUES (1)");
    const int asked[] = {to_desktop.round_trips().after_connecting, to_cloud.round_trips().after_connecting};
    const int connected[] = {to_desktop.connections(), to_cloud.connections()};
    office.sync_well("incremental");
    EXPECT_LE(to_desktop.round_trips().after_connecting - asked[0], 2);
    EXPECT_LE(to_cloud.round_trips().after_connecting - asked[1], 2);
    EXPECT_EQ(to_desktop.connections() - connected[0], 1);
    EXPECT_EQ(to_cloud.connections() - connected[1], 1);
  }
}

TEST(Glance, SaysAndLeavesWhatTheOrdinaryRunDoes) {
  Office office;
  for (const bool others_write : {false, true}) {
    office.sync_well("incremental");
    if (others_write) office.sql(desktop, "SELECT txid_current()");
    const auto glanced = office.sync_well("incremental");
    EXPECT_TRUE(office.was_glance());
    const auto left = left_behind(office);
    if (others_write) office.sql(desktop, "SELECT txid_current()");
    const auto ordinary = office.run({"sync", "incremental", "--json"}, without_glance);
    EXPECT_FALSE(office.was_glance());
    EXPECT_EQ(without_times(glanced), without_times(ordinary));
    EXPECT_EQ(left, left_behind(office));
    const auto moment = [](const Outcome& outcome) {
      return json::parse(outcome.out)["tables"][0]["last_sync_timestamp"].get<std::string>();
    };
    EXPECT_LT(moment(glanced), moment(ordinary));
  }
  // days without a run
  office.sql(cloud, "UPDATE pgtide.run SET started_at = started_at - interval '3 days'; DELETE FROM pgtide.coverage");
  office.sync_well("incremental");
  EXPECT_TRUE(office.was_glance());
  EXPECT_EQ(office.number(cloud, "SELECT count(*) FROM pgtide.coverage WHERE table_name = 't1'"), 4);
}

TEST(Glance, TransactionsOfOthersArePassedWithAMarkAndTheNextRunIsIdleAgain) {
  Office office;
  office.sql(desktop, "CREATE TABLE other (i int)");
  office.expect_ordinary();
  office.sql(desktop, "INSERT INTO other VALUES (1)");
  const auto before = office.value(desktop, "SELECT token FROM pgtide.anchor");
  office.expect_glance();
  const auto marked = office.value(desktop, "SELECT token FROM pgtide.anchor");
  EXPECT_NE(marked, before);
  EXPECT_EQ(office.value(cloud, "SELECT anchor_token FROM pgtide.source"), marked);
  const auto next = office.value(cloud, "SELECT DISTINCT next_xid FROM pgtide.cursor");
  office.expect_glance();
  EXPECT_EQ(office.value(desktop, "SELECT token FROM pgtide.anchor"), marked);
  EXPECT_EQ(office.value(cloud, "SELECT DISTINCT next_xid FROM pgtide.cursor"), next);
}

TEST(Glance, RowsAreFoundAsEver) {
  Office office;
  const auto open = office.connect(desktop);
  open->run_script("BEGIN; INSERT INTO t1 VALUES (100, 'late')");
  office.sql(desktop, "INSERT INTO t2 VALUES (100, 'new')");
  office.expect_ordinary();
  office.expect_glance();  // `late` is at work still
  open->run_script("COMMIT");
  office.expect_ordinary();
  office.sql(desktop, "UPDATE names SET name = 'uno'");  // what an expression reads
  office.expect_ordinary();
  EXPECT_EQ(office.value(cloud, "SELECT name FROM looked"), "uno");
  office.sql(desktop, "DELETE FROM lines WHERE a = 2");  // without a key rows are counted
  office.expect_ordinary();
  EXPECT_EQ(office.number(cloud, "SELECT count(*) FROM lines"), 2);
  for (const char* table : {"t1", "t2", "t3"}) office.expect_same(table);
  office.expect_glance();
}

TEST(Glance, WhateverAPlanDependsOnMakesTheRunPlanAgain) {
  Office office;
  office.expect_glance();
  for (const auto& [side, statements] : std::vector<std::pair<Place, std::string>>{
           {desktop, "ALTER TABLE t1 ADD more text DEFAULT 'm'"},
           {cloud, "ALTER TABLE t1 ADD more text"},
           {cloud, "CREATE UNIQUE INDEX ON t2 (id)"},
           {cloud, "ALTER TABLE t3 ADD FOREIGN KEY (id) REFERENCES t2"},
           {cloud,
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER g "
            "BEFORE UPDATE ON t1 FOR EACH ROW EXECUTE FUNCTION f()"},
           {cloud, "DROP TRIGGER g ON t1"},
           {desktop, "CREATE TYPE mood AS ENUM ('a')"},
           {desktop, "ALTER TYPE mood ADD VALUE 'b'"},
           {desktop, "ALTER TABLE t2 ENABLE ROW LEVEL SECURITY"},
           {desktop, "GRANT SELECT ON t2 TO PUBLIC"},
           {desktop, "CREATE VIEW seen AS SELECT 1 AS one"},
           {desktop, "CREATE OR REPLACE VIEW seen AS SELECT 2 AS one"}}) {
    SCOPED_TRACE(statements);
    office.sql(side, statements);
    office.expect_ordinary();
    office.expect_glance();
  }
  EXPECT_EQ(office.value(cloud, "SELECT DISTINCT more FROM t1"), "m");
  office.use_map(office.map() + "  - desktop: names\n");
  office.sql(cloud, "CREATE TABLE names (id int PRIMARY KEY, name text)");
  office.expect_ordinary();
  office.expect_glance();
  office.expect_same("names");
  EXPECT_EQ(office.sync("incremental", {"--table", "t1"}).status, 0);
  EXPECT_FALSE(office.was_glance());
}

TEST(Glance, WhatWaitsOrBrokeOffIsForTheOrdinaryRun) {
  Office office;
  office.sql(cloud, "ALTER TABLE t1 ADD CHECK (v <> 'bad')");
  office.sql(desktop, "INSERT INTO t1 VALUES (100, 'bad')");
  office.expect_ordinary(8);
  office.expect_ordinary(8);
  office.sql(desktop, "DELETE FROM t1 WHERE id = 100");
  office.expect_ordinary();
  office.expect_glance();

  office.sql(cloud, "TRUNCATE t2");
  office.expect_ordinary();
  office.expect_same("t2");
  office.expect_glance();

  office.sql(cloud,
             "INSERT INTO pgtide.run (map, direction, mode) SELECT map, direction, 'incremental' FROM pgtide.run "
             "LIMIT 1");
  office.expect_ordinary();
  EXPECT_EQ(office.number(cloud, "SELECT count(*) FROM pgtide.run WHERE status = 'killed'"), 1);
  office.expect_glance();

  EXPECT_EQ(office.run({"watermark", "reset", "--table", "t3", "--yes"}).status, 0);
  office.expect_ordinary();
  EXPECT_EQ(office.number(cloud,
                          "SELECT rows_read FROM pgtide.table_run WHERE run_id = (SELECT max(run_id) FROM pgtide.run) "
                          "AND table_name = 't3'"),
            20);
  office.expect_glance();

  office.sql(desktop, "TRUNCATE t3");
  office.expect_ordinary(11);
  office.expect_ordinary(11);
}

TEST(Glance, ASourceThatIsNotTheSameAnyMoreIsNoticed) {
  Office office;
  office.expect_glance();
  office.sql(desktop, "DELETE FROM pgtide.anchor");  // as in a backup from before
  EXPECT_THAT(office.expect_ordinary().everything(), HasSubstr("compared whole"));
  office.expect_glance();
  office.sql(cloud, "UPDATE pgtide.source SET system_identifier = '1'");
  const auto refused = office.sync("incremental");
  EXPECT_EQ(refused.status, 5) << refused.everything();
}

TEST(Glance, OneRunAtATime) {
  Office office;
  const auto other = office.connect(cloud);
  other->run_script(
      "BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('pgtide forward ' || (SELECT DISTINCT map FROM "
      "pgtide.cursor), 0))");
  EXPECT_EQ(office.sync("incremental").status, 6);
  other->run_script("ROLLBACK");
  office.expect_glance();
}

TEST(Glance, ATableThatIsLockedDoesNotHoldTheRunUpForLong) {
  Office office;
  const auto other = office.connect(cloud);
  other->run_script("BEGIN; LOCK TABLE t1");
  const auto before = office.value(cloud, "SELECT max(run_id) FROM pgtide.run");
  const auto run = office.start({"sync", "incremental", "--json"});
  office.wait_until(cloud, "SELECT max(run_id) > " + before + " FROM pgtide.run");  // the ordinary one
  other->run_script("ROLLBACK");
  const auto outcome = run->wait();
  EXPECT_EQ(outcome.status, 0) << outcome.everything();
  EXPECT_FALSE(office.was_glance());
  office.expect_glance();
}

TEST(Glance, ReverseIsGlancedAtToo) {
  Office office;
  office.sql("CREATE TABLE back (id int PRIMARY KEY, v text)");
  office.sql(cloud, "INSERT INTO back VALUES (1, 'a')");
  office.use_map(office.map() + "  - cloud: back\n    direction: reverse\n");
  office.sync_well("reverse");
  office.sync_well("reverse");
  EXPECT_TRUE(office.was_glance(desktop));
  office.sync_well("incremental");  // writes in the cloud
  office.sync_well("reverse");
  EXPECT_TRUE(office.was_glance(desktop));
  office.sql(cloud, "INSERT INTO back VALUES (2, 'b')");
  office.sync_well("reverse");
  EXPECT_FALSE(office.was_glance(desktop));
  office.expect_same("back");
}

TEST(Glance, ARunThatIsKilledBehindItsMarkIsMadeGood) {
  Office office;
  office.sql(desktop, "SELECT txid_current()");
  EXPECT_EQ(office.run({"sync", "incremental"}, {{"PGTIDE_FAULT", "glance_taken"}}).status, 128 + 9);
  office.sql(desktop, "INSERT INTO t1 VALUES (100, 'new')");
  const auto next = office.expect_ordinary();
  EXPECT_THAT(next.everything(), Not(HasSubstr("compared whole")));
  office.expect_same("t1");
  office.expect_glance();
}

TEST(Glance, TablesWithoutNewRowsAreClosedTogether) {
  Office office;
  office.sql(desktop, "CREATE TABLE child (id int PRIMARY KEY, t1 int)");
  office.sql(cloud, "CREATE TABLE child (id int PRIMARY KEY, t1 int REFERENCES t1)");
  office.use_map(office.map() + "  - desktop: child\n");
  office.expect_ordinary();
  office.expect_glance();
  office.sql(desktop, "INSERT INTO t2 VALUES (100, 'new')");
  office.expect_ordinary();
  office.expect_same("t2");
  EXPECT_THAT(office.rows(cloud,
                          "SELECT table_name, status, round_trips > 0 FROM pgtide.table_run WHERE run_id = (SELECT "
                          "max(run_id) FROM pgtide.run) AND table_name IN ('t1', 't2', 't3', 'child') ORDER BY 1"),
              ElementsAre("child|ok|f", "t1|ok|f", "t2|ok|t", "t3|ok|f"));
  office.expect_glance();
  // what refers to a table that fails is skipped, whether it has new rows or not
  office.sql(cloud,
             "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE insufficient_resources; END'; "
             "CREATE TRIGGER fail BEFORE INSERT ON t1 FOR EACH ROW EXECUTE FUNCTION fail()");
  office.expect_ordinary();
  office.sql(desktop, "INSERT INTO t1 VALUES (100, 'new')");
  office.run({"sync", "incremental", "--retry-for", "0s"});
  EXPECT_EQ(office.value(cloud, "SELECT sync_status FROM pgtide.watermark WHERE table_name = 'child'"), "skipped");
}

}  // namespace
