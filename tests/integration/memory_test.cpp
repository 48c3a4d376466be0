// What is remembered of each row: it tells every edit, whatever the type, and survives what happens to the cloud's
// tables.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/counts.hpp"
#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::expect_counts;
using support::Pair;
using support::written;
using testing::HasSubstr;

// Values that PostgreSQL hashes, or compares, as if they were the same.
struct Alike {
  const char* type;
  const char* first;
  const char* second;
};
constexpr Alike alike[] = {{"numeric(10,2)", "100", "-100"},
                           {"numeric", "1.0", "1.00"},
                           {"bigint", "1", "4294967296"},
                           {"bigint", "-1", "4294967295"},
                           {"double precision", "0", "-0"},
                           {"real", "0", "-0"},
                           {"interval", "1 day", "24 hours"},
                           {"timestamp", "2000-01-01 00:00:00.000001", "2000-01-01 01:11:34.967296"},
                           {"timestamptz", "2000-01-01 00:00:00.000001Z", "2000-01-01 01:11:34.967296Z"},
                           {"time", "00:00:00.000001", "01:11:34.967296"},
                           {"jsonb", "1.0", "1.00"},
                           {"bit(4)", "1010", "1000"},
                           {"boolean", "true", "false"}};

bool can_hash_by_columns(Pair& pair) {
  const char* version = "SELECT current_setting('server_version_num')::int";
  return pair.number(desktop, version) >= 140000 && pair.number(cloud, version) >= 140000;
}

TEST(Memory, EveryEditIsToldFromWhatWasSent) {
  Pair pair(Contents::reused);
  std::string columns, first, second;
  for (std::size_t i = 0; i < std::size(alike); ++i) {
    columns += ", c" + std::to_string(i) + " " + alike[i].type;
    first += std::string(", '") + alike[i].first + "'";
    second += std::string(", '") + alike[i].second + "'";
  }
  const auto rows = std::to_string(2 * std::size(alike));
  const std::string all_first = "INSERT INTO t SELECT i" + first + " FROM generate_series(1, " + rows + ") i";
  pair.sql("CREATE TABLE t (id int PRIMARY KEY" + columns + ")");
  pair.sql(desktop, all_first);
  pair.use_map("  - desktop: t\n    key: [id]\n    watermark: none\n");
  pair.sync_well("full");
  for (std::size_t i = 0; i < std::size(alike); ++i) {
    const std::string set = "UPDATE t SET c" + std::to_string(i) + " = '" + alike[i].second + "' WHERE id = ";
    pair.sql(desktop, set + std::to_string(2 * i + 1));
    pair.sql(cloud, set + std::to_string(2 * i + 2));
  }
  const auto edits = static_cast<long long>(std::size(alike));
  expect_counts(pair.sync_well("full"), "t", {{"updated", edits}, {"skipped", edits}});
  pair.expect_same("(SELECT * FROM t WHERE id % 2 = 1) t");
}

// The same, of columns that each have a hash of their own.
TEST(Memory, EveryEditIsToldWhereRowsAreHashedColumnByColumn) {
  Pair pair(Contents::reused);
  const std::vector<Alike> values = {{"numeric(10,2)", "100", "-100"},
                                     {"numeric(20,2)", "1", "10000"},
                                     {"bigint", "1", "4294967296"},
                                     {"bigint", "-1", "0"},
                                     {"double precision", "0", "-0"},
                                     {"double precision", "NaN", "0"},
                                     {"real", "0", "-0"},
                                     {"timestamp", "2000-01-01 00:00:00.000001", "2000-01-01 01:11:34.967296"},
                                     {"timestamptz", "2000-01-01 00:00:00.000001Z", "2000-01-01 01:11:34.967296Z"},
                                     {"timestamptz", "1999-12-31 23:59:59.999999Z", "2000-01-01 00:00:00Z"},
                                     {"timestamptz", "infinity", "-infinity"},
                                     {"date", "infinity", "-infinity"},
                                     {"text", "a", "A"},
                                     {"varchar(9)", "a", "a "},
                                     {"boolean", "true", "false"}};
  std::string columns, first;
  for (std::size_t i = 0; i < values.size(); ++i) {
    columns += ", c" + std::to_string(i) + " " + values[i].type;
    first += std::string(", '") + values[i].first + "'";
  }
  const auto edits = static_cast<long long>(2 * values.size());
  pair.sql("CREATE TABLE t (id bigint PRIMARY KEY" + columns + ")");
  pair.sql(desktop, "INSERT INTO t SELECT i" + first + " FROM generate_series(1, " + std::to_string(2 * edits) + ") i");
  pair.use_map("  - desktop: t\n    key: [id]\n    watermark: none\n");
  pair.sync_well("full");
  if (can_hash_by_columns(pair)) {
    EXPECT_EQ(pair.value(cloud, "SELECT hash FROM pgtide.known_table"), "columns");
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string set = "UPDATE t SET c" + std::to_string(i) + " = ", id = std::to_string(4 * i);
    pair.sql(desktop,
             set + "'" + values[i].second + "' WHERE id = " + id + " + 1; " + set + "NULL WHERE id = " + id + " + 2");
    pair.sql(cloud,
             set + "'" + values[i].second + "' WHERE id = " + id + " + 3; " + set + "NULL WHERE id = " + id + " + 4");
  }
  expect_counts(pair.sync_well("full"), "t", {{"updated", edits}, {"skipped", edits}});
  pair.expect_same("(SELECT * FROM t WHERE id % 4 IN (1, 2)) t");
}

