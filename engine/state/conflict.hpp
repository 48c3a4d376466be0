#pragma once

#include <cstdint>
#include <string>

#include "engine/postgres/session.hpp"
#include "engine/state/scope.hpp"

namespace engine::state {

// pgtide.conflict. Rows are recorded by the merge itself, see plan/statements.

// Conflicts that wait, of all tables.
std::int64_t count_open_conflicts(postgres::Session& session, const Scope& scope);

// After a run that saw every row of the table: what it did not meet again is gone.
void close_conflicts(postgres::Session& session, const Scope& scope, const std::string& table, std::int64_t run_id);

}  // namespace engine::state
