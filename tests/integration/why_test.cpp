// What pgtide why says of a row is true of that row.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::Pair;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

class Asked : public Pair {
 public:
  Asked() : Pair(Contents::reused) {}

  // The answers as JSON, one for each direction.
  nlohmann::json answers(const std::string& table, const std::string& key) {
    const auto asked = run({"why", table, key, "--json"});
    EXPECT_EQ(asked.status, 0) << asked.everything();
    return asked.json();
  }
  nlohmann::json answer(const std::string& table, const std::string& key) { return answers(table, key).at(0); }
  std::string state(const std::string& table, const std::string& key) { return answer(table, key)["state"]; }
  std::string text(const std::string& table, const std::string& key) { return answer(table, key)["text"]; }
};

// Five rows that the desktop sent.
class Sent : public Asked {
 public:
  Sent() {
    sql(desktop,
        "CREATE TABLE t (id int, v text, w text); INSERT INTO t SELECT i, 'v' || i, 'w' FROM generate_series(1, 5) i");
    sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text, w text, note text DEFAULT 'own')");
    use_map("  - desktop: t\n    key: [id]\n");
    sync_well("full");
  }
};

TEST(Why, ACopiedRowNamesItsRun) {
  Sent pair;
  const auto copied = pair.answer("t", "3");
  EXPECT_EQ(copied["state"], "copied");
  EXPECT_EQ(copied["run_id"], 1);
  EXPECT_THAT(copied["text"].get<std::string>(),
              MatchesRegex("copied by run 1 \\(full, ....-..-.. ..:.. UTC\\)\\. Both sides hold the same\\."));
  pair.sql(desktop, "UPDATE t SET v = 'edited' WHERE id = 3");
  pair.sync_well("incremental");
  EXPECT_EQ(pair.answer("t", "3")["run_id"], 2);
  EXPECT_EQ(pair.answer("t", "2")["run_id"], 1);
  EXPECT_THAT(pair.run({"why", "t", "3"}).out, testing::StartsWith("t {\"id\": 3} (forward): copied by run 2 (incr"));
}

TEST(Why, ItLooksOnly) {
  Sent pair;
  const char* all =
      "SELECT md5(string_agg(x, '' ORDER BY x)) FROM (SELECT t::text || t.xmin FROM t UNION ALL SELECT k::text FROM "
      "pgtide.known_row k UNION ALL SELECT l::text FROM pgtide.known_loaded l UNION ALL SELECT r::text FROM pgtide.run "
      "r "
      "UNION ALL SELECT e::text FROM pgtide.event e) a (x)";
  const auto before = pair.value(cloud, all);
  for (const char* key : {"3", "99"}) pair.answer("t", key);
  EXPECT_EQ(pair.value(cloud, all), before);
}

TEST(Why, WhoChangedARowIsTold) {
  Sent pair;
  pair.sql(desktop, "UPDATE t SET v = 'desktop' WHERE id IN (1, 3)");
  pair.sql(cloud, "UPDATE t SET v = 'cloud', w = 'cloud' WHERE id IN (2, 3); UPDATE t SET note = 'mine' WHERE id = 4");
  const auto changed = pair.answer("t", "1");
  EXPECT_EQ(changed["state"], "changed");
  EXPECT_EQ(changed["columns"].dump(), "[\"v\"]");
  EXPECT_THAT(changed["text"].get<std::string>(), HasSubstr("The next run brings the change."));
  const auto edited = pair.answer("t", "2");
  EXPECT_EQ(edited["state"], "edited_in_cloud");
  EXPECT_EQ(edited["columns"].dump(), "[\"v\",\"w\"]");
  EXPECT_THAT(pair.text("t", "3"), HasSubstr("both sides changed it"));
  EXPECT_EQ(pair.state("t", "4"), "equal") << "a column that only the cloud has";
  EXPECT_EQ(pair.state("t", "5"), "copied");
}

TEST(Why, ARowThatIsOnOneSideOnly) {
  Sent pair;
  pair.sql(desktop, "DELETE FROM t WHERE id = 1; INSERT INTO t VALUES (6, 'new', 'w')");
  pair.sql(cloud, "DELETE FROM t WHERE id = 2; INSERT INTO t VALUES (7, 'phone', 'w')");
  EXPECT_EQ(pair.state("t", "1"), "deleted_on_desktop");
  EXPECT_THAT(pair.text("t", "1"), HasSubstr("deletes: ignore"));
  EXPECT_EQ(pair.state("t", "2"), "deleted_in_cloud");
  EXPECT_THAT(pair.text("t", "2"), HasSubstr("--overwrite --table t"));
  EXPECT_EQ(pair.state("t", "6"), "not_copied");
  EXPECT_THAT(pair.text("t", "6"), HasSubstr("it was written after the last run looked"));
  EXPECT_EQ(pair.state("t", "7"), "born_in_cloud");
  EXPECT_EQ(pair.state("t", "8"), "never_seen");
  pair.sql(cloud, "DELETE FROM t WHERE id = 1");
  EXPECT_EQ(pair.state("t", "1"), "gone");
  pair.sql(desktop, "UPDATE t SET v = 'edited' WHERE id = 2");
  EXPECT_THAT(pair.text("t", "2"), HasSubstr("(update_missing)"));
}

