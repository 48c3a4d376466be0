#include "engine/cli/run_job.hpp"

#include <cstdlib>

#include "engine/cli/progress.hpp"
#include "engine/core/error.hpp"
#include "engine/pipeline/run.hpp"

namespace engine::cli {

namespace {

// The flag, else the environment, else a minute.
std::chrono::seconds patience_of(const Options& options) {
  std::string text = options.retry_for;
  if (const char* variable = std::getenv("PGTIDE_RETRY_FOR"); text.empty() && variable) text = variable;
  const auto seconds = seconds_of(text.empty() ? "60s" : text);
  if (!seconds)
    throw Error(ErrorCode::configuration, "PGTIDE_RETRY_FOR: '" + text + "' is no time",
                "a time is written like 60s, 5m or 1h");
  return std::chrono::seconds(static_cast<std::int64_t>(*seconds));
}

}  // namespace

pipeline::RunSummary run_job(const Options& options, const config::Settings& settings, const plan::Request& request,
                             const Signals& signals) try {
  pipeline::RunOptions run;
  run.jobs = options.jobs;
  run.past_fuse = {options.past_fuse.begin(), options.past_fuse.end()};
  run.retry_for = patience_of(options);
  run.stop = signals.token();
  run.stop_signal = [&] { return signals.exit_status(); };
  Progress progress(options);
  return pipeline::run(settings, request, run, progress);
} catch (const Error& error) {
  if (error.code() == ErrorCode::interrupted && signals.exit_status() == 143)
    throw Error(ErrorCode::terminated, error.what(), error.hint());
  throw;
}

int more_urgent(int status, int other) {
  for (const int first : {1, 12, 3, 4, 6, 130, 143, 7, 11, 5, 8, 9})
    if (status == first || other == first) return first;
  return status != 0 ? status : other;
}

}  // namespace engine::cli
