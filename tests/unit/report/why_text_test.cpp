#include "engine/report/why_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/golden/golden.hpp"

namespace engine::report {
namespace {

using engine::test::expect_golden;
using pipeline::RowFacts;
using pipeline::RowThere;
using testing::HasSubstr;
using testing::Not;

const state::PastRun run{12, "full", "2026-11-21T18:00:09.123456Z", "ok", ""};

// A row that the source shows and the target does not.
RowFacts facts(Direction direction = Direction::forward) {
  RowFacts row;
  row.map = "practice";
  row.direction = direction;
  row.table = "notes";
  row.row_key = R"({"note_id": 5})";
  row.origin_column = "source";
  row.origin_cloud = "M";
  row.known_table = row.completed = row.ids_tell = true;
  row.complete_as_of = "2026-11-20T18:00:09.123456Z";
  row.source_rows = row.joined = row.selected = 1;
  row.last_run = run;
  return row;
}

// That both sides have, as the run wrote it.
RowFacts copied(Direction direction = Direction::forward) {
  RowFacts row = facts(direction);
  row.target_rows = 1;
  RowThere there;
  there.ours = there.remembered = there.as_agreed = there.equal = true;
  there.run = run;
  row.there = {there};
  row.remembered = row.as_agreed = true;
  return row;
}

// The same, but not equal any more.
RowFacts differing(Direction direction = Direction::forward) {
  RowFacts row = copied(direction);
  row.there[0].equal = false;
  row.there[0].columns = {"note", "remark"};
  return row;
}

RowFacts without_source(RowFacts row) {
  row.source_rows = row.joined = row.selected = 0;
  row.as_agreed = false;
  return row;
}

state::WaitingRow waiting() {
  state::WaitingRow row;
  row.reason = "foreign_key_violation";
  row.detail = "no row of climaster has the client_id that it refers to";
  row.hint = "add that row on the desktop";
  row.first_seen = "2026-11-20T18:00:09.123456Z";
  row.last_tried = "2026-11-21T18:00:09.123456Z";
  row.attempts = 3;
  return row;
}

state::ConflictRow conflict() {
  state::ConflictRow row;
  row.kind = "update_origin_differs";
  row.row_key = R"({"note_id": 5})";
  row.detected_at = "2026-11-20T18:00:09.123456Z";
  return row;
}

struct Case {
  std::string what;
  RowFacts row;
};

// All that can be said of a row.
std::vector<Case> cases() {
  std::vector<Case> all;
  const auto add = [&](const std::string& what, RowFacts row, const std::function<void(RowFacts&)>& change = {}) {
    if (change) change(row);
    all.push_back({what, std::move(row)});
  };
  constexpr Direction reverse = Direction::reverse;
  add("copied", copied());
  add("copied, by an older pgtide", copied(), [](auto& row) { row.there[0].run = std::nullopt; });
  add("fetched", copied(reverse));
  add("equal, found so", copied(), [](auto& row) { row.there[0].ours = false; });
  add("equal, and there before", copied(),
      [](auto& row) { row.there[0].ours = row.there[0].remembered = false, row.there[0].before = true; });
  add("equal by chance", copied(), [](auto& row) { row.there[0].ours = row.there[0].remembered = false; });
  add("changed since", differing(), [](auto& row) { row.as_agreed = false, row.fresh = 1; });
  add("changed since, and the last run failed", differing(), [](auto& row) {
    row.as_agreed = false, row.fresh = 1;
    row.last_run->status = "failed";
    row.last_run->error = "the connection was lost";
  });
  add("changed by an expression", differing(), [](auto& row) { row.as_agreed = false; });
  add("edited in the cloud", differing(), [](auto& row) { row.there[0].ours = row.there[0].as_agreed = false; });
  add("left to the cloud by a decision", differing(), [](auto& row) {
    row.there[0].ours = row.there[0].as_agreed = false;
    row.resolved = conflict();
    row.resolved->resolution = "cloud";
    row.resolved->resolved_at = "2026-11-21T19:00:09.123456Z";
  });
  add("edited on both sides, not looked at yet", differing(),
      [](auto& row) { row.as_agreed = row.there[0].ours = row.there[0].as_agreed = false; });
  add("edited on both sides, by hand", differing(), [](auto& row) {
    row.as_agreed = row.there[0].ours = row.there[0].as_agreed = false;
    row.policy = "manual";
  });
  add("discarded, an older state is there", differing(), [](auto& row) {
    row.discarded = {{"check_violation", "", "2026-11-21T18:00:09.123456Z"}};
  });
  add("a twin waits", copied(), [](auto& row) {
    row.waiting = {waiting()};
    row.waiting[0].reason = "duplicate_key";
    row.source_rows = row.joined = row.selected = 2;
  });
  add("not ours, same key", differing(),
      [](auto& row) { row.there[0].ours = row.there[0].remembered = row.there[0].as_agreed = false; });
  add("marked as the cloud's", differing(), [](auto& row) { row.there[0].born_in_cloud = true; });
  add("to be taken over", differing(), [](auto& row) {
    row.there[0].ours = row.there[0].remembered = row.there[0].as_agreed = false;
    row.there[0].before = row.adopting = true;
  });
  add("does not fit", differing(),
      [](auto& row) { row.does_not_fit = "value too long for type character varying(3)"; });
  add("differs, reverse", differing(reverse));
  add("differs, reverse, not ours", differing(reverse),
      [](auto& row) { row.there[0].ours = row.there[0].remembered = false; });
  add("quarantined", facts(), [](auto& row) { row.waiting = {waiting()}; });
  add("quarantined, given up, an older state is there", differing(), [](auto& row) {
    row.waiting = {waiting()};
    row.waiting[0].given_up = true;
  });
  add("in conflict", differing(), [](auto& row) { row.conflicts = {conflict()}; });
  add("in conflict, decided", differing(), [](auto& row) {
    row.conflicts = {conflict()};
    row.conflicts[0].decision = "cloud";
  });
  add("not copied yet", facts(), [](auto& row) { row.fresh = 1; });
  add("not copied yet, whole table", facts(), [](auto& row) { row.ids_tell = false; });
  add("table never done", facts(), [](auto& row) {
    row.completed = false;
    row.last_run->status = "skipped";
    row.last_run->error = "table clients, which it refers to, was not copied";
  });
  add("table never run", facts(), [](auto& row) {
    row.completed = false;
    row.last_run = std::nullopt;
  });
  add("missing", facts());
  add("missing, reverse", facts(reverse));
  add("unreadable", facts(), [](auto& row) { row.unreadable = "division by zero (22012)"; });
  add("discarded", facts(), [](auto& row) {
    row.discarded = {{"check_violation", "", "2026-11-21T18:00:09.123456Z"}};
  });
  add("deleted in the cloud", facts(), [](auto& row) { row.remembered = row.as_agreed = true; });
  add("deleted in the cloud, changed since", facts(), [](auto& row) { row.remembered = true; });
  add("deleted on the desktop", facts(reverse), [](auto& row) { row.remembered = row.as_agreed = true; });
  add("left out by where", facts(), [](auto& row) { row.selected = 0, row.out_by_where = 1; });
  add("left out by where since", copied(), [](auto& row) {
    row.selected = 0, row.out_by_where = 1;
    row.there[0].equal = false;
  });
  add("left out by join", facts(), [](auto& row) { row.selected = row.joined = 0; });
  add("marked as the cloud's on the desktop", copied(), [](auto& row) { row.selected = 0, row.out_by_origin = 1; });
  add("came by reverse", copied(), [](auto& row) { row.selected = 0, row.brought = 1, row.there[0].ours = false; });
  add("came by forward", copied(reverse),
      [](auto& row) { row.selected = 0, row.brought = 1, row.there[0].ours = false; });
  for (const char* deletes : {"ignore", "report", "soft", "hard"})
    add(std::string("deleted on the desktop, deletes: ") + deletes, without_source(copied()),
        [&](auto& row) { row.deletes = deletes; });
  add("surplus without a key", without_source(copied()), [](auto& row) { row.keyless = true; });
  add("soft deleted", without_source(copied()), [](auto& row) { row.there[0].soft_deleted = true; });
  add("born in the cloud, marked", without_source(copied()), [](auto& row) { row.there[0].born_in_cloud = true; });
  add("born in the cloud", without_source(copied()),
      [](auto& row) { row.there[0].ours = row.there[0].remembered = false; });
  add("there before", without_source(copied()), [](auto& row) {
    row.there[0].ours = row.there[0].remembered = false;
    row.there[0].before = true;
  });
  add("only on the desktop", without_source(copied(reverse)),
      [](auto& row) { row.there[0].ours = row.there[0].remembered = false; });
  add("deleted in the cloud, fetched before", without_source(copied(reverse)));
  add("removed", without_source(facts()), [](auto& row) {
    row.removals = {{3, "hard", 14, "2026-11-21T20:00:09.123456Z"}};
    row.removal_runs = {state::PastRun{14, "full", "2026-11-21T19:59:09.123456Z", "", ""}};
  });
  add("gone", without_source(facts()), [](auto& row) { row.remembered = true; });
  add("never seen", without_source(facts()));
  add("never seen, table never run", without_source(facts()), [](auto& row) { row.known_table = false; });
  add("twins", copied(), [](auto& row) { row.source_rows = row.joined = row.selected = 2; });
  add("several without a key", copied(), [](auto& row) {
    row.keyless = true;
    row.source_rows = row.joined = row.selected = 3;
    row.target_rows = 2;
    row.there.push_back(row.there[0]);
  });
  add("refused", facts(), [](auto& row) { row.refused = "the target may not be written"; });
  return all;
}

TEST(WhyText, EveryCaseIsTheGoldenOne) {
  std::string text;
  for (const auto& [what, row] : cases()) {
    const Answer said = answer(row);
    text += "# " + what + ": " + said.state + (said.run_id ? " " + std::to_string(*said.run_id) : "") + "\n" +
            why_text({row}) + "\n";
  }
  expect_golden("why.txt", text);
}

TEST(WhyText, SaysOneThingAndEndsTheSentence) {
  for (const auto& [what, row] : cases()) {
    const std::string text = answer(row).text;
    EXPECT_EQ(text.find(".."), std::string::npos) << what;
    EXPECT_EQ(text.find("  "), std::string::npos) << what;
    EXPECT_FALSE(answer(row).state.empty()) << what;
    for (const char c : text) EXPECT_LT(static_cast<unsigned char>(c), 128) << what;
  }
}

TEST(WhyText, HasAParagraphForEachWay) {
  EXPECT_THAT(why_text({copied(), copied(Direction::reverse)}),
              HasSubstr("Both sides hold the same.\n\nnotes {\"note_id\": 5} (reverse): "));
}

TEST(WhyJson, HasTheColumnNamesOfTheState) {
  const auto json = nlohmann::ordered_json::parse(why_json({copied(), differing()}));
  ASSERT_EQ(json.size(), 2U);
  EXPECT_EQ(json[0]["table_name"], "notes");
  EXPECT_EQ(json[0]["row_key"]["note_id"], 5);
  EXPECT_EQ(json[0]["state"], "copied");
  EXPECT_EQ(json[0]["run_id"], 12);
  EXPECT_EQ(json[1]["columns"].dump(), "[\"note\",\"remark\"]");
}

}  // namespace
}  // namespace engine::report
