// Runs that are killed at any moment and connections that break at any byte: the next run makes it good, nothing is
// missed and nothing is there twice. PGTIDE_KILLS and PGTIDE_CUTS say how often, PGTIDE_SEED repeats a failure.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <set>
#include <thread>

#include "engine/core/fault_point.hpp"
#include "tests/support/changing_pair.hpp"
#include "tests/support/proxy.hpp"

namespace {

using support::Chance;
using support::ChangingPair;
using support::cloud;
using support::desktop;
using support::Place;
using support::Proxy;
using testing::AnyOf;
using Milliseconds = std::chrono::milliseconds;

// ---- killed

// Starts the mode and kills it somewhere on the way. False if it had ended before. `usual` is what a run takes; it
// learns.
bool kill_a_run(ChangingPair& pair, const std::string& mode, Chance& chance, Milliseconds& usual) {
  const auto begin = std::chrono::steady_clock::now();
  auto run = pair.start({"sync", mode, "--quiet"});
  const auto moment = begin + Milliseconds(chance.between(0, usual.count() + usual.count() / 10));
  while (run->is_running() && std::chrono::steady_clock::now() < moment) std::this_thread::sleep_for(Milliseconds(1));
  if (run->is_running()) {
    run->signal(SIGKILL);
    if (run->wait().status == 128 + SIGKILL) return true;
  } else {
    const auto ended = run->wait();
    EXPECT_THAT(ended.status, AnyOf(0, 6)) << ended.everything();
    if (ended.status == 0) usual = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - begin);
  }
  return false;
}

void kill_runs(ChangingPair& pair, const std::string& mode, std::int64_t kills, Chance& chance, bool change) {
  Milliseconds usual(3000);
  for (std::int64_t killed = 0, attempts = 0; killed < kills && attempts < 5 * kills; ++attempts) {
    if (change) pair.change(chance);
    if (kill_a_run(pair, mode, chance, usual))
      ++killed;
    else
      usual = std::max(usual, Milliseconds(50));
  }
}

constexpr int rows_to_kill = 15000;  // in each of four tables: several chunks of the wide one

TEST(Interruption, FirstRunsThatAreKilledLeaveNothingHalfDone) {
  Chance chance("first runs");
  ChangingPair pair(rows_to_kill);
  kill_runs(pair, "full", support::from_environment("PGTIDE_KILLS", 10) / 3 + 1, chance, false);
  pair.sync_in_the_end("full");
  pair.expect_equal(false);
}

TEST(Interruption, FullRunsThatAreKilledAreMadeGoodByTheNext) {
  Chance chance("full runs");
  ChangingPair pair(rows_to_kill);
  pair.sync_in_the_end("full");
  pair.remember_numbers();
  kill_runs(pair, "full", support::from_environment("PGTIDE_KILLS", 10), chance, true);
  pair.sync_in_the_end("full");
  pair.expect_equal(false);
}

TEST(Interruption, IncrementalRunsThatAreKilledAreMadeGoodByTheNext) {
  Chance chance("incremental runs");
  ChangingPair pair(rows_to_kill);
  pair.sync_in_the_end("full");
  pair.remember_numbers();
  kill_runs(pair, "incremental", support::from_environment("PGTIDE_KILLS", 10), chance, true);
  pair.sync_in_the_end("incremental");
  pair.expect_equal(false);
}

TEST(Interruption, ReverseRunsThatAreKilledAreMadeGoodByTheNext) {
  Chance chance("reverse runs");
  ChangingPair pair(2000);
  pair.sync_in_the_end("reverse");
  kill_runs(pair, "reverse", support::from_environment("PGTIDE_KILLS", 10) / 2 + 1, chance, true);
  pair.sync_in_the_end("reverse");
  pair.expect_equal(true);
}

// ---- killed at each step

