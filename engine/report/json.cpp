#include "engine/report/json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace engine::report {
namespace {

using Json = nlohmann::ordered_json;

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

// Names and messages may hold bytes that are no UTF-8 (an SQL_ASCII database): shown as U+FFFD.
std::string printed(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

double milliseconds_precise(double seconds) { return std::round(seconds * 1000) / 1000; }

}  // namespace

std::string run_json(const pipeline::RunSummary& run) {
  Json tables = Json::array();
  for (const auto& t : run.tables)
    tables.push_back({{"table", t.table},
                      {"status", t.status},
                      {"read", t.counts.read},
                      {"inserted", t.counts.inserted},
                      {"updated", t.counts.updated},
                      {"unchanged", t.counts.unchanged},
                      {"skipped", t.counts.skipped},
                      {"quarantined", t.counts.quarantined},
                      {"conflicted", t.counts.conflicted},
                      {"deleted", t.counts.deleted},
                      {"bytes", t.counts.bytes},
                      {"seconds", milliseconds_precise(t.seconds)},
                      {"last_sync_timestamp", text_or_null(t.last_sync_timestamp)},
                      {"guarantee", t.guarantee},
                      {"error", text_or_null(t.error)},
                      {"hint", text_or_null(t.hint)},
                      {"guarantee_why", text_or_null(t.guarantee_why)},
                      {"note", text_or_null(t.note)},
                      {"stamped_until", text_or_null(t.stamped_until)}});
  return printed({{"run_id", run.run_id},
                  {"map", run.map},
                  {"direction", std::string(name_of(direction_of(run.mode)))},
                  {"mode", std::string(name_of(run.mode))},
                  {"status", run.status},
                  {"exit_status", run.exit_status},
                  {"started_at", run.started_at},
                  {"finished_at", run.finished_at},
                  {"tables", tables}});
}

// `orphans` and what they are made of; null where nobody looked, or it cannot be told.
void add_orphans(Json& table, const pipeline::Orphans* orphans) {
  Json details = Json::array();
  for (const auto& key : orphans ? orphans->keys : std::vector<pipeline::OrphansOfKey>()) {
    const bool known = key.unknown.empty();
    details.push_back({{"constraint", key.constraint},
                       {"columns", key.columns},
                       {"parent", key.parent},
                       {"rows", known ? Json(key.rows) : Json(nullptr)},
                       {"values", known ? Json(key.values) : Json(nullptr)},
                       {"more", key.more},
                       {"cleared", key.cleared},
                       {"error", text_or_null(key.unknown)}});
  }
  table["orphans"] = orphans && orphans->known() ? Json(orphans->rows) : Json(nullptr);
  table["orphans_exact"] = orphans && orphans->known() && orphans->exact && !orphans->more;
  table["references_cleared"] = orphans && orphans->known() ? Json(orphans->cleared) : Json(nullptr);
  table["orphan_details"] = details;
}

// What a run would count; null where nobody counted, or it cannot be told.
void add_forecast(Json& table, const pipeline::Forecast* forecast) {
  const bool known = forecast && forecast->unknown.empty();
  const auto add = [&](const char* name, std::int64_t Counts::*count) {
    table[name] = known ? Json(forecast->counts.*count) : Json(nullptr);
  };
  add("read", &Counts::read);
  add("inserted", &Counts::inserted);
  add("updated", &Counts::updated);
  add("unchanged", &Counts::unchanged);
  add("skipped", &Counts::skipped);
  add("quarantined", &Counts::quarantined);
  add("conflicted", &Counts::conflicted);
  add("deleted", &Counts::deleted);
  table["rebuild_indexes"] = forecast ? Json(forecast->rebuilt) : Json(nullptr);
  table["counts_exact"] = known && forecast->exact();
  table["counts_note"] = forecast ? text_or_null(known ? forecast->but : forecast->unknown) : Json(nullptr);
}

std::string plan_json(const plan::Plan& plan, const std::vector<PlannedTable>& tables) {
  Json array = Json::array();
  for (const auto& planned : tables) {
    const auto& task = *planned.task;
    Json copied = Json::array(), computed = Json::array();
    for (const auto& column : task.columns)
      (column.role == plan::Role::copied ? copied : computed).push_back(column.target);
    static constexpr const char* deletes[] = {"ignore", "report", "soft", "hard"};
    static constexpr const char* methods[] = {"whole", "since", "stamped", "nothing", "days", "columns"};
    array.push_back({{"table", task.title},
                     {"status", "ok"},
                     {"source", task.source.schema + "." + task.source.name},
                     {"target", task.target.schema + "." + task.target.name},
                     {"method", methods[static_cast<int>(planned.window.kind)]},
                     {"why", text_or_null(planned.window.why)},
                     {"refresh", planned.refresh ? Json(plan::name_of(planned.refresh->method)) : Json(nullptr)},
                     {"refresh_why", planned.refresh ? Json(planned.refresh->why) : Json(nullptr)},
                     {"key", task.key},
                     {"deletes", deletes[static_cast<int>(task.deletes)]},
                     {"copied", copied},
                     {"computed", computed},
                     {"ignored", task.ignored},
                     {"skipped_columns", task.skipped},
                     {"left_to_default", task.defaulted},
                     {"watermark", text_or_null(task.watermark_text)},
                     {"guarantee", task.guarantee},
                     {"guarantee_why", text_or_null(task.guarantee_why)},
                     {"estimated_rows", task.estimated_rows < 0 ? Json(nullptr) : Json(task.estimated_rows)},
                     {"note", text_or_null(task.note())},
                     {"notes", task.notes},
                     {"error", nullptr}});
    add_orphans(array.back(), planned.orphans);
    add_forecast(array.back(), planned.forecast);
  }
  for (const auto& [index, parent] : plan.blocked)
    array.push_back({{"table", plan.tasks[index].title},
                     {"status", "skipped"},
                     {"error", "it refers to table " + parent + ", which is refused"},
                     {"hint", nullptr}});
  for (const auto& refusal : plan.refusals)
    array.push_back({{"table", refusal.title},
                     {"status", "refused"},
                     {"error", refusal.reason},
                     {"hint", text_or_null(refusal.hint)}});
  return printed(array);
}

std::string init_json(const std::vector<InitLine>& lines) {
  Json array = Json::array();
  for (const auto& line : lines) array.push_back({{"database", line.database}, {"message", line.message}});
  return printed(array);
}

std::string error_json(int exit_status, const std::string& status, const std::string& error, const std::string& hint) {
  return printed({{"status", status}, {"exit_status", exit_status}, {"error", error}, {"hint", text_or_null(hint)}});
}

}  // namespace engine::report
