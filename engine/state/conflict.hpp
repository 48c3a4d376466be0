#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/postgres/session.hpp"
#include "engine/state/scope.hpp"

namespace engine::state {

// pgtide.conflict. Rows are recorded by the merge itself, see plan/statements.

// Conflicts that wait, of these tables.
std::int64_t count_open_conflicts(postgres::Session& session, const Scope& scope,
                                  const std::vector<std::string>& tables, bool but_deletes = false);

// The row keys of the conflicts that wait, as jsonb text, by table.
std::map<std::string, std::vector<std::string>> read_open_conflicts(postgres::Session& session, const Scope& scope);

// After a run that looked at every waiting conflict again: what it did not meet any more is gone. `but_deletes`: those
// about deleted rows are looked at later, by full runs only.
void close_conflicts(postgres::Session& session, const Scope& scope, const std::string& table, std::int64_t run_id,
                     bool but_deletes);
// The same of those about deleted rows.
void close_delete_conflicts(postgres::Session& session, const Scope& scope, const std::string& table,
                            std::int64_t run_id);

}  // namespace engine::state
