// Tables without a key on the desktop: rows are matched by content and counted, and keep the numbers that the cloud
// gave them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <source_location>

#include "tests/support/counts.hpp"
#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::desktop;
using support::done;
using support::Outcome;
using support::Pair;

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::SizeIs;

const std::string keyless_t = "  - desktop: t\n    key: none\n";
const std::string matched = "    match: [a]\n";
const std::string manual = "    conflicts: manual\n";
const std::string marked = "    origin: {column: source, desktop: D, cloud: M}\n";

// Any two tables.
class AnyPair : public Pair {
 public:
  AnyPair(const std::string& at_desktop, const std::string& in_cloud, const std::string& map,
          const std::string& head = "") {
    sql(desktop, at_desktop);
    sql(cloud, in_cloud);
    use_map(map, head);
  }

  // Runs a sync; it is to end with this status and to have done this with the table.
  Outcome follow(const std::string& mode, int status, const std::string& counts,
                 const std::vector<std::string>& more = {},
                 const std::source_location& where = std::source_location::current()) {
    const testing::ScopedTrace trace(where.file_name(), static_cast<int>(where.line()), mode);
    Outcome outcome = sync(mode, more);
    EXPECT_EQ(outcome.status, status) << outcome.everything();
    EXPECT_EQ(done(outcome.table("t")), counts) << outcome.everything();
    return outcome;
  }

  // The same where it does not matter how much was looked at.
  Outcome expect_status(const std::string& mode, int status,
                        const std::source_location& where = std::source_location::current()) {
    const testing::ScopedTrace trace(where.file_name(), static_cast<int>(where.line()), mode);
    Outcome outcome = sync(mode);
    EXPECT_EQ(outcome.status, status) << outcome.everything();
    done(outcome.table("t"));
    return outcome;
  }

  // Which transaction wrote each row, and where it lies: changes with every rewrite.
  std::vector<std::string> versions() { return rows(cloud, "SELECT id, xmin, ctid FROM t ORDER BY id"); }

  // Full and incremental runs that have nothing to do write nothing.
  void expect_settled(const std::source_location& where = std::source_location::current()) {
    const testing::ScopedTrace trace(where.file_name(), static_cast<int>(where.line()), "settled");
    const auto before = versions();
    for (const char* mode : {"full", "incremental"}) {
      const auto table = sync_well(mode).table("t");
      for (const char* what : {"inserted", "updated", "deleted"}) EXPECT_EQ(table.value(what, -1), 0) << what << table;
    }
    EXPECT_EQ(versions(), before);
  }

  std::vector<std::string> open_conflicts() {
    return rows(cloud, "SELECT kind, row_key->>'a' FROM pgtide.conflict WHERE resolved_at IS NULL ORDER BY 1, 2");
  }
};

// Twenty different rows of the desktop: a is 1 to 20, b is 'row 1' to 'row 20'. The cloud numbers its rows, and has
// columns of its own.
class KeylessPair : public AnyPair {
 public:
  explicit KeylessPair(const std::string& more_of_map = "")
      : AnyPair(
            "CREATE TABLE t (a int, b text, updated_at timestamp DEFAULT '2024-01-01'); "
            "INSERT INTO t SELECT i, 'row ' || i FROM generate_series(1, 20) i",
            "CREATE TABLE t (id bigserial PRIMARY KEY, a int, b text, updated_at timestamp, "
            "source char(1) DEFAULT 'D', note text DEFAULT 'fresh')",
            keyless_t + more_of_map) {}

  void expect_equal(const std::source_location& where = std::source_location::current()) {
    const testing::ScopedTrace trace(where.file_name(), static_cast<int>(where.line()), "contents");
    expect_same("t", "t", "a, b");
  }

  std::vector<std::string> numbered(const std::string& condition = "true") {
    return rows(cloud, "SELECT id, a, b FROM t WHERE " + condition + " ORDER BY id");
  }

  std::string number_of(int a) { return value(cloud, "SELECT id FROM t WHERE a = " + std::to_string(a)); }
};

// ---- counting

TEST(Keyless, RowsArriveAsOftenAsTheyOccur) {
  KeylessPair pair;
  pair.sql(desktop, "INSERT INTO t SELECT 21, 'twice' FROM generate_series(1, 2)");
  pair.sql(desktop, "INSERT INTO t SELECT 22, 'thrice' FROM generate_series(1, 3)");
  pair.follow("full", 0, "25 read: 25 inserted");
  pair.expect_equal();
  EXPECT_THAT(
      pair.rows(cloud, "SELECT b, count(*), count(DISTINCT id) FROM t GROUP BY b HAVING count(*) > 1 ORDER BY b"),
      ElementsAre("thrice|3|3", "twice|2|2"));
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE note = 'fresh' AND source = 'D'"), "25")
      << "columns that nothing feeds get their default";
}

TEST(Keyless, ASecondRunWritesNothing) {
  for (const auto& more : {std::string(), matched + marked}) {
    SCOPED_TRACE(more);
    KeylessPair pair(more);
    pair.sql(desktop,
             "INSERT INTO t SELECT 22, 'thrice' FROM generate_series(1, 3); INSERT INTO t VALUES (NULL, NULL)");
    pair.follow("full", 0, "24 read: 24 inserted");
    const auto before = pair.versions();
    pair.follow("full", 0, "24 read: 24 unchanged");
    pair.follow("incremental", 0, "0 read");
    pair.follow("full", 0, "24 read: 24 unchanged", {"--overwrite"});
    EXPECT_EQ(pair.versions(), before);
  }
}

TEST(Keyless, AnIncrementalRunReadsNothingWhereTheDesktopDidNotWrite) {
  KeylessPair pair;
  pair.sync_well("full");
  pair.follow("incremental", 0, "0 read");
  pair.sql(desktop, "CREATE TABLE unrelated AS SELECT 1 AS x");
  pair.follow("incremental", 0, "0 read");
  pair.sql(cloud, "INSERT INTO t (a, b) VALUES (1, 'phone'); UPDATE t SET note = 'seen'");
  pair.follow("incremental", 0, "0 read");
  const auto idle = pair.follow("incremental", 0, "0 read");
  EXPECT_EQ(idle.table("t")["bytes"], 0) << idle.out;
  EXPECT_EQ(pair.value(cloud, "SELECT sync_status FROM pgtide.watermark WHERE table_name = 't'"), "completed");
}

TEST(Keyless, AnIncrementalRunMayBeTheFirst) {
  KeylessPair pair;
  pair.sql(desktop, "INSERT INTO t SELECT 22, 'thrice' FROM generate_series(1, 3)");
  pair.follow("incremental", 0, "23 read: 23 inserted");
  pair.expect_equal();
  pair.follow("full", 0, "23 read: 23 unchanged");
}

TEST(Keyless, OfThreeEqualRowsExactlyOneGoesWithTheOneThatWasDeleted) {
  KeylessPair pair;
  pair.sql(desktop, "INSERT INTO t SELECT 22, 'thrice' FROM generate_series(1, 3)");
  pair.sync_well("full");
  const auto others = pair.numbered("a < 22");
  for (int left = 2; left >= 0; --left) {
    pair.sql(desktop, "DELETE FROM t WHERE ctid = (SELECT ctid FROM t WHERE a = 22 LIMIT 1)");
    const std::string rows = std::to_string(20 + left);
    pair.follow(left == 1 ? "full" : "incremental", 0, rows + " read: " + rows + " unchanged; 1 deleted");
    pair.expect_equal();
  }
  EXPECT_EQ(pair.numbered(), others);
}

TEST(Keyless, OneMoreEqualRowIsOneMoreRow) {
  KeylessPair pair;
  pair.sync_well("full");
  const auto before = pair.numbered();
  pair.sql(desktop, "INSERT INTO t SELECT 7, 'row 7' FROM generate_series(1, 2)");
  pair.follow("incremental", 0, "22 read: 2 inserted, 20 unchanged");
  pair.sql(desktop, "INSERT INTO t VALUES (7, 'row 7')");
  pair.follow("full", 0, "23 read: 1 inserted, 22 unchanged");
  pair.expect_equal();
  EXPECT_THAT(pair.numbered(), IsSupersetOf(before));
}

TEST(Keyless, ATableThatTheDesktopWroteAnewWithTheSameRowsIsNotRewritten) {
  KeylessPair pair;
  pair.sync_well("full");
  const auto before = pair.versions();
  pair.sql(desktop,
           "CREATE TABLE copy AS SELECT * FROM t ORDER BY a DESC; TRUNCATE t; INSERT INTO t SELECT * FROM copy");
  pair.follow("incremental", 0, "20 read: 20 unchanged");
  pair.sql(desktop, "DROP TABLE t; ALTER TABLE copy RENAME TO t");
  pair.follow("incremental", 0, "20 read: 20 unchanged");
  EXPECT_EQ(pair.versions(), before);
}

TEST(Keyless, ATargetThatWasMadeAnewIsFilledAgain) {
  KeylessPair pair;
  pair.sync_well("full");
  pair.sql(cloud, "DROP TABLE t; CREATE TABLE t (id bigserial PRIMARY KEY, a int, b text, updated_at timestamp)");
  pair.sync_well("full");
  pair.expect_equal();
  pair.expect_settled();
}

// ---- numbers

