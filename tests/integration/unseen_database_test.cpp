// Maps for databases that nobody has seen: names, types, keys and table shapes that PostgreSQL allows.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::desktop;
using support::Outcome;
using support::Pair;
using support::Place;
using testing::ElementsAre;
using testing::HasSubstr;

long long written(const Outcome& outcome) {
  long long sum = 0;
  const auto run = outcome.json();
  for (const auto& table : run["tables"])
    sum += table["inserted"].get<long long>() + table["updated"].get<long long>() + table["deleted"].get<long long>();
  return sum;
}

// Full, twice; the second writes nothing.
void copy_twice(Pair& pair, const std::string& table, const std::string& columns = "*") {
  pair.sync_well("full");
  pair.expect_same(table, table, columns);
  const auto second = pair.sync_well("full");
  EXPECT_EQ(written(second), 0) << second.out;
}

void edit_and_follow(Pair& pair, const std::string& table, const std::string& edit, const std::string& columns = "*") {
  pair.sql(desktop, edit);
  pair.sync_well("incremental");
  pair.expect_same(table, table, columns);
}

// ---- names

TEST(UnseenDatabase, NamesMayBeWhateverPostgresqlAllows) {
  Pair pair;
  const std::string table =
      "\"Kunden & Söhne\" (\"Kunden Nr\" int PRIMARY KEY, \"select\" text, \"it's\" text, \"say \"\"hi\"\"\" text, "
      "\"a.b\" text, "
      "\"日本 語\" text, \"100%\" int, \"back\\slash\" text, \"UPPER\" text, upper text, \"{brace}\" text, "
      "\"tab\there\" text, "
      "\"a column whose name takes all of the sixty-three bytes that it can\" text, \"😀\" text, \" \" text, \"$1\" "
      "text, \"--\" text)";
  pair.sql(desktop, "CREATE SCHEMA \"Büro Nord\"; CREATE TABLE \"Büro Nord\"." + table);
  pair.sql(cloud, "CREATE SCHEMA \"Cloud.Süd\"; CREATE TABLE \"Cloud.Süd\"." + table);
  pair.sql(desktop,
           "INSERT INTO \"Büro Nord\".\"Kunden & Söhne\" SELECT i, 'a' || i, 'b', 'c', 'd', 'e', i, 'f', 'g', 'h', "
           "'i', 'j', 'k', 'l', 'm', 'n', 'o' "
           "FROM generate_series(1, 3) i");
  pair.use_map("  - desktop: \"Kunden & Söhne\"\n    key: [\"Kunden Nr\"]\n    watermark: none\n",
               "map: \"Ünser 'Map'\"\ndesktop: {url: \"${PGTIDE_DESKTOP_URL}\", schema: \"Büro Nord\"}\n"
               "cloud: {url: \"${PGTIDE_CLOUD_URL}\", schema: \"Cloud.Süd\"}\n");
  pair.sync_well("full");
  const std::string here = "\"Büro Nord\".\"Kunden & Söhne\"", there = "\"Cloud.Süd\".\"Kunden & Söhne\"";
  pair.expect_same(here, there);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM " + there), "3");
  pair.sql(desktop,
           "UPDATE " + here + " SET \"it's\" = 'new', \"日本 語\" = '言', \"{brace}\" = NULL WHERE \"Kunden Nr\" = 2");
  const auto incremental = pair.sync_well("incremental");
  EXPECT_EQ(incremental.table("Kunden & Söhne")["read"], 1);
  pair.expect_same(here, there);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM \"Cloud.Süd\"._sync_metadata WHERE map = 'Ünser ''Map'''"), "1");
}

TEST(UnseenDatabase, TablesOfOtherSchemasAndWithDotsInTheirNamesAreFound) {
  Pair pair;
  pair.sql(
      "CREATE SCHEMA one; CREATE SCHEMA \"Two\"; CREATE TABLE one.t (id int PRIMARY KEY, v text); CREATE TABLE "
      "\"Two\".t (id int PRIMARY KEY, v text); "
      "CREATE TABLE \"with.dot\" (id int PRIMARY KEY, v text); CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.sql(desktop,
           "INSERT INTO one.t VALUES (1, 'one'); INSERT INTO \"Two\".t VALUES (1, 'two'); INSERT INTO \"with.dot\" "
           "VALUES (1, 'dot'); "
           "INSERT INTO t VALUES (1, 'public')");
  pair.use_map(
      "  - desktop: one.t\n    cloud: Two.t\n  - desktop: Two.t\n    cloud: one.t\n  - desktop: public.with.dot\n  - "
      "desktop: t\n");
  pair.sync_well("full");
  pair.expect_same("one.t", "\"Two\".t");
  pair.expect_same("\"Two\".t", "one.t");
  pair.expect_same("\"with.dot\"");
  pair.expect_same("t");
  EXPECT_THAT(pair.rows(cloud, "SELECT table_name FROM pgtide.watermark ORDER BY table_name COLLATE \"C\""),
              testing::UnorderedElementsAre("Two.t", "one.t", "with.dot", "t"));
}

