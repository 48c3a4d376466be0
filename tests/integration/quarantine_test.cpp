// Rows that the target refuses: they wait with their contents and the reason, all others arrive, and they come by
// themselves as soon as they fit.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/counts.hpp"
#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::expect_counts;
using support::Outcome;
using support::Pair;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* waiting =
    "SELECT table_name, row_key, reason, sqlstate FROM pgtide.quarantine ORDER BY table_name, row_key::text";
constexpr const char* count_waiting = "SELECT count(*) FROM pgtide.quarantine";

// A run that is complete but for rows that wait.
Outcome sync_with_waiting(Pair& pair, const std::string& mode, const std::vector<std::string>& more = {}) {
  auto run = pair.sync(mode, more);
  EXPECT_EQ(run.status, 8) << run.everything();
  return run;
}

// ---- when they come in

class Family : public Pair {
 public:
  Family() : Pair(Contents::reused) {
    sql(desktop, "CREATE TABLE parent (id int, v text); CREATE TABLE child (id int, parent int, v text)");
    sql(cloud,
        "CREATE TABLE parent (id int PRIMARY KEY, v text); CREATE TABLE child (id int PRIMARY KEY, parent int "
        "REFERENCES parent, v text)");
  }
};

TEST(Quarantine, AChildComesWithTheRunThatBringsItsParent) {
  Family pair;
  pair.sql(desktop,
           "INSERT INTO parent VALUES (1, 'x'); INSERT INTO child VALUES (1, 1, 'a'), (2, 7, 'b'), (3, NULL, 'c')");
  pair.use_map("  - {desktop: child, key: [id]}\n  - {desktop: parent, key: [id]}\n");
  expect_counts(sync_with_waiting(pair, "full"), "child", {{"inserted", 2}, {"quarantined", 1}});
  EXPECT_THAT(pair.rows(cloud, waiting), ElementsAre("child|{\"id\": 2}|foreign_key_violation|23503"));
  expect_counts(sync_with_waiting(pair, "incremental"), "child", {{"quarantined", 1}});
  pair.sql(desktop, "INSERT INTO parent VALUES (7, 'seven')");
  expect_counts(pair.sync_well("incremental"), "child", {{"inserted", 1}});
  pair.expect_same("child");
  EXPECT_EQ(pair.value(cloud, count_waiting), "0");
  EXPECT_EQ(pair.value(cloud, "SELECT payload->>'became' FROM pgtide.event WHERE event_type = 'quarantine_left'"),
            "inserted");
}

TEST(Quarantine, AChildComesWhenTheCloudGetsItsParentByItself) {
  Family pair;
  pair.sql(desktop, "INSERT INTO child VALUES (1, 7, 'a')");
  pair.use_map("  - {desktop: child, key: [id]}\n");
  sync_with_waiting(pair, "full");
  pair.sql(cloud, "INSERT INTO parent VALUES (7, 'typed in there')");
  expect_counts(pair.sync_well("incremental"), "child", {{"inserted", 1}});
}

TEST(Quarantine, ARowThatIsDeletedOrMendedAtTheSourceWaitsNoMore) {
  Family pair;
  pair.sql(desktop, "INSERT INTO child VALUES (1, 7, 'a'), (2, 8, 'b'), (3, 9, 'c')");
  pair.use_map("  - {desktop: child, key: [id]}\n");
  sync_with_waiting(pair, "full");
  pair.sql(desktop, "DELETE FROM child WHERE id = 1; UPDATE child SET parent = NULL WHERE id = 2");
  expect_counts(sync_with_waiting(pair, "incremental"), "child", {{"inserted", 1}, {"quarantined", 1}});
  EXPECT_THAT(pair.rows(cloud,
                        "SELECT payload->'row_key'->>'id', payload->>'became' FROM pgtide.event WHERE event_type = "
                        "'quarantine_left' ORDER BY 1"),
              ElementsAre("1|gone", "2|inserted"));
  pair.sql(desktop, "DELETE FROM child WHERE id = 3");
  pair.sync_well("full");
  EXPECT_EQ(pair.value(cloud, count_waiting), "0");
}

