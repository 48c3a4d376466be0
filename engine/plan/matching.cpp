#include <algorithm>

#include "engine/plan/sql_parts.hpp"

// Tables without a key: rows are matched by what they contain, as a multiset. See docs/ARCHITECTURE.md ("Rows without a
// key").
namespace engine::plan::statements {
namespace {

std::string known(const TableTask& task) { return "k.known_id = " + std::to_string(task.memory.known_id); }

std::string number_of(const TableTask& task) {
  std::vector<std::string> values;
  for (const auto& column : task.number) values.push_back("t." + quoted(column.name) + "::text");
  return "ARRAY[" + joined(values, ", ") + "]";
}

// Other rows refer to the row `t`.
std::string is_referenced(const TableTask& task) {
  std::vector<std::string> referenced;
  for (const auto& referrer : task.referrers) {
    std::vector<std::string> equal;
    for (std::size_t i = 0; i < referrer.columns.size(); ++i)
      equal.push_back("c." + quoted(referrer.child_columns[i]) + " = t." + quoted(referrer.columns[i]));
    referenced.push_back("EXISTS (SELECT FROM " + quoted(referrer.child) + " c WHERE " + joined(equal, " AND ") + ")");
  }
  return "(" + joined(referenced, " OR ") + ")";
}

// Rows that were there before us are taken for ours, as they are.
std::string adopt(const TableTask& task, const Extraction& how) {
  return "INSERT INTO pgtide.known_row (known_id, key_hash, image, number) SELECT " +
         std::to_string(task.memory.known_id) + ", " + key_hash(task, "t") + ", " + image_hash(task, "t") + ", " +
         number_of(task) + " FROM " + quoted(task.target) + " t WHERE " + may_be_adopted(task, how) +
         " ON CONFLICT DO NOTHING; ";
}

// A number that comes from the desktop may be in use for a row of the cloud's own: a conflict, as with a key.
std::string keep_taken_numbers(const TableTask& task, const TemporaryNames& names) {
  std::vector<std::string> same_number;
  for (const auto& column : task.number) {
    if (!column.value.empty()) return "";
    same_number.push_back("t." + quoted(column.name) + " = m." + quoted(column.name));
  }
  return "UPDATE " + names.verdict +
         " v SET verdict = 'c', part = t.tableoid, existing = t.ctid, version = t.xmin FROM " + rows_of(task, names) +
         " m JOIN " + quoted(task.target) + " t ON " + joined(same_number, " AND ") +
         " WHERE m.ctid = v.staged AND v.verdict = 'i' AND NOT EXISTS (SELECT FROM " + names.verdict +
         " d WHERE d.verdict = 'd' AND d.existing = t.ctid AND d.part = t.tableoid); ";
}

// SQL of the number that a new row of the stage gets, as it is remembered.
std::string new_number(const TableTask& task) {
  std::vector<std::string> values;
  for (const auto& column : task.number)
    values.push_back("(" + (column.value.empty() ? "m." + quoted(column.name) : column.value) + ")::" + column.type +
                     "::text");
  return "ARRAY[" + joined(values, ", ") + "]";
}

// There is nothing that a row could be matched with, nor a number that is taken.
std::string match_none(const TableTask& task, const TemporaryNames& names) {
  return "CREATE TEMPORARY TABLE " + names.verdict +
         " ON COMMIT DROP AS SELECT m.ctid AS staged, NULL::oid AS part, NULL::tid AS existing, NULL::xid AS version, "
         "'i' AS verdict, NULL::bigint AS key_hash, " +
         new_number(task) + " AS number, " + image_hash(task, "m") +
         " AS image, NULL::text AS conflict, NULL::text AS resolution FROM " + rows_of(task, names) + " m; ANALYZE " +
         names.verdict + "; " + count_verdicts(task, names);
}

// Rows of the desktop against the rows we know, as many times as each occurs. Of rows with the same contents those that
// the cloud has edited are matched first and those that are gone last: what is left over then is what can go.
std::string match_forward(const TableTask& task, const TemporaryNames& names, const Extraction& how) {
  const std::string target = quoted(task.target), known_rows = names.verdict + "_k";
  std::vector<std::string> match_columns = task.match;
  for (const auto& column : task.number)  // a number that comes from the desktop is not changed in place
    if (column.value.empty()) match_columns.push_back(column.name);
  const auto matched_by = [&](const std::string& row) {
    return match_columns.empty() ? std::string("NULL::bigint")
                                 : hash_of(row, match_columns, task.target_hashed, task.hash);
  };
  const std::string removable = !task.memory.adopting ? "true"
                                : task.origin_column.empty()
                                    ? "false"
                                    : "t." + quoted(task.origin_column) + "::text = " + literal(task.origin_desktop);
  const auto numbered = [](const std::string& by, const std::string& order) {
    return "row_number() OVER (PARTITION BY " + by + " ORDER BY " + order + ") AS n";
  };
  const std::string remarked = task.origin_column.empty() ? "false" : is_born_in_cloud(task);
  const std::string referenced = task.referrers.empty() ? "false" : is_referenced(task);
  return (task.memory.adopting ? adopt(task, how) : std::string()) + "CREATE TEMPORARY TABLE " + known_rows +
         " ON COMMIT DROP AS SELECT k.key_hash, k.number, k.image, t.tableoid AS part, t.ctid AS existing, t.xmin AS "
         "version, t.ctid IS NOT NULL AND " +
         referenced + " AS referenced, CASE WHEN t.ctid IS NULL THEN 'gone' WHEN " + remarked + " THEN 'theirs' WHEN " +
         is_ours(task) + " OR k.image = " + image_hash(task, "t") +
         " THEN 'same' ELSE 'edited' END AS state FROM pgtide.known_row k LEFT JOIN " + target + " t ON " +
         number_matches(task, "k") + " WHERE " + known(task) + "; ANALYZE " + known_rows +
         "; SET LOCAL enable_nestloop = off; CREATE TEMPORARY TABLE " + names.verdict + " ON COMMIT DROP AS WITH " +
         "p AS MATERIALIZED (SELECT d.staged, d.image AS wanted, k.key_hash, k.number, k.part, k.existing, k.version, "
         "k.state FROM (SELECT *, " +
         numbered("image", "staged") + " FROM (SELECT m.ctid AS staged, " + image_hash(task, "m") + " AS image FROM " +
         rows_of(task, names) + " m) m) d FULL JOIN (SELECT *, " +
         numbered("image", "state = 'gone', state = 'same', NOT referenced, key_hash") + " FROM " + known_rows +
         ") k ON k.image = d.image AND k.n = d.n), "
         // left over on our side, and what the desktop has beyond that
         "s AS MATERIALIZED (SELECT p.*, " +
         image_hash(task, "t") + " AS now, " + matched_by("t") + " AS matched_by, coalesce(" + removable +
         ", false) AS removable FROM p JOIN " + target +
         " t ON t.ctid = p.existing AND t.tableoid = p.part WHERE p.staged IS NULL AND p.state <> 'gone'), "
         "w AS MATERIALIZED (SELECT p.staged, p.wanted, " +
         matched_by("m") + " AS matched_by FROM p JOIN " + rows_of(task, names) +
         " m ON m.ctid = p.staged WHERE p.key_hash IS NULL), "
         // both sides made the same change
         "e AS MATERIALIZED (SELECT s.key_hash, w.staged FROM (SELECT key_hash, now, " +
         numbered("now", "key_hash") + " FROM s WHERE state = 'edited') s JOIN (SELECT staged, wanted, " +
         numbered("wanted", "staged") +
         " FROM w) w ON w.wanted = s.now AND w.n = s.n), "
         // a row that changed: one that went and one that came agree in the columns of `match`
         "c AS MATERIALIZED (SELECT s.key_hash, w.staged FROM (SELECT key_hash, matched_by, " +
         numbered("matched_by", "state <> 'same', key_hash") +
         " FROM s WHERE NOT EXISTS (SELECT FROM e WHERE e.key_hash = s.key_hash)) s JOIN (SELECT staged, matched_by, " +
         numbered("matched_by", "staged") +
         " FROM w WHERE NOT EXISTS (SELECT FROM e WHERE e.staged = w.staged)) w ON w.matched_by = s.matched_by AND "
         "w.n = s.n) "
         "SELECT p.staged, p.part, p.existing, p.version, " +
         (how.overwrite ? "CASE p.state WHEN 'gone' THEN 'i' WHEN 'edited' THEN 'u' ELSE 's' END" : "'s'") +
         " AS verdict, p.key_hash, p.number, p.wanted AS image, NULL::text AS conflict, NULL::text AS resolution FROM "
         "p WHERE p.staged IS NOT NULL AND p.state IN "
         "('gone', 'edited', 'theirs') "
         "UNION ALL SELECT w.staged, s.part, s.existing, s.version, 'a', s.key_hash, s.number, w.wanted, NULL, NULL "
         "FROM e JOIN s "
         "ON s.key_hash = e.key_hash JOIN w ON w.staged = e.staged "
         "UNION ALL SELECT w.staged, s.part, s.existing, s.version, CASE WHEN s.state = 'same'" +
         (how.overwrite ? " OR s.state = 'edited'" : "") +
         " THEN 'u' ELSE 'b' END, s.key_hash, s.number, w.wanted, NULL, NULL FROM c JOIN s ON s.key_hash = c.key_hash "
         "JOIN w ON "
         "w.staged = c.staged "
         "UNION ALL SELECT w.staged, NULL, NULL, NULL, 'i', NULL, NULL, w.wanted, NULL, NULL FROM w WHERE NOT EXISTS "
         "(SELECT FROM "
         "e WHERE e.staged = w.staged) AND NOT EXISTS (SELECT FROM c WHERE c.staged = w.staged) "
         "UNION ALL SELECT NULL, s.part, s.existing, s.version, CASE WHEN NOT s.removable THEN 'f' WHEN s.state = "
         "'same' THEN 'd' ELSE 'x' END, s.key_hash, s.number, NULL, NULL, NULL FROM s WHERE NOT EXISTS (SELECT FROM e "
         "WHERE "
         "e.key_hash = s.key_hash) AND NOT EXISTS (SELECT FROM c WHERE c.key_hash = s.key_hash) "
         "UNION ALL SELECT NULL, NULL, NULL, NULL, 'f', p.key_hash, NULL, NULL, NULL, NULL FROM p WHERE p.staged IS "
         "NULL AND "
         "p.state = 'gone'; SET LOCAL enable_nestloop TO DEFAULT; ANALYZE " +
         names.verdict + "; " + keep_taken_numbers(task, names) + count_verdicts(task, names);
}

// Each row of the cloud comes once, whatever becomes of it later. Where nothing has come yet, rows that the desktop
// holds already are taken for those that an earlier tool brought.
std::string match_reverse(const TableTask& task, const TemporaryNames& names, const Extraction& how) {
  const std::string image = image_hash(task, "m");
  const std::string judged =
      "SELECT m.ctid AS staged, NULL::oid AS part, NULL::tid AS existing, NULL::xid AS version, CASE " +
      std::string(how.send_known ? "WHEN m.pgtide_known THEN 's' " : "") + "WHEN k.key_hash IS NULL THEN 'i' WHEN " +
      "k.image = " + image + " THEN '=' ELSE 's' END AS verdict, " + image +
      " AS image, NULL::text AS conflict, NULL::text AS resolution FROM " + rows_of(task, names) + " m" +
      remembered_by(task, "m.pgtide_number");
  std::string query = judged;
  if (task.memory.adopting)
    query =
        "SELECT j.staged, j.part, j.existing, j.version, CASE WHEN j.verdict = 'i' AND j.n <= h.rows - "
        "coalesce(r.rows, 0) THEN 'a' ELSE j.verdict END AS verdict, j.conflict, j.resolution FROM (SELECT *, "
        "row_number() OVER (PARTITION BY "
        "image, verdict ORDER BY staged) AS n FROM (" +
        judged + ") j) j LEFT JOIN (SELECT " + image_hash(task, "t") + " AS image, count(*) AS rows FROM " +
        quoted(task.target) + " t" + (task.origin_column.empty() ? "" : " WHERE " + is_born_in_cloud(task)) +
        " GROUP BY 1) h ON h.image = j.image LEFT JOIN (SELECT k.image, count(*) AS rows FROM pgtide.known_row k "
        "WHERE " +
        known(task) + " GROUP BY 1) r ON r.image = j.image";
  return "CREATE TEMPORARY TABLE " + names.verdict + " ON COMMIT DROP AS " + query + "; " + count_verdicts(task, names);
}

}  // namespace

std::string match(const TableTask& task, const TemporaryNames& names, const Extraction& how) {
  if (how.all_are_new) return match_none(task, names);
  return task.direction == Direction::forward ? match_forward(task, names, how) : match_reverse(task, names, how);
}

std::string give_numbers(const TableTask& task, const TemporaryNames& names) {
  return "UPDATE " + names.verdict + " v SET number = " + new_number(task) + " FROM " + rows_of(task, names) +
         " m WHERE m.ctid = v.staged AND v.verdict = 'i'";
}

std::string insert_numbered(const TableTask& task, const TemporaryNames& names,
                            const std::vector<std::string>& late_columns, const std::string& only) {
  std::vector<std::string> columns = target_names(task), values = inserted_values(task, late_columns);
  if (task.direction == Direction::forward)
    for (std::size_t i = 0; i < task.number.size(); ++i)
      if (!task.number[i].value.empty()) {
        columns.push_back(task.number[i].name);
        values.push_back(number_value(task.number[i], "v", i));
      }
  return "INSERT INTO " + quoted(task.target) + " (" + quoted_list(columns) + ") OVERRIDING SYSTEM VALUE SELECT " +
         joined(values, ", ") + " FROM " + staged_by_verdict(task, names, 'i', only);
}

std::string count_numbered(const TableTask& task, const TemporaryNames& names) {
  return "SELECT count(*) AS rows FROM " + names.verdict + " v JOIN " + quoted(task.target) + " t ON " +
         number_matches(task, "v") + " WHERE v.verdict = 'i' AND " + is_ours(task);
}

std::string count_marked(const TableTask& task) {
  return "SELECT count(*) AS rows FROM " + quoted(task.target) +
         " t WHERE t.xmin = (pg_catalog.txid_current() & 4294967295)::text::xid AND " + is_born_in_cloud(task);
}

std::string lock_surplus(const TableTask& task, const TemporaryNames& names) {
  return "SELECT count(*) AS locked FROM (SELECT FROM " + quoted(task.target) + " t JOIN " + names.verdict +
         " v ON t.ctid = v.existing AND t.tableoid = v.part AND t.xmin = v.version WHERE v.verdict = 'd' FOR UPDATE OF "
         "t) locked";
}

std::string keep_referenced(const TableTask& task, const TemporaryNames& names) {
  if (task.referrers.empty()) return "";
  return "UPDATE " + names.verdict + " v SET verdict = 'x' FROM " + quoted(task.target) +
         " t WHERE v.verdict = 'd' AND t.ctid = v.existing AND t.tableoid = v.part AND " + is_referenced(task);
}

std::string count_target(const TableTask& task) { return "SELECT count(*) AS rows FROM " + quoted(task.target); }

std::string remove_surplus(const TableTask& task, const TemporaryNames& names) {
  return "DELETE FROM " + quoted(task.target) + " t USING " + names.verdict +
         " v WHERE v.verdict = 'd' AND t.ctid = v.existing AND t.tableoid = v.part AND t.xmin = v.version";
}

std::string record_kept_rows(const TableTask& task, const TemporaryNames& names, std::int64_t run_id) {
  return "INSERT INTO pgtide.conflict (map, direction, table_name, row_key, kind, desktop_row, cloud_row, "
         "local_modified, remote_modified, resolution_strategy, last_seen_run) SELECT DISTINCT ON (4) " +
         literal(task.map) + ", " + literal(name_of(task.direction)) + ", " + literal(task.title) + ", " +
         row_key(task, "t") + ", 'delete_origin_differs', NULL::jsonb, pg_catalog.to_jsonb(t.*), NULL::timestamptz, " +
         (task.target_watermark.empty() ? "NULL::timestamptz" : task.target_watermark) + ", " + literal(task.policy) +
         ", " + std::to_string(run_id) + " FROM " + names.verdict + " v JOIN " + quoted(task.target) +
         " t ON t.ctid = v.existing AND t.tableoid = v.part WHERE v.verdict = 'x' " + conflict_is_seen_again();
}

std::string remember_numbers(const TableTask& task, const TemporaryNames& names) {
  const std::string number = hash_by(task.identity(), task.target_hashed, task.hash, [&](const std::string& name) {
    const auto column = std::ranges::find(task.number, name, &NumberColumn::name);
    return number_value(*column, "v", static_cast<std::size_t>(column - task.number.begin()));
  });
  const std::string of_row = known(task) + " AND k.key_hash = v.key_hash";
  return without_nested_loops(
      "DELETE FROM pgtide.known_row k USING " + names.verdict + " v WHERE " + of_row +
      " AND v.verdict IN ('d', 'f', 'i'); UPDATE pgtide.known_row k SET image = v.image FROM " + names.verdict +
      " v WHERE " + of_row +
      " AND v.verdict IN ('u', 'a', 'r'); INSERT INTO pgtide.known_row (known_id, key_hash, image, number) SELECT " +
      std::to_string(task.memory.known_id) + ", " + number + ", v.image, v.number FROM " + names.verdict +
      " v WHERE v.verdict = 'i' ORDER BY 2 ON CONFLICT (known_id, key_hash) DO UPDATE SET image = excluded.image");
}

std::string remember_anew(const TableTask& task, const KnownBefore& before) {
  const std::string id = std::to_string(task.memory.known_id);
  const auto are_there = [&](const std::vector<std::string>& columns) {
    return can_hash(columns, task.target_hashed, before.hash);
  };
  const bool same_key = before.key == task.identity() && before.hash == task.hash;
  const bool same_image = before.image == task.image_columns() && before.hash == task.hash;
  if (task.keyless && task.direction == Direction::reverse)  // nothing leads from the cloud's number to the row
    return same_key && !before.other_table ? "UPDATE pgtide.known_row SET image = NULL WHERE known_id = " + id
                                           : "DELETE FROM pgtide.known_row WHERE known_id = " + id;
  if (!are_there(before.key)) return "DELETE FROM pgtide.known_row WHERE known_id = " + id;

  std::vector<std::string> by_number;
  for (std::size_t i = 0; i < before.key.size(); ++i)
    by_number.push_back("t." + quoted(before.key[i]) + "::text = (o.number)[" + std::to_string(i + 1) + "]");
  const std::string same_row = task.keyless
                                   ? joined(by_number, " AND ")
                                   : "o.key_hash = " + hash_of("t", before.key, task.target_hashed, before.hash);
  std::string agreed = "o.image";
  if (!same_image)
    agreed = "CASE WHEN " + is_ours(task) +
             (are_there(before.image) ? " OR o.image = " + hash_of("t", before.image, task.target_hashed, before.hash)
                                      : std::string()) +
             " THEN " + image_hash(task, "t") + " END";
  // Of rows that are not there the key says that they were sent, unless the table is another one.
  const std::string gone =
      !same_key || before.other_table
          ? std::string()
          : std::string(" UNION ALL SELECT o.key_hash, ") + (same_image ? "o.image" : "NULL") +
                ", o.number, o.soft_deleted FROM old o WHERE NOT EXISTS (SELECT FROM now n WHERE n.old_key = "
                "o.key_hash)";
  // If most of the rows are there it was restored; else it was made anew, and who has their keys now is somebody else.
  const std::string restored =
      before.other_table ? " WHERE (SELECT count(*) FROM now) * 2 >= (SELECT count(*) FROM old)" : "";
  return "WITH old AS (DELETE FROM pgtide.known_row WHERE known_id = " + id +
         " RETURNING key_hash, image, number, soft_deleted), now AS (SELECT o.key_hash AS old_key, " +
         key_hash(task, "t") + " AS key_hash, " + agreed + " AS image, " +
         (task.keyless ? number_of(task) : "NULL::text[]") + " AS number, o.soft_deleted FROM old o JOIN " +
         quoted(task.target) + " t ON " + same_row +
         ") INSERT INTO pgtide.known_row (known_id, key_hash, image, number, soft_deleted) SELECT DISTINCT ON (2) " +
         id + ", key_hash, image, number, soft_deleted FROM (SELECT key_hash, image, number, soft_deleted FROM now" +
         restored + gone + ") x ORDER BY 2";
}

}  // namespace engine::plan::statements
