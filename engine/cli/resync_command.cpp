#include <algorithm>
#include <iostream>

#include "engine/cli/commands.hpp"
#include "engine/cli/run_job.hpp"
#include "engine/core/error.hpp"
#include "engine/report/json.hpp"
#include "engine/report/text.hpp"

namespace engine::cli {
namespace {

// Whether all of these tables are copied in that direction.
bool all_go(const config::TableMap& map, const std::vector<std::string>& names, Mode mode) {
  plan::Request request;
  request.mode = mode;
  request.only = names;
  try {
    plan::selected(map, request);
    return true;
  } catch (const Error&) {
    return false;
  }
}

Mode mode_of(const Options& options, const config::TableMap& map) {
  if (options.direction == "reverse") return Mode::resync_reverse;
  if (!options.direction.empty() || all_go(map, options.tables, Mode::resync)) return Mode::resync;
  return all_go(map, options.tables, Mode::resync_reverse) ? Mode::resync_reverse : Mode::resync;
}

}  // namespace

int run_resync(const Options& options) {
  if (options.since.empty() && options.columns.empty())
    throw Error(
        ErrorCode::usage, "resync needs to know what: --since DAY (and --until DAY), or --column COLUMN",
        "for example: pgtide resync --table " + options.tables.front() + " --since 2026-11-01 --until 2026-11-03");
  const config::Settings settings = config::load_settings(options.flags, config::process_environment());
  plan::Request request;
  request.mode = mode_of(options, settings.map);
  request.only = options.tables;
  if (!options.since.empty()) request.days = {options.since, options.until};
  request.columns = options.columns;
  if (!request.columns.empty() && request.direction() == Direction::reverse)
    throw Error(ErrorCode::usage,
                "--column: reverse only inserts, so that it never fills a column of rows that are there",
                "--column works for tables that are copied from the desktop to the cloud");
  const Signals signals;
  const pipeline::RunSummary summary = run_job(options, settings, request, signals);
  std::cout << (options.json ? report::run_json(summary) : report::run_text(summary));
  return summary.exit_status;
}

}  // namespace engine::cli
