#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/plan/statements.hpp"
#include "engine/plan/window.hpp"
#include "engine/postgres/session.hpp"

namespace engine::pipeline {

// Rows that refer to a missing one by the same foreign key.
struct OrphansOfKey {
  std::string constraint;
  std::vector<std::string> columns;
  std::string parent;       // for people
  std::int64_t rows = 0;    // in which the columns are set and have no row
  std::int64_t values = 0;  // different ones among them
  bool more = false;        // there are more than it was worth looking for
  bool cleared = false;     // the reference is cleared, and the row written
  std::string unknown;      // why it cannot be told; empty if it can
};

// What a run would hold back of a table, because the rows that it refers to are missing.
struct Orphans {
  std::int64_t rows = 0;     // held back, by whatever key, each once
  std::int64_t cleared = 0;  // references that will be cleared instead
  bool exact = true;         // else some of them may be equal, or not be written for another reason
  bool more = false;         // of one of the keys
  std::vector<plan::statements::Missing> missing;  // the values behind them, of keys of the plan's
  std::vector<OrphansOfKey> keys;                  // only those that miss something, or of which it cannot be told

  bool known() const;  // of each key
};

// What is to be read of a table, and of what is there which part may be new: what it can bring to those that refer to
// it.
struct Reading {
  plan::Window window;
  plan::Window news;
  bool first = false;  // no run has read the table yet
};

// `readings` of each task of the plan. Only reads. The result is for each task; empty for those that are not carried
// out.
std::vector<Orphans> find_orphans(const plan::Plan& plan, const std::vector<Reading>& readings,
                                  postgres::Session& source, postgres::Session& target);

}  // namespace engine::pipeline
