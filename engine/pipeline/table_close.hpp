#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "engine/pipeline/run_context.hpp"
#include "engine/pipeline/source_read.hpp"
#include "engine/pipeline/summary.hpp"
#include "engine/pipeline/table_writer.hpp"
#include "engine/postgres/transaction.hpp"

namespace engine::pipeline {

// The account of one table in one run: adds up what was committed and closes it, in the transaction of the last rows.
class TableClose {
 public:
  // `round_trips`: how many there were so far, for the report. Outlives the account.
  using RoundTrips = std::function<std::int64_t()>;
  TableClose(const RunContext& run, const plan::TableTask& task, RoundTrips round_trips);

  void looked(const SourceRead& look);
  // Throws Error(fuse) where so many rows are held back that somebody should look first. `pending` is what the
  // transaction that is open wrote.
  void guard_by_limit(const Written& pending) const;

  // All days of the table, counted at the source: what the chunks say of them is left out, or taken off where they
  // count rows that did not arrive.
  void days_at_source(const postgres::Result& days, bool without_those_of_chunks = false);
  // The rows are those that were counted before (state::covered_rows).
  void days_stay() { days_stay_ = true; }
  // What this run committed of the table in an earlier attempt.
  void committed_before(const Counts& counts) { outcome_.counts = counts; }

  // Every row of the table comes once more, those that were committed too.
  void begin_again();

  // How far the table is, as part of `write`: the next run goes on there if this one does not get to the end.
  void advance(postgres::Transaction& write, const capture::Progress& progress, Written& pending);

  // Cursor, watermark, coverage and history, as part of `write`. `pending` is what this transaction wrote and has not
  // committed yet. Throws Error(internal) if a row is unaccounted for.
  void finish(postgres::Transaction& write, const Written* pending);
  // The transaction was committed.
  void committed(const Written& written, bool last);
  void failed(const Error& error);

  bool finished() const { return finished_; }
  const Counts& counts() const { return outcome_.counts; }
  std::int64_t newly_held() const { return newly_held_; }
  const TableOutcome& outcome();

 private:
  bool saw_everything() const;
  bool read_all_rows() const;
  void hold_twins(postgres::Session& session);
  std::string status_of(const Counts& total, std::int64_t decided) const;
  bool was_quick() const;
  Counts with_earlier(Counts total) const;
  void cover(postgres::Session& session, const Days& days, const Counts& total);
  void go_on(postgres::Session& session, const Days& days, const Counts& total);
  void stay(postgres::Session& session, const Days& days);
  capture::Cursor next_cursor(const std::optional<capture::Cursor>& before) const;
  std::string guarantee_why() const;
  void move_sequences(postgres::Transaction& write, const Counts& total);

  const RunContext& run_;
  const plan::TableTask& task_;
  const std::chrono::steady_clock::time_point started_;
  const RoundTrips round_trips_;
  const std::int64_t round_trips_before_;
  SourceRead look_;
  bool looked_ = false;
  bool days_are_known_ = false;
  bool days_stay_ = false;
  std::int64_t decided_ = 0;     // conflicts that do not wait
  std::int64_t newly_held_ = 0;  // rows in quarantine that did not wait before
  std::int64_t waiting_ = 0;     // rows in quarantine when the table was closed
  Counts differing_;             // what became of twins with other contents
  Days days_;
  bool finished_ = false;
  TableOutcome outcome_;
  Counts before_;  // committed before the table was begun again
};

}  // namespace engine::pipeline
