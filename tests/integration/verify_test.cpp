// pgtide verify: every difference is found and named, none is invented, and --repair mends what may be mended.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

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
using testing::UnorderedElementsAre;

class Compared : public Pair {
 public:
  using Pair::Pair;

  Outcome verify(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"verify", "--json", "--quiet"});
    return run(more);
  }

  // Each difference as `table kind key columns`.
  static std::vector<std::string> listed(const Outcome& outcome) {
    std::vector<std::string> list;
    for (const auto& row : outcome.json()) {
      std::string columns;
      for (const auto& column : row["columns"]) columns += " " + column.get<std::string>();
      list.push_back(row["table"].get<std::string>() + " " + row["kind"].get<std::string>() + " " +
                     row["row_key"].dump() + columns);
    }
    return list;
  }

  std::vector<std::string> differences(const std::vector<std::string>& more = {}) {
    const auto outcome = verify(more);
    const auto list = listed(outcome);
    EXPECT_EQ(outcome.status, list.empty() ? 0 : 9) << outcome.everything();
    return list;
  }

  void expect_mended() {
    const auto outcome = run({"verify", "--repair", "--quiet"});
    EXPECT_EQ(outcome.status, 0) << outcome.everything();
    EXPECT_THAT(differences(), IsEmpty());
  }
};

// A table `t` with a key, copied.
class Plain : public Compared {
 public:
  explicit Plain(int rows = 100, const std::string& more = "") : Compared(Contents::reused) {
    sql(desktop,
        "CREATE TABLE t (id int, v text, n numeric(12,2), updated_at timestamp DEFAULT now()); INSERT INTO t SELECT "
        "i, 'v' || i, i / 7.0 FROM generate_series(1, " +
            std::to_string(rows) + ") i; ANALYZE t");
    sql(cloud,
        "CREATE TABLE t (id int PRIMARY KEY, v text, n numeric(14,4), updated_at timestamp, own text DEFAULT 'own')");
    use_map("  - {desktop: t, key: [id]" + more + "}\n");
    sync_well("full");
  }
};

