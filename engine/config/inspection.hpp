#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/config/table_map.hpp"

namespace engine::config {

// Something wrong with a map, as its file shows it.
struct Complaint {
  Mark mark;
  std::string message;
  std::string hint;
};

struct Inspection {
  std::optional<TableMap> map;  // where nothing is wrong
  std::vector<Complaint> complaints;
};

// Reads a map as load_table_map() does, and goes on behind an error where what follows can be understood without it. So
// all complaints are right, but there may be more once these are mended.
Inspection inspect_table_map(const std::string& file, const Environment& environment);

// The same from text in memory.
Inspection inspect_table_map_text(const std::string& text, const std::string& file, const Environment& environment);

}  // namespace engine::config
