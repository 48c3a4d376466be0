#include <CLI/CLI.hpp>

#include "engine/cli/calls/calls.hpp"
#include "engine/cli/commands.hpp"

namespace engine::cli {
namespace {

constexpr const char* coverage_examples =
    "Examples:\n"
    "  pgtide coverage                                 a calendar of each table: which days have arrived\n"
    "  pgtide coverage --gaps                          only the days that are missing, or of which rows wait\n"
    "  pgtide coverage --table jobshead --by month --since 2026-01-01\n"
    "  pgtide coverage --table jobshead --since 2026-11-01 --until 2026-11-07\n"
    "\n"
    "A day is that of the rows' watermark (the day on which they were touched), UTC. --gaps ends with 8 if there are "
    "any,\n"
    "and names the command that mends each. Days are written 2026-11-01, or 7d for seven days ago.";

}  // namespace

void add_coverage(CLI::App& app, Options& options) {
  CLI::App* coverage = app.add_subcommand("coverage", "which days have arrived, and which are missing");
  add_common(*coverage, options);
  add_tables(*coverage, options);
  add_period(*coverage, options, "days");
  add_direction(*coverage, options);
  coverage->add_flag("--gaps", options.gaps, "only days that are missing, or of which rows wait; exit status 8 if any");
  coverage->add_option("--by", options.by, "add up the rows by day, week or month instead of the calendar")
      ->type_name("day|week|month")
      ->check(CLI::IsMember({"day", "week", "month"}).description(""));
  coverage->footer(coverage_examples);
  coverage->callback([&options] { options.run = run_coverage; });
}

}  // namespace engine::cli
