#include "engine/pipeline/table_sync.hpp"

#include <utility>

#include "engine/core/error.hpp"
#include "engine/pipeline/chunk_writers.hpp"
#include "engine/pipeline/difference.hpp"
#include "engine/pipeline/fenced_transaction.hpp"
#include "engine/pipeline/group_sync.hpp"
#include "engine/pipeline/index_rebuild.hpp"
#include "engine/pipeline/source_read.hpp"
#include "engine/pipeline/table_close.hpp"
#include "engine/pipeline/table_start.hpp"
#include "engine/pipeline/unreadable_rows.hpp"
#include "engine/state/known_rows.hpp"

namespace engine::pipeline {
namespace {

using plan::TableTask;
using plan::Window;
using postgres::Transaction;
namespace statements = plan::statements;

// Tables that refer neither to themselves nor in a circle: committed chunk by chunk, the cursor with the last.
class Streaming {
 public:
  Streaming(const RunContext& run, Lane& lane, const TableTask& task, TableClose& close,
            std::vector<UnreadableRows>& unreadable)
      : run_(run),
        lane_(lane),
        task_(task),
        close_(close),
        unreadable_(unreadable),
        writers_(run, lane, task, close),
        rebuild_(run, lane, task) {}

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
    try {
      read_with_care(unreadable_, [&] {
        if (!read_and_write(window, !writers_.takes_care())) read_and_write(window, false);
      });
    } catch (const Error& error) {
      if (!error.retryable() && error.code() != ErrorCode::interrupted) rebuild_.put_back_if_possible();
      throw;
    }
    if (rebuild_.under_way()) finish_rebuild(window);
  }

 private:
  // The table is closed when its indexes and foreign keys are as they were.
  void finish_rebuild(const Window& window) {
    if (!rebuild_.finish()) {
      finish_alone();
      return;
    }
    close_.begin_again();
    Streaming again(run_, lane_, task_, close_, unreadable_);
    read_with_care(unreadable_, [&] { again.read_and_write(window, false); });
  }

  // Of a full run that reads what differs only.
  void write_part(const TableTask& some, const SourceRead& look, Transaction& read) {
    if (!std::exchange(prepared_, true)) writers_.prepare_memory();
    writers_.write_rows(some, look, read, false);
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
    const bool direct = may_be_direct && may_load_directly(look);
    writers_.load_directly(direct);
    if (direct) {
      rebuild_.set_aside();
      prepare_for_loading(task_, look, read);
      FencedTransaction target(lane_.target(), run_);
      state::forget_known_rows(lane_.target(), task_.memory.known_id);
      target.commit();
    } else {
      rebuild_.put_back();
      writers_.prepare_memory();
    }
    return writers_.write_rows(task_, look, read, !rebuild_.under_way()) &&
           (close_.finished() || rebuild_.under_way() || finish_alone());
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
    if (again && !writers_.committed()) close_.begin_again();
    const bool in_part = look.window.after || writers_.committed();
    if (in_part && look.window.kind == Window::Kind::whole && look.how.send_watermark) {
      Window all = look.window;
      all.after.reset();
      when_reading(task_,
                   [&] { close_.days_at_source(read.run(statements::count_days_at_source(task_, all, look.how))); });
    }
    look.window.behind = writers_.committed();
    look.how.send_position = task_.in_file_order && look.window.kind != Window::Kind::stamped &&
                             !look.how.one_per_key && !run_.request.overwrite && !repairs(run_.request.mode);
    if (!look.how.send_position) return;
    read.run_script(statements::read_in_file_order());
    writers_.note_progress({run_.observation.next_xid,
                            run_.observation.unfinished,
                            {},
                            look.window.kind == Window::Kind::whole,
                            look.window.from.run_id,
                            task_.table_oid,
                            look.file_node,
                            task_.schema_hash,
                            task_.mapping_hash},
                           look.window.after ? look.window.after->position : RowPosition());
  }

  // An empty target with a unique index takes the rows as they come; a key that appears meanwhile is an error, and then
  // the chunk goes by way of the stage.
  bool may_load_directly(const SourceRead& look) {
    const bool all = look.window.kind == Window::Kind::whole && !look.window.after;
    if (!task_.may_be_loaded() || !all || !task_.arbiter || run_.discarding.contains(task_.title)) return false;
    return !lane_.target().run(statements::target_has_rows(task_)).flag(0, "has_rows");
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
  ChunkWriters writers_;
  IndexRebuild rebuild_;
  bool prepared_ = false;  // the memory
  bool begun_ = false;
};

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
