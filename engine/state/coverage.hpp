#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/postgres/session.hpp"
#include "engine/state/scope.hpp"

namespace engine::state {

// pgtide.coverage: which days of the data have arrived. Days are UTC, `YYYY-MM-DD`.
using RowsByDay = std::map<std::string, std::int64_t>;

// `whole`: the run saw all rows, so its numbers replace what stood there; else they are added. Each day since the first
// run that has no row yet gets one, with 0.
void record_coverage(postgres::Session& session, const Scope& scope, const std::string& table, const RowsByDay& rows,
                     bool whole);

// How many rows, of whatever day, were there when all were counted; none as soon as one of them may have changed, or
// what was counted is no longer there.
void note_covered(postgres::Session& session, const Scope& scope, const std::string& table,
                  std::optional<std::int64_t> rows);
std::optional<std::int64_t> covered_rows(postgres::Session& session, const Scope& scope, const std::string& table);
// As if the same rows had been counted once more.
void confirm_coverage(postgres::Session& session, const Scope& scope, const std::string& table);

// ---- for people

struct CoveredDay {
  std::string day;
  std::string synced_at;              // ISO 8601, UTC; empty where no run has covered the day
  std::optional<std::int64_t> items;  // rows that have arrived; none then
  std::int64_t waiting = 0;           // rows of that day in quarantine
};

// Days that are neither covered nor have rows that wait are not among `days`. The other days may be empty: never.
struct CoveredTable {
  Scope scope;
  std::string table;
  std::string first_day;             // of the first run of the map: from then on every day is expected
  std::string today;                 // by the server's clock
  std::string tried_day;             // of the last run that began with the table
  std::string succeeded_day;         // of the last one that completed it
  bool has_stamps = true;            // rows have a watermark that is copied
  std::int64_t waiting_undated = 0;  // rows in quarantine whose day is not known
  std::vector<CoveredDay> days;
};

// Of these tables ({}: all), from `since` to `until` (empty: no bound), in the order of names and days.
std::vector<CoveredTable> read_coverage(postgres::Session& session, const Scope& scope,
                                        const std::vector<std::string>& tables, const std::string& since,
                                        const std::string& until);
// The days from `since` to `until`, both included, have these numbers now, and 0 where there are none; the other days
// stay as they are. Days before the first run, or in the future, that have no row and no number get none.
void set_coverage(postgres::Session& session, const Scope& scope, const std::string& table, const RowsByDay& rows,
                  const std::string& since, const std::string& until);

}  // namespace engine::state