TEST(Why, WhatWasInTheCloudBeforeIsNoNewsOfOurs) {
  Asked pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'v'), (2, 'v')");
  pair.sql(cloud, "INSERT INTO t VALUES (1, 'v'), (3, 'before')");
  pair.use_map("  - desktop: t\n");
  EXPECT_EQ(pair.state("t", "2"), "not_copied") << "no state yet";
  EXPECT_EQ(pair.state("t", "3"), "only_in_target");
  pair.sync_well("full");
  EXPECT_EQ(pair.state("t", "1"), "equal");
  EXPECT_EQ(pair.state("t", "2"), "copied");
  EXPECT_EQ(pair.state("t", "3"), "there_before");
}

TEST(Why, ARowThatTheMapLeavesOutSaysByWhat) {
  Asked pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text, source text); CREATE TABLE p (id int PRIMARY KEY)");
  pair.sql(desktop,
           "INSERT INTO p VALUES (1); INSERT INTO t VALUES (1, 'keep', 'D'), (2, 'drop', 'D'), (3, 'keep', 'M'), (4, "
           "'keep', NULL)");
  pair.use_map(
      "  - desktop: t\n    origin: {column: source, desktop: D, cloud: M}\n    forward:\n"
      "      where: t.v = 'keep'\n      join: JOIN p ON p.id <> t.id\n");
  pair.sync_well("full");
  EXPECT_EQ(pair.state("t", "4"), "copied");
  EXPECT_THAT(pair.text("t", "1"), HasSubstr("the map's join leaves it out"));
  EXPECT_THAT(pair.text("t", "2"), HasSubstr("the map's where does not hold for it"));
  EXPECT_EQ(pair.state("t", "3"), "of_the_cloud");
  pair.sql(desktop, "UPDATE t SET v = 'drop' WHERE id = 4");
  EXPECT_THAT(pair.text("t", "4"), HasSubstr("A row with this key stands in the cloud; it was written by run 1"));
}

TEST(Why, ARowThatWaitsSaysForWhat) {
  Asked pair;
  pair.sql("CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, parent_id int, v text)");
  pair.sql(cloud, "ALTER TABLE t ADD FOREIGN KEY (parent_id) REFERENCES parent");
  pair.sql(desktop, "INSERT INTO t VALUES (1, NULL, 'v'), (2, 77, 'v')");
  pair.use_map("  - desktop: parent\n  - desktop: t\n");
  EXPECT_EQ(pair.sync("full").status, 8);
  const auto waits = pair.answer("t", "2");
  EXPECT_EQ(waits["state"], "quarantined");
  EXPECT_THAT(waits["text"].get<std::string>(), HasSubstr("foreign_key_violation"));
  EXPECT_EQ(pair.state("t", "1"), "copied");

  pair.sql(cloud, "INSERT INTO t VALUES (3, NULL, 'cloud')");
  pair.sql(desktop, "INSERT INTO t VALUES (3, NULL, 'desktop')");
  EXPECT_EQ(pair.sync("incremental").status, 8);
  EXPECT_EQ(pair.state("t", "3"), "conflict");
  EXPECT_THAT(pair.text("t", "3"), HasSubstr("pgtide conflicts resolve --table t --key '{\"id\": 3}' --take"));
  EXPECT_EQ(pair.run({"conflicts", "resolve", "--table", "t", "--key", "3", "--take", "cloud"}).status, 8)
      << "a row waits in quarantine";
  EXPECT_THAT(pair.text("t", "3"), HasSubstr("was resolved for the cloud"));

  EXPECT_EQ(pair.run({"quarantine", "discard", "--yes"}).status, 0);
  EXPECT_EQ(pair.state("t", "2"), "discarded");
  pair.sql(desktop, "UPDATE t SET v = 'changed' WHERE id = 2");
  EXPECT_EQ(pair.state("t", "2"), "not_copied") << "with other contents it is tried again";
}

TEST(Why, ATableThatGoesBothWaysIsAnsweredTwice) {
  Asked pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text, source text)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'v', 'D')");
  pair.use_map("  - desktop: t\n    direction: both\n    origin: {column: source, desktop: D, cloud: M}\n");
  pair.sync_well("full");
  pair.sql(cloud, "INSERT INTO t VALUES (2, 'phone', 'M')");
  pair.sync_well("reverse");
  const auto states = [&](const char* key) {
    std::vector<std::string> found;
    for (const auto& one : pair.answers("t", key))
      found.push_back(one["direction"].get<std::string>() + " " + one["state"].get<std::string>());
    return found;
  };
  EXPECT_THAT(states("1"), ElementsAre("forward copied", "reverse no_news"));
  EXPECT_THAT(states("2"), ElementsAre("forward of_the_cloud", "reverse copied"));
  EXPECT_THAT(pair.run({"why", "t", "2"}).out, HasSubstr("(forward): "));
  pair.sql(cloud, "UPDATE t SET v = 'edited'");
  EXPECT_THAT(pair.answers("t", "2")[1]["text"].get<std::string>(), HasSubstr("Reverse inserts only"));
  EXPECT_EQ(states("1")[0], "forward edited_in_cloud");
}

