#pragma once

#include <functional>

#include "engine/pipeline/lanes.hpp"
#include "engine/pipeline/run_context.hpp"
#include "engine/pipeline/source_read.hpp"
#include "engine/pipeline/table_close.hpp"

namespace engine::pipeline {

// Writes the rows that are read of `some`, the table or a part of it, chunk by chunk, each committed; does not close
// the table.
using WriteRows = std::function<void(const plan::TableTask& some, const SourceRead& look, postgres::Transaction& read)>;

// A full run of a table that is there already, without sending what is equal: docs/ARCHITECTURE.md, "Full as a
// difference". The rows that differ are written, and the table is closed.
//
// False where the table has to be read whole: then it is not closed; what was written so far is right, and comes once
// more. Throws Error.
bool refresh_by_difference(const RunContext& run, Lane& lane, const plan::TableTask& task, const plan::Window& whole,
                           TableClose& close, const WriteRows& write);

}  // namespace engine::pipeline
