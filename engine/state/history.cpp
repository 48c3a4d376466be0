#include "engine/state/history.hpp"

#include <algorithm>

#include "engine/embedded_sql.hpp"

namespace engine::state {
namespace {

using postgres::array_literal;
using postgres::Params;
using postgres::Result;

std::optional<std::string> if_any(const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); }

std::string text_or_empty(const Result& rows, std::size_t i, const char* column) {
  return rows.cell(i, column).value_or("");
}

std::optional<std::int64_t> number_or_none(const Result& rows, std::size_t i, const char* column) {
  return rows.cell(i, column) ? std::optional(rows.number(i, column)) : std::nullopt;
}

Counts counts_of(const Result& rows, std::size_t i) {
  const auto number = [&](const char* column) { return rows.number(i, column); };
  return {number("rows_read"),       number("rows_inserted"), number("rows_updated"),
          number("rows_unchanged"),  number("rows_skipped"),  number("rows_quarantined"),
          number("rows_conflicted"), number("rows_deleted"),  number("bytes")};
}

std::string ids_of(const std::vector<RunRecord>& runs) {
  std::vector<std::string> ids;
  for (const auto& run : runs) ids.push_back(std::to_string(run.run_id));
  return array_literal(ids);
}

RunRecord& run_of(std::vector<RunRecord>& runs, std::int64_t run_id) {
  for (auto& run : runs)
    if (run.run_id == run_id) return run;
  return runs.front();
}

std::vector<PastEvent> read_events(postgres::Session& session, const Scope& scope, const std::string& ids, bool by_hand,
                                   const RunChoice& choice) {
  const auto found = session.run(std::string(sql::state_run_events),
                                 {ids, std::string(by_hand ? "true" : "false"), scope.map, scope.way(),
                                  if_any(choice.since), if_any(choice.until), std::nullopt});
  std::vector<PastEvent> events;
  for (std::size_t i = 0; i < found.size(); ++i)
    events.push_back({number_or_none(found, i, "run_id"), text_or_empty(found, i, "table_name"),
                      found.text(i, "event_type"), found.text(i, "status"), text_or_empty(found, i, "error_code"),
                      text_or_empty(found, i, "message"), found.text(i, "payload"),
                      number_or_none(found, i, "duration_ms"), found.text(i, "created_at")});
  return events;
}

}  // namespace

std::vector<RunRecord> read_runs(postgres::Session& session, const Scope& scope, const RunChoice& choice) {
  const Params chosen = {scope.map,
                         scope.way(),
                         array_literal(choice.tables),
                         if_any(choice.since),
                         if_any(choice.until),
                         if_any(choice.mode),
                         if_any(choice.status),
                         choice.run_id ? std::optional(std::to_string(*choice.run_id)) : std::nullopt,
                         choice.limit > 0 ? std::optional(std::to_string(choice.limit)) : std::nullopt};
  const bool running = is_running(session, scope);  // before: a run that ends in between has an end then
  const auto found = session.run(std::string(sql::state_runs), chosen);
  std::vector<RunRecord> runs;
  for (std::size_t i = 0; i < found.size(); ++i) {
    RunRecord run;
    run.run_id = found.number(i, "run_id");
    run.scope = scope;
    run.mode = found.text(i, "mode");
    run.status = found.text(i, "status");
    run.started_at = found.text(i, "started_at");
    run.finished_at = text_or_empty(found, i, "finished_at");
    if (const auto status = number_or_none(found, i, "exit_status")) run.exit_status = static_cast<int>(*status);
    run.seconds = std::stod(found.text(i, "seconds"));
    run.removed_rows = found.number(i, "removed");
    run.under_way = run.finished_at.empty() && running;
    runs.push_back(std::move(run));
  }
  if (runs.empty()) return runs;
  const auto tables = session.run(std::string(sql::state_run_tables), {ids_of(runs), array_literal(choice.tables)});
  for (std::size_t i = 0; i < tables.size(); ++i)
    run_of(runs, tables.number(i, "run_id"))
        .tables.push_back({tables.text(i, "table_name"), tables.text(i, "status"), counts_of(tables, i),
                           tables.number(i, "duration_ms"), tables.number(i, "round_trips"),
                           text_or_empty(tables, i, "error_code"), text_or_empty(tables, i, "error"),
                           text_or_empty(tables, i, "hint")});
  return runs;
}

