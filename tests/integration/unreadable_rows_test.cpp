// Rows that the source cannot send wait in quarantine; all others arrive.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::desktop;
using support::Outcome;
using support::Pair;
using support::Place;
using support::Server;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using Rows = std::vector<std::string>;

Rows held(Pair& pair, Place place = cloud) {
  return pair.rows(place, "SELECT row_key, reason, attempts FROM pgtide.quarantine ORDER BY table_name, row_key::text");
}

// read, inserted, updated, unchanged, skipped, quarantined
Rows counts(const Outcome& outcome, const std::string& table) {
  const auto t = outcome.table(table);
  Rows list;
  for (const char* name : {"read", "inserted", "updated", "unchanged", "skipped", "quarantined"})
    list.push_back(t[name].dump());
  return list;
}

Outcome sync(Pair& pair, const std::string& mode, int status, const std::vector<std::string>& more = {}) {
  Outcome outcome = pair.sync(mode, more);
  EXPECT_EQ(outcome.status, status) << outcome.everything();
  return outcome;
}

// A table whose rows 7 and 13 of twenty cannot be read: full, an idle incremental, one mended, one deleted.
void expect_two_of_twenty(Pair& pair, const Rows& reasons, const std::string& mend,
                          const std::string& columns = "id, v") {
  const auto full = sync(pair, "full", 8);
  EXPECT_THAT(counts(full, "t"), ElementsAre("20", "18", "0", "0", "0", "2")) << full.everything();
  EXPECT_EQ(full.table("t")["status"], "attention");
  EXPECT_THAT(held(pair), ElementsAre("{\"id\": 13}|" + reasons.at(1) + "|1", "{\"id\": 7}|" + reasons.at(0) + "|1"));
  EXPECT_THAT(full.everything(), HasSubstr("rows that cannot be read and wait in quarantine: 2"));
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "18");

  const auto idle = sync(pair, "incremental", 8);
  EXPECT_THAT(counts(idle, "t"), ElementsAre("2", "0", "0", "0", "0", "2")) << idle.everything();
  EXPECT_THAT(held(pair), ElementsAre("{\"id\": 13}|" + reasons.at(1) + "|2", "{\"id\": 7}|" + reasons.at(0) + "|2"));

  pair.sql(desktop, mend);
  const auto mended = sync(pair, "incremental", 8);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE id = 7"), "1");
  EXPECT_THAT(held(pair), ElementsAre("{\"id\": 13}|" + reasons.at(1) + "|3"));

  pair.sql(desktop, "DELETE FROM t WHERE id = 13");
  sync(pair, "incremental", 0);
  EXPECT_THAT(held(pair), ElementsAre());
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "19");
  pair.expect_same("t", "t", columns);
  sync(pair, "full", 0);
}

TEST(UnreadableRows, AnExpressionThatFails) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int PRIMARY KEY, a int, d int, v text); INSERT INTO t SELECT i, 100, CASE WHEN i IN (7, "
           "13) THEN 0 ELSE i END, 'x' FROM generate_series(1, 20) i");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text, share int)");
  pair.use_map("  - desktop: t\n    forward:\n      columns: {share: a / d}\n");
  expect_two_of_twenty(pair, {"division_by_zero", "division_by_zero"}, "UPDATE t SET d = 1 WHERE id = 7");
}