TEST(Why, WithoutAKeyRowsAreCountedAndTheCloudsNumberLeadsToOne) {
  Asked pair;
  pair.sql(desktop,
           "CREATE TABLE t (job int, task int, v text); INSERT INTO t VALUES (1, 1, 'a'), (1, 1, 'a'), (1, 2, 'b')");
  pair.sql(cloud, "CREATE TABLE t (nr int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, job int, task int, v text)");
  pair.use_map("  - desktop: t\n    key: none\n    match: [job, task]\n");
  pair.sync_well("full");
  EXPECT_THAT(pair.text("t", "1,1"), HasSubstr("2 rows on the desktop and 2 in the cloud have this key; 2 of those"));
  EXPECT_EQ(pair.state("t", "1,2"), "copied");
  const auto nr = pair.value(cloud, "SELECT nr FROM t WHERE task = 2");
  EXPECT_EQ(pair.state("t", "{\"nr\": " + nr + "}"), "copied");
  EXPECT_EQ(pair.state("t", "{\"nr\": 99}"), "never_seen");
  pair.sql(desktop, "DELETE FROM t WHERE task = 2");
  EXPECT_THAT(pair.text("t", "1,2"), HasSubstr("the next run removes it"));
  pair.sync_well("incremental", {"--past-fuse", "t"});
  EXPECT_NE(pair.state("t", "1,2"), "deleted_on_desktop");
}

TEST(Why, TheSameValuesAreEqualWhateverTheirTypes) {
  Asked pair;
  pair.sql("CREATE TYPE mood AS ENUM ('sad', 'glad')");
  const char* columns =
      "(id numeric(6,2) PRIMARY KEY, i int, f double precision, r real, n numeric, c char(5), b bytea, ts timestamp, "
      "tz "
      "timestamptz, d date, iv interval, j json, jb jsonb, a text[], m mood, o boolean, u uuid, p point, rg int4range, "
      "x text)";
  pair.sql("CREATE TABLE t " + std::string(columns));
  pair.sql(cloud, "ALTER TABLE t ALTER i TYPE bigint, ALTER ts TYPE timestamptz, ALTER x TYPE varchar(12)");
  pair.sql(
      desktop,
      "INSERT INTO t VALUES (1.50, 1, 0.1, 0.1, 1.00, 'ab', '\\xdead00', '2026-01-01 12:00:00.000001', '2026-01-01 "
      "12:00:00.000001+03', '2026-01-01', '1 mon 2 days', '{\"a\":  1}', '{\"a\": 1.0}', '{a,\"b,c\",NULL}', 'glad', "
      "true, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '(1,2)', '[1,5)', 'it''s \\ \"x\"')");
  pair.use_map("  - desktop: t\n",
               "map: test\ndesktop: {url: \"${PGTIDE_DESKTOP_URL}\", timezone: Asia/Kolkata}\ncloud: {url: "
               "\"${PGTIDE_CLOUD_URL}\"}\n");
  pair.sync_well("full");
  EXPECT_EQ(pair.state("t", "1.50"), "copied") << pair.text("t", "1.50");
  pair.sql(cloud, "UPDATE t SET n = 1.0");
  EXPECT_EQ(pair.answer("t", "1.5")["columns"].dump(), "[\"n\"]");
  pair.sql(desktop, "UPDATE t SET x = 'much, much too long'");
  EXPECT_THAT(pair.text("t", "1.5"), HasSubstr("the cloud cannot hold what it is on the desktop now"));
}

TEST(Why, AWrongCallIsToldHowToCall) {
  Sent pair;
  for (const auto& [table, key] : std::vector<std::pair<const char*, const char*>>{
           {"nobody", "1"}, {"t", "1,2"}, {"t", "one"}, {"t", "{\"v\": 1}"}, {"t", ""}, {"t", "{"}}) {
    const auto wrong = pair.run({"why", table, key});
    EXPECT_EQ(wrong.status, 2) << table << key << wrong.everything();
    EXPECT_THAT(wrong.err, HasSubstr("hint: ")) << key;
  }
  EXPECT_EQ(pair.run({"why", "t", "1"}, {{"PGTIDE_CLOUD_URL", "host=127.0.0.1 port=1"}}).status, 4);
}

TEST(Why, ARefusedTableSaysSo) {
  Sent pair;
  pair.sql(cloud, "ALTER TABLE t ADD COLUMN must int NOT NULL DEFAULT 1; ALTER TABLE t ALTER must DROP DEFAULT");
  EXPECT_EQ(pair.state("t", "1"), "refused");
  EXPECT_TRUE(pair.answer("t", "1")["source_rows"].is_null());
}

}  // namespace
