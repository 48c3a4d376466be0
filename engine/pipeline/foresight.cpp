#include "engine/pipeline/foresight.hpp"

#include "engine/pipeline/survey.hpp"
#include "engine/plan/statements.hpp"

namespace engine::pipeline {

Foresight foresee(const config::Settings& settings, const plan::Request& request) {
  Observer nobody;
  Survey survey(settings, request, nobody);
  RunContext& run = survey.run();
  Foresight foresight;
  foresight.notes = survey.notes();
  std::vector<Reading> readings;
  for (std::size_t i = 0; i < run.plan.tasks.size(); ++i) {
    const auto& task = run.plan.tasks[i];
    const auto cursor = run.cursor_of(task);
    foresight.carried_out.push_back(survey.is_carried_out(i));
    foresight.windows.push_back(run.window_of(task));
    readings.push_back({foresight.windows.back(), foresight.windows.back(), !cursor});
    // What is no news is in the target, was removed there and does not come back, or waits for another reason.
    plan::Request as_usual = request;
    if (as_usual.mode == Mode::full) as_usual.mode = Mode::incremental;
    if (!cursor || !survey.target().run(plan::statements::target_has_rows(task)).flag(0, "has_rows")) continue;
    const auto orphans = survey.waiting_orphans().find(task.title);
    readings.back().news =
        plan::decide_window(task, as_usual, cursor, run.trusted, run.snapshot.next_xid,
                            orphans == survey.waiting_orphans().end() ? std::vector<std::string>() : orphans->second);
  }
  foresight.orphans = find_orphans(run.plan, readings, survey.source(), survey.target());
  for (std::size_t i = 0; i < run.plan.tasks.size(); ++i)
    foresight.forecasts.push_back(
        foresight.carried_out[i] ? forecast(survey, i, foresight.windows[i], foresight.orphans[i]) : Forecast());
  foresight.plan = std::move(run.plan);
  return foresight;
}

}  // namespace engine::pipeline
