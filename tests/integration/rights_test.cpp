// Roles with just the rights that pgtide needs, as scripts/sql/roles.sql makes them; what happens where one is missing;
// and a role that may only look.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "engine/core/error.hpp"
#include "engine/state/migrator.hpp"
#include "tests/support/counts.hpp"
#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::desktop;
using support::Outcome;
using support::Pair;
using support::Place;
using support::written;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const std::string script = PGTIDE_SOURCE_DIR "/scripts/sql/roles.sql";

std::string called(Place place) { return std::string(engine::name_of(place)); }

// The statements that a message tells an administrator to run.
std::vector<std::string> statements_in(const std::string& text) {
  static const std::regex statement("(?:GRANT|ALTER ROLE) [^;]*;");
  return {std::sregex_token_iterator(text.begin(), text.end(), statement), std::sregex_token_iterator()};
}

// An office whose tables belong to nobody that pgtide knows, and where PUBLIC may do nothing. The roles are those of
// the servers, so they go when the object goes.
class Office : public Pair {
 public:
  explicit Office(bool with_roles = true) {
    for (const Place side : {desktop, cloud}) {
      sql(side, "CREATE ROLE office; REVOKE ALL ON DATABASE " + database(side) +
                    " FROM PUBLIC; REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE, CREATE ON SCHEMA public TO "
                    "office; CREATE SCHEMA annex AUTHORIZATION office; SET ROLE office");
    }
    sql(desktop,
        "CREATE TABLE t (id int, v text, updated_at timestamptz DEFAULT now());"
        "CREATE TABLE heads (head_id int, client text);"
        "CREATE TABLE annex.items (id int, head_id int, v text);"
        "CREATE TABLE lines (a int, b text);"
        "CREATE TABLE notes (id int, v text, source char(1));"
        "CREATE TABLE back (id int, v text);"
        "CREATE TABLE private (secret text);"
        "INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 20) i;"
        "INSERT INTO heads SELECT i, 'client ' || i FROM generate_series(1, 5) i;"
        "INSERT INTO annex.items SELECT i, i % 5 + 1, 'v' FROM generate_series(1, 20) i;"
        "INSERT INTO lines SELECT i % 10, 'same' FROM generate_series(1, 20) i;"
        "INSERT INTO notes SELECT i, 'desktop', 'D' FROM generate_series(1, 5) i;"
        "RESET ROLE");
    sql(cloud,
        "CREATE SEQUENCE ticket;"
        "CREATE TABLE t (id int PRIMARY KEY, v text, nr bigint DEFAULT nextval('ticket'), updated_at timestamptz);"
        "CREATE TABLE annex.items (id int PRIMARY KEY, head_id int, v text, client text);"
        "CREATE TABLE lines (line_id serial PRIMARY KEY, a int, b text);"
        "CREATE TABLE photos (line_id int REFERENCES lines, photo text);"
        "CREATE TABLE notes (id serial PRIMARY KEY, v text, source char(1) DEFAULT 'M');"
        "CREATE TABLE back (id int PRIMARY KEY, v text);"
        "CREATE TABLE private (secret text);"
        "INSERT INTO notes SELECT i, 'cloud', 'M' FROM generate_series(101, 105) i;"
        "INSERT INTO back SELECT i, 'v' FROM generate_series(1, 5) i;"
        "RESET ROLE");
    use_map(
        "  - desktop: t\n    key: [id]\n"
        "  - desktop: annex.items\n    cloud: annex.items\n    key: [id]\n    forward:\n"
        "      join: \"LEFT JOIN heads h ON h.head_id = items.head_id\"\n      columns: {client: h.client}\n"
        "  - desktop: lines\n    key: none\n    skip: [line_id]\n"
        "  - desktop: notes\n    key: [id]\n    direction: both\n    origin: {column: source, desktop: D, cloud: M}\n"
        "  - cloud: back\n    key: [id]\n    direction: reverse\n");
    if (with_roles) make_roles();
  }

  ~Office() {
    sql("RESET ROLE");
    for (const char* role : {"pgtide_sync", "pgtide_monitor", "stranger", "administrator", "office"})
      sql(std::string("DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = '") + role +
          "') THEN DROP OWNED BY " + role + " CASCADE; END IF; END $$");
    for (const Place side : {desktop, cloud}) sql(side, "ALTER DATABASE " + database(side) + " OWNER TO postgres");
    sql("DROP ROLE IF EXISTS pgtide_sync, pgtide_monitor, stranger, administrator, office");
  }

