// A full run that reads what differs only: it finds every difference, and does what a run that reads every row would.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/chance.hpp"
#include "tests/support/counts.hpp"
#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::Pair;
using testing::HasSubstr;
using testing::IsEmpty;

// Two values of a type that a careless hash takes for one.
struct Twins {
  const char* type;
  const char* one;
  const char* other;
};

const std::vector<Twins> look_alikes = {
    {"int", "1", "NULL"},
    {"smallint", "0", "NULL"},
    {"bigint", "1", "4294967296"},
    {"bigint", "-1", "0"},
    {"bigint", "4294967295", "-4294967296"},
    {"numeric", "1.0", "1.00"},
    {"numeric(12,2)", "100", "-100"},
    {"numeric(12,2)", "0", "NULL"},
    {"numeric(12,2)", "'NaN'", "0"},
    {"numeric(20,2)", "1", "10000"},
    {"float8", "0", "'-0'"},
    {"float8", "'NaN'", "0"},
    {"float8", "'NaN'", "NULL"},
    {"float8", "0", "NULL"},
    {"float8", "'Infinity'", "'-Infinity'"},
    {"float4", "0", "'-0'"},
    {"timestamp", "'2024-01-01'", "timestamp '2024-01-01' + interval '4294.967296 s'"},
    {"timestamp", "'1970-01-01'", "timestamp '2000-01-01' + (timestamp '2000-01-01' - '1970-01-01')"},
    {"timestamp", "'infinity'", "'-infinity'"},
    {"timestamptz", "'2024-01-01 00:00+00'", "timestamptz '2024-01-01 00:00+00' + interval '4294.967296 s'"},
    {"timestamptz", "'2000-01-01 00:00:00.000001+00'", "'2000-01-01 01:11:34.967296+00'"},
    {"timestamptz", "'1999-12-31 23:59:59.999999+00'", "'2000-01-01 01:11:34.967295+00'"},
    {"timestamptz", "'infinity'", "'-infinity'"},
    {"timestamptz", "'2000-01-01 00:00+00'", "NULL"},
    {"date", "'infinity'", "'-infinity'"},
    {"date", "'infinity'", "NULL"},
    {"date", "'2000-01-01'", "NULL"},
    {"time", "'00:00'", "time '00:00' + interval '4294.967297 s'"},
    {"interval", "'1 day'", "'24 hours'"},
    {"text", "''", "NULL"},
    {"text", "'a '", "'a'"},
    {"text", "'Smith'", "'SMITH'"},
    {"varchar(10)", "'a'", "'a '"},
    {"char(3)", "'a'", "'b'"},
    {"bpchar", "'a '::bpchar", "'a'::bpchar"},
    {"boolean", "false", "NULL"},
    {"uuid", "'00000000-0000-0000-0000-000000000000'", "NULL"},
    {"json", R"('{"a": 1, "b": 2}')", R"('{"b": 2, "a": 1}')"},
    {"jsonb", "'1.0'", "'1.00'"},
    {"bytea", R"('\x00')", R"('\x0000')"},
    {"int[]", "'{1,2}'", "'[0:1]={1,2}'"},
    {"int4range", "'[1,3)'", "'empty'"},
    {"inet", "'10.0.0.1'", "'10.0.0.1/8'"},
};

