#pragma once

#include "engine/cli/options.hpp"
#include "engine/config/settings.hpp"

namespace engine::cli {

// `pgtide init --down`: the state of both databases goes back to an older version, or altogether. Says what would be
// lost, of which maps, and asks. Returns the exit status.
int take_down(const Options& options, const config::Settings& settings);

}  // namespace engine::cli
