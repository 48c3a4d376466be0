#include "engine/state/coverage.hpp"

namespace engine::state {
namespace {

// The UTC day of the first run of map $1 and direction $2. Old runs may have been removed from the history; the rows
// of watermark stay.
const std::string first_day =
    "SELECT (least((SELECT min(started_at) FROM pgtide.run WHERE map = $1 AND direction = $2), (SELECT min(created_at) "
    "FROM pgtide.watermark WHERE map = $1 AND direction = $2 AND last_sync_attempt IS NOT NULL)) AT TIME ZONE "
    "'UTC')::date AS first_day";

}  // namespace

void record_coverage(postgres::Session& session, const Scope& scope, const std::string& table, const RowsByDay& rows,
                     bool whole) {
  std::vector<std::string> days, counts;
  for (const auto& [day, count] : rows) {
    days.push_back(day);
    counts.push_back(std::to_string(count));
  }
  const std::string wholly = whole ? "true" : "false";
  session.run(
      "WITH arrived AS (SELECT d::date AS day, n::bigint AS items FROM unnest($4::text[], $5::text[]) AS a (d, n)), "
      "bounds AS (" +
          first_day +
          "), "
          "known AS (SELECT sync_date FROM pgtide.coverage WHERE map = $1 AND direction = $2 AND table_name = $3), "
          // whole: also the days that had rows before and have none now
          "days AS (SELECT day, items FROM arrived UNION ALL "
          "  SELECT g::date, 0 FROM bounds, generate_series(first_day::timestamp, clock_timestamp() AT TIME ZONE "
          "'UTC', '1 "
          "day') g "
          "  WHERE g::date NOT IN (SELECT day FROM arrived) AND ($6::boolean OR g::date NOT IN (SELECT sync_date FROM "
          "known)) "
          "  UNION SELECT sync_date, 0 FROM known WHERE $6::boolean AND sync_date NOT IN (SELECT day FROM arrived)) "
          "INSERT INTO pgtide.coverage AS c (map, direction, table_name, sync_date, synced_at, items_synced) "
          "SELECT $1, $2, $3, day, clock_timestamp(), max(items) FROM days GROUP BY day "
          "ON CONFLICT (map, direction, table_name, sync_date) DO UPDATE SET synced_at = excluded.synced_at, "
          "items_synced = excluded.items_synced + CASE WHEN $6::boolean THEN 0 ELSE c.items_synced END",
      {scope.map, scope.way(), table, postgres::array_literal(days), postgres::array_literal(counts), wholly});
}

}  // namespace engine::state
