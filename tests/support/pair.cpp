#include "tests/support/pair.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <tuple>

#include "engine/core/error.hpp"
#include "tests/support/scratch.hpp"

namespace support {
namespace {

bool is_shared(const Server& server, Place place) { return &server == &Clusters::running().server(place); }

void administer(const Server& server, Place place, const std::string& statement) {
  static Session at_desktop(Clusters::running().url(desktop, "postgres"), desktop);
  static Session at_cloud(Clusters::running().url(cloud, "postgres"), cloud);
  if (is_shared(server, place))
    (place == desktop ? at_desktop : at_cloud).run(statement);
  else
    Session(server.url(), place).run(statement);
}

void load_sample(const std::string& url, Place place) {
  const std::string folder = PGTIDE_SOURCE_DIR "/scripts/sample/";
  std::vector<std::string> words = {"/usr/bin/psql",
                                    "-qX",
                                    "-v",
                                    "ON_ERROR_STOP=1",
                                    "-v",
                                    std::string("is_desktop=") + (place == desktop ? "true" : "false"),
                                    "-d",
                                    url,
                                    "-f",
                                    folder + "schema.sql"};
  if (place == desktop) words.insert(words.end(), {"-f", folder + "data.sql"});
  const Outcome load = Program(words, {}).wait();
  if (load.status != 0) throw std::runtime_error("the sample could not be loaded: " + load.everything());
}

// On the shared servers the sample is loaded once; each test gets a copy.
std::string sample_template(Place place) {
  static bool loaded[2] = {false, false};
  const std::string name = "sample";
  bool& done = loaded[place == desktop ? 0 : 1];
  if (done) return name;
  const Server& server = Clusters::running().server(place);
  administer(server, place, "CREATE DATABASE " + name);
  load_sample(server.url(name), place);
  done = true;
  return name;
}

// Pairs of databases that wait for the next test.
std::vector<std::pair<std::string, std::string>>& waiting_databases() {
  static std::vector<std::pair<std::string, std::string>> names;
  return names;
}

void empty_database(Session& session) {
  session.run_script(
      "DO $$ DECLARE s name; BEGIN SET LOCAL client_min_messages = warning; FOR s IN SELECT nspname FROM pg_namespace "
      "WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' LOOP EXECUTE format('DROP SCHEMA %I CASCADE', s); "
      "END LOOP; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC; END $$");
}

std::string text_of(const engine::postgres::Result& result, std::size_t row) {
  std::string text;
  for (const auto& cell : result.rows[row]) text += (text.empty() ? "" : "|") + cell.value_or("<NULL>");
  return text;
}

}  // namespace

int oldest_version() {
  const auto version = [](Place place) {
    return std::stoi(Clusters::running().server(place).value("SHOW server_version_num")) / 10000;
  };
  return std::min(version(desktop), version(cloud));
}

void drop_database(const Server& server, Place place, const std::string& name) {
  administer(server, place, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name + "'");
  administer(server, place, "DROP DATABASE IF EXISTS " + name);  // waits for those that were told to go
}

Pair::Pair(Contents contents) : reused_(contents == Contents::reused) {
  for (const Place place : {desktop, cloud}) side(place).server = &Clusters::running().server(place);
  if (reused_ && !waiting_databases().empty()) {
    std::tie(desktop_.database, cloud_.database) = waiting_databases().back();
    waiting_databases().pop_back();
    return;
  }
  make_databases(contents);
}

Pair::Pair(const Server& desktop_server, const Server& cloud_server, Contents contents) : reused_(false) {
  desktop_.server = &desktop_server;
  cloud_.server = &cloud_server;
  make_databases(contents);
}

Pair::Pair(const std::string& desktop_encoding, const std::string& cloud_encoding) : reused_(false) {
  for (const Place place : {desktop, cloud}) side(place).server = &Clusters::running().server(place);
  desktop_.encoding = desktop_encoding;
  cloud_.encoding = cloud_encoding;
  make_databases(Contents::empty);
}

void Pair::make_databases(Contents contents) {
  static int number = 0;
  const std::string suffix = std::to_string(++number);
  const bool sample = contents == Contents::sample;
  for (const Place place : {desktop, cloud}) {
    Side& one = side(place);
    one.database = (place == desktop ? "d" : "c") + suffix;
    const bool copied = sample && is_shared(*one.server, place);
    administer(*one.server, place,
               "CREATE DATABASE " + one.database + " TEMPLATE " + (copied ? sample_template(place) : "template0") +
                   (one.encoding.empty() ? "" : " ENCODING '" + one.encoding + "' LC_COLLATE 'C' LC_CTYPE 'C'"));
    if (sample && !copied) load_sample(url(place), place);
  }
}

Pair::~Pair() {
  if (reused_) {
    try {
      empty_database(session(desktop));
      empty_database(session(cloud));
      waiting_databases().emplace_back(desktop_.database, cloud_.database);
      return;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "databases %s and %s are not used again: %s\n", desktop_.database.c_str(),
                   cloud_.database.c_str(), error.what());
    }
  }
  for (const Place place : {desktop, cloud}) {
    Side& one = side(place);
    one.session.reset();
    if (!is_shared(*one.server, place)) continue;  // goes with its server
    try {
      drop_database(*one.server, place, one.database);
    } catch (const std::exception& error) {  // the servers are thrown away in the end
      std::fprintf(stderr, "database %s stays: %s\n", one.database.c_str(), error.what());
    }
  }
}

