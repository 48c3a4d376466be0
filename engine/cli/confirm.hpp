#pragma once

#include <string>

#include "engine/cli/options.hpp"

namespace engine::cli {

// Before something that cannot be taken back: returns if --yes was given, or somebody at a terminal says yes. Throws
// Error(not_confirmed) else; `what` is the question, without its mark: "discard 3 rows".
void confirm(const Options& options, const std::string& what);

}  // namespace engine::cli
