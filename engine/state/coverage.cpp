#include "engine/state/coverage.hpp"

#include "engine/embedded_sql.hpp"

namespace engine::state {
namespace {

// The UTC day of the first run of map $1 and direction $2. Old runs may have been removed from the history; the rows
// of watermark stay.
const std::string first_day =
    "SELECT (least((SELECT min(started_at) FROM pgtide.run WHERE map = $1 AND direction = $2), (SELECT min(created_at) "
    "FROM pgtide.watermark WHERE map = $1 AND direction = $2 AND last_sync_attempt IS NOT NULL)) AT TIME ZONE "
    "'UTC')::date AS first_day";

const std::string mine = "map = $1 AND direction = $2 AND table_name = $3";
const std::string items = "SELECT coalesce(sum(items_synced), 0)::bigint FROM pgtide.coverage WHERE " + mine;

}  // namespace

void note_covered(postgres::Session& session, const Scope& scope, const std::string& table,
                  std::optional<std::int64_t> rows) {
  if (rows)
    session.later(
        "UPDATE pgtide.watermark SET covered_rows = $4::bigint, covered_items = (" + items + ") WHERE " + mine,
        {scope.map, scope.way(), table, std::to_string(*rows)});
  else
    session.later("UPDATE pgtide.watermark SET covered_rows = NULL, covered_items = NULL WHERE " + mine +
                      " AND covered_rows IS NOT NULL",
                  {scope.map, scope.way(), table});
}

std::optional<std::int64_t> covered_rows(postgres::Session& session, const Scope& scope, const std::string& table) {
  const auto found = session.run("SELECT covered_rows FROM pgtide.watermark WHERE " + mine +
                                     " AND covered_rows IS NOT NULL AND covered_items = (" + items + ")",
                                 {scope.map, scope.way(), table});
  return found.size() == 0 ? std::nullopt : std::optional(found.number(0, "covered_rows"));
}

void confirm_coverage(postgres::Session& session, const Scope& scope, const std::string& table) {
  record_coverage(session, scope, table, {}, false);
  session.later(
      "UPDATE pgtide.coverage SET synced_at = clock_timestamp() WHERE map = $1 AND direction = $2 AND table_name = $3",
      {scope.map, scope.way(), table});
}

void record_coverage(postgres::Session& session, const Scope& scope, const std::string& table, const RowsByDay& rows,
                     bool whole) {
  std::vector<std::string> days, counts;
  for (const auto& [day, count] : rows) {
    days.push_back(day);
    counts.push_back(std::to_string(count));
  }
  const std::string wholly = whole ? "true" : "false";
  session.later(
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

std::vector<CoveredTable> read_coverage(postgres::Session& session, const Scope& scope,
                                        const std::vector<std::string>& tables, const std::string& since,
                                        const std::string& until) {
  const auto bound = [](const std::string& day) { return day.empty() ? std::nullopt : std::optional(day); };
  const std::string names = postgres::array_literal(tables);
  const auto found = session.run(std::string(sql::state_covered_tables), {scope.map, scope.way(), names});
  std::vector<CoveredTable> covered;
  std::map<std::string, std::size_t> places;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto day = [&](const char* column) { return found.cell(i, column).value_or(""); };
    places.emplace(found.text(i, "table_name"), covered.size());
    covered.push_back({scope,
                       found.text(i, "table_name"),
                       day("first_day"),
                       day("today"),
                       day("tried_day"),
                       day("succeeded_day"),
                       found.flag(i, "has_stamps"),
                       found.number(i, "waiting_undated"),
                       {}});
  }
  const auto days =
      session.run(std::string(sql::state_covered_days), {scope.map, scope.way(), names, bound(since), bound(until)});
  for (std::size_t i = 0; i < days.size(); ++i) {
    const auto place = places.find(days.text(i, "table_name"));
    if (place == places.end()) continue;
    covered[place->second].days.push_back(
        {days.text(i, "day"), days.cell(i, "synced_at").value_or(""),
         days.cell(i, "items_synced") ? std::optional(days.number(i, "items_synced")) : std::nullopt,
         days.number(i, "waiting")});
  }
  return covered;
}

void set_coverage(postgres::Session& session, const Scope& scope, const std::string& table, const RowsByDay& rows,
                  const std::string& since, const std::string& until) {
  std::vector<std::string> days, counts;
  for (const auto& [day, count] : rows) {
    days.push_back(day);
    counts.push_back(std::to_string(count));
  }
  session.later(
      "WITH arrived AS (SELECT d::date AS day, n::bigint AS items FROM unnest($4::text[], $5::text[]) AS a (d, n)), "
      "bounds AS (SELECT greatest((min(started_at) AT TIME ZONE 'UTC')::date, $6::date) AS first_day, "
      "least((clock_timestamp() AT TIME ZONE 'UTC')::date, $7::date) AS last_day FROM pgtide.run WHERE map = $1 AND "
      "direction = $2), "
      "days AS (SELECT day, items FROM arrived WHERE day BETWEEN $6::date AND $7::date UNION ALL "
      "SELECT g::date, 0 FROM bounds, generate_series(first_day::timestamp, last_day::timestamp, '1 day') g UNION ALL "
      "SELECT sync_date, 0 FROM pgtide.coverage WHERE map = $1 AND direction = $2 AND table_name = $3 AND sync_date "
      "BETWEEN $6::date AND $7::date) "
      "INSERT INTO pgtide.coverage (map, direction, table_name, sync_date, synced_at, items_synced) "
      "SELECT $1, $2, $3, day, clock_timestamp(), max(items) FROM days GROUP BY day "
      "ON CONFLICT (map, direction, table_name, sync_date) DO UPDATE SET synced_at = excluded.synced_at, "
      "items_synced = excluded.items_synced",
      {scope.map, scope.way(), table, postgres::array_literal(days), postgres::array_literal(counts), since, until});
}

}  // namespace engine::state
