// `pgtide doctor`: what is planted is found, with a fix that mends it when it is pasted; nothing is made up.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/support/pair.hpp"
#include "tests/support/pooler.hpp"

namespace {

using nlohmann::json;
using support::cloud;
using support::Contents;
using support::desktop;
using support::Outcome;
using support::Pair;
using support::Place;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// What is to be found about a defect.
struct Expected {
  std::string severity, check, table, column;
  std::string says;  // a part of the problem
};

class Patient : public Pair {
 public:
  Patient() : Pair(Contents::reused) {}
  explicit Patient(Contents contents) : Pair(contents) {}

  void use_tables(const std::string& tables, const std::string& head = usual_head) {
    tables_ = tables;
    head_ = head;
    use_map(tables_, head_);
  }

  json doctor(const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"doctor", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = run(words);
    status_ = outcome.status;
    return outcome.json();
  }
  int status() const { return status_; }

  static bool fits(const json& finding, const Expected& expected) {
    const auto text = [&](const char* name) { return finding[name].is_null() ? "" : finding[name].get<std::string>(); };
    return text("severity") == expected.severity && text("check") == expected.check &&
           text("table") == expected.table && text("column") == expected.column &&
           text("problem").find(expected.says) != std::string::npos;
  }
  static json find(const json& findings, const Expected& expected) {
    for (const auto& finding : findings)
      if (fits(finding, expected)) return finding;
    return nullptr;
  }

  // As an operator would.
  void paste(const json& finding) {
    const std::string fix = finding["fix"].get<std::string>(), kind = finding["fix_kind"];
    if (kind == "sql") {
      sql(finding["place"] == "desktop" ? desktop : cloud, fix);
    } else if (kind == "command") {
      std::istringstream line(fix);
      std::vector<std::string> words{std::istream_iterator<std::string>(line), {}};
      ASSERT_EQ(words.front(), "pgtide");
      words.erase(words.begin());
      const Outcome outcome = run(words);
      EXPECT_EQ(outcome.status, 0) << outcome.everything();
    } else {
      ASSERT_EQ(kind, "map") << finding;
      write_into_map(finding);
    }
  }

  // Each is found, its fix pasted, and gone.
  void expect_healed(const std::vector<Expected>& defects) {
    const json before = doctor();
    std::vector<json> found;
    for (const auto& defect : defects) {
      SCOPED_TRACE(defect.check + " of " + defect.table + "." + defect.column);
      found.push_back(find(before, defect));
      EXPECT_FALSE(found.back().is_null()) << "not found in " << before.dump(1);
      if (!found.back().is_null()) paste(found.back());
    }
    const json after = doctor();
    for (const auto& defect : defects)
      EXPECT_TRUE(find(after, defect).is_null()) << "still there: " << find(after, defect).dump(1);
  }

  static std::vector<json> worse_than_notes(const json& findings) {
    std::vector<json> bad;
    for (const auto& finding : findings)
      if (finding["severity"] != "note") bad.push_back(finding);
    return bad;
  }

 private:
  static constexpr const char* usual_head =
      "map: test\ndesktop: {url: \"${PGTIDE_DESKTOP_URL}\"}\ncloud: {url: \"${PGTIDE_CLOUD_URL}\"}\n";

  // Below the name of the table, or of the side.
  void write_into_map(const json& finding) {
    const std::string fix = finding["fix"];
    if (fix.starts_with("timezone: ")) {
      const auto at = head_.find("desktop: {");
      head_.insert(at + std::string("desktop: {").size(), fix + ", ");
    } else {
      const std::string entry = "- desktop: " + finding["table"].get<std::string>() + "\n";
      const auto at = tables_.find(entry);
      ASSERT_NE(at, std::string::npos) << finding;
      tables_.insert(at + entry.size(), "    " + fix + "\n");
    }
    use_map(tables_, head_);
  }

