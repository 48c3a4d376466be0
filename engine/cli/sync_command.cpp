#include <iostream>

#include "engine/cli/commands.hpp"
#include "engine/cli/run_job.hpp"
#include "engine/pipeline/parents.hpp"
#include "engine/plan/refresh.hpp"
#include "engine/report/json.hpp"
#include "engine/report/text.hpp"

namespace engine::cli {

int run_sync(const Options& options) {
  const config::Settings settings = config::load_settings(options.flags, config::process_environment());
  const Signals signals;
  plan::Request request;
  request.mode = options.mode;
  request.only = options.tables;
  request.method = options.exact ? config::RefreshMethod::stream : plan::refresh_method_named(options.method);
  request.overwrite = options.overwrite;
  if (options.with_parents) request = pipeline::with_parents(settings, request);
  const pipeline::RunSummary summary = run_job(options, settings, request, signals);
  std::cout << (options.json ? report::run_json(summary) : report::run_text(summary));
  return summary.exit_status;
}

}  // namespace engine::cli
