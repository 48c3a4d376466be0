#include <algorithm>

#include "engine/plan/sql_parts.hpp"

// Rows that the target does not take: see docs/ARCHITECTURE.md ("Rows that wait").
namespace engine::plan::statements {
namespace {

std::string held(const TemporaryNames& names) { return names.verdict + "_h"; }
std::string todo(const TemporaryNames& names) { return names.verdict + "_t"; }
std::string probe(const TemporaryNames& names) { return names.verdict + "_p"; }

std::string each_of(const std::string& row, const std::vector<std::string>& columns, const std::string& how) {
  std::vector<std::string> parts;
  for (const auto& name : columns) parts.push_back(row + "." + quoted(name) + how);
  return joined(parts, " AND ");
}

std::string equal(const std::string& left, const std::vector<std::string>& columns, const std::string& right,
                  const std::vector<std::string>& others) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < columns.size(); ++i)
    parts.push_back(left + "." + quoted(columns[i]) + " = " + right + "." + quoted(others[i]));
  return joined(parts, " AND ");
}

std::string images_of(const std::string& row, const std::vector<std::string>& columns) {
  std::vector<std::string> parts;
  for (const auto& name : columns) parts.push_back(row + "." + quoted(name));
  return "ROW(" + joined(parts, ", ") + ")::record";
}

// Which of the verdicts can be told to fail before they are carried out: a trigger might mend the others.
std::string foreseeable(const TableTask& task) {
  if (task.insert_trigger && task.update_trigger) return "";
  if (task.insert_trigger) return "v.verdict = 'u'";
  if (task.update_trigger) return "v.verdict = 'i'";
  return "v.verdict IN ('i', 'u')";
}

// The verdict q for the rows for which `condition` holds, and a place in `held`; of `m` and `v`.
std::string hold_where(const TableTask& task, const TemporaryNames& names, const std::string& which_verdicts,
                       const std::string& condition, const std::string& sqlstate, const std::string& reason,
                       const std::string& detail, const std::string& hint) {
  return "WITH bad AS (UPDATE " + names.verdict + " v SET verdict = 'q' FROM " + rows_of(task, names) +
         " m WHERE m.ctid = v.staged AND " + which_verdicts + " AND " + condition + " RETURNING " + row_key(task, "m") +
         " AS row_key, " + row_data(task, "m") + " AS row_data, " + detail + " AS detail) INSERT INTO " + held(names) +
         " SELECT row_key, row_data, " + literal(reason) + ", " + literal(sqlstate) + ", detail, " + literal(hint) +
         " FROM bad";
}

// The row that `m` refers to by this key is not there, nor among those that are about to come.
std::string is_orphan(const catalog::ForeignKey& key, const Siblings& siblings, bool judged) {
  std::string sql = each_of("m", key.columns, " IS NOT NULL") + " AND NOT EXISTS (SELECT FROM " + quoted(key.parent) +
                    " p WHERE " + equal("p", key.parent_columns, "m", key.columns) + ")";
  if (const auto sibling = siblings.find(key.parent); sibling != siblings.end()) {
    const auto& [parent, names] = sibling->second;
    const auto fed = target_names(*parent);
    const bool there = std::ranges::all_of(key.parent_columns,
                                           [&](const auto& name) { return std::ranges::find(fed, name) != fed.end(); });
    if (there)
      sql +=
          " AND NOT EXISTS (SELECT FROM " + rows_of(*parent, names) + " x" +
          (judged ? " JOIN " + names.verdict + " y ON y.staged = x.ctid AND y.verdict IN ('i', 'u')" : std::string()) +
          " WHERE " + equal("x", key.parent_columns, "m", key.columns) + ")";
  }
  return "(" + sql + ")";
}

// Columns of the key that may become NULL.
std::vector<std::string> clearable(const TableTask& task, const catalog::ForeignKey& key) {
  std::vector<std::string> columns;
  for (const auto& column : task.columns)
    if (!column.key && !column.not_null && column.updatable &&
        std::ranges::find(key.columns, column.target) != key.columns.end())
      columns.push_back(column.target);
  return columns;
}

std::vector<std::string> misfits_of(const TableTask& task, std::string& which) {
  std::vector<std::string> misfits;
  for (const auto& column : task.columns) {
    if (column.conversion.fits.empty()) continue;
    misfits.push_back("(s." + quoted(column.target) + " IS NOT NULL AND NOT (" + column.conversion.fits + "))");
    which += " WHEN " + misfits.back() + " THEN " + literal(column.target);
  }
  return misfits;
}

