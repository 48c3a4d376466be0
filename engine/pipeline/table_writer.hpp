#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/counts.hpp"
#include "engine/core/error.hpp"
#include "engine/plan/plan.hpp"
#include "engine/plan/statements.hpp"
#include "engine/postgres/copy.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/state/coverage.hpp"

namespace engine::pipeline {

// Rows by the day of their watermark, and the newest watermark; both as PostgreSQL writes them.
struct Days {
  state::RowsByDay rows;
  std::optional<std::string> newest;

  void add(const postgres::Result& days);  // columns day, items, newest
  void add(const Days& other);
};

// What one transaction on the target did.
struct Written {
  Counts counts;
  Days days;
};

// Writes rows of one table within one transaction: stage, judge, remove, insert, update, remember. One use.
//
// load() as often as there are chunks; then the steps in the order in which they stand here, so that several tables
// that refer to each other can take each step together.
class TableWriter {
 public:
  TableWriter(const plan::TableTask& task, const plan::statements::Extraction& how, std::int64_t run_id,
              postgres::Transaction& write);

  void load(const postgres::Chunk& chunk);
  // Throws Error(partial) naming column and keys if a value would be changed by the target's type.
  void judge();
  // Without a key: rows that the source has no more. Throws Error(fuse) where they are too many, unless `past_fuse`.
  void remove_surplus(bool past_fuse);
  // Throws a retryable Error if another writer was there in between.
  void insert_missing(const std::vector<std::string>& late_columns);
  void update_different(const std::vector<std::string>& late_columns);
  // What both sides agree on from now on.
  void remember();

  // The steps of a table that stands alone.
  void merge(bool past_fuse) {
    judge();
    remove_surplus(past_fuse);
    update_different({});  // first: what one row gives up (a unique value) a new one may take
    insert_missing({});
    remember();
  }

  const Written& written() const { return written_; }

 private:
  void guard_by_fuse() const;
  void expect(std::int64_t done, std::int64_t planned, const char* verb) const;

  const plan::TableTask& task_;
  const plan::statements::Extraction how_;
  const std::int64_t run_id_;
  postgres::Transaction& write_;
  const plan::statements::TemporaryNames names_;
  std::int64_t inserts_ = 0;
  std::int64_t updates_ = 0;
  std::int64_t agreed_ = 0;   // equal, or gone on both sides, and to be remembered as that
  std::int64_t surplus_ = 0;  // to be removed
  std::int64_t kept_ = 0;     // surplus, but they have to stay
  Written written_;
};

// COPY straight into a target table that is empty but for what this run wrote. The transaction is of no use afterwards
// if it throws.
Written load_directly(const plan::TableTask& task, const postgres::Chunk& chunk, postgres::Transaction& write);

// Puts rows into a stage, by the COPY statement that is passed, and returns how many.
using StageLoader = std::function<std::uint64_t(postgres::Transaction& probe, const std::string& copy_statement)>;

// In a transaction that is rolled back: finds one of the staged rows that the target refuses, by halving, and returns
// the error with the row's key in it. `refusal` is what the target said of all of them; it is returned as it is where
// the rows fit one by one.
Error name_the_row(const plan::TableTask& task, const plan::statements::Extraction& how, const StageLoader& load,
                   postgres::Session& target, const Error& refusal);

}  // namespace engine::pipeline