// States keep these numbers. Whoever changes one makes every row that is remembered look as if somebody had edited it.
TEST(Memory, HashesOfColumnsAreTheSameForEver) {
  Pair pair(Contents::reused);
  if (!can_hash_by_columns(pair)) GTEST_SKIP() << "older servers have no such hashes";
  pair.sql(
      "CREATE TABLE t (id int PRIMARY KEY, a smallint, b bigint, c numeric(12,2), d text, e varchar(10), f char(3), g "
      "boolean, h uuid, i date, j float8, k real, l timestamp, m timestamptz)");
  pair.sql(desktop,
           "INSERT INTO t VALUES (1, 2, 5000000000, 12.50, 'Gr\u00fc\u00dfe', 'short', 'abc', true, "
           "'00000000-0000-0000-0000-00000000000a', '2026-01-01', 0.1, 0.1, '2026-01-01 10:00:00.123456', '2026-01-01 "
           "10:00:00.123456Z'), (-2, -2, -5, -12.50, '', ' ', '', false, 'ffffffff-ffff-ffff-ffff-ffffffffffff', "
           "'infinity', '-0', 'NaN', '1999-01-01', '-infinity'); INSERT INTO t VALUES (3)");
  pair.use_map("  - desktop: t\n    key: [id]\n    watermark: none\n");
  pair.sync_well("full");
  EXPECT_THAT(
      pair.rows(cloud, "SELECT key_hash, image FROM pgtide.known_loaded ORDER BY 1"),
      testing::ElementsAre("-5722705343629758908|2672532975126338077", "6113180759866368762|-2132489775990909413",
                           "7300037461345097009|-5702779709138601161"));
}

// A table of a state that was begun with another way of hashing, of which edits are told all the same.
class Hashed : public Pair {
 public:
  explicit Hashed(const std::string& type) : Pair(Contents::reused) {
    sql("CREATE TABLE t (id " + type + " PRIMARY KEY, v " + type + ", j json)");
    sql(desktop, "INSERT INTO t SELECT i, i, '{}' FROM generate_series(1, 10) i");
  }
  void copy_without_json() {
    use_map("  - {desktop: t, key: [id], watermark: none, skip: [j]}\n");
    sync_well("full");
  }
  std::string way() { return value(cloud, "SELECT hash FROM pgtide.known_table"); }
  // `by_columns`: where the servers have it.
  std::string expected(const std::string& by_columns) { return can_hash_by_columns(*this) ? by_columns : "text"; }
  void expect_tells_edits() {
    sql(desktop, "UPDATE t SET v = v + 100 WHERE id = 1");
    sql(cloud, "UPDATE t SET v = v + 100 WHERE id = 2; DELETE FROM t WHERE id = 3");
    expect_counts(sync_well("full"), "t", {{"updated", 1}, {"skipped", 2}, {"unchanged", 7}});
  }
};

TEST(Memory, AStateKeepsTheWayOfHashingThatItBeganWith) {
  Hashed pair("int");
  pair.use_map("  - {desktop: t, key: [id], watermark: none}\n");
  pair.sync_well("full");
  EXPECT_EQ(pair.way(), pair.expected("record")) << "json has no hash of its own";
  pair.copy_without_json();
  EXPECT_EQ(pair.way(), pair.expected("record"));
  pair.expect_tells_edits();
}

TEST(Memory, WhereAColumnLosesItsHashTheMemoryIsMadeAnew) {
  for (const char* column : {"v", "id"}) {
    SCOPED_TRACE(column);
    Hashed pair("numeric(12,2)");
    pair.copy_without_json();
    EXPECT_EQ(pair.way(), pair.expected("columns"));
    pair.sql(std::string("ALTER TABLE t ALTER ") + column + " TYPE numeric");
    expect_counts(pair.sync_well("full"), "t", {{"unchanged", 10}});
    EXPECT_EQ(pair.way(), pair.expected("record"));
    pair.expect_tells_edits();
  }
}

TEST(Memory, OnTheWayDownIsForgottenWhatAnOlderProgramCannotRead) {
  Hashed pair("int");
  pair.copy_without_json();
  pair.sql(desktop, "UPDATE t SET v = v + 1 WHERE id = 7");
  EXPECT_EQ(pair.run({"init", "--down", "--to", "9", "--yes"}).status, 0);
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM pgtide.known_table WHERE hash = 'columns'"), 0);
  const long long kept = pair.expected("columns") == "text" ? 10 : 0;
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM pgtide.known_row") +
                pair.number(cloud, "SELECT count(*) FROM pgtide.known_loaded"),
            kept);
  expect_counts(pair.sync_well("incremental"), "t", {{"updated", 1}, {"unchanged", kept > 0 ? 0 : 9}});
  pair.expect_tells_edits();
}

TEST(Memory, AWayOfHashingThatIsNotKnownIsRefused) {
  Hashed pair("int");
  pair.copy_without_json();
  pair.sql(cloud,
           "ALTER TABLE pgtide.known_table DROP CONSTRAINT known_table_hash_check; UPDATE pgtide.known_table SET hash "
           "= 'better'");
  for (const char* command : {"sync", "plan"}) {
    const auto run = pair.run({command, "full"});
    EXPECT_EQ(run.status, 12) << run.everything();
    EXPECT_THAT(run.everything(), HasSubstr("better"));
  }
  EXPECT_EQ(pair.way(), "better");
}

