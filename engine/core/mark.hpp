#pragma once

#include <string>

namespace engine {

// A place in a file that a person wrote; line and column count from 1, 0 means the file as a whole.
struct Mark {
  std::string file;
  int line = 0;
  int column = 0;

  // `file:line:column`, as compilers print it.
  std::string text() const {
    if (line == 0) return file;
    return file + ":" + std::to_string(line) + ":" + std::to_string(column);
  }
  bool operator==(const Mark&) const = default;
};

}  // namespace engine
