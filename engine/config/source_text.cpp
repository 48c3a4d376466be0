#include "engine/config/source_text.hpp"

#include <algorithm>

namespace engine::config {
namespace {

// The value behind `&anchor` and `!tag`.
std::string_view without_properties(std::string_view value) {
  while (!value.empty() && (value[0] == '&' || value[0] == '!')) {
    value.remove_prefix(std::min(value.find_first_of(" \t\r\n"), value.size()));
    value.remove_prefix(std::min(value.find_first_not_of(" \t\r\n"), value.size()));
  }
  return value;
}

}  // namespace

Mark SourceText::mark(const Spot& spot) {
  if (spot.line == 0) return Mark{file_};
  return Mark{file_, spot.line, characters_before(offset(spot)) + 1};
}

Mark SourceText::dash_before(const Spot& spot) {
  std::size_t end = offset(spot);
  int line = spot.line;
  for (;;) {
    const std::size_t begin = line_begin(end);
    const std::size_t first = text_.find_first_not_of(" \t\r", begin);
    if (first < end && text_[first] == '-') return Mark{file_, line, static_cast<int>(first - begin) + 1};
    if (begin == 0) return mark(spot);
    end = begin - 1;
    --line;
  }
}

bool SourceText::tab_in_indentation(const Spot& spot) const {
  const std::size_t begin = line_begin(offset(spot));
  const std::string_view line = text_.substr(begin);
  return line.substr(0, line.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
}

std::size_t SourceText::line_begin(std::size_t offset) const {
  const std::size_t found = offset == 0 ? std::string_view::npos : text_.rfind('\n', offset - 1);
  return found == std::string_view::npos ? 0 : found + 1;
}

std::size_t SourceText::line_begin_from_here(std::size_t offset) const {
  if (offset < counted_) return line_begin(offset);
  const std::size_t found = text_.substr(counted_, offset - counted_).rfind('\n');
  return found == std::string_view::npos ? counted_line_ : counted_ + found + 1;
}

// Goes on where the last count ended: counting from the beginning of a line each time would take the square of its
// length.
int SourceText::characters_before(std::size_t offset) {
  const std::size_t begin = line_begin_from_here(offset);
  if (begin != counted_line_) {
    counted_line_ = counted_ = begin;
    characters_ = 0;
  }
  for (; counted_ < offset; ++counted_) characters_ += starts_character(counted_);
  for (; counted_ > offset; --counted_) characters_ -= starts_character(counted_ - 1);
  return characters_;
}

bool begins_with_null(std::string_view value) {
  value = without_properties(value);
  for (const std::string_view word : {"~", "null", "Null", "NULL"}) {
    if (value.substr(0, word.size()) != word) continue;
    const std::string_view rest = value.substr(word.size());
    if (rest.empty() || std::string_view(" \t\r\n,]}:").find(rest[0]) != std::string_view::npos) return true;
  }
  return false;
}

bool quotes_are_closed(std::string_view value) {
  value = without_properties(value);
  if (value.empty() || (value[0] != '\'' && value[0] != '"')) return true;
  const char quote = value[0];
  for (std::size_t i = 1; i < value.size(); ++i) {
    if (quote == '"' && value[i] == '\\') {
      ++i;
    } else if (value[i] == quote) {
      const bool doubled = quote == '\'' && value.substr(i + 1, 1) == "'";
      if (!doubled) return true;
      ++i;
    }
  }
  return false;
}

}  // namespace engine::config
