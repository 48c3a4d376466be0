// A map that map generate writes works as it is, or says why not.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/golden/golden.hpp"
#include "tests/support/pair.hpp"
#include "tests/support/scratch.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::Pair;
using testing::HasSubstr;
using testing::Not;
using Words = std::vector<std::string>;

std::string text_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

std::string new_file() {
  static int number = 0;
  return (support::scratch_folder() / ("generated" + std::to_string(++number) + ".yaml")).string();
}

// Generates a map, uses it from now on, and returns its text.
std::string generate(Pair& pair, const Words& more = {}, int status = 0) {
  const std::string file = new_file();
  Words words = {"map", "generate", "--output", file};
  words.insert(words.end(), more.begin(), more.end());
  const auto outcome = pair.run(words);
  EXPECT_EQ(outcome.status, status) << outcome.everything();
  pair.use_map_file(file);
  return text_of(file);
}

// The three jobs, and that they end well and leave nothing to do.
void expect_to_work(Pair& pair, bool twice = true) {
  const auto check = pair.run({"map", "check"});
  EXPECT_EQ(check.status, 0) << check.everything();
  pair.sync_well("full");
  const auto again =
      twice ? pair.sync_well("full").json() : nlohmann::json::object({{"tables", nlohmann::json::array()}});
  for (const auto& table : again["tables"]) EXPECT_EQ(table["read"], table["unchanged"]) << table.dump();
  pair.sync_well("incremental");
  pair.sync_well("reverse");
}

bool copies(const std::string& map, const std::string& table) {
  return map.find("\n  - desktop: " + table + "\n") != std::string::npos;
}

// The lines above a table that is not copied.
std::string reason(const std::string& map, const std::string& table) {
  const auto begin = map.find("  # NOT COPIED: " + table + ", because ");
  if (begin == std::string::npos) return "";
  return map.substr(begin, map.find("# When that is mended", begin) - begin);
}

TEST(MapGenerate, TheMapOfTheSamplePairCopiesAllOfIt) {
  Pair pair(Contents::sample);
  const auto ours = pair.run({"map", "check", "--map", PGTIDE_SOURCE_DIR "/tablemaps/practice.yaml"});
  EXPECT_EQ(ours.status, 0) << ours.everything();
  EXPECT_THAT(ours.out, testing::ContainsRegex("jobtasks +forward +no key +ok"));
  std::string map = generate(pair, {"--name", "practice"});
  std::string shown = std::regex_replace(map, std::regex(R"(databases \w+ \(desktop\) and \w+ \(cloud\))"),
                                         "databases office (desktop) and cloud (cloud)");
  shown = std::regex_replace(shown, std::regex(R"(schema=\S+)"), "schema=../docs/tablemap.schema.json");
  // that of the machine
  shown = std::regex_replace(shown, std::regex(R"(server;[^\n]*\n  #  [^\n]*\n)"), "server\n");
  shown = std::regex_replace(shown, std::regex(R"(timezone: \S+)"), "timezone: Asia/Kolkata");
  engine::test::expect_golden("sample_map.yaml", shown);
  expect_to_work(pair, false);
  for (const char* table : {"orgmaster", "locmaster", "conmaster", "climaster", "mbstaff", "jobtasks", "taskchecklist"})
    EXPECT_EQ(pair.value(desktop, std::string("SELECT count(*) FROM ") + table),
              pair.value(cloud, std::string("SELECT count(*) FROM ") + table));
  pair.expect_same("mbreminder", "reminder", "rem_id, staff_id, remnotes, remtime, source");
  pair.expect_same("jobshead", "jobshead", "job_id, job_uid, client_id, drivefolderkey, source");
  const std::string tasks =
      "SELECT md5(string_agg(ROW(job_id, task_id, taskorder, task_desc, jobdet_man_hrs, actual_man_hrs)::text, ',' "
      "ORDER "
      "BY job_id, task_id, taskorder)) FROM jobtasks";
  EXPECT_EQ(pair.value(desktop, tasks), pair.value(cloud, tasks));
  pair.sql(cloud,
           "INSERT INTO workdiary (date, timefrom, timeto, tasknotes, source) VALUES ('2026-01-02', '09:30:15.123456', "
           "'23:59', 'note', 'M')");
  pair.sync_well("reverse");
  EXPECT_EQ(pair.value(desktop, "SELECT timefrom FROM workdiary"), "2026-01-02 09:30:15.123456");
  const std::string later = generate(pair, {"--name", "practice"});
  EXPECT_THAT(later, HasSubstr("all its rows are marked as entered there")) << "workdiary still goes back";
}

