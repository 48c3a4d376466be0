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
using statements::Flaw;

bool is_table(const catalog::TableSchema& schema) { return schema.kind == 'r' || schema.kind == 'p'; }

bool is_number(const catalog::Column& column) {
  static const std::set<std::string> numbers = {"smallint", "integer", "bigint", "numeric"};
  return column.type.builtin && numbers.contains(column.type.name);
}

std::string how_many(const FlawCount& count, const TableView& view) {
  if (!count.rows) return "at least one row of " + view.title(view.from()) + " has";
  return rows_in_words(*count.rows) + " of " + view.title(view.from()) + (*count.rows == 1 ? " has" : " have");
}

// The source's column that a target's column is copied from.
const catalog::Column* copied_from(const TableView& view, const std::string& target_column) {
  const auto* fed = view.fed(target_column);
  return fed && fed->role == plan::Role::copied && !fed->source.empty() ? view.source.column(fed->source) : nullptr;
}

Finding explain_size(const FlawCount& count, const TableView& view, const std::string& column) {
  const auto* from = copied_from(view, column);
  const auto* to = view.target.column(column);
  Finding finding = about(view, view.to(), Severity::attention, "type", column);
  finding.problem = how_many(count, view) + " a value in " + column + " that does not fit into " + to->declared_type +
                    " " + in(view.to()) + (from ? " (" + from->declared_type + " " + in(view.from()) + ")" : "") +
                    ": they would wait in quarantine";
  finding.hint = "widen the column, mend the values, or say in the map how they are to be shortened: columns: {" +
                 column + ": ...}";
  if (count.question.flaw == Flaw::no_label)
    mend(finding, statements::change_column(view.task.target, column, "TYPE text USING " + quoted(column) + "::text"),
         "the column then takes any word; ALTER TYPE ... ADD VALUE adds a single one");
  else if (from && from->type.builtin)
    mend(finding, statements::widen(view.task.target, column, from->type.declared));
  return finding;
}

Finding explain_null(const FlawCount& count, const TableView& view, const std::string& column) {
  const auto* to = view.target.column(column);
  const auto* key = view.target.primary_key();
  const bool fixed =
      to->is_domain || to->identity != 0 || (key && std::ranges::find(key->columns, column) != key->columns.end());
  Finding finding = about(view, view.to(), Severity::attention, "not_null", column);
  finding.problem = how_many(count, view) + " no value in " + column + ", which must not be NULL " + in(view.to()) +
                    ": they would wait in quarantine";
  finding.hint = "enter the values " + in(view.from()) +
                 ", or let the column be NULL, or give a value in the map: " + "columns: {" + column + ": \"coalesce(" +
                 column + ", ...)\"}";
  if (!fixed) mend(finding, statements::change_column(view.task.target, column, "DROP NOT NULL"));
  return finding;
}

Finding explain_null_key(const FlawCount& count, const TableView& view, const std::string& column) {
  const auto* from = copied_from(view, column);
  Finding finding = about(view, view.from(), Severity::attention, "null_key", from ? from->name : column);
  finding.problem =
      how_many(count, view) + " no value in the key column " + finding.column +
      (view.target.column(column)->not_null ? ": they would wait in quarantine" : ": nobody can tell such rows apart");
  finding.hint = "give these rows a number, or delete them if they are not wanted";
  if (!from || !is_table(view.source)) return finding;
  if (is_number(*from) && !from->generated && from->identity != 'a')
    mend(finding, statements::number_the_rest(view.task.source, from->name), "it gives these rows new numbers");
  else
    mend(finding, statements::remove_without(view.task.source, from->name),
         "it deletes " + (count.rows ? rows_in_words(*count.rows) : "rows"));
  return finding;
}

