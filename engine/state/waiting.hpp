#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/postgres/session.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/state/scope.hpp"

namespace engine::state {

// What people ask about rows that wait (pgtide.quarantine, pgtide.conflict), and what they decide. Runs have their own
// view of these tables, see quarantine.hpp and conflict.hpp.

// Whether there is a state to be asked; false before anything was ever copied. Throws Error(refused) if it is that of
// an older pgtide or may not be read.
bool may_be_asked(postgres::Session& session);

// Which rows are meant; an empty member leaves nothing out.
struct Choice {
  std::vector<std::string> tables;  // titles
  std::vector<std::string> kinds;   // reasons of the quarantine, kinds of conflicts
  std::string row_key;              // a jsonb object: of these columns a row has these values, compared as text
};

// Times are ISO 8601, UTC.
struct WaitingRow {
  std::int64_t id = 0;
  std::string map;
  Direction direction = Direction::forward;
  std::string table;
  std::string row_key;   // jsonb
  std::string row_data;  // jsonb; empty where it was not asked for
  std::string reason;
  std::string sqlstate;  // may be empty, like detail and hint
  std::string detail;
  std::string hint;
  std::string first_seen;
  std::string last_tried;
  std::int64_t attempts = 0;
  bool given_up = false;
};

// In the order of tables and arrival, a part of them at a time in memory; at most `limit` where it is not 0.
void for_each_waiting(postgres::Session& session, const Scope& scope, const Choice& choice, bool with_data,
                      std::int64_t limit, const std::function<void(const WaitingRow&)>& take);

// How many, by table and reason. `detail` and `hint` of one of them: they are the same for most.
struct WaitingGroup {
  Direction direction = Direction::forward;
  std::string table;
  std::string reason;
  std::string detail;
  std::string hint;
  std::int64_t rows = 0;
  std::int64_t given_up = 0;
};
// Rows of one reason with different details make several groups; the largest come first.
std::vector<WaitingGroup> count_waiting(postgres::Session& session, const Scope& scope, const Choice& choice,
                                        bool by_detail);

// Rows that were given up are due again, as if they had been tried once. Returns how many were chosen, by table.
std::map<std::string, std::int64_t> make_due(postgres::Session& session, const Scope& scope, const Choice& choice);

// Rows leave the quarantine, and nobody hears of them while they stay as they are; each is an event. `newest`: of rows
// that came later nothing was shown to whoever decided, and they stay. Within a transaction.
std::vector<WaitingGroup> discard(postgres::Transaction& write, const Scope& scope, const Choice& choice,
                                  std::int64_t newest);
// The greatest id in the quarantine.
std::int64_t newest_waiting(postgres::Session& session);

struct ConflictRow {
  std::int64_t id = 0;
  std::string map;
  Direction direction = Direction::forward;
  std::string table;
  std::string row_key;  // jsonb
  std::string kind;
  std::string desktop_row;  // jsonb; empty where that side has no row, or it was not asked for
  std::string cloud_row;
  bool on_desktop = false;  // that side has a row
  bool in_cloud = false;
  std::vector<std::string> columns;  // that both sides have and that differ
  std::string local_modified;        // may be empty, like the times below
  std::string remote_modified;
  std::string resolution_strategy;
  std::string detected_at;
  std::string resolved_at;
  std::string decision;    // desktop, cloud or empty
  std::string resolution;  // desktop, cloud, cause_gone or empty
};

// As for_each_waiting(). `resolved`: those too that do not wait any more.
void for_each_conflict(postgres::Session& session, const Scope& scope, const Choice& choice, bool resolved,
                       bool with_rows, std::int64_t limit, const std::function<void(const ConflictRow&)>& take);
std::int64_t count_conflicts(postgres::Session& session, const Scope& scope, const Choice& choice, bool resolved);

// How many of each kind wait.
std::map<std::string, std::int64_t> count_open_kinds(postgres::Session& session, const Scope& scope,
                                                     const Choice& choice);

// What the next run is to do with the chosen conflicts that wait; returns their ids.
std::vector<std::int64_t> decide(postgres::Session& session, const Scope& scope, const Choice& choice,
                                 const std::string& decision);
std::vector<ConflictRow> read_conflicts(postgres::Session& session, const Scope& scope,
                                        const std::vector<std::int64_t>& ids);

// How many rows and conflicts wait, by table. Nothing of what this role may not see.
struct Numbers {
  std::int64_t waiting = 0;
  std::int64_t conflicts = 0;
  std::int64_t given_up = 0;       // of those that wait
  std::int64_t most_attempts = 0;  // of the others; those that are never given up do not count
};
std::map<std::string, Numbers> count_by_table(postgres::Session& session, const Scope& scope);

// The columns of a jsonb object and their values as text. Throws Error(usage) where the text is none.
std::vector<std::pair<std::string, std::optional<std::string>>> read_object(postgres::Session& session,
                                                                            const std::string& text);
// The object of columns and values, as jsonb text.
std::string make_object(postgres::Session& session,
                        const std::vector<std::pair<std::string, std::optional<std::string>>>& columns);

}  // namespace engine::state
