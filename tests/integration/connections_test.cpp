// Every way to reach a database: directly, through a pooler that many share, encrypted, by IPv6, by a Unix socket, with
// the password in a file. And nothing stays behind in a connection that others use after us.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <mutex>
#include <thread>

#include "engine/core/error.hpp"
#include "tests/support/counts.hpp"
#include "tests/support/pair.hpp"
#include "tests/support/pooler.hpp"

namespace {

using support::cloud;
using support::desktop;
using support::Environment;
using support::Outcome;
using support::Pair;
using support::Place;
using support::Pooler;
using support::PoolerOptions;
using support::Server;
using support::Session;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using Clock = std::chrono::steady_clock;

// Tables of every kind: with and without a key, without an index on it, both ways, and one that refers to another.
class Office : public Pair {
 public:
  template <class... Arguments>
  explicit Office(const Arguments&... servers) : Pair(servers...) {
    sql("CREATE TABLE clients (id int PRIMARY KEY, v text, updated_at timestamptz DEFAULT now());"
        "CREATE TABLE jobs (id int PRIMARY KEY, client int REFERENCES clients, v text);"
        "CREATE TABLE plain (id int, v text);"
        "CREATE TABLE notes (id int PRIMARY KEY, v text, source char(1));"
        "CREATE TABLE back (id int, v text)");
    sql(desktop,
        "CREATE TABLE lines (a int, b text);"
        "INSERT INTO clients SELECT i, 'v' || i FROM generate_series(1, 500) i;"
        "INSERT INTO jobs SELECT i, i % 500 + 1, md5(i::text) FROM generate_series(1, 3000) i;"
        "INSERT INTO plain SELECT i, 'v' FROM generate_series(1, 200) i;"
        "INSERT INTO lines SELECT i % 70, 'same' FROM generate_series(1, 200) i;"
        "INSERT INTO notes SELECT i, 'desktop', 'D' FROM generate_series(1, 100) i");
    sql(cloud,
        "CREATE TABLE lines (line_id serial PRIMARY KEY, a int, b text);"
        "INSERT INTO notes SELECT i, 'cloud', 'M' FROM generate_series(1001, 1100) i;"
        "INSERT INTO back SELECT i, 'v' FROM generate_series(1, 100) i");
    use_map(
        "  - desktop: clients\n  - desktop: jobs\n  - desktop: plain\n    key: [id]\n  - desktop: lines\n    key: "
        "none\n"
        "    skip: [line_id]\n  - desktop: notes\n    direction: both\n    origin: {column: source, desktop: D, cloud: "
        "M}\n  - cloud: back\n    key: [id]\n    direction: reverse\n");
  }

  // Something new in every table, both ways.
  void work() {
    ++day_;
    const std::string day = std::to_string(day_);
    sql(desktop,
        "UPDATE clients SET v = v || '!' WHERE id % 50 = " + day + "; INSERT INTO jobs SELECT 10000 * " + day +
            " + i, i, 'new' FROM generate_series(1, 50) i; UPDATE plain SET v = 'day " + day +
            "' WHERE id % 20 = 0; INSERT INTO lines SELECT 1000 + " + day +
            ", 'new' FROM generate_series(1, 3); DELETE FROM lines WHERE ctid = (SELECT min(ctid) FROM lines); "
            "UPDATE notes SET v = 'day " +
            day + "' WHERE id % 10 = 0 AND source = 'D'");
    sql(cloud, "INSERT INTO notes SELECT 10000 * " + day +
                   " + i, 'typed', 'M' FROM generate_series(1, 5) i; INSERT INTO "
                   "back SELECT 10000 * " +
                   day + " + i, 'typed' FROM generate_series(1, 5) i");
  }

  void expect_ok(const std::vector<std::string>& words) {
    const auto outcome = run(words);
    EXPECT_EQ(outcome.status, 0) << testing::PrintToString(words) << outcome.everything();
  }

