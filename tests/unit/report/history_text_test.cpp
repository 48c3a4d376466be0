#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/report/history_view.hpp"
#include "tests/golden/golden.hpp"

namespace engine::report {
namespace {

using engine::test::expect_golden;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

state::TableRun table(const std::string& name, const std::string& status, std::int64_t inserted) {
  state::TableRun made;
  made.table = name;
  made.status = status;
  made.counts.read = made.counts.inserted = inserted;
  made.duration_ms = 1500;
  return made;
}

state::RunRecord run(std::int64_t id, const std::string& mode, const std::string& status, int exit_status) {
  state::RunRecord made;
  made.run_id = id;
  made.scope = {"practice", mode == "reverse" ? Direction::reverse : Direction::forward};
  made.mode = mode;
  made.status = status;
  made.started_at = "2026-11-21T18:00:00.000000Z";
  made.finished_at = "2026-11-21T18:00:04.100000Z";
  made.exit_status = exit_status;
  made.seconds = 4.1;
  return made;
}

History some_history() {
  History history;
  auto failed = run(12, "incremental", "partial", 7);
  failed.tables = {table("climaster", "ok", 3), table("jobshead", "failed", 0)};
  failed.tables[1].error_code = "partial";
  failed.tables[1].error = "somebody else holds a lock on this table (55P03)";
  failed.tables[1].hint = "run again when the other program has finished";
  auto cut = run(11, "full", "in_progress", 0);
  cut.finished_at = "";
  cut.exit_status = std::nullopt;
  auto tidy = run(10, "full", "attention", 8);
  tidy.tables = {table("climaster", "attention", 24562)};
  tidy.removed_rows = 2;
  history.runs = {failed, cut, run(3, "reverse", "ok", 0), tidy};
  state::LastFailure failure;
  failure.scope = failed.scope;
  failure.run_id = 12;
  failure.mode = "incremental";
  failure.started_at = failed.started_at;
  failure.table = failed.tables[1];
  history.last_failure = {failure};
  history.more = true;
  return history;
}

state::PastEvent event(const std::string& type, const std::string& message) {
  state::PastEvent made;
  made.table = "jobshead";
  made.type = type;
  made.status = "ok";
  made.message = message;
  made.payload = R"({"row_key": {"id": 12345678901234567890.10}})";
  made.created_at = "2026-11-21T18:00:01.000000Z";
  return made;
}

TEST(HistoryText, IsTheGoldenOne) { expect_golden("history.txt", history_text(some_history())); }

TEST(HistoryText, OfOneRunInFullIsTheGoldenOne) {
  auto history = some_history();
  history.in_full = history.with_events = history.with_removed = history.filtered = true;
  history.runs.resize(1);
  history.more = false;
  history.last_failure.clear();
  for (int i = 0; i < 3; ++i)
    history.runs[0].events.push_back(event("quarantine_left", "the row is gone or mended at the source"));
  history.runs[0].events.push_back(event("table_finished", "3 inserted"));
  history.runs[0].removed = {{"jobtasks", R"({"jt_id": 5})", "surplus", "2026-11-21T18:00:01.000000Z"}};
  history.by_hand = {{history.runs[0].scope,
                      {event("quarantine_left", "discarded by an operator")},
                      {{"jobshead", R"({"job_id": 7})", "foreign_key_violation", "2026-11-21T18:00:01.000000Z"}}}};
  expect_golden("history_run.txt", history_text(history));
}

TEST(HistoryText, AFailureThatALaterRunHasMendedIsOver) {
  auto history = some_history();
  history.last_failure[0].mended_by = 14;
  const auto text = history_text(history);
  EXPECT_THAT(text, HasSubstr("It is over: run 14 has completed the table since.\n"));
  EXPECT_THAT(text, Not(HasSubstr("what to do")));
}

TEST(HistoryText, AnErrorWithoutAHintGetsTheUsualRemedy) {
  auto history = some_history();
  history.last_failure[0].table.hint = "";
  history.last_failure[0].table.error_code = "unavailable";
  EXPECT_THAT(history_text(history), HasSubstr("what to do: see whether network and server work, then run again: "
                                               "pgtide sync incremental\n"));
}

TEST(HistoryText, ARunWithoutAnEndIsUnderWayOrBrokeOff) {
  auto history = some_history();
  EXPECT_THAT(history_text(history), HasSubstr("broke off"));
  history.runs[1].under_way = true;
  EXPECT_THAT(history_text(history), HasSubstr("under way"));
}

TEST(HistoryText, SaysSoWhereThereIsNothing) {
  EXPECT_THAT(history_text({}), HasSubstr("nothing has run yet"));
  History filtered;
  filtered.filtered = true;
  EXPECT_THAT(history_text(filtered), HasSubstr("no such run"));
}

TEST(HistoryJson, HasTheColumnsOfTheStateAndTheTablesOfEachRun) {
  auto history = some_history();
  history.with_events = true;
  history.runs[0].events = {event("table_finished", "3 inserted")};
  const std::string text = history_json(history);
  const auto runs = json::parse(text);
  ASSERT_EQ(runs.size(), 4u);
  EXPECT_EQ(runs[0]["run_id"], 12);
  EXPECT_EQ(runs[0]["exit_status"], 7);
  EXPECT_EQ(runs[0]["tables"][1]["table_name"], "jobshead");
  EXPECT_EQ(runs[0]["tables"][1]["hint"], "run again when the other program has finished");
  EXPECT_EQ(runs[0]["tables"][0]["rows_inserted"], 3);
  EXPECT_EQ(runs[0]["events"][0]["event_type"], "table_finished");
  EXPECT_TRUE(runs[1]["finished_at"].is_null());
  EXPECT_TRUE(runs[1]["exit_status"].is_null());
  EXPECT_THAT(text, HasSubstr("12345678901234567890.10")) << "no digit of a key is lost";
  EXPECT_FALSE(runs[2].contains("removed"));
}

TEST(HistoryJson, WhatPeopleDidStandsBehindTheRuns) {
  History history;
  history.with_events = history.with_removed = true;
  history.by_hand = {{{"practice", Direction::forward}, {event("quarantine_left", "discarded by an operator")}, {}},
                     {{"practice", Direction::reverse}, {}, {}}};
  const auto runs = json::parse(history_json(history));
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_TRUE(runs[0]["run_id"].is_null());
  EXPECT_EQ(runs[0]["events"].size(), 1u);
}

}  // namespace
}  // namespace engine::report
