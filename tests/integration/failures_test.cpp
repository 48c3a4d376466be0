// What goes wrong stays where it went wrong, is named, and is made good by the next run.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tests/support/counts.hpp"
#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::desktop;
using support::expect_counts;
using support::Outcome;
using support::Pair;
using support::Place;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* secret = "Geheimnis";

// Everything that the engine keeps, as text.
std::string state_of(Pair& pair, Place place) {
  std::string text;
  for (const auto& table : pair.rows(  // but for what is kept on purpose
           place,
           "SELECT relname FROM pg_class WHERE relnamespace = to_regnamespace('pgtide') AND relkind = 'r' AND relname "
           "NOT IN ('quarantine', 'conflict', 'tombstone')"))
    for (const auto& row : pair.contents(place, "pgtide." + table)) text += table + ": " + row + "\n";
  return text;
}

void expect_no_secret(Pair& pair, const Outcome& outcome) {
  EXPECT_THAT(outcome.out, Not(HasSubstr(secret)));
  EXPECT_THAT(outcome.err, Not(HasSubstr(secret)));
  EXPECT_THAT(state_of(pair, cloud), Not(HasSubstr(secret)));
  EXPECT_THAT(state_of(pair, desktop), Not(HasSubstr(secret)));
}

// One of twenty rows of `bad` is refused by the cloud: it waits, all others are copied; after mending it comes by
// itself.
void expect_one_bad_row(const std::string& reason, const std::string& restriction, const std::string& spoil,
                        const std::string& mend, const std::string& columns = "id int, v text") {
  SCOPED_TRACE(restriction);
  for (const bool empty_target : {true, false}) {
    Pair pair;
    pair.sql(desktop, "CREATE TABLE bad (" + columns +
                          "); CREATE TABLE good (id int, v text); INSERT INTO bad (id, v) SELECT i, 'Geheimnis ' || i "
                          "FROM generate_series(770001, 770020) i; "
                          "INSERT INTO good SELECT i, 'x' FROM generate_series(1, 20) i; " +
                          spoil);
    pair.sql(cloud,
             "CREATE TABLE parent (v text PRIMARY KEY); INSERT INTO parent SELECT 'Geheimnis ' || i FROM "
             "generate_series(770001, 770020) i; CREATE TABLE bad (" +
                 columns + ", PRIMARY KEY (id)); CREATE TABLE good (id int PRIMARY KEY, v text); " + restriction);
    if (!empty_target) pair.sql(cloud, "INSERT INTO bad (id, v) VALUES (770019, 'Geheimnis 770019')");
    pair.use_map("  - desktop: bad\n    key: [id]\n  - desktop: good\n    key: [id]\n");
    int attempts = 0;
    for (const char* mode : {"full", "incremental"}) {
      const auto run = pair.sync(mode);
      EXPECT_EQ(run.status, 8) << run.everything();
      EXPECT_EQ(run.table("bad")["status"], "attention");
      EXPECT_EQ(run.table("bad")["quarantined"], 1) << run.out;
      EXPECT_EQ(run.table("good")["status"], "ok");
      expect_no_secret(pair, run);
      EXPECT_THAT(pair.rows(cloud, "SELECT row_key, reason, attempts, row_data->>'id' FROM pgtide.quarantine"),
                  testing::ElementsAre("{\"id\": 770007}|" + reason + "|" + std::to_string(++attempts) + "|770007"));
      EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM bad WHERE id > 770000"), "19");
    }
    pair.expect_same("good");
    EXPECT_EQ(pair.value(cloud, "SELECT sync_status || error_count FROM pgtide.watermark WHERE table_name = 'bad'"),
              "completed0");
    pair.sql(desktop, mend);
    expect_counts(pair.sync_well("incremental"), "bad", {{"inserted", 1}});
    pair.expect_same("bad");
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.quarantine"), "0");
    EXPECT_EQ(pair.value(cloud, "SELECT payload FROM pgtide.event WHERE event_type = 'quarantine_left'"),
              "{\"became\": \"inserted\", \"reason\": \"" + reason + "\", \"row_key\": {\"id\": 770007}}");
  }
}

