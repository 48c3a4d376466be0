// Runs that break off, databases that go away and come back, and writers that sleep too long: the next one goes on
// where the last one stopped, and nothing shows.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tests/support/counts.hpp"
#include "tests/support/pair.hpp"
#include "tests/support/proxy.hpp"
#include "tests/support/server.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::Environment;
using support::Outcome;
using support::Pair;
using support::Place;
using support::Program;
using support::Proxy;
using support::Server;
using testing::AllOf;
using testing::Gt;
using testing::HasSubstr;
using testing::Lt;
using testing::Not;

constexpr int rows_in_all = 60'000;  // about five chunks

// A table of five chunks, in the order of its key.
void make_large_table(Pair& pair) {
  pair.sql(desktop,
           "CREATE TABLE large (id int, v text, updated_at timestamptz DEFAULT now()); INSERT INTO large SELECT i, "
           "repeat(md5(i::text), 10), now() - i * interval '1 minute' FROM generate_series(1, 60000) i");
  pair.sql(cloud, "CREATE TABLE large (id int PRIMARY KEY, v text, updated_at timestamptz)");
  pair.use_map("  - desktop: large\n    key: [id]\n    conflicts: manual\n");
}

void break_off(Pair& pair, const std::string& mode, const std::string& where) {
  std::vector<std::string> call = {"sync", mode};
  if (mode == "full") call.emplace_back("--exact");  // all rows travel
  const Outcome broken = pair.run(call, {{"PGTIDE_FAULT", where}});
  ASSERT_EQ(broken.status, 128 + SIGKILL) << broken.everything();
}

long long read_of(const Outcome& run) { return run.table("large")["read"]; }

TEST(Survival, AKilledFullIsGoneOnWithBehindItsLastChunk) {
  Pair pair(Contents::reused);
  make_large_table(pair);
  break_off(pair, "full", "chunk_committed:3");
  const auto held = pair.number(cloud, "SELECT count(*) FROM large");
  ASSERT_GT(held, 0);
  ASSERT_LT(held, rows_in_all);
  // behind the place and before it: changed, moved, gone and new
  pair.sql(desktop,
           "UPDATE large SET v = 'later' WHERE id IN (1, 60000); DELETE FROM large WHERE id = 2; INSERT INTO large "
           "VALUES (60001, 'new', NULL)");
  const Outcome run = pair.sync_well("full");
  EXPECT_THAT(read_of(run), AllOf(Gt(rows_in_all - held - 5), Lt(rows_in_all - held + 5)));
  pair.sql(cloud, "DELETE FROM large WHERE id = 2");  // deletes are not the question here
  pair.expect_same("large");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.progress"), "0");
}

TEST(Survival, AKilledIncrementalIsGoneOnWithAsOftenAsItTakes) {
  Pair pair(Contents::reused);
  make_large_table(pair);
  pair.sync_well("full");
  pair.sql(desktop, "UPDATE large SET v = v || '!'");
  long long before = -1;
  for (int i = 0; i < 3; ++i) {
    break_off(pair, "incremental", "chunk_committed");
    const auto arrived = pair.number(cloud, "SELECT count(*) FROM large WHERE v LIKE '%!'");
    EXPECT_GT(arrived, before) << "a run that was killed again and again got no further";
    before = arrived;
    pair.sql(desktop, "UPDATE large SET v = 'again!' WHERE id = 1");
  }
  EXPECT_LT(read_of(pair.sync_well("incremental")), rows_in_all / 2 + 10);
  pair.expect_same("large");
}

TEST(Survival, WhatAKilledRunDidStandsInTheHistory) {
  Pair pair(Contents::reused);
  make_large_table(pair);
  break_off(pair, "full", "chunk_committed:2");
  const auto held = pair.value(cloud, "SELECT count(*) FROM large");
  pair.sync_well("full");
  EXPECT_EQ(pair.rows(cloud,
                      "SELECT status, rows_read, rows_inserted, error_code FROM pgtide.table_run ORDER BY run_id "
                      "LIMIT 1"),
            std::vector<std::string>{"failed|" + held + "|" + held + "|interrupted"});
  EXPECT_EQ(pair.value(cloud, "SELECT sum(rows_inserted) FROM pgtide.table_run"), std::to_string(rows_in_all));
  EXPECT_EQ(pair.value(cloud, "SELECT sum(items_synced) FROM pgtide.coverage"), std::to_string(rows_in_all));
  EXPECT_EQ(pair.value(cloud, "SELECT string_agg(status, ' ' ORDER BY run_id) FROM pgtide.run"), "killed ok");
}

