#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/counts.hpp"
#include "engine/pipeline/days.hpp"
#include "engine/pipeline/run_context.hpp"
#include "engine/plan/plan.hpp"
#include "engine/plan/statements.hpp"
#include "engine/postgres/copy.hpp"
#include "engine/postgres/transaction.hpp"

namespace engine::pipeline {

// What one transaction on the target did.
struct Written {
  Counts counts;
  std::int64_t decided = 0;     // of the conflicts: they do not wait
  std::int64_t newly_held = 0;  // of the rows in quarantine: that did not wait before
  Days days;                    // of rows that arrived; where all days are counted at the source, of those that did not
};

// How carefully rows are written. The first is the fastest, and any row that does not fit makes it fail; then the next
// one is tried, with the same rows.
enum class Care {
  none,    // nothing is looked up beforehand
  sets,    // what can be told of many rows at once: values that would change, missing values and parents, taken values
  rows,    // what is left is found by trying
  strict,  // the same, and rows that exchange unique values wait
};

// Writes rows of one table within one transaction: stage, judge, hold back, remove, update, insert, remember. One use.
//
// load() as often as there are chunks; then the steps in the order in which they stand here, so that several tables
// that refer to each other can take each step together.
class TableWriter {
 public:
  TableWriter(const plan::TableTask& task, const plan::statements::Extraction& how, const RunContext& run,
              postgres::Transaction& write, Care care);
  // How the memory is used: what was remembered before this run is settled; rows are judged without a look at it where
  // that will do (then judge() may throw NeedsMemory unless it is settled); what is remembered of many rows may go into
  // a pack.
  struct Memory {
    bool settled = true;
    bool lightly = false;
    bool packed = false;
    // Rows are judged to the end in the round trip that stages them. Where the memory is not settled this says how: SQL
    // that does it if a condition is true.
    bool at_once = false;
    std::function<std::string(const std::string& condition)> settling = {};
  };
  class NeedsMemory {};
  // The same where the transaction has begun with these statements, which take the only chunk and judge it as far as
  // that needs nobody's decision, in one round trip; `results` of them all.
  struct Begun {
    plan::statements::TemporaryNames names;
    std::vector<std::string> statements;
    bool judged = false;
  };
  static Begun begin(const plan::TableTask& task, const plan::statements::Extraction& how, const RunContext& run,
                     Care care, const Memory& memory);
  TableWriter(const plan::TableTask& task, const plan::statements::Extraction& how, const RunContext& run,
              postgres::Transaction& write, Care care, const Memory& memory, const Begun& begun,
              const std::vector<postgres::Result>& results, const postgres::Chunk& chunk);

  void load(const postgres::Chunk& chunk);
  // Row keys of rows that were held back before they got here: without a key their old rows stay in the target.
  void hold_elsewhere(std::vector<std::string> row_keys) { held_elsewhere_ = std::move(row_keys); }
  // So many rows could not be judged without the memory.
  std::int64_t unsure() const { return unsure_; }
  // What this run has read and held back for the first time in earlier chunks.
  void go_on_after(std::int64_t read, std::int64_t held) { read_before_ = read, held_before_ = held; }
  // The rows as the target would hold them. Throws Error(partial) if a value would be changed by the target's type and
  // no care is taken.
  void convert();
  // What becomes of each row. `siblings`: of the tables that are written together with this one, itself included.
  void judge(const plan::statements::Siblings& siblings);
  // Those that do not fit, as far as can be told. True if there were any: then what refers to them does not fit either.
  bool hold(const plan::statements::Siblings& siblings);
  // Those that are left, by trying: see hold_by_trial() below.
  bool has_to_try() const { return care_ >= Care::rows && inserts_ + updates_ > 0; }
  void give_numbers();
  void try_rows(const std::vector<std::string>& late_columns);
  void hold_failures();
  // Notes what is not written: held rows and conflicts; from now on written() is complete but for remove_surplus().
  void account();
  // Without a key: rows that the source has no more. Throws Error(fuse) where they are too many, unless the run lets it
  // pass.
  void remove_surplus();
  // So that rows may exchange unique values.
  void vacate_values();
  // Throws a retryable Error if another writer was there in between.
  void insert_missing(const std::vector<std::string>& late_columns);
  void update_different(const std::vector<std::string>& late_columns);
  // What both sides agree on from now on.
  void remember();

  // The steps of a table that stands alone.
  void merge();

  const Written& written() const { return written_; }
  const plan::statements::TemporaryNames& names() const { return names_; }

 private:
  void took(std::uint64_t rows, const postgres::Chunk& chunk);
  plan::statements::Trial trial() const;
  void convert_by_trial();
  void judge_by_memory();
  void count(const postgres::Result& judged);
  void note_failures(const postgres::Result& failures, const std::string& statement);
  void guard_by_fuse() const;
  // Of rows that are written: their number has to be the one that was judged.
  void write_exactly(std::int64_t planned, const char* verb, const std::string& sql);

  const plan::TableTask& task_;
  const plan::statements::Extraction how_;
  const RunContext& run_;
  postgres::Transaction& write_;
  const Care care_;
  const plan::statements::TemporaryNames names_;
  std::int64_t inserts_ = 0;
  std::int64_t updates_ = 0;
  std::int64_t agreed_ = 0;       // equal, or gone on both sides, and to be remembered as that
  std::int64_t surplus_ = 0;      // to be removed
  std::int64_t kept_ = 0;         // surplus, but they have to stay
  std::int64_t held_staged_ = 0;  // held back before they were judged
  std::int64_t held_judged_ = 0;
  bool numbered_ = false;
  Memory memory_;
  bool judged_ = false;                   // by the statements that the transaction began with
  std::optional<postgres::Result> days_;  // likewise
  std::int64_t unsure_ = 0;
  std::int64_t read_before_ = 0;
  std::int64_t held_before_ = 0;
  bool decides_ = false;  // there were conflicts
  std::vector<std::string> held_elsewhere_;
  std::optional<postgres::Result> failures_;
  Written written_;
};

// Tries to write what is left of these tables, in this order, in a savepoint that is undone, and holds back what fails.
// `late`: the columns of the i-th that are set when all rows are there. `circular`: rows may refer to rows that are
// still to come. Throws Error(fuse) where nearly all rows fail.
using LateColumns = std::function<std::vector<std::string>(std::size_t)>;
void hold_by_trial(postgres::Transaction& write, const std::vector<TableWriter*>& writers, const LateColumns& late,
                   bool circular);

// Of the rows of a chunk whose stamps were sent apart (Extraction::send_stamp); none else.
Days days_sent_with(const postgres::Chunk& chunk);

// COPY of one chunk straight into a target table that is empty but for what this run wrote: statements that take one
// round trip, together with whatever stands before them. The chunk has to stay as it is meanwhile.
class DirectLoad {
 public:
  DirectLoad(const plan::TableTask& task, const postgres::Chunk& chunk, std::int64_t run_id);

  const std::vector<std::string>& statements() const { return statements_; }
  const std::vector<std::string_view>& rows() const { return rows_; }
  // Of the results of these statements. Throws Error(partial) if the target did not take all rows.
  Written written(const std::vector<postgres::Result>& results) const;

 private:
  const postgres::Chunk& chunk_;
  std::string pack_;
  std::vector<std::string> statements_;
  std::vector<std::string_view> rows_;
};

}  // namespace engine::pipeline