  // psql -f scripts/sql/roles.sql, as that user.
  Outcome roles_sql(Place side, const std::string& user = "postgres",
                    const std::vector<std::string>& variables = {"schema=public"}) {
    std::vector<std::string> words = {"/usr/bin/psql",       "-X", "-d", url(side, user), "-f", script, "-v",
                                      "side=" + called(side)};
    for (const auto& variable : variables) words.insert(words.end(), {"-v", variable});
    return support::Program(words, {}).wait();
  }

  void make_roles() {
    for (const Place side : {desktop, cloud})
      for (const char* schema : {"schema=public", "schema=annex"}) {
        const auto made = roles_sql(side, "postgres", {schema});
        EXPECT_EQ(made.status, 0) << made.everything();
        EXPECT_EQ(made.err, "");
      }
  }

  Outcome as(const std::string& role, const std::vector<std::string>& words) {
    return run(words, {{"PGTIDE_DESKTOP_URL", url(desktop, role)}, {"PGTIDE_CLOUD_URL", url(cloud, role)}});
  }
  Outcome sync_as(const std::string& role, const std::string& mode) { return as(role, {"sync", mode, "--json"}); }
  Outcome sync(const std::string& mode) { return sync_as("pgtide_sync", mode); }

  void sync_well(const std::string& mode) {
    const auto outcome = sync(mode);
    EXPECT_EQ(outcome.status, 0) << outcome.everything();
    EXPECT_THAT(outcome.err, Not(HasSubstr("warning"))) << mode;
  }

  // Something to do in every table, in both directions.
  void work() {
    sql(desktop,
        "INSERT INTO t SELECT coalesce(max(id), 0) + 1, 'new' FROM t; UPDATE t SET v = v || '!' WHERE id = 3;"
        "INSERT INTO annex.items SELECT max(id) + 1, 2, 'new' FROM annex.items;"
        "INSERT INTO lines VALUES (77, 'new'); DELETE FROM lines WHERE ctid = (SELECT min(ctid) FROM lines WHERE a = "
        "1);"
        "INSERT INTO notes SELECT max(id) + 1, 'desktop', 'D' FROM notes WHERE id < 100");
    sql(cloud,
        "INSERT INTO notes SELECT max(id) + 1, 'cloud', 'M' FROM notes; INSERT INTO back SELECT max(id) + 1, 'new' "
        "FROM "
        "back; INSERT INTO lines (a, b) VALUES (99, 'typed in the cloud')");
  }

  // Runs all jobs until both sides are as they should be.
  void expect_all_arrives() {
    for (const char* mode : {"incremental", "reverse", "incremental"}) sync_well(mode);
    expect_same("t", "t", "id, v");
    expect_same("annex.items", "annex.items", "id, head_id, v");
    expect_same("notes", "notes", "id, v, source");
    expect_same("back");
    EXPECT_EQ(contents(desktop, "lines", "a, b"), contents(cloud, "(SELECT * FROM lines WHERE a <> 99) own", "a, b"));
    EXPECT_EQ(value(cloud, "SELECT count(*) FROM annex.items WHERE client IS NULL"), "0");
  }

  // The target's rows of every table.
  std::vector<std::string> everything_in(Place side) {
    std::vector<std::string> all;
    for (const char* table : {"t", "annex.items", "lines", "notes", "back"})
      for (const auto& row : contents(side, table)) all.push_back(std::string(table) + row);
    return all;
  }

  std::vector<std::string> contents_of(Place side, const std::string& table) {
    return contents(side, table == "items" ? "annex.items" : table);
  }
};

// What somebody takes away, on which side, and which table is refused for it in which job.
struct Missing {
  Place side;
  std::string taken;
  std::string mode;
  std::vector<std::string> refused;
  std::vector<std::string> repaired_by;
};

