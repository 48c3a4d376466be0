#include "engine/pipeline/table_close.hpp"

#include <algorithm>
#include <utility>

#include "engine/core/error.hpp"
#include "engine/plan/repair.hpp"
#include "engine/state/conflict.hpp"
#include "engine/state/cursor.hpp"
#include "engine/state/event.hpp"
#include "engine/state/known_rows.hpp"
#include "engine/state/progress.hpp"
#include "engine/state/quarantine.hpp"
#include "engine/state/run.hpp"
#include "engine/state/watermark.hpp"

namespace engine::pipeline {

namespace statements = plan::statements;

TableClose::TableClose(const RunContext& run, const plan::TableTask& task, RoundTrips round_trips)
    : run_(run),
      task_(task),
      started_(std::chrono::steady_clock::now()),
      round_trips_(std::move(round_trips)),
      round_trips_before_(round_trips_()) {
  outcome_.table = task.title;
  outcome_.guarantee = task.guarantee;
}

void TableClose::looked(const SourceRead& look) {
  look_ = look;
  looked_ = true;
}

void TableClose::days_at_source(const postgres::Result& days, bool without_those_of_chunks) {
  const Days left = std::exchange(days_, {});
  days_.add(days);
  if (without_those_of_chunks) days_.take_off(left);
  days_are_known_ = true;
}

void TableClose::guard_by_limit(const Written& pending) const {
  constexpr std::int64_t never_below = 100;
  const auto held = newly_held_ + pending.newly_held;
  const auto read = outcome_.counts.read + pending.counts.read;
  if (held < never_below || static_cast<double>(held) <= task_.quarantine.limit * static_cast<double>(read)) return;
  if (run_.past_fuse.contains(task_.title)) return;
  throw Error(ErrorCode::fuse,
              std::to_string(held) + " of the " + std::to_string(read) +
                  " rows that were read so far do not fit into the target; the table was stopped",
              "see what they have in common: pgtide plan, or --table " + task_.title + " with --past-fuse " +
                  task_.title +
                  " once, and then pgtide quarantine list. quarantine: {limit: ...} "
                  "in the map sets another limit");
}

void TableClose::advance(postgres::Transaction& write, const capture::Progress& progress, Written& pending) {
  Counts total = outcome_.counts;
  total += pending.counts;
  state::store_progress(write.session(), run_.scope, task_.title, {progress, run_.run_id, total});
  if (saw_everything()) return;  // they are counted at the end
  state::record_coverage(write.session(), run_.scope, task_.title, pending.days.rows, false);
  state::note_covered(write.session(), run_.scope, task_.title, std::nullopt);
  pending.days.rows.clear();
}

bool TableClose::saw_everything() const { return looked_ && look_.window.kind == plan::Window::Kind::whole; }

// Not only those behind the place where the last run broke off.
bool TableClose::read_all_rows() const { return saw_everything() && !look_.window.after; }

// Twins with other contents wait too: there is but one place for them.
void TableClose::hold_twins(postgres::Session& session) {
  const auto held =
      state::hold_rows(session, run_.scope, task_.title, run_.run_id, task_.quarantine.tries, look_.differing);
  newly_held_ += held.fresh;
  differing_.quarantined = held.fresh + held.again;
  differing_.skipped = look_.twins - differing_.quarantined;
  differing_.read = look_.twins;
}

std::string TableClose::status_of(const Counts& total, std::int64_t decided) const {
  return total.conflicted - decided + total.quarantined + waiting_ > 0 ? "attention" : "ok";
}

bool TableClose::was_quick() const { return looked_ && plan::is_quick(task_, look_.window); }

// Where the next run goes on. A quick pass leaves the ids where they are: the next exact one has all rows since the
// last exact one to look for.
capture::Cursor TableClose::next_cursor(const std::optional<capture::Cursor>& before) const {
  capture::Cursor cursor;
  if (was_quick()) {
    cursor = *before;
  } else {
    cursor.next_xid = run_.observation.next_xid;
    cursor.unfinished = run_.observation.unfinished;
    cursor.table_oid = task_.table_oid;
    cursor.schema_hash = task_.schema_hash;
    cursor.mapping_hash = task_.mapping_hash;
    cursor.read_counts = looked_ ? look_.read_counts : before ? before->read_counts : "{}";
  }
  cursor.stamp = capture::stamp_to_go_on_from(run_.observation.stamps, before);
  if (cursor.stamp.empty() && was_quick()) cursor.stamp = before->stamp;
  cursor.run_id = run_.run_id;
  return cursor;
}

std::string TableClose::guarantee_why() const {
  const bool by_stamp =
      !task_.stamps.empty() && (task_.exact_every > 0 || (!task_.has_xmin && task_.whole_why.empty()));
  return by_stamp && run_.observation.stamps.hidden
             ? task_.guarantee_why +
                   "; transactions of other roles cannot be seen there, and rows that they commit late may be missed "
                   "until then: GRANT pg_read_all_stats to this role"
             : task_.guarantee_why;
}

void TableClose::move_sequences(postgres::Transaction& write, const Counts& total) {
  if (total.inserted == 0 && !saw_everything()) return;
  for (const auto& moved : task_.sequences) {
    const auto asked = write.run(statements::may_move_sequence(moved));
    if (asked.flag(0, "permitted")) {
      write.later(statements::move_sequence(task_, moved));
    } else {
      run_.observer.warning(task_.title, "sequence " + moved.sequence +
                                             " cannot be moved past the copied numbers; on the " +
                                             std::string(name_of(target_of(task_.direction))) +
                                             " an administrator runs: GRANT SELECT, UPDATE ON SEQUENCE " +
                                             moved.sequence + " TO " + asked.text(0, "role") + ";");
    }
  }
}

// Of a table that was begun again the rows that were committed before came once more, and were found as they should be.
Counts TableClose::with_earlier(Counts total) const {
  const auto again = std::min(total.unchanged, before_.inserted + before_.updated);
  const auto inserted = std::min(again, before_.inserted);
  total.unchanged -= again;
  total.inserted += inserted;
  total.updated += again - inserted;
  return total;
}

void TableClose::begin_again() {
  before_ += outcome_.counts;
  outcome_.counts = {};
  days_ = {};
  days_are_known_ = days_stay_ = false;
  decided_ = newly_held_ = 0;
}

void TableClose::cover(postgres::Session& session, const Days& days, const Counts& total) {
  if (days_stay_) return state::confirm_coverage(session, run_.scope, task_.title);
  state::record_coverage(session, run_.scope, task_.title, days.rows, saw_everything());
  const bool each_once = read_all_rows() && look_.twins == 0 && look_.unreadable.read == 0;
  if (each_once || total.read > 0)
    state::note_covered(session, run_.scope, task_.title, each_once ? std::optional(total.read) : std::nullopt);
}

// Where the next run goes on, and what people see of the table.
void TableClose::go_on(postgres::Session& session, const Days& days, const Counts& total) {
  const auto before = run_.cursor_of(task_);
  const capture::Cursor cursor = next_cursor(before);
  state::store_cursor(session, run_.scope, task_.title, cursor, before ? before->run_id : 0, !was_quick());
  state::forget_progress(session, run_.scope, task_.title);
  state::mark_completed(session, run_.scope, task_.title,
                        {run_.observation.observed_at, days.newest, task_.guarantee, guarantee_why(), task_.note(),
                         was_quick() ? std::optional(cursor.stamp) : std::nullopt});
  cover(session, days, total);
  if (task_.memory.adopting && saw_everything()) state::mark_adopted(session, task_.memory.known_id);
  if (run_.waiting.contains(task_.title))
    state::close_conflicts(session, run_.scope, task_.title, run_.run_id, task_.removes_deleted());
  if (looked_ && run_.held_of(task_) > 0)
    state::close_quarantine(session, run_.scope, task_.title, run_.run_id, read_all_rows());
}

// After a repair the next run goes on where it would have gone on without it.
void TableClose::stay(postgres::Session& session, const Days& days) {
  if (run_.request.days) {
    const auto& [since, until] = *run_.request.days;
    state::set_coverage(session, run_.scope, task_.title, days.rows, since, until);
    state::note_covered(session, run_.scope, task_.title, std::nullopt);
    if (days.newest) state::note_newest_row(session, run_.scope, task_.title, *days.newest);
    return;
  }
  const auto before = run_.cursor_of(task_);
  if (before && plan::only_filled_is_new(task_, *before))
    state::accept_hashes(session, run_.scope, task_.title, *before, task_.schema_hash, task_.mapping_hash);
  else
    run_.observer.warning(task_.title,
                          "more than this column changed in the map or the tables since the last run: the next "
                          "incremental run compares the table whole");
}

void TableClose::finish(postgres::Transaction& write, const Written* pending) {
  Counts total = outcome_.counts;
  Days days = days_;
  if (pending) total += pending->counts;
  if (pending && !days_are_known_) days.add(pending->days);
  postgres::Session& session = write.session();
  hold_twins(session);
  total += differing_;
  total = with_earlier(total);
  total += look_.unreadable;
  if (!total.add_up())
    throw Error(ErrorCode::internal,
                "rows of table " + task_.title + " are unaccounted for; nothing of this chunk was committed");

  move_sequences(write, total);
  if (repairs(run_.request.mode))
    stay(session, days);
  else
    go_on(session, days, total);
  // those about deletes are looked at behind all tables
  const bool deletes_follow = run_.request.mode == Mode::full && task_.deletes != config::DeletePolicy::ignore;
  if (run_.held_of(task_) > 0 || run_.waiting.contains(task_.title))
    waiting_ = state::count_waiting_rows(session, run_.scope, {task_.title}) +
               state::count_open_conflicts(session, run_.scope, {task_.title}, deletes_follow);
  const auto elapsed = std::chrono::steady_clock::now() - started_;
  const std::string status = status_of(total, decided_ + (pending ? pending->decided : 0));
  state::record_table_run(
      session, run_.run_id,
      {task_.title, status, total, std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count(),
       round_trips_() - round_trips_before_ + 1, "", "", ""});  // with the COMMIT
  if (total.inserted + total.updated + total.conflicted + total.quarantined + total.deleted > 0)
    state::record_event(session,
                        {run_.run_id, task_.title, "table_finished", status,
                         std::to_string(total.inserted) + " inserted, " + std::to_string(total.updated) + " updated, " +
                             std::to_string(total.deleted) + " removed, " + std::to_string(total.conflicted) +
                             " in conflict, " + std::to_string(total.quarantined) + " in quarantine",
                         ""});
}

void TableClose::committed(const Written& written, bool last) {
  outcome_.counts += written.counts;
  decided_ += written.decided;
  newly_held_ += written.newly_held;
  if (!days_are_known_) days_.add(written.days);
  if (!last) return;
  run_.steps_forward += 1;
  outcome_.counts += differing_;
  outcome_.counts = with_earlier(outcome_.counts);
  outcome_.counts += look_.unreadable;
  outcome_.status = status_of(outcome_.counts, decided_);
  finished_ = true;
  if (outcome_.counts.quarantined > 0)
    run_.observer.warning(task_.title,
                          "rows held back because they do not fit: " + std::to_string(outcome_.counts.quarantined) +
                              " (pgtide quarantine list --table " + task_.title + " says why)");
  if (const auto left = outcome_.counts.skipped - differing_.skipped - look_.unreadable.skipped;
      left > 0 && task_.fills_columns)
    run_.observer.warning(task_.title, "rows that were not filled: " + std::to_string(left) +
                                           ". The cloud does not have them, or has changed them, or they are its own; "
                                           "the next runs treat them as always");
  else if (left > 0)
    run_.observer.warning(
        task_.title,
        task_.direction == Direction::forward
            ? "rows left as they are because only the cloud changed or deleted them: " + std::to_string(left) +
                  " (pgtide sync full --overwrite --table " + task_.title + " writes the desktop's)"
            : "rows of the cloud that are left out, because the desktop has them already or has deleted them: " +
                  std::to_string(left) + " (reverse only inserts)");
}

void TableClose::failed(const Error& error) {
  outcome_.counts += before_;
  outcome_.code = error.code();
  outcome_.error = error.what();
  outcome_.hint = error.hint();
  outcome_.retryable = error.retryable();
  outcome_.interrupted = error.code() == ErrorCode::interrupted;
  outcome_.status = error.code() == ErrorCode::fuse      ? "fuse"
                    : error.code() == ErrorCode::refused ? "refused"
                                                         : "failed";
}

const TableOutcome& TableClose::outcome() {
  outcome_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  return outcome_;
}

}  // namespace engine::pipeline
