#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/report/json.hpp"

namespace engine::report {
namespace {

using Json = nlohmann::ordered_json;

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json number_or_null(const std::optional<std::int64_t>& number) { return number ? Json(*number) : Json(nullptr); }

Json seconds_or_null(const std::optional<double>& seconds) {
  return seconds ? Json(std::round(*seconds * 1000) / 1000) : Json(nullptr);
}

// The numbers of the last run, with the names of table_run.
Json last_run_of(const StatusLine& line) {
  if (line.recent.empty()) return nullptr;
  const auto& run = line.recent.front();
  return {{"run_id", run.run_id},
          {"mode", run.mode},
          {"status", run.status},
          {"started_at", run.started_at},
          {"rows_read", run.counts.read},
          {"rows_inserted", run.counts.inserted},
          {"rows_updated", run.counts.updated},
          {"rows_unchanged", run.counts.unchanged},
          {"rows_skipped", run.counts.skipped},
          {"rows_quarantined", run.counts.quarantined},
          {"rows_conflicted", run.counts.conflicted},
          {"rows_deleted", run.counts.deleted},
          {"seconds", std::round(run.seconds * 1000) / 1000},
          {"hint", text_or_null(run.hint)}};
}

Json object_of(const StatusLine& line) {
  const Trend trend = trend_of(line);
  return {{"map", line.map},
          {"direction", line.direction},
          {"table_name", line.table},
          {"last_sync_timestamp", text_or_null(line.last_sync_timestamp)},
          {"age_seconds", seconds_or_null(line.age_seconds)},
          {"newest_row", text_or_null(line.newest_row)},
          {"guarantee", text_or_null(line.guarantee)},
          {"guarantee_why", text_or_null(line.guarantee_why)},
          {"note", text_or_null(line.note)},
          {"stamped_until", text_or_null(line.stamped_until)},
          {"sync_status", line.sync_status},
          {"running", line.running},
          {"last_sync_attempt", text_or_null(line.last_sync_attempt)},
          {"last_successful_sync", text_or_null(line.last_successful_sync)},
          {"error_count", line.error_count},
          {"last_error", line.last_error ? Json(*line.last_error) : Json(nullptr)},
          {"last_error_code", text_or_null(line.last_error_code)},
          {"next_retry_at", text_or_null(line.next_retry_at)},
          {"too_old", line.too_old},
          {"late", is_late(line)},
          {"waiting", line.waiting},
          {"given_up", line.given_up},
          {"tries_left", number_or_null(line.tries_left)},
          {"conflicts", line.conflicts},
          {"missing_indexes", line.missing},
          {"rows_written", number_or_null(trend.written)},
          {"usual_rows_written", number_or_null(trend.usual)},
          {"trend", text_or_null(trend.in_a_word)},
          {"usual_gap_seconds", seconds_or_null(trend.usual_gap_seconds)},
          {"last_run", last_run_of(line)}};
}

}  // namespace

std::string status_json(const std::vector<StatusLine>& lines) {
  Json array = Json::array();
  for (const auto& line : lines) array.push_back(object_of(line));
  return array.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace engine::report
