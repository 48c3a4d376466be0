// The care of the state: watermarks, old history, the way down, backups; and that nothing of it is done unasked.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/counts.hpp"
#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Clusters;
using support::Contents;
using support::desktop;
using support::Outcome;
using support::Pair;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Tables t and k are copied forward, k without a key; ways goes both ways.
class Kept : public Pair {
 public:
  explicit Kept(const std::string& retention = "") : Pair(Contents::reused) {
    sql("CREATE TABLE t (id int PRIMARY KEY, v text); CREATE TABLE ways (id int PRIMARY KEY, v text, source text)");
    sql(desktop, "CREATE TABLE k (v text)");
    sql(cloud, "CREATE TABLE k (n int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text)");
    sql(desktop,
        "INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 9) i; INSERT INTO k VALUES ('x'), ('x'), ('y'); "
        "INSERT INTO ways VALUES (1, 'd', 'D')");
    sql(cloud, "INSERT INTO ways VALUES (2, 'm', 'M')");
    use_map(
        "  - desktop: t\n  - desktop: k\n    key: none\n  - desktop: ways\n    direction: both\n"
        "    origin: {column: source, desktop: D, cloud: M}\n",
        "map: test\ndesktop: {url: \"${PGTIDE_DESKTOP_URL}\"}\ncloud: {url: \"${PGTIDE_CLOUD_URL}\"}\n" + retention);
    sync_well("full");
    sync_well("reverse");
  }
  // What a command must not have touched.
  std::string everything() {
    std::string all;
    for (const auto place : {desktop, cloud})
      for (const char* table : {"cursor", "watermark", "run", "table_run", "event", "quarantine", "discarded",
                                "conflict", "tombstone", "known_row", "migration"})
        all += value(place, "SELECT coalesce(string_agg(x::text, E'\\n' ORDER BY x::text), '') FROM pgtide." +
                                std::string(table) + " x") +
               "\n";
    return all;
  }
  // A row that waits, so that there is something to discard.
  void hold() {
    sql(cloud,
        "INSERT INTO pgtide.quarantine (map, direction, table_name, row_key, row_data, reason, last_seen_run) VALUES "
        "('test', 'forward', 't', '{\"id\": 77}', '{\"id\": 77, \"v\": \"private\"}', 'check_violation', 1)");
  }
  void age_history(const std::string& by = "200 days") {
    for (const auto place : {desktop, cloud})
      sql(place, "UPDATE pgtide.run SET started_at = started_at - interval '" + by +
                     "', finished_at = finished_at - interval '" + by +
                     "'; UPDATE pgtide.event SET created_at = created_at - interval '" + by + "'");
  }
  // The same call on a terminal of its own, where somebody types the answer.
  Outcome answer(const std::vector<std::string>& words, const std::string& typed) {
    std::vector<std::string> all = {PGTIDE_BINARY};
    all.insert(all.end(), words.begin(), words.end());
    all.insert(all.end(), {"--map", map_file(), "--desktop", url(desktop), "--cloud", url(cloud)});
    std::vector<char*> argv;
    for (auto& word : all) argv.push_back(word.data());
    argv.push_back(nullptr);
    int terminal = -1;
    const pid_t pid = ::forkpty(&terminal, nullptr, nullptr, nullptr);
    if (pid == 0) {
      ::execv(argv[0], argv.data());
      ::_exit(127);
    }
    const std::string line = typed + "\n";
    EXPECT_EQ(::write(terminal, line.data(), line.size()), static_cast<ssize_t>(line.size()));
    Outcome outcome;
    char buffer[4096];
    for (ssize_t got = 0; (got = ::read(terminal, buffer, sizeof buffer)) > 0;)
      outcome.out.append(buffer, static_cast<std::size_t>(got));
    int status = 0;
    ::waitpid(pid, &status, 0);
    ::close(terminal);
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return outcome;
  }
};

// ---- what asks first

TEST(StateCare, NothingIsTouchedWithoutAYes) {
  Kept pair;
  pair.hold();
  pair.age_history();
  pair.sync("incremental");
  pair.hold();
  const auto before = pair.everything();
  for (const std::vector<std::string>& words : {std::vector<std::string>{"watermark", "reset", "--table", "t"},
                                                {"quarantine", "discard"},
                                                {"prune"},
                                                {"init", "--down"},
                                                {"init", "--down", "--to", "4"}}) {
    const auto ended = pair.run(words);
    EXPECT_EQ(ended.status, 10) << ended.everything();
    EXPECT_THAT(ended.err, HasSubstr("--yes"));
    EXPECT_THAT(ended.out + ended.err, Not(HasSubstr("private")));
    auto as_json = words;
    as_json.emplace_back("--json");
    const auto json = pair.run(as_json);
    EXPECT_EQ(json.status, 10);
    EXPECT_EQ(json.json()["status"], "not_confirmed") << json.everything();
  }
  EXPECT_EQ(pair.everything(), before);
}

