#include "engine/pipeline/small_run.hpp"

#include <algorithm>
#include <deque>
#include <memory>

#include "engine/catalog/catalog_reader.hpp"
#include "engine/core/error.hpp"
#include "engine/core/fault_point.hpp"
#include "engine/core/fingerprint.hpp"
#include "engine/pipeline/bandwidth.hpp"
#include "engine/pipeline/expression_probes.hpp"
#include "engine/pipeline/preparation.hpp"
#include "engine/pipeline/recollection.hpp"
#include "engine/pipeline/run_context.hpp"
#include "engine/pipeline/side_by_side.hpp"
#include "engine/pipeline/source_read.hpp"
#include "engine/pipeline/table_close.hpp"
#include "engine/pipeline/table_writer.hpp"
#include "engine/plan/few_rows.hpp"
#include "engine/plan/statements.hpp"
#include "engine/postgres/script.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/state/cursor.hpp"
#include "engine/state/event.hpp"
#include "engine/state/known_rows.hpp"
#include "engine/state/quarantine.hpp"
#include "engine/state/run.hpp"
#include "engine/state/watermark.hpp"

namespace engine::pipeline {
namespace {

using plan::TableTask;
using postgres::result_with;
using postgres::Session;
namespace statements = plan::statements;

constexpr std::size_t most_bytes = 8u << 20;  // of a table: more are for chunks

class Small {
 public:
  Small(const config::Settings& settings, const plan::Request& request, const RunOptions& options, Observer& observer,
        const state::Scope& scope, Sight& sight, Session& source, postgres::Transaction& write)
      : settings_(settings),
        sight_(sight),
        source_(source),
        write_(write),
        target_(write.session()),
        run_{settings, request, scope, options.stop, observer, {}, 0, {}, {}, {}, {}, {}, {}, {}, {}, {}, true, {}} {
    run_.known_since = sight.known_since;
    const Paces paces(settings.map.limits);
    for (Session* session : {&source_, &target_}) session->keep_pace(paces.at(session->place()));
    source_.take_at_most(std::min(most_bytes, largest_chunk(settings.map.limits)));
    for (std::size_t i = 0; i < sight.tables.size(); ++i) {
      run_.cursors.emplace(sight.tables[i].title, sight.glimpses[i].cursor);
      (sight.glimpses[i].fresh ? fresh_ : quiet_).push_back(i);
    }
  }

  SmallRun copy() {
    side_by_side([&] { look_at_target(); }, [&] { look_at_source(); });
    make_plan();
    source_.forget_answers();
    target_.forget_answers();
    read_rows();
    side_by_side([&] { stage_rows(); }, [&] { leave_mark(); });
    return write();
  }

 private:
  // A table with new rows.
  struct Part {
    const TableTask* task = nullptr;
    const Sight::Table* seen = nullptr;
    SourceRead look;
    postgres::Chunk chunk;
    std::unique_ptr<TableWriter> writer;
    std::unique_ptr<TableClose> close;
  };

  std::vector<std::string> titles_of(const std::vector<std::size_t>& tables) const {
    std::vector<std::string> titles;
    for (const auto table : tables) titles.push_back(sight_.tables[table].title);
    return titles;
  }

  std::set<QualifiedName> fresh_tables(Place place) const {
    std::set<QualifiedName> names;
    for (const auto table : fresh_) names.insert(sight_.tables[table].table->at(place));
    return names;
  }

  void look_at_target() {
    std::vector<std::string> oids;
    for (const auto table : fresh_) oids.push_back(std::to_string(sight_.tables[table].target_oid));
    auto asked = catalog::catalog_statements(fresh_tables(target_.place()), oids);
    for (auto& statement : state::removing_maps_statements(run_.scope.map)) asked.push_back(std::move(statement));
    asked.push_back(state::known_tables_statement(run_.scope));
    asked.push_back(state::other_known_tables_statement(run_.scope));
    asked.push_back(state::discarding_tables_statement(run_.scope));
    target_.ask_ahead("", asked);
    target_catalog_ = catalog::read_catalog(target_, fresh_tables(target_.place()));
  }