  std::string tables_, head_;
  int status_ = -1;
};

TEST(Doctor, AHealthyPairHasNothingAboveANote) {
  Patient pair;
  for (const Place side : {desktop, cloud})
    pair.sql(
        side,
        "CREATE TABLE heads (id int PRIMARY KEY, name varchar(20) NOT NULL, updated_at timestamptz DEFAULT now());"
        "CREATE TABLE lines (id serial PRIMARY KEY, head int REFERENCES heads, amount numeric(10,2), updated_at "
        "timestamptz DEFAULT now());"
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at := now(); RETURN NEW; "
        "END $$; CREATE TRIGGER touch BEFORE UPDATE ON heads FOR EACH ROW EXECUTE FUNCTION touch(); "
        "CREATE TRIGGER touch BEFORE UPDATE ON lines FOR EACH ROW EXECUTE FUNCTION touch()");
  pair.sql(desktop,
           "INSERT INTO heads SELECT i, 'name ' || i FROM generate_series(1, 50) i; "
           "INSERT INTO lines (head, amount) SELECT i, i * 1.5 FROM generate_series(1, 50) i");
  pair.use_tables("  - desktop: heads\n  - desktop: lines\n");
  EXPECT_EQ(pair.sync("full").status, 0);
  const auto findings = pair.doctor();
  EXPECT_EQ(pair.status(), 0);
  EXPECT_THAT(findings, IsEmpty()) << findings.dump(1);
  const Outcome text = pair.run({"doctor"});
  EXPECT_EQ(text.status, 0);
  EXPECT_THAT(text.out, AllOf(HasSubstr("all well: map test will work here. Looked at: desktop PostgreSQL "),
                              HasSubstr("2 tables of the map, 100 rows")));
  EXPECT_EQ(std::ranges::count(text.out, '\n'), 1);
}

TEST(Doctor, TheSamplePairLacksAUniqueIndexAndNothingElse) {
  Patient pair(Contents::sample);
  pair.use_map_file(PGTIDE_SOURCE_DIR "/tablemaps/practice.yaml");
  const auto findings = pair.doctor();
  EXPECT_EQ(pair.status(), 8);
  const auto bad = Patient::worse_than_notes(findings);
  ASSERT_EQ(bad.size(), 2u) << findings.dump(1);
  for (const auto& finding : bad) {
    EXPECT_EQ(finding["check"], "unique_index");
    EXPECT_EQ(finding["table"], "jobshead");
    pair.paste(finding);
  }
  EXPECT_THAT(Patient::worse_than_notes(pair.doctor()), IsEmpty());
  EXPECT_EQ(pair.status(), 0);
  for (const auto side : {desktop, cloud})
    EXPECT_EQ(pair.value(side, "SELECT to_regnamespace('pgtide') IS NULL"), "t") << "doctor writes nothing";
}

// ---- what is planted in the two schemas

TEST(Doctor, WhatBlocksATableIsFoundAndMended) {
  Patient pair;
  pair.sql(desktop,
           "CREATE TABLE gone (id int, v text); CREATE TABLE unfed (id int); CREATE TABLE types (id int, n text);"
           "CREATE TABLE zones (id int, seen timestamp); CREATE TABLE nokey (code int, v text); INSERT INTO nokey "
           "VALUES (1, 'x'), (2, 'x'); CREATE TABLE bag (v text); CREATE TABLE egg (id int, hen int); CREATE TABLE hen "
           "(id int, egg int); CREATE TABLE leaves (id int, v text)");
  pair.sql(cloud,
           "CREATE TABLE unfed (id int PRIMARY KEY, must int NOT NULL); CREATE TABLE types (id int PRIMARY KEY, n int);"
           "CREATE TABLE zones (id int PRIMARY KEY, seen timestamptz); CREATE TABLE nokey (code int, v text);"
           "CREATE TABLE bag (v text); CREATE TABLE egg (id int PRIMARY KEY, hen int NOT NULL); CREATE TABLE hen (id "
           "int PRIMARY KEY, egg int NOT NULL REFERENCES egg); ALTER TABLE egg ADD FOREIGN KEY (hen) REFERENCES hen;"
           "CREATE TABLE leaves (id int PRIMARY KEY, v text)");
  pair.use_tables(
      "  - desktop: gone\n    key: [id]\n  - desktop: unfed\n  - desktop: types\n  - desktop: zones\n  - desktop: "
      "nokey\n  - desktop: bag\n    key: none\n  - desktop: egg\n  - desktop: hen\n  - desktop: leaves\n    deletes: "
      "soft\n    soft_delete: {column: left_at}\n");
  pair.expect_healed({{"blocks", "missing_table", "gone", "", "does not exist in the cloud database"},
                      {"blocks", "not_null", "unfed", "must", "nothing feeds it"},
                      {"blocks", "type", "types", "n", "a value of type text cannot become integer"},
                      {"blocks", "timezone", "zones", "seen", "write timezone:"},
                      {"blocks", "key", "nokey", "code", "no key"},
                      {"blocks", "key", "bag", "", "key: none needs a primary key"},
                      {"blocks", "foreign_keys", "egg", "", "go round in a circle"},
                      {"blocks", "deletes", "leaves", "left_at", "does not exist in the cloud table"}});
  const auto after = pair.doctor();
  for (const auto& finding : after) EXPECT_NE(finding["severity"], "blocks") << finding;
  EXPECT_NE(pair.status(), 5);
  EXPECT_EQ(pair.sync("full").status, 0);
}

TEST(Doctor, RowsThatWouldWaitAreCountedAndMended) {
  Patient pair;
  pair.sql(desktop,
           "CREATE TABLE narrow (id int, v varchar(100)); INSERT INTO narrow VALUES (1, 'short'), (2, 'far too long'), "
           "(3, 'also too long');"
           "CREATE TABLE whole (id int, n bigint); INSERT INTO whole VALUES (1, 1), (2, 3000000000);"
           "CREATE TABLE money (id int, n numeric(12,4)); INSERT INTO money VALUES (1, 1.25), (2, 100000);"
           "CREATE TABLE must (id int, v text); INSERT INTO must VALUES (1, 'x'), (2, NULL), (3, NULL);"
           "CREATE TABLE twice (id int, v text); INSERT INTO twice VALUES (1, 'a'), (1, 'b'), (2, 'c');"
           "CREATE TABLE nameless (id int, v text); INSERT INTO nameless VALUES (7, 'a'), (NULL, 'b'), (NULL, 'c');"
           "CREATE TABLE parent (id int); INSERT INTO parent VALUES (1); CREATE TABLE child (id int, parent int); "
           "INSERT INTO child VALUES (1, 1), (2, 5), (3, 5), (4, 6);"
           "CREATE TABLE limited (id int, n int); INSERT INTO limited VALUES (1, 1), (2, -1);"
           "CREATE TABLE mails (id int, mail text); INSERT INTO mails VALUES (1, 'a'), (2, 'a'), (3, 'b');"
           "CREATE TABLE moods (id int, mood text); INSERT INTO moods VALUES (1, 'good'), (2, 'odd')");
  pair.sql(cloud,
           "CREATE TABLE narrow (id int PRIMARY KEY, v varchar(10)); CREATE TABLE whole (id int PRIMARY KEY, n int);"
           "CREATE TABLE money (id int PRIMARY KEY, n numeric(6,2)); CREATE TABLE must (id int PRIMARY KEY, v text NOT "
           "NULL); CREATE TABLE twice (id int PRIMARY KEY, v text); CREATE TABLE nameless (id int PRIMARY KEY, v text);"
           "CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES "
           "parent); CREATE TABLE limited (id int PRIMARY KEY, n int CHECK (n > 0));"
           "CREATE TABLE mails (id int PRIMARY KEY, mail text UNIQUE);"
           "CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE TABLE moods (id int PRIMARY KEY, mood mood)");
  pair.use_tables(
      "  - desktop: narrow\n  - desktop: whole\n  - desktop: money\n  - desktop: must\n  - desktop: twice\n  - "
      "desktop: "
      "nameless\n  - desktop: child\n  - desktop: parent\n  - desktop: limited\n  - desktop: mails\n  - desktop: "
      "moods\n");
  pair.expect_healed(
      {{"attention", "type", "narrow", "v", "2 rows of narrow have a value in v that does not fit"},
       {"attention", "type", "whole", "n", "1 row of whole has"},
       {"attention", "type", "money", "n", "2 rows of money have"},
       {"attention", "not_null", "must", "v", "2 rows of must have no value in v"},
       {"attention", "duplicate_key", "twice", "id", "1 value of id occurs more than once on the desktop (2 rows)"},
       {"attention", "null_key", "nameless", "id", "2 rows of nameless have no value in the key column id"},
       {"attention", "foreign_key", "child", "parent", "3 rows of child refer to rows of parent that do not exist"},
       {"attention", "check", "limited", "", "1 row of limited has values that the CHECK limited_n_check"},
       {"attention", "duplicate_values", "mails", "mail", "1 value of mail occurs more than once"},
       {"attention", "type", "moods", "mood", "1 row of moods has"}});
  EXPECT_THAT(Patient::worse_than_notes(pair.doctor()), IsEmpty());
  EXPECT_EQ(pair.status(), 0);
  EXPECT_EQ(pair.sync("full").status, 0) << "what doctor calls healthy is copied";
  EXPECT_EQ(pair.contents(desktop, "nameless", "id"), (std::vector<std::string>{"(7)", "(8)", "(9)"}));
}

TEST(Doctor, WhatIsAtRiskIsFoundAndMended) {
  Patient pair;
  pair.sql(desktop,
           "CREATE TABLE lacks (id int, a text, extra int); CREATE TABLE unindexed (a int, b int); INSERT INTO "
           "unindexed VALUES (1, 1);"
           "CREATE TABLE stamps (id int, updated_at timestamp); INSERT INTO stamps VALUES (1, now()), (2, NULL), (3, "
           "'2999-01-01'), (4, 'infinity');"
           "CREATE TABLE behind (id int, v text); INSERT INTO behind VALUES (1, 'x');"
           "CREATE TABLE shared (id serial, v text); SELECT setval('shared_id_seq', 10);"
           "CREATE TABLE computed (id int, total int); CREATE TABLE always (id int, nr int);"
           "CREATE TABLE tight (id int, v varchar(100)); INSERT INTO tight VALUES (1, 'fits'); CREATE TABLE halfway "
           "(id int);"
           "CREATE TABLE meddled (id int, v text); CREATE TABLE eaten (id int, v text); CREATE TABLE ruled (id int, v "
           "text); CREATE TABLE files (id int, photo oid); INSERT INTO files VALUES (1, lo_create(0))");
  pair.sql(cloud,
           "CREATE TABLE lacks (id int PRIMARY KEY, a text); CREATE TABLE unindexed (a int NOT NULL, b int);"
           "CREATE TABLE stamps (id int PRIMARY KEY, updated_at timestamp);"
           "CREATE TABLE behind (id serial PRIMARY KEY, v text); INSERT INTO behind VALUES (500, 'by hand');"
           "CREATE TABLE shared (id serial PRIMARY KEY, v text); SELECT setval('shared_id_seq', 12);"
           "CREATE TABLE computed (id int PRIMARY KEY, total int GENERATED ALWAYS AS (id * 2) STORED);"
           "CREATE TABLE always (id int PRIMARY KEY, nr int GENERATED ALWAYS AS IDENTITY);"
           "CREATE TABLE tight (id int PRIMARY KEY, v varchar(50)); CREATE TABLE halfway (id int NOT NULL); CREATE "
           "UNIQUE INDEX halfway_id ON halfway (id); UPDATE pg_index SET indisvalid = false WHERE indexrelid = "
           "'halfway_id'::regclass;"
           "CREATE TABLE meddled (id int PRIMARY KEY, v text); CREATE FUNCTION meddle() RETURNS trigger LANGUAGE "
           "plpgsql AS $$ BEGIN NEW.v := upper(NEW.v); RETURN NEW; END $$; CREATE TRIGGER meddle BEFORE INSERT ON "
           "meddled FOR EACH ROW EXECUTE FUNCTION meddle();"
           "CREATE TABLE eaten (id int PRIMARY KEY, v text); CREATE FUNCTION eat() RETURNS trigger LANGUAGE plpgsql AS "
           "$$ BEGIN IF NEW.v = '' THEN RETURN NULL; END IF; RETURN NEW; END $$; CREATE TRIGGER eat BEFORE INSERT ON "
           "eaten FOR EACH ROW EXECUTE FUNCTION eat();"
           "CREATE TABLE ruled (id int PRIMARY KEY, v text); CREATE RULE away AS ON INSERT TO ruled WHERE NEW.id = 9 "
           "DO INSTEAD NOTHING; CREATE TABLE files (id int PRIMARY KEY, photo oid)");
  pair.use_tables(
      "  - desktop: lacks\n  - desktop: unindexed\n    key: [a, b]\n  - desktop: stamps\n  - desktop: behind\n  - "
      "desktop: shared\n    direction: both\n    key: [id]\n  - desktop: computed\n  - desktop: always\n  - desktop: "
      "meddled\n  - desktop: eaten\n  - desktop: ruled\n  - desktop: files\n  - desktop: tight\n  - desktop: halfway\n "
      "   key: [id]\n");
  pair.expect_healed(
      {{"note", "missing_column", "lacks", "extra", "the cloud has no column extra"},
       {"attention", "unique_index", "unindexed", "b", "the key may be NULL in the cloud"},
       {"attention", "unique_index", "unindexed", "a, b", "there is no unique index on the key"},
       {"note", "watermark", "stamps", "updated_at", "1 row of stamps has no time stamp"},
       {"attention", "watermark", "stamps", "updated_at", "1 row of stamps has a time stamp in the future"},
       {"attention", "watermark", "stamps", "updated_at", "1 row of stamps has an infinite time stamp"},
       {"note", "touch_trigger", "stamps", "updated_at", "no trigger sets updated_at"},
       {"attention", "sequence", "behind", "id", "it gives out 1 next, and 500 is in use"},
       {"attention", "sequence", "shared", "id", "both sides number id by themselves"},
       {"attention", "generated_column", "computed", "total", "is computed by the database in the cloud"},
       {"attention", "identity_column", "always", "nr", "GENERATED ALWAYS"},
       {"attention", "trigger", "meddled", "v", "trigger meddle (function meddle) changes v"},
       {"attention", "trigger", "eaten", "", "may drop rows"},
       {"attention", "rule", "ruled", "", "rule away changes"},
       {"note", "type", "tight", "v", "every value fits today"},
       {"attention", "unique_index", "halfway", "id", "halfway_id on the key was never finished"},
       {"attention", "large_object", "files", "photo", "1 large objects"}});
  EXPECT_THAT(Patient::worse_than_notes(pair.doctor()), IsEmpty());
}

// ---- roles, limits, addresses, state

TEST(Doctor, WhatTheRoleLacksIsFoundAndMended) {
  Patient pair(Contents::empty);
  const std::string name = "weak_" + pair.database(cloud);
  for (const Place side : {desktop, cloud})
    pair.sql(side, "CREATE ROLE " + name + " LOGIN; REVOKE ALL ON DATABASE " + pair.database(side) +
                       " FROM PUBLIC; GRANT CONNECT ON DATABASE " + pair.database(side) + " TO " + name +
                       "; REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO " + name);
  pair.sql(desktop,
           "CREATE TABLE t (id int, v text); CREATE TABLE hidden (id int, v text); GRANT SELECT ON hidden TO " + name +
               "; ALTER TABLE hidden ENABLE ROW LEVEL SECURITY");
  pair.sql(cloud,
           "CREATE TABLE t (id int PRIMARY KEY, v text, nr serial); CREATE TABLE hidden (id int PRIMARY KEY, v "
           "text); GRANT SELECT, INSERT, UPDATE ON hidden TO " +
               name);
  pair.sql(cloud, "ALTER ROLE " + name + " CONNECTION LIMIT 2; ALTER ROLE " + name + " SET statement_timeout = '5s'");
  const bool has_transaction_timeout =
      pair.number(cloud, "SELECT current_setting('server_version_num')::int") >= 170000;
  if (has_transaction_timeout) pair.sql(cloud, "ALTER ROLE " + name + " SET transaction_timeout = '1min'");
  pair.use_tables("  - desktop: t\n  - desktop: hidden\n");
  for (const Place side : {desktop, cloud}) pair.use_url(side, pair.url(side, name));
  std::vector<Expected> defects = {
      {"blocks", "rights", "t", "", "the source may not be read"},
      {"blocks", "rights", "t", "", "the target may not be written"},
      {"blocks", "rights", "t", "", "takes its value from a sequence"},
      {"blocks", "rights", "t", "", "none may be made"},
      {"blocks", "row_security", "hidden", "", "row level security hides rows of the source"},
      {"blocks", "state", "", "", "may not create the schema pgtide"},
      {"attention", "connections", "", "", "may have 2 connections"},
      {"attention", "timeout", "", "", "statement_timeout is 5 s"},
      {"note", "state", "", "", "the view _sync_metadata cannot be made"}};
  if (has_transaction_timeout) defects.push_back({"attention", "timeout", "", "", "transaction_timeout is 60 s"});
  pair.expect_healed(defects);
  EXPECT_THAT(Patient::worse_than_notes(pair.doctor()), IsEmpty());
  EXPECT_EQ(pair.sync("full").status, 0);
  for (const Place side : {desktop, cloud}) {
    pair.use_url(side, "");
    pair.sql(side, "DROP OWNED BY " + name + " CASCADE; DROP ROLE " + name);
  }
}

TEST(Doctor, AnOlderAndANewerStateAndAnotherMapAreFound) {
  Patient pair;
  pair.sql(desktop, "CREATE TABLE bag (v text)");
  pair.sql(cloud, "CREATE TABLE bag (id serial PRIMARY KEY, v text)");
  pair.use_tables("  - desktop: bag\n    key: none\n    skip: [id]\n");
  pair.expect_healed({{"note", "state", "", "", "are not there yet"}});
  EXPECT_EQ(pair.sync("full").status, 0);
  const std::string version = pair.value(cloud, "SELECT max(version) FROM pgtide.migration");
  pair.sql(cloud, "UPDATE pgtide.migration SET version = 1000 WHERE version = " + version);
  EXPECT_FALSE(Patient::find(pair.doctor(), {"blocks", "state", "", "", "has version 1000"}).is_null());
  EXPECT_EQ(pair.status(), 5);
  pair.sql(cloud, "UPDATE pgtide.migration SET version = " + version + " WHERE version = 1000");
  pair.sql(desktop, "DROP TABLE pgtide.anchor CASCADE");
  pair.expect_healed({{"blocks", "state", "", "", "is damaged: anchor missing"}});
  pair.use_tables("  - desktop: bag\n    key: none\n    skip: [id]\n",
                  "map: other\ndesktop: {url: \"${PGTIDE_DESKTOP_URL}\"}\ncloud: {url: \"${PGTIDE_CLOUD_URL}\"}\n");
  pair.expect_healed({{"blocks", "maps", "bag", "", "map test removes rows from this table already"}});
  EXPECT_EQ(pair.sync("full").status, 0);
}

TEST(Doctor, AMovedDesktopIsFoundAndAccepted) {
  Patient pair;
  pair.sql(desktop, "CREATE TABLE t (id int); INSERT INTO t VALUES (1)");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY)");
  pair.use_tables("  - desktop: t\n");
  EXPECT_EQ(pair.sync("full").status, 0);
  Patient moved;
  moved.sql(desktop, "CREATE TABLE t (id int); INSERT INTO t VALUES (1)");
  pair.use_url(desktop, moved.url(desktop));
  pair.expect_healed({{"blocks", "addresses", "", "", "this is not the database that was synchronised before"}});
  EXPECT_EQ(pair.sync("full").status, 0);
  pair.use_url(desktop, pair.url(cloud));
  EXPECT_FALSE(Patient::find(pair.doctor(), {"blocks", "addresses", "", "", "lead to the same database"}).is_null());
  EXPECT_EQ(pair.status(), 5);
}