// Only these tables are refused, none of their rows move, the others go on; what the message says repairs it.
void expect_refused_until_granted(Office& office, const Missing& missing) {
  SCOPED_TRACE(missing.taken + " / " + missing.mode);
  const Place target = missing.mode == "reverse" ? desktop : cloud;
  office.work();
  office.sql(missing.side, missing.taken);
  std::map<std::string, std::vector<std::string>> before;
  for (const auto& table : missing.refused) before[table] = office.contents_of(target, table);

  const auto planned = office.as("pgtide_sync", {"plan", missing.mode});
  EXPECT_EQ(planned.status, 5) << planned.everything();
  const auto refused = office.sync(missing.mode);
  EXPECT_EQ(refused.status, 5) << refused.everything();
  std::set<std::string> statements;
  const auto summary = refused.json();
  for (const auto& table : summary["tables"]) {
    const std::string name = table["table"];
    const bool expected = std::ranges::find(missing.refused, name) != missing.refused.end();
    EXPECT_EQ(table["status"], expected ? "refused" : "ok") << refused.everything();
    if (!expected) continue;
    const std::string error = table["error"];
    EXPECT_THAT(error, HasSubstr("On the " + called(missing.side)));
    for (const auto& statement : statements_in(error)) {
      statements.insert(statement);
      EXPECT_THAT(planned.out, HasSubstr(statement)) << planned.everything();
    }
    EXPECT_EQ(office.contents_of(target, name), before[name]);
  }
  EXPECT_THAT(statements, testing::ElementsAreArray(missing.repaired_by)) << refused.everything();
  EXPECT_EQ(office.value(target, "SELECT count(*) FROM pgtide.watermark WHERE sync_status = 'failed'"),
            std::to_string(missing.refused.size()));
  for (const auto& statement : statements) office.sql(missing.side, statement);
  office.expect_all_arrives();
}

TEST(Rights, TheRolesOfTheScriptAreEnoughAndNoMore) {
  Office office;
  EXPECT_EQ(office.rows(cloud,
                        "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM "
                        "pg_roles WHERE rolname IN ('pgtide_sync', 'pgtide_monitor') ORDER BY 1"),
            (std::vector<std::string>{"pgtide_monitor|f|f|f|f|f", "pgtide_sync|f|f|f|f|f"}));
  EXPECT_EQ(
      office.value(desktop, "SELECT count(*) FROM pg_auth_members m WHERE m.member::regrole::text LIKE 'pgtide%'"), "0")
      << "no pg_monitor, no other role";
  EXPECT_EQ(office.value(desktop, "SELECT has_table_privilege('pgtide_sync', 't', 'DELETE, TRUNCATE')"), "f");
  EXPECT_EQ(office.value(cloud, "SELECT has_table_privilege('pgtide_sync', 't', 'TRUNCATE, REFERENCES, TRIGGER')"),
            "f");
  for (const char* mode : {"full", "incremental", "reverse"}) {
    const auto planned = office.as("pgtide_sync", {"plan", mode});
    EXPECT_EQ(planned.status, 0) << planned.everything();
  }
  EXPECT_EQ(office.value(cloud, "SELECT count(*) FROM pg_namespace WHERE nspname = 'pgtide'"), "0");
  const auto init = office.as("pgtide_sync", {"init"});
  EXPECT_EQ(init.status, 0) << init.everything();
  EXPECT_THAT(init.out, Not(HasSubstr("WARNING")));
  office.sync_well("full");
  office.expect_all_arrives();
  office.work();
  office.expect_all_arrives();
  office.sync_well("full");
  EXPECT_EQ(written(office.sync("full")), 0);
  const auto status = office.as("pgtide_sync", {"status"});
  EXPECT_EQ(status.status, 0) << status.everything();
  EXPECT_THAT(status.out, HasSubstr("All is well"));
}