constexpr const char* mend_it = "UPDATE bad SET v = 'Geheimnis 770007' WHERE id = 770007";

TEST(Failures, ARowWithANullWhereNoneMayBeWaits) {
  expect_one_bad_row("not_null_violation", "ALTER TABLE bad ALTER v SET NOT NULL",
                     "UPDATE bad SET v = NULL WHERE id = 770007", mend_it);
}
TEST(Failures, ARowThatViolatesACheckWaits) {
  expect_one_bad_row("check_violation", "ALTER TABLE bad ADD CHECK (v NOT LIKE '%!')",
                     "UPDATE bad SET v = 'Geheimnis!' WHERE id = 770007", mend_it);
}
TEST(Failures, ARowWithoutItsParentWaits) {
  expect_one_bad_row("foreign_key_violation", "ALTER TABLE bad ADD FOREIGN KEY (v) REFERENCES parent",
                     "UPDATE bad SET v = 'Geheimnis, verwaist' WHERE id = 770007", mend_it);
}
TEST(Failures, ARowWithoutItsParentWaitsThoughTheKeyIsDeferred) {
  expect_one_bad_row("foreign_key_violation",
                     "ALTER TABLE bad ADD FOREIGN KEY (v) REFERENCES parent DEFERRABLE INITIALLY DEFERRED",
                     "UPDATE bad SET v = 'Geheimnis, verwaist' WHERE id = 770007", mend_it);
}
TEST(Failures, ARowWithATakenUniqueValueWaits) {
  expect_one_bad_row(
      "unique_violation", "ALTER TABLE bad ADD UNIQUE (v); INSERT INTO bad (id, v) VALUES (1, 'Geheimnis taken')",
      "UPDATE bad SET v = 'Geheimnis taken' WHERE id = 770007; INSERT INTO bad (id, v) VALUES (1, 'Geheimnis taken')",
      "UPDATE bad SET v = 'Geheimnis 770007' WHERE id = 770007");
}

TEST(Failures, AUniqueValueMayPassFromOneRowToANewOne) {
  Pair pair;
  pair.sql(desktop, "CREATE TABLE t (id int, code text); INSERT INTO t VALUES (1, 'X')");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, code text UNIQUE)");
  pair.use_map("  - desktop: t\n");
  pair.sync_well("full");
  pair.sql(desktop, "UPDATE t SET code = 'Y' WHERE id = 1; INSERT INTO t VALUES (2, 'X')");
  pair.sync_well("incremental");
  pair.expect_same("t");
}

TEST(Failures, ARowThatATriggerRefusesWaits) {
  expect_one_bad_row(
      "raise_exception",
      "CREATE FUNCTION judge() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.v LIKE '%!' THEN RAISE EXCEPTION "
      "'no: %', NEW.v USING DETAIL = NEW.v, HINT = NEW.v; "
      "END IF; RETURN NEW; END $$; CREATE TRIGGER judge BEFORE INSERT OR UPDATE ON bad FOR EACH ROW EXECUTE FUNCTION "
      "judge()",
      "UPDATE bad SET v = 'Geheimnis!' WHERE id = 770007", mend_it);
}
TEST(Failures, ARowThatATriggerRefusesWithAnotherCodeWaits) {
  expect_one_bad_row(
      "check_violation",
      "CREATE FUNCTION judge() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.v LIKE '%!' THEN RAISE EXCEPTION "
      "'no: %', NEW.v USING ERRCODE = 'check_violation'; "
      "END IF; RETURN NEW; END $$; CREATE TRIGGER judge BEFORE INSERT OR UPDATE ON bad FOR EACH ROW EXECUTE FUNCTION "
      "judge()",
      "UPDATE bad SET v = 'Geheimnis!' WHERE id = 770007", mend_it);
}
TEST(Failures, ARowThatATriggerRefusesWithAnUnknownCodeWaits) {
  expect_one_bad_row(
      "other_error",
      "CREATE FUNCTION judge() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.v LIKE '%!' THEN RAISE EXCEPTION "
      "'no: %', NEW.v USING ERRCODE = 'MY001'; "
      "END IF; RETURN NEW; END $$; CREATE TRIGGER judge BEFORE INSERT OR UPDATE ON bad FOR EACH ROW EXECUTE FUNCTION "
      "judge()",
      "UPDATE bad SET v = 'Geheimnis!' WHERE id = 770007", mend_it);
}
TEST(Failures, ATextThatIsNoNumberWaits) {
  expect_one_bad_row(
      "invalid_text_representation",
      "CREATE FUNCTION judge() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM substr(NEW.v, 11)::int; RETURN "
      "NEW; END $$; "
      "CREATE TRIGGER judge BEFORE INSERT OR UPDATE ON bad FOR EACH ROW EXECUTE FUNCTION judge()",
      "UPDATE bad SET v = 'Geheimnis Geheimnis' WHERE id = 770007", mend_it);
}

