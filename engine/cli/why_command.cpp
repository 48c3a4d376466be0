#include <iostream>

#include "engine/cli/commands.hpp"
#include "engine/pipeline/inquiry.hpp"
#include "engine/report/why_text.hpp"

namespace engine::cli {

int run_why(const Options& options) {
  const config::Settings settings = config::load_settings(options.flags, config::process_environment());
  const auto rows = pipeline::inquire(settings, options.table, options.key);
  std::cout << (options.json ? report::why_json(rows) : report::why_text(rows));
  return 0;
}

}  // namespace engine::cli
