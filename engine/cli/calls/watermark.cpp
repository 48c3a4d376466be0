#include <CLI/CLI.hpp>

#include "engine/cli/calls/calls.hpp"
#include "engine/cli/commands.hpp"

namespace engine::cli {
namespace {

constexpr const char* watermark_examples =
    "Examples:\n"
    "  pgtide watermark show\n"
    "  pgtide watermark show --table jobshead --json\n"
    "  pgtide watermark reset --table jobshead          the next run compares the table whole\n"
    "\n"
    "reset forgets where the next run of a table was to go on. No row is lost or copied twice: the next incremental "
    "(or\n"
    "reverse) run looks at every row of it. It asks first.";

}  // namespace

void add_watermark(CLI::App& app, Options& options) {
  CLI::App* watermark = app.add_subcommand("watermark", "where each table stands: show, reset");
  watermark->footer(watermark_examples);
  watermark->require_subcommand(1);
  CLI::App* show = add_action(*watermark, options, run_watermark, Action::show, "show",
                              "until when each table is complete, and how its next run goes on");
  add_tables(*show, options);
  CLI::App* reset =
      add_action(*watermark, options, run_watermark, Action::reset, "reset", "let the next run compare a table whole");
  reset->add_option("--table", options.tables, "the table (may be repeated)")
      ->type_name("NAME")
      ->required()
      ->allow_extra_args(false);
  add_yes(*reset, options);
  for (CLI::App* one : {show, reset}) {
    add_direction(*one, options);
    one->footer(watermark_examples);
  }
}

}  // namespace engine::cli