// Kills a run of the mode at each place, the second passage too, and lets the next one make it good. The places that
// were reached.
std::set<std::string> kill_at_each_place(ChangingPair& pair, const std::string& mode, bool first_runs) {
  Chance chance("places of " + mode);
  std::set<std::string> reached;
  for (const auto point : engine::fault_points)
    for (const char* passage : {"", ":2"}) {
      const std::string place = std::string(point) + passage;
      SCOPED_TRACE(mode + " killed at " + place);
      if (first_runs)
        pair.start_over();
      else
        pair.change(chance);
      const auto killed = pair.run({"sync", mode, "--quiet"}, {{"PGTIDE_FAULT", place}});
      EXPECT_THAT(killed.status, AnyOf(0, 128 + SIGKILL)) << killed.everything();
      if (killed.status == 0) break;  // runs of this mode do not come by, or not twice
      reached.insert(std::string(point));
      pair.sync_in_the_end(mode);
      pair.expect_equal(mode == "reverse");
      if (testing::Test::HasFailure()) return reached;
    }
  return reached;
}

TEST(Interruption, ARunThatIsKilledAtAnyStepIsMadeGoodByTheNext) {
  ChangingPair pair(9000);
  std::set<std::string> reached = kill_at_each_place(pair, "full", true);
  pair.remember_numbers();
  for (const char* mode : {"full", "incremental", "reverse"}) reached.merge(kill_at_each_place(pair, mode, false));
  pair.sync_in_the_end("incremental");
  const auto idle = pair.run({"sync", "incremental", "--quiet"}, {{"PGTIDE_FAULT", "glance_taken"}});
  if (idle.status == 128 + SIGKILL) reached.insert("glance_taken");
  for (const auto point : engine::fault_points) EXPECT_TRUE(reached.contains(std::string(point))) << point;
}

// ---- cut off

// Cuts the connections of runs of that mode, on that side, behind any byte in either direction.
// Without retries such a run may fail, with them it ends well.
void cut_runs(ChangingPair& pair, const std::string& mode, Place side, Chance& chance) {
  Proxy proxy(support::Clusters::running().port(side));
  pair.use_url(side, proxy.url(pair.database(side)));
  for (const auto direction : {Proxy::Toward::client, Proxy::Toward::server}) {
    const auto before = proxy.passed(direction);
    pair.change(chance);
    pair.sync_in_the_end(mode);
    const auto usual = proxy.passed(direction) - before;
    for (auto cuts = support::from_environment("PGTIDE_CUTS", 3); cuts > 0; --cuts) {
      pair.change(chance);
      const auto bytes = chance.one_in(3) ? chance.any_size(1, usual) : chance.between(1, usual);
      SCOPED_TRACE(mode + ": the " + std::string(engine::name_of(side)) + "'s connection was cut after " +
                   std::to_string(bytes) + " bytes " + (direction == Proxy::Toward::client ? "from it" : "to it"));
      const bool retries = chance.one_in(2);
      proxy.cut_after(bytes, direction);
      const auto run = pair.run({"sync", mode, "--json"}, {{"PGTIDE_RETRY_FOR", retries ? "60s" : "0"}});
      proxy.cut_after(std::int64_t{1} << 60, direction);  // a shorter run than usual may not have met it
      if (retries)
        EXPECT_EQ(run.status, 0) << run.everything();
      else
        EXPECT_THAT(run.status, AnyOf(0, 4, 6, 7)) << run.everything();
    }
  }
  pair.use_url(side, "");
  pair.sync_in_the_end(mode);
  pair.expect_equal(mode == "reverse");
}

void cut_runs_on_both_sides(const std::string& mode) {
  Chance chance("cuts of " + mode);
  ChangingPair pair(1500);
  pair.sync_in_the_end(mode == "reverse" ? mode : "full");
  pair.remember_numbers();
  for (const Place side : {desktop, cloud}) cut_runs(pair, mode, side, chance);
}

TEST(Interruption, FullRunsWhoseConnectionsBreakAreMadeGoodByTheNext) { cut_runs_on_both_sides("full"); }
TEST(Interruption, IncrementalRunsWhoseConnectionsBreakAreMadeGoodByTheNext) { cut_runs_on_both_sides("incremental"); }
TEST(Interruption, ReverseRunsWhoseConnectionsBreakAreMadeGoodByTheNext) { cut_runs_on_both_sides("reverse"); }

