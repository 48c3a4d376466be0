#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "engine/cli/options.hpp"
#include "engine/pipeline/observer.hpp"

namespace engine::cli {

// Prepares the log: to stderr, plain, without colour where stderr is no terminal or NO_COLOR is set.
void set_up_log(const Options& options);

// Tells an operator how a run goes: a line that is rewritten on a terminal, log lines elsewhere. Thread-safe.
class Progress : public pipeline::Observer {
 public:
  explicit Progress(const Options& options);
  ~Progress() override;

  void table_started(const std::string& table, std::int64_t expected_rows) override;
  void table_progress(const std::string& table, std::int64_t rows, std::int64_t bytes) override;
  void table_finished(const pipeline::TableOutcome& outcome) override;
  void table_compared(const std::string& table) override;
  void warning(const std::string& table, const std::string& text) override;

 private:
  using Clock = std::chrono::steady_clock;
  struct Active {
    std::int64_t expected = 0;
    std::int64_t rows = 0;
    Clock::time_point started;
    Clock::time_point logged;
  };
  void show_line();
  void clear_line();

  const bool verbose_;
  const bool terminal_;  // and not quiet
  std::mutex mutex_;
  std::map<std::string, Active> active_;
  Clock::time_point shown_;
  bool line_shown_ = false;
};

}  // namespace engine::cli
