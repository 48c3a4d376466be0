#include <CLI/CLI.hpp>

#include "engine/cli/calls/calls.hpp"
#include "engine/cli/commands.hpp"

namespace engine::cli {
namespace {

constexpr const char* quarantine_examples =
    "Examples:\n"
    "  pgtide quarantine list                          the rows that wait, and why\n"
    "  pgtide quarantine list --table jobshead --reason foreign_key_violation\n"
    "  pgtide quarantine retry --table jobshead        after the cause was mended: try them now\n"
    "  pgtide quarantine discard --table jobshead --key 1207\n"
    "\n"
    "Rows that the target refuses wait in quarantine; all others are copied. Each run tries them again, retry does it "
    "at once\n"
    "and forces nothing. discard is for rows that are not to be copied: nobody hears of them until they change at the "
    "source.\n"
    "The key: the values with commas between them, in the order of the key, or a JSON object "
    "('{\"job_id\": 7, \"task\": \"a,b\"}').";

}  // namespace

void add_quarantine(CLI::App& app, Options& options) {
  CLI::App* quarantine = app.add_subcommand("quarantine", "rows that the target refuses: list, retry, discard");
  quarantine->footer(quarantine_examples);
  quarantine->require_subcommand(1);
  const auto action = [&](Action which, const char* name, const char* what) {
    CLI::App* one = add_action(*quarantine, options, run_quarantine, which, name, what);
    add_tables(*one, options);
    add_kinds(*one, options, "--reason", "only rows that wait for this reason (may be repeated)", "REASON");
    add_key(*one, options);
    one->footer(quarantine_examples);
    return one;
  };
  add_limit(*action(Action::list, "list", "the rows that wait, and why"), options);
  add_run(*action(Action::retry, "retry", "try them again now, also those that were given up"), options);
  add_yes(*action(Action::discard, "discard", "leave them out until they change at the source"), options);
}

}  // namespace engine::cli
