#pragma once

#include "engine/config/limits.hpp"
#include "engine/config/table_map.hpp"
#include "engine/config/yaml_reader.hpp"

namespace engine::config {

// The node `limits` of a map. Throws Error(configuration) with the place and a hint. Pure.
Limits read_limits(const Node& node, const Environment& environment);

}  // namespace engine::config