TEST(StateCare, OnATerminalTheNameOfTheMapIsAskedFor) {
  Kept pair;
  const std::vector<std::string> reset = {"watermark", "reset", "--table", "t"};
  const std::string valid = "SELECT ids_valid FROM pgtide.cursor WHERE table_name = 't'";
  for (const char* wrong : {"yes", "", "Test"}) {
    const auto ended = pair.answer(reset, wrong);
    EXPECT_EQ(ended.status, 10) << ended.out;
    EXPECT_THAT(ended.out, HasSubstr("type the name of the map (test)"));
    EXPECT_EQ(pair.value(cloud, valid), "t");
  }
  const auto done = pair.answer(reset, "test");
  EXPECT_EQ(done.status, 0) << done.out;
  EXPECT_EQ(pair.value(cloud, valid), "f");
}

// ---- watermark

TEST(StateCare, AResetLetsTheNextRunCompareThatTableWhole) {
  Kept pair;
  const auto shown = pair.run({"watermark", "show"});
  EXPECT_EQ(shown.status, 0) << shown.everything();
  EXPECT_THAT(shown.out, HasSubstr("looks for what was written since"));
  EXPECT_EQ(pair.run({"watermark", "show", "--json"}).json().size(), 4U);
  EXPECT_EQ(pair.run({"watermark", "show", "--table", "ways", "--json"}).json().size(), 2U);

  const auto which = pair.run({"watermark", "reset", "--table", "ways", "--yes"});
  EXPECT_EQ(which.status, 2) << which.everything();
  EXPECT_THAT(which.err, HasSubstr("--direction"));
  const std::string synced = "SELECT last_sync_timestamp FROM pgtide.watermark WHERE table_name = 't'";
  const auto before = pair.value(cloud, synced);
  const auto reset = pair.run({"watermark", "reset", "--table", "t", "--yes"});
  EXPECT_EQ(reset.status, 0) << reset.everything();
  EXPECT_EQ(pair.value(cloud, synced), before);
  EXPECT_THAT(pair.run({"watermark", "show", "--table", "t"}).out, HasSubstr("looks at every row"));
  EXPECT_THAT(pair.run({"watermark", "reset", "--table", "t", "--yes"}).out, HasSubstr("nothing to reset"));
  EXPECT_EQ(pair.value(cloud,
                       "SELECT table_name || ' ' || (payload ->> 'map') || ' ' || (payload ->> 'direction') FROM "
                       "pgtide.event WHERE event_type = 'watermark_reset'"),
            "t test forward");
  const auto next = pair.sync_well("incremental");
  EXPECT_EQ(next.table("t")["read"], 9) << next.everything();
  EXPECT_EQ(next.table("t")["unchanged"], 9);
  EXPECT_EQ(next.table("ways")["read"], 0);
  EXPECT_EQ(pair.sync_well("incremental").table("t")["read"], 0);
}

// ---- prune

