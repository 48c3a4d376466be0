// The state schema: made, upgraded and taken down again, and granted to nobody.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/error.hpp"
#include "engine/state/migrator.hpp"
#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::desktop;
using support::Pair;
using support::Place;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class SmallPair : public Pair {
 public:
  SmallPair() {
    sql("CREATE TABLE t (id int PRIMARY KEY, v text); CREATE TABLE back (id int PRIMARY KEY, v text)");
    sql(desktop, "INSERT INTO t VALUES (1, 'x')");
    sql(cloud, "INSERT INTO back VALUES (1, 'y')");
    use_map("  - desktop: t\n  - cloud: back\n    direction: reverse\n");
  }
};

TEST(InitAndState, InitMayBeRepeated) {
  SmallPair pair;
  const auto first = pair.run({"init"});
  EXPECT_EQ(first.status, 0) << first.everything();
  const std::string everything =
      "SELECT string_agg(relname || relkind::text, ',' ORDER BY relname) FROM pg_class WHERE relnamespace = "
      "'pgtide'::regnamespace";
  const auto before = pair.value(cloud, everything);
  const auto second = pair.run({"init", "--json"});
  EXPECT_EQ(second.status, 0) << second.everything();
  EXPECT_TRUE(second.json().is_array());
  EXPECT_EQ(pair.value(cloud, everything), before);
  EXPECT_EQ(
      pair.value(
          cloud,
          "SELECT count(*) FROM pgtide.watermark WHERE sync_status = 'pending' AND last_sync_timestamp = 'epoch'"),
      "1");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "0");
}

TEST(InitAndState, TheFirstSyncMakesTheStateByItself) {
  SmallPair pair;
  pair.sync_well("full");
  pair.sync_well("reverse");
  for (const Place side : {desktop, cloud})
    for (const char* table : {"watermark", "run", "table_run", "event", "coverage", "quarantine", "conflict"})
      EXPECT_EQ(pair.value(side, std::string("SELECT to_regclass('pgtide.") + table + "') IS NOT NULL"), "t") << table;
}

TEST(InitAndState, MigrationsGoDownAndUpAgain) {
  SmallPair pair;
  pair.sync_well("full");
  const auto session = pair.connect(cloud);
  const std::string columns =
      "SELECT string_agg(table_name || '.' || column_name || ' ' || data_type || is_nullable, ',' ORDER BY table_name, "
      "ordinal_position) "
      "FROM information_schema.columns WHERE table_schema = 'pgtide'";
  const auto before = pair.value(cloud, columns);
  EXPECT_THAT(engine::state::upgrade(*session), IsEmpty());
  EXPECT_EQ(engine::state::installed_version(*session), engine::state::known_version());
  EXPECT_THAT(engine::state::downgrade(*session, 0), Not(IsEmpty()));
  EXPECT_EQ(engine::state::installed_version(*session), 0);
  EXPECT_EQ(pair.value(cloud, "SELECT to_regnamespace('pgtide') IS NULL"), "t");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "1") << "the rows stay";
  EXPECT_THAT(engine::state::upgrade(*session), Not(IsEmpty()));
  EXPECT_EQ(pair.value(cloud, columns), before);
  // with its state lost the pair is adopted again, and nothing is written
  const auto full = pair.sync_well("full");
  EXPECT_EQ(full.table("t")["unchanged"], 1);
}

