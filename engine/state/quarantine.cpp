#include "engine/state/quarantine.hpp"

#include "engine/postgres/script.hpp"

namespace engine::state {

namespace {

using postgres::array_literal;

// The UTC day of the greatest stamp in row_data of `g`; values that are no finite stamp do not count. Text with a zone
// says itself which moment it is.
const std::string day_of_row =
    "(SELECT (max(CASE WHEN v.stamp ~ '[0-9]:[0-9].*[+-][0-9][0-9](:[0-9]+)*$' THEN v.stamp::timestamptz ELSE "
    "v.stamp::timestamp AT TIME ZONE v.zone END) AT TIME ZONE 'UTC')::date FROM (SELECT g.row_data ->> c.name AS "
    "stamp, "
    "s.stamp_zone AS zone FROM stamps s, unnest(s.stamp_columns) c (name) OFFSET 0) v WHERE v.stamp ~ "
    "'^[0-9]{4,6}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+([+-][0-9][0-9](:[0-9]+)*)?)?$')";

// What waits is joined with what comes: of rows with the same key the n-th with the n-th. $1 map, $2 direction, $3
// table, $4 run, $5 tries.
Held hold(postgres::Session& session, const std::string& given, postgres::Params params, const Scope& scope,
          const std::string& table, std::int64_t run_id, int tries) {
  params.insert(params.begin(), {scope.map, scope.way(), table, std::to_string(run_id), std::to_string(tries)});
  // Nobody has counted these rows: they are taken for few, and joined row by row.
  session.run_script("SET LOCAL enable_nestloop = off");
  const auto done = session.run(
      "WITH stamps AS (SELECT stamp_columns, stamp_zone FROM pgtide.watermark WHERE map = $1 AND direction = $2 AND "
      "table_name = $3), given AS (" +
          given + "), wanted AS (SELECT g.*, " + day_of_row +
          " AS row_day, row_number() OVER (PARTITION BY row_key, reason = 'duplicate_key' ORDER BY "
          "row_data) "
          "AS n FROM given g WHERE NOT EXISTS (SELECT FROM pgtide.discarded d WHERE d.map = $1 AND d.direction = $2 "
          "AND "
          "d.table_name = $3 AND hashtextextended(d.row_key::text, 0) = hashtextextended(g.row_key::text, 0) AND "
          "d.row_key = g.row_key AND d.contents = md5(g.row_data::text))), "
          "waiting AS (SELECT q.quarantine_id, q.row_key, q.row_data, q.reason, row_number() OVER (PARTITION BY "
          "q.row_key, q.reason = 'duplicate_key' ORDER BY q.row_data) AS n FROM pgtide.quarantine q WHERE q.map = $1 "
          "AND q.direction = $2 AND q.table_name = $3 AND hashtextextended(q.row_key::text, 0) IN (SELECT "
          "hashtextextended(row_key::text, 0) FROM given)), "
          "pairs AS (SELECT w.*, q.quarantine_id FROM wanted w LEFT JOIN waiting q ON q.row_key = w.row_key AND "
          "(q.reason = 'duplicate_key') = (w.reason = 'duplicate_key') AND q.n = w.n), "
          "again AS (UPDATE pgtide.quarantine q SET row_data = p.row_data, row_day = p.row_day, reason = p.reason, "
          "sqlstate = p.sqlstate, "
          "detail = p.detail, hint = p.hint, last_tried = clock_timestamp(), last_seen_run = $4::bigint, attempts = "
          "CASE WHEN q.row_data <> p.row_data THEN 1 WHEN q.last_seen_run = $4::bigint THEN q.attempts ELSE q.attempts "
          "+ 1 END, given_up = q.row_data = p.row_data AND p.reason <> 'duplicate_key' AND CASE WHEN q.last_seen_run = "
          "$4::bigint THEN q.attempts ELSE q.attempts + 1 END >= $5::integer FROM pairs p WHERE p.quarantine_id = "
          "q.quarantine_id RETURNING 1), "
          "fresh AS (INSERT INTO pgtide.quarantine (map, direction, table_name, row_key, row_data, reason, sqlstate, "
          "detail, hint, last_seen_run, given_up, row_day) SELECT $1, $2, $3, row_key, row_data, reason, sqlstate, "
          "detail, hint, $4::bigint, $5::integer = 1 AND reason <> 'duplicate_key', row_day FROM pairs WHERE "
          "quarantine_id IS NULL RETURNING "
          "1) SELECT (SELECT count(*) FROM fresh) AS fresh, (SELECT count(*) FROM again) AS again, (SELECT count(*) "
          "FROM given) AS given",
      params);
  session.run_script("SET LOCAL enable_nestloop TO DEFAULT");
  Held held;
  held.fresh = done.number(0, "fresh");
  held.again = done.number(0, "again");
  held.discarded = done.number(0, "given") - held.fresh - held.again;
  return held;
}

}  // namespace

Held hold_rows(postgres::Session& session, const Scope& scope, const std::string& table, std::int64_t run_id, int tries,
               const std::vector<HeldRow>& rows) {
  if (rows.empty()) return {};
  std::vector<std::string> keys, data, reasons, states, details, hints;
  for (const auto& row : rows) {
    keys.push_back(row.row_key);
    data.push_back(row.row_data);
    reasons.push_back(row.reason);
    states.push_back(row.sqlstate);
    details.push_back(row.detail);
    hints.push_back(row.hint);
  }
  return hold(
      session,
      "SELECT row_key, row_data, reason, nullif(sqlstate, '') AS sqlstate, detail, hint FROM unnest($6::jsonb[], "
      "$7::jsonb[], $8::text[], $9::text[], $10::text[], $11::text[]) g (row_key, row_data, reason, sqlstate, "
      "detail, hint)",
      {array_literal(keys), array_literal(data), array_literal(reasons), array_literal(states), array_literal(details),
       array_literal(hints)},
      scope, table, run_id, tries);
}

Held hold_rows_of(postgres::Session& session, const Scope& scope, const std::string& table, std::int64_t run_id,
                  int tries, const std::string& relation) {
  return hold(session,
              "SELECT row_key, row_data, reason, nullif(sqlstate, '') AS sqlstate, detail, hint FROM " + relation, {},
              scope, table, run_id, tries);
}

namespace {

std::map<std::string, std::vector<std::string>> read_due(postgres::Session& session, const Scope& scope,
                                                         const std::string& and_also) {
  const auto found = session.run(
      "SELECT DISTINCT table_name, row_key::text AS row_key FROM pgtide.quarantine WHERE map = $1 AND direction = $2 "
      "AND NOT given_up" +
          and_also + " ORDER BY 1, 2",
      {scope.map, scope.way()});
  std::map<std::string, std::vector<std::string>> keys;
  for (std::size_t i = 0; i < found.size(); ++i) keys[found.text(i, "table_name")].push_back(found.text(i, "row_key"));
  return keys;
}

}  // namespace

std::map<std::string, std::vector<std::string>> read_due_rows(postgres::Session& session, const Scope& scope) {
  return read_due(session, scope, "");
}

std::map<std::string, std::vector<std::string>> read_due_orphans(postgres::Session& session, const Scope& scope) {
  return read_due(session, scope, " AND reason = 'foreign_key_violation'");
}

std::map<std::string, std::int64_t> count_held_rows(postgres::Session& session, const Scope& scope) {
  const auto found = session.run(
      "SELECT table_name, count(*) AS rows FROM pgtide.quarantine WHERE map = $1 AND direction = $2 GROUP BY 1",
      {scope.map, scope.way()});
  std::map<std::string, std::int64_t> rows;
  for (std::size_t i = 0; i < found.size(); ++i) rows[found.text(i, "table_name")] = found.number(i, "rows");
  return rows;
}

std::int64_t count_waiting_rows(postgres::Session& session, const Scope& scope,
                                const std::vector<std::string>& tables) {
  return session
      .run(
          "SELECT count(*) AS waiting FROM pgtide.quarantine WHERE map = $1 AND direction = $2 AND table_name = ANY "
          "($3::text[])",
          {scope.map, scope.way(), postgres::array_literal(tables)})
      .number(0, "waiting");
}

std::string discarding_tables_statement(const Scope& scope) {
  return postgres::bound("SELECT DISTINCT table_name FROM pgtide.discarded WHERE map = $1 AND direction = $2",
                         {scope.map, scope.way()});
}

std::set<std::string> discarding_tables(postgres::Session& session, const Scope& scope) {
  const auto found = session.run(discarding_tables_statement(scope));
  std::set<std::string> tables;
  for (std::size_t i = 0; i < found.size(); ++i) tables.insert(found.text(i, "table_name"));
  return tables;
}

RowsInState rows_in_state(postgres::Session& session, const Scope& scope, const std::string& table) {
  const auto found = session.run(
      "SELECT 'waiting' AS what, row_key, max(reason) AS reason FROM pgtide.quarantine WHERE map = $1 AND direction = "
      "$2 AND "
      "table_name = $3 GROUP BY row_key UNION ALL SELECT DISTINCT 'discarded', row_key, '' FROM pgtide.discarded WHERE "
      "map = $1 "
      "AND direction = $2 AND table_name = $3 UNION ALL SELECT 'cloud', row_key, '' FROM (SELECT DISTINCT ON "
      "(row_key::text) "
      "row_key, resolution FROM pgtide.conflict WHERE map = $1 AND direction = $2 AND table_name = $3 AND resolved_at "
      "IS NOT "
      "NULL ORDER BY row_key::text, conflict_id DESC) c WHERE resolution = 'cloud'",
      {scope.map, scope.way(), table});
  RowsInState rows;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::string &what = found.text(i, "what"), &key = found.text(i, "row_key");
    if (what == "waiting")
      rows.waiting[key] = found.text(i, "reason");
    else
      (what == "cloud" ? rows.left_to_cloud : rows.discarded).insert(key);
  }
  for (const auto& [key, reason] : rows.waiting) rows.discarded.erase(key);
  return rows;
}

std::int64_t close_quarantine(postgres::Session& session, const Scope& scope, const std::string& table,
                              std::int64_t run_id, bool all) {
  return session
      .run(
          "WITH gone AS (DELETE FROM pgtide.quarantine WHERE map = $1 AND direction = $2 AND table_name = $3 AND "
          "last_seen_run <> $4::bigint" +
              std::string(all ? "" : " AND NOT given_up") +
              " RETURNING row_key, reason) INSERT INTO pgtide.event (run_id, table_name, event_type, status, message, "
              "payload) SELECT $4::bigint, $3, 'quarantine_left', 'ok', 'the row is gone or mended at the source', "
              "jsonb_build_object('row_key', row_key, 'reason', reason, 'became', 'gone') FROM gone",
          {scope.map, scope.way(), table, std::to_string(run_id)})
      .affected;
}

}  // namespace engine::state