TEST(Failures, ARowThatATriggerDropsWaits) {
  for (const char* held : {"0", "1"}) {  // rows that the cloud has already: straight into the table, or by the stage
    Pair pair;
    pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
    pair.sql(desktop, "INSERT INTO t SELECT i, 'v' FROM generate_series(1, 20) i");
    pair.sql(cloud,
             "INSERT INTO t SELECT i, 'w' FROM generate_series(1, " + std::string(held) +
                 ") i; "
                 "CREATE FUNCTION drop_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id = 7 THEN RETURN "
                 "NULL; END IF; RETURN NEW; END $$; "
                 "CREATE TRIGGER drop_it BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION drop_it()");
    pair.use_map("  - desktop: t\n");
    EXPECT_EQ(pair.sync("full").status, 8);
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "19");
    EXPECT_EQ(pair.value(cloud, "SELECT reason || row_key FROM pgtide.quarantine"), "row_not_taken{\"id\": 7}");
    pair.sql(cloud, "DROP TRIGGER drop_it ON t");
    pair.sync_well("incremental");
    pair.expect_same("t");
  }
}

TEST(Failures, WhatAPhoneEntersAfterAFailedFirstRunIsNotOverwritten) {
  Pair pair;
  pair.sql(desktop, "CREATE TABLE t (id int, v text); INSERT INTO t VALUES (1, 'v'), (2, 'v')");
  pair.sql(
      cloud,
      "CREATE TABLE t (id int PRIMARY KEY, v text); CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ "
      "BEGIN RAISE EXCEPTION 'broken' USING ERRCODE = 'internal_error'; END $$; CREATE TRIGGER broken BEFORE INSERT "
      "ON t FOR EACH ROW EXECUTE FUNCTION broken()");
  pair.use_map("  - desktop: t\n");
  EXPECT_EQ(pair.sync("full").status, 7);
  pair.sql(cloud, "DROP TRIGGER broken ON t; INSERT INTO t VALUES (1, 'phone')");
  EXPECT_EQ(pair.sync("full").status, 8);
  EXPECT_THAT(pair.rows(cloud, "SELECT * FROM t ORDER BY 1"), ElementsAre("1|phone", "2|v"));
}

TEST(Failures, AnExpressionThatFailsOnOneRowDoesNotStopTheOthers) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text); CREATE TABLE good (id int PRIMARY KEY)");
  pair.sql(desktop,
           "INSERT INTO t SELECT i, i::text FROM generate_series(1, 20) i; UPDATE t SET v = 'Geheimnis' WHERE id = 7; "
           "INSERT INTO good VALUES (1)");
  pair.use_map("  - desktop: t\n    forward: {columns: {v: \"(v::int + 1)::text\"}}\n  - desktop: good\n");
  const auto full = pair.sync("full");
  EXPECT_EQ(full.status, 8) << full.everything();
  EXPECT_THAT(full.everything(), Not(HasSubstr(secret)));
  EXPECT_EQ(full.table("t")["quarantined"], 1);
  EXPECT_EQ(full.table("good")["status"], "ok");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE v::int = id + 1"), "19");
  pair.sql(desktop, "UPDATE t SET v = '7' WHERE id = 7");
  pair.sync_well("incremental");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE v::int = id + 1"), "20");
}

