#pragma once

#include <functional>

#include "engine/pipeline/run_context.hpp"
#include "engine/pipeline/source_read.hpp"
#include "engine/pipeline/table_close.hpp"
#include "engine/pipeline/table_writer.hpp"
#include "engine/plan/window.hpp"
#include "engine/postgres/transaction.hpp"

namespace engine::pipeline {

// What is settled before the rows of a table are read, and how carefully they are written.

// Rows go straight into the target, which is empty: what is to be remembered of them is computed at the source, where
// it costs the least. Their stamps come beside it, so that nobody has to read the table once more to count its days.
void prepare_for_loading(const plan::TableTask& task, SourceRead& look, postgres::Transaction& read);

// Throws Error(fuse): a forward source that is suddenly empty is an accident more often than not.
void guard_against_emptied_source(const RunContext& run, const plan::TableTask& task, const SourceRead& look,
                                  postgres::Session& target);

// A target that lost all its rows is filled again, as if nothing had ever been sent.
plan::Window window_to_read(const RunContext& run, const plan::TableTask& task, postgres::Session& target);

void say_why_whole(const RunContext& run, const plan::TableTask& task, const plan::Window& window);

// Writes rows, and again with more care where some of them do not fit. What was learnt of the table stays in `care`.
void with_growing_care(Care& care, const std::function<void(Care)>& write);

}  // namespace engine::pipeline
