#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/counts.hpp"
#include "engine/pipeline/run_context.hpp"
#include "engine/plan/statements.hpp"
#include "engine/postgres/transaction.hpp"

namespace engine::pipeline {

// A row that the two sides do not hold alike.
struct UnequalRow {
  std::string row_key;                   // jsonb
  std::optional<std::int64_t> key_hash;  // as the comparison has it; of rows of the source that could be read
  char verdict = ' ';                // as statements::judge() gives it; q: it is held back, d: only the target has it
  bool known = false;                // the opposite direction brought it to the source
  bool missing = false;              // the target has no such row
  std::vector<std::string> columns;  // that differ
  std::string reason;                // why it is held back
};

struct Rehearsed {
  Counts counts;             // what a run would count of these rows
  std::int64_t removed = 0;  // without a key: rows that it would remove, ...
  std::int64_t kept = 0;     // ... and that it would keep as conflicts
};

struct Rehearsing {
  plan::Window window;
  plan::statements::Hashing hashing;  // of UnequalRow::key_hash
  // Rows of a parent that comes in the same run are not there yet: only these values are known to have no row. Without
  // it a row waits if its parent is not there now.
  const std::vector<plan::statements::Missing>* missing = nullptr;
  bool twins = true;                               // rows that lose against another with the same key are counted
  std::function<void(const UnequalRow&)> unequal;  // is told of each; may be empty
};

// Does with the rows of a table what a run would do, up to the writing, in transactions on the target that are rolled
// back. `read`: of the source, opened as looking_at() says. Throws what a run would. Memory: a chunk; without a key the
// stage takes all rows.
Rehearsed rehearse(const RunContext& run, const plan::TableTask& task, const Rehearsing& how,
                   postgres::Transaction& read, postgres::Session& target);

}  // namespace engine::pipeline