// ---- one run at a time

TEST(Failures, ASecondRunOfTheSameMapAndDirectionEndsAtOnce) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'x')");
  pair.use_map("  - desktop: t\n");
  EXPECT_EQ(pair.run({"init"}).status, 0);
  const auto blocker = pair.connect(cloud);
  blocker->run("BEGIN");
  blocker->run("LOCK TABLE t IN SHARE MODE");
  const auto first = pair.start({"sync", "full"});
  pair.wait_until(cloud,
                  "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT "
                  "oid FROM pg_database WHERE datname = current_database()))");
  const auto second = pair.sync("incremental");
  EXPECT_EQ(second.status, 6) << second.everything();
  EXPECT_TRUE(first->is_running());
  // the other direction and another map are not kept out
  blocker->run("COMMIT");
  EXPECT_EQ(first->wait().status, 0);
  pair.sync_well("incremental");
}

TEST(Failures, TwoRunsAtOnceDoubleNothing) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int, v text)");
  pair.sql(desktop, "INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 5000) i");
  pair.use_map("  - desktop: t\n    key: [id]\n");
  std::vector<std::unique_ptr<support::Program>> runs;
  for (int i = 0; i < 4; ++i) runs.push_back(pair.start({"sync", "full"}));
  int done = 0;
  for (auto& run : runs) {
    const auto outcome = run->wait();
    EXPECT_THAT(outcome.status, testing::AnyOf(0, 6)) << outcome.everything();
    done += outcome.status == 0;
  }
  EXPECT_GE(done, 1);
  pair.expect_same("t");
}

// ---- what cannot be reached, or is wrong

TEST(Failures, AServerThatIsNotThereIsUnavailableAndItsPasswordIsNotPrinted) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY)");
  pair.use_map("  - desktop: t\n");
  const std::string password = "S3kr3tPassw0rd";
  for (const std::string& url :
       {"postgresql://postgres:" + password + "@127.0.0.1:1/nowhere",
        "host=127.0.0.1 port=1 password=" + password + " dbname=x",
        "postgresql://postgres:" + password + "@127.0.0.1:" + std::to_string(support::Clusters::running().port(cloud)) +
            "/no_such_database",
        "postgresql://nobody_here:" + password +
            "@127.0.0.1:" + std::to_string(support::Clusters::running().port(cloud)) + "/" + pair.database(cloud)})
    for (const std::string command : {"sync", "plan", "init"}) {
      std::vector<std::string> words = {command};
      if (command != "init") words.push_back("full");
      words.insert(words.end(), {"--verbose", "--json", "--cloud", url});
      const auto outcome = pair.run(words);
      EXPECT_EQ(outcome.status, 4) << outcome.everything();
      EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr(password)));
    }
  for (const std::string& url : {"postgresql://postgres:" + password + "@127.0.0.1:port/x",
                                 "postgresql://user:" + password + "@[::1/x", "nonsense " + password}) {
    const auto outcome = pair.run({"sync", "full", "--cloud", url});
    EXPECT_THAT(outcome.status, testing::AnyOf(2, 3)) << outcome.everything();
    EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr(password)));
  }
}

TEST(Failures, APasswordIsNeitherPrintedNorKept) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY)");
  pair.sql(desktop, "INSERT INTO t VALUES (1)");
  const std::string password = "S3kr3tPassw0rd";
  pair.use_map("  - desktop: t\n", "map: test\ndesktop: {url: \"" + pair.url(desktop, "postgres:" + password) +
                                       "\"}\ncloud: {url: \"" + pair.url(cloud, "postgres:" + password) + "\"}\n");
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{{"init"},
                                                                                     {"plan", "full"},
                                                                                     {"sync", "full", "--verbose"},
                                                                                     {"sync", "reverse"},
                                                                                     {"status"},
                                                                                     {"status", "--json"}}) {
    const auto outcome = pair.run(words, {{"PGTIDE_DESKTOP_URL", ""}, {"PGTIDE_CLOUD_URL", ""}});
    EXPECT_EQ(outcome.status, 0) << outcome.everything();
    EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr(password)));
  }
  EXPECT_THAT(state_of(pair, cloud) + state_of(pair, desktop), Not(HasSubstr(password)));
}

