#include "engine/state/known_rows.hpp"

#include <algorithm>
#include <optional>

#include "engine/postgres/script.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/state/migrator.hpp"

namespace engine::state {

std::string known_tables_statement(const Scope& scope) {
  return postgres::bound(
      "SELECT table_name, known_id, table_oid, key_columns, image_columns, hash, keyless, removes, adopting FROM "
      "pgtide.known_table "
      "WHERE map = $1 AND direction = $2",
      {scope.map, scope.way()});
}

std::map<std::string, KnownTable> read_known_tables(postgres::Session& session, const Scope& scope) {
  const auto found = session.run(known_tables_statement(scope));
  std::map<std::string, KnownTable> tables;
  for (std::size_t i = 0; i < found.size(); ++i)
    tables[found.text(i, "table_name")] = {found.number(i, "known_id"),
                                           found.number(i, "table_oid"),
                                           postgres::array_elements(found.text(i, "key_columns")),
                                           postgres::array_elements(found.text(i, "image_columns")),
                                           found.text(i, "hash"),
                                           found.flag(i, "keyless"),
                                           found.flag(i, "removes"),
                                           found.flag(i, "adopting")};
  return tables;
}

std::int64_t store_known_table(postgres::Session& session, const Scope& scope, const std::string& table,
                               const KnownTable& known) {
  return session
      .run(
          "INSERT INTO pgtide.known_table AS k (map, direction, table_name, table_oid, key_columns, image_columns, "
          "hash, keyless, adopting, removes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
          "ON CONFLICT (map, direction, table_name) DO UPDATE SET table_oid = excluded.table_oid, key_columns = "
          "excluded.key_columns, image_columns = excluded.image_columns, hash = excluded.hash, keyless = "
          "excluded.keyless, adopting = excluded.adopting, removes = excluded.removes RETURNING known_id",
          {scope.map, scope.way(), table, std::to_string(known.table_oid), postgres::array_literal(known.key_columns),
           postgres::array_literal(known.image_columns), known.hash, std::string(known.keyless ? "true" : "false"),
           std::string(known.adopting ? "true" : "false"), std::string(known.removes ? "true" : "false")})
      .number(0, "known_id");
}

std::int64_t forget_known_rows(postgres::Session& session, std::int64_t known_id) {
  const postgres::Params id = {std::to_string(known_id)};
  return session.run("DELETE FROM pgtide.known_row WHERE known_id = $1", id).affected +
         session
             .run(
                 "WITH gone AS (DELETE FROM pgtide.known_pack WHERE known_id = $1 RETURNING rows) SELECT "
                 "coalesce(sum(rows), 0)::bigint AS rows FROM gone",
                 id)
             .number(0, "rows");
}

namespace {

// In the order of the hash, and without ON CONFLICT where that can be: twice as fast. What is taken away is what was
// put in its place, whatever packs others add meanwhile.
std::string settling(std::int64_t known_id, bool some, const std::string& condition) {
  const std::string id = std::to_string(known_id);
  return "WITH gone AS (DELETE FROM pgtide.known_pack WHERE known_id = " + id +
         (condition.empty() ? "" : " AND " + condition) +
         " RETURNING pack, key_hashes, images) INSERT INTO pgtide.known_row AS k (known_id, key_hash, image) SELECT "
         "DISTINCT ON (u.key_hash) " +
         id +
         ", u.key_hash, u.image FROM gone, unnest(gone.key_hashes, gone.images) u (key_hash, image) ORDER BY "
         "u.key_hash, gone.pack DESC" +
         (some ? " ON CONFLICT (known_id, key_hash) DO UPDATE SET image = excluded.image WHERE k.image IS DISTINCT "
                 "FROM excluded.image"
               : "");
}

// The other direction, or another writer of the table, may be about to do the same.
constexpr const char* lock_against_other_settlers = "SELECT pg_catalog.pg_advisory_xact_lock(1886866532, 2)";

bool has_packs(postgres::Session& session, std::int64_t known_id) {
  return session
      .run("SELECT EXISTS (SELECT FROM pgtide.known_pack WHERE known_id = " + std::to_string(known_id) + ") AS some")
      .flag(0, "some");
}

}  // namespace

bool should_settle_known_rows(postgres::Session& session, std::int64_t known_id, std::int64_t rows_of_table) {
  constexpr std::int64_t few_rows = 100'000;
  const auto waiting = session.run(
      "SELECT count(*) AS packs, coalesce(sum(rows), 0)::bigint AS rows FROM pgtide.known_pack WHERE known_id = " +
      std::to_string(known_id));
  return waiting.number(0, "packs") > many_packs || waiting.number(0, "rows") > 3 * std::max(rows_of_table, few_rows);
}

void settle_known_rows(postgres::Session& session, std::int64_t known_id) {
  if (!has_packs(session, known_id)) return;
  std::optional<postgres::Transaction> own;
  if (!session.in_transaction()) own.emplace(session, postgres::Opening());
  session.later(lock_against_other_settlers);
  const bool some =
      session
          .run("SELECT EXISTS (SELECT FROM pgtide.known_row WHERE known_id = " + std::to_string(known_id) + ") AS some")
          .flag(0, "some");
  session.run(settling(known_id, some, ""));
  if (own) own->commit();
}

std::string settling_script(std::int64_t known_id, bool some, const std::string& condition) {
  return std::string(lock_against_other_settlers) + "; " + settling(known_id, some, condition);
}

namespace {

postgres::Result tables_with_loaded_rows(postgres::Session& session, const Scope& scope) {
  return session.run(
      "SELECT known_id, table_name FROM pgtide.known_table k WHERE map = $1 AND direction = $2 AND EXISTS (SELECT FROM "
      "pgtide.known_loaded l WHERE l.known_id = k.known_id)",
      {scope.map, scope.way()});
}

}  // namespace

std::set<std::string> unsettled_tables(postgres::Session& session, const Scope& scope) {
  const auto tables = tables_with_loaded_rows(session, scope);
  std::set<std::string> names;
  for (std::size_t i = 0; i < tables.size(); ++i) names.insert(tables.text(i, "table_name"));
  return names;
}

void settle_known_rows(postgres::Session& session, const Scope& scope) {
  const auto tables = tables_with_loaded_rows(session, scope);
  for (std::size_t i = 0; i < tables.size(); ++i) settle_known_rows(session, tables.number(i, "known_id"));
}

void mark_adopted(postgres::Session& session, std::int64_t known_id) {
  session.later("UPDATE pgtide.known_table SET adopting = false WHERE known_id = $1", {std::to_string(known_id)});
}

std::string other_known_tables_statement(const Scope& scope) {
  return postgres::bound(
      "SELECT map, known_id, table_oid, key_columns, hash FROM pgtide.known_table WHERE map <> $1 AND direction = $2",
      {scope.map, scope.way()});
}

std::vector<OtherKnownTable> read_other_known_tables(postgres::Session& session, const Scope& scope) {
  const auto found = session.run(other_known_tables_statement(scope));
  std::vector<OtherKnownTable> tables;
  for (std::size_t i = 0; i < found.size(); ++i)
    tables.push_back({found.text(i, "map"), found.number(i, "known_id"), found.number(i, "table_oid"),
                      postgres::array_elements(found.text(i, "key_columns")), found.text(i, "hash")});
  return tables;
}

// The second one needs what the first one looks for. The state may be that of an older version, without that column.
std::vector<std::string> removing_maps_statements(const std::string& map) {
  return {"SELECT 1 FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass('pgtide.known_table')",
          postgres::bound("SELECT table_oid, map FROM pgtide.known_table k WHERE coalesce((pg_catalog.to_jsonb(k) ->> "
                          "'removes')::boolean, keyless) AND direction = 'forward' AND map <> $1",
                          {map})};
}

std::map<std::int64_t, std::string> removing_maps(postgres::Session& session, const std::string& map) try {
  std::map<std::int64_t, std::string> maps;
  const auto statements = removing_maps_statements(map);
  if (session.run(statements[0]).empty()) return maps;
  const auto found = session.run(statements[1]);
  for (std::size_t i = 0; i < found.size(); ++i) maps[found.number(i, "table_oid")] = found.text(i, "map");
  return maps;
} catch (Error& error) {  // the first look into the state
  explain_missing_right(error, session);
  throw;
}

bool is_at_home(postgres::Session& session, const std::string& database) {
  const auto known = session.run("SELECT database FROM pgtide.home");
  return known.empty() || (known.size() == 1 && known.text(0, "database") == database);
}

void settle_home(postgres::Session& session, const std::string& database) {
  const auto known = session.run("SELECT database FROM pgtide.home");
  if (known.size() == 1 && known.text(0, "database") == database) return;
  postgres::Transaction write(session, {});
  if (!known.empty()) {
    write.run_script(
        "DELETE FROM pgtide.own_xact; "
        // no row can be told to have been here before us any more
        "UPDATE pgtide.watermark SET known_since = 0 WHERE known_since IS NOT NULL; DELETE FROM pgtide.home");
  }
  write.run("INSERT INTO pgtide.home VALUES ($1) ON CONFLICT DO NOTHING", {database});
  write.commit();
}

}  // namespace engine::state
