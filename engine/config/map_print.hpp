#pragma once

#include <string>

#include "engine/config/table_map.hpp"

namespace engine::config {

// A fingerprint of all that a map says about what is copied, and how: of another one the same plan cannot be expected.
// Where it says so (Mark), and the URLs, do not count. A new key of a table that changes what a run does has to be
// added.
std::string print_of(const TableMap& map);

}  // namespace engine::config