TEST(Failures, TheSameDatabaseTwiceIsRefused) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY)");
  pair.use_map("  - desktop: t\n");
  const std::string by_name = "host=localhost port=" + std::to_string(support::Clusters::running().port(cloud)) +
                              " user=postgres dbname=" + pair.database(cloud);
  for (const char* mode : {"full", "incremental"}) {
    const auto outcome = pair.sync(mode, {"--desktop", by_name});
    EXPECT_EQ(outcome.status, 5) << outcome.everything();
  }
  EXPECT_EQ(pair.value(cloud, "SELECT to_regnamespace('pgtide') IS NULL"), "t");
}

// Status 3 with file, line and column, and neither database touched.
void expect_configuration_error(const std::string& tables, const std::string& position,
                                const std::string& mode = "full", const std::string& head = "") {
  SCOPED_TRACE(tables + head);
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'x')");
  pair.use_map(tables, head);
  for (const char* command : {"plan", "sync"}) {
    const auto outcome = pair.run({command, mode});
    EXPECT_EQ(outcome.status, 3) << outcome.everything();
    EXPECT_THAT(outcome.err, HasSubstr(pair.map_file() + ":" + position)) << outcome.everything();
  }
  for (const auto side : {desktop, cloud}) EXPECT_EQ(pair.value(side, "SELECT to_regnamespace('pgtide') IS NULL"), "t");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "0");
}

TEST(Failures, MistakesInTheMapAreShownWithTheirPlace) {
  expect_configuration_error("  - desktop: t\n  - desktop: no_such_table\n", "6:14");
  expect_configuration_error("  - desktop: t\n    cloud: no_such_table\n", "6:12");
  expect_configuration_error("  - desktop: t\n    keys: [id]\n", "6:5");
  expect_configuration_error("  - desktop: t\n    key: [nothing]\n", "6:11");
  expect_configuration_error("  - desktop: t\n    watermark: updated_at\n", "6:16");
  expect_configuration_error("  - desktop: t\n    skip: [nothing]\n", "6:12");
  expect_configuration_error("  - desktop: t\n    rename: {v: nothing}\n", "6:");
  expect_configuration_error("  - desktop: t\n    forward: {where: \"id >\"}\n", "6:22");
  expect_configuration_error("  - desktop: t\n    forward: {where: \"no_column = 1\"}\n", "6:22");
  expect_configuration_error("  - desktop: t\n    forward: {columns: {v: \"upper(\"}}\n", "6:28");
  expect_configuration_error("  - desktop: t\n    forward: {columns: {nothing: \"upper(v)\"}}\n", "6:34");
  expect_configuration_error("  - desktop: t\n    forward: {join: \"LEFT JOIN nowhere ON true\"}\n", "6:21");
  expect_configuration_error("  - desktop: t\n    forward: {where: \"true; DROP TABLE t\"}\n", "6:22");
  expect_configuration_error("  - desktop: t\n  - desktop: t\n", "6:");
  expect_configuration_error("  - desktop: t\n    direction: sideways\n", "6:16");
  expect_configuration_error(
      "  - desktop: t\n", "2:49", "full",
      "map: test\ndesktop: {url: \"${NO_SUCH_VARIABLE}\", timezone: \"${NO_SUCH_VARIABLE}\"}\ncloud: {url: \"x\"}\n");
}