TEST(Keyless, NumbersStayOverFullEditsInsertsDeletesAndFullAgain) {
  for (const auto& more : {std::string(), matched}) {
    SCOPED_TRACE(more);
    KeylessPair pair(more);
    pair.sync_well("full");
    const auto others = pair.numbered("a NOT IN (3, 4)");
    pair.sql(desktop,
             "UPDATE t SET b = 'edited' WHERE a = 3; DELETE FROM t WHERE a = 4; INSERT INTO t VALUES (21, 'new')");
    pair.sync_well("incremental");
    pair.expect_equal();
    EXPECT_EQ(pair.numbered("a NOT IN (3, 4, 21)"), others);
    const auto all = pair.numbered();
    pair.follow("full", 0, "20 read: 20 unchanged");
    EXPECT_EQ(pair.numbered(), all);
    pair.sql(desktop, "UPDATE t SET b = 'edited again' WHERE a = 3");
    pair.sync_well("full");
    pair.expect_equal();
    EXPECT_EQ(pair.numbered("a NOT IN (3, 4, 21)"), others);
  }
}

TEST(Keyless, NumbersMayBeWhateverThePrimaryKeyIs) {
  const std::vector<std::string> keys = {"id uuid PRIMARY KEY DEFAULT md5(random()::text)::uuid",
                                         "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
                                         "id int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
                                         "id bigserial, shard text DEFAULT 'it''s |,{}', PRIMARY KEY (shard, id)",
                                         "id numeric(8) PRIMARY KEY DEFAULT nextval('numbers')"};
  Pair pair;
  pair.sql(cloud, "CREATE SEQUENCE numbers");
  std::string map;
  std::vector<std::string> tables;
  for (const auto& key : keys) {
    tables.push_back("t" + std::to_string(tables.size()));
    pair.sql(desktop, "CREATE TABLE " + tables.back() + " (a int, b text); INSERT INTO " + tables.back() +
                          " SELECT i / 2, 'x' FROM generate_series(1, 30) i");
    pair.sql(cloud, "CREATE TABLE " + tables.back() + " (" + key + ", a int, b text)");
    map += "  - desktop: " + tables.back() + "\n    key: none\n    match: [a]\n";
  }
  pair.use_map(map);
  const auto numbers = [&](const std::string& table, const std::string& condition) {
    return pair.rows(cloud, "SELECT id, a FROM " + table + " WHERE " + condition + " ORDER BY a, id");
  };
  const auto first = pair.sync_well("full");
  std::vector<std::vector<std::string>> kept, changed;
  for (const auto& table : tables) {
    EXPECT_EQ(done(first.table(table)), "30 read: 30 inserted");
    kept.push_back(numbers(table, "a NOT IN (3, 4)"));
    changed.push_back(numbers(table, "a = 3"));
    pair.sql(desktop, "UPDATE " + table + " SET b = 'y' WHERE a = 3; DELETE FROM " + table +
                          " WHERE a = 4; INSERT INTO " + table + " VALUES (99, 'z')");
  }
  const auto second = pair.sync_well("incremental"), third = pair.sync_well("full");
  for (std::size_t i = 0; i < tables.size(); ++i) {
    SCOPED_TRACE(keys[i]);
    EXPECT_EQ(done(second.table(tables[i])), "29 read: 1 inserted, 2 updated, 26 unchanged; 2 deleted");
    EXPECT_EQ(done(third.table(tables[i])), "29 read: 29 unchanged");
    pair.expect_same(tables[i], tables[i], "a, b");
    EXPECT_EQ(numbers(tables[i], "a NOT IN (3, 4, 99)"), kept[i]);
    EXPECT_EQ(numbers(tables[i], "a = 3"), changed[i]);
  }
}

TEST(Keyless, ACloudTableWithoutAPrimaryKeyIsRefusedWithAReason) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE numbered (a int, b text); INSERT INTO numbered VALUES (1, 'x'); CREATE TABLE bare AS SELECT * "
           "FROM numbered; CREATE TABLE other (x int); INSERT INTO other VALUES (1)");
  pair.sql(cloud,
           "CREATE TABLE numbered (id bigserial, a int, b text); CREATE TABLE bare (a int, b text); CREATE TABLE other "
           "(x int PRIMARY KEY)");
  pair.use_map("  - desktop: numbered\n    key: none\n  - desktop: bare\n    key: none\n  - desktop: other\n");
  for (const char* mode : {"full", "incremental"}) {
    const auto refused = pair.sync(mode);
    EXPECT_EQ(refused.status, 5) << refused.everything();
    for (const char* table : {"numbered", "bare"}) {
      EXPECT_EQ(refused.table(table)["status"], "refused");
      EXPECT_THAT(refused.table(table)["error"].dump(), HasSubstr("primary key"));
      EXPECT_EQ(pair.value(cloud, std::string("SELECT count(*) FROM ") + table), "0");
    }
    EXPECT_EQ(refused.table("other")["status"], "ok");
  }
  EXPECT_THAT(pair.run({"plan", "full"}).everything(), HasSubstr("primary key"));
}

// ---- match

TEST(Keyless, AChangedRowThatAgreesInTheMatchColumnsIsUpdatedInPlace) {
  KeylessPair pair(matched);
  pair.sync_well("full");
  pair.sql(cloud, "UPDATE t SET note = 'written on the phone' WHERE a IN (3, 4)");
  const auto numbers = pair.rows(cloud, "SELECT id, a FROM t ORDER BY id");
  const std::string others = "SELECT id, xmin, ctid FROM t WHERE a NOT IN (3, 4) ORDER BY id";
  const auto versions = pair.rows(cloud, others);
  for (const auto& [mode, a] : {std::pair{"incremental", "3"}, std::pair{"full", "4"}}) {
    const std::string row = std::string(" WHERE a = ") + a;
    pair.sql(desktop, "UPDATE t SET b = 'edited', updated_at = '2024-02-02 01:02:03.456789'" + row);
    pair.follow(mode, 0, "20 read: 1 updated, 19 unchanged");
    pair.expect_equal();
    EXPECT_EQ(pair.value(cloud, "SELECT note || ' ' || updated_at FROM t" + row),
              "written on the phone 2024-02-02 01:02:03.456789");
  }
  EXPECT_EQ(pair.rows(cloud, "SELECT id, a FROM t ORDER BY id"), numbers);
  EXPECT_EQ(pair.rows(cloud, others), versions);
}

TEST(Keyless, WithoutMatchAChangedRowIsReplaced) {
  KeylessPair pair;
  pair.sync_well("full");
  const auto others = pair.numbered("a <> 3");
  for (const char* mode : {"incremental", "full"}) {
    const auto number = pair.number_of(3);
    pair.sql(desktop, "UPDATE t SET b = b || '!' WHERE a = 3");
    pair.follow(mode, 0, "20 read: 1 inserted, 19 unchanged; 1 deleted");
    pair.expect_equal();
    EXPECT_EQ(pair.numbered("a <> 3"), others);
    EXPECT_NE(pair.number_of(3), number);
  }
}

TEST(Keyless, OfTheRowsThatAgreeInTheMatchColumnsAsManyAreUpdatedAsThereAre) {
  KeylessPair pair(matched);
  pair.sql(desktop, "INSERT INTO t VALUES (30, 'p'), (30, 'q'), (30, 'same'), (31, 'p'), (31, 'q'), (32, 'p')");
  pair.sync_well("full");
  const auto numbers = [&](int a) {
    return pair.rows(cloud, "SELECT id FROM t WHERE a = " + std::to_string(a) + " ORDER BY id");
  };
  const auto thirty = numbers(30), thirty_one = numbers(31), thirty_two = numbers(32);
  const auto same = pair.numbered("b = 'same'");
  // two for two, one for two, two for one
  pair.sql(desktop,
           "DELETE FROM t WHERE a >= 30 AND b <> 'same'; "
           "INSERT INTO t VALUES (30, 'r'), (30, 's'), (31, 'r'), (32, 'r'), (32, 's')");
  pair.follow("incremental", 0, "26 read: 1 inserted, 4 updated, 21 unchanged; 1 deleted");
  pair.expect_equal();
  EXPECT_EQ(numbers(30), thirty);
  EXPECT_EQ(pair.numbered("b = 'same'"), same);
  ASSERT_THAT(numbers(31), SizeIs(1));
  EXPECT_THAT(thirty_one, testing::Contains(numbers(31)[0]));
  ASSERT_THAT(numbers(32), SizeIs(2));
  EXPECT_EQ(numbers(32)[0], thirty_two[0]);
}

TEST(Keyless, AChangeOfAMatchColumnIsAnotherRow) {
  KeylessPair pair(matched);
  pair.sync_well("full");
  pair.sql(desktop, "UPDATE t SET a = 100 WHERE a = 3");
  pair.follow("incremental", 0, "20 read: 1 inserted, 19 unchanged; 1 deleted");
  pair.expect_equal();
}

TEST(Keyless, RowsThatExchangeTheirContentsWithinAMatchWriteNothing) {
  KeylessPair pair(matched);
  pair.sql(desktop, "INSERT INTO t VALUES (3, 'other')");
  pair.sync_well("full");
  const auto before = pair.versions();
  pair.sql(desktop, "UPDATE t SET b = CASE b WHEN 'other' THEN 'row 3' ELSE 'other' END WHERE a = 3");
  pair.follow("incremental", 0, "21 read: 21 unchanged");
  EXPECT_EQ(pair.versions(), before);
}

// ---- what is content

