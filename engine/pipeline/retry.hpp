#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <random>
#include <stop_token>

#include "engine/core/error.hpp"

namespace engine::pipeline {

using Milliseconds = std::chrono::milliseconds;

// How long to wait before something is tried again: exponential back-off with full jitter
// (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), never less than half of what is due, so
// that two that met do not meet again at once. `failures` in a row, from 1.
Milliseconds backoff(int failures, std::minstd_rand& random, Milliseconds first, Milliseconds longest);

// Waits, unless a stop is requested. False if it was.
bool wait_for(Milliseconds time, const std::stop_token& stop);

// Makes a transaction again where that may help, because somebody else wrote the same rows or holds a lock: five times
// in all. Other errors, and lost connections, are thrown at once.
void make_again(const std::stop_token& stop, const std::function<void()>& transaction);

// The attempts of a run. A row of failures may last as long as `patience`; anything that got done ends the row.
class Patience {
 public:
  explicit Patience(std::chrono::seconds patience) : patience_(patience), random_(std::random_device{}()) {}

  void got_something_done() { failures_ = 0; }
  // After a failure: how long to wait before the next attempt; nothing if it has lasted long enough.
  std::optional<Milliseconds> next_wait();
  // Until when attempts go on.
  std::chrono::seconds left() const;

 private:
  using Clock = std::chrono::steady_clock;
  std::chrono::seconds patience_;
  std::minstd_rand random_;
  int failures_ = 0;
  Clock::time_point first_failure_;
};

}  // namespace engine::pipeline
