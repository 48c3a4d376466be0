#include "engine/state/access.hpp"

namespace engine::state {

Access access(postgres::Session& session) {
  const auto seen = session.run(
      "SELECT pg_catalog.pg_is_in_recovery() OR pg_catalog.current_setting('default_transaction_read_only')::boolean "
      "AS "
      "read_only, pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS may_create, s.* "
      "FROM (SELECT count(*) > 0 AS there, "
      "coalesce(bool_and(t.usable AND t.may_select) FILTER (WHERE t.name IN ('migration', 'known_table', 'known_row', "
      "'known_loaded', 'own_xact', 'home')), false) AS may_read, "
      "coalesce(bool_or(t.owned), false) OR coalesce(bool_and(t.usable AND t.may_select AND t.may_write) FILTER (WHERE "
      "t.name = 'anchor'), false) AS may_write "
      "FROM (SELECT c.relname AS name, pg_catalog.pg_has_role(n.nspowner, 'USAGE') AS owned, "
      "pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS usable, "
      "pg_catalog.has_table_privilege(c.oid, 'SELECT') AS may_select, "
      "pg_catalog.has_table_privilege(c.oid, 'INSERT') AND pg_catalog.has_table_privilege(c.oid, 'UPDATE') AS "
      "may_write "
      "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
      "WHERE n.nspname = 'pgtide' AND c.relkind IN ('r', 'v')) t) s");
  const bool there = seen.flag(0, "there");
  if (!seen.flag(0, "read_only") && seen.flag(0, there ? "may_write" : "may_create")) return Access::write;
  if (!there) return Access::absent;
  return seen.flag(0, "may_read") ? Access::read : Access::hidden;
}

// By a scan: to_regclass() is an error where the schema may not be used.
Sight sight_of(postgres::Session& session, const std::string& table) {
  const auto found = session.run(
      "SELECT pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_any_column_privilege(c.oid, 'SELECT') "
      "AS "
      "visible FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
      "WHERE n.nspname = 'pgtide' AND c.relname = $1",
      {table});
  if (found.empty()) return Sight::missing;
  return found.flag(0, "visible") ? Sight::visible : Sight::hidden;
}

}  // namespace engine::state