TEST(Keyless, WatermarksAreCopiedButAreNoContent) {
  AnyPair pair(
      "CREATE TABLE t (a int, created_at timestamp, updated_at timestamp); "
      "INSERT INTO t SELECT i / 2, timestamp '2020-01-01' + i * interval '1 day', timestamp '2021-01-01' + i * "
      "interval '1 us' FROM generate_series(1, 20) i; INSERT INTO t VALUES (50, NULL, NULL)",
      "CREATE TABLE t (id bigserial PRIMARY KEY, a int, created_at timestamp DEFAULT now(), updated_at timestamp "
      "DEFAULT now())",
      keyless_t + "    watermark: [updated_at, created_at]\n");
  pair.sync_well("full");
  pair.expect_same("t", "t", "a, created_at, updated_at");
  const auto before = pair.versions();
  pair.sql(desktop, "UPDATE t SET created_at = now(), updated_at = NULL");
  pair.follow("incremental", 0, "21 read: 21 unchanged");
  pair.sql(cloud, "UPDATE t SET updated_at = now() WHERE a = 3");
  pair.follow("full", 0, "21 read: 21 unchanged");
  pair.sql(desktop, "DELETE FROM t WHERE a = 50");
  pair.follow("incremental", 0, "20 read: 20 unchanged; 1 deleted");
  // a row whose stamp alone was edited in the cloud is not edited
  pair.sql(desktop, "DELETE FROM t WHERE ctid = (SELECT ctid FROM t WHERE a = 3 LIMIT 1)");
  pair.follow("incremental", 0, "19 read: 19 unchanged; 1 deleted");
}

TEST(Keyless, AStampThatIsNoWatermarkIsContent) {
  AnyPair pair(
      "CREATE TABLE t (a int, created_at timestamp, updated_at timestamp); "
      "INSERT INTO t SELECT i, '2020-01-01', '2021-01-01' FROM generate_series(1, 20) i",
      "CREATE TABLE t (id bigserial PRIMARY KEY, a int, created_at timestamp, updated_at timestamp)",
      keyless_t + matched + "    watermark: updated_at\n");
  pair.sync_well("full");
  pair.sql(desktop, "UPDATE t SET created_at = '2020-01-02' WHERE a = 1; UPDATE t SET updated_at = now() WHERE a = 2");
  pair.follow("incremental", 0, "20 read: 1 updated, 19 unchanged");
  pair.expect_same("t", "t", "a, created_at");
}

TEST(Keyless, NullsAreContentAndMatchEachOther) {
  KeylessPair pair(matched);
  pair.sql(
      desktop,
      "INSERT INTO t VALUES (NULL, 'x'), (NULL, 'x'), (NULL, NULL), (NULL, NULL), (30, NULL), (30, ''), (31, NULL)");
  pair.follow("full", 0, "27 read: 27 inserted");
  pair.expect_equal();
  pair.expect_settled();
  const auto numbers = pair.rows(cloud, "SELECT id FROM t WHERE a IS NULL ORDER BY id");
  pair.sql(desktop,
           "UPDATE t SET b = 'y' WHERE ctid = (SELECT ctid FROM t WHERE a IS NULL AND b = 'x' LIMIT 1); "
           "UPDATE t SET b = NULL WHERE b = ''; UPDATE t SET b = '' WHERE a = 31");
  pair.follow("incremental", 0, "27 read: 3 updated, 24 unchanged");
  pair.expect_equal();
  EXPECT_EQ(pair.rows(cloud, "SELECT id FROM t WHERE a IS NULL ORDER BY id"), numbers);
  pair.sql(desktop, "DELETE FROM t WHERE ctid = (SELECT ctid FROM t WHERE a IS NULL AND b IS NULL LIMIT 1)");
  pair.follow("incremental", 0, "26 read: 26 unchanged; 1 deleted");
  pair.expect_equal();
}

TEST(Keyless, ValuesOfTypesWithoutEqualityAreComparedAsTheyAre) {
  const std::string columns = "k int, j json, x xml, p point";
  for (const auto& match : {std::string(), std::string("    match: [j]\n")}) {
    SCOPED_TRACE(match);
    AnyPair pair("CREATE TABLE t (" + columns + ")", "CREATE TABLE t (id bigserial PRIMARY KEY, " + columns + ")",
                 keyless_t + match);
    pair.sql(desktop,
             "INSERT INTO t SELECT i, '{\"a\": 1}', '<a b=\"1\"/>', '(1,2)' FROM generate_series(1, 40) i; "
             "INSERT INTO t SELECT 50, '[1]', '<c/>', '(3,4)' FROM generate_series(1, 3); INSERT INTO t VALUES (51)");
    pair.follow("full", 0, "44 read: 44 inserted");
    pair.expect_same("t", "t", "k, j, x, p");
    pair.expect_settled();
    pair.sql(desktop,
             "UPDATE t SET j = '{\"a\":1}' WHERE k = 1; UPDATE t SET x = '<a b=''1''/>' WHERE k = 2; "
             "UPDATE t SET p = '(1,2.0000000000000004)' WHERE k = 3");
    pair.sync_well("incremental");
    pair.expect_same("t", "t", "k, j, x, p");
    pair.expect_settled();
  }
}

TEST(Keyless, AnotherFormOfTheSameValueIsAnotherContent) {
  AnyPair pair(
      "CREATE EXTENSION citext; CREATE TABLE t (k int, n numeric, s citext, j jsonb, i interval); "
      "INSERT INTO t SELECT k, 1.0, 'Smith', '1.0', '1 day' FROM generate_series(1, 40) k; "
      "INSERT INTO t VALUES (100, 1.0, 'Smith', '1.0', '1 day'), (100, 1.00, 'SMITH', '1.00', '24 hours')",
      "CREATE EXTENSION citext; CREATE TABLE t (id bigserial PRIMARY KEY, k int, n numeric, s citext, j jsonb, i "
      "interval)",
      keyless_t + "    match: [k]\n");
  const std::string columns = "k, n, s, j, i";
  pair.sync_well("full");
  pair.expect_same("t", "t", columns);
  const auto numbers = pair.rows(cloud, "SELECT id, k FROM t ORDER BY id");
  pair.sql(desktop,
           "UPDATE t SET n = 1.00 WHERE k = 1; UPDATE t SET s = 'SMITH' WHERE k = 2; "
           "UPDATE t SET j = '1.00' WHERE k = 3; UPDATE t SET i = '24 hours' WHERE k = 4");
  pair.follow("incremental", 0, "42 read: 4 updated, 38 unchanged");
  pair.expect_same("t", "t", columns);
  EXPECT_EQ(pair.rows(cloud, "SELECT id, k FROM t ORDER BY id"), numbers);
  pair.expect_settled();
}

TEST(Keyless, RowsWhoseMatchColumnsDifferInFormOnlyAreNotMixedUp) {
  AnyPair pair(
      "CREATE TABLE t (n numeric, b text); INSERT INTO t SELECT i, 'x' FROM generate_series(1, 30) i; "
      "INSERT INTO t VALUES (1.0, 'p'), (1.00, 'q')",
      "CREATE TABLE t (id bigserial PRIMARY KEY, n numeric, b text)", keyless_t + "    match: [n]\n");
  pair.sync_well("full");
  pair.sql(desktop,
           "UPDATE t SET b = 'r' WHERE b = 'q'; DELETE FROM t WHERE b = 'p'; UPDATE t SET n = 2.0 WHERE n = 2");
  pair.sync_well("incremental");
  pair.expect_same("t", "t", "n, b");
  pair.expect_settled();
}

TEST(Keyless, ValuesThatAreConvertedAreFoundEqualAgain) {
  AnyPair pair(
      "CREATE TABLE t (at timestamp, name varchar(10), n int, m numeric(8,2), d date, updated_at timestamp); "
      "INSERT INTO t SELECT timestamp '2024-03-01 00:15:00.123456' + i / 2 * interval '1 hour', 'name ' || i / 2, i / "
      "2, i / 2, date '2024-01-01' + i / 2, now() FROM generate_series(1, 40) i; "
      "INSERT INTO t VALUES ('infinity', 'x', NULL, NULL, NULL, NULL), (NULL, NULL, NULL, 1.5, NULL, NULL)",
      "CREATE TABLE t (id bigserial PRIMARY KEY, at timestamptz, name varchar(20), n bigint, m numeric, d timestamp, "
      "updated_at timestamptz)",
      keyless_t + "    match: [n]\n",
      "map: test\ndesktop: {url: \"${PGTIDE_DESKTOP_URL}\", timezone: Asia/Kolkata}\n"
      "cloud: {url: \"${PGTIDE_CLOUD_URL}\"}\n");
  const auto expect_equal = [&] {
    EXPECT_EQ(pair.contents(desktop, "t", "at AT TIME ZONE 'Asia/Kolkata', name, n, m, d::timestamp"),
              pair.contents(cloud, "t", "at, name, n, m, d"));
  };
  pair.follow("full", 0, "42 read: 42 inserted");
  expect_equal();
  pair.expect_settled();
  pair.sql(desktop, "UPDATE t SET at = at + interval '1 us' WHERE n = 5; DELETE FROM t WHERE n = 6");
  pair.follow("incremental", 0, "40 read: 2 updated, 38 unchanged; 2 deleted");
  expect_equal();
  pair.expect_settled();
}

TEST(Keyless, ColumnsThatAreSkippedAreNoContentAndRenamedOnesAre) {
  AnyPair pair(
      "CREATE TABLE t (id int, old_name text, secret text, only_here int); "
      "INSERT INTO t SELECT 1000 + i, 'v' || i / 2, 's' || i, i FROM generate_series(1, 40) i",
      "CREATE TABLE t (id bigserial PRIMARY KEY, new_name text, secret text DEFAULT 'none')",
      keyless_t + "    skip: [id, secret]\n    rename: {old_name: new_name}\n");
  const auto expect_equal = [&] {
    EXPECT_EQ(pair.contents(desktop, "t", "old_name, 'none'::text AS secret"),
              pair.contents(cloud, "t", "new_name, secret"));
  };
  pair.follow("full", 0, "40 read: 40 inserted");
  expect_equal();
  EXPECT_LT(pair.number(cloud, "SELECT max(id) FROM t"), 1000) << "the cloud makes its own numbers";
  const auto before = pair.versions();
  pair.sql(desktop, "UPDATE t SET id = -id, secret = 'other', only_here = 0");
  pair.follow("incremental", 0, "40 read: 40 unchanged");
  EXPECT_EQ(pair.versions(), before);
  pair.sql(desktop, "UPDATE t SET old_name = 'new' WHERE id = -1001");
  pair.follow("incremental", 0, "40 read: 1 inserted, 39 unchanged; 1 deleted");
  expect_equal();
}