TEST(Memory, WithoutAKeyContentsThatAreHashedAlikeAreTwo) {
  for (const auto& values : alike) {
    SCOPED_TRACE(std::string(values.type) + " " + values.second);
    Pair pair(Contents::reused);
    pair.sql(desktop, std::string("CREATE TABLE t (v ") + values.type + "); INSERT INTO t VALUES ('" + values.first +
                          "'), ('" + values.second + "')");
    pair.sql(cloud, std::string("CREATE TABLE t (id bigserial PRIMARY KEY, v ") + values.type + ")");
    pair.use_map("  - desktop: t\n    key: none\n    fuse: 60%\n");
    pair.sync_well("full");
    pair.expect_same("t", "t", "v");
    pair.sql(desktop, std::string("DELETE FROM t WHERE v::text = '") + values.first + "'::" + values.type + "::text");
    expect_counts(pair.sync_well("incremental"), "t", {{"unchanged", 1}, {"deleted", 1}});
    pair.expect_same("t", "t", "v");
  }
}

// What the source computes of a row as it sends it is what the target computes of the row that arrived: else an edit of
// the desktop would look like one of both sides as soon as anybody touched the row in the cloud.
TEST(Memory, WhatIsComputedAtTheSourceIsWhatTheTargetComputes) {
  const std::string columns =
      "a bigint, b numeric(12,2), c numeric, d text, e varchar(20), f char(7), g date, h timestamp, i timestamptz, j "
      "time, k interval, l boolean, m uuid, n bytea, o json, p jsonb, q float8, r real, s smallint, u inet, v point, w "
      "xml, x text[], y int4range, z tstzrange, origin char(1)";
  for (const char* key : {"PRIMARY KEY", ""}) {
    SCOPED_TRACE(key);
    Pair pair(Contents::reused);
    pair.sql(desktop, "CREATE TABLE t (id int " + std::string(key) + ", " + columns + ")");
    pair.sql(cloud, "CREATE TABLE t (id int " + std::string(key) + ", " + columns + ", own text)");
    pair.sql(desktop,
             "SET timezone = 'Asia/Kolkata'; INSERT INTO t SELECT i, i * 5000000000, i * 1.5, 1.50, 'Grüße ' || i, "
             "'v', 'c', '2026-01-01', '2026-01-01 10:00:00.123456', '2026-01-01 10:00:00.123456', '10:00', '1 day 24 "
             "hours', true, '00000000-0000-0000-0000-00000000000a', '\\x00ff', '{\"b\": 1, \"a\": 1.0}', '{\"a\": "
             "1.00}', 0.1, '-0', 3, '10.0.0.1/8', '(1,2)', '<a/>', '{a,NULL}', '[1,3)', "
             "'[2026-01-01,2026-02-01)', CASE WHEN i > 1 THEN 'D' END FROM generate_series(1, 4) i; INSERT INTO t (id) "
             "VALUES (5)");
    pair.use_map("  - desktop: t\n    key: [id]\n    origin: {column: origin, desktop: D, cloud: M}\n",
                 "map: test\ndesktop: {timezone: Asia/Kolkata}\ncloud: {}\n");
    expect_counts(pair.sync_well("full"), "t", {{"inserted", 5}});
    pair.sql(cloud, "UPDATE t SET own = 'touched'");
    pair.sql(desktop, "UPDATE t SET d = d || '!', s = 4");
    expect_counts(pair.sync_well("incremental"), "t", {{"updated", 5}});
    expect_counts(pair.sync_well("full"), "t", {{"unchanged", 5}});
    pair.sql(cloud, "UPDATE t SET s = 5 WHERE id < 3; DELETE FROM t WHERE id = 4");
    expect_counts(pair.sync_well("full"), "t", {{"unchanged", 2}, {"skipped", 3}});
  }
}

constexpr const char* keyless_map = "  - desktop: t\n    key: none\n    match: [a]\n    conflicts: manual\n";

// Twenty rows without a key, two of them the same; number 3 is edited in the cloud, 4 is deleted there, and a phone
// added one.
class Numbered : public Pair {
 public:
  Numbered() : Pair(Contents::reused) {
    sql(desktop,
        "CREATE TABLE t (a int, b text); INSERT INTO t SELECT greatest(i, 2), 'row' FROM generate_series(1, 20) i");
    sql(cloud, "CREATE TABLE t (id bigserial PRIMARY KEY, a int, b text, own text)");
    use_map(keyless_map);
    expect_counts(sync_well("full"), "t", {{"inserted", 20}});
    sql(cloud,
        "UPDATE t SET b = 'phone' WHERE id = 3; DELETE FROM t WHERE id = 4; INSERT INTO t (a, b) VALUES (7, 'row')");
    before = rows(cloud, numbers);
  }
  static constexpr const char* numbers = "SELECT id, a, b FROM t ORDER BY id";
  std::vector<std::string> before;

  void expect_known(const char* mode = "full") {
    const auto run = sync_well(mode);
    expect_counts(run, "t", {{"unchanged", 18}, {"skipped", 2}});
    EXPECT_EQ(rows(cloud, numbers), before);
  }
  // and what follows is an edit as ever
  void expect_goes_on() {
    sql(desktop, "UPDATE t SET b = 'edited' WHERE a = 9; DELETE FROM t WHERE a = 10");
    expect_counts(sync_well("incremental"), "t", {{"updated", 1}, {"deleted", 1}, {"unchanged", 16}, {"skipped", 2}});
  }
};

TEST(Memory, NumbersSurviveAnotherPrimaryKey) {
  Numbered pair;
  pair.sql(
      cloud,
      "ALTER TABLE t DROP CONSTRAINT t_pkey; ALTER TABLE t ADD COLUMN row_id uuid DEFAULT md5(random()::text)::uuid "
      "PRIMARY KEY");
  // which row a number meant that is not there any more cannot be told: it comes
  expect_counts(pair.sync_well("full"), "t", {{"inserted", 1}, {"unchanged", 18}, {"skipped", 1}});
  EXPECT_EQ(pair.value(cloud, "SELECT string_agg(id::text, ',' ORDER BY id) FROM t WHERE id < 22"),
            "1,2,3,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21");
  expect_counts(pair.sync_well("full"), "t", {{"unchanged", 19}, {"skipped", 1}});
}