TEST(Failures, ATableWithoutTheUsualStampsIsNoCrash) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'x')");
  pair.use_map("  - desktop: t\n",
               "map: test\ndesktop: {url: \"${PGTIDE_DESKTOP_URL}\"}\ncloud: {url: \"${PGTIDE_CLOUD_URL}\"}\ndefaults: "
               "{watermark: [updated_at, created_at]}\n");
  pair.sync_well("full");
  pair.sql(desktop, "ALTER TABLE t ADD updated_at timestamptz DEFAULT now()");
  pair.sync_well("incremental");
  pair.sql(desktop, "ALTER TABLE t DROP updated_at");
  pair.sync_well("incremental");
  pair.expect_same("t");
}

TEST(Failures, ACallThatIsWrongSaysSo) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.use_map("  - desktop: t\n");
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{},
                                             {"sync"},
                                             {"sync", "everything"},
                                             {"sync", "full", "--no-such-flag"},
                                             {"sync", "full", "--table", "nothing"},
                                             {"sync", "full", "--jobs", "0"},
                                             {"sync", "reverse", "--overwrite"},
                                             {"sync", "incremental", "--overwrite"},
                                             {"serve"}}) {
    const auto outcome = pair.run(words);
    EXPECT_EQ(outcome.status, 2) << outcome.everything();
    EXPECT_NE(outcome.err, "");
  }
  EXPECT_EQ(pair.run({"--help"}).status, 0);
  EXPECT_EQ(pair.run({"--version"}).status, 0);
  EXPECT_EQ(pair.run({"sync", "full"}, {{"PGTIDE_MAP", "/no/such/file.yaml"}}).status, 3);
}

TEST(Failures, ANewerStateIsLeftAlone) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'x')");
  pair.use_map("  - desktop: t\n");
  EXPECT_EQ(pair.run({"init"}).status, 0);
  for (const auto side : {cloud, desktop}) {
    pair.sql(side, "INSERT INTO pgtide.migration (version, applied_by) VALUES (999, 'the future')");
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"sync", "full"}, {"sync", "reverse"}, {"plan", "full"}, {"init"}, {"status"}}) {
      const auto outcome = pair.run(words);
      EXPECT_EQ(outcome.status, 12) << outcome.everything();
    }
    pair.sql(side, "DELETE FROM pgtide.migration WHERE version = 999");
  }
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "0");
  pair.sync_well("full");
}

// ---- runs that die

// A table of several chunks whose copy stops at row 60,000 of 80,000 until the test lets it go on.
class SlowPair : public Pair {
 public:
  SlowPair() {
    sql("CREATE TABLE first (id int PRIMARY KEY, v text); CREATE TABLE t (id int PRIMARY KEY, v text)");
    sql(desktop,
        "INSERT INTO first SELECT i, 'v' FROM generate_series(1, 100) i; INSERT INTO t SELECT i, repeat(md5(i::text), "
        "8) FROM generate_series(1, 80000) i");
    sql(cloud,
        "ALTER TABLE t ADD FOREIGN KEY (id) REFERENCES first NOT VALID; ALTER TABLE t DISABLE TRIGGER ALL; CREATE "
        "TABLE gate (); "
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN LOCK TABLE gate IN ROW SHARE MODE; RETURN "
        "NEW; END $$; "
        "CREATE TRIGGER wait BEFORE INSERT OR UPDATE ON t FOR EACH ROW WHEN (NEW.id = 60000) EXECUTE FUNCTION wait()");
    use_map("  - desktop: first\n  - desktop: t\n");
    EXPECT_EQ(run({"init"}).status, 0);
  }
  void close_gate() {
    gate_ = connect(cloud);
    gate_->run("BEGIN");
    gate_->run("LOCK TABLE gate IN ACCESS EXCLUSIVE MODE");
  }
  void open_gate() { gate_.reset(); }
  void wait_for_it() {
    wait_until(cloud, "SELECT EXISTS (SELECT FROM pg_locks WHERE relation = 'gate'::regclass AND NOT granted)");
  }
  void expect_all() {
    expect_same("first");
    expect_same("t");
    EXPECT_EQ(value(cloud, "SELECT count(*) FROM pgtide.watermark WHERE sync_status = 'completed'"), "2");
    EXPECT_EQ(value(cloud,
                    "SELECT count(*) FROM pgtide.table_run WHERE rows_read <> rows_inserted + rows_updated + "
                    "rows_unchanged + rows_skipped + rows_quarantined + rows_conflicted"),
              "0");
  }

