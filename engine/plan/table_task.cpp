#include <algorithm>

#include "engine/core/names.hpp"
#include "engine/plan/plan.hpp"

namespace engine::plan {

bool TableTask::converts() const {
  return std::ranges::any_of(columns, [](const Column& c) { return !c.conversion.same; });
}

std::vector<Column> TableTask::key_columns() const {
  std::vector<Column> found;
  for (const auto& name : key) {
    const auto column = std::ranges::find(columns, name, &Column::target);
    if (column != columns.end()) found.push_back(*column);
  }
  return found;
}

std::vector<std::string> TableTask::row_key_columns() const {
  if (!keyless) return key;
  if (!match.empty()) return match;
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(column.target);
  return names;
}

std::vector<std::string> TableTask::identity() const {
  if (!keyless) return key;
  std::vector<std::string> names;
  for (const auto& column : number) names.push_back(column.name);
  return names;
}

std::string TableTask::note() const {
  std::vector<std::string> parts;
  const bool forward = direction == Direction::forward;
  const auto& desktop = forward ? ignored : defaulted;
  const auto& cloud = forward ? defaulted : ignored;
  if (!desktop.empty()) parts.push_back("only on the desktop: " + joined(desktop, ", "));
  if (!cloud.empty()) parts.push_back("only in the cloud: " + joined(cloud, ", "));
  return joined(parts, "; ");
}

bool TableTask::may_be_loaded() const {
  const bool plain = !keyless && !converts() && memory.opposite_id == 0;
  return plain && hashed_alike && (direction == Direction::forward || memory.adopting);
}

bool TableTask::may_be_packed() const {
  return !keyless && !both_ways && memory.opposite_id == 0 && soft_delete.empty() && !fills_columns;
}

bool TableTask::may_be_judged_lightly() const {
  return may_be_packed() && direction == Direction::forward && arbiter && !memory.adopting && !target_reacts &&
         !clears_orphans;
}

bool TableTask::waits_for_forward() const {
  return both_ways && direction == Direction::reverse && (memory.opposite_id == 0 || memory.opposite_adopting);
}

std::vector<std::string> TableTask::image_columns() const {
  std::vector<std::string> names;
  for (const auto& column : columns)
    if (column.compared() && !(keyless && column.role == Role::origin)) names.push_back(column.target);
  return names;
}

}  // namespace engine::plan
