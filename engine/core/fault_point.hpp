#pragma once

#include <array>
#include <string_view>

namespace engine {

// Where a test may end the program as a power cut would: PGTIDE_FAULT=chunk_merged kills it (SIGKILL) when it gets
// there, PGTIDE_FAULT=chunk_merged:3 when it gets there for the third time. Without that variable nothing happens.
enum class FaultPoint {
  source_state_upgraded,  // the state of the source is new, that of the target is not
  run_started,            // the run stands in the history
  anchor_left,            // in the source; the target does not know it yet
  source_stored,          // the target knows it
  rows_remembered_anew,   // what is remembered fits the plan
  chunk_loaded,           // rows are in the stage, or in the target, nothing is committed
  chunk_merged,           // just before the commit
  chunk_committed,        // one of several
  table_merged,           // with the last rows, the cursor and the history; just before the commit
  table_committed,
  rows_removed,     // that the desktop had deleted; just before the commit
  group_loaded,     // all rows of tables that are written together are in their stages
  run_closing,      // all tables are done
  run_closed,       // the run has its end in the history
  glance_taken,     // nothing has changed, and nothing is written of the run yet
  indexes_dropped,  // for a first load; what they were is in the state
  index_made,       // one of them, again; or a foreign key that is not checked yet
  key_checked,      // one of these
};

inline constexpr std::array<std::string_view, 18> fault_points = {
    "source_state_upgraded", "run_started",  "anchor_left",     "source_stored", "rows_remembered_anew",
    "chunk_loaded",          "chunk_merged", "chunk_committed", "table_merged",  "table_committed",
    "rows_removed",          "group_loaded", "run_closing",     "run_closed",    "glance_taken",
    "indexes_dropped",       "index_made",   "key_checked"};

// From any thread.
void fault_point(FaultPoint point);

}  // namespace engine
