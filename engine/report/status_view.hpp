#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/counts.hpp"

namespace engine::report {

// What a run did with a table, as far as it says what is usual.
struct PastTableRun {
  std::int64_t run_id = 0;
  std::string mode;
  std::string started_at;  // ISO 8601, UTC
  double started = 0;      // seconds since 1970
  std::string status;
  Counts counts;
  double seconds = 0;
  std::string hint;  // what to do about its error; may be empty

  std::int64_t written() const { return counts.inserted + counts.updated + counts.deleted; }
  bool done() const { return status == "ok" || status == "attention"; }
};

// One table in one direction, as `status` shows it.
struct StatusLine {
  std::string direction;
  std::string table;
  std::string last_sync_timestamp;  // ISO 8601, UTC
  std::optional<double> age_seconds;
  std::string guarantee;
  std::string sync_status;
  std::optional<std::string> last_error;
  std::string last_successful_sync;  // may be empty
  bool too_old = false;              // older than --max-age allows
  std::string guarantee_why;         // these three may be empty
  std::string note;
  std::string stamped_until;   // ISO 8601, UTC
  bool running = false;        // a run of this map and direction is under way
  std::int64_t waiting = 0;    // rows in quarantine
  std::int64_t conflicts = 0;  // that wait

  std::string map;
  std::string newest_row;         // ISO 8601, UTC; may be empty, like the following
  std::string last_sync_attempt;  // the same
  std::string last_error_code;
  std::string next_retry_at;
  std::int64_t error_count = 0;
  std::int64_t given_up = 0;               // of the rows that wait
  std::optional<std::int64_t> tries_left;  // of the row that has fewest; none where no row is tried that is counted
  std::vector<PastTableRun> recent;        // the newest first
  std::vector<std::string> missing;        // indexes and foreign keys that are not as they were; a sentence each
  bool unknown = false;                    // its database could not be asked: nothing but direction and table is known

  // Its run was killed, or its machine stopped.
  bool broke_off() const { return sync_status == "in_progress" && !running; }
};

// What is usual for a table, by its last runs.
struct Trend {
  std::optional<std::int64_t> written;      // rows that the last run wrote that completed it
  std::optional<std::int64_t> usual;        // median of the seven runs before it that wrote any
  std::string in_a_word;                    // as usual, more, fewer, none; empty where too little is known
  std::optional<double> usual_gap_seconds;  // median time from run to run
};
Trend trend_of(const StatusLine& line);

// Older than is usual for this table: nobody runs its job any more.
bool is_late(const StatusLine& line);

// Whether all is well, and what to do next.
struct Verdict {
  enum class Level { well, under_way, attention, not_well };
  Level level = Level::well;
  std::string headline;           // one line
  std::vector<std::string> next;  // commands, the most urgent first, each with what it is for; may be empty
};
Verdict judge(const std::vector<StatusLine>& lines);

// 3 hours, 1 day; rounded.
std::string in_words(double seconds);

// One thing that `init` did in one database.
struct InitLine {
  std::string database;
  std::string message;
};

}  // namespace engine::report
