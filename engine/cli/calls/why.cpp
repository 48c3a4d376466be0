#include <CLI/CLI.hpp>

#include "engine/cli/calls/calls.hpp"
#include "engine/cli/commands.hpp"

namespace engine::cli {
namespace {

constexpr const char* why_examples =
    "Examples:\n"
    "  pgtide why jobshead 1207\n"
    "  pgtide why jobtasks 1207,3,1                    a key, or match, of three columns\n"
    "  pgtide why jobtasks '{\"jt_id\": 5}'             without a key: by the number that the cloud gave the row\n"
    "\n"
    "Says where the row is, which run copied it, and if it is not there, why. It looks only.";

}  // namespace

void add_why(CLI::App& app, Options& options) {
  CLI::App* why = app.add_subcommand("why", "what happened to one row");
  add_common(*why, options);
  why->add_option("TABLE", options.table, "the table, as the map names it")->required();
  why->add_option("KEY", options.key, "its key values with commas, or a JSON object")->required();
  why->footer(why_examples);
  why->callback([&options] { options.run = run_why; });
}

}  // namespace engine::cli
