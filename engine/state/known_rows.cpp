#include "engine/state/known_rows.hpp"

#include "engine/postgres/transaction.hpp"

namespace engine::state {

std::map<std::string, KnownTable> read_known_tables(postgres::Session& session, const Scope& scope) {
  const auto found = session.run(
      "SELECT table_name, known_id, table_oid, key_columns, image_columns, removes, adopting FROM pgtide.known_table "
      "WHERE map = $1 AND direction = $2",
      {scope.map, scope.way()});
  std::map<std::string, KnownTable> tables;
  for (std::size_t i = 0; i < found.size(); ++i)
    tables[found.text(i, "table_name")] = {found.number(i, "known_id"),
                                           found.number(i, "table_oid"),
                                           postgres::array_elements(found.text(i, "key_columns")),
                                           postgres::array_elements(found.text(i, "image_columns")),
                                           found.flag(i, "removes"),
                                           found.flag(i, "adopting")};
  return tables;
}

KnownTable store_known_table(postgres::Session& session, const Scope& scope, const std::string& table,
                             const KnownTable& before, KnownTable now) {
  const bool anew = before.id == 0 || before.table_oid != now.table_oid || before.key_columns != now.key_columns;
  now.adopting = anew || before.adopting;
  postgres::Transaction write(session, {});
  if (anew && before.id != 0) forget_known_rows(session, before.id);
  now.id = write
               .run(
                   "INSERT INTO pgtide.known_table AS k (map, direction, table_name, table_oid, key_columns, "
                   "image_columns, removes, adopting) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
                   "ON CONFLICT (map, direction, table_name) DO UPDATE SET table_oid = excluded.table_oid, key_columns "
                   "= excluded.key_columns, image_columns = excluded.image_columns, removes = excluded.removes, "
                   "adopting = excluded.adopting RETURNING known_id",
                   {scope.map, scope.way(), table, std::to_string(now.table_oid),
                    postgres::array_literal(now.key_columns), postgres::array_literal(now.image_columns),
                    std::string(now.removes ? "true" : "false"), std::string(now.adopting ? "true" : "false")})
               .number(0, "known_id");
  write.commit();
  return now;
}

std::int64_t forget_known_rows(postgres::Session& session, std::int64_t known_id) {
  return session.run("DELETE FROM pgtide.known_row WHERE known_id = $1", {std::to_string(known_id)}).affected;
}

void mark_adopted(postgres::Session& session, std::int64_t known_id) {
  session.run("UPDATE pgtide.known_table SET adopting = false WHERE known_id = $1", {std::to_string(known_id)});
}

std::vector<OtherKnownTable> read_other_known_tables(postgres::Session& session, const Scope& scope) {
  const auto found =
      session.run("SELECT known_id, table_oid, key_columns FROM pgtide.known_table WHERE map <> $1 AND direction = $2",
                  {scope.map, scope.way()});
  std::vector<OtherKnownTable> tables;
  for (std::size_t i = 0; i < found.size(); ++i)
    tables.push_back({found.number(i, "known_id"), found.number(i, "table_oid"),
                      postgres::array_elements(found.text(i, "key_columns"))});
  return tables;
}

std::map<std::int64_t, std::string> removing_maps(postgres::Session& session, const std::string& map) {
  std::map<std::int64_t, std::string> maps;
  if (session.run("SELECT 1 FROM pg_catalog.pg_class WHERE oid = pg_catalog.to_regclass('pgtide.known_table')").empty())
    return maps;
  const auto found = session.run("SELECT table_oid, map FROM pgtide.known_table WHERE removes AND map <> $1", {map});
  for (std::size_t i = 0; i < found.size(); ++i) maps[found.number(i, "table_oid")] = found.text(i, "map");
  return maps;
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