TEST(Doctor, ADatabaseThatDoesNotAnswerDoesNotKeepTheOtherFromBeingLookedAt) {
  Patient pair;
  pair.sql(desktop, "CREATE TABLE t (id serial, v text); INSERT INTO t VALUES (100, 'x')");
  pair.use_tables("  - desktop: t\n  - desktop: lost\n");
  pair.use_url(cloud, "postgresql://nobody:secret@127.0.0.1:1/nowhere");
  const auto findings = pair.doctor();
  EXPECT_EQ(pair.status(), 4);
  EXPECT_FALSE(Patient::find(findings, {"blocks", "reachability", "", "", "cannot connect to the cloud"}).is_null());
  EXPECT_FALSE(Patient::find(findings, {"blocks", "missing_table", "lost", "", "in the desktop database"}).is_null());
  EXPECT_FALSE(Patient::find(findings, {"attention", "sequence", "t", "id", "100 is in use"}).is_null());
  for (const auto& words : {std::vector<std::string>{"doctor"}, {"doctor", "--sql"}, {"doctor", "--json"}}) {
    const Outcome outcome = pair.run(words);
    EXPECT_EQ(outcome.status, 4);
    EXPECT_THAT(outcome.everything(), Not(HasSubstr("secret")));
  }
}

TEST(Doctor, ThePoolersModeIsFoundByTrying) {
  Patient pair(Contents::empty);
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.use_tables("  - desktop: t\n");
  const auto through = [&](const support::PoolerOptions& options, const Expected& expected, int status) {
    SCOPED_TRACE(options.mode);
    support::Pooler pooler(pair, options);
    pair.use_url(cloud, pooler.url(cloud));
    const bool all_are_free = options.mode == "transaction" && options.size >= 4;
    const auto before = all_are_free ? pooler.connections(cloud) : std::vector<std::string>();
    const auto findings = pair.doctor();
    EXPECT_FALSE(Patient::find(findings, expected).is_null()) << findings.dump(1);
    EXPECT_EQ(pair.status(), status);
    if (all_are_free) {
      EXPECT_EQ(pooler.connections(cloud), before) << "nothing is left behind";
    }
  };
  through({.mode = "transaction", .size = 4}, {"note", "pooler", "", "", "a pooler in transaction mode"}, 0);
  through({.mode = "session", .size = 8}, {"note", "pooler", "", "", "a pooler in session mode"}, 0);
  through({.mode = "statement", .size = 4}, {"blocks", "pooler", "", "", "a pooler in statement mode"}, 5);
  through({.mode = "transaction", .size = 2}, {"attention", "pooler", "", "", "gives this role no more than 2"}, 8);
  through({.mode = "transaction", .size = 1}, {"blocks", "pooler", "", "", "gives this role no more than 1"}, 5);
  pair.use_url(cloud, "");
  for (const auto& finding : pair.doctor()) EXPECT_NE(finding["check"], "pooler") << finding;
}