  void expect_equal() {
    for (const char* table : {"clients", "jobs", "plain", "notes", "back"}) expect_same(table);
    EXPECT_EQ(contents(desktop, "lines", "a, b"), contents(cloud, "lines", "a, b"));
  }

  // Each command once, from the empty state to both sides equal.
  void expect_everything_works() {
    for (const char* mode : {"full", "incremental", "reverse"}) expect_ok({"plan", mode});
    expect_ok({"init"});
    expect_ok({"status"});
    for (const char* mode : {"full", "reverse"}) expect_ok({"sync", mode});
    expect_equal();
    work();
    for (const char* mode : {"plan", "sync"})
      for (const char* job : {"incremental", "reverse", "full"}) expect_ok({mode, job});
    expect_equal();
    const auto status = run({"status"});
    EXPECT_THAT(status.out, HasSubstr("All is well")) << status.everything();
    expect_ok({"status", "--check", "--max-age", "1h", "--json"});
  }

  void use(const Pooler& pooler, const std::vector<Place>& places) {
    for (const Place place : places) use_url(place, pooler.url(place));
  }

 private:
  int day_ = 0;
};

// Others who use the pool all the time, with transactions of a millisecond and single statements. They watch whether
// they ever find a setting, a table or a lock that is not theirs.
class OtherClients {
 public:
  OtherClients(const Pooler& pooler, const std::vector<Place>& places, int number) {
    for (const Place place : places)
      for (int i = 0; i < number; ++i)
        threads_.emplace_back([this, url = pooler.url(place), place] { keep_busy(url, place); });
  }
  ~OtherClients() { stop(); }

  void stop() {
    stopped_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }
  long transactions() const { return transactions_; }
  std::string complaints() {
    const std::lock_guard guard(mutex_);
    return complaints_;
  }

 private:
  static constexpr const char* surroundings =
      "SELECT concat_ws(', ', current_setting('row_security'), current_setting('lock_timeout'), "
      "current_setting('statement_timeout'), current_setting('idle_in_transaction_session_timeout'), "
      "current_setting('search_path'), current_setting('timezone'), current_setting('jit'), "
      "current_setting('xmloption'), "
      "current_setting('bytea_output'), current_setting('synchronous_commit'), current_user, "
      "(SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema()), (SELECT count(*) FROM "
      "pg_prepared_statements), (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = "
      "'advisory')) "
      "AS found";

  void keep_busy(const std::string& url, Place place) {
    try {
      Session session(url, place);
      const std::string usual = session.run(surroundings).text(0, "found");
      while (!stopped_) {
        session.run("BEGIN");
        const std::string found = session.run(surroundings).text(0, "found");
        session.run("SELECT pg_sleep(0.001)");
        session.run("COMMIT");
        session.run("SELECT 1");
        ++transactions_;
        if (found != usual) throw std::runtime_error("found " + found + " instead of " + usual);
      }
    } catch (const std::exception& error) {
      const std::lock_guard guard(mutex_);
      complaints_ += std::string(error.what()) + "\n";
    }
  }

