#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "engine/postgres/session.hpp"
#include "engine/state/scope.hpp"

namespace engine::state {

// What the state of a database holds, for people who are about to take it down.

struct Holding {
  std::string map;
  std::string table;  // of the schema pgtide
  std::int64_t rows = 0;
};
// Of these tables, as far as they are there, by map; none that are empty.
std::vector<Holding> take_inventory(postgres::Session& session, const std::set<std::string>& tables);

// Every map and direction of which rows flow into this database.
std::vector<Scope> all_scopes(postgres::Session& session);

}  // namespace engine::state