TEST(Difference, TellsValuesApartThatLookAlike) {
  Pair pair(Contents::reused);
  std::string map;
  for (std::size_t i = 0; i < look_alikes.size(); ++i) {
    const auto& [type, one, other] = look_alikes[i];
    const std::string name = "t" + std::to_string(i);
    pair.sql("CREATE TABLE " + name + " (id int PRIMARY KEY, a " + type + ", b " + type + ")");
    pair.sql(desktop, "INSERT INTO " + name + " VALUES (1, " + one + ", " + other + "), (2, " + other + ", " + one +
                          "), (3, " + one + ", " + one + ")");
    map += "  - {desktop: " + name + ", key: [id]}\n";
  }
  pair.use_map(map);
  pair.sync_well("full");
  // rows and columns exchange their values, so that sums of sloppy hashes stay what they are
  for (std::size_t i = 0; i < look_alikes.size(); ++i) {
    const auto& [type, one, other] = look_alikes[i];
    const std::string name = "t" + std::to_string(i);
    pair.sql(cloud, "UPDATE " + name + " SET a = " + other + ", b = " + one + " WHERE id = 1; UPDATE " + name +
                        " SET a = " + one + ", b = " + other + " WHERE id = 2; UPDATE " + name + " SET a = " + other +
                        ", b = " + other + " WHERE id = 3");
  }
  for (const char* method : {"ranges", "rows"}) {
    const auto seen = pair.sync_well("full", {"--method", method}).json();
    for (const auto& table : seen["tables"])
      EXPECT_EQ(table["skipped"], 3) << table.dump()
                                     << look_alikes[std::stoul(table["table"].get<std::string>().substr(1))].type;
  }
  pair.sync_well("full", {"--overwrite"});
  for (std::size_t i = 0; i < look_alikes.size(); ++i)
    pair.expect_same("t" + std::to_string(i), "t" + std::to_string(i), "id, a::text, b::text");
}

// A table with rows of both sides' making.
class Two : public Pair {
 public:
  explicit Two(const std::string& more = "", int rows = 3000) : Pair(Contents::reused) {
    sql(desktop,
        "CREATE TABLE t (id int PRIMARY KEY, v text, n numeric(12,2), updated_at timestamp DEFAULT now()); INSERT INTO "
        "t SELECT i, 'v' || i, i / 7.0 FROM generate_series(1, " +
            std::to_string(rows) + ") i; ANALYZE t");
    sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v varchar(20), n numeric(12,2), updated_at timestamp)");
    use_map("  - {desktop: t, key: [id]" + more + "}\n");
    sync_well("full");
  }

  // read inserted updated unchanged skipped conflicted
  std::string full(const std::vector<std::string>& more = {}, int status = 0) {
    const auto done = sync("full", more);
    EXPECT_EQ(done.status, status) << done.everything();
    const auto table = done.table("t");
    std::string counts;
    for (const char* count : {"read", "inserted", "updated", "unchanged", "skipped", "conflicted", "quarantined"})
      counts += std::to_string(table[count].get<long long>()) + " ";
    bytes = table["bytes"].get<long long>();
    return counts;
  }

  long long bytes = 0;
};

TEST(Difference, SendsNoRowWhereAllAreEqual) {
  Two pair;
  EXPECT_EQ(pair.full(), "3000 0 0 3000 0 0 0 ");
  EXPECT_EQ(pair.bytes, 0);
  EXPECT_EQ(pair.full({"--exact"}), "3000 0 0 3000 0 0 0 ");
  EXPECT_GT(pair.bytes, 3000 * 10);
}

