#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/cli/options.hpp"
#include "engine/config/settings.hpp"
#include "engine/postgres/session.hpp"
#include "engine/state/scope.hpp"
#include "engine/state/waiting.hpp"

namespace engine::cli {

// The rows of one direction that --table, --reason, --kind and --key choose, and a session to the database in which
// they wait.
struct Chosen {
  state::Scope scope;
  std::unique_ptr<postgres::Session> session;
  state::Choice choice;
};

// Of the directions in which such a row may wait; none where nothing was ever copied. Looks only. Throws Error(usage)
// for a table that neither the map nor the state knows.
std::vector<Chosen> choose(const config::Settings& settings, const Options& options);

// The same for commands with --direction; where a database cannot be reached they are told how to ask the other one.
std::vector<Chosen> choose_by_direction(const config::Settings& settings, const Options& options);

// A run has all the connections that the map allows to itself: before one, those of the choice are closed; reach()
// connects one of them again.
void hang_up(std::vector<Chosen>& ways);
void reach(const config::Settings& settings, Chosen& way);

// The chosen tables that the map still has, as `sync --table` takes them.
std::vector<std::string> still_in_map(const config::TableMap& map, Direction direction,
                                      const std::vector<std::string>& titles);

// Whether anything was chosen, or all that waits is meant.
inline bool chooses(const Options& options) {
  return !options.tables.empty() || !options.kinds.empty() || !options.key.empty();
}

}  // namespace engine::cli
