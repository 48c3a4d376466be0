#pragma once

#include <map>
#include <string>

#include "engine/capture/cursor.hpp"
#include "engine/core/counts.hpp"
#include "engine/postgres/session.hpp"
#include "engine/state/scope.hpp"

namespace engine::state {

// pgtide.progress: how far a table got whose run has not come to its end.
struct StoredProgress {
  capture::Progress progress;
  std::int64_t run_id = 0;
  Counts counts;  // of that run so far
};

// By table name.
std::map<std::string, StoredProgress> read_progress(postgres::Session& session, const Scope& scope);

// Part of the transaction that writes a chunk.
void store_progress(postgres::Session& session, const Scope& scope, const std::string& table,
                    const StoredProgress& stored);

// Part of the transaction that completes a table.
void forget_progress(postgres::Session& session, const Scope& scope, const std::string& table);

}  // namespace engine::state
