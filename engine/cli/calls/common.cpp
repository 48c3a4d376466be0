#include <CLI/CLI.hpp>

#include "engine/cli/calls/calls.hpp"
#include "engine/cli/moment.hpp"

namespace engine::cli {
namespace {

constexpr const char* wrong_time = "a time is written like 60s, 5m or 1h";

}  // namespace

void add_common(CLI::App& app, Options& options) {
  app.add_option("--map", options.flags.map_file, "the table map")->type_name("FILE");
  app.add_option("--desktop", options.flags.desktop_url, "the desktop database")->type_name("URL");
  app.add_option("--cloud", options.flags.cloud_url, "the cloud database")->type_name("URL");
  app.add_flag("--json", options.json, "print the result as JSON");
  app.add_flag("--quiet", options.quiet, "log only problems");
  app.add_flag("--verbose", options.verbose, "log every table as it begins and ends");
}

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
  app.add_option("--jobs", options.jobs, "tables at the same time (default 2), as far as the map allows connections")
      ->type_name("N")
      ->check(CLI::Range(1, 64));
}

void add_key(CLI::App& app, Options& options) {
  app.add_option("--key", options.key, "only the row with this key, of one --table")->type_name("KEY");
}

void add_period(CLI::App& app, Options& options, const char* what) {
  const auto is_moment = [](const std::string& text) { return read_moment(text) ? "" : wrong_moment; };
  app.add_option("--since", options.since, std::string("only ") + what + " then or later")
      ->type_name("TIME")
      ->check(is_moment);
  app.add_option("--until", options.until, std::string("only ") + what + " until then; a day counts as a whole")
      ->type_name("TIME")
      ->check(is_moment);
}

void add_limit(CLI::App& app, Options& options) {
  app.add_option("--limit", options.limit, "how many rows to show (default 100); --json prints all")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}));
}

void add_yes(CLI::App& app, Options& options) { app.add_flag("--yes", options.yes, "do it without a question"); }

void add_direction(CLI::App& app, Options& options) {
  app.add_option("--direction", options.direction, "only forward (desktop to cloud) or reverse (cloud to desktop)")
      ->type_name("forward|reverse")
      ->check([](const std::string& way) {
        return way == "forward" || way == "reverse" ? "" : "write forward or reverse";
      });
}

CLI::App* add_action(CLI::App& app, Options& options, Run run, Action action, const char* name, const char* what) {
  CLI::App* one = app.add_subcommand(name, what);
  add_common(*one, options);
  one->callback([&options, run, action] {
    options.run = run;
    options.action = action;
  });
  return one;
}

void add_kinds(CLI::App& app, Options& options, const char* flag, const char* what, const char* type) {
  app.add_option(flag, options.kinds, what)->type_name(type)->allow_extra_args(false);
}

}  // namespace engine::cli