TEST(Quarantine, NewerContentsTakeThePlaceOfOlderOnes) {
  Family pair;
  pair.sql(desktop, "INSERT INTO child VALUES (1, 7, 'old')");
  pair.use_map("  - {desktop: child, key: [id]}\n");
  sync_with_waiting(pair, "full");
  sync_with_waiting(pair, "incremental");
  const auto first_seen = pair.value(cloud, "SELECT first_seen FROM pgtide.quarantine");
  pair.sql(desktop, "UPDATE child SET v = 'new'");
  sync_with_waiting(pair, "incremental");
  EXPECT_THAT(pair.rows(cloud, "SELECT row_data->>'v', attempts FROM pgtide.quarantine"), ElementsAre("new|1"));
  EXPECT_EQ(pair.value(cloud, "SELECT first_seen FROM pgtide.quarantine"), first_seen);
}

TEST(Quarantine, AfterSoManyTriesARowIsLeftUntilItChangesOrAFullRunComes) {
  Family pair;
  pair.sql(desktop, "INSERT INTO child VALUES (1, 7, 'a'), (2, NULL, 'b')");
  pair.use_map("  - {desktop: child, key: [id], quarantine: {tries: 2}}\n");
  sync_with_waiting(pair, "full");
  sync_with_waiting(pair, "incremental");
  EXPECT_EQ(pair.value(cloud, "SELECT given_up FROM pgtide.quarantine"), "t");
  pair.sql(cloud, "INSERT INTO parent VALUES (7, 'x')");
  expect_counts(sync_with_waiting(pair, "incremental"), "child", {});
  EXPECT_EQ(pair.value(cloud, "SELECT attempts FROM pgtide.quarantine"), "2");
  pair.sql(desktop, "UPDATE child SET v = 'c' WHERE id = 1");
  expect_counts(pair.sync_well("incremental"), "child", {{"inserted", 1}});
  EXPECT_EQ(pair.value(cloud, count_waiting), "0");
}

TEST(Quarantine, AFullRunTriesWhatWasGivenUp) {
  Family pair;
  pair.sql(desktop, "INSERT INTO child VALUES (1, 7, 'a')");
  pair.use_map("  - {desktop: child, key: [id], quarantine: {tries: 1}}\n");
  sync_with_waiting(pair, "full");
  EXPECT_EQ(pair.value(cloud, "SELECT given_up FROM pgtide.quarantine"), "t");
  pair.sql(cloud, "INSERT INTO parent VALUES (7, 'x')");
  expect_counts(pair.sync_well("full"), "child", {{"inserted", 1}});
}

// ---- many of them

TEST(Quarantine, ThreeBadRowsOfManyAreFoundByThemselves) {
  Pair pair(Contents::reused);
  pair.sql(desktop,
           "CREATE TABLE t (id int PRIMARY KEY, n int, v text); INSERT INTO t SELECT i, CASE WHEN i IN (7, 100000, "
           "199999) THEN -1 ELSE i END, repeat('x', 20) FROM generate_series(1, 200000) i");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, n int CHECK (n > 0), v text)");
  pair.use_map("  - {desktop: t}\n");
  expect_counts(sync_with_waiting(pair, "full"), "t", {{"inserted", 199997}, {"quarantined", 3}});
  EXPECT_EQ(
      pair.value(cloud, "SELECT string_agg(row_key->>'id', ' ' ORDER BY (row_key->>'id')::int) FROM pgtide.quarantine"),
      "7 100000 199999");
  expect_counts(sync_with_waiting(pair, "incremental"), "t", {{"quarantined", 3}});
  pair.sql(desktop, "UPDATE t SET n = id WHERE n < 0");
  expect_counts(pair.sync_well("incremental"), "t", {{"inserted", 3}});
  pair.expect_same("t");
}

