#include "engine/pipeline/recollection.hpp"

#include <algorithm>
#include <array>

#include "engine/capture/source.hpp"
#include "engine/core/error.hpp"
#include "engine/pipeline/fenced_transaction.hpp"
#include "engine/plan/statements.hpp"
#include "engine/state/access.hpp"
#include "engine/state/known_rows.hpp"
#include "engine/state/migrator.hpp"

namespace engine::pipeline {
namespace {

using plan::RowHash;
using plan::TableTask;
using plan::statements::can_hash;

constexpr std::array<std::pair<RowHash, std::string_view>, 3> hash_names = {
    {{RowHash::record, "record"}, {RowHash::text, "text"}, {RowHash::columns, "columns"}}};

std::string name_of_hash(RowHash hash) {
  return std::string(std::ranges::find(hash_names, hash, &std::pair<RowHash, std::string_view>::first)->second);
}

// What an unknown way has left cannot be compared with anything.
RowHash hash_named(const std::string& name) {
  const auto found = std::ranges::find(hash_names, name, &std::pair<RowHash, std::string_view>::second);
  if (found == hash_names.end())
    throw Error(ErrorCode::state_version,
                "the state remembers rows by the hash " + name + ", which this pgtide does not know",
                "use the pgtide that wrote the state, or a newer one");
  return found->first;
}

// Column by column costs less than half, but what is there already stays as it is: it would have to be made anew.
void choose_hash(TableTask& task, const state::KnownTable& before) {
  if (task.has_column_hash && (before.id == 0 || hash_named(before.hash) == RowHash::columns))
    task.hash = RowHash::columns;
}

state::KnownTable as_planned(const TableTask& task) {
  state::KnownTable known;
  known.table_oid = task.target_oid;
  known.key_columns = task.identity();
  known.image_columns = task.image_columns();
  known.hash = name_of_hash(task.hash);
  known.keyless = task.keyless;
  known.removes = task.removes() || task.removes_deleted();
  return known;
}

void recollect_target(TableTask& task, const RunContext& run, const state::KnownTable& before,
                      postgres::Session& target) {
  choose_hash(task, before);
  state::KnownTable now = as_planned(task);
  task.memory.known_id = before.id;
  task.memory.adopting = now.adopting = before.adopting;
  const bool same_rows = before.table_oid == now.table_oid && before.key_columns == now.key_columns &&
                         before.image_columns == now.image_columns && before.hash == now.hash;
  const bool same_way = before.keyless == now.keyless;
  if (before.id != 0 && same_rows && same_way && before.removes == now.removes) return;
  if (before.id != 0 && !(same_rows && same_way)) state::settle_known_rows(target, before.id);
  FencedTransaction write(target, run);
  if (before.id != 0 && !same_way) {
    state::forget_known_rows(target, before.id);
    task.memory.adopting = now.adopting = true;
  } else if (before.id != 0 && !same_rows) {
    plan::statements::KnownBefore known{before.key_columns, before.image_columns, hash_named(before.hash),
                                        before.table_oid != now.table_oid};
    write.run(plan::statements::remember_anew(task, known));
    // rows may have become unknown: they may be taken over again
    if (before.key_columns != now.key_columns || !can_hash(known.key, task.target_hashed, known.hash))
      task.memory.adopting = now.adopting = true;
  }
  task.memory.known_id = state::store_known_table(target, run.scope, task.title, now);
  write.commit();
}

void recollect_source(TableTask& task, const state::KnownTable& opposite) {
  const RowHash hash = hash_named(opposite.hash);
  // without a key the rows of the desktop have nothing to be recognised by
  if (task.keyless && task.direction == Direction::forward) return;
  if (opposite.keyless != task.keyless || !can_hash(opposite.key_columns, task.source_hashed, hash)) return;
  task.memory.opposite_id = opposite.id;
  task.memory.opposite_adopting = opposite.adopting;
  task.memory.opposite_hash = hash;
  task.memory.opposite_key = opposite.key_columns;
  if (can_hash(opposite.image_columns, task.source_hashed, hash)) task.memory.opposite_image = opposite.image_columns;
}

// What other maps remember of the same table.
void recall_others(TableTask& task, const std::vector<state::OtherKnownTable>& others) {
  for (const auto& other : others)
    if (other.table_oid == task.target_oid && can_hash(other.key_columns, task.target_hashed, hash_named(other.hash)))
      task.memory.others.push_back({other.map, other.id, other.key_columns, hash_named(other.hash)});
}

constexpr const char* grants =
    "GRANT USAGE ON SCHEMA pgtide; GRANT SELECT ON pgtide.migration, pgtide.home, pgtide.known_table, "
    "pgtide.known_row, "
    "pgtide.known_loaded, pgtide.own_xact";

// Why the memory in a source in which we may not write cannot be used; empty if it can, or if there is none.
std::string why_closed(postgres::Session& source) {
  const std::string place(name_of(source.place()));
  switch (state::access(source)) {
    case state::Access::hidden:
      return "its state in the " + place + " (schema pgtide) may not be read: " + grants +
             " to the role that pgtide uses on the " + place;
    case state::Access::read:
      break;
    default:
      return "";
  }
  if (state::installed_version(source) < state::known_version())
    return "its state in the " + place +
           " is that of an older pgtide: run pgtide init with the address of the primary, " +
           "and as the role that owns the schema pgtide";
  if (!state::is_at_home(source, capture::identify(source).database()))
    return "its state in the " + place +
           " came with a dump from another database: run pgtide init with the address of " +
           "the primary, and as the role that owns the schema pgtide";
  return "";
}

}  // namespace

std::map<QualifiedName, std::string> closed_memories(postgres::Session& source, const config::TableMap& map,
                                                     Direction direction) {
  const std::string closed = why_closed(source);
  std::set<std::string> unsettled;
  if (closed.empty() && state::access(source) == state::Access::read)
    unsettled = state::unsettled_tables(source, {map.name, opposite_of(direction)});
  std::map<QualifiedName, std::string> refused;
  for (const auto& table : map.tables) {
    if (table.direction != config::TableDirection::both) continue;
    const std::string title = plan::title_of(map, table, opposite_of(direction));
    const std::string why = unsettled.contains(title)
                                ? "its rows of a first load are not in order yet: run pgtide init with the address of "
                                  "the primary, and as the role that owns the schema pgtide"
                                : closed;
    if (!why.empty())
      refused[table.at(source_of(direction))] =
          "the table goes both ways, and what the other direction remembers cannot be looked up: " + why;
  }
  return refused;
}

void recall_target(std::span<TableTask> tasks, const state::Scope& scope, postgres::Session& target) {
  const auto here = state::read_known_tables(target, scope);
  const auto others = state::read_other_known_tables(target, scope);
  for (auto& task : tasks) {
    recall_others(task, others);
    const auto known = here.find(task.title);
    task.memory.adopting = known == here.end() || known->second.adopting;
    if (known == here.end()) continue;
    const state::KnownTable& before = known->second;
    choose_hash(task, before);
    const state::KnownTable now = as_planned(task);
    if (before.table_oid == now.table_oid && before.key_columns == now.key_columns &&
        before.image_columns == now.image_columns && before.hash == now.hash && before.keyless == now.keyless)
      task.memory.known_id = before.id;
  }
}

void recall_source(std::span<TableTask> tasks, const state::Scope& scope, postgres::Session& source) {
  const auto there = state::read_known_tables(source, {scope.map, opposite_of(scope.direction)});
  for (auto& task : tasks)
    if (const auto opposite = there.find(task.source_title); opposite != there.end())
      recollect_source(task, opposite->second);
}

void recall(std::span<TableTask> tasks, const state::Scope& scope, postgres::Session& source,
            postgres::Session& target) {
  recall_target(tasks, scope, target);
  const auto access = state::access(source);
  if (access != state::Access::write && (access != state::Access::read || !why_closed(source).empty())) return;
  if (state::installed_version(source) != state::known_version()) return;
  recall_source(tasks, scope, source);
}

void recollect(RunContext& run, postgres::Session& source, postgres::Session& target) {
  const state::Scope& scope = run.scope;
  const auto here = state::read_known_tables(target, scope);
  std::map<std::string, state::KnownTable> there;
  const auto access = state::access(source);
  if (access == state::Access::write || (access == state::Access::read && why_closed(source).empty()))
    there = state::read_known_tables(source, {scope.map, opposite_of(scope.direction)});
  const auto others = state::read_other_known_tables(target, scope);
  for (auto& task : run.plan.tasks) {
    recall_others(task, others);
    for (const auto& other : task.memory.others) state::settle_known_rows(target, other.known_id);
    const auto known = here.find(task.title);
    recollect_target(task, run, known == here.end() ? state::KnownTable() : known->second, target);
    if (const auto opposite = there.find(task.source_title); opposite != there.end())
      recollect_source(task, opposite->second);
  }
}

}  // namespace engine::pipeline