// As in the map of the practice.
TEST(Keyless, AColumnThatIsLookedUpInAnotherTableFollowsThatTable) {
  AnyPair pair(
      "CREATE TABLE t (job_id int, task_id int, taskorder int, hours numeric(8,2)); CREATE TABLE jobshead (job_id int, "
      "client_id int); INSERT INTO t SELECT i % 10, i, 1, 1.5 FROM generate_series(1, 40) i; "
      "INSERT INTO t SELECT 1, 99, 1, 2 FROM generate_series(1, 2); "
      "INSERT INTO jobshead SELECT i, 100 + i FROM generate_series(0, 8) i; INSERT INTO jobshead VALUES (1, 500)",
      "CREATE TABLE t (jt_id bigserial PRIMARY KEY, job_id int, task_id int, taskorder int, hours numeric(8,2), "
      "client_id int)",
      "  - desktop: t\n    key: none\n    match: [job_id, task_id, taskorder]\n    skip: [jt_id]\n    forward:\n"
      "      join: \"LEFT JOIN (SELECT job_id, min(client_id) AS client_id FROM jobshead GROUP BY job_id) j ON "
      "j.job_id = t.job_id\"\n      columns: {client_id: j.client_id}\n");
  const std::string numbers_query = "SELECT jt_id, job_id, task_id FROM t ORDER BY jt_id";
  const auto expect_equal = [&] {
    EXPECT_EQ(pair.contents(desktop,
                            "t LEFT JOIN (SELECT job_id, min(client_id) AS client_id FROM jobshead GROUP BY job_id) j "
                            "ON j.job_id = t.job_id",
                            "t.*, j.client_id"),
              pair.contents(cloud, "t", "job_id, task_id, taskorder, hours, client_id"));
  };
  pair.follow("full", 0, "42 read: 42 inserted");
  expect_equal();
  pair.follow("incremental", 0, "0 read");
  const auto numbers = pair.rows(cloud, numbers_query);
  pair.sql(desktop, "UPDATE jobshead SET client_id = 7 WHERE job_id = 2");
  pair.follow("incremental", 0, "42 read: 4 updated, 38 unchanged");
  expect_equal();
  pair.sql(desktop, "DELETE FROM jobshead WHERE client_id = 101");
  pair.follow("incremental", 0, "42 read: 6 updated, 36 unchanged");
  expect_equal();
  pair.sql(desktop, "INSERT INTO jobshead VALUES (9, 9)");
  pair.follow("incremental", 0, "42 read: 4 updated, 38 unchanged");
  expect_equal();
  pair.sql(desktop, "INSERT INTO jobshead VALUES (9, 99)");
  pair.follow("incremental", 0, "42 read: 42 unchanged");
  EXPECT_EQ(pair.rows(cloud, numbers_query), numbers);
  pair.follow("full", 0, "42 read: 42 unchanged");
}

TEST(Keyless, TriggersThatStampRowsInTheCloudMakeNoDifference) {
  KeylessPair pair(matched + marked);
  pair.sql(cloud,
           "ALTER TABLE t ADD COLUMN touched int DEFAULT 0; CREATE TABLE fired (op text); CREATE FUNCTION touch() "
           "RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = clock_timestamp(); NEW.touched = "
           "coalesce(NEW.touched, 0) + 1; INSERT INTO fired VALUES (TG_OP); RETURN NEW; END $$; "
           "CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch()");
  pair.follow("full", 0, "20 read: 20 inserted");
  pair.expect_equal();
  pair.sql(cloud, "TRUNCATE fired");
  pair.expect_settled();
  pair.follow("full", 0, "20 read: 20 unchanged", {"--overwrite"});
  EXPECT_THAT(pair.rows(cloud, "SELECT * FROM fired"), IsEmpty());
  pair.sql(desktop, "UPDATE t SET b = 'edited' WHERE a = 3; DELETE FROM t WHERE a = 4");
  pair.follow("incremental", 0, "19 read: 1 updated, 18 unchanged; 1 deleted");
  pair.expect_equal();
  EXPECT_THAT(pair.rows(cloud, "SELECT * FROM fired"), ElementsAre("UPDATE"));
  pair.expect_settled();
}

TEST(Keyless, RowsThatATriggerInTheCloudChangesAreNotDoubled) {
  KeylessPair pair;
  pair.sql(cloud,
           "CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.b = upper(NEW.b); RETURN NEW; END "
           "$$; CREATE TRIGGER shout BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION shout()");
  pair.sync_well("full");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE b LIKE 'ROW%'"), "20");
  pair.expect_settled();
  pair.sql(desktop, "INSERT INTO t VALUES (21, 'new')");
  pair.sync_well("incremental");
  pair.expect_settled();
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "21");
}

// ---- the fuse

TEST(Keyless, ARunThatWouldRemoveMoreThanATenthOfATableStopsBeforeItDoes) {
  KeylessPair pair;
  pair.sql("CREATE TABLE other (id int PRIMARY KEY)");
  pair.use_map(keyless_t + "  - desktop: other\n");
  pair.sync_well("full");
  const auto before = pair.versions();
  pair.sql(desktop, "DELETE FROM t WHERE a <= 3; INSERT INTO t VALUES (21, 'new'); INSERT INTO other VALUES (1)");
  for (const char* mode : {"incremental", "full", "incremental"}) {
    const auto stopped = pair.follow(mode, 11, "0 read");
    EXPECT_EQ(stopped.table("t")["status"], "fuse");
    EXPECT_EQ(stopped.table("other")["status"], "ok");
    EXPECT_THAT(stopped.everything(), HasSubstr("--past-fuse t"));
    EXPECT_EQ(pair.versions(), before);
    EXPECT_EQ(pair.value(cloud, "SELECT sync_status FROM pgtide.watermark WHERE table_name = 't'"), "failed");
  }
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM other"), "1");
  pair.follow("incremental", 0, "18 read: 1 inserted, 17 unchanged; 3 deleted", {"--past-fuse", "t"});
  pair.expect_equal();
  pair.sql(desktop, "DELETE FROM t WHERE a <= 6");
  pair.follow("full", 11, "0 read");
  pair.follow("full", 0, "15 read: 15 unchanged; 3 deleted", {"--past-fuse", "t"});
  pair.expect_equal();
}

TEST(Keyless, ATenthIsNotTooMuch) {
  KeylessPair pair;
  pair.sync_well("full");
  pair.sql(desktop, "DELETE FROM t WHERE a <= 2");
  pair.follow("incremental", 0, "18 read: 18 unchanged; 2 deleted");
  pair.expect_equal();
}

TEST(Keyless, TheFuseIsAsTheMapSaysForATableOrForAll) {
  const std::string head =
      "map: test\ndesktop: {url: \"${PGTIDE_DESKTOP_URL}\"}\ncloud: {url: \"${PGTIDE_CLOUD_URL}\"}\n"
      "defaults: {fuse: 4%}\n";
  KeylessPair pair;
  pair.use_map(keyless_t + "    fuse: 50%\n", head);
  pair.sync_well("full");
  pair.sql(desktop, "DELETE FROM t WHERE a <= 11");
  pair.follow("full", 11, "0 read");
  pair.sql(desktop, "INSERT INTO t VALUES (11, 'row 11')");
  pair.follow("full", 0, "10 read: 10 unchanged; 10 deleted");
  pair.expect_equal();
  pair.use_map(keyless_t, head);
  pair.sql(desktop, "INSERT INTO t SELECT i, 'more' FROM generate_series(31, 40) i");
  pair.sync_well("incremental");
  pair.sql(desktop, "DELETE FROM t WHERE a = 31");
  pair.follow("incremental", 11, "0 read");
}

TEST(Keyless, ATableThatWasEmptiedOnTheDesktopStopsAtTheFuse) {
  KeylessPair pair(marked + "    fuse: 100%\n");
  pair.sync_well("full");
  pair.sql(cloud, "INSERT INTO t (a, b, source) VALUES (100, 'phone', 'M')");
  const auto before = pair.versions();
  pair.sql(desktop, "CREATE TABLE copy AS SELECT * FROM t; TRUNCATE t");
  for (const char* mode : {"incremental", "full"}) {
    const auto stopped = pair.follow(mode, 11, "0 read");
    EXPECT_EQ(stopped.table("t")["status"], "fuse");
    EXPECT_EQ(pair.versions(), before);
  }
  pair.sql(desktop, "INSERT INTO t SELECT * FROM copy");
  pair.follow("incremental", 0, "20 read: 20 unchanged");
  pair.sql(desktop, "DELETE FROM t");
  pair.follow("incremental", 11, "0 read");
  pair.follow("full", 0, "0 read; 20 deleted", {"--past-fuse", "t"});
  EXPECT_THAT(pair.rows(cloud, "SELECT a, b FROM t"), ElementsAre("100|phone"));
}

TEST(Keyless, RowsThatAreUpdatedInPlaceOrInsertedDoNotBlowTheFuse) {
  KeylessPair pair(matched);
  pair.sync_well("full");
  const auto numbers = pair.rows(cloud, "SELECT id, a FROM t ORDER BY id");
  pair.sql(desktop, "UPDATE t SET b = b || '!'; INSERT INTO t SELECT i, 'new' FROM generate_series(21, 60) i");
  pair.follow("incremental", 0, "60 read: 40 inserted, 20 updated");
  pair.expect_equal();
  EXPECT_EQ(pair.rows(cloud, "SELECT id, a FROM t WHERE a <= 20 ORDER BY id"), numbers);
}