const char* const film_store =
    "CREATE TYPE mpaa AS ENUM ('G', 'PG'); CREATE DOMAIN year AS integer CHECK (VALUE BETWEEN 1901 AND 2155);"
    "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.last_update = now(); RETURN NEW; END $$;"
    "CREATE TABLE film (film_id serial PRIMARY KEY, title text NOT NULL, release_year year, rating mpaa DEFAULT 'G', "
    "special text[], fulltext tsvector NOT NULL, price money, last_update timestamptz DEFAULT now() NOT NULL);"
    "CREATE TRIGGER fill BEFORE INSERT OR UPDATE ON film FOR EACH ROW EXECUTE FUNCTION "
    "tsvector_update_trigger('fulltext', 'pg_catalog.english', 'title');"
    "CREATE TRIGGER touch BEFORE UPDATE ON film FOR EACH ROW EXECUTE FUNCTION touch();"
    "CREATE TABLE actor (actor_id serial PRIMARY KEY, name text, last_update timestamptz DEFAULT now());"
    "CREATE TABLE film_actor (actor_id int REFERENCES actor, film_id int REFERENCES film, last_update timestamptz, "
    "PRIMARY KEY (actor_id, film_id));"
    "CREATE TABLE payment (payment_id int NOT NULL, film_id int REFERENCES film, amount numeric(5,2), payment_date "
    "timestamptz NOT NULL, PRIMARY KEY (payment_date, payment_id)) PARTITION BY RANGE (payment_date);"
    "CREATE TABLE payment_1 PARTITION OF payment FOR VALUES FROM ('2022-01-01') TO ('2022-02-01');"
    "CREATE TABLE payment_2 PARTITION OF payment FOR VALUES FROM ('2022-02-01') TO ('2022-03-01');"
    "CREATE VIEW film_list AS SELECT film_id FROM film; CREATE MATERIALIZED VIEW film_kept AS SELECT film_id FROM film;"
    "CREATE TABLE store (store_id int PRIMARY KEY, manager int NOT NULL);"
    "CREATE TABLE staff (staff_id int PRIMARY KEY, store_id int NOT NULL REFERENCES store, picture bytea);"
    "CREATE TABLE customer (customer_id int PRIMARY KEY, store_id int REFERENCES store);";

const char* const film_rows =
    "INSERT INTO film (title, release_year, rating, special, price) SELECT 'Film ' || i, 2000 + i % 20, 'PG', "
    "ARRAY['a', 'b'], i::text::money FROM generate_series(1, 60) i;"
    "INSERT INTO actor (name) SELECT 'A' || i FROM generate_series(1, 50) i;"
    "INSERT INTO film_actor SELECT 1 + i % 50, 1 + i % 60 FROM generate_series(1, 100) i;"
    "INSERT INTO payment SELECT i, 1 + i % 60, 9.99, timestamptz '2022-01-01' + i * interval '1 hour' FROM "
    "generate_series(1, 1000) i;"
    "INSERT INTO store VALUES (1, 1), (2, 2); INSERT INTO staff VALUES (1, 1, '\\x00ff'), (2, 2, NULL);"
    "INSERT INTO customer SELECT i, 1 + i % 2 FROM generate_series(1, 300) i;";

const char* const circle = "ALTER TABLE store ADD CONSTRAINT led_by FOREIGN KEY (manager) REFERENCES staff;";