TEST(UnreadableRows, AreKeptWithWhatCanBeShownOfThem) {
  Pair pair;
  pair.sql(
      desktop,
      "CREATE TABLE t (id int PRIMARY KEY, d int, v text, w text); INSERT INTO t VALUES (1, 0, 'text', "
      "repeat('long', 5000)), (2, 1, 'b', 'c'); CREATE FUNCTION f(int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN IF "
      "$1 = 0 THEN RAISE EXCEPTION 'Geheimnis'; END IF; RETURN $1; END $$");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, d int, v text, w text)");
  pair.use_map("  - desktop: t\n    forward:\n      columns: {d: f(t.d)}\n");
  const auto full = sync(pair, "full", 8);
  EXPECT_THAT(full.everything(), Not(HasSubstr("Geheimnis")));
  EXPECT_EQ(pair.value(cloud,
                       "SELECT concat_ws('|', reason, sqlstate, detail, row_data->>'v', row_data->'w'->>'bytes', "
                       "row_data->'d' ? 'unreadable', hint <> '') FROM pgtide.quarantine"),
            "raise_exception|P0001|the expression for column d: a function raised an exception|text|20000|t|t");
}

TEST(UnreadableRows, AConditionOrAJoinThatFails) {
  for (const bool unique : {true, false}) {
    SCOPED_TRACE(unique);
    Pair pair;
    const std::string key = unique ? " PRIMARY KEY" : "";
    pair.sql(desktop,
             "CREATE TABLE t (id int" + key +
                 ", v text); INSERT INTO t SELECT i, CASE WHEN i IN (7, 13) THEN 'no' ELSE i::text END FROM "
                 "generate_series(1, 20) i; CREATE TABLE u (id int PRIMARY KEY, name text); INSERT INTO u SELECT i, "
                 "'u' || i FROM generate_series(1, 20) i");
    pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text)");
    pair.use_map("  - desktop: t\n    key: [id]\n    forward:\n      where: v::int > 0\n");
    expect_two_of_twenty(pair, {"invalid_text_representation", "invalid_text_representation"},
                         "UPDATE t SET v = '7' WHERE id = 7");

    pair.sql("DROP TABLE t");
    pair.sql(cloud, "DROP SCHEMA pgtide CASCADE; CREATE TABLE t (id int PRIMARY KEY, v text, name text)");
    pair.sql(desktop, "DROP SCHEMA pgtide CASCADE; CREATE TABLE t (id int" + key +
                          ", v text); INSERT INTO t SELECT i, CASE WHEN i IN (7, 13) THEN 'no' ELSE i::text END FROM "
                          "generate_series(1, 20) i");
    pair.use_map(
        "  - desktop: t\n    key: [id]\n    forward:\n      join: JOIN u ON u.id = t.v::int\n      columns: {name: "
        "u.name}\n");
    const auto full = sync(pair, "full", 8);
    EXPECT_THAT(counts(full, "t"), ElementsAre("20", "18", "0", "0", "0", "2")) << full.everything();
    EXPECT_EQ(pair.value(cloud, "SELECT detail FROM pgtide.quarantine WHERE row_key = '{\"id\": 7}'"),
              "the expression for column name: a value has not the form that the type of its column wants");
    pair.sql(desktop, "UPDATE t SET v = '7' WHERE id = 7");
    sync(pair, "incremental", 8);
    EXPECT_THAT(held(pair), ElementsAre("{\"id\": 13}|invalid_text_representation|2"));
    EXPECT_EQ(pair.value(cloud, "SELECT name FROM t WHERE id = 7"), "u7");
  }
}

TEST(UnreadableRows, BytesThatAreNoText) {
  for (const char* target : {"UTF8", "SQL_ASCII"}) {
    SCOPED_TRACE(target);
    Pair pair("SQL_ASCII", target);
    pair.sql(desktop,
             "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'M\u00fcller ' || i FROM "
             "generate_series(1, 20) i; UPDATE t SET v = convert_from('\\xfc62'::bytea, 'SQL_ASCII') WHERE id IN (7, "
             "13)");
    pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text)");
    pair.use_map("  - desktop: t\n");
    expect_two_of_twenty(
        pair, {"character_not_in_repertoire", "character_not_in_repertoire"},
        "UPDATE t SET v = convert_from(convert(convert_to(v, 'SQL_ASCII'), 'LATIN1', 'UTF8'), 'UTF8') WHERE id = 7");
    EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 7"),
              "\u00fc"
              "b");
    EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 8"), "M\u00fcller 8");
  }
}