// Runs `attempt`, statements about the rows pgtide_from to pgtide_to of the table `todo`, for all of its rows.
std::string try_all(const TemporaryNames& names, const std::string& attempt, const Trial& trial) {
  const std::string re_raise = raise_unless_about_a_row("pgtide_state");
  return "DO $pgtide$ DECLARE pgtide_from bigint; pgtide_to bigint; pgtide_low bigint := 1; pgtide_high bigint; "
         "pgtide_last bigint; pgtide_bad bigint := 0; pgtide_count bigint; pgtide_count_2 bigint; pgtide_state text; "
         "pgtide_which text; pgtide_constraint text; pgtide_column text; pgtide_message text; BEGIN "
         "SELECT count(*) INTO pgtide_last FROM " +
         todo(names) +
         "; <<blocks>> WHILE pgtide_low <= pgtide_last LOOP pgtide_high := least(pgtide_low + 499, pgtide_last); "
         "BEGIN pgtide_from := pgtide_low; pgtide_to := pgtide_high; " +
         attempt + " EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS pgtide_state = RETURNED_SQLSTATE; " + re_raise +
         " " +
         "FOR pgtide_one IN pgtide_low .. pgtide_high LOOP BEGIN pgtide_from := pgtide_one; pgtide_to := pgtide_one; " +
         attempt +
         " EXCEPTION WHEN OTHERS THEN GET STACKED DIAGNOSTICS pgtide_state = RETURNED_SQLSTATE, pgtide_constraint = "
         "CONSTRAINT_NAME, pgtide_column = COLUMN_NAME, pgtide_message = MESSAGE_TEXT; " +
         re_raise + " INSERT INTO " + probe(names) +
         " SELECT staged, pgtide_state, pgtide_constraint, pgtide_column, pgtide_message FROM " + todo(names) +
         " WHERE n = pgtide_one; pgtide_bad := pgtide_bad + 1; IF pgtide_bad >= " + std::to_string(trial.stop_at) +
         " AND pgtide_bad + " + std::to_string(trial.held_before) + " > " + std::to_string(trial.share) +
         " * (pgtide_one + " + std::to_string(trial.read_before) + ") THEN INSERT INTO " + probe(names) +
         " VALUES (NULL, 'stop'); EXIT blocks; END IF; END; END LOOP; END; pgtide_low := pgtide_high + 1; END LOOP; "
         "END $pgtide$";
}

std::string create_probe(const TemporaryNames& names) {
  return "CREATE TEMPORARY TABLE " + probe(names) +
         " (staged tid, sqlstate text, constraint_name text, column_name text, message text) ON COMMIT DROP; ";
}

// Rows of the same chunk are looked up by their place.
constexpr const char* by_place = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; ";
constexpr const char* as_usual = "; SET LOCAL enable_hashjoin TO DEFAULT; SET LOCAL enable_mergejoin TO DEFAULT";

constexpr const char* complaints =
    "FROM unnest($1::tid[], $2::integer[]) f (staged, complaint) JOIN unnest($3::text[], $4::text[], $5::text[], "
    "$6::text[]) WITH ORDINALITY c (reason, sqlstate, detail, hint, number) ON c.number = f.complaint";

}  // namespace

std::string create_held(const TemporaryNames& names) {
  return "CREATE TEMPORARY TABLE " + held(names) +
         " (row_key jsonb, row_data jsonb, reason text, sqlstate text, detail text, hint text) ON COMMIT DROP";
}

std::string hold_misfits(const TableTask& task, const TemporaryNames& names) {
  std::string which;
  const auto misfits = misfits_of(task, which);
  if (misfits.empty()) return "";
  return "WITH gone AS (DELETE FROM " + names.stage + " s WHERE " + joined(misfits, " OR ") + " RETURNING " +
         row_key(task, "s") + " AS row_key, " + row_data(task, "s") + " AS row_data, CASE" + which +
         " END AS misfit) INSERT INTO " + held(names) +
         " SELECT row_key, row_data, 'value_would_change', '22000', 'the target''s column ' || misfit || ' cannot hold "
         "the value without changing it', "
         "'widen the column in the target, mend the value at the source, or convert it in the map (columns:)' FROM "
         "gone";
}

