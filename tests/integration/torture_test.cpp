// Many writers at once, and nothing is missed. A copy by time stamps runs beside pgtide as the control: it must lose
// rows, else the run proved nothing. PGTIDE_TORTURE_SECONDS sets how long forward and reverse run; the other forms run
// half as long.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <iterator>

#include "tests/support/chance.hpp"
#include "tests/support/pair.hpp"
#include "tests/support/pooler.hpp"
#include "tests/support/server.hpp"
#include "tests/support/writers.hpp"

namespace {

using support::cloud;
using support::Clusters;
using support::desktop;
using support::Pair;
using support::Place;
using support::Server;
using support::Writers;

using Rows = std::vector<std::string>;

// What is in the first and not in the second; both are in order.
Rows missing(const Rows& wanted, const Rows& there) {
  Rows list;
  std::set_difference(wanted.begin(), wanted.end(), there.begin(), there.end(), std::back_inserter(list));
  return list;
}

std::string some(const Rows& rows) {
  std::string text = std::to_string(rows.size()) + " rows";
  for (std::size_t i = 0; i < std::min<std::size_t>(rows.size(), 10); ++i) text += "\n  " + rows[i];
  return text;
}

// How everybody copies: what has a stamp after the last reading, and the time of this one is the next mark. It lives in
// the source's database and copies into a table beside the source.
class Control {
 public:
  Control(Pair& pair, Place place, bool updates) : pair_(pair), place_(place) {
    pair.sql(
        place,
        "CREATE TABLE control (id bigint PRIMARY KEY, v text); CREATE TABLE control_mark AS SELECT "
        "'-infinity'::timestamptz AS newest; CREATE PROCEDURE copy_by_stamp() LANGUAGE sql AS $$ INSERT INTO control "
        "SELECT id, v FROM stamped, control_mark WHERE updated_at > newest ON CONFLICT (id) DO " +
            std::string(updates ? "UPDATE SET v = excluded.v" : "NOTHING") +
            "; UPDATE control_mark SET newest = now() $$");
  }
  // One statement, one snapshot, one transaction.
  void run() { pair_.sql(place_, "BEGIN ISOLATION LEVEL REPEATABLE READ; CALL copy_by_stamp(); COMMIT"); }

  // Of rows that carry the stamp they should: the others are no fault of the method.
  long long lost(const std::string& difference) {
    return pair_.number(
        place_, "SELECT count(*) FROM stamped s LEFT JOIN control c USING (id) WHERE s.honest AND " + difference);
  }

