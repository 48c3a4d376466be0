#include "engine/state/migrator.hpp"

#include <string_view>

#include "engine/core/error.hpp"
#include "engine/core/names.hpp"
#include "engine/embedded_sql.hpp"
#include "engine/postgres/transaction.hpp"

namespace engine::state {
namespace {

struct Migration {
  int version;
  std::string_view up;
  std::string_view down;
  std::vector<std::string> empties;  // tables whose rows are gone when it is taken down
};

const std::vector<Migration>& migrations() {
  static const std::vector<Migration> all = {
      {{1,
        sql::state_0001_state_up,
        sql::state_0001_state_down,
        {"watermark", "cursor", "run", "table_run", "event", "coverage", "quarantine", "conflict"}},
       {2, sql::state_0002_known_rows_up, sql::state_0002_known_rows_down, {"known_row", "known_loaded"}},
       {3, sql::state_0003_survival_up, sql::state_0003_survival_down, {"progress"}},
       {4, sql::state_0004_misfits_up, sql::state_0004_misfits_down, {"quarantine", "discarded", "tombstone"}},
       {5, sql::state_0005_receipts_up, sql::state_0005_receipts_down, {"receipt"}},
       {6, sql::state_0006_answers_up, sql::state_0006_answers_down, {}},
       {7, sql::state_0007_repairs_up, sql::state_0007_repairs_down, {}},
       {8, sql::state_0008_packs_up, sql::state_0008_packs_down, {}},
       {9, sql::state_0009_glance_up, sql::state_0009_glance_down, {}},
       {10,
        sql::state_0010_column_hashes_up,
        sql::state_0010_column_hashes_down,
        {"known_row", "known_loaded", "cursor"}},
       {11, sql::state_0011_rebuild_up, sql::state_0011_rebuild_down, {}},
       {12, sql::state_0012_covered_rows_up, sql::state_0012_covered_rows_down, {}}}};
  return all;
}

// Hosted APIs publish what these roles may see.
constexpr std::string_view revoke_everything = R"(
DO $$
DECLARE grantee text;
BEGIN
  FOR grantee IN SELECT 'PUBLIC' UNION ALL SELECT quote_ident(rolname) FROM pg_catalog.pg_roles
                 WHERE rolname IN ('anon', 'authenticated') LOOP
    EXECUTE 'REVOKE ALL ON SCHEMA pgtide FROM ' || grantee;
    EXECUTE 'REVOKE ALL ON ALL TABLES IN SCHEMA pgtide FROM ' || grantee;
    EXECUTE 'REVOKE ALL ON ALL SEQUENCES IN SCHEMA pgtide FROM ' || grantee;
  END LOOP;
END $$)";

// Any number will do, as long as it is ours: one migration at a time in this database.
constexpr std::string_view lock_statement = "SELECT pg_catalog.pg_advisory_xact_lock(1886866532, 1)";

constexpr std::string_view whose_state = R"(
SELECT quote_ident(current_user) AS role, quote_ident(current_database()) AS database,
       (SELECT quote_ident(r.rolname) FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner
        WHERE n.nspname = 'pgtide' AND NOT pg_catalog.pg_has_role(n.nspowner, 'USAGE')) AS other_owner)";

// What the newest version consists of: somebody may have dropped a table.
constexpr std::string_view missing_tables = R"(
SELECT string_agg(name, ', ') AS missing
FROM unnest(ARRAY['watermark', 'run', 'table_run', 'event', 'coverage', 'quarantine', 'conflict', 'cursor', 'source', 'anchor',
                  'own_xact', 'known_table', 'known_row', 'known_loaded', 'known_pack', 'home', 'progress', 'discarded',
                  'tombstone', 'receipt', 'glance', 'glance_table', 'rebuild']) name
WHERE pg_catalog.to_regclass('pgtide.' || name) IS NULL)";

// By a scan, not by to_regclass(): that remembers what it did not find, also while another session creates it.
bool exists(postgres::Session& session, const std::string& table) {
  return !session
              .run(
                  "SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
                  "WHERE n.nspname = 'pgtide' AND c.relname = $1",
                  {table})
              .empty();
}

[[noreturn]] void refuse(const postgres::Session& session, const std::string& missing) {
  throw Error(ErrorCode::refused,
              "the state schema pgtide in the " + std::string(name_of(session.place())) +
                  " database is damaged: " + missing + " missing",
              "restore the schema from a backup, or let pgtide make it anew: DROP SCHEMA pgtide CASCADE there, then "
              "pgtide init. The "
              "next run then compares every table whole, and where both sides differ the desktop's row is written");
}

