#pragma once

#include <utility>
#include <vector>

#include "engine/mapping/survey.hpp"
#include "tests/unit/plan/tables.hpp"

// Databases as a survey would find them.
namespace engine::mapping::test {

using plan::test::catalog_of;
using plan::test::column;
using plan::test::table;
using plan::test::With;

inline Side side(const std::string& database, const std::vector<catalog::TableSchema>& tables) {
  Side made;
  made.database = database;
  made.timezone = "Asia/Kolkata";
  made.catalog = catalog_of(tables);
  for (const auto& [name, schema] : made.catalog.tables) made.relations.push_back({name, schema.kind});
  return made;
}

inline Survey survey(const std::vector<catalog::TableSchema>& desktop, const std::vector<catalog::TableSchema>& cloud) {
  return {side("office", desktop), side("cloud", cloud)};
}

inline catalog::TableSchema in_schema(catalog::TableSchema made, const std::string& schema) {
  made.name.schema = schema;
  return made;
}

inline catalog::TableSchema as_view(catalog::TableSchema made) {
  made.kind = 'v';
  return made;
}

inline RowCount rows(std::int64_t count) { return {count, false, true}; }

}  // namespace engine::mapping::test