TEST(UnseenDatabase, TablesAndColumnsMayBeCalledLikeTheWordsOfTheEnginesOwnQueries) {
  Pair pair;
  const std::vector<std::string> names = {"own",  "t",         "m",      "s", "v",   "n", "c",
                                          "news", "candidate", "ranked", "i", "top", "p", "own_xact"};
  std::string map;
  for (const auto& name : names) {
    pair.sql("CREATE TABLE \"" + name +
             "\" (id int PRIMARY KEY, xid text, map text, table_name text, staged text, verdict text, existing text, "
             "version text, part text, k text, w text, \"day\" text, value text, t text, m text, s text, v text)");
    map += "  - cloud: " + name + "\n    direction: reverse\n";
    pair.sql(cloud, "INSERT INTO \"" + name + "\" SELECT i, 'x', 'test', '" + name +
                        "', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm' "
                        "FROM generate_series(1, 3) i");
  }
  pair.use_map(map);
  const auto first = pair.sync_well("reverse");
  for (const auto& name : names) {
    EXPECT_EQ(first.table(name)["inserted"], 3) << name;
    pair.expect_same("\"" + name + "\"");
    pair.sql(cloud, "INSERT INTO \"" + name + "\" (id) VALUES (4)");
  }
  const auto second = pair.sync_well("reverse");
  for (const auto& name : names) EXPECT_EQ(second.table(name)["inserted"], 1) << name;

  Pair forward;
  std::string forward_map;
  for (const auto& name : names) {
    forward.sql("CREATE TABLE \"" + name +
                "\" (id int, map text, staged text, verdict text, version text, t text, m text)");
    forward.sql(desktop, "INSERT INTO \"" + name + "\" VALUES (1, 'a'), (2, 'b'), (2, 'c'), (NULL, 'd')");
    forward_map += "  - desktop: " + name + "\n    key: [id]\n";
  }
  forward.use_map(forward_map);
  EXPECT_EQ(forward.sync("full").status, 8) << "of two rows with the same key one waits";
  for (const auto& name : names) {
    forward.sql(desktop, "UPDATE \"" + name + "\" SET map = 'new' WHERE id = 1");
    EXPECT_EQ(forward.value(cloud, "SELECT count(*) FROM \"" + name + "\""), "3") << name;
  }
  const auto incremental = forward.sync("incremental");
  for (const auto& name : names) EXPECT_EQ(incremental.table(name)["updated"], 1) << name;
}

TEST(UnseenDatabase, ColumnsAreRenamedAndSkippedByTheMap) {
  Pair pair;
  pair.sql(desktop, "CREATE TABLE t (id int, \"Alter Name\" text, secret text); INSERT INTO t VALUES (1, 'a', 's')");
  pair.sql(cloud, "CREATE TABLE t (number int PRIMARY KEY, new_name text, secret text DEFAULT 'own')");
  pair.use_map(
      "  - desktop: t\n    key: [id]\n    rename: {id: number, \"Alter Name\": new_name}\n    skip: [secret]\n");
  pair.sync_well("full");
  EXPECT_THAT(pair.rows(cloud, "SELECT * FROM t"), ElementsAre("1|a|own"));
  pair.sql(desktop, "UPDATE t SET \"Alter Name\" = 'b', secret = 'other'");
  pair.sync_well("incremental");
  EXPECT_THAT(pair.rows(cloud, "SELECT * FROM t"), ElementsAre("1|b|own"));
}

// ---- types

// Column, type and two values of each; a third row holds NULLs. since: the version of PostgreSQL that brought them.
struct Sort {
  std::string type, first, second;
  int since = 12;
};

const std::vector<Sort>& every_sort() {
  static const std::vector<Sort> all = {
      {"mood", "'sad'", "'very happy'"},
      {"mood[]", "'{sad,NULL,\"very happy\"}'", "'{}'"},
      {"mood_domain", "'sad'", "'very happy'"},
      {"int[]", "'{{1,NULL},{3,4}}'", "'[0:1]={7,8}'"},
      {"text[]", "ARRAY['a,b', 'c\"d', NULL, 'NULL', '', E'\\\\', E'\\n']", "'{}'"},
      {"numeric[]", "'{1.0,1.00,NaN}'", "'{{{Infinity}}}'", 14},
      {"json", "'{\"a\" :1.0,  \"a\":2}'", "'[]'"},
      {"jsonb", "'{\"a\": 1.0, \"b\": [null, \"\\u00e4\"]}'", "'1.00'"},
      {"bytea", "'\\x00ff005c0a0d'", "''"},
      {"numeric", "'NaN'", "'-Infinity'", 14},
      {"numeric", "1.0", "1.00"},
      {"numeric", "123456789012345678901234567890.123456789012345678901234567890", "-0.000"},
      {"numeric(12,4)", "12345678.1234", "'NaN'"},
      {"float8", "'1.7976931348623157e308'", "'-0'"},
      {"float8", "'4.9e-324'", "'NaN'"},
      {"float8", "'0.1'", "'-Infinity'"},
      {"float4", "'3.4028235e38'", "'-0'"},
      {"date", "'infinity'", "'0044-03-15 BC'"},
      {"timestamp", "'-infinity'", "'4713-01-01 00:00:00 BC'"},
      {"timestamptz", "'infinity'", "'294276-12-31 23:59:59.999999+00'"},
      {"timestamp(3)", "'2020-01-01 01:02:03.123'", "'0001-01-01 BC'"},
      {"time", "'24:00:00'", "'23:59:59.999999'"},
      {"timetz", "'12:00:00.000001+05:30'", "'00:00:00-15:59'"},
      {"interval", "'1 mon 1 day 24:00:00.000001'", "'24:00:00'"},
      {"int4range", "'[1,10)'", "'empty'"},
      {"numrange", "'(1.0,1.50]'", "'(,)'"},
      {"tstzrange", "'[2020-01-01 00:00:00+00,infinity)'", "'(,2020-01-01 00:00:00.000001+00)'"},
      {"datemultirange", "'{[2020-01-01,2020-02-01),[2021-01-01,)}'", "'{}'", 14},
      {"floatrange", "'[1.5,2.5)'", "'empty'"},
      {"percentage", "99.99", "0"},
      {"short_text", "'abc'", "''"},
      {"address", "'(\"Main \"\"St\"\", 1\",\"(1,2)\",\"very happy\")'", "'(,,)'"},
      {"address[]", "ARRAY[ROW('a', '(1,2)', 'sad')::address, NULL]", "'{}'"},
      {"hstore", "'a=>1, b=>NULL, \"c d\"=>\"e\\\"f\"'", "''"},
      {"citext", "'Case'", "'CASE'"},
      {"char(5)", "'ab'", "''"},
      {"varchar(7)", "'  ab  '", "'äöü😀'"},
      {"\"char\"", "'x'", "''"},
      {"name", "'a name'", "''"},
      {"bit(5)", "B'10101'", "B'00000'"},
      {"bit varying(9)", "B'1'", "B''"},
      {"xml", "'<a b=\"c\">&lt;é</a>'", "''"},
      {"tsvector", "'a:1A ''b c'':2'", "''"},
      {"tsquery", "'a & !b <-> c'", "''"},
      {"inet", "'192.168.1.5/24'", "'::1'"},
      {"cidr", "'10.0.0.0/8'", "'2001:db8::/32'"},
      {"macaddr", "'08:00:2b:01:02:03'", "'00:00:00:00:00:00'"},
      {"macaddr8", "'08:00:2b:01:02:03:04:05'", "'00:00:00:00:00:00:00:00'"},
      {"money", "'-12345678.90'", "'0'"},
      {"uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", "'00000000-0000-0000-0000-000000000000'"},
      {"oid", "4294967295", "0"},
      {"regclass", "'pg_class'", "'named'"},
      {"regtype", "'integer'", "'mood'"},
      {"regclass[]", "'{pg_class,named}'", "'{}'"},
      {"point", "'(-0,1e-300)'", "'(NaN,Infinity)'"},
      {"box", "'(2,2),(0,0)'", "'(4,1),(0,0)'"},
      {"path", "'[(0,0),(1,1)]'", "'((0,0),(1,1))'"},
      {"circle", "'<(1,1),2>'", "'<(1,1),0>'"},
      {"line", "'{1,2,3}'", "'{0,1,0}'"},
      {"bool", "true", "false"},
      {"int2", "-32768", "32767"},
      {"int8", "-9223372036854775808", "9223372036854775807"},
      {"pg_lsn", "'FFFFFFFF/FFFFFFFF'", "'0/0'"},
      {"jsonpath", "'$.a[*] ? (@ > 1)'", "'$'"},
      {"pg_snapshot", "'10:20:10,14,15'", "'1:1:'", 13},
      {"xid8", "'18446744073709551615'", "'3'", 13},
      {"tid", "'(42,7)'", "'(0,1)'"},
      {"int2vector", "'1 2 3'", "'7'"},
      {"text", "E'tab\\tnewline\\nreturn\\r\\nback\\\\slash \\\\. \\\\N emoji 👩‍👩‍👧 \\u0001'", "'\\.'"},
      {"text", "''", "'NULL'"},
  };
  return all;
}

