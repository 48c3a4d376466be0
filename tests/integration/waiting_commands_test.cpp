// What people see of the rows that wait, and what they can do about them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/postgres/transaction.hpp"
#include "engine/state/waiting.hpp"
#include "tests/support/counts.hpp"
#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::Outcome;
using support::Pair;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using testing::UnorderedElementsAre;

std::string held(const std::string& direction, const std::string& table, const std::string& key,
                 const std::string& reason, const std::string& more = "'detail', 'hint', false") {
  return "INSERT INTO pgtide.quarantine (map, direction, table_name, row_key, row_data, reason, sqlstate, "
         "last_seen_run, "
         "detail, hint, given_up) VALUES ('test', '" +
         direction + "', '" + table + "', '" + key + "', '" + key + "'::jsonb || '{\"v\": \"private\"}', '" + reason +
         "', '23503', 1, " + more + ");";
}

// Tables one and two are copied forward, both goes both ways, pair has a key of two columns. All of them were copied.
class Waiting : public Pair {
 public:
  Waiting() : Pair(Contents::reused) {
    sql("CREATE TABLE one (id int PRIMARY KEY, v text); CREATE TABLE two (id int PRIMARY KEY, v text); CREATE TABLE "
        "ways "
        "(id int PRIMARY KEY, v text, source text); CREATE TABLE pair (a int, b text, v text, PRIMARY KEY (a, b))");
    sql(desktop, "INSERT INTO one VALUES (1, 'v'); INSERT INTO two VALUES (1, 'v')");
    use_map(
        "  - desktop: one\n  - desktop: two\n  - desktop: ways\n    direction: both\n"
        "    origin: {column: source, desktop: D, cloud: M}\n  - desktop: pair\n");
    sync_well("full");
    sync_well("reverse");
  }
  Outcome run_well(const std::vector<std::string>& words) {
    const Outcome ended = run(words);
    EXPECT_EQ(ended.status, 0) << ended.everything();
    return ended;
  }
  std::vector<std::string> keys(const std::vector<std::string>& words) {
    auto all = words;
    all.emplace_back("--json");
    std::vector<std::string> found;
    for (const auto& row : run_well(all).json())
      found.push_back(row["table_name"].get<std::string>() + row["row_key"].dump());
    return found;
  }
  // The key 7 means another row on either side: a conflict that each forward run meets again.
  void collide(int id = 7) {
    const std::string values = std::to_string(id) + ", '";
    sql(cloud, "INSERT INTO one VALUES (" + values + "cloud')");
    sql(desktop, "INSERT INTO one VALUES (" + values + "desktop')");
    EXPECT_EQ(sync("incremental").status, 8);
  }
};

// ---- quarantine list

TEST(WaitingCommands, TheListShowsBothDirectionsAndNoContents) {
  Waiting pair;
  pair.sql(cloud, held("forward", "one", "{\"id\": 1}", "foreign_key_violation") +
                      held("forward", "one", "{\"id\": 2}", "foreign_key_violation", "'detail', 'hint', true"));
  pair.sql(desktop, held("reverse", "ways", "{\"id\": 3}", "check_violation", "'other detail', '', false"));
  const auto list = pair.run_well({"quarantine", "list"}).out;
  EXPECT_THAT(list, HasSubstr("one    forward    {\"id\": 1}"));
  EXPECT_THAT(list, HasSubstr("ways   reverse    {\"id\": 3}"));
  EXPECT_THAT(list, HasSubstr("one (forward): 2 rows, foreign_key_violation: detail\n  what to do: hint\n"));
  EXPECT_THAT(list, HasSubstr("3 rows wait in quarantine, 1 of them given up"));
  EXPECT_THAT(list, Not(HasSubstr("private")));
  EXPECT_THAT(pair.run_well({"quarantine", "list", "--verbose"}).out, HasSubstr("\"v\": \"private\""));
}

