#include "engine/pipeline/expression_probes.hpp"

#include <algorithm>
#include <regex>
#include <string>
#include <vector>

#include "engine/catalog/expression_reader.hpp"
#include "engine/core/error.hpp"
#include "engine/plan/statements.hpp"
#include "engine/postgres/transaction.hpp"

namespace engine::pipeline {
namespace {

using config::Table;
namespace statements = plan::statements;

constexpr std::string_view insufficient_privilege = "42501";

[[noreturn]] void refuse_expression(const Mark& mark, const std::string& what, const Error& error) {
  throw Error(ErrorCode::configuration, mark.text() + ": " + what + " is not accepted by PostgreSQL: " + error.what(),
              error.hint().empty() ? "expressions are SQL over the columns of the source table" : error.hint());
}

// Runs a probe and says which part of the map it was about if the server refuses it.
template <class Probe>
auto probing(const Mark& mark, const std::string& what, postgres::Session& session, const postgres::Opening& opening,
             Probe probe) {
  try {
    postgres::Transaction read(session, opening);
    return probe();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::interrupted || error.code() == ErrorCode::unavailable ||
        error.sqlstate() == insufficient_privilege)
      throw;
    refuse_expression(mark, what, error);
  }
}

// 'now', 'today' and the like: PostgreSQL reads them as the clock and shows only what they were at that moment.
bool names_the_clock(const config::Way& way) {
  static const std::regex clock("'\\s*(now|today|tomorrow|yesterday|allballs)\\b", std::regex::icase);
  const auto in = [](const std::optional<config::Expression>& e) { return e && std::regex_search(e->sql, clock); };
  return in(way.where) || in(way.join) ||
         std::ranges::any_of(way.columns, [&](const config::ColumnExpression& c) { return in(c.expression); });
}

postgres::Opening opening_for(const SourceView& view, const config::Database& side) {
  postgres::Opening opening = view.opening;
  opening.timezone = side.timezone.value_or("UTC");
  opening.schema = side.schema;
  return opening;
}

void take(plan::ExpressionFacts& facts, const catalog::QueryFacts& query, const config::Way& way) {
  for (const auto& read : query.reads) {
    facts.reads.push_back(read.table);
    facts.countable = facts.countable && read.countable;
  }
  facts.restless = query.restless;
  if (facts.restless.empty() && names_the_clock(way)) facts.restless = "the clock";
}

// One expression after the other, so that it is known which one is wrong.
plan::ExpressionFacts read_facts(const SourceView& view, const config::TableMap& map, const Table& table,
                                 Direction direction, const catalog::TableSchema& schema) {
  const config::Way& way = table.way(direction);
  postgres::Session& source = view.session;
  const postgres::Opening opening = opening_for(view, map.at(source_of(direction)));
  const auto probe = [&](const config::Expression& expression, const std::string& what, const std::string& sql) {
    return probing(expression.mark, what, source, opening, [&] { return catalog::types_of(source, {sql}).at(0); });
  };
  plan::ExpressionFacts facts;
  if (way.join) probe(*way.join, "join", statements::probe_join(table, direction, schema.name));
  if (way.where) probe(*way.where, "where", statements::probe_where(table, direction, schema.name));
  for (const auto& column : way.columns)
    facts.types[column.column] = probe(column.expression, "the expression for column " + column.column,
                                       statements::probe_column(table, direction, schema.name, column.expression.sql))
                                     .at(0);
  const Mark mark = way.join ? way.join->mark : way.where ? way.where->mark : way.columns.front().expression.mark;
  const auto query = probing(mark, "the whole of join, where and columns", source, opening, [&] {
    return catalog::facts_of(source, {{statements::probe_all(table, direction, schema.name), schema.oid}}).at(0);
  });
  take(facts, query, way);
  return facts;
}

// The same, or what keeps this role from computing the expressions: that concerns this table only.
plan::ExpressionFacts facts_or_denial(const SourceView& source, const config::TableMap& map, const Table& table,
                                      Direction direction, const catalog::TableSchema& schema) {
  try {
    return read_facts(source, map, table, direction, schema);
  } catch (const Error& error) {
    if (error.sqlstate() != insufficient_privilege) throw;
    const config::Way& way = table.way(direction);
    std::string expressions;
    if (way.join) expressions += way.join->sql + "\n";
    if (way.where) expressions += way.where->sql + "\n";
    for (const auto& column : way.columns) expressions += column.expression.sql + "\n";
    const Place place = source_of(direction);
    plan::ExpressionFacts facts;
    facts.denied = "the expressions of the map may not be computed: " + std::string(error.what());
    facts.grants = catalog::grants_for(source.session, expressions, map.at(place).schema);
    if (!facts.grants.empty())
      facts.denied +=
          ". On the " + std::string(name_of(place)) + " an administrator runs: " + joined(facts.grants, "; ") + ";";
    return facts;
  }
}

// A probe locks the tables that it is about.
constexpr std::size_t tables_at_a_time = 50;

// Of several tables, in the round trips that one of them would take. Throws if anything is wrong with any of them.
void look_together(const SourceView& view, const config::TableMap& map, std::span<const std::size_t> tables,
                   Direction direction, const catalog::Catalog& from,
                   std::map<std::size_t, plan::ExpressionFacts>& facts) {
  std::vector<std::string> probes;
  std::vector<catalog::Query> queries;
  for (const std::size_t index : tables) {
    const Table& table = map.tables[index];
    const config::Way& way = table.way(direction);
    const auto& schema = *from.table(table.at(source_of(direction)));
    if (way.join) probes.push_back(statements::probe_join(table, direction, schema.name));
    if (way.where) probes.push_back(statements::probe_where(table, direction, schema.name));
    for (const auto& column : way.columns)
      probes.push_back(statements::probe_column(table, direction, schema.name, column.expression.sql));
    queries.push_back({statements::probe_all(table, direction, schema.name), schema.oid});
  }
  const postgres::Transaction read(view.session, opening_for(view, map.at(source_of(direction))));
  const auto types = catalog::types_of(view.session, probes);
  const auto said = catalog::facts_of(view.session, queries);
  std::size_t probe = 0;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const config::Way& way = map.tables[tables[i]].way(direction);
    plan::ExpressionFacts& of_table = facts[tables[i]];
    probe += (way.join ? 1 : 0) + (way.where ? 1 : 0);
    for (const auto& column : way.columns) of_table.types[column.column] = types.at(probe++).at(0);
    take(of_table, said.at(i), way);
  }
}

}  // namespace

