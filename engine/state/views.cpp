#include "engine/state/views.hpp"

#include <optional>

#include "engine/core/error.hpp"
#include "engine/core/names.hpp"
#include "engine/postgres/script.hpp"
#include "engine/postgres/transaction.hpp"
#include "engine/state/migrator.hpp"

namespace engine::state {
namespace {

constexpr const char* our_comment = "pgtide: state of the synchronisation, one row a table";

enum class Standing { nothing, ours, other };

std::string standing_statement(const std::string& schema, const std::string& name) {
  return postgres::bound(
      "SELECT c.relkind = 'v' AND pg_catalog.obj_description(c.oid, 'pg_class') = $3 AS ours FROM pg_catalog.pg_class "
      "c "
      "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2",
      {schema, name, our_comment});
}

Standing what_stands_there(postgres::Session& session, const std::string& schema, const std::string& name) {
  const auto found = session.run(standing_statement(schema, name));
  if (found.empty()) return Standing::nothing;
  return found.cell(0, "ours") == "t" ? Standing::ours : Standing::other;
}

// `_sync_metadata_old`, or with a number where that is taken.
std::string free_name(postgres::Session& session, const std::string& schema, const std::string& name) {
  for (int number = 1;; ++number) {
    const std::string candidate = name + "_old" + (number == 1 ? "" : std::to_string(number));
    if (what_stands_there(session, schema, candidate) == Standing::nothing) return candidate;
  }
}

}  // namespace

std::string view_name(Direction direction) {
  return direction == Direction::forward ? "_sync_metadata" : "_reverse_sync_metadata";
}

std::string is_view_there(Direction direction, const std::string& schema) {
  return "SELECT EXISTS (SELECT FROM (" + standing_statement(schema, view_name(direction)) +
         ") v WHERE v.ours) AS view_is_there";
}

bool is_old_metadata(postgres::Session& session, Direction direction, const std::string& schema) {
  return what_stands_there(session, schema, view_name(direction)) == Standing::other;
}

std::string grant_for_view(postgres::Session& session, const std::string& schema) {
  return "on the " + std::string(name_of(session.place())) + " an administrator runs: GRANT CREATE ON SCHEMA " +
         quoted(schema) + " TO " + session.run("SELECT quote_ident(current_user) AS role").text(0, "role") + ";";
}

ViewOutcome ensure_view(postgres::Session& session, Direction direction, const std::string& schema, bool replace_old) {
  const std::string name = view_name(direction);
  const auto settled = [&](Standing standing) -> std::optional<ViewOutcome> {
    if (standing == Standing::ours) return ViewOutcome::present;
    if (standing == Standing::other && !replace_old) return ViewOutcome::old_kept;
    return std::nullopt;
  };
  Standing standing = what_stands_there(session, schema, name);
  if (const auto outcome = settled(standing)) return *outcome;
  const std::string view = quoted(QualifiedName{schema, name});
  try {
    postgres::Transaction write(session, {});
    lock_state(write);  // another map's first run may create it too
    standing = what_stands_there(session, schema, name);
    if (const auto outcome = settled(standing)) return *outcome;
    if (standing == Standing::other)
      write.run_script("ALTER TABLE " + view + " RENAME TO " + quoted(free_name(session, schema, name)));
    write.run_script("CREATE VIEW " + view +
                     " AS SELECT table_name, last_sync_timestamp, created_at, updated_at, map FROM pgtide.watermark "
                     "WHERE direction = " +
                     literal(name_of(direction)) + "; COMMENT ON VIEW " + view + " IS " + literal(our_comment) +
                     "; REVOKE ALL ON " + view + " FROM PUBLIC");
    write.run_script(
        "DO $$ DECLARE r text; BEGIN FOR r IN SELECT quote_ident(rolname) FROM pg_catalog.pg_roles "
        "WHERE rolname IN ('anon', 'authenticated') LOOP EXECUTE " +
        literal("REVOKE ALL ON " + view + " FROM ") + " || r; END LOOP; END $$");
    write.commit();
  } catch (const Error& error) {
    if (error.sqlstate() != "42501") throw;
    if (standing == Standing::nothing) return ViewOutcome::not_permitted;
    throw Error(ErrorCode::refused, name + " in schema " + schema + " may not be renamed by this role: " + error.what(),
                "let its owner run: ALTER TABLE " + view + " RENAME TO " + quoted(name + "_old") + "; then pgtide init")
        .sqlstate("42501");
  }
  return standing == Standing::other ? ViewOutcome::old_renamed : ViewOutcome::created;
}

}  // namespace engine::state