TEST(WaitingCommands, TheListAsJsonHasAllRowsUnderTheNamesOfTheContract) {
  Waiting pair;
  pair.sql(cloud,
           "INSERT INTO pgtide.quarantine (map, direction, table_name, row_key, row_data, reason, last_seen_run) "
           "SELECT 'test', 'forward', 'one', jsonb_build_object('id', i), '{\"n\": "
           "12345678901234567890.1234567890}', 'reason' || i % 3, 1 FROM generate_series(1, 2500) i");
  const auto json = pair.run_well({"quarantine", "list", "--json"});
  ASSERT_EQ(json.json().size(), 2500U);
  std::vector<std::string> names;
  const auto first = nlohmann::ordered_json::parse(json.out)[0];
  for (const auto& [name, value] : first.items()) names.push_back(name);
  EXPECT_THAT(names, ElementsAre("map", "direction", "table_name", "row_key", "row_data", "reason", "sqlstate",
                                 "first_seen", "last_tried", "attempts", "detail", "hint", "given_up"));
  EXPECT_THAT(json.out, HasSubstr("12345678901234567890.1234567890")) << "numbers keep all digits";
  EXPECT_EQ(json.json()[2499]["row_key"]["id"], 2500);
  EXPECT_EQ(json.json()[0]["sqlstate"], nullptr);
  EXPECT_THAT(json.json()[0]["first_seen"].get<std::string>(), testing::MatchesRegex("....-..-..T..:..:..\\.......Z"));

  EXPECT_THAT(pair.run_well({"quarantine", "list"}).out, HasSubstr("shown: 100 of 2,500; --limit 2500 shows"));
  EXPECT_THAT(pair.run_well({"quarantine", "list", "--limit", "2500"}).out, Not(HasSubstr("shown:")));
  EXPECT_EQ(pair.run_well({"quarantine", "list", "--json", "--reason", "reason0", "--reason", "reason1"}).json().size(),
            1667U);
}

TEST(WaitingCommands, RowsAreChosenByTableReasonAndKey) {
  Waiting pair;
  pair.sql(cloud, held("forward", "one", "{\"id\": 1}", "check_violation") +
                      held("forward", "two", "{\"id\": 1}", "not_null_violation") +
                      held("forward", "pair", "{\"a\": 1, \"b\": \"x,y\"}", "check_violation") +
                      held("forward", "pair", "{\"a\": 1, \"b\": \"z\"}", "check_violation"));
  const std::vector<std::string> list = {"quarantine", "list"};
  EXPECT_THAT(pair.keys({"quarantine", "list", "--table", "one", "--table", "two"}),
              UnorderedElementsAre("one{\"id\":1}", "two{\"id\":1}"));
  EXPECT_THAT(pair.keys({"quarantine", "list", "--reason", "not_null_violation"}), ElementsAre("two{\"id\":1}"));
  EXPECT_THAT(pair.keys({"quarantine", "list", "--table", "pair", "--key", "1,z"}),
              ElementsAre("pair{\"a\":1,\"b\":\"z\"}"));
  EXPECT_THAT(pair.keys({"quarantine", "list", "--table", "pair", "--key", "{\"b\": \"x,y\", \"a\": \"1\"}"}),
              ElementsAre("pair{\"a\":1,\"b\":\"x,y\"}"));
  EXPECT_THAT(pair.keys({"quarantine", "list", "--table", "one", "--key", "2"}), IsEmpty());
  EXPECT_THAT(pair.run_well({"quarantine", "list", "--table", "ways"}).out, HasSubstr("no such row waits"));
}

TEST(WaitingCommands, AKeyThatDoesNotFitIsAWrongCallThatNamesTheColumns) {
  Waiting pair;
  for (const char* key : {"1", "1,2,3", "{\"a\": 1}", "{\"a\": 1, \"c\": 2}", "{}", "{a}"}) {
    const auto wrong = pair.run({"quarantine", "list", "--table", "pair", "--key", key});
    EXPECT_EQ(wrong.status, 2) << key << wrong.everything();
    EXPECT_THAT(wrong.err, std::string(key) == "{a}" ? HasSubstr("no JSON object") : HasSubstr("(a, b)"));
  }
  EXPECT_EQ(pair.run({"quarantine", "list", "--key", "1"}).status, 2) << "of which table?";
  const auto unknown = pair.run({"quarantine", "list", "--table", "nobody"});
  EXPECT_EQ(unknown.status, 2);
  EXPECT_THAT(unknown.err, HasSubstr("--table nobody: the map has no such table"));
}

