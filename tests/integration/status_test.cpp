// What status says is true, also of a run that was killed and of tables that only partly match.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::Pair;
using testing::HasSubstr;
using testing::Not;

TEST(Status, TellsARunThatIsUnderWayFromOneThatWasKilled) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'v')");
  pair.use_map("  - desktop: t\n");
  pair.sync_well("full");
  EXPECT_EQ(pair.run({"status", "--json"}).json()[0]["running"], false);
  pair.sql(desktop, "UPDATE t SET v = 'w'");

  const auto owner = pair.connect(cloud);
  owner->run("BEGIN");
  owner->run("LOCK TABLE t");
  const auto run = pair.start({"sync", "incremental"}, {{"PGTIDE_GLANCE", "off"}});  // which would wait first
  pair.wait_until(cloud, "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 't'::regclass)");
  const auto under_way = pair.run({"status", "--json"}).json()[0];
  EXPECT_EQ(under_way["sync_status"], "in_progress");
  EXPECT_EQ(under_way["running"], true);
  EXPECT_THAT(pair.run({"status"}).out, testing::StartsWith("A run is under way"));

  EXPECT_THAT(pair.run({"history", "--limit", "1"}).out, HasSubstr("under way"));
  EXPECT_EQ(pair.run({"history", "--json"}).json()[0]["running"], true);

  run->signal(SIGKILL);
  run->wait();
  pair.wait_until(cloud, "SELECT NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory')");
  const auto broken = pair.run({"status", "--json"}).json()[0];
  EXPECT_EQ(broken["sync_status"], "in_progress") << "nobody was left to note anything else";
  EXPECT_EQ(broken["running"], false);
  EXPECT_THAT(pair.run({"status"}).out, HasSubstr("1 table broke off"));
  EXPECT_THAT(pair.run({"status"}).out, HasSubstr("t: the last run broke off"));
  EXPECT_THAT(pair.run({"history", "--limit", "1"}).out, HasSubstr("broke off"));

  owner->run("COMMIT");
  pair.sync_well("incremental");
  EXPECT_THAT(pair.run({"status"}).out, testing::StartsWith("All is well"));
  pair.expect_same("t");
}

TEST(Status, TheRunOfAnotherMapOrDirectionIsNotThisOnes) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.use_map("  - desktop: t\n    direction: both\n");
  pair.sync_well("full");
  pair.sync_well("reverse");
  const auto held = pair.connect(cloud);
  held->run("BEGIN");
  held->run("SELECT pg_advisory_xact_lock(hashtextextended('pgtide forward another', 0))");
  for (const auto& line : pair.run({"status", "--json"}).json()) EXPECT_EQ(line["running"], false);
  held->run("SELECT pg_advisory_xact_lock(hashtextextended('pgtide forward test', 0))");
  for (const auto& line : pair.run({"status", "--json"}).json())
    EXPECT_EQ(line["running"], line["direction"] == "forward") << line.dump();
}

TEST(Status, NamesColumnsThatOnlyOneSideHas) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.use_map("  - desktop: t\n");
  pair.sync_well("full");
  EXPECT_THAT(pair.run({"status"}).out, Not(HasSubstr("column")));
  EXPECT_TRUE(pair.run({"status", "--json"}).json()[0]["note"].is_null());
  pair.sql(desktop, "ALTER TABLE t ADD COLUMN new_here int");
  pair.sql(cloud, "ALTER TABLE t ADD COLUMN new_there int");
  const auto plan = pair.run({"plan", "incremental"}).out;
  EXPECT_THAT(plan, HasSubstr("ignored     new_here"));
  EXPECT_THAT(plan, HasSubstr("left alone  new_there"));
  const auto run = pair.sync_well("incremental");
  EXPECT_THAT(run.err, HasSubstr("new_here"));
  const std::string note = "only on the desktop: new_here; only in the cloud: new_there";
  EXPECT_THAT(pair.run({"status"}).out, HasSubstr("  t (forward): " + note));
  EXPECT_EQ(pair.run({"status", "--json"}).json()[0]["note"], note);
  EXPECT_EQ(pair.value(cloud, "SELECT note FROM pgtide.watermark"), note);
  pair.sql(cloud, "ALTER TABLE t ADD COLUMN new_here int");
  pair.sql(desktop, "ALTER TABLE t ADD COLUMN new_there int");
  pair.sync_well("incremental");
  EXPECT_TRUE(pair.run({"status", "--json"}).json()[0]["note"].is_null());
}

}  // namespace
