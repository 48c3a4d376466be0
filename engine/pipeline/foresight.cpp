#include "engine/pipeline/foresight.hpp"

#include "engine/pipeline/presence.hpp"
#include "engine/pipeline/survey.hpp"
#include "engine/plan/statements.hpp"

namespace engine::pipeline {
namespace {

// What a run would read of the table, and what it can bring to those that refer to it.
Reading reading_of(Survey& survey, const plan::TableTask& task, const plan::Window& window, const Presence& presence) {
  const RunContext& run = survey.run();
  const auto cursor = run.cursor_of(task);
  Reading reading{window, window, !cursor};
  if (window.kind == plan::Window::Kind::nothing) return reading;
  if (task.join.empty() && presence.nothing_to_read()) {  // a join may bring rows that the table does not have
    reading.window.kind = reading.news.kind = plan::Window::Kind::nothing;
    return reading;
  }
  const auto target_has_rows = [&] {
    return presence.in_target ? *presence.in_target
                              : survey.target().run(plan::statements::target_has_rows(task)).flag(0, "has_rows");
  };
  if (!cursor || !target_has_rows()) return reading;
  // What is no news is in the target, was removed there and does not come back, or waits for another reason.
  plan::Request as_usual = run.request;
  if (as_usual.mode == Mode::full) as_usual.mode = Mode::incremental;
  const auto orphans = survey.waiting_orphans().find(task.title);
  reading.news =
      plan::decide_window(task, as_usual, cursor, run.trusted, run.snapshot.next_xid,
                          orphans == survey.waiting_orphans().end() ? std::vector<std::string>() : orphans->second);
  return reading;
}

// What the run finds out while it looks at the source is not known yet.
plan::Refresh refresh_of(const RunContext& run, const plan::TableTask& task, const plan::Window& window) {
  plan::RefreshFacts facts;
  facts.discarding = run.discarding.contains(task.title);
  const auto news = plan::news_of_full(task, run.request, run.cursor_of(task), run.trusted, run.snapshot.next_xid,
                                       run.waiting_of(task));
  return plan::decide_refresh(task, run.request, window, news, facts);
}

}  // namespace

Foresight foresee(const config::Settings& settings, const plan::Request& request) {
  Observer nobody;
  Survey survey(settings, request, nobody);
  RunContext& run = survey.run();
  Foresight foresight;
  foresight.notes = survey.notes();
  for (std::size_t i = 0; i < run.plan.tasks.size(); ++i) {
    foresight.carried_out.push_back(survey.is_carried_out(i));
    foresight.windows.push_back(run.window_of(run.plan.tasks[i]));
    foresight.refreshes.push_back(refresh_of(run, run.plan.tasks[i], foresight.windows.back()));
  }
  const auto presence = look_for_rows(run.plan, foresight.windows, survey.source(), survey.target());
  std::vector<Reading> readings;
  for (std::size_t i = 0; i < run.plan.tasks.size(); ++i)
    readings.push_back(reading_of(survey, run.plan.tasks[i], foresight.windows[i], presence[i]));
  foresight.orphans = find_orphans(run.plan, readings, survey.source(), survey.target());
  for (std::size_t i = 0; i < run.plan.tasks.size(); ++i)
    foresight.forecasts.push_back(foresight.carried_out[i]
                                      ? forecast(survey, i, foresight.windows[i], presence[i], foresight.orphans[i])
                                      : Forecast());
  foresight.plan = std::move(run.plan);
  return foresight;
}

}  // namespace engine::pipeline