TEST(Memory, NumbersSurviveARestoreOfTheTable) {
  Numbered pair;
  pair.sql(cloud,
           "CREATE TABLE copied (LIKE t INCLUDING ALL); INSERT INTO copied SELECT * FROM t; DROP TABLE t CASCADE; "
           "CREATE SEQUENCE t_id_seq START 100; ALTER TABLE copied ALTER id SET DEFAULT nextval('t_id_seq'); ALTER "
           "TABLE copied RENAME TO t");
  // whether a row was deleted or is missing in the restored table cannot be told: it comes
  expect_counts(pair.sync_well("full"), "t", {{"inserted", 1}, {"unchanged", 18}, {"skipped", 1}});
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "21");
  EXPECT_EQ(pair.value(cloud, "SELECT b FROM t WHERE id = 3"), "phone");
  expect_counts(pair.sync_well("full"), "t", {{"unchanged", 19}, {"skipped", 1}});
}

TEST(Memory, NumbersSurviveAMoveOfTheCloud) {
  Numbered pair;
  pair.sql(cloud,
           "UPDATE pgtide.home SET database = 'elsewhere'; CREATE TEMP TABLE c AS TABLE t; TRUNCATE t; INSERT INTO t "
           "SELECT * FROM c");
  pair.expect_known();
  pair.expect_goes_on();
}

TEST(Memory, NumbersSurviveAChangeOfTheMap) {
  Numbered pair;
  pair.sql("ALTER TABLE t ADD COLUMN c text DEFAULT 'new'");
  // What the two rows of the cloud's own edits were before cannot be told any more: one waits, one comes again.
  const auto run = pair.sync("full");
  EXPECT_EQ(run.status, 8) << run.everything();
  expect_counts(run, "t", {{"unchanged", 18}, {"inserted", 1}, {"conflicted", 1}});
  pair.before.push_back("22|4|row");
  EXPECT_EQ(pair.rows(cloud, Numbered::numbers), pair.before);
  EXPECT_EQ(pair.value(cloud, "SELECT kind FROM pgtide.conflict"), "update_origin_differs");
}

TEST(Memory, ATableThatWasDroppedAndMadeAnewIsFilledAgainThoughAPhoneWasFaster) {
  Numbered pair;
  pair.sql(cloud,
           "DROP TABLE t; CREATE TABLE t (id bigserial PRIMARY KEY, a int, b text, own text); INSERT INTO t (a, b) "
           "VALUES (1, 'phone')");
  expect_counts(pair.sync_well("full"), "t", {{"inserted", 20}});
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "21");
}

TEST(Memory, ARefusedRunIsNotTheFirst) {
  Pair pair(Contents::reused);
  pair.sql(desktop, "CREATE TABLE t (a int, b text); INSERT INTO t SELECT i, 'row' FROM generate_series(1, 20) i");
  pair.sql(cloud, "CREATE TABLE t (a int, b text)");
  pair.use_map(keyless_map);
  EXPECT_EQ(pair.sync("full").status, 5);
  pair.sql(cloud,
           "INSERT INTO t SELECT i, 'row' FROM generate_series(1, 20) i; ALTER TABLE t ADD id serial PRIMARY KEY");
  expect_counts(pair.sync_well("full"), "t", {{"unchanged", 20}});
}

// The same of rows with a key.
class Keyed : public Pair {
 public:
  Keyed() : Pair(Contents::reused) {
    sql(desktop, "CREATE TABLE t (id int, v text); INSERT INTO t SELECT i, 'row' FROM generate_series(1, 20) i");
    sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text, own text)");
    use_map("  - desktop: t\n    key: [id]\n    conflicts: manual\n");
    expect_counts(sync_well("full"), "t", {{"inserted", 20}});
    sql(cloud,
        "UPDATE t SET v = 'phone' WHERE id = 3; UPDATE t SET own = 'x' WHERE id = 5; INSERT INTO t VALUES (30, "
        "'phone')");
  }
  void expect_knows() {
    sql(desktop, "UPDATE t SET v = 'edited' WHERE id IN (5, 6); INSERT INTO t VALUES (30, 'desk')");
    const auto run = sync("full");
    EXPECT_EQ(run.status, 8) << run.everything();
    expect_counts(run, "t", {{"unchanged", 17}, {"updated", 2}, {"skipped", 1}, {"conflicted", 1}});
    EXPECT_EQ(value(cloud, "SELECT kind FROM pgtide.conflict"), "insert_exists");
  }
};

TEST(Memory, RowsAreKnownAfterARestoreOfTheTable) {
  Keyed pair;
  pair.sql(cloud,
           "CREATE TABLE copied (LIKE t INCLUDING ALL); INSERT INTO copied SELECT * FROM t; DROP TABLE t; ALTER TABLE "
           "copied RENAME TO t");
  pair.expect_knows();
}

TEST(Memory, RowsAreKnownAfterAMoveOfTheCloud) {
  Keyed pair;
  pair.sql(cloud,
           "UPDATE pgtide.home SET database = 'elsewhere'; CREATE TEMP TABLE c AS TABLE t; TRUNCATE t; INSERT INTO t "
           "SELECT * FROM c");
  pair.expect_knows();
}

