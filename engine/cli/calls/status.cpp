#include <CLI/CLI.hpp>

#include "engine/cli/calls/calls.hpp"
#include "engine/cli/commands.hpp"

namespace engine::cli {
namespace {

constexpr const char* status_examples =
    "Examples:\n"
    "  pgtide status\n"
    "  pgtide status --verbose                with what the last run did, in full\n"
    "  pgtide status --check --max-age 26h    exit status 9 if a table is older, for schedulers\n"
    "\n"
    "The first line says whether all is well; if not, the lines below it say what to do. docs/OPERATING.md, 5, says "
    "more.";

}  // namespace

void add_status(CLI::App& app, Options& options) {
  CLI::App* status = app.add_subcommand("status", "is all well? one line a table: age, guarantee, last result");
  add_common(*status, options);
  status->add_flag("--check", options.check, "exit status 9 if a table is too old");
  status->add_option("--max-age", "how old a table may be, with --check (default 26h)")
      ->type_name("AGE")
      ->check([&options](const std::string& text) {
        options.max_age_seconds = seconds_of(text).value_or(0);
        return options.max_age_seconds > 0 ? "" : "an age is written like 26h, 90m or 2d";
      });
  status->footer(status_examples);
  status->callback([&options] { options.run = run_status; });
}

}  // namespace engine::cli