TEST(UnreadableRows, BytesThatAreNoTextInAKey) {
  Pair pair("SQL_ASCII", "UTF8");
  pair.sql(
      desktop,
      "CREATE TABLE t (k text PRIMARY KEY, v int); INSERT INTO t SELECT 'k' || i, i FROM generate_series(1, 20) i; "
      "UPDATE t SET k = convert_from('\\xfc62'::bytea, 'SQL_ASCII') WHERE v = 7; UPDATE t SET k = "
      "convert_from('\\xfc63'::bytea, 'SQL_ASCII') WHERE v = 13");
  pair.sql(cloud, "CREATE TABLE t (k text PRIMARY KEY, v int)");
  pair.use_map("  - desktop: t\n");
  const std::string b = "{\"k\": {\"hex\": \"fc62\"}}|character_not_in_repertoire|",
                    c = "{\"k\": {\"hex\": \"fc63\"}}|character_not_in_repertoire|";
  EXPECT_THAT(counts(sync(pair, "full", 8), "t"), ElementsAre("20", "18", "0", "0", "0", "2"));
  EXPECT_THAT(held(pair), ElementsAre(b + "1", c + "1"));
  EXPECT_THAT(counts(sync(pair, "incremental", 8), "t"), ElementsAre("2", "0", "0", "0", "0", "2"));
  EXPECT_THAT(held(pair), ElementsAre(b + "2", c + "2"));
  pair.sql(desktop, "UPDATE t SET k = 'mended' WHERE v = 7");
  sync(pair, "incremental", 8);
  EXPECT_THAT(held(pair), ElementsAre(c + "3"));
  pair.sql(desktop, "DELETE FROM t WHERE v = 13");
  sync(pair, "incremental", 0);
  EXPECT_THAT(held(pair), ElementsAre());
  pair.expect_same("t");
}

TEST(UnreadableRows, AKeyThatCannotBeComputed) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE t (a int, v text); INSERT INTO t SELECT i, 'x' || i FROM generate_series(0, 19) i; CREATE "
           "FUNCTION f(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN 1000 / $1; END $$");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, a int, v text)");
  pair.use_map("  - desktop: t\n    key: [id]\n    forward:\n      columns: {id: \"a * 1000 + f(a)\"}\n");
  EXPECT_THAT(counts(sync(pair, "full", 8), "t"), ElementsAre("20", "19", "0", "0", "0", "1"));
  EXPECT_THAT(counts(sync(pair, "incremental", 8), "t"), ElementsAre("1", "0", "0", "0", "0", "1"));
  EXPECT_EQ(pair.value(cloud, "SELECT attempts FROM pgtide.quarantine"), "2");
  // mended without touching the row
  pair.sql(desktop,
           "CREATE OR REPLACE FUNCTION f(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN 1000 / "
           "greatest($1, 1); END $$");
  sync(pair, "incremental", 0);
  EXPECT_THAT(held(pair), ElementsAre());
  pair.expect_same("t", "t", "a, v");
}

TEST(UnreadableRows, CharactersThatTheTargetLacks) {
  Pair pair("UTF8", "LATIN1");
  pair.sql(desktop,
           "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'M\u00fcller ' || i FROM "
           "generate_series(1, 20) i; UPDATE t SET v = 'm\u0101rga' WHERE id IN (7, 13)");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.use_map("  - desktop: t\n");
  expect_two_of_twenty(pair, {"untranslatable_character", "untranslatable_character"},
                       "UPDATE t SET v = 'marga' WHERE id = 7");
}

TEST(UnreadableRows, Latin1BecomesUtf8) {
  Pair pair("LATIN1", "UTF8");
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "INSERT INTO t SELECT i, 'M\u00fcller ' || i FROM generate_series(1, 20) i");
  pair.use_map("  - desktop: t\n");
  pair.sync_well("full");
  pair.expect_same("t");
  pair.sql(desktop, "UPDATE t SET v = '\u00e9' WHERE id = 3");
  pair.sync_well("incremental");
  pair.expect_same("t");
}

