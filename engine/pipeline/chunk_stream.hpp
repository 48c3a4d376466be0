#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "engine/postgres/copy.hpp"

namespace engine::pipeline {

// Reads a COPY in a thread of its own, one chunk ahead, so that the source reads while the target writes. The session
// belongs to the stream until it is destroyed; destroying it early cancels the COPY.
//
// Behind a large chunk nothing is read ahead: reading waits until it is destroyed, wherever that is. Whoever holds one
// must not ask for more.
class ChunkStream {
 public:
  static bool is_large(const postgres::Chunk& chunk) { return chunk.bytes.size() > 16u << 20; }

  ChunkStream(postgres::Session& session, std::string sql, postgres::ChunkLimits limits);
  ~ChunkStream();

  // The next rows; nothing at the end. Throws what reading threw.
  std::optional<postgres::Chunk> next();
  // Whether there are rows behind what next() returned last: waits until they are there, or known not to be. What
  // reading threw is for next().
  bool has_more();
  // From the next chunk on that has not been begun. From any thread.
  void set_chunk_bytes(std::size_t bytes) { bytes_ = bytes; }

 private:
  void read(const std::string& sql);
  bool hand_over(postgres::Chunk chunk);

  postgres::Session& session_;
  const postgres::ChunkLimits limits_;
  std::atomic<std::size_t> bytes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<postgres::Chunk> ready_;
  std::exception_ptr problem_;
  bool ended_ = false;
  bool abandoned_ = false;
  std::thread reader_;
};

}  // namespace engine::pipeline
