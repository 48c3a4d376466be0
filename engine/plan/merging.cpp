#include <algorithm>

#include "engine/core/fingerprint.hpp"
#include "engine/plan/sql_parts.hpp"

namespace engine::plan::statements {
namespace {

// What the state remembers of a staged row, as `k`.
std::string remembered(const TableTask& task) { return remembered_by(task, key_hash(task, "m")); }

// The row is what we last agreed on. NULL where nobody knows what that was.
std::string is_as_agreed(const TableTask& task, const std::string& row) { return "k.image = " + image_hash(task, row); }

// Whether `t` is missing or has another image than `m`, as `d.differs`: computed once a row, however often it is asked
// for.
std::string compared_once(const TableTask& task) {
  return " CROSS JOIN LATERAL (SELECT CASE WHEN t.ctid IS NULL THEN true ELSE " + images_differ(task) +
         " END AS differs OFFSET 0) d";
}

// A row that was marked as deleted is at the desktop again.
std::string comes_back(const TableTask& task) {
  return "CASE WHEN NOT d.differs OR " + is_ours(task) + " OR " + is_as_agreed(task, "t") + " THEN 'u' ELSE 'b' END";
}

// Its mark goes; others that the cloud may have set itself stay.
std::string unmark(const TableTask& task) {
  const std::string column = quoted(task.soft_delete);
  return column + " = CASE WHEN EXISTS (SELECT FROM pgtide.known_row k WHERE k.known_id = " +
         std::to_string(task.memory.known_id) + " AND k.key_hash = " + key_hash(task, "m") +
         " AND k.soft_deleted) THEN " + task.soft_unmarked + " ELSE t." + column + " END";
}

// Forward: who changed what since both sides last agreed, see docs/ARCHITECTURE.md ("Who changed a row").
std::string forward_verdict(const TableTask& task, const Extraction& how) {
  const std::string fetched = how.send_known ? "m.pgtide_known" : "false";
  std::string sql = "CASE WHEN t.ctid IS NULL THEN CASE WHEN k.key_hash IS NULL AND NOT " + fetched + " THEN 'i' ";
  if (!task.soft_delete.empty()) sql += "WHEN k.soft_deleted THEN 'i' ";
  if (how.overwrite)
    sql += "WHEN k.key_hash IS NOT NULL THEN 'i' ELSE 'm' END";
  else
    sql += "WHEN " + is_as_agreed(task, "m") +
           " THEN 's' WHEN k.image IS NULL AND k.key_hash IS NOT NULL THEN 'g' ELSE 'm' END";
  if (!task.soft_delete.empty()) sql += " WHEN k.soft_deleted THEN " + (how.overwrite ? "'u'" : comes_back(task));
  sql += " WHEN NOT d.differs THEN 'a'";
  if (!task.origin_column.empty())
    sql += " WHEN " + is_born_in_cloud(task) + " THEN CASE WHEN " + images_differ(task, task.origin_column) +
           " THEN 'c' ELSE '=' END";
  sql += " WHEN k.key_hash IS NOT NULL THEN ";
  if (how.overwrite)
    sql += "'u'";
  else
    sql += "CASE WHEN " + is_as_agreed(task, "m") + " THEN 's' WHEN " + is_ours(task) + " OR " +
           is_as_agreed(task, "t") + " THEN 'u' ELSE 'b' END";
  return sql + " WHEN NOT " + fetched + " AND " + may_be_adopted(task, how) + " THEN 'u' " +
         (task.origin_column.empty() ? "" : "WHEN NOT (" + images_differ(task, task.origin_column) + ") THEN '=' ") +
         "ELSE 'c' END";
}

// Reverse never updates; a row that is neither ours nor the same is a collision.
std::string reverse_verdict(const TableTask& task, const Extraction& how) {
  const std::string sent = how.send_known ? "m.pgtide_known" : "false";
  return "CASE WHEN t.ctid IS NULL THEN CASE WHEN " + sent + " THEN 'm' WHEN k.key_hash IS NULL THEN 'i' WHEN " +
         is_as_agreed(task, "m") +
         " THEN 's' WHEN k.image IS NULL THEN 'g' ELSE 'm' END WHEN NOT d.differs THEN 'a' "
         "WHEN " +
         sent + " OR k.key_hash IS NOT NULL OR " + is_ours(task) + " THEN 's' ELSE 'c' END";
}

// Of rows that are equal: that is not remembered yet, and should be.
std::string is_to_be_remembered(const TableTask& task, const Extraction& how) {
  std::string sql = "(k.image IS NULL OR k.image <> " + image_hash(task, "m") + ")";  // (not hashed in vain)
  if (how.send_known) sql = "NOT m.pgtide_known AND " + sql;
  if (task.direction == Direction::reverse) {
    // whose the rows are that both sides have is for forward to say, if it is about to
    return task.waits_for_forward() ? "false" : sql;
  }
  if (!task.memory.adopting) return "k.key_hash IS NOT NULL AND " + sql;
  return "(k.key_hash IS NOT NULL OR " + may_be_adopted(task, how) + ") AND " + sql;
}

}  // namespace

TemporaryNames TemporaryNames::random() {
  const std::string suffix = random_token().substr(0, 8);
  return {"pgtide_stage_" + suffix, "pgtide_image_" + suffix, "pgtide_verdict_" + suffix};
}

std::string create_stage(const TableTask& task, const TemporaryNames& names, const Extraction& how) {
  std::vector<std::string> columns;
  for (const auto& column : task.columns) columns.push_back(quoted(column.target) + " " + column.conversion.stage_type);
  if (how.send_known) columns.push_back("pgtide_known boolean");
  if (how.send_number) columns.push_back("pgtide_number bigint");
  if (how.send_watermark) columns.push_back("pgtide_watermark timestamptz");
  if (!task.whole_hash.empty()) columns.push_back("pgtide_agreed bigint");
  return "CREATE TEMPORARY TABLE " + names.stage + " (" + joined(columns, ", ") + ") ON COMMIT DROP";
}

std::string load_stage(const TemporaryNames& names) { return "COPY " + names.stage + " FROM STDIN (FORMAT binary)"; }

std::string load_target(const TableTask& task) {
  return "COPY " + quoted(task.target) + " (" + quoted_list(target_names(task)) + ") FROM STDIN (FORMAT binary)";
}

std::string create_image(const TableTask& task, const TemporaryNames& names, const Extraction& how) {
  std::string extra;
  if (how.send_known) extra += ", NULL::boolean AS pgtide_known";
  if (how.send_number) extra += ", NULL::bigint AS pgtide_number";
  if (how.send_watermark) extra += ", NULL::timestamptz AS pgtide_watermark";
  return "CREATE TEMPORARY TABLE " + names.image + " ON COMMIT DROP AS SELECT " + quoted_list(target_names(task)) +
         extra + " FROM " + quoted(task.target) + " WITH NO DATA";
}

std::string fill_image(const TableTask& task, const TemporaryNames& names, const Extraction& how,
                       const std::string& from) {
  std::vector<std::string> values;
  for (const auto& column : task.columns)
    values.push_back(column.conversion.same ? "s." + quoted(column.target) : column.conversion.assigned);
  if (how.send_known) values.push_back("s.pgtide_known");
  if (how.send_number) values.push_back("s.pgtide_number");
  if (how.send_watermark) values.push_back("s.pgtide_watermark");
  return "INSERT INTO " + names.image + " SELECT " + joined(values, ", ") + from;
}

std::string make_image(const TableTask& task, const TemporaryNames& names, const Extraction& how) {
  if (!task.converts()) return "";
  return create_image(task, names, how) + "; " + fill_image(task, names, how, " FROM " + names.stage + " s");
}

namespace {

// With a unique index each row is looked up in it: as fast whatever order the chunk has, where a join of the whole
// target or of a range of it is not.
constexpr const char* by_index = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; ";
constexpr const char* as_usual = "; SET LOCAL enable_hashjoin TO DEFAULT; SET LOCAL enable_mergejoin TO DEFAULT; ";

// The fate of the rows of `staged`, a FROM item that calls them `m`.
std::string verdicts(const TableTask& task, const Extraction& how, const std::string& staged) {
  const bool forward = task.direction == Direction::forward;
  const std::string differ =
      std::string("d.differs") + (task.soft_delete.empty() ? "" : " OR coalesce(k.soft_deleted, false)");
  // Rows that we wrote ourselves and that are equal are remembered already.
  const bool few = forward && !task.memory.adopting;
  const std::string candidate = "(" + differ + " OR NOT (" + is_ours(task) + "))";
  const std::string remembers = is_to_be_remembered(task, how);
  std::string query = "SELECT " + std::string(task.arbiter ? "" : "DISTINCT ON (m.ctid) ") +
                      "m.ctid AS staged, t.tableoid AS part, t.ctid AS existing, t.xmin AS version, CASE WHEN NOT (" +
                      differ + ") AND NOT (" + remembers + ") THEN '=' ELSE " +
                      (forward ? forward_verdict(task, how) : reverse_verdict(task, how)) +
                      " END AS verdict, NULL::text AS conflict, NULL::text AS resolution FROM " + staged +
                      " LEFT JOIN " + quoted(task.target) + " t ON " + same_key(task) + compared_once(task) +
                      remembered(task);
  // Without a unique index the target may hold a key twice: if one of the twins is equal, nothing is to be done.
  if (task.arbiter)
    query += " WHERE " + (few ? candidate + " AND " : std::string()) + "(" + differ + " OR " + remembers + ")";
  else
    query += " ORDER BY m.ctid, t.ctid IS NOT NULL AND d.differs, t.ctid";
  return query;
}

std::string create_verdict(const TableTask& task, const TemporaryNames& names, const std::string& query) {
  return (task.arbiter ? by_index : "") + ("CREATE TEMPORARY TABLE " + names.verdict + " ON COMMIT DROP AS " + query) +
         (task.arbiter ? as_usual : "; ");
}

}  // namespace

std::string judge(const TableTask& task, const TemporaryNames& names, const Extraction& how) {
  if (task.keyless) return match(task, names, how);
  if (task.fills_columns) return judge_columns(task, names);
  return create_verdict(task, names, verdicts(task, how, rows_of(task, names) + " m")) + count_verdicts(task, names);
}

std::string judge_lightly(const TableTask& task, const TemporaryNames& names) {
  const std::string unsure = "t.ctid IS NULL OR NOT (" + is_ours(task) + ")";
  return create_verdict(
             task, names,
             "SELECT m.ctid AS staged, t.tableoid AS part, t.ctid AS existing, t.xmin AS version, CASE WHEN " + unsure +
                 (task.origin_column.empty() ? "" : " OR " + is_born_in_cloud(task)) +
                 " THEN '?' ELSE 'u' END AS verdict, NULL::text AS conflict, NULL::text AS resolution FROM " +
                 rows_of(task, names) + " m LEFT JOIN " + quoted(task.target) + " t ON " + same_key(task) +
                 " WHERE t.ctid IS NULL OR " + images_differ(task) + " OR NOT (" + is_ours(task) + ")") +
         "SELECT count(*) AS unsure FROM " + names.verdict + " WHERE verdict = '?'; " + count_verdicts(task, names);
}

std::string some_are_unsure(const TemporaryNames& names) {
  return "EXISTS (SELECT FROM " + names.verdict + " WHERE verdict = '?')";
}

std::string judge_unsure(const TableTask& task, const TemporaryNames& names, const Extraction& how) {
  return by_index +
         ("WITH unsure AS (DELETE FROM " + names.verdict + " WHERE verdict = '?' RETURNING staged) INSERT INTO " +
          names.verdict + " ") +
         verdicts(task, how, "unsure JOIN " + rows_of(task, names) + " m ON m.ctid = unsure.staged") + as_usual +
         count_verdicts(task, names);
}

std::string count_verdicts(const TableTask& task, const TemporaryNames& names) {
  const auto of = [](const char* verdicts, const char* name) {
    return std::string(", count(*) FILTER (WHERE verdict IN (") + verdicts + ")) AS " + name;
  };
  const auto decided = [](const char* verdicts, const char* name) {
    return std::string(", count(*) FILTER (WHERE resolution IS NOT NULL AND verdict IN (") + verdicts + ")) AS " + name;
  };
  return "SELECT (SELECT count(*) FROM " + rows_of(task, names) + ") AS staged" + of("'i'", "inserts") +
         of("'u'", "updates") + of("'s', 'g'", "skips") + of("'c', 'b', 'm'", "conflicts") +
         of("'a', 'f', 'g', 'r'", "agreed") + of("'d'", "surplus") + of("'x'", "kept") + of("'q'", "held") +
         decided("'i', 'u', 'r', 'l'", "decided") + decided("'i'", "decided_inserts") +
         decided("'u'", "decided_updates") + " FROM " + names.verdict;
}

std::string remember(const TableTask& task, const TemporaryNames& names) {
  if (task.fills_columns) return remember_columns(task, names);
  return "INSERT INTO pgtide.known_row (known_id, key_hash, image) SELECT DISTINCT ON (2) " +
         std::to_string(task.memory.known_id) + ", " + (task.keyless ? "m.pgtide_number" : key_hash(task, "m")) + ", " +
         image_hash(task, "m") + " FROM " + rows_of(task, names) + " m JOIN " + names.verdict +
         " v ON v.staged = m.ctid AND v.verdict IN ('i', 'u', 'a', 'g', 'r') ORDER BY 2 ON CONFLICT (known_id, "
         "key_hash) DO "
         "UPDATE SET image = excluded.image" +
         (task.soft_delete.empty() ? "" : ", soft_deleted = false");
}

std::string remember_in_pack(const TableTask& task, const TemporaryNames& names) {
  return "INSERT INTO pgtide.known_pack (known_id, rows, key_hashes, images) SELECT " +
         std::to_string(task.memory.known_id) + ", count(*), array_agg(x.key), array_agg(x.image) FROM (SELECT " +
         key_hash(task, "m") + " AS key, " + image_hash(task, "m") + " AS image FROM " + rows_of(task, names) +
         " m JOIN " + names.verdict +
         " v ON v.staged = m.ctid AND v.verdict IN ('i', 'u', 'a', 'g', 'r')) x HAVING count(*) > 0";
}

std::string load_pack() {
  return "COPY pgtide.known_pack (known_id, rows, key_hashes, images) FROM STDIN (FORMAT binary)";
}

std::string count_days(const TableTask& task, const TemporaryNames& names, bool arrived) {
  return "SELECT (m.pgtide_watermark AT TIME ZONE 'UTC')::date AS day, count(*) AS items, max(m.pgtide_watermark) AS "
         "newest FROM " +
         rows_of(task, names) + " m WHERE isfinite(m.pgtide_watermark) AND m.ctid " + (arrived ? "NOT " : "") +
         "IN (SELECT v.staged FROM " + names.verdict +
         " v WHERE v.verdict IN ('s', 'g', 'c', 'b', 'm', 'q', 'r', 'l') AND v.staged IS NOT NULL) GROUP BY 1";
}

std::string lock_target(const TableTask& task) {
  return "LOCK TABLE " + quoted(task.target) + " IN SHARE ROW EXCLUSIVE MODE";
}

std::string insert(const TableTask& task, const TemporaryNames& names, const std::vector<std::string>& late_columns,
                   const std::string& only) {
  if (task.keyless) return insert_numbered(task, names, late_columns, only);
  const std::string source = " SELECT " + joined(inserted_values(task, late_columns), ", ") + " FROM " +
                             staged_by_verdict(task, names, 'i', only);
  return "INSERT INTO " + quoted(task.target) + " (" + quoted_list(target_names(task)) + ") OVERRIDING SYSTEM VALUE" +
         source +
         (task.arbiter ? " ON CONFLICT (" + quoted_list(task.key) + ") DO NOTHING"
          : !only.empty()
              ? ""  // a trial, of rows that have just been judged
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
         staged_by_verdict(task, names, 'i') + " WHERE " + (task.keyless ? number_matches(task, "v") : same_key(task)) +
         " AND (" + joined(any, " OR ") + ")";
}

std::string update(const TableTask& task, const TemporaryNames& names, const std::string& only) {
  std::vector<std::string> sets;
  for (const auto& column : task.columns)
    if (column.updatable && !(task.fills_columns && column.key))
      sets.push_back(quoted(column.target) + " = m." + quoted(column.target));
  if (!task.soft_delete.empty() && !task.fills_columns) sets.push_back(unmark(task));
  return "UPDATE " + quoted(task.target) + " t SET " + joined(sets, ", ") + " FROM " +
         staged_by_verdict(task, names, 'u', only) +
         " WHERE t.ctid = v.existing AND t.tableoid = v.part AND t.xmin = v.version";
}

std::string record_own_xact(const TableTask& task, std::int64_t run_id, bool loads) {
  return std::string("INSERT INTO pgtide.own_xact (map, table_name, xid, run_id") + (loads ? ", loads" : "") +
         ") VALUES (" + literal(task.map) + ", " + literal(task.title) + ", pg_catalog.txid_current(), " +
         std::to_string(run_id) + (loads ? ", true" : "") + ") ON CONFLICT DO NOTHING";
}

std::string target_has_rows(const TableTask& task) {
  return "SELECT EXISTS (SELECT FROM " + quoted(task.target) + ") AS has_rows";
}

std::string empty_target(const TableTask& task) {
  const std::string of_table = " WHERE known_id = " + std::to_string(task.memory.known_id) + ")";
  return "SELECT " + literal(task.title) + " AS title WHERE NOT EXISTS (SELECT FROM " + quoted(task.target) +
         ") AND (EXISTS (SELECT FROM pgtide.known_row" + of_table + " OR EXISTS (SELECT FROM pgtide.known_pack" +
         of_table + ")";
}

std::string target_is_untouched(const TableTask& task) {
  const std::string of_table = " WHERE known_id = " + std::to_string(task.memory.known_id);
  return "SELECT NOT EXISTS (SELECT FROM " + quoted(task.target) + ") AND NOT EXISTS (SELECT FROM pgtide.known_row" +
         of_table + ") AND NOT EXISTS (SELECT FROM pgtide.known_pack" + of_table + ") AS untouched";
}

std::string target_has_own_rows(const TableTask& task) {
  const std::string known = " WHERE known_id = " + std::to_string(task.memory.known_id);
  if (!task.memory.adopting)
    return "SELECT EXISTS (SELECT FROM pgtide.known_row" + known + ") OR EXISTS (SELECT FROM pgtide.known_pack" +
           known + ") AS has_rows";
  return "SELECT EXISTS (SELECT FROM " + quoted(task.target) + " t WHERE " + may_be_the_desktops(task) + " AND NOT " +
         is_of_another_map(task) + ") AS has_rows";
}

std::string may_move_sequence(const MovedSequence& moved) {
  return "SELECT pg_catalog.has_sequence_privilege(" + literal(moved.sequence) +
         ", 'UPDATE') AND pg_catalog.has_sequence_privilege(" + literal(moved.sequence) +
         ", 'SELECT') AS permitted, quote_ident(current_user) AS role";
}

std::string move_sequence(const TableTask& task, const MovedSequence& moved) {
  return "SELECT pg_catalog.setval(" + literal(moved.sequence) + "::regclass, top.value) FROM (SELECT ceil(max(" +
         quoted(moved.column) + ")::numeric)::bigint AS value FROM " + quoted(task.target) + ") top, " +
         moved.sequence + " s, pg_catalog.pg_sequence p WHERE p.seqrelid = " + literal(moved.sequence) +
         "::regclass AND p.seqincrement > 0 AND top.value <= p.seqmax AND "
         "(top.value > s.last_value OR (top.value = s.last_value AND NOT s.is_called))";
}

}  // namespace engine::plan::statements
