// Servers of any two versions of PostgreSQL, as scripts/matrix.sh puts them together: all commands, and what only the
// newest version can have.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::Pair;
using support::Place;
using testing::ElementsAre;
using testing::HasSubstr;

int version_of(Pair& pair, Place place) {
  return std::stoi(pair.value(place, "SELECT current_setting('server_version_num')")) / 10000;
}

long long written(const support::Outcome& outcome) {
  long long sum = 0;
  const auto run = outcome.json();
  for (const auto& table : run["tables"])
    sum += table["inserted"].get<long long>() + table["updated"].get<long long>() + table["deleted"].get<long long>();
  return sum;
}

// Without this a matrix that starts the same server everywhere would pass.
TEST(Versions, TheServersAreThoseThatWereChosen) {
  Pair pair(Contents::reused);
  for (const Place place : {desktop, cloud}) {
    const char* folder = std::getenv(place == desktop ? "PGTIDE_DESKTOP_PG_BIN" : "PGTIDE_CLOUD_PG_BIN");
    if (!folder) continue;
    const auto said = support::Program({std::string(folder) + "/postgres", "--version"}, {}).wait();
    EXPECT_THAT(said.out, HasSubstr(" " + std::to_string(version_of(pair, place)) + ".")) << folder;
  }
}

TEST(Versions, EveryCommandWorksOnTheSample) {
  Pair pair(Contents::sample);
  pair.use_map_file(PGTIDE_SOURCE_DIR "/tablemaps/practice.yaml");
  const auto well = [&](const std::vector<std::string>& words) {
    const auto outcome = pair.run(words);
    EXPECT_EQ(outcome.status, 0) << words.front() << ": " << outcome.everything();
    return outcome;
  };
  well({"init"});
  for (const char* mode : {"full", "incremental", "reverse"}) well({"plan", mode});
  pair.sync_well("full");
  EXPECT_EQ(written(pair.sync_well("full")), 0);

  pair.sql(desktop,
           "UPDATE climaster SET clientname = clientname || ' & Sons' WHERE client_id = 7; "
           "UPDATE jobtasks SET actual_man_min = 61 WHERE job_id = 11 AND taskorder = 1");
  EXPECT_THAT(well({"plan", "incremental"}).out, HasSubstr("by transaction id"));
  const auto incremental = pair.sync_well("incremental");
  EXPECT_EQ(incremental.table("climaster")["updated"], 1);
  EXPECT_EQ(incremental.table("climaster")["read"], 1);
  EXPECT_EQ(written(pair.sync_well("incremental")), 0);

  pair.sql(
      cloud,
      "INSERT INTO workdiary (org_id, con_id, loc_id, staff_id, job_id, task_id, date, timefrom, timeto, minutes, "
      "tasknotes, doc_ref, source) SELECT 1, 0, 1, i, i, 1, date '2026-01-01' + i, '09:30', '10:30', 60, 'note', 'x', "
      "'M' FROM generate_series(1, 3) i");
  EXPECT_EQ(pair.sync_well("reverse").table("workdiary")["inserted"], 3);
  EXPECT_EQ(written(pair.sync_well("reverse")), 0);
  EXPECT_EQ(written(pair.sync_well("full")), 0);

  well({"status", "--check", "--max-age", "1h"});
  const auto compared =
      support::Program({PGTIDE_SOURCE_DIR "/scripts/compare.sh", pair.url(desktop), pair.url(cloud)}, {}).wait();
  EXPECT_EQ(compared.status, 0) << compared.everything();
}

// Memory made by one version is read by the other: the hash of a row is computed at both ends.
TEST(Versions, BothSidesComputeTheSameOfARow) {
  Pair pair(Contents::reused);
  pair.sql(
      "CREATE TABLE t (id int PRIMARY KEY, b bytea, n numeric, f float8, j jsonb, i interval, s timestamptz, a text[], "
      "r numrange)");
  pair.sql(
      desktop,
      "INSERT INTO t SELECT i, decode(repeat('ff00', i), 'hex'), i / 3.0, i / 3.0::float8, jsonb_build_object('ä', i), "
      "i * interval '25 hours', timestamptz '2020-03-29 00:30:00+00' + i * interval '1 hour', ARRAY[i::text, NULL, "
      "''], "
      "numrange(i, NULL) FROM generate_series(1, 50) i");
  pair.use_map("  - desktop: t\n    direction: both\n");
  pair.sync_well("full");
  const auto reverse = pair.sync_well("reverse");
  EXPECT_EQ(written(reverse), 0) << "what was sent is no news";
  const auto again = pair.sync_well("full");
  EXPECT_EQ(written(again), 0) << again.out;
  pair.sql(cloud, "UPDATE t SET n = n + 1 WHERE id = 5");
  EXPECT_EQ(pair.sync_well("full").table("t")["skipped"], 1) << "the cloud's edit is told from what was sent";
  pair.sql(desktop, "UPDATE t SET f = -f WHERE id = 6");
  EXPECT_EQ(pair.sync_well("incremental").table("t")["updated"], 1);
}

