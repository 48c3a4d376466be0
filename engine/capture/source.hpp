#pragma once

#include <optional>
#include <string>

#include "engine/capture/cursor.hpp"
#include "engine/postgres/session.hpp"
#include "engine/postgres/transaction.hpp"

namespace engine::capture {

// Identity of the database behind a session, and what became of the last anchor there.
struct Sighting {
  SourceIdentity identity;
  AnchorFinding anchor;
};
Sighting look_at(postgres::Session& session, const std::optional<Anchor>& last_anchor);

// Step 1 of a run. Must return before the reading snapshot is taken.
Observation observe(postgres::Session& session);

// The snapshot that all tables of a run are read from, kept open by its transaction.
struct Snapshot {
  std::string id;  // for SET TRANSACTION SNAPSHOT
  Xid next_xid = 0;
  std::string server_start;
};
Snapshot take_snapshot(postgres::Transaction& read);

// Step 3: leaves a token in the source, durably, so that no id seen so far can be handed out again after a crash and a
// restored backup is noticed. `target` is SourceIdentity::database() of the database that is written.
Anchor leave_anchor(postgres::Session& session, const std::string& map, Direction direction, const std::string& target,
                    const std::optional<Anchor>& last_anchor);

}  // namespace engine::capture
