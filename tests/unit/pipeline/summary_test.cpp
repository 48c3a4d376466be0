#include "engine/pipeline/summary.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace engine::pipeline {
namespace {

TableOutcome ended(std::optional<ErrorCode> code, const std::string& status = "failed") {
  TableOutcome outcome;
  outcome.table = "t";
  outcome.status = code || status != "failed" ? status : "ok";
  outcome.code = code;
  return outcome;
}

TEST(ExitStatus, ARunThatDidEverythingIsZero) {
  EXPECT_EQ(exit_status_of({}, 0, std::nullopt), 0);
  EXPECT_EQ(exit_status_of({ended(std::nullopt), ended(std::nullopt)}, 0, std::nullopt), 0);
}

// Every subset of what can happen to the tables of a run, in any order: the first of the contract's list counts.
TEST(ExitStatus, WhereSeveralApplyTheFirstInTheContractsOrderCounts) {
  const std::vector<int> order = {1, 12, 3, 4, 6, 130, 7, 11, 5, 8, 9};
  for (unsigned subset = 0; subset < 1u << order.size(); ++subset) {
    std::vector<TableOutcome> tables = {ended(std::nullopt)};
    std::optional<int> signal;
    int first = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      if ((subset >> i & 1) == 0) continue;
      if (first == 0) first = order[i];
      auto outcome = ended(static_cast<ErrorCode>(order[i]));
      if (order[i] == 130) {
        outcome.interrupted = true;
        signal = 130;
      }
      tables.push_back(outcome);
    }
    ASSERT_EQ(exit_status_of(tables, 0, signal), first) << subset;
    std::ranges::reverse(tables);
    ASSERT_EQ(exit_status_of(tables, 0, signal), first) << subset;
  }
}

TEST(ExitStatus, TheSignalThatStoppedARunIsTold) {
  auto stopped = ended(ErrorCode::interrupted);
  stopped.interrupted = true;
  EXPECT_EQ(exit_status_of({stopped}, 0, 130), 130);
  EXPECT_EQ(exit_status_of({stopped}, 0, 143), 143);
  EXPECT_EQ(exit_status_of({stopped, ended(ErrorCode::partial)}, 0, 143), 143);
  EXPECT_EQ(exit_status_of({stopped, ended(ErrorCode::unavailable)}, 0, 143), 4);
}

TEST(ExitStatus, ASignalThatCameTooLateToStopAnythingDoesNotCount) {
  EXPECT_EQ(exit_status_of({ended(std::nullopt)}, 0, 130), 0);
  EXPECT_EQ(exit_status_of({ended(ErrorCode::partial)}, 0, 143), 7);
}

TEST(ExitStatus, RowsThatWaitAreToldWhereverTheyWait) {
  EXPECT_EQ(exit_status_of({ended(std::nullopt)}, 1, std::nullopt), 8);
  EXPECT_EQ(exit_status_of({ended(std::nullopt, "attention")}, 0, std::nullopt), 8);
  EXPECT_EQ(exit_status_of({ended(ErrorCode::refused)}, 3, std::nullopt), 5);
}

TEST(ExitStatus, AnErrorNeverEndsAsSuccess) {
  for (const auto code : {ErrorCode::internal, ErrorCode::usage, ErrorCode::configuration, ErrorCode::unavailable,
                          ErrorCode::refused, ErrorCode::already_running, ErrorCode::partial, ErrorCode::attention,
                          ErrorCode::difference, ErrorCode::not_confirmed, ErrorCode::fuse, ErrorCode::state_version})
    EXPECT_EQ(exit_status_of({ended(code)}, 0, std::nullopt), exit_status(code));
}

TEST(StatusName, IsTheWordOfTheContract) {
  for (const auto& [status, name] : std::vector<std::pair<int, std::string>>{{0, "ok"},
                                                                             {1, "internal"},
                                                                             {2, "usage"},
                                                                             {3, "configuration"},
                                                                             {4, "unavailable"},
                                                                             {5, "refused"},
                                                                             {6, "already_running"},
                                                                             {7, "partial"},
                                                                             {8, "attention"},
                                                                             {9, "difference"},
                                                                             {10, "not_confirmed"},
                                                                             {11, "fuse"},
                                                                             {12, "state_version"},
                                                                             {130, "interrupted"},
                                                                             {143, "interrupted"}})
    EXPECT_EQ(status_name(status), name) << status;
  EXPECT_EQ(status_name(99), "internal");
}

TEST(Counts, EveryRowThatWasReadIsAccountedFor) {
  Counts counts{.read = 21,
                .inserted = 1,
                .updated = 2,
                .unchanged = 3,
                .skipped = 4,
                .quarantined = 5,
                .conflicted = 6,
                .deleted = 7,
                .bytes = 8};
  EXPECT_TRUE(counts.add_up());
  counts += counts;
  EXPECT_EQ(counts, (Counts{42, 2, 4, 6, 8, 10, 12, 14, 16}));
  EXPECT_TRUE(counts.add_up());
  counts.read += 1;
  EXPECT_FALSE(counts.add_up());
}

}  // namespace
}  // namespace engine::pipeline
