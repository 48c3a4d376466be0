#include "engine/pipeline/preparation.hpp"

#include <algorithm>
#include <regex>

#include "engine/catalog/catalog_reader.hpp"
#include "engine/catalog/expression_reader.hpp"
#include "engine/core/error.hpp"
#include "engine/pipeline/recollection.hpp"
#include "engine/plan/statements.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/state/known_rows.hpp"

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

plan::ExpressionFacts read_facts(const SourceView& view, const config::TableMap& map, const Table& table,
                                 Direction direction, const catalog::TableSchema& schema) {
  const config::Way& way = table.way(direction);
  const config::Database& side = map.at(source_of(direction));
  postgres::Session& source = view.session;
  postgres::Opening opening = view.opening;
  opening.timezone = side.timezone.value_or("UTC");
  opening.schema = side.schema;
  const auto probe = [&](const config::Expression& expression, const std::string& what, const std::string& sql) {
    return probing(expression.mark, what, source, opening, [&] { return catalog::types_of(source, sql); });
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
    return catalog::facts_of(source, statements::probe_all(table, direction, schema.name), schema.oid);
  });
  for (const auto& read : query.reads) {
    facts.reads.push_back(read.table);
    facts.countable = facts.countable && read.countable;
  }
  facts.restless = query.restless;
  if (facts.restless.empty() && names_the_clock(way)) facts.restless = "the clock";
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

void check_timezone(postgres::Session& session, const config::Database& side) {
  if (!side.timezone) return;
  try {
    session.run("SELECT now() AT TIME ZONE $1", {*side.timezone});
  } catch (const Error& error) {
    if (error.code() == ErrorCode::unavailable || error.code() == ErrorCode::interrupted) throw;
    throw Error(ErrorCode::configuration,
                side.timezone_mark.text() + ": timezone " + *side.timezone + " is not known to PostgreSQL",
                "write a name like Asia/Kolkata or Europe/Berlin; SELECT name FROM pg_timezone_names lists them");
  }
}

// In one snapshot, and with settings of our own.
catalog::Catalog look_at_tables(const SourceView& view, const std::set<QualifiedName>& tables) {
  const postgres::Transaction read(view.session, view.opening);
  return catalog::read_catalog(view.session, tables);
}

// What the marks of a source cannot tell where it is a standby.
void explain_standby(plan::Plan& plan) {
  for (auto& task : plan.tasks)
    if (task.guarantee == "exact")
      task.guarantee_why +=
          std::string(task.guarantee_why.empty() ? "" : "; ") +
          "as long as the primary behind this standby is not restored from a backup and not replaced by a standby that "
          "lagged behind: rows that are written after that may be missed until the next pgtide sync full";
}

// The sizes of the tables for which the map says what is large. A table that is locked is taken for a small one, which
// is always exact.
void measure_large(const SourceView& source, const config::TableMap& map, const std::vector<std::size_t>& indexes,
                   Direction direction, catalog::Catalog& catalog) {
  std::set<QualifiedName> tables;
  for (const std::size_t index : indexes)
    if (map.tables[index].large) tables.insert(map.tables[index].at(source_of(direction)));
  if (tables.empty()) return;
  postgres::Opening opening = source.opening;
  opening.lock_timeout_ms = 1000;
  try {
    const postgres::Transaction read(source.session, opening);
    catalog::measure(source.session, catalog, tables);
  } catch (const Error& error) {
    if (error.sqlstate() != "55P03") throw;
  }
}

}  // namespace

postgres::Opening opening_on(const std::string& snapshot_id) {
  postgres::Opening opening;
  opening.snapshot = true;
  if (snapshot_id.empty())
    opening.part = true;
  else
    opening.exported = snapshot_id;
  return opening;
}

plan::Plan prepare(const SourceView& source, postgres::Session& target, const config::TableMap& map,
                   const plan::Request& request) {
  const Direction direction = request.direction();
  for (postgres::Session* session : {&source.session, &target}) {
    check_timezone(*session, map.desktop);
    check_timezone(*session, map.cloud);
  }
  std::set<QualifiedName> source_tables, target_tables;
  const auto indexes = plan::selected(map, request);
  for (const std::size_t index : indexes) {
    source_tables.insert(map.tables[index].at(source_of(direction)));
    target_tables.insert(map.tables[index].at(target_of(direction)));
  }
  catalog::Catalog from = look_at_tables(source, source_tables);
  measure_large(source, map, indexes, direction, from);
  postgres::Opening anew;
  anew.snapshot = true;
  const catalog::Catalog to = look_at_tables({target, anew}, target_tables);
  std::map<std::size_t, plan::ExpressionFacts> facts;
  for (const std::size_t index : indexes) {
    const Table& table = map.tables[index];
    const config::Way& way = table.way(direction);
    const auto* schema = from.table(table.at(source_of(direction)));
    if (schema && schema->can_use_schema && schema->can_select && (way.join || way.where || !way.columns.empty()))
      facts[index] = facts_or_denial(source, map, table, direction, *schema);
  }
  plan::Plan plan = plan::make_plan(map, request, from, to, facts, state::removing_maps(target, map.name),
                                    closed_memories(source.session, map, direction));
  if (source.session.run("SELECT pg_catalog.pg_is_in_recovery() AS standby").flag(0, "standby")) explain_standby(plan);
  return plan;
}

void throw_problems(const plan::Plan& plan) {
  if (plan.problems.empty()) return;
  std::string text;
  for (const auto& problem : plan.problems) {
    text += (text.empty() ? "" : "\n") + problem.mark.text() + ": " + problem.text;
    if (plan.problems.size() > 1 && !problem.hint.empty()) text += " (" + problem.hint + ")";
  }
  throw Error(
      ErrorCode::configuration, text,
      plan.problems.size() > 1 ? "mend these places of the map; nothing was touched" : plan.problems.front().hint);
}

}  // namespace engine::pipeline
