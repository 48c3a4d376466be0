#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/postgres/session.hpp"
#include "tests/support/clusters.hpp"
#include "tests/support/program.hpp"

namespace support {

using engine::Place;
using engine::postgres::Session;

constexpr Place desktop = Place::desktop;
constexpr Place cloud = Place::cloud;

// The major version of PostgreSQL of the two shared servers, the lower one.
int oldest_version();

// Ends whoever is connected. (DROP DATABASE can do that itself from PostgreSQL 13 on.)
void drop_database(const Server& server, Place place, const std::string& name);

// sample: scripts/sample, the cloud without rows. reused: empty, but the databases are those of an earlier test, whose
// schemas were dropped: quicker to get than new ones.
enum class Contents { empty, sample, reused };

// A desktop and a cloud of a test's own: two databases, dropped when the object goes unless they are to be reused, and
// a map for them.
class Pair {
 public:
  explicit Pair(Contents contents = Contents::empty);
  // On servers of the test's own, which outlive the pair. They may be stopped, restored and started again: the next
  // statement opens a new connection.
  Pair(const Server& desktop_server, const Server& cloud_server, Contents contents = Contents::empty);
  // In databases of these encodings.
  Pair(const std::string& desktop_encoding, const std::string& cloud_encoding);
  ~Pair();
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  std::string url(Place place, const std::string& user = "postgres") const;
  const std::string& database(Place place) const { return side(place).database; }
  // What pgtide is called with from now on: a proxy, a pooler, a standby, another user. The pair's own statements go
  // where they went before. Empty: the pair's own database again.
  void use_url(Place place, const std::string& url) { side(place).url_for_program = url; }

  // Statements, each in a transaction of its own; what they returned is thrown away. An error fails the test.
  void sql(Place place, const std::string& statements);
  // The same on both sides.
  void sql(const std::string& statements);

  // Each row as one text, its cells with | between them, <NULL> for NULL.
  std::vector<std::string> rows(Place place, const std::string& query);
  // The only cell of the only row.
  std::string value(Place place, const std::string& query);
  long long number(Place place, const std::string& query) { return std::stoll(value(place, query)); }

  // The rows of a table as ordered text. `columns` is a select list.
  std::vector<std::string> contents(Place place, const std::string& table, const std::string& columns = "*");

  // Fails the test if the two sides differ in these columns of these tables.
  void expect_same(const std::string& desktop_table, const std::string& cloud_table, const std::string& columns = "*");
  void expect_same(const std::string& table) { expect_same(table, table); }

  // One more connection, for what needs two at a time.
  std::unique_ptr<Session> connect(Place place, const std::string& user = "postgres");

  // The map that run() and sync() use: a list of tables in YAML, below a head that names the two databases. `head`
  // takes the place of the usual head.
  void use_map(const std::string& tables, const std::string& head = "");
  void use_map_file(const std::string& path) { map_file_ = path; }
  const std::string& map_file() const { return map_file_; }

  // Calls pgtide. --map and the two URLs come from the environment; `more` is added to that or stands in for it.
  Outcome run(const std::vector<std::string>& words, const Environment& more = {});
  // pgtide sync MODE --json
  Outcome sync(const std::string& mode, const std::vector<std::string>& more = {});
  // The same, and fails the test unless it ends with 0.
  Outcome sync_well(const std::string& mode, const std::vector<std::string>& more = {});
  // Runs beside the test.
  std::unique_ptr<Program> start(const std::vector<std::string>& words, const Environment& more = {});

  // Waits until the query returns t on that side; the test fails if it does not within a minute.
  void wait_until(Place place, const std::string& condition);

 private:
  struct Side {
    const Server* server = nullptr;
    std::string database;
    std::string url_for_program;
    std::string encoding;  // empty: the server's
    std::unique_ptr<Session> session;
    int server_starts = 0;  // when the session was opened
  };
  Side& side(Place place) { return place == desktop ? desktop_ : cloud_; }
  const Side& side(Place place) const { return place == desktop ? desktop_ : cloud_; }
  Session& session(Place place);
  void make_databases(Contents contents);
  Environment environment(const Environment& more) const;

  Side desktop_;
  Side cloud_;
  bool reused_;
  std::string map_file_;
};

}  // namespace support
