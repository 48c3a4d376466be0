#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/config/settings.hpp"
#include "engine/core/direction.hpp"

namespace engine::cli {

// What a command with several words is to do.
enum class Action { list, retry, discard, resolve, show, reset, generate, check };

// The command line as values.
struct Options {
  int (*run)(const Options&) = nullptr;  // of commands.hpp; none until the command line was understood
  config::Flags flags;
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  Mode mode = Mode::incremental;             // sync, plan
  std::vector<std::string> tables;           // sync, plan, quarantine, conflicts
  int jobs = 2;                              // sync
  std::string retry_for;                     // sync, as it was written; see seconds_of()
  std::vector<std::string> past_fuse;        // sync
  bool overwrite = false;                    // sync full
  std::string method;                        // sync full, plan full: stream, rows or ranges; empty: as the map says
  bool exact = false;                        // sync full, plan full: the same as stream
  bool replace_old_metadata = false;         // init
  bool accept_source = false;                // init
  bool sql = false;                          // doctor
  bool check = false;                        // status
  double max_age_seconds = 26 * 3600;        // status --check
  Action action = Action::list;              // quarantine, conflicts
  std::vector<std::string> kinds;            // quarantine --reason, conflicts --kind
  std::string table;                         // why
  std::string key;                           // quarantine, conflicts, why; as it was written
  std::string take;                          // conflicts resolve: desktop or cloud
  std::int64_t limit = 100;                  // quarantine list, conflicts list: rows that are shown
  std::string direction;                     // forward, reverse; empty: both
  std::string since;                         // verify, history, coverage, resync; as it was written
  std::string until;                         // history, coverage, resync; the same
  bool repair = false;                       // verify
  bool receipts = false;                     // verify
  bool settled = false;                      // verify
  double share = 0;                          // verify --sample: of the rows, in percent; 0: all
  bool all = false;                          // conflicts list: resolved ones too
  std::string status;                        // history
  std::string mode_name;                     // history
  std::int64_t run_id = 0;                   // history; 0: all
  bool events = false;                       // history
  bool removed = false;                      // history
  bool gaps = false;                         // coverage
  std::string by;                            // coverage: day, week, month or empty
  bool with_parents = false;                 // sync
  std::vector<std::string> columns;          // resync
  std::string keep_history;                  // prune, as they were written; empty: what the map says
  std::string keep_events;                   // prune
  bool dry_run = false;                      // prune
  bool down = false;                         // init
  int to_version = 0;                        // init --down
  bool all_maps = false;                     // init --down
  bool yes = false;                          // what asks first: without a question
  std::string name;                          // map generate
  std::string output;                        // map generate: a new file; empty: stdout
  std::vector<std::string> desktop_schemas;  // map generate; empty: all
  std::vector<std::string> cloud_schemas;    // the same
  bool offline = false;                      // map check
};

// Seconds of a time like 26h, 90m, 2d, 60s or 0; nothing if it is written in another way.
std::optional<double> seconds_of(const std::string& time);

// Reads the command line. Where it asks for help or the version, or is wrong, the text was printed and the exit status
// is in `exit`.
struct Parsed {
  Options options;
  std::optional<int> exit;
};
Parsed parse(int argc, const char* const* argv);

}  // namespace engine::cli
