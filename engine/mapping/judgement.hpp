#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/config/inspection.hpp"
#include "engine/config/table_map.hpp"
#include "engine/postgres/session.hpp"

namespace engine::mapping {

// Something that is wrong with a map, or worth knowing of it.
struct MapFinding {
  enum class Severity { error, refused, warning };  // the map is wrong; the table would be left alone; it would run
  Severity severity = Severity::error;
  Mark mark;
  std::optional<std::size_t> index;  // of the table in the map; nothing where it concerns the map
  std::string problem;
  std::string hint;
  bool by_parent = false;   // refused only because it refers to a table that is
  std::string direction{};  // the one in which it would be refused: `forward`, `reverse`; empty: any
};

// What the file alone shows.
std::vector<MapFinding> findings_of(const std::vector<config::Complaint>& complaints);

// What both databases say to a map: what keeps any of the three jobs from copying a table. Reads only, needs no state.
// Throws Error where a database cannot be reached, or both URLs lead to the same one.
std::vector<MapFinding> judge(const config::TableMap& map, postgres::Session& desktop, postgres::Session& cloud);

std::string_view name_of(MapFinding::Severity severity);

}  // namespace engine::mapping
