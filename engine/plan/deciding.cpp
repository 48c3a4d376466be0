#include "engine/plan/sql_parts.hpp"

// Conflicts: see docs/ARCHITECTURE.md ("Who changed a row", "Rows that wait").
namespace engine::plan::statements {
namespace {

constexpr const char* kind_of_verdict =
    "CASE v.verdict WHEN 'c' THEN 'insert_exists' WHEN 'm' THEN 'update_missing' WHEN 'x' THEN 'delete_origin_differs' "
    "WHEN 'b' THEN 'update_origin_differs' END";

// Open conflicts `c` of the table.
std::string is_open(const TableTask& task) {
  return "c.map = " + literal(task.map) + " AND c.direction = " + literal(engine::name_of(task.direction)) +
         " AND c.table_name = " + literal(task.title) + " AND c.resolved_at IS NULL";
}

std::string same_row(const std::string& conflict, const std::string& key) {
  return "hashtextextended(" + conflict + ".row_key::text, 0) = hashtextextended(" + key + "::text, 0) AND " +
         conflict + ".row_key = " + key;
}

std::string decide_all(const TemporaryNames& names, bool for_desktop) {
  return "UPDATE " + names.verdict + " v SET conflict = 'update_origin_differs', verdict = " +
         (for_desktop ? "'u', resolution = 'desktop'" : "'r', resolution = 'cloud'") + " WHERE v.verdict = 'b'";
}

// The side that was touched last; where both have no stamp nobody can tell.
std::string decide_by_time(const TableTask& task, const TemporaryNames& names) {
  const std::string desktop =
      "(" + task.target_watermark + " IS NULL OR m.pgtide_watermark >= " + task.target_watermark + ")";
  return "UPDATE " + names.verdict + " v SET conflict = 'update_origin_differs', verdict = CASE WHEN " + desktop +
         " THEN 'u' ELSE 'r' END, resolution = CASE WHEN " + desktop + " THEN 'desktop' ELSE 'cloud' END FROM " +
         rows_of(task, names) + " m, " + quoted(task.target) +
         " t WHERE v.verdict = 'b' AND m.ctid = v.staged AND t.ctid = v.existing AND t.tableoid = v.part AND "
         "coalesce(m.pgtide_watermark, " +
         task.target_watermark + ") IS NOT NULL";
}

}  // namespace

// A row that nobody wants to hear of: its contents are those that were discarded, or decided against.
std::string leave_discarded(const TableTask& task, const TemporaryNames& names) {
  return "UPDATE " + names.verdict + " v SET verdict = 's' FROM " + rows_of(task, names) +
         " m, pgtide.discarded d WHERE v.verdict IN ('i', 'u', 'c', 'm') AND m.ctid = v.staged AND d.map = " +
         literal(task.map) + " AND d.direction = " + literal(engine::name_of(task.direction)) +
         " AND d.table_name = " + literal(task.title) + " AND " + same_row("d", row_key(task, "m")) +
         " AND d.contents = pg_catalog.md5(" + row_data(task, "m") + "::text); " + count_verdicts(task, names);
}

// With other contents the row is an ordinary one again.
std::string forget_discarded(const TableTask& task, const TemporaryNames& names) {
  return "DELETE FROM pgtide.discarded d USING " + rows_of(task, names) + " m JOIN " + names.verdict +
         " v ON v.staged = m.ctid AND v.verdict IN ('i', 'u') WHERE d.map = " + literal(task.map) +
         " AND d.direction = " + literal(engine::name_of(task.direction)) +
         " AND d.table_name = " + literal(task.title) + " AND " + same_row("d", row_key(task, "m"));
}

std::string decide_conflicts(const TableTask& task, const TemporaryNames& names, bool stamped) {
  const bool forward = task.direction == Direction::forward;
  // Reverse changes no row of the desktop: there is nothing to be done for the cloud where the desktop has the number.
  const std::string verdict = forward ? "CASE WHEN c.decision = 'cloud' AND v.verdict = 'b' THEN 'r' WHEN c.decision = "
                                        "'cloud' THEN 'l' WHEN v.verdict = 'm' THEN 'i' ELSE 'u' END"
                                      : "CASE WHEN c.decision = 'cloud' THEN 'i' ELSE 'l' END";
  const std::string decidable = task.keyless ? "v.verdict = 'b'"
                                : forward    ? "v.verdict IN ('c', 'b', 'm')"
                                             : "(v.verdict = 'm' OR (v.verdict = 'c' AND c.decision = 'desktop'))";
  std::string sql = "UPDATE " + names.verdict +
                    " v SET conflict = c.kind, resolution = c.decision, verdict = " + verdict + " FROM " +
                    rows_of(task, names) + " m, pgtide.conflict c WHERE m.ctid = v.staged AND " + decidable +
                    " AND c.decision IS NOT NULL AND " + is_open(task) + " AND c.kind IN (" + kind_of_verdict +
                    ", 'multiple_unique_conflicts') AND " + same_row("c", row_key(task, "m"));
  if (!forward) return sql;
  if (task.removes())  // rows of the target that stay though the desktop has them no more
    sql += "; UPDATE " + names.verdict + " v SET verdict = CASE c.decision WHEN 'desktop' THEN 'd' ELSE 'f' END FROM " +
           quoted(task.target) +
           " t, pgtide.conflict c WHERE v.verdict = 'x' AND t.ctid = v.existing AND t.tableoid = v.part AND c.decision "
           "IS NOT NULL AND " +
           is_open(task) + " AND c.kind = 'delete_origin_differs' AND " + same_row("c", row_key(task, "t"));
  if (task.policy == "desktop_wins" || task.policy == "cloud_wins")
    sql += "; " + decide_all(names, task.policy == "desktop_wins");
  if (task.policy == "last_update_wins" && stamped && !task.target_watermark.empty())
    sql += "; " + decide_by_time(task, names);
  // a row that stands in the way of the same number and of another unique value as well
  for (const auto& unique : task.unique_keys) {
    std::vector<std::string> same;
    for (const auto& name : unique) same.push_back("t2." + quoted(name) + " = m." + quoted(name));
    sql += "; UPDATE " + names.verdict + " v SET conflict = 'multiple_unique_conflicts' FROM " + rows_of(task, names) +
           " m, " + quoted(task.target) + " t2 WHERE v.verdict = 'c' AND m.ctid = v.staged AND " +
           joined(same, " AND ") + " AND (t2.ctid <> v.existing OR t2.tableoid <> v.part)";
  }
  return sql;
}

std::string record_conflicts(const TableTask& task, const TemporaryNames& names, bool stamped, std::int64_t run_id) {
  const bool forward = task.direction == Direction::forward;
  const std::string standing = "CASE WHEN t.ctid IS NOT NULL THEN pg_catalog.to_jsonb(t.*) END";
  const std::string incoming = row_data(task, "m");
  const std::string incoming_touched = stamped ? "m.pgtide_watermark" : "NULL::timestamptz";
  const std::string standing_touched = task.target_watermark.empty() ? "NULL::timestamptz" : task.target_watermark;
  const std::string found =
      "WITH found AS (SELECT DISTINCT ON (1, 2) " + row_key(task, "m") + " AS row_key, coalesce(v.conflict, " +
      kind_of_verdict + ") AS kind, " + (forward ? incoming : standing) + " AS desktop_row, " +
      (forward ? standing : incoming) + " AS cloud_row, " + (forward ? incoming_touched : standing_touched) +
      " AS local_modified, " + (forward ? standing_touched : incoming_touched) +
      " AS remote_modified, v.resolution FROM " + rows_of(task, names) + " m JOIN " + names.verdict +
      " v ON v.staged = m.ctid AND (v.verdict IN ('c', 'b', 'm') OR v.conflict IS NOT NULL AND v.verdict <> 'q') LEFT "
      "JOIN " +
      quoted(task.target) + " t ON t.ctid = v.existing AND t.tableoid = v.part)";
  const std::string scope =
      literal(task.map) + ", " + literal(engine::name_of(task.direction)) + ", " + literal(task.title);
  const std::string run = std::to_string(run_id);
  // One whose decision cannot be carried out, because the row does not fit, goes on waiting.
  const std::string kept = "UPDATE pgtide.conflict c SET last_seen_run = " + run + " FROM " + rows_of(task, names) +
                           " m JOIN " + names.verdict +
                           " v ON v.staged = m.ctid AND v.verdict = 'q' AND v.conflict IS NOT NULL WHERE " +
                           is_open(task) + " AND c.kind = v.conflict AND " + same_row("c", row_key(task, "m")) + "; ";
  // Those that are decided close the conflict that waited, if there was one.
  return kept + found +
         ", closed AS (UPDATE pgtide.conflict c SET desktop_row = f.desktop_row, cloud_row = f.cloud_row, "
         "local_modified "
         "= f.local_modified, remote_modified = f.remote_modified, resolved_at = clock_timestamp(), resolution = "
         "f.resolution, last_seen_run = " +
         run + " FROM found f WHERE f.resolution IS NOT NULL AND " + is_open(task) + " AND c.kind = f.kind AND " +
         same_row("c", "f.row_key") +
         " RETURNING c.row_key, c.kind) INSERT INTO pgtide.conflict (map, direction, table_name, row_key, kind, "
         "desktop_row, cloud_row, local_modified, remote_modified, resolution_strategy, last_seen_run, resolution, "
         "resolved_at) SELECT " +
         scope + ", f.row_key, f.kind, f.desktop_row, f.cloud_row, f.local_modified, f.remote_modified, " +
         literal(task.policy) + ", " + run +
         ", f.resolution, CASE WHEN f.resolution IS NOT NULL THEN clock_timestamp() END FROM found f WHERE NOT EXISTS "
         "(SELECT FROM closed WHERE closed.row_key = f.row_key AND closed.kind = f.kind) " +
         conflict_is_seen_again();
}

std::string close_returned(const TableTask& task, const TemporaryNames& names) {
  return "UPDATE pgtide.conflict c SET resolved_at = clock_timestamp(), resolution = 'cause_gone' FROM " +
         rows_of(task, names) + " m WHERE c.kind = 'delete_origin_differs' AND " + is_open(task) + " AND " +
         same_row("c", row_key(task, "m"));
}

std::string record_declined(const TableTask& task, const TemporaryNames& names) {
  return "INSERT INTO pgtide.discarded (map, direction, table_name, row_key, contents, reason) SELECT " +
         literal(task.map) + ", " + literal(engine::name_of(task.direction)) + ", " + literal(task.title) + ", " +
         row_key(task, "m") + ", pg_catalog.md5(" + row_data(task, "m") + "::text), v.conflict FROM " +
         staged_by_verdict(task, names, 'l');
}

}  // namespace engine::plan::statements