const std::vector<Sort>& sorts() {
  static const std::vector<Sort> both_know = [] {
    std::vector<Sort> all = every_sort();
    std::erase_if(all, [](const Sort& sort) { return sort.since > support::oldest_version(); });
    return all;
  }();
  return both_know;
}

std::string column(std::size_t i) { return "c" + std::to_string(i); }

std::string create_everything() {
  std::string sql =
      "CREATE EXTENSION hstore; CREATE EXTENSION citext; CREATE TABLE named (id int); "
      "CREATE TYPE mood AS ENUM ('sad', 'ok', 'very happy'); CREATE DOMAIN mood_domain AS mood CHECK (VALUE <> 'ok'); "
      "CREATE DOMAIN percentage AS numeric(5,2) CHECK (VALUE BETWEEN 0 AND 100); CREATE DOMAIN short_text AS "
      "varchar(5); "
      "CREATE TYPE floatrange AS RANGE (subtype = float8, subtype_diff = float8mi); "
      "CREATE TYPE address AS (street text, place point, mood mood); CREATE TABLE everything (id int PRIMARY KEY";
  for (std::size_t i = 0; i < sorts().size(); ++i) sql += ", " + column(i) + " " + sorts()[i].type;
  return sql + ")";
}

std::string fill_everything(int first_id) {
  std::string one, two;
  for (const auto& sort : sorts()) {
    one += ", " + sort.first;
    two += ", " + sort.second;
  }
  return "INSERT INTO everything VALUES (" + std::to_string(first_id) + one + "), (" + std::to_string(first_id + 1) +
         two + "); INSERT INTO everything (id) VALUES (" + std::to_string(first_id + 2) + ")";
}

std::string turn_everything_round() {
  std::string sql = "UPDATE everything SET id = id";
  for (std::size_t i = 0; i < sorts().size(); ++i)
    sql += ", " + column(i) + " = CASE id % 3 WHEN 1 THEN (" + sorts()[i].second + ")::" + sorts()[i].type +
           " WHEN 0 THEN (" + sorts()[i].first + ")::" + sorts()[i].type + " END";
  return sql;
}

TEST(UnseenDatabase, ValuesOfEveryTypeArriveAsTheyAre) {
  Pair pair;
  pair.sql(create_everything());
  pair.sql(desktop, fill_everything(1));
  pair.use_map("  - desktop: everything\n");
  copy_twice(pair, "everything");
  edit_and_follow(pair, "everything", turn_everything_round());
  edit_and_follow(pair, "everything", fill_everything(4));
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM everything"), "6");
}

TEST(UnseenDatabase, ValuesOfEveryTypeAreMergedIntoATargetThatHoldsRowsAlready) {
  Pair pair;
  pair.sql(create_everything());
  pair.sql(desktop, fill_everything(1));
  pair.sql(cloud, "INSERT INTO everything (id) VALUES (1), (2)");
  pair.use_map("  - desktop: everything\n");
  copy_twice(pair, "everything");
}

TEST(UnseenDatabase, ValuesOfEveryTypeComeBackByReverse) {
  Pair pair;
  pair.sql(create_everything());
  pair.sql(cloud, fill_everything(1));
  pair.use_map("  - cloud: everything\n    direction: reverse\n");
  pair.sync_well("reverse");
  pair.expect_same("everything");
  pair.sql(cloud, fill_everything(4));
  const auto second = pair.sync_well("reverse");
  EXPECT_EQ(second.table("everything")["read"], 3);
  pair.expect_same("everything");
  EXPECT_EQ(written(pair.sync_well("reverse")), 0);
}

