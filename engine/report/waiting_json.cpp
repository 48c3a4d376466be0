#include <nlohmann/json.hpp>

#include "engine/report/members.hpp"
#include "engine/report/waiting_text.hpp"

namespace engine::report {
using Json = nlohmann::ordered_json;

std::string json_text(const std::string& value) {
  return Json(value).dump(-1, ' ', false, Json::error_handler_t::replace);
}

Members& Members::text(const char* name, const std::string& value) { return raw(name, json_text(value)); }

Members& Members::text_or_null(const char* name, const std::string& value) {
  return value.empty() ? raw(name, "null") : text(name, value);
}

Members& Members::raw(const char* name, const std::string& json) {
  members_ += std::string(members_.empty() ? "" : ",\n") + "    \"" + name + "\": " + (json.empty() ? "null" : json);
  return *this;
}

std::string waiting_json(const state::WaitingRow& row) {
  return Members()
      .text("map", row.map)
      .text("direction", std::string(name_of(row.direction)))
      .text("table_name", row.table)
      .raw("row_key", row.row_key)
      .raw("row_data", row.row_data)
      .text("reason", row.reason)
      .text_or_null("sqlstate", row.sqlstate)
      .text("first_seen", row.first_seen)
      .text("last_tried", row.last_tried)
      .raw("attempts", std::to_string(row.attempts))
      .text_or_null("detail", row.detail)
      .text_or_null("hint", row.hint)
      .raw("given_up", row.given_up ? "true" : "false")
      .object();
}

std::string conflict_json(const state::ConflictRow& row) {
  return Members()
      .text("map", row.map)
      .text("direction", std::string(name_of(row.direction)))
      .text("table_name", row.table)
      .raw("row_key", row.row_key)
      .text("kind", row.kind)
      .raw("desktop_row", row.desktop_row)
      .raw("cloud_row", row.cloud_row)
      .text_or_null("local_modified", row.local_modified)
      .text_or_null("remote_modified", row.remote_modified)
      .text("resolution_strategy", row.resolution_strategy)
      .text("detected_at", row.detected_at)
      .text_or_null("resolved_at", row.resolved_at)
      .raw("columns", Json(row.columns).dump(-1, ' ', false, Json::error_handler_t::replace))
      .text_or_null("decision", row.decision)
      .text_or_null("resolution", row.resolution)
      .object();
}

std::string discard_json(const std::vector<state::WaitingGroup>& groups) {
  std::vector<std::string> objects;
  for (const auto& group : groups)
    objects.push_back(Members()
                          .text("direction", std::string(name_of(group.direction)))
                          .text("table_name", group.table)
                          .text("reason", group.reason)
                          .raw("rows", std::to_string(group.rows))
                          .object());
  return array_of(objects);
}

std::string array_of(const std::vector<std::string>& objects) {
  std::string text;
  for (const auto& object : objects) text += (text.empty() ? "[\n" : ",\n") + object;
  return text.empty() ? "[]\n" : text + "\n]\n";
}

}  // namespace engine::report