TEST(Quarantine, WhereNearlyAllRowsAreBadTheTableStopsAtTheLimit) {
  for (const char* check : {"CHECK (n > 0)", "REFERENCES parent", "NOT NULL"}) {
    SCOPED_TRACE(check);
    Pair pair(Contents::reused);
    const bool null = std::string(check) == "NOT NULL";
    pair.sql(desktop, std::string("CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t SELECT i, ") +
                          (null ? "NULL" : "-1") + " FROM generate_series(1, 30000) i");
    pair.sql(cloud, "CREATE TABLE parent (id int PRIMARY KEY)");
    pair.sql(cloud, std::string("CREATE TABLE t (id int PRIMARY KEY, n int ") + check + ")");
    pair.use_map("  - {desktop: t}\n");
    const auto stopped = pair.sync("full");
    EXPECT_EQ(stopped.status, 11) << stopped.everything();
    EXPECT_EQ(stopped.table("t")["status"], "fuse");
    EXPECT_THAT(stopped.everything(), HasSubstr("--past-fuse t"));
    EXPECT_EQ(pair.value(cloud, count_waiting), "0") << "nothing of it was committed";
    EXPECT_EQ(pair.value(cloud, "SELECT sync_status FROM pgtide.watermark"), "failed");
    expect_counts(sync_with_waiting(pair, "full", {"--past-fuse", "t"}), "t", {{"quarantined", 30000}});
    expect_counts(sync_with_waiting(pair, "incremental"), "t", {{"quarantined", 30000}});
  }
}

TEST(Quarantine, AFewRowsMayAllBeBad) {
  Family pair;
  pair.sql(desktop, "INSERT INTO child SELECT i, 7, 'a' FROM generate_series(1, 99) i");
  pair.use_map("  - {desktop: child, key: [id]}\n");
  expect_counts(sync_with_waiting(pair, "full"), "child", {{"quarantined", 99}});
}

// ---- references

TEST(Quarantine, OrphansMayBeClearedUntilTheParentIsThere) {
  Family pair;
  pair.sql(desktop, "INSERT INTO parent VALUES (1, 'x'); INSERT INTO child VALUES (1, 1, 'a'), (2, 7, 'b')");
  pair.use_map("  - {desktop: parent, key: [id]}\n  - {desktop: child, key: [id], orphans: null}\n");
  expect_counts(pair.sync_well("full"), "child", {{"inserted", 2}});
  EXPECT_THAT(pair.rows(cloud, "SELECT * FROM child ORDER BY id"), ElementsAre("1|1|a", "2|<NULL>|b"));
  expect_counts(pair.sync_well("full"), "child", {{"unchanged", 2}});
  pair.sql(desktop, "INSERT INTO parent VALUES (7, 'seven')");
  expect_counts(pair.sync_well("full"), "child", {{"updated", 1}, {"unchanged", 1}});
  pair.expect_same("child");
}

TEST(Quarantine, RowsOfACircleWaitWithTheRowsTheyNeed) {
  Pair pair(Contents::reused);
  pair.sql(desktop,
           "CREATE TABLE a (id int, b int); CREATE TABLE b (id int, a int); INSERT INTO a VALUES (1, 1), (2, 2), (3, "
           "NULL), (4, 99); INSERT INTO b VALUES (1, 1), (2, 2), (3, 4)");
  pair.sql(
      cloud,
      "CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a CHECK (a "
      "<> 2)); ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b");
  pair.use_map("  - {desktop: a, key: [id]}\n  - {desktop: b, key: [id]}\n");
  sync_with_waiting(pair, "full");
  EXPECT_THAT(pair.rows(cloud, waiting),
              ElementsAre("a|{\"id\": 2}|foreign_key_violation|23503", "a|{\"id\": 4}|foreign_key_violation|23503",
                          "b|{\"id\": 2}|check_violation|23514", "b|{\"id\": 3}|foreign_key_violation|23503"));
  EXPECT_THAT(pair.rows(cloud, "SELECT 'a', id FROM a UNION ALL SELECT 'b', id FROM b ORDER BY 1, 2"),
              ElementsAre("a|1", "a|3", "b|1"));
  pair.sql(desktop, "UPDATE b SET a = 3 WHERE id = 2; UPDATE a SET b = 3 WHERE id = 4");
  pair.sync_well("incremental");
  pair.expect_same("a");
  pair.expect_same("b");
}

// ---- unique values

