#pragma once

#include <string>
#include <vector>

#include "engine/config/settings.hpp"
#include "engine/pipeline/forecast.hpp"
#include "engine/pipeline/orphans.hpp"
#include "engine/plan/plan.hpp"
#include "engine/plan/refresh.hpp"
#include "engine/plan/window.hpp"

namespace engine::pipeline {

// What a run would do, as far as it can be told without writing anything.
struct Foresight {
  plan::Plan plan;
  std::vector<plan::Window> windows;     // of each task
  std::vector<Orphans> orphans;          // of each task
  std::vector<plan::Refresh> refreshes;  // of each task, as far as a full run compares it
  std::vector<Forecast> forecasts;       // of each task; empty where it is not carried out
  std::vector<std::string> notes;

  std::vector<bool> carried_out;  // each task
};

// Reads both databases, writes nothing. Throws as pipeline::run() would before its first write.
Foresight foresee(const config::Settings& settings, const plan::Request& request);

}  // namespace engine::pipeline