TEST(UnreadableRows, InReverse) {
  Pair pair("SQL_ASCII", "UTF8");
  pair.sql(cloud,
           "CREATE TABLE t (id int PRIMARY KEY, v text, d int); INSERT INTO t SELECT i, 'x' || i, i - 7 FROM "
           "generate_series(1, 20) i");
  pair.sql(desktop, "CREATE TABLE t (id int PRIMARY KEY, v text, share int)");
  pair.use_map("  - cloud: t\n    direction: reverse\n    key: [id]\n    reverse:\n      columns: {share: 100 / d}\n");
  EXPECT_THAT(counts(sync(pair, "reverse", 8), "t"), ElementsAre("20", "19", "0", "0", "0", "1"));
  EXPECT_THAT(held(pair, desktop), ElementsAre("{\"id\": 7}|division_by_zero|1"));
  sync(pair, "reverse", 8);
  EXPECT_THAT(held(pair, desktop), ElementsAre("{\"id\": 7}|division_by_zero|2"));
  pair.sql(cloud, "UPDATE t SET d = 1 WHERE id = 7");
  sync(pair, "reverse", 0);
  EXPECT_THAT(held(pair, desktop), ElementsAre());
  EXPECT_EQ(pair.value(desktop, "SELECT count(*) FROM t"), "20");
}

TEST(UnreadableRows, WithoutAKey) {
  Pair pair("SQL_ASCII", "UTF8");
  pair.sql(desktop,
           "CREATE TABLE t (a int, v text); INSERT INTO t SELECT i / 2, 'x' || i / 2 FROM generate_series(1, 20) i; "
           "INSERT INTO t SELECT 77, convert_from('\\xff'::bytea, 'SQL_ASCII') FROM generate_series(1, 2)");
  pair.sql(cloud, "CREATE TABLE t (n bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, a int, v text)");
  pair.use_map("  - desktop: t\n    key: none\n");
  const std::string row = "{\"a\": 77, \"v\": {\"hex\": \"ff\"}}|character_not_in_repertoire|";
  EXPECT_THAT(counts(sync(pair, "full", 8), "t"), ElementsAre("22", "20", "0", "0", "0", "2"));
  EXPECT_THAT(held(pair), ElementsAre(row + "1", row + "1"));
  EXPECT_THAT(counts(sync(pair, "incremental", 8), "t"), ElementsAre("22", "0", "0", "20", "0", "2"));
  EXPECT_THAT(held(pair), ElementsAre(row + "2", row + "2"));
  pair.sql(desktop, "DELETE FROM t WHERE ctid = (SELECT max(ctid) FROM t)");
  sync(pair, "incremental", 8);
  EXPECT_THAT(held(pair), ElementsAre(row + "3"));
  pair.sql(desktop, "UPDATE t SET v = 'mended' WHERE a = 77");
  sync(pair, "incremental", 0);
  EXPECT_THAT(held(pair), ElementsAre());
  pair.expect_same("t", "t", "a, v");
}

