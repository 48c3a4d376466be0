#pragma once

#include <map>
#include <span>
#include <string>

#include "engine/config/table_map.hpp"
#include "engine/pipeline/run_context.hpp"
#include "engine/postgres/session.hpp"

namespace engine::pipeline {

// Gives each task of the run's plan what the state remembers of its rows, on both sides (TableTask::memory). Stores
// what is new about the tables, so that there is a place for what this run will remember. The target's state must
// be there.
void recollect(RunContext& run, postgres::Session& source, postgres::Session& target);

// The same for these tasks, as far as it is stored already and can be read: writes nothing. What is remembered by other
// columns than the plan's is left out.
void recall(std::span<plan::TableTask> tasks, const state::Scope& scope, postgres::Session& source,
            postgres::Session& target);

// The two halves of it, where the state is there and may be read.
void recall_target(std::span<plan::TableTask> tasks, const state::Scope& scope, postgres::Session& target);
void recall_source(std::span<plan::TableTask> tasks, const state::Scope& scope, postgres::Session& source);

// Why tables that go both ways must be refused: what the opposite direction remembers of them lies in a source in which
// we may not write, and cannot be read. By source table.
std::map<QualifiedName, std::string> closed_memories(postgres::Session& source, const config::TableMap& map,
                                                     Direction direction);

}  // namespace engine::pipeline