TEST(UnseenDatabase, AnotherFormOfTheSameValueIsAnEditThatArrives) {
  Pair pair;
  pair.sql(
      "CREATE EXTENSION citext; CREATE TABLE t (id int PRIMARY KEY, n numeric, j jsonb, i interval, f float8, b box, s "
      "citext, r numrange)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 1.0, '1.0', '1 day', '0', '(2,2),(0,0)', 'smith', '[1.0,2)')");
  pair.use_map("  - desktop: t\n");
  pair.sync_well("full");
  const std::vector<std::string> edits = {"n = 1.00",          "j = '1.00'",  "i = '24:00:00'", "f = '-0'",
                                          "b = '(4,1),(0,0)'", "s = 'SMITH'", "r = '[1.00,2)'"};
  for (const auto& edit : edits) {
    pair.sql(desktop, "UPDATE t SET " + edit);
    const auto run = pair.sync_well("incremental");
    EXPECT_EQ(run.table("t")["updated"], 1) << edit;
    pair.expect_same("t");
  }
}

TEST(UnseenDatabase, TextIsCopiedByteForByteFromAnotherEncoding) {
  Pair pair;
  pair.connect(desktop)->run("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'");
  const std::string url = support::Clusters::running().url(desktop, "latin");
  {
    engine::postgres::Session latin(url, desktop);
    latin.run_script(
        "CREATE TABLE t (id int, v text, n name, \"ä\" varchar(3)); INSERT INTO t VALUES (1, 'Müller', 'ß', 'äöü')");
  }
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text, n name, \"ä\" varchar(3))");
  pair.use_map("  - desktop: t\n");
  pair.sync_well("full", {"--desktop", url});
  EXPECT_THAT(pair.rows(cloud, "SELECT * FROM t"), ElementsAre("1|Müller|ß|äöü"));
  EXPECT_EQ(written(pair.sync_well("full", {"--desktop", url})), 0);
  support::drop_database(support::Clusters::running().server(desktop), desktop, "latin");
}

// ---- keys

TEST(UnseenDatabase, CompositeKeysOfSeveralTypesIdentifyRows) {
  Pair pair;
  pair.sql("CREATE TABLE t (a text, b date, c numeric, d uuid, v text)");
  pair.sql(cloud, "ALTER TABLE t ADD PRIMARY KEY (d, c, b, a)");
  pair.sql(desktop,
           "INSERT INTO t SELECT 'k' || i % 7, date '2020-01-01' + i % 5, i / 10.0, md5(i::text)::uuid, 'v' || i FROM "
           "generate_series(1, 500) i");
  pair.use_map("  - desktop: t\n    key: [a, b, c, d]\n");
  copy_twice(pair, "t");
  edit_and_follow(pair, "t", "UPDATE t SET v = v || 'x' WHERE c < 3");
}

TEST(UnseenDatabase, NullsInAKeyMatchEachOther) {
  Pair pair;
  pair.sql("CREATE TABLE t (a int, b text, v text, UNIQUE (a, b))");
  pair.sql(desktop, "INSERT INTO t VALUES (1, NULL, 'x'), (NULL, 'b', 'y'), (NULL, NULL, 'z'), (1, 'b', 'w')");
  pair.use_map("  - desktop: t\n    key: [a, b]\n");
  copy_twice(pair, "t");
  edit_and_follow(pair, "t", "UPDATE t SET v = v || '2'");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "4");
  edit_and_follow(pair, "t", "UPDATE t SET v = v || '3' WHERE a IS NULL AND b IS NULL");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "4");
}

TEST(UnseenDatabase, ATargetWithoutAUniqueIndexNeverDoubles) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int, v text)");
  pair.sql(desktop, "INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 1000) i");
  pair.use_map("  - desktop: t\n    key: [id]\n");
  copy_twice(pair, "t");
  edit_and_follow(pair, "t", "UPDATE t SET v = 'x' WHERE id % 3 = 0; INSERT INTO t VALUES (1001, 'new')");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "1001");
}

TEST(UnseenDatabase, DeferrableAndPartialUniqueIndexesAreNoArbiters) {
  Pair pair;
  pair.sql(
      "CREATE TABLE deferrable_key (id int UNIQUE DEFERRABLE, v text); CREATE TABLE partial_key (id int NOT NULL, v "
      "text); "
      "CREATE UNIQUE INDEX ON partial_key (id) WHERE id < 3; CREATE TABLE expression_key (id int NOT NULL, v text); "
      "CREATE UNIQUE INDEX ON expression_key ((id + 0))");
  std::string map;
  for (const char* table : {"deferrable_key", "partial_key", "expression_key"}) {
    pair.sql(desktop, std::string("INSERT INTO ") + table + " SELECT i, 'v' FROM generate_series(1, 5) i");
    map += std::string("  - desktop: ") + table + "\n    key: [id]\n";
  }
  pair.use_map(map);
  pair.sync_well("full");
  EXPECT_EQ(written(pair.sync_well("full")), 0);
  for (const char* table : {"deferrable_key", "partial_key", "expression_key"}) {
    pair.expect_same(table);
    pair.sql(desktop, std::string("UPDATE ") + table + " SET v = 'w'");
  }
  pair.sync_well("incremental");
  for (const char* table : {"deferrable_key", "partial_key", "expression_key"}) pair.expect_same(table);
}

TEST(UnseenDatabase, TextKeysUnderOtherCollationsAreToldApart) {
  Pair pair;
  pair.sql(desktop, "CREATE TABLE t (k text, v text)");
  pair.sql(cloud,
           "CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level2'); CREATE TABLE t (k text COLLATE \"C\" "
           "PRIMARY KEY, v text)");
  pair.sql(desktop,
           "INSERT INTO t VALUES ('a', '1'), ('A', '2'), ('ä', '3'), ('', '4'), (' ', '5'), ('a ', '6'), ('Z', '7'), "
           "('😀', '8'), ('_', '9')");
  pair.use_map("  - desktop: t\n    key: [k]\n");
  copy_twice(pair, "t");
  edit_and_follow(pair, "t", "UPDATE t SET v = v || 'x'");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "9");
}

// ---- shapes of tables

