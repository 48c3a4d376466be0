#include "engine/mapping/likeness.hpp"

#include <algorithm>
#include <string_view>

namespace engine::mapping {
namespace {

constexpr std::size_t shortest_part = 4;

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
char lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_part_of_a_word(char c) {
  return is_upper(c) || is_lower(c) || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

// English, and roughly: both names go through it, so that it need not be right.
std::string singular(std::string word) {
  const auto ends = [&](std::string_view end) { return word.size() > end.size() + 1 && word.ends_with(end); };
  if (ends("ies")) return word.substr(0, word.size() - 3) + "y";
  for (const char* plural : {"sses", "xes", "ches", "shes"})
    if (ends(plural)) return word.substr(0, word.size() - 2);
  if (word.size() > 3 && ends("s") && !ends("ss") && !ends("us") && !ends("is")) word.pop_back();
  return word;
}

}  // namespace

std::vector<std::string> words_of(const std::string& name) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(singular(std::move(word)));
    word.clear();
  };
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (!is_part_of_a_word(c)) {
      end_word();
      continue;
    }
    // aB and ABc: a word begins at B
    const bool begins =
        is_upper(c) && i > 0 &&
        (is_lower(name[i - 1]) || (is_upper(name[i - 1]) && i + 1 < name.size() && is_lower(name[i + 1])));
    if (begins) end_word();
    word += lower(c);
  }
  end_word();
  return words;
}

std::string plain(const std::string& name) {
  std::string text;
  for (const auto& word : words_of(name)) text += word;
  return text;
}

bool one_contains_the_other(const std::string& one, const std::string& other) {
  const std::string& longer = one.size() >= other.size() ? one : other;
  const std::string& shorter = one.size() >= other.size() ? other : one;
  return shorter.size() >= shortest_part && longer.find(shorter) != std::string::npos;
}

}  // namespace engine::mapping