TEST(MapGenerate, ACircleOfForeignKeysIsLeftOutWithAllThatNeedsItAndSaysHowItIsOpened) {
  Pair pair(Contents::reused);
  pair.sql(film_store);
  pair.sql(desktop, film_rows);
  pair.sql(circle);
  const std::string map = generate(pair);
  for (const char* table : {"film", "actor", "film_actor", "payment"}) EXPECT_TRUE(copies(map, table)) << table;
  for (const char* part : {"payment_1", "film_list", "film_kept"}) EXPECT_THAT(map, Not(HasSubstr(part)));
  EXPECT_THAT(map, HasSubstr("  watermark: [last_update]"));
  EXPECT_THAT(reason(map, "staff"), HasSubstr("go round in a circle"));
  EXPECT_THAT(reason(map, "customer"), HasSubstr("it refers to store"));
  expect_to_work(pair);
  for (const char* table : {"film_actor", "payment"}) pair.expect_same(table);
  pair.expect_same("film", "film", "film_id, title, rating, special, fulltext, price");

  const std::string sql = "ALTER TABLE \"public\".\"store\" ALTER CONSTRAINT \"led_by\" DEFERRABLE";
  EXPECT_THAT(reason(map, "store"), HasSubstr(sql + ";\n")) << "on a line of its own, to be pasted";
  pair.sql(cloud, sql);
  const std::string mended = generate(pair);
  for (const char* table : {"store", "staff", "customer"}) EXPECT_TRUE(copies(mended, table)) << table;
  expect_to_work(pair);
  for (const char* table : {"store", "staff", "customer"}) pair.expect_same(table);
}

TEST(MapGenerate, NamesThatNeedQuotesAreRight) {
  Pair pair(Contents::reused);
  pair.sql(
      "CREATE TABLE \"Artist\" (\"ArtistId\" int PRIMARY KEY, \"Name\" varchar(120));"
      "CREATE TABLE \"Album\" (\"AlbumId\" int PRIMARY KEY, \"Title\" text, \"ArtistId\" int REFERENCES \"Artist\");"
      "CREATE TABLE \"Playlist Track\" (\"Playlist Id\" int, \"Track: Id\" int, \"select\" text, PRIMARY KEY "
      "(\"Playlist Id\", \"Track: Id\"));"
      "CREATE TABLE \"a.b\" (id int PRIMARY KEY, \"Stra\xc3\x9f"
      "e #\" text, \"${x}\" text, \"it's \"\"q\"\"\" text, "
      "\"null\" text);"
      "CREATE TABLE \"order\" (\"user\" int PRIMARY KEY, \"group\" text); CREATE TABLE \"yes\" (id int PRIMARY KEY);"
      "CREATE TABLE \" \" (id int PRIMARY KEY);");
  pair.sql(desktop,
           "INSERT INTO \"Artist\" SELECT i, 'a' || i FROM generate_series(1, 30) i; INSERT INTO \"Album\" SELECT i, "
           "'t', 1 + i % 30 FROM generate_series(1, 90) i; INSERT INTO \"Playlist Track\" SELECT i % 10, i, 'x' FROM "
           "generate_series(1, 40) i; INSERT INTO \"a.b\" VALUES (1, 'x', 'y', 'z', 'n'); INSERT INTO \"order\" VALUES "
           "(1, 'g'); INSERT INTO \"yes\" VALUES (1)");
  const std::string map = generate(pair);
  EXPECT_THAT(reason(map, "\" \""), HasSubstr("a map cannot say it"));
  expect_to_work(pair);
  for (const char* table : {"\"Artist\"", "\"Album\"", "\"Playlist Track\"", "\"a.b\"", "\"order\"", "\"yes\""})
    pair.expect_same(table);
}

// The columns are called otherwise in the cloud, and the tables stand in several schemas.
TEST(MapGenerate, SeveralSchemasAndOtherSpellingsMeet) {
  Pair pair(Contents::reused);
  pair.sql(
      "CREATE SCHEMA person; CREATE SCHEMA sales; CREATE DOMAIN person.flag AS boolean NOT NULL;"
      "CREATE TABLE person.person (businessentityid int PRIMARY KEY, info xml, rowguid uuid NOT NULL UNIQUE, namestyle "
      "person.flag DEFAULT false, modifieddate timestamp NOT NULL DEFAULT now());"
      "CREATE TABLE sales.customer (customerid int GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, personid int "
      "REFERENCES person.person, account varchar GENERATED ALWAYS AS ('AW') STORED, modifieddate timestamp);"
      "CREATE TABLE sales.numbered (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, t text);");
  pair.sql(desktop,
           "CREATE TABLE sales.\"SpecialOffers\" (\"OfferId\" int, \"Description\" text, \"Discount\" numeric(5,2));"
           "INSERT INTO sales.\"SpecialOffers\" SELECT i, 'o', 1 FROM generate_series(1, 30) i;"
           "INSERT INTO person.person SELECT i, '<a/>', md5(i::text)::uuid FROM generate_series(1, 40) i; INSERT INTO "
           "sales.customer (personid) SELECT i FROM generate_series(1, 40) i; INSERT INTO sales.numbered (t) VALUES "
           "('a'), ('b')");
  pair.sql(cloud,
           "CREATE TABLE sales.special_offer (offer_id int PRIMARY KEY, description text, discount numeric(5,2))");
  const std::string map = generate(pair);
  EXPECT_THAT(map, HasSubstr("rename: {OfferId: offer_id, Description: description, Discount: discount}"));
  expect_to_work(pair);
  for (const char* table : {"sales.customer", "sales.numbered"}) pair.expect_same(table);
  pair.expect_same("person.person", "person.person", "businessentityid, info::text, rowguid, namestyle, modifieddate");
  pair.expect_same("sales.\"SpecialOffers\"", "sales.special_offer");

  const std::string only_person = generate(pair, {"--desktop-schema", "person"});
  EXPECT_TRUE(copies(only_person, "person"));
  EXPECT_THAT(only_person, Not(HasSubstr("desktop: \"sales.")));
  const std::string both = generate(pair, {"--desktop-schema", "person", "--desktop-schema", "sales", "--cloud-schema",
                                           "sales", "--cloud-schema", "person"});
  EXPECT_THAT(both, HasSubstr("desktop: \"person.person\""));
  const auto unknown = pair.run({"map", "generate", "--cloud-schema", "nowhere"});
  EXPECT_EQ(unknown.status, 3);
  EXPECT_THAT(unknown.err, HasSubstr("no schema nowhere"));
}