void add_events(postgres::Session& session, const Scope& scope, std::vector<RunRecord>& runs) {
  if (runs.empty()) return;
  for (auto& event : read_events(session, scope, ids_of(runs), false, {}))
    run_of(runs, *event.run_id).events.push_back(std::move(event));
}

std::vector<PastEvent> read_events_by_hand(postgres::Session& session, const Scope& scope, const RunChoice& choice) {
  auto events = read_events(session, scope, "{}", true, choice);
  if (!choice.tables.empty())
    std::erase_if(events, [&](const PastEvent& event) {
      return !event.table.empty() && std::ranges::find(choice.tables, event.table) == choice.tables.end();
    });
  return events;
}

void add_removed_rows(postgres::Session& session, const Scope& scope, const RunChoice& choice,
                      std::vector<RunRecord>& runs) {
  if (runs.empty()) return;
  const auto found = session.run(std::string(sql::state_removed_rows),
                                 {scope.map, scope.way(), ids_of(runs), array_literal(choice.tables)});
  for (std::size_t i = 0; i < found.size(); ++i)
    run_of(runs, found.number(i, "run_id"))
        .removed.push_back(
            {found.text(i, "table_name"), found.text(i, "row_key"), found.text(i, "how"), found.text(i, "removed_at")});
}

std::vector<DiscardedRow> read_discarded_rows(postgres::Session& session, const Scope& scope, const RunChoice& choice) {
  const auto found =
      session.run(std::string(sql::state_discarded_rows),
                  {scope.map, scope.way(), array_literal(choice.tables), if_any(choice.since), if_any(choice.until)});
  std::vector<DiscardedRow> rows;
  for (std::size_t i = 0; i < found.size(); ++i)
    rows.push_back({found.text(i, "table_name"), found.text(i, "row_key"), found.text(i, "reason"),
                    found.text(i, "discarded_at")});
  return rows;
}

std::optional<LastFailure> read_last_failure(postgres::Session& session, const Scope& scope,
                                             const std::vector<std::string>& tables) {
  const auto found = session.run(std::string(sql::state_last_failure), {scope.map, scope.way(), array_literal(tables)});
  if (found.empty()) return std::nullopt;
  LastFailure failure;
  failure.scope = scope;
  failure.run_id = found.number(0, "run_id");
  failure.mode = found.text(0, "mode");
  failure.started_at = found.text(0, "started_at");
  failure.mended_by = number_or_none(found, 0, "mended_by");
  failure.table.table = found.text(0, "table_name");
  failure.table.status = found.text(0, "status");
  failure.table.error_code = text_or_empty(found, 0, "error_code");
  failure.table.error = text_or_empty(found, 0, "error");
  failure.table.hint = text_or_empty(found, 0, "hint");
  return failure;
}

std::map<std::string, std::vector<RecentRun>> read_recent_runs(postgres::Session& session, const Scope& scope,
                                                               std::int64_t each) {
  const auto found = session.run(std::string(sql::state_recent_runs), {scope.map, scope.way(), std::to_string(each)});
  std::map<std::string, std::vector<RecentRun>> tables;
  for (std::size_t i = 0; i < found.size(); ++i) {
    RecentRun run;
    run.run_id = found.number(i, "run_id");
    run.mode = found.text(i, "mode");
    run.started_at = found.text(i, "started_at");
    run.started = std::stod(found.text(i, "started"));
    run.table.table = found.text(i, "table_name");
    run.table.status = found.text(i, "status");
    run.table.counts = counts_of(found, i);
    run.table.duration_ms = found.number(i, "duration_ms");
    run.table.hint = text_or_empty(found, i, "hint");
    tables[run.table.table].push_back(std::move(run));
  }
  return tables;
}

std::string time_ago(postgres::Session& session, double seconds) {
  return session
      .run(
          "SELECT pg_catalog.to_char((pg_catalog.clock_timestamp() - $1::double precision * interval '1 second') AT "
          "TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS past",
          {std::to_string(seconds)})
      .text(0, "past");
}

}  // namespace engine::state
