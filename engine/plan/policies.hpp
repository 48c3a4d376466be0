#pragma once

#include "engine/plan/columns.hpp"

namespace engine::plan {

// What the map says about rows that do not fit, are in conflict, or are gone on the desktop. After the columns, the key
// and the watermark.

// What the target asks of its rows can be looked up before they are written: faster where many do not fit.
void plan_demands(const TableInput& input, TableTask& task);

// Who wins where both sides changed a row.
void plan_policy(const TableInput& input, TableTask& task);

// What becomes of rows that the desktop has no more.
void plan_deletes(const TableInput& input, TableTask& task, Findings& findings);

}  // namespace engine::plan
