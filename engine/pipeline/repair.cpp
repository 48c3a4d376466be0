#include "engine/pipeline/repair.hpp"

#include "engine/core/error.hpp"
#include "engine/plan/repair.hpp"

namespace engine::pipeline {

void settle_days(RunContext& run) {
  auto& days = run.request.days;
  if (!days) return;
  const std::string today = run.observation.observed_at.substr(0, 10);
  if (days->until.empty()) days->until = today;
  if (days->until < days->since)
    throw Error(ErrorCode::usage,
                "--since " + days->since + " is later than " + days->until + ", so that there is no day to copy",
                "today is " + today + " (UTC) at the source");
}

std::vector<plan::Refusal> settle_repair(RunContext& run) {
  std::vector<plan::Refusal> refused;
  for (auto& task : run.plan.tasks) {
    const auto cursor = run.cursor_of(task);
    if (const auto why = plan::why_not_repaired(task, run.request, cursor, run.trusted))
      refused.push_back({task.title, why->what(), why->hint()});
    else if (!run.request.columns.empty())
      plan::narrow_to(task, run.request.columns, *cursor);
  }
  return refused;
}

}  // namespace engine::pipeline
