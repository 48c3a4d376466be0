#include "engine/catalog/catalog_reader.hpp"

#include <algorithm>

#include "engine/embedded_sql.hpp"
#include "engine/postgres/script.hpp"

namespace engine::catalog {
namespace {

using postgres::Result;
using TablesByOid = std::map<std::string, TableSchema*>;

std::string text_or_empty(const Result& result, std::size_t row, std::string_view column) {
  return result.cell(row, column).value_or("");
}

TableSchema read_relation(const Result& r, std::size_t i) {
  TableSchema table;
  table.name = {r.text(i, "schema"), r.text(i, "name")};
  table.oid = static_cast<std::uint32_t>(r.number(i, "oid"));
  table.kind = r.text(i, "kind").at(0);
  table.access_method = r.text(i, "access_method");
  table.foreign_parts = r.flag(i, "foreign_parts");
  table.row_security = r.flag(i, "row_security");
  table.can_use_schema = r.flag(i, "can_use_schema");
  table.can_select = r.flag(i, "can_select");
  table.can_insert = r.flag(i, "can_insert");
  table.can_update = r.flag(i, "can_update");
  table.can_delete = r.flag(i, "can_delete");
  table.insert_trigger = r.flag(i, "insert_trigger");
  table.reacts = r.flag(i, "reacts");
  table.update_trigger = r.flag(i, "update_trigger");
  table.estimated_rows = r.number(i, "estimated_rows");
  table.descendants = r.text(i, "descendants");
  return table;
}

Column read_column(const Result& r, std::size_t i) {
  Column column;
  column.name = r.text(i, "name");
  column.number = static_cast<int>(r.number(i, "number"));
  column.declared_type = r.text(i, "declared_type");
  column.type = {r.text(i, "base_type"), r.text(i, "base_declared_type"),
                 static_cast<int>(r.number(i, "base_modifier")), r.flag(i, "builtin")};
  column.is_domain = r.flag(i, "is_domain");
  column.not_null = r.flag(i, "not_null");
  column.has_default = r.flag(i, "has_default");
  const std::string identity = r.text(i, "identity");
  column.identity = identity.empty() ? char{0} : identity[0];
  column.generated = !r.text(i, "generated").empty();
  column.generation = text_or_empty(r, i, "generation");
  column.value_by_default = text_or_empty(r, i, "value_by_default");
  column.sequence = text_or_empty(r, i, "sequence");
  column.type_definition = text_or_empty(r, i, "type_definition");
  column.locked_sequence = text_or_empty(r, i, "locked_sequence");
  return column;
}

constexpr const char* about_server =
    "SELECT current_setting('server_version_num') AS version, current_setting('server_encoding') AS encoding, "
    "quote_ident(current_user) AS role, quote_ident(current_database()) AS database, "
    "pg_catalog.has_database_privilege(current_database(), 'TEMPORARY') AS can_make_temporary";

postgres::Params names_of(const std::set<QualifiedName>& tables) {
  std::vector<std::string> schemas, names;
  for (const auto& table : tables) {
    schemas.push_back(table.schema);
    names.push_back(table.name);
  }
  return {postgres::array_literal(schemas), postgres::array_literal(names)};
}

// Columns, unique keys, foreign keys, referrers, the server, casts.
std::vector<std::string> about(std::vector<std::string> oids) {
  std::ranges::sort(oids);
  const postgres::Params wanted = {postgres::array_literal(oids)};
  std::vector<std::string> statements;
  for (const auto& of_tables :
       {sql::catalog_columns, sql::catalog_unique_keys, sql::catalog_foreign_keys, sql::catalog_referrers})
    statements.push_back(postgres::bound(of_tables, wanted));
  statements.emplace_back(about_server);
  statements.push_back(postgres::bound(sql::catalog_casts, {}));
  return statements;
}

}  // namespace

std::vector<std::string> catalog_statements(const std::set<QualifiedName>& tables,
                                            const std::vector<std::string>& oids) {
  auto statements = about(oids);
  statements.push_back(postgres::bound(sql::catalog_relations, names_of(tables)));
  return statements;
}

Catalog read_catalog(postgres::Session& session, const std::set<QualifiedName>& tables) {
  Catalog catalog;
  std::vector<std::string> oids;
  const Result relations = session.run(std::string(sql::catalog_relations), names_of(tables));
  TablesByOid by_oid;
  for (std::size_t i = 0; i < relations.size(); ++i) {
    TableSchema table = read_relation(relations, i);
    oids.push_back(relations.text(i, "oid"));
    const QualifiedName name = table.name;
    by_oid[oids.back()] = &(catalog.tables[name] = std::move(table));
  }
  const auto about_tables = session.run_all(about(oids));
  const Result &columns = about_tables[0], &keys = about_tables[1], &references = about_tables[2],
               &referrers = about_tables[3], &server = about_tables[4], &casts = about_tables[5];
  for (std::size_t i = 0; i < columns.size(); ++i)
    by_oid.at(columns.text(i, "table_oid"))->columns.push_back(read_column(columns, i));
  for (std::size_t i = 0; i < keys.size(); ++i)
    by_oid.at(keys.text(i, "table_oid"))
        ->unique_keys.push_back(
            {keys.text(i, "name"), keys.flag(i, "is_primary"), postgres::array_elements(keys.text(i, "columns"))});
  for (std::size_t i = 0; i < references.size(); ++i)
    by_oid.at(references.text(i, "table_oid"))
        ->foreign_keys.push_back({references.text(i, "name"),
                                  {references.text(i, "parent_schema"), references.text(i, "parent_name")},
                                  postgres::array_elements(references.text(i, "columns")),
                                  references.flag(i, "deferrable"),
                                  postgres::array_elements(references.text(i, "parent_columns")),
                                  references.flag(i, "of_all_rows"),
                                  references.flag(i, "can_see_parent"),
                                  references.flag(i, "indirect"),
                                  references.flag(i, "enforced"),
                                  references.flag(i, "validated")});
  for (std::size_t i = 0; i < referrers.size(); ++i)
    by_oid.at(referrers.text(i, "table_oid"))
        ->referrers.push_back({{referrers.text(i, "child_schema"), referrers.text(i, "child_name")},
                               postgres::array_elements(referrers.text(i, "child_columns")),
                               postgres::array_elements(referrers.text(i, "columns")),
                               referrers.flag(i, "can_select"),
                               referrers.flag(i, "row_security")});
  catalog.server_version = static_cast<int>(server.number(0, "version"));
  catalog.encoding = server.text(0, "encoding");
  catalog.role = {server.text(0, "role"), server.text(0, "database"), server.flag(0, "can_make_temporary")};
  for (std::size_t i = 0; i < casts.size(); ++i) {
    const std::pair types(casts.text(i, "source"), casts.text(i, "target"));
    catalog.casts.insert(types);
    if (casts.flag(i, "on_assignment")) catalog.assignment_casts.insert(types);
  }
  return catalog;
}

void measure(postgres::Session& session, Catalog& catalog, const std::set<QualifiedName>& tables) {
  std::vector<std::string> oids;
  for (const auto& name : tables)
    if (const auto found = catalog.tables.find(name); found != catalog.tables.end())
      oids.push_back(std::to_string(found->second.oid));
  if (oids.empty()) return;
  const Result sizes = session.run(std::string(sql::catalog_sizes), {postgres::array_literal(oids)});
  for (std::size_t i = 0; i < sizes.size(); ++i)
    for (auto& [name, table] : catalog.tables)
      if (table.oid == static_cast<std::uint32_t>(sizes.number(i, "table_oid"))) table.bytes = sizes.number(i, "bytes");
}

}  // namespace engine::catalog
