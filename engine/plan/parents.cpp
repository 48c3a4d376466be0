#include "engine/plan/parents.hpp"

#include <algorithm>

namespace engine::plan {

std::set<std::size_t> parents_of(const config::TableMap& map, Direction direction,
                                 const std::vector<catalog::ForeignKey>& references) {
  std::set<std::size_t> parents;
  for (std::size_t i = 0; i < map.tables.size(); ++i) {
    const auto& table = map.tables[i];
    const auto& target = table.at(target_of(direction));
    if (table.goes(direction) &&
        std::ranges::any_of(references, [&](const auto& reference) { return reference.parent == target; }))
      parents.insert(i);
  }
  return parents;
}

Request with_parents(const config::TableMap& map, Request request, const catalog::Catalog& target) {
  const Direction direction = request.direction();
  std::vector<std::size_t> wanted = selected(map, request);
  std::set<std::size_t> found(wanted.begin(), wanted.end());
  for (std::size_t next = 0; next < wanted.size(); ++next) {
    const auto* table = target.table(map.tables[wanted[next]].at(target_of(direction)));
    if (table == nullptr) continue;
    for (const std::size_t parent : parents_of(map, direction, table->foreign_keys))
      if (found.insert(parent).second) wanted.push_back(parent);
  }
  request.only.clear();
  for (const std::size_t index : found) request.only.push_back(title_of(map, map.tables[index], direction));
  return request;
}

}  // namespace engine::plan
