#include "engine/config/problem.hpp"

#include <algorithm>
#include <cstddef>

#include "engine/core/names.hpp"

namespace engine::config {
namespace {

constexpr std::size_t longest_shown = 80;
// Longer words are no misspelt keys, and the comparison below takes time by their square.
constexpr std::size_t longest_compared = 40;

char plain(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return c == '-' ? '_' : c;
}

std::string plain(std::string_view word) {
  std::string text;
  for (const char c : word) text += plain(c);
  return text;
}

// Changes of one letter that lead from one word to the other; two neighbours that changed places are one change.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

std::size_t near_enough(std::size_t length) { return length <= 4 ? 1 : length <= 8 ? 2 : 3; }

}  // namespace

void fail(const Mark& mark, const std::string& message, const std::string& hint) {
  throw MapError(mark, message, hint);
}

bool showable(std::string_view text) {
  const bool secret = text.find_first_of("@=") != std::string_view::npos || text.find("://") != std::string_view::npos;
  const bool control = std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  return !secret && !control && text.size() <= longest_shown;
}

std::string shown(std::string_view text) {
  return showable(text) ? "'" + std::string(text) + "'" : std::string("this value");
}

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known) {
  if (word.size() > longest_compared) return std::nullopt;
  std::optional<std::string> best;
  std::size_t least = near_enough(word.size()) + 1;
  for (const auto& candidate : known) {
    const std::size_t changes = distance(plain(word), plain(candidate));
    if (changes >= least) continue;
    least = changes;
    best = candidate;
  }
  return best;
}

std::string known_words_hint(std::string_view word, const std::vector<std::string>& known, const std::string& words) {
  if (const auto meant = nearest(word, known)) return "did you mean '" + *meant + "'?";
  return "the " + words + " here are: " + joined(known, ", ");
}

}  // namespace engine::config
