#pragma once

#include "engine/config/settings.hpp"
#include "engine/doctor/facts.hpp"
#include "engine/postgres/session.hpp"

namespace engine::doctor {

// Asks the server about itself. Outside of transactions, in which pgtide sets limits of its own. Throws Error.
ServerFacts read_server(postgres::Session& session);

// Which mode the pooler has that leads to this database, if there is one, and how many connections it gives to us at
// once. Found out by trying: with further connections and transactions that do nothing. Leaves nothing behind.
// `session` is one to the same URL.
void try_pooler(const std::string& url, postgres::Session& session, int connections, ServerFacts& facts);

// What of pgtide is there already. Never throws for lack of rights: the problem is in the facts.
StateFacts read_state(postgres::Session& session, const config::TableMap& map);

}  // namespace engine::doctor
