#pragma once

#include <string>

#include "engine/cli/options.hpp"

namespace engine::cli {

// Before something that cannot be taken back: returns if --yes was given, or somebody at a terminal types the name of
// the map. Throws Error(not_confirmed) else, and then nothing has been touched. `what` is the question, without its
// mark: "discard 3 rows". What it is about was shown before.
void confirm(const Options& options, const std::string& what, const std::string& map);

}  // namespace engine::cli
