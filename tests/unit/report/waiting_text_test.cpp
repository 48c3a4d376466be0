#include "engine/report/waiting_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/golden/golden.hpp"

namespace engine::report {
namespace {

using engine::test::expect_golden;
using testing::HasSubstr;
using testing::Not;

state::WaitingRow waiting(const std::string& table, Direction direction, const std::string& key) {
  state::WaitingRow row;
  row.map = "practice";
  row.direction = direction;
  row.table = table;
  row.row_key = key;
  row.row_data = R"({"name": "Smith", "org_id": 5})";
  row.reason = "foreign_key_violation";
  row.sqlstate = "23503";
  row.first_seen = "2026-11-20T18:00:09.123456Z";
  row.last_tried = "2026-11-21T18:00:09.123456Z";
  row.attempts = 2;
  return row;
}

WaitingList some_list() {
  WaitingList list;
  list.rows = {waiting("jobshead", Direction::forward, R"({"job_id": 7})"),
               waiting("jobshead", Direction::forward, R"({"job_id": 1207})"),
               waiting("workdiary", Direction::reverse, R"({"wd_id": 3})")};
  list.rows[1].attempts = 30;
  list.rows[1].given_up = true;
  list.rows[2].reason = "row_too_large";
  list.rows[2].sqlstate = "";
  list.groups = {{Direction::forward, "jobshead", "foreign_key_violation",
                  "no row of climaster has the client_id that the row refers to (jobshead_client_id_fkey)",
                  "add that row to climaster on the desktop, or clear the reference", 1233, 7},
                 {Direction::reverse, "workdiary", "row_too_large", "", "", 1, 0}};
  return list;
}

TEST(WaitingText, IsTheGoldenOne) { expect_golden("waiting.txt", waiting_text(some_list())); }

TEST(WaitingText, ShowsContentsOnlyWhereTheyAreAskedFor) {
  auto list = some_list();
  EXPECT_THAT(waiting_text(list), Not(HasSubstr("Smith")));
  list.verbose = true;
  EXPECT_THAT(waiting_text(list),
              HasSubstr("jobshead, foreign_key_violation, {\"job_id\": 7}\n  {\"name\": \"Smith\""));
}

TEST(WaitingText, AKeyThatIsTheWholeRowIsShortenedBetweenTwoCharacters) {
  auto list = some_list();
  std::string name;
  for (int i = 0; i < 100; ++i) name += "\xc3\xa9";
  list.rows[0].row_key = "{\"n\": \"" + name + "\"}";
  const std::string text = waiting_text(list);
  EXPECT_THAT(text, HasSubstr("\xc3\xa9...  "));
  EXPECT_THAT(text, Not(HasSubstr("\xc3...")));
  list.verbose = true;
  EXPECT_THAT(waiting_text(list), HasSubstr(name));
}

TEST(WaitingText, OfManyReasonsTheFirstAreSaid) {
  auto list = some_list();
  list.groups.assign(25, list.groups[0]);
  EXPECT_THAT(waiting_text(list), HasSubstr("\nand 5 more reasons of this kind\n"));
}

TEST(WaitingText, SaysThatNothingWaits) {
  EXPECT_EQ(waiting_text({}), "no row waits in quarantine\n");
  WaitingList list;
  list.filtered = true;
  EXPECT_EQ(waiting_text(list), "no such row waits in quarantine\n");
}

TEST(DiscardText, SaysWhatItIsAboutToDoAndWhatItDid) {
  const auto groups = some_list().groups;
  expect_golden("discard.txt", discard_text(groups, false) + "----\n" + discard_text(groups, true));
}

TEST(WaitingJson, KeepsWhatTheServerSaidAndEscapesTheRest) {
  auto row = waiting("say \"hi\"", Direction::forward, R"({"n": 1.0000000000000000000000001})");
  row.detail = "caf\xe9";
  const std::string json = waiting_json(row);
  EXPECT_THAT(json, HasSubstr("\"table_name\": \"say \\\"hi\\\"\""));
  EXPECT_THAT(json, HasSubstr("\"row_key\": {\"n\": 1.0000000000000000000000001}"));
  EXPECT_THAT(json, HasSubstr("\"detail\": \"caf\xef\xbf\xbd\""));
  EXPECT_THAT(json, HasSubstr("\"hint\": null"));
  EXPECT_EQ(array_of({}), "[]\n");
}

state::ConflictRow conflict(const std::string& kind, Direction direction, const std::string& key) {
  state::ConflictRow row;
  row.map = "practice";
  row.direction = direction;
  row.table = "notes";
  row.row_key = key;
  row.kind = kind;
  row.desktop_row = R"({"note": "ours"})";
  row.cloud_row = R"({"note": "theirs"})";
  row.on_desktop = row.in_cloud = true;
  row.columns = {"note", "remark"};
  row.local_modified = "2026-11-21T18:00:09.123456Z";
  row.resolution_strategy = "manual";
  row.detected_at = "2026-11-21T19:00:09.123456Z";
  return row;
}

ConflictList some_conflicts() {
  ConflictList list;
  list.rows = {conflict("update_origin_differs", Direction::forward, R"({"note_id": 5})"),
               conflict("update_missing", Direction::forward, R"({"note_id": 6})"),
               conflict("insert_exists", Direction::reverse, R"({"note_id": 7})")};
  list.rows[1].in_cloud = false;
  list.rows[1].cloud_row = "";
  list.rows[1].columns = {};
  list.rows[1].decision = "desktop";
  list.total = 3;
  return list;
}

TEST(ConflictsText, IsTheGoldenOne) { expect_golden("conflicts.txt", conflicts_text(some_conflicts())); }

TEST(ConflictsText, ResolvedOnesAreShownWithTheirResolution) {
  auto list = some_conflicts();
  list.resolved = true;
  list.rows[0].resolved_at = "2026-11-22T19:00:09.123456Z";
  list.rows[0].resolution = "cause_gone";
  const std::string text = conflicts_text(list);
  EXPECT_THAT(text, HasSubstr("2026-11-22 19:00  cause_gone\n"));
  EXPECT_THAT(text, Not(HasSubstr("both sides have edited"))) << "there is nothing to decide any more";
}

TEST(ConflictsText, ShowsContentsOnlyWhereTheyAreAskedFor) {
  auto list = some_conflicts();
  EXPECT_THAT(conflicts_text(list), Not(HasSubstr("theirs")));
  list.verbose = true;
  EXPECT_THAT(conflicts_text(list), HasSubstr("  desktop  {\"note\": \"ours\"}\n  cloud    {\"note\": \"theirs\"}\n"));
  EXPECT_THAT(conflicts_text(list), HasSubstr("  cloud    no row\n"));
}

TEST(ConflictsText, EveryKindHasWordsForBothWays) {
  for (const char* kind : {"insert_exists", "update_exists", "update_missing", "update_origin_differs",
                           "delete_missing", "delete_origin_differs", "multiple_unique_conflicts"})
    for (const Direction way : {Direction::forward, Direction::reverse})
      EXPECT_THAT(what_it_means(way, kind), HasSubstr("--take")) << kind;
  EXPECT_THAT(what_it_means(Direction::reverse, "insert_exists"), Not(HasSubstr("--take cloud")));
}

TEST(ResolvedText, SaysOfEachConflictWhatBecameOfIt) {
  auto rows = some_conflicts().rows;
  rows[0].resolution = "desktop";
  rows[1].resolution = "cause_gone";
  expect_golden("resolved.txt", resolved_text(rows));
}

}  // namespace
}  // namespace engine::report
