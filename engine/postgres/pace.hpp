#pragma once

#include <cstdint>
#include <mutex>

#include "engine/core/token_bucket.hpp"

namespace engine::postgres {

// How fast rows may go to a database and come from it, for all sessions that share it. From any thread.
class Pace {
 public:
  explicit Pace(std::uint64_t bytes_per_second) : bucket_(bytes_per_second) {}

  // How long to wait before so many bytes may pass.
  TokenBucket::Wait take(std::uint64_t bytes) {
    const std::lock_guard guard(mutex_);
    return bucket_.take(bytes, std::chrono::steady_clock::now());
  }

 private:
  std::mutex mutex_;
  TokenBucket bucket_;
};

}  // namespace engine::postgres
