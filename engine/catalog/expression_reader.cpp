#include "engine/catalog/expression_reader.hpp"

#include "engine/core/error.hpp"
#include "engine/core/names.hpp"
#include "engine/embedded_sql.hpp"

namespace engine::catalog {

namespace {

// A result for each statement. Throws where what was written turned two into one, or one into two.
std::vector<postgres::Result> run_each(postgres::Session& session, const std::vector<std::string>& statements) {
  auto results = session.run_script(joined(statements, ";\n"));
  if (results.size() != statements.size())
    throw Error(ErrorCode::configuration, "an expression is more, or less, than one expression");
  return results;
}

}  // namespace

std::vector<QueryFacts> facts_of(postgres::Session& session, const std::vector<Query>& queries) {
  std::vector<std::string> explaining, plans, oids;
  for (const auto& query : queries) {
    explaining.push_back("EXPLAIN (VERBOSE, FORMAT JSON) " + query.sql);
    oids.push_back(std::to_string(query.source_oid));
  }
  for (const auto& explained : run_each(session, explaining))
    plans.push_back(explained.rows.at(0).at(0).value_or("[]"));
  std::vector<QueryFacts> facts(queries.size());
  const auto fact = [&](const postgres::Result& rows, std::size_t i) -> QueryFacts& {
    return facts.at(static_cast<std::size_t>(rows.number(i, "n")) - 1);
  };
  const auto reads =
      session.run(std::string(sql::catalog_reads), {postgres::array_literal(plans), postgres::array_literal(oids)});
  for (std::size_t i = 0; i < reads.size(); ++i)
    fact(reads, i).reads.push_back({{reads.text(i, "schema"), reads.text(i, "name")}, reads.flag(i, "countable")});
  const auto restless = session.run(std::string(sql::catalog_restless), {postgres::array_literal(plans)});
  for (std::size_t i = 0; i < restless.size(); ++i) {
    std::string& what = fact(restless, i).restless;
    what += (what.empty() ? "" : ", ") + restless.text(i, "what");
  }
  return facts;
}

std::vector<std::string> grants_for(postgres::Session& session, const std::string& expressions,
                                    const std::string& schema) {
  const auto denied = session.run(std::string(sql::catalog_denied), {expressions, schema});
  std::vector<std::string> statements;
  for (std::size_t i = 0; i < denied.size(); ++i) statements.push_back(denied.text(i, "statement"));
  return statements;
}

std::vector<std::vector<Type>> types_of(postgres::Session& session, const std::vector<std::string>& queries) {
  const auto described = run_each(session, queries);
  std::vector<std::string> oids, modifiers;
  for (const auto& query : described)
    for (const auto& column : query.columns) {
      oids.push_back(std::to_string(column.type_oid));
      modifiers.push_back(std::to_string(column.type_modifier));
    }
  const auto named = session.run(
      "SELECT pg_catalog.format_type(t.oid, NULL) AS name, pg_catalog.format_type(t.oid, w.modifier) AS declared, "
      "t.typnamespace = 'pg_catalog'::regnamespace AS builtin "
      "FROM unnest($1::oid[], $2::integer[]) WITH ORDINALITY w (oid, modifier, n) "
      "JOIN pg_catalog.pg_type t ON t.oid = w.oid ORDER BY w.n",
      {postgres::array_literal(oids), postgres::array_literal(modifiers)});
  std::vector<std::vector<Type>> types;
  std::size_t i = 0;
  for (const auto& query : described) {
    types.emplace_back();
    for (const auto& column : query.columns) {
      types.back().push_back(
          {named.text(i, "name"), named.text(i, "declared"), column.type_modifier, named.flag(i, "builtin")});
      ++i;
    }
  }
  return types;
}

}  // namespace engine::catalog
