#include "engine/pipeline/chunk_writers.hpp"

#include "engine/core/error.hpp"
#include "engine/core/fault_point.hpp"
#include "engine/pipeline/fenced_transaction.hpp"
#include "engine/pipeline/read_limit.hpp"
#include "engine/pipeline/retry.hpp"
#include "engine/pipeline/table_start.hpp"
#include "engine/postgres/errors.hpp"
#include "engine/state/known_rows.hpp"

namespace engine::pipeline {

using plan::TableTask;
using postgres::Transaction;

namespace {

// Help is welcome, not needed: behind a pooler there may be no connection for it.
bool can_connect(Lane& lane) {
  try {
    lane.target().run_script("BEGIN; COMMIT");
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

void ChunkWriters::note_progress(const capture::Progress& progress, const RowPosition& after) {
  progress_ = progress;
  after_ = after;
}

void ChunkWriters::prepare_memory() {
  const bool waits = run_.held_of(task_) > 0 || run_.waiting.contains(task_.title) ||
                     run_.discarding.contains(task_.title) || repairs(run_.request.mode);
  lightly_ = !waits && task_.may_be_judged_lightly();
  settled_ = false;
  if (!lightly_ || state::should_settle_known_rows(lane_.target(), task_.memory.known_id, task_.estimated_rows))
    settle(lane_.target());
}

// Once for a table: what is added behind that is about rows that do not come again.
void ChunkWriters::settle(postgres::Session& session) {
  const std::lock_guard lock(settling_);
  if (settled_) return;
  state::settle_known_rows(session, task_.memory.known_id);
  settled_ = true;
}

bool ChunkWriters::write_rows(const TableTask& some, const SourceRead& look, Transaction& read, bool closes) {
  RowStream stream(run_, some, look, read);
  Turns turns;
  how_ = look.how;
  closes_ = closes;
  stream_ = &stream;
  turns_ = &turns;
  taken_ = 0;
  refused_ = false;
  problem_ = nullptr;
  const bool together = may_be_shared(look);
  {
    Lanes::Help help(together ? lane_.lanes() : nullptr, [&](Lane& helper) { write_pieces(stream, helper, nullptr); });
    write_pieces(stream, lane_, &help);
  }
  if (problem_) std::rethrow_exception(problem_);
  return !refused_;
}

// Where chunks can be written in any order, as long as they are committed in theirs. What goes across rows (other
// unique indexes, triggers) could make one wait for what another one holds.
bool ChunkWriters::may_be_shared(const SourceRead& look) const {
  return task_.arbiter && task_.unique_keys.empty() && !task_.target_reacts && !look.how.one_per_key &&
         !repairs(run_.request.mode);
}

// What one lane does. `help`: of the lane whose table it is.
void ChunkWriters::write_pieces(RowStream& stream, Lane& lane, Lanes::Help* help) {
  if (!help && !can_connect(lane)) return;
  try {
    while (auto piece = take(stream)) {
      if (help && !piece->last && !alone_) help->look_for_more();
      const auto before = lane.round_trips();
      if (!write(*piece, lane.target())) {
        refused_ = true;
        return turns_->end();
      }
      if (!help) lane_.add_round_trips(lane.round_trips() - before);
      if (alone_ && !help) return;
    }
  } catch (...) {
    const std::lock_guard lock(taking_);
    if (!problem_) problem_ = std::current_exception();
    turns_->end();
  }
}

std::optional<ChunkWriters::Piece> ChunkWriters::take(RowStream& stream) {
  const std::lock_guard lock(taking_);
  if (problem_ || refused_) return std::nullopt;
  auto chunk = stream.next();
  if (!chunk) return std::nullopt;
  // behind a large chunk nothing is read before it is written: then the table is closed by itself
  const bool last = closes_ && !ChunkStream::is_large(*chunk) && !stream.has_more();
  return Piece{std::move(*chunk), taken_++, last};
}

// False if the target does not take the first rows as they come.
bool ChunkWriters::write(const Piece& piece, postgres::Session& target) {
  if (piece.number > 0 && !alone_ && write_ahead(piece, target)) return true;
  if (!turns_->await(piece.number)) return true;  // the work has ended
  try {
    if (!write_in_turn(piece, target)) return false;
  } catch (...) {
    turns_->ask_to_give_way();
    throw;
  }
  pass_turn(piece);
  return true;
}

// The others may write, unless the time to read is over.
void ChunkWriters::pass_turn(const Piece& piece) {
  if (!piece.last && advanced_) stop_if_read_for_too_long(run_, task_, progress_);
  turns_->pass();
}

// Before it is our turn, but for the commit. False if that was of no use: nothing was written then.
bool ChunkWriters::write_ahead(const Piece& piece, postgres::Session& target) {
  try {
    transact(piece, target, care_, direct_, true);
  } catch (const UnreadableRow&) {
    throw;
  } catch (const Error& error) {
    const bool may_be_the_order = error.retryable() && error.code() != ErrorCode::unavailable;
    if (!may_be_the_order && !postgres::is_about_a_row(error.sqlstate())) throw;
    return false;
  }
  pass_turn(piece);
  return true;
}

bool ChunkWriters::write_in_turn(const Piece& piece, postgres::Session& target) {
  if (direct_) {
    try {
      write_again_and_again(piece, target, care_, true);
      return true;
    } catch (const UnreadableRow&) {
      throw;
    } catch (const Error& error) {
      if (!postgres::is_about_a_row(error.sqlstate())) throw;
      direct_ = false;
      care_ = Care::sets;
      if (close_.counts().read == 0) return false;
      settled_ = false;
    }
  }
  Care care = care_;
  with_growing_care(care, [&](Care now) { write_again_and_again(piece, target, now, false); });
  care_ = care;
  return true;
}

void ChunkWriters::write_again_and_again(const Piece& piece, postgres::Session& target, Care care, bool direct) {
  make_again(run_.stop, [&] {
    try {
      transact(piece, target, care, direct, false);
    } catch (const Error&) {
      turns_->ask_to_give_way();
      throw;
    }
  });
}

void ChunkWriters::transact(const Piece& piece, postgres::Session& session, Care care, bool direct, bool ahead) {
  try {
    return transact_once(piece, session, care, direct, ahead);
  } catch (const TableWriter::NeedsMemory&) {
    settle(session);
  }
  transact_once(piece, session, care, direct, ahead);
}

// Loads one chunk and commits it when all before are committed. `ahead`: it is not our turn yet.
void ChunkWriters::transact_once(const Piece& piece, postgres::Session& session, Care care, bool direct, bool ahead) {
  const bool lightly = lightly_ && care == Care::none;
  if (!direct && !lightly) settle(session);
  auto begun_at = std::chrono::steady_clock::now();  // as if we had not waited for our turn
  std::optional<FencedTransaction> target;
  Written written;
  if (direct) {
    const DirectLoad load(task_, piece.chunk, run_.run_id);
    target.emplace(session, run_, load.statements(), load.rows());
    written = load.written(target->results());
  } else {
    const TableWriter::Memory memory{settled_, lightly, task_.may_be_packed()};
    const auto begun = TableWriter::begin(task_, how_, run_, care, memory);
    when_staging(task_, [&] {
      target.emplace(session, run_, begun.statements, std::vector<std::string_view>{piece.chunk.bytes});
    });
    TableWriter writer(task_, how_, run_, *target, care, memory, begun, target->results(), piece.chunk);
    if (!ahead) writer.go_on_after(close_.counts().read, close_.newly_held());
    writer.merge();
    written = writer.written();
    if (how_.send_stamp) written.days = days_sent_with(piece.chunk);
    if (2 * writer.unsure() > written.counts.read) lightly_ = false;
  }
  fault_point(FaultPoint::chunk_loaded);
  if (ahead) {
    session.catch_up();  // side by side with the others, but for the commit
    const auto loaded = std::chrono::steady_clock::now();
    await_turn(piece);
    begun_at += std::chrono::steady_clock::now() - loaded;
  }
  close_.guard_by_limit(written);
  const bool advances = !piece.last && piece.chunk.position && *piece.chunk.position > after_;
  if (advances) {
    progress_.position = *piece.chunk.position;
    close_.advance(*target, progress_, written);
  }
  if (piece.last) close_.finish(*target, &written);
  fault_point(piece.last ? FaultPoint::table_merged : FaultPoint::chunk_merged);
  target->commit();
  const auto took = std::chrono::steady_clock::now() - begun_at;
  size_.written(piece.chunk.bytes.size(), std::chrono::duration_cast<std::chrono::milliseconds>(took));
  stream_->set_chunk_bytes(size_.bytes());
  fault_point(piece.last ? FaultPoint::table_committed : FaultPoint::chunk_committed);
  close_.committed(written, piece.last);
  committed_ = piece.chunk.position;
  if (advances) run_.steps_forward += 1;
  advanced_ = advances;
  run_.observer.table_progress(task_.title, close_.counts().read, close_.counts().bytes);
}

// Whoever has the turn may wait for what this transaction holds. That is rare (a trigger that counts, two keys that
// are one to the target), and then chunks are written one after the other.
void ChunkWriters::await_turn(const Piece& piece) {
  constexpr std::chrono::seconds patience{5};
  if (turns_->await(piece.number, patience)) return;
  alone_ = true;
  throw Error(ErrorCode::partial, "the chunk is written when it is its turn").sqlstate("40001").retryable(true);
}

}  // namespace engine::pipeline