// The days of a first load and of a full run that compares are counted at the source, by another way than a cast.
TEST(Difference, CountsEachRowOnItsDay) {
  for (const char* type : {"timestamptz", "timestamp"}) {
    SCOPED_TRACE(type);
    Pair pair(Contents::reused);
    pair.sql(std::string("CREATE TABLE t (id int PRIMARY KEY, updated_at ") + type + ")");
    std::string values;
    int id = 0;
    for (const char* stamp :
         {"1999-12-31 00:00", "1999-12-31 23:59:59.999999", "2000-01-01 00:00", "2000-01-01 23:59:59.999999",
          "2024-02-29 23:59:59.999999", "2024-03-01 00:00", "2024-03-01 12:00", "infinity", "-infinity",
          "1900-03-01 00:00", "0001-01-01 00:00", "9999-12-31 23:59:59.999999"})
      values += (values.empty() ? "(" : ", (") + std::to_string(++id) + ", '" + stamp + "')";
    pair.sql(desktop, "SET timezone = 'UTC'; INSERT INTO t VALUES " + values + "; INSERT INTO t VALUES (0)");
    pair.use_map("  - {desktop: t, key: [id]}\n", "map: test\ndesktop: {timezone: UTC}\ncloud: {timezone: UTC}\n");
    const auto days = pair.rows(desktop, std::string("SET timezone = 'UTC'; SELECT updated_at::date, count(*) FROM t "
                                                     "WHERE isfinite(updated_at) GROUP BY 1 ORDER BY 1"));
    EXPECT_EQ(days.size(), 7u);
    for (const char* run : {"the first load", "the difference"}) {
      if (pair.number(cloud, "SELECT count(*) FROM pg_namespace WHERE nspname = 'pgtide'") > 0)  // to be counted again
        pair.sql(cloud, "UPDATE pgtide.watermark SET covered_rows = NULL");
      pair.sync_well("full");
      EXPECT_EQ(
          pair.rows(cloud, "SELECT sync_date, items_synced FROM pgtide.coverage WHERE items_synced > 0 ORDER BY 1"),
          days)
          << run;
    }
  }
}

// Days are not counted again where the rows are those that were counted: then the wrong number here would stay.
TEST(Difference, CountsTheDaysAgainAsSoonAsARowMayHaveChanged) {
  Pair pair(Contents::reused);
  pair.sql(
      "CREATE TABLE t (id int PRIMARY KEY, v text, updated_at timestamptz); CREATE TABLE u (id int PRIMARY KEY, v "
      "text, "
      "updated_at timestamptz)");
  pair.sql(desktop,
           "INSERT INTO t SELECT i, 'v', timestamptz '2024-01-01 12:00+00' + i * interval '1 hour' FROM "
           "generate_series(1, 48) i; INSERT INTO u VALUES (1, 'v', now())");
  pair.use_map("  - {desktop: t, key: [id]}\n  - {desktop: u, key: [id]}\n");
  pair.sync_well("full");
  const auto days = [&] {
    return pair.rows(cloud,
                     "SELECT sync_date, items_synced FROM pgtide.coverage WHERE table_name = 't' AND items_synced > 0 "
                     "ORDER BY 1");
  };
  const auto expected = [&] {
    return pair.rows(desktop,
                     "SELECT (updated_at AT TIME ZONE 'UTC')::date, count(*) FROM t WHERE updated_at IS NOT NULL GROUP "
                     "BY 1 ORDER BY 1");
  };
  const auto spoil = [&] {  // but for their sum
    pair.sql(cloud,
             "UPDATE pgtide.coverage SET items_synced = items_synced + CASE sync_date WHEN '2024-01-02' THEN 5 ELSE -5 "
             "END, synced_at = '2020-01-01' WHERE table_name = 't' AND sync_date IN ('2024-01-02', '2024-01-03')");
  };
  EXPECT_EQ(days(), expected());
  pair.sql(cloud, "DELETE FROM pgtide.coverage WHERE sync_date = '2024-01-02'");
  pair.sync_well("full");
  EXPECT_EQ(days(), expected()) << "what was counted is gone";
  spoil();
  pair.sync_well("full");
  EXPECT_NE(days(), expected()) << "counted again for nothing";
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM pgtide.coverage WHERE synced_at < '2021-01-01'"), 0);

  // the number of rows stays, and by the last run none is new
  for (const char* change : {"DELETE FROM t WHERE id = 1; INSERT INTO t VALUES (101, 'v', NULL)",
                             "UPDATE t SET updated_at = NULL WHERE id = 2",
                             "DELETE FROM t WHERE id = 3; INSERT INTO t VALUES (103, 'v', '2023-05-05 00:00+00')"}) {
    SCOPED_TRACE(change);
    pair.sql(desktop, change);
    pair.sync_well("incremental");
    spoil();
    pair.sync_well("full");
    EXPECT_EQ(days(), expected());
  }
  for (const char* change : {"DELETE FROM t WHERE id = 4", "INSERT INTO t VALUES (104, 'v', '2023-05-05 00:00+00')",
                             "UPDATE t SET updated_at = '2023-06-06 00:00+00' WHERE id = 5"}) {
    SCOPED_TRACE(change);
    pair.sql(desktop, change);
    spoil();
    pair.sync_well("full");
    EXPECT_EQ(days(), expected());
  }
  pair.sql(desktop, "UPDATE t SET v = 'w' WHERE id = 6");
  EXPECT_EQ(pair.run({"resync", "--table", "t", "--since", "2024-01-01", "--until", "2024-01-01"}).status, 0);
  spoil();
  pair.sync_well("full");
  EXPECT_EQ(days(), expected());
}