TEST(Memory, TransactionIdsOfAnotherDatabaseAreForgotten) {
  Keyed pair;
  // as if the dump had been loaded where other transactions have had our ids
  pair.sql(cloud,
           "UPDATE pgtide.home SET database = 'elsewhere'; INSERT INTO pgtide.own_xact SELECT DISTINCT 'test', 't', "
           "xmin::text::bigint FROM t ON CONFLICT DO NOTHING");
  pair.sql(desktop, "UPDATE t SET v = 'desk' WHERE id = 3");
  const auto run = pair.sync("full");
  EXPECT_EQ(run.status, 8) << run.everything();
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 3"), "phone");
}

// ---- what may change about a table

TEST(Memory, ATableThatLosesItsKeyAndGetsItBackIsNotDoubled) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "INSERT INTO t SELECT i, 'row' FROM generate_series(1, 20) i");
  const std::string keyed = "  - desktop: t\n    key: [id]\n", keyless = "  - desktop: t\n    key: none\n";
  pair.use_map(keyed);
  pair.sync_well("full");
  pair.use_map(keyless);
  expect_counts(pair.sync_well("full"), "t", {{"unchanged", 20}});
  pair.use_map(keyed);
  expect_counts(pair.sync_well("full"), "t", {{"unchanged", 20}});
}

TEST(Memory, FetchedRowsThatWereAllDeletedOnTheDesktopStayAwayAfterAChangeOfTheMap) {
  for (const char* key : {"PRIMARY KEY", ""}) {
    SCOPED_TRACE(key);
    Pair pair(Contents::reused);
    pair.sql("CREATE TABLE t (id int " + std::string(key) + ", v text)");
    pair.sql(cloud, "INSERT INTO t VALUES (1, 'a'), (2, 'b')");
    pair.use_map("  - desktop: t\n    key: [id]\n    direction: reverse\n");
    expect_counts(pair.sync_well("reverse"), "t", {{"inserted", 2}});
    pair.sql(desktop, "DELETE FROM t");
    pair.use_map("  - desktop: t\n    key: [id]\n    direction: reverse\n    reverse: {columns: {v: v || ''}}\n");
    expect_counts(pair.sync_well("reverse"), "t", {{"skipped", 2}});
  }
}

TEST(Memory, ATargetWithoutAnIndexThatIsEmptiedAndFilledAgainIsRememberedAsItIsThen) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (id int, v text)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'a'), (2, 'b')");
  pair.use_map("  - desktop: t\n    key: [id]\n");
  pair.sync_well("full");
  pair.sql(desktop, "UPDATE t SET v = 'new' WHERE id = 1");
  pair.sql(cloud, "DELETE FROM t");
  expect_counts(pair.sync_well("full"), "t", {{"inserted", 2}});
  pair.sql(cloud, "UPDATE t SET v = 'phone' WHERE id = 1");
  expect_counts(pair.sync_well("full"), "t", {{"unchanged", 1}, {"skipped", 1}});
}

TEST(Memory, ANumberThatComesFromTheDesktopIsNotChangedInPlace) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (id int, a int, v text)");
  pair.sql(cloud, "ALTER TABLE t ADD PRIMARY KEY (id)");
  pair.sql(desktop, "INSERT INTO t SELECT i, i, 'row' FROM generate_series(1, 20) i");
  pair.use_map("  - desktop: t\n    key: none\n    match: [a]\n");
  pair.sync_well("full");
  pair.sql(desktop, "UPDATE t SET id = 100 WHERE a = 5; UPDATE t SET v = 'edited' WHERE a = 6");
  expect_counts(pair.sync_well("incremental"), "t",
                {{"inserted", 1}, {"updated", 1}, {"unchanged", 18}, {"deleted", 1}});
  pair.expect_same("t");
  pair.sql(desktop, "DELETE FROM t WHERE a = 5");
  expect_counts(pair.sync_well("incremental"), "t", {{"unchanged", 19}, {"deleted", 1}});
}

TEST(Memory, OverwritingLeavesARowThatTheCloudMarkedAsItsOwn) {
  Pair pair(Contents::reused);
  pair.sql(desktop, "CREATE TABLE t (a int, v text); INSERT INTO t SELECT i, 'row' FROM generate_series(1, 20) i");
  pair.sql(cloud, "CREATE TABLE t (id bigserial PRIMARY KEY, a int, v text, source char(1))");
  pair.use_map("  - desktop: t\n    key: none\n    match: [a]\n    origin: {column: source, desktop: D, cloud: M}\n");
  pair.sync_well("full");
  pair.sql(cloud, "UPDATE t SET source = 'M', v = 'phone' WHERE a = 3; UPDATE t SET v = 'phone' WHERE a = 4");
  expect_counts(pair.sync_well("full", {"--overwrite"}), "t", {{"updated", 1}, {"skipped", 1}, {"unchanged", 18}});
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE a = 3"), "phone");
}

TEST(Memory, OnTheFirstWayBackARowLikeOneThatWasSentComesAsItsOwn) {
  Pair pair(Contents::reused);
  pair.sql(desktop, "CREATE TABLE t (v text, source char(1)); INSERT INTO t VALUES ('same', 'D'), ('other', 'D')");
  pair.sql(cloud, "CREATE TABLE t (id bigserial PRIMARY KEY, v text, source char(1))");
  pair.use_map(
      "  - desktop: t\n    key: none\n    direction: both\n    origin: {column: source, desktop: D, cloud: M}\n");
  pair.sync_well("full");
  pair.sql(cloud, "INSERT INTO t (v, source) VALUES ('same', 'D')");
  expect_counts(pair.sync_well("reverse"), "t", {{"inserted", 1}});
  EXPECT_EQ(pair.value(desktop, "SELECT count(*) FROM t WHERE v = 'same'"), "2");
  EXPECT_EQ(written(pair.sync_well("full")), 0);
  EXPECT_EQ(written(pair.sync_well("reverse")), 0);
}

