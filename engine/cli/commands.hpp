#pragma once

#include "engine/cli/options.hpp"

namespace engine::cli {

// One function a command: prints its result to stdout and returns the exit status. Throws Error where nothing was done.
int run_init(const Options& options);
int run_sync(const Options& options);
int run_plan(const Options& options);
int run_verify(const Options& options);
int run_status(const Options& options);
int run_history(const Options& options);
int run_coverage(const Options& options);
int run_quarantine(const Options& options);
int run_conflicts(const Options& options);
int run_why(const Options& options);
int run_resync(const Options& options);
int run_watermark(const Options& options);
int run_prune(const Options& options);
int run_doctor(const Options& options);
int run_map(const Options& options);

// The whole program: reads the command line, runs the command, turns an Error into a message, a hint and an exit
// status.
int run_program(int argc, const char* const* argv);

}  // namespace engine::cli