TEST(Rights, EachMissingRightRefusesItsTableWithTheGrantThatMendsIt) {
  Office office;
  office.sync_well("full");
  office.expect_all_arrives();
  const std::string from = " FROM pgtide_sync", to = " TO pgtide_sync;";
  const std::string all_of_t = R"(GRANT SELECT, INSERT, UPDATE ON "public"."t")" + to;
  const std::string all_of_back = R"(GRANT SELECT, INSERT, UPDATE ON "public"."back")" + to;
  const std::string all_of_lines = R"(GRANT SELECT, INSERT, UPDATE, DELETE ON "public"."lines")" + to;
  const std::vector<std::string> forward = {"t", "annex.items", "lines", "notes"};
  for (const Missing& missing : std::vector<Missing>{
           {desktop, "REVOKE SELECT ON t" + from, "full", {"t"}, {R"(GRANT SELECT ON "public"."t")" + to}},
           {desktop,
            "REVOKE USAGE ON SCHEMA annex" + from,
            "incremental",
            {"annex.items"},
            {R"(GRANT USAGE ON SCHEMA "annex")" + to}},
           {desktop, "REVOKE SELECT ON heads" + from, "full", {"annex.items"}, {"GRANT SELECT ON public.heads" + to}},
           {desktop, "REVOKE SELECT ON notes" + from, "full", {"notes"}, {R"(GRANT SELECT ON "public"."notes")" + to}},
           {cloud, "REVOKE SELECT ON t" + from, "incremental", {"t"}, {all_of_t}},
           {cloud, "REVOKE INSERT ON t" + from, "full", {"t"}, {all_of_t}},
           {cloud, "REVOKE UPDATE ON t" + from, "incremental", {"t"}, {all_of_t}},
           {cloud,
            "REVOKE ALL ON SEQUENCE ticket" + from,
            "incremental",
            {"t"},
            {"GRANT USAGE ON SEQUENCE public.ticket" + to}},
           {cloud,
            "REVOKE USAGE ON SCHEMA annex" + from,
            "full",
            {"annex.items"},
            {R"(GRANT USAGE ON SCHEMA "annex")" + to}},
           {cloud, "REVOKE DELETE ON lines" + from, "incremental", {"lines"}, {all_of_lines}},
           {cloud, "REVOKE SELECT ON lines" + from, "full", {"lines"}, {all_of_lines}},
           {cloud,
            "REVOKE SELECT ON photos" + from,
            "incremental",
            {"lines"},
            {R"(GRANT SELECT ON "public"."photos")" + to}},
           {cloud,
            "REVOKE TEMPORARY ON DATABASE " + office.database(cloud) + from,
            "incremental",
            forward,
            {"GRANT TEMPORARY ON DATABASE " + office.database(cloud) + to}},
           {cloud, "REVOKE SELECT ON back" + from, "reverse", {"back"}, {R"(GRANT SELECT ON "public"."back")" + to}},
           {desktop, "REVOKE INSERT ON back" + from, "reverse", {"back"}, {all_of_back}},
           {desktop, "REVOKE UPDATE ON back" + from, "reverse", {"back"}, {all_of_back}},
           {desktop, "REVOKE SELECT ON back" + from, "reverse", {"back"}, {all_of_back}},
           {desktop,
            "REVOKE TEMPORARY ON DATABASE " + office.database(desktop) + from,
            "reverse",
            {"notes", "back"},
            {"GRANT TEMPORARY ON DATABASE " + office.database(desktop) + to}},
       })
    expect_refused_until_granted(office, missing);
}

TEST(Rights, AKeylessTableNeedsTheSequenceOfItsNumbersOfWhateverKind) {
  Office office;
  office.sync_well("full");
  expect_refused_until_granted(office,
                               {cloud,
                                "REVOKE ALL ON SEQUENCE lines_line_id_seq FROM pgtide_sync",
                                "full",
                                {"lines"},
                                {"GRANT USAGE, SELECT, UPDATE ON SEQUENCE public.lines_line_id_seq TO pgtide_sync;"}});
}

TEST(Rights, AnIdentityWhoseNextNumberMayNotBeTakenIsRefusedOnlyWhereWeTakeIt) {
  Office office;
  office.sql(
      cloud,
      "SET ROLE office; ALTER TABLE lines ALTER line_id DROP DEFAULT; DROP SEQUENCE lines_line_id_seq; ALTER TABLE "
      "lines ALTER line_id ADD GENERATED BY DEFAULT AS IDENTITY; ALTER TABLE t ADD own bigint GENERATED ALWAYS AS "
      "IDENTITY; RESET ROLE");
  const auto refused = office.sync("full");
  EXPECT_EQ(refused.status, 5) << refused.everything();
  EXPECT_EQ(refused.table("t")["status"], "ok") << "PostgreSQL asks for no right to an identity's sequence";
  const auto statements = statements_in(refused.table("lines")["error"]);
  EXPECT_THAT(statements,
              ElementsAre("GRANT USAGE, SELECT, UPDATE ON SEQUENCE public.lines_line_id_seq TO pgtide_sync;"));
  for (const auto& statement : statements) office.sql(cloud, statement);
  office.sync_well("full");
}

TEST(Rights, ASequenceThatMayNotBeMovedIsAWarningWithTheGrant) {
  Office office;
  office.sql(cloud, "REVOKE SELECT, UPDATE ON SEQUENCE lines_line_id_seq FROM pgtide_sync");
  const auto warned = office.sync("full");
  EXPECT_EQ(warned.status, 0) << warned.everything();
  const auto statements = statements_in(warned.err);
  EXPECT_THAT(statements, ElementsAre("GRANT SELECT, UPDATE ON SEQUENCE public.lines_line_id_seq TO pgtide_sync;"));
  for (const auto& statement : statements) office.sql(cloud, statement);
  office.work();
  office.expect_all_arrives();
}

