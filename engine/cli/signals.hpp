#pragma once

#include <memory>
#include <stop_token>

namespace engine::cli {

// Turns SIGINT and SIGTERM into a request to stop, for as long as it lives. A second signal ends the process at once.
class Signals {
 public:
  Signals();
  ~Signals();

  std::stop_token token() const;
  // 130 or 143 once a signal came, else 0. From any thread.
  int exit_status() const;

 private:
  struct Waiting;
  std::unique_ptr<Waiting> waiting_;
};

}  // namespace engine::cli
