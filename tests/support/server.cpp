#include "tests/support/server.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <regex>
#include <stdexcept>
#include <thread>

#include "engine/postgres/session.hpp"
#include "tests/support/scratch.hpp"

namespace support {
namespace {

using engine::postgres::Session;

std::string quoted_word(const std::string& word) {
  std::string text = "'";
  for (const char letter : word) text += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return text + "'";
}

std::string output_of(const std::string& command) {
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "re");
  if (!pipe) throw std::runtime_error("cannot run " + command);
  std::string text;
  std::array<char, 4096> buffer;
  while (const auto size = std::fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), size);
  if (::pclose(pipe) != 0) throw std::runtime_error("failed: " + command + "\n" + text);
  return text;
}

std::filesystem::path next_folder() {
  static std::atomic<int> number = 0;
  return scratch_folder() / ("server" + std::to_string(++number));
}

// As long as `done` is false, for a minute.
template <typename Condition>
void wait_until(Condition done, const std::string& what) {
  const auto late = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!done()) {
    if (std::chrono::steady_clock::now() > late) throw std::runtime_error("not within a minute: " + what);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace

Server::Server(Empty, const std::string& binaries) : folder_(next_folder()), binaries_(binaries) {}

Server::Server(const ServerOptions& options) : Server(Empty{}, options.binaries) {
  std::vector<std::string> settings = {"max_prepared_transactions=20", "autovacuum=off", "shared_buffers=64MB",
                                       "password_encryption=scram-sha-256"};
  if (options.durable) settings.insert(settings.end(), {"fsync=on", "full_page_writes=on"});
  settings.insert(settings.end(), options.settings.begin(), options.settings.end());
  start(settings);
}

std::unique_ptr<Server> Server::standby_of(const Server& primary, const ServerOptions& options) {
  std::unique_ptr<Server> standby(new Server(Empty{}, options.binaries));
  // the primary may be restarted: the standby is to be back soon
  std::vector<std::string> settings = {"wal_retrieve_retry_interval=100ms"};
  if (options.durable) settings.insert(settings.end(), {"fsync=on", "full_page_writes=on"});
  settings.insert(settings.end(), options.settings.begin(), options.settings.end());
  standby->start_with({"standby", standby->folder_.string(), primary.folder_.string()}, settings);
  return standby;
}

Server::~Server() {
  try {
    script({"remove", folder_.string()});
  } catch (const std::exception& error) {  // whoever clears up behind the process tries again
    std::fprintf(stderr, "%s\n", error.what());
  }
}

std::string Server::script(const std::vector<std::string>& words) const {
  std::string command = binaries_.empty() ? "" : "PGTIDE_PG_BIN=" + quoted_word(binaries_) + " ";
  command += quoted_word(PGTIDE_SOURCE_DIR "/scripts/cluster.sh");
  for (const auto& word : words) command += " " + quoted_word(word);
  return output_of(command);
}

void Server::start_with(std::vector<std::string> words, const std::vector<std::string>& settings) {
  for (const auto& setting : settings) words.insert(words.end(), {"-c", setting});
  const std::string said = script(words);
  std::smatch port;
  if (!std::regex_search(said, port, std::regex("@127.0.0.1:([0-9]+)/"))) throw std::runtime_error("no URL in " + said);
  port_ = std::stoi(port[1]);
  ++starts_;
}

void Server::start(const std::vector<std::string>& settings) { start_with({"start", folder_.string()}, settings); }
void Server::stop() { script({"stop", folder_.string()}); }

void Server::crash() {
  if (stopped_log_writer_ > 0) {
    // woken to find that it is to quit, else the server would wait for it
    for (const int signal : {SIGQUIT, SIGCONT}) ::kill(stopped_log_writer_, signal);
    stopped_log_writer_ = 0;
  }
  script({"stop", folder_.string(), "--immediate"});
}

void Server::stop_log_writer() {
  const std::string process = value("SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'");
  if (process.empty()) throw std::runtime_error("no WAL writer found");
  stopped_log_writer_ = std::stoi(process);
  if (::kill(stopped_log_writer_, SIGSTOP) != 0) throw std::runtime_error("the WAL writer cannot be stopped");
}

void Server::save(const std::string& name) { script({"save", folder_.string(), name}); }
void Server::restore(const std::string& name) { script({"restore", folder_.string(), name}); }

bool Server::is_running() const {
  try {
    script({"status", folder_.string()});
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

std::string Server::run_program(const std::vector<std::string>& words) const {
  std::vector<std::string> all = {"run", folder_.string()};
  all.insert(all.end(), words.begin(), words.end());
  return script(all);
}

void Server::promote() {
  if (value("SELECT pg_promote()") != "t") throw std::runtime_error("the standby was not promoted within a minute");
}

void Server::wait_for_replay(const Server& primary) const {
  const std::string written = primary.value("SELECT pg_current_wal_lsn()");
  wait_until([&] { return value("SELECT pg_last_wal_replay_lsn() >= '" + written + "'") == "t"; },
             "the standby has replayed " + written);
}

std::string Server::value(const std::string& statements, const std::string& database) const {
  Session session(url(database), engine::Place::desktop);
  const auto results = session.run_script(statements);
  if (results.empty() || results.back().empty()) return "";
  return results.back().rows.front().front().value_or("");
}

std::string Server::url(const std::string& database, const std::string& user) const {
  return "postgresql://" + user + "@127.0.0.1:" + std::to_string(port_) + "/" + database;
}

}  // namespace support
