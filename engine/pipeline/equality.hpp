#pragma once

#include <vector>

#include "engine/pipeline/lanes.hpp"
#include "engine/pipeline/run_context.hpp"
#include "engine/pipeline/table_close.hpp"
#include "engine/plan/plan.hpp"

namespace engine::pipeline {

// A full run of tables that are written in one transaction. Where both sides hash to the same sums, nothing is to be
// done: true, and they are finished. False if it is not so, or cannot be told, or is not worth a look; then nothing was
// written. See docs/ARCHITECTURE.md, "Full as a difference".
bool finish_equal(const RunContext& run, Lane& lane, const plan::Group& group, std::vector<TableClose>& closes);

}  // namespace engine::pipeline
