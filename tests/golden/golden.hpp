#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace engine::test {

// Compares a text with tests/golden/`name`. With PGTIDE_REWRITE_GOLDEN=1 in the environment the file is written
// instead: read the difference in git before committing it.
inline void expect_golden(const std::string& name, const std::string& text) {
  const std::string file = std::string(PGTIDE_SOURCE_DIR "/tests/golden/") + name;
  if (std::getenv("PGTIDE_REWRITE_GOLDEN") != nullptr) {
    std::ofstream(file) << text;
    return;
  }
  std::ostringstream golden;
  golden << std::ifstream(file).rdbuf();
  EXPECT_EQ(text, golden.str()) << "differs from " << file
                                << "; if that is meant, run again with PGTIDE_REWRITE_GOLDEN=1";
}

}  // namespace engine::test
