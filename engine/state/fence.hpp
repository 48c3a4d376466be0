#pragma once

#include <string>

#include "engine/postgres/session.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/state/scope.hpp"

namespace engine::state {

// What keeps a run from writing after another one has begun in its place, because it was stopped for a while, or its
// connection hung. A run is current as long as nobody has noted its end in pgtide.run.

// The statements that a transaction begins with that writes rows, or the state of a table: it is known to be under way
// until it ends, and the last result has a row only if the run is current.
std::string fence_statements(const Scope& scope, std::int64_t run_id);

// Throws Error(already_running) unless the last result of these statements says that the run is current.
void expect_current(const postgres::Result& fence);

// Ends the transactions that still go on under the fence, of whatever run, and waits until they are gone: what they
// committed can be seen then, and nothing more comes from them. To be called by the holder of the run's lock only.
// From now on until the transaction ends nobody passes the fence.
void close_fence(postgres::Transaction& write, const Scope& scope);

// The same for somebody in no need of it: returns `nobody_writes`, and closes the fence only where that is so already.
std::string try_fence_statement(const Scope& scope);

}  // namespace engine::state