TEST(Quarantine, OfRowsWithTheSameUniqueValueOneComesIn) {
  Pair pair(Contents::reused);
  pair.sql(desktop, "CREATE TABLE t (id int, code text); INSERT INTO t VALUES (1, 'A'), (2, 'B'), (3, 'A'), (4, 'A')");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, code text UNIQUE)");
  pair.use_map("  - {desktop: t, key: [id]}\n");
  for (const char* mode : {"full", "incremental", "full"}) {
    sync_with_waiting(pair, mode);
    EXPECT_THAT(pair.rows(cloud, waiting),
                ElementsAre("t|{\"id\": 3}|unique_violation|23505", "t|{\"id\": 4}|unique_violation|23505"));
  }
  pair.sql(desktop, "UPDATE t SET code = 'C' WHERE id = 1; UPDATE t SET code = 'D' WHERE id = 4");
  pair.sync_well("incremental");
  pair.expect_same("t");
}

TEST(Quarantine, UniqueValuesThatRowsExchangeArrive) {
  Pair pair(Contents::reused);
  pair.sql(desktop,
           "CREATE TABLE t (id int, code text); INSERT INTO t SELECT i, 'c' || i FROM generate_series(1, 9) i");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, code text UNIQUE)");
  pair.use_map("  - {desktop: t, key: [id]}\n");
  pair.sync_well("full");
  pair.sql(desktop, "UPDATE t SET code = 'c' || (id % 9 + 1)");
  expect_counts(pair.sync_well("incremental"), "t", {{"updated", 9}});
  pair.expect_same("t");
}

TEST(Quarantine, UniqueValuesThatCannotBeExchangedWait) {
  Pair pair(Contents::reused);
  pair.sql(desktop,
           "CREATE TABLE t (id int, code text); INSERT INTO t SELECT i, 'c' || i FROM generate_series(1, 9) i");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, code text NOT NULL UNIQUE)");
  pair.use_map("  - {desktop: t, key: [id]}\n");
  pair.sync_well("full");
  pair.sql(desktop, "UPDATE t SET code = CASE id WHEN 1 THEN 'c2' WHEN 2 THEN 'c1' WHEN 3 THEN 'new' ELSE code END");
  expect_counts(sync_with_waiting(pair, "incremental"), "t", {{"updated", 1}, {"quarantined", 2}, {"unchanged", 6}});
  EXPECT_THAT(pair.rows(cloud, "SELECT * FROM t WHERE id < 4 ORDER BY 1"), ElementsAre("1|c1", "2|c2", "3|new"));
}

// ---- twins

TEST(Quarantine, OfRowsWithTheSameKeyTheNewestComesInAndTheOthersWait) {
  Pair pair(Contents::reused);
  pair.sql(
      desktop,
      "CREATE TABLE t (id int, v text, updated_at timestamptz); INSERT INTO t VALUES (1, 'old', '2026-01-01'), (1, "
      "'new', '2026-01-02'), (2, 'same', '2026-01-01'), (2, 'same', '2026-01-01'), (3, 'x', '2026-01-01')");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text, updated_at timestamptz)");
  pair.use_map("  - {desktop: t, key: [id]}\n");
  expect_counts(sync_with_waiting(pair, "full"), "t", {{"inserted", 3}, {"skipped", 1}, {"quarantined", 1}});
  EXPECT_THAT(pair.rows(cloud, "SELECT row_key, reason, row_data->>'v' FROM pgtide.quarantine"),
              ElementsAre("{\"id\": 1}|duplicate_key|old"));
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 1"), "new");
  expect_counts(sync_with_waiting(pair, "incremental"), "t", {{"unchanged", 1}, {"quarantined", 1}});
  pair.sql(desktop, "UPDATE t SET id = 4 WHERE v = 'old'");
  expect_counts(pair.sync_well("incremental"), "t", {{"inserted", 1}, {"unchanged", 1}});
  EXPECT_EQ(pair.value(cloud, count_waiting), "0");
}

// ---- both ways

TEST(Quarantine, RowsThatWereWrittenBesideBadOnesDoNotComeBack) {
  Pair pair(Contents::reused);
  pair.sql(desktop,
           "CREATE TABLE t (id int PRIMARY KEY, n int, source char(1)); INSERT INTO t SELECT i, i - 1 FROM "
           "generate_series(1, 50) i");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, n int CHECK (n > 0), source char(1))");
  pair.use_map("  - {desktop: t, direction: both, origin: {column: source, desktop: D, cloud: M}}\n");
  expect_counts(sync_with_waiting(pair, "full"), "t", {{"inserted", 49}, {"quarantined", 1}});
  expect_counts(pair.sync_well("reverse"), "t", {});
  pair.sql(cloud, "INSERT INTO t VALUES (1000, 5, 'M')");
  expect_counts(pair.sync_well("reverse"), "t", {{"inserted", 1}});
}

