#pragma once

#include "engine/config/table_map.hpp"
#include "engine/plan/plan.hpp"

namespace engine::plan {

// Where the map limits how long a table is read (`limits: {longest_read: ...}`): notes at each task that cannot be gone
// on with behind a chunk that it is read in one go. The waves of the plan are there. Pure.
void note_reads_in_one_go(const config::TableMap& map, const Request& request, Plan& plan);

}  // namespace engine::plan
