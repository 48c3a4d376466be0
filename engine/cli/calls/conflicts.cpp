#include <CLI/CLI.hpp>

#include "engine/cli/calls/calls.hpp"
#include "engine/cli/commands.hpp"

namespace engine::cli {
namespace {

constexpr const char* conflicts_examples =
    "Examples:\n"
    "  pgtide conflicts list                           rows about which desktop and cloud do not agree\n"
    "  pgtide conflicts list --verbose --table notes   with what both sides hold\n"
    "  pgtide conflicts resolve --table notes --key 50 --take desktop\n"
    "  pgtide conflicts resolve --table notes --kind update_origin_differs --take cloud --yes\n"
    "\n"
    "list says for each kind what the two decisions do. resolve stores the decision and carries it out at once by a "
    "run of\n"
    "that table. Without --key it decides all conflicts of the table that wait, and asks first.\n"
    "The key: the values with commas between them, in the order of the key, or a JSON object "
    "('{\"job_id\": 7, \"task\": \"a,b\"}').";

}  // namespace

void add_conflicts(CLI::App& app, Options& options) {
  CLI::App* conflicts =
      app.add_subcommand("conflicts", "rows about which desktop and cloud do not agree: list, resolve");
  conflicts->footer(conflicts_examples);
  conflicts->require_subcommand(1);
  CLI::App* list = add_action(*conflicts, options, run_conflicts, Action::list, "list",
                              "the conflicts that wait, and what can be decided");
  add_tables(*list, options);
  add_limit(*list, options);
  list->add_flag("--all", options.all, "also those that were resolved");
  CLI::App* resolve =
      add_action(*conflicts, options, run_conflicts, Action::resolve, "resolve", "say whose row counts");
  resolve->add_option("--table", options.tables, "the table")->type_name("NAME")->required()->expected(1)->take_last();
  resolve->add_option("--take", options.take, "whose row counts: desktop or cloud")
      ->required()
      ->type_name("desktop|cloud")
      ->check(
          [](const std::string& side) { return side == "desktop" || side == "cloud" ? "" : "take desktop or cloud"; });
  add_yes(*resolve, options);
  add_run(*resolve, options);
  for (CLI::App* one : {list, resolve}) {
    add_kinds(*one, options, "--kind", "only conflicts of this kind (may be repeated)", "KIND");
    add_key(*one, options);
    one->footer(conflicts_examples);
  }
}

}  // namespace engine::cli
