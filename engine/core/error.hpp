#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace engine {

// Why something did not work. The numbers are the exit statuses of the process and part of the public interface
// (see the table in docs/OPERATING.md): never reuse or renumber one.
enum class ErrorCode {
  internal = 1,         // a defect of pgtide
  usage = 2,            // the call is wrong
  configuration = 3,    // the map or a setting is wrong; nothing was touched
  unavailable = 4,      // a database could not be reached or was lost
  refused = 5,          // rights, environment or schema forbid it; nothing was touched
  already_running = 6,  // another run of this map and direction holds the lock
  partial = 7,          // the table failed; others may be committed
  attention = 8,        // rows wait in quarantine or as conflicts
  difference = 9,       // contents differ, or a table is too old
  not_confirmed = 10,   // a destructive command was not confirmed
  fuse = 11,            // a safety limit stopped a table before it did damage
  state_version = 12,   // the state schema is newer than this program
  interrupted = 130,    // SIGINT
  terminated = 143,     // SIGTERM
};

// The only exception type that crosses the border of a layer. what() is for people: it names the operation and the
// objects, never a password and never the contents of a row.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& what, std::string hint = {})
      : std::runtime_error(what), code_(code), hint_(std::move(hint)) {}

  ErrorCode code() const { return code_; }

  // What the operator can do about it; may be empty.
  const std::string& hint() const { return hint_; }
  Error& hint(std::string text) {
    hint_ = std::move(text);
    return *this;
  }

  // PostgreSQL's five characters, or empty where the error did not come from a server.
  const std::string& sqlstate() const { return sqlstate_; }
  Error& sqlstate(std::string state) {
    sqlstate_ = std::move(state);
    return *this;
  }

  // True when the same transaction may succeed if it is made again, unchanged.
  bool retryable() const { return retryable_; }
  Error& retryable(bool yes) {
    retryable_ = yes;
    return *this;
  }

 private:
  ErrorCode code_;
  std::string hint_;
  std::string sqlstate_;
  bool retryable_ = false;
};

inline int exit_status(ErrorCode code) { return static_cast<int>(code); }

}  // namespace engine
