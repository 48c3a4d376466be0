#include "engine/core/token_bucket.hpp"

#include <gtest/gtest.h>

namespace engine::test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t rate = 1'000'000;

// A clock that only goes on where the test says so.
class Taker {
 public:
  // Waits as long as it is told to; how long that was.
  TokenBucket::Wait take(std::uint64_t tokens) {
    const auto wait = bucket_.take(tokens, now);
    now += wait;
    return wait;
  }

  TokenBucket::Time now{1h};

 private:
  TokenBucket bucket_{rate};
};

TEST(TokenBucket, WhatItHoldsPassesAtOnce) {
  Taker taker;
  EXPECT_EQ(taker.take(rate / 10), 0s);
  EXPECT_EQ(taker.take(rate / 2), 500ms);
}

TEST(TokenBucket, InALongTimeNoMorePassesThanItsRate) {
  for (const std::uint64_t at_a_time : {100u, 65'536u, 3'000'000u}) {
    Taker taker;
    const auto begun = taker.now;
    std::uint64_t passed = 0;
    for (; passed < 10 * rate; passed += at_a_time) taker.take(at_a_time);
    const double expected =
        static_cast<double>(passed) / rate - std::chrono::duration<double>(TokenBucket::holds).count();
    EXPECT_NEAR(std::chrono::duration<double>(taker.now - begun).count(), expected, 0.001) << at_a_time;
  }
}

TEST(TokenBucket, WhoComesLaterWaitsBehindTheOthers) {
  TokenBucket bucket(rate);
  const TokenBucket::Time now(1h);
  EXPECT_EQ(bucket.take(rate, now), 900ms);
  EXPECT_EQ(bucket.take(rate, now), 1900ms);
  EXPECT_EQ(bucket.take(rate, now + 400ms), 2500ms);
}

TEST(TokenBucket, TimeInWhichNothingPassedIsNotSavedUp) {
  Taker taker;
  taker.take(rate);
  taker.now += 24h;
  EXPECT_EQ(taker.take(rate), 900ms);
}

}  // namespace
}  // namespace engine::test