TEST(Memory, AnEmptyOfficeIsNoReasonToStopWhereOnlyAnotherOfficeHasRows) {
  Pair pair(Contents::reused);
  pair.sql(desktop,
           "CREATE SCHEMA north; CREATE SCHEMA south; CREATE TABLE north.t (id int, v text); CREATE TABLE south.t (id "
           "int, v text); INSERT INTO north.t VALUES (1, 'north')");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text, source char(1))");
  const auto office = [](const std::string& name, const std::string& mark) {
    return std::pair("  - desktop: t\n    key: [id]\n    origin: {column: source, desktop: " + mark + ", cloud: M}\n",
                     "map: " + name + "\ndesktop: {schema: " + name + "}\ncloud: {}\n");
  };
  const auto [north, north_head] = office("north", "N");
  pair.use_map(north, north_head);
  pair.sync_well("full");
  const auto [south, south_head] = office("south", "S");
  pair.use_map(south, south_head);
  expect_counts(pair.sync_well("full"), "t", {});
  pair.sync_well("incremental");
  pair.sql(desktop, "INSERT INTO south.t VALUES (2, 'south')");
  pair.sync_well("full");
  pair.sql(desktop, "DELETE FROM south.t");
  EXPECT_EQ(pair.sync("full").status, 11) << "now it holds rows of this office";
}

TEST(Memory, RowsThatTheCloudDeletedStayDeletedWithoutAConflictWhenTheMapChanges) {
  Keyed pair;
  pair.sql(cloud, "DELETE FROM t WHERE id IN (10, 11); UPDATE t SET v = 'row' WHERE id = 3");
  pair.sql("ALTER TABLE t ADD COLUMN later text");
  expect_counts(pair.sync_well("full"), "t", {{"unchanged", 18}, {"skipped", 2}});
  pair.sql(desktop, "UPDATE t SET v = 'edited' WHERE id = 10");
  const auto run = pair.sync("incremental");
  EXPECT_EQ(run.status, 8) << run.everything();
  EXPECT_EQ(pair.value(cloud, "SELECT kind || row_key::text FROM pgtide.conflict"), "update_missing{\"id\": 10}");
}

TEST(Memory, ATargetThatLostItsRowsIsFilledToTheEndThoughTheFillingBreaksOff) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "INSERT INTO t SELECT i, repeat('x', 200) FROM generate_series(1, 60000) i");
  pair.use_map("  - desktop: t\n");
  pair.sync_well("full");
  pair.sql(cloud,
           "TRUNCATE t; CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id > 50000 THEN RAISE "
           "EXCEPTION 'no' USING ERRCODE = 'internal_error'; END IF; RETURN NEW; END $$; CREATE TRIGGER no BEFORE "
           "INSERT ON t FOR EACH ROW EXECUTE "
           "FUNCTION no()");
  pair.sql(desktop, "INSERT INTO t VALUES (0, 'new')");
  EXPECT_EQ(pair.sync("incremental").status, 7);
  EXPECT_GT(pair.number(cloud, "SELECT count(*) FROM t"), 0) << "what was committed stays";
  pair.sql(cloud, "DROP TRIGGER no ON t");
  pair.sync_well("incremental");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "60001");
}

TEST(Memory, TablesMayHaveTheNamesThatTheQueriesUse) {
  for (const char* name : {"own", "r", "k", "known_row", "pgtide", "o", "n", "c", "t", "m"}) {
    SCOPED_TRACE(name);
    Pair pair(Contents::reused);
    const std::string table = name;
    pair.sql("CREATE TABLE " + table + " (id int PRIMARY KEY, a text)");
    pair.sql(desktop, "INSERT INTO " + table + " VALUES (1, 'desk'), (2, 'desk')");
    pair.use_map("  - desktop: " + table + "\n    direction: both\n");
    pair.sync_well("full");
    pair.sql(cloud,
             "INSERT INTO " + table + " VALUES (100, 'phone'); UPDATE " + table + " SET a = 'cloud' WHERE id = 2");
    expect_counts(pair.sync_well("reverse"), table, {{"inserted", 1}, {"skipped", 1}});
    pair.sql(desktop, "INSERT INTO " + table + " VALUES (3, 'desk')");
    expect_counts(pair.sync_well("incremental"), table, {{"inserted", 1}});
    expect_counts(pair.sync_well("full"), table, {{"unchanged", 2}, {"skipped", 1}});
  }
}

TEST(Memory, WithoutAKeyTheWayBackWaitsForTheFirstFull) {
  Pair pair(Contents::reused);
  pair.sql(desktop,
           "CREATE TABLE t (a int, source char(1)); INSERT INTO t SELECT i, 'D' FROM generate_series(1, 20) i");
  pair.sql(
      cloud,
      "CREATE TABLE t (id bigserial PRIMARY KEY, a int, source char(1) DEFAULT 'D'); INSERT INTO t (a) SELECT i FROM "
      "generate_series(1, 20) i; INSERT INTO t (a, source) VALUES (20, 'M')");
  pair.use_map(
      "  - desktop: t\n    key: none\n    direction: both\n    origin: {column: source, desktop: D, cloud: M}\n");
  const auto early = pair.sync("reverse");
  EXPECT_EQ(early.status, 5) << early.everything();
  EXPECT_THAT(early.out, HasSubstr("run pgtide sync full first"));
  expect_counts(pair.sync_well("full"), "t", {{"unchanged", 20}});
  expect_counts(pair.sync_well("reverse"), "t", {{"inserted", 1}});
  EXPECT_EQ(written(pair.sync_well("full")) + written(pair.sync_well("reverse")), 0);
  EXPECT_EQ(pair.value(desktop, "SELECT count(*) FROM t"), "21");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "21");
}