  std::vector<std::thread> threads_;
  std::atomic<bool> stopped_ = false;
  std::atomic<long> transactions_ = 0;
  std::mutex mutex_;
  std::string complaints_;
};

// ---- poolers

const Environment patiently = {{"PGTIDE_RETRY_FOR", "60s"}};  // as it is without the variable

void expect_to_work_through_a_pool(const PoolerOptions& options, const std::vector<Place>& places, int others) {
  Office office;
  const Pooler pooler(office, options);
  std::map<Place, std::vector<std::string>> before;
  for (const Place place : places) before[place] = pooler.connections(place);
  office.use(pooler, places);
  OtherClients clients(pooler, places, others);
  office.expect_everything_works();
  clients.stop();
  EXPECT_EQ(clients.complaints(), "");
  EXPECT_GT(clients.transactions(), 100);
  for (const Place place : places)  // the same connections, each as it was
    EXPECT_EQ(pooler.connections(place), before[place]);
}

TEST(Connections, APoolInTransactionModeOnTheDesktopIsSharedAndLeftAsItWas) {
  expect_to_work_through_a_pool({}, {desktop}, 3);
}

TEST(Connections, APoolInTransactionModeInTheCloudIsSharedAndLeftAsItWas) {
  expect_to_work_through_a_pool({}, {cloud}, 3);
}

TEST(Connections, PoolsInTransactionModeOnBothSidesAreSharedAndLeftAsTheyWere) {
  expect_to_work_through_a_pool({}, {desktop, cloud}, 3);
}

TEST(Connections, APoolInSessionModeWorksAndIsLeftAsItWas) {
  expect_to_work_through_a_pool({.mode = "session", .size = 6}, {desktop, cloud}, 2);
}

TEST(Connections, WhatAnotherClientLeavesInThePoolIsFound) {  // or the tests above prove nothing
  Office office;
  for (const char* leftover :
       {"SET lock_timeout = '7s'", "SELECT pg_advisory_lock(1)", "CREATE TEMP TABLE left_behind ()", "LISTEN news",
        "PREPARE p AS SELECT 1", "DECLARE c CURSOR WITH HOLD FOR SELECT 1"}) {
    const Pooler pooler(office);
    const auto clean = pooler.connections(cloud);
    EXPECT_EQ(pooler.connections(cloud), clean);
    Session(pooler.url(cloud), cloud).run(leftover);
    EXPECT_NE(pooler.connections(cloud), clean) << leftover;
  }
}

TEST(Connections, TheSampleAndASecondRunWorkThroughAPool) {
  Pair pair(support::Contents::sample);
  pair.use_map_file(PGTIDE_SOURCE_DIR "/tablemaps/practice.yaml");
  const Pooler pooler(pair);
  for (const Place place : {desktop, cloud}) pair.use_url(place, pooler.url(place));
  const auto full = pair.sync_well("full");
  EXPECT_EQ(full.table("jobshead")["inserted"], 24562);
  pair.sql(desktop, "UPDATE climaster SET clientname = 'Touched' WHERE client_id <= 2");
  EXPECT_EQ(pair.sync_well("incremental").table("climaster")["read"], 2);
  pair.sql(cloud, "INSERT INTO learequest (learequest_id, leaveremarks, source) VALUES (1, 'fever', 'M')");
  EXPECT_EQ(pair.sync_well("reverse").table("learequest")["inserted"], 1);
  pair.expect_same("climaster", "climaster", "client_id, clientname");

  const auto blocker = pair.connect(cloud);
  blocker->run("BEGIN");
  blocker->run("LOCK TABLE climaster IN SHARE MODE");
  pair.sql(desktop, "UPDATE climaster SET clientname = 'Again' WHERE client_id <= 2");
  const auto first = pair.start({"sync", "incremental"});
  pair.wait_until(cloud,
                  "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT "
                  "oid FROM pg_database WHERE datname = current_database()))");
  const auto second = pair.run({"sync", "incremental"});
  EXPECT_EQ(second.status, 6) << second.everything();
  blocker->run("COMMIT");
  const auto end = first->wait();
  EXPECT_EQ(end.status, 0) << end.everything();
  pair.expect_same("climaster", "climaster", "client_id, clientname");
}

// Each job wants more connections than half a pool has.
TEST(Connections, ForwardAndReverseSideBySideShareThePoolsOfBothSides) {
  Office office;
  const Pooler pooler(office);
  office.use(pooler, {desktop, cloud});
  office.expect_ok({"init"});
  office.expect_ok({"sync", "full"});
  OtherClients clients(pooler, {desktop, cloud}, 2);
  for (int round = 0; round < 5; ++round) {
    office.work();
    const auto forward = office.start({"sync", round % 2 == 0 ? "incremental" : "full"}, patiently);
    const auto reverse = office.start({"sync", "reverse"}, patiently);
    for (const auto* job : {&forward, &reverse}) {
      const auto outcome = (*job)->wait();
      EXPECT_EQ(outcome.status, 0) << outcome.everything();
    }
    if (testing::Test::HasFailure()) return;
  }
  clients.stop();
  EXPECT_EQ(clients.complaints(), "");
  for (const char* mode : {"incremental", "reverse", "incremental"}) office.expect_ok({"sync", mode});
  office.expect_equal();
}

// Holds a lock on tables until it goes.
std::unique_ptr<Session> hold(Office& office, Place place, const std::string& lock) {
  auto holder = office.connect(place);
  holder->run("BEGIN");
  holder->run("LOCK TABLE " + lock);
  return holder;
}

// Two tables each way that refer to a third one. First each job is halted while it writes that one: it holds two
// connections on either side then. Then its two lanes are halted while they read the two others: together the jobs hold
// all four connections of both sides, and each lane wants one more on the other side.
TEST(Connections, TwoJobsThatHoldAllConnectionsAndWantOneMoreDoNotWaitForEver) {
  Office office;
  office.sql(
      "CREATE TABLE f (id int PRIMARY KEY); CREATE TABLE f1 (id int PRIMARY KEY REFERENCES f); CREATE TABLE f2 (id int "
      "PRIMARY KEY REFERENCES f); CREATE TABLE r (id int PRIMARY KEY); CREATE TABLE r1 (id int PRIMARY KEY REFERENCES "
      "r); "
      "CREATE TABLE r2 (id int PRIMARY KEY REFERENCES r)");
  for (const char* table : {"f", "f1", "f2"})
    office.sql(desktop, std::string("INSERT INTO ") + table + " SELECT generate_series(1, 10)");
  for (const char* table : {"r", "r1", "r2"})
    office.sql(cloud, std::string("INSERT INTO ") + table + " SELECT generate_series(1, 10)");
  office.use_map(
      "  - desktop: f\n  - desktop: f1\n  - desktop: f2\n  - cloud: r\n    direction: reverse\n  - cloud: r1\n    "
      "direction: reverse\n  - cloud: r2\n    direction: reverse\n");
  office.expect_ok({"init"});
  const Pooler pooler(office);
  office.use(pooler, {desktop, cloud});
  const auto waiting = [](const std::string& tables, int number) {
    return "SELECT count(*) = " + std::to_string(number) +
           " FROM pg_locks WHERE NOT granted AND relation IN (SELECT t::regclass FROM unnest('{" + tables +
           "}'::text[]) t)";
  };
  auto f = hold(office, cloud, "f IN SHARE MODE"), r = hold(office, desktop, "r IN SHARE MODE");
  const auto forward = office.start({"sync", "full"}, patiently);
  const auto reverse = office.start({"sync", "reverse"}, patiently);
  office.wait_until(cloud, waiting("f", 1));
  office.wait_until(desktop, waiting("r", 1));
  auto f12 = hold(office, desktop, "f1, f2 IN ACCESS EXCLUSIVE MODE");
  auto r12 = hold(office, cloud, "r1, r2 IN ACCESS EXCLUSIVE MODE");
  f.reset(), r.reset();
  office.wait_until(desktop, waiting("f1,f2", 2));
  office.wait_until(cloud, waiting("r1,r2", 2));
  f12.reset(), r12.reset();
  for (const auto* job : {&forward, &reverse}) {
    const auto outcome = (*job)->wait();
    EXPECT_EQ(outcome.status, 0) << outcome.everything();
  }
  for (const char* table : {"f", "f1", "f2", "r", "r1", "r2"}) office.expect_same(table);
}

TEST(Connections, APoolerThatWantsAPasswordGetsItFromAFile) {
  Office office;
  const Pooler pooler(office, {.password = "open sesame"});
  const auto home = support::scratch_folder() / "home_of_a_user";
  std::filesystem::create_directories(home);
  const std::string port = std::to_string(pooler.port());
  const std::string address = "host=127.0.0.1 port=" + port + " user=postgres dbname=";
  const auto name = [&](Place place) {
    const auto url = pooler.url(place);
    return url.substr(url.rfind('/') + 1);
  };
  office.use_url(desktop, address + name(desktop));
  office.use_url(cloud, "service=office");
  std::ofstream(home / ".pgpass") << "127.0.0.1:" << port << ":*:postgres:open sesame\n";
  std::filesystem::permissions(home / ".pgpass", std::filesystem::perms(0600));
  std::ofstream(home / ".pg_service.conf")
      << "[office]\nhost=127.0.0.1\nport=" << port << "\nuser=postgres\ndbname=" << name(cloud) << "\n";
  const Environment at_home = {{"HOME", home.string()}};
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"init"}, {"plan", "full"}, {"sync", "full"}, {"sync", "reverse"}, {"status"}}) {
    const auto outcome = office.run(words, at_home);
    EXPECT_EQ(outcome.status, 0) << outcome.everything();
    EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr("sesame")));
  }
  office.expect_equal();
  std::filesystem::remove(home / ".pgpass");
  const auto refused = office.run({"sync", "full"}, {{"HOME", home.string()}, {"PGPASSWORD", "wrong sesame"}});
  EXPECT_EQ(refused.status, 4) << refused.everything();
  EXPECT_THAT(refused.out + refused.err, Not(HasSubstr("sesame")));
}