// Of a large table a sample says whether to look for news first; rows that were written since are few pages at its end,
// which it seldom meets.
TEST(Difference, FindsTheNewsOfALargeTableWhetherItsSampleMeetsThemOrNot) {
  Two pair("", 120'000);
  EXPECT_EQ(pair.full(), "120000 0 0 120000 0 0 0 ");
  // in one group; in each group; in few groups, beside what the cloud changed; equal to what the cloud holds already
  pair.sql(desktop, "UPDATE t SET v = 'one' WHERE id = 70007");
  EXPECT_EQ(pair.full(), "120000 0 1 119999 0 0 0 ");
  pair.sql(desktop, "UPDATE t SET v = 'each' WHERE id % 500 = 0");
  EXPECT_EQ(pair.full(), "120000 0 240 119760 0 0 0 ");
  pair.sql(desktop, "UPDATE t SET v = 'few' WHERE id IN (5, 6); INSERT INTO t VALUES (200000, 'new', 1)");
  pair.sql(cloud, "UPDATE t SET v = 'cloud' WHERE id IN (7, 70000)");
  EXPECT_EQ(pair.full(), "120001 1 2 119996 2 0 0 ");
  pair.expect_same("t", "t", "id, n");
  pair.sql("UPDATE t SET v = 'both' WHERE id = 9");
  EXPECT_EQ(pair.full(), "120001 0 0 119999 2 0 0 ");
  pair.sql(desktop, "UPDATE t SET v = 'mine' WHERE id = 9");
  EXPECT_EQ(pair.full(), "120001 0 1 119998 2 0 0 ") << "both sides had agreed on it";
  pair.sync_well("full", {"--overwrite"});
  pair.expect_same("t", "t", "id, v, n");
}

TEST(Difference, WritesWhatTheDesktopChangedAndNothingElse) {
  Two pair;
  pair.sql(desktop, "UPDATE t SET v = 'new' WHERE id % 100 = 0; INSERT INTO t VALUES (5000, 'more', 1)");
  EXPECT_EQ(pair.full(), "3001 1 30 2970 0 0 0 ");
  pair.expect_same("t", "t", "id, v, n");
  EXPECT_LT(pair.bytes, 31 * 100);
  EXPECT_EQ(pair.number(cloud, "SELECT sum(items_synced) FROM pgtide.coverage"), 3001);
}

TEST(Difference, LeavesWhatTheCloudChangedOrDeletedUnlessItIsToBeOverwritten) {
  Two pair;
  pair.sql(cloud,
           "UPDATE t SET v = 'cloud' WHERE id = 7; DELETE FROM t WHERE id = 8; INSERT INTO t VALUES (-4, 'own')");
  for (const char* method : {"ranges", "rows", "stream"})
    EXPECT_EQ(pair.full({"--method", method}), "3000 0 0 2998 2 0 0 ") << method;
  EXPECT_EQ(pair.full({"--overwrite"}), "3000 1 1 2998 0 0 0 ");
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM t"), 3001);
}

TEST(Difference, ConflictsAndRowsThatDoNotFitAreJudgedAsEver) {
  Two pair(", conflicts: manual");
  pair.sql(cloud, "ALTER TABLE t ADD CHECK (n > 0); UPDATE t SET v = 'cloud' WHERE id IN (7, 8)");
  pair.sql(desktop,
           "UPDATE t SET v = 'desktop' WHERE id = 7; UPDATE t SET n = -1 WHERE id = 9; UPDATE t SET v = "
           "'cloud' WHERE id = 8");
  const std::string expected = "3000 0 0 2998 0 1 1 ";
  EXPECT_EQ(pair.full({}, 8), expected);
  EXPECT_EQ(pair.full({}, 8), expected) << "they wait, and are looked at again";
  EXPECT_EQ(pair.full({"--exact"}, 8), expected);
  pair.sql(desktop, "UPDATE t SET n = 1 WHERE id = 9");
  pair.sql(cloud, "UPDATE t SET v = 'desktop' WHERE id = 7");
  EXPECT_EQ(pair.full(), "3000 0 1 2999 0 0 0 ");
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM pgtide.conflict WHERE resolved_at IS NULL"), 0);
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM pgtide.quarantine"), 0);
  // both sides made the same edit of row 8: it was agreed on, so that only the cloud changes it now
  pair.sql(cloud, "UPDATE t SET v = 'again' WHERE id = 8");
  EXPECT_EQ(pair.full(), "3000 0 0 2999 1 0 0 ");
}

TEST(Difference, ComputedColumnsAndConvertedOnesAreComparedAsTheTargetHoldsThem) {
  Pair pair(Contents::reused);
  pair.sql(desktop,
           "CREATE TABLE t (id int PRIMARY KEY, v text, d date, n numeric(8,1)); INSERT INTO t SELECT i, 'v' || i, "
           "'2024-01-01'::date + i, i FROM generate_series(1, 2000) i");
  pair.sql(cloud, "CREATE TABLE t (id bigint PRIMARY KEY, v text, loud text, d timestamp, n numeric(12,3))");
  pair.use_map("  - {desktop: t, key: [id], forward: {columns: {loud: upper(v)}}}\n");
  pair.sync_well("full");
  auto table = pair.sync_well("full").table("t");
  EXPECT_EQ(table["bytes"], 0) << table.dump();
  EXPECT_EQ(table["unchanged"], 2000);
  pair.sql(cloud, "UPDATE t SET loud = 'quiet' WHERE id = 5");
  table = pair.sync_well("full", {"--overwrite"}).table("t");
  EXPECT_EQ(table["updated"], 1) << table.dump();
  EXPECT_EQ(pair.value(cloud, "SELECT loud FROM t WHERE id = 5"), "V5");
}

TEST(Difference, ARowThatCannotBeReadWaitsAndTheOthersAreCopied) {
  Pair pair(Contents::reused);
  pair.sql(desktop,
           "CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t SELECT i, i FROM generate_series(1, 500) i");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v int)");
  pair.use_map("  - {desktop: t, key: [id], forward: {columns: {v: 100 / v}}}\n");
  pair.sync_well("full");
  pair.sql(desktop, "UPDATE t SET v = 0 WHERE id = 3; UPDATE t SET v = 50 WHERE id = 4");
  const auto done = pair.sync("full");
  EXPECT_EQ(done.status, 8) << done.everything();
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 4"), "2");
  EXPECT_EQ(done.table("t")["quarantined"], 1);
  EXPECT_EQ(done.table("t")["read"], 500);
}

