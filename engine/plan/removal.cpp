#include <algorithm>

#include "engine/plan/sql_parts.hpp"

// Rows that the desktop has deleted: see docs/ARCHITECTURE.md ("Deletes").
namespace engine::plan::statements {
namespace {

std::string candidates(const TemporaryNames& names) { return names.verdict + "_k"; }

std::string known(const TableTask& task) { return "k.known_id = " + std::to_string(task.memory.known_id); }

bool is_soft(const TableTask& task) { return !task.soft_delete.empty(); }

// `t`, the row of the target that the verdict `v` is about.
std::string judged_row(const TableTask& task) {
  return quoted(task.target) + " t ON t.ctid = v.existing AND t.tableoid = v.part";
}

// Open conflicts `c` about deleted rows of the table.
std::string is_open_conflict(const TableTask& task) {
  return "c.map = " + literal(task.map) + " AND c.direction = " + literal(engine::name_of(task.direction)) +
         " AND c.table_name = " + literal(task.title) +
         " AND c.kind = 'delete_origin_differs' AND c.resolved_at IS NULL AND hashtextextended(c.row_key::text, 0) = "
         "hashtextextended(" +
         row_key(task, "t") + "::text, 0) AND c.row_key = " + row_key(task, "t");
}

// The row `c` of another table, or of the same, that refers to `t`, and is neither about to go nor marked as deleted.
std::string refers_and_stays(const TableTask& task, const TemporaryNames& names, const catalog::Referrer& referrer) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < referrer.columns.size(); ++i)
    parts.push_back("c." + quoted(referrer.child_columns[i]) + " = t." + quoted(referrer.columns[i]));
  if (referrer.child == task.target)
    parts.push_back("NOT EXISTS (SELECT FROM " + names.verdict +
                    " w WHERE w.existing = c.ctid AND w.part = c.tableoid AND w.verdict = 'd')");
  // a reference to a row that is only marked does no harm in itself
  if (const auto mark = task.soft_deletes.find(referrer.child); is_soft(task) && mark != task.soft_deletes.end()) {
    const std::string column = "c." + quoted(mark->second);
    parts.push_back("(" + column + " IS NULL OR " + column + "::text = 'false')");
  }
  return "EXISTS (SELECT FROM " + quoted(referrer.child) + " c WHERE " + joined(parts, " AND ") + ")";
}

}  // namespace

TableTask keys_of(const TableTask& task) {
  TableTask keys = task;
  keys.columns = task.key_columns();
  return keys;
}

std::string extract_keys(const TableTask& task) {
  return "COPY (" + selection(keys_of(task)) + ") TO STDOUT (FORMAT binary)";
}

std::string is_known(const TableTask& task) {
  // what waits in packs while a table is adopted came with this run's first load
  return "SELECT EXISTS (SELECT FROM pgtide.known_row k WHERE " + known(task) + ")" +
         (task.memory.adopting ? "" : " OR EXISTS (SELECT FROM pgtide.known_pack k WHERE " + known(task) + ")") +
         " AS known";
}

std::string find_deleted(const TableTask& task, const TemporaryNames& names) {
  return "SET LOCAL enable_nestloop = off; CREATE TEMPORARY TABLE " + candidates(names) +
         " ON COMMIT DROP AS SELECT k.key_hash, k.image, k.soft_deleted FROM pgtide.known_row k WHERE " + known(task) +
         " AND NOT EXISTS (SELECT FROM " + rows_of(keys_of(task), names) + " m WHERE " + key_hash(task, "m") +
         " = k.key_hash); SET LOCAL enable_nestloop TO DEFAULT; ANALYZE " + candidates(names) +
         "; SELECT count(*) AS candidates FROM " + candidates(names);
}

std::string judge_deleted(const TableTask& task, const TemporaryNames& names, bool overwrite) {
  // NULL, where nobody knows what was agreed, is not as agreed
  const std::string as_agreed = "(" + is_ours(task) + " OR coalesce(k.image = " + image_hash(task, "t") + ", false))";
  const std::string born = task.origin_column.empty() ? "" : "WHEN " + is_born_in_cloud(task) + " THEN 'x' ";
  return "CREATE TEMPORARY TABLE " + names.verdict +
         " ON COMMIT DROP AS SELECT k.key_hash, t.tableoid AS part, t.ctid AS existing, t.xmin AS version, CASE WHEN "
         "t.ctid IS NULL THEN 'f' " +
         (is_soft(task) ? "WHEN k.soft_deleted THEN '=' " : "") +
         "WHEN c.decision = 'cloud' THEN 'l' WHEN c.decision = 'desktop' THEN 'd' " + born + "WHEN " +
         (overwrite ? "true" : as_agreed) +
         " THEN 'd' ELSE 'x' END AS verdict, CASE WHEN c.decision IS NOT NULL THEN " + "'resolved' WHEN NOT " +
         as_agreed + " THEN 'overwritten' ELSE " + (is_soft(task) ? "'soft'" : "'hard'") + " END AS how FROM " +
         candidates(names) + " k LEFT JOIN " + quoted(task.target) + " t ON " + key_hash(task, "t") +
         " = k.key_hash LEFT JOIN pgtide.conflict c ON t.ctid IS NOT NULL AND c.decision IS NOT "
         "NULL AND " +
         is_open_conflict(task) + "; ANALYZE " + names.verdict +
         "; SELECT count(*) FILTER (WHERE verdict = 'd') AS surplus, count(*) FILTER (WHERE verdict = 'x') AS kept "
         "FROM " +
         names.verdict;
}

