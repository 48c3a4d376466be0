#pragma once

#include <cstdint>
#include <string>

namespace engine::pipeline {

struct TableOutcome;

// Is told what a run is doing. Called from several threads at once: implementations lock.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void table_started(const std::string& /*table*/, std::int64_t /*expected_rows*/) {}
  virtual void table_progress(const std::string& /*table*/, std::int64_t /*rows*/, std::int64_t /*bytes*/) {}
  virtual void table_finished(const TableOutcome&) {}
  // A table that was only looked at.
  virtual void table_compared(const std::string& /*table*/) {}
  // Something an operator should know; `table` may be empty.
  virtual void warning(const std::string& /*table*/, const std::string& /*text*/) {}
};

}  // namespace engine::pipeline
