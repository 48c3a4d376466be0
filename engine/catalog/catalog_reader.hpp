#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/catalog/table_schema.hpp"
#include "engine/postgres/session.hpp"

namespace engine::catalog {

// Reads what the named tables look like. Tables that do not exist are missing in the result; nothing is written.
Catalog read_catalog(postgres::Session& session, const std::set<QualifiedName>& tables);

// The statements that it asks then, for Session::ask_ahead(); `oids`: of these tables, as far as they are known.
std::vector<std::string> catalog_statements(const std::set<QualifiedName>& tables,
                                            const std::vector<std::string>& oids);

// Looks up how large these tables are (TableSchema::bytes). Waits for a table that somebody has locked altogether, as
// reading it would.
void measure(postgres::Session& session, Catalog& catalog, const std::set<QualifiedName>& tables);

}  // namespace engine::catalog