TEST(Survival, NoTableStaysInProgress) {
  Pair pair(Contents::reused);
  make_large_table(pair);
  pair.sql("CREATE TABLE other (id int PRIMARY KEY)");
  pair.use_map("  - desktop: large\n    key: [id]\n  - desktop: other\n");
  break_off(pair, "full", "chunk_committed");
  pair.sync_well("full", {"--table", "other"});
  EXPECT_EQ(pair.rows(cloud, "SELECT table_name, sync_status, last_error_code FROM pgtide.watermark ORDER BY 1"),
            (std::vector<std::string>{"large|failed|interrupted", "other|completed|<NULL>"}));
}

// A transaction that was open when the killed run looked, and writes before the place where that run stopped.
TEST(Survival, ATransactionOpenDuringAKilledRunIsCaught) {
  Pair pair(Contents::reused);
  make_large_table(pair);
  const auto slow = pair.connect(desktop);
  slow->run_script(
      "BEGIN; UPDATE large SET v = 'slow' WHERE id = 3; SAVEPOINT a; INSERT INTO large VALUES (0, 'slow')");
  break_off(pair, "full", "chunk_committed:2");
  slow->run_script("COMMIT");
  EXPECT_LT(read_of(pair.sync_well("full")), rows_in_all);
  pair.expect_same("large");
}

// New rows take the place of dead ones, before the place where the killed run stopped.
TEST(Survival, RowsInThePlaceOfDeadOnesAreCaught) {
  Pair pair(Contents::reused);
  make_large_table(pair);
  pair.sql(desktop, "DELETE FROM large WHERE id <= 100");
  pair.sql(desktop, "VACUUM large");
  break_off(pair, "full", "chunk_committed:2");
  pair.sql(desktop, "INSERT INTO large SELECT i, 'in the gap' FROM generate_series(1, 100) i");
  ASSERT_EQ(pair.value(desktop, "SELECT count(*) > 0 FROM large WHERE id <= 100 AND ctid < '(10,1)'"), "t")
      << "no gap was filled: this proves nothing";
  pair.sync_well("full");
  pair.expect_same("large");
}

// Where the rows are not where they were, or anything else is not as it was, everything is read.
TEST(Survival, ARunBeginsFromTheBeginningWhereGoingOnWouldMissRows) {
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"desktop", "VACUUM FULL large"},
      {"desktop", "CREATE INDEX downwards ON large (id DESC); CLUSTER large USING downwards"},
      {"desktop", "ALTER TABLE large ADD COLUMN w int DEFAULT 7"},
      {"desktop", "ALTER TABLE large ALTER COLUMN v TYPE varchar"},
      {"cloud", "TRUNCATE large"},
  };
  for (const auto& [where, change] : changes) {
    SCOPED_TRACE(change);
    Pair pair(Contents::reused);
    make_large_table(pair);
    break_off(pair, "full", "chunk_committed:3");
    pair.sql(where == "desktop" ? desktop : cloud, change);
    EXPECT_EQ(read_of(pair.sync_well("full")), rows_in_all);
    pair.expect_same("large", "large", "id, v, updated_at");
  }
}

TEST(Survival, AnIncrementalAfterAKilledFullReadsWhatIsNew) {
  Pair pair(Contents::reused);
  make_large_table(pair);
  pair.sync_well("full");
  break_off(pair, "full", "chunk_committed:2");
  pair.sql(desktop, "UPDATE large SET v = 'new' WHERE id IN (1, 60000)");
  EXPECT_EQ(read_of(pair.sync_well("incremental")), 2);
  pair.expect_same("large");
  EXPECT_EQ(read_of(pair.sync_well("full")), rows_in_all) << "the full has not been made";
}

TEST(Survival, OverwritingIsNotGoneOnWith) {
  Pair pair(Contents::reused);
  make_large_table(pair);
  pair.sync_well("full");
  pair.sql(cloud, "UPDATE large SET v = 'typed on the phone' WHERE id = 1");
  break_off(pair, "full", "chunk_committed:2");
  EXPECT_EQ(read_of(pair.sync_well("full", {"--overwrite"})), rows_in_all);
  pair.expect_same("large");
}

