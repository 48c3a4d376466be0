#pragma once

#include <string>

#include "engine/postgres/session.hpp"

namespace engine::pipeline {

// Throws Error(refused) where both URLs lead to the same database, or where the state of one of them says that the
// desktop of this map is behind the cloud's URL or the cloud behind the desktop's. Reads only, whatever rights it has.
void check_two_ends(postgres::Session& one, postgres::Session& other, const std::string& map);

}  // namespace engine::pipeline
