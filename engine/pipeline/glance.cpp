#include "engine/pipeline/glance.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "engine/capture/idle.hpp"
#include "engine/catalog/fingerprint.hpp"
#include "engine/config/map_print.hpp"
#include "engine/core/error.hpp"
#include "engine/core/fault_point.hpp"
#include "engine/core/fingerprint.hpp"
#include "engine/pipeline/fenced_transaction.hpp"
#include "engine/pipeline/side_by_side.hpp"
#include "engine/pipeline/small_run.hpp"
#include "engine/pipeline/table_writer.hpp"
#include "engine/plan/statements.hpp"
#include "engine/postgres/script.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/state/access.hpp"
#include "engine/state/cursor.hpp"
#include "engine/state/fence.hpp"
#include "engine/state/migrator.hpp"
#include "engine/state/row_history.hpp"
#include "engine/state/run.hpp"
#include "engine/state/views.hpp"
#include "engine/state/watermark.hpp"

namespace engine::pipeline {
namespace {

using postgres::result_with;
using postgres::Session;

constexpr int patience_with_locks_ms = 2'000;
constexpr int patience_while_looking_ms = 20'000;  // a source so large is looked through by the ordinary run
constexpr int idle_timeout_ms = 60'000;            // longer than that, and the lock is gone

std::string print_of_map(const config::TableMap& map) {
  return fingerprint(config::print_of(map) + " " PGTIDE_VERSION);
}

// Statements that set how the rest of the transaction behaves, behind BEGIN.
std::string opening(bool snapshot) {
  postgres::Opening opening;
  opening.snapshot = snapshot;
  opening.lock_timeout_ms = patience_with_locks_ms;
  opening.idle_timeout_ms = idle_timeout_ms;
  return postgres::opening_script(opening) +
         "; SET LOCAL statement_timeout = " + std::to_string(patience_while_looking_ms);
}

class Look {
 public:
  Look(const config::Settings& settings, const plan::Request& request, const RunOptions& options, Observer& observer,
       TwoSessions& sessions)
      : settings_(settings),
        request_(request),
        options_(options),
        observer_(observer),
        scope_{settings.map.name, request.direction()},
        from_(source_of(scope_.direction)),
        to_(target_of(scope_.direction)),
        source_(*sessions.source),
        target_(*sessions.target) {
    for (const auto& table : settings.map.tables)
      if (table.goes(scope_.direction))
        tables_.push_back({plan::title_of(settings.map, table, scope_.direction), &table, false, 0, 0});
  }

  std::set<std::string> quiet;  // once the source was looked at
  std::int64_t taken_id() const { return sight_.run_id; }

  RunSummary finish() {
    read_state();
    look_at_source();
    if (capture::why_not_idle(sight_.known, looked_, glimpses_).empty()) return write_end();
    return copy_news();
  }

 private:
  std::vector<std::string> titles() const {
    std::vector<std::string> titles;
    for (const auto& table : tables_) titles.push_back(table.title);
    return titles;
  }

  // The lock first; it is held until the end. What is locked of the tables is given back at once.
  std::string state_script() const {
    std::vector<std::pair<std::string, QualifiedName>> targets;
    for (const auto& table : tables_) targets.emplace_back(table.title, table.table->at(to_));
    std::vector<std::string> script = {opening(false),
                                       state::try_lock_statement(scope_),
                                       state::try_fence_statement(scope_),
                                       state::version_statement(),
                                       state::unrest_statement(scope_, titles()),
                                       state::glance_statement(scope_),
                                       state::glanced_tables_statement(scope_),
                                       state::cursors_statement(scope_),
                                       state::source_statement(scope_),
                                       state::remembered_statement(scope_),
                                       state::known_since_statement(scope_),
                                       state::other_maps_statement(scope_),
                                       state::is_view_there(scope_.direction, settings_.map.at(to_).schema),
                                       capture::sighting_statement(std::nullopt),
                                       catalog::fingerprint_statement()};
    if (scope_.direction == Direction::forward) {
      script.emplace_back("SAVEPOINT pgtide_part");
      script.push_back(plan::statements::glance_at_targets(targets));
      // released, so that nothing that follows belongs to a subtransaction: rows would have its id, not ours
      script.emplace_back("ROLLBACK TO SAVEPOINT pgtide_part; RELEASE SAVEPOINT pgtide_part");
    }
    return joined(script, "; ");
  }