TEST(Quarantine, RowsThatTheDesktopRefusesWaitThere) {
  Pair pair(Contents::reused);
  pair.sql(desktop, "CREATE TABLE t (id int, note varchar(5))");
  pair.sql(cloud,
           "CREATE TABLE t (id int PRIMARY KEY, note text); INSERT INTO t VALUES (1, 'fits'), (2, 'much too long')");
  pair.use_map("  - {cloud: t, key: [id], direction: reverse}\n");
  for (const char* inserted : {"1", "0"})
    expect_counts(sync_with_waiting(pair, "reverse"), "t", {{"inserted", std::stoll(inserted)}, {"quarantined", 1}});
  EXPECT_THAT(pair.rows(desktop, "SELECT direction, row_key, reason, attempts FROM pgtide.quarantine"),
              ElementsAre("reverse|{\"id\": 2}|value_would_change|2"));
  pair.sql(cloud, "UPDATE t SET note = 'short' WHERE id = 2");
  expect_counts(pair.sync_well("reverse"), "t", {{"inserted", 1}});
  EXPECT_EQ(pair.value(desktop, count_waiting), "0");
}

// ---- rows that nobody wants to hear of

TEST(Quarantine, ADiscardedRowIsSkippedUntilItChanges) {
  Family pair;
  pair.sql(desktop, "INSERT INTO child VALUES (1, 7, 'a'), (2, NULL, 'b')");
  pair.use_map("  - {desktop: child, key: [id]}\n");
  sync_with_waiting(pair, "full");
  pair.sql(cloud,
           "WITH gone AS (DELETE FROM pgtide.quarantine RETURNING *) INSERT INTO pgtide.discarded (map, direction, "
           "table_name, row_key, contents, reason) SELECT map, direction, table_name, row_key, md5(row_data::text), "
           "reason FROM gone");
  expect_counts(pair.sync_well("full"), "child", {{"unchanged", 1}, {"skipped", 1}});
  pair.sql(desktop, "UPDATE child SET v = 'c' WHERE id = 1");
  expect_counts(sync_with_waiting(pair, "incremental"), "child", {{"quarantined", 1}});
  pair.sql(cloud, "INSERT INTO parent VALUES (7, 'x')");
  pair.sync_well("incremental");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.discarded"), "0") << "it is an ordinary row again";
}

TEST(Quarantine, ADiscardedRowStaysOutThoughItWouldFitNow) {
  Family pair;
  pair.sql(desktop, "INSERT INTO child VALUES (1, 7, 'a')");
  pair.use_map("  - {desktop: child, key: [id]}\n");
  sync_with_waiting(pair, "full");
  EXPECT_EQ(pair.run({"quarantine", "discard", "--table", "child", "--yes"}).status, 0);
  pair.sql(cloud, "INSERT INTO parent VALUES (7, 'x')");
  expect_counts(pair.sync_well("full"), "child", {{"skipped", 1}});
}

TEST(Quarantine, ATableOfWhichRowsWaitIsNeverJustOk) {
  Family pair;
  pair.sql(desktop, "INSERT INTO child VALUES (1, 7, 'a')");
  pair.use_map("  - {desktop: child, key: [id], quarantine: {tries: 1}}\n");
  sync_with_waiting(pair, "full");
  EXPECT_EQ(sync_with_waiting(pair, "incremental").table("child")["status"], "attention");
}

TEST(Quarantine, ManyWaitingRowsAreTriedAgainTogether) {
  Family pair;
  pair.sql(desktop, "INSERT INTO child SELECT i, CASE WHEN i % 5 = 0 THEN 7 END, 'a' FROM generate_series(1, 50000) i");
  pair.use_map("  - {desktop: child, key: [id]}\n");
  expect_counts(sync_with_waiting(pair, "full"), "child", {{"inserted", 40000}, {"quarantined", 10000}});
  expect_counts(sync_with_waiting(pair, "incremental"), "child", {{"quarantined", 10000}});
  pair.sql(desktop, "UPDATE child SET parent = NULL");
  expect_counts(pair.sync_well("incremental"), "child", {{"inserted", 10000}, {"unchanged", 40000}});
}

