#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/core/error.hpp"
#include "engine/postgres/session.hpp"
#include "engine/postgres/transaction.hpp"

namespace engine::state {

// The state schema in one database: numbered migrations, each in a transaction of its own, one at a time across
// processes. Nothing in it is granted to anybody: PUBLIC, anon and authenticated lose every right on it.

// The newest version this program knows.
int known_version();

// The version that is installed, 0 for none. Throws Error(state_version) if it is newer than known_version().
int installed_version(postgres::Session& session);

// Returns the installed version and what is missing of the newest one, as `state_version` and `state_missing`. An error
// where there is no state.
std::string version_statement();

// Upgrades to known_version(); returns the versions that were applied, none if it was there already. Throws
// Error(refused) with the grant that is missing where the role may not create schemas.
std::vector<int> upgrade(postgres::Session& session);

// Where there is no state: builds it within the transaction that is open on the session, which is to be rolled back.
// For looking at what a run would do.
void build_for_now(postgres::Session& session);

// Where `error` says that a right to the state is missing: adds what an administrator has to run.
void explain_missing_right(Error& error, postgres::Session& session);

// Until the transaction ends nobody else creates or changes what pgtide keeps here.
void lock_state(postgres::Transaction& write);

// The tables whose rows are lost if a state of version `installed` is taken down to `version`.
std::set<std::string> emptied_by(int installed, int version);

// What a state of version `installed` is still to make again, and one of `version` would not know of; in words, empty
// if there is nothing.
std::string owed_by(postgres::Session& session, int installed, int version);

// Takes migrations back down to `version`; 0 removes the schema with everything in it.
std::vector<int> downgrade(postgres::Session& session, int version);

}  // namespace engine::state
