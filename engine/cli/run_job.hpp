#pragma once

#include <optional>

#include "engine/cli/options.hpp"
#include "engine/cli/signals.hpp"
#include "engine/config/settings.hpp"
#include "engine/pipeline/summary.hpp"
#include "engine/plan/plan.hpp"

namespace engine::cli {

// Carries out a run, shows its progress and stops it at a signal.
pipeline::RunSummary run_job(const Options& options, const config::Settings& settings, const plan::Request& request,
                             const Signals& signals);

// The status of two runs together, in the order of the contract.
int more_urgent(int status, int other);

}  // namespace engine::cli
