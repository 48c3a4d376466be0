#pragma once

#include <vector>

#include "engine/pipeline/run_context.hpp"

namespace engine::pipeline {

// The part of a run that is a repair (`pgtide resync`), see plan/repair.hpp.

// "Until today" is the day at the source, once it was observed. Throws Error(usage) where no day is left.
void settle_days(RunContext& run);

// Cuts the tasks down to what was asked for, and returns those that cannot be repaired. To be called when cursors and
// memory are known and the source is recognised.
std::vector<plan::Refusal> settle_repair(RunContext& run);

}  // namespace engine::pipeline
