#include <algorithm>

#include "engine/plan/sql_parts.hpp"

// Some columns of rows that are there: the stage has the key and these columns only.
namespace engine::plan::statements {
namespace {

bool is_staged(const TableTask& task, const std::string& name) {
  const auto column = std::ranges::find(task.columns, name, &Column::target);
  return column != task.columns.end() && !column->key;
}

// The hash of the whole row `t`; `filled`: as it will be.
std::string whole_hash(const TableTask& task, bool filled) {
  return hash_by(task.whole_image, task.target_hashed, task.hash, [&](const std::string& name) {
    return (filled && is_staged(task, name) ? "m." : "t.") + quoted(name);
  });
}

std::string values_differ(const TableTask& task) {
  std::vector<std::string> there, sent;
  for (const auto& column : task.columns)
    if (!column.key) {
      there.push_back("t." + quoted(column.target));
      sent.push_back("m." + quoted(column.target));
    }
  return "ROW(" + joined(there, ", ") + ")::record *<> ROW(" + joined(sent, ", ") + ")::record";
}

// A whole row of this key is waiting for something: what the source holds was not agreed on.
std::string waits(const TableTask& task) {
  const std::string same =
      " w WHERE w.map = " + literal(task.map) + " AND w.direction = " + literal(name_of(task.direction)) +
      " AND w.table_name = " + literal(task.title) + " AND hashtextextended(w.row_key::text, 0) = hashtextextended((" +
      row_key(task, "m") + ")::text, 0)";
  return "(EXISTS (SELECT FROM pgtide.quarantine" + same + ") OR EXISTS (SELECT FROM pgtide.conflict" + same +
         " AND w.resolved_at IS NULL))";
}

// What is remembered of the row from now on; NULL: nothing else than before. Of a row that somebody changed in the
// cloud it was lost with the change of the columns what both sides agreed on; but if nobody has written the row at the
// source since the last run, that is what it holds.
std::string remembered_image(const TableTask& task, const std::string& is_filled, const std::string& agreed) {
  const std::string filled = is_filled + " AND " + agreed + " THEN " + whole_hash(task, true);
  if (task.whole_hash.empty()) return "CASE WHEN " + filled + " END";
  return "CASE WHEN k.key_hash IS NULL THEN NULL WHEN k.image IS NULL THEN CASE WHEN NOT " + waits(task) +
         " THEN m.pgtide_agreed END WHEN " + filled + " END";
}

}  // namespace

// u: to be filled; s: left alone, because it is not there, or is not as both sides last agreed. What is remembered of a
// row is moved on by the filled columns only where it is known what that was: everything else the next run has to find
// out as if nothing had been filled.
std::string judge_columns(const TableTask& task, const TemporaryNames& names) {
  const std::string differ = values_differ(task), agreed = "k.image = " + whole_hash(task, false);
  std::string not_ours = "k.key_hash IS NULL";
  if (!task.origin_column.empty()) not_ours += " OR " + is_born_in_cloud(task);
  if (!task.soft_delete.empty()) not_ours += " OR k.soft_deleted";
  const std::string is_filled = "t.ctid IS NOT NULL AND " + differ + " AND NOT (" + not_ours + ")";
  std::string query = "SELECT " + std::string(task.arbiter ? "" : "DISTINCT ON (m.ctid) ") +
                      "m.ctid AS staged, t.tableoid AS part, t.ctid AS existing, t.xmin AS version, CASE WHEN t.ctid "
                      "IS NULL THEN 's' WHEN NOT (" +
                      differ + ") THEN '=' WHEN " + not_ours + " OR NOT coalesce(" + is_ours(task) + " OR " + agreed +
                      ", false) THEN 's' ELSE 'u' END AS verdict, NULL::text AS conflict, NULL::text AS resolution, " +
                      remembered_image(task, is_filled, agreed) + " AS image FROM " + rows_of(task, names) +
                      " m LEFT JOIN " + quoted(task.target) + " t ON " + same_key(task) +
                      remembered_by(task, key_hash(task, "m"));
  if (!task.arbiter) query += " ORDER BY m.ctid, t.ctid IS NOT NULL AND " + differ + ", t.ctid";
  const std::string by_index = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; ";
  const std::string as_usual = "SET LOCAL enable_hashjoin TO DEFAULT; SET LOCAL enable_mergejoin TO DEFAULT; ";
  return (task.arbiter ? by_index : "") + "CREATE TEMPORARY TABLE " + names.verdict + " ON COMMIT DROP AS " + query +
         "; " + (task.arbiter ? as_usual : "") + count_verdicts(task, names);
}

std::string remember_columns(const TableTask& task, const TemporaryNames& names) {
  return "INSERT INTO pgtide.known_row (known_id, key_hash, image) SELECT DISTINCT ON (2) " +
         std::to_string(task.memory.known_id) + ", " + key_hash(task, "m") + ", v.image FROM " + rows_of(task, names) +
         " m JOIN " + names.verdict +
         " v ON v.staged = m.ctid WHERE v.image IS NOT NULL AND v.verdict <> 'q' ORDER BY 2 ON CONFLICT (known_id, "
         "key_hash) DO UPDATE SET image = excluded.image";
}

}  // namespace engine::plan::statements