TEST(UnreadableRows, WithoutAKeyKeepTheirPlaceInTheTarget) {
  Pair pair("SQL_ASCII", "UTF8");
  pair.sql(desktop, "CREATE TABLE t (a int, v text); INSERT INTO t SELECT i, 'x' FROM generate_series(1, 20) i");
  pair.sql(cloud, "CREATE TABLE t (n bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, a int, v text)");
  pair.use_map("  - desktop: t\n    key: none\n    match: [a]\n");
  sync(pair, "full", 0);
  const auto before = pair.contents(cloud, "t");
  pair.sql(desktop, "UPDATE t SET v = convert_from('\\xff'::bytea, 'SQL_ASCII') WHERE a = 7");
  for (const char* mode : {"incremental", "full"}) {
    EXPECT_THAT(counts(sync(pair, mode, 8), "t"), ElementsAre("20", "0", "0", "19", "0", "1"));
    EXPECT_EQ(pair.contents(cloud, "t"), before);
  }
  const auto number = pair.value(cloud, "SELECT n FROM t WHERE a = 7");
  pair.sql(desktop, "UPDATE t SET v = 'mended' WHERE a = 7");
  sync(pair, "incremental", 0);
  EXPECT_EQ(pair.value(cloud, "SELECT n FROM t WHERE a = 7 AND v = 'mended'"), number);
}

TEST(UnreadableRows, WithoutAKeyInReverse) {
  Pair pair;
  pair.sql(cloud,
           "CREATE TABLE t (n int PRIMARY KEY, a int, v text, d int); INSERT INTO t SELECT i, i, 'x', i - 7 FROM "
           "generate_series(1, 20) i");
  pair.sql(desktop, "CREATE TABLE t (a int, v text, share int)");
  pair.use_map("  - cloud: t\n    direction: reverse\n    key: none\n    reverse:\n      columns: {share: 100 / d}\n");
  EXPECT_THAT(counts(sync(pair, "reverse", 8), "t"), ElementsAre("20", "19", "0", "0", "0", "1"));
  EXPECT_THAT(counts(sync(pair, "reverse", 8), "t"), ElementsAre("1", "0", "0", "0", "0", "1"));
  EXPECT_EQ(pair.value(desktop, "SELECT attempts FROM pgtide.quarantine"), "2");
  pair.sql(cloud, "UPDATE t SET d = 1 WHERE n = 7");
  sync(pair, "reverse", 0);
  EXPECT_EQ(pair.value(desktop, "SELECT count(*) FROM t WHERE share = 100"), "2");
}

TEST(UnreadableRows, InTablesThatAreWrittenInOneTransaction) {
  Pair pair("SQL_ASCII", "UTF8");
  pair.sql(desktop,
           "CREATE TABLE t (id int PRIMARY KEY, v text, up int); INSERT INTO t SELECT i, 'x', nullif(i - 1, 0) FROM "
           "generate_series(1, 20) i; UPDATE t SET v = convert_from('\\xff'::bytea, 'SQL_ASCII') WHERE id = 20; CREATE "
           "TABLE u (id int, v text); INSERT INTO u SELECT id, v FROM t");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text, up int REFERENCES t); CREATE TABLE u (id int, v text)");
  pair.use_map("  - desktop: t\n  - desktop: u\n    key: [id]\n");
  const auto full = sync(pair, "full", 8);
  for (const char* table : {"t", "u"})
    EXPECT_THAT(counts(full, table), ElementsAre("20", "19", "0", "0", "0", "1")) << full.everything();
  const auto idle = sync(pair, "incremental", 8);
  EXPECT_THAT(counts(idle, "t"), ElementsAre("1", "0", "0", "0", "0", "1"));
  EXPECT_EQ(pair.value(cloud, "SELECT sum(attempts) FROM pgtide.quarantine"), "4");
  pair.sql(desktop, "UPDATE t SET v = 'y' WHERE id = 20; DELETE FROM u WHERE id = 20");
  sync(pair, "incremental", 0);
  EXPECT_THAT(held(pair), ElementsAre());
  pair.expect_same("t");
  pair.expect_same("u");
}