TEST(StateCare, PruneDeletesOldHistoryAndNothingElse) {
  Kept pair;
  for (int i = 0; i < 3; ++i) pair.sync_well("incremental");
  pair.age_history();
  pair.sync_well("incremental", {"--table", "t"});
  for (const auto place : {desktop, cloud}) {
    const std::string scope = place == cloud ? "'test', 'forward', 'ways'" : "'test', 'reverse', 'ways'";
    pair.sql(place,
             "INSERT INTO pgtide.tombstone (map, direction, table_name, row_key, row_data, how, run_id, removed_at) "
             "VALUES (" +
                 scope + ", '{}', '{}', 'hard', 1, now() - interval '91 days'), (" + scope +
                 ", '{}', '{}', 'hard', 1, now() - interval '89 days')");
    pair.sql(place,
             "INSERT INTO pgtide.conflict (map, direction, table_name, row_key, kind, resolution_strategy, "
             "last_seen_run, detected_at, resolved_at, resolution) VALUES (" +
                 scope +
                 ", '{\"id\": 1}', 'insert_exists', 'manual', 1, now() - interval '300 days', now() - interval "
                 "'91 days', 'cause_gone')");
  }
  pair.sql(cloud,
           "INSERT INTO pgtide.run (map, direction, mode, status, started_at, finished_at, exit_status) SELECT "
           "'another', 'forward', 'full', 'ok', now() - interval '1 year', now() - interval '1 year', 0 FROM "
           "generate_series(1, 3); INSERT INTO pgtide.event (run_id, event_type, status, created_at) SELECT run_id, "
           "'x', 'ok', now() - interval '1 year' FROM pgtide.run WHERE map = 'another'; INSERT INTO pgtide.event "
           "(run_id, event_type, status, created_at) SELECT (SELECT max(run_id) FROM pgtide.run WHERE map = 'test'), "
           "'many', 'ok', now() - interval '40 days' FROM generate_series(1, 5000)");
  pair.hold();
  const std::string needed =
      "SELECT (SELECT count(*) FROM pgtide.cursor), (SELECT count(*) FROM pgtide.known_row), (SELECT count(*) FROM "
      "pgtide.own_xact), (SELECT count(*) FROM pgtide.quarantine), (SELECT count(*) FROM pgtide.coverage), (SELECT "
      "count(*) FROM pgtide.run WHERE map = 'another'), (SELECT count(*) FROM pgtide.event WHERE event_type = 'x')";
  const auto needed_before = pair.rows(cloud, needed);
  const auto before = pair.everything();
  const auto dry = pair.run({"prune", "--dry-run", "--json"});
  EXPECT_EQ(dry.status, 0) << dry.everything();
  EXPECT_EQ(pair.everything(), before);

  const auto done = pair.run({"prune", "--yes"});
  EXPECT_EQ(done.status, 0) << done.everything();
  EXPECT_THAT(done.out, HasSubstr("deleted: "));
  EXPECT_EQ(pair.rows(cloud, needed), needed_before);
  // the first run, the newest of k and ways, and the newest of all; of reverse the only one
  EXPECT_THAT(pair.rows(cloud, "SELECT run_id FROM pgtide.run WHERE map = 'test' ORDER BY 1"),
              ElementsAre("1", "4", "5"));
  EXPECT_THAT(pair.rows(desktop, "SELECT run_id FROM pgtide.run ORDER BY 1"), ElementsAre("1"));
  for (const auto place : {desktop, cloud}) {
    EXPECT_EQ(pair.number(place, "SELECT count(*) FROM pgtide.tombstone"), 1);
    EXPECT_EQ(pair.number(place, "SELECT count(*) FROM pgtide.conflict"), 0);
    EXPECT_EQ(pair.number(place,
                          "SELECT count(*) FROM pgtide.event WHERE created_at < now() - interval '31 days' AND "
                          "event_type <> 'x'"),
              0);
  }
  EXPECT_EQ(pair.value(cloud, "SELECT payload ->> 'run' FROM pgtide.event WHERE event_type = 'pruned'"), "2");
  EXPECT_THAT(pair.run({"prune", "--yes"}).out, HasSubstr("nothing to delete"));
  pair.sql(cloud, "DELETE FROM pgtide.quarantine");
  EXPECT_EQ(pair.sync_well("incremental").table("t")["read"], 0);
  EXPECT_EQ(pair.run({"status"}).status, 0);
}

TEST(StateCare, TheMapSaysHowLongHistoryIsKept) {
  Kept pair("retention: {history: 365d, events: 300d}\n");
  pair.sync_well("incremental");
  pair.sync_well("incremental");
  pair.age_history();
  EXPECT_THAT(pair.run({"prune", "--yes"}).out, HasSubstr("nothing to delete"));
  EXPECT_EQ(pair.run({"prune", "--yes", "--history", "100d"}).status, 0);
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM pgtide.run"), 2);
  EXPECT_GT(pair.number(cloud, "SELECT count(*) FROM pgtide.event WHERE created_at < now() - interval '190 days'"), 0);
  EXPECT_EQ(pair.run({"prune", "--history", "soon"}).status, 2);
}

// ---- init --down

TEST(StateCare, TheWayDownSaysWhatIsLostAndLeavesTheRows) {
  Kept pair;
  pair.hold();
  const auto says = pair.run({"init", "--down"});
  EXPECT_EQ(says.status, 10);
  EXPECT_THAT(says.out, HasSubstr("rows that wait"));
  EXPECT_THAT(says.out, HasSubstr("where the next run of a table goes on"));

  pair.sql(cloud, "INSERT INTO pgtide.watermark (map, direction, table_name) VALUES ('office', 'forward', 't')");
  const auto others = pair.run({"init", "--down", "--yes"});
  EXPECT_EQ(others.status, 10) << others.everything();
  EXPECT_THAT(others.err, HasSubstr("office"));
  EXPECT_EQ(pair.value(cloud, "SELECT to_regclass('pgtide.watermark') IS NOT NULL"), "t");

  const auto back = pair.run({"init", "--down", "--to", "4", "--yes", "--all-maps"});
  EXPECT_EQ(back.status, 0) << back.everything();
  EXPECT_EQ(pair.value(cloud, "SELECT max(version) FROM pgtide.migration"), "4");
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM pgtide.event WHERE event_type = 'state_taken_down'"), 1);
  pair.sql(cloud, "DELETE FROM pgtide.quarantine");
  const auto next = pair.sync_well("incremental").table("t");
  EXPECT_EQ(next["read"], next["unchanged"]);

  const auto down = pair.run({"init", "--down", "--yes", "--all-maps"});
  EXPECT_EQ(down.status, 0) << down.everything();
  for (const auto place : {desktop, cloud}) {
    EXPECT_EQ(pair.number(place, "SELECT count(*) FROM pg_namespace WHERE nspname = 'pgtide'"), 0);
    EXPECT_EQ(pair.number(place, "SELECT count(*) FROM t"), 9);
  }
  EXPECT_EQ(pair.run({"init", "--down", "--yes"}).status, 0) << "nothing is left to take down";
  EXPECT_EQ(pair.run({"init", "--down", "--to", "99", "--yes"}).status, 2);
  pair.sync_well("full");
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM k"), 3);
}

