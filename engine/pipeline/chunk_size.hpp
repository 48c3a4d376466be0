#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace engine::pipeline {

// How many bytes a chunk should have: more as long as chunks are written fast, so that round trips and commits weigh
// less, and fewer where they take long, since a chunk's transaction holds locks and what it did is lost with it. Four
// chunks are in memory at a time (two being written, one ready, one being read).
class ChunkSize {
 public:
  static constexpr std::size_t smallest = 256u << 10, first = 4u << 20, largest = 6u << 20;

  // `most`: where even the first is not to be larger.
  explicit ChunkSize(std::size_t most = largest) : most_(std::min(most, largest)) {}

  std::size_t bytes() const { return bytes_; }

  // A chunk of that size was written in that time.
  void written(std::size_t bytes, std::chrono::milliseconds time) {
    constexpr std::chrono::milliseconds fast{500}, slow{2000};
    if (time > slow)
      bytes_ = std::max(std::min(smallest, most_), std::min(bytes, bytes_) / 2);
    else if (time < fast && bytes >= bytes_)
      bytes_ = std::min(most_, bytes_ * 2);
  }

 private:
  std::size_t most_;
  std::size_t bytes_ = std::min(first, most_);
};

}  // namespace engine::pipeline
