#include <CLI/CLI.hpp>

#include "engine/cli/calls/calls.hpp"
#include "engine/cli/commands.hpp"

namespace engine::cli {
namespace {

constexpr const char* verify_examples =
    "Examples:\n"
    "  pgtide verify                                  all tables, every row\n"
    "  pgtide verify --table climaster --table jobshead\n"
    "  pgtide verify --repair                         and write what differs as the source has it\n"
    "  pgtide verify --sample 5                       5 percent of the rows, for large tables\n"
    "  pgtide verify --since 2026-11-01               rows that were touched since then\n"
    "\n"
    "Both databases compute hashes of their rows, and only these travel; what differs is looked at again before it is\n"
    "reported, so that it is right while people work on both sides. Exit status 0: no difference, 9: differences.\n"
    "--repair is a sync full --overwrite (in reverse: a sync reverse of all rows) of the tables that differ. It\n"
    "overwrites what the cloud changed, also where a conflict waits or was decided for the cloud. Rows born in the "
    "cloud\n"
    "and columns that are not copied stay; rows that the desktop has no more go only where the map says deletes: hard "
    "or\n"
    "key: none.";

}  // namespace

void add_verify(CLI::App& app, Options& options) {
  CLI::App* verify = app.add_subcommand("verify", "compare the contents of both databases; --repair makes them equal");
  add_common(*verify, options);
  add_tables(*verify, options);
  add_direction(*verify, options);
  verify->add_flag("--repair", options.repair, "write what differs as the source has it");
  auto* sample = verify->add_option("--sample", options.share, "compare only so many percent of the rows")
                     ->type_name("PERCENT")
                     ->check(CLI::Range(0.0001, 100.0));
  auto* since = verify->add_option("--since", options.since, "compare only rows touched since then, by their watermark")
                    ->type_name("DATE");
  sample->excludes(since);
  verify->add_flag("--settled", options.settled, "leave out rows that were written at the source since the last run");
  verify->add_flag("--receipts", options.receipts, "compare nothing; list what was found before, and check it");
  verify->add_option("--past-fuse", options.past_fuse, "with --repair: let this table pass the safety limit once")
      ->type_name("TABLE")
      ->allow_extra_args(false);
  auto* limit =
      verify->add_option("--limit", options.limit, "how many rows of a table to show (default 10); --json prints all")
          ->type_name("N")
          ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}));
  add_run(*verify, options);
  verify->footer(verify_examples);
  verify->callback([&options, limit] {
    options.run = run_verify;
    if (limit->count() == 0) options.limit = 10;
  });
}

}  // namespace engine::cli
