#pragma once

#include <map>
#include <string>

#include "engine/mapping/pairing.hpp"
#include "engine/mapping/proposal.hpp"
#include "engine/mapping/survey.hpp"

namespace engine::mapping {

// Makes a map of what was found out. `facts` by the desktop's table; a pair without facts is proposed by its columns
// alone. Pure.
Proposal propose(const std::string& name, const Survey& survey, const Pairing& pairing,
                 const std::map<QualifiedName, Facts>& facts);

// Sets aside what refers to a table that is set aside and whose rows the cloud lacks: its rows could only wait. Pure.
void set_aside_children(Proposal& proposal, const Survey& survey, const std::map<QualifiedName, Facts>& facts);

// How a circle of foreign keys among tables that were set aside for it can be opened: SQL for the cloud, empty where
// nothing in it would help. Pure.
std::string open_circle(const ProposedTable& table, const Proposal& proposal, const Survey& survey);

// Notes which tables refer to tables that the map does not copy; when it is settled which those are. Pure.
void remark_missing_parents(Proposal& proposal, const Survey& survey);

}  // namespace engine::mapping
