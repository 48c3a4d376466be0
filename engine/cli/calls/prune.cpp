#include <CLI/CLI.hpp>

#include "engine/cli/calls/calls.hpp"
#include "engine/cli/commands.hpp"

namespace engine::cli {
namespace {

constexpr const char* prune_examples =
    "Examples:\n"
    "  pgtide prune --dry-run                 what is older than it is to be kept\n"
    "  pgtide prune                           delete it; asks first\n"
    "  pgtide prune --history 365d --events 60d --yes\n"
    "\n"
    "History: runs, removed rows, resolved conflicts. Events: the audit trail. How long they are kept stands in the "
    "map\n"
    "(retention: {history: 90d, events: 30d}); these are the defaults. What pgtide needs for its work is never "
    "deleted.";

}  // namespace

void add_prune(CLI::App& app, Options& options) {
  CLI::App* prune = app.add_subcommand("prune", "delete history older than the retention");
  add_common(*prune, options);
  const auto age = [](const std::string& text) {
    return seconds_of(text).value_or(0) >= 86400 ? "" : "a time is written in days, like 90d; 1d at least";
  };
  prune->add_option("--history", options.keep_history, "how long runs, removed rows and resolved conflicts are kept")
      ->type_name("TIME")
      ->check(age);
  prune->add_option("--events", options.keep_events, "how long events are kept")->type_name("TIME")->check(age);
  prune->add_flag("--dry-run", options.dry_run, "say what would be deleted, and delete nothing");
  add_yes(*prune, options);
  prune->footer(prune_examples);
  prune->callback([&options] { options.run = run_prune; });
}

}  // namespace engine::cli