// ---- rows that others refer to

TEST(Keyless, ARowThatOthersReferToIsNeverRemoved) {
  const std::vector<std::string> actions = {"", "ON DELETE CASCADE", "ON DELETE SET NULL", "ON DELETE SET DEFAULT",
                                            "ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"};
  KeylessPair pair;
  pair.sql(desktop, "INSERT INTO t SELECT i, 'row ' || i FROM generate_series(21, 100) i");
  pair.sync_well("full");
  std::string photos = "SELECT 0 AS t_id WHERE false";
  for (std::size_t i = 0; i < actions.size(); ++i) {
    const std::string photo = "photo" + std::to_string(i);
    pair.sql(cloud, "CREATE TABLE " + photo + " (t_id bigint REFERENCES t " + actions[i] +
                        ", file text); INSERT INTO " + photo +
                        " SELECT id, 'a.jpg' FROM t WHERE a = " + std::to_string(i + 1));
    photos += " UNION ALL SELECT t_id FROM " + photo;
  }
  const auto referred = pair.rows(cloud, "SELECT id, xmin, ctid FROM t WHERE a <= 5 ORDER BY id");
  pair.sql(desktop, "DELETE FROM t WHERE a <= 6");
  pair.follow("incremental", 8, "99 read: 94 unchanged, 5 conflicted; 1 deleted");
  for (const char* mode : {"incremental", "full", "incremental"}) {
    const auto waits = pair.expect_status(mode, 8);
    EXPECT_EQ(waits.table("t")["conflicted"], 5) << waits.out;
    EXPECT_EQ(waits.table("t")["status"], "attention");
    EXPECT_EQ(waits.table("t")["deleted"], 0);
  }
  EXPECT_EQ(pair.rows(cloud, "SELECT id, xmin, ctid FROM t WHERE a <= 5 ORDER BY id"), referred);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM (" + photos + ") p JOIN t ON t.id = t_id"), "5");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "99");
  EXPECT_THAT(pair.rows(cloud,
                        "SELECT map, direction, table_name, kind, row_key->>'b', cloud_row->>'b', resolution_strategy, "
                        "resolved_at IS NULL FROM pgtide.conflict WHERE row_key->>'a' = '5'"),
              ElementsAre("test|forward|t|delete_origin_differs|row 5|row 5|desktop_wins|t"));
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.conflict"), "5");
  // until its cause is gone
  for (std::size_t i = 0; i < actions.size(); ++i) {
    SCOPED_TRACE(actions[i]);
    pair.sql(cloud, "DELETE FROM photo" + std::to_string(i));
    EXPECT_EQ(pair.expect_status("incremental", i + 1 < actions.size() ? 8 : 0).table("t")["deleted"], 1);
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE a = " + std::to_string(i + 1)), "0");
    EXPECT_THAT(pair.open_conflicts(), SizeIs(actions.size() - i - 1));
  }
  pair.expect_equal();
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.conflict WHERE resolved_at IS NOT NULL"), "5");
  pair.expect_settled();
}

TEST(Keyless, ARowThatOthersReferToByAnotherUniqueColumnIsNeverRemoved) {
  KeylessPair pair;
  pair.sql(cloud,
           "ALTER TABLE t ADD COLUMN code uuid UNIQUE DEFAULT md5(random()::text)::uuid, ADD COLUMN parent bigint "
           "REFERENCES t "
           "ON DELETE CASCADE; CREATE SCHEMA app; CREATE TABLE app.photo (code uuid REFERENCES t (code) ON DELETE "
           "CASCADE)");
  pair.sync_well("full");
  pair.sql(cloud,
           "INSERT INTO app.photo SELECT code FROM t WHERE a = 5; UPDATE t SET parent = (SELECT id FROM t WHERE a = 6) "
           "WHERE a = 7");
  const auto before = pair.versions();
  pair.sql(desktop, "DELETE FROM t WHERE a IN (5, 6)");
  pair.follow("incremental", 8, "20 read: 18 unchanged, 2 conflicted");
  EXPECT_EQ(pair.versions(), before);
  EXPECT_THAT(pair.open_conflicts(), ElementsAre("delete_origin_differs|5", "delete_origin_differs|6"));
}

TEST(Keyless, ARowThatOthersReferToAndThatComesBackOnTheDesktopIsTheSameRow) {
  KeylessPair pair;
  pair.sync_well("full");
  pair.sql(cloud, "CREATE TABLE photo (t_id bigint REFERENCES t); INSERT INTO photo SELECT id FROM t WHERE a = 5");
  const auto before = pair.versions();
  pair.sql(desktop, "DELETE FROM t WHERE a = 5");
  pair.follow("full", 8, "20 read: 19 unchanged, 1 conflicted");
  pair.sql(desktop, "INSERT INTO t VALUES (5, 'row 5')");
  pair.follow("incremental", 0, "20 read: 20 unchanged");
  EXPECT_EQ(pair.versions(), before);
  EXPECT_THAT(pair.open_conflicts(), IsEmpty());
}

TEST(Keyless, NeitherOverwriteNorPastFuseRemovesARowThatOthersReferTo) {
  KeylessPair pair;
  pair.sync_well("full");
  pair.sql(
      cloud,
      "CREATE TABLE photo (t_id bigint REFERENCES t ON DELETE CASCADE); INSERT INTO photo SELECT id FROM t WHERE a "
      "= 5");
  pair.sql(desktop, "DELETE FROM t WHERE a = 5");
  EXPECT_EQ(pair.sync("full", {"--overwrite"}).status, 8);
  EXPECT_EQ(pair.sync("full", {"--past-fuse", "t"}).status, 8);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM photo JOIN t ON t.id = t_id"), "1");
}

TEST(Keyless, ARowThatOthersReferToMayBeUpdatedInPlace) {
  KeylessPair pair(matched);
  pair.sync_well("full");
  pair.sql(cloud, "CREATE TABLE photo (t_id bigint REFERENCES t); INSERT INTO photo SELECT id FROM t WHERE a = 5");
  pair.sql(desktop, "UPDATE t SET b = 'edited' WHERE a = 5");
  pair.follow("incremental", 0, "20 read: 1 updated, 19 unchanged");
  EXPECT_EQ(pair.value(cloud, "SELECT b FROM photo JOIN t ON t.id = t_id"), "edited");
}

TEST(Keyless, WithoutMatchAReferredRowThatChangedStaysBesideTheNewOne) {
  KeylessPair pair;
  pair.sync_well("full");
  pair.sql(cloud, "CREATE TABLE photo (t_id bigint REFERENCES t); INSERT INTO photo SELECT id FROM t WHERE a = 5");
  pair.sql(desktop, "UPDATE t SET b = 'edited' WHERE a = 5");
  pair.follow("incremental", 8, "21 read: 1 inserted, 19 unchanged, 1 conflicted");
  EXPECT_THAT(pair.rows(cloud, "SELECT b FROM t WHERE a = 5 ORDER BY b"), ElementsAre("edited", "row 5"));
  EXPECT_EQ(pair.value(cloud, "SELECT b FROM photo JOIN t ON t.id = t_id"), "row 5");
}

TEST(Keyless, OfEqualRowsOneGoesThatNobodyRefersToOrEdited) {
  KeylessPair pair;
  pair.sql(desktop,
           "INSERT INTO t SELECT i, 'more' FROM generate_series(100, 120) i; "
           "INSERT INTO t SELECT i % 3, 'thrice' FROM generate_series(1, 9) i");
  pair.sync_well("full");
  pair.sql(cloud, "CREATE TABLE photo (t_id bigint REFERENCES t)");
  std::vector<std::string> gone;
  for (std::size_t a = 0; a < 3; ++a) {
    const auto numbers =
        pair.rows(cloud, "SELECT id FROM t WHERE b = 'thrice' AND a = " + std::to_string(a) + " ORDER BY id");
    ASSERT_THAT(numbers, SizeIs(3));
    pair.sql(cloud, "INSERT INTO photo VALUES (" + numbers[(a + 1) % 3] +
                        "); UPDATE t SET b = 'phone' WHERE id = " + numbers[(a + 2) % 3]);
    gone.push_back(numbers[a]);
    pair.sql(desktop, "DELETE FROM t WHERE ctid = (SELECT ctid FROM t WHERE b = 'thrice' AND a = " + std::to_string(a) +
                          " LIMIT 1)");
  }
  pair.follow("incremental", 0, "47 read: 44 unchanged, 3 skipped; 3 deleted");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE id IN (" + gone[0] + "," + gone[1] + "," + gone[2] + ")"),
            "0");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "47");
}

// ---- rows that were born in the cloud

