#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/pipeline/preparation.hpp"
#include "engine/pipeline/run.hpp"
#include "engine/pipeline/run_context.hpp"
#include "engine/state/glance.hpp"

namespace engine::pipeline {

// A run that has nothing to do, in one round trip to the source and two to the target. docs/ARCHITECTURE.md, "Glance".

// One session to each side. That to the target is not cancelled by a stop, so that a run can be closed.
struct TwoSessions {
  std::unique_ptr<postgres::Session> source, target;
};

// Both connected at the same time. Throws Error(unavailable).
TwoSessions connect_both(const config::Settings& settings, Direction direction, const std::stop_token& stop);

// The whole run, where everything is as the last one left it. Else nothing: then nothing was written but perhaps a mark
// in the source, which harms nobody, and the ordinary run is to follow, with what is left of the sessions. Whatever
// goes wrong is left to that run to meet and to tell.
struct Glanced {
  std::optional<RunSummary> summary;
  std::set<std::string> quiet;  // tables without new rows, as far as anybody looked
  std::int64_t run_id = 0;      // taken, and given back unused: the ordinary run has it, so that no number is missing
};
Glanced finish_at_a_glance(const config::Settings& settings, const plan::Request& request, const RunOptions& options,
                           Observer& observer, TwoSessions& sessions);

// What both databases look like to a plan. To be called before the catalogs are read: what changes in between is found
// by the next run. Nothing where they cannot be taken.
struct Prints {
  std::string source, target;
};
std::optional<Prints> take_prints(postgres::Session& source, postgres::Session& target, const state::Scope& scope);

// What is to be left for the next run once all tables are done; nothing where it has to make its own plan anyway.
std::optional<state::Glance> to_leave_behind(const RunContext& run, const std::optional<Prints>& prints);

}  // namespace engine::pipeline