TEST(WaitingCommands, BeforeAnythingWasCopiedNothingWaitsAndNothingIsMade) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE one (id int PRIMARY KEY, v text)");
  pair.use_map("  - desktop: one\n");
  EXPECT_EQ(pair.run({"quarantine", "list"}).out, "no row waits in quarantine\n");
  EXPECT_EQ(pair.run({"quarantine", "list", "--json"}).out, "[]\n");
  EXPECT_EQ(pair.run({"conflicts", "list"}).out, "no conflict waits\n");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pg_namespace WHERE nspname = 'pgtide'"), "0");
}

// ---- quarantine retry

TEST(WaitingCommands, RetryMakesGivenUpRowsDueAndRunsTheirTablesOnly) {
  Waiting pair;
  pair.sql(cloud, held("forward", "one", "{\"id\": 1}", "check_violation", "'', '', true"));
  pair.sql(desktop, "UPDATE two SET v = 'w'; UPDATE one SET v = 'w'");
  const auto runs = pair.value(cloud, "SELECT count(*) FROM pgtide.run");
  const auto ended = pair.run({"quarantine", "retry", "--table", "two"});
  EXPECT_EQ(ended.status, 0) << ended.everything();
  EXPECT_THAT(ended.out, StartsWith("no such row waits in quarantine"));
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.run"), runs) << "nothing to do, nothing done";

  const auto retried = pair.run({"quarantine", "retry"});
  EXPECT_THAT(retried.status, testing::AnyOf(0, 8)) << retried.everything();
  EXPECT_THAT(retried.out, HasSubstr("sync incremental, desktop to cloud"));
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM one"), "w");
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM two"), "v");
  EXPECT_THAT(pair.rows(cloud, "SELECT 1 FROM pgtide.quarantine WHERE given_up"), IsEmpty());
}

TEST(WaitingCommands, RetryGoesTheWayOfTheRowsThatWait) {
  Waiting pair;
  pair.sql(desktop, held("reverse", "ways", "{\"id\": 3}", "check_violation"));
  pair.sql(cloud, "INSERT INTO ways VALUES (4, 'phone', 'M')");
  const auto json = pair.run({"quarantine", "retry", "--json"});
  ASSERT_EQ(json.json().size(), 1U) << json.everything();
  EXPECT_EQ(json.json()[0]["mode"], "reverse");
  EXPECT_EQ(pair.value(desktop, "SELECT v FROM ways"), "phone");
}

// ---- quarantine discard

TEST(WaitingCommands, DiscardNeedsToBeConfirmed) {
  Waiting pair;
  pair.sql(cloud, held("forward", "one", "{\"id\": 1}", "check_violation"));
  const auto asked = pair.run({"quarantine", "discard"});
  EXPECT_EQ(asked.status, 10) << asked.everything();
  EXPECT_THAT(asked.out, HasSubstr("one    forward    check_violation     1"));
  EXPECT_THAT(asked.err, HasSubstr("nothing was done: discard 1 row of the quarantine"));
  EXPECT_THAT(asked.err, HasSubstr("--yes"));
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.quarantine"), "1");
  const auto json = pair.run({"quarantine", "discard", "--json"});
  EXPECT_EQ(json.status, 10);
  EXPECT_EQ(json.json()["status"], "not_confirmed");
}

TEST(WaitingCommands, DiscardedRowsLeaveTheQuarantineAndAreRememberedByTheirContents) {
  Waiting pair;
  pair.sql(cloud, held("forward", "one", "{\"id\": 1}", "check_violation") +
                      held("forward", "one", "{\"id\": 2}", "check_violation"));
  pair.sql(desktop, held("reverse", "ways", "{\"id\": 1}", "check_violation"));
  const auto done = pair.run_well({"quarantine", "discard", "--table", "one", "--key", "1", "--yes"});
  EXPECT_THAT(done.out, HasSubstr("1 row discarded"));
  EXPECT_THAT(pair.keys({"quarantine", "list"}), UnorderedElementsAre("one{\"id\":2}", "ways{\"id\":1}"));
  EXPECT_EQ(
      pair.value(cloud,
                 "SELECT row_key::text || ' ' || (contents = md5('{\"v\": \"private\", \"id\": 1}'::jsonb::text)) "
                 "FROM pgtide.discarded"),
      "{\"id\": 1} true");
  EXPECT_THAT(pair.rows(cloud,
                        "SELECT table_name, payload->'row_key', payload->>'became' FROM pgtide.event WHERE "
                        "event_type = 'quarantine_left'"),
              ElementsAre("one|{\"id\": 1}|discarded"));

  const auto rest = pair.run_well({"quarantine", "discard", "--yes", "--json"}).json();
  EXPECT_EQ(rest.size(), 2U) << "both directions: " << rest.dump();
  EXPECT_EQ(pair.run_well({"quarantine", "discard", "--yes"}).out, "no such row waits in quarantine\n");
}