TEST(MapGenerate, WithoutConstraintsKeysAreFoundInTheDataAndNeverOneThatTheyViolate) {
  Pair pair(Contents::reused);
  pair.sql(
      "CREATE TABLE salaries (emp_no int, salary int, from_date date); CREATE TABLE clients (name text, client_id int);"
      "CREATE TABLE affiliations_documents (affiliation_id int, document_id int);"
      "CREATE TABLE visits (client_id int, note text);");
  pair.sql(desktop, "CREATE TABLE doubled (id int, v text); CREATE TABLE log (said text, job_id int)");
  pair.sql(cloud,
           "CREATE TABLE doubled (id int PRIMARY KEY, v text); CREATE TABLE log (n serial PRIMARY KEY, said text, "
           "job_id int)");
  pair.sql(desktop,
           "INSERT INTO salaries SELECT i % 20, 100 * (i % 7), date '2000-01-01' + i / 20 FROM generate_series(1, 200) "
           "i; INSERT INTO clients SELECT 'same', i FROM generate_series(1, 50) i; INSERT INTO affiliations_documents "
           "SELECT i % 10, i % 25 FROM generate_series(1, 50) i; INSERT INTO visits SELECT i % 3, 'n' FROM "
           "generate_series(1, 30) i; INSERT INTO doubled VALUES (1, 'a'), (1, 'b'), (2, 'c'); INSERT INTO log SELECT "
           "'said ' || least(i, 99), i % 50 FROM generate_series(1, 100) i; INSERT INTO log VALUES ('said 7', 7)");
  const std::string map = generate(pair);
  EXPECT_THAT(map, HasSubstr("    key: [emp_no, from_date]\n"));
  EXPECT_THAT(map, HasSubstr("    key: [client_id]\n"));
  EXPECT_THAT(map, HasSubstr("    key: [affiliation_id, document_id]\n"));
  EXPECT_THAT(map, HasSubstr("    key: none\n"));
  EXPECT_THAT(map, HasSubstr("    match: [said]\n"));
  EXPECT_THAT(map, HasSubstr("    skip: [\"n\"]\n"));
  EXPECT_THAT(reason(map, "visits"), HasSubstr("ADD COLUMN row_id"));
  EXPECT_THAT(reason(map, "doubled"), HasSubstr("a value of the cloud's key (id) occurs more than once"));
  expect_to_work(pair);
  for (const char* table : {"salaries", "clients", "affiliations_documents"}) pair.expect_same(table);
  pair.expect_same("log", "log", "said, job_id");
}