// ---- how it is said

TEST(Doctor, TheSqlOfAllFixesRunsInPsqlAsItIs) {
  Patient pair;
  pair.sql(desktop,
           "CREATE TABLE narrow (id int, v text); INSERT INTO narrow VALUES (1, 'too long'), (1, 'twice'), "
           "(NULL, 'x')");
  pair.sql(cloud, "CREATE TABLE narrow (id int PRIMARY KEY, v varchar(3))");
  pair.use_tables("  - desktop: narrow\n");
  const Outcome fixes = pair.run({"doctor", "--sql"});
  EXPECT_EQ(fixes.status, 8);
  EXPECT_THAT(fixes.out,
              AllOf(HasSubstr("\n-- [attention] narrow, column v: 2 rows of narrow have"),
                    HasSubstr("\nALTER TABLE \"public\".\"narrow\" ALTER COLUMN \"v\" TYPE text;\n"),
                    HasSubstr("\n-- commented out, because it deletes 1 row and keeps one of each\n-- DELETE"),
                    HasSubstr("\n-- ---- on the desktop\n"), HasSubstr("\n-- ---- in the cloud\n")));
  const std::string file = pair.map_file() + ".sql";
  std::ofstream(file) << fixes.out;
  const Outcome psql =
      support::Program({"/usr/bin/psql", "-qX", "-v", "ON_ERROR_STOP=1", "-d", pair.url(desktop), "-f", file}, {})
          .wait();
  EXPECT_EQ(psql.status, 0) << psql.everything();
  const auto left = Patient::worse_than_notes(pair.doctor());
  ASSERT_EQ(left.size(), 2u) << json(left).dump(1);
  EXPECT_EQ(left.front()["check"], "null_key");  // its fix replaces values, and is commented out too
  EXPECT_EQ(left.back()["check"], "duplicate_key");
  EXPECT_EQ(pair.number(desktop, "SELECT count(*) FROM narrow"), 3) << "nothing was deleted";
}

