#include "engine/catalog/expression_reader.hpp"

#include "engine/embedded_sql.hpp"

namespace engine::catalog {

QueryFacts facts_of(postgres::Session& session, const std::string& query, std::uint32_t source_oid) {
  const auto explained = session.run("EXPLAIN (VERBOSE, FORMAT JSON) " + query);
  const std::string plan = explained.rows.at(0).at(0).value_or("[]");
  QueryFacts facts;
  const auto reads = session.run(std::string(sql::catalog_reads), {plan, std::to_string(source_oid)});
  for (std::size_t i = 0; i < reads.size(); ++i)
    facts.reads.push_back({{reads.text(i, "schema"), reads.text(i, "name")}, reads.flag(i, "countable")});
  const auto restless = session.run(std::string(sql::catalog_restless), {plan});
  for (std::size_t i = 0; i < restless.size(); ++i)
    facts.restless += (facts.restless.empty() ? "" : ", ") + restless.text(i, "what");
  return facts;
}

std::vector<std::string> grants_for(postgres::Session& session, const std::string& expressions,
                                    const std::string& schema) {
  const auto denied = session.run(std::string(sql::catalog_denied), {expressions, schema});
  std::vector<std::string> statements;
  for (std::size_t i = 0; i < denied.size(); ++i) statements.push_back(denied.text(i, "statement"));
  return statements;
}

std::vector<Type> types_of(postgres::Session& session, const std::string& query) {
  const auto described = session.run_script(query).at(0);
  std::vector<Type> types;
  for (const auto& column : described.columns) {
    const auto named = session.run(
        "SELECT pg_catalog.format_type(oid, NULL) AS name, pg_catalog.format_type(oid, $2::integer) AS declared, "
        "typnamespace = 'pg_catalog'::regnamespace AS builtin FROM pg_catalog.pg_type WHERE oid = $1::oid",
        {std::to_string(column.type_oid), std::to_string(column.type_modifier)});
    types.push_back({named.text(0, "name"), named.text(0, "declared"), column.type_modifier, named.flag(0, "builtin")});
  }
  return types;
}

}  // namespace engine::catalog
