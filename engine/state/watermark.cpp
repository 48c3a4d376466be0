#include "engine/state/watermark.hpp"

#include "engine/postgres/script.hpp"

namespace engine::state {

std::string watermarks_statement(const Scope& scope) {
  const auto iso_of = [](const std::string& value, const std::string& name) {
    return "pg_catalog.to_char(" + value + " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS " + name;
  };
  const auto iso = [&](const std::string& column) { return iso_of(column, column); };
  // A state of an older version, which is looked at before anybody has upgraded it, does not have all columns.
  const auto later = [](const std::string& column) { return "pg_catalog.to_jsonb(w) ->> '" + column + "'"; };
  return postgres::bound("SELECT table_name, " + iso("last_sync_timestamp") + ", " + iso("newest_row") +
                             ", sync_status, guarantee, " + iso("last_sync_attempt") + ", " +
                             iso("last_successful_sync") + ", error_count, last_error, last_error_code, " +
                             iso("next_retry_at") + ", " + later("guarantee_why") + " AS guarantee_why, " +
                             later("note") + " AS note, " +
                             iso_of("(" + later("stamped_until") + ")::timestamptz", "stamped_until") +
                             ", CASE WHEN w.last_sync_timestamp > 'epoch' THEN "
                             "extract(epoch FROM clock_timestamp() - w.last_sync_timestamp) END AS age_seconds "
                             "FROM pgtide.watermark w WHERE map = $1 AND direction = $2 ORDER BY table_name",
                         {scope.map, scope.way()});
}

std::vector<WatermarkRow> watermarks_of(const postgres::Result& found) {
  std::vector<WatermarkRow> rows;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto age = found.cell(i, "age_seconds");
    rows.push_back({found.text(i, "table_name"), found.text(i, "last_sync_timestamp"), found.cell(i, "newest_row"),
                    found.text(i, "sync_status"), found.text(i, "guarantee"), found.cell(i, "last_sync_attempt"),
                    found.cell(i, "last_successful_sync"), found.number(i, "error_count"), found.cell(i, "last_error"),
                    age ? std::optional(std::stod(*age)) : std::nullopt, found.cell(i, "guarantee_why"),
                    found.cell(i, "note"), found.cell(i, "stamped_until"), found.cell(i, "last_error_code"),
                    found.cell(i, "next_retry_at")});
  }
  return rows;
}

std::vector<WatermarkRow> read_watermarks(postgres::Session& session, const Scope& scope) {
  return watermarks_of(session.run(watermarks_statement(scope)));
}

void ensure_watermarks(postgres::Session& session, const Scope& scope, const std::vector<std::string>& tables) {
  session.run(
      "INSERT INTO pgtide.watermark (map, direction, table_name) SELECT $1, $2, t FROM unnest($3::text[]) t "
      "WHERE NOT EXISTS (SELECT FROM pgtide.watermark w WHERE w.map = $1 AND w.direction = $2 AND w.table_name = t) "
      "ON CONFLICT DO NOTHING",
      {scope.map, scope.way(), postgres::array_literal(tables)});
}

void note_stamps(postgres::Session& session, const Scope& scope, const std::map<std::string, Stamps>& tables) {
  std::vector<std::string> names, columns, zones;
  for (const auto& [table, stamps] : tables) {
    names.push_back(table);
    columns.push_back(postgres::array_literal(stamps.columns));
    zones.push_back(stamps.zone);
  }
  session.later(
      "UPDATE pgtide.watermark w SET stamp_columns = n.columns::text[], stamp_zone = n.zone FROM unnest($3::text[], "
      "$4::text[], $5::text[]) n (name, columns, zone) WHERE w.map = $1 AND w.direction = $2 AND w.table_name = n.name "
      "AND (w.stamp_columns IS DISTINCT FROM n.columns::text[] OR w.stamp_zone IS DISTINCT FROM n.zone)",
      {scope.map, scope.way(), postgres::array_literal(names), postgres::array_literal(columns),
       postgres::array_literal(zones)});
}

