#include "engine/plan/rights.hpp"

#include <algorithm>

#include "engine/core/names.hpp"

namespace engine::plan {
namespace {

// One of the two databases, as the role that works there sees it.
struct Side {
  Place place;
  const catalog::Role& role;
  const catalog::TableSchema& table;
  std::string_view what;  // the source, the target

  Reason mended_by(const std::string& why, const std::string& statement, const std::string& more = "",
                   const std::string& about = "row_security") const {
    return {why + ". On the " + std::string(name_of(place)) + " an administrator runs: " + statement + ";" + more,
            {Remedy::Kind::sql, place, statement + ";"},
            about};
  }
  Reason granted(const std::string& why, const std::string& rights) const {
    return mended_by(why, "GRANT " + rights + " TO " + role.name, "", "rights");
  }
};

void check_both(const Side& side, Findings& findings) {
  const std::string what = "the " + std::string(side.what);
  if (!side.table.can_use_schema)
    findings.refusals.push_back(side.granted("the schema of " + what + " is closed to this role",
                                             "USAGE ON SCHEMA " + quoted(side.table.name.schema)));
  if (side.table.row_security)
    findings.refusals.push_back(side.mended_by(
        "row level security hides rows of " + what + " from this role, or may hide them, and they would be missed",
        "ALTER ROLE " + side.role.name + " BYPASSRLS", " Or use the role that owns the table"));
}

// A DEFAULT takes its next number with the rights of who inserts; an identity does not, unless we ask for the number.
bool needs_its_sequence(const catalog::Column& column, const TableTask& task) {
  const bool fed = std::ranges::find(task.columns, column.name, &Column::target) != task.columns.end();
  const bool given_by_us =
      task.removes() && std::ranges::find(task.number, column.name, &NumberColumn::name) != task.number.end();
  return !fed && (column.identity == 0 || given_by_us);
}

void check_target(const Side& side, const TableInput& input, const TableTask& task, Findings& findings) {
  const auto& target = side.table;
  if (target.kind != 'r' && target.kind != 'p')
    findings.refusals.push_back("the target is no table but a view or a foreign table, and cannot be written");
  const bool deletes = task.removes() || task.deletes == config::DeletePolicy::hard;
  const bool updates =
      input.direction == Direction::forward || !(task.arbiter || task.keyless);  // the lock needs it too
  if (!target.can_select || !target.can_insert || (updates && !target.can_update) || (deletes && !target.can_delete))
    findings.refusals.push_back(
        side.granted("the target may not be written", "SELECT, INSERT" + std::string(updates ? ", UPDATE" : "") +
                                                          (deletes ? ", DELETE" : "") + " ON " + quoted(target.name)));
  for (const auto& column : target.columns) {
    if (column.locked_sequence.empty() || !needs_its_sequence(column, task)) continue;
    const bool moved = std::ranges::find(task.sequences, column.name, &MovedSequence::column) != task.sequences.end();
    findings.refusals.push_back(side.granted(
        "the target's column " + column.name + " takes its value from a sequence",
        std::string(moved ? "USAGE, SELECT, UPDATE" : "USAGE") + " ON SEQUENCE " + column.locked_sequence));
  }
  if (!side.role.can_make_temporary)
    findings.refusals.push_back(side.granted("rows are compared in temporary tables, and none may be made",
                                             "TEMPORARY ON DATABASE " + side.role.database));
  for (const auto& referrer : task.referrers) {
    if (!task.removes() && !task.removes_deleted()) break;
    const std::string why = "rows that others refer to are never removed, and the rows of " + quoted(referrer.child) +
                            " cannot all be seen";
    if (!referrer.can_select)
      findings.refusals.push_back(side.granted(why, "SELECT ON " + quoted(referrer.child)));
    else if (referrer.row_security)
      findings.refusals.push_back(side.mended_by(why, "ALTER ROLE " + side.role.name + " BYPASSRLS"));
  }
}

}  // namespace

void check_rights_to_read(const TableInput& input, Findings& findings) {
  const Side from{source_of(input.direction), input.source_catalog.role, input.source, "source"};
  check_both(from, findings);
  if (!input.source.can_select)
    findings.refusals.push_back(from.granted("the source may not be read", "SELECT ON " + quoted(input.source.name)));
  if (!input.facts.denied.empty()) {
    Reason denied(input.facts.denied, {}, "rights");
    if (!input.facts.grants.empty())
      denied.remedy = {Remedy::Kind::sql, from.place, joined(input.facts.grants, ";\n") + ";"};
    findings.refusals.push_back(std::move(denied));
  }
}

void check_rights_to_write(const TableInput& input, const TableTask& task, Findings& findings) {
  const Side to{target_of(input.direction), input.target_catalog.role, input.target, "target"};
  check_both(to, findings);
  check_target(to, input, task, findings);
}

}  // namespace engine::plan
