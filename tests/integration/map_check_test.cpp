// map check names every mistake in a map, by the file alone and by both databases.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::Pair;
using testing::HasSubstr;
using testing::Not;

TEST(MapCheck, ARightMapIsAllWellAndNothingIsWritten) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE one (id int PRIMARY KEY, v text); CREATE TABLE two (id int PRIMARY KEY, v text)");
  pair.use_map("  - desktop: one\n  - {desktop: two, direction: both}\n");
  const auto check = pair.run({"map", "check"});
  EXPECT_EQ(check.status, 0) << check.everything();
  EXPECT_THAT(check.out, HasSubstr("all well"));
  EXPECT_THAT(check.out, testing::ContainsRegex("two +both +the primary key +ok"));
  EXPECT_EQ(pair.run({"map", "check", "--json"}).json(), nlohmann::json::array());
  for (const auto place : {desktop, cloud})
    EXPECT_EQ(pair.value(place, "SELECT to_regnamespace('pgtide') IS NULL"), "t");
}

TEST(MapCheck, NamesAllMistakesOfTheFileWithoutTheDatabases) {
  Pair pair(Contents::reused);
  pair.use_map("  - desktop: a\n    kye: [id]\n    direction: sideways\n  - desktop: b\n    deletes: soft\n");
  const auto check = pair.run({"map", "check"}, {{"PGTIDE_CLOUD_URL", "postgresql://127.0.0.1:1/x"}});
  EXPECT_EQ(check.status, 3);
  for (const char* place : {":6:5: error:", ":7:16: error:", ":9:5: error:"}) EXPECT_THAT(check.out, HasSubstr(place));
  EXPECT_THAT(check.out, HasSubstr("did you mean 'key'?"));
  const auto json = pair.run({"map", "check", "--json"}).json();
  ASSERT_EQ(json.size(), 3u);
  EXPECT_EQ(json[0]["severity"], "error");
  EXPECT_EQ(json[0]["file"], pair.map_file());
  EXPECT_EQ(json[0]["line"], 6);
  EXPECT_EQ(json[0]["column"], 5);
  EXPECT_EQ(json[0]["hint"], "did you mean 'key'?");
  for (const char* key : {"severity", "file", "line", "column", "table", "problem", "hint"})
    EXPECT_TRUE(json[0].contains(key)) << key;
}

TEST(MapCheck, NamesAllMistakesThatTheDatabasesShowOfAllJobs) {
  Pair pair(Contents::reused);
  pair.sql(
      "CREATE TABLE good (id int PRIMARY KEY, v text); CREATE TABLE wrong (id int PRIMARY KEY, v text); CREATE TABLE "
      "back (id int PRIMARY KEY, v text); CREATE TABLE parent (id int, v text); CREATE TABLE child (id int PRIMARY "
      "KEY, parent int)");
  pair.sql(cloud,
           "ALTER TABLE parent ADD UNIQUE (id); ALTER TABLE child ADD FOREIGN KEY (parent) REFERENCES parent (id)");
  pair.use_map(
      "  - desktop: good\n"
      "  - desktop: wrong\n"
      "    key: [idd]\n"
      "  - desktop: missing\n"
      "  - desktop: wrong2\n"
      "    cloud: good2\n"
      "  - cloud: back\n"
      "    direction: reverse\n"
      "    reverse: {where: \"nowhere = 1\", columns: {v: \"vv\"}}\n"
      "  - desktop: parent\n"
      "  - desktop: child\n");
  const auto check = pair.run({"map", "check"});
  EXPECT_EQ(check.status, 3) << check.everything();
  EXPECT_THAT(check.out, testing::ContainsRegex("good +forward +the primary key +ok"));
  EXPECT_THAT(check.out, testing::ContainsRegex("wrong +forward +key idd +WRONG"));
  EXPECT_THAT(check.out, testing::ContainsRegex("parent +forward +the primary key +REFUSED"));
  EXPECT_THAT(check.out, HasSubstr("key: column idd does not exist in the desktop table wrong"));
  EXPECT_THAT(check.out, HasSubstr("table missing does not exist in the desktop"));
  EXPECT_THAT(check.out, HasSubstr("table good2 does not exist in the cloud"));
  EXPECT_THAT(check.out, HasSubstr("13:22: error: back: where is not accepted by PostgreSQL"));
  EXPECT_THAT(check.out, HasSubstr("child: forward: it refers to table parent, which is refused"));
  for (const auto place : {desktop, cloud})
    EXPECT_EQ(pair.value(place, "SELECT to_regnamespace('pgtide') IS NULL"), "t");

  pair.use_map("  - desktop: good\n  - desktop: parent\n");
  const auto refused = pair.run({"map", "check", "--json"});
  EXPECT_EQ(refused.status, 5) << refused.everything();
  EXPECT_EQ(refused.json()[0]["severity"], "refused");
  EXPECT_EQ(refused.json()[0]["table"], "parent");
  EXPECT_EQ(refused.json()[0]["line"], 6);
}

TEST(MapCheck, SaysWhetherTheDatabasesWereAsked) {
  Pair pair(Contents::reused);
  pair.use_map("  - desktop: nowhere_at_all\n");
  const std::string far = "postgresql://u:secret@127.0.0.1:1/x";
  const auto unreachable = pair.run({"map", "check", "--cloud", far});
  EXPECT_EQ(unreachable.status, 4);
  EXPECT_THAT(unreachable.everything(), Not(HasSubstr("secret")));
  const auto offline = pair.run({"map", "check", "--offline", "--cloud", far});
  EXPECT_EQ(offline.status, 0) << offline.everything();
  EXPECT_THAT(offline.out, HasSubstr("the databases were not asked"));
  EXPECT_EQ(pair.run({"map", "check"}).status, 3);
  EXPECT_EQ(pair.run({"map", "check", "--cloud", pair.url(desktop)}).status, 5) << "one database twice";
}

}  // namespace
