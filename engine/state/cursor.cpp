#include "engine/state/cursor.hpp"

#include "engine/core/error.hpp"
#include "engine/postgres/script.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/state/access.hpp"

namespace engine::state {

std::string xid_array(const std::vector<capture::Xid>& xids) {
  std::string text = "{";
  for (const auto xid : xids) text += (text.size() > 1 ? "," : "") + std::to_string(xid);
  return text + "}";
}

std::vector<capture::Xid> xids_of(const std::string& array) {
  std::vector<capture::Xid> xids;
  for (const auto& xid : postgres::array_elements(array)) xids.push_back(std::stoll(xid));
  return xids;
}

std::string cursors_statement(const Scope& scope) {
  return postgres::bound(
      "SELECT table_name, next_xid, unfinished_xids, ids_valid, table_oid, schema_hash, mapping_hash, read_counts, "
      "run_id, pg_catalog.to_char(stamp AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00' AS stamp, "
      "extract(epoch FROM clock_timestamp() - exact_at) AS since_exact FROM pgtide.cursor WHERE map = $1 AND direction "
      "= $2",
      {scope.map, scope.way()});
}

std::map<std::string, capture::Cursor> cursors_of(const postgres::Result& found) {
  std::map<std::string, capture::Cursor> cursors;
  for (std::size_t i = 0; i < found.size(); ++i) {
    capture::Cursor cursor;
    cursor.next_xid = found.number(i, "next_xid");
    cursor.unfinished = xids_of(found.text(i, "unfinished_xids"));
    cursor.ids_valid = found.flag(i, "ids_valid");
    cursor.table_oid = found.number(i, "table_oid");
    cursor.schema_hash = found.text(i, "schema_hash");
    cursor.mapping_hash = found.text(i, "mapping_hash");
    cursor.read_counts = found.text(i, "read_counts");
    cursor.run_id = found.number(i, "run_id");
    cursor.stamp = found.cell(i, "stamp").value_or("");
    if (const auto since = found.cell(i, "since_exact")) cursor.since_exact = std::stod(*since);
    cursors.emplace(found.text(i, "table_name"), std::move(cursor));
  }
  return cursors;
}

std::map<std::string, capture::Cursor> read_cursors(postgres::Session& session, const Scope& scope) {
  return cursors_of(session.run(cursors_statement(scope)));
}

namespace {

postgres::Session::Otherwise another_run_was_here(const std::string& table) {
  return [table](std::int64_t) {
    return Error(ErrorCode::already_running,
                 "another run finished table " + table + " in the meantime; this one is rolled back",
                 "make sure that only one scheduler runs this map");
  };
}

}  // namespace

void accept_hashes(postgres::Session& session, const Scope& scope, const std::string& table,
                   const capture::Cursor& cursor, const std::string& schema_hash, const std::string& mapping_hash) {
  session.later(
      "UPDATE pgtide.cursor SET schema_hash = $5, mapping_hash = $6 WHERE map = $1 AND direction = $2 AND table_name = "
      "$3 AND run_id = $4",
      {scope.map, scope.way(), table, std::to_string(cursor.run_id), schema_hash, mapping_hash}, 1,
      another_run_was_here(table));
}

void store_cursor(postgres::Session& session, const Scope& scope, const std::string& table,
                  const capture::Cursor& cursor, std::int64_t started_from, bool exact) {
  session.later(
      "INSERT INTO pgtide.cursor AS c (map, direction, table_name, next_xid, unfinished_xids, table_oid, schema_hash, "
      "mapping_hash, read_counts, run_id, stamp, exact_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, "
      "$12::timestamptz, CASE WHEN $13::boolean THEN clock_timestamp() END) "
      "ON CONFLICT (map, direction, table_name) DO UPDATE SET next_xid = excluded.next_xid, "
      "ids_valid = true, unfinished_xids = excluded.unfinished_xids, table_oid = excluded.table_oid, schema_hash = "
      "excluded.schema_hash, "
      "mapping_hash = excluded.mapping_hash, read_counts = excluded.read_counts, run_id = excluded.run_id, "
      "stamp = excluded.stamp, exact_at = coalesce(excluded.exact_at, c.exact_at) "
      "WHERE c.run_id = $11",
      {scope.map, scope.way(), table, std::to_string(cursor.next_xid), xid_array(cursor.unfinished),
       std::to_string(cursor.table_oid), cursor.schema_hash, cursor.mapping_hash, cursor.read_counts,
       std::to_string(cursor.run_id), std::to_string(started_from),
       cursor.stamp.empty() ? std::nullopt : std::optional(cursor.stamp), exact ? "true" : "false"},
      1, another_run_was_here(table));
}

std::string source_statement(const Scope& scope) {
  return postgres::bound(
      "SELECT system_identifier, database_oid, timeline, anchor_token, anchor_xid, in_recovery, "
      "coalesce(pg_catalog.pg_wal_lsn_diff(replayed_to, '0/0'), 0)::bigint AS replayed_to, outcome_xids, "
      "outcome_committed FROM pgtide.source WHERE map = $1 AND direction = $2",
      {scope.map, scope.way()});
}

std::optional<capture::KnownSource> source_of_state(const postgres::Result& found) {
  if (found.empty()) return std::nullopt;
  capture::KnownSource source;
  source.identity.system_identifier = found.text(0, "system_identifier");
  source.identity.database_oid = found.number(0, "database_oid");
  source.identity.timeline = found.text(0, "timeline");
  source.identity.in_recovery = found.flag(0, "in_recovery");
  source.identity.wal_position = found.number(0, "replayed_to");
  source.anchor = {found.text(0, "anchor_token"), found.number(0, "anchor_xid")};
  const auto xids = postgres::array_elements(found.text(0, "outcome_xids"));
  const auto committed = postgres::array_elements(found.text(0, "outcome_committed"));
  for (std::size_t i = 0; i < xids.size() && i < committed.size(); ++i)
    source.outcomes.push_back({std::stoll(xids[i]), committed[i] == "t"});
  return source;
}

std::optional<capture::KnownSource> read_source(postgres::Session& session, const Scope& scope) {
  return source_of_state(session.run(source_statement(scope)));
}

void store_source(postgres::Session& session, const Scope& scope, const capture::KnownSource& source) {
  session.later(store_source_statement(scope, source));
}

std::string store_source_statement(const Scope& scope, const capture::KnownSource& source) {
  std::vector<capture::Xid> xids;
  std::vector<std::string> committed;
  for (const auto& outcome : source.outcomes) {
    xids.push_back(outcome.xid);
    committed.emplace_back(outcome.committed ? "t" : "f");
  }
  return postgres::bound(
      "INSERT INTO pgtide.source AS s (map, direction, system_identifier, database_oid, timeline, anchor_token, "
      "anchor_xid, in_recovery, replayed_to, outcome_xids, outcome_committed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, "
      "CASE WHEN $8::boolean THEN (pg_catalog.to_hex($9::bigint >> 32) || '/' || pg_catalog.to_hex($9::bigint & "
      "4294967295))::pg_catalog.pg_lsn END, $10, $11) ON CONFLICT (map, direction) DO UPDATE SET "
      "system_identifier = excluded.system_identifier, database_oid = excluded.database_oid, timeline = "
      "excluded.timeline, anchor_token = excluded.anchor_token, anchor_xid = excluded.anchor_xid, in_recovery = "
      "excluded.in_recovery, replayed_to = excluded.replayed_to, outcome_xids = excluded.outcome_xids, "
      "outcome_committed = excluded.outcome_committed",
      {scope.map, scope.way(), source.identity.system_identifier, std::to_string(source.identity.database_oid),
       source.identity.timeline, source.anchor.token, std::to_string(source.anchor.xid),
       std::string(source.identity.in_recovery ? "t" : "f"), std::to_string(source.identity.wal_position),
       xid_array(xids), postgres::array_literal(committed)});
}

bool copied_from(postgres::Session& session, const Scope& scope, const std::string& database) {
  return sight_of(session, "source") == Sight::visible &&
         !session
              .run(
                  "SELECT 1 FROM pgtide.source WHERE map = $1 AND direction = $2 AND system_identifier || '/' || "
                  "database_oid = $3",
                  {scope.map, scope.way(), database})
              .empty();
}

bool was_read_for(postgres::Session& session, const Scope& scope, const std::string& database) {
  return sight_of(session, "anchor") == Sight::visible &&
         !session
              .run("SELECT 1 FROM pgtide.anchor WHERE map = $1 AND direction = $2 AND target = $3",
                   {scope.map, scope.way(), database})
              .empty();
}

void distrust_cursors(postgres::Session& session, const Scope& scope) {
  session.run("UPDATE pgtide.cursor SET ids_valid = false WHERE map = $1 AND direction = $2", {scope.map, scope.way()});
  session.run("DELETE FROM pgtide.progress WHERE map = $1 AND direction = $2", {scope.map, scope.way()});
}

void distrust_cursor(postgres::Session& session, const Scope& scope, const std::string& table) {
  session.run("UPDATE pgtide.cursor SET ids_valid = false WHERE map = $1 AND direction = $2 AND table_name = $3",
              {scope.map, scope.way(), table});
  session.run("DELETE FROM pgtide.progress WHERE map = $1 AND direction = $2 AND table_name = $3",
              {scope.map, scope.way(), table});
}

void forget_source(postgres::Session& session, const Scope& scope) {
  postgres::Transaction write(session, {});
  distrust_cursors(session, scope);
  write.run("DELETE FROM pgtide.source WHERE map = $1 AND direction = $2", {scope.map, scope.way()});
  write.commit();
}

}  // namespace engine::state