 private:
  std::unique_ptr<support::Session> gate_;
};

TEST(Failures, ARunThatIsKilledLeavesNothingHalfDoneAndNoLock) {
  SlowPair pair;
  for (int time = 0; time < 2; ++time) {
    pair.close_gate();
    const auto killed = pair.start({"sync", "full"});
    pair.wait_for_it();
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) > 0 AND count(*) < 80000 FROM t"), "t")
        << "chunks are to be committed as they go";
    EXPECT_EQ(pair.value(cloud, "SELECT last_sync_timestamp FROM pgtide.watermark WHERE table_name = 't'"),
              "1970-01-01 00:00:00+00");
    killed->signal(SIGKILL);
    EXPECT_EQ(killed->wait().status, 128 + SIGKILL);
    pair.open_gate();
    pair.wait_until(cloud,
                    "SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid "
                    "FROM pg_database WHERE datname = current_database()))");
  }
  pair.sql(desktop, "UPDATE t SET v = 'changed' WHERE id % 1000 = 0");
  pair.sync_well("incremental");
  pair.expect_all();
  const auto again = pair.sync_well("full");
  EXPECT_EQ(again.table("t")["unchanged"], 80000);
}

TEST(Failures, ARunThatIsTerminatedEndsCleanlyAndTheNextIsRight) {
  for (const auto& [number, status] : {std::pair{SIGTERM, 143}, std::pair{SIGINT, 130}}) {
    SlowPair pair;
    pair.close_gate();
    const auto stopped = pair.start({"sync", "full", "--json"});
    pair.wait_for_it();
    stopped->signal(number);
    const auto outcome = stopped->wait();
    EXPECT_EQ(outcome.status, status) << outcome.everything();
    EXPECT_EQ(outcome.json()["exit_status"], status);
    EXPECT_EQ(pair.value(cloud, "SELECT exit_status FROM pgtide.run"), std::to_string(status));
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.watermark WHERE sync_status = 'in_progress'"), "0");
    pair.open_gate();
    pair.sync_well("incremental");
    pair.expect_all();
  }
}

TEST(Failures, AWriterThatWasOvertakenCommitsNothing) {
  SlowPair pair;
  pair.sync_well("full");
  pair.sql(desktop, "UPDATE t SET v = 'late' WHERE id = 60000");
  pair.close_gate();
  const auto late = pair.start({"sync", "incremental", "--json"}, {{"PGTIDE_GLANCE", "off"}});
  pair.wait_for_it();
  // somebody else has finished the table meanwhile, as after a lock that was lost
  pair.sql(cloud, "UPDATE pgtide.cursor SET run_id = run_id + 1000 WHERE table_name = 't'");
  pair.open_gate();
  const auto outcome = late->wait();
  EXPECT_EQ(outcome.status, 6) << outcome.everything();
  EXPECT_EQ(outcome.table("t")["updated"], 0);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE v = 'late'"), "0");
  pair.sync_well("incremental");
  pair.expect_all();
}

TEST(Failures, AConnectionThatIsCutEndsTheRunAndTheNextIsRight) {
  for (const auto side : {cloud, desktop}) {
    SlowPair pair;
    pair.close_gate();
    const auto cut = pair.start({"sync", "full", "--json"});
    pair.wait_for_it();
    pair.value(side,
               "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND "
               "application_name = 'pgtide'");
    pair.open_gate();
    const auto outcome = cut->wait();
    // what had been read from the desktop by then may be all there was
    if (side == cloud)
      EXPECT_EQ(outcome.status, 4) << outcome.everything();
    else
      EXPECT_THAT(outcome.status, testing::AnyOf(0, 4)) << outcome.everything();
    pair.sync_well("incremental");
    pair.expect_all();
  }
}