// ---- conflicts that are decided

class Decided : public Pair {
 public:
  explicit Decided(const std::string& policy) : Pair(Contents::reused) {
    sql(desktop,
        "CREATE TABLE t (id int, v text, updated_at timestamptz); INSERT INTO t SELECT i, 'v', '2026-01-01' FROM "
        "generate_series(1, 5) i");
    sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text, updated_at timestamptz)");
    use_map("  - {desktop: t, key: [id], conflicts: " + policy + "}\n");
    sync_well("full");
    sql(desktop, "UPDATE t SET v = 'desktop', updated_at = '2026-02-02' WHERE id IN (1, 2, 3)");
    sql(cloud,
        "UPDATE t SET v = 'cloud', updated_at = CASE id WHEN 1 THEN '2026-02-01' WHEN 2 THEN '2026-02-03' "
        "END::timestamptz WHERE id IN (1, 2, 4)");
  }
  std::string values() { return value(cloud, "SELECT string_agg(v, ' ' ORDER BY id) FROM t"); }
  std::vector<std::string> decisions() {
    return rows(cloud,
                "SELECT row_key->>'id', kind, desktop_row->>'v', cloud_row->>'v', resolution_strategy, resolution, "
                "resolved_at IS NOT NULL FROM pgtide.conflict ORDER BY 1");
  }
};

TEST(Quarantine, TheDesktopMayWin) {
  Decided pair("desktop_wins");
  expect_counts(pair.sync_well("incremental"), "t", {{"updated", 1}, {"conflicted", 2}});
  EXPECT_EQ(pair.values(), "desktop desktop desktop cloud v");
  EXPECT_THAT(pair.decisions(), ElementsAre("1|update_origin_differs|desktop|cloud|desktop_wins|desktop|t",
                                            "2|update_origin_differs|desktop|cloud|desktop_wins|desktop|t"));
  expect_counts(pair.sync_well("full"), "t", {{"unchanged", 4}, {"skipped", 1}});
}

TEST(Quarantine, TheCloudMayWin) {
  Decided pair("cloud_wins");
  expect_counts(pair.sync_well("incremental"), "t", {{"updated", 1}, {"conflicted", 2}});
  EXPECT_EQ(pair.values(), "cloud cloud desktop cloud v");
  EXPECT_THAT(pair.decisions(), ElementsAre("1|update_origin_differs|desktop|cloud|cloud_wins|cloud|t",
                                            "2|update_origin_differs|desktop|cloud|cloud_wins|cloud|t"));
  expect_counts(pair.sync_well("full"), "t", {{"unchanged", 2}, {"skipped", 3}});
  pair.sql(desktop, "UPDATE t SET v = 'again' WHERE id = 1");
  expect_counts(pair.sync_well("incremental"), "t", {{"conflicted", 1}});
  EXPECT_EQ(pair.decisions().size(), 3u);
}

TEST(Quarantine, WhoWasTouchedLastMayWin) {
  Decided pair("last_update_wins");
  expect_counts(pair.sync_well("incremental"), "t", {{"updated", 1}, {"conflicted", 2}});
  EXPECT_EQ(pair.values(), "desktop cloud desktop cloud v");
  EXPECT_THAT(pair.run({"plan", "full"}).out, HasSubstr("trusts the clocks of both sides"));
  expect_counts(pair.sync_well("full"), "t", {{"unchanged", 3}, {"skipped", 2}});
}

TEST(Quarantine, NobodyMayWinUntilItIsDecided) {
  for (const char* side : {"desktop", "cloud"}) {
    Decided pair("manual");
    expect_counts(sync_with_waiting(pair, "incremental"), "t", {{"updated", 1}, {"conflicted", 2}});
    EXPECT_EQ(pair.values(), "cloud cloud desktop cloud v");
    pair.sql(cloud, std::string("UPDATE pgtide.conflict SET decision = '") + side + "' WHERE row_key = '{\"id\": 1}'");
    expect_counts(sync_with_waiting(pair, "incremental"), "t", {{"conflicted", 2}});
    EXPECT_EQ(pair.values(), std::string(side) + " cloud desktop cloud v");
    EXPECT_THAT(pair.decisions(),
                ElementsAre(std::string("1|update_origin_differs|desktop|cloud|manual|") + side + "|t",
                            "2|update_origin_differs|desktop|cloud|manual|<NULL>|f"));
    expect_counts(sync_with_waiting(pair, "incremental"), "t", {{"conflicted", 1}});
  }
}

