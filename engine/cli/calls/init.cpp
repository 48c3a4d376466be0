#include <CLI/CLI.hpp>

#include "engine/cli/calls/calls.hpp"
#include "engine/cli/commands.hpp"

namespace engine::cli {
namespace {

constexpr const char* init_examples =
    "Examples:\n"
    "  pgtide init                            safe to repeat; a first sync does it by itself\n"
    "  pgtide init --accept-source            the desktop was moved to another server: compare everything once\n"
    "  pgtide init --replace-old-metadata     rename the metadata table of an earlier tool, put the view in its place\n"
    "  pgtide init --down                     remove the state schema from both databases; your rows stay\n"
    "  pgtide init --down --to 4              take it back to the version of an older pgtide";

}  // namespace

void add_init(CLI::App& app, Options& options) {
  CLI::App* init = app.add_subcommand("init", "create or upgrade the state schema in both databases");
  add_common(*init, options);
  init->add_flag("--replace-old-metadata", options.replace_old_metadata,
                 "rename a metadata table that an earlier tool left");
  init->add_flag("--accept-source", options.accept_source,
                 "the source is another database than before, and that is right");
  CLI::Option* down = init->add_flag("--down", options.down, "take the state schema down, to nothing or to --to");
  init->add_option("--to", options.to_version, "the version of the state to go down to (default 0: nothing is left)")
      ->type_name("VERSION")
      ->check(CLI::Range(0, 1000))
      ->needs(down);
  init->add_flag("--all-maps", options.all_maps, "also what other maps keep there")->needs(down);
  add_yes(*init, options);
  init->footer(init_examples);
  init->callback([&options] { options.run = run_init; });
}

}  // namespace engine::cli