// ---- direct connections

// Programs of the URLs below see the variables that libpq reads.
TEST(Connections, UnixSocketsWorkInEveryFormOfTheAddress) {
  Office office;
  std::map<Place, std::string> folder;
  for (const Place place : {desktop, cloud}) folder[place] = office.value(place, "SHOW unix_socket_directories");
  const auto port = [&](Place place) { return office.value(place, "SHOW port"); };
  office.use_url(desktop, "host='" + folder[desktop] + "' port=" + port(desktop) +
                              " user=postgres dbname=" + office.database(desktop));
  std::string encoded;
  for (const char c : folder[cloud]) encoded += c == '/' ? std::string("%2F") : std::string(1, c);
  office.use_url(cloud, "postgresql://postgres@" + encoded + ":" + port(cloud) + "/" + office.database(cloud));
  office.expect_everything_works();
  office.use_url(cloud, "postgresql:///" + office.database(cloud) + "?host=" + folder[cloud] + "&port=" + port(cloud) +
                            "&user=postgres");
  office.expect_ok({"sync", "full"});
}

bool machine_has_ipv6() {
  const int handle = ::socket(AF_INET6, SOCK_STREAM, 0);
  if (handle < 0) return false;
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  const bool bound = ::bind(handle, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(handle);
  return bound;
}

TEST(Connections, Ipv6Works) {
  if (!machine_has_ipv6()) GTEST_SKIP() << "this machine has no IPv6, not even ::1";
  support::ServerOptions both_families;
  both_families.settings = {"listen_addresses=127.0.0.1,::1"};
  const Server server(both_families);
  Office office(server, server);
  const std::string address = "[::1]:" + std::to_string(server.port()) + "/";
  office.use_url(desktop, "postgresql://postgres@" + address + office.database(desktop));
  office.use_url(cloud,
                 "host=::1 port=" + std::to_string(server.port()) + " user=postgres dbname=" + office.database(cloud));
  office.expect_everything_works();
}

// ---- TLS

// A server that lets nobody in without encryption, and the authority that vouches for its name.
class EncryptedServer {
 public:
  explicit EncryptedServer(const std::string& name) : folder_(support::scratch_folder() / ("authority_" + name)) {
    std::filesystem::create_directories(folder_);
    make_authority("ca");
    make_authority("other_ca");
    const std::string key = path("server.key"), request = path("server.csr"), extension = path("server.ext");
    std::ofstream(extension) << "subjectAltName = DNS:" << name << "\n";
    openssl({"req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + name, "-keyout",
             key, "-out", request});
    openssl({"x509", "-req", "-in", request, "-CA", path("ca.crt"), "-CAkey", path("ca.key"), "-CAcreateserial",
             "-days", "2", "-extfile", extension, "-out", path("server.crt")});
    install("server.crt");
    install("server.key");
    std::ofstream(server_.data() / "pg_hba.conf") << "local all all trust\nhostssl all all 127.0.0.1/32 trust\n";
    server_.value("ALTER SYSTEM SET ssl = on");
    server_.restart();
  }

  Server& server() { return server_; }
  std::string path(const std::string& file) const { return (folder_ / file).string(); }

  // The server has a name here, and no other machine is asked for its address.
  std::string url(const std::string& database, const std::string& name, const std::string& more) const {
    return "host=" + name + " hostaddr=127.0.0.1 port=" + std::to_string(server_.port()) +
           " user=postgres dbname=" + database + " " + more;
  }

 private:
  static void openssl(std::vector<std::string> words) {
    words.insert(words.begin(), "/usr/bin/openssl");
    const auto made = support::Program(words, {}).wait();
    if (made.status != 0) throw std::runtime_error(made.everything());
  }

  void make_authority(const std::string& name) const {
    openssl({"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
             "/CN=test " + name, "-keyout", path(name + ".key"), "-out", path(name + ".crt")});
  }

  // The server reads only what is its user's, and a key only if it is nobody else's.
  void install(const std::string& file) const {
    const auto there = server_.data() / file;
    std::filesystem::copy_file(path(file), there, std::filesystem::copy_options::overwrite_existing);
    std::filesystem::permissions(there, std::filesystem::perms(0600));
    struct stat owner {};
    if (::stat((server_.data() / "PG_VERSION").c_str(), &owner) != 0 ||
        ::chown(there.c_str(), owner.st_uid, owner.st_gid) != 0)
      throw std::runtime_error("cannot give " + file + " to the server");
  }

  std::filesystem::path folder_;
  Server server_;
};

TEST(Connections, TlsWithTheNameOfTheServerVerifiedWorksAndAWrongOneEndsAtOnce) {
  EncryptedServer encrypted("db.example.com");
  Office office(support::Clusters::running().server(desktop), encrypted.server());
  const auto at = [&](const std::string& name, const std::string& more) {
    return encrypted.url(office.database(cloud), name, more);
  };
  const std::string verified = "sslmode=verify-full sslrootcert=" + encrypted.path("ca.crt");
  office.use_url(cloud, at("db.example.com", verified));
  office.expect_everything_works();

  struct Wrong {
    std::string url;
    std::string said;
  };
  for (const auto& wrong : std::vector<Wrong>{
           {at("db.example.com", "sslmode=verify-full sslrootcert=" + encrypted.path("other_ca.crt")), "certificate"},
           {at("other.example.com", verified), "does not match host name"},
           {at("db.example.com", "sslmode=verify-full sslrootcert=" + encrypted.path("no_such.crt")),
            "root certificate"},
           {at("db.example.com", "sslmode=disable"), "no encryption"}}) {
    office.use_url(cloud, wrong.url);
    encrypted.server().value("SELECT pg_stat_reset()");
    for (const std::vector<std::string>& words : {std::vector<std::string>{"sync", "full"}, {"status"}}) {
      const auto begun = Clock::now();
      const auto refused = office.run(words, {{"PGTIDE_RETRY_FOR", "60s"}});
      EXPECT_EQ(refused.status, 4) << refused.everything();
      EXPECT_THAT(refused.err, AllOf(HasSubstr("cannot connect to the cloud database"), HasSubstr(wrong.said)));
      EXPECT_THAT(refused.err, HasSubstr("sslmode"));
      EXPECT_LT(Clock::now() - begun, std::chrono::seconds(20)) << "what will not change is not tried again";
    }
  }
  office.use_url(cloud, at("other.example.com", "sslmode=verify-ca sslrootcert=" + encrypted.path("ca.crt")));
  office.expect_ok({"sync", "full"});
}

}  // namespace