  // Once more, and this time the transaction stays open: the rows are read in it.
  void look_at_source() {
    std::vector<std::string> oids;
    for (const auto table : fresh_) oids.push_back(std::to_string(sight_.glimpses[table].cursor.table_oid));
    auto asked = catalog::catalog_statements(fresh_tables(source_.place()), oids);
    asked.push_back(state::known_tables_statement({run_.scope.map, opposite_of(run_.scope.direction)}));
    postgres::Opening opening;
    opening.snapshot = true;
    opening.lock_timeout_ms = 2'000;
    opening.idle_timeout_ms = 60'000;
    const auto results = source_.ask_ahead(
        joined({"BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY", capture::observation_statement(), "COMMIT",
                postgres::opening_script(opening), capture::snapshot_statement(false),
                capture::sighting_statement(sight_.known), capture::token_statement(sight_.known->anchor.token)},
               "; "),
        asked);
    looked_.observation = run_.observation = capture::observation_of(result_with(results, "unfinished"));
    run_.snapshot = capture::snapshot_of(result_with(results, "id"));
    looked_.next_xid = run_.snapshot.next_xid;
    looked_.server = run_.snapshot.server;
    const capture::Sighting sighting = capture::sighting_of(result_with(results, "system_identifier"), sight_.known);
    looked_.identity = sighting.identity;
    looked_.marks = sighting.marks;
    looked_.marks.token = result_with(results, "token").flag(0, "token") ? capture::MarkFinding::Token::present
                                                                         : capture::MarkFinding::Token::gone;
    expect(capture::why_not_known(sight_.known, looked_, sight_.glimpses).empty());
    source_catalog_ = catalog::read_catalog(source_, fresh_tables(source_.place()));
  }

  // Of the tables with new rows only.
  void make_plan() {
    plan::Request request = run_.request;
    request.only = titles_of(fresh_);
    const auto indexes = plan::selected(settings_.map, request);
    const auto facts =
        look_at_expressions({source_, opening_on("")}, settings_.map, indexes, run_.scope.direction, source_catalog_);
    run_.plan = plan::make_plan(settings_.map, request, source_catalog_, target_catalog_, facts,
                                state::removing_maps(target_, run_.scope.map));
    run_.discarding = state::discarding_tables(target_, run_.scope);
    const plan::Plan& plan = run_.plan;
    expect(plan.problems.empty() && plan.refusals.empty() && plan.blocked.empty() &&
           plan.tasks.size() == fresh_.size());
    recall_target(run_.plan.tasks, run_.scope, target_);
    recall_source(run_.plan.tasks, run_.scope, source_);
    for (const auto& wave : plan.waves)
      for (const auto& group : wave) {
        expect(!group.one_transaction && group.tasks.size() == 1);
        take(plan.tasks[group.tasks.front()]);
      }
  }

  void take(const TableTask& task) {
    const auto seen = std::ranges::find(sight_.tables, task.title, &Sight::Table::title);
    expect(seen != sight_.tables.end());
    const plan::Window window = run_.window_of(task);
    expect(plan::why_not_at_once(task, window, run_.discarding.contains(task.title)).empty());
    Part& part = parts_.emplace_back();
    part.task = &task;
    part.seen = &*seen;
    part.look.window = window;
    part.look.how.send_watermark = !task.watermark.empty();
    part.look.how.known_since = run_.known_since_of(task);
    part.close = std::make_unique<TableClose>(run_, task, [this] { return round_trips(); });
    part.close->looked(part.look);
  }

  std::int64_t round_trips() const { return source_.round_trips() + target_.round_trips(); }

  // Of all tables at once.
  void read_rows() {
    std::vector<std::string> script;
    for (const auto& part : parts_) {
      script.push_back(postgres::opening_script(reading(run_, *part.task)));
      if (!part.task->source_unique) script.push_back(statements::find_twins(*part.task, part.look.window));
      script.push_back(statements::extract(*part.task, part.look.window, part.look.how));
      script.emplace_back("ROLLBACK TO SAVEPOINT pgtide_part; RELEASE SAVEPOINT pgtide_part");
    }
    auto part = parts_.begin();
    for (auto& result : source_.run_script(joined(script, "; "))) {
      if (!result.columns.empty() && result.columns[0].name == "found") expect(!result.flag(0, "found"));
      if (result.command != "COPY") continue;
      expect(result.largest_row <= part->task->row_bytes);
      part->chunk.rows = static_cast<std::uint64_t>(result.affected);
      part->chunk.bytes = std::move(result.sent);
      ++part;
    }
  }

  void leave_mark() {
    token_ = random_token();
    const auto results =
        source_.run_script("COMMIT; " + capture::anchor_script(run_.scope.map, run_.scope.direction,
                                                               sight_.target_database, token_, *sight_.known, 0));
    const auto& anchor = result_with(results, "anchor_xid");
    expect(!anchor.empty());
    looked_.anchor_xid = anchor.number(0, "anchor_xid");
    fault_point(FaultPoint::anchor_left);
  }