TEST(Verify, FindsTheOneRowOfALargeTableThatWasChangedBehindItsBackAndMendsIt) {
  Plain pair(200'000);
  EXPECT_THAT(pair.differences(), IsEmpty());
  pair.sql(cloud, "UPDATE t SET v = 'changed' WHERE id = 123456");
  const auto found = pair.run({"verify", "--quiet"});
  EXPECT_EQ(found.status, 9) << found.everything();
  EXPECT_THAT(found.out, HasSubstr("{\"id\": 123456}  columns: v"));
  EXPECT_THAT(found.out, HasSubstr("only the cloud changed it"));
  EXPECT_THAT(found.out, HasSubstr("pgtide verify --repair"));
  const auto mended = pair.verify({"--repair"});
  EXPECT_EQ(mended.status, 0) << mended.everything();
  ASSERT_EQ(mended.json().size(), 1u) << mended.out;
  EXPECT_EQ(mended.json()[0]["repaired"], true) << mended.out;
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 123456"), "v123456");
  EXPECT_THAT(pair.differences(), IsEmpty());
}

TEST(Verify, TellsMissingSurplusAndDifferentRowsApart) {
  Plain pair;
  pair.sql(cloud, "UPDATE t SET v = NULL, n = 1.00005 WHERE id = 3; DELETE FROM t WHERE id = 4");
  pair.sql(desktop, "DELETE FROM t WHERE id = 5");
  EXPECT_THAT(pair.differences(),
              UnorderedElementsAre("t different {\"id\":3} v n", "t missing {\"id\":4}", "t surplus {\"id\":5}"));
}

TEST(Verify, LeavesSurplusRowsUnlessTheMapRemovesThem) {
  for (const bool hard : {false, true}) {
    Plain pair(100, hard ? ", deletes: hard" : "");
    pair.sql(desktop, "DELETE FROM t WHERE id = 5");
    const auto outcome = pair.verify({"--repair"});
    EXPECT_EQ(outcome.status, hard ? 0 : 9) << outcome.everything();
    EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM t WHERE id = 5"), hard ? 0 : 1);
  }
}

TEST(Verify, LeavesRowsBornInTheCloudAndItsOwnColumnsAlone) {
  Plain pair;
  pair.sql(cloud, "INSERT INTO t (id, v) VALUES (5000, 'phone'); UPDATE t SET own = 'edited' WHERE id = 9");
  EXPECT_THAT(pair.differences(), IsEmpty());
  pair.sql(cloud, "UPDATE t SET v = 'x' WHERE id = 9");
  pair.expect_mended();
  EXPECT_EQ(pair.value(cloud, "SELECT v || own FROM t WHERE id = 9"), "v9edited");
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM t WHERE id = 5000"), 1);
}

TEST(Verify, SaysWhatWasOnlyWrittenSinceTheLastRun) {
  Plain pair;
  pair.sql(desktop, "UPDATE t SET v = 'new' WHERE id = 3; INSERT INTO t VALUES (101, 'new')");
  pair.sql(cloud, "UPDATE t SET v = 'old' WHERE id = 4");
  const auto outcome = pair.verify();
  EXPECT_EQ(outcome.status, 9) << outcome.everything();
  int pending = 0;
  for (const auto& row : outcome.json()) {
    EXPECT_EQ(row["pending"], row["row_key"]["id"] != 4) << row.dump();
    pending += row["pending"] == true ? 1 : 0;
  }
  EXPECT_EQ(pending, 2);
  EXPECT_THAT(pair.differences({"--settled"}), ElementsAre("t different {\"id\":4} v"));
  pair.expect_mended();
}

TEST(Verify, SeesWhatEqualityTakesForTheSame) {
  Compared pair(Contents::reused);
  pair.sql(desktop, "CREATE TABLE t (id int, n numeric, i interval, f float8, j json, b bytea)");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, n numeric, i interval, f float8, j json, b bytea)");
  pair.sql(desktop, "INSERT INTO t SELECT i, 1.0, '1 day', 0, '{\"a\": 1}', '\\x00' FROM generate_series(1, 5) i");
  pair.use_map("  - {desktop: t, key: [id]}\n");
  pair.sync_well("full");
  EXPECT_THAT(pair.differences(), IsEmpty());
  pair.sql(
      cloud,
      "UPDATE t SET n = 1.00 WHERE id = 1; UPDATE t SET i = '24 hours' WHERE id = 2; UPDATE t SET f = '-0' WHERE id = "
      "3; UPDATE t SET j = '{\"a\":1}' WHERE id = 4; UPDATE t SET b = '\\x01' WHERE id = 5");
  EXPECT_THAT(pair.differences(),
              UnorderedElementsAre("t different {\"id\":1} n", "t different {\"id\":2} i", "t different {\"id\":3} f",
                                   "t different {\"id\":4} j", "t different {\"id\":5} b"));
  pair.expect_mended();
}

// What is converted on the way has another form on each side: equal all the same, and each change is seen.
TEST(Verify, ComparesConvertedColumnsByWhatTheTargetWouldHold) {
  Compared pair(Contents::reused);
  pair.sql(cloud, "CREATE TYPE mood AS ENUM ('low', 'high'); CREATE DOMAIN amount AS numeric(12,2)");
  pair.sql(desktop,
           "CREATE TABLE t (id smallint, a numeric(8,2), b timestamp, c varchar(20), d char(5), e text, f int, g date, "
           "h real, "
           "i timestamp(3), j numeric(10,2), k text, l numeric(12,4), m text)");
  pair.sql(cloud,
           "CREATE TABLE t (id bigint PRIMARY KEY, a numeric(12,4), b timestamptz, c text, d varchar(9), e mood, f "
           "bigint, g "
           "timestamp, h float8, i timestamp, j amount, k varchar(30), l numeric(12,2), m char(9))");
  pair.sql(
      desktop,
      "INSERT INTO t SELECT i, i / 3.0, timestamp '2026-01-01 10:00:00.123456' + i * interval '1 h', 'c' || i, 'd' || "
      "i, "
      "CASE i % 2 WHEN 0 THEN 'low' ELSE 'high' END, i, date '2026-01-01' + i, i / 7.0, '2026-01-01 01:02:03.456', i / "
      "3.0, 'k' || i, i, 'm' || i FROM generate_series(1, 50) i; INSERT INTO t (id) VALUES (51); UPDATE t SET l = "
      "round(l, 2)");
  pair.use_map("  - {desktop: t, key: [id], forward: {columns: {l: 'l::numeric(12,2)'}}}\n",
               "map: practice\ndesktop: {url: \"${PGTIDE_DESKTOP_URL}\", timezone: Asia/Kolkata}\ncloud: {url: "
               "\"${PGTIDE_CLOUD_URL}\"}\n");
  pair.sync_well("full");
  EXPECT_THAT(pair.differences(), IsEmpty());
  const std::vector<std::pair<std::string, std::string>> changes = {{"a", "a + 0.0001"},
                                                                    {"b", "b + interval '1 us'"},
                                                                    {"c", "c || 'x'"},
                                                                    {"d", "'x'"},
                                                                    {"e", "'low'"},
                                                                    {"f", "f + 1"},
                                                                    {"g", "g + interval '1 s'"},
                                                                    {"h", "h + 1"},
                                                                    {"i", "NULL"},
                                                                    {"j", "j + 1"},
                                                                    {"k", "''"},
                                                                    {"l", "l + 1"},
                                                                    {"m", "'y'"}};
  std::vector<std::string> expected;
  for (const auto& [column, value] : changes) {
    const std::string id = std::to_string(expected.size() + 1);
    pair.sql(cloud, "UPDATE t SET " + column + " = " + value + " WHERE id = " + id);
    expected.push_back("t different {\"id\":" + id + "} " + column);
  }
  EXPECT_THAT(pair.differences(), testing::UnorderedElementsAreArray(expected));
  pair.expect_mended();
}