TEST(MapGenerate, WhatCannotBeWrittenOrReadSaysWhyAndTheOthersWork) {
  Pair pair(Contents::reused);
  pair.sql(
      "CREATE TABLE fine (id int PRIMARY KEY); CREATE TABLE ruled (id int PRIMARY KEY); CREATE TABLE seen (id int);"
      "CREATE TABLE city (id int PRIMARY KEY); CREATE TABLE capital (state text, PRIMARY KEY (id)) INHERITS (city);"
      "CREATE TABLE hidden (id int PRIMARY KEY); INSERT INTO fine VALUES (1); INSERT INTO capital VALUES (2, 'x')");
  pair.sql(cloud,
           "CREATE RULE r AS ON INSERT TO ruled DO ALSO NOTIFY x; DROP TABLE seen; CREATE VIEW seen AS SELECT 1 AS "
           "id; CREATE TABLE only_here (id int)");
  pair.sql(desktop, "CREATE TABLE only_there (id int)");
  pair.sql(
      "DO $$ BEGIN CREATE ROLE mapper LOGIN; EXCEPTION WHEN duplicate_object THEN END $$; GRANT ALL ON fine, ruled, "
      "seen, city, capital TO mapper; GRANT CREATE ON SCHEMA public TO mapper; DO $$ BEGIN EXECUTE format('GRANT ALL "
      "ON DATABASE %I TO mapper', current_database()); END $$");
  for (const auto place : {desktop, cloud}) pair.use_url(place, pair.url(place, "mapper"));
  const std::string map = generate(pair);
  EXPECT_THAT(reason(map, "hidden"), HasSubstr("GRANT"));
  EXPECT_THAT(reason(map, "ruled"), HasSubstr("CREATE RULE"));
  EXPECT_THAT(reason(map, "city"), HasSubstr("inherit"));
  EXPECT_THAT(map, HasSubstr("public.seen: in the cloud this is a view"));
  EXPECT_THAT(map, HasSubstr("#   only_there"));
  EXPECT_THAT(map, HasSubstr("#   only_here"));
  expect_to_work(pair);
  for (const char* table : {"fine", "capital"}) pair.expect_same(table);
  for (const auto place : {desktop, cloud}) {
    pair.use_url(place, "");
    pair.sql(place, "DROP OWNED BY mapper");
  }
}

TEST(MapGenerate, AnExistingFileStaysAsItIsAndStdoutCarriesNothingButTheMap) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (id int PRIMARY KEY)");
  const std::string file = new_file();
  std::ofstream(file) << "mine";
  const auto refused = pair.run({"map", "generate", "--output", file});
  EXPECT_EQ(refused.status, 2);
  EXPECT_THAT(refused.err, HasSubstr("is not overwritten"));
  EXPECT_EQ(text_of(file), "mine");

  const auto printed = pair.run({"map", "generate", "--name", "x: y"});
  EXPECT_EQ(printed.status, 0);
  EXPECT_THAT(printed.out, testing::StartsWith("# yaml-language-server: $schema="));
  EXPECT_THAT(printed.out, HasSubstr("map: \"x: y\"\n"));
  EXPECT_THAT(printed.everything(), Not(HasSubstr(pair.url(cloud))));
  const auto quiet = pair.run({"map", "generate", "--quiet"});
  EXPECT_EQ(quiet.err, "");
  EXPECT_EQ(quiet.out, pair.run({"map", "generate"}).out) << "the same again";

  const auto nowhere = pair.run({"map", "generate", "--output", file + "/map.yaml"});
  EXPECT_EQ(nowhere.status, 2);
  EXPECT_THAT(nowhere.err, HasSubstr("cannot be written"));
  const std::string failed = new_file();
  EXPECT_EQ(pair.run({"map", "generate", "--output", failed, "--cloud", "postgresql://127.0.0.1:1/x"}).status, 4);
  EXPECT_FALSE(std::filesystem::exists(failed)) << "nothing stays behind";

  const std::string other = new_file();
  const auto table = pair.run({"map", "generate", "--json", "--output", other}).json().at(0);
  EXPECT_EQ(table["desktop"], "t");
  EXPECT_EQ(table["status"], "proposed");
  EXPECT_EQ(table["key"], nlohmann::json::array({"id"}));
  EXPECT_EQ(pair.run({"map", "generate", "--json"}).status, 2) << "where would the map go?";

  EXPECT_EQ(pair.run({"map", "generate", "--cloud", pair.url(desktop)}).status, 5) << "one database twice";
  for (const auto place : {desktop, cloud})
    EXPECT_EQ(pair.value(place, "SELECT to_regnamespace('pgtide') IS NULL"), "t");
  pair.sql(cloud, "DROP TABLE t");
  EXPECT_EQ(pair.run({"map", "generate"}).status, 5) << "nothing to copy";
}

}  // namespace