TEST(WaitingCommands, RowsThatCameAfterTheQuestionStay) {
  Waiting pair;
  pair.sql(cloud, held("forward", "one", "{\"id\": 1}", "check_violation"));
  const auto session = pair.connect(cloud);
  const auto newest = engine::state::newest_waiting(*session);
  pair.sql(cloud, held("forward", "one", "{\"id\": 2}", "check_violation"));
  engine::postgres::Transaction write(*session, {});
  const auto done = engine::state::discard(write, {"test", engine::Direction::forward}, {}, newest);
  write.commit();
  ASSERT_EQ(done.size(), 1U);
  EXPECT_EQ(done[0].rows, 1);
  EXPECT_THAT(pair.keys({"quarantine", "list"}), ElementsAre("one{\"id\":2}"));
}

TEST(WaitingCommands, WhileARunIsUnderWayNothingIsDecided) {
  Waiting pair;
  pair.sql(cloud, held("forward", "two", "{\"id\": 1}", "check_violation", "'', '', true"));
  pair.collide();
  const auto held_lock = pair.connect(cloud);
  held_lock->run("BEGIN");
  held_lock->run("SELECT pg_advisory_xact_lock(hashtextextended('pgtide forward test', 0))");
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"quarantine", "discard", "--yes", "--table", "two"},
           {"quarantine", "retry", "--table", "two"},
           {"conflicts", "resolve", "--table", "one", "--key", "7", "--take", "desktop"}}) {
    const auto ended = pair.run(words);
    EXPECT_EQ(ended.status, 6) << words[1] << ended.everything();
  }
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.discarded"), "0");
  EXPECT_EQ(pair.value(cloud, "SELECT given_up FROM pgtide.quarantine WHERE table_name = 'two'"), "t");
  EXPECT_EQ(pair.value(cloud, "SELECT decision IS NULL FROM pgtide.conflict"), "t");
  EXPECT_THAT(pair.keys({"quarantine", "list"}), ElementsAre("two{\"id\":1}")) << "looking is allowed";
}

// ---- conflicts

TEST(WaitingCommands, ConflictsAreListedWithTheColumnsThatDifferAndWhatCanBeDecided) {
  Waiting pair;
  pair.collide();
  const auto list = pair.run_well({"conflicts", "list"}).out;
  EXPECT_THAT(list, HasSubstr("one    forward    insert_exists  {\"id\": 7}  v  "));
  EXPECT_THAT(list, HasSubstr("--take desktop writes the desktop's row over the cloud's"));
  EXPECT_THAT(list, Not(HasSubstr("\"cloud\""))) << "no contents";
  EXPECT_THAT(pair.run_well({"conflicts", "list", "--verbose"}).out,
              HasSubstr("cloud    {\"v\": \"cloud\", \"id\": 7}"));
  const auto row = pair.run_well({"conflicts", "list", "--json"}).json()[0];
  EXPECT_EQ(row["cloud_row"]["v"], "cloud");
  EXPECT_EQ(row["columns"].dump(), "[\"v\"]");
  EXPECT_EQ(row["resolved_at"], nullptr);
  std::vector<std::string> names;
  const auto ordered = nlohmann::ordered_json::parse(pair.run_well({"conflicts", "list", "--json"}).out)[0];
  for (const auto& [name, value] : ordered.items()) names.push_back(name);
  EXPECT_THAT(names, ElementsAre("map", "direction", "table_name", "row_key", "kind", "desktop_row", "cloud_row",
                                 "local_modified", "remote_modified", "resolution_strategy", "detected_at",
                                 "resolved_at", "columns", "decision", "resolution"));

  pair.sql(cloud, "UPDATE one SET v = 'desktop' WHERE id = 7");
  pair.sync_well("incremental");
  EXPECT_EQ(pair.run_well({"conflicts", "list"}).out, "no conflict waits\n");
  EXPECT_THAT(pair.run_well({"conflicts", "list", "--all"}).out, HasSubstr("cause_gone"));
}

