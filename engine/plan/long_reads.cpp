#include "engine/plan/long_reads.hpp"

namespace engine::plan {

void note_reads_in_one_go(const config::TableMap& map, const Request& request, Plan& plan) {
  if (!map.limits.longest_read) return;
  for (const auto& wave : plan.waves)
    for (const auto& group : wave)
      for (const auto index : group.tasks) {
        TableTask& task = plan.tasks[index];
        if (task.in_file_order && !group.one_transaction && !request.overwrite) continue;
        task.notes.push_back("it is read in one go, even where that takes longer than longest_read");
      }
}

}  // namespace engine::plan