TEST(Keyless, RowsBornInTheCloudStayWhateverTheirOriginSaysAndWhateverTheyHold) {
  for (const bool with_match : {false, true}) {
    SCOPED_TRACE(with_match);
    KeylessPair pair(with_match ? matched + marked : "");
    pair.sync_well("full");
    pair.sql(cloud,
             "INSERT INTO t (a, b, source, note) VALUES (100, 'phone', 'M', 'n'), (101, 'phone', NULL, 'n'), (7, 'row "
             "7', 'M', 'n'), (7, 'row 7', NULL, 'n'), (3, 'phone', 'M', 'n'), (3, 'phone', NULL, 'n'); "
             "INSERT INTO t (a, b, note) VALUES (102, 'phone', 'n'), (7, 'row 7', 'n'), (3, 'phone', 'n')");
    const std::string phones = "SELECT id, xmin, ctid, source FROM t WHERE note = 'n' ORDER BY id";
    const auto before = pair.rows(cloud, phones);
    pair.follow("incremental", 0, "0 read");
    pair.follow("full", 0, "20 read: 20 unchanged");
    pair.follow("full", 0, "20 read: 20 unchanged", {"--overwrite"});
    // the desktop gets one more of what a phone has, loses one, and changes one
    pair.sql(desktop,
             "INSERT INTO t VALUES (7, 'row 7'), (100, 'phone'); DELETE FROM t WHERE a = 8; "
             "UPDATE t SET b = 'edited' WHERE a = 3");
    EXPECT_EQ(pair.expect_status("incremental", 0).table("t")["inserted"].get<int>(), with_match ? 2 : 3);
    EXPECT_EQ(pair.rows(cloud, phones), before);
    EXPECT_EQ(pair.contents(desktop, "t", "a, b"), pair.contents(cloud, "t WHERE note <> 'n'", "a, b"));
    pair.sql(desktop, "DELETE FROM t WHERE a = 7");
    pair.follow("full", 0, "19 read: 19 unchanged; 2 deleted");
    EXPECT_EQ(pair.rows(cloud, phones), before);
    EXPECT_EQ(pair.contents(desktop, "t", "a, b"), pair.contents(cloud, "t WHERE note <> 'n'", "a, b"));
  }
}

TEST(Keyless, TheOriginOfADesktopRowIsSentAndRowsThatCameFromTheCloudAreNotRead) {
  AnyPair pair(
      "CREATE TABLE t (a int, source char(1)); INSERT INTO t SELECT i, CASE WHEN i % 2 = 0 THEN 'D' END FROM "
      "generate_series(1, 20) i; INSERT INTO t VALUES (100, 'M'), (101, 'M'), (20, NULL)",
      "CREATE TABLE t (id bigserial PRIMARY KEY, a int, source char(1)); INSERT INTO t (a, source) VALUES (100, 'M')",
      keyless_t + marked);
  pair.follow("full", 0, "21 read: 21 inserted");
  EXPECT_THAT(pair.rows(cloud, "SELECT source, count(*), max(a) FROM t GROUP BY 1 ORDER BY 1"),
              ElementsAre("D|21|20", "M|1|100"));
  pair.expect_settled();
  pair.sql(desktop, "UPDATE t SET a = 102 WHERE a = 101");
  EXPECT_EQ(pair.expect_status("incremental", 0).table("t")["inserted"], 0);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "22");
}

TEST(Keyless, WhereTheDesktopHasNoOriginItsRowsAreSentAsItsOwn) {
  KeylessPair pair(marked);
  pair.sql(cloud, "ALTER TABLE t ALTER source DROP DEFAULT");
  pair.sync_well("full");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE source = 'D'"), "20");
}

// ---- rows of ours that a phone edited or deleted

TEST(Keyless, ARowOfOursThatAPhoneEditedIsNeitherDoubledNorOverwrittenNorRemoved) {
  for (const auto& more : {std::string(), matched + marked}) {
    SCOPED_TRACE(more);
    KeylessPair pair(more);
    pair.sql(desktop, "INSERT INTO t VALUES (6, 'row 6')");
    pair.sync_well("full");
    pair.sql(
        cloud,
        "UPDATE t SET b = 'phone' WHERE a = 5; UPDATE t SET a = 600 WHERE id = (SELECT min(id) FROM t WHERE a = 6); "
        "UPDATE t SET b = NULL WHERE a = 7");
    const auto before = pair.versions();
    pair.follow("incremental", 0, "0 read");
    for (int time = 0; time < 2; ++time) pair.follow("full", 0, "21 read: 18 unchanged, 3 skipped");
    EXPECT_EQ(pair.versions(), before);
    pair.sql(desktop, "INSERT INTO t VALUES (30, 'new')");
    pair.follow("incremental", 0, "22 read: 1 inserted, 18 unchanged, 3 skipped");
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "22");
    EXPECT_THAT(pair.open_conflicts(), IsEmpty());
    // and back again
    pair.sql(cloud, "UPDATE t SET b = 'row 5' WHERE a = 5; UPDATE t SET a = 6 WHERE a = 600");
    pair.follow("full", 0, "22 read: 21 unchanged, 1 skipped");
  }
}

TEST(Keyless, AnEditThatMakesARowOfOursEqualToAnotherMixesThemUpInNothing) {
  KeylessPair pair;
  pair.sync_well("full");
  pair.sql(cloud, "UPDATE t SET a = 6, b = 'row 6' WHERE a = 5");
  const auto before = pair.versions();
  pair.follow("full", 0, "20 read: 19 unchanged, 1 skipped");
  EXPECT_EQ(pair.versions(), before);
  pair.sql(desktop, "INSERT INTO t VALUES (6, 'row 6')");
  pair.follow("incremental", 0, "21 read: 1 inserted, 19 unchanged, 1 skipped");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE a = 6"), "3");
}

TEST(Keyless, ARowThatBothSidesChangedIsAConflictUntilItsCauseIsGone) {
  KeylessPair pair(matched + manual);
  pair.sync_well("full");
  const auto numbers = pair.rows(cloud, "SELECT id, a FROM t ORDER BY id");
  pair.sql(cloud, "UPDATE t SET b = 'phone' WHERE a <= 4");
  pair.sql(desktop, "UPDATE t SET b = 'desktop' WHERE a <= 4");
  const auto before = pair.versions();
  pair.follow("incremental", 8, "20 read: 16 unchanged, 4 conflicted");
  EXPECT_EQ(pair.expect_status("incremental", 8).table("t")["conflicted"], 4);
  pair.follow("full", 8, "20 read: 16 unchanged, 4 conflicted");
  EXPECT_EQ(pair.versions(), before);
  EXPECT_THAT(pair.rows(cloud,
                        "SELECT table_name, row_key, kind, desktop_row->>'b', cloud_row->>'b', resolution_strategy, "
                        "resolved_at IS NULL FROM pgtide.conflict WHERE row_key->>'a' = '3'"),
              ElementsAre("t|{\"a\": 3}|update_origin_differs|desktop|phone|manual|t"));
  struct End {
    support::Place side;
    const char* change;
    const char* after;  // what stands in the cloud then
  };
  int a = 1;
  for (const auto& end : {End{cloud, "row 1", "desktop"}, End{cloud, "desktop", "desktop"},
                          End{desktop, "row 3", "phone"}, End{desktop, "phone", "phone"}}) {
    SCOPED_TRACE(a);
    const std::string row = " WHERE a = " + std::to_string(a);
    pair.sql(end.side, std::string("UPDATE t SET b = '") + end.change + "'" + row);
    pair.expect_status("incremental", a < 4 ? 8 : 0);
    EXPECT_EQ(pair.value(cloud, "SELECT b FROM t" + row), end.after);
    EXPECT_THAT(pair.open_conflicts(), SizeIs(4 - a));
    ++a;
  }
  EXPECT_EQ(pair.rows(cloud, "SELECT id, a FROM t ORDER BY id"), numbers);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.conflict WHERE resolved_at IS NOT NULL"), "4");
  pair.expect_settled();
}

TEST(Keyless, ARowThatBothSidesChangedAlikeIsNoConflict) {
  KeylessPair pair(matched);
  pair.sync_well("full");
  pair.sql("UPDATE t SET b = 'agreed' WHERE a = 5");
  const auto before = pair.versions();
  pair.follow("incremental", 0, "20 read: 20 unchanged");
  EXPECT_EQ(pair.versions(), before);
  pair.sql(desktop, "UPDATE t SET b = 'later' WHERE a = 5");
  pair.follow("incremental", 0, "20 read: 1 updated, 19 unchanged");
  pair.expect_equal();
}

TEST(Keyless, ARowThatThePhoneEditedAndTheDesktopDeletedIsAConflictUntilItsCauseIsGone) {
  for (const auto& more : {std::string(), matched}) {
    SCOPED_TRACE(more);
    KeylessPair pair(more);
    pair.sql(desktop, "INSERT INTO t SELECT i, 'row ' || i FROM generate_series(21, 30) i");
    pair.sync_well("full");
    pair.sql(cloud, "UPDATE t SET b = 'phone' WHERE a <= 3");
    const auto before = pair.versions();
    pair.sql(desktop, "DELETE FROM t WHERE a <= 3");
    pair.follow("incremental", 8, "30 read: 27 unchanged, 3 conflicted");
    EXPECT_EQ(pair.expect_status("incremental", 8).table("t")["conflicted"], 3);
    pair.follow("full", 8, "30 read: 27 unchanged, 3 conflicted");
    EXPECT_EQ(pair.versions(), before);
    EXPECT_THAT(pair.open_conflicts(),
                ElementsAre("delete_origin_differs|1", "delete_origin_differs|2", "delete_origin_differs|3"));
    pair.sql(cloud, "UPDATE t SET b = 'row 1' WHERE a = 1");
    EXPECT_EQ(pair.expect_status("incremental", 8).table("t")["deleted"], 1);
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE a = 1"), "0") << "nobody's edit is lost any more";
    pair.sql(cloud, "DELETE FROM t WHERE a = 2");
    EXPECT_EQ(pair.expect_status("incremental", 8).table("t")["deleted"], 0);
    EXPECT_THAT(pair.open_conflicts(), ElementsAre("delete_origin_differs|3"));
    pair.sql(desktop, "INSERT INTO t VALUES (3, 'row 3')");
    pair.follow("incremental", 0, "28 read: 27 unchanged, 1 skipped");
    EXPECT_THAT(pair.rows(cloud, "SELECT b FROM t WHERE a = 3"), ElementsAre("phone"));
    EXPECT_THAT(pair.open_conflicts(), IsEmpty());
    pair.expect_settled();
  }
}

