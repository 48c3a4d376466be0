#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/report/history_view.hpp"
#include "engine/report/members.hpp"
#include "engine/report/waiting_text.hpp"

namespace engine::report {
namespace {

using Json = nlohmann::ordered_json;
using state::RunRecord;

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

std::string compact(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

// Objects that were printed already, as one array.
std::string listed(const std::vector<std::string>& objects) {
  std::string text;
  for (const auto& object : objects) text += (text.empty() ? "" : ",\n    ") + object;
  return "[" + text + "]";
}

// An object of which one member comes from the server as it is: its numbers may have more digits than a parser keeps.
std::string with_raw(const Json& object, const char* name, const std::string& raw) {
  std::string text = compact(object);
  text.pop_back();
  return text + ",\"" + name + "\":" + raw + "}";
}

Json table_of(const state::TableRun& table, std::int64_t run_id) {
  const auto& n = table.counts;
  return {{"run_id", run_id},
          {"table_name", table.table},
          {"status", table.status},
          {"rows_read", n.read},
          {"rows_inserted", n.inserted},
          {"rows_updated", n.updated},
          {"rows_unchanged", n.unchanged},
          {"rows_skipped", n.skipped},
          {"rows_quarantined", n.quarantined},
          {"rows_conflicted", n.conflicted},
          {"rows_deleted", n.deleted},
          {"bytes", n.bytes},
          {"round_trips", table.round_trips},
          {"duration_ms", table.duration_ms},
          {"error_code", text_or_null(table.error_code)},
          {"error", text_or_null(table.error)},
          {"hint", text_or_null(table.hint)}};
}

std::string event_of(const state::PastEvent& event) {
  return with_raw({{"run_id", event.run_id ? Json(*event.run_id) : Json(nullptr)},
                   {"table_name", text_or_null(event.table)},
                   {"event_type", event.type},
                   {"status", event.status},
                   {"error_code", text_or_null(event.error_code)},
                   {"message", text_or_null(event.message)},
                   {"duration_ms", event.duration_ms ? Json(*event.duration_ms) : Json(nullptr)},
                   {"created_at", event.created_at}},
                  "payload", event.payload);
}

std::string events_of(const std::vector<state::PastEvent>& events) {
  std::vector<std::string> objects;
  for (const auto& event : events) objects.push_back(event_of(event));
  return listed(objects);
}

std::string run_object(const RunRecord& run, const History& history) {
  std::vector<std::string> tables, removed;
  for (const auto& table : run.tables) tables.push_back(compact(table_of(table, run.run_id)));
  for (const auto& row : run.removed)
    removed.push_back(with_raw({{"table_name", row.table}, {"how", row.how}, {"removed_at", row.removed_at}}, "row_key",
                               row.row_key));
  Members members;
  members.raw("run_id", std::to_string(run.run_id))
      .text("map", run.scope.map)
      .text("direction", run.scope.way())
      .text("mode", run.mode)
      .text("status", run.status)
      .text("started_at", run.started_at)
      .text_or_null("finished_at", run.finished_at)
      .raw("exit_status", run.exit_status ? std::to_string(*run.exit_status) : "")
      .raw("seconds", compact(Json(std::round(run.seconds * 1000) / 1000)))
      .raw("running", run.under_way ? "true" : "false")
      .raw("removed_rows", std::to_string(run.removed_rows))
      .raw("tables", listed(tables));
  if (history.with_events) members.raw("events", events_of(run.events));
  if (history.with_removed) members.raw("removed", listed(removed));
  return members.object();
}

// What people did has no run: an object whose run_id is null.
std::string by_hand_object(const ByHand& way, const History& history) {
  std::vector<std::string> discarded;
  for (const auto& row : way.discarded)
    discarded.push_back(
        with_raw({{"table_name", row.table}, {"reason", row.reason}, {"discarded_at", row.discarded_at}}, "row_key",
                 row.row_key));
  Members members;
  members.raw("run_id", "").text("map", way.scope.map).text("direction", way.scope.way());
  for (const char* none : {"mode", "status", "started_at", "finished_at", "exit_status"}) members.raw(none, "");
  members.raw("tables", "[]");
  if (history.with_events) members.raw("events", events_of(way.events));
  if (history.with_removed) members.raw("discarded", listed(discarded));
  return members.object();
}

}  // namespace

std::string history_json(const History& history) {
  std::vector<std::string> objects;
  for (const auto& run : history.runs) objects.push_back(run_object(run, history));
  for (const auto& way : history.by_hand)
    if (!way.events.empty() || !way.discarded.empty()) objects.push_back(by_hand_object(way, history));
  return array_of(objects);
}

}  // namespace engine::report
