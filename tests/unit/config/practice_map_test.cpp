#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "engine/config/table_map.hpp"
#include "tests/unit/config/refusal.hpp"

namespace engine::config::test {
namespace {

const std::string file = PGTIDE_SOURCE_DIR "/tablemaps/practice.yaml";

std::string content() {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

const Table* find(const TableMap& map, const std::string& cloud) {
  for (const auto& table : map.tables) {
    if (table.cloud.name == cloud) return &table;
  }
  return nullptr;
}

TEST(PracticeMap, IsReadAsItStands) {
  const TableMap map = load_table_map(file, variables({{"PGTIDE_DESKTOP_URL", "d"}, {"PGTIDE_CLOUD_URL", "c"}}));
  EXPECT_EQ(map.name, "practice");
  EXPECT_EQ(map.desktop.url, "d");
  EXPECT_EQ(map.cloud.url, "c");
  EXPECT_EQ(map.desktop.timezone, "Asia/Kolkata");
  EXPECT_EQ(map.tables.size(), 17u);
  for (const auto& table : map.tables) {
    EXPECT_EQ(table.watermark.columns.size(), 2u);
    EXPECT_TRUE(table.watermark.from_defaults);
    EXPECT_EQ(table.origin->column, "source");
    EXPECT_NE(table.key_choice, KeyChoice::automatic) << table.cloud.name;
  }
}

TEST(PracticeMap, NeedsNoVariablesToBeRead) {
  const TableMap map = load_table_map(file, variables());
  EXPECT_NE(map.desktop.url_problem.find("the variable PGTIDE_DESKTOP_URL is not set"), std::string::npos);
  EXPECT_NE(map.cloud.url_problem.find("the variable PGTIDE_CLOUD_URL is not set"), std::string::npos);
}

TEST(PracticeMap, SaysWhatIsSpecialAboutATable) {
  const TableMap map = load_table_map(file, variables());
  EXPECT_EQ(find(map, "jobshead")->key.size(), 2u);
  EXPECT_EQ(find(map, "reminder")->desktop.name, "mbreminder");
  EXPECT_EQ(find(map, "remdetail")->desktop.name, "mbremdetail");
  const Table& diary = *find(map, "workdiary");
  EXPECT_EQ(diary.direction, TableDirection::reverse);
  EXPECT_EQ(diary.reverse.columns.size(), 4u);
  EXPECT_EQ(find(map, "learequest")->direction, TableDirection::reverse);
}

TEST(PracticeMap, TablesWithoutAKeyAreMatchedByTheirContents) {
  const TableMap map = load_table_map(file, variables());
  const Table& tasks = *find(map, "jobtasks");
  EXPECT_EQ(tasks.key_choice, KeyChoice::none);
  EXPECT_EQ(tasks.match.size(), 3u);
  EXPECT_EQ(tasks.skip.size(), 1u) << "the cloud numbers its rows itself";
  EXPECT_EQ(tasks.forward.columns.at(0).expression.sql, "j.client_id");
  EXPECT_EQ(find(map, "taskchecklist")->key_choice, KeyChoice::none);
  EXPECT_EQ(find(map, "taskchecklist")->match.size(), 2u);
}

TEST(PracticeMap, ReviewNotesGoBothWays) {
  const TableMap map = load_table_map(file, variables());
  for (const std::string name : {"mbjobreviewnotes", "mbjobreviewresponse"}) {
    EXPECT_EQ(find(map, name)->direction, TableDirection::both) << name;
    EXPECT_EQ(find(map, name)->key_choice, KeyChoice::columns) << name;
  }
}

TEST(PracticeMap, ExplainsEveryKey) {
  const std::string text = content();
  for (const std::string key : {"map",
                                "desktop",
                                "cloud",
                                "url",
                                "schema",
                                "timezone",
                                "defaults",
                                "tables",
                                "direction",
                                "key",
                                "match",
                                "watermark",
                                "skip",
                                "rename",
                                "origin",
                                "forward",
                                "reverse",
                                "where",
                                "join",
                                "columns",
                                "conflicts",
                                "deletes",
                                "soft_delete",
                                "orphans",
                                "row_bytes",
                                "fuse",
                                "large",
                                "above",
                                "exact_every",
                                "quarantine",
                                "retention",
                                "history",
                                "events",
                                "limits",
                                "longest_read",
                                "method",
                                "desktop_connections",
                                "cloud_connections",
                                "desktop_bytes_per_second",
                                "cloud_bytes_per_second"})
    EXPECT_NE(text.find(key + ":"), std::string::npos) << key;
}

}  // namespace
}  // namespace engine::config::test
