#pragma once

#include "engine/core/error.hpp"
#include "engine/pipeline/run_context.hpp"
#include "engine/plan/plan.hpp"

namespace engine::pipeline {

// How long the source is looked at as of one moment, where the map limits it (`limits: {longest_read: ...}`). A run
// whose time is over stops behind the chunk it is at and makes another attempt, with a new snapshot, which goes on
// there. Each attempt gets further: the first table that is left is begun in any case, and read for a chunk at least.

// The time begins now. Before the lanes start.
void begin_to_read(RunContext& run);

// Whether tables that are still to be begun have to wait for another attempt.
bool has_to_wait(const RunContext& run, const plan::Group& group);

// Behind a chunk with which `progress` was committed. Throws Error(unavailable), retryable, if the time is over and the
// next attempt can go on there.
void stop_if_read_for_too_long(const RunContext& run, const plan::TableTask& task, const capture::Progress& progress);

// What such a table is told to wait for.
Error read_for_too_long(const RunContext& run);

}  // namespace engine::pipeline