// ---- what came with PostgreSQL 18; an older server gets the nearest thing to it

TEST(Versions, VirtualGeneratedColumnsAreComputedAtTheSourceAndNeverWritten) {
  Pair pair(Contents::reused);
  const auto generated = [&](Place place, const std::string& expression) {
    return " GENERATED ALWAYS AS (" + expression + ") " + (version_of(pair, place) >= 18 ? "VIRTUAL" : "STORED");
  };
  pair.sql(desktop, "CREATE TABLE t (id int PRIMARY KEY, v int, doubled int" + generated(desktop, "v * 2") +
                        "); CREATE TABLE u (id int PRIMARY KEY, v int); INSERT INTO t (id, v) VALUES (1, 10), (2, 20); "
                        "INSERT INTO u VALUES (1, 10)");
  pair.sql(cloud,
           "CREATE TABLE t (id int PRIMARY KEY, v int, doubled int); CREATE TABLE u (id int PRIMARY KEY, v int, "
           "doubled int" +
               generated(cloud, "v * 2") + ")");
  pair.use_map("  - desktop: t\n  - desktop: u\n");
  pair.sync_well("full");
  EXPECT_THAT(pair.contents(cloud, "t"), ElementsAre("(1,10,20)", "(2,20,40)"));
  EXPECT_THAT(pair.contents(cloud, "u"), ElementsAre("(1,10,20)"));
  pair.sql(desktop, "UPDATE t SET v = 11 WHERE id = 1; UPDATE u SET v = 11");
  pair.sync_well("incremental");
  EXPECT_THAT(pair.contents(cloud, "t"), ElementsAre("(1,11,22)", "(2,20,40)"));
  EXPECT_THAT(pair.contents(cloud, "u"), ElementsAre("(1,11,22)"));
  EXPECT_EQ(written(pair.sync_well("full")), 0);
  // another expression changes every row without touching one
  const std::string other = version_of(pair, desktop) >= 17
                                ? "ALTER TABLE t ALTER doubled SET EXPRESSION AS (v * 3)"
                                : "ALTER TABLE t DROP doubled, ADD doubled int GENERATED ALWAYS AS (v * 3) STORED";
  pair.sql(desktop, other);
  pair.sync_well("incremental");
  EXPECT_THAT(pair.contents(cloud, "t"), ElementsAre("(1,11,33)", "(2,20,60)"));
}

TEST(Versions, ANotNullThatIsNotCheckedHidesNoRow) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (a int, b int, v text)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, NULL, 'x'), (1, 2, 'y')");
  for (const Place place : {desktop, cloud}) {
    pair.sql(place, "CREATE UNIQUE INDEX ON t (a, b)");
    if (version_of(pair, place) >= 18)
      pair.sql(place, "ALTER TABLE t ADD CONSTRAINT checked_later NOT NULL b NOT VALID");
  }
  if (version_of(pair, cloud) >= 18) pair.sql(cloud, "ALTER TABLE t ALTER b DROP NOT NULL");
  pair.use_map("  - desktop: t\n    key: [a, b]\n");
  pair.sync_well("full");
  pair.expect_same("t");
  EXPECT_EQ(pair.sync_well("full").table("t")["unchanged"], 2) << "the row with NULL is found again";
  pair.sql(desktop, "UPDATE t SET v = 'z' WHERE b = 2");
  pair.sync_well("incremental");
  pair.expect_same("t");
}

TEST(Versions, AKeyWithoutOverlapsIsNoArbiterAndDoublesNothing) {
  Pair pair(Contents::reused);
  for (const Place place : {desktop, cloud}) {
    const bool temporal = version_of(pair, place) >= 18;
    pair.sql(place, std::string("CREATE TABLE t (room int4range, during daterange, v text, PRIMARY KEY (room, during") +
                        (temporal ? " WITHOUT OVERLAPS" : "") + "))");
  }
  pair.sql(desktop,
           "INSERT INTO t VALUES ('[1,2)', '[2020-01-01,2020-02-01)', 'x'), ('[1,2)', '[2020-02-01,2020-03-01)', 'y')");
  pair.use_map("  - desktop: t\n    key: [room, during]\n");
  pair.sync_well("full");
  pair.expect_same("t");
  EXPECT_EQ(written(pair.sync_well("full")), 0);
  pair.sql(desktop,
           "UPDATE t SET v = 'z' WHERE v = 'x'; INSERT INTO t VALUES ('[2,3)', '[2020-01-01,2020-02-01)', 'w')");
  pair.sync_well("incremental");
  pair.expect_same("t");
}

}  // namespace
