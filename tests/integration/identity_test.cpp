// The source is known again, whatever may be done with it: a role that may only read, a standby, a backup that was put
// back, URLs that were exchanged. Nothing is missed, and nothing is written where nothing may be written.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/pair.hpp"
#include "tests/support/server.hpp"

namespace {

using support::cloud;
using support::Clusters;
using support::desktop;
using support::Pair;
using support::Place;
using support::Server;
using support::Session;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const std::string plain_table = "CREATE TABLE t (id int PRIMARY KEY, v text, updated_at timestamptz)";
const std::string hundred_rows = "INSERT INTO t SELECT i, 'v' || i, now() FROM generate_series(1, 100) i";
const std::string has_state = "SELECT count(*) FROM pg_namespace WHERE nspname = 'pgtide'";
const std::string next_id = "SELECT txid_snapshot_xmax(txid_current_snapshot())";

// A hundred rows on the desktop, and what the tests about marks ask for.
class Source : public Pair {
 public:
  Source() { fill(); }
  explicit Source(const Server& desktop_server) : Pair(desktop_server, Clusters::running().server(cloud)) { fill(); }

  // From now on pgtide reads the desktop as a role that may do nothing but read its tables.
  void may_only_read() {
    sql(desktop,
        "DO $$ BEGIN CREATE ROLE looker LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$; "
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO looker");
    use_url(desktop, url(desktop, "looker"));
  }

  void no_transaction_may_write() {
    sql(desktop, "ALTER DATABASE " + database(desktop) + " SET default_transaction_read_only = on");
  }

  // Runs incremental. The table is to have read so many rows, to be exact, and to agree.
  support::Outcome follow(int read) {
    const auto run = sync_well("incremental");
    EXPECT_EQ(run.table("t")["read"], read) << run.everything();
    EXPECT_EQ(run.table("t")["guarantee"], "exact");
    expect_same("t");
    return run;
  }

  // Each in a transaction of its own.
  void touch(int from, int to, const std::string& value) {
    for (int id = from; id <= to; ++id)
      sql(desktop, "UPDATE t SET v = '" + value + "', updated_at = now() WHERE id = " + std::to_string(id));
  }

 private:
  void fill() {
    sql(plain_table);
    sql(desktop, hundred_rows);
    use_map("  - desktop: t\n");
  }
};

// What must be the same where nothing is written: the catalog, and the state where there is one.
std::string everything_in(Pair& pair, Place place) {
  std::string text = pair.value(place,
                                "SELECT md5(string_agg(n.nspname || '.' || relname, ',' ORDER BY 1)) FROM "
                                "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace");
  if (pair.value(place, has_state) == "0") return text;
  for (const auto* table : {"migration", "run", "watermark", "source", "anchor", "event", "home", "own_xact"})
    text += "|" + pair.value(place, std::string("SELECT md5(string_agg(x::text, ',' ORDER BY x::text)) FROM pgtide.") +
                                        table + " x");
  return text;
}

TEST(Identity, ARoleThatMayOnlyReadMissesNothingAndLeavesNothingInTheSource) {
  Source pair;
  pair.may_only_read();
  pair.follow(100);
  const auto late = pair.connect(desktop);
  late->run_script("BEGIN; SAVEPOINT s; UPDATE t SET v = 'late' WHERE id = 1; RELEASE s");
  pair.touch(2, 3, "quick");
  pair.follow(2);
  late->run("COMMIT");
  pair.touch(4, 4, "later");
  pair.follow(2);
  EXPECT_EQ(pair.value(desktop, has_state), "0");
  EXPECT_EQ(pair.value(cloud,
                       "SELECT cardinality(outcome_xids) || ' ' || (true = ANY (outcome_committed)) || ' ' || "
                       "(false = ANY (outcome_committed)) || ' [' || anchor_token || ']' FROM pgtide.source"),
            "24 true true []");
}

TEST(Identity, AnIdleRunOfARoleThatMayOnlyReadTakesNoIds) {
  Source pair;
  pair.may_only_read();
  pair.follow(100);
  pair.follow(0);  // its own marks are no news
  const auto before = pair.value(desktop, next_id);
  pair.follow(0);
  pair.follow(0);
  EXPECT_EQ(pair.value(desktop, next_id), before);
}

TEST(Identity, WhereTransactionsAreReadOnlyByDefaultNothingIsWritten) {
  Source pair;
  pair.no_transaction_may_write();
  pair.follow(100);
  pair.sql(desktop, "BEGIN READ WRITE; UPDATE t SET v = 'x' WHERE id = 1; COMMIT");
  pair.follow(1);
  EXPECT_EQ(pair.value(desktop, has_state), "0");
  EXPECT_EQ(pair.run({"plan", "incremental"}).status, 0);
}

TEST(Identity, ACrashThatTakesTheMarksBackIsFound) {
  support::ServerOptions options;
  options.settings = {"wal_writer_delay=10s"};  // nobody waits for the marks to be written
  Server server(options);
  Source pair(server);
  pair.may_only_read();
  pair.follow(100);
  server.crash();
  server.start();
  pair.touch(1, 30, "after the crash");  // with the ids of the marks
  const auto run = pair.follow(100);
  EXPECT_THAT(run.err, HasSubstr("lost its last writes"));
}

TEST(Identity, TheMarkOfOneKindIsTakenOverByTheOther) {
  Source pair;
  pair.follow(100);
  EXPECT_EQ(pair.value(desktop, has_state), "1");
  pair.no_transaction_may_write();
  pair.sql(desktop, "BEGIN READ WRITE; UPDATE t SET v = 'x' WHERE id = 1; COMMIT");
  pair.follow(1);
  EXPECT_EQ(pair.value(cloud, "SELECT anchor_token FROM pgtide.source"), "");
  pair.sql(desktop, "ALTER DATABASE " + pair.database(desktop) + " RESET default_transaction_read_only");
  pair.sql(desktop, "BEGIN READ WRITE; UPDATE t SET v = 'y' WHERE id = 2; COMMIT");
  pair.follow(1);
  EXPECT_EQ(pair.value(cloud, "SELECT outcome_xids FROM pgtide.source"), "{}");
  pair.may_only_read();
  const auto run = pair.follow(100);  // the token may not be looked for any more
  EXPECT_THAT(run.err, HasSubstr("GRANT SELECT ON pgtide.anchor"));
}

TEST(Identity, ABackupPutBackUnderARoleThatMayOnlyReadIsFound) {
  Server server;
  Source pair(server);
  pair.may_only_read();
  pair.follow(100);
  server.stop();
  server.save("backup");
  server.start();
  pair.touch(1, 10, "after the backup");
  pair.follow(10);

  server.stop();
  server.restore("backup");
  server.start();
  // more ids than were used before: those of the marks have other owners now
  pair.touch(41, 90, "after the restore");
  const auto run = pair.follow(100);
  EXPECT_THAT(run.err, AllOf(HasSubstr("restored from a backup"), HasSubstr("every table is compared whole")));
  pair.touch(91, 91, "as usual");
  pair.follow(1);
}

TEST(Identity, ABackupPutBackIsFoundByItsIdsBeforeAnythingIsWrittenThere) {
  Server server;
  Source pair(server);
  pair.may_only_read();
  pair.follow(100);
  server.stop();
  server.save("backup");
  server.start();
  pair.touch(1, 10, "after the backup");
  pair.follow(10);
  server.stop();
  server.restore("backup");
  server.start();
  const auto plan = pair.run({"plan", "incremental"});
  EXPECT_THAT(plan.err, HasSubstr("ids went back"));
  const auto run = pair.follow(100);
  EXPECT_THAT(run.err, HasSubstr("ids went back"));
}

TEST(Identity, ASnapshotOfTheMachinePutBackIsFoundByTheToken) {
  Server server;
  Source pair(server);
  pair.follow(100);
  pair.sql(desktop, "CHECKPOINT");
  server.crash();
  server.save("snapshot");
  server.start();
  pair.touch(1, 10, "after the snapshot");
  pair.follow(10);
  server.crash();
  server.restore("snapshot");
  server.start();
  pair.touch(41, 90, "after the restore");
  const auto run = pair.follow(100);
  EXPECT_THAT(run.err, HasSubstr("restored from a backup: the mark of the last run is gone"));
}

// A primary, its hot standby, and tables of every kind.
class Standby {
 public:
  Standby() : standby_(Server::standby_of(primary_)), pair_(primary_, Clusters::running().server(cloud)) {
    pair_.sql(
        "CREATE TABLE parent (id int PRIMARY KEY, v text); CREATE TABLE child (id int PRIMARY KEY, parent_id int NOT "
        "NULL, v text); CREATE TABLE same (v text, n int); CREATE TABLE self (id int PRIMARY KEY, boss int, v text)");
    pair_.sql(cloud,
              "ALTER TABLE child ADD FOREIGN KEY (parent_id) REFERENCES parent; ALTER TABLE self ADD FOREIGN KEY "
              "(boss) REFERENCES self; ALTER TABLE same ADD number int GENERATED ALWAYS AS IDENTITY PRIMARY KEY");
    pair_.sql(
        desktop,
        "INSERT INTO parent SELECT i, repeat('v', 500) || i FROM generate_series(1, 20000) i; INSERT INTO child "
        "SELECT i, i, 'v' FROM generate_series(1, 20000) i; INSERT INTO same SELECT 'v' || i % 50, i % 50 FROM "
        "generate_series(1, 200) i; INSERT INTO self SELECT i, nullif(i / 2, 0), 'v' FROM generate_series(1, 100) i");
    pair_.use_map(
        "  - {desktop: child, forward: {columns: {v: \"child.v || (SELECT count(*) FROM same)\"}}}\n  - desktop: "
        "parent\n"
        "  - {desktop: same, key: none}\n  - desktop: self\n");
  }

