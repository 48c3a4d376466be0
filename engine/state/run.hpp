#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "engine/core/counts.hpp"
#include "engine/postgres/session.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/state/scope.hpp"

namespace engine::state {

// pgtide.run and pgtide.table_run: the history. Written to the database that the rows flow into.

// Takes the lock of this map and direction for as long as the transaction stays open, at once or not at all: nobody
// waits, and nothing is left behind when the holder dies. Works through a pooler.
bool try_lock(postgres::Transaction& transaction, const Scope& scope);

// The same as a statement; returns `mine`.
std::string try_lock_statement(const Scope& scope);

// Whether somebody holds that lock now. Takes none.
bool is_running(postgres::Session& session, const Scope& scope);

// Runs of which nobody noted the end were killed: whoever holds the lock knows. Their tables are `failed`, and what
// they had committed of them is in the history.
void close_dead_runs(postgres::Session& session, const Scope& scope);

// `taken`: its id, if it has one already.
std::int64_t start_run(postgres::Session& session, const Scope& scope, Mode mode, std::int64_t taken = 0);
std::string start_run_statement(const Scope& scope, Mode mode);
bool has_begun(postgres::Session& session, std::int64_t run_id);
// False if the run has an end already.
bool finish_run(postgres::Session& session, std::int64_t run_id, const std::string& status, int exit_status);
std::string finish_run_statement(std::int64_t run_id, const std::string& status, int exit_status);
// It has an end, and that was noted by itself and not by close_dead_runs().
bool has_ended_itself(postgres::Session& session, std::int64_t run_id);

// Ids come round again after 2^32: those of our transactions that are half that far behind are forgotten.
void forget_old_transactions(postgres::Session& session, const std::string& map);

struct TableRun {
  std::string table;
  std::string status;  // ok, attention, failed, refused, fuse, skipped
  Counts counts;
  std::int64_t duration_ms = 0;
  std::int64_t round_trips = 0;
  std::string error_code;
  std::string error;
  std::string hint;  // what to do about it; may be empty
};

// Part of the transaction that writes the rows, or of one of its own for a table that wrote none. A table that the same
// run handles once more, for its children, is added up.
void record_table_run(postgres::Session& session, std::int64_t run_id, const TableRun& table_run);

// What was done with a table after it was complete. Rows in conflict make it `attention`.
void add_to_table_run(postgres::Session& session, std::int64_t run_id, const std::string& table, const Counts& more);

// The tables that a run has completed, by name. For a run whose COMMIT was sent and not answered.
std::map<std::string, TableRun> read_completed_tables(postgres::Session& session, std::int64_t run_id);

}  // namespace engine::state
