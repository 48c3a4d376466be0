#pragma once

#include <string>
#include <vector>

#include "engine/core/direction.hpp"
#include "engine/pipeline/forecast.hpp"
#include "engine/pipeline/orphans.hpp"
#include "engine/pipeline/summary.hpp"
#include "engine/plan/plan.hpp"
#include "engine/plan/refresh.hpp"
#include "engine/plan/window.hpp"
#include "engine/report/status_view.hpp"

// Values into text for people: plain ASCII of our own words, aligned, at most what a terminal shows. Pure.
namespace engine::report {

std::string run_text(const pipeline::RunSummary& run);

struct PlannedTable {
  const plan::TableTask* task = nullptr;
  plan::Window window;
  const pipeline::Orphans* orphans = nullptr;    // nullptr: nobody looked for any
  const pipeline::Forecast* forecast = nullptr;  // nullptr: nobody counted
  const plan::Refresh* refresh = nullptr;        // nullptr: no full run
};
std::string plan_text(const plan::Plan& plan, const std::vector<PlannedTable>& tables, Mode mode,
                      const std::string& map);

std::string status_text(const std::vector<StatusLine>& lines, const std::vector<std::string>& notes,
                        bool verbose = false);

}  // namespace engine::report
