#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/row_position.hpp"
#include "engine/postgres/session.hpp"

namespace engine::postgres {

// Rows in COPY's binary format, without its header and trailer, so that any number of them can be sent, and sent again.
struct Chunk {
  std::string bytes;
  std::uint64_t rows = 0;
  std::vector<std::string> tails;       // the last fields of each row, where ChunkLimits asks for it, column by column
  std::optional<RowPosition> position;  // of the last row, where ChunkLimits asks for it
  std::shared_ptr<const void> held;     // let go with the chunk: who counts what is in memory knows then
};

struct ChunkLimits {
  std::size_t bytes = 4u << 20;  // with what is kept apart
  std::uint64_t rows = 100'000;
  std::uint64_t row_bytes = 256ull << 20;  // a larger row is refused
  bool positions = false;                  // the last field is the row's ctid: taken off before anything else
  std::uint16_t tail_fields = 0;           // so many fields at the end of each row are kept apart, ...
  std::size_t tail_bytes = 0;              // ... each of which has this size with its length: none is NULL
};

// Streams `COPY (...) TO STDOUT (FORMAT binary)`. Holds the chunk, one row, and a little of what follows in memory. If
// it is destroyed before the end, the rest of the stream is cancelled and thrown away, so that the session can go on.
class CopyReader {
 public:
  CopyReader(Session& session, const std::string& sql);
  ~CopyReader();
  CopyReader(const CopyReader&) = delete;
  CopyReader& operator=(const CopyReader&) = delete;

  // The next rows, at least one unless the stream is at its end, as many as the limits allow. Throws Error.
  Chunk read(const ChunkLimits& limits);
  bool at_end() const { return at_end_; }

 private:
  int next_row(char** data);
  void gather();
  void finish();

  Session& session_;
  bool header_seen_ = false;
  bool at_end_ = false;
  std::chrono::steady_clock::time_point waited_at_;  // for rows
  std::int64_t since_waiting_ = 0;                   // bytes of rows that came since
};

// Sends a chunk into `COPY ... FROM STDIN (FORMAT binary)` and returns how many rows the server took.
std::uint64_t copy_in(Session& session, const std::string& sql, const Chunk& chunk);

}  // namespace engine::postgres
