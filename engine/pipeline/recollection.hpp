#pragma once

#include "engine/plan/plan.hpp"
#include "engine/postgres/session.hpp"
#include "engine/state/scope.hpp"

namespace engine::pipeline {

// Gives each task of the plan what the state remembers of its rows, on both sides (TableTask::memory). Stores what is
// new about the tables, so that there is a place for what this run will remember. Both state schemas must be there.
void recollect(plan::Plan& plan, const state::Scope& scope, postgres::Session& source, postgres::Session& target);

}  // namespace engine::pipeline