// Into an empty target without a unique index, whose lock is held meanwhile.
TEST(UnreadableRows, InATableThatIsLoadedUnderALock) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int PRIMARY KEY, d int, updated_at timestamptz DEFAULT now()); INSERT INTO t SELECT i, "
           "i - 7 FROM generate_series(1, 20) i");
  pair.sql(cloud, "CREATE TABLE t (id int, share int, updated_at timestamptz)");
  pair.use_map("  - desktop: t\n    key: [id]\n    forward:\n      columns: {share: 1 / d}\n");
  EXPECT_THAT(counts(sync(pair, "full", 8), "t"), ElementsAre("20", "19", "0", "0", "0", "1"));
  EXPECT_EQ(pair.value(cloud, "SELECT sum(items_synced) FROM pgtide.coverage"), "19");
  sync(pair, "incremental", 8);
  EXPECT_THAT(held(pair), ElementsAre("{\"id\": 7}|division_by_zero|2"));
  pair.sql(desktop, "UPDATE t SET d = 1 WHERE id = 7");
  sync(pair, "incremental", 0);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "20");
}

TEST(UnreadableRows, ThatNobodyWantsToHearOfAreSkipped) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int PRIMARY KEY, d int); INSERT INTO t SELECT i, i - 7 FROM generate_series(1, 20) i");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, d int, share int)");
  pair.use_map("  - desktop: t\n    forward:\n      columns: {share: 1 / d}\n");
  sync(pair, "full", 8);
  pair.sql(
      cloud,
      "INSERT INTO pgtide.discarded (map, direction, table_name, row_key, contents, reason) SELECT map, direction, "
      "table_name, row_key, md5(row_data::text), reason FROM pgtide.quarantine; DELETE FROM pgtide.quarantine");
  EXPECT_THAT(counts(sync(pair, "full", 0), "t"), ElementsAre("20", "0", "0", "19", "1", "0"));
}

// A standby has one session to read from, in one transaction.
TEST(UnreadableRows, OfAStandby) {
  Server primary, target;
  Pair pair(primary, target);
  pair.sql(desktop,
           "CREATE TABLE t (id int PRIMARY KEY, d int); INSERT INTO t SELECT i, i - 7 FROM generate_series(1, 20) i; "
           "CREATE TABLE u (id int PRIMARY KEY, d int); INSERT INTO u SELECT * FROM t");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, share int); CREATE TABLE u (id int, share int)");
  pair.use_map(
      "  - desktop: t\n    forward:\n      columns: {share: 1 / d}\n  - desktop: u\n    key: [id]\n    forward:\n   "
      "   columns: {share: 1 / d}\n");
  const auto standby = Server::standby_of(primary);
  standby->wait_for_replay(primary);
  pair.use_url(desktop, standby->url(pair.database(desktop)));
  const auto full = sync(pair, "full", 8);
  for (const char* table : {"t", "u"})
    EXPECT_THAT(counts(full, table), ElementsAre("20", "19", "0", "0", "0", "1")) << full.everything();
}

TEST(UnreadableRows, OfPartitionedTablesAndOfViews) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int, d int) PARTITION BY RANGE (id); CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) "
           "TO (10); CREATE TABLE t2 PARTITION OF t FOR VALUES FROM (10) TO (100); INSERT INTO t SELECT i, CASE WHEN i "
           "IN (7, 13) THEN 0 ELSE 1 END FROM generate_series(1, 20) i; CREATE VIEW w AS SELECT * FROM t");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, share int); CREATE TABLE w (id int PRIMARY KEY, share int)");
  pair.use_map(
      "  - desktop: t\n    key: [id]\n    forward:\n      columns: {share: 1 / d}\n  - desktop: w\n    key: [id]\n    "
      "forward:\n      columns: {share: 1 / d}\n");
  const auto full = sync(pair, "full", 8);
  for (const char* table : {"t", "w"})
    EXPECT_THAT(counts(full, table), ElementsAre("20", "18", "0", "0", "0", "2")) << full.everything();
  sync(pair, "incremental", 8);
  EXPECT_EQ(pair.value(cloud,
                       "SELECT string_agg(row_key::text || attempts, ' ' ORDER BY 1) FROM (SELECT DISTINCT "
                       "row_key, attempts FROM pgtide.quarantine) q"),
            "{\"id\": 13}2 {\"id\": 7}2");
  pair.sql(desktop, "UPDATE t SET d = 1");
  sync(pair, "incremental", 0);
  EXPECT_EQ(pair.value(cloud, "SELECT (SELECT count(*) FROM t) + (SELECT count(*) FROM w)"), "40");
}

