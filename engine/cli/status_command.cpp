#include <algorithm>
#include <iostream>
#include <map>

#include "engine/cli/commands.hpp"
#include "engine/core/error.hpp"
#include "engine/postgres/session.hpp"
#include "engine/report/json.hpp"
#include "engine/report/text.hpp"
#include "engine/state/access.hpp"
#include "engine/state/migrator.hpp"
#include "engine/state/run.hpp"
#include "engine/state/views.hpp"
#include "engine/state/waiting.hpp"
#include "engine/state/watermark.hpp"

namespace engine::cli {
namespace {

// The state of one direction; a table that was never synchronised is a line too.
void add_lines(const config::Settings& settings, Direction direction, const Options& options,
               std::vector<report::StatusLine>& lines, std::vector<std::string>& notes) {
  const Place place = target_of(direction);
  postgres::Session session(settings.url(place), place);
  std::map<std::string, state::WatermarkRow> known;
  std::map<std::string, state::Numbers> numbers;
  const bool flows = std::ranges::any_of(settings.map.tables, [&](const auto& table) { return table.goes(direction); });
  const bool of_no_matter = !flows && state::access(session) == state::Access::hidden;
  bool running = false;
  if (!of_no_matter && state::installed_version(session) > 0) {
    numbers = state::count_by_table(session, {settings.map.name, direction});
    // looked at before the tables: a run that ends in between has noted what became of them
    running = state::is_running(session, {settings.map.name, direction});
    for (auto& row : state::read_watermarks(session, {settings.map.name, direction})) known.emplace(row.table, row);
    if (state::is_old_metadata(session, direction, settings.map.at(place).schema))
      notes.push_back(state::view_name(direction) + " in the " + std::string(name_of(place)) +
                      " is a table that an earlier tool left; pgtide init --replace-old-metadata renames it");
  }
  for (const auto& table : settings.map.tables) {
    if (!table.goes(direction)) continue;
    report::StatusLine line;
    line.direction = name_of(direction);
    line.table = plan::title_of(settings.map, table, direction);
    line.last_sync_timestamp = "1970-01-01T00:00:00.000000Z";
    line.guarantee = "exact";
    line.sync_status = "pending";
    line.running = running;
    if (const auto found = numbers.find(line.table); found != numbers.end()) {
      line.waiting = found->second.waiting;
      line.conflicts = found->second.conflicts;
    }
    if (const auto found = known.find(line.table); found != known.end()) {
      const auto& row = found->second;
      line.last_sync_timestamp = row.last_sync_timestamp;
      line.age_seconds = row.age_seconds;
      line.guarantee = row.guarantee;
      line.sync_status = row.sync_status;
      line.last_error = row.last_error;
      line.last_successful_sync = row.last_successful_sync.value_or("");
      line.guarantee_why = row.guarantee_why.value_or("");
      line.note = row.note.value_or("");
      line.stamped_until = row.stamped_until.value_or("");
    }
    line.too_old = options.check && (!line.age_seconds || *line.age_seconds > options.max_age_seconds);
    lines.push_back(line);
  }
}

}  // namespace

int run_status(const Options& options) {
  const config::Settings settings = config::load_settings(options.flags, config::process_environment());
  std::vector<report::StatusLine> lines;
  std::vector<std::string> notes;
  for (const Direction direction : {Direction::forward, Direction::reverse})
    add_lines(settings, direction, options, lines, notes);
  std::cout << (options.json ? report::status_json(lines) : report::status_text(lines, notes));
  const bool too_old = std::ranges::any_of(lines, &report::StatusLine::too_old);
  return too_old ? exit_status(ErrorCode::difference) : 0;
}

}  // namespace engine::cli
