#include "engine/pipeline/source_watch.hpp"

#include "engine/core/error.hpp"
#include "engine/core/fault_point.hpp"
#include "engine/pipeline/fenced_transaction.hpp"
#include "engine/state/cursor.hpp"
#include "engine/state/event.hpp"
#include "engine/state/known_rows.hpp"
#include "engine/state/migrator.hpp"

namespace engine::pipeline {

using postgres::Session;
using postgres::Transaction;

namespace {

// If the ids of the marks are the only ones since, nothing but marks was written: then they count as seen, else an idle
// pair would never look idle.
bool nothing_else_since(const RunContext& run, capture::Xid first) {
  return run.observation.next_xid == run.snapshot.next_xid && run.snapshot.next_xid == first;
}

}  // namespace

SourceWatch::SourceWatch(const config::Settings& settings, const state::Scope& scope, std::stop_token stop,
                         std::unique_ptr<Session> session)
    : settings_(settings),
      scope_(scope),
      place_(source_of(scope.direction)),
      session_(session ? std::move(session) : std::make_unique<Session>(settings.url(place_), place_, stop)),
      snapshot_session_(settings.url(place_), place_, stop),
      access_(state::access(*session_)) {}

void SourceWatch::settle() {
  if (!may_write() || state::installed_version(*session_) < state::known_version()) return;
  state::settle_home(*session_, capture::identify(*session_).database());
  state::settle_known_rows(*session_, {scope_.map, opposite_of(scope_.direction)});
}

void SourceWatch::throw_if_another_server(const RunContext& run, const capture::Server& server) const {
  if (server == run.observation.server) return;
  throw Error(
      ErrorCode::unavailable,
      "the source changed between two looks: it restarted, was promoted, or its address leads to several servers",
      "run again; if it stays so, use the address of one server instead of a load balancer")
      .retryable(true);
}

void SourceWatch::take_snapshot(RunContext& run) {
  run.observation = capture::observe(*session_);
  postgres::Opening opening;
  opening.snapshot = true;
  snapshot_ = std::make_unique<Transaction>(snapshot_session_, opening);
  run.snapshot = capture::take_snapshot(*snapshot_);
  snapshot_id_ = run.snapshot.id;
  throw_if_another_server(run, run.snapshot.server);
}

Session* SourceWatch::only_reader() { return snapshot_id_.empty() ? &snapshot_session_ : nullptr; }

SourceView SourceWatch::view() {
  Session* const only = only_reader();
  return {only ? *only : *session_, opening_on(snapshot_id_)};
}

void SourceWatch::recognise(RunContext& run, Session& target) {
  known_ = state::read_source(target, scope_);
  const capture::Sighting sighting = capture::look_at(*session_, known_);
  identity_ = sighting.identity;
  throw_if_another_server(run, identity_.server());
  const capture::Recognised recognised = capture::recognise(known_, identity_, sighting.marks);
  if (recognised.what == capture::Recognition::other_database)
    throw Error(ErrorCode::refused,
                "the " + std::string(name_of(place_)) + " URL (" + postgres::describe(settings_.url(place_)) +
                    ") leads elsewhere: " + recognised.why,
                "check the URL. If it was really moved, or made anew by a restore: pgtide init --accept-source");
  // (a repair refuses its tables then)
  if (recognised.what == capture::Recognition::gone_back && !repairs(run.request.mode)) {
    run.observer.warning("", recognised.why + ": every table is compared whole");
    state::record_event(target, {run.run_id, "", "source_gone_back", "warning", recognised.why, ""});
  }
  run.trusted = recognised.what == capture::Recognition::same;
}

capture::KnownSource SourceWatch::mark(RunContext& run, Session& target) {
  if (identity_.in_recovery) {
    // No mark can be left in a standby, but what was left in its primary is there. `identity_` was read after the
    // snapshot: whoever shows less of the history has not seen all that this run reads.
    if (known_ && run.trusted && (!known_->anchor.token.empty() || !known_->outcomes.empty()))
      return {identity_, known_->anchor, known_->outcomes};
    return {identity_, {"", identity_.xmax - 1}, {}};
  }
  if (!may_write()) {
    const auto outcomes = capture::take_outcomes(*session_);
    const capture::Xid first = outcomes.front().xid, next = outcomes.back().xid + 1;
    const bool in_a_row = next - first == static_cast<capture::Xid>(outcomes.size());
    // nobody else may get them after a crash
    if (in_a_row && nothing_else_since(run, first) && capture::wait_until_flushed(*session_))
      run.observation.next_xid = next;
    return {identity_, {}, outcomes};
  }
  const auto anchor =
      capture::leave_anchor(*session_, scope_.map, scope_.direction, capture::identify(target).database(),
                            known_ && run.trusted ? known_->anchor.token : "");
  if (nothing_else_since(run, anchor.xid)) run.observation.next_xid = anchor.xid + 1;
  return {identity_, anchor, {}};
}

void SourceWatch::leave_mark(RunContext& run, Session& target) {
  const capture::KnownSource marked = mark(run, target);
  // Together: tables that this run does not reach must not go on from ids that mean nothing any more.
  fault_point(FaultPoint::anchor_left);
  FencedTransaction write(target, run);
  if (!run.trusted) state::distrust_cursors(target, scope_);
  state::store_source(target, scope_, marked);
  write.commit();
}

}  // namespace engine::pipeline