TEST(WaitingCommands, ResolvingWithoutAKeyNeedsToBeConfirmed) {
  Waiting pair;
  pair.collide(7);
  pair.collide(8);
  const auto asked = pair.run({"conflicts", "resolve", "--table", "one", "--take", "desktop"});
  EXPECT_EQ(asked.status, 10) << asked.everything();
  EXPECT_THAT(asked.err, HasSubstr("take the desktop's side in 2 conflicts of table one"));
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.conflict WHERE decision IS NOT NULL"), "0");
  EXPECT_EQ(pair.run({"conflicts", "resolve", "--table", "two", "--take", "desktop"}).out,
            "no such conflict waits: nothing to decide\n");
}

TEST(WaitingCommands, TheDesktopsRowIsNeverChangedByADecision) {
  Waiting pair;
  pair.sql(desktop, "INSERT INTO ways VALUES (9, 'desktop', 'D')");
  pair.sync_well("incremental");
  pair.sql(desktop, "DELETE FROM ways WHERE id = 9");
  pair.sql(desktop,
           "INSERT INTO pgtide.conflict (map, direction, table_name, row_key, kind, desktop_row, cloud_row, "
           "resolution_strategy, last_seen_run) VALUES ('test', 'reverse', 'ways', '{\"id\": 9}', "
           "'insert_exists', '{\"id\": 9}', '{\"id\": 9}', 'manual', 1)");
  const auto refused = pair.run({"conflicts", "resolve", "--table", "ways", "--key", "9", "--take", "cloud"});
  EXPECT_EQ(refused.status, 5) << refused.everything();
  EXPECT_THAT(refused.err, HasSubstr("give one of the two rows another key"));
  EXPECT_EQ(pair.value(desktop, "SELECT decision IS NULL FROM pgtide.conflict"), "t");
}

TEST(WaitingCommands, StatusNamesTheCommandsAndCountsWhatWaits) {
  Waiting pair;
  pair.sql(cloud, held("forward", "one", "{\"id\": 1}", "check_violation") +
                      held("forward", "one", "{\"id\": 2}", "check_violation"));
  pair.sql(desktop, held("reverse", "ways", "{\"id\": 3}", "check_violation"));
  const auto text = pair.run_well({"status"}).out;
  EXPECT_THAT(text, HasSubstr("note: one (forward): 2 rows wait in quarantine (pgtide quarantine list --table one)\n"));
  EXPECT_THAT(text,
              HasSubstr("note: ways (reverse): 1 row waits in quarantine (pgtide quarantine list --table ways)\n"));
  EXPECT_THAT(text, StartsWith("Attention: 3 rows of 2 tables wait in quarantine\n"));
  for (const auto& line : pair.run_well({"status", "--json"}).json()) {
    EXPECT_EQ(line["waiting"], line["table_name"] == "one" ? 2 : line["direction"] == "reverse" ? 1 : 0) << line.dump();
    EXPECT_EQ(line["conflicts"], 0);
  }
  EXPECT_EQ(pair.run({"status", "--check"}).status, 0) << "as old as before";
}

// ---- with what the runs do

// t refers to parent; the desktop has no such constraint.
class Orphans : public Pair {
 public:
  Orphans() : Pair(Contents::reused) {
    sql("CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, parent_id int, v text)");
    sql(cloud, "ALTER TABLE t ADD FOREIGN KEY (parent_id) REFERENCES parent");
    sql(desktop, "INSERT INTO t VALUES (1, NULL, 'v'), (2, 77, 'private')");
    use_map("  - desktop: parent\n  - desktop: t\n");
    EXPECT_EQ(sync("full").status, 8);
  }
};

