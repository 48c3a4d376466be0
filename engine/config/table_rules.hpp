#pragma once

#include "engine/config/table_keys.hpp"
#include "engine/config/table_map.hpp"

namespace engine::config {

// The table that its own keys and the defaults make together: a key of its own replaces the default as a whole, a
// default that does not apply to it is passed over. Throws Error(configuration) where two keys contradict each other.
Table settle(const TableKeys& own, const TableKeys& defaults, const Database& desktop, const Database& cloud);

}  // namespace engine::config
