#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "tests/support/round_trips.hpp"

namespace support {

// A TCP proxy on 127.0.0.1 in front of a server on 127.0.0.1, in a thread of its own: a network that a test can break
// and slow down. All functions may be called from any thread and take effect before they return.
class Proxy {
 public:
  enum class Toward { client, server };

  explicit Proxy(int server_port);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  int port() const;
  std::string url(const std::string& database, const std::string& user = "postgres") const;

  // Once so many bytes more (over all connections together) went in this direction, the connection that carries the
  // last of them is reset on both sides. What lies before the cut is delivered. Once; a new call replaces an older one.
  void cut_after(std::int64_t bytes, Toward direction);
  // Is a cut still to come?
  bool is_cut_due() const;
  // Resets every connection now.
  void cut_all();

  // Closes the door: new connections are refused by the system, those that exist go on.
  void refuse(bool yes);
  // A black hole: connections are accepted and stay open, but nothing passes until it ends; then all arrives.
  void go_silent(bool yes);

  // What a byte takes in one direction, and how many pass in a second in one direction over all connections together.
  // Data on the way are limited by a window of 8 MB a connection.
  void delay(std::chrono::microseconds one_way);
  void limit(std::int64_t bytes_per_second);  // 0: no limit

  // Since the proxy was made, over all connections.
  std::int64_t passed(Toward direction) const;
  int connections() const;
  // Give the proxy a delay to have statements that are sent together counted as one round trip for certain: without it
  // an answer may come in before the client has sent the next.
  RoundTrips::Count round_trips() const;

 private:
  class Network;
  std::unique_ptr<Network> network_;
};

}  // namespace support