TEST(Memory, ATriggerThatChangesContentsIsNoEditWhateverTheTypesOfTheTable) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text, words tsvector, own text)");  // no hash of words at the source
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'a', 'b'), (2, 'c', 'd'), (3, 'e', 'f')");
  pair.sql(
      cloud,
      "CREATE FUNCTION loud() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.v = upper(NEW.v); RETURN NEW; END $$; "
      "CREATE TRIGGER loud BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION loud()");
  pair.use_map("  - desktop: t\n    skip: [own]\n");
  pair.sync_well("full");
  EXPECT_EQ(written(pair.sync_well("full")), 0);
  pair.sql(cloud, "UPDATE t SET v = 'phone' WHERE id = 1");
  expect_counts(pair.sync_well("full"), "t", {{"skipped", 3}});
}

TEST(Memory, AConflictOfARowWithMuchContentIsKept) {
  Pair pair(Contents::reused);
  pair.sql(desktop,
           "CREATE TABLE t (a int, body text); INSERT INTO t SELECT i, (SELECT string_agg(md5(i::text || j), '') FROM "
           "generate_series(1, 400) j) FROM generate_series(1, 20) i");
  pair.sql(cloud, "CREATE TABLE t (id bigserial PRIMARY KEY, a int, body text)");
  pair.use_map("  - desktop: t\n    key: none\n");
  pair.sync_well("full");
  pair.sql(cloud, "UPDATE t SET body = body || '!' WHERE a = 3");
  pair.sql(desktop, "DELETE FROM t WHERE a = 3");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(pair.sync("full").status, 8);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) || ' ' || min(kind) FROM pgtide.conflict"), "1 delete_origin_differs");
}

TEST(Memory, ANumberOfTheDesktopsThatAPhoneTookIsAConflict) {
  Pair pair(Contents::reused);
  pair.sql(desktop, "CREATE TABLE t (id int, v text); INSERT INTO t SELECT i, 'row' FROM generate_series(1, 20) i");
  pair.sql(cloud, "CREATE TABLE t (id serial PRIMARY KEY, v text)");
  pair.use_map("  - desktop: t\n    key: none\n");
  pair.sync_well("full");
  pair.sql(cloud, "INSERT INTO t VALUES (21, 'phone')");
  pair.sql(desktop, "INSERT INTO t VALUES (21, 'desk'), (22, 'desk'); UPDATE t SET v = 'edited' WHERE id = 5");
  const auto run = pair.sync("incremental");
  EXPECT_EQ(run.status, 8) << run.everything();
  expect_counts(run, "t", {{"unchanged", 19}, {"inserted", 1}, {"updated", 1}, {"conflicted", 1}});
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 21"), "phone");
  EXPECT_EQ(pair.value(cloud, "SELECT kind FROM pgtide.conflict"), "insert_exists");
}

TEST(Memory, ADesktopThatMovedForgetsTheTransactionIdsOfItsOldServer) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.use_map("  - desktop: t\n    direction: both\n");
  pair.sql(cloud, "INSERT INTO t VALUES (100, 'phone')");
  pair.sync_well("reverse");
  pair.sync_well("full");
  pair.sql(
      desktop,
      "UPDATE pgtide.home SET database = 'elsewhere'; INSERT INTO t VALUES (1, 'new'); INSERT INTO pgtide.own_xact "
      "SELECT 'test', 't', xmin::text::bigint FROM t WHERE id = 1");
  expect_counts(pair.sync_well("full"), "t", {{"inserted", 1}});
}

TEST(Memory, ARowWhoseReferrersCannotAllBeSeenIsNotRemoved) {
  Pair pair(Contents::reused);
  pair.sql(desktop, "CREATE TABLE t (v text); INSERT INTO t SELECT 'row ' || i FROM generate_series(1, 20) i");
  pair.sql(
      cloud,
      "CREATE TABLE t (id bigserial PRIMARY KEY, v text); CREATE TABLE hidden (t_id bigint REFERENCES t); DO $$ BEGIN "
      "CREATE ROLE pgtide_blind LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$; GRANT ALL ON t, t_id_seq "
      "TO pgtide_blind; GRANT CREATE ON DATABASE \"" +
          pair.database(cloud) + "\" TO pgtide_blind; GRANT CREATE, USAGE ON SCHEMA public TO pgtide_blind");
  pair.use_map("  - desktop: t\n    key: none\n");
  const auto run = pair.sync("full", {"--cloud", pair.url(cloud, "pgtide_blind")});
  EXPECT_EQ(run.status, 5) << run.everything();
  EXPECT_THAT(run.out, HasSubstr("GRANT SELECT ON"));
  pair.sql(cloud, "GRANT SELECT ON hidden TO pgtide_blind");
  EXPECT_EQ(pair.sync("full", {"--cloud", pair.url(cloud, "pgtide_blind")}).status, 0);
}

