#pragma once

#include "engine/plan/columns.hpp"

namespace engine::plan {

// What the two roles lack to copy this table, each with the statement that gives it, to be pasted as it stands.
void check_rights_to_read(const TableInput& input, Findings& findings);
void check_rights_to_write(const TableInput& input, const TableTask& task, Findings& findings);

}  // namespace engine::plan
