#include "engine/plan/waves.hpp"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>

namespace engine::plan {
namespace {

using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;

struct Components {
  std::vector<std::size_t> of;  // table -> component; parents have the smaller number
  std::size_t count = 0;
};

// Tables that refer to each other, directly or not, are one component (Tarjan, by Boost.Graph). Components are numbered
// so that whatever is referred to comes first.
Components components_of(std::size_t tables, const std::vector<Reference>& references) {
  Graph graph(tables);
  for (const auto& reference : references) boost::add_edge(reference.child, reference.parent, graph);
  Components components;
  components.of.resize(tables);
  if (tables > 0)
    components.count = boost::strong_components(
        graph, boost::make_iterator_property_map(components.of.begin(), boost::get(boost::vertex_index, graph)));
  return components;
}

// An order of the tables in which every key that can be neither deferred nor set later has its parent first. False if
// there is none.
bool order_cycle(Group& group, const std::vector<Reference>& inside) {
  std::vector<Reference> firm;
  std::ranges::copy_if(inside, std::back_inserter(firm), [](const Reference& r) {
    return r.child != r.parent && !r.deferrable && r.nullable_columns.empty();
  });
  std::vector<std::size_t> ordered;
  std::vector<std::size_t> waiting = group.tasks;
  while (!waiting.empty()) {
    const auto ready = std::ranges::find_if(waiting, [&](std::size_t task) {
      return std::ranges::none_of(firm, [&](const Reference& r) {
        return r.child == task && std::ranges::find(waiting, r.parent) != waiting.end();
      });
    });
    if (ready == waiting.end()) return false;
    ordered.push_back(*ready);
    waiting.erase(ready);
  }
  group.tasks = ordered;
  return true;
}

void open_cycle(Group& group, const std::vector<Reference>& inside) {
  const auto position = [&](std::size_t task) { return std::ranges::find(group.tasks, task) - group.tasks.begin(); };
  for (const auto& reference : inside) {
    if (reference.child == reference.parent || position(reference.parent) < position(reference.child)) continue;
    if (reference.deferrable) {
      group.deferred = true;
    } else {
      auto& late = group.late_columns[reference.child];
      for (const auto& column : reference.nullable_columns)
        if (std::ranges::find(late, column) == late.end()) late.push_back(column);
    }
  }
}

std::string names_of(const std::vector<Reference>& references) {
  std::string names;
  for (const auto& reference : references) names += (names.empty() ? "" : ", ") + reference.name;
  return names;
}

}  // namespace

Ordering order_tables(std::size_t tables, const std::vector<Reference>& references) {
  const Components components = components_of(tables, references);
  std::vector<Group> groups(components.count);
  for (std::size_t task = 0; task < tables; ++task) groups[components.of[task]].tasks.push_back(task);

  Ordering ordering;
  std::vector<std::size_t> wave_of(components.count, 0);
  for (std::size_t component = 0; component < components.count; ++component) {
    Group& group = groups[component];
    std::vector<Reference> inside;
    for (const auto& reference : references) {
      if (components.of[reference.child] != component) continue;
      const std::size_t parent = components.of[reference.parent];
      if (parent == component)
        inside.push_back(reference);
      else
        wave_of[component] = std::max(wave_of[component], wave_of[parent] + 1);
    }
    group.one_transaction = group.circular = !inside.empty();
    if (!order_cycle(group, inside)) {
      for (const auto task : group.tasks)
        ordering.impossible.emplace_back(task, std::string(circle_words) + " (" + names_of(inside) +
                                                   ") and none of them can be deferred or be NULL for a moment");
      continue;
    }
    open_cycle(group, inside);
    ordering.waves.resize(std::max(ordering.waves.size(), wave_of[component] + 1));
    ordering.waves[wave_of[component]].push_back(std::move(group));
  }
  std::erase_if(ordering.waves, [](const auto& wave) { return wave.empty(); });
  return ordering;
}

}  // namespace engine::plan