std::string Pair::url(Place place, const std::string& user) const {
  return side(place).server->url(database(place), user);
}

std::unique_ptr<Session> Pair::connect(Place place, const std::string& user) {
  return std::make_unique<Session>(url(place, user) + "?application_name=test", place);
}

Session& Pair::session(Place place) {
  Side& one = side(place);
  if (!one.session || one.server_starts != one.server->starts()) {
    one.session = connect(place);
    one.server_starts = one.server->starts();
  }
  return *one.session;
}

void Pair::sql(Place place, const std::string& statements) {
  try {
    session(place).run_script(statements);
  } catch (const engine::Error& error) {
    ADD_FAILURE() << "on the " << engine::name_of(place) << ": " << error.what()
                  << "\nin: " << statements.substr(0, 2000);
  }
}

void Pair::sql(const std::string& statements) {
  sql(desktop, statements);
  sql(cloud, statements);
}

std::vector<std::string> Pair::rows(Place place, const std::string& query) {
  std::vector<std::string> list;
  try {
    const auto result = session(place).run(query);
    for (std::size_t row = 0; row < result.size(); ++row) list.push_back(text_of(result, row));
  } catch (const engine::Error& error) {
    ADD_FAILURE() << "on the " << engine::name_of(place) << ": " << error.what() << "\nin: " << query.substr(0, 2000);
  }
  return list;
}

std::string Pair::value(Place place, const std::string& query) {
  const auto list = rows(place, query);
  if (list.size() == 1) return list.front();
  ADD_FAILURE() << list.size() << " rows instead of one: " << query;
  return "0";
}

std::vector<std::string> Pair::contents(Place place, const std::string& table, const std::string& columns) {
  return rows(place, "SELECT ROW(s.*)::text FROM (SELECT " + columns + " FROM " + table +
                         ") s ORDER BY ROW(s.*)::text COLLATE \"C\"");
}

void Pair::expect_same(const std::string& desktop_table, const std::string& cloud_table, const std::string& columns) {
  const auto here = contents(desktop, desktop_table, columns), there = contents(cloud, cloud_table, columns);
  if (here == there) return;
  for (std::size_t i = 0; i < std::max(here.size(), there.size()); ++i) {
    const std::string ours = i < here.size() ? here[i] : "(no row)", theirs = i < there.size() ? there[i] : "(no row)";
    if (ours == theirs) continue;
    ADD_FAILURE() << desktop_table << " and " << cloud_table << " differ (" << here.size() << " and " << there.size()
                  << " rows); row " << i << "\n  desktop: " << ours.substr(0, 1500)
                  << "\n  cloud:   " << theirs.substr(0, 1500);
    return;
  }
}

void Pair::use_map(const std::string& tables, const std::string& head) {
  static int number = 0;
  map_file_ = (scratch_folder() / ("map" + std::to_string(++number) + ".yaml")).string();
  std::ofstream file(map_file_);
  file << (head.empty()
               ? "map: test\ndesktop: {url: \"${PGTIDE_DESKTOP_URL}\"}\ncloud: {url: \"${PGTIDE_CLOUD_URL}\"}\n"
               : head)
       << "tables:\n"
       << tables;
  if (!file.flush()) throw std::runtime_error("cannot write " + map_file_);
}

Environment Pair::environment(const Environment& more) const {
  const auto address = [this](Place place) {
    return side(place).url_for_program.empty() ? url(place) : side(place).url_for_program;
  };
  Environment variables = {
      {"PGTIDE_DESKTOP_URL", address(desktop)}, {"PGTIDE_CLOUD_URL", address(cloud)}, {"PGTIDE_MAP", map_file_}};
  for (const auto& [name, value] : more) variables[name] = value;
  return variables;
}

std::unique_ptr<Program> Pair::start(const std::vector<std::string>& words, const Environment& more) {
  std::vector<std::string> command = {PGTIDE_BINARY};
  command.insert(command.end(), words.begin(), words.end());
  return std::make_unique<Program>(command, environment(more));
}

Outcome Pair::run(const std::vector<std::string>& words, const Environment& more) { return start(words, more)->wait(); }

Outcome Pair::sync(const std::string& mode, const std::vector<std::string>& more) {
  std::vector<std::string> words = {"sync", mode, "--json"};
  words.insert(words.end(), more.begin(), more.end());
  return run(words);
}

Outcome Pair::sync_well(const std::string& mode, const std::vector<std::string>& more) {
  Outcome outcome = sync(mode, more);
  EXPECT_EQ(outcome.status, 0) << outcome.everything();
  return outcome;
}

void Pair::wait_until(Place place, const std::string& condition) {
  const auto late = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (value(place, condition) != "t") {
    if (std::chrono::steady_clock::now() > late) {
      ADD_FAILURE() << "this did not come true within a minute: " << condition;
      return;
    }
    value(place, "SELECT pg_sleep(0.01)");
  }
}

}  // namespace support