TEST(Keyless, WithoutMatchARowThatBothSidesChangedStaysBesideTheDesktopsNewOne) {
  KeylessPair pair;
  pair.sync_well("full");
  pair.sql(cloud, "UPDATE t SET b = 'phone' WHERE a = 5");
  pair.sql(desktop, "UPDATE t SET b = 'desktop' WHERE a = 5");
  pair.follow("incremental", 8, "21 read: 1 inserted, 19 unchanged, 1 conflicted");
  EXPECT_THAT(pair.rows(cloud, "SELECT b FROM t WHERE a = 5 ORDER BY b"), ElementsAre("desktop", "phone"));
  EXPECT_THAT(pair.open_conflicts(), ElementsAre("delete_origin_differs|5"));
  pair.follow("full", 8, "21 read: 20 unchanged, 1 conflicted");
}

TEST(Keyless, AnEditOfAColumnThatOnlyTheCloudHasIsNoEdit) {
  KeylessPair pair(matched);
  pair.sync_well("full");
  pair.sql(cloud, "UPDATE t SET note = 'phone', updated_at = now()");
  pair.follow("full", 0, "20 read: 20 unchanged");
  pair.sql(desktop, "UPDATE t SET b = 'edited' WHERE a = 5; DELETE FROM t WHERE a = 6");
  pair.follow("incremental", 0, "19 read: 1 updated, 18 unchanged; 1 deleted");
  pair.expect_equal();
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE note = 'phone'"), "19");
}

TEST(Keyless, ARowThatWasDeletedInTheCloudComesBackWithOverwriteOnly) {
  KeylessPair pair;
  pair.sql(desktop, "INSERT INTO t VALUES (6, 'row 6')");
  pair.sync_well("full");
  pair.sql(cloud, "DELETE FROM t WHERE a = 5; DELETE FROM t WHERE id = (SELECT min(id) FROM t WHERE a = 6)");
  const auto before = pair.versions();
  pair.follow("incremental", 0, "0 read");
  for (int time = 0; time < 2; ++time) pair.follow("full", 0, "21 read: 19 unchanged, 2 skipped");
  EXPECT_EQ(pair.versions(), before);
  pair.sql(desktop, "INSERT INTO t VALUES (30, 'new')");
  pair.follow("incremental", 0, "22 read: 1 inserted, 19 unchanged, 2 skipped");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE a IN (5, 6)"), "1");
  pair.follow("full", 0, "22 read: 2 inserted, 20 unchanged", {"--overwrite"});
  pair.expect_equal();
  pair.follow("full", 0, "22 read: 22 unchanged");
}

TEST(Keyless, ARowThatBothSidesDeletedIsForgotten) {
  KeylessPair pair;
  pair.sync_well("full");
  pair.sql("DELETE FROM t WHERE a = 5");
  pair.follow("incremental", 0, "19 read: 19 unchanged");
  pair.expect_equal();
  pair.sql(desktop, "INSERT INTO t VALUES (5, 'row 5')");
  pair.follow("incremental", 0, "20 read: 1 inserted, 19 unchanged");
  pair.expect_equal();
}

TEST(Keyless, OverwriteWritesTheDesktopsContentOverAPhonesEditAndKeepsTheNumber) {
  for (const auto& more : {std::string(), matched}) {
    SCOPED_TRACE(more);
    KeylessPair pair(more);
    pair.sync_well("full");
    const auto numbers = pair.numbered();
    pair.sql(cloud,
             "UPDATE t SET b = 'phone', note = 'mine' WHERE a = 5; UPDATE t SET a = 600 WHERE a = 6; "
             "INSERT INTO t (a, b, note) VALUES (5, 'phone born', 'mine')");
    pair.follow("full", 0, "20 read: 2 updated, 18 unchanged", {"--overwrite"});
    EXPECT_EQ(pair.numbered("b <> 'phone born'"), numbers);
    EXPECT_THAT(pair.rows(cloud, "SELECT b FROM t WHERE note = 'mine' ORDER BY b"), ElementsAre("phone born", "row 5"));
    pair.follow("full", 0, "20 read: 20 unchanged");
  }
}

TEST(Keyless, OverwriteEndsAConflictForTheDesktop) {
  KeylessPair pair(matched + manual);
  pair.sync_well("full");
  const auto number = pair.number_of(5);
  pair.sql(cloud, "UPDATE t SET b = 'phone' WHERE a = 5");
  pair.sql(desktop, "UPDATE t SET b = 'desktop' WHERE a = 5");
  pair.expect_status("incremental", 8);
  pair.follow("full", 0, "20 read: 1 updated, 19 unchanged", {"--overwrite"});
  pair.expect_equal();
  EXPECT_EQ(pair.number_of(5), number);
  EXPECT_THAT(pair.open_conflicts(), IsEmpty());
}

// ---- runs that fail, late transactions

TEST(Keyless, ARowThatDoesNotFitWaitsAndTheOthersAreDone) {
  KeylessPair pair(matched);
  pair.sql(cloud, "ALTER TABLE t ADD CONSTRAINT decent CHECK (b NOT LIKE 'bad%')");
  pair.sync_well("full");
  const auto number = pair.number_of(2);
  pair.sql(desktop,
           "DELETE FROM t WHERE a = 1; UPDATE t SET b = 'edited' WHERE a = 2; INSERT INTO t VALUES (21, 'new'), (22, "
           "'bad word')");
  const auto first =
      pair.follow("incremental", 8, "21 read: 1 inserted, 1 updated, 18 unchanged, 1 quarantined; 1 deleted");
  EXPECT_EQ(first.table("t")["status"], "attention");
  EXPECT_THAT(first.everything(), Not(HasSubstr("bad word")));
  EXPECT_THAT(pair.rows(cloud, "SELECT row_key, row_data->>'b', reason, detail FROM pgtide.quarantine"),
              ElementsAre("{\"a\": 22}|bad word|check_violation|it violates the constraint decent"));
  pair.follow("full", 8, "21 read: 20 unchanged, 1 quarantined");
  pair.sql(desktop, "UPDATE t SET b = 'good word' WHERE a = 22");
  pair.follow("incremental", 0, "21 read: 1 inserted, 20 unchanged");
  pair.expect_equal();
  EXPECT_EQ(pair.number_of(2), number);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.quarantine"), "0");
}

// The row keeps its number, which phones may refer to, though its new contents do not fit.
TEST(Keyless, ARowWhoseEditDoesNotFitStaysAsItWas) {
  for (const bool misfit : {true, false}) {
    AnyPair pair("CREATE TABLE t (a int, b varchar(20)); INSERT INTO t SELECT i, 'short' FROM generate_series(1, 20) i",
                 std::string("CREATE TABLE t (id bigserial PRIMARY KEY, a int, b varchar(") +
                     (misfit ? "10))" : "20) CHECK (length(b) <= 10))"),
                 keyless_t + matched);
    pair.sync_well("full");
    const auto before = pair.versions();
    pair.sql(desktop, "UPDATE t SET b = 'much longer than ten' WHERE a = 5");
    for (const char* mode : {"incremental", "full"}) {
      const auto run = pair.sync(mode);
      EXPECT_EQ(run.status, 8) << run.everything();
      support::expect_counts(run, "t", {{"unchanged", 19}, {"quarantined", 1}});
      EXPECT_EQ(pair.versions(), before);
    }
    EXPECT_THAT(pair.rows(cloud, "SELECT row_key, attempts FROM pgtide.quarantine"), ElementsAre("{\"a\": 5}|2"));
    const auto number = pair.value(cloud, "SELECT id FROM t WHERE a = 5");
    pair.sql(desktop, "UPDATE t SET b = 'fits' WHERE a = 5");
    support::expect_counts(pair.sync_well("incremental"), "t", {{"updated", 1}, {"unchanged", 19}});
    EXPECT_EQ(pair.value(cloud, "SELECT id FROM t WHERE a = 5 AND b = 'fits'"), number);
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.quarantine"), "0");
  }
}

TEST(Keyless, ATransactionThatCommitsAfterARunIsCaughtByTheNext) {
  for (const char* mode : {"incremental", "full"}) {
    KeylessPair pair;
    pair.sync_well("full");
    const auto slow = pair.connect(desktop);
    slow->run("BEGIN");
    slow->run("UPDATE t SET b = 'late' WHERE a = 1");
    slow->run("INSERT INTO t VALUES (101, 'late too', '2000-01-01')");
    pair.sql(desktop, "UPDATE t SET b = 'quick' WHERE a = 2");
    pair.follow(mode, 0, "20 read: 1 inserted, 19 unchanged; 1 deleted");
    pair.follow("incremental", 0, "0 read");
    slow->run("COMMIT");
    pair.follow("incremental", 0, "21 read: 2 inserted, 19 unchanged; 1 deleted");
    pair.expect_equal();
    pair.follow("incremental", 0, "0 read");
  }
}

TEST(Keyless, ADeletionThatCommitsAfterARunIsCaughtByTheNext) {
  KeylessPair pair;
  pair.sync_well("full");
  const auto slow = pair.connect(desktop);
  slow->run("BEGIN");
  slow->run("DELETE FROM t WHERE a = 1");
  pair.sql(desktop, "INSERT INTO t VALUES (21, 'quick')");
  pair.sync_well("incremental");
  slow->run("COMMIT");
  pair.follow("incremental", 0, "20 read: 20 unchanged; 1 deleted");
  pair.expect_equal();
}

