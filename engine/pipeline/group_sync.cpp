#include "engine/pipeline/group_sync.hpp"

#include <memory>

#include "engine/core/error.hpp"
#include "engine/core/fault_point.hpp"
#include "engine/pipeline/equality.hpp"
#include "engine/pipeline/fenced_transaction.hpp"
#include "engine/pipeline/retry.hpp"
#include "engine/pipeline/source_read.hpp"
#include "engine/pipeline/table_start.hpp"
#include "engine/pipeline/table_writer.hpp"
#include "engine/postgres/errors.hpp"
#include "engine/state/known_rows.hpp"

namespace engine::pipeline {
namespace {

using plan::TableTask;
using plan::Window;
using postgres::Transaction;
namespace statements = plan::statements;

// Reading them may take long while the target waits.
constexpr int patience_while_reading_ms = 3'600'000;

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
      SourceRead look = unreadable[i].look(window, read, target.session());
      look.how.all_are_new = task.removes() && task.memory.adopting && !run.request.overwrite &&
                             target.run(statements::target_is_untouched(task)).flag(0, "untouched");
      guard_against_emptied_source(run, task, look, target.session());
      closes[i].looked(look);
      if (look.window.kind == Window::Kind::nothing) continue;
      writers[i] = std::make_unique<TableWriter>(task, look.how, run, target, care);
      writers[i]->hold_elsewhere(look.unreadable_keys);
      RowStream stream(run, task, look, read);
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
  prepare_for_loading(task, look, read);
  state::forget_known_rows(target.session(), task.memory.known_id);
  RowStream stream(run, task, look, read);
  Written written;
  while (const auto chunk = stream.next()) {
    const DirectLoad load(task, *chunk, run.run_id);
    when_staging(task, [&] {
      const Written some = load.written(target.session().run_script(joined(load.statements(), ";"), load.rows()));
      written.counts += some.counts;
      written.days.add(some.days);
    });
    run.observer.table_progress(task.title, written.counts.read, written.counts.bytes);
  }
  close.finish(target, &written);
  target.commit();
  close.committed(written, true);
  return true;
}

}  // namespace

void sync_as_one(const RunContext& run, Lane& lane, const plan::Group& group, std::vector<TableClose>& closes,
                 std::vector<UnreadableRows>& unreadable) {
  if (finish_equal(run, lane, group, closes)) return;
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

}  // namespace engine::pipeline