TEST(UnseenDatabase, ATableWithOnlyKeyColumnsAndAnEmptyTableAreCopied) {
  Pair pair;
  pair.sql("CREATE TABLE pairs (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE nothing (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "INSERT INTO pairs SELECT i, i * 2 FROM generate_series(1, 10) i");
  pair.use_map("  - desktop: pairs\n  - desktop: nothing\n");
  copy_twice(pair, "pairs");
  edit_and_follow(pair, "pairs", "INSERT INTO pairs VALUES (100, 100)");
  edit_and_follow(pair, "nothing", "INSERT INTO nothing VALUES (1, 'first')");
}

TEST(UnseenDatabase, GeneratedColumnsOfEitherSideAreLeftToTheirSide) {
  Pair pair;
  pair.sql(desktop, "CREATE TABLE t (id int, a int, twice int GENERATED ALWAYS AS (a * 2) STORED, thrice int)");
  pair.sql(cloud,
           "CREATE TABLE t (id int PRIMARY KEY, a int, twice int, thrice int GENERATED ALWAYS AS (a * 3) STORED)");
  pair.sql(desktop, "INSERT INTO t (id, a, thrice) VALUES (1, 5, 999)");
  pair.use_map("  - desktop: t\n    key: [id]\n");
  pair.sync_well("full");
  EXPECT_THAT(pair.rows(cloud, "SELECT id, a, twice, thrice FROM t"), ElementsAre("1|5|10|15"));
  pair.sql(desktop, "UPDATE t SET a = 6");
  pair.sync_well("incremental");
  EXPECT_THAT(pair.rows(cloud, "SELECT id, a, twice, thrice FROM t"), ElementsAre("1|6|12|18"));
  EXPECT_EQ(written(pair.sync_well("full")), 0);
}

TEST(UnseenDatabase, IdentityColumnsAreCopiedAndTheirSequencesMovePastThem) {
  Pair pair;
  pair.sql(
      "CREATE TABLE always (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text); "
      "CREATE TABLE by_default (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, v text); "
      "CREATE TABLE \"Serial Table\" (\"Id\" serial PRIMARY KEY, v text); "
      "CREATE SEQUENCE shared; CREATE TABLE by_hand (id int PRIMARY KEY DEFAULT nextval('shared'), v text)");
  for (const char* table : {"always", "by_default", "\"Serial Table\"", "by_hand"})
    pair.sql(desktop, std::string("INSERT INTO ") + table + " (v) SELECT 'v' || i FROM generate_series(1, 50) i");
  pair.use_map("  - desktop: always\n  - desktop: by_default\n  - desktop: Serial Table\n  - desktop: by_hand\n");
  pair.sync_well("full");
  for (const std::string table : {"always", "by_default", "\"Serial Table\"", "by_hand"}) {
    pair.expect_same(table);
    EXPECT_EQ(pair.value(cloud, "INSERT INTO " + table + " (v) VALUES ('own') RETURNING " +
                                    (table[0] == '"' ? "\"Id\"" : "id")),
              "51")
        << table;
  }
  // and never backwards
  pair.sql(cloud, "SELECT setval('shared', 900); SELECT setval('always_id_seq', 800)");
  pair.sql(desktop,
           "INSERT INTO by_hand VALUES (60, 'x'); INSERT INTO always OVERRIDING SYSTEM VALUE VALUES (70, 'y'); UPDATE "
           "always SET v = 'z' WHERE id = 3");
  pair.sync_well("incremental");
  EXPECT_EQ(pair.value(cloud, "SELECT last_value FROM shared"), "900");
  EXPECT_EQ(pair.value(cloud, "SELECT last_value FROM always_id_seq"), "800");
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM always WHERE id = 3"), "z");
}

TEST(UnseenDatabase, PartitionedTablesAreCopiedInEitherPlace) {
  Pair pair;
  const std::string plain = "CREATE TABLE %n (id int, day date, v text, PRIMARY KEY (id, day))";
  const std::string parted =
      "CREATE TABLE %n (id int, day date, v text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day); "
      "CREATE TABLE %n_1 PARTITION OF %n FOR VALUES FROM ('2020-01-01') TO ('2021-01-01') PARTITION BY HASH (id); "
      "CREATE TABLE %n_1a PARTITION OF %n_1 FOR VALUES WITH (MODULUS 2, REMAINDER 0); "
      "CREATE TABLE %n_1b PARTITION OF %n_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1); CREATE TABLE %n_2 PARTITION OF "
      "%n DEFAULT";
  const auto named = [](std::string sql, const std::string& name) {
    for (std::size_t at = 0; (at = sql.find("%n")) != std::string::npos;) sql.replace(at, 2, name);
    return sql;
  };
  pair.sql(desktop, named(parted, "from_parts") + ";" + named(plain, "to_parts") + ";" + named(parted, "both_parts"));
  pair.sql(cloud, named(plain, "from_parts") + ";" + named(parted, "to_parts") + ";" + named(parted, "both_parts"));
  for (const char* table : {"from_parts", "to_parts", "both_parts"})
    pair.sql(desktop, std::string("INSERT INTO ") + table +
                          " SELECT i, date '2020-06-01' + i, 'v' || i FROM generate_series(1, 400) i");
  pair.use_map("  - desktop: from_parts\n  - desktop: to_parts\n  - desktop: both_parts\n");
  pair.sync_well("full");
  EXPECT_EQ(written(pair.sync_well("full")), 0);
  for (const std::string table : {"from_parts", "to_parts", "both_parts"}) {
    pair.expect_same(table);
    pair.sql(desktop, "UPDATE " + table + " SET v = 'new' WHERE id % 50 = 0");
  }
  const auto incremental = pair.sync_well("incremental");
  for (const std::string table : {"from_parts", "to_parts", "both_parts"}) {
    EXPECT_EQ(incremental.table(table)["read"], 8) << table;
    EXPECT_EQ(incremental.table(table)["updated"], 8) << table;
    pair.expect_same(table);
  }
}

TEST(UnseenDatabase, APartitionThatIsAttachedIsReadWhole) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int, v text) PARTITION BY RANGE (id); CREATE TABLE t1 PARTITION OF t FOR VALUES FROM "
           "(1) TO (100); "
           "CREATE TABLE t2 (id int, v text); INSERT INTO t2 VALUES (150, 'old'); INSERT INTO t VALUES (1, 'x')");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.use_map("  - desktop: t\n    key: [id]\n");
  pair.sync_well("full");
  pair.sql(desktop, "ALTER TABLE t ATTACH PARTITION t2 FOR VALUES FROM (100) TO (200)");
  pair.sync_well("incremental");
  pair.expect_same("t");
}