// The conflict lies before the place: whether its cause is gone can only be seen in its row.
TEST(Survival, AConflictThatWaitsIsLookedAtAgainWhereARunGoesOn) {
  Pair pair(Contents::reused);
  make_large_table(pair);
  pair.sync_well("full");
  pair.sql(cloud, "UPDATE large SET v = 'phone' WHERE id = 5");
  pair.sql(desktop, "UPDATE large SET v = 'desk' WHERE id = 5");
  ASSERT_EQ(pair.sync("incremental").status, 8);
  break_off(pair, "full", "chunk_committed:2");
  const Outcome run = pair.sync("full", {"--exact"});
  EXPECT_EQ(run.status, 8);
  EXPECT_LT(read_of(run), rows_in_all);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.conflict WHERE resolved_at IS NULL"), "1");
}

TEST(Survival, ATwinThatCameSinceIsWeighedAgainstAllRows) {
  Pair pair(Contents::reused);
  make_large_table(pair);
  break_off(pair, "full", "chunk_committed:2");
  pair.sql(desktop, "INSERT INTO large VALUES (1, 'older twin', '2000-01-01')");
  EXPECT_EQ(pair.sync("full").status, 8) << "the older one waits";
  EXPECT_NE(pair.value(cloud, "SELECT v FROM large WHERE id = 1"), "older twin");
}

// ---- stopping

TEST(Survival, AStoppedRunEndsSoonAndKeepsWhatItDid) {
  for (const int signal : {SIGINT, SIGTERM}) {
    Pair pair(Contents::reused);
    make_large_table(pair);
    // it waits in the third chunk
    pair.sql(
        cloud,
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id = 30000 THEN PERFORM "
        "pg_sleep(300); END IF; RETURN NEW; END $$; CREATE TRIGGER wait BEFORE INSERT ON large FOR EACH ROW EXECUTE "
        "FUNCTION wait()");
    const auto run = pair.start({"sync", "full"});
    pair.wait_until(cloud, "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
    const auto asked = std::chrono::steady_clock::now();
    run->signal(signal);
    EXPECT_EQ(run->wait().status, 128 + signal);
    EXPECT_LT(std::chrono::steady_clock::now() - asked, std::chrono::seconds(10)) << "the machine may be busy";
    EXPECT_EQ(pair.value(cloud, "SELECT sync_status FROM pgtide.watermark"), "pending");
    const auto held = pair.number(cloud, "SELECT count(*) FROM large");
    EXPECT_GT(held, 0);
    pair.sql(cloud, "DROP TRIGGER wait ON large");
    EXPECT_LE(read_of(pair.sync_well("full")), rows_in_all - held);
    pair.expect_same("large");
  }
}

// ---- trying again

const Environment patiently = {{"PGTIDE_RETRY_FOR", "60s"}};

// Raises this error for the first `times` rows of the table `t` that are to be written.
void fail_at_first(Pair& pair, const std::string& sqlstate, int times) {
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text); CREATE TABLE other (id int PRIMARY KEY)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'a'); INSERT INTO other VALUES (1)");
  pair.sql(cloud,
           "CREATE SEQUENCE tries; CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF "
           "nextval('tries') <= " +
               std::to_string(times) + " THEN RAISE EXCEPTION 'not now' USING ERRCODE = '" + sqlstate +
               "'; END IF; RETURN NEW; END $$; CREATE TRIGGER fail BEFORE INSERT ON t FOR EACH ROW EXECUTE "
               "FUNCTION fail()");
  pair.use_map("  - desktop: t\n  - desktop: other\n");
}

TEST(Survival, WhatPassesByItselfIsTriedAgain) {
  for (const char* sqlstate : {"53100", "53200", "53300", "57P03", "40001", "40P01", "55P03"}) {
    SCOPED_TRACE(sqlstate);
    Pair pair(Contents::reused);
    fail_at_first(pair, sqlstate, 2);
    const Outcome run = pair.run({"sync", "full", "--json"}, patiently);
    EXPECT_EQ(run.status, 0) << run.everything();
    pair.expect_same("t");
    EXPECT_EQ(pair.value(cloud, "SELECT last_value FROM tries"), "3");
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) || ' ' || count(DISTINCT run_id) FROM pgtide.table_run"), "2 1");
  }
}

