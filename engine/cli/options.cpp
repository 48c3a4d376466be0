#include "engine/cli/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cmath>
#include <iostream>

#include "engine/core/error.hpp"

namespace engine::cli {
namespace {

constexpr const char* about =
    "pgtide keeps a desktop PostgreSQL and a cloud PostgreSQL in step, by one YAML table map.\n"
    "Forward (full, incremental) it copies desktop to cloud; reverse it brings back what was entered in the cloud.";

constexpr const char* examples =
    "Examples:\n"
    "  pgtide plan full                       what would be done, and what is refused; writes nothing\n"
    "  pgtide sync full                       everything, once a month\n"
    "  pgtide sync incremental                what changed since the last run, every day\n"
    "  pgtide sync reverse                    what was entered in the cloud, every week\n"
    "  pgtide status                          is everything there, and how old is it?\n"
    "  pgtide quarantine list                 rows that the target refuses, and why\n"
    "  pgtide conflicts list                  rows about which the two sides do not agree\n"
    "  pgtide why jobshead 1207               what happened to one row\n"
    "\n"
    "The map: --map FILE, else PGTIDE_MAP, else the only file in ./tablemaps. The databases: --desktop and --cloud, "
    "else\n"
    "PGTIDE_DESKTOP_URL and PGTIDE_CLOUD_URL, else the map. Exit status 0 means that everything asked for is done; "
    "the\n"
    "others are listed in docs/OPERATING.md.";

constexpr const char* sync_examples =
    "Examples:\n"
    "  pgtide sync incremental --map tablemaps/practice.yaml\n"
    "  pgtide sync full --table climaster --table jobshead\n"
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

constexpr const char* init_examples =
    "Examples:\n"
    "  pgtide init                            safe to repeat; a first sync does it by itself\n"
    "  pgtide init --accept-source            the desktop was moved to another server: compare everything once\n"
    "  pgtide init --replace-old-metadata     rename the metadata table of an earlier tool, put the view in its place";

constexpr const char* status_examples =
    "Examples:\n"
    "  pgtide status\n"
    "  pgtide status --check --max-age 26h    exit status 9 if a table is older, for schedulers";

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

constexpr const char* why_examples =
    "Examples:\n"
    "  pgtide why jobshead 1207\n"
    "  pgtide why jobtasks 1207,3,1                    a key, or match, of three columns\n"
    "  pgtide why jobtasks '{\"jt_id\": 5}'             without a key: by the number that the cloud gave the row\n"
    "\n"
    "Says where the row is, which run copied it, and if it is not there, why. It looks only.";

void add_common(CLI::App& app, Options& options) {
  app.add_option("--map", options.flags.map_file, "the table map")->type_name("FILE");
  app.add_option("--desktop", options.flags.desktop_url, "the desktop database")->type_name("URL");
  app.add_option("--cloud", options.flags.cloud_url, "the cloud database")->type_name("URL");
  app.add_flag("--json", options.json, "print the result as JSON");
  app.add_flag("--quiet", options.quiet, "log only problems");
  app.add_flag("--verbose", options.verbose, "log every table as it begins and ends");
}

constexpr const char* wrong_time = "a time is written like 60s, 5m or 1h";

void add_tables(CLI::App& app, Options& options) {
  app.add_option("--table", options.tables, "only this table (may be repeated)")
      ->type_name("NAME")
      ->allow_extra_args(false);
}

void add_run(CLI::App& app, Options& options) {
  app.add_option("--retry-for", options.retry_for,
                 "how long to go on trying when a database is lost (default 60s; 0s: not at all)")
      ->type_name("TIME")
      ->check([](const std::string& text) { return seconds_of(text) ? "" : wrong_time; });
  app.add_option("--jobs", options.jobs, "tables at the same time (default 2)")
      ->type_name("N")
      ->check(CLI::Range(1, 64));
}

void add_key(CLI::App& app, Options& options) {
  app.add_option("--key", options.key, "only the row with this key, of one --table")->type_name("KEY");
}

void add_limit(CLI::App& app, Options& options) {
  app.add_option("--limit", options.limit, "how many rows to show (default 100); --json prints all")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}));
}

