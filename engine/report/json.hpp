#pragma once

#include <string>
#include <vector>

#include "engine/report/text.hpp"

// The same values as JSON, with the names of the contract; times are ISO 8601 UTC with microseconds. Pure.
namespace engine::report {

std::string run_json(const pipeline::RunSummary& run);
std::string plan_json(const plan::Plan& plan, const std::vector<PlannedTable>& tables);
std::string init_json(const std::vector<InitLine>& lines);
std::string status_json(const std::vector<StatusLine>& lines);

// What a command that failed as a whole prints with --json.
std::string error_json(int exit_status, const std::string& status, const std::string& error, const std::string& hint);

}  // namespace engine::report