TEST(Survival, WhatDoesNotPassEndsTheTableAndNotTheOthers) {
  Pair pair(Contents::reused);
  fail_at_first(pair, "53100", 1000);
  const Outcome run = pair.run({"sync", "full", "--json"}, {{"PGTIDE_RETRY_FOR", "2s"}});
  EXPECT_EQ(run.status, 4);
  EXPECT_EQ(run.table("t")["status"], "failed");
  EXPECT_EQ(run.table("other")["status"], "ok");
  EXPECT_THAT(run.err, HasSubstr("Trying again in"));
  EXPECT_THAT(pair.number(cloud, "SELECT last_value FROM tries"), Gt(1));
  EXPECT_EQ(pair.value(cloud,
                       "SELECT next_retry_at > now() AND next_retry_at < now() + interval '5 minutes' FROM "
                       "pgtide.watermark WHERE table_name = 't'"),
            "t");
  EXPECT_EQ(pair.value(cloud, "SELECT next_retry_at IS NULL FROM pgtide.watermark WHERE table_name = 'other'"), "t");
  pair.sql(cloud, "DROP TRIGGER fail ON t");
  pair.sync_well("incremental");
  EXPECT_EQ(pair.value(cloud, "SELECT next_retry_at IS NULL FROM pgtide.watermark WHERE table_name = 't'"), "t");
}

TEST(Survival, WhatDoesNotPassByItselfIsNotTriedAgain) {
  Pair pair(Contents::reused);
  fail_at_first(pair, "XX000", 1000);
  const Outcome run = pair.run({"sync", "full", "--json"}, patiently);
  EXPECT_EQ(run.status, 7);
  EXPECT_THAT(run.err, Not(HasSubstr("Trying again")));
  for (const auto& wrong : {"postgresql://postgres@127.0.0.1:" +
                            std::to_string(support::Clusters::running().port(cloud)) + "/no_such_database"}) {
    const Outcome elsewhere = pair.run({"sync", "full", "--cloud", wrong}, patiently);
    EXPECT_EQ(elsewhere.status, 4);
    EXPECT_THAT(elsewhere.err, Not(HasSubstr("Trying again")));
  }
}

