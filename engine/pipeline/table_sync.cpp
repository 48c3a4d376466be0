#include "engine/pipeline/table_sync.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <set>

#include "engine/core/error.hpp"
#include "engine/core/fault_point.hpp"
#include "engine/pipeline/chunk_size.hpp"
#include "engine/pipeline/difference.hpp"
#include "engine/pipeline/fenced_transaction.hpp"
#include "engine/pipeline/read_limit.hpp"
#include "engine/pipeline/retry.hpp"
#include "engine/pipeline/source_read.hpp"
#include "engine/pipeline/table_close.hpp"
#include "engine/pipeline/table_writer.hpp"
#include "engine/pipeline/turns.hpp"
#include "engine/pipeline/unreadable_rows.hpp"
#include "engine/postgres/errors.hpp"
#include "engine/state/cursor.hpp"
#include "engine/state/known_rows.hpp"

namespace engine::pipeline {
namespace {

using plan::TableTask;
using plan::Window;
using postgres::Chunk;
using postgres::Transaction;
namespace statements = plan::statements;

// For tables that are written together: reading them may take long while the target waits.
constexpr int patience_while_reading_ms = 3'600'000;

// Rows go straight into the target, which is empty: what is to be remembered of them is computed at the source, where
// it costs the least. Stamps are counted there too. What was remembered of the target's rows is void.
void prepare_for_loading(const TableTask& task, SourceRead& look, Transaction& read, TableClose& close) {
  if (look.how.send_watermark)
    when_reading(
        task, [&] { close.days_at_source(read.run(statements::count_days_at_source(task, look.window, look.how))); });
  look.how.send_watermark = false;
  look.how.send_hashes = true;
}

// A forward source that is suddenly empty is an accident more often than not.
void guard_against_emptied_source(const RunContext& run, const TableTask& task, const SourceRead& look,
                                  postgres::Session& target) {
  if (look.has_rows || run.past_fuse.contains(task.title)) return;
  if (!target.run(statements::target_has_own_rows(task)).flag(0, "has_rows")) return;
  const char* const then = task.removes() ? "; it removes all rows that came from the desktop"
                           : task.removes_deleted()
                               ? "; a full run then removes or marks all rows that came from the desktop"
                               : "";
  throw Error(ErrorCode::fuse, "the desktop table is empty, but the cloud holds rows of it",
              "see whether the desktop really lost its rows. If that is right, add --past-fuse " + task.title +
                  " to the command, once" + then);
}

// A target that lost all its rows is filled again, as if nothing had ever been sent.
Window window_to_read(const RunContext& run, const TableTask& task, postgres::Session& target) {
  const Window window = run.window_of(task);
  const bool looked_at = window.kind == Window::Kind::nothing && !run.emptied.contains(task.title);
  if (repairs(run.request.mode) || looked_at || task.direction != Direction::forward) return window;
  if (!run.cursor_of(task) && !run.progress_of(task)) return window;
  if (target.run(statements::target_has_rows(task)).flag(0, "has_rows")) return window;
  const auto forget = [&] {
    const bool had_rows = state::forget_known_rows(target, task.memory.known_id) > 0;
    // if this run does not get to its end the next one has to go on filling, from the beginning
    if (had_rows) state::distrust_cursor(target, run.scope, task.title);
    return had_rows;
  };
  if (target.in_transaction()) return forget() ? plan::for_emptied_target(window) : window;
  FencedTransaction write(target, run);
  const bool had_rows = forget();
  write.commit();
  return had_rows ? plan::for_emptied_target(window) : window;
}

void say_why_whole(const RunContext& run, const TableTask& task, const Window& window) {
  if (!window.unexpected) return;
  std::string text = "compared whole: " + window.why;
  if (!task.ignored.empty())
    text += "; not copied, because the target has no such column: " + joined(task.ignored, ", ");
  if (!task.defaulted.empty()) text += "; nothing feeds: " + joined(task.defaulted, ", ");
  run.observer.warning(task.title, text);
}

// Writes rows, and again with more care where some of them do not fit. What was learnt of the table stays in `care`.
void with_growing_care(Care& care, const std::function<void(Care)>& write) {
  for (Care now = care;;) {
    try {
      return write(now);
    } catch (const UnreadableRow&) {
      throw;  // no care on our side helps
    } catch (const Error& error) {
      if (!postgres::is_about_a_row(error.sqlstate()) || now == Care::strict) throw;
      static const std::set<std::string, std::less<>> foreseen = {"23502", "23503", "23505"};
      const bool by_sets = now == Care::none && foreseen.contains(error.sqlstate());
      now = by_sets ? Care::sets : now < Care::rows ? Care::rows : Care::strict;
      care = Care::sets;
    }
  }
}

// Tables that refer neither to themselves nor in a circle: committed chunk by chunk, the cursor with the last.
class Streaming {
 public:
  Streaming(const RunContext& run, Lane& lane, const TableTask& task, TableClose& close,
            std::vector<UnreadableRows>& unreadable)
      : run_(run), lane_(lane), task_(task), close_(close), unreadable_(unreadable) {}

