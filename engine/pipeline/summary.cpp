#include "engine/pipeline/summary.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace engine::pipeline {

int exit_status_of(const std::vector<TableOutcome>& tables, std::int64_t waiting,
                   std::optional<int> stopped_by_signal) {
  std::set<int> statuses;
  for (const auto& table : tables) {
    if (table.code) statuses.insert(exit_status(*table.code));
    if (table.status == "attention") statuses.insert(exit_status(ErrorCode::attention));
  }
  statuses.erase(exit_status(ErrorCode::interrupted));
  if (stopped_by_signal && std::ranges::any_of(tables, &TableOutcome::interrupted)) statuses.insert(*stopped_by_signal);
  if (waiting > 0) statuses.insert(exit_status(ErrorCode::attention));
  for (const int first : {1, 12, 3, 4, 6, 130, 143, 7, 11, 5, 8, 9})
    if (statuses.contains(first)) return first;
  return statuses.empty() ? 0 : *statuses.begin();
}

std::string status_name(int status) {
  static constexpr std::array<std::pair<int, const char*>, 15> names = {{{0, "ok"},
                                                                         {1, "internal"},
                                                                         {2, "usage"},
                                                                         {3, "configuration"},
                                                                         {4, "unavailable"},
                                                                         {5, "refused"},
                                                                         {6, "already_running"},
                                                                         {7, "partial"},
                                                                         {8, "attention"},
                                                                         {9, "difference"},
                                                                         {10, "not_confirmed"},
                                                                         {11, "fuse"},
                                                                         {12, "state_version"},
                                                                         {130, "interrupted"},
                                                                         {143, "interrupted"}}};
  const auto* const found = std::ranges::find(names, status, &std::pair<int, const char*>::first);
  return found == names.end() ? "internal" : found->second;
}

}  // namespace engine::pipeline
