#include <CLI/CLI.hpp>

#include "engine/cli/calls/calls.hpp"
#include "engine/cli/commands.hpp"

namespace engine::cli {
namespace {

constexpr const char* init_examples =
    "Examples:\n"
    "  pgtide init                            safe to repeat; a first sync does it by itself\n"
    "  pgtide init --accept-source            the desktop was moved to another server: compare everything once\n"
    "  pgtide init --replace-old-metadata     rename the metadata table of an earlier tool, put the view in its place";

}  // namespace

void add_init(CLI::App& app, Options& options) {
  CLI::App* init = app.add_subcommand("init", "create or upgrade the state schema in both databases");
  add_common(*init, options);
  init->add_flag("--replace-old-metadata", options.replace_old_metadata,
                 "rename a metadata table that an earlier tool left");
  init->add_flag("--accept-source", options.accept_source,
                 "the source is another database than before, and that is right");
  init->footer(init_examples);
  init->callback([&options] { options.run = run_init; });
}

}  // namespace engine::cli
