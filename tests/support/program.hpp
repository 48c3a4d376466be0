#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace support {

// What a program said and how it ended.
struct Outcome {
  int status = -1;  // its exit status, or 128 and the signal that ended it
  std::string out;
  std::string err;

  // stdout as JSON; a text that is none fails the test with what was said.
  nlohmann::json json() const;

  // Of a sync: the object of one table, by the target's name. Empty, and the test fails, if there is none.
  nlohmann::json table(const std::string& name) const;

  // For messages of failed tests.
  std::string everything() const;
};

using Environment = std::map<std::string, std::string>;

// A program that runs beside the test. It gets this environment and nothing else, with an empty home and an empty
// working directory; pgtide tries nothing again unless PGTIDE_RETRY_FOR says so. Killed if it is still there when the
// object goes.
class Program {
 public:
  Program(const std::vector<std::string>& words, const Environment& environment);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  bool is_running() const;
  void signal(int number) const;
  pid_t pid() const { return pid_; }

  // Waits for its end; kills it after two minutes, which fails the test.
  Outcome wait();

 private:
  std::filesystem::path folder_;
  pid_t pid_ = -1;
  int handle_ = -1;
  bool ended_ = false;
};

}  // namespace support
