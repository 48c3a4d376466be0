#pragma once

#include <optional>
#include <string>

#include "engine/config/settings.hpp"
#include "engine/plan/plan.hpp"
#include "engine/postgres/session.hpp"

namespace engine::pipeline {

// Looks at both databases and makes the plan of a run. Reads only.
//
// Throws Error(refused) if both are the same database, Error(configuration) if PostgreSQL refuses something the map
// says; what is wrong with a single table is in the plan.
//
// `snapshot`: an exported snapshot of the source, in which its tables are looked at.
plan::Plan prepare(postgres::Session& source, postgres::Session& target, const config::TableMap& map,
                   const plan::Request& request, const std::optional<std::string>& snapshot = {});

// All problems with the map in one error, each with file, line and column. Nothing if there are none.
void throw_problems(const plan::Plan& plan);

}  // namespace engine::pipeline