TEST(InitAndState, NothingIsGrantedToAnybody) {
  SmallPair pair;
  for (const Place side : {desktop, cloud}) {
    for (const char* role : {"anon", "authenticated"})
      pair.sql(side,
               std::string("DO $$ BEGIN CREATE ROLE ") + role + "; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
    // as hosted platforms have it
    pair.sql(side,
             "ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO anon, authenticated, PUBLIC; ALTER DEFAULT PRIVILEGES "
             "GRANT ALL ON SEQUENCES TO anon, authenticated; "
             "ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO anon, authenticated; ALTER DEFAULT PRIVILEGES GRANT ALL "
             "ON FUNCTIONS TO anon, authenticated");
  }
  EXPECT_EQ(pair.run({"init"}).status, 0);
  pair.sync_well("full");
  pair.sync_well("reverse");
  for (const Place side : {desktop, cloud}) {
    EXPECT_THAT(pair.rows(side,
                          "SELECT relname, a.grantee::regrole, a.privilege_type FROM pg_class c CROSS JOIN LATERAL "
                          "aclexplode(c.relacl) a "
                          "WHERE (c.relnamespace = 'pgtide'::regnamespace OR c.relname IN ('_sync_metadata', "
                          "'_reverse_sync_metadata')) AND a.grantee <> c.relowner"),
                IsEmpty());
    EXPECT_THAT(pair.rows(side,
                          "SELECT a.grantee FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) a WHERE "
                          "n.nspname = 'pgtide' AND a.grantee <> n.nspowner"),
                IsEmpty());
    for (const char* role : {"anon", "authenticated"})
      EXPECT_EQ(pair.value(side, std::string("SELECT has_schema_privilege('") + role + "', 'pgtide', 'USAGE')"), "f");
    pair.sql(side,
             "ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM anon, authenticated, PUBLIC; ALTER DEFAULT PRIVILEGES "
             "REVOKE ALL ON SEQUENCES FROM anon, authenticated; "
             "ALTER DEFAULT PRIVILEGES REVOKE ALL ON SCHEMAS FROM anon, authenticated; ALTER DEFAULT PRIVILEGES REVOKE "
             "ALL ON FUNCTIONS FROM anon, authenticated");
    pair.sql(side, "DROP OWNED BY anon, authenticated; DROP ROLE anon, authenticated");
  }
}

// A role that has what issue 4 lists, and no more.
class LimitedPair : public SmallPair {
 public:
  LimitedPair() {
    for (const Place side : {desktop, cloud}) {
      sql(side, "CREATE ROLE limited LOGIN; REVOKE ALL ON SCHEMA public FROM PUBLIC; REVOKE ALL ON DATABASE " +
                    database(side) + " FROM PUBLIC; GRANT CONNECT, CREATE, TEMPORARY ON DATABASE " + database(side) +
                    " TO limited; GRANT USAGE ON SCHEMA public TO limited");
    }
    sql(desktop, "GRANT SELECT ON t TO limited; GRANT SELECT, INSERT, UPDATE ON back TO limited");
    sql(cloud, "GRANT SELECT, INSERT, UPDATE ON t TO limited; GRANT SELECT ON back TO limited");
  }
  ~LimitedPair() {
    for (const Place side : {desktop, cloud}) sql(side, "DROP OWNED BY limited CASCADE; DROP ROLE limited");
  }
  support::Outcome as_limited(const std::vector<std::string>& words) {
    return run(words, {{"PGTIDE_DESKTOP_URL", url(desktop, "limited")}, {"PGTIDE_CLOUD_URL", url(cloud, "limited")}});
  }
};

TEST(InitAndState, ARoleWithFewRightsCanSynchroniseAndIsOnlyWarnedAboutTheViews) {
  LimitedPair pair;
  const auto full = pair.as_limited({"sync", "full", "--json"});
  EXPECT_EQ(full.status, 0) << full.everything();
  EXPECT_THAT(full.err, HasSubstr("_sync_metadata"));
  EXPECT_THAT(full.err, HasSubstr("GRANT CREATE ON SCHEMA"));
  pair.expect_same("t");
  EXPECT_EQ(pair.as_limited({"sync", "incremental"}).status, 0);
  const auto reverse = pair.as_limited({"sync", "reverse"});
  EXPECT_EQ(reverse.status, 0) << reverse.everything();
  pair.expect_same("back");
  EXPECT_EQ(pair.as_limited({"status"}).status, 0);
  EXPECT_EQ(pair.as_limited({"plan", "full"}).status, 0);
  EXPECT_EQ(pair.as_limited({"init"}).status, 0);
  pair.sql("GRANT CREATE ON SCHEMA public TO limited");
  EXPECT_EQ(pair.as_limited({"init"}).status, 0);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM _sync_metadata"), "1");
}

TEST(InitAndState, ASequenceThatMayNotBeMovedIsAWarning) {
  LimitedPair pair;
  pair.sql(cloud, "CREATE SEQUENCE numbers; ALTER TABLE t ALTER id SET DEFAULT nextval('numbers')");
  const auto warned = pair.as_limited({"sync", "full"});
  EXPECT_EQ(warned.status, 0) << warned.everything();
  EXPECT_THAT(warned.err, HasSubstr("numbers"));
  pair.expect_same("t");
  pair.sql(cloud, "GRANT SELECT, UPDATE ON SEQUENCE numbers TO limited");
  pair.sql(desktop, "INSERT INTO t VALUES (70, 'z')");
  EXPECT_EQ(pair.as_limited({"sync", "incremental"}).status, 0);
  EXPECT_EQ(pair.value(cloud, "SELECT nextval('numbers')"), "71");
}

TEST(InitAndState, ATableThatMayNotBeReadOrWrittenIsRefusedWithTheGrant) {
  LimitedPair pair;
  pair.sql(cloud, "REVOKE UPDATE ON t FROM limited");
  const auto refused = pair.as_limited({"sync", "full", "--json"});
  EXPECT_EQ(refused.status, 5) << refused.everything();
  EXPECT_THAT(refused.table("t")["error"].dump(), HasSubstr("GRANT SELECT, INSERT, UPDATE"));
  pair.sql(cloud, "GRANT UPDATE ON t TO limited");
  pair.sql(desktop, "REVOKE SELECT ON t FROM limited");
  const auto unreadable = pair.as_limited({"sync", "full", "--json"});
  EXPECT_EQ(unreadable.status, 5) << unreadable.everything();
  EXPECT_THAT(unreadable.table("t")["error"].dump(), HasSubstr("GRANT SELECT"));
}

TEST(InitAndState, ARoleThatMayNotMakeTheStateIsToldWhatItNeeds) {
  LimitedPair pair;
  pair.sql(cloud, "REVOKE CREATE ON DATABASE " + pair.database(cloud) + " FROM limited");
  const auto refused = pair.as_limited({"sync", "full"});
  EXPECT_EQ(refused.status, 5) << refused.everything();
  EXPECT_THAT(refused.err, HasSubstr("GRANT CREATE ON DATABASE"));
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "0");
}