Finding explain_stamps(const FlawCount& count, const TableView& view, const std::string& column) {
  const bool decides = !view.task.has_xmin || view.task.exact_every > 0 || view.task.policy == "last_update_wins";
  const Flaw flaw = count.question.flaw;
  const bool missing = flaw == Flaw::no_stamp;
  Finding finding =
      about(view, view.from(), missing && !decides ? Severity::note : Severity::attention, "watermark", column);
  const std::string names = missing ? view.task.watermark_text : column;
  finding.problem = how_many(count, view) +
                    (missing                      ? " no time stamp in "
                     : flaw == Flaw::future_stamp ? " a time stamp in the future in "
                                                  : " an infinite time stamp in ") +
                    names + ": " +
                    (missing && !decides ? "they are copied, but counted under no day"
                     : decides           ? "here the stamp decides which rows are new, or who wins"
                                         : "they are copied, but what is shown by day is wrong");
  finding.hint = "set the stamps right; this sets them to the present moment";
  const auto* from = view.source.column(column);
  const auto stamp = std::ranges::find_if(view.task.stamps, [&](const plan::Stamp& one) {
    return one.column == quoted(view.task.source.name) + "." + quoted(column);
  });
  const std::string zone = stamp == view.task.stamps.end() ? "" : stamp->zone;
  if (from && is_table(view.source) && !from->generated)
    mend(finding,
         statements::set_stamps(view.task.source, column, from->type.name, zone,
                                missing                      ? "missing"
                                : flaw == Flaw::future_stamp ? "future"
                                                             : "infinite"),
         "it takes the place of the stamps that are there");
  return finding;
}

Finding explain_check(const FlawCount& count, const TableView& view, const std::string& name) {
  Finding finding = about(view, view.to(), Severity::attention, "check", "");
  finding.problem = how_many(count, view) + " values that the CHECK " + name + " " + in(view.to()) +
                    " does not allow: they would wait in quarantine";
  finding.hint = "mend the rows " + in(view.from()) + ", or let the CHECK go";
  mend(finding, statements::drop_constraint(view.task.target, name), "nothing keeps such values away from then on");
  return finding;
}

Finding explain_duplicates(const Duplicates& found, const TableView& view) {
  const bool of_source = found.place == view.from();
  const std::string columns = joined(found.columns, ", ");
  const std::string count = with_groups(found.keys) + (found.keys == 1 ? " value of " : " values of ") + columns +
                            (found.keys == 1 ? " occurs" : " occur") + " more than once " + in(found.place) + " (" +
                            rows_in_words(found.rows) + ")";
  const std::string deletes = "it deletes " + rows_in_words(found.rows - found.keys) + " and keeps one of each";
  if (!found.index.empty()) {
    Finding finding = about(view, view.to(), Severity::attention, "duplicate_values", columns);
    finding.problem = count + ", and the unique index " + found.index + " " + in(view.to()) +
                      " forbids that: all but one of each would wait";
    finding.hint = "mend the rows " + in(view.from()) + ", or let the index go";
    const auto index = std::ranges::find(view.target_facts.unique_indexes, found.index, &UniqueIndex::name);
    const bool constraint = index != view.target_facts.unique_indexes.end() && index->constraint;
    mend(finding,
         constraint ? statements::drop_constraint(view.task.target, found.index)
                    : "DROP INDEX " + quoted(QualifiedName{view.task.target.schema, found.index}) + ";",
         "nothing keeps such values apart from then on");
    return finding;
  }
  Finding finding = about(view, found.place, Severity::attention, "duplicate_key", columns);
  finding.problem = count + (of_source ? ", though they are the key: of each the row with the greatest time stamp is "
                                         "copied, the others wait in quarantine unless they are the same"
                                       : ", though they are the key: one row stands for several");
  finding.hint = "look which of them are right: SELECT " + quoted_list(found.columns) + ", count(*) FROM " +
                 quoted(of_source ? view.task.source : view.task.target) + " GROUP BY " + quoted_list(found.columns) +
                 " HAVING count(*) > 1; or name more columns in key:";
  if (!of_source)
    mend(finding, statements::remove_duplicates(view.task.target, found.columns), deletes);
  else if (is_table(view.source))
    mend(finding, statements::remove_duplicates(view.task, found.columns), deletes);
  return finding;
}

}  // namespace