TEST(Difference, WhatIsLeftOfARunThatWasKilledIsDoneByTheNext) {
  Two pair;
  pair.sql(desktop, "UPDATE t SET v = 'new' WHERE id % 2 = 0 AND id < 1500");
  pair.sql(cloud, "DELETE FROM t WHERE id = 2999");
  for (const char* point : {"chunk_merged", "chunk_committed", "table_merged", "table_committed"})
    pair.run({"sync", "full", "--overwrite"}, {{"PGTIDE_FAULT", point}});
  pair.sync_well("full", {"--overwrite"});
  pair.expect_same("t", "t", "id, v, n");
}

TEST(Difference, PlanSaysHowRowsAreComparedAndWhy) {
  Two pair;
  auto plan = pair.run({"plan", "full", "--json"}).json()[0];
  EXPECT_EQ(plan["refresh"], "ranges") << plan.dump();
  EXPECT_THAT(pair.run({"plan", "full"}).out, HasSubstr("compares    ranges: "));
  EXPECT_EQ(pair.run({"plan", "full", "--json", "--exact"}).json()[0]["refresh"], "stream");
  EXPECT_EQ(pair.run({"plan", "incremental", "--json"}).json()[0]["refresh"], nullptr);
  pair.use_map("  - {desktop: t, key: [id], method: rows}\n");
  plan = pair.run({"plan", "full", "--json"}).json()[0];
  EXPECT_EQ(plan["refresh"], "rows") << plan.dump();
  EXPECT_EQ(plan["refresh_why"], "the map says so");
}

