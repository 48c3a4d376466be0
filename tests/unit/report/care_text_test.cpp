#include "engine/report/care_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/golden/golden.hpp"

namespace engine::report::test {
namespace {

using engine::test::expect_golden;
using Json = nlohmann::json;

TablePosition position(const std::string& table, bool synced, bool valid) {
  TablePosition one;
  one.map = "practice";
  one.row.table = table;
  one.row.last_sync_timestamp = synced ? "2026-11-21T18:00:09.123456Z" : "1970-01-01T00:00:00.000000Z";
  one.row.sync_status = synced ? "completed" : "pending";
  one.row.guarantee = "exact";
  if (!synced) return one;
  one.row.age_seconds = 3600;
  one.row.newest_row = "2026-11-21T17:59:00.000000Z";
  one.cursor = capture::Cursor();
  one.cursor->next_xid = 4711;
  one.cursor->unfinished = {4700};
  one.cursor->ids_valid = valid;
  return one;
}

TEST(CareText, IsReadableAtNight) {
  const std::vector<TablePosition> positions = {position("jobshead", true, true), position("clients", true, false),
                                                position("notes", false, true)};
  const std::vector<OldHistory> old = {
      {Place::cloud,
       "practice",
       Direction::forward,
       {{"event", 12345, "2026-01-01T00:00:00.000000Z", 200.0 * 86400}, {"run", 0, "", 0}}},
      {Place::desktop, "practice", Direction::reverse, {{"run", 7, "2026-01-01T00:00:00.000000Z", 200.0 * 86400}}}};
  const std::vector<WayDown> down = {
      {Place::cloud, 7, 0, {{"practice", "known_row", 93274}, {"practice", "quarantine", 3619}, {"office", "run", 2}}},
      {Place::desktop, 0, 0, {}}};
  const std::vector<WayDown> back = {{Place::cloud, 7, 4, {}}, {Place::desktop, 4, 4, {}}};
  constexpr double day = 86400;
  expect_golden("care.txt", watermarks_text(positions) + "----\n" + watermarks_text({}) + "----\n" +
                                reset_text({positions.front()}, false) + "----\n" +
                                reset_text({positions.front()}, true) + "----\n" +
                                prune_text(old, 90 * day, 30 * day, false) + "----\n" +
                                prune_text(old, 90 * day, 30 * day, true) + "----\n" +
                                prune_text({}, 90 * day, 30 * day, false) + "----\n" + way_down_text(down, false) +
                                "----\n" + way_down_text(down, true) + "----\n" + way_down_text(back, true));
}

TEST(CareText, JsonIsAnArrayOfObjects) {
  const auto positions = Json::parse(watermarks_json({position("jobshead", true, true), position("n", false, true)}));
  EXPECT_EQ(positions[0]["table_name"], "jobshead");
  EXPECT_EQ(positions[0]["next_xid"], 4711);
  EXPECT_EQ(positions[0]["whole"], false);
  EXPECT_EQ(positions[1]["whole"], true);
  EXPECT_TRUE(positions[1]["next_xid"].is_null());
  const auto down = Json::parse(way_down_json({{Place::cloud, 7, 0, {{"a\"b", "run", 2}, {"c", "run", 1}}}}));
  EXPECT_EQ(down[0]["lost"][0]["map"], "a\"b");
  EXPECT_EQ(down[0]["lost"][1]["rows"], 1);
  const auto old = Json::parse(prune_json({{Place::cloud, "practice", Direction::forward, {{"run", 3, "", 0}}}}, true));
  EXPECT_EQ(old[0]["rows"], 3);
  EXPECT_EQ(old[0]["deleted"], true);
  EXPECT_EQ(watermarks_json({}), "[]\n");
}

}  // namespace
}  // namespace engine::report::test
