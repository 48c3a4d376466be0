#pragma once

#include <map>
#include <string>

#include "engine/capture/cursor.hpp"
#include "engine/postgres/session.hpp"
#include "engine/state/scope.hpp"

namespace engine::state {

// pgtide.cursor and pgtide.source: where the next run goes on, and from which database.

// bigint[] as text.
std::string xid_array(const std::vector<capture::Xid>& xids);
std::vector<capture::Xid> xids_of(const std::string& array);

std::map<std::string, capture::Cursor> read_cursors(postgres::Session& session, const Scope& scope);
std::string cursors_statement(const Scope& scope);
std::map<std::string, capture::Cursor> cursors_of(const postgres::Result& found);

// `started_from`: run_id of the cursor this run began with, 0 for none. Throws Error(already_running) if somebody else
// moved the cursor since: the caller's transaction must be rolled back. `exact`: every new row was looked for.
void store_cursor(postgres::Session& session, const Scope& scope, const std::string& table,
                  const capture::Cursor& cursor, std::int64_t started_from, bool exact);

// The rows are known to be as the map and the source's columns want them now, whatever they were when `cursor` was set;
// where it stands does not change. Throws as store_cursor().
void accept_hashes(postgres::Session& session, const Scope& scope, const std::string& table,
                   const capture::Cursor& cursor, const std::string& schema_hash, const std::string& mapping_hash);

std::optional<capture::KnownSource> read_source(postgres::Session& session, const Scope& scope);
std::string source_statement(const Scope& scope);
std::optional<capture::KnownSource> source_of_state(const postgres::Result& found);
void store_source(postgres::Session& session, const Scope& scope, const capture::KnownSource& source);
std::string store_source_statement(const Scope& scope, const capture::KnownSource& source);

// Whether rows of this map flow in this direction into the database of the session from `database`, and out of it into
// `database`, as far as its state can be seen. `database` is a SourceIdentity::database().
bool copied_from(postgres::Session& session, const Scope& scope, const std::string& database);
bool was_read_for(postgres::Session& session, const Scope& scope, const std::string& database);

// The source went back or is another one: until a table has been compared whole, neither its cursor nor its progress is
// gone on from.
void distrust_cursors(postgres::Session& session, const Scope& scope);

// The same of one table.
void distrust_cursor(postgres::Session& session, const Scope& scope, const std::string& table);

// The next run compares everything and remembers the source it finds then.
void forget_source(postgres::Session& session, const Scope& scope);

}  // namespace engine::state
