#pragma once

#include "engine/config/settings.hpp"
#include "engine/pipeline/observer.hpp"
#include "engine/pipeline/preparation.hpp"
#include "engine/pipeline/run_context.hpp"
#include "engine/postgres/session.hpp"

namespace engine::pipeline {

// `sync --table`: the tables that the chosen ones refer to.

// The request with these tables. Looks at the target; throws Error as a run would.
plan::Request with_parents(const config::Settings& settings, const plan::Request& request);

// Warns of those that are not in the request and are behind: rows that refer to what is missing there will wait in
// quarantine. To be called when the run has recognised its source. Looks only; what cannot be looked at is passed over.
void name_parents_behind(const RunContext& run, const SourceView& source, postgres::Session& target,
                         Observer& observer);

}  // namespace engine::pipeline
