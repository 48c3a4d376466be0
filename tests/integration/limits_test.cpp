// What the databases are spared: connections and bandwidth.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <string>
#include <thread>

#include "tests/support/counts.hpp"
#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::expect_counts;
using support::Pair;
using support::Place;
using testing::HasSubstr;
using testing::Not;

std::string head_with(const std::string& limits) {
  return "map: m\ndesktop: {}\ncloud: {}\nlimits: {" + limits + "}\n";
}

// Looks all the time how many connections a role has to a side, until it goes.
class Watch {
 public:
  Watch(Pair& pair, Place place, const std::string& role)
      : session_(pair.connect(place)),
        query_(
            "SELECT pg_sleep(0.002); SELECT count(*) AS n FROM pg_stat_activity WHERE backend_type = 'client backend' "
            "AND usename = '" +
            role + "'"),
        thread_([this] { look(); }) {}
  ~Watch() { end(); }
  // The most that there were at a time.
  std::int64_t end() {
    ended_ = true;
    if (thread_.joinable()) thread_.join();
    return most_;
  }

 private:
  void look() {
    while (!ended_) most_ = std::max(most_, session_->run_script(query_).back().number(0, "n"));
  }

  std::unique_ptr<support::Session> session_;
  const std::string query_;
  std::int64_t most_ = 0;
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

// Tables enough to keep four lanes at work, one of them so large that idle lanes help; two that go the other way.
// pgtide works as a role of its own.
class BusyPair : public Pair {
 public:
  BusyPair() : Pair(Contents::empty), role_("busy_" + database(cloud)) {
    for (const Place side : {desktop, cloud}) {
      sql(side, "CREATE ROLE " + role_ + " LOGIN; GRANT ALL ON DATABASE " + database(side) + " TO " + role_ +
                    "; GRANT ALL ON SCHEMA public TO " + role_);
      use_url(side, url(side, role_));
    }
    std::string tables;
    for (int i = 0; i < 8; ++i) {
      const std::string name = "t" + std::to_string(i);
      sql("CREATE TABLE " + name + " (id int PRIMARY KEY, v text, w text); ALTER TABLE " + name + " OWNER TO " + role_);
      const Place source = i < 6 ? desktop : cloud;
      sql(source, "INSERT INTO " + name + " SELECT i, 'v', repeat(md5(i::text), 60) FROM generate_series(1, " +
                      std::to_string(i % 6 == 0 ? 9000 : 900) + ") i");
      tables += "  - {desktop: " + name + ", key: [id]" + (source == cloud ? ", direction: reverse" : "") + "}\n";
    }
    tables_ = tables;
  }
  ~BusyPair() {
    for (const Place side : {desktop, cloud}) {
      use_url(side, "");
      sql(side, "DROP OWNED BY " + role_ + " CASCADE; DROP ROLE " + role_);
    }
  }

  void use_limits(const std::string& limits) { use_map(tables_, head_with(limits)); }
  const std::string& role() const { return role_; }
  void allow(Place side, int connections) {
    sql(side, "ALTER ROLE " + role_ + " CONNECTION LIMIT " + std::to_string(connections));
  }
  // So that there is something to do for every table.
  void touch_all() {
    for (int i = 0; i < 8; ++i) sql(i < 6 ? desktop : cloud, "UPDATE t" + std::to_string(i) + " SET v = v || '+'");
    sql(cloud,
        "INSERT INTO t6 SELECT max(id) + 1, 'new', '' FROM t6; INSERT INTO t7 SELECT max(id) + 1, 'n', '' FROM t7");
  }

  // A run of each job with more lanes than the connections are enough for.
  void run_all() {
    for (const std::string mode : {"full", "incremental", "reverse", "full"}) {
      SCOPED_TRACE(mode);
      touch_all();
      const auto outcome = sync_well(mode, {"--jobs", "4"});
      EXPECT_THAT(outcome.err, Not(HasSubstr("no free connection")));
      EXPECT_THAT(outcome.err, Not(HasSubstr("cannot connect")));
    }
    for (int i = 0; i < 6; ++i) expect_same("t" + std::to_string(i));
  }