TEST(Rights, WithoutCreateOnTheSchemaThereIsAWarningAndNoView) {
  Office office;
  office.sql("REVOKE CREATE ON SCHEMA public FROM pgtide_sync");
  for (const char* mode : {"full", "reverse"}) {
    const Place target = mode == std::string("full") ? cloud : desktop;
    const auto warned = office.sync(mode);
    EXPECT_EQ(warned.status, 0) << warned.everything();
    const auto statements = statements_in(warned.err);
    EXPECT_THAT(warned.err, HasSubstr("on the " + called(target)));
    EXPECT_THAT(statements, ElementsAre("GRANT CREATE ON SCHEMA \"public\" TO pgtide_sync;"));
    const auto init = office.as("pgtide_sync", {"init"});
    EXPECT_EQ(init.status, 0) << init.everything();
    EXPECT_THAT(statements_in(init.out), testing::Contains(statements.at(0)));
    office.sql(target, statements.at(0));
    EXPECT_EQ(office.as("pgtide_sync", {"init"}).status, 0);
  }
  EXPECT_EQ(office.value(cloud, "SELECT count(*) FROM _sync_metadata"), "4");
  EXPECT_EQ(office.value(desktop, "SELECT count(*) FROM _reverse_sync_metadata"), "2");
}

TEST(Rights, WithoutCreateOnTheTargetNothingIsTouchedAndTheGrantIsNamed) {
  Office office;
  office.sql(cloud, "REVOKE CREATE ON DATABASE " + office.database(cloud) + " FROM pgtide_sync");
  for (const std::vector<std::string>& words : {std::vector<std::string>{"sync", "full"}, {"init"}}) {
    const auto refused = office.as("pgtide_sync", words);
    EXPECT_EQ(refused.status, 5) << refused.everything();
    EXPECT_THAT(statements_in(refused.err),
                ElementsAre("GRANT CREATE ON DATABASE " + office.database(cloud) + " TO pgtide_sync;"));
  }
  EXPECT_EQ(office.value(cloud, "SELECT count(*) FROM t"), "0");
  const auto status = office.as("pgtide_sync", {"status"});
  EXPECT_EQ(status.status, 0) << status.everything();
  office.sql(cloud, "GRANT CREATE ON DATABASE " + office.database(cloud) + " TO pgtide_sync;");
  office.sync_well("full");
  office.expect_all_arrives();
}

TEST(Rights, GrantsTableByTableAreEnough) {
  Office office(false);
  for (const Place side : {desktop, cloud})
    for (const char* schema : {"schema=public", "schema=annex"}) {
      const auto made = office.roles_sql(side, "postgres", {schema, "tables=none"});
      EXPECT_EQ(made.status, 0) << made.everything();
    }
  const auto refused = office.sync("full");
  EXPECT_EQ(refused.status, 5) << refused.everything();
  const auto summary = refused.json();
  for (const auto& table : summary["tables"]) EXPECT_EQ(table["status"], "refused") << table;
  // as the comments of roles.sql say it
  office.sql(desktop,
             "GRANT SELECT ON t, annex.items, heads, lines TO pgtide_sync; GRANT SELECT, INSERT, UPDATE ON notes, back "
             "TO pgtide_sync");
  office.sql(
      cloud,
      "GRANT SELECT, INSERT, UPDATE ON t, annex.items, notes TO pgtide_sync; GRANT SELECT, INSERT, UPDATE, DELETE "
      "ON lines TO pgtide_sync; GRANT SELECT ON back, photos TO pgtide_sync; GRANT USAGE, SELECT, UPDATE ON "
      "SEQUENCE lines_line_id_seq, ticket TO pgtide_sync");
  office.sync_well("full");
  office.work();
  office.expect_all_arrives();
}

// ---- row level security