void refuse_damaged(postgres::Session& session) {
  const auto missing = session.run(std::string(missing_tables)).cell(0, "missing");
  if (missing) refuse(session, *missing);
}

int newest_migration(postgres::Session& session) {
  try {
    return static_cast<int>(
        session.run("SELECT coalesce(max(version), 0) AS version FROM pgtide.migration").number(0, "version"));
  } catch (Error& error) {
    explain_missing_right(error, session);
    throw;
  }
}

}  // namespace

void explain_missing_right(Error& error, postgres::Session& session) {
  if (error.sqlstate() != "42501" || !session.is_open() || session.in_transaction()) return;
  const auto state = session.run(std::string(whose_state));
  const std::string where = "on the " + std::string(name_of(session.place())), &role = state.text(0, "role");
  if (const auto owner = state.cell(0, "other_owner"))
    error.hint("the state " + where + " belongs to role " + *owner +
               ": use that one, or let an administrator run scripts/sql/roles.sql there, which hands it over. To look "
               "at it only: GRANT USAGE ON SCHEMA pgtide TO " +
               role + "; GRANT SELECT ON ALL TABLES IN SCHEMA pgtide TO " + role + ";");
  else
    error.hint("pgtide keeps its state in a schema of its own; " + where +
               " an administrator runs: GRANT CREATE ON DATABASE " + state.text(0, "database") + " TO " + role + ";");
}

std::string version_statement() {
  return "SELECT (SELECT coalesce(max(version), 0) FROM pgtide.migration) AS state_version, m.missing AS state_missing "
         "FROM (" +
         std::string(missing_tables) + ") m";
}

int known_version() { return migrations().back().version; }

int installed_version(postgres::Session& session) {
  if (!exists(session, "migration")) {
    if (exists(session, "watermark")) refuse(session, "migration");
    return 0;
  }
  const int installed = newest_migration(session);
  if (installed > known_version())
    throw Error(ErrorCode::state_version,
                "the state schema in the " + std::string(name_of(session.place())) + " database has version " +
                    std::to_string(installed) + "; this pgtide knows versions up to " + std::to_string(known_version()),
                "use the newer pgtide that upgraded it; an older one could damage the state");
  if (installed == known_version()) refuse_damaged(session);
  return installed;
}

void lock_state(postgres::Transaction& write) { write.run(std::string(lock_statement)); }

void build_for_now(postgres::Session& session) {
  if (installed_version(session) != 0) return;
  for (const auto& migration : migrations()) session.run_script(std::string(migration.up));
}

std::vector<int> upgrade(postgres::Session& session) {
  std::vector<int> applied;
  if (installed_version(session) == known_version()) return applied;
  try {
    postgres::Transaction write(session, {});
    lock_state(write);
    const int installed = installed_version(session);
    for (const auto& migration : migrations()) {
      if (migration.version <= installed) continue;
      write.run_script(std::string(migration.up));
      write.run("INSERT INTO pgtide.migration (version, applied_by) VALUES ($1, $2)",
                {std::to_string(migration.version), "pgtide " PGTIDE_VERSION});
      applied.push_back(migration.version);
    }
    write.run_script(std::string(revoke_everything));
    write.commit();
  } catch (Error& error) {
    explain_missing_right(error, session);
    throw;
  }
  return applied;
}

std::set<std::string> emptied_by(int installed, int version) {
  std::set<std::string> tables;
  for (const auto& migration : migrations())
    if (migration.version > version && migration.version <= installed)
      tables.insert(migration.empties.begin(), migration.empties.end());
  return tables;
}

std::string owed_by(postgres::Session& session, int installed, int version) {
  constexpr int first_that_knows = 11;
  if (installed < first_that_knows || version >= first_that_knows) return "";
  return session
      .run(
          "SELECT string_agg(quote_ident(object_name) || ' of ' || table_name, ', ' ORDER BY rebuild_id) AS owed FROM "
          "pgtide.rebuild")
      .cell(0, "owed")
      .value_or("");
}

std::vector<int> downgrade(postgres::Session& session, int version) {
  std::vector<int> reverted;
  postgres::Transaction write(session, {});
  lock_state(write);
  const int installed = installed_version(session);
  for (auto migration = migrations().rbegin(); migration != migrations().rend(); ++migration) {
    if (migration->version > installed || migration->version <= version) continue;
    write.run_script(std::string(migration->down));
    if (migration->version > 1)
      write.run("DELETE FROM pgtide.migration WHERE version = $1", {std::to_string(migration->version)});
    reverted.push_back(migration->version);
  }
  write.commit();
  return reverted;
}

}  // namespace engine::state
