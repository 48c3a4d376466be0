#include "engine/config/inspection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/error.hpp"

namespace engine::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> complaints(const std::string& text) {
  std::vector<std::string> list;
  const auto inspection = inspect_table_map_text(text, "m.yaml", [](const std::string&) { return std::nullopt; });
  for (const auto& one : inspection.complaints) list.push_back(one.mark.text() + ": " + one.message);
  EXPECT_EQ(inspection.map.has_value(), list.empty());
  return list;
}

TEST(Inspection, OfARightMapIsTheMap) {
  const std::string text = "map: m\ntables:\n  - desktop: t\n    key: [id]\n";
  EXPECT_THAT(complaints(text), IsEmpty());
  EXPECT_EQ(inspect_table_map_text(text, "m.yaml", nullptr).map->tables.at(0).key.at(0).text, "id");
}

TEST(Inspection, NamesAllMistakesAtOnce) {
  EXPECT_THAT(
      complaints("map: \"\"\n"
                 "mpa: 3\n"
                 "desktop: {shema: public}\n"
                 "tables:\n"
                 "  - desktop: a\n"
                 "    kye: [x]\n"
                 "    direction: sideways\n"
                 "  - desktop: b\n"
                 "    deletes: soft\n"
                 "  - desktop: c\n"
                 "  - desktop: c\n"
                 "  - key: [id]\n"),
      ElementsAre("m.yaml:2:1: the key 'mpa' is not known in 'the map'", "m.yaml:1:6: 'map' must not be empty",
                  "m.yaml:3:11: the key 'shema' is not known in 'desktop'",
                  "m.yaml:6:5: the key 'kye' is not known in 'tables'", "m.yaml:7:16: 'direction' cannot be 'sideways'",
                  "m.yaml:9:5: deletes: soft needs 'soft_delete'",
                  "m.yaml:11:5: the pair 'public.c' -> 'public.c' stands here a second time; the first is at "
                  "m.yaml:10:5",
                  "m.yaml:12:5: this entry of 'tables' does not say which table it means"));
}

TEST(Inspection, SaysNothingThatOnlyFollowsFromAnotherMistake) {
  EXPECT_THAT(complaints("map: m\ntables:\n  - desktop: a\n    deletes: soft\n    soft_delete: {colum: x}\n"),
              ElementsAre("m.yaml:5:19: the key 'colum' is not known in 'soft_delete'"));
  EXPECT_THAT(complaints("map: m\ntables:\n  - dekstop: a\n    key: [x]\n"),
              ElementsAre("m.yaml:3:5: the key 'dekstop' is not known in 'tables'"));
  EXPECT_THAT(complaints("map: m\ndefaults: {deletes: soft, soft_delete: {colum: x}}\ntables:\n  - desktop: a\n"),
              ElementsAre("m.yaml:2:41: the key 'colum' is not known in 'soft_delete'"));
}

TEST(Inspection, FindsWhatTheReaderFinds) {
  for (const std::string text : {"map: m\ntables:\n", "map: [\n", "tables:\n  - a\n", "- x\n", ""}) {
    std::string first;
    try {
      parse_table_map(text, "m.yaml", nullptr);
    } catch (const Error& error) {
      first = error.what();
    }
    const auto found = complaints(text);
    ASSERT_FALSE(found.empty()) << text;
    EXPECT_EQ(found.front(), first) << text;
  }
}

}  // namespace
}  // namespace engine::config
