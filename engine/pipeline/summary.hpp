#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/counts.hpp"
#include "engine/core/direction.hpp"
#include "engine/core/error.hpp"

namespace engine::pipeline {

// What a run did, as values: what the reports print.

struct TableOutcome {
  std::string table;
  std::string status;  // ok, attention, failed, refused, fuse, skipped
  Counts counts;
  double seconds = 0;
  std::string last_sync_timestamp;  // ISO 8601, UTC, microseconds
  std::string guarantee = "exact";
  std::string guarantee_why;  // as the last completed run left it, like what follows; may be empty
  std::string note;
  std::string stamped_until;  // ISO 8601; not empty: complete as of last_sync_timestamp, by stamp until then
  std::string error;
  std::string hint;
  std::optional<ErrorCode> code;  // of the error
  bool retryable = false;         // the cause may go away by itself
  bool interrupted = false;       // stopped on request, before or while it was its turn
};

struct RunSummary {
  std::int64_t run_id = 0;
  std::string map;
  Mode mode = Mode::incremental;
  std::string about;   // which part, of a repair
  std::string status;  // in one word, see status_name()
  int exit_status = 0;
  std::string started_at;
  std::string finished_at;
  std::int64_t open_conflicts = 0;
  std::int64_t waiting_rows = 0;     // in quarantine
  std::vector<TableOutcome> tables;  // in the order of the map
};

// The status of the run; `waiting`: conflicts and rows in quarantine. Where several apply, the first of 1, 12, 3, 4, 6,
// 130/143, 7, 11, 5, 8, 9 counts.
int exit_status_of(const std::vector<TableOutcome>& tables, std::int64_t waiting, std::optional<int> stopped_by_signal);

// ok, internal, usage, ..., as in the contract's table.
std::string status_name(int exit_status);

}  // namespace engine::pipeline
