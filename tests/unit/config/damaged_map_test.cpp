#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "engine/config/table_map.hpp"
#include "tests/unit/config/refusal.hpp"

namespace engine::config::test {
namespace {

// A copy of the text with a few characters lost, added, exchanged or repeated, as happens in an editor.
std::string damaged(std::string text, std::mt19937& random) {
  const std::string signs = "[]{}:,-#&*!|>'\"%@` \n\t~?$.\\\xc3";
  for (auto changes = 1 + random() % 4; changes > 0 && !text.empty(); --changes) {
    const std::size_t at = random() % text.size();
    const char sign = signs[random() % signs.size()];
    switch (random() % 4) {
      case 0:
        text.erase(at, 1 + random() % 5);
        break;
      case 1:
        text.insert(at, 1, sign);
        break;
      case 2:
        text[at] = sign;
        break;
      default:
        text.insert(at, text.substr(random() % text.size(), random() % 40));
    }
  }
  return text;
}

std::string without_remarks(const std::string& file) {
  std::ifstream lines(file);
  std::string text;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find_first_not_of(' ');
    if (first != std::string::npos && line[first] != '#') text += line + "\n";
  }
  return text;
}

TEST(DamagedMap, IsReadOrRefusedWithItsPlaceWhateverHappenedToIt) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string text = without_remarks(PGTIDE_SOURCE_DIR "/tablemaps/practice.yaml");
  ASSERT_EQ(refused(text).what, "");
  for (int i = 0; i < 2'000; ++i) {
    const std::string changed = damaged(text, random);
    const std::string what = refused(changed).what;
    ASSERT_TRUE(what.empty() || what.rfind("m.yaml:", 0) == 0) << what << "\n" << changed;
    ASSERT_EQ(what.rfind("m.yaml: ", 0), std::string::npos) << what << "\n" << changed;
  }
}

}  // namespace
}  // namespace engine::config::test