TEST(UnseenDatabase, RowsOfInheritingTablesBelongToTheirParent) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE parent (id int, v text); CREATE TABLE child (extra int) INHERITS (parent); "
           "INSERT INTO parent VALUES (1, 'p'); INSERT INTO child VALUES (2, 'c', 9)");
  pair.sql(cloud, "CREATE TABLE parent (id int PRIMARY KEY, v text)");
  pair.use_map("  - desktop: parent\n    key: [id]\n");
  copy_twice(pair, "parent");
  pair.sql(desktop, "UPDATE child SET v = 'd'");
  const auto incremental = pair.sync_well("incremental");
  EXPECT_EQ(incremental.table("parent")["read"], 1);
  pair.expect_same("parent");
}

TEST(UnseenDatabase, ThreeHundredColumnsAreCopied) {
  Pair pair;
  std::string columns = "id int PRIMARY KEY", values = "i", sum = "id";
  for (int i = 1; i < 300; ++i) {
    const std::string name = "column_number_" + std::to_string(i);
    columns += ", " + name + (i % 3 == 0 ? " numeric" : i % 3 == 1 ? " text" : " timestamptz");
    values += i % 3 == 0   ? ", i * 1.10"
              : i % 3 == 1 ? ", 'text ' || i"
                           : ", timestamptz '2020-01-01' + i * interval '1 microsecond'";
  }
  pair.sql("CREATE TABLE wide (" + columns + ")");
  pair.sql(desktop, "INSERT INTO wide SELECT " + values + " FROM generate_series(1, 200) i");
  pair.use_map("  - desktop: wide\n");
  copy_twice(pair, "wide");
  edit_and_follow(pair, "wide",
                  "UPDATE wide SET column_number_299 = '1999-01-01' WHERE id = 7; DELETE FROM wide WHERE false");
  EXPECT_EQ(pair.value(cloud, "SELECT column_number_299 FROM wide WHERE id = 7"), "1999-01-01 00:00:00+00");
}

TEST(UnseenDatabase, ValuesOfManyMegabytesArrive) {
  Pair pair;
  pair.sql("CREATE TABLE big (id int PRIMARY KEY, b bytea, t text)");
  for (const auto side : {desktop, cloud}) pair.sql(side, "ALTER TABLE big ALTER b SET STORAGE EXTERNAL");
  pair.sql(
      desktop,
      "INSERT INTO big SELECT 1, decode(repeat('00ff10', 22369622), 'hex'), NULL; "
      "INSERT INTO big SELECT 2, NULL, repeat('Zeile 😀 ' || chr(10), 1800000); "
      "INSERT INTO big SELECT i, decode(repeat(md5(i::text), 65536), 'hex'), 'small' FROM generate_series(3, 12) i");
  pair.use_map("  - desktop: big\n");
  const std::string digest = "id, md5(b), md5(t), length(b), octet_length(t)";
  copy_twice(pair, "big", digest);
  EXPECT_GE(pair.number(cloud, "SELECT max(length(b)) FROM big"), 64LL << 20);
  EXPECT_GE(pair.number(cloud, "SELECT max(octet_length(t)) FROM big"), 20LL << 20);
  edit_and_follow(pair, "big", "UPDATE big SET b = set_byte(b, length(b) - 1, 7) WHERE id = 1", digest);
}

TEST(UnseenDatabase, WideRowsOfTenMegabytesEachArrive) {
  Pair pair;
  std::string columns = "id int PRIMARY KEY", values = "i";
  for (int i = 0; i < 10; ++i) {
    columns += ", c" + std::to_string(i) + " text";
    values += ", repeat(md5((i * 10 + " + std::to_string(i) + ")::text), 32768)";
  }
  pair.sql("CREATE TABLE wide (" + columns + ")");
  pair.sql(desktop, "INSERT INTO wide SELECT " + values + " FROM generate_series(1, 5) i");
  pair.use_map("  - desktop: wide\n");
  copy_twice(pair, "wide", "id, md5(wide::text)");
  pair.sql(cloud, "UPDATE wide SET c9 = 'changed'");
  pair.sync_well("full", {"--overwrite"});
  pair.expect_same("wide", "wide", "id, md5(wide::text)");
}

// ---- types that differ

// A value that the target cannot hold: its row waits as it is, and comes when it was mended.
void expect_misfit(const std::string& from, const std::string& to, const std::string& value, const std::string& fitting,
                   const std::string& arrives) {
  SCOPED_TRACE(from + " " + value + " to " + to);
  Pair pair;
  pair.sql(desktop, "CREATE TABLE t (id int, v " + from + ")");
  pair.sql(cloud,
           "CREATE DOMAIN small_number AS numeric(6,2); CREATE DOMAIN short_text AS varchar(5); CREATE TYPE mood AS "
           "ENUM ('sad', 'glad'); "
           "CREATE TABLE t (id int PRIMARY KEY, v " +
               to + ")");
  pair.sql(desktop, "INSERT INTO t VALUES (1, " + fitting + "), (424242, " + value + ")");
  pair.use_map("  - desktop: t\n");
  for (const bool empty : {true, false}) {
    if (!empty) pair.sql(cloud, "INSERT INTO t VALUES (5, NULL)");
    const auto run = pair.sync("full");
    EXPECT_EQ(run.status, 8) << run.everything();
    EXPECT_EQ(run.table("t")["quarantined"], 1);
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), empty ? "1" : "2");
    EXPECT_EQ(pair.value(cloud, "SELECT row_key FROM pgtide.quarantine"), "{\"id\": 424242}");
  }
  pair.sql(desktop, "UPDATE t SET v = " + fitting + " WHERE id = 424242");
  pair.sync_well("incremental");
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 424242"), arrives);
  EXPECT_EQ(written(pair.sync_well("full")), 0);
}

