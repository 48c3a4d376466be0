#pragma once

#include <optional>
#include <string>

#include "engine/capture/cursor.hpp"
#include "engine/postgres/session.hpp"
#include "engine/postgres/transaction.hpp"

namespace engine::capture {

// Identity of the database behind a session, and what became of the marks there by which it is known.
struct Sighting {
  SourceIdentity identity;
  MarkFinding marks;
};
Sighting look_at(postgres::Session& session, const std::optional<KnownSource>& known);
SourceIdentity identify(postgres::Session& session);

// Step 1 of a run. Must return before the reading snapshot is taken.
Observation observe(postgres::Session& session);

// The snapshot that all tables of a run are read from, kept open by its transaction.
struct Snapshot {
  std::string id;  // for SET TRANSACTION SNAPSHOT; empty on a standby, where only that transaction can read from it
  Xid next_xid = 0;
  Server server;
};
Snapshot take_snapshot(postgres::Transaction& read);

// Step 3: leaves a token in the source, durably, so that no id seen so far can be handed out again after a crash and a
// restored backup is noticed. `target` is SourceIdentity::database() of the database that is written.
Anchor leave_anchor(postgres::Session& session, const std::string& map, Direction direction, const std::string& target,
                    const std::string& last_token);

// The same where nothing may be written: transactions that take an id and are committed or rolled back at random. They
// are not flushed at once: a source that loses all of them in a crash is taken for a restored one, and of one that
// loses the last of them all earlier ids are safe.
std::vector<Outcome> take_outcomes(postgres::Session& session);

// Waits until a crash cannot take back what has been done so far. False if that is not so within a few seconds.
bool wait_until_flushed(postgres::Session& session);

}  // namespace engine::capture
