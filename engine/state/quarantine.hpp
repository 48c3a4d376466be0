#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/postgres/session.hpp"
#include "engine/state/scope.hpp"

namespace engine::state {

// pgtide.quarantine: rows that cannot be written, until they can or are gone. Rows that the target refuses are recorded
// by the merge itself (plan/statements); those that cannot even be read, or lose against a twin, by hold_rows().

// A row as people are to see it.
struct HeldRow {
  std::string row_key;   // a jsonb object
  std::string row_data;  // a jsonb object; bytes that are no text as hex
  std::string reason;    // postgres::condition_name(), or duplicate_key, row_too_large, value_would_change
  std::string sqlstate;  // may be empty
  std::string detail;    // what does not fit, in words; no contents
  std::string hint;
};

// What became of rows that were to be held back.
struct Held {
  std::int64_t fresh = 0;      // that did not wait before
  std::int64_t again = 0;      // that waited already
  std::int64_t discarded = 0;  // that nobody wants to hear of (`pgtide quarantine discard`)
};

// Within a transaction. A row that waits already (same key, same reason for duplicates) is counted one attempt further,
// or begins anew where its contents changed.
Held hold_rows(postgres::Session& session, const Scope& scope, const std::string& table, std::int64_t run_id, int tries,
               const std::vector<HeldRow>& rows);

// The same, of the rows in a temporary table: row_key, row_data, reason, sqlstate, detail, hint.
Held hold_rows_of(postgres::Session& session, const Scope& scope, const std::string& table, std::int64_t run_id,
                  int tries, const std::string& relation);

// The keys (jsonb text) of the rows that incremental and reverse runs try again, by table.
std::map<std::string, std::vector<std::string>> read_due_rows(postgres::Session& session, const Scope& scope);

// The same of those among them that wait for the row that they refer to.
std::map<std::string, std::vector<std::string>> read_due_orphans(postgres::Session& session, const Scope& scope);

// Rows that wait, by table; those that were given up too.
std::map<std::string, std::int64_t> count_held_rows(postgres::Session& session, const Scope& scope);

// The same, of these tables together.
std::int64_t count_waiting_rows(postgres::Session& session, const Scope& scope, const std::vector<std::string>& tables);

// Tables of which rows were discarded, or decided against.
std::set<std::string> discarding_tables(postgres::Session& session, const Scope& scope);
std::string discarding_tables_statement(const Scope& scope);

// What the state says of single rows of a table, by row key (jsonb text).
struct RowsInState {
  std::map<std::string, std::string> waiting;  // in quarantine: why
  std::set<std::string> discarded;             // and do not wait again
  std::set<std::string> left_to_cloud;         // the last decided conflict said that the cloud's row counts
};
RowsInState rows_in_state(postgres::Session& session, const Scope& scope, const std::string& table);

// After a run that read every row that was due: those that it did not hold back again wait no more, since they are gone
// or changed at the source. `all`: it read the whole table. Writes what became of them as events; returns how many.
std::int64_t close_quarantine(postgres::Session& session, const Scope& scope, const std::string& table,
                              std::int64_t run_id, bool all);

}  // namespace engine::state
