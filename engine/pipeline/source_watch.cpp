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

SourceWatch::SourceWatch(const config::Settings& settings, const state::Scope& scope, std::stop_token stop)
    : settings_(settings),
      scope_(scope),
      place_(source_of(scope.direction)),
      session_(settings.url(place_), place_, stop),
      snapshot_session_(settings.url(place_), place_, stop) {}

void SourceWatch::settle() {
  if (state::installed_version(session_) < state::known_version()) return;
  state::settle_home(session_, capture::look_at(session_, std::nullopt).identity.database());
  state::settle_known_rows(session_, {scope_.map, opposite_of(scope_.direction)});
}

void SourceWatch::take_snapshot(RunContext& run) {
  if (capture::look_at(session_, std::nullopt).identity.in_recovery)
    throw Error(ErrorCode::refused,
                "the source is a standby: a mark must be left there, which a standby does not allow",
                "use the address of the primary");
  run.observation = capture::observe(session_);
  postgres::Opening opening;
  opening.snapshot = true;
  snapshot_ = std::make_unique<Transaction>(snapshot_session_, opening);
  run.snapshot = capture::take_snapshot(*snapshot_);
  if (run.snapshot.server_start != run.observation.server_start)
    throw Error(ErrorCode::unavailable,
                "the source changed between two looks: it restarted, or its address leads to several servers",
                "run again; if it stays so, use the address of one server instead of a load balancer");
}

void SourceWatch::recognise(RunContext& run, Session& target) {
  known_ = state::read_source(target, scope_);
  sighting_ = capture::look_at(session_, known_ ? std::optional(known_->anchor) : std::nullopt);
  const capture::Recognised recognised = capture::recognise(known_, sighting_.identity, sighting_.anchor);
  if (recognised.what == capture::Recognition::other_database)
    throw Error(ErrorCode::refused,
                "the " + std::string(name_of(place_)) + " URL (" + postgres::describe(settings_.url(place_)) +
                    ") leads elsewhere: " + recognised.why,
                "check the URL. If it was really moved, or made anew by a restore: pgtide init --accept-source");
  if (recognised.what == capture::Recognition::gone_back) {
    run.observer.warning("", recognised.why + ": every table is compared whole");
    state::record_event(target, {run.run_id, "", "source_gone_back", "warning", recognised.why, ""});
  }
  run.trusted = recognised.what == capture::Recognition::same;
}

void SourceWatch::leave_anchor(RunContext& run, Session& target) {
  const auto target_identity = capture::look_at(target, std::nullopt).identity;
  const auto anchor = capture::leave_anchor(session_, scope_.map, scope_.direction, target_identity.database(),
                                            known_ ? std::optional(known_->anchor) : std::nullopt);
  // If the anchor's is the only id since, it wrote nothing but the anchor: else an idle pair would never look idle.
  if (run.observation.next_xid == run.snapshot.next_xid && run.snapshot.next_xid == anchor.xid)
    run.observation.next_xid += 1;
  // Together: tables that this run does not reach must not go on from ids that mean nothing any more.
  fault_point(FaultPoint::anchor_left);
  FencedTransaction write(target, run);
  if (!run.trusted) state::distrust_cursors(target, scope_);
  state::store_source(target, scope_, {sighting_.identity, anchor});
  write.commit();
}

}  // namespace engine::pipeline