std::string clear_orphans(const TableTask& task, const TemporaryNames& names, const Siblings& siblings) {
  std::string sql;
  for (const auto& key : task.foreign_keys) {
    const auto columns = clearable(task, key);
    if (columns.empty()) continue;
    std::vector<std::string> sets;
    for (const auto& name : columns) sets.push_back(quoted(name) + " = NULL");
    sql += (sql.empty() ? "" : "; ") + ("UPDATE " + rows_of(task, names) + " m SET " + joined(sets, ", ") + " WHERE " +
                                        is_orphan(key, siblings, false));
  }
  return sql;
}

std::string hold_nulls(const TableTask& task, const TemporaryNames& names) {
  if (foreseeable(task).empty()) return "";
  std::vector<std::string> missing;
  std::string which;
  for (const auto& column : task.columns) {
    if (!column.not_null) continue;
    missing.push_back("m." + quoted(column.target) + " IS NULL");
    which += " WHEN " + missing.back() + " THEN " + literal("column " + column.target + " must not be NULL");
  }
  if (missing.empty()) return "";
  return hold_where(task, names, foreseeable(task), "(" + joined(missing, " OR ") + ")", "23502", "not_null_violation",
                    "CASE" + which + " END", "fill the value at the source, or feed the column in the map (columns:)");
}

std::string hold_orphans(const TableTask& task, const TemporaryNames& names, const Siblings& siblings) {
  // rows that refer to each other cannot be tried one by one
  const std::string verdicts = siblings.empty() ? foreseeable(task) : "v.verdict IN ('i', 'u')";
  if (verdicts.empty() || task.foreign_keys.empty()) return "";
  std::vector<std::string> orphans;
  std::string which;
  for (const auto& key : task.foreign_keys) {
    // PostgreSQL does not look again at a reference that stays what it was
    orphans.push_back("(" + is_orphan(key, siblings, true) + " AND NOT EXISTS (SELECT FROM " + quoted(task.target) +
                      " t WHERE t.ctid = v.existing AND t.tableoid = v.part AND " +
                      equal("t", key.columns, "m", key.columns) + "))");
    which += " WHEN " + orphans.back() + " THEN " +
             literal("the row of " + display(key.parent, task.target.schema) + " that " + joined(key.columns, ", ") +
                     " refers to is missing (constraint " + key.name + ")");
  }
  return hold_where(task, names, verdicts, "(" + joined(orphans, " OR ") + ")", "23503", "foreign_key_violation",
                    "CASE" + which + " END",
                    "it goes in by itself as soon as that row is there; or mend the reference at the source; orphans: "
                    "null in the map would clear it");
}

std::string hold_taken(const TableTask& task, const TemporaryNames& names) {
  if (foreseeable(task).empty() || task.unique_keys.empty()) return "";
  const std::string& rows = rows_of(task, names);
  std::string sql = "CREATE INDEX ON " + names.verdict + " (existing)";
  for (const auto& unique : task.unique_keys) {
    const std::string columns = joined(unique, ", ");
    const std::string leaves = "EXISTS (SELECT FROM " + names.verdict + " v2 JOIN " + rows +
                               " m2 ON m2.ctid = v2.staged WHERE v2.verdict = 'u' AND v2.existing = t2.ctid AND "
                               "v2.part = t2.tableoid AND " +
                               images_of("m2", unique) + " *<> " + images_of("t2", unique) + ")";
    const std::string in_target =
        "EXISTS (SELECT FROM " + quoted(task.target) + " t2 WHERE " + equal("t2", unique, "m", unique) +
        " AND (v.existing IS NULL OR t2.ctid <> v.existing OR t2.tableoid <> v.part) AND NOT " + leaves + ")";
    // of rows that want the same value the first has it
    const std::string among_themselves =
        "m.ctid IN (SELECT d.place FROM (SELECT m3.ctid AS place, row_number() OVER (PARTITION BY " +
        quoted_list(unique, "m3") + " ORDER BY v3.verdict DESC, m3.ctid) AS n FROM " + rows + " m3 JOIN " +
        names.verdict + " v3 ON v3.staged = m3.ctid AND v3.verdict IN ('i', 'u') WHERE " +
        each_of("m3", unique, " IS NOT NULL") + ") d WHERE d.n > 1)";
    sql +=
        "; " + hold_where(task, names, foreseeable(task),
                          each_of("m", unique, " IS NOT NULL") + " AND (" + in_target + " OR " + among_themselves + ")",
                          "23505", "unique_violation",
                          literal("another row has the same " + columns + ", which must be unique in the target"),
                          "give one of the two rows another value at the source; it goes in as soon as the value is "
                          "free");
  }
  return sql;
}

