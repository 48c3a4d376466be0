#pragma once

#include "engine/pipeline/run_context.hpp"
#include "engine/postgres/session.hpp"

namespace engine::pipeline {

// Gives each task of the run's plan what the state remembers of its rows, on both sides (TableTask::memory). Stores
// what is new about the tables, so that there is a place for what this run will remember. Both state schemas must be
// there.
void recollect(RunContext& run, postgres::Session& source, postgres::Session& target);

}  // namespace engine::pipeline