TEST(InitAndState, RowLevelSecurityThatWouldHideRowsIsRefused) {
  LimitedPair pair;
  pair.sql(desktop, "ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY late_ones ON t USING (id > 100)");
  const auto refused = pair.as_limited({"sync", "full", "--json"});
  EXPECT_EQ(refused.status, 5) << refused.everything();
  EXPECT_THAT(refused.table("t")["error"].dump(), HasSubstr("row level security"));
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "0");
}

TEST(InitAndState, TwoMapsKeepTheirStateApart) {
  SmallPair pair;
  pair.sync_well("full");
  pair.use_map("  - desktop: t\n",
               "map: second\ndesktop: {url: \"${PGTIDE_DESKTOP_URL}\"}\ncloud: {url: \"${PGTIDE_CLOUD_URL}\"}\n");
  const auto second = pair.sync_well("incremental");
  EXPECT_EQ(second.table("t")["read"], 1) << "this map has never run";
  EXPECT_THAT(
      pair.rows(cloud, "SELECT map, table_name FROM pgtide.watermark WHERE sync_status = 'completed' ORDER BY 1"),
      ElementsAre("second|t", "test|t"));
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM _sync_metadata"), "2");
}

TEST(InitAndState, ForwardAndReverseMayRunSideBySide) {
  SmallPair pair;
  EXPECT_EQ(pair.run({"init"}).status, 0);
  const auto blocker = pair.connect(cloud);
  blocker->run("BEGIN");
  blocker->run("LOCK TABLE t IN SHARE MODE");
  const auto forward = pair.start({"sync", "full"});
  pair.wait_until(cloud,
                  "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT "
                  "oid FROM pg_database WHERE datname = current_database()))");
  pair.sync_well("reverse");
  pair.expect_same("back");
  EXPECT_TRUE(forward->is_running());
  blocker->run("COMMIT");
  EXPECT_EQ(forward->wait().status, 0);
}

}  // namespace