std::string list_deleted(const TableTask& task, const TemporaryNames& names) {
  std::vector<std::string> parts;
  for (const auto& name : task.key)
    parts.push_back(literal(name + "=") + " || coalesce(t." + quoted(name) + "::text, 'NULL')");
  const std::string key = "pg_catalog.concat_ws(', ', " + joined(parts, ", ") + ")";
  return "WITH gone AS (SELECT " + key + " AS pgtide_key, " + quoted_list(task.key, "t") + " FROM " +
         candidates(names) + " k JOIN " + quoted(task.target) + " t ON " + key_hash(task, "t") +
         " = k.key_hash WHERE NOT k.soft_deleted) SELECT (SELECT count(*) FROM gone) AS rows, (SELECT "
         "pg_catalog.string_agg(pgtide_key, '; ') FROM (SELECT pgtide_key FROM gone ORDER BY " +
         quoted_list(task.key) + " LIMIT 5) first) AS keys";
}

std::string keep_if_referenced(const TableTask& task, const TemporaryNames& names) {
  std::string sql;
  for (const auto& referrer : task.referrers)
    sql +=
        (sql.empty() ? "" : "; ") + ("UPDATE " + names.verdict + " v SET verdict = 'x' FROM " + quoted(task.target) +
                                     " t WHERE v.verdict = 'd' AND t.ctid = v.existing AND t.tableoid = v.part AND " +
                                     refers_and_stays(task, names, referrer));
  return sql;
}

std::string count_newly_kept(const TableTask& task, const TemporaryNames& names, std::int64_t run_id) {
  return "SELECT count(*) AS rows FROM " + names.verdict + " v JOIN " + judged_row(task) +
         " WHERE v.verdict = 'x' AND NOT EXISTS (SELECT FROM pgtide.conflict c WHERE c.last_seen_run = " +
         std::to_string(run_id) + " AND " + is_open_conflict(task) + ")";
}

std::string bury(const TableTask& task, const TemporaryNames& names, std::int64_t run_id) {
  return "INSERT INTO pgtide.tombstone (map, direction, table_name, row_key, row_data, how, run_id) SELECT " +
         literal(task.map) + ", " + literal(engine::name_of(task.direction)) + ", " + literal(task.title) + ", " +
         row_key(task, "t") + ", pg_catalog.to_jsonb(t.*), " + (task.keyless ? "'surplus'" : "v.how") + ", " +
         std::to_string(run_id) + " FROM " + names.verdict + " v JOIN " + judged_row(task) + " WHERE v.verdict = 'd'";
}

std::string mark_deleted(const TableTask& task, const TemporaryNames& names) {
  return "UPDATE " + quoted(task.target) + " t SET " + quoted(task.soft_delete) + " = " + task.soft_marked + " FROM " +
         names.verdict +
         " v WHERE v.verdict = 'd' AND t.ctid = v.existing AND t.tableoid = v.part AND t.xmin = v.version";
}

// Without a unique index there may be several rows of one key: it is remembered as long as one of them stays.
std::string forget_deleted(const TableTask& task, const TemporaryNames& names) {
  const std::string of_row = known(task) + " AND k.key_hash = v.key_hash AND v.verdict";
  const std::string over = task.deletes == config::DeletePolicy::hard   ? "'f', 'l', 'd'"
                           : task.deletes == config::DeletePolicy::soft ? "'f', 'l'"
                                                                        : "'f'";
  const std::string forget = "DELETE FROM pgtide.known_row k USING " + names.verdict + " v WHERE " + of_row + " IN (" +
                             over + ") AND NOT EXISTS (SELECT FROM " + names.verdict +
                             " w WHERE w.key_hash = v.key_hash AND w.verdict = 'x')";
  const std::string mark =
      "; UPDATE pgtide.known_row k SET soft_deleted = true FROM " + names.verdict + " v WHERE " + of_row + " = 'd'";
  return without_nested_loops(forget + (is_soft(task) ? mark : ""));
}

}  // namespace engine::plan::statements
