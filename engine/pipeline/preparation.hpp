#pragma once

#include <map>
#include <string>

#include "engine/config/settings.hpp"
#include "engine/plan/plan.hpp"
#include "engine/postgres/session.hpp"
#include "engine/postgres/transaction.hpp"

namespace engine::pipeline {

// How the source is looked at: in this session, in transactions that are opened like this.
struct SourceView {
  postgres::Session& session;
  postgres::Opening opening;
};

// For transactions that see what this exported snapshot shows. Without an id: parts of the transaction that has it.
postgres::Opening opening_on(const std::string& snapshot_id);

// Looks at both databases and makes the plan of a run. Reads only.
//
// `refused`: by source table, why it must not be written, beside what is found here.
//
// Throws Error(configuration) if PostgreSQL refuses something the map says; what is wrong with a single table is in the
// plan.
plan::Plan prepare(const SourceView& source, postgres::Session& target, const config::TableMap& map,
                   const plan::Request& request, const std::map<QualifiedName, std::string>& refused = {});

// All problems with the map in one error, each with file, line and column. Nothing if there are none.
void throw_problems(const plan::Plan& plan);

}  // namespace engine::pipeline