TEST(Doctor, AWiderColumnIsNoFinding) {
  Patient pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int, a int[], d date, n numeric(5,2), v varchar(10), c char(3), s smallint, ts "
           "timestamp(3)); INSERT INTO t VALUES (1, '{1}', 'infinity', 1.25, 'v', 'c', 1, now())");
  pair.sql(cloud,
           "CREATE TABLE t (id bigint PRIMARY KEY, a bigint[], d timestamp, n numeric(7,3), v varchar(20), c text, s "
           "int, ts timestamp)");
  pair.use_tables("  - desktop: t\n");
  for (const auto& finding : pair.doctor()) EXPECT_EQ(finding["check"], "state") << finding;
  EXPECT_EQ(pair.status(), 0);
  EXPECT_EQ(pair.sync("full").status, 0);
}

TEST(Doctor, NothingIsMadeUpAboutTriggersThatOnlyFillIn) {
  Patient pair;
  pair.sql(desktop, "CREATE TABLE t (id int, code text, v text)");
  pair.sql(cloud,
           "CREATE TABLE t (id int PRIMARY KEY, code text, v text, search text, seen timestamptz);"
           "CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN -- NEW.v := 'x';\n"
           "IF NEW.code IS NULL THEN NEW.code := 'none'; END IF; NEW.v := coalesce(NEW.v, ''); NEW.search := NEW.v; "
           "IF NEW.v = 'y' THEN NEW.seen = now(); END IF; /* NEW.id := 1; */ RETURN NEW; END $$;"
           "CREATE TRIGGER fill BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION fill()");
  pair.use_tables("  - desktop: t\n");
  EXPECT_THAT(Patient::worse_than_notes(pair.doctor()), IsEmpty());
}