  void read_state() {
    started_ = std::chrono::steady_clock::now();
    const auto results = target_.run_script(state_script());
    const auto seen = [&](const char* column) -> const postgres::Result& { return result_with(results, column); };
    expect(seen("mine").flag(0, "mine") && seen("nobody_writes").flag(0, "nobody_writes"));
    expect(is_current(results));
    const auto& unrest = seen("unrest");
    expect(unrest.text(0, "unrest").empty());
    began_ = unrest.text(0, "began");
    target_database_ = capture::sighting_of(seen("system_identifier"), std::nullopt).identity.database();
    expect(unrest.cell(0, "home") == target_database_);
    expect(seen("view_is_there").flag(0, "view_is_there"));

    const auto left = state::glance_of(seen("map_print"), seen("glanced_table"));
    expect(left.has_value());
    glance_ = *left;
    expect(glance_.map_print == print_of_map(settings_.map));
    expect(glance_.target_print == fingerprint(seen("print").text(0, "print") + seen("others").text(0, "others")));

    known_ = state::source_of_state(seen("anchor_token"));
    expect(known_.has_value());
    const auto cursors = state::cursors_of(seen("mapping_hash"));
    std::set<std::string> remembered;
    const auto& known = seen("known_title");
    for (std::size_t i = 0; i < known.size(); ++i) {
      const auto table = std::ranges::find(tables_, known.text(i, "known_title"), &Sight::Table::title);
      if (table == tables_.end()) continue;  // of a table that left the map
      table->has_settled = known.flag(i, "has_settled");
      table->packs = known.number(i, "packs");
      table->target_oid = known.number(i, "known_oid");
      if (table->has_settled || table->packs > 0) remembered.insert(table->title);
    }
    sight_.known_since = state::known_since_of(seen("known_since"));
    if (scope_.direction == Direction::forward) {
      const auto emptied = postgres::rows_with(results, "emptied");
      for (std::size_t i = 0; i < emptied.size(); ++i) expect(!remembered.contains(emptied.text(i, "emptied")));
    }
    expect(glance_.tables.size() == tables_.size());
    for (const auto& table : tables_) {
      expect(cursors.contains(table.title) && glance_.tables.contains(table.title));
      capture::TableGlimpse glimpse;
      glimpse.title = table.title;
      glimpse.cursor = cursors.at(table.title);
      glimpse.has_known = remembered.contains(table.title);
      glimpse.guarded = scope_.direction == Direction::forward;
      glimpse.counted = glance_.tables.at(table.title).counted;
      glimpses_.push_back(std::move(glimpse));
    }
  }

  static bool is_current(const std::vector<postgres::Result>& results) {
    const auto& version = result_with(results, "state_version");
    return version.number(0, "state_version") == state::known_version() && !version.cell(0, "state_missing");
  }

  // Where a mark was left the last time one is left again, unless nothing at all was written.
  bool leaves_mark() const { return !known_->anchor.token.empty() && !known_->identity.in_recovery; }

  std::string source_script() {
    std::vector<plan::statements::GlancedSource> tables;
    for (std::size_t i = 0; i < tables_.size(); ++i)
      tables.push_back({tables_[i].title, tables_[i].table->at(from_), glimpses_[i].cursor, glimpses_[i].counted,
                        glance_.tables.at(tables_[i].title).reads});
    std::vector<std::string> script = {"BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY",
                                       capture::observation_statement(),
                                       "COMMIT",
                                       opening(true),
                                       capture::snapshot_statement(false),
                                       capture::sighting_statement(known_),
                                       catalog::fingerprint_statement(),
                                       plan::statements::glance_at(tables)};
    const bool has_token = !known_->anchor.token.empty();
    if (has_token) script.push_back(capture::token_statement(known_->anchor.token));
    if (leaves_mark()) {
      script.push_back(state::version_statement());
      script.emplace_back("SELECT string_agg(database, ', ') AS home FROM pgtide.home");
    }
    script.emplace_back("COMMIT");
    if (leaves_mark()) {
      token_ = random_token();
      const auto next = glimpses_.front().cursor.next_xid;
      const bool somewhere = capture::anything_written(glimpses_, next);  // the cursors differ
      script.push_back(capture::anchor_script(scope_.map, scope_.direction, target_database_, token_, *known_,
                                              somewhere ? 0 : next));
    }
    return joined(script, "; ");
  }

