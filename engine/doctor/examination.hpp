#pragma once

#include <string>
#include <vector>

#include "engine/config/settings.hpp"
#include "engine/doctor/finding.hpp"

namespace engine::doctor {

// Will it work here? Looks at both servers, both schemas and the rows of the map's tables, `only` these where any are
// named, and says what stands in the way. Writes nothing. A database that cannot be reached is a finding, and the other
// one is looked at all the same. Throws Error(usage) for a table that the map does not have.
Examination examine(const config::Settings& settings, const std::vector<std::string>& only);

}  // namespace engine::doctor
