#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/counts.hpp"
#include "engine/pipeline/orphans.hpp"
#include "engine/pipeline/presence.hpp"
#include "engine/pipeline/survey.hpp"
#include "engine/plan/window.hpp"

namespace engine::pipeline {

// What a run would count of one table.
struct Forecast {
  Counts counts;        // `bytes` is not told; with `deleted` rows that would be marked too
  std::string unknown;  // why nothing can be said about them; empty if they are known
  // What else decides: it makes the numbers a little different, or the run stop. For people; empty where there is
  // nothing.
  std::string but;
  std::vector<std::string> rebuilt;      // indexes and foreign keys that would be dropped, and made again
  std::vector<std::string> rebuilt_not;  // ... and those that stay, each with the reason
  bool exact() const { return unknown.empty() && but.empty(); }
};

// Found by the hashes of both sides, and by judging the rows that differ, or that are new, as the run would: in
// transactions on the target that are rolled back. `orphans`: of the table, as find_orphans() found them. Throws Error
// where a database is lost; what cannot be told otherwise is said in the forecast. `presence`: of the table, as
// look_for_rows() found it; where it says that there is nothing to read, nothing more is asked.
Forecast forecast(Survey& survey, std::size_t task, const plan::Window& window, const Presence& presence,
                  const Orphans& orphans);

}  // namespace engine::pipeline