TEST(UnreadableRows, OfKeysThatOccurTwice) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int, d int, updated_at timestamptz DEFAULT now()); INSERT INTO t SELECT i, 1 FROM "
           "generate_series(1, 20) i; INSERT INTO t VALUES (5, 1, '2001-01-01'), (7, 0, '2001-01-01'), (9, 0, now())");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, share int, updated_at timestamptz)");
  pair.use_map("  - desktop: t\n    key: [id]\n    forward:\n      columns: {share: 1 / d}\n");
  EXPECT_THAT(counts(sync(pair, "full", 8), "t"), ElementsAre("23", "20", "0", "0", "1", "2"));
  EXPECT_THAT(held(pair), ElementsAre("{\"id\": 7}|division_by_zero|1", "{\"id\": 9}|division_by_zero|1"));
  sync(pair, "incremental", 8);
  EXPECT_THAT(held(pair), ElementsAre("{\"id\": 7}|division_by_zero|2", "{\"id\": 9}|division_by_zero|2"));
  pair.sql(desktop, "DELETE FROM t WHERE d = 0");
  sync(pair, "incremental", 0);
  EXPECT_THAT(held(pair), ElementsAre());
}

TEST(UnreadableRows, ThreeOfManyAreFoundQuickly) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int PRIMARY KEY, d int, v text, updated_at timestamptz); INSERT INTO t SELECT i, CASE "
           "WHEN i IN (1, 150000, 199999) THEN 0 ELSE 1 END, repeat('x', 50), '2024-01-01'::timestamptz + i * interval "
           "'1 minute' FROM generate_series(1, 200000) i");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, share int, v text, updated_at timestamptz)");
  pair.use_map("  - desktop: t\n    forward:\n      columns: {share: 1 / d}\n");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_THAT(counts(sync(pair, "full", 8), "t"), ElementsAre("200000", "199997", "0", "0", "0", "3"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
  EXPECT_EQ(pair.value(cloud, "SELECT sum(items_synced) FROM pgtide.coverage"), "199997");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) || ' ' || sum(rows_inserted) FROM pgtide.table_run"), "1 199997");
}

// Chunks were committed already when the first such row was met: they are not counted twice.
TEST(UnreadableRows, ChunksThatWereCommittedBeforeCountOnce) {
  for (const char* way : {"columns: {share: 1 / d}", "where: 1 / d > 0", "join: JOIN u ON u.id = 1 / t.d"}) {
    SCOPED_TRACE(way);
    Pair pair;
    pair.sql(
        desktop,
        "CREATE TABLE u (id int); INSERT INTO u VALUES (1); CREATE TABLE t (id int PRIMARY KEY, d int, v text, "
        "updated_at timestamptz); INSERT INTO t SELECT i, CASE WHEN i = 29999 THEN 0 ELSE 1 END, repeat('x', 500), "
        "'2024-01-01'::timestamptz + i * interval '1 minute' FROM generate_series(1, 30000) i");
    pair.sql(cloud,
             "CREATE TABLE t (id int PRIMARY KEY, share int DEFAULT 0, v text, updated_at timestamptz); INSERT INTO t "
             "SELECT i, 1, repeat('y', i), NULL FROM generate_series(1, 3) i");
    pair.use_map(std::string("  - desktop: t\n    forward:\n      ") + way + "\n");
    EXPECT_THAT(counts(sync(pair, "full", 8), "t"), ElementsAre("30000", "29996", "3", "0", "0", "1"));
    EXPECT_EQ(pair.value(cloud, "SELECT sum(items_synced) FROM pgtide.coverage"), "29999");
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "29999");
  }
}

