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

// The same as a statement and what it returned, to be asked together with other things; `marks.token` is left out.
std::string sighting_statement(const std::optional<KnownSource>& known);
Sighting sighting_of(const postgres::Result& seen, const std::optional<KnownSource>& known);
// token: whether it is there. Where the state is and may be read.
std::string token_statement(const std::string& token);

// Step 1 of a run. Must return before the reading snapshot is taken.
Observation observe(postgres::Session& session);
// The same as a statement and what it returned, without the stamps.
std::string observation_statement();
Observation observation_of(const postgres::Result& seen);

// The snapshot that all tables of a run are read from, kept open by its transaction.
struct Snapshot {
  std::string id;  // for SET TRANSACTION SNAPSHOT; empty on a standby, where only that transaction can read from it
  Xid next_xid = 0;
  Server server;
};
Snapshot take_snapshot(postgres::Transaction& read);
// The same as a statement and what it returned; `exported`: others will read from it too.
std::string snapshot_statement(bool exported);
Snapshot snapshot_of(const postgres::Result& taken);

// Step 3: leaves a token in the source, durably, so that no id seen so far can be handed out again after a crash and a
// restored backup is noticed. `target` is SourceIdentity::database() of the database that is written.
Anchor leave_anchor(postgres::Session& session, const std::string& map, Direction direction, const std::string& target,
                    const std::string& last_token);

// The same as a script with a transaction of its own; the token is given, and the result has `anchor_xid`. Writes
// nothing where this is not the source that is known, with its mark, nor where no id has been assigned since
// `unless_next` (0: even so).
std::string anchor_script(const std::string& map, Direction direction, const std::string& target,
                          const std::string& token, const KnownSource& known, Xid unless_next);

// The same where nothing may be written: transactions that take an id and are committed or rolled back at random. They
// are not flushed at once: a source that loses all of them in a crash is taken for a restored one, and of one that
// loses the last of them all earlier ids are safe.
std::vector<Outcome> take_outcomes(postgres::Session& session);

// Waits until a crash cannot take back what has been done so far. False if that is not so within a few seconds.
bool wait_until_flushed(postgres::Session& session);

}  // namespace engine::capture