// ---- the fuse

TEST(Failures, AnEmptiedSourceStopsAtTheFuse) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text); CREATE TABLE other (id int PRIMARY KEY)");
  pair.sql(desktop, "INSERT INTO t SELECT i, 'v' FROM generate_series(1, 10) i; INSERT INTO other VALUES (1)");
  pair.use_map("  - desktop: t\n  - desktop: other\n");
  pair.sync_well("full");
  pair.sql(desktop, "DELETE FROM t; INSERT INTO other VALUES (2)");
  for (const char* mode : {"full", "incremental"}) {
    const auto stopped = pair.sync(mode);
    EXPECT_EQ(stopped.status, 11) << mode << stopped.everything();
    EXPECT_EQ(stopped.table("t")["status"], "fuse");
    EXPECT_EQ(stopped.table("other")["status"], "ok");
    EXPECT_EQ(pair.value(cloud, "SELECT sync_status FROM pgtide.watermark WHERE table_name = 't'"), "failed");
  }
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "10");
  pair.sync_well("full", {"--past-fuse", "t"});
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "10");
  EXPECT_EQ(pair.sync("full").status, 11) << "--past-fuse holds for once";
  pair.sql(desktop, "INSERT INTO t VALUES (11, 'new')");
  pair.sync_well("incremental");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "11");
}

TEST(Failures, AnEmptySourceIsNoAccidentWhereTheTargetHoldsOnlyRowsOfTheCloud) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, source char(1))");
  pair.sql(cloud, "INSERT INTO t VALUES (1, 'M')");
  pair.use_map("  - desktop: t\n    origin: {column: source, desktop: D, cloud: M}\n");
  pair.sync_well("full");
  pair.sql(desktop, "INSERT INTO t VALUES (2, 'D')");
  pair.sync_well("incremental");
  pair.sql(desktop, "DELETE FROM t");
  EXPECT_EQ(pair.sync("full").status, 11);
}

// ---- what an earlier tool left

TEST(Failures, MetadataThatAnEarlierToolLeftIsKeptAndRenamedOnRequest) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY)");
  pair.sql(cloud,
           "CREATE TABLE _sync_metadata (table_name text PRIMARY KEY, last_sync_timestamp timestamptz); INSERT INTO "
           "_sync_metadata VALUES ('old', now())");
  pair.sql(desktop,
           "CREATE TABLE _reverse_sync_metadata (table_name text); CREATE TABLE _reverse_sync_metadata_old (x int)");
  pair.sql(desktop, "INSERT INTO t VALUES (1)");
  pair.use_map("  - desktop: t\n  - cloud: t2\n    desktop: t2\n    direction: reverse\n");
  pair.sql("CREATE TABLE t2 (id int PRIMARY KEY)");
  pair.sync_well("full");
  EXPECT_EQ(pair.value(cloud, "SELECT table_name FROM _sync_metadata"), "old");
  EXPECT_THAT(pair.run({"init"}).out, HasSubstr("_sync_metadata"));
  EXPECT_THAT(pair.run({"status"}).out, HasSubstr("_sync_metadata"));
  EXPECT_EQ(pair.value(cloud, "SELECT table_name FROM _sync_metadata"), "old");
  const auto init = pair.run({"init", "--replace-old-metadata"});
  EXPECT_EQ(init.status, 0) << init.everything();
  EXPECT_EQ(pair.value(cloud, "SELECT table_name FROM _sync_metadata"), "t");
  EXPECT_EQ(pair.value(cloud, "SELECT table_name FROM _sync_metadata_old"), "old");
  EXPECT_EQ(pair.value(desktop, "SELECT table_name FROM _reverse_sync_metadata"), "t2");
  EXPECT_EQ(pair.value(desktop,
                       "SELECT count(*) FROM pg_class WHERE relname LIKE "
                       "E'\\\\_reverse\\\\_sync\\\\_metadata\\\\_old%' AND relkind = 'r'"),
            "2");
}

}  // namespace
