#pragma once

#include <string>

#include "engine/plan/plan.hpp"
#include "engine/plan/window.hpp"

namespace engine::plan {

// Whether the new rows of a table can be copied in one go with those of others, without the steps that an ordinary run
// has for all that may be unusual: see docs/ARCHITECTURE.md, "Few rows". Pure.

// Why they cannot; empty if they can. `window`: of the run. `discarding`: rows of the table were discarded, or decided
// against.
std::string why_not_at_once(const TableTask& task, const Window& window, bool discarding);

}  // namespace engine::plan