  void sync() {
    const Window window = window_to_read(run_, task_, lane_.target());
    if (window.kind == Window::Kind::nothing) {
      finish_alone();
      return;
    }

    say_why_whole(run_, task_, window);
    const bool goes_on = go_on(window).after.has_value();
    if (!goes_on &&
        refresh_by_difference(run_, lane_, task_, window, close_, [&](auto&&... part) { write_part(part...); }))
      return;
    read_with_care(unreadable_, [&] {
      if (!read_and_write(window, care_ == Care::none)) read_and_write(window, false);
    });
  }

 private:
  // Of a full run that reads what differs only.
  void write_part(const TableTask& some, const SourceRead& look, Transaction& read) {
    if (!prepared_) prepare_memory();
    how_ = look.how;
    write_rows(some, look, read, false);
  }

  // False if the target is empty but does not take the first rows as they come: nothing was written then, and they have
  // to go by way of the stage.
  bool read_and_write(const Window& window, bool may_be_direct) {
    Transaction read(lane_.source(), reading(run_, task_));
    SourceRead look = unreadable_.front().look(go_on(window), read, lane_.target());
    guard_against_emptied_source(run_, task_, look, lane_.target());
    close_.looked(look);
    if (look.window.kind == Window::Kind::nothing) return finish_alone();

    prepare_for_going_on(look, read);
    direct_ = may_be_direct && may_load_directly(look);
    if (direct_) {
      prepare_for_loading(task_, look, read, close_);
      FencedTransaction target(lane_.target(), run_);
      state::forget_known_rows(lane_.target(), task_.memory.known_id);
      target.commit();
    } else {
      prepare_memory();
    }
    how_ = look.how;
    return copy(read, look);
  }

  // What is remembered is settled now, or when it is needed.
  void prepare_memory() {
    const bool waits = run_.held_of(task_) > 0 || run_.waiting.contains(task_.title) ||
                       run_.discarding.contains(task_.title) || repairs(run_.request.mode);
    lightly_ = !waits && task_.may_be_judged_lightly();
    settled_ = false;
    prepared_ = true;
    if (!lightly_ || state::should_settle_known_rows(lane_.target(), task_.memory.known_id, task_.estimated_rows))
      settle(lane_.target());
  }

  // Once for a table: what is added behind that is about rows that do not come again.
  void settle(postgres::Session& session) {
    const std::lock_guard lock(settling_);
    if (settled_) return;
    state::settle_known_rows(session, task_.memory.known_id);
    settled_ = true;
  }

  // Behind the place where the last run broke off, if it did.
  Window go_on(const Window& window) {
    const auto* stored = run_.progress_of(task_);
    if (!stored) return window;
    return plan::go_on_after(window, task_, run_.request, stored->progress, run_.trusted, run_.waiting_of(task_));
  }

