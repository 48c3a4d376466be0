#include "engine/state/waiting.hpp"

#include "engine/core/error.hpp"
#include "engine/state/access.hpp"
#include "engine/state/migrator.hpp"

namespace engine::state {
namespace {

using postgres::array_literal;
using postgres::Params;
using postgres::Result;

constexpr std::int64_t page = 1000;  // rows in memory at a time

std::string iso(const std::string& column) {
  return "pg_catalog.to_char(" + column + " AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS " + column;
}

std::string text_or_empty(const Result& rows, std::size_t i, const char* column) {
  return rows.cell(i, column).value_or("");
}

// $1 to $5: what is chosen. `kind` is the column that says why a row waits.
std::string is_chosen(const std::string& kind) {
  return "w.map = $1 AND w.direction = $2 AND ($3::text[] = '{}' OR w.table_name = ANY ($3::text[])) AND ($4::text[] = "
         "'{}' OR w." +
         kind +
         " = ANY ($4::text[])) AND ($5::jsonb IS NULL OR NOT EXISTS (SELECT FROM pg_catalog.jsonb_each_text($5::jsonb) "
         "g WHERE w.row_key ->> g.key IS DISTINCT FROM g.value))";
}

Params chosen(const Scope& scope, const Choice& choice) {
  return {scope.map, scope.way(), array_literal(choice.tables), array_literal(choice.kinds),
          choice.row_key.empty() ? std::nullopt : std::optional(choice.row_key)};
}

// Pages of a query whose rows have table_name and id, in that order; $6, $7 and $8 are where a page begins and how long
// it is.
void for_each_row(postgres::Session& session, const std::string& query, Params parameters, std::int64_t limit,
                  const std::function<void(const Result&, std::size_t)>& take) {
  const std::size_t own = parameters.size();
  parameters.insert(parameters.end(), {std::string(), "0", ""});
  for (std::int64_t left = limit;;) {
    const std::int64_t wanted = limit == 0 ? page : std::min(left, page);
    parameters[own + 2] = std::to_string(wanted);
    const auto rows = session.run(query +
                                      " AND (w.table_name, w.id) > ($6, $7::bigint) ORDER BY w.table_name, w.id "
                                      "LIMIT $8::bigint",
                                  parameters);
    for (std::size_t i = 0; i < rows.size(); ++i) take(rows, i);
    left -= static_cast<std::int64_t>(rows.size());
    if (static_cast<std::int64_t>(rows.size()) < wanted || (limit > 0 && left <= 0)) return;
    parameters[own] = rows.text(rows.size() - 1, "table_name");
    parameters[own + 1] = rows.text(rows.size() - 1, "id");
  }
}

std::vector<WaitingGroup> groups_of(const Result& found, Direction direction) {
  std::vector<WaitingGroup> groups;
  for (std::size_t i = 0; i < found.size(); ++i)
    groups.push_back({direction, found.text(i, "table_name"), found.text(i, "reason"), found.text(i, "detail"),
                      found.text(i, "hint"), found.number(i, "rows"), found.number(i, "given_up")});
  return groups;
}

// The columns that differ, of those that both sides have: a value counts as it is written, 1.0 is not 1.00.
constexpr const char* differing =
    "ARRAY(SELECT d.key FROM pg_catalog.jsonb_each(c.desktop_row) d JOIN pg_catalog.jsonb_each(c.cloud_row) e ON e.key "
    "= d.key WHERE d.value::text <> e.value::text ORDER BY d.key)::text[] AS columns";

std::string conflicts_with(bool rows) {
  return "SELECT w.* FROM (SELECT conflict_id AS id, map, direction, table_name, row_key, kind, " +
         std::string(rows ? "desktop_row" : "NULL::jsonb AS desktop_row") + ", " +
         std::string(rows ? "cloud_row" : "NULL::jsonb AS cloud_row") +
         ", desktop_row IS NOT NULL AS on_desktop, cloud_row IS NOT NULL AS in_cloud, " + differing + ", " +
         iso("local_modified") + ", " + iso("remote_modified") + ", resolution_strategy, " + iso("detected_at") + ", " +
         iso("resolved_at") + ", decision, resolution FROM pgtide.conflict c) w WHERE ";
}

ConflictRow conflict_of(const Result& rows, std::size_t i, Direction direction) {
  ConflictRow row;
  row.id = rows.number(i, "id");
  row.map = rows.text(i, "map");
  row.direction = direction;
  row.table = rows.text(i, "table_name");
  row.row_key = rows.text(i, "row_key");
  row.kind = rows.text(i, "kind");
  row.desktop_row = text_or_empty(rows, i, "desktop_row");
  row.cloud_row = text_or_empty(rows, i, "cloud_row");
  row.on_desktop = rows.flag(i, "on_desktop");
  row.in_cloud = rows.flag(i, "in_cloud");
  row.columns = postgres::array_elements(rows.text(i, "columns"));
  row.local_modified = text_or_empty(rows, i, "local_modified");
  row.remote_modified = text_or_empty(rows, i, "remote_modified");
  row.resolution_strategy = rows.text(i, "resolution_strategy");
  row.detected_at = rows.text(i, "detected_at");
  row.resolved_at = text_or_empty(rows, i, "resolved_at");
  row.decision = text_or_empty(rows, i, "decision");
  row.resolution = text_or_empty(rows, i, "resolution");
  return row;
}

}  // namespace

bool may_be_asked(postgres::Session& session) try {
  const int version = installed_version(session);
  if (version > 0 && version < known_version())
    throw Error(ErrorCode::refused,
                "the state in the " + std::string(name_of(session.place())) + " is that of an older pgtide (version " +
                    std::to_string(version) + ")",
                "run pgtide init, which upgrades it; the next sync does it too");
  return version > 0;
} catch (Error& error) {
  explain_missing_right(error, session);
  throw;
}

void for_each_waiting(postgres::Session& session, const Scope& scope, const Choice& choice, bool with_data,
                      std::int64_t limit, const std::function<void(const WaitingRow&)>& take) {
  const std::string query =
      "SELECT w.table_name, w.id, w.row_key, " + std::string(with_data ? "w.row_data" : "''") +
      " AS row_data, w.reason, w.sqlstate, w.detail, w.hint, " + iso("first_seen") + ", " + iso("last_tried") +
      ", w.attempts, w.given_up FROM (SELECT quarantine_id AS id, map, direction, table_name, row_key, reason, "
      "sqlstate, detail, hint, first_seen, last_tried, attempts, given_up" +
      std::string(with_data ? ", row_data" : "") +  // not everybody may see it
      " FROM pgtide.quarantine) w WHERE " + is_chosen("reason");
  for_each_row(session, query, chosen(scope, choice), limit, [&](const Result& rows, std::size_t i) {
    take({rows.number(i, "id"), scope.map, scope.direction, rows.text(i, "table_name"), rows.text(i, "row_key"),
          rows.text(i, "row_data"), rows.text(i, "reason"), text_or_empty(rows, i, "sqlstate"), rows.text(i, "detail"),
          rows.text(i, "hint"), rows.text(i, "first_seen"), rows.text(i, "last_tried"), rows.number(i, "attempts"),
          rows.flag(i, "given_up")});
  });
}

std::vector<WaitingGroup> count_waiting(postgres::Session& session, const Scope& scope, const Choice& choice,
                                        bool by_detail) {
  return groups_of(
      session.run("SELECT w.table_name, w.reason, " +
                      std::string(by_detail ? "w.detail, w.hint" : "min(w.detail) AS detail, min(w.hint) AS hint") +
                      ", count(*) AS rows, count(*) FILTER (WHERE w.given_up) AS given_up FROM pgtide.quarantine w "
                      "WHERE " +
                      is_chosen("reason") + " GROUP BY 1, 2" + (by_detail ? ", 3, 4" : "") +
                      " ORDER BY 1, rows DESC, 2, 3, 4",
                  chosen(scope, choice)),
      scope.direction);
}

std::map<std::string, std::int64_t> make_due(postgres::Session& session, const Scope& scope, const Choice& choice) {
  const auto found = session.run("WITH due AS (UPDATE pgtide.quarantine w SET given_up = false, attempts = 1 WHERE " +
                                     is_chosen("reason") +
                                     " RETURNING w.table_name) SELECT table_name, count(*) AS rows FROM due GROUP BY 1",
                                 chosen(scope, choice));
  std::map<std::string, std::int64_t> tables;
  for (std::size_t i = 0; i < found.size(); ++i) tables[found.text(i, "table_name")] = found.number(i, "rows");
  return tables;
}

std::int64_t newest_waiting(postgres::Session& session) {
  return session.run("SELECT coalesce(max(quarantine_id), 0) AS newest FROM pgtide.quarantine").number(0, "newest");
}

std::vector<WaitingGroup> discard(postgres::Transaction& write, const Scope& scope, const Choice& choice,
                                  std::int64_t newest) {
  Params parameters = chosen(scope, choice);
  parameters.push_back(std::to_string(newest));
  return groups_of(
      write.run("WITH gone AS (DELETE FROM pgtide.quarantine w WHERE " + is_chosen("reason") +
                    " AND w.quarantine_id <= $6::bigint RETURNING w.table_name, w.row_key, w.row_data, w.reason, "
                    "w.detail, w.hint, w.given_up), "
                    "kept AS (INSERT INTO pgtide.discarded (map, direction, table_name, row_key, contents, reason) "
                    "SELECT $1, $2, g.table_name, g.row_key, md5(g.row_data::text), g.reason FROM gone g WHERE NOT "
                    "EXISTS (SELECT FROM pgtide.discarded d WHERE d.map = $1 AND d.direction = $2 AND d.table_name = "
                    "g.table_name AND hashtextextended(d.row_key::text, 0) = hashtextextended(g.row_key::text, 0) AND "
                    "d.row_key = g.row_key AND d.contents = md5(g.row_data::text))), "
                    "noted AS (INSERT INTO pgtide.event (table_name, event_type, status, message, payload) SELECT "
                    "table_name, 'quarantine_left', 'ok', 'discarded by an operator', jsonb_build_object('map', $1, "
                    "'direction', $2, 'row_key', row_key, 'reason', reason, 'became', 'discarded') FROM gone) "
                    "SELECT table_name, reason, min(detail) AS detail, min(hint) AS hint, count(*) AS rows, count(*) "
                    "FILTER (WHERE given_up) AS given_up FROM gone GROUP BY 1, 2 ORDER BY 1, rows DESC, 2",
                parameters),
      scope.direction);
}

void for_each_conflict(postgres::Session& session, const Scope& scope, const Choice& choice, bool resolved,
                       bool with_rows, std::int64_t limit, const std::function<void(const ConflictRow&)>& take) {
  for_each_row(session, conflicts_with(with_rows) + is_chosen("kind") + (resolved ? "" : " AND w.resolved_at IS NULL"),
               chosen(scope, choice), limit,
               [&](const Result& rows, std::size_t i) { take(conflict_of(rows, i, scope.direction)); });
}

std::int64_t count_conflicts(postgres::Session& session, const Scope& scope, const Choice& choice, bool resolved) {
  return session
      .run("SELECT count(*) AS rows FROM pgtide.conflict w WHERE " + is_chosen("kind") +
               (resolved ? "" : " AND w.resolved_at IS NULL"),
           chosen(scope, choice))
      .number(0, "rows");
}

std::map<std::string, std::int64_t> count_open_kinds(postgres::Session& session, const Scope& scope,
                                                     const Choice& choice) {
  const auto found = session.run("SELECT w.kind, count(*) AS rows FROM pgtide.conflict w WHERE " + is_chosen("kind") +
                                     " AND w.resolved_at IS NULL GROUP BY 1",
                                 chosen(scope, choice));
  std::map<std::string, std::int64_t> kinds;
  for (std::size_t i = 0; i < found.size(); ++i) kinds[found.text(i, "kind")] = found.number(i, "rows");
  return kinds;
}

std::vector<std::int64_t> decide(postgres::Session& session, const Scope& scope, const Choice& choice,
                                 const std::string& decision) {
  Params parameters = chosen(scope, choice);
  parameters.push_back(decision);
  const auto found = session.run("UPDATE pgtide.conflict w SET decision = $6 WHERE " + is_chosen("kind") +
                                     " AND w.resolved_at IS NULL RETURNING w.conflict_id AS id",
                                 parameters);
  std::vector<std::int64_t> ids;
  for (std::size_t i = 0; i < found.size(); ++i) ids.push_back(found.number(i, "id"));
  return ids;
}

std::vector<ConflictRow> read_conflicts(postgres::Session& session, const Scope& scope,
                                        const std::vector<std::int64_t>& ids) {
  std::vector<std::string> texts;
  for (const auto id : ids) texts.push_back(std::to_string(id));
  const auto found = session.run(conflicts_with(true) + "w.id = ANY ($1::bigint[]) ORDER BY w.table_name, w.id",
                                 {array_literal(texts)});
  std::vector<ConflictRow> rows;
  for (std::size_t i = 0; i < found.size(); ++i) rows.push_back(conflict_of(found, i, scope.direction));
  return rows;
}

std::map<std::string, Numbers> count_by_table(postgres::Session& session, const Scope& scope) {
  std::map<std::string, Numbers> numbers;
  const auto count = [&](const char* table, const char* condition, std::int64_t Numbers::*into) {
    if (sight_of(session, table) != Sight::visible) return;
    const auto found = session.run("SELECT table_name, count(*) AS rows FROM pgtide." + std::string(table) +
                                       " WHERE map = $1 AND direction = $2" + condition + " GROUP BY 1",
                                   {scope.map, scope.way()});
    for (std::size_t i = 0; i < found.size(); ++i) numbers[found.text(i, "table_name")].*into = found.number(i, "rows");
  };
  count("quarantine", "", &Numbers::waiting);
  count("conflict", " AND resolved_at IS NULL", &Numbers::conflicts);
  const bool gives_up = !session
                             .run(
                                 "SELECT 1 FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = "
                                 "a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname "
                                 "= 'pgtide' AND c.relname = 'quarantine' AND a.attname = 'given_up'")
                             .empty();
  if (!gives_up || sight_of(session, "quarantine") != Sight::visible) return numbers;
  const auto tried = session.run(
      "SELECT table_name, count(*) FILTER (WHERE given_up) AS given_up, coalesce(max(attempts) FILTER (WHERE NOT "
      "given_up AND reason <> 'duplicate_key'), 0) AS attempts FROM pgtide.quarantine WHERE map = $1 AND direction = "
      "$2 GROUP BY 1",
      {scope.map, scope.way()});
  for (std::size_t i = 0; i < tried.size(); ++i) {
    auto& of_table = numbers[tried.text(i, "table_name")];
    of_table.given_up = tried.number(i, "given_up");
    of_table.most_attempts = tried.number(i, "attempts");
  }
  return numbers;
}

std::vector<std::pair<std::string, std::optional<std::string>>> read_object(postgres::Session& session,
                                                                            const std::string& text) try {
  const auto found = session.run("SELECT key, value FROM pg_catalog.jsonb_each_text($1::jsonb)", {text});
  std::vector<std::pair<std::string, std::optional<std::string>>> columns;
  for (std::size_t i = 0; i < found.size(); ++i) columns.emplace_back(found.text(i, "key"), found.cell(i, "value"));
  return columns;
} catch (const Error& error) {
  if (!error.sqlstate().starts_with("22")) throw;
  throw Error(ErrorCode::usage, "the key is no JSON object", "write it like {\"job_id\": 7, \"task_id\": \"a,b\"}");
}

std::string make_object(postgres::Session& session,
                        const std::vector<std::pair<std::string, std::optional<std::string>>>& columns) {
  std::string object;
  Params parameters;
  for (const auto& [name, value] : columns) {
    parameters.push_back(name);
    object += (object.empty() ? "pg_catalog.jsonb_build_object($" : " || pg_catalog.jsonb_build_object($") +
              std::to_string(parameters.size()) + "::text, $";
    parameters.push_back(value);
    object += std::to_string(parameters.size()) + "::text)";
  }
  return session.run("SELECT " + object + " AS object", parameters).text(0, "object");
}

}  // namespace engine::state
