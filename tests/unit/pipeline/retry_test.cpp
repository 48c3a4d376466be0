#include "engine/pipeline/retry.hpp"

#include <gtest/gtest.h>

#include <set>

namespace engine::pipeline::test {
namespace {

using namespace std::chrono_literals;

TEST(Retry, WaitsTwiceAsLongEachTimeAndNeverTooLong) {
  std::minstd_rand random(1);
  for (int i = 0; i < 1000; ++i) {
    const int failures = 1 + i % 20;
    const auto wait = backoff(failures, random, 100ms, 5s);
    const auto due = std::min<Milliseconds>(100ms * (1 << std::min(failures - 1, 10)), 5s);
    EXPECT_LE(wait, due);
    EXPECT_GE(wait, due / 2);
  }
}

TEST(Retry, TwoThatMetDoNotMeetAgainAtOnce) {
  std::minstd_rand random(1);
  std::set<Milliseconds> waits;
  for (int i = 0; i < 100; ++i) waits.insert(backoff(5, random, 100ms, 5s));
  EXPECT_GT(waits.size(), 50u);
}

TEST(Retry, PatienceEnds) {
  Patience none(0s);
  EXPECT_FALSE(none.next_wait());
  Patience some(60s);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(some.next_wait());
  EXPECT_LE(some.left(), 60s);
}

TEST(Retry, WhatGotDoneGivesNewPatience) {
  Patience patience(3600s);
  Milliseconds longest{};
  for (int i = 0; i < 12; ++i) longest = *patience.next_wait();
  EXPECT_GT(longest, 5s);
  patience.got_something_done();
  EXPECT_LE(*patience.next_wait(), 500ms);
}

TEST(Retry, AWaitEndsWhenAStopIsRequested) {
  std::stop_source stop;
  stop.request_stop();
  const auto before = std::chrono::steady_clock::now();
  EXPECT_FALSE(wait_for(1h, stop.get_token()));
  EXPECT_LT(std::chrono::steady_clock::now() - before, 10s);
}

Error error(ErrorCode code, bool retryable) { return std::move(Error(code, "x").retryable(retryable)); }

TEST(Retry, ATransactionIsMadeAgainFiveTimesAtMost) {
  int made = 0;
  EXPECT_THROW(make_again({},
                          [&] {
                            ++made;
                            throw error(ErrorCode::partial, true);
                          }),
               Error);
  EXPECT_EQ(made, 5);
  made = 0;
  make_again({}, [&] {
    if (++made < 3) throw error(ErrorCode::partial, true);
  });
  EXPECT_EQ(made, 3);
}

TEST(Retry, WhatCannotBeMendedThatWayIsThrownAtOnce) {
  for (const auto& [code, retryable] :
       {std::pair(ErrorCode::partial, false), std::pair(ErrorCode::unavailable, true)}) {
    int made = 0;
    EXPECT_THROW(make_again({},
                            [&, code = code, retryable = retryable] {
                              ++made;
                              throw error(code, retryable);
                            }),
                 Error);
    EXPECT_EQ(made, 1);
  }
}

}  // namespace
}  // namespace engine::pipeline::test