TEST(WaitingCommands, ARowThatWasGivenUpArrivesByRetryOnceItsCauseIsMended) {
  Orphans pair;
  pair.sql(cloud, "UPDATE pgtide.quarantine SET given_up = true, attempts = 30");
  pair.sql("INSERT INTO parent VALUES (77)");
  EXPECT_THAT(pair.sync("incremental").status, 8) << "given up";
  const auto retried = pair.run({"quarantine", "retry", "--table", "t", "--key", "2"});
  EXPECT_EQ(retried.status, 0) << retried.everything();
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 2"), "private");
  EXPECT_EQ(pair.run({"quarantine", "list"}).out, "no row waits in quarantine\n");
}

TEST(WaitingCommands, RetryTriesAndForcesNothing) {
  Orphans pair;
  const auto retried = pair.run({"quarantine", "retry"});
  EXPECT_EQ(retried.status, 8) << retried.everything();
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "1");
  EXPECT_THAT(retried.out, HasSubstr("rows that wait in quarantine: 1."));
  EXPECT_EQ(pair.value(cloud, "SELECT attempts FROM pgtide.quarantine"), "2") << "one attempt, and this one";
}

TEST(WaitingCommands, NobodyHearsOfADiscardedRowUntilItChanges) {
  Orphans pair;
  EXPECT_EQ(pair.run({"quarantine", "discard", "--yes"}).status, 0);
  support::expect_counts(pair.sync_well("full"), "t", {{"unchanged", 1}, {"skipped", 1}});
  pair.sync_well("incremental");
  EXPECT_EQ(pair.run({"quarantine", "list"}).out, "no row waits in quarantine\n");
  pair.sql(desktop, "UPDATE t SET v = 'changed' WHERE id = 2");
  EXPECT_EQ(pair.sync("incremental").status, 8);
}

TEST(WaitingCommands, ADecisionIsCarriedOutAtOnce) {
  for (const char* side : {"desktop", "cloud"}) {
    SCOPED_TRACE(side);
    Waiting pair;
    pair.collide(7);
    pair.collide(8);
    const auto resolved = pair.run({"conflicts", "resolve", "--table", "one", "--key", "7", "--take", side});
    EXPECT_EQ(resolved.status, 8) << "the other one waits" << resolved.everything();
    EXPECT_THAT(resolved.out, HasSubstr(std::string("resolved: the ") + side + "'s row counts"));
    EXPECT_EQ(pair.value(cloud, "SELECT v FROM one WHERE id = 7"), side);
    EXPECT_EQ(pair.value(cloud, "SELECT v FROM one WHERE id = 8"), "cloud");
    const auto rest = pair.run({"conflicts", "resolve", "--table", "one", "--take", side, "--yes", "--json"});
    EXPECT_EQ(rest.status, 0) << rest.everything();
    ASSERT_EQ(rest.json().size(), 1U);
    EXPECT_EQ(rest.json()[0]["resolution"], side);
    EXPECT_EQ(pair.value(cloud, "SELECT v FROM one WHERE id = 8"), side);
    for (const char* mode : {"incremental", "full"}) pair.sync_well(mode);
    EXPECT_EQ(pair.value(cloud, "SELECT v FROM one WHERE id = 7"), side) << "and it stays so";
  }
}

TEST(WaitingCommands, WhatReverseMayDoItDoes) {
  for (const char* side : {"desktop", "cloud"}) {
    SCOPED_TRACE(side);
    Waiting pair;
    pair.sql(cloud, "INSERT INTO ways VALUES (5, 'phone', 'M')");
    pair.sync_well("reverse");
    pair.sql(desktop, "DELETE FROM ways");
    pair.sql(cloud, "UPDATE ways SET v = 'edited'");
    EXPECT_EQ(pair.sync("reverse").status, 8);
    const auto resolved = pair.run({"conflicts", "resolve", "--table", "ways", "--key", "5", "--take", side});
    EXPECT_EQ(resolved.status, 0) << resolved.everything();
    EXPECT_EQ(pair.value(desktop, "SELECT count(*) FROM ways"), side == std::string("cloud") ? "1" : "0");
    pair.sync_well("reverse");
  }
}

}  // namespace
