#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/report/json.hpp"
#include "engine/report/shell_words.hpp"
#include "engine/report/status_view.hpp"
#include "engine/report/text.hpp"

namespace engine::report {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Level = Verdict::Level;

constexpr double day = 86400;

StatusLine well(const std::string& table, double age_seconds = 3 * 3600) {
  StatusLine line;
  line.map = "practice";
  line.direction = "forward";
  line.table = table;
  line.guarantee = "exact";
  line.sync_status = "completed";
  line.age_seconds = age_seconds;
  line.last_sync_timestamp = line.last_successful_sync = "2026-11-21T18:00:00.000000Z";
  return line;
}

// Runs of one a day, the newest first, that wrote so many rows.
std::vector<PastTableRun> daily(const std::vector<std::int64_t>& written) {
  std::vector<PastTableRun> runs;
  for (std::size_t i = 0; i < written.size(); ++i) {
    PastTableRun run;
    run.run_id = static_cast<std::int64_t>(written.size() - i);
    run.started = 1'700'000'000 - static_cast<double>(i) * day;
    run.started_at = "2026-11-21T18:00:00.000000Z";
    run.mode = "incremental";
    run.status = "ok";
    run.counts.read = run.counts.inserted = written[i];
    runs.push_back(run);
  }
  return runs;
}

TEST(StatusVerdict, AllIsWellNamesTheNumberOfTablesAndTheOldest) {
  const auto verdict = judge({well("a"), well("b", 40 * 60), well("c", 5)});
  EXPECT_EQ(verdict.level, Level::well);
  EXPECT_EQ(verdict.headline, "All is well: 3 tables, the oldest 3 hours old");
  EXPECT_THAT(verdict.next, IsEmpty());
}

TEST(StatusVerdict, RowsThatWaitAreAttentionWithTheCommandThatShowsThem) {
  auto line = well("jobshead");
  line.waiting = 3619;
  const auto verdict = judge({well("a"), line});
  EXPECT_EQ(verdict.level, Level::attention);
  EXPECT_EQ(verdict.headline, "Attention: 3,619 rows of 1 table wait in quarantine");
  EXPECT_THAT(verdict.next, ElementsAre(HasSubstr("pgtide quarantine list")));
  line.given_up = 12;
  line.conflicts = 1;
  EXPECT_EQ(judge({line}).headline,
            "Attention: 3,619 rows of 1 table wait in quarantine (12 given up), 1 conflict waits for a decision");
  EXPECT_THAT(judge({line}).next, ElementsAre(HasSubstr("quarantine list"), HasSubstr("conflicts list")));
}

TEST(StatusVerdict, AFailureIsNotWellAndComesBeforeWhatWaits) {
  auto failed = well("jobs"), waiting = well("t"), skipped = well("child"), never = well("new");
  failed.sync_status = "failed";
  failed.last_error = "no";
  waiting.waiting = 1;
  skipped.sync_status = "skipped";
  never.sync_status = "pending";
  never.age_seconds = std::nullopt;
  const auto verdict = judge({failed, waiting, skipped, never});
  EXPECT_EQ(verdict.level, Level::not_well);
  EXPECT_EQ(verdict.headline,
            "Not well: 1 table failed, 1 was skipped, 1 was never synchronised; 1 row of 1 table waits in quarantine");
  ASSERT_FALSE(verdict.next.empty());
  EXPECT_THAT(verdict.next.front(), HasSubstr("pgtide sync incremental --table jobs"));
  EXPECT_THAT(verdict.next, Contains(HasSubstr("pgtide history --status failed")));
  EXPECT_THAT(verdict.next, Contains(HasSubstr("pgtide sync full")));
  EXPECT_THAT(verdict.next.back(), HasSubstr("pgtide quarantine list"));
}

TEST(StatusVerdict, WhatPassesByItselfOnlyWantsAnotherRun) {
  auto lost = well("a");
  lost.sync_status = "failed";
  lost.last_error_code = "unavailable";
  EXPECT_THAT(judge({lost}).next, Contains("run the job again: pgtide sync incremental"));
  lost.direction = "reverse";
  EXPECT_THAT(judge({lost}).next, Contains("run the job again: pgtide sync reverse"));
}

TEST(StatusVerdict, ATableThatWasStoppedBeforeItsTurnIsNotWell) {
  auto line = well("a");
  line.sync_status = "pending";
  EXPECT_EQ(judge({line}).headline, "Not well: 1 table was stopped before it was its turn");
  EXPECT_THAT(judge({line}).next, ElementsAre(HasSubstr("pgtide sync incremental")));
}

TEST(StatusVerdict, ADatabaseThatCannotBeAskedIsNeverWell) {
  StatusLine unknown;
  unknown.direction = "reverse";
  unknown.table = "workdiary";
  unknown.sync_status = "unknown";
  unknown.unknown = true;
  const auto verdict = judge({well("a"), unknown});
  EXPECT_EQ(verdict.headline, "Not well: 1 table could not be asked about");
  EXPECT_THAT(status_text({well("a"), unknown}, {}), HasSubstr("reverse    workdiary  ?"));
  EXPECT_THAT(status_json({unknown}), HasSubstr("\"last_sync_timestamp\": null"));
}

TEST(StatusVerdict, AScheduleThatDoesNotRunAnyMoreIsSeenByTheUsualTimeBetweenRuns) {
  auto line = well("a", 5 * day);
  EXPECT_FALSE(is_late(line)) << "nothing is known of how often it runs";
  line.recent = daily({1, 1, 1, 1});
  EXPECT_EQ(trend_of(line).usual_gap_seconds, day);
  EXPECT_TRUE(is_late(line));
  EXPECT_EQ(judge({line}).headline, "Not well: 1 table is older than usual");
  EXPECT_THAT(judge({line}).next, ElementsAre(HasSubstr("why the schedule did not run it")));
  EXPECT_THAT(status_text({line}, {}), HasSubstr("usually synchronised every 24 hours, and now 5 days old"));
  line.age_seconds = 1.5 * day;
  EXPECT_FALSE(is_late(line));
  line.age_seconds = 5 * day;
  for (auto& run : line.recent) run.started *= 7;  // once a week
  EXPECT_FALSE(is_late(line));
}

TEST(StatusVerdict, RunsInQuickSuccessionMakeNothingLateWithinADay) {
  auto line = well("a", 20 * 3600);
  line.recent = daily({1, 1, 1, 1});
  for (auto& run : line.recent) run.started /= 86400;
  EXPECT_FALSE(is_late(line));
}

TEST(Trend, TheUsualIsTheMedianOfTheSevenRunsBeforeThatWroteAny) {
  auto line = well("a");
  line.recent = daily({10, 0, 12, 8, 0, 11, 24562});
  const auto trend = trend_of(line);
  EXPECT_EQ(trend.written, 10);
  EXPECT_EQ(trend.usual, 11) << "not the last one itself, not those that wrote nothing";
  EXPECT_EQ(trend.in_a_word, "as usual");
  line.recent = daily({5, 1, 1, 1, 1, 1, 1, 1, 9000, 9000, 9000, 9000, 9000, 9000, 9000, 9000});
  EXPECT_EQ(trend_of(line).usual, 1) << "seven, not more";
}

TEST(Trend, SaysMoreFewerOrNone) {
  auto line = well("a");
  const auto word = [&](std::int64_t last) {
    line.recent = daily({last, 10, 10, 10});
    return trend_of(line).in_a_word;
  };
  EXPECT_EQ(word(31), "more");
  EXPECT_EQ(word(30), "as usual");
  EXPECT_EQ(word(4), "as usual");
  EXPECT_EQ(word(3), "fewer");
  EXPECT_EQ(word(0), "none");
  line.recent = daily({500, 10, 10});
  EXPECT_EQ(trend_of(line).in_a_word, "") << "too little is known";
  EXPECT_FALSE(trend_of(line).usual);
}

TEST(Trend, RunsThatFailedSayNothingAboutWhatIsUsual) {
  auto line = well("a");
  line.recent = daily({0, 10, 10, 10, 10});
  line.recent[0].status = "failed";
  EXPECT_EQ(trend_of(line).written, 10);
}

TEST(StatusText, TellsOfAnUnusuallyLargeRunAndOfTheTriesThatAreLeft) {
  auto line = well("a");
  line.recent = daily({5000, 10, 12, 9});
  line.waiting = 5;
  line.given_up = 2;
  line.tries_left = 4;
  const auto text = status_text({line}, {}, true);
  EXPECT_THAT(text, HasSubstr("a (forward): the last run wrote 5,000 rows, much more than usual (about 10)\n"));
  EXPECT_THAT(text, HasSubstr("  given up, tried too often without a change: 2; pgtide quarantine retry --table a"));
  EXPECT_THAT(text, HasSubstr("  tries left before the first of them is given up: 4\n"));
  EXPECT_THAT(text, HasSubstr("run 4 (incremental, 2026-11-21 18:00 UTC, 0.0 s) ok: read 5,000, inserted 5,000"));
  EXPECT_THAT(status_text({line}, {}, false), Not(HasSubstr("the last run of each table")));
}

TEST(StatusText, SaysWhatToDoAboutTheErrorAsTheRunSaidIt) {
  auto line = well("a");
  line.sync_status = "failed";
  line.last_error = "somebody holds a lock";
  line.recent = daily({0, 3});
  line.recent[0].status = "failed";
  line.recent[0].hint = "run again when the other program has finished";
  EXPECT_THAT(status_text({line}, {}), HasSubstr("a: somebody holds a lock\n  what to do: run again when the other"));
}

TEST(ShellWord, IsQuotedOnlyWhereAShellWouldReadItInAnotherWay) {
  EXPECT_EQ(shell_word("annex.items"), "annex.items");
  EXPECT_EQ(shell_word("my table"), "'my table'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word("$HOME"), "'$HOME'");
  EXPECT_EQ(shell_word(""), "''");
}

TEST(InWords, RoundsToWhatPeopleSay) {
  EXPECT_EQ(in_words(0), "0 seconds");
  EXPECT_EQ(in_words(61), "1 minute");
  EXPECT_EQ(in_words(59.7), "1 minute");
  EXPECT_EQ(in_words(3 * 3600 + 100), "3 hours");
  EXPECT_EQ(in_words(5.2 * day), "5 days");
  EXPECT_EQ(in_words(-3), "0 seconds");
}

}  // namespace
}  // namespace engine::report
