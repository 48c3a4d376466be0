#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/core/names.hpp"
#include "engine/doctor/checks.hpp"
#include "engine/doctor/wording.hpp"
#include "engine/plan/examining.hpp"

namespace engine::doctor {
namespace {

namespace statements = plan::statements;

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

// A length, digits or a part of a time are all that it can hold; other conversions are tried value by value, and lose
// nothing as a rule.
bool is_narrow(const catalog::Type& type) {
  static const std::set<std::string> narrow = {"smallint", "integer", "bigint", "real", "date"};
  return narrow.contains(type.name) || (type.modifier >= 0 && !type.name.ends_with("[]"));
}

// A value that comes one day may be too large, though none is yet.
void check_sizes(const TableView& view, Findings& findings) {
  for (const auto& question : statements::questions_about(view.task, view.target, {}, {})) {
    const auto* fed = view.fed(question.column);
    if (question.flaw != statements::Flaw::too_large || !fed || fed->role != plan::Role::copied) continue;
    const auto *from = view.source.column(fed->source), *to = view.target.column(question.column);
    const bool counted = std::ranges::any_of(
        view.rows.flaws, [&](const FlawCount& count) { return count.question.column == question.column; });
    if (!from || !to || counted || !from->type.builtin || !to->type.builtin || !is_narrow(to->type) ||
        statements::always_fits(from->type, to->type))
      continue;
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

}  // namespace

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

}  // namespace engine::doctor