  void look_at_source() {
    const auto results = source_.run_script(source_script());
    const auto seen = [&](const char* column) -> const postgres::Result& { return result_with(results, column); };
    looked_.observation = capture::observation_of(seen("unfinished"));
    const capture::Snapshot snapshot = capture::snapshot_of(seen("id"));
    looked_.next_xid = snapshot.next_xid;
    looked_.server = snapshot.server;
    const capture::Sighting sighting = capture::sighting_of(seen("system_identifier"), known_);
    looked_.identity = sighting.identity;
    looked_.marks = sighting.marks;
    if (!known_->anchor.token.empty())
      looked_.marks.token =
          seen("token").flag(0, "token") ? capture::MarkFinding::Token::present : capture::MarkFinding::Token::gone;
    if (leaves_mark()) {
      const auto& home = seen("home").cell(0, "home");
      expect(is_current(results) && (!home || *home == looked_.identity.database()));
      if (const auto& anchor = seen("anchor_xid"); !anchor.empty()) looked_.anchor_xid = anchor.number(0, "anchor_xid");
    }
    expect(looked_.identity.database() != target_database_);
    expect(glance_.source_print == fingerprint(seen("print").text(0, "print")));
    const auto tables = postgres::rows_with(results, "glanced");
    for (std::size_t i = 0; i < tables.size(); ++i) {
      const auto glimpse = std::ranges::find(glimpses_, tables.text(i, "glanced"), &capture::TableGlimpse::title);
      glimpse->fresh = tables.flag(i, "fresh");
      glimpse->has_rows = tables.flag(i, "has_rows");
      glimpse->read_counts = tables.text(i, "read_counts");
      const bool emptied = glimpse->guarded && !glimpse->has_rows && glimpse->has_known;
      if (!glimpse->fresh && !glimpse->counted && !emptied) quiet.insert(glimpse->title);
    }
    sight_.observation = looked_.observation;
    expect(capture::why_not_known(known_, looked_, glimpses_).empty());
    expect(!options_.stop.stop_requested());
  }

  // Where the new rows of some tables are all that there is to do.
  RunSummary copy_news() {
    const auto as_usual = [&](const capture::TableGlimpse& table) {
      return table.fresh || !table.counted || table.read_counts == table.cursor.read_counts;
    };
    expect(leaves_mark() && std::ranges::all_of(glimpses_, as_usual) &&
           std::ranges::any_of(glimpses_, &capture::TableGlimpse::fresh));
    postgres::Transaction write(target_);
    const auto done = copy_few_rows(settings_, request_, options_, observer_, scope_, sight_, source_, write);
    expect(!options_.stop.stop_requested());
    fault_point(FaultPoint::table_merged);
    const auto results = commit(write, done.end + "; " + state::watermarks_statement(scope_));
    fault_point(FaultPoint::table_committed);
    return summary_of(results, done.outcomes);
  }

  std::int64_t elapsed_ms() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started_).count();
  }

  std::vector<postgres::Result> commit(postgres::Transaction& write, const std::string& script) {
    try {
      return write.run_script(script + "; COMMIT");
    } catch (const Error&) {
      const bool surely_not = target_.is_open() && target_.in_transaction();
      if (!surely_not) sight_.run_id = 0;
      throw;
    }
  }

  RunSummary write_end() {
    fault_point(FaultPoint::glance_taken);
    const auto shared_ms = elapsed_ms() / static_cast<std::int64_t>(tables_.size());
    std::string script =
        state::idle_run_script(scope_, {request_.mode, began_, looked_.observation.observed_at, titles(), shared_ms,
                                        source_.round_trips() + target_.round_trips() + 1});
    if (capture::anything_written(glimpses_, looked_.next_xid)) {
      const capture::KnownSource marked{looked_.identity, {token_, *looked_.anchor_xid}, {}};
      script +=
          "; " + state::store_source_statement(scope_, marked) + "; " +
          state::move_cursors_statement(scope_, titles(), capture::next_xid_behind(looked_),
                                        state::xid_array(looked_.observation.unfinished), state::newest_run(scope_));
    }
    script += "; " + state::watermarks_statement(scope_) + "; COMMIT";
    const auto results = target_.run_script(script);
    std::map<std::string, TableOutcome> outcomes;
    for (const auto& table : tables_) outcomes[table.title].seconds = static_cast<double>(shared_ms) / 1000;
    return summary_of(results, outcomes);
  }

  // `outcomes`: what is known of the tables beside what the state says now.
  RunSummary summary_of(const std::vector<postgres::Result>& results,
                        const std::map<std::string, TableOutcome>& outcomes) {
    RunSummary summary;
    const auto& run = result_with(results, "run_id");
    summary.run_id = run.number(0, "run_id");
    summary.map = scope_.map;
    summary.mode = request_.mode;
    summary.status = status_name(0);
    summary.started_at = began_;
    summary.finished_at = run.text(0, "finished");
    for (const auto& warning : glance_.warnings) observer_.warning("", warning);
    std::map<std::string, state::WatermarkRow> rows;
    for (auto& row : state::watermarks_of(result_with(results, "last_sync_timestamp"))) rows.emplace(row.table, row);
    for (const auto& table : tables_) {
      const auto known = outcomes.find(table.title);
      TableOutcome outcome = known == outcomes.end() ? TableOutcome() : known->second;
      outcome.table = table.title;
      outcome.status = "ok";
      const auto& row = rows.at(table.title);
      outcome.last_sync_timestamp = row.last_sync_timestamp;
      outcome.guarantee = row.guarantee;
      outcome.guarantee_why = row.guarantee_why.value_or("");
      outcome.note = row.note.value_or("");
      outcome.stamped_until = row.stamped_until.value_or("");
      observer_.table_started(table.title, -1);
      observer_.table_finished(outcome);
      summary.tables.push_back(std::move(outcome));
    }
    fault_point(FaultPoint::run_closed);
    return summary;
  }