TEST(UnreadableRows, TooManyStopTheTable) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int PRIMARY KEY, d int, v text); INSERT INTO t SELECT i, 0, repeat('x', 50) FROM "
           "generate_series(1, 200000) i; CREATE TABLE few (id int PRIMARY KEY, d int); INSERT INTO few SELECT i, 0 "
           "FROM generate_series(1, 50) i");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, share int, v text); CREATE TABLE few (LIKE t INCLUDING ALL)");
  pair.use_map(
      "  - desktop: t\n    forward:\n      columns: {share: 1 / d}\n  - desktop: few\n    forward:\n      columns: "
      "{share: 1 / d}\n");
  const auto begin = std::chrono::steady_clock::now();
  const auto full = sync(pair, "full", 11);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  EXPECT_EQ(full.table("t")["status"], "fuse");
  EXPECT_EQ(full.table("t")["read"], 0);
  EXPECT_THAT(full.table("t").dump(), HasSubstr("--past-fuse t"));
  EXPECT_EQ(full.table("few")["status"], "attention");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.quarantine"), "50");

  // many, but not among so many
  pair.sql(desktop, "UPDATE t SET d = 1 WHERE id > 1500");
  EXPECT_THAT(counts(sync(pair, "full", 8), "t"), ElementsAre("200000", "198500", "0", "0", "0", "1500"));

  pair.sql(desktop, "TRUNCATE t; INSERT INTO t SELECT i, 0, 'y' FROM generate_series(1, 5000) i");
  sync(pair, "full", 11, {"--table", "t"});
  EXPECT_THAT(counts(sync(pair, "full", 8, {"--table", "t", "--past-fuse", "t"}), "t"),
              ElementsAre("5000", "0", "0", "0", "0", "5000"));
}

TEST(UnreadableRows, LargerThanTheMapAllows) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'x' FROM generate_series(1, 20) i; "
           "UPDATE t SET v = repeat('x', 20000) WHERE id IN (7, 13)");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.use_map("  - desktop: t\n    row_bytes: 16kB\n");
  expect_two_of_twenty(pair, {"row_too_large", "row_too_large"}, "UPDATE t SET v = 'x' WHERE id = 7");

  // to the byte: 2 for the number of fields, 4 before each, 4 for the number
  pair.sql(desktop,
           "UPDATE t SET v = repeat('x', 16384 - 14) WHERE id = 1; UPDATE t SET v = repeat('x', 16384 - 13) "
           "WHERE id = 2");
  sync(pair, "incremental", 8);
  EXPECT_THAT(held(pair), ElementsAre("{\"id\": 2}|row_too_large|1"));
  EXPECT_EQ(pair.value(cloud, "SELECT length(v) FROM t WHERE id = 1"), "16370");
  pair.use_map("  - desktop: t\n    row_bytes: 1MB\n");
  sync(pair, "incremental", 0);
  pair.expect_same("t");
}

TEST(UnreadableRows, TriedSoOftenAreLeftToFullRuns) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int PRIMARY KEY, d int); INSERT INTO t SELECT i, i - 7 FROM generate_series(1, 20) i");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, share int)");
  pair.use_map("  - desktop: t\n    quarantine: {tries: 2}\n    forward:\n      columns: {share: 1 / d}\n");
  sync(pair, "full", 8);
  sync(pair, "incremental", 8);
  EXPECT_EQ(pair.value(cloud, "SELECT given_up FROM pgtide.quarantine"), "t");
  EXPECT_EQ(pair.sync("incremental").table("t")["read"], 0);
  EXPECT_EQ(pair.value(cloud, "SELECT attempts FROM pgtide.quarantine"), "2");
  sync(pair, "full", 8);
  EXPECT_EQ(pair.value(cloud, "SELECT attempts FROM pgtide.quarantine"), "3");
}

}  // namespace
