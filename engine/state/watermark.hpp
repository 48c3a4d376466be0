#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/capture/cursor.hpp"
#include "engine/postgres/session.hpp"
#include "engine/state/scope.hpp"

namespace engine::state {

// pgtide.watermark: one row a table, for people.

struct WatermarkRow {
  std::string table;
  std::string last_sync_timestamp;  // ISO 8601, UTC, microseconds
  std::optional<std::string> newest_row;
  std::string sync_status;
  std::string guarantee;
  std::optional<std::string> last_sync_attempt;
  std::optional<std::string> last_successful_sync;
  std::int64_t error_count = 0;
  std::optional<std::string> last_error;
  std::optional<double> age_seconds;  // since last_sync_timestamp, by the target's clock; none if never synced
  std::optional<std::string> guarantee_why;
  std::optional<std::string> note;
  std::optional<std::string> stamped_until;  // rows with later stamps, or wrong ones, wait for the next exact pass
  std::optional<std::string> last_error_code;
  std::optional<std::string> next_retry_at;
};

std::vector<WatermarkRow> read_watermarks(postgres::Session& session, const Scope& scope);
std::string watermarks_statement(const Scope& scope);
std::vector<WatermarkRow> watermarks_of(const postgres::Result& found);

// Makes a row for each table that has none: never synced, 1970-01-01.
void ensure_watermarks(postgres::Session& session, const Scope& scope, const std::vector<std::string>& tables);

// How people find the day of a row of a table: the target's columns that say when it was touched, and the zone of
// stamps that have none.
struct Stamps {
  std::vector<std::string> columns;
  std::string zone;
};
void note_stamps(postgres::Session& session, const Scope& scope, const std::map<std::string, Stamps>& tables);

// Also remembers, with the first run of the tables that are not `refused`, the target's oldest running transaction;
// returns it by table: rows with older ids were there before. -1 where half of all ids have passed since, so that ids
// do not tell it any more.
std::map<std::string, capture::Xid> mark_in_progress(postgres::Session& session, const Scope& scope,
                                                     const std::vector<std::string>& tables,
                                                     const std::vector<std::string>& refused);
std::string mark_in_progress_statement(const Scope& scope, const std::vector<std::string>& tables,
                                       const std::vector<std::string>& refused);

struct Completed {
  std::string observed_at;  // the table is complete as of then; or, if `stamped_until` is given, its rows by stamp only
  std::optional<std::string> newest_row;
  std::string guarantee;
  std::string guarantee_why;                 // empty: there is nothing to say
  std::string note;                          // the same
  std::optional<std::string> stamped_until;  // of a quick pass; an exact one clears it
};

// Never moves last_sync_timestamp or newest_row backwards.
void mark_completed(postgres::Session& session, const Scope& scope, const std::string& table, const Completed& done);

// Of rows that a repair copied; never backwards.
void note_newest_row(postgres::Session& session, const Scope& scope, const std::string& table,
                     const std::string& newest_row);

// `worth_retrying`: the cause may go away by itself; next_retry_at says when to try, later each time.
void mark_failed(postgres::Session& session, const Scope& scope, const std::string& table,
                 const std::string& error_code, const std::string& error, bool worth_retrying);

// `skipped`: a table it depends on failed. `pending`: the run was stopped before it was its turn.
void mark_untouched(postgres::Session& session, const Scope& scope, const std::string& table, const std::string& status,
                    const std::string& why);

}  // namespace engine::state
