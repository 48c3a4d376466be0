#include "engine/state/glance.hpp"

#include "engine/postgres/script.hpp"

namespace engine::state {

using postgres::array_literal;
using postgres::bound;

void store_glance(postgres::Session& session, const Scope& scope, const Glance& glance) {
  std::vector<std::string> names, counted, schemas, tables;
  for (const auto& [title, table] : glance.tables) {
    std::vector<std::string> read_schemas, read_names;
    for (const auto& read : table.reads) {
      read_schemas.push_back(read.schema);
      read_names.push_back(read.name);
    }
    names.push_back(title);
    counted.emplace_back(table.counted ? "true" : "false");
    schemas.push_back(array_literal(read_schemas));
    tables.push_back(array_literal(read_names));
  }
  forget_glance(session, scope);
  session.run_script(bound(
      "INSERT INTO pgtide.glance (map, direction, map_print, source_print, target_print, warnings) VALUES ($1, $2, "
      "$3, $4, $5, $6); INSERT INTO pgtide.glance_table (map, direction, table_name, counted, read_schemas, "
      "read_names) SELECT $1, $2, t, c, s::text[], n::text[] FROM unnest($7::text[], $8::boolean[], $9::text[], "
      "$10::text[]) u (t, c, s, n)",
      {scope.map, scope.way(), glance.map_print, glance.source_print, glance.target_print,
       array_literal(glance.warnings), array_literal(names), array_literal(counted), array_literal(schemas),
       array_literal(tables)}));
}

void forget_glance(postgres::Session& session, const Scope& scope) {
  session.later("DELETE FROM pgtide.glance WHERE map = $1 AND direction = $2", {scope.map, scope.way()});
}

std::string glance_statement(const Scope& scope) {
  return bound(
      "SELECT map_print, source_print, target_print, warnings FROM pgtide.glance WHERE map = $1 AND direction = $2",
      {scope.map, scope.way()});
}

std::string glanced_tables_statement(const Scope& scope) {
  return bound(
      "SELECT table_name AS glanced_table, counted, read_schemas, read_names FROM pgtide.glance_table "
      "WHERE map = $1 AND direction = $2",
      {scope.map, scope.way()});
}

std::optional<Glance> glance_of(const postgres::Result& glance, const postgres::Result& tables) {
  if (glance.empty()) return std::nullopt;
  Glance seen{glance.text(0, "map_print"),
              glance.text(0, "source_print"),
              glance.text(0, "target_print"),
              postgres::array_elements(glance.text(0, "warnings")),
              {}};
  for (std::size_t i = 0; i < tables.size(); ++i) {
    auto& table = seen.tables[tables.text(i, "glanced_table")];
    table.counted = tables.flag(i, "counted");
    const auto schemas = postgres::array_elements(tables.text(i, "read_schemas"));
    const auto names = postgres::array_elements(tables.text(i, "read_names"));
    for (std::size_t n = 0; n < schemas.size(); ++n) table.reads.push_back({schemas[n], names.at(n)});
  }
  return seen;
}

std::string unrest_statement(const Scope& scope, const std::vector<std::string>& tables) {
  const std::string of_scope = " WHERE map = $1 AND direction = $2";
  return bound(
      "SELECT concat_ws(', ', "
      "CASE WHEN EXISTS (SELECT FROM pgtide.run" +
          of_scope +
          " AND finished_at IS NULL) THEN 'a run has no end' END, "
          "CASE WHEN EXISTS (SELECT FROM pgtide.progress" +
          of_scope +
          ") THEN 'a table broke off' END, "
          "CASE WHEN EXISTS (SELECT FROM pgtide.conflict" +
          of_scope +
          " AND resolved_at IS NULL) THEN 'conflicts wait' END, "
          "CASE WHEN EXISTS (SELECT FROM pgtide.quarantine" +
          of_scope +
          ") THEN 'rows wait' END, "
          "CASE WHEN EXISTS (SELECT FROM pgtide.rebuild" +
          of_scope +
          " AND problem IS NULL) THEN 'indexes are to be made again' END, "
          "CASE WHEN EXISTS (SELECT FROM unnest($3::text[]) t LEFT JOIN pgtide.watermark w ON w.map = $1 AND "
          "w.direction = $2 "
          "AND w.table_name = t WHERE w.sync_status IS DISTINCT FROM 'completed' OR w.guarantee <> 'exact' OR "
          "w.stamped_until IS NOT NULL OR w.known_since IS NULL) THEN 'a table is not complete' END, "
          "CASE WHEN EXISTS (SELECT FROM unnest($3::text[]) t LEFT JOIN pgtide.known_table k ON k.map = $1 AND "
          "k.direction = $2 "
          "AND k.table_name = t WHERE k.adopting IS DISTINCT FROM false) THEN 'a table was not compared whole yet' END"
          ") AS unrest, pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC', "
          "'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS began, (SELECT string_agg(database, ', ') FROM pgtide.home) AS home",
      {scope.map, scope.way(), array_literal(tables)});
}

std::string remembered_statement(const Scope& scope) {
  return bound(
      "SELECT k.table_name AS known_title, k.table_oid AS known_oid, EXISTS (SELECT FROM pgtide.known_row r WHERE "
      "r.known_id = k.known_id) AS has_settled, (SELECT count(*) FROM pgtide.known_pack p WHERE p.known_id = "
      "k.known_id) AS packs FROM pgtide.known_table k WHERE k.map = $1 AND k.direction = $2",
      {scope.map, scope.way()});
}

std::string other_maps_statement(const Scope& scope) {
  return bound(
      "SELECT pg_catalog.md5(coalesce(string_agg(concat_ws('|', map, direction, table_name, table_oid, key_columns, "
      "hash, "
      "keyless, removes), ';' ORDER BY known_id), '')) AS others FROM pgtide.known_table WHERE map <> $1",
      {scope.map});
}

namespace {

// The watermarks and days of tables that are complete as of `observed_at`. `began`: empty where that was noted already.
std::string complete_tables_script(const Scope& scope, const std::string& began, const std::string& observed_at,
                                   const std::vector<std::string>& tables) {
  return bound(
      "UPDATE pgtide.watermark SET last_sync_timestamp = greatest(last_sync_timestamp, $4::timestamptz), sync_status = "
      "'completed', error_count = 0, last_error = NULL, last_error_code = NULL, next_retry_at = NULL, "
      "last_sync_attempt "
      "= coalesce($3::timestamptz, last_sync_attempt), last_successful_sync = clock_timestamp(), updated_at = "
      "clock_timestamp() WHERE map = $1 AND direction = $2 AND table_name = ANY ($5::text[]); "
      "WITH bounds AS (SELECT (least((SELECT min(started_at) FROM pgtide.run WHERE map = $1 AND direction = $2), "
      "(SELECT "
      "min(created_at) FROM pgtide.watermark WHERE map = $1 AND direction = $2 AND last_sync_attempt IS NOT NULL)) AT "
      "TIME ZONE 'UTC')::date AS first_day) INSERT INTO pgtide.coverage (map, direction, table_name, sync_date, "
      "synced_at, "
      "items_synced) SELECT $1, $2, t, g::date, clock_timestamp(), 0 FROM bounds, "
      "generate_series(first_day::timestamp, "
      "clock_timestamp() AT TIME ZONE 'UTC', '1 day') g, unnest($5::text[]) t WHERE NOT EXISTS (SELECT FROM "
      "pgtide.coverage c WHERE c.map = $1 AND c.direction = $2 AND c.table_name = t AND c.sync_date = g::date) ON "
      "CONFLICT "
      "DO NOTHING",
      {scope.map, scope.way(), began.empty() ? std::nullopt : std::optional(began), observed_at,
       array_literal(tables)});
}

}  // namespace

std::string idle_run_script(const Scope& scope, const IdleRun& run) {
  return complete_tables_script(scope, run.began, run.observed_at, run.tables) +
         bound(
             "; DELETE FROM pgtide.own_xact WHERE map = $1 AND xid < "
             "pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()) - 2147483648; "
             "WITH r AS (INSERT INTO pgtide.run (map, direction, mode, status, started_at, finished_at, exit_status) "
             "VALUES ($1, $2, $3, 'ok', $4::timestamptz, clock_timestamp(), 0) RETURNING run_id, finished_at), "
             "e AS (INSERT INTO pgtide.event (run_id, event_type, status, message, created_at) SELECT run_id, "
             "'run_started', 'ok', $3, $4::timestamptz FROM r UNION ALL SELECT run_id, 'run_finished', 'ok', NULL, "
             "finished_at FROM r), "
             "t AS (INSERT INTO pgtide.table_run (run_id, table_name, status, duration_ms, round_trips) SELECT run_id, "
             "name, 'ok', $6::bigint, CASE number WHEN 1 THEN $7::bigint ELSE 0 END FROM r, unnest($5::text[]) WITH "
             "ORDINALITY u (name, number)) "
             "SELECT run_id, pg_catalog.to_char(finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') "
             "AS "
             "finished FROM r",
             {scope.map, scope.way(), std::string(name_of(run.mode)), run.began, array_literal(run.tables),
              std::to_string(run.duration_ms), std::to_string(run.round_trips)});
}

std::string quiet_tables_script(const Scope& scope, std::int64_t run_id, const std::string& observed_at,
                                const std::vector<std::string>& tables) {
  return complete_tables_script(scope, "", observed_at, tables) +
         bound(
             "; INSERT INTO pgtide.table_run (run_id, table_name, status) SELECT $1::bigint, t, 'ok' FROM "
             "unnest($2::text[]) t ON CONFLICT DO NOTHING",
             {std::to_string(run_id), array_literal(tables)});
}

std::string move_cursors_statement(const Scope& scope, const std::vector<std::string>& tables, std::int64_t next_xid,
                                   const std::string& unfinished, const std::string& run_id) {
  return bound("UPDATE pgtide.cursor SET next_xid = $4, unfinished_xids = $5, exact_at = clock_timestamp(), run_id = " +
                   run_id + " WHERE map = $1 AND direction = $2 AND table_name = ANY ($3::text[])",
               {scope.map, scope.way(), array_literal(tables), std::to_string(next_xid), unfinished});
}

std::string newest_run(const Scope& scope) {
  return bound("(SELECT max(run_id) FROM pgtide.run WHERE map = $1 AND direction = $2)", {scope.map, scope.way()});
}

}  // namespace engine::state