std::string vacate_values(const TableTask& task, const TemporaryNames& names) {
  const std::string& rows = rows_of(task, names);
  std::string sql;
  for (const auto& unique : task.unique_keys) {
    std::vector<std::string> sets;
    for (const auto& column : task.columns)
      if (!column.not_null && !column.key && column.updatable &&
          std::ranges::find(unique, column.target) != unique.end())
        sets.push_back(quoted(column.target) + " = NULL");
    if (sets.empty()) continue;
    sql +=
        (sql.empty() ? "" : "; ") +
        ("WITH moved AS (UPDATE " + quoted(task.target) + " t SET " + joined(sets, ", ") + " FROM " + names.verdict +
         " v JOIN " + rows +
         " m ON m.ctid = v.staged WHERE v.verdict = 'u' AND t.ctid = v.existing AND t.tableoid = "
         "v.part AND t.xmin = v.version AND " +
         images_of("t", unique) + " *<> " + images_of("m", unique) + " AND EXISTS (SELECT FROM " + rows + " m2 JOIN " +
         names.verdict + " v2 ON v2.staged = m2.ctid AND v2.verdict = 'u' WHERE " + equal("m2", unique, "t", unique) +
         " AND v2.existing <> v.existing) RETURNING v.staged AS staged, t.ctid AS "
         "now) UPDATE " +
         names.verdict +
         " v SET existing = moved.now, version = (pg_catalog.txid_current() & 4294967295)::text::xid FROM moved WHERE "
         "v.staged = moved.staged");
  }
  return sql;
}

std::string make_image_by_trial(const TableTask& task, const TemporaryNames& names, const Extraction& how,
                                const Trial& trial) {
  if (!task.converts()) return "";
  const std::string range = " FROM " + todo(names) + " v JOIN " + names.stage +
                            " s ON s.ctid = v.staged WHERE v.n BETWEEN pgtide_from AND pgtide_to";
  std::string which;
  const auto misfits = misfits_of(task, which);
  std::string attempt;
  if (!misfits.empty())
    attempt = "pgtide_which := NULL; SELECT CASE" + which + " END INTO pgtide_which" + range + " AND (" +
              joined(misfits, " OR ") +
              ") LIMIT 1; IF pgtide_which IS NOT NULL THEN RAISE EXCEPTION USING ERRCODE = "
              "'22000', COLUMN = pgtide_which; END IF; ";
  attempt += fill_image(task, names, how, range) + ";";
  return create_image(task, names, how) + "; CREATE TEMPORARY TABLE " + todo(names) +
         " ON COMMIT DROP AS SELECT row_number() OVER () AS n, s.ctid AS staged FROM " + names.stage +
         " s; CREATE INDEX ON " + todo(names) + " (n); ANALYZE " + todo(names) + "; " + create_probe(names) + by_place +
         try_all(names, attempt, trial) + as_usual + "; DROP TABLE " + todo(names);
}

std::string write_by_trial(const TableTask& task, const TemporaryNames& names,
                           const std::vector<std::string>& late_columns, const Trial& trial) {
  TemporaryNames trying = names;
  trying.verdict = todo(names);
  const std::string range = " AND v.n BETWEEN pgtide_from AND pgtide_to";
  std::string attempt;
  if (task.direction == Direction::forward)
    attempt += update(task, trying, range) + "; GET DIAGNOSTICS pgtide_count = ROW_COUNT; ";
  else
    attempt += "pgtide_count := 0; ";
  attempt += insert(task, trying, late_columns, range) +
             "; GET DIAGNOSTICS pgtide_count_2 = ROW_COUNT; IF pgtide_count + pgtide_count_2 <> pgtide_to - "
             "pgtide_from + 1 THEN RAISE EXCEPTION USING ERRCODE = '23000'; END IF;";
  return "CREATE TEMPORARY TABLE " + todo(names) +
         " ON COMMIT DROP AS SELECT row_number() OVER (ORDER BY v.verdict DESC, v.staged) AS n, v.* FROM " +
         names.verdict + " v WHERE v.verdict IN ('i', 'u'); CREATE INDEX ON " + todo(names) + " (n); ANALYZE " +
         todo(names) + "; " + create_probe(names) + by_place + try_all(names, attempt, trial) + as_usual;
}

std::string read_failures(const TemporaryNames& names) {
  return "SELECT sqlstate, constraint_name, column_name, message, pg_catalog.array_agg(staged) AS staged FROM " +
         probe(names) + " GROUP BY 1, 2, 3, 4";
}