TEST(Doctor, AZoneThatNobodyKnowsAndANameInOtherLettersAreMendedInTheMap) {
  Patient pair;
  pair.sql("CREATE TABLE \"Visits\" (id int PRIMARY KEY, seen date)");
  pair.use_tables("  - desktop: visits\n    key: [id]\n",
                  "map: test\ndesktop: {url: \"${PGTIDE_DESKTOP_URL}\", timezone: Mars}\ncloud: {url: "
                  "\"${PGTIDE_CLOUD_URL}\"}\n");
  const auto findings = pair.doctor();
  const auto zone = Patient::find(findings, {"blocks", "timezone", "", "", "timezone Mars is not known"});
  EXPECT_THAT(zone["fix"].get<std::string>(), testing::StartsWith("timezone: "));
  const auto name = Patient::find(findings, {"blocks", "missing_table", "visits", "", "in the cloud database"});
  EXPECT_EQ(name["fix"], "cloud: Visits\ndesktop: visits");
  EXPECT_EQ(name["fix_kind"], "map");
}

TEST(Doctor, OneTableMayBeLookedAtAlone) {
  Patient pair;
  pair.sql(desktop, "CREATE TABLE a (id int, v text); CREATE TABLE b (id int, v text)");
  pair.sql(cloud, "CREATE TABLE a (id int, v text)");
  pair.use_tables("  - desktop: a\n    key: [id]\n  - desktop: b\n    key: [id]\n");
  for (const auto& finding : pair.doctor({"--table", "a"})) EXPECT_NE(finding["table"], "b") << finding;
  EXPECT_EQ(pair.status(), 8);
  EXPECT_EQ(pair.run({"doctor", "--table", "c"}).status, 2);
  pair.doctor();
  EXPECT_EQ(pair.status(), 5);
}

