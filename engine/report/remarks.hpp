#pragma once

#include <string>
#include <vector>

namespace engine::report {

// What is to be said of tables, each once, with the names of all tables that it is true of.
class Remarks {
 public:
  // Nothing where there are no words.
  void add(const std::string& table, const std::string& words);
  // A paragraph for each; empty where there are none.
  std::string text() const;

 private:
  struct Remark {
    std::string words;
    std::vector<std::string> tables;
  };
  std::vector<Remark> remarks_;
};

// Of a large table between two exact passes. Both times are ISO 8601, UTC.
std::string complete_as_of(const std::string& last_sync, const std::string& stamped_until);

}  // namespace engine::report