  const config::Settings& settings_;
  const plan::Request& request_;
  const RunOptions& options_;
  Observer& observer_;
  const state::Scope scope_;
  const Place from_, to_;
  Session& source_;
  Session& target_;
  Sight sight_;
  std::vector<Sight::Table>& tables_ = sight_.tables;
  std::vector<capture::TableGlimpse>& glimpses_ = sight_.glimpses;
  std::optional<capture::KnownSource>& known_ = sight_.known;
  std::chrono::steady_clock::time_point started_;
  std::string& began_ = sight_.began;
  std::string& target_database_ = sight_.target_database;
  state::Glance glance_;
  capture::SourceGlimpse looked_;
  std::string token_;
};

// Whatever it asks for beside the usual needs a plan of its own.
bool may_be_glanced_at(const plan::Request& request, const RunOptions& options) {
  const char* const wanted = std::getenv("PGTIDE_GLANCE");  // for tests that compare it with the ordinary run
  if (wanted && std::string_view(wanted) == "off") return false;
  return (request.mode == Mode::incremental || request.mode == Mode::reverse) && request.only.empty() &&
         !request.overwrite && !request.whole && !request.days && request.columns.empty() && options.past_fuse.empty();
}

// The lock is given back before the ordinary run asks for it.
void end_transaction(std::unique_ptr<Session>& session) {
  try {
    if (session->is_open() && session->in_transaction()) session->run_script("ROLLBACK");
    if (session->is_open()) return;
  } catch (const Error&) {
  }
  session.reset();
}

}  // namespace

TwoSessions connect_both(const config::Settings& settings, Direction direction, const std::stop_token& stop) {
  const Place from = source_of(direction), to = target_of(direction);
  TwoSessions sessions;
  side_by_side([&] { sessions.target = std::make_unique<Session>(settings.url(to), to); },
               [&] { sessions.source = std::make_unique<Session>(settings.url(from), from, stop); });
  return sessions;
}

Glanced finish_at_a_glance(const config::Settings& settings, const plan::Request& request, const RunOptions& options,
                           Observer& observer, TwoSessions& sessions) {
  const auto goes = [&](const config::Table& table) { return table.goes(request.direction()); };
  if (!may_be_glanced_at(request, options) || std::ranges::none_of(settings.map.tables, goes)) return {};
  Look look(settings, request, options, observer, sessions);
  try {
    return {look.finish(), {}, 0};
  } catch (const NotAsUsual&) {
  } catch (const TableWriter::NeedsMemory&) {
  } catch (const Error&) {
  }
  end_transaction(sessions.target);
  end_transaction(sessions.source);
  return {std::nullopt, look.quiet, look.taken_id()};
}

std::optional<Prints> take_prints(Session& source, Session& target, const state::Scope& scope) try {
  const std::string statement = catalog::fingerprint_statement();
  std::string at_source, in_target;
  side_by_side([&] { at_source = source.run(statement).text(0, "print"); },
               [&] {
                 const bool has_state = state::sight_of(target, "known_table") == state::Sight::visible;
                 in_target = target.run(statement).text(0, "print") +
                             (has_state ? target.run(state::other_maps_statement(scope)).text(0, "others")
                                        : std::string(state::no_other_maps));
               });
  return Prints{fingerprint(at_source), fingerprint(in_target)};
} catch (const Error& error) {  // a state of an older version, say; the run does not need them
  if (error.code() == ErrorCode::unavailable || error.code() == ErrorCode::interrupted) throw;
  return std::nullopt;
}

std::optional<state::Glance> to_leave_behind(const RunContext& run, const std::optional<Prints>& prints) {
  const plan::Plan& plan = run.plan;
  const bool simple = prints && run.request.only.empty() && !repairs(run.request.mode) && plan.refusals.empty() &&
                      plan.blocked.empty() && plan.problems.empty();
  if (!simple) return std::nullopt;
  state::Glance glance{print_of_map(run.settings.map), prints->source, prints->target, plan.warnings, {}};
  for (const auto& task : plan.tasks) {
    // what is read by the clock, or looks different without a trace, is read by the ordinary run
    if (!task.has_xmin || task.exact_every > 0 || !task.facts.restless.empty() || !task.facts.countable)
      return std::nullopt;
    glance.tables[task.title] = {!task.whole_why.empty(), task.facts.reads};
  }
  for (const auto& table : run.settings.map.tables)  // whether they are large changes with their rows
    if (table.large && table.goes(run.scope.direction)) return std::nullopt;
  return glance;
}

}  // namespace engine::pipeline
