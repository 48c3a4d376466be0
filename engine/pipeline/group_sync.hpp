#pragma once

#include <vector>

#include "engine/pipeline/lanes.hpp"
#include "engine/pipeline/run_context.hpp"
#include "engine/pipeline/table_close.hpp"
#include "engine/pipeline/unreadable_rows.hpp"

namespace engine::pipeline {

// Brings the tables of a group up to date that are written in one transaction: they refer to each other or to
// themselves, or have no unique index that would keep a second writer's rows apart from ours. An account and what is
// known of unreadable rows for each. Throws Error.
void sync_as_one(const RunContext& run, Lane& lane, const plan::Group& group, std::vector<TableClose>& closes,
                 std::vector<UnreadableRows>& unreadable);

}  // namespace engine::pipeline