std::string drop_failures(const TemporaryNames& names) { return "DROP TABLE " + probe(names); }

std::string hold_staged(const TableTask& task, const TemporaryNames& names) {
  return "WITH gone AS (DELETE FROM " + names.stage +
         " s USING (SELECT f.staged, c.reason, c.sqlstate, c.detail, c.hint " + complaints +
         ") x WHERE x.staged = s.ctid RETURNING " + row_key(task, "s") + " AS row_key, " + row_data(task, "s") +
         " AS row_data, x.reason, x.sqlstate, x.detail, x.hint) INSERT INTO " + held(names) + " SELECT * FROM gone";
}

std::string hold_judged(const TableTask& task, const TemporaryNames& names) {
  return "WITH bad AS (UPDATE " + names.verdict + " v SET verdict = 'q' FROM " + rows_of(task, names) +
         " m, (SELECT f.staged, c.reason, c.sqlstate, c.detail, c.hint " + complaints +
         ") x WHERE x.staged = v.staged AND m.ctid = v.staged RETURNING " + row_key(task, "m") + " AS row_key, " +
         row_data(task, "m") + " AS row_data, x.reason, x.sqlstate, x.detail, x.hint) INSERT INTO " + held(names) +
         " SELECT * FROM bad";
}

std::string release_held(const TableTask& task, const TemporaryNames& names, bool any_held, std::int64_t run_id) {
  return without_nested_loops(
      "WITH staged AS (SELECT " + row_key(task, "m") + " AS row_key, min(v.verdict) AS verdict FROM " +
      rows_of(task, names) + " m LEFT JOIN " + names.verdict +
      " v ON v.staged = m.ctid GROUP BY 1), released AS (DELETE FROM pgtide.quarantine q USING staged s WHERE q.map "
      "= " +
      literal(task.map) + " AND q.direction = " + literal(engine::name_of(task.direction)) +
      " AND q.table_name = " + literal(task.title) + " AND q.last_seen_run <> " +
      std::to_string(run_id) +  // another row of the same key may have been held back just now
      " AND q.reason <> 'duplicate_key' AND hashtextextended(q.row_key::text, 0) = "
      "hashtextextended(s.row_key::text, 0) AND q.row_key = s.row_key" +
      (any_held ? " AND q.row_key NOT IN (SELECT h.row_key FROM " + held(names) + " h)" : "") +
      " RETURNING q.row_key, q.reason, s.verdict) INSERT INTO pgtide.event (run_id, table_name, event_type, status, "
      "message, payload) SELECT " +
      std::to_string(run_id) + ", " + literal(task.title) +
      ", 'quarantine_left', 'ok', CASE WHEN verdict IN ('i', 'u') THEN 'the row was written' WHEN verdict IN ('c', "
      "'b', 'm') THEN 'the row is in conflict now' ELSE 'the row needs nothing any more' END, "
      "jsonb_build_object('row_key', row_key, 'reason', reason, 'became', CASE verdict WHEN 'i' THEN 'inserted' "
      "WHEN "
      "'u' THEN 'updated' WHEN 'c' THEN 'conflict' WHEN 'b' THEN 'conflict' WHEN 'm' THEN 'conflict' ELSE "
      "'unchanged' END) FROM released");
}

std::string spare_for_held(const TableTask& task, const TemporaryNames& names, const std::vector<std::string>& others) {
  if (task.match.empty()) return "";
  const std::string key = row_key(task, "t");
  return "WITH surplus AS (SELECT v.existing, v.part, " + key + " AS row_key, row_number() OVER (PARTITION BY " + key +
         " ORDER BY v.existing) AS n FROM " + names.verdict + " v JOIN " + quoted(task.target) +
         " t ON t.ctid = v.existing AND t.tableoid = v.part WHERE v.verdict IN ('d', 'x', 'f')), wanted AS (SELECT "
         "row_key, count(*) AS rows FROM (SELECT row_key FROM " +
         held(names) + " UNION ALL SELECT pg_catalog.jsonb_array_elements(" + literal("[" + joined(others, ",") + "]") +
         "::jsonb)) h GROUP BY 1) DELETE FROM " + names.verdict +
         " v USING surplus s JOIN wanted w ON w.row_key = s.row_key AND s.n <= w.rows WHERE v.verdict IN ('d', 'x', "
         "'f') AND v.existing = s.existing AND v.part = s.part; " +
         count_verdicts(task, names);
}

std::string held_rows(const TemporaryNames& names) { return held(names); }

}  // namespace engine::plan::statements
