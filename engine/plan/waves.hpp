#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/plan/plan.hpp"

namespace engine::plan {

// A foreign key between two tables of the run.
struct Reference {
  std::size_t child = 0;
  std::size_t parent = 0;
  std::string name;
  bool deferrable = false;
  std::vector<std::string> nullable_columns;  // fed, not of the key, may be NULL for a moment
};

struct Ordering {
  std::vector<std::vector<Group>> waves;
  // tables of a cycle that no order and no deferring can load, with the reason
  std::vector<std::pair<std::size_t, std::string>> impossible;
};

// How the reason begins.
inline constexpr std::string_view circle_words = "its foreign keys go round in a circle";

// Parents before children. Cycles are opened where a foreign key can be deferred or set later. Pure.
Ordering order_tables(std::size_t tables, const std::vector<Reference>& references);

}  // namespace engine::plan
