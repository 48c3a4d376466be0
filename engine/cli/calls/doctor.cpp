#include <CLI/CLI.hpp>

#include "engine/cli/calls/calls.hpp"
#include "engine/cli/commands.hpp"

namespace engine::cli {
namespace {

constexpr const char* doctor_examples =
    "Examples:\n"
    "  pgtide doctor                          what stands in the way, each with what mends it\n"
    "  pgtide doctor --table jobshead         one table only\n"
    "  pgtide doctor --sql > fixes.sql        the SQL of all fixes, to be read and then run with psql\n"
    "\n"
    "Looks at both servers, both schemas and all rows of the map's tables, and writes nothing. Ends with 0 if nothing "
    "is\n"
    "in the way, 8 if rows would wait or something is at risk, 5 if a sync would be refused, 4 if a database cannot "
    "be\n"
    "reached.";

}  // namespace

void add_doctor(CLI::App& app, Options& options) {
  CLI::App* doctor = app.add_subcommand("doctor", "will it work here? every finding with its fix");
  add_common(*doctor, options);
  add_tables(*doctor, options);
  doctor->add_flag("--sql", options.sql, "print the SQL of all fixes, for review")->excludes("--json");
  doctor->footer(doctor_examples);
  doctor->callback([&options] { options.run = run_doctor; });
}

}  // namespace engine::cli
