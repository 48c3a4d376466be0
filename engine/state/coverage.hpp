#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "engine/postgres/session.hpp"
#include "engine/state/scope.hpp"

namespace engine::state {

// pgtide.coverage: which days of the data have arrived. Days are UTC, `YYYY-MM-DD`.
using RowsByDay = std::map<std::string, std::int64_t>;

// `whole`: the run saw all rows, so its numbers replace what stood there; else they are added. Each day since the first
// run that has no row yet gets one, with 0.
void record_coverage(postgres::Session& session, const Scope& scope, const std::string& table, const RowsByDay& rows,
                     bool whole);

}  // namespace engine::state
