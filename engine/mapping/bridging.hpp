#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/mapping/columns.hpp"
#include "engine/mapping/proposal.hpp"
#include "engine/mapping/survey.hpp"

namespace engine::mapping {

// What is needed where the columns of one table cannot simply be copied into those of the other.
struct Bridges {
  std::vector<ProposedColumn> columns;
  std::vector<std::string> skip;  // target columns that nothing can be made for, and that can do without
  std::vector<std::string> why_skipped;
  bool zone_of_desktop = false;  // a timezone is needed there
  bool zone_of_cloud = false;
};

// In that direction, with the planner's own judgement of what can be copied. Pure.
Bridges bridge(const Survey& survey, const QualifiedName& desktop, const QualifiedName& cloud,
               const ColumnPairs& columns, Direction direction);

}  // namespace engine::mapping
