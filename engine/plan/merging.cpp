#include <algorithm>

#include "engine/core/fingerprint.hpp"
#include "engine/plan/statements.hpp"

namespace engine::plan::statements {
namespace {

std::vector<std::string> target_names(const TableTask& task) {
  std::vector<std::string> names;
  for (const auto& column : task.columns) names.push_back(column.target);
  return names;
}

// The relation that holds the rows as the target would.
const std::string& rows_of(const TableTask& task, const TemporaryNames& names) {
  return task.converts() ? names.image : names.stage;
}

// Target row `t` and staged row `m` have the same key. NULLs match each other.
std::string same_key(const TableTask& task) {
  std::vector<std::string> plain, nullable_target, nullable_staged;
  for (const auto& key : task.key_columns()) {
    const std::string name = quoted(key.target);
    if (key.nullable_key) {
      nullable_target.push_back("t." + name);
      nullable_staged.push_back("m." + name);
    } else {
      plain.push_back("t." + name + " = m." + name);
    }
  }
  if (!nullable_target.empty())
    plain.push_back("ROW(" + joined(nullable_target, ", ") + ")::record = ROW(" + joined(nullable_staged, ", ") +
                    ")::record");
  return joined(plain, " AND ");
}

// The images differ: `IS DISTINCT FROM` would call 1.0 and 1.00 the same.
std::string differs(const TableTask& task) {
  std::vector<std::string> ours, theirs;
  for (const auto& column : task.columns)
    if (column.compared()) {
      ours.push_back("t." + quoted(column.target));
      theirs.push_back("m." + quoted(column.target));
    }
  if (ours.empty()) return "false";
  return "ROW(" + joined(ours, ", ") + ")::record *<> ROW(" + joined(theirs, ", ") + ")::record";
}

std::string is_born_in_cloud(const TableTask& task) {
  return "t." + quoted(task.origin_column) + "::text IS NOT DISTINCT FROM " + literal(task.origin_cloud);
}

// We wrote this version of the target's row ourselves.
std::string is_ours(const TableTask& task) {
  return "t.xmin::text::bigint IN (SELECT own.xid & 4294967295 FROM pgtide.own_xact own WHERE own.map = " +
         literal(task.map) + " AND own.table_name = " + literal(task.title) + ")";
}

// Somebody else wrote it since the first run; what was there before that run has an older id (modulo 2^32).
std::string is_foreign(const TableTask& task, const Extraction& how) {
  return "((t.xmin::text::bigint - " + std::to_string(how.known_since) + ") & 4294967295) < 2147483648 AND NOT " +
         is_ours(task);
}

std::string jsonb_key(const TableTask& task, const std::string& row) {
  std::vector<std::string> parts;
  for (const auto& name : task.key) parts.push_back(literal(name) + ", " + row + "." + quoted(name));
  return "pg_catalog.jsonb_build_object(" + joined(parts, ", ") + ")";
}

// What is to be done with a staged row whose twin in the target differs.
std::string verdict_on_difference(const TableTask& task, const Extraction& how) {
  const std::string waits = how.waiting.empty()
                                ? "false"
                                : jsonb_key(task, "m") + " IN (SELECT pg_catalog.jsonb_array_elements(" +
                                      literal("[" + joined(how.waiting, ",") + "]") + "::jsonb))";
  if (task.direction == Direction::reverse)  // reverse never updates; a row that is not ours is a collision
    return "WHEN " + is_ours(task) + " THEN 's' " +
           (how.send_fresh ? "WHEN NOT m.pgtide_fresh AND NOT (" + waits + ") THEN 's' " : "") + "ELSE 'c'";
  std::string sql;
  if (!task.origin_column.empty()) sql += "WHEN " + is_born_in_cloud(task) + " THEN 'c' ";
  const std::string untouched = (how.send_fresh ? "NOT m.pgtide_fresh AND " : "") + is_foreign(task, how);
  if (!how.waiting.empty())  // it was a conflict, and nothing has happened since
    sql += "WHEN " + untouched + " AND " + waits + " THEN 'b' ";
  if (how.foreign != Window::Foreign::overwrite)
    sql += "WHEN " + untouched + " THEN " + (how.foreign == Window::Foreign::keep ? "'s' " : "'b' ");
  return sql + (sql.empty() ? "WHEN true THEN 'u'" : "ELSE 'u'");
}

std::string staged_by_verdict(const TableTask& task, const TemporaryNames& names, char verdict) {
  return rows_of(task, names) + " m JOIN " + names.verdict + " v ON v.staged = m.ctid AND v.verdict = '" + verdict +
         "'";
}

}  // namespace

TemporaryNames TemporaryNames::random() {
  const std::string suffix = random_token().substr(0, 8);
  return {"pgtide_stage_" + suffix, "pgtide_image_" + suffix, "pgtide_verdict_" + suffix};
}

std::string create_stage(const TableTask& task, const TemporaryNames& names, const Extraction& how) {
  std::vector<std::string> columns;
  for (const auto& column : task.columns) columns.push_back(quoted(column.target) + " " + column.conversion.stage_type);
  if (how.send_fresh) columns.push_back("pgtide_fresh boolean");
  if (how.send_watermark) columns.push_back("pgtide_watermark timestamptz");
  return "CREATE TEMPORARY TABLE " + names.stage + " (" + joined(columns, ", ") + ") ON COMMIT DROP";
}

std::string load_stage(const TemporaryNames& names) { return "COPY " + names.stage + " FROM STDIN (FORMAT binary)"; }

std::string load_target(const TableTask& task) {
  return "COPY " + quoted(task.target) + " (" + quoted_list(target_names(task)) + ") FROM STDIN (FORMAT binary)";
}

std::string find_misfits(const TableTask& task, const TemporaryNames& names) {
  std::vector<std::string> misfits;
  std::string which;
  for (const auto& column : task.columns) {
    if (column.conversion.fits.empty()) continue;
    const std::string misfit = "(s." + quoted(column.target) + " IS NOT NULL AND NOT (" + column.conversion.fits + "))";
    misfits.push_back(misfit);
    which += " WHEN " + misfit + " THEN " + literal(column.target);
  }
  if (misfits.empty()) return "";
  std::vector<std::string> key;
  for (const auto& name : task.key)
    key.push_back(literal(name + "=") + " || coalesce(s." + quoted(name) + "::text, 'NULL')");
  return "SELECT CASE" + which + " END AS misfit, pg_catalog.concat_ws(', ', " + joined(key, ", ") + ") AS key FROM " +
         names.stage + " s WHERE " + joined(misfits, " OR ") + " LIMIT 5";
}

std::string make_image(const TableTask& task, const TemporaryNames& names, const Extraction& how) {
  if (!task.converts()) return "";
  std::vector<std::string> values;
  for (const auto& column : task.columns)
    values.push_back(column.conversion.same ? "s." + quoted(column.target) : column.conversion.assigned);
  std::string extra;
  if (how.send_fresh) extra += ", NULL::boolean AS pgtide_fresh", values.push_back("s.pgtide_fresh");
  if (how.send_watermark) extra += ", NULL::timestamptz AS pgtide_watermark", values.push_back("s.pgtide_watermark");
  return "CREATE TEMPORARY TABLE " + names.image + " ON COMMIT DROP AS SELECT " + quoted_list(target_names(task)) +
         extra + " FROM " + quoted(task.target) + " WITH NO DATA; INSERT INTO " + names.image + " SELECT " +
         joined(values, ", ") + " FROM " + names.stage + " s";
}

std::string judge(const TableTask& task, const TemporaryNames& names, const Extraction& how) {
  const std::string& rows = rows_of(task, names);
  const std::string twin = quoted(task.target) + " t ON " + same_key(task);
  std::string query = "SELECT " + std::string(task.arbiter ? "" : "DISTINCT ON (m.ctid) ") +
                      "m.ctid AS staged, t.tableoid AS part, t.ctid AS existing, t.xmin AS version, CASE WHEN t.ctid "
                      "IS NULL THEN 'i' WHEN NOT (" +
                      differs(task) + ") THEN '=' " + verdict_on_difference(task, how) + " END AS verdict FROM " +
                      rows + " m LEFT JOIN " + twin;
  // Without a unique index the target may hold a key twice: if one of the twins is equal, nothing is to be done.
  if (task.arbiter)
    query += " WHERE t.ctid IS NULL OR " + differs(task);
  else
    query += " ORDER BY m.ctid, t.ctid IS NOT NULL AND " + differs(task) + ", t.ctid";
  // With a unique index each row is looked up in it: as fast whatever order the chunk has, where a join of the whole
  // target or of a range of it is not.
  const std::string by_index = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; ";
  const std::string as_usual = "SET LOCAL enable_hashjoin TO DEFAULT; SET LOCAL enable_mergejoin TO DEFAULT; ";
  return (task.arbiter ? by_index : "") + "CREATE TEMPORARY TABLE " + names.verdict + " ON COMMIT DROP AS " + query +
         "; " + (task.arbiter ? as_usual : "") + "SELECT (SELECT count(*) FROM " + rows +
         ") AS staged, count(*) FILTER (WHERE verdict = 'i') AS inserts, count(*) FILTER (WHERE verdict = 'u') AS "
         "updates, "
         "count(*) FILTER (WHERE verdict = 's') AS skips, count(*) FILTER (WHERE verdict IN ('c', 'b')) AS conflicts "
         "FROM " +
         names.verdict;
}

std::string count_days(const TableTask& task, const TemporaryNames& names) {
  return "SELECT (m.pgtide_watermark AT TIME ZONE 'UTC')::date AS day, count(*) AS items, max(m.pgtide_watermark) AS "
         "newest FROM " +
         rows_of(task, names) + " m WHERE isfinite(m.pgtide_watermark) AND m.ctid NOT IN (SELECT v.staged FROM " +
         names.verdict + " v WHERE v.verdict IN ('s', 'c', 'b')) GROUP BY 1";
}

std::string lock_target(const TableTask& task) {
  return "LOCK TABLE " + quoted(task.target) + " IN SHARE ROW EXCLUSIVE MODE";
}

std::string insert(const TableTask& task, const TemporaryNames& names, const std::vector<std::string>& late_columns) {
  std::vector<std::string> values;
  for (const auto& name : target_names(task))
    values.push_back(std::ranges::find(late_columns, name) == late_columns.end() ? "m." + quoted(name) : "NULL");
  const std::string source = " SELECT " + joined(values, ", ") + " FROM " + staged_by_verdict(task, names, 'i');
  return "INSERT INTO " + quoted(task.target) + " (" + quoted_list(target_names(task)) + ") OVERRIDING SYSTEM VALUE" +
         source +
         (task.arbiter ? " ON CONFLICT (" + quoted_list(task.key) + ") DO NOTHING"
                       : " WHERE NOT EXISTS (SELECT FROM " + quoted(task.target) + " t WHERE " + same_key(task) + ")");
}

std::string set_late_columns(const TableTask& task, const TemporaryNames& names,
                             const std::vector<std::string>& late_columns) {
  std::vector<std::string> sets, any;
  for (const auto& name : late_columns) {
    sets.push_back(quoted(name) + " = m." + quoted(name));
    any.push_back("m." + quoted(name) + " IS NOT NULL");
  }
  return "UPDATE " + quoted(task.target) + " t SET " + joined(sets, ", ") + " FROM " +
         staged_by_verdict(task, names, 'i') + " WHERE " + same_key(task) + " AND (" + joined(any, " OR ") + ")";
}

std::string update(const TableTask& task, const TemporaryNames& names) {
  std::vector<std::string> sets;
  for (const auto& column : task.columns)
    if (column.updatable) sets.push_back(quoted(column.target) + " = m." + quoted(column.target));
  return "UPDATE " + quoted(task.target) + " t SET " + joined(sets, ", ") + " FROM " +
         staged_by_verdict(task, names, 'u') +
         " WHERE t.ctid = v.existing AND t.tableoid = v.part AND t.xmin = v.version";
}

std::string record_own_xact(const TableTask& task) {
  return "INSERT INTO pgtide.own_xact (map, table_name, xid) VALUES (" + literal(task.map) + ", " +
         literal(task.title) + ", pg_catalog.txid_current()) ON CONFLICT DO NOTHING";
}

std::string record_conflicts(const TableTask& task, const TemporaryNames& names, std::int64_t run_id) {
  const bool forward = task.direction == Direction::forward;
  std::vector<std::string> ours;
  for (const auto& name : target_names(task)) ours.push_back("m." + quoted(name));
  const std::string incoming = "pg_catalog.to_jsonb(i)", standing = "pg_catalog.to_jsonb(t)";
  return "INSERT INTO pgtide.conflict (map, direction, table_name, row_key, kind, desktop_row, cloud_row, "
         "resolution_strategy, last_seen_run) SELECT " +
         literal(task.map) + ", " + literal(name_of(task.direction)) + ", " + literal(task.title) + ", " +
         jsonb_key(task, "m") + ", CASE v.verdict WHEN 'c' THEN 'insert_exists' ELSE 'update_origin_differs' END, " +
         (forward ? incoming + ", " + standing : standing + ", " + incoming) + ", " + literal(task.policy) + ", " +
         std::to_string(run_id) + " FROM " + rows_of(task, names) + " m JOIN " + names.verdict +
         " v ON v.staged = m.ctid AND v.verdict IN ('c', 'b') JOIN " + quoted(task.target) +
         " t ON t.ctid = v.existing AND t.tableoid = v.part " + "CROSS JOIN LATERAL (SELECT " + joined(ours, ", ") +
         ") i ON CONFLICT (map, direction, table_name, row_key, kind) WHERE resolved_at IS NULL DO UPDATE SET "
         "desktop_row = excluded.desktop_row, cloud_row = excluded.cloud_row, last_seen_run = excluded.last_seen_run";
}

std::string target_has_rows(const TableTask& task) {
  return "SELECT EXISTS (SELECT FROM " + quoted(task.target) + ") AS has_rows";
}

std::string target_has_own_rows(const TableTask& task) {
  return "SELECT EXISTS (SELECT FROM " + quoted(task.target) + " t" +
         (task.origin_column.empty() ? "" : " WHERE NOT (" + is_born_in_cloud(task) + ")") + ") AS has_rows";
}

std::string may_move_sequence(const MovedSequence& moved) {
  return "SELECT pg_catalog.has_sequence_privilege(" + literal(moved.sequence) +
         ", 'UPDATE') AND pg_catalog.has_sequence_privilege(" + literal(moved.sequence) + ", 'SELECT') AS permitted";
}

std::string move_sequence(const TableTask& task, const MovedSequence& moved) {
  return "SELECT pg_catalog.setval(" + literal(moved.sequence) + "::regclass, top.value) FROM (SELECT ceil(max(" +
         quoted(moved.column) + ")::numeric)::bigint AS value FROM " + quoted(task.target) + ") top, " +
         moved.sequence + " s, pg_catalog.pg_sequence p WHERE p.seqrelid = " + literal(moved.sequence) +
         "::regclass AND p.seqincrement > 0 AND top.value <= p.seqmax AND "
         "(top.value > s.last_value OR (top.value = s.last_value AND NOT s.is_called))";
}

std::string number_stage(const TemporaryNames& names) {
  return "CREATE TEMPORARY TABLE " + names.stage +
         "_n ON COMMIT DROP AS SELECT ctid AS staged, row_number() OVER () AS n FROM " + names.stage;
}

std::string keep_numbered(const TemporaryNames& names, std::int64_t first, std::int64_t last) {
  return "DELETE FROM " + names.stage + " WHERE ctid NOT IN (SELECT staged FROM " + names.stage +
         "_n WHERE n BETWEEN " + std::to_string(first) + " AND " + std::to_string(last) + ")";
}

std::string staged_key(const TableTask& task, const TemporaryNames& names) {
  std::vector<std::string> key;
  for (const auto& name : task.key)
    key.push_back(literal(name + "=") + " || coalesce(s." + quoted(name) + "::text, 'NULL')");
  return "SELECT pg_catalog.concat_ws(', ', " + joined(key, ", ") + ") AS key FROM " + names.stage + " s";
}

}  // namespace engine::plan::statements