void add_yes(CLI::App& app, Options& options) { app.add_flag("--yes", options.yes, "do it without a question"); }

// An action of quarantine or conflicts.
CLI::App* add_action(CLI::App& app, Options& options, Command command, Action action, const char* name,
                     const char* what) {
  CLI::App* one = app.add_subcommand(name, what);
  add_common(*one, options);
  one->callback([&options, command, action] {
    options.command = command;
    options.action = action;
  });
  return one;
}

void add_kinds(CLI::App& app, Options& options, const char* flag, const char* what, const char* type) {
  app.add_option(flag, options.kinds, what)->type_name(type)->allow_extra_args(false);
}

void add_quarantine(CLI::App& app, Options& options) {
  CLI::App* quarantine = app.add_subcommand("quarantine", "rows that the target refuses: list, retry, discard");
  quarantine->footer(quarantine_examples);
  quarantine->require_subcommand(1);
  const auto action = [&](Action which, const char* name, const char* what) {
    CLI::App* one = add_action(*quarantine, options, Command::quarantine, which, name, what);
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

void add_conflicts(CLI::App& app, Options& options) {
  CLI::App* conflicts =
      app.add_subcommand("conflicts", "rows about which desktop and cloud do not agree: list, resolve");
  conflicts->footer(conflicts_examples);
  conflicts->require_subcommand(1);
  CLI::App* list = add_action(*conflicts, options, Command::conflicts, Action::list, "list",
                              "the conflicts that wait, and what can be decided");
  add_tables(*list, options);
  add_limit(*list, options);
  list->add_flag("--all", options.all, "also those that were resolved");
  CLI::App* resolve =
      add_action(*conflicts, options, Command::conflicts, Action::resolve, "resolve", "say whose row counts");
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

void add_why(CLI::App& app, Options& options) {
  CLI::App* why = app.add_subcommand("why", "what happened to one row");
  add_common(*why, options);
  why->add_option("TABLE", options.table, "the table, as the map names it")->required();
  why->add_option("KEY", options.key, "its key values with commas, or a JSON object")->required();
  why->footer(why_examples);
  why->callback([&options] { options.command = Command::why; });
}

// sync and plan have the three jobs as words of their own.
void add_jobs(CLI::App& app, Options& options, Command command, bool writes) {
  app.require_subcommand(1);
  const auto job = [&](const char* name, Mode mode, const char* what) {
    CLI::App* one = app.add_subcommand(name, what);
    add_common(*one, options);
    add_tables(*one, options);
    if (writes) {
      add_run(*one, options);
      if (mode != Mode::reverse)
        one->add_option("--past-fuse", options.past_fuse, "let this table pass the safety limit once")
            ->type_name("TABLE")
            ->allow_extra_args(false);
      if (mode == Mode::full)
        one->add_flag("--overwrite", options.overwrite, "also write rows that only the cloud changed");
    }
    one->footer(writes ? sync_examples : plan_examples);
    one->callback([&options, command, mode] {
      options.command = command;
      options.mode = mode;
    });
  };
  job("full", Mode::full, "desktop to cloud, every row");
  job("incremental", Mode::incremental, "desktop to cloud, the rows written since the last run");
  job("reverse", Mode::reverse, "cloud to desktop, rows born in the cloud; only inserts");
}

// What was written where a command or a job should stand; empty if it is not a plain word (it might be a URL).
std::string wrong_word(const CLI::App& app) {
  const auto left = app.remaining(true);
  if (left.empty()) return "";
  const bool plain = std::ranges::all_of(left.front(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
  return plain ? left.front() : "";
}

// In words of our own where a command or job is missing or unknown: the library's do not name it.
std::string explain(const CLI::App& app, const CLI::ParseError& problem) {
  const bool word_missing = dynamic_cast<const CLI::RequiredError*>(&problem) != nullptr;
  const std::string word = wrong_word(app);
  if (!word_missing) return problem.what();
  struct Words {
    const char* command;
    const char* what;
    const char* words;
  };
  for (const auto& [command, what, words] :
       {Words{"sync", "job", "full, incremental or reverse"}, Words{"plan", "job", "full, incremental or reverse"},
        Words{"quarantine", "action", "list, retry or discard"}, Words{"conflicts", "action", "list or resolve"}}) {
    if (!app.got_subcommand(command)) continue;
    if (!app.get_subcommand(command)->get_subcommands().empty()) return problem.what();  // an option is missing
    return word.empty() ? std::string(command) + " needs to know which " + what + ": " + words
                        : "'" + word + "' is no " + what + ": write " + words;
  }
  if (app.got_subcommand("why")) return problem.what();
  const std::string commands = "init, sync, plan, status, quarantine, conflicts or why";
  return word.empty() ? "which command? " + commands : "there is no command '" + word + "': write " + commands;
}

}  // namespace

std::optional<double> seconds_of(const std::string& text) {
  try {
    std::size_t used = 0;
    const double number = std::stod(text, &used);
    const std::string unit = text.substr(used);
    const double factor = unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : unit == "d" ? 86400 : 0;
    if (number == 0 && unit.empty()) return 0;
    if (factor > 0 && number >= 0 && std::isfinite(number * factor)) return number * factor;
  } catch (const std::exception&) {
  }
  return std::nullopt;
}

Parsed parse(int argc, const char* const* argv) {
  Parsed parsed;
  Options& options = parsed.options;
  CLI::App app(about, "pgtide");
  app.footer(examples);
  app.set_version_flag("--version", "pgtide " PGTIDE_VERSION);
  app.require_subcommand(1);

  CLI::App* init = app.add_subcommand("init", "create or upgrade the state schema in both databases");
  add_common(*init, options);
  init->add_flag("--replace-old-metadata", options.replace_old_metadata,
                 "rename a metadata table that an earlier tool left");
  init->add_flag("--accept-source", options.accept_source,
                 "the source is another database than before, and that is right");
  init->footer(init_examples);
  init->callback([&] { options.command = Command::init; });

  CLI::App* sync = app.add_subcommand("sync", "run one of the three jobs: full, incremental, reverse");
  sync->footer(sync_examples);
  add_jobs(*sync, options, Command::sync, true);

  CLI::App* plan = app.add_subcommand("plan", "what that sync would do, and what it refuses; writes nothing");
  plan->footer(plan_examples);
  add_jobs(*plan, options, Command::plan, false);

  CLI::App* status = app.add_subcommand("status", "one line a table: age, guarantee, last result");
  add_common(*status, options);
  status->add_flag("--check", options.check, "exit status 9 if a table is too old");
  status->add_option("--max-age", "how old a table may be, with --check (default 26h)")
      ->type_name("AGE")
      ->check([&](const std::string& text) {
        options.max_age_seconds = seconds_of(text).value_or(0);
        return options.max_age_seconds > 0 ? "" : "an age is written like 26h, 90m or 2d";
      });
  status->footer(status_examples);
  status->callback([&] { options.command = Command::status; });

  add_quarantine(app, options);
  add_conflicts(app, options);
  add_why(app, options);

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& wanted) {  // help, version
    parsed.exit = app.exit(wanted, std::cout, std::cerr);
  } catch (const CLI::ParseError& problem) {
    std::cerr << "error: " << explain(app, problem)
              << "\nhint: pgtide --help, or pgtide COMMAND --help, shows how to call it\n";
    parsed.exit = exit_status(ErrorCode::usage);
  }
  return parsed;
}

}  // namespace engine::cli