// The same edits on both sides of two pairs; one is refreshed by a difference, the other by sending every row.
TEST(Difference, EndsWhereSendingEveryRowEnds) {
  for (const char* method : {"ranges", "rows"}) {
    support::Chance chance(std::string("difference by ") + method);
    Two by_difference(", conflicts: manual, deletes: hard, fuse: 100%", 400);
    Two by_stream(", conflicts: manual, deletes: hard, fuse: 100%", 400);
    for (int round = 0; round < 4; ++round) {
      for (int edit = 0; edit < 25; ++edit) {
        const auto id = std::to_string(chance.between(1, 420)), v = std::to_string(chance.between(0, 5));
        const auto side = chance.one_in(2) ? desktop : cloud;
        const auto what = chance.between(0, 3);
        const std::string change =
            what == 0   ? "DELETE FROM t WHERE id = " + id
            : what == 1 ? "INSERT INTO t VALUES (" + id + ", 'v" + v + "', " + v + ") ON CONFLICT DO NOTHING"
                        : "UPDATE t SET v = 'v" + v + "' WHERE id = " + id;
        by_difference.sql(side, change);
        by_stream.sql(side, change);
      }
      const auto one = by_difference.sync("full", {"--method", method}), other = by_stream.sync("full", {"--exact"});
      ASSERT_EQ(one.status, other.status) << one.everything() << other.everything();
      for (const char* count :
           {"read", "inserted", "updated", "unchanged", "skipped", "conflicted", "quarantined", "deleted"})
        EXPECT_EQ(one.table("t")[count], other.table("t")[count]) << count << " in round " << round;
      ASSERT_EQ(by_difference.contents(cloud, "t", "id, v, n"), by_stream.contents(cloud, "t", "id, v, n"));
    }
  }
}

// Tables that are written in one transaction: without a key, and with one that no index of the target keeps unique.
class AtOnce : public Pair {
 public:
  AtOnce() : Pair(Contents::reused) {
    sql("CREATE TABLE p (id int PRIMARY KEY, name text)");
    sql(desktop,
        "CREATE TABLE t (a int, b text, source char(1), updated_at timestamp); CREATE TABLE u (id int, v text); INSERT "
        "INTO p SELECT i, 'p' || i FROM generate_series(0, 4) i; INSERT INTO t SELECT i, 'b' || i % 7, 'D', "
        "'2026-01-01'::date + i % 3 FROM generate_series(1, 300) i; INSERT INTO t SELECT * FROM t WHERE a < 10; INSERT "
        "INTO u SELECT i, 'v' || i FROM generate_series(1, 200) i");
    sql(cloud,
        "CREATE TABLE t (number bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, a bigint, b text, looked text, "
        "source char(1) DEFAULT 'D', updated_at timestamp); CREATE TABLE u (id int, v text)");
    use_map(
        "  - {desktop: p, key: [id]}\n"
        "  - {desktop: t, key: none, match: [a], origin: {column: source, desktop: D, cloud: M}, forward: {join: "
        "\"LEFT JOIN p ON p.id = t.a % 5\", columns: {looked: p.name}}}\n"
        "  - {desktop: u, key: [id]}\n");
    sync_well("full");
    sync_well("full");
  }

