#include <CLI/CLI.hpp>

#include "engine/cli/calls/calls.hpp"
#include "engine/cli/commands.hpp"

namespace engine::cli {
namespace {

constexpr const char* sync_examples =
    "Examples:\n"
    "  pgtide sync incremental --map tablemaps/practice.yaml\n"
    "  pgtide sync full --table climaster --table jobshead\n"
    "  pgtide sync incremental --table jobshead --with-parents\n"
    "  pgtide sync full --json > report.json\n"
    "\n"
    "full and incremental write to the cloud: missing rows are inserted, different ones updated, nothing is "
    "truncated.\n"
    "reverse writes to the desktop and only inserts. A run that is interrupted leaves nothing half done: run it again.";

constexpr const char* plan_examples =
    "Examples:\n"
    "  pgtide plan incremental\n"
    "  pgtide plan full --table jobshead      one table only\n"
    "  pgtide plan reverse --json\n"
    "\n"
    "Table by table: what is read and why, which columns are copied, computed, ignored or left to their DEFAULT, and "
    "what is\n"
    "REFUSED and why. Nothing is written. Exit status 5 if a table is refused, else 0.";

// sync and plan have the three jobs as words of their own.
void add_jobs(CLI::App& app, Options& options, bool writes) {
  app.require_subcommand(1);
  const auto job = [&](const char* name, Mode mode, const char* what) {
    CLI::App* one = app.add_subcommand(name, what);
    add_common(*one, options);
    add_tables(*one, options);
    if (writes) {
      add_run(*one, options);
      one->add_flag("--with-parents", options.with_parents,
                    "also the tables that those of --table refer to, before them");
      if (mode != Mode::reverse)
        one->add_option("--past-fuse", options.past_fuse, "let this table pass the safety limit once")
            ->type_name("TABLE")
            ->allow_extra_args(false);
      if (mode == Mode::full)
        one->add_flag("--overwrite", options.overwrite, "also write rows that only the cloud changed");
    }
    if (mode == Mode::full) {
      CLI::Option* method =
          one->add_option("--method", options.method,
                          "how rows that may be equal are compared: stream (all are sent), rows (their hashes), ranges "
                          "(hashes of many at once); default: as the map says, else as fits")
              ->type_name("METHOD")
              ->check(CLI::IsMember({"stream", "rows", "ranges"}));
      one->add_flag(
             "--exact", options.exact,
             "send and compare every row, byte by byte: the same as --method stream. The other methods take rows "
             "for equal whose hashes of 64 bits are, which is wrong once in 10^19 comparisons")
          ->excludes(method);
    }
    one->footer(writes ? sync_examples : plan_examples);
    one->callback([&options, writes, mode] {
      options.run = writes ? run_sync : run_plan;
      options.mode = mode;
    });
  };
  job("full", Mode::full, "desktop to cloud, every row");
  job("incremental", Mode::incremental, "desktop to cloud, the rows written since the last run");
  job("reverse", Mode::reverse, "cloud to desktop, rows born in the cloud; only inserts");
}

}  // namespace

void add_sync(CLI::App& app, Options& options) {
  CLI::App* sync = app.add_subcommand("sync", "run one of the three jobs: full, incremental, reverse");
  sync->footer(sync_examples);
  add_jobs(*sync, options, true);
}

void add_plan(CLI::App& app, Options& options) {
  CLI::App* plan = app.add_subcommand("plan", "what that sync would do, and what it refuses; writes nothing");
  plan->footer(plan_examples);
  add_jobs(*plan, options, false);
}

}  // namespace engine::cli