TEST(Keyless, RowsWrittenUnderSavepointsAndRolledBackOnesAreToldApart) {
  KeylessPair pair;
  pair.sync_well("full");
  const auto slow = pair.connect(desktop);
  slow->run("BEGIN");
  slow->run("SAVEPOINT one");
  slow->run("INSERT INTO t VALUES (21, 'a')");
  slow->run("SAVEPOINT two");
  slow->run("DELETE FROM t WHERE a <= 10");
  slow->run("ROLLBACK TO two");
  slow->run("DELETE FROM t WHERE a = 4");
  pair.sync_well("incremental");
  slow->run("RELEASE one");
  slow->run("COMMIT");
  pair.follow("incremental", 0, "20 read: 1 inserted, 19 unchanged; 1 deleted");
  pair.expect_equal();
  pair.sql(desktop, "BEGIN; DELETE FROM t; INSERT INTO t VALUES (300, 'never'); ROLLBACK");
  const auto before = pair.versions();
  pair.expect_status("incremental", 0);
  EXPECT_EQ(pair.versions(), before);
}

TEST(Keyless, OneRowThatGoesWhileAnotherComesIsNoticed) {
  KeylessPair pair;
  pair.sync_well("full");
  pair.sql(desktop, "DELETE FROM t WHERE a = 4; INSERT INTO t VALUES (40, 'came')");
  pair.follow("incremental", 0, "20 read: 1 inserted, 19 unchanged; 1 deleted");
  pair.sql(desktop, "DELETE FROM t WHERE a = 6");
  pair.follow("incremental", 0, "19 read: 19 unchanged; 1 deleted");
  pair.expect_equal();
}

// ---- the books

TEST(Keyless, EveryRowOfEveryRunIsAccountedForAndRemovedOnesBesideThem) {
  KeylessPair pair(matched + manual);
  pair.sync_well("full");
  pair.sql(cloud,
           "UPDATE t SET b = 'phone' WHERE a IN (1, 2, 3); DELETE FROM t WHERE a = 4; "
           "CREATE TABLE photo (t_id bigint REFERENCES t); INSERT INTO photo SELECT id FROM t WHERE a = 5");
  pair.sql(desktop,
           "UPDATE t SET b = 'desktop' WHERE a = 2; DELETE FROM t WHERE a IN (3, 5, 6); UPDATE t SET b = 'e' WHERE a = "
           "7; INSERT INTO t VALUES (21, 'new')");
  const std::string counts = "20 read: 1 inserted, 1 updated, 13 unchanged, 2 skipped, 3 conflicted; 1 deleted";
  pair.follow("incremental", 8, counts);
  EXPECT_THAT(pair.rows(cloud,
                        "SELECT status, rows_read, rows_inserted, rows_updated, rows_unchanged, rows_skipped, "
                        "rows_quarantined, rows_conflicted, rows_deleted FROM pgtide.table_run ORDER BY run_id"),
              ElementsAre("ok|20|20|0|0|0|0|0|0", "attention|20|1|1|13|2|0|3|1"));
  EXPECT_THAT(pair.open_conflicts(),
              ElementsAre("delete_origin_differs|3", "delete_origin_differs|5", "update_origin_differs|2"));
  EXPECT_EQ(pair.value(cloud, "SELECT sync_status FROM pgtide.watermark"), "completed");
  pair.follow("full", 8, "20 read: 15 unchanged, 2 skipped, 3 conflicted");
}

// ---- large and random

// Of the tables before and t: how many rows more and less t has, by content, added up for each a.
const std::string changes_by_match =
    "(SELECT a, sum(greatest(o - n, 0)) AS surplus, sum(greatest(n - o, 0)) AS missing FROM (SELECT a, b, count(*) "
    "FILTER (WHERE old) AS o, count(*) FILTER (WHERE NOT old) AS n FROM (SELECT a, b, true AS old FROM before UNION "
    "ALL "
    "SELECT a, b, false FROM t) both_sides GROUP BY a, b) counted GROUP BY a) changes";

// Rows that stay keep their numbers, and no more is written than must be, whatever happens on the desktop.
void expect_random_edits_to_arrive(bool with_match, unsigned seed) {
  SCOPED_TRACE(with_match ? "with match" : "without match");
  const std::string columns = "a int, b int, c text";
  AnyPair pair("CREATE TABLE t (" + columns + ")", "CREATE TABLE t (id bigserial PRIMARY KEY, " + columns + ")",
               keyless_t + (with_match ? matched : ""));
  const auto seeded = [&](int round) {
    return "SELECT setseed(" +
           std::to_string(static_cast<double>((seed + static_cast<unsigned>(round)) % 1000) / 1000) + "); ";
  };
  const std::string some_row = "floor(random() * 3000), floor(random() * 4), repeat('x', 20)";
  pair.sql(desktop, seeded(0) + "INSERT INTO t SELECT " + some_row + " FROM generate_series(1, 20000)");
  pair.follow("full", 0, "20000 read: 20000 inserted");
  pair.expect_same("t", "t", "a, b, c");
  for (int round = 1; round <= 3; ++round) {
    SCOPED_TRACE(round);
    pair.sql(cloud, "DROP TABLE IF EXISTS before; CREATE TABLE before AS SELECT * FROM t");
    pair.sql(desktop, seeded(round) + "DELETE FROM t WHERE random() < 0.02; " +
                          "UPDATE t SET b = floor(random() * 5) WHERE random() < 0.02; INSERT INTO t SELECT " +
                          some_row + " FROM generate_series(1, 500)");
    const auto table = pair.sync_well(round == 2 ? "full" : "incremental").table("t");
    done(table);
    pair.expect_same("t", "t", "a, b, c");
    const std::string in_place = with_match ? "least(surplus, missing)" : "0";
    EXPECT_EQ(pair.value(cloud, "SELECT sum(missing - " + in_place + ") || ' ' || sum(" + in_place +
                                    ") || ' ' || sum(surplus - " + in_place + ") FROM " + changes_by_match),
              std::to_string(table.value("inserted", -1)) + " " + std::to_string(table.value("updated", -1)) + " " +
                  std::to_string(table.value("deleted", -1)));
    EXPECT_EQ(
        pair.value(cloud, "SELECT count(*) FROM before JOIN t USING (id) WHERE before.b <> t.b AND before.a = t.a"),
        std::to_string(table.value("updated", -1)));
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM before JOIN t USING (id) WHERE before.a <> t.a"), "0");
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM before JOIN t USING (id, a, b)"),
              std::to_string(table.value("unchanged", -1)));
  }
  pair.expect_settled();
}

TEST(Keyless, RandomEditsOfTwentyThousandRowsArriveAndEveryOtherRowKeepsItsNumber) {
  const unsigned seed = std::random_device{}() % 1'000'000;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::printf("seed %u\n", seed);
  for (const bool with_match : {false, true}) expect_random_edits_to_arrive(with_match, seed);
}

// A row that the desktop sent, and what became of it.
struct Sent {
  int a;
  std::string number;
  bool edited = false;   // by a phone
  bool deleted = false;  // by a phone
  bool left = false;     // by the desktop
  bool removed = false;  // by a run
};

TEST(Keyless, WhateverPhonesAndDesktopDoNothingOfThePhonesIsLost) {
  const unsigned seed = std::random_device{}() % 1'000'000;
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  const auto chance = [&](unsigned percent) { return random() % 100 < percent; };
  KeylessPair pair(marked + "    fuse: 90%\n");
  std::vector<Sent> sent;
  for (int a = 1; a <= 20; ++a) sent.push_back({a, ""});
  int next = 21;
  long long phones = 0;
  for (int round = 0; round < 8; ++round) {
    SCOPED_TRACE(round);
    const bool full = round == 0 || chance(40);
    const auto outcome = pair.sync(full ? "full" : "incremental");
    std::size_t waiting = 0;
    std::vector<std::string> expected;
    for (auto& row : sent) {
      const std::string a = std::to_string(row.a);
      if (row.number.empty()) row.number = pair.value(cloud, "SELECT id FROM t WHERE source = 'D' AND a = " + a);
      if (row.left && !row.edited) row.removed = true;
      if (row.left && row.edited && !row.deleted) ++waiting;
      if (!row.removed && !row.deleted)
        expected.push_back(row.number + "|" + a + (row.edited ? "|phone" : "|row " + a));
    }
    EXPECT_EQ(outcome.status, waiting > 0 ? 8 : 0) << outcome.everything();
    done(outcome.table("t"));
    EXPECT_THAT(pair.rows(cloud, "SELECT id, a, b FROM t WHERE a < 10000"),
                testing::UnorderedElementsAreArray(expected));
    EXPECT_THAT(pair.open_conflicts(), SizeIs(waiting));
    EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM t WHERE a >= 10000"), phones);
    for (auto& row : sent) {
      const std::string a = std::to_string(row.a);
      if (row.removed || row.deleted) {
        if (!row.left && chance(10)) {
          row.left = true;
          pair.sql(desktop, "DELETE FROM t WHERE a = " + a);
        }
        continue;
      }
      if (chance(10)) {
        row.edited = true;
        pair.sql(cloud, "UPDATE t SET b = 'phone' WHERE id = " + row.number);
      }
      if (chance(5)) {
        row.deleted = true;
        pair.sql(cloud, "DELETE FROM t WHERE id = " + row.number);
      }
      if (!row.left && chance(8)) {
        row.left = true;
        pair.sql(desktop, "DELETE FROM t WHERE a = " + a);
      }
    }
    for (const int end = next + 3; next < end; ++next) {
      const std::string a = std::to_string(next);
      pair.sql(desktop, "INSERT INTO t VALUES (" + a + ", 'row " + a + "')");
      sent.push_back({next, ""});
    }
    const std::string mark = chance(50) ? "'D'" : chance(50) ? "'M'" : "NULL";
    pair.sql(cloud, "INSERT INTO t (a, b, source) VALUES (10000, 'phone', " + mark + ")");
    ++phones;
  }
}

}  // namespace
