#pragma once

#include <string>

#include "engine/pipeline/rehearsal.hpp"
#include "engine/plan/plan.hpp"

namespace engine::verify {

// Why the two sides do not hold the row alike, in words for people; `pending`: it was written since the last run. Pure.
std::string why(const pipeline::UnequalRow& row, const plan::TableTask& task, bool pending);

// Whether a repair (a full run with --overwrite, a whole reverse) writes or removes it. Pure.
bool is_mendable(const pipeline::UnequalRow& row, const plan::TableTask& task);

}  // namespace engine::verify
