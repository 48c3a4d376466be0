#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/state/coverage.hpp"

// Which days have arrived and which are missing: what follows from the state, as text and as JSON. Pure.
namespace engine::report {

// A day without a row since the first run, or one of which rows wait in quarantine. Today counts only once a run has
// tried the table today: before that it is not over.
struct Gap {
  std::string day;
  std::string why;           // no_run, or quarantine
  std::int64_t waiting = 0;  // rows of that day in quarantine
  std::string command;       // what mends it
};

// A table with what the map says of it. `since` and `until` are the days that were asked for, empty where no bound was.
struct CoverageTable {
  state::CoveredTable state;
  bool both_ways = false;
};
struct Coverage {
  std::vector<CoverageTable> tables;
  std::string since;
  std::string until;
  bool earlier = false;  // `since` was not asked for: the days before it are in `tables` too, and are added up
};

std::vector<Gap> gaps_of(const CoverageTable& table, const std::string& since, const std::string& until);

// The days of a table added up: by week from Monday, by month from its first day.
struct Period {
  std::string first_day;
  std::string synced_at;  // the last time
  std::int64_t days = 0;  // that are covered
  std::int64_t items = 0;
  std::int64_t waiting = 0;
};
enum class By { day, week, month };
std::vector<Period> added_up(const CoverageTable& table, By by);

std::string coverage_text(const Coverage& coverage);
std::string coverage_text_by(const Coverage& coverage, By by);
std::string coverage_json(const Coverage& coverage);
std::string coverage_json_by(const Coverage& coverage, By by);
// Only what is missing.
std::string gaps_text(const Coverage& coverage);
std::string gaps_json(const Coverage& coverage);
bool has_gaps(const Coverage& coverage);

// YYYY-MM-DD, that many days later.
std::string day_after(const std::string& day, int days = 1);
std::chrono::sys_days read_day(const std::string& day);
std::string write_day(std::chrono::sys_days day);

}  // namespace engine::report
