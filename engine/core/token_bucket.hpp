#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace engine {

// How much may pass in a time: a bucket that so many tokens a second drip into, and that holds those of a tenth of a
// second. Whoever takes more than it holds waits until the rest has come; who comes later waits behind him. Pure; one
// thread at a time.
class TokenBucket {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Wait = std::chrono::steady_clock::duration;
  static constexpr std::chrono::milliseconds holds{100};

  explicit TokenBucket(std::uint64_t per_second) : per_second_(static_cast<double>(per_second)) {}

  // How long to wait before so many may pass, asked at the time `now`.
  Wait take(std::uint64_t tokens, Time now) {
    const std::chrono::duration<double> time(static_cast<double>(tokens) / per_second_);
    paid_until_ = std::max(paid_until_, now - holds) + std::chrono::duration_cast<Wait>(time);
    return std::max(paid_until_ - now, Wait::zero());
  }

 private:
  double per_second_;
  Time paid_until_;  // when the bucket is empty, and nobody owes it anything
};

}  // namespace engine