TEST(Doctor, AMistakeInTheMapDoesNotHideTheOtherTables) {
  Patient pair;
  pair.sql(desktop, "CREATE TABLE a (id int, v text); CREATE TABLE b (id int, v text); CREATE TABLE c (id int)");
  pair.sql(cloud,
           "CREATE TABLE a (id int PRIMARY KEY, v text); CREATE TABLE b (id int, v text); CREATE TABLE c (id int)");
  pair.use_tables(
      "  - desktop: a\n    forward: {where: \"vv = 'x'\"}\n  - desktop: b\n    key: [id]\n  - desktop: c\n    key: "
      "[idd]\n");
  const auto findings = pair.doctor();
  EXPECT_FALSE(Patient::find(findings, {"blocks", "map", "a", "", "where is not accepted by PostgreSQL"}).is_null());
  EXPECT_FALSE(Patient::find(findings, {"blocks", "map", "c", "", "column idd does not exist"}).is_null());
  EXPECT_EQ(Patient::find(findings, {"blocks", "map", "c", "", "column idd does not exist"})["fix"], "key: [id]");
  EXPECT_FALSE(Patient::find(findings, {"attention", "unique_index", "b", "id", "no unique index"}).is_null());
  EXPECT_EQ(pair.status(), 5);
}

}  // namespace