TEST(Verify, KnowsKeysOfSeveralColumnsWithNullsAndNamesToBeQuoted) {
  Compared pair(Contents::reused);
  pair.sql(desktop, "CREATE TABLE \"My Table\" (\"Key\" text, k2 int, \"order\" text)");
  pair.sql(cloud, "CREATE TABLE \"My Table\" (\"Key\" text, k2 int, \"order\" text, own int)");
  pair.sql(desktop,
           "INSERT INTO \"My Table\" VALUES ('a', NULL, 'x'), (NULL, 2, 'y'), ('\xC3\xA4', 3, 'z'), ('A', 3, 'u')");
  pair.use_map("  - {desktop: My Table, key: [Key, k2]}\n");
  pair.sync_well("full");
  EXPECT_THAT(pair.differences(), IsEmpty());
  pair.sql(cloud,
           "UPDATE \"My Table\" SET \"order\" = 'changed' WHERE \"Key\" IS NULL; DELETE FROM \"My Table\" WHERE "
           "k2 IS NULL");
  EXPECT_THAT(pair.differences(), UnorderedElementsAre("My Table different {\"Key\":null,\"k2\":2} order",
                                                       "My Table missing {\"Key\":\"a\",\"k2\":null}"));
  pair.expect_mended();
}

// ---- without a key

TEST(Verify, CountsRowsWithoutAKey) {
  Compared pair(Contents::reused);
  pair.sql(desktop,
           "CREATE TABLE t (job int, task int, note text); INSERT INTO t VALUES (1, 1, 'a'), (1, 1, 'a'), (2, 1, "
           "'b'), (3, 1, 'c'), (4, 1, 'd'), (5, 5, 'e'), (6, 6, 'f')");
  pair.sql(cloud, "CREATE TABLE t (no serial PRIMARY KEY, job int, task int, note text, own text, source char(1))");
  pair.use_map(
      "  - {desktop: t, key: none, match: [job], skip: ['no'], origin: {column: source, desktop: D, cloud: M}, fuse: "
      "90%}\n");
  pair.sync_well("full");
  EXPECT_THAT(pair.differences(), IsEmpty());
  pair.sql(
      cloud,
      "DELETE FROM t WHERE no = (SELECT min(no) FROM t WHERE job = 1); UPDATE t SET note = 'x', own = 'kept' WHERE "
      "job = 2; INSERT INTO t (job, note, source) VALUES (9, 'phone', 'M')");
  pair.sql(desktop, "DELETE FROM t WHERE job = 3; INSERT INTO t VALUES (4, 1, 'd')");
  EXPECT_THAT(pair.differences(), UnorderedElementsAre("t missing {\"job\":1}", "t different {\"job\":2} note",
                                                       "t surplus {\"job\":3}", "t missing {\"job\":4}"));
  pair.expect_mended();
  EXPECT_EQ(pair.value(cloud, "SELECT own FROM t WHERE job = 2"), "kept");
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM t WHERE source = 'M'"), 1);
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM t WHERE job = 4"), 2);
}

// ---- what the map says