 private:
  Pair& pair_;
  Place place_;
};

struct Form {
  std::string mode;
  Place source;
  int inserts;  // how many of ten changes are new rows
  int part_of_time = 1;
  std::function<void()> when_quiet = [] {};  // between the last commit and the last run
};

// Runs the mode again and again while they write, then once more when all is quiet.
void sync_under_fire(Pair& pair, const Form& form, Control& control) {
  constexpr int sessions = 12;
  const auto end = std::chrono::steady_clock::now() +
                   std::chrono::seconds(support::from_environment("PGTIDE_TORTURE_SECONDS", 20) / form.part_of_time);
  Writers writers(pair.url(form.source), sessions, form.inserts);
  int runs = 0;
  while (std::chrono::steady_clock::now() < end) {
    control.run();
    pair.sync_well(form.mode);
    if (testing::Test::HasFailure()) return;
    ++runs;
  }
  writers.stop();
  support::finish_prepared(pair.url(form.source));
  std::printf("%d transactions, %d given up, %d runs\n", writers.committed(), writers.failed(), runs);
  EXPECT_GT(runs, 2);
  EXPECT_GT(writers.committed(), sessions * 10);
  control.run();
  form.when_quiet();
  pair.sync_well(form.mode);
}

// Every version in the target once stood in the source and was committed.
void expect_only_committed_versions(Pair& pair, Place source, Place target, const std::string& table) {
  const Rows invented = missing(pair.contents(target, table, "id, v"),
                                pair.contents(source, "history WHERE name = '" + table + "'", "DISTINCT id, v"));
  EXPECT_TRUE(invented.empty()) << table << " has rows that never existed: " << some(invented);
}

void expect_control_to_lose(long long lost) {
  std::printf("the copy by stamps lost %lld rows, pgtide none\n", lost);
  EXPECT_GT(lost, 0) << "the copy by stamps lost nothing: this run proves nothing";
}

void make_forward_tables(Pair& pair) {
  pair.sql(desktop, Writers::schema());
  pair.sql(cloud,
           "CREATE TABLE stamped (id bigint PRIMARY KEY, v text, honest boolean, updated_at timestamptz); CREATE TABLE "
           "plain (id bigint PRIMARY KEY, v text)");
  pair.use_map("  - desktop: stamped\n  - desktop: plain\n");
}

void forward_misses_nothing(
    Pair& pair, int part_of_time, const std::function<void()>& when_quiet = [] {}) {
  Control control(pair, desktop, true);
  when_quiet();
  pair.sync_well("full");
  sync_under_fire(pair, {"incremental", desktop, 3, part_of_time, when_quiet}, control);
  for (const std::string table : {"stamped", "plain"}) {
    // rows that were deleted on the desktop stay in the cloud: this map has no deletes
    const Rows lost = missing(pair.contents(desktop, table), pair.contents(cloud, table));
    EXPECT_TRUE(lost.empty()) << "lost in " << table << ": " << some(lost);
    expect_only_committed_versions(pair, desktop, cloud, table);
  }
  expect_control_to_lose(control.lost("c.v IS DISTINCT FROM s.v"));
}

TEST(Torture, ForwardMissesNothingThatTwelveWritersDo) {
  Pair pair;
  make_forward_tables(pair);
  forward_misses_nothing(pair, 1);
}

TEST(Torture, ForwardMissesNothingThroughAPool) {
  Pair pair;
  make_forward_tables(pair);
  const support::Pooler pooler(pair);
  for (const Place place : {desktop, cloud}) pair.use_url(place, pooler.url(place));
  forward_misses_nothing(pair, 2);
}

TEST(Torture, ForwardMissesNothingOnASourceThatMayOnlyBeRead) {
  const Server source;  // its roles are its own
  Pair pair(source, Clusters::running().server(cloud));
  make_forward_tables(pair);
  pair.sql(desktop, "CREATE ROLE reader LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader");
  pair.use_url(desktop, pair.url(desktop, "reader"));
  forward_misses_nothing(pair, 2);
  EXPECT_EQ(pair.value(desktop, "SELECT to_regnamespace('pgtide') IS NULL"), "t");
}

TEST(Torture, ForwardMissesNothingOnAStandby) {
  const Server primary;
  const auto standby = Server::standby_of(primary);
  Pair pair(primary, Clusters::running().server(cloud));
  make_forward_tables(pair);
  pair.use_url(desktop, standby->url(pair.database(desktop)));
  forward_misses_nothing(pair, 2, [&] { standby->wait_for_replay(primary); });
}

TEST(Torture, ReverseMissesNothingThatTwelveWritersDo) {
  Pair pair;
  pair.sql(cloud, Writers::schema() +
                      "ALTER TABLE stamped ADD source char(1) DEFAULT 'M'; ALTER TABLE plain ADD source "
                      "char(1) DEFAULT 'M'");
  // without keys, like old desktops
  pair.sql(desktop,
           "CREATE TABLE stamped (id bigint, v text, honest boolean, updated_at timestamptz); CREATE TABLE plain (id "
           "bigint, v text)");
  const std::string rest =
      "\n    key: [id]\n    direction: reverse\n    origin: {column: source, desktop: D, cloud: M}\n";
  pair.use_map("  - cloud: stamped" + rest + "  - cloud: plain" + rest);
  Control control(pair, cloud, false);
  pair.sync_well("reverse");
  sync_under_fire(pair, {.mode = "reverse", .source = cloud, .inserts = 7}, control);
  for (const std::string table : {"stamped", "plain"}) {
    const Rows lost = missing(pair.contents(cloud, table, "id"), pair.contents(desktop, table, "id"));
    EXPECT_TRUE(lost.empty()) << "lost in " << table << ": " << some(lost);
    expect_only_committed_versions(pair, cloud, desktop, table);
    EXPECT_EQ(pair.value(desktop, "SELECT count(*) - count(DISTINCT id) FROM " + table), "0");
  }
  expect_control_to_lose(control.lost("c.id IS NULL"));
}

}  // namespace
