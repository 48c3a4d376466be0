#include "engine/cli/choice.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "engine/core/error.hpp"
#include "engine/pipeline/row_name.hpp"
#include "engine/plan/plan.hpp"
#include "engine/state/access.hpp"
#include "engine/state/watermark.hpp"

namespace engine::cli {
namespace {

using config::Table;
using config::TableMap;

// A table may be called by its name on either side, whatever the direction.
bool is_called(const TableMap& map, const Table& table, const std::string& name) {
  return name == plan::title_of(map, table, Direction::forward) ||
         name == plan::title_of(map, table, Direction::reverse);
}

// The rows of a direction of which nothing may be seen matter only if the map copies something that way.
bool may_matter(const TableMap& map, Direction direction, postgres::Session& session) {
  return std::ranges::any_of(map.tables, [&](const Table& table) { return table.goes(direction); }) ||
         state::access(session) != state::Access::hidden;
}

// The titles of a direction that the names mean: of the map, and of what the state knows from an earlier one.
std::vector<std::string> titles_of(const TableMap& map, Chosen& way, const std::vector<std::string>& names,
                                   std::set<std::string>& found) {
  std::set<std::string> recorded;
  for (const auto& row : state::read_watermarks(*way.session, way.scope)) recorded.insert(row.table);
  std::set<std::string> titles;
  for (const auto& name : names) {
    for (const auto& table : map.tables)
      if (is_called(map, table, name)) {
        found.insert(name);
        if (const auto title = plan::title_of(map, table, way.scope.direction);
            table.goes(way.scope.direction) || recorded.contains(title))
          titles.insert(title);
      }
    if (recorded.contains(name)) {
      found.insert(name);
      titles.insert(name);
    }
  }
  return {titles.begin(), titles.end()};
}

std::string key_of(const TableMap& map, Chosen& way, const std::string& key) {
  for (const auto& table : map.tables)
    if (plan::title_of(map, table, way.scope.direction) == way.choice.tables.front())
      return state::make_object(*way.session, pipeline::read_row_name(*way.session, key, table, way.scope.direction,
                                                                      pipeline::naming_columns(*way.session, map, table,
                                                                                               way.scope.direction)));
  return state::make_object(*way.session, state::read_object(*way.session, key));
}

}  // namespace

std::vector<Chosen> choose(const config::Settings& settings, const Options& options) {
  const TableMap& map = settings.map;
  if (!options.key.empty() && options.tables.size() != 1)
    throw Error(ErrorCode::usage, "--key needs to know of which table: add --table NAME, once",
                "for example: --table jobshead --key 1207");
  std::vector<Chosen> ways;
  std::set<std::string> found;
  for (const auto& name : options.tables)
    for (const auto& table : map.tables)
      if (is_called(map, table, name)) found.insert(name);
  for (const Direction direction : {Direction::forward, Direction::reverse}) {
    if (!options.direction.empty() && options.direction != name_of(direction)) continue;
    const Place place = target_of(direction);
    Chosen way{{map.name, direction}, std::make_unique<postgres::Session>(settings.url(place), place), {}};
    if (!may_matter(map, direction, *way.session) || !state::may_be_asked(*way.session)) continue;
    way.choice.kinds = options.kinds;
    if (!options.tables.empty()) {
      way.choice.tables = titles_of(map, way, options.tables, found);
      if (way.choice.tables.empty()) continue;
      if (!options.key.empty()) way.choice.row_key = key_of(map, way, options.key);
    }
    ways.push_back(std::move(way));
  }
  for (const auto& name : options.tables)
    if (!found.contains(name))
      throw Error(ErrorCode::usage, "--table " + name + ": the map has no such table",
                  "use the name as it stands in the map");
  return ways;
}

std::vector<Chosen> choose_by_direction(const config::Settings& settings, const Options& options) try {
  return choose(settings, options);
} catch (Error& error) {
  if (error.code() == ErrorCode::unavailable && options.direction.empty())
    error.hint(error.hint() + ". The other one alone: --direction forward asks the cloud, reverse the desktop");
  throw;
}

void hang_up(std::vector<Chosen>& ways) {
  for (auto& way : ways) way.session.reset();
}

void reach(const config::Settings& settings, Chosen& way) {
  const Place place = target_of(way.scope.direction);
  if (!way.session) way.session = std::make_unique<postgres::Session>(settings.url(place), place);
}

std::vector<std::string> still_in_map(const TableMap& map, Direction direction,
                                      const std::vector<std::string>& titles) {
  std::vector<std::string> left;
  for (const auto& table : map.tables)
    if (const auto title = plan::title_of(map, table, direction);
        table.goes(direction) && std::ranges::find(titles, title) != titles.end())
      left.push_back(title);
  return left;
}

}  // namespace engine::cli
