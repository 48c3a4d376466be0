#include "engine/cli/take_down.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <set>

#include "engine/cli/confirm.hpp"
#include "engine/core/error.hpp"
#include "engine/pipeline/run_lock.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/report/care_text.hpp"
#include "engine/state/access.hpp"
#include "engine/state/event.hpp"
#include "engine/state/inventory.hpp"
#include "engine/state/migrator.hpp"

namespace engine::cli {
namespace {

using report::WayDown;

WayDown look_at(postgres::Session& session, int to) {
  WayDown way;
  way.database = session.place();
  way.to = to;
  const state::Access access = state::access(session);
  way.closed = access == state::Access::read || access == state::Access::hidden;
  if (way.closed || access == state::Access::absent) return way;
  way.from = state::installed_version(session);
  if (const std::string owed = state::owed_by(session, way.from, to); !owed.empty())
    throw Error(ErrorCode::refused,
                "a first load dropped indexes or foreign keys in the " + std::string(name_of(way.database)) +
                    " that are not there again yet: " + owed + "; nothing was done",
                "run the sync that was interrupted, or make them yourself, and then DELETE FROM pgtide.rebuild; pgtide "
                "status says which statements make them");
  if (way.from > to) way.holdings = state::take_inventory(session, state::emptied_by(way.from, to));
  return way;
}

std::set<std::string> other_maps(const std::vector<std::unique_ptr<postgres::Session>>& databases,
                                 const std::vector<WayDown>& ways, const std::string& own) {
  std::set<std::string> others;
  for (std::size_t i = 0; i < ways.size(); ++i)
    if (ways[i].from > ways[i].to)
      for (const auto& scope : state::all_scopes(*databases[i]))
        if (scope.map != own) others.insert(scope.map);
  return others;
}

// Nothing runs there meanwhile, of no map. Throws Error(already_running).
std::vector<std::unique_ptr<pipeline::RunLock>> hold_all(const config::Settings& settings, postgres::Session& session) {
  std::vector<std::unique_ptr<pipeline::RunLock>> locks;
  for (const auto& scope : state::all_scopes(session))
    locks.push_back(std::make_unique<pipeline::RunLock>(settings.url(session.place()), session.place(), scope));
  return locks;
}

void take_down(postgres::Session& session, const WayDown& way, const std::string& map) {
  state::downgrade(session, way.to);
  if (way.to == 0) return;
  std::map<std::string, std::int64_t> lost;
  for (const auto& held : way.holdings) lost[held.table] += held.rows;
  state::record_event(session, {std::nullopt,
                                "",
                                "state_taken_down",
                                "ok",
                                "from version " + std::to_string(way.from) + " to " + std::to_string(way.to),
                                "",
                                {{"map", map}},
                                lost});
}

}  // namespace

int take_down(const Options& options, const config::Settings& settings) {
  if (options.to_version >= state::known_version())
    throw Error(ErrorCode::usage,
                "--to " + std::to_string(options.to_version) + ": this pgtide works with version " +
                    std::to_string(state::known_version()) + ", and that is not below it",
                "leave --to out to remove the state altogether");
  std::vector<std::unique_ptr<postgres::Session>> databases;
  std::vector<WayDown> ways;
  for (const Place place : {Place::cloud, Place::desktop}) {
    databases.push_back(std::make_unique<postgres::Session>(settings.url(place), place));
    ways.push_back(look_at(*databases.back(), options.to_version));
  }
  const bool nothing = std::ranges::all_of(ways, [](const WayDown& way) { return way.from <= way.to; });
  if (nothing) {
    std::cout << (options.json ? report::way_down_json(ways) : report::way_down_text(ways, false));
    return 0;
  }
  const auto others = other_maps(databases, ways, settings.map.name);
  if (!options.yes || (!others.empty() && !options.all_maps))
    (options.json ? std::cerr : std::cout) << report::way_down_text(ways, false) << std::flush;
  if (!others.empty() && !options.all_maps)
    throw Error(
        ErrorCode::not_confirmed,
        "the state is also that of " + joined({others.begin(), others.end()}, ", ") +
            (others.size() == 1 ? ", another map" : ", other maps") + "; nothing was done",
        "add --all-maps if they are to lose it too. To forget one map only: docs/OPERATING.md, \"Forget a map\"");
  confirm(options,
          options.to_version == 0
              ? "remove the state of both databases"
              : "take the state of both databases down to version " + std::to_string(options.to_version),
          settings.map.name);
  std::vector<std::unique_ptr<pipeline::RunLock>> locks;
  for (std::size_t i = 0; i < ways.size(); ++i)
    if (ways[i].from > ways[i].to)
      for (auto& lock : hold_all(settings, *databases[i])) locks.push_back(std::move(lock));
  for (std::size_t i = 0; i < ways.size(); ++i)
    if (ways[i].from > ways[i].to) take_down(*databases[i], ways[i], settings.map.name);
  std::cout << (options.json ? report::way_down_json(ways) : report::way_down_text(ways, true));
  if (!options.json && options.to_version > 0)
    std::cout << "The next run of this pgtide would bring it up to version " << state::known_version()
              << " again: use the older one from now on.\n";
  return 0;
}

}  // namespace engine::cli