Findings check_rows(const TableView& view) {
  Findings findings;
  for (const auto& count : view.rows.flaws) {
    const std::string& column = count.question.column;
    switch (count.question.flaw) {
      case Flaw::too_large:
      case Flaw::no_label:
        findings.push_back(explain_size(count, view, column));
        break;
      case Flaw::null_value:
        findings.push_back(explain_null(count, view, column));
        break;
      case Flaw::null_key:
        findings.push_back(explain_null_key(count, view, column));
        break;
      case Flaw::no_stamp:
      case Flaw::future_stamp:
      case Flaw::infinite_stamp:
        findings.push_back(explain_stamps(count, view, column));
        break;
      case Flaw::check:
        findings.push_back(explain_check(count, view, column));
        break;
    }
  }
  for (const auto& found : view.rows.duplicates) findings.push_back(explain_duplicates(found, view));
  return findings;
}

Findings check_orphans(const TableView& view) {
  Findings findings;
  for (const auto& key : view.orphans.keys) {
    const std::string columns = joined(key.columns, ", ");
    Finding finding =
        about(view, view.to(), key.cleared ? Severity::note : Severity::attention, "foreign_key", columns);
    if (!key.unknown.empty()) {
      finding.problem = "whether all rows of " + view.title(view.from()) + " have their row in " + key.parent +
                        " (foreign key " + key.constraint + ") cannot be told: " + key.unknown;
      finding.hint = "mend that, and call doctor again";
      findings.push_back(finding);
      continue;
    }
    finding.problem =
        (key.more ? "more than " : "") + rows_in_words(key.rows) + " of " + view.title(view.from()) +
        (key.rows == 1 ? " refers" : " refer") + " to rows of " + key.parent + " that do not exist (" + columns + ", " +
        with_groups(key.values) + (key.values == 1 ? " value" : " different values") +
        "): " + (key.cleared ? "the reference is cleared (orphans: null)" : "they would wait in quarantine");
    finding.hint = "enter the missing rows " + in(view.from()) + " or correct the references; or write orphans: null " +
                   "for this table in the map, which copies such rows without the reference; or let the foreign key go";
    if (!key.cleared)
      mend(finding, statements::drop_constraint(view.task.target, key.constraint),
           "nothing keeps rows away that refer to nothing from then on");
    findings.push_back(finding);
  }
  return findings;
}

Findings check_large_objects(const TableView& view) {
  Findings findings;
  for (const auto& column : view.task.columns) {
    const auto found = view.source_facts.large_objects.find(column.source);
    if (column.role != plan::Role::copied || found == view.source_facts.large_objects.end()) continue;
    const bool named_so = view.source.column(column.source)->declared_type == "lo";
    if (found->second == 0 && !named_so) continue;
    Finding finding = about(view, view.from(), Severity::attention, "large_object", column.source);
    finding.place.reset();
    finding.problem = "column " + column.source + " of " + view.title(view.from()) + " holds the numbers of " +
                      with_groups(found->second) + " large objects: the numbers are copied, their contents are not";
    std::vector<std::string> skip = {column.source};
    for (const auto& name : view.table.skip)
      if (!view.table.skip_from_defaults) skip.push_back(name.text);
    finding.fix = "skip: [" + joined(skip, ", ") + "]";
    finding.fix_kind = FixKind::map;
    finding.hint = "write it below the table's name (" + view.table.mark.text() +
                   ") to leave the column out. To have the contents copied keep them in a bytea column: " +
                   "ALTER TABLE ... ADD COLUMN contents bytea, then UPDATE ... SET contents = lo_get(" + column.source +
                   ")";
    findings.push_back(finding);
  }
  return findings;
}

}  // namespace engine::doctor
