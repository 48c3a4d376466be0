#include "engine/plan/few_rows.hpp"

namespace engine::plan {

std::string why_not_at_once(const TableTask& task, const Window& window, bool discarding) {
  if (task.keyless || !task.arbiter) return "another writer's rows could not be told from ours";
  if (!task.has_xmin || task.exact_every > 0 || !task.whole_why.empty())
    return "rows do not say themselves that they are new";
  if (task.memory.known_id == 0 || task.memory.adopting) return "what both sides agreed on is not known of every row";
  if (task.both_ways || task.memory.opposite_id != 0 || !task.memory.others.empty())
    return "what others brought has to be told apart";
  if (discarding) return "rows were discarded, or decided against";
  if (window.kind != Window::Kind::since || window.unexpected || window.check_counts)
    return "more than the new rows has to be read";
  return "";
}

}  // namespace engine::plan
