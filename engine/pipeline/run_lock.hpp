#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "engine/postgres/session.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/state/scope.hpp"

namespace engine::pipeline {

// One run at a time of a map and direction. The lock is held by a transaction of its own in the target: it works
// through a pooler and ends with this process. A thread keeps it alive; if the process is stopped for longer than a
// minute, or the server goes, the lock is gone, and what then keeps this run from writing is the fence
// (state/fence.hpp).
class RunLock {
 public:
  // Throws Error(already_running) if another run holds it: at once, but where a connection of ours that held it was
  // lost, which the server may notice a moment later.
  RunLock(std::string url, Place place, const state::Scope& scope, bool one_was_lost = false);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;

  // Takes it again if it was lost. Throws as the constructor does. From any thread. Returns how often it was taken: as
  // long as that stays the same nobody else has had it.
  int ensure();

 private:
  void take(bool one_was_lost);
  void keep_alive();

  const std::string url_;
  const Place place_;
  const state::Scope scope_;
  std::mutex mutex_;  // over the session and its transaction
  std::unique_ptr<postgres::Session> session_;
  std::unique_ptr<postgres::Transaction> transaction_;
  std::condition_variable woken_;
  int taken_ = 0;
  bool ending_ = false;
  std::thread keeper_;
};

}  // namespace engine::pipeline