TEST(Rights, RowsThatSecurityHidesAreNeverLeftOut) {
  struct Hidden {
    Place side;
    std::string table;
    std::string mode;
    std::string refused;
  };
  Office office;
  office.sync_well("full");
  const char* const hides_one = "USING (ctid <> '(0,1)') WITH CHECK (true)";
  for (const auto& hidden : std::vector<Hidden>{{desktop, "t", "full", "t"},
                                                {desktop, "heads", "full", "annex.items"},
                                                {desktop, "lines", "incremental", "lines"},
                                                {cloud, "t", "incremental", "t"},
                                                {cloud, "lines", "full", "lines"},
                                                {cloud, "photos", "full", "lines"},
                                                {cloud, "back", "reverse", "back"},
                                                {desktop, "notes", "reverse", "notes"}})
    for (const char* how : {hides_one, "USING (true) WITH CHECK (true)", "force"}) {
      if (how != hides_one && hidden.table != "t") continue;
      SCOPED_TRACE(called(hidden.side) + " " + hidden.table + " " + how);
      office.work();
      const bool force = how == std::string("force");  // also its owner is subject to it
      office.sql(hidden.side, "ALTER TABLE " + hidden.table + " ENABLE ROW LEVEL SECURITY; CREATE POLICY hiding ON " +
                                  hidden.table + " " + (force ? hides_one : how));
      if (force) office.sql(hidden.side, "ALTER TABLE t FORCE ROW LEVEL SECURITY; ALTER TABLE t OWNER TO pgtide_sync");
      const Place target = hidden.mode == "reverse" ? desktop : cloud;
      const auto before = office.everything_in(target);
      const auto refused = office.as("pgtide_sync", {"sync", hidden.mode, "--json", "--table", hidden.refused});
      EXPECT_EQ(refused.status, 5) << refused.everything();
      const std::string error = refused.table(hidden.refused)["error"];
      EXPECT_THAT(error, HasSubstr("On the " + called(hidden.side)));
      const auto statements = statements_in(error);
      EXPECT_THAT(statements, ElementsAre("ALTER ROLE pgtide_sync BYPASSRLS;")) << error;
      EXPECT_EQ(office.everything_in(target), before);
      for (const auto& statement : statements) office.sql(hidden.side, statement);
      office.expect_all_arrives();
      office.sql(hidden.side, "ALTER ROLE pgtide_sync NOBYPASSRLS; DROP POLICY hiding ON " + hidden.table +
                                  "; ALTER TABLE " + hidden.table + " DISABLE ROW LEVEL SECURITY");
      if (force)
        office.sql(hidden.side,
                   "ALTER TABLE t NO FORCE ROW LEVEL SECURITY; ALTER TABLE t OWNER TO office; GRANT SELECT, INSERT, "
                   "UPDATE ON t TO pgtide_sync");
    }
}

TEST(Rights, SecurityThatHidesNothingFromTheOwnerIsNoObstacle) {
  Office office;
  office.sql(
      desktop,
      "ALTER TABLE t ENABLE ROW LEVEL SECURITY; GRANT CREATE ON SCHEMA public TO pgtide_sync; ALTER TABLE t OWNER "
      "TO pgtide_sync");
  office.sql(cloud,
             "ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE lines ENABLE ROW LEVEL SECURITY; ALTER TABLE photos "
             "ENABLE ROW LEVEL SECURITY; ALTER ROLE pgtide_sync BYPASSRLS");
  office.sync_well("full");
  office.work();
  office.expect_all_arrives();
}

TEST(Rights, AViewWhoseOwnerDoesNotSeeAllRowsIsNeverAShortCopy) {
  Office office;
  office.sql(
      desktop,
      "CREATE ROLE stranger; GRANT USAGE, CREATE ON SCHEMA public TO stranger; GRANT SELECT ON t TO stranger; ALTER "
      "TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY hiding ON t TO stranger USING (id > 10); CREATE VIEW w AS "
      "SELECT id, v FROM t; ALTER VIEW w OWNER TO stranger; GRANT SELECT ON w TO pgtide_sync");
  office.sql(cloud, "CREATE TABLE w (id int PRIMARY KEY, v text); GRANT SELECT, INSERT, UPDATE ON w TO pgtide_sync");
  office.use_map("  - desktop: w\n    key: [id]\n");
  const auto refused = office.sync("full");
  EXPECT_EQ(refused.status, 5) << refused.everything();
  EXPECT_EQ(refused.table("w")["status"], "refused");
  EXPECT_THAT(refused.table("w").dump(), HasSubstr("BYPASSRLS"));
  EXPECT_EQ(office.value(cloud, "SELECT count(*) FROM w"), "0");
  office.sql(desktop, "ALTER ROLE stranger BYPASSRLS");
  const auto full = office.sync("full");
  EXPECT_EQ(full.status, 0) << full.everything();
  office.expect_same("w");
}

// ---- the monitor role

const std::string tables_of_state =
    "SELECT 'pgtide.' || quote_ident(relname) FROM pg_class WHERE relnamespace = 'pgtide'::regnamespace AND relkind = "
    "'r' ORDER BY 1";

