#include <cstdlib>
#include <iostream>

#include "engine/cli/commands.hpp"
#include "engine/cli/progress.hpp"
#include "engine/cli/signals.hpp"
#include "engine/core/error.hpp"
#include "engine/pipeline/run.hpp"
#include "engine/report/json.hpp"
#include "engine/report/text.hpp"

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

int run_sync(const Options& options) {
  const config::Settings settings = config::load_settings(options.flags, config::process_environment());
  const Signals signals;
  pipeline::RunOptions run;
  run.jobs = options.jobs;
  run.past_fuse = {options.past_fuse.begin(), options.past_fuse.end()};
  run.retry_for = patience_of(options);
  run.stop = signals.token();
  run.stop_signal = [&] { return signals.exit_status(); };
  plan::Request request;
  request.mode = options.mode;
  request.only = options.tables;
  request.overwrite = options.overwrite;

  pipeline::RunSummary summary;
  try {
    Progress progress(options);
    summary = pipeline::run(settings, request, run, progress);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::interrupted && signals.exit_status() == 143)
      throw Error(ErrorCode::terminated, error.what(), error.hint());
    throw;
  }
  std::cout << (options.json ? report::run_json(summary) : report::run_text(summary));
  return summary.exit_status;
}

}  // namespace engine::cli