  // The run begins; the rows are staged and judged.
  void stage_rows() {
    std::vector<std::string> titles;
    for (const auto& table : sight_.tables) titles.push_back(table.title);
    std::vector<std::string> script = {state::start_run_statement(run_.scope, run_.request.mode),
                                       state::mark_in_progress_statement(run_.scope, titles, {})};
    for (auto& part : parts_) {
      if (part.chunk.rows == 0) continue;
      const TableTask& task = *part.task;
      TableWriter::Memory memory{part.seen->packs == 0, task.may_be_judged_lightly(), task.may_be_packed(), true, {}};
      if (part.seen->packs > 0)
        memory.settling = [known_id = task.memory.known_id, seen = part.seen](const std::string& if_needed) {
          return state::settling_script(known_id, seen->has_settled, seen->packs > state::many_packs ? "" : if_needed);
        };
      const auto begun = TableWriter::begin(task, part.look.how, run_, Care::none, memory);
      script.insert(script.end(), begun.statements.begin(), begun.statements.end());
      if (!begun.judged && memory.settling) {  // it is judged in a statement of its own
        script.push_back(memory.settling(""));
        memory.settled = true;
      }
      std::vector<std::string> asked;
      for (const auto& sequence : task.sequences) asked.push_back(statements::may_move_sequence(sequence));
      const auto results = target_.ask_ahead(joined(script, "; "), asked, {part.chunk.bytes});
      note_run(results);
      script.clear();
      part.writer = std::make_unique<TableWriter>(task, part.look.how, run_, write_, Care::none, memory, begun, results,
                                                  part.chunk);
    }
    if (!script.empty()) note_run(target_.run_script(joined(script, "; ")));
    fault_point(FaultPoint::chunk_loaded);
  }

  void note_run(const std::vector<postgres::Result>& results) {
    if (run_.run_id == 0) sight_.run_id = run_.run_id = result_with(results, "run_id").number(0, "run_id");
  }

  SmallRun write() {
    run_.observation.next_xid = capture::next_xid_behind(looked_);
    state::record_event(target_, {run_.run_id, "", "run_started", "ok", std::string(name_of(run_.request.mode)), ""});
    SmallRun done;
    for (auto& part : parts_) {
      Written written;
      if (part.writer) {
        part.writer->merge();
        written = part.writer->written();
      }
      expect(written.counts.conflicted == 0 && written.counts.quarantined == 0);
      part.close->finish(write_, part.writer ? &written : nullptr);
      part.close->committed(written, true);
      done.outcomes.emplace(part.task->title, part.close->outcome());
    }
    target_.later(state::finish_run_statement(run_.run_id, "ok", 0), {}, 1,
                  [](std::int64_t) { return Error(ErrorCode::internal, "the run that just began is gone"); });
    state::forget_old_transactions(target_, run_.scope.map);
    state::record_event(target_, {run_.run_id, "", "run_finished", "ok", "", ""});
    const capture::KnownSource marked{looked_.identity, {token_, *looked_.anchor_xid}, {}};
    const auto quiet = titles_of(quiet_);
    done.end = state::store_source_statement(run_.scope, marked);
    if (!quiet.empty())
      done.end +=
          "; " + state::quiet_tables_script(run_.scope, run_.run_id, sight_.observation.observed_at, quiet) + "; " +
          state::move_cursors_statement(run_.scope, quiet, sight_.observation.next_xid,
                                        state::xid_array(sight_.observation.unfinished), std::to_string(run_.run_id));
    done.end +=
        "; SELECT run_id, pg_catalog.to_char(finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') "
        "AS finished FROM pgtide.run WHERE run_id = " +
        std::to_string(run_.run_id);
    return done;
  }

  const config::Settings& settings_;
  Sight& sight_;
  Session& source_;
  postgres::Transaction& write_;
  Session& target_;
  RunContext run_;
  std::vector<std::size_t> fresh_, quiet_;  // of the tables
  catalog::Catalog source_catalog_, target_catalog_;
  capture::SourceGlimpse looked_;
  std::deque<Part> parts_;
  std::string token_;
};

}  // namespace

SmallRun copy_few_rows(const config::Settings& settings, const plan::Request& request, const RunOptions& options,
                       Observer& observer, const state::Scope& scope, Sight& sight, postgres::Session& source,
                       postgres::Transaction& write) {
  return Small(settings, request, options, observer, scope, sight, source, write).copy();
}

}  // namespace engine::pipeline
