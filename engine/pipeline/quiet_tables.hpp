#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/pipeline/preparation.hpp"
#include "engine/pipeline/run_context.hpp"

namespace engine::pipeline {

// Finishes, in one transaction, the tables of the run that need not be read: those of `quiet` that have no new rows in
// the run's snapshot either, with all the tables they depend on or are written together with. Their titles.
std::vector<std::string> finish_quiet_tables(const RunContext& run, const std::set<std::string>& quiet,
                                             const SourceView& source, postgres::Session& target);

}  // namespace engine::pipeline
