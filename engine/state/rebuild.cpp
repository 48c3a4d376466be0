#include "engine/state/rebuild.hpp"

#include "engine/core/error.hpp"

namespace engine::state {

std::string Rebuild::script() const {
  return (tablespace.empty() ? "" : "SET default_tablespace = " + quoted(tablespace) + "; ") + definition + ";" +
         (further.empty() ? "" : " " + further + ";");
}

std::string Rebuild::check() const {
  return "ALTER TABLE " + quoted(target) + " VALIDATE CONSTRAINT " + quoted(object.name);
}

std::string Rebuild::in_words() const { return (is_key ? "foreign key " : "index ") + object.name; }

std::string Rebuild::describe() const {
  if (!problem.empty()) return in_words() + ", which a first load dropped: " + problem;
  if (not_valid)
    return in_words() +
           " is there again after a first load, but the rows that are there were not checked yet; the run "
           "does that when the table is complete, or else the next one";
  return in_words() +
         " is not there: a first load dropped it, and makes it again when the table is complete; where it "
         "broke off the next run does";
}

std::string Rebuild::remedy() const { return not_valid ? check() + ";" : script(); }

std::vector<Rebuild> read_rebuilds(postgres::Session& session, const Scope& scope) {
  std::vector<Rebuild> rebuilds;
  try {
    const auto found = session.run(
        "SELECT *, pg_catalog.to_char(dropped_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS dropped "
        "FROM "
        "pgtide.rebuild WHERE map = $1 AND direction = $2 ORDER BY kind, rebuild_id",
        {scope.map, scope.way()});
    for (std::size_t i = 0; i < found.size(); ++i)
      rebuilds.push_back({found.number(i, "rebuild_id"),
                          found.text(i, "table_name"),
                          found.text(i, "kind") == "foreign_key",
                          {found.text(i, "target_schema"), found.text(i, "target_table")},
                          {found.text(i, "object_schema"), found.text(i, "object_name")},
                          found.text(i, "definition"),
                          found.text(i, "further"),
                          found.text(i, "tablespace"),
                          found.text(i, "step") == "not_valid",
                          found.cell(i, "problem").value_or(""),
                          found.text(i, "dropped")});
  } catch (const Error& error) {
    const bool not_there = error.sqlstate() == "42P01" || error.sqlstate() == "3F000" || error.sqlstate() == "42501";
    if (!not_there || session.in_transaction()) throw;
  }
  return rebuilds;
}

bool hold_rebuild(postgres::Session& session, const Rebuild& what) {
  return !session
              .run("SELECT FROM pgtide.rebuild WHERE rebuild_id = $1 AND step = $2 FOR UPDATE",
                   {std::to_string(what.id), std::string(what.not_valid ? "not_valid" : "dropped")})
              .empty();
}

Standing look_for(postgres::Session& session, const Rebuild& what) {
  const std::string of_index =
      "SELECT coalesce(pg_catalog.pg_get_indexdef(x.indexrelid) = $4, false) AS same, coalesce(x.indisvalid, false) AS "
      "valid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace LEFT JOIN "
      "pg_catalog.pg_index x ON x.indexrelid = c.oid WHERE n.nspname = $1 AND c.relname = $3 AND $2::text IS NOT NULL";
  const std::string of_key =
      "SELECT 'ALTER TABLE ' || c.oid::pg_catalog.regclass || ' ADD CONSTRAINT ' || pg_catalog.quote_ident(k.conname) "
      "|| "
      "' ' || pg_catalog.regexp_replace(pg_catalog.pg_get_constraintdef(k.oid), ' NOT VALID$', '') || ' NOT VALID' = "
      "$4 AS "
      "same, k.convalidated AS valid FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid "
      "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2 AND k.conname "
      "= "
      "$3";
  session.run("SET LOCAL search_path = pg_catalog");  // as when the definition was noted
  const auto found = session.run(
      what.is_key ? of_key : of_index,
      {what.is_key ? what.target.schema : what.object.schema, what.target.name, what.object.name, what.definition});
  session.run("SET LOCAL search_path TO DEFAULT");
  if (found.empty()) return Standing::absent;
  if (!found.flag(0, "same")) return Standing::another;
  return found.flag(0, "valid") ? Standing::as_it_was : Standing::not_valid;
}

void forget_rebuild(postgres::Session& session, const Rebuild& what) {
  session.run("DELETE FROM pgtide.rebuild WHERE rebuild_id = $1", {std::to_string(what.id)});
}

void note_not_valid(postgres::Session& session, const Rebuild& what) {
  session.run("UPDATE pgtide.rebuild SET step = 'not_valid', problem = NULL WHERE rebuild_id = $1",
              {std::to_string(what.id)});
}

void note_problem(postgres::Session& session, const Rebuild& what, const std::string& problem) {
  session.run("UPDATE pgtide.rebuild SET problem = $2 WHERE rebuild_id = $1", {std::to_string(what.id), problem});
}

}  // namespace engine::state
