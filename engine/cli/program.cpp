#include <exception>
#include <iostream>

#include "engine/cli/commands.hpp"
#include "engine/cli/progress.hpp"
#include "engine/core/error.hpp"
#include "engine/pipeline/summary.hpp"
#include "engine/report/json.hpp"

namespace engine::cli {
namespace {

int explain(const Options& options, const Error& error) {
  const int status = exit_status(error.code());
  std::cerr << "error: " << error.what() << "\n";
  if (!error.hint().empty()) std::cerr << "hint: " << error.hint() << "\n";
  if (options.json) std::cout << report::error_json(status, pipeline::status_name(status), error.what(), error.hint());
  return status;
}

}  // namespace

int run_program(int argc, const char* const* argv) {
  const Parsed parsed = parse(argc, argv);
  if (parsed.exit) return *parsed.exit;
  try {
    set_up_log(parsed.options);
    return parsed.options.run(parsed.options);
  } catch (const Error& error) {
    return explain(parsed.options, error);
  } catch (const std::exception& error) {
    return explain(parsed.options, Error(ErrorCode::internal, error.what(),
                                         "this is a defect of pgtide: please report it with the command that was run"));
  }
}

}  // namespace engine::cli
