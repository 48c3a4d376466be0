#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace engine::report {

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

  // Its run was killed, or its machine stopped.
  bool broke_off() const { return sync_status == "in_progress" && !running; }
};

// One thing that `init` did in one database.
struct InitLine {
  std::string database;
  std::string message;
};

}  // namespace engine::report
