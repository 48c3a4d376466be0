#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/pair.hpp"

namespace support {

struct PoolerOptions {
  std::string mode = "transaction";  // or session
  int size = 4;                      // connections to each of the two databases, shared by all who come through here
  std::string password = {};         // clients must know it; empty: whoever comes is let in
  std::vector<std::string> settings = {};  // NAME = VALUE, of the section [pgbouncer]
};

// A pgbouncer of the test's own on 127.0.0.1, in front of both databases of a pair. Whoever comes through it works as
// postgres, and all share the pool. It ends when the object goes; the pair has to outlive it.
class Pooler {
 public:
  explicit Pooler(const Pair& pair, const PoolerOptions& options = {});

  std::string url(Place place) const;
  int port() const { return port_; }

  // Each server connection of a side's pool, as the one who gets it finds it: its process, every setting, and what a
  // session may leave behind (prepared statements, cursors, temporary tables, advisory locks, channels listened to).
  // All of the pool must be free.
  std::vector<std::string> connections(Place place) const;

 private:
  void write_configuration(const Pair& pair, const PoolerOptions& options) const;
  bool is_ready();

  int size_;
  int port_ = 0;
  std::string password_;
  std::string prefix_;  // of the databases' names here: another pooler that has the port does not know them
  std::filesystem::path folder_;
  std::unique_ptr<Program> program_;
  std::string problem_;
};

}  // namespace support
