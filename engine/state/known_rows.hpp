#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/postgres/session.hpp"
#include "engine/state/scope.hpp"

namespace engine::state {

// pgtide.known_table and pgtide.known_row: what is remembered of each row that a map wrote, or found as it should be.
// The rows themselves are written and read by the statements of plan/, in the transaction that writes the table.

struct KnownTable {
  std::int64_t id = 0;         // 0: not stored yet
  std::int64_t table_oid = 0;  // of the target
  std::vector<std::string> key_columns;
  std::vector<std::string> image_columns;
  std::string hash;      // record, text or columns
  bool keyless = false;  // the key is the cloud's number
  bool removes = false;  // the map removes rows from it
  bool adopting = true;  // the table has not been compared whole yet
};

// By table name.
std::map<std::string, KnownTable> read_known_tables(postgres::Session& session, const Scope& scope);
std::string known_tables_statement(const Scope& scope);

// Stores what the memory of a table is made of, and returns its id.
std::int64_t store_known_table(postgres::Session& session, const Scope& scope, const std::string& table,
                               const KnownTable& known);

// What is remembered of many rows at once waits in packs, without an index; puts it where it is looked up. To be called
// before that, in the transaction that is open, or else in one of its own; does nothing where there is nothing to do.
void settle_known_rows(postgres::Session& session, std::int64_t known_id);
// The same as SQL, within a transaction, where a condition is true. `some`: there are rows that were settled before.
std::string settling_script(std::int64_t known_id, bool some, const std::string& condition);
// The same of all tables of a map and direction.
void settle_known_rows(postgres::Session& session, const Scope& scope);

constexpr std::int64_t many_packs = 1000;  // of a table

// So much waits that it should be settled before more is added.
bool should_settle_known_rows(postgres::Session& session, std::int64_t known_id, std::int64_t rows_of_table);

// Whose rows wait for that, where it may not be done.
std::set<std::string> unsettled_tables(postgres::Session& session, const Scope& scope);

// Returns how many there were.
std::int64_t forget_known_rows(postgres::Session& session, std::int64_t known_id);

// Part of the transaction that completes the first whole compare.
void mark_adopted(postgres::Session& session, std::int64_t known_id);

// What other maps remember of tables in this database, in the same direction.
struct OtherKnownTable {
  std::string map;
  std::int64_t id = 0;
  std::int64_t table_oid = 0;
  std::vector<std::string> key_columns;
  std::string hash;
};
std::vector<OtherKnownTable> read_other_known_tables(postgres::Session& session, const Scope& scope);
std::string other_known_tables_statement(const Scope& scope);

// The tables from which other maps than this one remove rows: oid -> map. Empty where there is no state yet.
std::map<std::int64_t, std::string> removing_maps(postgres::Session& session, const std::string& map);
std::vector<std::string> removing_maps_statements(const std::string& map);

// Transaction ids in the state mean something in the database where they were noted only. In another one (the state
// came with a dump) they are dropped: `database` is its SourceIdentity::database().
void settle_home(postgres::Session& session, const std::string& database);
bool is_at_home(postgres::Session& session, const std::string& database);

}  // namespace engine::state
