#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/report/coverage_view.hpp"
#include "tests/golden/golden.hpp"

namespace engine::report {
namespace {

using engine::test::expect_golden;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

state::CoveredDay covered(const std::string& day, std::int64_t items, std::int64_t waiting = 0) {
  return {day, "2026-11-20T18:00:00.000000Z", items, waiting};
}

// First run on the 10th, the last one yesterday, the 20th; today is the 21st.
CoverageTable some_table() {
  CoverageTable table;
  table.state.scope = {"practice", Direction::forward};
  table.state.table = "jobshead";
  table.state.first_day = "2026-11-10";
  table.state.today = "2026-11-21";
  table.state.tried_day = table.state.succeeded_day = "2026-11-20";
  table.state.days = {covered("2026-10-30", 1204)};
  for (int day = 10; day <= 20; ++day) table.state.days.push_back(covered("2026-11-" + std::to_string(day), day % 3));
  return table;
}

std::vector<std::string> days_of(const std::vector<Gap>& gaps) {
  std::vector<std::string> days;
  for (const auto& gap : gaps) days.push_back(gap.day + " " + gap.why);
  return days;
}

void forget(CoverageTable& table, const std::string& day) {
  std::erase_if(table.state.days, [&](const auto& covered_day) { return covered_day.day == day; });
}

TEST(Gaps, ADaySinceTheFirstRunWithoutARowIsOne) {
  auto table = some_table();
  EXPECT_THAT(gaps_of(table, "", ""), IsEmpty()) << "days before the first run, and today, are none";
  forget(table, "2026-11-10");
  forget(table, "2026-11-13");
  EXPECT_THAT(days_of(gaps_of(table, "", "")), ElementsAre("2026-11-10 no_run", "2026-11-13 no_run"));
  EXPECT_THAT(days_of(gaps_of(table, "2026-11-11", "")), ElementsAre("2026-11-13 no_run"));
  EXPECT_THAT(days_of(gaps_of(table, "", "2026-11-12")), ElementsAre("2026-11-10 no_run"));
}

TEST(Gaps, TodayIsOneOnlyOnceARunHasTriedTheTableToday) {
  auto table = some_table();
  table.state.tried_day = "2026-11-21";
  EXPECT_THAT(days_of(gaps_of(table, "", "")), ElementsAre("2026-11-21 no_run"));
  EXPECT_EQ(gaps_of(table, "", "")[0].command, "pgtide sync incremental");
}

TEST(Gaps, ADayOfWhichRowsWaitIsOneAlsoBeforeTheFirstRun) {
  auto table = some_table();
  table.state.days[0].waiting = 3619;
  const auto gaps = gaps_of(table, "", "");
  EXPECT_THAT(days_of(gaps), ElementsAre("2026-10-30 quarantine"));
  EXPECT_EQ(gaps[0].waiting, 3619);
  EXPECT_THAT(gaps_of(table, "2026-11-01", ""), IsEmpty());
}

TEST(Gaps, ADayThatNoRunHasCoveredAndOfWhichRowsWaitIsMissingFirstOfAll) {
  auto table = some_table();
  auto& day = table.state.days.back();
  day.items = std::nullopt;
  day.waiting = 2;
  const auto gaps = gaps_of(table, "", "");
  EXPECT_THAT(days_of(gaps), ElementsAre("2026-11-20 no_run"));
  EXPECT_EQ(gaps[0].waiting, 2);
}

TEST(Gaps, TheCommandThatMendsOneFollowsFromWhatIsMissing) {
  auto table = some_table();
  const auto command = [&] { return gaps_of(table, "", "").at(0).command; };
  forget(table, "2026-11-13");
  EXPECT_EQ(command(), "pgtide resync --table jobshead --since 2026-11-13 --until 2026-11-13");
  table.both_ways = true;
  EXPECT_EQ(command(), "pgtide resync --table jobshead --direction forward --since 2026-11-13 --until 2026-11-13");
  table.state.has_stamps = false;
  EXPECT_EQ(command(), "pgtide sync full --table jobshead") << "its rows say no day";
  table.state.succeeded_day = "";
  table.state.scope.direction = Direction::reverse;
  EXPECT_EQ(command(), "pgtide sync reverse --table jobshead") << "it was never copied";
}

TEST(Gaps, ATableOfAMapThatNeverRanHasNone) {
  CoverageTable table;
  table.state.today = "2026-11-21";
  EXPECT_THAT(gaps_of(table, "", ""), IsEmpty());
}

TEST(AddedUp, WeeksBeginOnMondayAndMonthsOnTheFirst) {
  const auto table = some_table();
  const auto months = added_up(table, By::month);
  ASSERT_EQ(months.size(), 2u);
  EXPECT_EQ(months[0].first_day, "2026-10-01");
  EXPECT_EQ(months[0].items, 1204);
  EXPECT_EQ(months[1].first_day, "2026-11-01");
  EXPECT_EQ(months[1].days, 11);
  EXPECT_EQ(months[1].items, 1 + 2 + 0 + 1 + 2 + 0 + 1 + 2 + 0 + 1 + 2);
  const auto weeks = added_up(table, By::week);
  ASSERT_EQ(weeks.size(), 3u);
  EXPECT_EQ(weeks[0].first_day, "2026-10-26");
  EXPECT_EQ(weeks[1].first_day, "2026-11-09");
  EXPECT_EQ(weeks[2].first_day, "2026-11-16");
  EXPECT_EQ(weeks[1].items + weeks[2].items, months[1].items);
}

// With a gap, rows that wait, and rows of days before those that are shown.
Coverage some_coverage() {
  Coverage coverage;
  coverage.tables = {some_table(), some_table()};
  forget(coverage.tables[0], "2026-11-13");
  forget(coverage.tables[0], "2026-11-14");
  coverage.tables[0].state.days.back().waiting = 3619;
  coverage.tables[0].state.waiting_undated = 1;
  coverage.tables[1].state.table = "work diary";
  coverage.tables[1].state.scope.direction = Direction::reverse;
  coverage.tables[1].state.tried_day = "2026-11-21";
  coverage.since = "2026-11-01";
  coverage.earlier = true;
  return coverage;
}

TEST(CoverageText, IsTheGoldenOne) { expect_golden("coverage.txt", coverage_text(some_coverage())); }

TEST(CoverageText, OfGapsIsTheGoldenOne) {
  auto coverage = some_coverage();
  coverage.since = "";
  expect_golden("gaps.txt", gaps_text(coverage));
  EXPECT_TRUE(has_gaps(coverage));
}

TEST(CoverageText, OfMonthsIsTheGoldenOne) {
  auto coverage = some_coverage();
  coverage.since = "";
  coverage.earlier = false;
  expect_golden("coverage_by_month.txt", coverage_text_by(coverage, By::month));
}

TEST(CoverageText, SaysSoWhereThereIsNothing) {
  EXPECT_THAT(coverage_text({}), HasSubstr("nothing was ever copied"));
  EXPECT_THAT(gaps_text({}), HasSubstr("nothing was ever copied"));
  Coverage whole;
  whole.tables = {some_table()};
  EXPECT_THAT(gaps_text(whole), HasSubstr("No gaps"));
  EXPECT_FALSE(has_gaps(whole));
  EXPECT_EQ(json::parse(gaps_json(whole)), json::array());
}

TEST(CoverageText, AStampFarInTheFutureIsOneMonthMore) {
  Coverage coverage;
  coverage.tables = {some_table()};
  coverage.tables[0].state.days.push_back(covered("9999-12-31", 1));
  const auto text = coverage_text(coverage);
  EXPECT_THAT(text, HasSubstr("\n9999-12                                #"));
  EXPECT_LT(std::ranges::count(text, '\n'), 25);
}

TEST(CoverageText, LinesFitATerminal) {
  for (const auto& text : {coverage_text(some_coverage()), gaps_text(some_coverage())}) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(line.size(), 100u) << line;
      for (const char c : line) EXPECT_TRUE(c >= ' ' && c <= '~') << line;
    }
  }
}

TEST(CoverageJson, HasTheColumnsOfTheStateAndWhyADayIsMissing) {
  auto coverage = some_coverage();
  const auto days = json::parse(coverage_json(coverage));
  EXPECT_EQ(days[0]["map"], "practice");
  EXPECT_EQ(days[0]["direction"], "forward");
  EXPECT_EQ(days[0]["table_name"], "jobshead");
  EXPECT_EQ(days[0]["sync_date"], "2026-10-30");
  EXPECT_EQ(days[0]["synced_at"], "2026-11-20T18:00:00.000000Z");
  EXPECT_EQ(days[0]["items_synced"], 1204);
  const auto gaps = json::parse(gaps_json(coverage));
  ASSERT_EQ(gaps.size(), 4u);
  EXPECT_EQ(gaps[0]["why"], "no_run");
  EXPECT_TRUE(gaps[0]["synced_at"].is_null());
  EXPECT_EQ(gaps[2]["why"], "quarantine");
  EXPECT_EQ(gaps[2]["waiting"], 3619);
  EXPECT_EQ(gaps[2]["items_synced"], 2);
  EXPECT_EQ(gaps[3]["command"], "pgtide sync reverse");
}

}  // namespace
}  // namespace engine::report
