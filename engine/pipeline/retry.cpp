#include "engine/pipeline/retry.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace engine::pipeline {

namespace {
using namespace std::chrono_literals;
constexpr int attempts_at_a_transaction = 5;
}  // namespace

Milliseconds backoff(int failures, std::minstd_rand& random, Milliseconds first, Milliseconds longest) {
  Milliseconds due = first;
  for (int i = 1; i < failures && due < longest; ++i) due *= 2;
  due = std::min(due, longest);
  return Milliseconds(std::uniform_int_distribution<Milliseconds::rep>(due.count() / 2, due.count())(random));
}

bool wait_for(Milliseconds time, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock(mutex);
  woken.wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

void make_again(const std::stop_token& stop, const std::function<void()>& transaction) {
  std::minstd_rand random(std::random_device{}());
  for (int attempt = 1;; ++attempt) {
    try {
      return transaction();
    } catch (const Error& error) {
      if (!error.retryable() || error.code() == ErrorCode::unavailable || attempt == attempts_at_a_transaction) throw;
    }
    if (!wait_for(backoff(attempt, random, 50ms, 2s), stop)) throw Error(ErrorCode::interrupted, "stopped on request");
  }
}

std::optional<Milliseconds> Patience::next_wait() {
  if (++failures_ == 1) first_failure_ = Clock::now();
  if (left() <= 0s) return std::nullopt;
  const Milliseconds wait = backoff(failures_, random_, 500ms, 15s);
  return std::min(wait, std::chrono::duration_cast<Milliseconds>(first_failure_ + patience_ - Clock::now()));
}

std::chrono::seconds Patience::left() const {
  if (failures_ == 0) return patience_;
  return std::chrono::duration_cast<std::chrono::seconds>(first_failure_ + patience_ - Clock::now());
}

}  // namespace engine::pipeline