TEST(Verify, HonoursConditionsExpressionsAndOrigin) {
  Compared pair(Contents::reused);
  pair.sql(desktop,
           "CREATE TABLE t (id int, v text, live bool, source char(1)); INSERT INTO t SELECT i, 'v' || i, i > 3, CASE "
           "WHEN i = 10 THEN 'M' END FROM generate_series(1, 10) i");
  pair.sql(cloud,
           "CREATE TABLE t (id int PRIMARY KEY, w text, source char(1)); INSERT INTO t VALUES (20, 'phone', 'M')");
  pair.use_map(
      "  - {desktop: t, key: [id], origin: {column: source, desktop: D, cloud: M}, skip: [v, live], forward: "
      "{where: live, columns: {w: upper(v)}}}\n");
  pair.sync_well("full");
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM t"), 7);
  EXPECT_THAT(pair.differences(), IsEmpty());
  pair.sql(cloud, "UPDATE t SET w = lower(w) WHERE id = 5");
  EXPECT_THAT(pair.differences(), ElementsAre("t different {\"id\":5} w"));
  pair.expect_mended();
}

TEST(Verify, NamesRowsThatWaitWithTheirReason) {
  Compared pair(Contents::reused);
  pair.sql(desktop,
           "CREATE TABLE p (id int); CREATE TABLE t (id int, p int, n int); INSERT INTO p VALUES (1); INSERT INTO t "
           "VALUES (1, 1, 1), (2, 99, 2), (3, 1, NULL), (4, 1, -1)");
  pair.sql(cloud,
           "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (id int PRIMARY KEY, p int REFERENCES p, n int NOT "
           "NULL CHECK (n > 0))");
  pair.use_map("  - {desktop: p, key: [id]}\n  - {desktop: t, key: [id]}\n");
  EXPECT_EQ(pair.sync("full").status, 8);
  const auto outcome = pair.verify();
  EXPECT_EQ(outcome.status, 9) << outcome.everything();
  EXPECT_THAT(Compared::listed(outcome),
              UnorderedElementsAre("t missing {\"id\":2}", "t missing {\"id\":3}", "t missing {\"id\":4}"));
  EXPECT_THAT(outcome.out, HasSubstr("check_violation"));
  EXPECT_THAT(outcome.out, HasSubstr("foreign_key_violation"));
  EXPECT_THAT(outcome.out, HasSubstr("not_null_violation"));
  const auto text = pair.run({"verify", "--quiet"});
  EXPECT_THAT(text.out, Not(HasSubstr("--repair")));
  EXPECT_THAT(text.out, HasSubstr("pgtide why TABLE KEY"));
  // what an operator does not want to hear of is no difference any more
  EXPECT_EQ(pair.run({"quarantine", "discard", "--yes"}).status, 0);
  EXPECT_EQ(pair.sync("full").status, 0);
  EXPECT_THAT(pair.differences(), IsEmpty());
  EXPECT_THAT(pair.run({"verify", "--quiet"}).out, HasSubstr("3 differ as was decided"));
}

TEST(Verify, NamesARowThatBothSidesChangedUntilItIsDecidedForTheCloud) {
  for (const std::string policy : {"desktop_wins", "cloud_wins", "manual"}) {
    Plain pair(10, ", conflicts: " + policy);
    pair.sql(desktop, "UPDATE t SET v = 'desk' WHERE id = 1");
    pair.sql(cloud, "UPDATE t SET v = 'cloud' WHERE id = 1");
    const bool decided = policy == "cloud_wins";
    EXPECT_EQ(pair.differences().size(), decided ? 0u : 1u) << policy;
    EXPECT_EQ(pair.sync("incremental").status, policy == "manual" ? 8 : 0);
    EXPECT_EQ(pair.differences().size(), policy == "manual" ? 1u : 0u) << policy;
    EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 1"), policy == "desktop_wins" ? "desk" : "cloud");
  }
}

TEST(Verify, NamesARowThatGoesBothWaysOnce) {
  Compared pair(Contents::reused);
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text, source char(1) DEFAULT 'M')");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'a', 'D'), (2, 'b', 'D')");
  pair.sql(cloud, "INSERT INTO t VALUES (11, 'phone'), (12, 'phone')");
  pair.use_map("  - {desktop: t, key: [id], direction: both, origin: {column: source, desktop: D, cloud: M}}\n");
  pair.sync_well("full");
  pair.sync_well("reverse");
  EXPECT_THAT(pair.differences(), IsEmpty());
  pair.sql(cloud, "UPDATE t SET v = 'edited' WHERE id IN (1, 11)");
  EXPECT_THAT(pair.differences(), UnorderedElementsAre("t different {\"id\":1} v", "t different {\"id\":11} v"));
  pair.sql(desktop, "DELETE FROM t WHERE id = 12");
  EXPECT_EQ(pair.differences().size(), 3u);
}

