#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/config/table_map.hpp"
#include "engine/mapping/judgement.hpp"

namespace engine::report {

// What `map check` found. Without a map only the findings. `both`: the databases were asked too. Pure.
std::string map_check_text(const std::string& file, const std::optional<config::TableMap>& map,
                           const std::vector<mapping::MapFinding>& findings, bool both);
std::string map_check_json(const std::string& file, const std::optional<config::TableMap>& map,
                           const std::vector<mapping::MapFinding>& findings);

}  // namespace engine::report
