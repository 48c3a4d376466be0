#include "engine/pipeline/removal.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

#include "engine/core/error.hpp"
#include "engine/core/fault_point.hpp"
#include "engine/pipeline/bandwidth.hpp"
#include "engine/pipeline/chunk_stream.hpp"
#include "engine/pipeline/fenced_transaction.hpp"
#include "engine/pipeline/retry.hpp"
#include "engine/pipeline/source_read.hpp"
#include "engine/plan/statements.hpp"
#include "engine/state/conflict.hpp"
#include "engine/state/event.hpp"
#include "engine/state/known_rows.hpp"
#include "engine/state/run.hpp"

namespace engine::pipeline {
namespace {

using plan::TableTask;
using postgres::Transaction;
namespace statements = plan::statements;

// Reading the keys may take long while the target waits.
constexpr int patience_while_reading_ms = 3'600'000;

// One transaction on the target. One use.
class Removal {
 public:
  Removal(const RunContext& run, Lane& lane, const TableTask& task, Transaction& write)
      : run_(run),
        lane_(lane),
        task_(task),
        keys_(statements::keys_of(task)),
        write_(write),
        names_(statements::TemporaryNames::random()) {}

  void carry_out() {
    load_keys();
    convert_keys();
    const auto found = write_.run_script(statements::find_deleted(task_, names_)).back().number(0, "candidates");
    if (found > 0) judge();
    if (task_.removes_deleted() && run_.waiting.contains(task_.title))
      state::close_delete_conflicts(write_.session(), run_.scope, task_.title, run_.run_id);
    note_what_was_done();
  }

  const Counts& counts() const { return counts_; }

 private:
  void load_keys() {
    write_.run_script(statements::create_stage(keys_, names_, {}) + "; " + statements::create_held(names_));
    Transaction read(lane_.source(), reading(run_, task_));
    postgres::ChunkLimits limits;
    limits.bytes = std::min(limits.bytes, largest_chunk(run_.settings.map.limits));
    ChunkStream stream(read.session(), statements::extract_keys(task_), limits);
    while (const auto chunk = stream.next()) {
      const auto taken = postgres::copy_in(write_.session(), statements::load_stage(names_), *chunk);
      if (taken != chunk->rows) throw Error(ErrorCode::internal, "the stage took only a part of the keys");
    }
  }

  // Keys that the target's types cannot hold were never sent.
  void convert_keys() {
    if (!keys_.converts()) return;
    write_.run_script(
        statements::make_image_by_trial(keys_, names_, {}, {std::numeric_limits<std::int64_t>::max(), 1}));
  }

  void judge() {
    const auto judged = write_.run_script(statements::judge_deleted(task_, names_, run_.request.overwrite)).back();
    surplus_ = judged.number(0, "surplus");
    kept_ = judged.number(0, "kept");
    if (task_.removes_deleted()) {
      lock_and_keep_referenced();
      record_kept();
      remove();
    } else {
      report();
    }
    write_.run_script(statements::forget_deleted(task_, names_));
  }

  // From the lock on nobody can begin to refer to the rows.
  void lock_and_keep_referenced() {
    if (surplus_ == 0) return;
    expect(write_.run(statements::lock_surplus(task_, names_)).number(0, "locked"));
    const std::string keep = statements::keep_if_referenced(task_, names_);
    if (keep.empty()) return;
    std::int64_t newly_kept = 0;
    do {  // where the table refers to itself, a row that stays keeps those that it refers to
      newly_kept = 0;
      for (const auto& step : write_.run_script(keep)) newly_kept += step.affected;
      surplus_ -= newly_kept;
      kept_ += newly_kept;
    } while (newly_kept > 0 && surplus_ > 0);
  }

  void record_kept() {
    if (kept_ == 0) return;
    const auto newly_kept = write_.run(statements::count_newly_kept(task_, names_, run_.run_id)).number(0, "rows");
    write_.run(statements::record_kept_rows(task_, names_, run_.run_id));
    counts_.read = counts_.conflicted = newly_kept;
  }

  void remove() {
    if (surplus_ == 0) return;
    if (!run_.past_fuse.contains(task_.title)) guard_by_fuse();
    write_.run(statements::record_own_xact(task_, run_.run_id));
    write_.run(statements::bury(task_, names_, run_.run_id));
    expect(write_
               .run(task_.soft_delete.empty() ? statements::remove_surplus(task_, names_)
                                              : statements::mark_deleted(task_, names_))
               .affected);
    counts_.deleted = surplus_;
  }

