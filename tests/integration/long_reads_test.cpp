// Providers that end long transactions: a run whose map limits how long the source is read goes on in another one, as
// often as need be, and what arrives is exact.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>

#include "tests/support/counts.hpp"
#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::done;
using support::Pair;
using testing::Ge;
using testing::HasSubstr;

constexpr int row_count = 16'000;  // of 1 kB: several chunks

// Shorter than any look: each attempt ends behind its first chunk.
const std::string head = "map: m\ndesktop: {}\ncloud: {}\nlimits: {longest_read: 1ms}\n";

// A table of many chunks, and one that refers to it.
class LongPair : public Pair {
 public:
  LongPair() : Pair(Contents::reused) {
    sql(desktop,
        "CREATE TABLE p (id int, v text, n int); CREATE TABLE c (id int, p int, v text, n int); "
        "INSERT INTO p SELECT i, repeat(md5(i::text), 32), 0 FROM generate_series(1, " +
            std::to_string(row_count) +
            ") i; "
            "INSERT INTO c SELECT i, i, repeat(md5(i::text), 32), 0 FROM generate_series(1, " +
            std::to_string(row_count) + ") i");
    sql(cloud,
        "CREATE TABLE p (id int PRIMARY KEY, v text, n int); "
        "CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p, v text, n int)");
    use_map("  - {desktop: p, key: [id], deletes: hard}\n  - {desktop: c, key: [id], deletes: hard}\n", head);
  }

  static int attempts(const support::Outcome& outcome) {
    int count = 1;
    const std::string again = "Going on with a new look";
    for (auto at = outcome.err.find(again); at != std::string::npos; at = outcome.err.find(again, at + 1)) ++count;
    return count;
  }

  void expect_equal() {
    expect_same("p");
    expect_same("c");
    EXPECT_EQ(number(cloud, "SELECT count(*) FROM pgtide.progress"), 0);
    EXPECT_EQ(number(cloud, "SELECT count(*) FROM pgtide.quarantine"), 0);
  }
};

// Changes rows everywhere, and adds children together with new parents, until it goes.
class AtWork {
 public:
  explicit AtWork(Pair& pair) : session_(pair.connect(desktop)), thread_([this] { work(); }) {}
  ~AtWork() { stop(); }
  void stop() {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  void work() {
    for (int i = 1; !stopping_; ++i) {
      const auto n = [&](long long step) { return std::to_string(1 + (i * step) % row_count); };
      const auto fresh = std::to_string(row_count + i);
      session_->run_script("BEGIN; UPDATE p SET n = n + 1 WHERE id = " + n(7919) +
                           "; UPDATE c SET n = n + 1 WHERE id = " + n(104729) + "; INSERT INTO p VALUES (" + fresh +
                           ", 'new', 0); INSERT INTO c VALUES (" + fresh + ", " + fresh + ", 'new', 0); COMMIT");
    }
  }

  std::unique_ptr<support::Session> session_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

TEST(LongReads, ATableIsReadInSeveralLooksAndIsExact) {
  LongPair pair;
  const auto outcome = pair.run({"sync", "full", "--json"});
  EXPECT_EQ(outcome.status, 0) << outcome.everything();
  EXPECT_THAT(LongPair::attempts(outcome), Ge(4));
  EXPECT_EQ(done(outcome.table("p")), std::to_string(row_count) + " read: " + std::to_string(row_count) + " inserted");
  EXPECT_EQ(done(outcome.table("c")), std::to_string(row_count) + " read: " + std::to_string(row_count) + " inserted");
  pair.expect_equal();
}

TEST(LongReads, NothingIsLostWhileOthersWrite) {
  LongPair pair;
  {
    AtWork others(pair);
    const auto first = pair.run({"sync", "full", "--json"});
    EXPECT_EQ(first.status, 0) << first.everything();
    EXPECT_THAT(LongPair::attempts(first), Ge(4));
    const auto second = pair.run({"sync", "full", "--json"});
    EXPECT_EQ(second.status, 0) << second.everything();
    others.stop();
  }
  pair.sql(desktop, "DELETE FROM c WHERE id % 50 = 0; DELETE FROM p WHERE id % 50 = 0");
  pair.sync_well("incremental");
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM p WHERE id % 50 <> 0"),
            pair.number(desktop, "SELECT count(*) FROM p"));
  const auto last = pair.run({"sync", "full", "--json"});
  EXPECT_EQ(last.status, 0) << last.everything();
  EXPECT_THAT(last.table("p")["deleted"].get<int>(), Ge(row_count / 50));
  pair.expect_equal();
}

TEST(LongReads, APlanNamesTheTablesThatAreReadInOneGo) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text); CREATE TABLE w (id int PRIMARY KEY, v text)");
  pair.use_map("  - desktop: t\n  - desktop: w\n    forward: {where: id > 0}\n", head);
  for (const auto& table : pair.run({"plan", "full", "--json"}).json()) {
    const std::string notes = table["notes"].dump();
    EXPECT_EQ(notes.find("read in one go") != std::string::npos, table["table"] == "w") << table.dump();
  }
  EXPECT_THAT(pair.run({"doctor"}).out, HasSubstr("read in one go"));
}

}  // namespace
