// Servers that crash, that are restored from a backup, and whose transaction ids run over: nothing is missed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/pair.hpp"
#include "tests/support/server.hpp"

namespace {

using support::cloud;
using support::desktop;
using support::Pair;
using support::Place;
using support::Server;
using testing::HasSubstr;

constexpr int copied_rows = 100;

// The servers of this suite: each test has databases of its own. What a crash of the server loses lies in its memory:
// that needs no fsync, which is for crashes of the machine.
Server& the_source() {
  static Server server;
  return server;
}
Server& the_target() {
  static Server server;
  return server;
}

// A table with a key and one without, a hundred rows each, already copied.
void copy_two_tables(Pair& pair) {
  pair.sql(desktop,
           "CREATE TABLE keyed (id int PRIMARY KEY, v text); CREATE TABLE keyless (id int, v text); INSERT INTO keyed "
           "SELECT i, 'first' FROM generate_series(1, 100) i; INSERT INTO keyless SELECT i / 2, 'first' FROM "
           "generate_series(1, 100) i");
  pair.sql(cloud,
           "CREATE TABLE keyed (id int PRIMARY KEY, v text); CREATE TABLE keyless (number bigint GENERATED ALWAYS AS "
           "IDENTITY PRIMARY KEY, id int, v text)");
  pair.use_map("  - desktop: keyed\n  - desktop: keyless\n    key: none\n    match: [id]\n    skip: [number]\n");
  pair.sync_well("full");
}

void expect_equal_tables(Pair& pair) {
  pair.expect_same("keyed");
  pair.expect_same("keyless", "keyless", "id, v");
}

// Takes that many ids, each in a transaction of its own that writes nothing and is not flushed.
void burn_ids(Pair& pair, Place place, long long count, const std::string& end = "COMMIT") {
  const auto session = pair.connect(place);
  session->run("SET synchronous_commit = off");
  session->run("DO $$ BEGIN FOR i IN 1.." + std::to_string(count) + " LOOP PERFORM txid_current(); " + end +
               "; END LOOP; END $$");
}

long long next_id(Pair& pair, Place place) {
  return pair.number(place, "SELECT txid_snapshot_xmax(txid_current_snapshot())");
}

// ---- crashes

void insert_one_by_one(Pair& pair, int first, int last) {
  for (int id = first; id <= last; ++id)
    pair.sql(desktop, "INSERT INTO keyed VALUES (" + std::to_string(id) + ", 'after the crash')");
}

TEST(Crash, ASourceThatCrashesGivesNoIdOutTwiceThatARunHasPassed) {
  Server &source = the_source(), &target = the_target();
  Pair pair(source, target);
  copy_two_tables(pair);
  // the proof that there is something to lose: without a run behind them, ids are given out twice
  source.stop_log_writer();
  const auto before = next_id(pair, desktop);
  burn_ids(pair, desktop, 30, "ROLLBACK");
  const auto passed = next_id(pair, desktop);
  ASSERT_GE(passed, before + 30);
  source.crash();
  source.start();
  ASSERT_LT(next_id(pair, desktop), passed) << "nothing was lost in the crash: this proves nothing";

  source.stop_log_writer();
  burn_ids(pair, desktop, 30, "ROLLBACK");
  pair.sync_well("incremental");
  source.crash();
  source.start();
  insert_one_by_one(pair, 201, 240);
  pair.sync_well("incremental");
  expect_equal_tables(pair);
}

TEST(Crash, ASourceThatCrashesBetweenReadingAndCommittingLosesNoRow) {
  Server &source = the_source(), &target = the_target();
  Pair pair(source, target);
  copy_two_tables(pair);
  const auto blocker = pair.connect(cloud);
  blocker->run("BEGIN");
  blocker->run("LOCK TABLE keyed, keyless");
  pair.sql(desktop, "UPDATE keyed SET v = 'read' WHERE id <= 10; UPDATE keyless SET v = 'read' WHERE id <= 10");
  source.stop_log_writer();
  burn_ids(pair, desktop, 30, "ROLLBACK");
  auto run = pair.start({"sync", "incremental", "--json"});
  pair.wait_until(cloud, "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted");
  source.crash();
  blocker->run("COMMIT");
  const auto ended = run->wait();
  EXPECT_THAT(ended.status, testing::AnyOf(0, 4, 7)) << ended.everything();
  source.start();
  insert_one_by_one(pair, 201, 240);
  pair.sync_well("incremental");
  expect_equal_tables(pair);
}

TEST(Crash, ATargetThatCrashesDuringARunIsBroughtUpToDateByTheNext) {
  Server &source = the_source(), &target = the_target();
  Pair pair(source, target);
  copy_two_tables(pair);
  const auto blocker = pair.connect(cloud);
  blocker->run("BEGIN");
  blocker->run("LOCK TABLE keyed");
  pair.sql(desktop, "UPDATE keyed SET v = 'read' WHERE id <= 10; UPDATE keyless SET v = 'read' WHERE id <= 10");
  auto run = pair.start({"sync", "incremental", "--json"});
  pair.wait_until(cloud, "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted");
  target.crash();
  const auto ended = run->wait();
  EXPECT_THAT(ended.status, testing::AnyOf(4, 7)) << ended.everything();
  target.start();
  pair.sync_well("incremental");
  expect_equal_tables(pair);
}

TEST(Crash, ARunWithRetriesOutlivesACrashOfEitherServer) {
  Server &source = the_source(), &target = the_target();
  Pair pair(source, target);
  copy_two_tables(pair);
  for (Server* crashing : {&source, &target}) {
    const std::string text = crashing == &source ? "'source'" : "'target'";
    pair.sql(desktop, "UPDATE keyed SET v = " + text + "; UPDATE keyless SET v = " + text + " WHERE id <= 10");
    auto blocker = pair.connect(cloud);
    blocker->run("BEGIN");
    blocker->run("LOCK TABLE keyed");
    auto run = pair.start({"sync", "incremental", "--json"}, {{"PGTIDE_RETRY_FOR", "60s"}});
    pair.wait_until(cloud, "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted");
    crashing->crash();
    blocker.reset();
    crashing->start();
    const auto ended = run->wait();
    EXPECT_EQ(ended.status, 0) << ended.everything();
    expect_equal_tables(pair);
  }
}

// ---- backups

// Writes the same ids with other contents each time.
void change(Pair& pair, const std::string& text) {
  pair.sql(desktop, "INSERT INTO keyed SELECT i, '" + text +
                        "' FROM generate_series(101, 140) i; UPDATE keyed SET v = '" + text +
                        "' WHERE id % 3 = 0; INSERT INTO keyless SELECT i, '" + text +
                        "' FROM generate_series(61, 70) i; UPDATE keyless SET v = '" + text + "' WHERE id % 3 = 0");
}

TEST(Crash, ABackupOfTheSourceRestoredUnderARunningPairIsNoticedAndComparedWhole) {
  for (const bool snapshot_of_the_machine : {false, true}) {
    SCOPED_TRACE(snapshot_of_the_machine ? "snapshot" : "backup");
    Server &source = the_source(), &target = the_target();
    Pair pair(source, target);
    copy_two_tables(pair);
    snapshot_of_the_machine ? source.crash() : source.stop();
    source.save("backup");
    source.start();
    change(pair, "lost");
    pair.sync_well("incremental");
    const auto passed = next_id(pair, desktop);

    source.stop();
    source.restore("backup");
    source.start();
    change(pair, "in its place");
    ASSERT_LE(next_id(pair, desktop), passed) << "no id was given out twice: this proves nothing";
    const auto run = pair.sync_well("incremental");
    EXPECT_THAT(run.err, HasSubstr("restored"));
    EXPECT_EQ(run.table("keyed")["read"], copied_rows + 40);
    expect_equal_tables(pair);
    const auto again = pair.sync_well("incremental");
    EXPECT_EQ(again.table("keyed")["read"], 0);
  }
}

// The ids of the restored source are past those of the last run when it is looked at: only the mark tells.
TEST(Crash, ARestoredSourceThatHasCaughtUpIsNoticedToo) {
  Server &source = the_source(), &target = the_target();
  Pair pair(source, target);
  copy_two_tables(pair);
  source.stop();
  source.save("backup");
  source.start();
  change(pair, "lost");
  pair.sync_well("incremental");
  const auto passed = next_id(pair, desktop);
  source.stop();
  source.restore("backup");
  source.start();
  change(pair, "in its place");
  burn_ids(pair, desktop, passed - next_id(pair, desktop) + 50);
  pair.sync_well("incremental");
  expect_equal_tables(pair);
}

// The run that notices it leaves a mark of its own, and is killed before it has noted that. The id of the mark that was
// lost belongs to another transaction by then.
TEST(Crash, ARestoredSourceIsNoticedAgainWhereTheRunThatNoticedItBrokeOff) {
  Server &source = the_source(), &target = the_target();
  Pair pair(source, target);
  copy_two_tables(pair);
  source.stop();
  source.save("backup");
  source.start();
  for (int id = 1; id <= 30; ++id) pair.sql(desktop, "UPDATE keyed SET v = 'lost' WHERE id = " + std::to_string(id));
  pair.sync_well("incremental");
  const auto passed = next_id(pair, desktop);
  source.stop();
  source.restore("backup");
  source.start();
  for (int id = 1; id <= 30; ++id)
    pair.sql(desktop, "UPDATE keyed SET v = 'new' WHERE id = " + std::to_string(100 - id));
  burn_ids(pair, desktop, passed - next_id(pair, desktop) + 50);
  const auto broken = pair.run({"sync", "incremental"}, {{"PGTIDE_FAULT", "anchor_left"}});
  ASSERT_EQ(broken.status, 137) << broken.everything();
  EXPECT_THAT(pair.sync_well("incremental").err, HasSubstr("restored"));
  expect_equal_tables(pair);
}

TEST(Crash, ABackupOfTheTargetRestoredIsBroughtUpToDateByTheNextRun) {
  Server &source = the_source(), &target = the_target();
  Pair pair(source, target);
  copy_two_tables(pair);
  target.stop();
  target.save("backup");
  target.start();
  change(pair, "copied, then lost");
  pair.sync_well("incremental");
  pair.sql(desktop, "UPDATE keyed SET v = 'later' WHERE id % 5 = 0");
  pair.sync_well("incremental");
  target.stop();
  target.restore("backup");
  target.start();
  pair.sql(desktop, "UPDATE keyed SET v = 'last' WHERE id % 7 = 0");
  pair.sync_well("incremental");
  expect_equal_tables(pair);
}

// ---- ids past 2^32

constexpr long long epoch = 4294967296;

// A new source whose next id is that many below 2^32.
void move_ids_below_the_epoch(Server& source, long long distance) {
  // what initdb wrote must not depend on ids
  for (const char* database : {"postgres", "template1"}) source.value("VACUUM FREEZE", database);
  source.stop();
  const std::string next = std::to_string(epoch - distance), oldest = std::to_string(epoch - distance - 1);
  source.run_program({"pg_resetwal", "-D", ".", "-x", next, "-u", oldest});
  // the last piece of the commit log, where the ids go on
  const auto piece = source.data() / "pg_xact" / "0FFF";
  std::ofstream(piece, std::ios::binary) << std::string(32 * 8192, '\0');
  std::filesystem::permissions(piece, std::filesystem::perms(0666));
  source.start();
}

// Runs incremental; the keyed table is to have read so many rows, and both are to agree.
void follow(Pair& pair, int read) {
  EXPECT_EQ(pair.sync_well("incremental").table("keyed")["read"], read);
  expect_equal_tables(pair);
}

TEST(Crash, IdsThatRunOver32BitsAreFollowed) {
  Server source;
  Server& target = the_target();
  move_ids_below_the_epoch(source, 2000);
  Pair pair(source, target);
  copy_two_tables(pair);
  pair.sql(desktop, "UPDATE keyed SET v = 'before' WHERE id <= 10");
  follow(pair, 10);

  const auto slow = pair.connect(desktop);
  slow->run("BEGIN");
  slow->run("UPDATE keyed SET v = 'begun before' WHERE id = 99");
  burn_ids(pair, desktop, epoch - next_id(pair, desktop) - 5);
  follow(pair, 0);
  ASSERT_LT(next_id(pair, desktop), epoch);
  for (int id = 1; id <= 20; ++id) pair.sql(desktop, "UPDATE keyed SET v = 'across' WHERE id = " + std::to_string(id));
  ASSERT_GT(next_id(pair, desktop), epoch);
  EXPECT_EQ(pair.value(desktop,
                       "SELECT count(*) > 0 FROM keyed a, keyed b WHERE a.xmin::text::bigint > 4000000000 AND "
                       "b.xmin::text::bigint < 1000 AND b.xmin::text::bigint > 2 AND a.v = b.v"),
            "t")
      << "no rows on both sides of the end: this proves nothing";
  follow(pair, 20);

  slow->run("SAVEPOINT a");
  slow->run("UPDATE keyed SET v = 'under a savepoint behind the end' WHERE id = 98");
  slow->run("COMMIT");
  follow(pair, 2);
  pair.sql(desktop, "UPDATE keyed SET v = 'after' WHERE id <= 7");
  pair.sql(desktop, "UPDATE keyless SET v = 'after' WHERE id <= 7");
  follow(pair, 7);
  follow(pair, 0);
}

TEST(Crash, ACursorThatIsAWholeRoundOfIdsOldLeadsToAWholeCompare) {
  Server &source = the_source(), &target = the_target();
  Pair pair(source, target);
  copy_two_tables(pair);
  source.stop();
  source.run_program({"pg_resetwal", "-D", ".", "-e", "1"});
  source.start();
  ASSERT_GT(next_id(pair, desktop), epoch);
  // an id that lies below the cursor, as far as a row can tell
  pair.sql(desktop, "UPDATE keyed SET v = 'a round later' WHERE id <= 10");
  follow(pair, copied_rows);
  pair.sql(desktop, "UPDATE keyed SET v = 'and more' WHERE id <= 3");
  follow(pair, 3);
}

}  // namespace
