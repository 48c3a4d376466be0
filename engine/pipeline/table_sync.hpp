#pragma once

#include <vector>

#include "engine/pipeline/lanes.hpp"
#include "engine/pipeline/run_context.hpp"
#include "engine/pipeline/summary.hpp"

namespace engine::pipeline {

// Brings the tables of a group up to date: whoever understands this understands the engine. Never throws; what went
// wrong is in the outcomes, which are also in the state when this returns.
std::vector<TableOutcome> sync_group(const RunContext& run, Lane& lane, const plan::Group& group);

}  // namespace engine::pipeline