  void guard_by_fuse() const {
    const auto rows = write_.run(statements::count_target(task_)).number(0, "rows");
    if (static_cast<double>(surplus_) <= task_.fuse * static_cast<double>(rows)) return;
    throw Error(ErrorCode::fuse,
                "the desktop has deleted " + std::to_string(surplus_) + " of the " + std::to_string(rows) +
                    " rows in the cloud, more than the fuse allows; none of them was removed there, and what was "
                    "copied stays",
                "see whether the desktop really lost these rows. If that is right, add --past-fuse " + task_.title +
                    " to the command, once; a fuse: in the map sets another limit");
  }

  void expect(std::int64_t done) const {
    if (done == surplus_) return;
    throw Error(ErrorCode::partial,
                "of " + std::to_string(surplus_) + " rows that the desktop has deleted the target let go " +
                    std::to_string(done) + "; none of them was removed",
                "a trigger or rule of the target keeps the rows, or somebody else keeps writing them")
        .sqlstate("23000")
        .retryable(true);
  }

  void report() {
    const auto list = write_.run(statements::list_deleted(task_, names_));
    const auto rows = list.number(0, "rows");
    if (rows == 0) return;
    const std::string text = "rows that the desktop has deleted and the cloud still has: " + std::to_string(rows) +
                             " (" + list.text(0, "keys") + (rows > 5 ? " and more" : "") + ")";
    run_.observer.warning(task_.title, text);
    state::record_event(write_.session(), {run_.run_id, task_.title, "deletes_reported", "ok", text, ""});
  }

  void note_what_was_done() {
    if (counts_ == Counts()) return;
    state::add_to_table_run(write_.session(), run_.run_id, task_.title, counts_);
    state::record_event(write_.session(),
                        {run_.run_id, task_.title, "rows_removed", counts_.conflicted > 0 ? "attention" : "ok",
                         std::to_string(counts_.deleted) + (task_.soft_delete.empty() ? " removed, " : " marked, ") +
                             std::to_string(counts_.conflicted) + " kept as conflicts",
                         ""});
  }

  const RunContext& run_;
  Lane& lane_;
  const TableTask& task_;
  const TableTask keys_;
  Transaction& write_;
  const statements::TemporaryNames names_;
  std::int64_t surplus_ = 0;  // to be removed or marked
  std::int64_t kept_ = 0;     // of those that the desktop has deleted: they stay
  Counts counts_;
};

Counts remove_once(const RunContext& run, Lane& lane, const TableTask& task) {
  FencedTransaction write(lane.target(), run, patience_while_reading_ms);
  Removal removal(run, lane, task, write);
  removal.carry_out();
  fault_point(FaultPoint::rows_removed);
  write.commit();
  run.steps_forward += 1;
  return removal.counts();
}

void fail(TableOutcome& outcome, const Error& error) {
  outcome.status = error.code() == ErrorCode::fuse ? "fuse" : "failed";
  outcome.code = error.code();
  outcome.error = error.code() == ErrorCode::fuse
                      ? error.what()
                      : std::string("rows that the desktop has deleted could not be removed: ") + error.what();
  outcome.hint = error.hint();
  outcome.retryable = error.retryable();
  outcome.interrupted = error.code() == ErrorCode::interrupted;
}

}  // namespace

TableOutcome remove_deleted(const RunContext& run, Lane& lane, const TableTask& task) {
  const auto started = std::chrono::steady_clock::now();
  TableOutcome outcome;
  outcome.table = task.title;
  outcome.guarantee = task.guarantee;
  outcome.status = "ok";
  try {
    // What waits to be put where it is looked up came with this run's first load.
    if (run.waiting.contains(task.title) || lane.target().run(statements::is_known(task)).flag(0, "known")) {
      state::settle_known_rows(lane.target(), task.memory.known_id);
      make_again(run.stop, [&] { outcome.counts = remove_once(run, lane, task); });
      if (outcome.counts.conflicted > 0) outcome.status = "attention";
    }
  } catch (const Error& error) {
    fail(outcome, error);
  } catch (const std::exception& error) {
    fail(outcome, Error(ErrorCode::internal, error.what()));
  }
  outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return outcome;
}

}  // namespace engine::pipeline
