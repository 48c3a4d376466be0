#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace support {

// How a server is to be.
struct ServerOptions {
  std::vector<std::string> settings;  // NAME=VALUE, as in postgresql.conf; they win over the usual ones of tests
  bool durable = false;               // fsync and full_page_writes
  std::string binaries;               // the folder of another PostgreSQL than the system's
};

// A throw-away PostgreSQL server of a test's own (scripts/cluster.sh): it listens on 127.0.0.1 and trusts everybody.
// Removed when the object goes, or the process, in whatever way that ends. Every function throws std::runtime_error
// with what the server said where it does not succeed.
class Server {
 public:
  explicit Server(const ServerOptions& options = {});  // running
  // A hot standby, running: by pg_basebackup where the primary runs, else from a copy of its data folder. It has the
  // settings of the primary; `options.settings` come on top.
  static std::unique_ptr<Server> standby_of(const Server& primary, const ServerOptions& options = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // On the same port as before, with the same settings; `settings` are kept from now on.
  void start(const std::vector<std::string>& settings = {});
  void stop();   // in order: sessions are ended, everything is written
  void crash();  // at once: what was not flushed is lost
  // From now on the log is flushed by commits only, not every now and then: so the next crash loses what is behind the
  // last commit.
  void stop_log_writer();
  void restart() { stop(), start(); }
  bool is_running() const;

  // The data of the stopped server under that name, and back: a restored backup. After crash() what is kept is what a
  // snapshot of the machine would hold.
  void save(const std::string& name);
  void restore(const std::string& name);

  // For a standby: ends recovery and waits until it can be written.
  void promote();
  // Waits until this standby shows everything that had committed on the primary (with synchronous_commit on).
  void wait_for_replay(const Server& primary) const;

  // The only cell of what the last of these statements returns, on a connection of its own; empty if there is none.
  std::string value(const std::string& statements, const std::string& database = "postgres") const;
  // Calls a program of that PostgreSQL in the data folder, as the server's user.
  std::string run_program(const std::vector<std::string>& words) const;

  int port() const { return port_; }
  std::string url(const std::string& database = "postgres", const std::string& user = "postgres") const;
  // Readable for the tests where they run as root or as the server's user.
  std::filesystem::path data() const { return folder_ / "data"; }
  // How often it was started: connections from before are gone.
  int starts() const { return starts_; }

 private:
  struct Empty {};
  explicit Server(Empty, const std::string& binaries);
  std::string script(const std::vector<std::string>& words) const;
  void start_with(std::vector<std::string> words, const std::vector<std::string>& settings);

  std::filesystem::path folder_;
  std::string binaries_;
  int port_ = 0;
  int starts_ = 0;
  int stopped_log_writer_ = 0;  // a process
};

}  // namespace support
