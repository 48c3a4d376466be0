#include "engine/pipeline/preparation.hpp"

#include "engine/catalog/catalog_reader.hpp"
#include "engine/core/error.hpp"
#include "engine/pipeline/expression_probes.hpp"
#include "engine/pipeline/recollection.hpp"
#include "engine/pipeline/side_by_side.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/state/known_rows.hpp"

namespace engine::pipeline {
namespace {

void check_timezone(postgres::Session& session, const config::Database& side) {
  try {
    session.run("SELECT now() AT TIME ZONE $1", {*side.timezone});
  } catch (const Error& error) {
    if (error.code() == ErrorCode::unavailable || error.code() == ErrorCode::interrupted) throw;
    throw Error(ErrorCode::configuration,
                side.timezone_mark.text() + ": timezone " + *side.timezone + " is not known to PostgreSQL",
                "write a name like Asia/Kolkata or Europe/Berlin; SELECT name FROM pg_timezone_names lists them");
  }
}

// Both together; one by one where something is wrong with them, which ends a transaction that is open.
void check_timezones(postgres::Session& session, const config::TableMap& map) {
  if (session.in_transaction()) {
    for (const auto* side : {&map.desktop, &map.cloud})
      if (side->timezone) check_timezone(session, *side);
    return;
  }
  std::vector<std::string> looks;
  for (const auto* side : {&map.desktop, &map.cloud})
    if (side->timezone) looks.push_back("now() AT TIME ZONE " + literal(*side->timezone));
  if (looks.empty()) return;
  try {
    session.run("SELECT " + joined(looks, ", "));
  } catch (const Error& error) {
    if (error.code() == ErrorCode::unavailable || error.code() == ErrorCode::interrupted) throw;
    for (const auto* side : {&map.desktop, &map.cloud})
      if (side->timezone) check_timezone(session, *side);
    throw;
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
                   const plan::Request& request, const std::map<QualifiedName, std::string>& refused) {
  const Direction direction = request.direction();
  for (postgres::Session* session : {&source.session, &target}) check_timezones(*session, map);
  std::set<QualifiedName> source_tables, target_tables;
  const auto indexes = plan::selected(map, request);
  for (const std::size_t index : indexes) {
    source_tables.insert(map.tables[index].at(source_of(direction)));
    target_tables.insert(map.tables[index].at(target_of(direction)));
  }
  catalog::Catalog from, to;
  postgres::Opening anew;
  anew.snapshot = true;
  side_by_side(
      [&] {
        from = look_at_tables(source, source_tables);
        measure_large(source, map, indexes, direction, from);
      },
      [&] {
        to = look_at_tables({target, anew}, target_tables);
      });
  const auto facts = look_at_expressions(source, map, indexes, direction, from);
  auto closed = closed_memories(source.session, map, direction);
  closed.insert(refused.begin(), refused.end());
  plan::Plan plan = plan::make_plan(map, request, from, to, facts, state::removing_maps(target, map.name), closed);
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
