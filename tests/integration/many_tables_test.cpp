// A map of many tables: what can be asked of all of them is asked of many at a time.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::desktop;
using support::Pair;
using support::Place;
using support::Server;
using support::ServerOptions;
using testing::HasSubstr;

constexpr int tables = 120;

std::string name(int i) { return "t" + std::to_string(i); }

// Servers that note each statement, and so many empty tables; every second one refers to the one before.
class ManyTables : public testing::Test {
 protected:
  ManyTables() {
    std::string here, there;
    for (int i = 0; i < tables; ++i) {
      const std::string columns = "(id int PRIMARY KEY, p int, v text, updated_at timestamptz";
      here += "CREATE TABLE " + name(i) + columns + ");";
      there += "CREATE TABLE " + name(i) + columns +
               (i % 2 ? ", FOREIGN KEY (p) REFERENCES " + name(i - 1) : std::string()) + ");";
    }
    pair.sql(desktop, "BEGIN;" + here + "COMMIT");
    pair.sql(cloud, "BEGIN;" + there + "COMMIT");
  }

  // `lines` of each table below its name.
  void use_map(const std::string& lines) {
    std::string list;
    for (int i = 0; i < tables; ++i) list += "  - desktop: " + name(i) + "\n" + lines;
    pair.use_map(list);
  }

  // How often a server was asked by this call, which ends with 0.
  int statements_of(const std::vector<std::string>& words, Place place) {
    const int before = noted(server(place));
    const auto outcome = pair.run(words);
    EXPECT_EQ(outcome.status, 0) << outcome.everything();
    return noted(server(place)) - before;
  }

  // Shared by the tests of this file.
  static const Server& server(Place place) {
    static const ServerOptions noting{{"log_statement=all"}, false, ""};
    static const Server desktop_server(noting), cloud_server(noting);
    return place == desktop ? desktop_server : cloud_server;
  }

  Pair pair{server(desktop), server(cloud)};

 private:
  static int noted(const Server& noting) {
    std::ifstream log(noting.data().parent_path() / "log");
    int count = 0;
    for (std::string line; std::getline(log, line);)
      if (line.find("LOG:  statement: ") != std::string::npos || line.find("LOG:  execute ") != std::string::npos)
        ++count;
    return count;
  }
};

TEST_F(ManyTables, AreLookedAtTogether) {
  use_map("    forward: {columns: {v: upper(v)}}\n");
  for (const Place place : {desktop, cloud})
    EXPECT_LT(statements_of({"plan", "full"}, place), tables) << "before the first run";
  pair.sync_well("full");
  pair.sql(desktop, "CREATE TABLE other (id int)");  // something was written in that cluster
  for (const Place place : {desktop, cloud})
    for (const std::string mode : {"full", "incremental"})
      EXPECT_LT(statements_of({"plan", mode}, place), tables) << mode;
  EXPECT_LT(statements_of({"verify"}, desktop), tables);
}

TEST_F(ManyTables, RowsOfOneOfThemAreFoundAmongTheOthers) {
  use_map("");
  pair.sync_well("full");
  pair.sql(desktop, "INSERT INTO t7 VALUES (1, NULL, 'a', now()); INSERT INTO t9 VALUES (1, 5, 'orphan', now())");
  for (const std::string mode : {"full", "incremental"}) {
    for (const auto& table : pair.run({"plan", mode, "--json"}).json()) {
      EXPECT_EQ(table["inserted"], table["table"] == "t7" ? 1 : 0) << table.dump();
      EXPECT_EQ(table["quarantined"], table["table"] == "t9" ? 1 : 0) << table.dump();
    }
  }
  EXPECT_THAT(pair.run({"verify"}).out, HasSubstr("t7"));

  // A question to many tables fails for all of them where somebody has locked one; then each is asked alone.
  const auto somebody = pair.connect(cloud);
  somebody->run_script("BEGIN; LOCK TABLE t3");
  for (const auto& table : pair.run({"plan", "full", "--json"}).json())
    if (table["table"] != "t3") {
      EXPECT_EQ(table["inserted"], table["table"] == "t7" ? 1 : 0) << table.dump();
    }
  somebody->run_script("ROLLBACK");
}

TEST_F(ManyTables, AnExpressionThatIsWrongIsNamedWithItsPlace) {
  std::string list;
  for (int i = 0; i < tables; ++i)
    list += "  - desktop: " + name(i) + "\n    forward: {columns: {v: " + (i == 77 ? "upper(w)" : "upper(v)") + "}}\n";
  pair.use_map(list);
  const auto outcome = pair.run({"plan", "full"});
  EXPECT_EQ(outcome.status, 3);
  int line = 0, number = 0;
  std::ifstream map(pair.map_file());
  for (std::string text; std::getline(map, text);) {
    ++number;
    if (text.find("upper(w)") != std::string::npos) line = number;
  }
  EXPECT_THAT(outcome.err, HasSubstr(pair.map_file() + ":" + std::to_string(line) + ":"));
  EXPECT_THAT(outcome.err, HasSubstr("the expression for column v is not accepted by PostgreSQL"));

  // What one expression leaves open must not swallow the next one.
  list.clear();
  for (int i = 0; i < tables; ++i) {
    const std::string sql = i == 20 ? "'a' /* " : i == 21 ? " */ || 'b'" : "upper(v)";
    list += "  - desktop: " + name(i) + "\n    forward: {columns: {v: \"" + sql + "\"}}\n";
  }
  pair.use_map(list);
  const auto together = pair.run({"plan", "full"});
  EXPECT_EQ(together.status, 3);
  EXPECT_THAT(together.err, HasSubstr("the expression for column v is not accepted by PostgreSQL"));
}

}  // namespace
