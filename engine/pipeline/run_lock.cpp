#include "engine/pipeline/run_lock.hpp"

#include <chrono>

#include "engine/core/error.hpp"
#include "engine/state/run.hpp"

namespace engine::pipeline {

namespace {
constexpr int lease_ms = 60'000;  // a process that is stopped for so long has lost the lock
constexpr auto heartbeat = std::chrono::seconds(10);
constexpr auto until_the_server_notices = std::chrono::seconds(5);
constexpr auto nap = std::chrono::milliseconds(100);
}  // namespace

RunLock::RunLock(std::string url, Place place, const state::Scope& scope, bool one_was_lost)
    : url_(std::move(url)), place_(place), scope_(scope) {
  take(one_was_lost);
  keeper_ = std::thread([this] { keep_alive(); });
}

RunLock::~RunLock() {
  {
    const std::lock_guard guard(mutex_);
    ending_ = true;
  }
  woken_.notify_all();
  keeper_.join();
}

void RunLock::take(bool one_was_lost) {
  transaction_.reset();
  session_.reset();
  session_ = std::make_unique<postgres::Session>(url_, place_);
  postgres::Opening opening;
  opening.idle_timeout_ms = lease_ms;
  transaction_ = std::make_unique<postgres::Transaction>(*session_, opening);
  ++taken_;
  const auto latest = std::chrono::steady_clock::now() + until_the_server_notices;
  for (;;) {
    if (state::try_lock(*transaction_, scope_)) return;
    if (!one_was_lost || std::chrono::steady_clock::now() > latest) break;
    std::this_thread::sleep_for(nap);
  }
  transaction_.reset();
  throw Error(ErrorCode::already_running, "another " + scope_.way() + " run of map " + scope_.map + " is under way",
              "wait until it has ended; if a scheduler starts runs, leave more time between them");
}

int RunLock::ensure() {
  const std::lock_guard guard(mutex_);
  try {
    if (transaction_ && session_->is_open()) {
      transaction_->run("SELECT 1");
      return taken_;
    }
  } catch (const Error&) {  // it was lost
  }
  take(true);
  return taken_;
}

void RunLock::keep_alive() {
  std::unique_lock lock(mutex_);
  while (!woken_.wait_for(lock, heartbeat, [&] { return ending_; })) {
    try {
      if (transaction_ && session_->is_open())
        transaction_->run("SELECT 1");
      else
        take(false);
    } catch (const Error&) {  // once more at the next beat; the fence holds until then
    }
  }
  transaction_.reset();
}

}  // namespace engine::pipeline