TEST(Survival, ATargetThatStaysAwayEndsTheRunWithAReport) {
  Server source, target;
  Pair pair(source, target);
  make_large_table(pair);
  pair.sql("CREATE TABLE small (id int PRIMARY KEY)");
  pair.sql(cloud,
           "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id = 30000 THEN PERFORM "
           "pg_sleep(300); END IF; RETURN NEW; END $$; CREATE TRIGGER wait BEFORE INSERT ON large FOR EACH ROW EXECUTE "
           "FUNCTION wait()");
  pair.use_map("  - desktop: small\n  - desktop: large\n    key: [id]\n");
  const auto run = pair.start({"sync", "full", "--json"}, {{"PGTIDE_RETRY_FOR", "2s"}});
  pair.wait_until(cloud, "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
  target.crash();
  const Outcome outcome = run->wait();
  EXPECT_EQ(outcome.status, 4) << outcome.everything();
  EXPECT_EQ(outcome.table("small")["status"], "ok");
  EXPECT_EQ(outcome.table("large")["status"], "failed");
  target.start();
  pair.sql(cloud, "DROP TRIGGER wait ON large");
  EXPECT_LT(read_of(pair.sync_well("full")), rows_in_all);
  pair.expect_same("large");
}

// The session with which the run is recorded in the end may have been idle while tables were copied: a time-out or a
// pooler may end it.
TEST(Survival, ARunWhoseIdleSessionWasEndedIsRecordedAllTheSame) {
  Pair pair(Contents::reused);
  make_large_table(pair);
  pair.sql("CREATE TABLE small (id int PRIMARY KEY)");
  pair.use_map("  - desktop: small\n  - desktop: large\n    key: [id]\n");
  pair.sql(cloud,
           "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN WHILE NEW.id = 30000 AND NOT "
           "pg_try_advisory_xact_lock(1) LOOP PERFORM pg_sleep(0.1); END LOOP; RETURN NEW; END $$; CREATE TRIGGER wait "
           "BEFORE INSERT ON large FOR EACH ROW EXECUTE FUNCTION wait()");
  const auto holder = pair.connect(cloud);
  holder->run("SELECT pg_advisory_lock(1)");
  const auto run = pair.start({"sync", "full", "--json"});
  pair.wait_until(cloud, "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
  const std::string idle =
      " FROM pg_stat_activity WHERE state = 'idle' AND application_name = 'pgtide' AND datname = "
      "current_database()";
  pair.wait_until(cloud, "SELECT count(*) > 0" + idle);  // small is done
  EXPECT_NE(pair.value(cloud, "SELECT count(pg_terminate_backend(pid))" + idle), "0");
  holder->run("SELECT pg_advisory_unlock(1)");
  const Outcome outcome = run->wait();
  EXPECT_EQ(outcome.status, 0) << outcome.everything();
  EXPECT_EQ(pair.value(cloud, "SELECT status FROM pgtide.run"), "ok");
}

// Children of a table that waits for the next attempt wait with it.
TEST(Survival, AChildIsTriedAgainWithItsParent) {
  Pair pair(Contents::reused);
  fail_at_first(pair, "53100", 1);
  pair.sql("CREATE TABLE child (id int PRIMARY KEY, t int)");
  pair.sql(cloud, "ALTER TABLE child ADD FOREIGN KEY (t) REFERENCES t");
  pair.sql(desktop, "INSERT INTO child VALUES (1, 1)");
  pair.use_map("  - desktop: child\n  - desktop: t\n  - desktop: other\n");
  const Outcome run = pair.run({"sync", "full", "--json"}, patiently);
  EXPECT_EQ(run.status, 0) << run.everything();
  pair.expect_same("child");
}

// The next attempt sees the source as of a later moment than the one in which the parent was copied.
TEST(Survival, AChildThatCameWithANewParentBetweenTwoAttemptsArrives) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE child (id int PRIMARY KEY, parent int)");
  pair.sql(desktop, "INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1, 1)");
  pair.sql(
      cloud,
      "ALTER TABLE child ADD FOREIGN KEY (parent) REFERENCES parent; CREATE TABLE go (id int); CREATE SEQUENCE tries; "
      "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('tries'); IF NOT EXISTS "
      "(SELECT FROM go) THEN RAISE EXCEPTION 'not now' USING ERRCODE = '53100'; END IF; RETURN NEW; END $$; CREATE "
      "TRIGGER fail BEFORE INSERT ON child FOR EACH ROW EXECUTE FUNCTION fail()");
  pair.use_map("  - desktop: parent\n  - desktop: child\n");
  const auto run = pair.start({"sync", "full", "--json"}, patiently);
  pair.wait_until(cloud, "SELECT is_called FROM tries");
  pair.sql(desktop, "BEGIN; INSERT INTO parent VALUES (2); INSERT INTO child VALUES (2, 2); COMMIT");
  pair.sql(cloud, "INSERT INTO go VALUES (1)");
  const Outcome outcome = run->wait();
  EXPECT_EQ(outcome.status, 0) << outcome.everything();
  pair.expect_same("parent");
  pair.expect_same("child");
  EXPECT_EQ(outcome.json()["tables"].size(), 2u);
  support::expect_counts(outcome, "parent", {{"inserted", 2}});  // looked at twice
  EXPECT_EQ(
      pair.value(cloud,
                 "SELECT string_agg(table_name || ' ' || status || ' ' || rows_inserted, ', ' ORDER BY table_name) "
                 "FROM pgtide.table_run"),
      "child ok 2, parent ok 2");
}

TEST(Survival, ATargetThatWasEmptiedIsFilledAgainThoughNothingHappensAtTheSource) {
  Server quiet_source;
  Server target;
  Pair pair(quiet_source, target);
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "INSERT INTO t SELECT i, 'x' FROM generate_series(1, 10) i");
  pair.use_map("  - desktop: t\n");
  pair.sync_well("full");
  pair.sync_well("incremental");
  pair.sql(cloud, "TRUNCATE t");
  const Outcome run = pair.sync_well("incremental");
  EXPECT_THAT(run.err, HasSubstr("the target table is empty"));
  pair.expect_same("t");
}

TEST(Survival, AServerThatRestartsInTheMidstIsWaitedFor) {
  Server source, target;
  for (Server* restarted : {&target, &source}) {
    Pair pair(source, target);
    make_large_table(pair);
    // until somebody lets go of the lock; early, so that not all rows are on the way already
    pair.sql(
        cloud,
        "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN WHILE NEW.id = 100 AND NOT "
        "pg_try_advisory_xact_lock(1) LOOP PERFORM pg_sleep(0.1); END LOOP; RETURN NEW; END $$; CREATE TRIGGER wait "
        "BEFORE INSERT ON large FOR EACH ROW EXECUTE FUNCTION wait()");
    const auto holder = pair.connect(cloud);
    holder->run("SELECT pg_advisory_lock(1)");
    const auto run = pair.start({"sync", "full", "--json"}, patiently);
    pair.wait_until(cloud, "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
    restarted->crash();
    restarted->start();
    if (restarted == &source) holder->run("SELECT pg_advisory_unlock(1)");
    const Outcome outcome = run->wait();
    EXPECT_EQ(outcome.status, 0) << outcome.everything();
    EXPECT_THAT(outcome.err, HasSubstr("Trying again"));
    pair.expect_same("large");
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) || ' ' || sum(rows_inserted) FROM pgtide.table_run"), "1 60000");
  }
}

