#include <algorithm>
#include <iostream>

#include "engine/cli/choice.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/moment.hpp"
#include "engine/report/history_view.hpp"

namespace engine::cli {
namespace {

constexpr std::int64_t runs_shown = 20;

state::RunChoice choice_of(const Options& options, Chosen& way) {
  state::RunChoice choice;
  choice.tables = way.choice.tables;
  if (const auto since = read_moment(options.since))
    choice.since = since->seconds_ago ? state::time_ago(*way.session, *since->seconds_ago) : since->utc;
  if (const auto until = read_moment(options.until))
    choice.until = until->seconds_ago ? state::time_ago(*way.session, *until->seconds_ago) : until->end();
  choice.mode = options.mode_name;
  choice.status = options.status;
  if (options.run_id > 0) choice.run_id = options.run_id;
  return choice;
}

// One more than is shown, to know whether there are more; 0: all.
std::int64_t wanted(const Options& options) {
  if (options.limit > 0) return options.limit;
  return options.json ? 0 : runs_shown;
}

void read_direction(const Options& options, Chosen& way, report::History& history) {
  auto choice = choice_of(options, way);
  choice.limit = wanted(options) > 0 ? wanted(options) + 1 : 0;
  auto runs = state::read_runs(*way.session, way.scope, choice);
  if (options.events) state::add_events(*way.session, way.scope, runs);
  if (options.removed) state::add_removed_rows(*way.session, way.scope, choice, runs);
  std::ranges::move(runs, std::back_inserter(history.runs));
  if (options.run_id == 0 && options.status.empty() && options.mode_name.empty() &&
      (options.events || options.removed)) {
    report::ByHand by_hand{way.scope, {}, {}};
    if (options.events) by_hand.events = state::read_events_by_hand(*way.session, way.scope, choice);
    if (options.removed) by_hand.discarded = state::read_discarded_rows(*way.session, way.scope, choice);
    history.by_hand.push_back(std::move(by_hand));
  }
  if (options.run_id == 0 && !options.json)
    if (const auto failure = state::read_last_failure(*way.session, way.scope, choice.tables))
      history.last_failure.push_back(*failure);
}

}  // namespace

int run_history(const Options& options) {
  const config::Settings settings = config::load_settings(options.flags, config::process_environment());
  report::History history;
  history.filtered = !options.tables.empty() || !options.since.empty() || !options.until.empty() ||
                     !options.direction.empty() || !options.status.empty() || !options.mode_name.empty() ||
                     options.run_id > 0;
  history.in_full = options.verbose || options.run_id > 0;
  history.with_events = options.events;
  history.with_removed = options.removed;
  for (auto& way : choose_by_direction(settings, options)) read_direction(options, way, history);
  std::ranges::stable_sort(history.runs, std::ranges::greater(), &state::RunRecord::started_at);
  const auto most = static_cast<std::size_t>(wanted(options));
  history.more = most > 0 && history.runs.size() > most;
  if (history.more) history.runs.resize(most);
  std::cout << (options.json ? report::history_json(history) : report::history_text(history));
  return 0;
}

}  // namespace engine::cli
