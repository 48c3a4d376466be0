#include <iostream>

#include "engine/cli/choice.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/confirm.hpp"
#include "engine/cli/run_job.hpp"
#include "engine/pipeline/run_lock.hpp"
#include "engine/report/json.hpp"
#include "engine/report/table_layout.hpp"
#include "engine/report/text.hpp"
#include "engine/report/waiting_text.hpp"
#include "engine/state/event.hpp"

namespace engine::cli {
namespace {

using config::Settings;

int list_as_json(std::vector<Chosen>& ways) {
  bool any = false;
  for (auto& way : ways)
    state::for_each_waiting(*way.session, way.scope, way.choice, true, 0, [&](const state::WaitingRow& row) {
      std::cout << (any ? ",\n" : "[\n") << report::waiting_json(row);
      any = true;
    });
  std::cout << (any ? "\n]\n" : "[]\n");
  return 0;
}

int list(const Options& options, std::vector<Chosen>& ways) {
  if (options.json) return list_as_json(ways);
  report::WaitingList shown;
  shown.filtered = chooses(options);
  shown.verbose = options.verbose;
  for (auto& way : ways) {
    for (auto& group : state::count_waiting(*way.session, way.scope, way.choice, true)) shown.groups.push_back(group);
    const auto left = options.limit - static_cast<std::int64_t>(shown.rows.size());
    if (left > 0)
      state::for_each_waiting(*way.session, way.scope, way.choice, options.verbose, left,
                              [&](const state::WaitingRow& row) { shown.rows.push_back(row); });
  }
  std::cout << report::waiting_text(shown);
  return 0;
}

// Nothing of the direction's runs goes on meanwhile. Throws Error(already_running).
std::unique_ptr<pipeline::RunLock> hold(const Settings& settings, const Chosen& way) {
  const Place place = target_of(way.scope.direction);
  return std::make_unique<pipeline::RunLock>(settings.url(place), place, way.scope);
}

// The runs that look at the rows again; the lock of a direction is free when its run begins.
int retry(const Options& options, const Settings& settings, std::vector<Chosen>& ways) {
  const Signals signals;
  int status = 0;
  bool chosen = false, any = false;
  std::vector<std::string> reports;
  for (auto& way : ways) {
    reach(settings, way);
    if (state::count_waiting(*way.session, way.scope, way.choice, false).empty()) continue;
    chosen = true;
    std::map<std::string, std::int64_t> due;
    {
      const auto lock = hold(settings, way);
      due = state::make_due(*way.session, way.scope, way.choice);
    }
    std::vector<std::string> titles;
    for (const auto& [table, rows] : due) titles.push_back(table);
    const auto tables = still_in_map(settings.map, way.scope.direction, titles);
    for (const auto& title : titles)
      if (std::ranges::find(tables, title) == tables.end())
        std::cerr << "note: " << title << " (" << way.scope.way()
                  << ") is not in the map any more, and its rows cannot be tried "
                  << "again; pgtide quarantine discard --table " << title << " forgets them\n";
    if (tables.empty()) continue;
    hang_up(ways);
    plan::Request request;
    request.mode = way.scope.direction == Direction::forward ? Mode::incremental : Mode::reverse;
    request.only = tables;
    const auto summary = run_job(options, settings, request, signals);
    if (options.json)
      reports.push_back(report::run_json(summary));
    else
      std::cout << (any ? "\n" : "") << report::run_text(summary);
    status = more_urgent(status, summary.exit_status);
    any = true;
  }
  if (options.json) {
    std::cout << report::array_of(reports);
  } else if (!chosen) {
    std::cout << (chooses(options) ? "no such row waits in quarantine: nothing to try again\n"
                                   : "no row waits in quarantine: nothing to try again\n");
  }
  return status;
}

int discard(const Options& options, const Settings& settings, std::vector<Chosen>& ways) {
  std::vector<state::WaitingGroup> shown, done;
  std::map<const Chosen*, std::int64_t> newest;
  std::int64_t rows = 0;
  for (auto& way : ways) {
    newest[&way] = state::newest_waiting(*way.session);
    for (auto& group : state::count_waiting(*way.session, way.scope, way.choice, false)) {
      rows += group.rows;
      shown.push_back(group);
    }
  }
  if (rows == 0) {
    std::cout << (options.json ? report::discard_json({}) : report::discard_text({}, false));
    return 0;
  }
  if (!options.yes) (options.json ? std::cerr : std::cout) << report::discard_text(shown, false) << std::flush;
  confirm(options, "discard " + report::grouped(rows) + (rows == 1 ? " row" : " rows") + " of the quarantine",
          settings.map.name);
  for (auto& way : ways) {
    const auto lock = hold(settings, way);
    postgres::Transaction write(*way.session, {});
    std::map<std::string, std::int64_t> tables;
    for (auto& group : state::discard(write, way.scope, way.choice, newest[&way])) {
      tables[group.table] += group.rows;
      done.push_back(group);
    }
    for (const auto& [table, discarded] : tables)
      state::record_event(*way.session, {std::nullopt,
                                         table,
                                         "quarantine_discarded",
                                         "ok",
                                         "an operator discarded rows that waited",
                                         "",
                                         {{"map", way.scope.map}, {"direction", way.scope.way()}},
                                         {{"rows", discarded}}});
    write.commit();
  }
  std::cout << (options.json ? report::discard_json(done) : report::discard_text(done, true));
  return 0;
}

}  // namespace

int run_quarantine(const Options& options) {
  const Settings settings = config::load_settings(options.flags, config::process_environment());
  std::vector<Chosen> ways = choose(settings, options);
  switch (options.action) {
    case Action::retry:
      return retry(options, settings, ways);
    case Action::discard:
      return discard(options, settings, ways);
    default:
      return list(options, ways);
  }
}

}  // namespace engine::cli