TEST(Verify, ComparesTheOtherRowsOfATableWithOneThatCannotBeRead) {
  Compared pair(Contents::reused);
  pair.sql(
      desktop,
      "CREATE TABLE t (id int, a int, b int); INSERT INTO t SELECT i, i, i FROM generate_series(1, 20) i; UPDATE t "
      "SET b = 0 WHERE id = 7");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, q int)");
  pair.use_map("  - {desktop: t, key: [id], skip: [a, b], forward: {columns: {q: a / b}}}\n");
  EXPECT_EQ(pair.sync("full").status, 8);
  pair.sql(cloud, "UPDATE t SET q = 5 WHERE id = 3");
  EXPECT_THAT(pair.differences(), UnorderedElementsAre("t missing {\"id\":7}", "t different {\"id\":3} q"));
}

TEST(Verify, ComparesBothDirectionsAndReverseOnlyInserts) {
  Compared pair(Contents::reused);
  pair.sql(desktop, "CREATE TABLE f (id int); INSERT INTO f VALUES (1); CREATE TABLE r (id int, v text)");
  pair.sql(
      cloud,
      "CREATE TABLE f (id int PRIMARY KEY); CREATE TABLE r (id int PRIMARY KEY, v text); INSERT INTO r SELECT i, 'v' "
      "FROM generate_series(1, 3) i");
  pair.use_map("  - {desktop: f, key: [id]}\n  - {cloud: r, key: [id], direction: reverse}\n");
  pair.sync_well("full");
  // what has never been run is no difference, but said
  const auto early = pair.verify();
  EXPECT_EQ(early.status, 0) << early.everything();
  EXPECT_THAT(early.err, HasSubstr("reverse has never been run"));
  EXPECT_EQ(pair.verify({"--direction", "reverse"}).status, 9);
  pair.sync_well("reverse");
  EXPECT_THAT(pair.differences(), IsEmpty());
  pair.sql(desktop, "UPDATE r SET v = 'mine' WHERE id = 2; INSERT INTO r VALUES (9, 'own')");
  pair.sql(cloud, "INSERT INTO r VALUES (4, 'v')");
  const auto outcome = pair.verify({"--repair"});
  EXPECT_EQ(outcome.status, 9) << outcome.everything();
  EXPECT_THAT(Compared::listed(outcome), UnorderedElementsAre("r different {\"id\":2} v", "r missing {\"id\":4}"));
  EXPECT_THAT(pair.rows(desktop, "SELECT id || v FROM r ORDER BY id"), ElementsAre("1v", "2mine", "3v", "4v", "9own"));
}

// ---- while people work

