#include <algorithm>
#include <iostream>
#include <map>

#include "engine/cli/commands.hpp"
#include "engine/cli/run_job.hpp"
#include "engine/core/error.hpp"
#include "engine/postgres/session.hpp"
#include "engine/report/json.hpp"
#include "engine/report/text.hpp"
#include "engine/state/access.hpp"
#include "engine/state/history.hpp"
#include "engine/state/migrator.hpp"
#include "engine/state/rebuild.hpp"
#include "engine/state/run.hpp"
#include "engine/state/views.hpp"
#include "engine/state/waiting.hpp"
#include "engine/state/watermark.hpp"

namespace engine::cli {
namespace {

constexpr std::int64_t runs_looked_at = 30;

// What is known in one database about the tables that flow into it.
struct Known {
  std::map<std::string, state::WatermarkRow> watermarks;
  std::map<std::string, state::Numbers> numbers;
  std::map<std::string, std::vector<state::RecentRun>> recent;
  std::vector<state::Rebuild> rebuilds;
  bool running = false;
};

// Nothing of a state that is not there, or that may not be seen and does not matter.
Known read_known(const config::Settings& settings, Direction direction, std::vector<std::string>& notes) {
  const Place place = target_of(direction);
  const state::Scope scope = {settings.map.name, direction};
  postgres::Session session(settings.url(place), place);
  Known known;
  const bool flows = std::ranges::any_of(settings.map.tables, [&](const auto& table) { return table.goes(direction); });
  if (!flows && state::access(session) == state::Access::hidden) return known;
  if (state::installed_version(session) == 0) return known;
  try {
    known.numbers = state::count_by_table(session, scope);
    // looked at before the tables: a run that ends in between has noted what became of them
    known.running = state::is_running(session, scope);
    for (auto& row : state::read_watermarks(session, scope)) known.watermarks.emplace(row.table, row);
    known.rebuilds = state::read_rebuilds(session, scope);
    known.recent = state::read_recent_runs(session, scope, runs_looked_at);
  } catch (Error& error) {
    state::explain_missing_right(error, session);
    throw;
  }
  if (state::is_old_metadata(session, direction, settings.map.at(place).schema))
    notes.push_back(state::view_name(direction) + " in the " + std::string(name_of(place)) +
                    " is a table that an earlier tool left; pgtide init --replace-old-metadata renames it");
  return known;
}

report::StatusLine line_of(const config::Settings& settings, const config::Table& table, Direction direction) {
  report::StatusLine line;
  line.map = settings.map.name;
  line.direction = name_of(direction);
  line.table = plan::title_of(settings.map, table, direction);
  return line;
}

void fill(report::StatusLine& line, const state::WatermarkRow& row) {
  line.last_sync_timestamp = row.last_sync_timestamp;
  line.age_seconds = row.age_seconds;
  line.guarantee = row.guarantee;
  line.sync_status = row.sync_status;
  line.last_error = row.last_error;
  line.last_successful_sync = row.last_successful_sync.value_or("");
  line.guarantee_why = row.guarantee_why.value_or("");
  line.note = row.note.value_or("");
  line.stamped_until = row.stamped_until.value_or("");
  line.newest_row = row.newest_row.value_or("");
  line.last_sync_attempt = row.last_sync_attempt.value_or("");
  line.last_error_code = row.last_error_code.value_or("");
  line.next_retry_at = row.next_retry_at.value_or("");
  line.error_count = row.error_count;
}

std::string in_a_line(const state::Rebuild& rebuild) {
  return rebuild.describe() + "\n  what does it at once: " + rebuild.remedy();
}

// A table that was never synchronised is a line too.
void add_lines(const config::Settings& settings, Direction direction, const Options& options, const Known& known,
               std::vector<report::StatusLine>& lines) {
  for (const auto& table : settings.map.tables) {
    if (!table.goes(direction)) continue;
    auto line = line_of(settings, table, direction);
    line.last_sync_timestamp = "1970-01-01T00:00:00.000000Z";
    line.guarantee = "exact";
    line.sync_status = "pending";
    line.running = known.running;
    if (const auto found = known.numbers.find(line.table); found != known.numbers.end()) {
      line.waiting = found->second.waiting;
      line.conflicts = found->second.conflicts;
      line.given_up = found->second.given_up;
      if (found->second.most_attempts > 0)
        line.tries_left = std::max<std::int64_t>(0, table.quarantine.tries - found->second.most_attempts);
    }
    for (const auto& rebuild : known.rebuilds)
      if (rebuild.table == line.table) line.missing.push_back(in_a_line(rebuild));
    if (const auto found = known.watermarks.find(line.table); found != known.watermarks.end())
      fill(line, found->second);
    if (const auto found = known.recent.find(line.table); found != known.recent.end())
      for (const auto& run : found->second)
        line.recent.push_back({run.run_id, run.mode, run.started_at, run.started, run.table.status, run.table.counts,
                               static_cast<double>(run.table.duration_ms) / 1000, run.table.hint});
    line.too_old = options.check && (!line.age_seconds || *line.age_seconds > options.max_age_seconds);
    lines.push_back(std::move(line));
  }
}

void add_unknown_lines(const config::Settings& settings, Direction direction, std::vector<report::StatusLine>& lines) {
  for (const auto& table : settings.map.tables) {
    if (!table.goes(direction)) continue;
    auto line = line_of(settings, table, direction);
    line.unknown = true;
    line.sync_status = "unknown";
    lines.push_back(std::move(line));
  }
}

// What waits of tables that the map has no more: nothing else would tell of it.
void note_strangers(const config::Settings& settings, Direction direction, const Known& known,
                    std::vector<std::string>& notes) {
  const auto in_map = [&](const std::string& title) {
    return std::ranges::any_of(settings.map.tables, [&](const auto& table) {
      return table.goes(direction) && plan::title_of(settings.map, table, direction) == title;
    });
  };
  for (const auto& rebuild : known.rebuilds)
    if (!in_map(rebuild.table)) notes.push_back(rebuild.table + " is not in the map any more: " + in_a_line(rebuild));
  for (const auto& [title, numbers] : known.numbers) {
    if (in_map(title) || numbers.waiting + numbers.conflicts == 0) continue;
    notes.push_back(title + " (" + std::string(name_of(direction)) + ") is not in the map any more, but " +
                    std::to_string(numbers.waiting + numbers.conflicts) + " of its rows wait there");
  }
}

}  // namespace

int run_status(const Options& options) {
  const config::Settings settings = config::load_settings(options.flags, config::process_environment());
  std::vector<report::StatusLine> lines;
  std::vector<std::string> notes;
  std::vector<Error> problems;
  for (const Direction direction : {Direction::forward, Direction::reverse}) try {
      const Known known = read_known(settings, direction, notes);
      add_lines(settings, direction, options, known, lines);
      note_strangers(settings, direction, known, notes);
    } catch (const Error& error) {
      problems.push_back(error);
      add_unknown_lines(settings, direction, lines);
    }
  // What the other side knows is told all the same.
  if (!problems.empty() && std::ranges::all_of(lines, &report::StatusLine::unknown)) throw problems.front();
  std::cout << (options.json ? report::status_json(lines) : report::status_text(lines, notes, options.verbose))
            << std::flush;
  int status = std::ranges::any_of(lines, &report::StatusLine::too_old) ? exit_status(ErrorCode::difference) : 0;
  for (const auto& problem : problems) {
    std::cerr << "error: " << problem.what() << "\n";
    if (!problem.hint().empty()) std::cerr << "hint: " << problem.hint() << "\n";
    status = more_urgent(status, exit_status(problem.code()));
  }
  return status;
}

}  // namespace engine::cli
