#pragma once

#include <string>
#include <vector>

#include "engine/mapping/proposal.hpp"

namespace engine::report {

// A proposed map as YAML for people: every guess marked `# guess: ... because ...`, what cannot be copied as a remark
// that says why. `schema` is where editors find docs/tablemap.schema.json. Pure.
std::string map_yaml(const mapping::Proposal& proposal, const std::string& schema);

// The same as an array of objects, one a table.
std::string proposal_json(const mapping::Proposal& proposal);

// What went into the map, in a few lines; `file`: where it was written, empty: nowhere.
std::string proposal_text(const mapping::Proposal& proposal, const std::string& file);

// A table's name for people; in quotes where it would not be seen.
std::string title_of(const mapping::ProposedTable& table, const mapping::Proposal& proposal);

// A value, as it must be written for the map's reader to find it again, and a key.
std::string yaml_value(const std::string& text);
std::string yaml_key(const std::string& text);

}  // namespace engine::report