TEST(StateCare, TheStateIsNotTakenDownUnderARun) {
  Kept pair;
  const auto session = pair.connect(cloud);
  session->run("BEGIN");
  session->run("SELECT pg_try_advisory_xact_lock(hashtextextended('pgtide ' || 'forward test', 0))");
  const auto down = pair.run({"init", "--down", "--yes"});
  EXPECT_EQ(down.status, 6) << down.everything();
  EXPECT_EQ(pair.run({"watermark", "reset", "--table", "t", "--yes"}).status, 6);
  session->run("ROLLBACK");
  EXPECT_EQ(pair.value(desktop, "SELECT to_regclass('pgtide.watermark') IS NOT NULL"), "t");
}

// ---- audit

TEST(StateCare, WhatWasDiscardedIsNotedWithoutContents) {
  Kept pair;
  pair.hold();
  EXPECT_EQ(pair.run({"quarantine", "discard", "--yes"}).status, 0);
  EXPECT_EQ(pair.value(cloud,
                       "SELECT table_name || ' ' || (payload ->> 'rows') FROM pgtide.event WHERE event_type = "
                       "'quarantine_discarded'"),
            "t 1");
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM pgtide.event e WHERE e::text LIKE '%private%'"), 0);
}

// ---- backups

// The cloud is dumped and restored into another database: ids of the old one mean nothing there.
TEST(StateCare, ARestoredCloudGoesOnWithoutLossAndWithoutDoubles) {
  Kept pair;
  const auto& server = Clusters::running().server(cloud);
  const std::vector<std::string> where = {"-h", "127.0.0.1", "-p", std::to_string(server.port()), "-U", "postgres"};
  const auto tool = [&](std::vector<std::string> words) {
    words.insert(words.begin() + 1, where.begin(), where.end());
    server.run_program(words);
  };
  try {
    server.run_program({"pg_dump", "--version"});
  } catch (const std::exception&) {
    GTEST_SKIP() << "this PostgreSQL came without pg_dump";
  }
  pair.sql(cloud, "UPDATE t SET v = 'edited in the cloud' WHERE id = 3; DELETE FROM t WHERE id = 4");
  const std::string database = pair.database(cloud);
  tool({"pg_dump", "-Fc", "-f", "backup.dump", database});
  // what came after the backup is lost there, and the desktop goes on
  pair.sql(desktop, "UPDATE t SET v = 'before the loss' WHERE id = 5");
  pair.sync_well("incremental");
  pair.sql(desktop, "UPDATE t SET v = 'after the loss' WHERE id = 6; INSERT INTO k VALUES ('z')");
  support::drop_database(server, cloud, database);
  server.value("CREATE DATABASE \"" + database + "\"");
  tool({"pg_restore", "-d", database, "backup.dump"});

  const auto full = pair.sync_well("full");
  EXPECT_EQ(full.table("t")["conflicted"], 0) << full.everything();
  const auto restored = pair.connect(cloud);
  const auto list = [&](const std::string& column, const std::string& table) {
    return restored->run("SELECT string_agg(" + column + "::text, ' ' ORDER BY " + column + ") AS list FROM " + table)
        .text(0, "list");
  };
  // What only the cloud had deleted comes back: nobody can tell it from what a backup lacks.
  EXPECT_EQ(list("id || '=' || v", "t"),
            "1=v1 2=v2 3=edited in the cloud 4=v4 5=before the loss 6=after the loss 7=v7 8=v8 9=v9");
  EXPECT_EQ(list("v", "k"), "x x y z");
  EXPECT_EQ(list("id", "ways"), "1 2");
  // reverse has another source now, and says so
  EXPECT_EQ(pair.sync("reverse").status, 5);
  EXPECT_EQ(pair.run({"init", "--accept-source"}).status, 0);
  EXPECT_EQ(pair.sync_well("reverse").table("ways")["inserted"], 0);
  EXPECT_EQ(pair.value(desktop, "SELECT string_agg(id::text, ' ' ORDER BY id) FROM ways"), "1 2");
}

}  // namespace
