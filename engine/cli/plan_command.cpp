#include <iostream>

#include "engine/cli/commands.hpp"
#include "engine/pipeline/foresight.hpp"
#include "engine/plan/refresh.hpp"
#include "engine/report/json.hpp"
#include "engine/report/text.hpp"

namespace engine::cli {

int run_plan(const Options& options) {
  const config::Settings settings = config::load_settings(options.flags, config::process_environment());
  plan::Request request;
  request.mode = options.mode;
  request.only = options.tables;
  request.method = options.exact ? config::RefreshMethod::stream : plan::refresh_method_named(options.method);
  const pipeline::Foresight foresight = pipeline::foresee(settings, request);
  std::vector<report::PlannedTable> tables;
  for (std::size_t i = 0; i < foresight.plan.tasks.size(); ++i)
    if (foresight.carried_out[i])
      tables.push_back({&foresight.plan.tasks[i], foresight.windows[i], &foresight.orphans[i], &foresight.forecasts[i],
                        options.mode == Mode::full ? &foresight.refreshes[i] : nullptr});
  std::cout << (options.json ? report::plan_json(foresight.plan, tables)
                             : report::plan_text(foresight.plan, tables, options.mode, settings.map.name));
  for (const auto& note : foresight.notes) std::cerr << "note: " << note << "\n";
  return foresight.plan.refusals.empty() ? 0 : exit_status(ErrorCode::refused);
}

}  // namespace engine::cli
