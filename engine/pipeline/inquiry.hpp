#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/config/settings.hpp"
#include "engine/state/row_history.hpp"
#include "engine/state/waiting.hpp"

namespace engine::pipeline {

// What is known of one row, in one direction: found by looking at both databases and the state, for report/why_text to
// put into words.

struct RowThere {                     // of the target
  bool ours = false;                  // its version was written by a run
  std::optional<state::PastRun> run;  // that one, where it is known
  bool born_in_cloud = false;         // by its mark
  bool before = false;                // it was there before the table's first run
  bool remembered = false;            // by a run of this direction
  bool as_agreed = false;             // and it is as both sides last agreed
  bool soft_deleted = false;          // and marked as deleted
  bool equal = false;                 // to a row of the source
  std::vector<std::string> columns;   // that differ from the source's, where that has one row
};

struct RowFacts {
  std::string map;
  Direction direction = Direction::forward;
  std::string table;    // the title
  std::string row_key;  // jsonb
  std::string refused;  // why nothing of the table is copied; then the rows were not looked at
  std::string deletes = "ignore";
  std::string policy = "desktop_wins";  // for conflicts
  std::string origin_column, origin_cloud;
  bool keyless = false;
  bool adopting = false;     // the table has not been compared whole yet
  bool known_table = false;  // what is remembered of the table could be looked at

  // at the source
  std::int64_t source_rows = 0;
  std::int64_t joined = 0;  // that the map's join leaves
  std::int64_t selected = 0;
  std::int64_t out_by_where = 0, out_by_origin = 0;
  std::int64_t brought = 0;  // by the opposite direction, and not changed since
  std::int64_t known = 0;    // to the opposite direction
  std::int64_t fresh = 0;    // written since the last run
  bool ids_tell = false;     // whether `fresh` says anything
  std::string unreadable;    // why its values cannot be read
  std::string does_not_fit;  // why the target cannot hold them

  // in the target
  std::int64_t target_rows = 0;
  std::vector<RowThere> there;  // the first of them
  bool remembered = false;      // the source's row, or the key that was asked for, by a run of this direction
  bool as_agreed = false;       // the source's row holds what both sides last agreed on
  bool soft_deleted = false;

  // in the state
  bool completed = false;      // a run has completed the table
  std::string complete_as_of;  // ISO 8601, UTC
  std::optional<state::PastRun> last_run;
  std::vector<state::WaitingRow> waiting;
  std::vector<state::ConflictRow> conflicts;
  std::optional<state::ConflictRow> resolved;  // the last one that is
  std::vector<state::Removal> removals;
  std::vector<std::optional<state::PastRun>> removal_runs;  // of each of them
  std::vector<state::Discarded> discarded;                  // with the contents that the source's row has now
};

// One for each direction in which the table goes. `key` as read_row_name() takes it. Looks only. Throws Error(usage)
// for a table that the map does not have and a key that does not fit it.
std::vector<RowFacts> inquire(const config::Settings& settings, const std::string& table, const std::string& key);

}  // namespace engine::pipeline
