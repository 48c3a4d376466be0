#include "engine/pipeline/read_limit.hpp"

#include <algorithm>

namespace engine::pipeline {
namespace {

using Clock = std::chrono::steady_clock;

bool is_over(const RunContext& run) { return run.read_until && Clock::now() >= *run.read_until; }

}  // namespace

void begin_to_read(RunContext& run) {
  const auto& limit = run.settings.map.limits.longest_read;
  run.read_until = limit ? std::optional(Clock::now() + *limit) : std::nullopt;
  run.read_limit_reached = false;
  run.begun_in_attempt = 0;
}

bool has_to_wait(const RunContext& run, const plan::Group& group) {
  const bool once_more = std::ranges::all_of(
      group.tasks, [&](std::size_t task) { return run.copied_before.contains(run.plan.tasks[task].title); });
  // Parents that are only looked at once more are nothing that the attempt has got done.
  if (run.stop.stop_requested() || once_more || (run.begun_in_attempt.fetch_add(1) == 0) || !is_over(run)) return false;
  run.read_limit_reached = true;
  return true;
}

void stop_if_read_for_too_long(const RunContext& run, const plan::TableTask& task, const capture::Progress& progress) {
  if (run.stop.stop_requested() || !is_over(run) || run.copied_before.contains(task.title)) return;
  // As the next attempt will see it: with the mark that this one has left, and in a later snapshot.
  plan::Window window = run.window_of(task);
  window.until = std::max(window.until, progress.next_xid);
  const auto next = plan::go_on_after(window, task, run.request, progress, true, run.waiting_of(task));
  if (!next.after) return;  // it would begin again, and get no further than this time
  run.read_limit_reached = true;
  throw read_for_too_long(run);
}

Error read_for_too_long(const RunContext& run) {
  const auto limit = run.settings.map.limits.longest_read.value_or(std::chrono::milliseconds(0));
  return Error(ErrorCode::unavailable,
               "the source was read for " + std::to_string(limit.count()) +
                   " ms, as long as the map allows (limits: longest_read)",
               "run again: it goes on behind what is committed")
      .retryable(true);
}

}  // namespace engine::pipeline
