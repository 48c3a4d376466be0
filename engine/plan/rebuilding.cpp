#include <algorithm>

#include "engine/plan/sql_parts.hpp"

namespace engine::plan::statements {
namespace {

// What others hang on an index or a constraint, and what an extension brought, is not ours to drop.
std::string stands_alone(const std::string& catalog, const std::string& oid) {
  return "NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE (d.classid = 'pg_catalog." + catalog +
         "'::pg_catalog.regclass AND d.objid = " + oid +
         " AND d.deptype IN ('e', 'x')) OR (d.refclassid = 'pg_catalog." + catalog +
         "'::pg_catalog.regclass AND d.refobjid = " + oid + " AND d.deptype = 'n'))";
}

// Each with the reason why it stays, or NULL. Names are quoted and qualified by the server: the transaction's
// search_path is pg_catalog.
std::string indexes(const TableTask& task) {
  return "SELECT 2 AS place, 'index' AS kind, pg_catalog.quote_ident(i.relname) AS name, n.nspname AS schema, "
         "i.relname AS "
         "bare_name, pg_catalog.pg_get_indexdef(i.oid) AS definition, pg_catalog.concat_ws('; ', 'COMMENT ON INDEX ' "
         "|| "
         "i.oid::pg_catalog.regclass || ' IS ' || pg_catalog.quote_literal(pg_catalog.obj_description(i.oid, "
         "'pg_class')), "
         "(SELECT pg_catalog.string_agg('ALTER INDEX ' || i.oid::pg_catalog.regclass || ' ALTER COLUMN ' || a.attnum "
         "|| ' "
         "SET STATISTICS ' || a.attstattarget, '; ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid "
         "= "
         "i.oid AND a.attstattarget >= 0)) AS further, coalesce(s.spcname, '') AS tablespace, 'DROP INDEX ' || "
         "i.oid::pg_catalog.regclass AS removal, CASE WHEN NOT pg_catalog.pg_has_role(c.relowner, 'USAGE') THEN 'the "
         "table "
         "is not ' || pg_catalog.quote_ident(current_user) || '''s' WHEN NOT "
         "pg_catalog.has_schema_privilege(c.relnamespace, 'CREATE') THEN pg_catalog.quote_ident(current_user) || ' may "
         "not "
         "create in its schema' WHEN i.reltablespace <> 0 AND NOT pg_catalog.has_tablespace_privilege(i.reltablespace, "
         "'CREATE') THEN pg_catalog.quote_ident(current_user) || ' may not create in its tablespace' END AS kept "
         "FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid JOIN pg_catalog.pg_class c ON "
         "c.oid "
         "= x.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = i.relnamespace LEFT JOIN pg_catalog.pg_tablespace s "
         "ON "
         "s.oid = i.reltablespace WHERE x.indrelid = " +
         std::to_string(task.target_oid) +
         " AND c.relkind = 'r' AND i.relkind = 'i' AND NOT i.relispartition AND x.indisvalid AND NOT (x.indisunique OR "
         "x.indisprimary OR x.indisexclusion OR x.indisclustered OR x.indisreplident) AND NOT EXISTS (SELECT FROM "
         "pg_catalog.pg_constraint o WHERE o.conindid = i.oid) AND " +
         stands_alone("pg_class", "i.oid");
}

// Of those keys only of which it can be told which rows break them.
std::string keys(const TableTask& task) {
  std::vector<std::string> names;
  for (const auto& key : task.foreign_keys)
    if (key.validated && key.parent != task.target && std::ranges::all_of(task.referrers, [](const auto& referrer) {
          return referrer.can_select && !referrer.row_security;
        }))
      names.push_back(literal(key.name));
  if (names.empty()) return "";
  return "SELECT 1, 'foreign_key', pg_catalog.quote_ident(k.conname), n.nspname, k.conname, 'ALTER TABLE ' || "
         "c.oid::pg_catalog.regclass || ' ADD CONSTRAINT ' || pg_catalog.quote_ident(k.conname) || ' ' || "
         "pg_catalog.pg_get_constraintdef(k.oid) || ' NOT VALID', coalesce('COMMENT ON CONSTRAINT ' || "
         "pg_catalog.quote_ident(k.conname) || ' ON ' || c.oid::pg_catalog.regclass || ' IS ' || "
         "pg_catalog.quote_literal(pg_catalog.obj_description(k.oid, 'pg_constraint')), ''), '', 'ALTER TABLE ' || "
         "c.oid::pg_catalog.regclass || ' DROP CONSTRAINT ' || pg_catalog.quote_ident(k.conname), CASE WHEN NOT "
         "pg_catalog.pg_has_role(c.relowner, 'USAGE') THEN 'the table is not ' || pg_catalog.quote_ident(current_user) "
         "|| "
         "'''s' WHEN NOT pg_catalog.has_table_privilege(p.oid, 'REFERENCES') THEN pg_catalog.quote_ident(current_user) "
         "|| ' "
         "may not refer to ' || p.oid::pg_catalog.regclass END FROM pg_catalog.pg_constraint k JOIN "
         "pg_catalog.pg_class c "
         "ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_class p ON "
         "p.oid = k.confrelid WHERE k.conrelid = " +
         std::to_string(task.target_oid) +
         " AND k.contype = 'f' AND k.convalidated AND k.conparentid = 0 AND (k.confmatchtype = 's' OR "
         "pg_catalog.cardinality(k.conkey) = 1) AND c.relkind = 'r' AND p.relkind = 'r' AND k.conname IN (" +
         joined(names, ", ") + ") AND " + stands_alone("pg_constraint", "k.oid");
}

std::string candidates(const TableTask& task) {
  const std::string of_keys = keys(task);
  return "(" + indexes(task) + (of_keys.empty() ? "" : " UNION ALL " + of_keys) + ") o";
}

constexpr const char* qualified = "SET LOCAL search_path = pg_catalog";

}  // namespace

std::string list_rebuildable(const TableTask& task) {
  return "SELECT o.kind, o.name, coalesce(o.kept, '') AS kept FROM " + candidates(task) + " ORDER BY o.place, o.name";
}

std::vector<std::string> note_rebuildable(const TableTask& task, std::int64_t run_id) {
  return {
      "LOCK TABLE " + quoted(task.target) + " IN ACCESS EXCLUSIVE MODE", qualified,
      "WITH o AS MATERIALIZED (SELECT * FROM " + candidates(task) +
          " WHERE o.kept IS NULL), noted AS (INSERT INTO pgtide.rebuild (map, direction, table_name, kind, "
          "target_schema, target_table, object_schema, object_name, definition, further, tablespace, run_id) SELECT " +
          literal(task.map) + ", " + literal(engine::name_of(task.direction)) + ", " + literal(task.title) +
          ", o.kind, " + literal(task.target.schema) + ", " + literal(task.target.name) +
          ", o.schema, o.bare_name, o.definition, o.further, o.tablespace, " + std::to_string(run_id) +
          " FROM o ORDER BY o.place, o.name) SELECT o.removal FROM o ORDER BY o.place, o.name"};
}

std::string remove_loaded(const TableTask& task, const catalog::ForeignKey* key) {
  std::vector<std::string> which = {
      "EXISTS (SELECT FROM pgtide.own_xact own WHERE own.loads AND own.map = " + literal(task.map) +
      " AND own.table_name = " + literal(task.title) + " AND " + is_own_xact("own", "t.xmin") + ")"};
  const auto no_row = [](const QualifiedName& table, const std::vector<std::string>& theirs,
                         const std::vector<std::string>& ours) {
    std::vector<std::string> same;
    for (std::size_t i = 0; i < ours.size(); ++i)
      same.push_back("o." + quoted(theirs.at(i)) + " = t." + quoted(ours[i]));
    return "NOT EXISTS (SELECT FROM " + quoted(table) + " o WHERE " + joined(same, " AND ") + ")";
  };
  for (const auto& referrer : task.referrers) {
    if (!referrer.can_select || referrer.row_security) return "";
    which.push_back(no_row(referrer.child, referrer.child_columns, referrer.columns));
  }
  if (key) {
    for (const auto& column : key->columns) which.push_back("t." + quoted(column) + " IS NOT NULL");
    which.push_back(no_row(key->parent, key->parent_columns, key->columns));
  }
  return "WITH gone AS (DELETE FROM " + quoted(task.target) + " t WHERE " + joined(which, " AND ") + " RETURNING " +
         key_hash(task, "t") +
         " AS key_hash), forgotten AS (DELETE FROM pgtide.known_row k USING gone WHERE k.known_id = " +
         std::to_string(task.memory.known_id) + " AND k.key_hash = gone.key_hash) SELECT count(*) AS rows FROM gone";
}

}  // namespace engine::plan::statements