TEST(Survival, AServerThatIsNotThereYetIsWaitedFor) {
  Server target;
  Server source;
  Pair pair(source, target);
  make_large_table(pair);
  source.stop();
  const auto run = pair.start({"sync", "full", "--json"}, patiently);
  source.start();
  EXPECT_EQ(run->wait().status, 0);
  pair.expect_same("large");
}

// The COMMIT is carried out, its answer is lost.
TEST(Survival, ACommitWithoutAnAnswerIsFoundInTheState) {
  Pair pair(Contents::reused);
  Proxy proxy(support::Clusters::running().port(cloud));
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "INSERT INTO t SELECT i, 'x' FROM generate_series(1, 10) i");
  pair.sql(
      cloud,
      "CREATE TABLE written (id int); CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT "
      "INTO written VALUES (NEW.id); PERFORM pg_sleep(0.2); RETURN NEW; END $$; CREATE CONSTRAINT TRIGGER note AFTER "
      "INSERT ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note()");
  pair.use_map("  - desktop: t\n");
  Environment through = patiently;
  through["PGTIDE_CLOUD_URL"] = proxy.url(pair.database(cloud));
  const auto run = pair.start({"sync", "full", "--json"}, through);
  pair.wait_until(cloud, "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
  proxy.go_silent(true);
  pair.wait_until(cloud, "SELECT count(*) = 10 FROM t");
  proxy.cut_all();
  proxy.go_silent(false);
  const Outcome outcome = run->wait();
  EXPECT_EQ(outcome.status, 0) << outcome.everything();
  support::expect_counts(outcome, "t", {{"inserted", 10}});
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM written"), "10") << "the rows were written twice";
}

// ---- the fence

TEST(Survival, AWriterThatSleptTooLongCommitsNothing) {
  Pair pair(Contents::reused);
  make_large_table(pair);
  pair.sql(cloud,
           "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id = 30000 AND NOT "
           "pg_try_advisory_xact_lock(1) THEN PERFORM pg_sleep(300); END IF; RETURN NEW; END $$; CREATE TRIGGER wait "
           "BEFORE INSERT ON large FOR EACH ROW EXECUTE FUNCTION wait()");
  const auto holder = pair.connect(cloud);
  holder->run("SELECT pg_advisory_lock(1)");
  const auto sleeper = pair.start({"sync", "full", "--json"}, patiently);
  pair.wait_until(cloud, "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
  sleeper->signal(SIGSTOP);
  // what the server does itself when a client says nothing for a minute
  EXPECT_EQ(pair.value(cloud,
                       "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND mode = "
                       "'ExclusiveLock' AND objsubid = 1 AND objid <> 1"),
            "1");
  holder->run("SELECT pg_advisory_unlock(1)");
  pair.wait_until(cloud, "SELECT count(*) = 0 FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock'");
  pair.sync_well("full");
  pair.sql(cloud, "UPDATE large SET v = 'typed on the phone' WHERE id = 40000");
  const auto contents = pair.value(cloud, "SELECT md5(string_agg(l::text, '' ORDER BY id)) FROM large l");
  sleeper->signal(SIGCONT);
  const Outcome woken = sleeper->wait();
  EXPECT_EQ(woken.status, 6) << woken.everything();
  EXPECT_THAT(woken.out + woken.err, HasSubstr("taken for dead"));
  EXPECT_EQ(pair.value(cloud, "SELECT md5(string_agg(l::text, '' ORDER BY id)) FROM large l"), contents);
  EXPECT_EQ(pair.value(cloud, "SELECT sync_status FROM pgtide.watermark"), "completed");
  EXPECT_EQ(pair.value(cloud, "SELECT string_agg(status, ' ' ORDER BY run_id) FROM pgtide.run"), "killed ok");
}

}  // namespace
