#pragma once

#include <chrono>
#include <functional>
#include <set>
#include <stop_token>
#include <string>

#include "engine/config/settings.hpp"
#include "engine/pipeline/observer.hpp"
#include "engine/pipeline/summary.hpp"
#include "engine/plan/plan.hpp"

namespace engine::pipeline {

struct RunOptions {
  int jobs = 2;                        // tables at the same time; each takes a connection to either side
  std::set<std::string> past_fuse;     // tables that may pass the fuse this once
  std::chrono::seconds retry_for{60};  // how long a row of failures may last; 0: nothing is tried again
  std::stop_token stop;
  std::function<int()> stop_signal;  // the exit status of the signal that requested the stop: 130 or 143
};

// One run of one job. Creates or upgrades the state first. Returns when every table is done, refused or failed; throws
// Error where nothing could be begun (unreachable, already running, a wrong map, another source).
RunSummary run(const config::Settings& settings, const plan::Request& request, const RunOptions& options,
               Observer& observer);

}  // namespace engine::pipeline
