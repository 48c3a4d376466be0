#include <CLI/CLI.hpp>

#include "engine/cli/calls/calls.hpp"
#include "engine/cli/commands.hpp"

namespace engine::cli {
namespace {

constexpr const char* history_examples =
    "Examples:\n"
    "  pgtide history                                  the last runs, the newest first\n"
    "  pgtide history --status failed                  those that did not end well\n"
    "  pgtide history --table jobshead --since 7d      one table, the last seven days\n"
    "  pgtide history --run 12 --events                one run with all that happened in it\n"
    "  pgtide history --run 12 --removed               which rows it removed, and how\n"
    "\n"
    "Below the runs stands the last failure with its cause and what to do. Forward and reverse number their runs each "
    "by\n"
    "itself. Days and times are UTC: 2026-11-01, 2026-11-01T10:00, or 7d for seven days ago.";

}  // namespace

void add_history(CLI::App& app, Options& options) {
  CLI::App* history = app.add_subcommand("history", "what the runs did, and the last failure");
  add_common(*history, options);
  add_tables(*history, options);
  add_period(*history, options, "runs that began");
  add_direction(*history, options);
  history
      ->add_option("--status", options.status, "only runs that ended so, or a table in them; failed: did not end well")
      ->type_name("STATUS")
      ->check(CLI::IsMember({"ok", "attention", "failed", "refused", "fuse", "skipped", "partial", "unavailable",
                             "interrupted", "killed", "in_progress", "internal", "configuration", "state_version"})
                  .description(""));
  history->add_option("--mode", options.mode_name, "only this job")
      ->type_name("MODE")
      ->check(CLI::IsMember({"full", "incremental", "reverse", "resync"}).description(""));
  history->add_option("--run", options.run_id, "only this run, with its tables")
      ->type_name("ID")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{9'000'000'000'000'000'000}).description(""));
  history->add_flag("--events", options.events, "with what happened, also what people did between the runs");
  history->add_flag("--removed", options.removed, "with the keys of the rows that were removed or discarded");
  const CLI::Option* limit =
      history->add_option("--limit", options.limit, "how many runs to show (default 20); --json prints all")
          ->type_name("N")
          ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}));
  history->footer(history_examples);
  history->callback([&options, limit] {
    options.run = run_history;
    if (limit->count() == 0) options.limit = 0;
  });
}

}  // namespace engine::cli
