#pragma once

#include <optional>
#include <string>

namespace engine::cli {

// A point in time as people write it: a day (2026-11-01), a minute or second of it (2026-11-01T10:00, or with a blank
// for the T), both UTC, or a time ago (7d, 12h, 30m).
struct Moment {
  std::string utc;                    // 2026-11-01T10:00:00Z; empty for a time ago
  bool whole_day = false;             // only the day was written
  std::optional<double> seconds_ago;  // else

  std::string day() const { return utc.substr(0, 10); }
  // As a bound: the day after, where a whole day is meant, which is part of what is asked for.
  std::string end() const;
};

// Nothing if it is written in another way, or there is no such day.
std::optional<Moment> read_moment(const std::string& text);

inline constexpr const char* wrong_moment =
    "a time is written like 2026-11-01, 2026-11-01T10:00 (UTC), or 7d (seven days ago)";

}  // namespace engine::cli
