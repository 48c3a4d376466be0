// Several connections write one table at the same time, and what is remembered of many rows waits in packs: the outcome
// is that of one writer who looks everything up.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <csignal>
#include <fstream>

#include "tests/support/counts.hpp"
#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::expect_counts;
using support::Pair;
using testing::HasSubstr;

constexpr int all = 9000;  // about 18 MB: several chunks

// One table on both sides, full on the desktop. No row is small.
class Wide : public Pair {
 public:
  explicit Wide(const std::string& map = "  - desktop: t\n    key: [id]\n    watermark: none\n")
      : Pair(Contents::reused) {
    sql("CREATE TABLE t (id int PRIMARY KEY, v text, w text)");
    sql(desktop, "INSERT INTO t SELECT i, 'v' || i, repeat(md5(i::text), 60) FROM generate_series(1, " +
                     std::to_string(all) + ") i");
    use_map(map);
  }
  void change_all() { sql(desktop, "UPDATE t SET v = v || '+'"); }
  std::string waiting_in_packs() { return value(cloud, "SELECT count(*) FROM pgtide.known_loaded"); }
};

const auto killed_by_fault = 128 + SIGKILL;

TEST(ManyRows, ALoadIsSharedAndCompleteAndRememberedInPacks) {
  Wide pair;
  expect_counts(pair.sync_well("full"), "t", {{"read", all}, {"inserted", all}});
  pair.expect_same("t");
  EXPECT_EQ(pair.waiting_in_packs(), std::to_string(all));
  // each chunk has a transaction of its own, and at least two connections took part
  EXPECT_GT(pair.number(cloud, "SELECT count(*) FROM pgtide.known_pack"), 2);
  EXPECT_GT(pair.number(cloud, "SELECT count(DISTINCT xmin::text) FROM t"), 2);
  expect_counts(pair.sync_well("full"), "t", {{"read", all}, {"unchanged", all}});
}

// Chunks are committed in their order, whoever wrote them: what is noted as the place to go on from has all before it.
TEST(ManyRows, WhatIsCommittedIsAlwaysTheBeginningOfTheTable) {
  for (const bool first : {true, false})
    for (const char* place : {"chunk_loaded:3", "chunk_merged:2", "chunk_merged:3", "chunk_committed:2"}) {
      SCOPED_TRACE(place);
      Wide pair;
      if (!first) {
        pair.sync_well("full");
        pair.change_all();
      }
      const auto run = pair.run({"sync", "full", "--quiet"}, {{"PGTIDE_FAULT", place}});
      ASSERT_EQ(run.status, killed_by_fault) << run.everything();
      pair.wait_until(cloud,
                      "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name = 'pgtide' AND datname = "
                      "current_database()");
      const std::string done = first ? "true" : "v LIKE '%+'";
      EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE " + done),
                pair.value(cloud, "SELECT rows_read FROM pgtide.progress"));
      const auto after = pair.value(cloud, "SELECT position FROM pgtide.progress");
      const auto beginning = "SELECT count(*) FROM t WHERE ctid <= '" + after + "'::tid";
      if (first) {
        EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), pair.value(desktop, beginning));
      }
      pair.sync_well("full");
      pair.expect_same("t");
      EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), std::to_string(all));
    }
}

TEST(ManyRows, ARowThatDoesNotFitHoldsBackNothingElse) {
  Wide pair;
  pair.sql(cloud, "ALTER TABLE t ADD CHECK (v <> 'v8000'), ADD CHECK (v <> 'v4000+')");
  auto run = pair.sync("full");
  EXPECT_EQ(run.status, 8) << run.everything();
  expect_counts(run, "t", {{"read", all}, {"inserted", all - 1}, {"quarantined", 1}});
  pair.change_all();
  run = pair.sync("full");
  EXPECT_EQ(run.status, 8) << run.everything();
  expect_counts(run, "t", {{"read", all}, {"inserted", 1}, {"updated", all - 2}, {"quarantined", 1}});
}

// The target takes two rows for one where the source does not, and they lie in different chunks: one writer waits for
// what the other one holds until its turn.
TEST(ManyRows, WritersThatWaitForEachOtherGiveWay) {
  Wide pair;
  pair.sql(cloud, "CREATE UNIQUE INDEX ON t (lower(v)); ");
  pair.sql(desktop, "UPDATE t SET v = 'one' WHERE id = 2100; UPDATE t SET v = 'ONE' WHERE id = 2300");
  pair.sql(desktop, "CLUSTER t USING t_pkey");
  const auto run = pair.sync("full");
  EXPECT_EQ(run.status, 8) << run.everything();
  expect_counts(run, "t", {{"read", all}, {"inserted", all - 1}, {"quarantined", 1}});
  EXPECT_EQ(pair.value(cloud, "SELECT id FROM t WHERE lower(v) = 'one'"), "2100") << "the first of the two";
}

// The most memory that the program had until it ended.
std::size_t peak_bytes_of(support::Program& program) {
  std::size_t kilobytes = 0;
  while (program.is_running()) {
    std::ifstream status("/proc/" + std::to_string(program.pid()) + "/status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("VmHWM:")) kilobytes = std::max<std::size_t>(kilobytes, std::stoul(line.substr(6)));
  }
  return kilobytes << 10;
}

TEST(ManyRows, OfLargeRowsOneIsInMemory) {
  constexpr std::size_t row_bytes = 40u << 20;
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "ALTER TABLE t ALTER v SET STORAGE EXTERNAL; INSERT INTO t SELECT i, repeat(i::text, " +
                        std::to_string(row_bytes) + ") FROM generate_series(1, 5) i");
  pair.use_map("  - desktop: t\n    key: [id]\n    watermark: none\n");
  const auto run = pair.start({"sync", "full", "--json"});
  const auto peak = peak_bytes_of(*run);
  const auto outcome = run->wait();
  EXPECT_EQ(outcome.status, 0) << outcome.everything();
  EXPECT_LT(peak, (64u << 20) + 3 * row_bytes);
  EXPECT_EQ(pair.value(desktop, "SELECT sum(length(v)) || ' ' || md5(string_agg(md5(v), '' ORDER BY id)) FROM t"),
            pair.value(cloud, "SELECT sum(length(v)) || ' ' || md5(string_agg(md5(v), '' ORDER BY id)) FROM t"));
}

