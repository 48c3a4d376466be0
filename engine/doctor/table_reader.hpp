#pragma once

#include "engine/doctor/facts.hpp"
#include "engine/plan/plan.hpp"
#include "engine/postgres/session.hpp"

namespace engine::doctor {

// What the catalog does not say of its tables. Of each table the sequences and large objects are looked at with one
// query; what may not be read is left out.
TablesOfAPlace read_tables(postgres::Session& session, const catalog::Catalog& catalog);

// Counts what is wrong with the rows of a table: one pass over the source, one more for each key that no unique index
// guarantees there, and one over the target where it has no unique index on the key. `target` is what is known of the
// task's target.
RowFacts count_rows(postgres::Session& source, postgres::Session& target, const plan::TableTask& task,
                    const catalog::TableSchema& source_schema, const catalog::TableSchema& target_schema,
                    const TableFacts& target_facts);

// Of the columns that might identify the rows of a table, those that do: each without NULL, and no value twice.
std::vector<std::string> find_keys(postgres::Session& session, const QualifiedName& table,
                                   const std::vector<std::string>& columns);

std::vector<std::string> tables_of_schema(postgres::Session& session, const std::string& schema);

}  // namespace engine::doctor