  // Where rows can be read in the order of the file, each chunk is a place from which the next run can go on.
  void prepare_for_going_on(SourceRead& look, Transaction& read) {
    const bool again = std::exchange(begun_, true);  // after rows were met that cannot be read
    if (look.window.after && !again) {
      const auto* stored = run_.progress_of(task_);
      run_.observer.warning(task_.title, "goes on where the last run broke off, which had read " +
                                             std::to_string(stored->counts.read) + " rows");
      if (stored->run_id == run_.run_id) close_.committed_before(stored->counts);
    }
    if (again && !committed_) close_.begin_again();
    const bool in_part = look.window.after || committed_;
    if (in_part && look.window.kind == Window::Kind::whole && look.how.send_watermark) {
      Window all = look.window;
      all.after.reset();
      when_reading(task_,
                   [&] { close_.days_at_source(read.run(statements::count_days_at_source(task_, all, look.how))); });
    }
    look.window.behind = committed_;
    look.how.send_position = task_.in_file_order && look.window.kind != Window::Kind::stamped &&
                             !look.how.one_per_key && !run_.request.overwrite && !repairs(run_.request.mode);
    if (!look.how.send_position) return;
    read.run_script(statements::read_in_file_order());
    after_ = look.window.after ? look.window.after->position : RowPosition();
    progress_ = {run_.observation.next_xid,
                 run_.observation.unfinished,
                 {},
                 look.window.kind == Window::Kind::whole,
                 look.window.from.run_id,
                 task_.table_oid,
                 look.file_node,
                 task_.schema_hash,
                 task_.mapping_hash};
  }

  // An empty target with a unique index takes the rows as they come; a key that appears meanwhile is an error, and then
  // the chunk goes by way of the stage.
  bool may_load_directly(const SourceRead& look) {
    const bool all = look.window.kind == Window::Kind::whole && !look.window.after;
    if (!task_.may_be_loaded() || !all || !task_.arbiter || run_.discarding.contains(task_.title)) return false;
    return !lane_.target().run(statements::target_has_rows(task_)).flag(0, "has_rows");
  }

  // One of the chunks of the stream, in their order.
  struct Piece {
    Chunk chunk;
    std::uint64_t number = 0;
    bool last = false;
  };

  // Hands the chunks out to this lane, and to others that have nothing to do.
  bool copy(Transaction& read, const SourceRead& look) {
    return write_rows(task_, look, read, true) && (close_.finished() || finish_alone());
  }

  // `closes`: the table is closed with the last of them. False if the target does not take them as they come.
  bool write_rows(const TableTask& some, const SourceRead& look, Transaction& read, bool closes) {
    RowStream stream(some, look, read);
    Turns turns;
    closes_ = closes;
    stream_ = &stream;
    turns_ = &turns;
    taken_ = 0;
    refused_ = false;
    problem_ = nullptr;
    const bool together = may_be_shared(look);
    {
      Lanes::Help help(together ? lane_.lanes() : nullptr,
                       [&](Lane& helper) { write_pieces(stream, helper, nullptr); });
      write_pieces(stream, lane_, &help);
    }
    if (problem_) std::rethrow_exception(problem_);
    return !refused_;
  }

  // Where chunks can be written in any order, as long as they are committed in theirs. What goes across rows (other
  // unique indexes, triggers) could make one wait for what another one holds.
  bool may_be_shared(const SourceRead& look) const {
    return task_.arbiter && task_.unique_keys.empty() && !task_.target_reacts && !look.how.one_per_key &&
           !repairs(run_.request.mode);
  }