TEST(UnseenDatabase, TextThatIsTooLongIsNeverCut) {
  expect_misfit("varchar(100)", "varchar(5)", "'abcdef'", "'abcde'", "abcde");
}
TEST(UnseenDatabase, TextThatIsTooLongForADomainIsNeverCut) {
  expect_misfit("text", "short_text", "'abcdef'", "'abcde'", "abcde");
}
TEST(UnseenDatabase, TextInArraysIsNeverCut) {
  expect_misfit("varchar(100)[]", "varchar(5)[]", "'{a,abcdef}'", "'{abcde}'", "{abcde}");
}
TEST(UnseenDatabase, TrailingBlanksAreNotDroppedByAShorterColumn) {
  expect_misfit("varchar(100)", "varchar(5)", "'abc     '", "'abc  '", "abc  ");
}
TEST(UnseenDatabase, TrailingBlanksAreNotDroppedByAPaddedColumn) {
  expect_misfit("text", "char(5)", "'abc '", "'abc'", "abc  ");
}
TEST(UnseenDatabase, NumbersAreNotRounded) { expect_misfit("numeric", "numeric(10,2)", "1.005", "1.01", "1.01"); }
TEST(UnseenDatabase, NumbersKeepTheirForm) {
  expect_misfit("numeric(10,4)", "numeric(10,2)", "1.5000", "NULL", "<NULL>");
}
TEST(UnseenDatabase, NumbersAreNotRoundedByADomain) {
  expect_misfit("numeric", "small_number", "1.005", "1.01", "1.01");
}
TEST(UnseenDatabase, FractionsDoNotBecomeIntegers) { expect_misfit("numeric", "int", "1.5", "7", "7"); }
TEST(UnseenDatabase, IntegersThatAreTooLargeFail) {
  expect_misfit("bigint", "int", "2147483648", "2147483647", "2147483647");
}
TEST(UnseenDatabase, FloatsDoNotLoseDigits) { expect_misfit("float8", "float4", "0.1", "0.5", "0.5"); }
TEST(UnseenDatabase, NumbersDoNotLoseDigitsAsFloats) {
  expect_misfit("numeric", "float8", "0.12345678901234567890123", "0.5", "0.5");
}
TEST(UnseenDatabase, MicrosecondsAreNotCut) {
  expect_misfit("timestamp", "timestamp(3)", "'2020-01-01 00:00:00.123456'", "'2020-01-01 00:00:00.123'",
                "2020-01-01 00:00:00.123");
}
TEST(UnseenDatabase, MicrosecondsOfTimesAreNotCut) {
  expect_misfit("time", "time(0)", "'10:00:00.5'", "'10:00:00'", "10:00:00");
}
TEST(UnseenDatabase, IntervalsAreNotCut) {
  expect_misfit("interval", "interval day to minute", "'1 day 00:00:07'", "'1 day 00:07:00'", "1 day 00:07:00");
}
TEST(UnseenDatabase, TimesOfDayAreNotDropped) {
  expect_misfit("timestamp", "date", "'2020-01-01 00:00:01'", "'2020-01-01 00:00:00'", "2020-01-01");
}
TEST(UnseenDatabase, BitsAreNotCut) { expect_misfit("bit varying(9)", "bit varying(3)", "B'1011'", "B'101'", "101"); }
TEST(UnseenDatabase, LabelsThatAnEnumDoesNotHaveFail) { expect_misfit("text", "mood", "'furious'", "'glad'", "glad"); }

TEST(UnseenDatabase, JsonDoesNotLoseItsFormAsJsonbUnlessTheMapSaysSo) {
  Pair pair;
  pair.sql(desktop, "CREATE TABLE t (id int, v json); INSERT INTO t VALUES (1, '{\"a\":1,\"a\":2}')");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v jsonb)");
  pair.use_map("  - desktop: t\n");
  const auto refused = pair.sync("full");
  EXPECT_EQ(refused.status, 5) << refused.everything();
  EXPECT_EQ(refused.table("t")["status"], "refused");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "0");
  pair.use_map("  - desktop: t\n    forward: {columns: {v: \"v::jsonb\"}}\n");
  pair.sync_well("full");
  EXPECT_THAT(pair.rows(cloud, "SELECT * FROM t"), ElementsAre("1|{\"a\": 2}"));
}

TEST(UnseenDatabase, WiderTypesTakeTheValuesAsTheyAre) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TYPE mood AS ENUM ('sad', 'glad'); CREATE TABLE t (id int, a int4, b int4, c int8, d varchar(5), e "
           "char(5), f mood, g numeric(10,2), "
           "h date, i real, j timestamp(3), k varchar(5)[], l text, m int, n smallint, o bool, p time, q uuid)");
  pair.sql(cloud,
           "CREATE DOMAIN shout AS text CHECK (VALUE = upper(VALUE)); CREATE TABLE t (id bigint PRIMARY KEY, a int8, b "
           "numeric, c numeric, d text, e text, "
           "f text, g numeric, h timestamp, i float8, j timestamp, k text[], l varchar(20), m text, n text, o text, p "
           "text, q text)");
  pair.sql(desktop,
           "INSERT INTO t VALUES (1, 7, -7, 9223372036854775807, 'abc', 'ab', 'sad', 1.50, '2020-02-29', 0.5, "
           "'2020-01-01 00:00:00.123', '{a,NULL}', "
           "'exactly twenty chars', 12, 3, true, '10:00', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'); INSERT INTO t (id) "
           "VALUES (2)");
  pair.use_map("  - desktop: t\n");
  pair.sync_well("full");
  EXPECT_THAT(
      pair.rows(cloud, "SELECT a, b, c, d, '<' || e || '>', f, g, h, i, j, k, l, m, n, o, p, q FROM t WHERE id = 1"),
      ElementsAre("7|-7|9223372036854775807|abc|<ab>|sad|1.50|2020-02-29 00:00:00|0.5|2020-01-01 "
                  "00:00:00.123|{a,NULL}|exactly twenty chars|12|3|true|"
                  "10:00:00|a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"));
  EXPECT_EQ(written(pair.sync_well("full")), 0);
  pair.sql(desktop, "UPDATE t SET f = 'glad', g = 2.00 WHERE id = 1");
  pair.sync_well("incremental");
  EXPECT_THAT(pair.rows(cloud, "SELECT f, g FROM t WHERE id = 1"), ElementsAre("glad|2.00"));
}

