#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>

#include "engine/capture/cursor.hpp"
#include "engine/core/row_position.hpp"
#include "engine/pipeline/bandwidth.hpp"
#include "engine/pipeline/chunk_size.hpp"
#include "engine/pipeline/lanes.hpp"
#include "engine/pipeline/run_context.hpp"
#include "engine/pipeline/source_read.hpp"
#include "engine/pipeline/table_close.hpp"
#include "engine/pipeline/table_writer.hpp"
#include "engine/pipeline/turns.hpp"
#include "engine/pipeline/unreadable_rows.hpp"
#include "engine/postgres/transaction.hpp"

namespace engine::pipeline {

// Writes the chunks of one table, each in a transaction of its own, and commits them in their order. Lanes that have
// nothing to do help; chunks are loaded and judged side by side then. docs/ARCHITECTURE.md, "How a table is written".
class ChunkWriters {
 public:
  // All outlive it. `lane`: whose table it is.
  ChunkWriters(const RunContext& run, Lane& lane, const plan::TableTask& task, TableClose& close)
      : run_(run), lane_(lane), task_(task), close_(close), size_(largest_chunk(run.settings.map.limits)) {}

  // The rows go straight into the target, which is empty; whatever is wrong with a chunk, that and all behind it go by
  // way of the stage.
  void load_directly(bool yes) { direct_ = yes; }
  // Before rows go by way of the stage. What is remembered is settled now, or when it is needed.
  void prepare_memory();
  bool takes_care() const { return care_ != Care::none; }

  // From now on each chunk is a place behind which another run can go on: `progress` but for the position. Rows up to
  // `after` may come again.
  void note_progress(const capture::Progress& progress, const RowPosition& after);
  // Up to there all rows were committed, where they are read in the order of the file.
  const std::optional<RowPosition>& committed() const { return committed_; }

  // All rows of `look`, which `some`, the table or a part of it, reads. `closes`: the table is closed with the last of
  // them. False if the target is empty but does not take the first rows as they come: nothing was written then. Throws
  // Error.
  bool write_rows(const plan::TableTask& some, const SourceRead& look, postgres::Transaction& read, bool closes);

 private:
  // One of the chunks of the stream, in their order.
  struct Piece {
    postgres::Chunk chunk;
    std::uint64_t number = 0;
    bool last = false;
  };

  void settle(postgres::Session& session);
  bool may_be_shared(const SourceRead& look) const;
  void write_pieces(RowStream& stream, Lane& lane, Lanes::Help* help);
  std::optional<Piece> take(RowStream& stream);
  bool write(const Piece& piece, postgres::Session& target);
  void pass_turn(const Piece& piece);
  bool write_ahead(const Piece& piece, postgres::Session& target);
  bool write_in_turn(const Piece& piece, postgres::Session& target);
  void write_again_and_again(const Piece& piece, postgres::Session& target, Care care, bool direct);
  void transact(const Piece& piece, postgres::Session& session, Care care, bool direct, bool ahead);
  void transact_once(const Piece& piece, postgres::Session& session, Care care, bool direct, bool ahead);
  void await_turn(const Piece& piece);

  const RunContext& run_;
  Lane& lane_;
  const plan::TableTask& task_;
  TableClose& close_;
  // What the writers of the chunks share. But for these, only the one whose turn it is changes anything.
  std::atomic<bool> direct_ = false;
  std::atomic<Care> care_ = Care::none;
  std::atomic<bool> settled_ = false;  // what was remembered before this run
  std::atomic<bool> lightly_ = false;  // rows are judged without it where that will do
  std::mutex settling_;
  std::atomic<bool> alone_ = false;    // one chunk after the other
  std::atomic<bool> refused_ = false;  // the target does not take the rows as they come
  plan::statements::Extraction how_;
  RowStream* stream_ = nullptr;
  Turns* turns_ = nullptr;
  ChunkSize size_;
  std::mutex taking_;
  bool closes_ = true;          // the table, with the last chunk
  std::uint64_t taken_ = 0;     // chunks
  std::exception_ptr problem_;  // the first one
  bool advanced_ = false;       // behind the last chunk another run can go on
  std::optional<RowPosition> committed_;
  RowPosition after_;
  capture::Progress progress_;
};

}  // namespace engine::pipeline
