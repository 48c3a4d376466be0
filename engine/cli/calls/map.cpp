#include <CLI/CLI.hpp>

#include "engine/cli/calls/calls.hpp"
#include "engine/cli/commands.hpp"

namespace engine::cli {
namespace {

constexpr const char* generate_examples =
    "Examples:\n"
    "  pgtide map generate --name my-firm --output tablemaps/my-firm.yaml\n"
    "  pgtide map generate --desktop-schema sales --desktop-schema person --cloud-schema sales --cloud-schema person\n"
    "  pgtide map generate > my-firm.yaml\n"
    "\n"
    "Looks at both databases (--desktop and --cloud, else PGTIDE_DESKTOP_URL and PGTIDE_CLOUD_URL) and writes a map "
    "for\n"
    "them, with the reason for each guess beside it. It reads only, and no more of a large table than it can in a few\n"
    "seconds. A file that is there already is never overwritten. Exit status 5: not one table can be copied.";

constexpr const char* check_examples =
    "Examples:\n"
    "  pgtide map check --map tablemaps/my-firm.yaml\n"
    "  pgtide map check --offline             the file alone, without the databases\n"
    "  pgtide map check --json\n"
    "\n"
    "Names every mistake with file, line and column, and what to do. It writes nothing. Exit status 3: the map is "
    "wrong;\n"
    "5: a table would be refused; 4: a database cannot be reached.";

}  // namespace

void add_map(CLI::App& app, Options& options) {
  CLI::App* map = app.add_subcommand("map", "write a map from two databases; judge a map: generate, check");
  map->require_subcommand(1);
  CLI::App* generate =
      add_action(*map, options, run_map, Action::generate, "generate", "look at both databases and write a map");
  generate->add_option("--name", options.name, "the name of the map (default: that of the desktop database)")
      ->type_name("NAME");
  generate->add_option("--output", options.output, "write it into this new file (default: print it)")
      ->type_name("FILE");
  const auto schemas = [&](const char* flag, std::vector<std::string>& list, const char* what) {
    generate->add_option(flag, list, what)->type_name("SCHEMA")->allow_extra_args(false);
  };
  schemas("--desktop-schema", options.desktop_schemas,
          "only tables of this schema of the desktop (may be repeated; default: all)");
  schemas("--cloud-schema", options.cloud_schemas,
          "only tables of this schema of the cloud (may be repeated; default: all)");
  generate->footer(generate_examples);
  CLI::App* check =
      add_action(*map, options, run_map, Action::check, "check", "every mistake in a map, with its place and hint");
  check->add_flag("--offline", options.offline, "look at the file only, not at the databases");
  check->footer(check_examples);
}

}  // namespace engine::cli
