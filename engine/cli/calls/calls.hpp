#pragma once

#include <string>

#include "engine/cli/options.hpp"

namespace CLI {
class App;
}

namespace engine::cli {

// What the command line may say. Each command has a file of its own, which adds it to the program and says which
// function of commands.hpp carries it out. Everything that is added writes into `options` while the line is read.
void add_init(CLI::App& app, Options& options);
void add_sync(CLI::App& app, Options& options);
void add_plan(CLI::App& app, Options& options);
void add_verify(CLI::App& app, Options& options);
void add_status(CLI::App& app, Options& options);
void add_history(CLI::App& app, Options& options);
void add_coverage(CLI::App& app, Options& options);
void add_quarantine(CLI::App& app, Options& options);
void add_conflicts(CLI::App& app, Options& options);
void add_why(CLI::App& app, Options& options);
void add_resync(CLI::App& app, Options& options);
void add_watermark(CLI::App& app, Options& options);
void add_prune(CLI::App& app, Options& options);
void add_doctor(CLI::App& app, Options& options);
void add_map(CLI::App& app, Options& options);

// Options that several commands have.
void add_common(CLI::App& app, Options& options);  // --map, --desktop, --cloud, --json, --quiet, --verbose
void add_tables(CLI::App& app, Options& options);  // --table, may be repeated
void add_run(CLI::App& app, Options& options);     // --retry-for, --jobs
void add_key(CLI::App& app, Options& options);
void add_period(CLI::App& app, Options& options, const char* what);  // --since, --until
void add_limit(CLI::App& app, Options& options);
void add_yes(CLI::App& app, Options& options);
void add_direction(CLI::App& app, Options& options);
void add_kinds(CLI::App& app, Options& options, const char* flag, const char* what, const char* type);
// A word behind a command (`quarantine list`), with the common options.
using Run = int (*)(const Options&);
CLI::App* add_action(CLI::App& app, Options& options, Run run, Action action, const char* name, const char* what);

}  // namespace engine::cli
