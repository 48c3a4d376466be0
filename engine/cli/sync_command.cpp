#include <iostream>

#include "engine/cli/commands.hpp"
#include "engine/cli/progress.hpp"
#include "engine/cli/signals.hpp"
#include "engine/core/error.hpp"
#include "engine/pipeline/run.hpp"
#include "engine/report/json.hpp"
#include "engine/report/text.hpp"

namespace engine::cli {

int run_sync(const Options& options) {
  const config::Settings settings = config::load_settings(options.flags, config::process_environment());
  const Signals signals;
  pipeline::RunOptions run;
  run.jobs = options.jobs;
  run.past_fuse = {options.past_fuse.begin(), options.past_fuse.end()};
  run.retry_for = std::chrono::seconds(static_cast<std::int64_t>(options.retry_for));
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