TEST(Quarantine, ACollisionMayBeDecided) {
  for (const char* side : {"desktop", "cloud"}) {
    Pair pair(Contents::reused);
    pair.sql(desktop, "CREATE TABLE t (id int, v text, source char(1)); INSERT INTO t VALUES (1, 'desktop', NULL)");
    pair.sql(cloud,
             "CREATE TABLE t (id int PRIMARY KEY, v text, source char(1)); INSERT INTO t VALUES (1, 'cloud', 'M')");
    pair.use_map("  - {desktop: t, key: [id], origin: {column: source, desktop: D, cloud: M}}\n");
    expect_counts(sync_with_waiting(pair, "full"), "t", {{"conflicted", 1}});
    EXPECT_EQ(pair.value(cloud, "SELECT kind FROM pgtide.conflict"), "insert_exists");
    pair.sql(cloud, std::string("UPDATE pgtide.conflict SET decision = '") + side + "'");
    expect_counts(pair.sync_well("incremental"), "t", {{"conflicted", 1}});
    EXPECT_EQ(pair.value(cloud, "SELECT v FROM t"), side);
    expect_counts(pair.sync_well("full"), "t", {{std::string(side) == "cloud" ? "skipped" : "unchanged", 1}});
    if (std::string(side) == "desktop") continue;
    pair.sql(desktop, "UPDATE t SET v = 'desktop again'");  // it is still the cloud's row
    expect_counts(sync_with_waiting(pair, "incremental"), "t", {{"conflicted", 1}});
    EXPECT_EQ(pair.value(cloud, "SELECT v FROM t"), "cloud");
    EXPECT_EQ(pair.value(cloud, "SELECT kind FROM pgtide.conflict WHERE resolved_at IS NULL"), "insert_exists");
  }
}

// Whoever decides for the desktop on the way back must not make its row one that the cloud gave.
TEST(Quarantine, ACollisionOnTheWayBackMayBeDecidedForTheDesktop) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text, source char(1))");
  pair.use_map("  - {desktop: t, direction: both, origin: {column: source, desktop: D, cloud: M}}\n");
  pair.sync_well("full");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'desktop', NULL)");
  pair.sql(cloud, "INSERT INTO t VALUES (1, 'cloud', 'M')");
  expect_counts(sync_with_waiting(pair, "reverse"), "t", {{"conflicted", 1}});
  pair.sql(desktop, "UPDATE pgtide.conflict SET decision = 'desktop'");
  expect_counts(pair.sync_well("reverse"), "t", {{"conflicted", 1}});
  expect_counts(pair.sync_well("reverse"), "t", {{"skipped", 0}});
  expect_counts(sync_with_waiting(pair, "incremental"), "t", {{"conflicted", 1}});
  EXPECT_EQ(pair.value(cloud, "SELECT kind FROM pgtide.conflict"), "insert_exists");
  pair.sql(cloud, "DELETE FROM t");
  expect_counts(pair.sync_well("incremental"), "t", {{"inserted", 1}});
}

TEST(Quarantine, ARowThatCollidesByTwoUniqueKeysSaysSo) {
  Pair pair(Contents::reused);
  pair.sql(desktop, "CREATE TABLE t (id int, code text); INSERT INTO t VALUES (1, 'A')");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, code text UNIQUE)");
  pair.use_map("  - {desktop: t, key: [id]}\n");
  pair.sync_well("full");
  pair.sql(cloud, "INSERT INTO t VALUES (2, 'B'), (3, 'C')");
  pair.sql(desktop, "INSERT INTO t VALUES (2, 'C')");
  expect_counts(sync_with_waiting(pair, "incremental"), "t", {{"conflicted", 1}});
  EXPECT_EQ(pair.value(cloud, "SELECT kind FROM pgtide.conflict"), "multiple_unique_conflicts");
  expect_counts(sync_with_waiting(pair, "incremental"), "t", {{"conflicted", 1}});
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.conflict"), "1");
}

}  // namespace