std::map<std::size_t, plan::ExpressionFacts> look_at_expressions(const SourceView& source, const config::TableMap& map,
                                                                 std::span<const std::size_t> tables,
                                                                 Direction direction, const catalog::Catalog& from) {
  std::vector<std::size_t> computed;
  for (const std::size_t index : tables) {
    const config::Way& way = map.tables[index].way(direction);
    const auto* schema = from.table(map.tables[index].at(source_of(direction)));
    if (schema && schema->can_use_schema && schema->can_select && (way.join || way.where || !way.columns.empty()))
      computed.push_back(index);
  }
  std::map<std::size_t, plan::ExpressionFacts> facts;
  for (std::size_t first = 0; first < computed.size(); first += tables_at_a_time) {
    const auto batch = std::span(computed).subspan(first, std::min(tables_at_a_time, computed.size() - first));
    std::map<std::size_t, plan::ExpressionFacts> together;
    try {
      look_together(source, map, batch, direction, from, together);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::interrupted || error.code() == ErrorCode::unavailable) throw;
      together.clear();
      for (const std::size_t index : batch)
        together[index] = facts_or_denial(source, map, map.tables[index], direction,
                                          *from.table(map.tables[index].at(source_of(direction))));
    }
    facts.merge(together);
  }
  return facts;
}

}  // namespace engine::pipeline