TEST(Verify, InventsNoDifferenceWhileRowsAreWrittenAndCopied) {
  Plain pair(3'000);
  std::atomic<bool> stop = false;
  std::thread writer([&, session = pair.connect(desktop)] {
    for (int i = 0; !stop; ++i)
      session->run("UPDATE t SET v = 'w" + std::to_string(i) + "' WHERE id % 50 = " + std::to_string(i % 50));
  });
  std::thread copier([&] {
    while (!stop) pair.sync("incremental");
  });
  std::vector<std::string> invented;
  for (int i = 0; i < 12; ++i) {
    const auto outcome = pair.verify({"--settled"});
    if (outcome.status != 0) invented.push_back(outcome.everything());
  }
  stop = true;
  writer.join();
  copier.join();
  EXPECT_THAT(invented, IsEmpty());
  pair.sync_well("incremental");
  EXPECT_THAT(pair.differences(), IsEmpty());
}

// ---- parts of large tables

TEST(Verify, ComparesASampleOrTheRowsSinceADay) {
  Plain pair(5'000);
  pair.sql(desktop,
           "UPDATE t SET updated_at = '2026-01-01' WHERE id <= 4000; UPDATE t SET updated_at = '2026-05-05' WHERE id > "
           "4000");
  pair.sync_well("incremental");
  pair.sql(cloud, "UPDATE t SET v = 'x' WHERE id IN (10, 4500)");
  EXPECT_THAT(pair.differences({"--since", "2026-05-01"}), ElementsAre("t different {\"id\":4500} v"));
  EXPECT_THAT(pair.differences({"--since", "2026-06-01"}), IsEmpty());
  EXPECT_EQ(pair.differences({"--sample", "100"}).size(), 2u);
  pair.sql(cloud, "UPDATE t SET v = 'x'");
  const auto some = pair.differences({"--sample", "20"}).size();
  EXPECT_GT(some, 700u);
  EXPECT_LT(some, 1300u);
  EXPECT_EQ(pair.differences({"--sample", "20"}).size(), some);
  const auto wrong = pair.run({"verify", "--since", "yesterday-ish"});
  EXPECT_EQ(wrong.status, 2) << wrong.everything();
  EXPECT_THAT(wrong.err, HasSubstr("is no date"));
}

// ---- receipts

TEST(Verify, LeavesReceiptsThatNobodyCanChangeUnnoticed) {
  Plain pair;
  for (int i = 0; i < 3; ++i) EXPECT_THAT(pair.differences(), IsEmpty());
  pair.verify({"--sample", "50"});  // leaves none
  auto receipts = pair.run({"verify", "--receipts", "--json"});
  ASSERT_EQ(receipts.json().size(), 3u) << receipts.out;
  EXPECT_EQ(receipts.json()[0]["source_rows"], 100);
  EXPECT_EQ(receipts.json()[0]["source_hash"], receipts.json()[0]["target_hash"]);
  EXPECT_EQ(receipts.status, 0);
  pair.sql(cloud, "UPDATE pgtide.receipt SET target_rows = 99 WHERE receipt_id = 2");
  receipts = pair.run({"verify", "--receipts"});
  EXPECT_EQ(receipts.status, 9) << receipts.everything();
  EXPECT_THAT(receipts.out, HasSubstr("NOT INTACT"));
  pair.sql(cloud,
           "UPDATE pgtide.receipt SET target_rows = 100 WHERE receipt_id = 2; DELETE FROM pgtide.receipt WHERE "
           "receipt_id = 2");
  EXPECT_EQ(pair.run({"verify", "--receipts"}).status, 9);
  pair.sql(cloud, "DELETE FROM pgtide.receipt WHERE receipt_id < 3");  // the oldest may go: prune
  EXPECT_EQ(pair.run({"verify", "--receipts"}).status, 0);
}

TEST(Verify, WritesNothingWherePgtideHasNeverBeen) {
  Compared pair(Contents::reused);
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'a'), (2, 'b')");
  pair.sql(cloud, "INSERT INTO t VALUES (1, 'x')");
  pair.use_map("  - {desktop: t, key: [id]}\n");
  EXPECT_THAT(pair.differences(), UnorderedElementsAre("t different {\"id\":1} v", "t missing {\"id\":2}"));
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM pg_namespace WHERE nspname = 'pgtide'"), 0);
}

TEST(Verify, SaysWhatIsWrongWithTheCall) {
  Plain pair;
  EXPECT_EQ(pair.run({"verify", "--table", "nowhere"}).status, 2);
  EXPECT_EQ(pair.run({"verify", "--table", "t", "--direction", "reverse"}).status, 2);
  EXPECT_EQ(pair.run({"verify", "--sample", "0"}).status, 2);
  EXPECT_EQ(pair.run({"verify", "--sample", "5", "--since", "2026-01-01"}).status, 2);
}

// A table that one side has no right to is said so; the others are compared.
TEST(Verify, ComparesTheOtherTablesWhereOneIsRefused) {
  Plain pair;
  pair.sql("CREATE TABLE u (id int PRIMARY KEY)");
  pair.sql(desktop, "ALTER TABLE u ADD COLUMN p point");
  pair.sql(cloud, "ALTER TABLE u ADD COLUMN p int");
  pair.sql(cloud, "UPDATE t SET v = 'x' WHERE id = 1");
  pair.use_map("  - {desktop: t, key: [id]}\n  - {desktop: u, key: [id]}\n");
  const auto outcome = pair.run({"verify", "--quiet"});
  EXPECT_EQ(outcome.status, 5) << outcome.everything();
  EXPECT_THAT(outcome.out, HasSubstr("NOT COMPARED"));
  EXPECT_THAT(outcome.out, HasSubstr("1 different"));
}

}  // namespace
