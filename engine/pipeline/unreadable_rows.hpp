#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/error.hpp"
#include "engine/pipeline/chunk_stream.hpp"
#include "engine/pipeline/run_context.hpp"
#include "engine/pipeline/source_read.hpp"
#include "engine/postgres/transaction.hpp"

namespace engine::pipeline {

// Rows that the source cannot send, or only in a form that the target's stage does not take: docs/ARCHITECTURE.md,
// "Rows that cannot be read".

// A table could not be read, and a row of it may be at fault.
class UnreadableRow : public Error {
 public:
  UnreadableRow(const Error& error, const plan::TableTask& task) : Error(error), task_(&task) {}
  const plan::TableTask& task() const { return *task_; }

 private:
  const plan::TableTask* task_;
};

// Reads, and makes an UnreadableRow of what may be a row's fault.
void when_reading(const plan::TableTask& task, const std::function<void()>& read);
// Puts rows into a stage as they were read. What is wrong with their text is wrong with what was read.
void when_staging(const plan::TableTask& task, const std::function<void()>& load);

// What is known of the unreadable rows of one table, as long as a run is at it. When reading fails the table is read
// once more, and this time the rows at fault are looked for at first.
class UnreadableRows {
 public:
  UnreadableRows(const RunContext& run, const plan::TableTask& task) : run_(run), task_(task) {}

  // look_before_reading(), without the rows at fault, which are put into quarantine: in the transaction that is open on
  // `target`, else in one of their own. Throws Error(fuse) if they are too many.
  SourceRead look(plan::Window window, postgres::Transaction& read, postgres::Session& target);

  // False if they were looked for already.
  bool begin_to_look() { return !std::exchange(wanted_, true); }
  const plan::TableTask& task() const { return task_; }

  // Only looks for them: they are put nowhere. From then on names() and found() know them.
  void find_only(const plan::Window& window, postgres::Transaction& read);
  const std::vector<std::string>& names() const { return names_; }  // as Window::left_out takes them
  const std::vector<state::HeldRow>& found() const { return found_; }

 private:
  using Found = std::function<void(const std::vector<state::HeldRow>&, std::int64_t seen)>;
  void search(const plan::Window& window, postgres::Transaction& read, const Found& met);
  void find(const plan::Window& window, postgres::Transaction& read, postgres::Session& target);
  void guard(std::int64_t seen) const;
  void report() const;

  const RunContext& run_;
  const plan::TableTask& task_;
  bool wanted_ = false;
  std::vector<std::string> names_;
  std::vector<std::string> keys_;  // without a key: their row keys
  std::map<std::string, std::int64_t> reasons_;
  std::int64_t fresh_ = 0, held_ = 0, discarded_ = 0;
  std::vector<state::HeldRow> found_;
};

// Carries out what reads these tables, and once more for each of them in which it meets an UnreadableRow.
void read_with_care(std::vector<UnreadableRows>& tables, const std::function<void()>& work);

// The rows of a table, as look() found them.
class RowStream {
 public:
  RowStream(const RunContext& run, const plan::TableTask& task, const SourceRead& look, postgres::Transaction& read);
  std::optional<postgres::Chunk> next();
  bool has_more() { return stream_.has_more(); }
  void set_chunk_bytes(std::size_t bytes) { stream_.set_chunk_bytes(bytes); }

 private:
  const plan::TableTask& task_;
  ChunkStream stream_;
};

}  // namespace engine::pipeline
