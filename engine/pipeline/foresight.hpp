#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "engine/config/settings.hpp"
#include "engine/pipeline/orphans.hpp"
#include "engine/plan/plan.hpp"
#include "engine/plan/window.hpp"

namespace engine::pipeline {

// What a run would do, as far as it can be told without writing anything.
struct Foresight {
  plan::Plan plan;
  std::vector<plan::Window> windows;  // of each task
  std::vector<Orphans> orphans;       // of each task
  std::vector<std::string> notes;

  bool is_carried_out(std::size_t task) const {
    return std::ranges::any_of(plan.waves, [&](const auto& wave) {
      return std::ranges::any_of(
          wave, [&](const plan::Group& group) { return std::ranges::find(group.tasks, task) != group.tasks.end(); });
    });
  }
};

// Reads both databases, writes nothing. Throws as pipeline::run() would before its first write.
Foresight foresee(const config::Settings& settings, const plan::Request& request);

}  // namespace engine::pipeline
