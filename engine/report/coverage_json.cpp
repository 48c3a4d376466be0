#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/report/coverage_view.hpp"

namespace engine::report {
namespace {

using Json = nlohmann::ordered_json;

std::string printed(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json head_of(const CoverageTable& table, const std::string& day) {
  return {{"map", table.state.scope.map},
          {"direction", table.state.scope.way()},
          {"table_name", table.state.table},
          {"sync_date", day}};
}

}  // namespace

std::string coverage_json(const Coverage& coverage) {
  Json array = Json::array();
  for (const auto& table : coverage.tables)
    for (const auto& day : table.state.days) {
      if (!day.items) continue;  // only rows of it wait: no row of coverage
      Json object = head_of(table, day.day);
      object["synced_at"] = day.synced_at;
      object["items_synced"] = *day.items;
      object["waiting"] = day.waiting;
      array.push_back(object);
    }
  return printed(array);
}

std::string coverage_json_by(const Coverage& coverage, By by) {
  if (by == By::day) return coverage_json(coverage);
  Json array = Json::array();
  for (const auto& table : coverage.tables)
    for (const auto& period : added_up(table, by)) {
      Json object = head_of(table, period.first_day);
      object["synced_at"] = text_or_null(period.synced_at);
      object["items_synced"] = period.items;
      object["waiting"] = period.waiting;
      object["days"] = period.days;
      array.push_back(object);
    }
  return printed(array);
}

std::string gaps_json(const Coverage& coverage) {
  Json array = Json::array();
  for (const auto& table : coverage.tables)
    for (const auto& gap : gaps_of(table, coverage.since, coverage.until)) {
      const auto day = std::ranges::find(table.state.days, gap.day, &state::CoveredDay::day);
      const bool covered = day != table.state.days.end() && day->items;
      Json object = head_of(table, gap.day);
      object["synced_at"] = covered ? Json(day->synced_at) : Json(nullptr);
      object["items_synced"] = covered ? Json(*day->items) : Json(nullptr);
      object["why"] = gap.why;
      object["waiting"] = gap.waiting;
      object["command"] = gap.command;
      array.push_back(object);
    }
  return printed(array);
}

}  // namespace engine::report