std::string mark_in_progress_statement(const Scope& scope, const std::vector<std::string>& tables,
                                       const std::vector<std::string>& refused) {
  return postgres::bound(
      "UPDATE pgtide.watermark SET sync_status = 'in_progress', last_sync_attempt = clock_timestamp(), "
      "updated_at = clock_timestamp(), "
      "known_since = coalesce(known_since, CASE WHEN table_name <> ALL ($4::text[]) THEN "
      "pg_catalog.txid_snapshot_xmin(pg_catalog.txid_current_snapshot()) END) "
      "WHERE map = $1 AND direction = $2 AND table_name = ANY ($3::text[]) RETURNING table_name, CASE WHEN "
      "pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()) - known_since < 2147483648 THEN known_since "
      "ELSE least(known_since, -1) END AS known_since",
      {scope.map, scope.way(), postgres::array_literal(tables), postgres::array_literal(refused)});
}

std::map<std::string, capture::Xid> mark_in_progress(postgres::Session& session, const Scope& scope,
                                                     const std::vector<std::string>& tables,
                                                     const std::vector<std::string>& refused) {
  const auto marked = session.run(mark_in_progress_statement(scope, tables, refused));
  std::map<std::string, capture::Xid> known_since;
  for (std::size_t i = 0; i < marked.size(); ++i)
    if (marked.cell(i, "known_since")) known_since[marked.text(i, "table_name")] = marked.number(i, "known_since");
  return known_since;
}

void mark_completed(postgres::Session& session, const Scope& scope, const std::string& table, const Completed& done) {
  const auto text = [](const std::string& value) { return value.empty() ? std::nullopt : std::optional(value); };
  session.later(
      "UPDATE pgtide.watermark SET last_sync_timestamp = CASE WHEN $9::timestamptz IS NULL THEN "
      "greatest(last_sync_timestamp, $4::timestamptz) ELSE last_sync_timestamp END, "
      "newest_row = greatest(newest_row, $5::timestamptz), guarantee = $6, guarantee_why = $7, note = $8, "
      "stamped_until = $9::timestamptz, sync_status = 'completed', error_count = 0, "
      "last_error = NULL, last_error_code = NULL, next_retry_at = NULL, last_successful_sync = clock_timestamp(), "
      "updated_at = clock_timestamp() WHERE map = $1 AND direction = $2 AND table_name = $3",
      {scope.map, scope.way(), table, done.observed_at, done.newest_row, done.guarantee, text(done.guarantee_why),
       text(done.note), done.stamped_until});
}

void note_newest_row(postgres::Session& session, const Scope& scope, const std::string& table,
                     const std::string& newest_row) {
  session.later(
      "UPDATE pgtide.watermark SET newest_row = greatest(newest_row, $4::timestamptz), updated_at = clock_timestamp() "
      "WHERE map = $1 AND direction = $2 AND table_name = $3",
      {scope.map, scope.way(), table, newest_row});
}

void mark_failed(postgres::Session& session, const Scope& scope, const std::string& table,
                 const std::string& error_code, const std::string& error, bool worth_retrying) {
  session.later(
      "UPDATE pgtide.watermark SET sync_status = 'failed', error_count = error_count + 1, last_error = $5, "
      "last_error_code = $4, updated_at = clock_timestamp(), next_retry_at = CASE WHEN $6::boolean THEN "
      "clock_timestamp() + least(interval '1 minute' * power(2, least(error_count, 10)), interval '1 hour') END "
      "WHERE map = $1 AND direction = $2 AND table_name = $3",
      {scope.map, scope.way(), table, error_code, error, std::string(worth_retrying ? "true" : "false")});
}

void mark_untouched(postgres::Session& session, const Scope& scope, const std::string& table, const std::string& status,
                    const std::string& why) {
  session.later(
      "UPDATE pgtide.watermark SET sync_status = $4, last_error = $5, last_error_code = NULL, updated_at = "
      "clock_timestamp() "
      "WHERE map = $1 AND direction = $2 AND table_name = $3",
      {scope.map, scope.way(), table, status, why.empty() ? std::nullopt : std::optional(why)});
}

}  // namespace engine::state
