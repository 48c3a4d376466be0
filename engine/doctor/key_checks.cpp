#include <algorithm>
#include <set>

#include "engine/core/names.hpp"
#include "engine/doctor/checks.hpp"
#include "engine/doctor/wording.hpp"
#include "engine/plan/examining.hpp"

namespace engine::doctor {
namespace {

namespace statements = plan::statements;

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

}  // namespace engine::doctor
