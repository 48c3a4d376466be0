#include "engine/pipeline/chunk_stream.hpp"

#include <future>

namespace engine::pipeline {

namespace {
constexpr std::size_t chunks_ahead = 1;  // with the one being written: bounded memory
}

ChunkStream::ChunkStream(postgres::Session& session, std::string sql, postgres::ChunkLimits limits)
    : session_(session),
      limits_(limits),
      bytes_(limits.bytes),
      reader_([this, query = std::move(sql)] { read(query); }) {}

ChunkStream::~ChunkStream() {
  bool still_reading = false;
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
    ready_.clear();  // reading may wait for that
    still_reading = !ended_;
  }
  changed_.notify_all();
  if (still_reading) session_.cancel();
  reader_.join();
}

bool ChunkStream::hand_over(postgres::Chunk chunk) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return abandoned_ || ready_.size() < chunks_ahead; });
  if (abandoned_) return false;
  ready_.push_back(std::move(chunk));
  changed_.notify_all();
  return true;
}

void ChunkStream::read(const std::string& sql) {
  std::exception_ptr problem;
  try {
    postgres::CopyReader reader(session_, sql);
    while (!reader.at_end()) {
      postgres::ChunkLimits limits = limits_;
      limits.bytes = bytes_;
      postgres::Chunk chunk = reader.read(limits);
      std::future<void> gone;
      if (is_large(chunk)) {
        auto end = std::make_shared<std::promise<void>>();
        gone = end->get_future();
        chunk.held = std::shared_ptr<const void>(nullptr, [end](const void*) { end->set_value(); });
      }
      if (chunk.rows > 0 && !hand_over(std::move(chunk))) break;
      if (gone.valid()) gone.wait();
    }
  } catch (...) {
    problem = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  problem_ = problem;
  ended_ = true;
  changed_.notify_all();
}

std::optional<postgres::Chunk> ChunkStream::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ended_ || !ready_.empty(); });
  if (ready_.empty()) {
    if (problem_) std::rethrow_exception(problem_);
    return std::nullopt;
  }
  postgres::Chunk chunk = std::move(ready_.front());
  ready_.pop_front();
  changed_.notify_all();
  return chunk;
}

bool ChunkStream::has_more() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ended_ || !ready_.empty(); });
  return !ready_.empty() || problem_;
}

}  // namespace engine::pipeline