TEST(UnseenDatabase, StampsWithAZoneOnOneSideOnlyAreRefusedWithoutTheZone) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int, at timestamp); CREATE TABLE fine (id int, v text); INSERT INTO t VALUES (1, "
           "'2020-01-01'); INSERT INTO fine VALUES (1, 'x')");
  pair.sql(cloud,
           "CREATE TABLE t (id int PRIMARY KEY, at timestamptz); CREATE TABLE fine (id int PRIMARY KEY, v text)");
  pair.use_map("  - desktop: t\n  - desktop: fine\n");
  const auto refused = pair.sync("full");
  EXPECT_EQ(refused.status, 5) << refused.everything();
  EXPECT_EQ(refused.table("t")["status"], "refused");
  EXPECT_THAT(refused.table("t")["error"].dump(), HasSubstr("timezone"));
  EXPECT_EQ(refused.table("fine")["status"], "ok");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "0");
  pair.expect_same("fine");
}

TEST(UnseenDatabase, StampsAreReadInTheZoneOfTheSideThatHasNone) {
  Pair pair;
  pair.sql(desktop, "CREATE TABLE t (id int, at timestamp, day date, moment timestamptz, away timestamp)");
  pair.sql(cloud,
           "CREATE TABLE t (id int PRIMARY KEY, at timestamptz, day timestamptz, moment timestamptz, away timestamp)");
  pair.sql(desktop,
           "INSERT INTO t VALUES (1, '2024-07-01 00:00:00.000001', '2024-07-01', '2024-07-01 00:00+00', '2024-07-01 "
           "02:00'), "
           "(2, '2024-01-01 00:30:00', '2024-01-01', '2024-01-01 00:00+05:30', NULL), (3, 'infinity', '-infinity', "
           "'-infinity', 'infinity'), "
           "(4, '0044-03-15 BC', NULL, NULL, NULL)");
  pair.use_map("  - desktop: t\n",
               "map: test\ndesktop: {url: \"${PGTIDE_DESKTOP_URL}\", timezone: Europe/Berlin}\ncloud: {url: "
               "\"${PGTIDE_CLOUD_URL}\"}\n");
  pair.sync_well("full");
  EXPECT_THAT(
      pair.rows(cloud, "SELECT * FROM t WHERE id < 4 ORDER BY id"),
      ElementsAre("1|2024-06-30 22:00:00.000001+00|2024-06-30 22:00:00+00|2024-07-01 00:00:00+00|2024-07-01 02:00:00",
                  "2|2023-12-31 23:30:00+00|2023-12-31 23:00:00+00|2023-12-31 18:30:00+00|<NULL>",
                  "3|infinity|-infinity|-infinity|infinity"));
  EXPECT_EQ(pair.value(cloud, "SELECT at AT TIME ZONE 'Europe/Berlin' FROM t WHERE id = 4"), "0044-03-15 00:00:00 BC");
  EXPECT_EQ(written(pair.sync_well("full")), 0);
}

TEST(UnseenDatabase, ReverseWritesMomentsInTheDesktopsLocalTime) {
  Pair pair;
  pair.sql(desktop, "CREATE TABLE t (id int, at timestamp)");
  pair.sql(
      cloud,
      "CREATE TABLE t (id int PRIMARY KEY, at timestamptz); INSERT INTO t VALUES (1, '2024-07-01 20:00:00.123456+00')");
  pair.use_map("  - cloud: t\n    direction: reverse\n",
               "map: test\ndesktop: {url: \"${PGTIDE_DESKTOP_URL}\", timezone: Asia/Kolkata}\ncloud: {url: "
               "\"${PGTIDE_CLOUD_URL}\"}\n");
  pair.sync_well("reverse");
  EXPECT_THAT(pair.rows(desktop, "SELECT * FROM t"), ElementsAre("1|2024-07-02 01:30:00.123456"));
}

TEST(UnseenDatabase, ServerSettingsOfEitherSideDoNotChangeValues) {
  Pair pair;
  pair.sql(
      "CREATE TABLE t (id int PRIMARY KEY, f float8, d date, ts timestamptz, i interval, b bytea, m money, x xml, s "
      "text)");
  pair.sql(desktop,
           "INSERT INTO t VALUES (1, 0.1::float8 + 0.2, '2020-02-01', '2020-02-01 10:00+00', '-1 mon +2 days "
           "3:04:05.6', '\\x5c00', 12.34, '<a/>', E'back\\\\slash')");
  for (const auto side : {desktop, cloud})
    for (const char* setting :
         {"extra_float_digits = -5", "DateStyle = 'SQL, DMY'", "IntervalStyle = sql_standard", "bytea_output = escape",
          "TimeZone = 'Asia/Tokyo'", "standard_conforming_strings = off",
          "default_transaction_isolation = serializable", "search_path = 'pg_catalog'", "quote_all_identifiers = on",
          "row_security = off", "statement_timeout = '60s'", "xmlbinary = hex", "default_transaction_read_only = off"})
      pair.sql(side, "ALTER DATABASE " + pair.database(side) + " SET " + setting);
  pair.use_map(
      "  - desktop: t\n    forward:\n      columns: {s: \"s || id::text || f::text || d::text || ts::text || i::text "
      "|| b::text\"}\n");
  pair.sync_well("full");
  pair.expect_same("t", "t", "id, f::text, d, ts, i, b, m, x::text");
  EXPECT_EQ(pair.value(cloud, "SELECT s FROM t"),
            "back\\slash10.300000000000000042020-02-012020-02-01 10:00:00+00-1 mons +2 days 03:04:05.6\\x5c00");
  EXPECT_EQ(written(pair.sync_well("full")), 0);
  pair.sql(desktop, "UPDATE t SET d = '2020-03-04'");
  EXPECT_EQ(pair.sync_well("incremental").table("t")["updated"], 1);
}

}  // namespace