  // What one lane does. `help`: of the lane whose table it is.
  void write_pieces(RowStream& stream, Lane& lane, Lanes::Help* help) {
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

  // Help is welcome, not needed: behind a pooler there may be no connection for it.
  static bool can_connect(Lane& lane) {
    try {
      lane.target().run_script("BEGIN; COMMIT");
      return true;
    } catch (const Error&) {
      return false;
    }
  }

  std::optional<Piece> take(RowStream& stream) {
    const std::lock_guard lock(taking_);
    if (problem_ || refused_) return std::nullopt;
    auto chunk = stream.next();
    if (!chunk) return std::nullopt;
    // behind a large chunk nothing is read before it is written: then the table is closed by itself
    const bool last = closes_ && !ChunkStream::is_large(*chunk) && !stream.has_more();
    return Piece{std::move(*chunk), taken_++, last};
  }

  // False if the target does not take the first rows as they come.
  bool write(const Piece& piece, postgres::Session& target) {
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
  void pass_turn(const Piece& piece) {
    if (!piece.last && advanced_) stop_if_read_for_too_long(run_, task_, progress_);
    turns_->pass();
  }

  // Before it is our turn, but for the commit. False if that was of no use: nothing was written then.
  bool write_ahead(const Piece& piece, postgres::Session& target) {
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

  bool write_in_turn(const Piece& piece, postgres::Session& target) {
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

  void write_again_and_again(const Piece& piece, postgres::Session& target, Care care, bool direct) {
    make_again(run_.stop, [&] {
      try {
        transact(piece, target, care, direct, false);
      } catch (const Error&) {
        turns_->ask_to_give_way();
        throw;
      }
    });
  }

  void transact(const Piece& piece, postgres::Session& session, Care care, bool direct, bool ahead) {
    try {
      return transact_once(piece, session, care, direct, ahead);
    } catch (const TableWriter::NeedsMemory&) {
      settle(session);
    }
    transact_once(piece, session, care, direct, ahead);
  }

  // Loads one chunk and commits it when all before are committed. `ahead`: it is not our turn yet.
  void transact_once(const Piece& piece, postgres::Session& session, Care care, bool direct, bool ahead) {
    const bool lightly = lightly_ && care == Care::none;
    if (!direct && !lightly) settle(session);
    const auto begun_at = std::chrono::steady_clock::now();
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
      if (2 * writer.unsure() > written.counts.read) lightly_ = false;
    }
    fault_point(FaultPoint::chunk_loaded);
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun_at);
    if (ahead) await_turn(piece);
    size_.written(piece.chunk.bytes.size(), took);
    stream_->set_chunk_bytes(size_.bytes());
    close_.guard_by_limit(written);
    const bool advances = !piece.last && piece.chunk.position && *piece.chunk.position > after_;
    if (advances) {
      progress_.position = *piece.chunk.position;
      close_.advance(*target, progress_, written);
    }
    if (piece.last) close_.finish(*target, &written);
    fault_point(piece.last ? FaultPoint::table_merged : FaultPoint::chunk_merged);
    target->commit();
    fault_point(piece.last ? FaultPoint::table_committed : FaultPoint::chunk_committed);
    close_.committed(written, piece.last);
    committed_ = piece.chunk.position;
    if (advances) run_.steps_forward += 1;
    advanced_ = advances;
    run_.observer.table_progress(task_.title, close_.counts().read, close_.counts().bytes);
  }

  // Whoever has the turn may wait for what this transaction holds. That is rare (a trigger that counts, two keys that
  // are one to the target), and then chunks are written one after the other.
  void await_turn(const Piece& piece) {
    constexpr std::chrono::seconds patience{5};
    if (turns_->await(piece.number, patience)) return;
    alone_ = true;
    throw Error(ErrorCode::partial, "the chunk is written when it is its turn").sqlstate("40001").retryable(true);
  }

  bool finish_alone() {
    FencedTransaction target(lane_.target(), run_);
    close_.finish(target, nullptr);
    target.commit();
    close_.committed({}, true);
    return true;
  }

  const RunContext& run_;
  Lane& lane_;
  const TableTask& task_;
  TableClose& close_;
  std::vector<UnreadableRows>& unreadable_;
  statements::Extraction how_;
  // What the writers of the chunks share. But for these, only the one whose turn it is changes anything.
  std::atomic<bool> direct_ = false;
  std::atomic<Care> care_ = Care::none;
  std::atomic<bool> settled_ = false;  // what was remembered before this run
  std::atomic<bool> lightly_ = false;  // rows are judged without it where that will do
  std::mutex settling_;
  bool prepared_ = false;              // the memory
  std::atomic<bool> alone_ = false;    // one chunk after the other
  std::atomic<bool> refused_ = false;  // the target does not take the rows as they come
  RowStream* stream_ = nullptr;
  Turns* turns_ = nullptr;
  ChunkSize size_;
  std::mutex taking_;
  bool closes_ = true;          // the table, with the last chunk
  std::uint64_t taken_ = 0;     // chunks
  std::exception_ptr problem_;  // the first one
  bool begun_ = false;
  bool advanced_ = false;                 // behind the last chunk another run can go on
  std::optional<RowPosition> committed_;  // where rows are read in the order of the file: up to there
  RowPosition after_;                     // where the last run got to; rows up to there may come again
  capture::Progress progress_;            // of this run, but for the position
};

// Without a key nothing but what forward remembers tells the desktop's rows in the cloud from the cloud's own.
void refuse_before_forward(const TableTask& task) {
  if (task.keyless && task.waits_for_forward())
    throw Error(
        ErrorCode::refused,
        "the table has no key, and forward has not copied it yet: which of the cloud's rows came from the desktop "
        "cannot be told",
        "run pgtide sync full first");
}

using Writers = std::vector<std::unique_ptr<TableWriter>>;

// Judges all rows of a group and holds those back that do not fit, until what is left does: a row that is held back
// may be what others refer to.
void hold_together(const RunContext& run, const plan::Group& group, const Writers& writers, const LateColumns& late,
                   Transaction& write) {
  statements::Siblings siblings;
  for (std::size_t i = 0; group.circular && i < writers.size(); ++i)
    if (writers[i]) {
      const TableTask& task = run.plan.tasks[group.tasks[i]];
      siblings[task.target] = {&task, writers[i]->names()};
    }
  for (const auto& writer : writers)
    if (writer) writer->convert();
  for (const auto& writer : writers)
    if (writer) writer->judge(siblings);
  const auto hold_all = [&] {
    for (bool again = true; again;) {
      again = false;
      for (const auto& writer : writers) again = (writer && writer->hold(siblings) && group.circular) || again;
    }
  };
  hold_all();
  std::vector<TableWriter*> trying;
  for (const auto& writer : writers) trying.push_back(writer.get());
  hold_by_trial(write, trying, late, group.circular);
  if (group.circular) hold_all();
  for (const auto& writer : writers)
    if (writer) writer->account();
}

// Tables that refer to each other or to themselves, or have no unique index that would keep a second writer's rows
// apart from ours: everything is staged, then written in one transaction.
void sync_together(const RunContext& run, Lane& lane, const plan::Group& group, std::vector<TableClose>& closes,
                   std::vector<UnreadableRows>& unreadable, Care care) {
  for (const auto task : group.tasks) refuse_before_forward(run.plan.tasks[task]);
  for (const auto task : group.tasks)
    if (run.window_of(run.plan.tasks[task]).kind != Window::Kind::nothing)
      state::settle_known_rows(lane.target(), run.plan.tasks[task].memory.known_id);
  make_again(run.stop, [&] {
    FencedTransaction target(lane.target(), run, patience_while_reading_ms);
    Writers writers(group.tasks.size());
    for (std::size_t i = 0; i < group.tasks.size(); ++i) {
      const TableTask& task = run.plan.tasks[group.tasks[i]];
      const Window window = window_to_read(run, task, target.session());
      if (window.kind == Window::Kind::nothing) continue;
      say_why_whole(run, task, window);
      Transaction read(lane.source(), reading(run, task));
      const SourceRead look = unreadable[i].look(window, read, target.session());
      guard_against_emptied_source(run, task, look, target.session());
      closes[i].looked(look);
      if (look.window.kind == Window::Kind::nothing) continue;
      writers[i] = std::make_unique<TableWriter>(task, look.how, run, target, care);
      writers[i]->hold_elsewhere(look.unreadable_keys);
      RowStream stream(task, look, read);
      std::int64_t rows = 0;
      while (const auto chunk = stream.next()) {
        writers[i]->load(*chunk);
        run.observer.table_progress(task.title, rows += static_cast<std::int64_t>(chunk->rows), 0);
      }
    }
    const auto late = [&](std::size_t i) {
      const auto found = group.late_columns.find(group.tasks[i]);
      return found == group.late_columns.end() ? std::vector<std::string>() : found->second;
    };
    fault_point(FaultPoint::group_loaded);
    if (group.deferred) target.run_script("SET CONSTRAINTS ALL DEFERRED");
    hold_together(run, group, writers, late, target);
    for (std::size_t i = 0; i < writers.size(); ++i)
      if (writers[i]) closes[i].guard_by_limit(writers[i]->written());
    for (const auto& writer : writers)
      if (writer) writer->remove_surplus();
    for (const auto& writer : writers)
      if (writer) writer->vacate_values();
    // What one row gives up (a unique value) a new one may take; but rows that refer to each other come first.
    const bool alone = group.tasks.size() == 1 && !group.circular;
    for (std::size_t i = 0; alone && i < writers.size(); ++i)
      if (writers[i]) writers[i]->update_different(late(i));
    for (std::size_t i = 0; i < writers.size(); ++i)
      if (writers[i]) writers[i]->insert_missing(late(i));
    for (std::size_t i = 0; !alone && i < writers.size(); ++i)
      if (writers[i]) writers[i]->update_different(late(i));
    for (const auto& writer : writers)
      if (writer) writer->remember();
    if (group.deferred) target.run_script("SET CONSTRAINTS ALL IMMEDIATE");
    for (std::size_t i = 0; i < writers.size(); ++i)
      closes[i].finish(target, writers[i] ? &writers[i]->written() : nullptr);
    fault_point(FaultPoint::table_merged);
    target.commit();
    fault_point(FaultPoint::table_committed);
    for (std::size_t i = 0; i < writers.size(); ++i)
      closes[i].committed(writers[i] ? writers[i]->written() : Written(), true);
  });
}

// A first load into an empty table without a unique index: the rows go straight into it, while a lock keeps others from
// inserting the same keys. False if it cannot be done that way; then nothing was done.
bool load_under_lock(const RunContext& run, Lane& lane, const plan::Group& group, TableClose& close,
                     UnreadableRows& unreadable) {
  const TableTask& task = run.plan.tasks[group.tasks.front()];
  const Window window = run.window_of(task);
  const bool may_be = task.may_be_loaded() && !run.discarding.contains(task.title);
  if (group.tasks.size() > 1 || group.circular || window.kind != Window::Kind::whole || !may_be) return false;
  FencedTransaction target(lane.target(), run, patience_while_reading_ms);
  target.run_script(statements::lock_target(task));
  if (target.run(statements::target_has_rows(task)).flag(0, "has_rows")) return false;

  Transaction read(lane.source(), reading(run, task));
  SourceRead look = unreadable.look(window, read, target.session());
  close.looked(look);
  prepare_for_loading(task, look, read, close);
  state::forget_known_rows(target.session(), task.memory.known_id);
  RowStream stream(task, look, read);
  Written written;
  while (const auto chunk = stream.next()) {
    const DirectLoad load(task, *chunk, run.run_id);
    when_staging(task, [&] {
      written.counts += load.written(target.session().run_script(joined(load.statements(), ";"), load.rows())).counts;
    });
    run.observer.table_progress(task.title, written.counts.read, written.counts.bytes);
  }
  close.finish(target, &written);
  target.commit();
  close.committed(written, true);
  return true;
}

void sync_as_one(const RunContext& run, Lane& lane, const plan::Group& group, std::vector<TableClose>& closes,
                 std::vector<UnreadableRows>& unreadable) {
  Care care = Care::none;
  bool may_be_direct = true;
  read_with_care(unreadable, [&] {
    try {
      if (may_be_direct && load_under_lock(run, lane, group, closes.front(), unreadable.front())) return;
    } catch (const UnreadableRow&) {
      throw;
    } catch (const Error& error) {
      if (!postgres::is_about_a_row(error.sqlstate())) throw;
      may_be_direct = false;
      care = Care::sets;
    }
    with_growing_care(care, [&](Care now) { sync_together(run, lane, group, closes, unreadable, now); });
  });
}

}  // namespace

std::vector<TableOutcome> sync_group(const RunContext& run, Lane& lane, const plan::Group& group) {
  std::vector<TableClose> closes;
  closes.reserve(group.tasks.size());
  std::vector<UnreadableRows> unreadable;
  for (const auto task : group.tasks) {
    unreadable.emplace_back(run, run.plan.tasks[task]);
    closes.emplace_back(run, run.plan.tasks[task], [&] { return lane.round_trips(); });
    run.observer.table_started(run.plan.tasks[task].title, run.plan.tasks[task].estimated_rows);
  }
  try {
    if (group.one_transaction)
      sync_as_one(run, lane, group, closes, unreadable);
    else
      Streaming(run, lane, run.plan.tasks[group.tasks.front()], closes.front(), unreadable).sync();
  } catch (const Error& error) {
    for (auto& close : closes) close.failed(error);
  } catch (const std::exception& error) {
    for (auto& close : closes) close.failed(Error(ErrorCode::internal, error.what()));
  }
  std::vector<TableOutcome> outcomes;
  for (auto& close : closes) outcomes.push_back(close.outcome());
  return outcomes;
}

}  // namespace engine::pipeline
