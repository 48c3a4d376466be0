#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/doctor/checks.hpp"
#include "engine/doctor/wording.hpp"
#include "engine/state/migrator.hpp"
#include "tests/unit/plan/tables.hpp"

namespace engine::doctor {
namespace {

using plan::test::map_of;
using testing::HasSubstr;
using testing::IsEmpty;

config::TableMap a_map(const std::string& more = "") { return map_of("map: m\ntables:\n  - desktop: t\n" + more); }

ServerFacts healthy(Place place = Place::cloud) {
  ServerFacts server;
  server.place = place;
  server.connection = {.encrypted = true,
                       .verified = true,
                       .local = false,
                       .announced_process = 1,
                       .host = "db.example.com",
                       .address = "host=db.example.com port=5432 dbname=practice user=pgtide"};
  server.version = 150004;
  server.version_text = "15.4";
  server.role = "pgtide";
  server.database = "practice";
  server.max_connections = 100;
  server.reserved = 3;
  server.in_use = 10;
  server.database_bytes = 1 << 20;
  return server;
}

// The only finding; a failure and an empty one otherwise.
Finding only(const Findings& findings) {
  EXPECT_EQ(findings.size(), 1u);
  return findings.size() == 1 ? findings.front() : Finding{};
}

TEST(ServerChecks, AHealthyServerHasNoFinding) {
  EXPECT_THAT(check_server(healthy(Place::cloud), a_map()), IsEmpty());
  EXPECT_THAT(check_server(healthy(Place::desktop), a_map()), IsEmpty());
}

TEST(ServerChecks, AConnectionThatIsNotEncryptedNeedsAttentionUnlessItStaysOnTheMachine) {
  auto server = healthy();
  server.connection.encrypted = server.connection.verified = false;
  const auto finding = only(check_server(server, a_map()));
  EXPECT_EQ(finding.severity, Severity::attention);
  EXPECT_EQ(finding.check, "encryption");
  EXPECT_EQ(finding.fix_kind, FixKind::command);
  EXPECT_EQ(finding.fix,
            "export PGTIDE_CLOUD_URL=\"host=db.example.com port=5432 dbname=practice user=pgtide sslmode=require\"");
  server.connection.local = true;
  EXPECT_THAT(check_server(server, a_map()), IsEmpty());
  server.connection.local = false;
  server.connection.encrypted = true;
  EXPECT_EQ(only(check_server(server, a_map())).severity, Severity::note) << "nobody checks the certificate";
}

TEST(ServerChecks, LoopbackAndSocketsAreLocal) {
  for (const char* address : {"127.0.0.1", "127.8.9.1", "::1", "/var/run/postgresql"})
    EXPECT_TRUE(postgres::is_loopback(address)) << address;
  for (const char* address : {"192.168.1.7", "10.0.0.1", "fe80::1", "128.0.0.1"})
    EXPECT_FALSE(postgres::is_loopback(address)) << address;
}

TEST(ServerChecks, VersionsFrom12To18AreKnown) {
  auto server = healthy();
  for (const int version : {120000, 150004, 180001}) {
    server.version = version;
    EXPECT_THAT(check_server(server, a_map()), IsEmpty()) << version;
  }
  server.version = 110022;
  EXPECT_EQ(only(check_server(server, a_map())).severity, Severity::blocks);
  server.version = 190000;
  EXPECT_EQ(only(check_server(server, a_map())).severity, Severity::note);
}

TEST(ServerChecks, ConnectionsThatAreTooFewAreCounted) {
  auto server = healthy();
  server.in_use = 95;  // of 100, and three are kept for superusers
  EXPECT_EQ(only(check_server(server, a_map())).severity, Severity::attention);
  EXPECT_THAT(only(check_server(server, a_map())).fix, HasSubstr("ALTER SYSTEM SET max_connections = 120;"));
  EXPECT_THAT(only(check_server(server, a_map())).hint, HasSubstr("limits: {cloud_connections: ...}"));
  server.in_use = 96;
  EXPECT_EQ(only(check_server(server, a_map())).severity, Severity::blocks);
  server.superuser = true;
  EXPECT_THAT(check_server(server, a_map()), IsEmpty());
  server = healthy();
  server.role_limit = 3;
  EXPECT_THAT(check_server(server, a_map()), IsEmpty());
  server.in_use_by_role = 1;
  EXPECT_EQ(only(check_server(server, a_map())).fix, "ALTER ROLE pgtide CONNECTION LIMIT -1;");
  server = healthy();
  server.database_limit = 2;
  EXPECT_EQ(only(check_server(server, a_map())).fix, "ALTER DATABASE practice CONNECTION LIMIT -1;");
}

TEST(ServerChecks, HowManyConnectionsARunNeedsIsWhatTheMapSays) {
  auto server = healthy();
  server.role_limit = 4;
  EXPECT_THAT(check_server(server, a_map()), IsEmpty());
  const auto more = map_of("map: m\nlimits: {cloud_connections: 5}\ntables:\n  - desktop: t\n");
  EXPECT_EQ(only(check_server(server, more)).severity, Severity::attention);
  server.role_limit = 2;
  EXPECT_EQ(only(check_server(server, a_map())).severity, Severity::attention);
  const auto fewer = map_of("map: m\nlimits: {cloud_connections: 2}\ntables:\n  - desktop: t\n");
  EXPECT_THAT(check_server(server, fewer), IsEmpty());
  server.pooling = Pooling::transaction;
  server.pool_connections = 1;
  EXPECT_EQ(only(check_server(server, fewer)).severity, Severity::blocks);
}

TEST(ServerChecks, TimeOutsThatCutLongRunsAreFound) {
  auto server = healthy();
  server.timeouts = {{"statement_timeout", 59'999}};
  const auto finding = only(check_server(server, a_map()));
  EXPECT_EQ(finding.severity, Severity::attention);
  EXPECT_EQ(finding.fix, "ALTER ROLE pgtide IN DATABASE practice SET statement_timeout = 0;");
  server.timeouts = {{"statement_timeout", 60'000}, {"lock_timeout", 0}, {"transaction_timeout", 3'600'000}};
  EXPECT_THAT(check_server(server, a_map()), IsEmpty());
  server.timeouts = {{"transaction_timeout", 3'599'999}};
  EXPECT_EQ(only(check_server(server, a_map())).severity, Severity::attention);
  server.timeouts = {{"idle_in_transaction_session_timeout", 1000}};
  EXPECT_EQ(only(check_server(server, a_map())).severity, Severity::note);
}

TEST(ServerChecks, OnlyWhereRowsFlowInAStandbyIsInTheWay) {
  auto server = healthy(Place::cloud);
  server.standby = true;
  EXPECT_EQ(only(check_server(server, a_map())).severity, Severity::blocks);
  server.place = Place::desktop;
  EXPECT_THAT(check_server(server, a_map()), IsEmpty());
  EXPECT_EQ(only(check_server(server, a_map("    direction: both\n"))).severity, Severity::blocks);
}

TEST(ServerChecks, ClocksMayDifferByTheTimeThatAskingTakes) {
  auto desktop = healthy(Place::desktop), cloud = healthy(Place::cloud);
  desktop.clock_ahead = 61;
  EXPECT_EQ(only(check_clocks(desktop, cloud, a_map())).place, Place::desktop);
  cloud.clock_error = 2;
  EXPECT_THAT(check_clocks(desktop, cloud, a_map()), IsEmpty());
  cloud.clock_error = 0;
  desktop.clock_ahead = -3;
  EXPECT_THAT(check_clocks(desktop, cloud, a_map()), IsEmpty());
  EXPECT_EQ(only(check_clocks(desktop, cloud, a_map("    conflicts: last_update_wins\n"))).severity,
            Severity::attention);
}

TEST(ServerChecks, TheStateIsMendedByACommandWithTheMapsFile) {
  StateFacts state;
  state.written = true;
  const auto missing = only(check_state(state, healthy(), a_map()));
  EXPECT_EQ(missing.severity, Severity::note);
  EXPECT_EQ(missing.fix, "pgtide init --map m.yaml");
  state.version = state::known_version();
  EXPECT_THAT(check_state(state, healthy(), a_map()), IsEmpty());
  state.owner = "somebody";
  EXPECT_THAT(check_state(state, healthy(), a_map()), IsEmpty()) << "the role has all rights on it";
  state.access = state::Access::hidden;
  EXPECT_EQ(only(check_state(state, healthy(), a_map())).severity, Severity::blocks);
  state.access = state::Access::write;
  state.owner.clear();
  state.version = 1;
  EXPECT_EQ(only(check_state(state, healthy(), a_map())).severity, Severity::attention);
  auto map = a_map();
  map.file = "my maps/m.yaml";
  EXPECT_EQ(only(check_state(state, healthy(), map)).fix, "pgtide init --map 'my maps/m.yaml'");
}

}  // namespace
}  // namespace engine::doctor
