#include "engine/plan/policies.hpp"

#include <algorithm>
#include <set>

#include "engine/core/names.hpp"

namespace engine::plan {
namespace {

std::string name_of(config::ConflictPolicy policy) {
  switch (policy) {
    case config::ConflictPolicy::cloud_wins:
      return "cloud_wins";
    case config::ConflictPolicy::last_update_wins:
      return "last_update_wins";
    case config::ConflictPolicy::manual:
      return "manual";
    case config::ConflictPolicy::desktop_wins:
      break;
  }
  return "desktop_wins";
}

// How a row of the cloud is marked as deleted, and unmarked.
void plan_soft_delete(const TableInput& input, TableTask& task, Findings& findings) {
  const std::string& name = input.table.soft_delete_column->text;
  const auto refuse = [&](const std::string& why, const std::string& change = "") {
    Reason reason("soft_delete: column " + name + " " + why, {}, "deletes");
    if (!change.empty())
      reason.remedy = {Remedy::Kind::sql, Place::cloud, "ALTER TABLE " + quoted(input.target.name) + " " + change + ";",
                       name};
    findings.refusals.push_back(std::move(reason));
  };
  const auto* column = input.target.column(name);
  if (!column) return refuse("does not exist in the cloud table", "ADD COLUMN " + quoted(name) + " timestamptz");
  if (std::ranges::find(task.columns, name, &Column::target) != task.columns.end())
    return refuse("is copied from the desktop; name a column that only the cloud has");
  const std::string& type = column->type.name;
  const std::string local =
      "(pg_catalog.now() AT TIME ZONE " + literal(input.target_side().timezone.value_or("UTC")) + ")";
  if (type == "boolean")
    task.soft_marked = "true", task.soft_unmarked = "false";
  else if (type == "timestamp with time zone")
    task.soft_marked = "pg_catalog.now()", task.soft_unmarked = "NULL";
  else if (type == "timestamp without time zone" || type == "date")
    task.soft_marked = local, task.soft_unmarked = "NULL";
  else
    return refuse("is of type " + column->declared_type + "; boolean, timestamp, timestamptz and date can be set");
  if (column->generated || column->identity != 0) return refuse("is generated and cannot be set");
  if (task.soft_unmarked == "NULL" && column->not_null)
    return refuse("must be able to be NULL, for rows that come back",
                  "ALTER COLUMN " + quoted(name) + " DROP NOT NULL");
  task.soft_delete = name;
}

}  // namespace

// What the target asks of its rows can be looked up before they are written: faster where many do not fit.
void plan_demands(const TableInput& input, TableTask& task) {
  const auto are_fed = [&](const std::vector<std::string>& columns) {
    return std::ranges::all_of(columns, [&](const auto& name) {
      return std::ranges::find(task.columns, name, &Column::target) != task.columns.end();
    });
  };
  for (auto& column : task.columns) column.not_null = input.target.column(column.target)->not_null;
  for (const auto& key : input.target.foreign_keys)
    if (key.of_all_rows && key.can_see_parent && key.enforced && are_fed(key.columns)) task.foreign_keys.push_back(key);
  const std::set<std::string> own(task.key.begin(), task.key.end());
  for (const auto& unique : input.target.unique_keys)
    if (are_fed(unique.columns) && std::set(unique.columns.begin(), unique.columns.end()) != own)
      task.unique_keys.push_back(unique.columns);
  task.insert_trigger = input.target.insert_trigger;
  task.update_trigger = input.target.update_trigger;
  task.target_reacts = input.target.reacts;
  task.clears_orphans = input.direction == Direction::forward && input.table.orphans == config::OrphanPolicy::null;
}

void plan_policy(const TableInput& input, TableTask& task) {
  task.policy = name_of(input.table.conflicts);
  task.method = input.table.method;
  if (input.table.conflicts != config::ConflictPolicy::last_update_wins || input.direction == Direction::reverse)
    return;
  if (task.watermark.empty() || task.target_watermark.empty())
    task.notes.push_back("conflicts: last_update_wins compares the watermark of both sides, and the " +
                         std::string(task.watermark.empty() ? "desktop" : "cloud") +
                         " has no such column: conflicts of this table wait for a decision");
  else
    task.notes.push_back("conflicts: last_update_wins trusts the clocks of both sides (" + task.watermark_text + ")");
}

// Rows that the desktop has deleted. Without a key they are removed by the copy itself.
void plan_deletes(const TableInput& input, TableTask& task, Findings& findings) {
  const auto policy = input.table.deletes;
  if (input.direction != Direction::forward || policy == config::DeletePolicy::ignore) return;
  if (task.keyless) {
    if (policy != config::DeletePolicy::hard)
      findings.refusals.push_back(
          {"without a key rows that the desktop has deleted are removed by every run; deletes: report and soft need a "
           "key. Write deletes: ignore for this table",
           {Remedy::Kind::map, Place::desktop, "deletes: ignore"},
           "deletes"});
    return;
  }
  task.deletes = policy;
  for (const auto& table : input.map.tables)
    if (table.soft_delete_column && table.goes(Direction::forward))
      task.soft_deletes[table.cloud] = table.soft_delete_column->text;
  if (policy == config::DeletePolicy::soft) plan_soft_delete(input, task, findings);
}

}  // namespace engine::plan
