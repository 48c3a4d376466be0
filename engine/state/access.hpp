#pragma once

#include <string>

#include "engine/postgres/session.hpp"

namespace engine::state {

// What this role may do with the state in a database. Nothing here fails for lack of rights.
enum class Access {
  write,   // create, upgrade and change it
  read,    // it is there, and may be looked at only: a standby, default_transaction_read_only, or no right to write
  hidden,  // it is there, and may not even be looked at
  absent,  // it is not there, and may not be made
};
Access access(postgres::Session& session);

// The same of one table of it. `visible`: all of it, or all but the columns that hold contents of rows
// (scripts/sql/hide-contents.sql).
enum class Sight { missing, hidden, visible };
Sight sight_of(postgres::Session& session, const std::string& table);

}  // namespace engine::state