TEST(Memory, ATriggerThatGivesAnotherNumberIsNotPutUpWith) {
  Pair pair(Contents::reused);
  pair.sql(desktop, "CREATE TABLE t (v text); INSERT INTO t SELECT 'row ' || i FROM generate_series(1, 20) i");
  pair.sql(
      cloud,
      "CREATE TABLE t (id bigserial PRIMARY KEY, v text); CREATE SEQUENCE s START 1000; CREATE FUNCTION number() "
      "RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.id = nextval('s'); RETURN NEW; END $$; CREATE TRIGGER number "
      "BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION number()");
  pair.use_map("  - desktop: t\n    key: none\n");
  const auto run = pair.sync("full");
  EXPECT_EQ(run.status, 7) << run.everything();
  EXPECT_THAT(run.out, HasSubstr("a trigger of the cloud's table gives rows another number"));
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "0");
}

TEST(Memory, ARowThatATriggerAddsBesideAFetchedOneIsSent) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.use_map("  - desktop: t\n    direction: both\n");
  pair.sync_well("full");
  pair.sync_well("reverse");
  for (const auto side : {desktop, cloud})
    pair.sql(side,
             "CREATE FUNCTION more() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id < 1000 THEN INSERT INTO t "
             "VALUES (NEW.id + 1000, 'of the trigger'); END IF; RETURN NULL; END $$; CREATE TRIGGER more AFTER INSERT "
             "ON t FOR EACH ROW EXECUTE FUNCTION more()");
  pair.sql(cloud,
           "ALTER TABLE t DISABLE TRIGGER more; INSERT INTO t VALUES (1, 'phone'); ALTER TABLE t ENABLE TRIGGER more");
  pair.sync_well("reverse");
  expect_counts(pair.sync_well("incremental"), "t", {{"inserted", 1}});
  pair.sql(desktop,
           "ALTER TABLE t DISABLE TRIGGER more; INSERT INTO t VALUES (2, 'desk'); ALTER TABLE t ENABLE TRIGGER more");
  pair.sync_well("incremental");
  expect_counts(pair.sync_well("reverse"), "t", {{"inserted", 1}});
  pair.expect_same("t");
}

TEST(Memory, AWayBackBeforeTheFirstFullLeavesTheRowsThatBothHaveToIt) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'row' FROM generate_series(1, 20) i");
  pair.sql(cloud, "INSERT INTO t VALUES (100, 'phone')");
  pair.use_map("  - desktop: t\n    direction: both\n");
  expect_counts(pair.sync_well("reverse"), "t", {{"inserted", 1}, {"unchanged", 20}});
  expect_counts(pair.sync_well("full"), "t", {{"unchanged", 20}});
  pair.sql(desktop, "UPDATE t SET v = 'edited' WHERE id = 5");
  expect_counts(pair.sync_well("incremental"), "t", {{"updated", 1}});
}

TEST(Memory, ARowToWhosePartitionOthersReferIsNotRemoved) {
  Pair pair(Contents::reused);
  pair.sql(desktop, "CREATE TABLE t (x int, v text); INSERT INTO t SELECT i, 'row' FROM generate_series(1, 20) i");
  pair.sql(cloud,
           "CREATE TABLE t (id bigserial, x int, v text, PRIMARY KEY (id, x)) PARTITION BY RANGE (x); CREATE TABLE t1 "
           "PARTITION OF t FOR VALUES FROM (0) TO (100); CREATE TABLE photo (t_id bigint, t_x int, FOREIGN KEY (t_id, "
           "t_x) REFERENCES t1 ON DELETE CASCADE)");
  pair.use_map("  - desktop: t\n    key: none\n");
  pair.sync_well("full");
  pair.sql(cloud, "INSERT INTO photo SELECT id, x FROM t WHERE x = 3");
  pair.sql(desktop, "DELETE FROM t WHERE x = 3");
  EXPECT_EQ(pair.sync("full").status, 8);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM photo"), "1");
}

TEST(Memory, ARowMayTakeAUniqueValueThatAnotherGivesUp) {
  Pair pair(Contents::reused);
  pair.sql(desktop,
           "CREATE TABLE t (job int, pos int, v text); INSERT INTO t SELECT 1, i, 'task ' || i FROM generate_series(1, "
           "20) i");
  pair.sql(cloud, "CREATE TABLE t (id bigserial PRIMARY KEY, job int, pos int, v text, UNIQUE (job, pos))");
  pair.use_map("  - desktop: t\n    key: none\n    match: [v]\n");
  pair.sync_well("full");
  pair.sql(desktop, "UPDATE t SET pos = 21 WHERE pos = 7; INSERT INTO t VALUES (1, 7, 'in the middle')");
  expect_counts(pair.sync_well("incremental"), "t", {{"unchanged", 19}, {"updated", 1}, {"inserted", 1}});
  pair.expect_same("t", "t", "job, pos, v");
}

TEST(Memory, ATriggerOnTheDesktopThatClaimsAFetchedRowIsNotPutUpWith) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (v text, source char(1))");
  pair.sql(cloud, "ALTER TABLE t ADD id bigserial PRIMARY KEY");
  pair.sql(desktop,
           "CREATE FUNCTION mine() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.source = 'D'; RETURN NEW; END $$; "
           "CREATE TRIGGER mine BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION mine()");
  pair.sql(cloud, "INSERT INTO t (v, source) VALUES ('phone', 'M')");
  pair.use_map(
      "  - desktop: t\n    key: none\n    direction: both\n    origin: {column: source, desktop: D, cloud: M}\n");
  pair.sync_well("full");
  const auto run = pair.sync("reverse");
  EXPECT_EQ(run.status, 7) << run.everything();
  EXPECT_THAT(run.out, HasSubstr("changes column source of rows that come from the cloud"));
  EXPECT_EQ(pair.value(desktop, "SELECT count(*) FROM t"), "0");
}

}  // namespace
