#pragma once

#include "engine/pipeline/lanes.hpp"
#include "engine/pipeline/run_context.hpp"
#include "engine/pipeline/summary.hpp"

namespace engine::pipeline {

// Rows that the desktop has deleted, of one table that a full run has copied: removed, marked or reported in the cloud,
// in one transaction, as the map says (`deletes:`). Compares the keys of the run's snapshot with what is remembered to
// have come from the desktop. Doing it again in the same run does no harm.
//
// Returns what it added to the table: status ok, attention, failed or fuse; kept rows as read and conflicted. Does not
// throw.
TableOutcome remove_deleted(const RunContext& run, Lane& lane, const plan::TableTask& task);

}  // namespace engine::pipeline