  // What is in the cloud, and what is remembered of it.
  std::vector<std::vector<std::string>> all() {
    return {contents(cloud, "t", "number, a, b, looked, source"), contents(cloud, "u", "id, v"),
            contents(cloud,
                     "(SELECT known_id, key_hash, image, number FROM pgtide.known_row UNION SELECT known_id, "
                     "key_hash, image, NULL FROM pgtide.known_loaded) k",
                     "*"),
            contents(cloud, "pgtide.coverage", "table_name, sync_date, items_synced")};
  }
};

TEST(Difference, OfTablesWrittenInOneTransactionNoRowTravelsWhereAllAreEqual) {
  AtOnce pair;
  const auto before = pair.all();
  const auto run = pair.sync_well("full");
  for (const char* table : {"t", "u"}) {
    EXPECT_EQ(run.table(table)["bytes"], 0) << run.everything();
    EXPECT_EQ(run.table(table)["read"], run.table(table)["unchanged"]);
  }
  EXPECT_EQ(run.table("t")["read"], 309);
  EXPECT_EQ(pair.all(), before);
  EXPECT_GT(pair.sync_well("full", {"--exact"}).table("t")["bytes"], 309 * 10);
  EXPECT_EQ(pair.all(), before);
}

TEST(Difference, OfTablesWrittenInOneTransactionEveryChangeIsFound) {
  AtOnce by_sums, by_stream;
  const std::vector<std::pair<engine::Place, std::string>> changes = {
      {cloud,
       "UPDATE t SET b = CASE a WHEN 20 THEN 'b0' ELSE 'b6' END, a = 41 - a, looked = 'p' || (41 - a) % 5 WHERE a IN "
       "(20, 21)"},
      {cloud, "UPDATE t SET b = 'theirs' WHERE a = 30"},
      {cloud, "DELETE FROM t WHERE a = 31"},
      {cloud, "INSERT INTO t (a, b, looked) VALUES (1000, 'own', 'p0')"},
      {cloud, "UPDATE t SET source = 'M' WHERE a = 32"},
      {desktop, "UPDATE p SET name = 'new' WHERE id = 3"},
      {desktop, "DELETE FROM t WHERE a = 33"},
      {desktop, "INSERT INTO t SELECT * FROM t WHERE a = 34"},
      {cloud, "UPDATE u SET v = CASE id WHEN 1 THEN 'v2' ELSE 'v1' END WHERE id IN (1, 2)"},
      {cloud, "DELETE FROM u WHERE id = 3"},
      {cloud, "INSERT INTO u VALUES (4, 'v4')"},
      {cloud, "INSERT INTO u VALUES (5, 'twin')"},
      {desktop, "UPDATE u SET v = 'new' WHERE id = 6"},
      {desktop, "INSERT INTO u VALUES (7, 'twin')"},
      {desktop, "DELETE FROM u WHERE id = 8"},
  };
  for (const auto& [side, change] : changes) {
    SCOPED_TRACE(change);
    by_sums.sql(side, change);
    by_stream.sql(side, change);
    for (int i = 0; i < 2; ++i) {
      const auto one = by_sums.sync("full"), other = by_stream.sync("full", {"--exact"});
      ASSERT_EQ(one.status, other.status) << one.everything() << other.everything();
      for (const char* table : {"t", "u"})
        for (const char* count :
             {"read", "inserted", "updated", "unchanged", "skipped", "conflicted", "quarantined", "deleted"})
          EXPECT_EQ(one.table(table)[count], other.table(table)[count]) << table << " " << count;
      ASSERT_EQ(by_sums.all(), by_stream.all());
    }
  }
}

}  // namespace
