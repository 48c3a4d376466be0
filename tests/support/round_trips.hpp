#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace support {

// Counts the round trips of all connections to one PostgreSQL server, as the client sees them: it is told what the
// client sends at the moment when it sends it, and what the server answers at the moment when that arrives.
//
// A round trip is an answer: bytes of the server that come after bytes of the client. Several statements that are sent
// before anything comes back are one, and what nobody answers (Terminate) is none. Everything up to the first
// ReadyForQuery counts as connecting. A client that goes on sending while an answer comes in may be counted once more
// than it has waited, never less. An encrypted connection stays "connecting", since nothing can be read in it.
//
// Pure: no clock, no thread of its own. Calls must not overlap.
class RoundTrips {
 public:
  using Connection = int;
  using Time = std::chrono::steady_clock::time_point;

  struct Count {
    int connections = 0;
    int connecting = 0;
    int after_connecting = 0;
    // The longest chain of round trips after connecting of which each began when the one before it was answered, on
    // whatever connection: what a delay is paid for, where connections work at the same time.
    int in_sequence = 0;
    // From the first bytes after connecting to the last answer.
    std::chrono::microseconds time{0};
  };

  Connection open();
  void client_says(Connection connection, std::string_view bytes, Time now);
  void server_says(Connection connection, std::string_view bytes, Time now);
  const Count& count() const { return count_; }

 private:
  struct Talk {
    bool is_connected = false, is_encrypted = false;
    bool waits = false;             // the client has spoken and not been answered
    bool wants_one_letter = false;  // it asked for encryption
    int position = 0;               // in the chain
    std::string header;             // the beginning of a message that connects
    std::size_t left = 0;           // bytes of that message that are still to come
  };
  bool reads_ready(Talk& talk, std::string_view bytes);

  Count count_;
  std::map<Connection, Talk> talks_;
  bool has_begun_ = false;
  Time began_;
};

}  // namespace support