 private:
  std::string role_, tables_;
};

TEST(Limits, ARunHasNoMoreConnectionsThanTheMapAllows) {
  struct Case {
    const char* limits;
    int on_desktop, in_cloud;
  };
  for (const auto& [limits, on_desktop, in_cloud] :
       {Case{"", 4, 3}, Case{"desktop_connections: 2, cloud_connections: 2", 2, 2},
        Case{"desktop_connections: 6, cloud_connections: 2", 6, 2}}) {
    SCOPED_TRACE(limits);
    BusyPair pair;
    pair.use_limits(limits);
    Watch desktops(pair, desktop, pair.role()), clouds(pair, cloud, pair.role());
    pair.run_all();
    EXPECT_LE(desktops.end(), on_desktop);
    EXPECT_LE(clouds.end(), in_cloud);
  }
}

TEST(Limits, ARoleThatMayHaveNoMoreIsEnough) {
  for (const bool fewest : {false, true}) {
    BusyPair pair;
    pair.use_limits(fewest ? "desktop_connections: 2, cloud_connections: 2" : "");
    pair.allow(desktop, fewest ? 2 : 4);
    pair.allow(cloud, fewest ? 2 : 3);
    pair.run_all();
    EXPECT_EQ(pair.run({"verify"}).status, 9) << "reverse rows were changed in the cloud after they were copied";
    EXPECT_EQ(pair.run({"plan", "full"}).status, 0);
    EXPECT_EQ(pair.run({"status"}).status, 0);
  }
}

// Commands that ask first and run a job then.
TEST(Limits, AnswersAreCarriedOutWithTheFewestConnections) {
  BusyPair pair;
  pair.use_limits("desktop_connections: 2, cloud_connections: 2");
  pair.allow(desktop, 2);
  pair.allow(cloud, 2);
  pair.sync_well("full");
  pair.sql(cloud, "INSERT INTO t1 VALUES (100000, 'phone', '')");
  pair.sql(desktop, "INSERT INTO t1 VALUES (100000, 'desk', '')");
  EXPECT_EQ(pair.sync("incremental").status, 8);
  const auto resolved = pair.run({"conflicts", "resolve", "--table", "t1", "--key", "100000", "--take", "desktop"});
  EXPECT_EQ(resolved.status, 0) << resolved.everything();
  EXPECT_THAT(resolved.everything(), Not(HasSubstr("no free connection")));
  pair.expect_same("t1");
  pair.sql(cloud, "ALTER TABLE t2 ADD CHECK (v <> 'wrong')");
  pair.sql(desktop, "UPDATE t2 SET v = 'wrong' WHERE id = 7");
  EXPECT_EQ(pair.sync("incremental").status, 8);
  pair.sql(desktop, "UPDATE t2 SET v = 'right' WHERE id = 7");
  const auto retried = pair.run({"quarantine", "retry", "--table", "t2"});
  EXPECT_EQ(retried.status, 0) << retried.everything();
  pair.expect_same("t2");
}

// A table fails while others are at work with all the connections that there are.
TEST(Limits, WhatFailsIsRecordedWithTheConnectionsThatThereAre) {
  BusyPair pair;
  pair.use_limits("desktop_connections: 2, cloud_connections: 2");
  pair.allow(desktop, 2);
  pair.allow(cloud, 2);
  pair.sql(cloud,
           "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$; "
           "CREATE TRIGGER no BEFORE INSERT ON t1 FOR EACH ROW EXECUTE FUNCTION no()");
  const auto outcome = pair.sync("full");
  EXPECT_EQ(outcome.status, 11) << outcome.everything();
  EXPECT_EQ(outcome.table("t1")["status"], "fuse");
  EXPECT_EQ(pair.value(cloud, "SELECT string_agg(status, ' ' ORDER BY table_name) FROM pgtide.table_run"),
            "ok fuse ok ok ok ok");
  EXPECT_THAT(outcome.err, Not(HasSubstr("its state could not be written")));
}

constexpr int row_count = 1000;  // of 1 kB

class SlowPair : public Pair {
 public:
  explicit SlowPair(const std::string& limits) : Pair(Contents::reused) {
    sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
    sql(desktop, "INSERT INTO t SELECT i, repeat(md5(i::text), 32) FROM generate_series(1, " +
                     std::to_string(row_count) + ") i");
    use_map("  - {desktop: t, key: [id]}\n", head_with(limits));
  }
};

TEST(Limits, RowsPassNoFasterThanTheMapAllows) {
  for (const std::string side : {"desktop", "cloud"}) {
    SCOPED_TRACE(side);
    SlowPair pair(side + "_bytes_per_second: 256kB");
    const auto begun = std::chrono::steady_clock::now();
    const auto outcome = pair.sync_well("full");
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begun;
    expect_counts(outcome, "t", {{"inserted", row_count}});
    const auto bytes = outcome.table("t")["bytes"].get<double>();
    EXPECT_GT(bytes, row_count * 1000);
    EXPECT_GE(time.count(), bytes / (256 << 10) - 0.1);  // what the bucket holds passes at once
    pair.expect_same("t");
    // no chunk is larger than what passes in a second
    EXPECT_GE(pair.number(cloud, "SELECT count(DISTINCT xmin::text) FROM t"), 4);
  }
}

TEST(Limits, ARunThatWaitsForItsBandwidthStopsWhenItIsTold) {
  SlowPair pair("cloud_bytes_per_second: 64kB");
  const auto program = pair.start({"sync", "full"});
  pair.wait_until(cloud, "SELECT count(*) > 0 FROM t");
  const auto told = std::chrono::steady_clock::now();
  program->signal(SIGINT);
  EXPECT_EQ(program->wait().status, 130);
  EXPECT_LT(std::chrono::steady_clock::now() - told, std::chrono::seconds(8)) << "sixteen seconds are still to come";
  pair.use_map("  - {desktop: t, key: [id]}\n", head_with(""));
  pair.sync_well("full");
  pair.expect_same("t");
}

}  // namespace
