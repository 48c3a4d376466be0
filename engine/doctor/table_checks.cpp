#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "engine/core/names.hpp"
#include "engine/doctor/checks.hpp"
#include "engine/plan/examining.hpp"

namespace engine::doctor {
namespace {

namespace statements = plan::statements;

std::string in(Place place) { return place == Place::desktop ? "on the desktop" : "in the cloud"; }
std::string the(Place place) { return "the " + std::string(name_of(place)); }

Finding about(const TableView& view, Place place, Severity severity, const std::string& check) {
  Finding finding;
  finding.severity = severity;
  finding.check = check;
  finding.place = place;
  finding.table = view.title(place);
  return finding;
}

void mend(Finding& finding, const std::string& sql, const std::string& risk = "") {
  finding.fix = sql;
  finding.fix_kind = FixKind::sql;
  finding.risk = risk;
}

// The columns of the target that the source has under another name, or not at all, and that would take this one.
std::string perhaps_renamed(const TableView& view, const std::vector<std::string>& ignored) {
  std::vector<std::string> pairs;
  for (const auto& name : ignored)
    for (const auto& free : view.task.defaulted) {
      const auto *from = view.source.column(name), *to = view.target.column(free);
      const bool alike = name.find(free) != name.npos || free.find(name) != free.npos;
      if (!from || !to || !alike || from->type.name != to->type.name) continue;
      const bool forward = view.task.direction == Direction::forward;
      pairs.push_back((forward ? name : free) + ": " + (forward ? free : name));
    }
  return pairs.empty() ? "" : ". If it has another name there, write rename: {" + joined(pairs, ", ") + "}";
}

void check_left_out(const TableView& view, Findings& findings) {
  std::vector<std::string> missing, additions;
  for (const auto& name : view.task.ignored) {
    const auto* from = view.source.column(name);
    const auto* to = view.target.column(name);
    if (!from) continue;
    if (to && to->generated) {
      if (from->generated) continue;
      Finding finding = about(view, view.to(), Severity::attention, "generated_column");
      finding.column = name;
      finding.problem = "column " + name + " is computed by the database " + in(view.to()) + ", so what stands in it " +
                        in(view.from()) + " is not copied";
      finding.hint = "make it a plain column there, or write skip: [" + name + "] if its own value is right";
      mend(finding, view.target_version >= 130000 ? statements::change_column(view.task.target, name, "DROP EXPRESSION")
                                                  : statements::make_anew(view.task.target, name, to->declared_type));
      findings.push_back(finding);
    } else if (!to) {
      missing.push_back(name);
      additions.push_back("ADD COLUMN " + quoted(name) + " " +
                          (from->type.builtin ? from->type.declared : from->declared_type));
    }
  }
  if (missing.empty()) return;
  Finding finding = about(view, view.to(), Severity::note, "missing_column");
  finding.column = joined(missing, ", ");
  const bool one = missing.size() == 1;
  finding.problem = fmt::format("{} has no column{} {}; what {} has in {} is not copied", the(view.to()),
                                one ? "" : "s", finding.column, the(view.from()), one ? "it" : "them");
  finding.hint = std::string(one ? "add the column" : "add the columns") + ", or write skip: [" + finding.column +
                 "] if that is not wanted" + perhaps_renamed(view, missing);
  mend(finding, "ALTER TABLE " + quoted(view.task.target) + " " + joined(additions, ", ") + ";");
  findings.push_back(finding);
}

// A value that comes one day may be too large, though none is yet.
void check_sizes(const TableView& view, Findings& findings) {
  for (const auto& question : statements::questions_about(view.task, view.target, {}, {})) {
    const auto* fed = view.fed(question.column);
    if (question.flaw != statements::Flaw::too_large || !fed || fed->role != plan::Role::copied) continue;
    const auto *from = view.source.column(fed->source), *to = view.target.column(question.column);
    const bool counted = std::ranges::any_of(
        view.rows.flaws, [&](const FlawCount& count) { return count.question.column == question.column; });
    if (!from || !to || counted || !from->type.builtin || !to->type.builtin) continue;
    Finding finding = about(view, view.to(), Severity::note, "type");
    finding.column = question.column;
    finding.problem = "column " + question.column + " is " + to->declared_type + " " + in(view.to()) + " and " +
                      from->declared_type + " " + in(view.from()) +
                      "; every value fits today, and one that does not will wait in quarantine";
    finding.hint = "widen the column, if such values will come";
    mend(finding, statements::widen(view.task.target, question.column, from->type.declared));
    findings.push_back(finding);
  }
}

void check_identities(const TableView& view, Findings& findings) {
  for (const auto& column : view.task.columns) {
    const auto* to = view.target.column(column.target);
    if (!to || to->identity != 'a') continue;
    Finding finding = about(view, view.to(), column.key ? Severity::note : Severity::attention, "identity_column");
    finding.column = column.target;
    finding.problem = "column " + column.target +
                      " is GENERATED ALWAYS AS IDENTITY: pgtide can insert its value, but " +
                      (column.key ? "other programs that name it are refused" : "a change of it never arrives");
    finding.hint = "GENERATED BY DEFAULT numbers new rows just the same";
    mend(finding, statements::change_column(view.task.target, column.target, "SET GENERATED BY DEFAULT"));
    findings.push_back(finding);
  }
}

// Where pgtide only inserts no index is asked for: the desktop need not have any.
Finding note_on_inserts(const TableView& view) {
  Finding finding = about(view, view.to(), Severity::note, "unique_index");
  finding.column = joined(view.task.key, ", ");
  finding.problem = "no constraint says that the key (" + finding.column + ") tells the rows apart " + in(view.to()) +
                    ": it works, but all rows are written at once, and others who write this table wait meanwhile";
  finding.hint = "if all programs keep the key unique you may say so; it fails if a key occurs twice or is NULL";
  mend(finding,
       "ALTER TABLE " + quoted(view.task.target) + " ADD " +
           (view.target.primary_key() ? "UNIQUE (" : "PRIMARY KEY (") + quoted_list(view.task.key) + ");",
       "a program that enters a key twice is refused from then on");
  return finding;
}

bool has_flaw(const TableView& view, statements::Flaw flaw, const std::string& column) {
  return std::ranges::any_of(view.rows.flaws, [&](const FlawCount& count) {
    return count.question.flaw == flaw && count.question.column == column;
  });
}

}  // namespace

const plan::Column* TableView::fed(const std::string& target_column) const {
  const auto found = std::ranges::find(task.columns, target_column, &plan::Column::target);
  return found == task.columns.end() ? nullptr : &*found;
}

Findings check_columns(const TableView& view) {
  Findings findings;
  check_left_out(view, findings);
  check_sizes(view, findings);
  check_identities(view, findings);
  if (!view.task.narrow_encoding.empty()) {
    Finding finding = about(view, view.to(), Severity::note, "encoding");
    finding.table.clear();
    finding.problem = "the database " + in(view.to()) + " has the encoding " + view.task.narrow_encoding +
                      ", which may lack characters that " + the(view.from()) +
                      " has; rows with such wait in quarantine";
    finding.hint = "a database of the encoding UTF8 holds every character";
    findings.push_back(finding);
  }
  for (const auto* side : {&view.source, &view.target})
    for (const auto& column : side->columns) {
      if (!column.name.starts_with("pgtide_")) continue;
      Finding finding = about(view, side == &view.source ? view.from() : view.to(), Severity::attention, "column_name");
      finding.column = column.name;
      finding.problem = "the name of column " + column.name +
                        " begins with pgtide_, as the names that pgtide itself "
                        "uses do: the table may fail";
      finding.hint = "give it another name, on both sides";
      mend(finding,
           "ALTER TABLE " + quoted(side->name) + " RENAME COLUMN " + quoted(column.name) + " TO " +
               quoted("own_" + column.name) + ";",
           "programs that know the column by its old name have to be changed");
      findings.push_back(finding);
    }
  for (const auto& note : view.task.notes) {
    if (!view.task.arbiter && note.starts_with("the target has no unique index")) continue;  // check_keys() says more
    Finding finding = about(view, view.to(), Severity::note, "plan");
    finding.problem = note;
    finding.hint = "see docs/TABLEMAPS.md";
    findings.push_back(finding);
  }
  if (view.task.guarantee != "exact") {
    Finding finding = about(view, view.from(), Severity::note, "guarantee");
    finding.problem = "the guarantee is " + view.task.guarantee + ": " + view.task.guarantee_why;
    finding.hint = "run pgtide sync full from time to time: it compares every row";
    findings.push_back(finding);
  }
  return findings;
}

Findings check_keys(const TableView& view) {
  if (view.task.keyless || view.task.arbiter || view.task.key.empty()) return {};
  if (view.task.direction == Direction::reverse) return {note_on_inserts(view)};
  const Severity severity = Severity::attention;
  Findings findings;
  std::vector<std::string> changes;
  std::string nullable;
  for (const auto& name : view.task.key) {
    const auto* column = view.target.column(name);
    if (!column || column->not_null || has_flaw(view, statements::Flaw::null_key, name)) continue;
    nullable += (nullable.empty() ? "" : ", ") + name;
    changes.push_back("ALTER COLUMN " + quoted(name) + " SET NOT NULL");
  }
  if (!changes.empty()) {
    Finding finding = about(view, view.to(), severity, "unique_index");
    finding.column = nullable;
    finding.problem = "the key may be NULL " + in(view.to()) + " (" + nullable +
                      "), so a unique index on it does not tell every row apart";
    finding.hint = "this fails if a row has no value there; mend such rows first";
    mend(finding, "ALTER TABLE " + quoted(view.task.target) + " " + joined(changes, ", ") + ";");
    findings.push_back(finding);
  }
  const std::set<std::string> wanted(view.task.key.begin(), view.task.key.end());
  const auto there = std::ranges::find_if(view.target_facts.unique_indexes, [&](const UniqueIndex& index) {
    return std::set<std::string>(index.columns.begin(), index.columns.end()) == wanted;
  });
  if (there != view.target_facts.unique_indexes.end() && there->valid) return findings;
  Finding finding = about(view, view.to(), severity, "unique_index");
  finding.column = joined(view.task.key, ", ");
  const bool unfinished = there != view.target_facts.unique_indexes.end();
  finding.problem = (unfinished ? "the unique index " + there->name + " on the key was never finished "
                                : "there is no unique index on the key (" + finding.column + ") ") +
                    in(view.to()) +
                    ": it works, but all rows are written at once, and others who write this table wait meanwhile";
  if (view.target.kind == 'r' && !view.target.descendants.empty()) {
    finding.hint = "an index does not reach the tables that inherit from this one; nothing to do";
    finding.severity = Severity::note;
  } else {
    const QualifiedName index{view.task.target.schema, unfinished ? there->name : ""};
    finding.hint = "make the index, while few work with the table; it fails if a key occurs twice";
    mend(finding, unfinished
                      ? "REINDEX INDEX CONCURRENTLY " + quoted(index) + ";"
                      : statements::create_unique_index(view.task.target, view.task.key, view.target.kind == 'r'));
  }
  findings.push_back(finding);
  return findings;
}

namespace {

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