  void read_from(const Server& server) { pair_.use_url(desktop, server.url(pair_.database(desktop))); }
  void catch_up() { standby_->wait_for_replay(primary_); }

  void expect_all_same() {
    pair_.expect_same("parent");
    pair_.expect_same("child", "child", "id, parent_id, left(v, 1)");
    pair_.expect_same("same", "same", "v, n");
    pair_.expect_same("self");
  }

  Server primary_;
  std::unique_ptr<Server> standby_;
  Pair pair_;
};

TEST(Identity, AHotStandbyIsReadExactly) {
  Standby s;
  s.read_from(*s.standby_);
  s.catch_up();
  const auto full = s.pair_.sync_well("full", {"--jobs", "4"});
  EXPECT_EQ(full.table("parent")["guarantee"], "exact");
  s.expect_all_same();

  const auto late = s.pair_.connect(desktop);
  late->run_script(
      "BEGIN; SAVEPOINT s; INSERT INTO parent VALUES (20001, 'late'); RELEASE s; INSERT INTO child VALUES "
      "(20001, 20001, 'late')");
  s.pair_.sql(desktop,
              "UPDATE parent SET v = 'x' WHERE id = 7; INSERT INTO same VALUES ('new', 1); UPDATE self SET v "
              "= 'x' WHERE id = 50");
  s.catch_up();
  const auto first = s.pair_.sync_well("incremental");
  EXPECT_EQ(first.table("parent")["read"], 1);
  EXPECT_EQ(first.table("self")["read"], 1);
  s.expect_all_same();
  late->run("COMMIT");
  s.catch_up();
  EXPECT_EQ(s.pair_.sync_well("incremental").table("parent")["read"], 1);
  s.expect_all_same();
  EXPECT_EQ(s.pair_.sync_well("incremental").table("parent")["read"], 0);
  EXPECT_EQ(s.pair_.value(desktop, has_state), "0");
  EXPECT_THAT(s.pair_.run({"plan", "incremental"}).out,
              HasSubstr("as long as the primary behind this standby is not restored"));
  EXPECT_EQ(s.pair_.run({"status"}).status, 0);
}

TEST(Identity, ARowThatCannotBeReadOnAStandbyDoesNotStopTheOthers) {
  Standby s;
  s.pair_.use_map(
      "  - {desktop: self, forward: {columns: {v: \"(100 / (self.id - 50))::text\"}}}\n  - desktop: parent\n");
  s.read_from(*s.standby_);
  s.catch_up();
  const auto run = s.pair_.sync("full");
  EXPECT_EQ(run.status, 8) << run.everything();
  EXPECT_EQ(run.table("self")["status"], "attention");
  EXPECT_EQ(run.table("parent")["status"], "ok");
  s.pair_.expect_same("parent");
}

TEST(Identity, AReadingThatTheStandbyEndsIsSaidAndTheNextRunIsRight) {
  Standby s;
  s.read_from(*s.standby_);
  s.catch_up();
  s.standby_->value("ALTER SYSTEM SET max_standby_streaming_delay = 0");
  s.standby_->value("SELECT pg_reload_conf()");
  const auto phone = s.pair_.connect(cloud);
  phone->run_script("BEGIN; LOCK TABLE parent IN EXCLUSIVE MODE");
  const auto run = s.pair_.start({"sync", "full", "--json"});
  s.pair_.wait_until(cloud, "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)");
  s.pair_.sql(desktop, "DELETE FROM parent WHERE id = 20000");
  for (int i = 0; i < 3; ++i) s.pair_.sql(desktop, "VACUUM (FREEZE) parent");  // the first may find a page in use
  s.catch_up();
  phone->run("COMMIT");
  const auto outcome = run->wait();
  EXPECT_EQ(outcome.status, 4) << outcome.everything();
  EXPECT_THAT(outcome.err, HasSubstr("the standby ended the session"));
  EXPECT_THAT(outcome.out, HasSubstr("hot_standby_feedback"));
  s.pair_.sql(desktop, "DELETE FROM child WHERE id = 20000");
  s.pair_.sql(cloud, "DELETE FROM child WHERE id = 20000; DELETE FROM parent WHERE id = 20000");
  s.catch_up();
  s.pair_.sync_well("full");
  s.expect_all_same();
}

TEST(Identity, AStandbyThatIsPromotedGoesOn) {
  Standby s;
  s.read_from(*s.standby_);
  s.catch_up();
  s.pair_.sync_well("full");
  s.pair_.sql(desktop, "UPDATE parent SET v = 'x' WHERE id = 1");
  s.catch_up();
  s.primary_.stop();
  s.standby_->promote();
  s.standby_->value("UPDATE parent SET v = 'y' WHERE id = 2", s.pair_.database(desktop));
  const auto run = s.pair_.sync_well("incremental");
  EXPECT_EQ(run.table("parent")["read"], 2) << run.everything();
  EXPECT_EQ(s.pair_.value(cloud, "SELECT string_agg(v, ' ' ORDER BY id) FROM parent WHERE id < 3"), "x y");
  s.standby_->value("UPDATE parent SET v = 'z' WHERE id = 3", s.pair_.database(desktop));
  EXPECT_EQ(s.pair_.sync_well("incremental").table("parent")["read"], 1);
}

TEST(Identity, AStandbyThatReplacesThePrimaryReadBeforeIsComparedWhole) {
  Standby s;
  s.pair_.sync_well("full");
  s.catch_up();
  s.primary_.stop();
  s.standby_->promote();
  s.standby_->value("UPDATE parent SET v = 'y' WHERE id = 2", s.pair_.database(desktop));
  s.read_from(*s.standby_);
  const auto run = s.pair_.sync_well("incremental");
  EXPECT_EQ(run.table("parent")["read"], 20000);
  EXPECT_THAT(run.err, HasSubstr("was promoted from a standby"));
  EXPECT_EQ(s.pair_.value(cloud, "SELECT v FROM parent WHERE id = 2"), "y");
}

TEST(Identity, AStandbyOfThePrimaryReadBeforeGoesOnAndSoDoesThePrimary) {
  Standby s;
  s.pair_.sync_well("full");
  s.pair_.sql(desktop, "UPDATE parent SET v = 'x' WHERE id = 1");
  s.read_from(*s.standby_);
  s.catch_up();
  EXPECT_EQ(s.pair_.sync_well("incremental").table("parent")["read"], 1);
  s.pair_.sql(desktop, "UPDATE parent SET v = 'y' WHERE id = 2");
  s.read_from(s.primary_);
  EXPECT_EQ(s.pair_.sync_well("incremental").table("parent")["read"], 1);
  s.expect_all_same();
}

TEST(Identity, AStandbyThatShowsLessThanTheOneBeforeIsComparedWholeAndSaysUntilWhen) {
  Standby s;
  const auto lagging = Server::standby_of(s.primary_);
  s.read_from(*s.standby_);
  s.catch_up();
  s.pair_.sync_well("full");
  lagging->wait_for_replay(s.primary_);
  lagging->value("SELECT pg_wal_replay_pause()");
  s.pair_.sql(desktop, "UPDATE parent SET v = 'x' WHERE id = 1");
  const std::string written = s.pair_.value(desktop, "SELECT clock_timestamp()");
  s.catch_up();
  EXPECT_EQ(s.pair_.sync_well("incremental").table("parent")["read"], 1);

  s.pair_.run({"init"});  // the cloud's; nothing may be written on the desktop
  s.read_from(*lagging);
  s.pair_.sql(cloud, "UPDATE pgtide.watermark SET last_sync_timestamp = 'epoch'");
  const auto run = s.pair_.sync_well("incremental");
  EXPECT_EQ(run.table("parent")["read"], 20000);
  EXPECT_THAT(run.err, HasSubstr("the source shows less than at the last run"));
  EXPECT_EQ(s.pair_.value(cloud, "SELECT max(last_sync_timestamp) < '" + written + "' FROM pgtide.watermark"), "t");
  lagging->value("SELECT pg_wal_replay_resume()");
  lagging->wait_for_replay(s.primary_);
  EXPECT_EQ(s.pair_.sync_well("incremental").table("parent")["read"], 1);
  s.expect_all_same();
}

TEST(Identity, WhatTheOtherDirectionBroughtIsKnownOnAStandbyToo) {
  Server primary;
  const auto standby = Server::standby_of(primary);
  Pair pair(primary, Clusters::running().server(cloud));
  pair.sql("CREATE TABLE b (id int PRIMARY KEY, v text, source text, updated_at timestamptz)");
  pair.sql(desktop, "INSERT INTO b VALUES (1, 'office', 'D', now())");
  pair.use_map("  - {desktop: b, direction: both, origin: {column: source, desktop: D, cloud: M}}\n");
  pair.sync_well("full");
  pair.sync_well("reverse");
  pair.sql(cloud, "INSERT INTO b VALUES (2, 'phone', NULL, now())");
  pair.sync_well("reverse");
  pair.sql(desktop, "INSERT INTO b VALUES (3, 'office', 'D', now())");
  standby->wait_for_replay(primary);
  pair.use_url(desktop, standby->url(pair.database(desktop)));
  EXPECT_EQ(pair.sync_well("incremental").table("b")["read"], 1);
  EXPECT_EQ(pair.sync_well("full").table("b")["read"], 2) << "the phone's row is no news";

  const auto reverse = pair.sync("reverse");
  EXPECT_EQ(reverse.status, 5) << reverse.everything();
  EXPECT_THAT(reverse.err, AllOf(HasSubstr("is a standby"), HasSubstr("primary")));

  primary.value("DELETE FROM pgtide.migration WHERE version = (SELECT max(version) FROM pgtide.migration)",
                pair.database(desktop));
  standby->wait_for_replay(primary);
  const auto old = pair.sync("incremental");
  EXPECT_EQ(old.status, 5) << old.everything();
  EXPECT_THAT(old.table("b")["error"].get<std::string>(), HasSubstr("run pgtide init with the address of the primary"));
}

TEST(Identity, ATableThatGoesBothWaysIsRefusedWhereItsStateMayNotBeRead) {
  Pair pair;
  pair.sql("CREATE TABLE b (id int PRIMARY KEY, v text); CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "INSERT INTO b VALUES (1, 'office'); INSERT INTO t VALUES (1, 'office')");
  pair.use_map("  - {desktop: b, direction: both}\n  - desktop: t\n");
  pair.sync_well("full");
  pair.sql(cloud, "INSERT INTO b VALUES (2, 'phone')");
  pair.sync_well("reverse");
  pair.sql(
      desktop,
      "DO $$ BEGIN CREATE ROLE looker LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$; "
      "GRANT SELECT ON ALL TABLES IN SCHEMA public TO looker; UPDATE t SET v = 'x'");
  pair.use_url(desktop, pair.url(desktop, "looker"));
  const auto run = pair.sync("incremental");
  EXPECT_EQ(run.status, 5) << run.everything();
  EXPECT_EQ(run.table("t")["status"], "ok");
  EXPECT_THAT(run.table("b")["error"].get<std::string>(),
              AllOf(HasSubstr("goes both ways"), HasSubstr("GRANT USAGE ON SCHEMA pgtide")));
  EXPECT_THAT(pair.run({"plan", "incremental"}).out, HasSubstr("GRANT USAGE ON SCHEMA pgtide"));

  pair.sql(desktop,
           "GRANT USAGE ON SCHEMA pgtide TO looker; GRANT SELECT ON pgtide.migration, pgtide.home, pgtide.known_table, "
           "pgtide.known_row, pgtide.known_loaded, pgtide.own_xact TO looker");
  EXPECT_EQ(pair.sync_well("full").table("b")["read"], 1) << "the phone's row is no news";
  pair.expect_same("t");
}

TEST(Identity, ATableThatGoesBothWaysIsRefusedUntilItsMemoryIsInOrder) {
  Pair pair;
  pair.sql("CREATE TABLE b (id int PRIMARY KEY, v text)");
  pair.sql(cloud, "INSERT INTO b SELECT i, 'phone' FROM generate_series(1, 10) i");
  pair.use_map("  - {desktop: b, direction: reverse}\n");
  pair.sync_well("reverse");
  // with a server before 14 a first load is merged, and in order at once
  const bool loaded_straight = support::oldest_version() >= 14;
  ASSERT_EQ(pair.value(desktop, "SELECT count(*) FROM pgtide.known_loaded"), loaded_straight ? "10" : "0");
  pair.use_map("  - {desktop: b, direction: both}\n");
  const auto refused = [&](const std::string& why) {
    pair.sql(desktop, "ALTER DATABASE " + pair.database(desktop) + " SET default_transaction_read_only = on");
    const auto run = pair.sync("full");
    EXPECT_EQ(run.status, 5) << run.everything();
    EXPECT_THAT(run.table("b")["error"].get<std::string>(), AllOf(HasSubstr("run pgtide init"), HasSubstr(why)));
    pair.sql(desktop, "ALTER DATABASE " + pair.database(desktop) + " RESET default_transaction_read_only");
  };
  if (loaded_straight) refused("first load are not in order yet");
  pair.sql(desktop, "BEGIN READ WRITE; UPDATE pgtide.home SET database = '1/1'; COMMIT");
  refused("came with a dump");
  EXPECT_EQ(pair.run({"init"}).status, 0);
  pair.sql(desktop, "BEGIN READ WRITE; ALTER DATABASE " + pair.database(desktop) +
                        " SET default_transaction_read_only = on; COMMIT");
  EXPECT_EQ(pair.sync_well("full").table("b")["read"], 0) << "the phones' rows are no news";
}

TEST(Identity, ADesktopOfWhichNothingButRowsMayBeReadNeedsNoState) {
  Source pair;
  pair.may_only_read();
  const auto init = pair.run({"init"});
  EXPECT_EQ(init.status, 0) << init.everything();
  EXPECT_THAT(init.out, HasSubstr("left as it is"));
  EXPECT_EQ(pair.run({"status"}).status, 0);
  EXPECT_EQ(pair.run({"plan", "full"}).status, 0);
  EXPECT_EQ(pair.value(desktop, has_state), "0");
}

TEST(Identity, DesktopAndCloudExchangedAreRefusedBeforeAnythingIsWritten) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text); CREATE TABLE r (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'office')");
  pair.sql(cloud, "INSERT INTO r VALUES (1, 'phone')");
  pair.use_map("  - desktop: t\n  - {desktop: r, direction: reverse}\n");
  const auto refuse_all = [&](const std::string& after) {
    const std::string here = everything_in(pair, desktop), there = everything_in(pair, cloud);
    pair.use_url(desktop, pair.url(cloud));
    pair.use_url(cloud, pair.url(desktop));
    using Words = std::vector<std::string>;
    for (const Words& words : {Words{"sync", "full"},
                               {"sync", "incremental"},
                               {"sync", "reverse"},
                               {"init"},
                               {"init", "--accept-source"},
                               {"plan", "full"},
                               {"plan", "reverse"}}) {
      const auto run = pair.run(words);
      EXPECT_EQ(run.status, 5) << after << ", " << words.back() << ": " << run.everything();
      EXPECT_THAT(run.err, HasSubstr("desktop and cloud are exchanged"));
    }
    pair.use_url(desktop, "");
    pair.use_url(cloud, "");
    EXPECT_EQ(everything_in(pair, desktop), here) << after;
    EXPECT_EQ(everything_in(pair, cloud), there) << after;
  };
  pair.sync_well("full");
  refuse_all("after a full");
  pair.sync_well("reverse");
  refuse_all("after both");
  pair.sql("DROP SCHEMA pgtide CASCADE");
  pair.sync_well("reverse");
  refuse_all("after a reverse");
  pair.sync_well("full");
  pair.expect_same("t");
}

TEST(Identity, AnExchangeIsFoundWhereOnlyOneSideHasState) {
  Source pair;
  pair.may_only_read();
  pair.follow(100);
  pair.use_url(cloud, pair.url(desktop));
  pair.use_url(desktop, pair.url(cloud));
  EXPECT_EQ(pair.sync("full").status, 5);
  EXPECT_EQ(pair.value(desktop, has_state), "0");
}

TEST(Identity, TheSameDatabaseTwiceIsRefusedBeforeAnythingIsWritten) {
  Source pair;
  pair.use_url(cloud, pair.url(desktop));
  for (const auto* mode : {"full", "incremental"}) {
    const auto run = pair.sync(mode);
    EXPECT_EQ(run.status, 5) << run.everything();
    EXPECT_THAT(run.err, HasSubstr("the same database"));
  }
  EXPECT_EQ(pair.run({"init"}).status, 5);
  EXPECT_EQ(pair.run({"plan", "full"}).status, 5);
  EXPECT_EQ(pair.value(desktop, has_state), "0");
}

TEST(Identity, APrimaryAndItsStandbyAreTheSameDatabase) {
  Server primary;
  const auto standby = Server::standby_of(primary);
  Source pair(primary);
  standby->wait_for_replay(primary);
  pair.use_url(cloud, pair.url(desktop));
  pair.use_url(desktop, standby->url(pair.database(desktop)));
  const auto run = pair.sync("full");
  EXPECT_EQ(run.status, 5) << run.everything();
  EXPECT_THAT(run.err, HasSubstr("the same database"));
}

}  // namespace
