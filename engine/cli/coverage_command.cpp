#include <algorithm>
#include <iostream>

#include "engine/cli/choice.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/moment.hpp"
#include "engine/core/error.hpp"
#include "engine/plan/plan.hpp"
#include "engine/report/coverage_view.hpp"
#include "engine/state/history.hpp"

namespace engine::cli {
namespace {

constexpr double shown_seconds = 92.0 * 86400;  // without --since: three months

// A day; empty where none is meant.
std::string day_of(const std::string& written, postgres::Session& session) {
  const auto moment = read_moment(written);
  if (!moment) return "";
  return moment->seconds_ago ? state::time_ago(session, *moment->seconds_ago).substr(0, 10) : moment->day();
}

bool goes_both_ways(const config::TableMap& map, const state::CoveredTable& covered) {
  return std::ranges::any_of(map.tables, [&](const config::Table& table) {
    return table.direction == config::TableDirection::both &&
           plan::title_of(map, table, covered.scope.direction) == covered.table;
  });
}

// Tables that the map has no more are told of only if they were asked for.
bool is_meant(const Options& options, const config::TableMap& map, const state::CoveredTable& covered) {
  return !options.tables.empty() || std::ranges::any_of(map.tables, [&](const config::Table& table) {
    return table.goes(covered.scope.direction) && plan::title_of(map, table, covered.scope.direction) == covered.table;
  });
}

std::size_t place_in(const config::TableMap& map, const state::CoveredTable& covered) {
  for (std::size_t i = 0; i < map.tables.size(); ++i)
    if (plan::title_of(map, map.tables[i], covered.scope.direction) == covered.table) return i;
  return map.tables.size();
}

// Tables of the map that no run has met yet: all days since the first run of the others are missing.
void add_never_copied(const config::TableMap& map, const Chosen& way, std::vector<state::CoveredTable>& found) {
  state::CoveredTable never;
  if (!found.empty()) {
    never.first_day = found.front().first_day;
    never.today = found.front().today;
  }
  never.scope = way.scope;
  for (const auto& table : map.tables) {
    if (!table.goes(way.scope.direction)) continue;
    never.table = plan::title_of(map, table, way.scope.direction);
    const bool asked =
        way.choice.tables.empty() || std::ranges::find(way.choice.tables, never.table) != way.choice.tables.end();
    const bool known = std::ranges::find(found, never.table, &state::CoveredTable::table) != found.end();
    if (asked && !known) found.push_back(never);
  }
}

report::By unit(const std::string& by) {
  return by == "week" ? report::By::week : by == "month" ? report::By::month : report::By::day;
}

std::string printed(const Options& options, const report::Coverage& coverage) {
  if (options.gaps) return options.json ? report::gaps_json(coverage) : report::gaps_text(coverage);
  if (options.by.empty()) return options.json ? report::coverage_json(coverage) : report::coverage_text(coverage);
  const auto by = unit(options.by);
  return options.json ? report::coverage_json_by(coverage, by) : report::coverage_text_by(coverage, by);
}

}  // namespace

int run_coverage(const Options& options) {
  if (options.gaps && !options.by.empty())
    throw Error(ErrorCode::usage, "--gaps and --by do not go together", "--gaps lists days; leave --by out");
  const config::Settings settings = config::load_settings(options.flags, config::process_environment());
  report::Coverage coverage;
  for (auto& way : choose_by_direction(settings, options)) {
    coverage.since = day_of(options.since, *way.session);
    coverage.until = day_of(options.until, *way.session);
    if (!coverage.since.empty() && !coverage.until.empty() && coverage.since > coverage.until)
      throw Error(ErrorCode::usage, "--since is after --until", "write the earlier day behind --since");
    auto found = state::read_coverage(*way.session, way.scope, {}, coverage.since, coverage.until);
    add_never_copied(settings.map, way, found);
    if (!way.choice.tables.empty())
      std::erase_if(found, [&](const auto& table) {
        return std::ranges::find(way.choice.tables, table.table) == way.choice.tables.end();
      });
    if (options.since.empty() && !options.json && !options.gaps && options.by.empty()) {
      coverage.since = state::time_ago(*way.session, shown_seconds).substr(0, 10);
      coverage.earlier = true;  // what lies before is read too, and added up
    }
    std::erase_if(found, [&](const auto& table) { return !is_meant(options, settings.map, table); });
    std::ranges::stable_sort(found, {}, [&](const auto& table) { return place_in(settings.map, table); });
    for (auto& table : found) {
      const bool both = goes_both_ways(settings.map, table);
      coverage.tables.push_back({std::move(table), both});
    }
  }
  std::cout << printed(options, coverage);
  return options.gaps && report::has_gaps(coverage) ? exit_status(ErrorCode::attention) : 0;
}

}  // namespace engine::cli