// It sees the state and nothing of the users, and changes neither.
void expect_only_looking(Office& office) {
  for (const Place side : {desktop, cloud}) {
    SCOPED_TRACE(called(side));
    const auto monitor = office.connect(side, "pgtide_monitor");
    const auto denied = [&](const std::string& statement) {
      try {
        monitor->run(statement);
        return false;
      } catch (const engine::Error& error) {
        return error.sqlstate() == "42501";
      }
    };
    const auto tables = office.rows(side, tables_of_state);
    EXPECT_GE(tables.size(), 17u);
    for (const auto& table : tables) {
      EXPECT_NO_THROW(monitor->run("SELECT * FROM " + table)) << table;
      for (const char* change : {"DELETE FROM ", "TRUNCATE ", "INSERT INTO "})
        EXPECT_TRUE(denied(change + table + (change[0] == 'I' ? " DEFAULT VALUES" : ""))) << change << table;
    }
    EXPECT_TRUE(denied("UPDATE pgtide.watermark SET last_sync_timestamp = now()"));
    EXPECT_TRUE(denied("CREATE TABLE pgtide.mine (x int)"));
    EXPECT_TRUE(denied("CREATE TABLE public.mine (x int)"));
    EXPECT_TRUE(denied("CREATE SCHEMA mine"));
    for (const char* table : {"t", "lines", "notes", "back", "private"}) {
      EXPECT_TRUE(denied(std::string("SELECT 1 FROM ") + table)) << table;
      EXPECT_TRUE(denied(std::string("DELETE FROM ") + table)) << table;
    }
    const std::string view = side == cloud ? "_sync_metadata" : "_reverse_sync_metadata";
    const auto shown = monitor->run(
        "SELECT table_name, last_sync_timestamp, EXTRACT(EPOCH FROM (NOW() - last_sync_timestamp))/3600 AS hours_ago "
        "FROM " +
        view + " ORDER BY last_sync_timestamp DESC");
    EXPECT_EQ(shown.size(), side == cloud ? 4u : 2u);
    EXPECT_TRUE(denied("DELETE FROM " + view));
  }
  const auto status = office.as("pgtide_monitor", {"status"});
  EXPECT_EQ(status.status, 0) << status.everything();
  EXPECT_THAT(status.out, AllOf(HasSubstr("lines"), HasSubstr("back")));
  const auto check = office.as("pgtide_monitor", {"status", "--check", "--max-age", "26h", "--json"});
  EXPECT_EQ(check.status, 0) << check.everything();
}

TEST(Rights, TheMonitorOnlyLooksWhetherTheRolesOrTheStateWereFirst) {
  for (const bool roles_first : {true, false}) {
    SCOPED_TRACE(roles_first);
    Office office(roles_first);
    if (roles_first) {
      EXPECT_EQ(office.as("pgtide_sync", {"init"}).status, 0);
    } else {  // the state is a superuser's until the roles come
      EXPECT_EQ(office.as("postgres", {"sync", "full"}).status, 0);
      EXPECT_EQ(office.as("postgres", {"sync", "reverse"}).status, 0);
      office.make_roles();
    }
    office.sync_well("full");
    office.sync_well("reverse");
    expect_only_looking(office);
    office.make_roles();  // again: nothing is lost
    office.work();
    office.expect_all_arrives();
    expect_only_looking(office);
  }
}

TEST(Rights, TheMonitorSeesWhatALaterVersionAddsAndWhatIsMadeAnew) {
  Office office;
  office.sync_well("full");
  office.sync_well("reverse");
  for (const Place side : {desktop, cloud}) engine::state::downgrade(*office.connect(side, "pgtide_sync"), 1);
  EXPECT_EQ(office.value(cloud, "SELECT to_regclass('pgtide.known_row') IS NULL"), "t");
  EXPECT_EQ(office.as("pgtide_sync", {"init"}).status, 0);
  office.sync_well("full");
  office.sync_well("reverse");
  expect_only_looking(office);
  office.sql("DROP SCHEMA pgtide CASCADE");
  office.sync_well("full");
  office.sync_well("reverse");
  expect_only_looking(office);
}

TEST(Rights, StatusCreatesNothingAndUpgradesNothing) {
  Office office;
  const auto fresh = office.as("pgtide_monitor", {"status"});
  EXPECT_EQ(fresh.status, 0) << fresh.everything();
  EXPECT_THAT(fresh.out, HasSubstr("pending"));
  EXPECT_EQ(office.as("pgtide_sync", {"status"}).status, 0);
  for (const Place side : {desktop, cloud})
    EXPECT_EQ(office.value(side, "SELECT count(*) FROM pg_namespace WHERE nspname = 'pgtide'"), "0");

  office.sync_well("full");
  for (const int version : {2, 1}) {
    for (const Place side : {desktop, cloud}) engine::state::downgrade(*office.connect(side, "pgtide_sync"), version);
    for (const char* role : {"pgtide_monitor", "pgtide_sync"}) {
      const auto old = office.as(role, {"status"});
      EXPECT_EQ(old.status, 0) << old.everything();
      EXPECT_THAT(old.out, HasSubstr("completed"));
      EXPECT_EQ(office.value(cloud, "SELECT max(version) FROM pgtide.migration"), std::to_string(version));
    }
  }
}

