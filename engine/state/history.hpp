#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/postgres/session.hpp"
#include "engine/state/run.hpp"
#include "engine/state/scope.hpp"

namespace engine::state {

// What became of runs, for people: pgtide.run, table_run, event, tombstone, discarded. Times are ISO 8601, UTC. Reads
// only, and no contents of rows.

// Which runs are meant; an empty member leaves nothing out.
struct RunChoice {
  std::vector<std::string> tables;  // titles; of a run only these are told
  std::string since;                // a time with its zone; inclusive
  std::string until;                // the same; exclusive
  std::string mode;
  std::string status;  // of the run or one of its tables; `failed`: whatever did not end well
  std::optional<std::int64_t> run_id;
  std::int64_t limit = 0;  // 0: all
};

struct PastEvent {
  std::optional<std::int64_t> run_id;
  std::string table;  // may be empty, like what follows
  std::string type;
  std::string status;
  std::string error_code;
  std::string message;
  std::string payload;  // jsonb
  std::optional<std::int64_t> duration_ms;
  std::string created_at;
};

struct RemovedRow {
  std::string table;
  std::string row_key;  // jsonb
  std::string how;      // hard, soft, surplus, resolved, overwritten
  std::string removed_at;
};

struct DiscardedRow {
  std::string table;
  std::string row_key;  // jsonb
  std::string reason;
  std::string discarded_at;
};

struct RunRecord {
  std::int64_t run_id = 0;
  Scope scope;
  std::string mode;
  std::string status;
  std::string started_at;
  std::string finished_at;         // empty: it has no end yet
  std::optional<int> exit_status;  // none then
  double seconds = 0;              // until now, then
  std::int64_t removed_rows = 0;
  bool under_way = false;  // somebody holds the lock; for one without an end
  std::vector<TableRun> tables;
  std::vector<PastEvent> events;    // where they were asked for
  std::vector<RemovedRow> removed;  // the same
};

// The newest first, each with its tables.
std::vector<RunRecord> read_runs(postgres::Session& session, const Scope& scope, const RunChoice& choice);
void add_events(postgres::Session& session, const Scope& scope, std::vector<RunRecord>& runs);
void add_removed_rows(postgres::Session& session, const Scope& scope, const RunChoice& choice,
                      std::vector<RunRecord>& runs);

// What people did between the runs, in the time that is chosen; the oldest first.
std::vector<PastEvent> read_events_by_hand(postgres::Session& session, const Scope& scope, const RunChoice& choice);
std::vector<DiscardedRow> read_discarded_rows(postgres::Session& session, const Scope& scope, const RunChoice& choice);

struct LastFailure {
  Scope scope;
  TableRun table;
  std::int64_t run_id = 0;
  std::string mode;
  std::string started_at;
  std::optional<std::int64_t> mended_by;  // the run that has completed the table since
};
std::optional<LastFailure> read_last_failure(postgres::Session& session, const Scope& scope,
                                             const std::vector<std::string>& tables);

// What the last runs did with each table, the newest first. Works with a state of an older version too.
struct RecentRun {
  std::int64_t run_id = 0;
  std::string mode;
  std::string started_at;
  double started = 0;  // seconds since 1970
  TableRun table;
};
std::map<std::string, std::vector<RecentRun>> read_recent_runs(postgres::Session& session, const Scope& scope,
                                                               std::int64_t each);

// The time that long ago by the server's clock.
std::string time_ago(postgres::Session& session, double seconds);

}  // namespace engine::state
