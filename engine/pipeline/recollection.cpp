#include "engine/pipeline/recollection.hpp"

#include <algorithm>

#include "engine/plan/statements.hpp"
#include "engine/state/known_rows.hpp"

namespace engine::pipeline {
namespace {

using plan::TableTask;

state::KnownTable as_planned(const TableTask& task) {
  state::KnownTable known;
  known.table_oid = task.target_oid;
  known.key_columns = task.identity();
  known.image_columns = task.image_columns();
  known.removes = task.removes();
  return known;
}

void recollect_target(TableTask& task, const state::Scope& scope, const state::KnownTable& before,
                      postgres::Session& target) {
  state::KnownTable now = as_planned(task);
  const bool same = before.id != 0 && before.table_oid == now.table_oid && before.key_columns == now.key_columns &&
                    before.removes == now.removes;
  const bool same_image = before.image_columns == now.image_columns;
  now.id = before.id;
  now.adopting = before.adopting;
  if (!same || !same_image) now = state::store_known_table(target, scope, task.title, before, now);
  task.memory.known_id = now.id;
  task.memory.adopting = now.adopting;
  if (same && !same_image) target.run(plan::statements::remember_anew(task, before.image_columns));
}

void recollect_source(TableTask& task, const state::KnownTable& opposite) {
  const auto is_there = [&](const std::string& column) { return task.source_hashed.contains(column); };
  // without a key the rows of the desktop have nothing to be recognised by
  if (task.keyless && task.direction == Direction::forward) return;
  if (!std::ranges::all_of(opposite.key_columns, is_there)) return;
  task.memory.opposite_id = opposite.id;
  task.memory.opposite_key = opposite.key_columns;
  if (std::ranges::all_of(opposite.image_columns, is_there)) task.memory.opposite_image = opposite.image_columns;
}

}  // namespace

void recollect(plan::Plan& plan, const state::Scope& scope, postgres::Session& source, postgres::Session& target) {
  const auto here = state::read_known_tables(target, scope);
  const auto there = state::read_known_tables(source, {scope.map, opposite_of(scope.direction)});
  const auto others = state::read_other_known_tables(target, scope);
  for (auto& task : plan.tasks) {
    const auto is_there = [&](const std::string& column) { return task.target_hashed.contains(column); };
    for (const auto& other : others)
      if (other.table_oid == task.target_oid && std::ranges::all_of(other.key_columns, is_there))
        task.memory.others.push_back({other.id, other.key_columns});
    const auto known = here.find(task.title);
    recollect_target(task, scope, known == here.end() ? state::KnownTable() : known->second, target);
    if (const auto opposite = there.find(task.source_title); opposite != there.end())
      recollect_source(task, opposite->second);
  }
}

}  // namespace engine::pipeline