TEST(Rights, WhoMayOnlyLookChangesNothingByTryingToSynchronise) {
  Office office;
  office.sync_well("full");
  office.work();
  const auto before = office.everything_in(cloud);
  const auto state = office.rows(cloud, "SELECT * FROM pgtide.watermark ORDER BY table_name");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"sync", "full"}, {"sync", "reverse"}, {"init"}}) {
    const auto refused = office.as("pgtide_monitor", words);
    EXPECT_EQ(refused.status, 5) << refused.everything();
    EXPECT_THAT(refused.err, HasSubstr("permission denied"));
  }
  EXPECT_EQ(office.everything_in(cloud), before);
  EXPECT_EQ(office.rows(cloud, "SELECT * FROM pgtide.watermark ORDER BY table_name"), state);
  office.expect_all_arrives();
}

TEST(Rights, ARoleToWhichTheStateIsClosedIsToldWhoseItIs) {
  Office office;
  office.sync_well("full");
  office.sql("CREATE ROLE stranger LOGIN");
  for (const Place side : {desktop, cloud})
    office.sql(side,
               "GRANT CONNECT, CREATE, TEMPORARY ON DATABASE " + office.database(side) +
                   " TO stranger; GRANT USAGE, CREATE ON SCHEMA public, annex TO stranger; GRANT ALL ON ALL TABLES IN "
                   "SCHEMA public, annex TO stranger; GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO stranger");
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"status"}, {"sync", "full"}, {"plan", "full"}, {"init"}}) {
    const auto refused = office.as("stranger", words);
    EXPECT_EQ(refused.status, 5) << refused.everything();
    EXPECT_THAT(refused.err, AllOf(HasSubstr("belongs to role pgtide_sync"), HasSubstr("roles.sql")));
  }
  const auto refused = office.as("stranger", {"status"});
  for (int side = 0; side < 2; ++side)  // each database says what is missing there
    for (const auto& statement : statements_in(office.as("stranger", {"status"}).err))
      office.sql(side == 0 ? cloud : desktop, statement);
  const auto status = office.as("stranger", {"status"});
  EXPECT_EQ(status.status, 0) << status.everything();
}

// ---- the script

TEST(Rights, TheScriptMayRunAgainAndIsAllOrNothing) {
  Office office;
  office.sync_well("full");
  const std::string rights =
      "SELECT 'table', oid::regclass, relacl::text FROM pg_class WHERE relacl IS NOT NULL UNION ALL SELECT 'schema', "
      "oid::regnamespace::oid, nspacl::text FROM pg_namespace UNION ALL SELECT 'default', defaclrole, defaclacl::text "
      "FROM pg_default_acl UNION ALL SELECT 'database', oid, datacl::text FROM pg_database WHERE datname = "
      "current_database() ORDER BY 1, 2, 3";
  const auto before = office.rows(cloud, rights);
  office.make_roles();
  EXPECT_EQ(office.rows(cloud, rights), before);
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"schema=nowhere"},
                                                {},
                                                {"schema=public", "side=both"},
                                                {"schema=public", "tables=some"}}) {
    auto variables = wrong;
    variables.insert(variables.end(), {"sync_role=other_sync", "monitor_role=other_monitor"});
    const auto refused = office.roles_sql(cloud, "postgres", variables);
    EXPECT_EQ(refused.status, 3) << refused.everything();
    EXPECT_THAT(refused.out, HasSubstr("takes -v side="));
  }
  EXPECT_EQ(office.value(cloud, "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'other%'"), "0");
}

// As on hosted databases.
TEST(Rights, AnAdministratorWhoIsNoSuperuserCanRunTheScript) {
  Office office(false);
  for (const Place side : {desktop, cloud}) {
    office.sql(side, "CREATE ROLE administrator LOGIN CREATEROLE; GRANT office TO administrator; ALTER DATABASE " +
                         office.database(side) + " OWNER TO administrator; ALTER SCHEMA public OWNER TO administrator");
    for (int time = 0; time < 2; ++time)
      for (const char* schema : {"schema=public", "schema=annex"}) {
        const auto made = office.roles_sql(side, "administrator", {schema});
        EXPECT_EQ(made.status, 0) << made.everything();
        EXPECT_EQ(made.err, "");
      }
    EXPECT_EQ(office.value(side, "SELECT pg_has_role('administrator', 'pgtide_sync', 'USAGE')"), "f");
  }
  office.sync_well("full");
  office.sync_well("reverse");
  expect_only_looking(office);
}

}  // namespace