// ---- judged without the memory

TEST(ManyRows, EditsOfTheCloudAreSeenAmongRowsThatAllChanged) {
  Wide pair("  - desktop: t\n    key: [id]\n    watermark: none\n    conflicts: manual\n");
  pair.sync_well("full");
  pair.sql(cloud,
           "UPDATE t SET v = 'phone' WHERE id = 5; DELETE FROM t WHERE id = 6; UPDATE t SET w = 'x' WHERE id = 8000");
  pair.change_all();
  pair.sql(desktop, "INSERT INTO t VALUES (0, 'new', 'new')");
  const auto run = pair.sync("full");
  EXPECT_EQ(run.status, 8) << run.everything();
  expect_counts(run, "t", {{"read", all + 1}, {"inserted", 1}, {"updated", all - 3}, {"conflicted", 3}});
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 5"), "phone");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t WHERE id = 6"), "0");
}

TEST(ManyRows, NothingIsLookedUpWhereAllRowsAreOurs) {
  Wide pair;
  pair.sync_well("full");
  pair.change_all();
  expect_counts(pair.sync_well("full"), "t", {{"read", all}, {"updated", all}});
  pair.expect_same("t");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.known_row"), "0");
  EXPECT_EQ(pair.waiting_in_packs(), std::to_string(2 * all));
}

// Of what is remembered of a row in several packs, and where it is looked up, the newest counts.
TEST(ManyRows, TheNewestMemoryCounts) {
  Wide pair("  - desktop: t\n    key: [id]\n    watermark: none\n    conflicts: manual\n");
  pair.sync_well("full");
  pair.change_all();
  pair.sync_well("full");
  pair.sql(desktop, "UPDATE t SET v = 'again' WHERE id = 7");
  expect_counts(pair.sync_well("incremental"), "t", {{"read", 1}, {"updated", 1}});
  EXPECT_EQ(pair.value(cloud,
                       "SELECT count(*) FROM pgtide.known_loaded l JOIN (SELECT key_hash FROM "
                       "pgtide.known_loaded GROUP BY 1 HAVING count(*) = 3) x USING (key_hash)"),
            "3");
  // only the cloud changed them: that is no conflict, and nothing is written
  pair.sql(cloud, "UPDATE t SET v = 'phone' WHERE id IN (7, 8)");
  pair.sql(desktop, "UPDATE t SET v = v WHERE id < 100");
  expect_counts(pair.sync_well("full"), "t", {{"read", all}, {"unchanged", all - 2}, {"skipped", 2}});
  EXPECT_EQ(pair.waiting_in_packs(), "0") << "they were looked up, and lie in order now";
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM pgtide.known_row"), all);
  // and both changed it
  pair.sql(desktop, "UPDATE t SET v = 'desk' WHERE id = 8");
  const auto run = pair.sync("incremental");
  EXPECT_EQ(run.status, 8) << run.everything();
  expect_counts(run, "t", {{"read", 1}, {"conflicted", 1}});
}

// What a trigger made of our row is not written over and over again.
TEST(ManyRows, ATriggersDifferenceStays) {
  Wide pair;
  pair.sql(cloud,
           "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.w := left(NEW.w, 10); RETURN NEW; "
           "END $$; CREATE TRIGGER cut BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION cut()");
  pair.sync_well("full");
  expect_counts(pair.sync_well("full"), "t", {{"read", all}, {"skipped", all}});
}

TEST(ManyRows, RowsThatAreGoneAtTheDesktopAreFoundWithTheirMemoryInPacks) {
  Wide pair("  - desktop: t\n    key: [id]\n    watermark: none\n    deletes: hard\n");
  pair.sync_well("full");
  pair.change_all();
  pair.sql(desktop, "DELETE FROM t WHERE id = 9");
  expect_counts(pair.sync_well("full"), "t", {{"read", all - 1}, {"updated", all - 1}, {"deleted", 1}});
  pair.expect_same("t");
}

// An older pgtide finds its memory as it left it, and so does this one. (What it cannot read is forgotten: Memory.)
TEST(ManyRows, PacksSurviveTheWayDownAndUp) {
  Wide pair;
  pair.sql("ALTER TABLE t ADD x json");
  pair.sync_well("full");
  pair.change_all();
  pair.sync_well("full");
  ASSERT_EQ(pair.run({"init", "--down", "--to", "7", "--yes"}).status, 0);
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM pgtide.known_row"), all);
  pair.sql(cloud,
           "INSERT INTO pgtide.known_loaded SELECT known_id, key_hash, image FROM pgtide.known_row; DELETE FROM "
           "pgtide.known_row");
  ASSERT_EQ(pair.run({"init"}).status, 0);
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM pgtide.known_row"), all) << "init puts them in order";
  pair.sql(cloud, "UPDATE t SET v = 'phone' WHERE id = 3");
  expect_counts(pair.sync_well("full"), "t", {{"unchanged", all - 1}, {"skipped", 1}});
}

}  // namespace