// A pair without news, behind a proxy.
class QuietPair : public support::Pair {
 public:
  QuietPair() : proxy(support::Clusters::running().port(cloud)) {
    sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
    sql(desktop, "INSERT INTO t SELECT i, 'v' FROM generate_series(1, 10) i");
    use_map("  - desktop: t\n");
    sync_well("full");
    use_url(cloud, proxy.url(database(cloud)));
    sync_well("incremental");  // another than the first has less to do
  }

  // What a run sends or gets until it is killed there; to its end where nothing is named.
  std::int64_t bytes_until(const std::string& place, Proxy::Toward direction) {
    const auto before = proxy.passed(direction);
    const auto killed = run({"sync", "incremental"}, {{"PGTIDE_FAULT", place}, {"PGTIDE_GLANCE", glance}});
    EXPECT_EQ(killed.status, place.empty() ? 0 : 128 + SIGKILL) << killed.everything();
    const auto bytes = proxy.passed(direction) - before;
    if (!place.empty()) sync_well("incremental");
    return bytes;
  }

  // A run whose connection is cut there ends well, and has one end.
  void expect_to_survive_a_cut(std::int64_t bytes, Proxy::Toward direction, const std::string& retry_for) {
    SCOPED_TRACE("cut after " + std::to_string(bytes) + " bytes " +
                 (direction == Proxy::Toward::client ? "from it" : "to it"));
    proxy.cut_after(bytes, direction);
    const auto outcome =
        run({"sync", "incremental", "--json"}, {{"PGTIDE_RETRY_FOR", retry_for}, {"PGTIDE_GLANCE", glance}});
    ASSERT_EQ(outcome.status, 0) << outcome.everything();
    EXPECT_TRUE(outcome.table("t")["last_sync_timestamp"].is_string()) << outcome.everything();
    EXPECT_NE(outcome.json()["finished_at"], "") << outcome.everything();
    EXPECT_EQ(value(cloud,
                    "SELECT r.status || ' ' || (SELECT count(*) FROM pgtide.event e WHERE e.run_id = r.run_id AND "
                    "event_type = 'run_finished') FROM pgtide.run r ORDER BY run_id DESC LIMIT 1"),
              "ok 1")
        << outcome.everything();
  }

  Proxy proxy;
  std::string glance = "off";  // the ordinary run
};

TEST(Interruption, ARunAtAGlanceWhoseConnectionBreaksIsDoneAllTheSame) {
  QuietPair pair;
  pair.glance = "on";
  for (const auto direction : {Proxy::Toward::client, Proxy::Toward::server}) {
    const auto all = pair.bytes_until("", direction);
    for (auto bytes = all / 10; bytes < all && !HasFatalFailure(); bytes += all / 12)
      pair.expect_to_survive_a_cut(bytes, direction, "60s");
  }
}

TEST(Interruption, ARunWhoseConnectionBreaksWhileItsBeginningIsRecordedBeginsAgain) {
  QuietPair pair;
  const auto begun = pair.bytes_until("run_started", Proxy::Toward::server);
  for (std::int64_t bytes = begun - 2000; bytes <= begun + 100; bytes += 210)
    pair.expect_to_survive_a_cut(bytes, Proxy::Toward::server, "60s");
}

// Steps that are small enough to meet the answer to the COMMIT.
TEST(Interruption, ARunWhoseConnectionBreaksWhileItsEndIsRecordedEndsAllTheSame) {
  QuietPair pair;
  for (const auto& [direction, step] : {std::pair(Proxy::Toward::client, 14), std::pair(Proxy::Toward::server, 250)}) {
    const auto begin = pair.bytes_until("run_closing", direction);
    const auto end = pair.bytes_until("", direction);
    ASSERT_GT(end, begin + 500);
    for (auto bytes = begin + 100; bytes < end && !HasFatalFailure(); bytes += step)
      pair.expect_to_survive_a_cut(bytes, direction, "0");  // without retries
  }
}

}  // namespace
