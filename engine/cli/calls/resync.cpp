#include <CLI/CLI.hpp>

#include "engine/cli/calls/calls.hpp"
#include "engine/cli/commands.hpp"
#include "engine/plan/repair.hpp"

namespace engine::cli {
namespace {

constexpr const char* resync_examples =
    "Examples:\n"
    "  pgtide resync --table jobshead --since 2026-11-01 --until 2026-11-03\n"
    "  pgtide resync --table workdiary --since 2026-11-01           until today\n"
    "  pgtide resync --table climaster --column clientphone         fill a new column, nothing else\n"
    "\n"
    "Days: the rows whose watermark lies in those days (UTC, both included) are compared and copied once more, by the "
    "same\n"
    "rules as ever. Rows and days outside of them, and where the next run goes on, stay as they are.\n"
    "Column: after the map, or the cloud's table, got a new column. Only it is sent, and only rows that are in the "
    "cloud as\n"
    "pgtide left them are filled.";

}  // namespace

void add_resync(CLI::App& app, Options& options) {
  CLI::App* resync = app.add_subcommand("resync", "copy the rows of some days again, or fill one new column");
  add_common(*resync, options);
  resync->add_option("--table", options.tables, "the table (may be repeated)")
      ->type_name("NAME")
      ->required()
      ->allow_extra_args(false);
  const auto day = [](const std::string& text) { return plan::is_day(text) ? "" : "a day is written like 2026-11-21"; };
  CLI::Option* since =
      resync->add_option("--since", options.since, "the first day (UTC)")->type_name("DAY")->check(day);
  resync->add_option("--until", options.until, "the last day (default today)")
      ->type_name("DAY")
      ->check(day)
      ->needs(since);
  resync->add_option("--column", options.columns, "fill this column (may be repeated)")
      ->type_name("COLUMN")
      ->allow_extra_args(false)
      ->excludes(since);
  add_direction(*resync, options);
  add_run(*resync, options);
  resync->add_option("--past-fuse", options.past_fuse, "let this table pass the safety limit once")
      ->type_name("TABLE")
      ->allow_extra_args(false);
  resync->footer(resync_examples);
  resync->callback([&options] { options.run = run_resync; });
}

}  // namespace engine::cli
