#include <algorithm>

#include "engine/core/names.hpp"
#include "engine/doctor/checks.hpp"
#include "engine/doctor/wording.hpp"
#include "engine/plan/examining.hpp"

namespace engine::doctor {
namespace {

namespace statements = plan::statements;

// Columns that a trigger of the target gives other values than those that came.
std::vector<std::string> changed_by(const Trigger& trigger, const TableView& view) {
  std::vector<std::string> names;
  for (const auto& name : trigger.sets)
    if (const auto* column = view.fed(name); column && !column->watermark && column->role != plan::Role::origin)
      names.push_back(name);
  return names;
}

void check_trigger(const Trigger& trigger, const TableView& view, Findings& findings) {
  const bool fires = trigger.on_insert || (trigger.on_update && view.task.direction == Direction::forward);
  if (!fires) return;
  const std::string why_not = "the trigger then works for nobody; ask who made it what it is for";
  const std::string disable =
      "ALTER TABLE " + quoted(view.task.target) + " DISABLE TRIGGER " + quoted(trigger.name) + ";";
  const auto changed = trigger.row && trigger.before ? changed_by(trigger, view) : std::vector<std::string>();
  if (!changed.empty()) {
    Finding finding = about(view, view.to(), Severity::attention, "trigger");
    finding.column = joined(changed, ", ");
    finding.problem = "trigger " + trigger.name + " (function " + trigger.function + ") changes " + finding.column +
                      " of the rows that are written, so the two sides will not be equal";
    finding.hint = "let its function leave values alone that are given, or switch the trigger off";
    mend(finding, disable, why_not);
    findings.push_back(finding);
  } else if (trigger.row && trigger.before && trigger.drops_rows) {
    Finding finding = about(view, view.to(), Severity::attention, "trigger");
    finding.problem = "trigger " + trigger.name + " (function " + trigger.function +
                      ") may drop rows that are written (RETURN NULL); the table would fail";
    finding.hint = "let its function return the row, or switch the trigger off";
    mend(finding, disable, why_not);
    findings.push_back(finding);
  } else if (trigger.row && !trigger.before) {
    Finding finding = about(view, view.to(), Severity::note, "trigger");
    finding.problem = "trigger " + trigger.name + " (function " + trigger.function +
                      ") runs for every row that is written: a first run takes longer, and it does what it does for "
                      "every row";
    finding.hint = "if that is not wanted for rows that are copied, switch it off for the first run";
    mend(finding, disable, why_not);
    findings.push_back(finding);
  }
}

bool is_touched(const std::string& column) {
  return !column.starts_with("creat") && !column.starts_with("insert") && !column.starts_with("added");
}

// A watermark that nothing keeps up to date.
void check_touch(const TableView& view, Findings& findings) {
  if (view.from() != Place::desktop || (view.source.kind != 'r' && view.source.kind != 'p')) return;
  for (const auto& stamp : view.task.stamps) {
    const auto column = std::ranges::find_if(view.source.columns, [&](const catalog::Column& c) {
      return stamp.column == quoted(view.task.source.name) + "." + quoted(c.name);
    });
    if (column == view.source.columns.end() || !is_touched(column->name)) continue;
    const bool kept = std::ranges::any_of(view.source_facts.triggers, [&](const Trigger& trigger) {
      const bool unknown = trigger.sets.empty();
      return trigger.row && trigger.before && trigger.on_update &&
             (unknown || std::ranges::find(trigger.sets, column->name) != trigger.sets.end());
    });
    if (kept || column->generated) continue;
    const bool decides = !view.task.has_xmin || view.task.exact_every > 0 || view.task.policy == "last_update_wins";
    Finding finding = about(view, Place::desktop, decides ? Severity::attention : Severity::note, "touch_trigger");
    finding.column = column->name;
    finding.problem = "no trigger sets " + column->name + " when a row is changed; " +
                      (decides ? "here it decides which rows are new, or who wins"
                               : "pgtide finds changes without it, but what it shows by day may be wrong");
    finding.hint = "the program may set it itself; then there is nothing to do";
    mend(finding, statements::create_touch_trigger(view.task.source, column->name, column->type.name, stamp.zone));
    findings.push_back(finding);
    return;
  }
}

}  // namespace

Findings check_triggers(const TableView& view) {
  Findings findings;
  for (const auto& trigger : view.target_facts.triggers) check_trigger(trigger, view, findings);
  for (const auto& rule : view.target_facts.rules) {
    Finding finding = about(view, view.to(), Severity::attention, "rule");
    finding.problem = "rule " + rule + " changes what writing this table does; rows may be lost or written elsewhere";
    finding.hint = "switch the rule off, or let a trigger do its work";
    mend(finding, "ALTER TABLE " + quoted(view.task.target) + " DISABLE RULE " + quoted(rule) + ";",
         "the rule then works for nobody; ask who made it what it is for");
    findings.push_back(finding);
  }
  check_touch(view, findings);
  return findings;
}

}  // namespace engine::doctor
