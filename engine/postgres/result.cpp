#include "engine/postgres/result.hpp"

#include <charconv>

#include "engine/core/error.hpp"

namespace engine::postgres {

const Result::Cell& Result::cell(std::size_t row, std::string_view column) const {
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].name == column && row < rows.size()) return rows[row][i];
  throw Error(ErrorCode::internal, "a query returned no row or no column " + std::string(column));
}

const std::string& Result::text(std::size_t row, std::string_view column) const {
  const Cell& value = cell(row, column);
  if (!value) throw Error(ErrorCode::internal, "column " + std::string(column) + " is NULL where it must not be");
  return *value;
}

std::int64_t Result::number(std::size_t row, std::string_view column) const {
  const std::string& digits = text(row, column);
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (problem != std::errc() || end != digits.data() + digits.size())
    throw Error(ErrorCode::internal, "column " + std::string(column) + " is not an integer");
  return value;
}

bool Result::flag(std::size_t row, std::string_view column) const { return text(row, column) == "t"; }

std::string array_literal(const std::vector<std::string>& values) {
  std::string array = "{";
  for (const auto& value : values) {
    if (array.size() > 1) array += ',';
    array += '"';
    for (const char c : value) {
      if (c == '"' || c == '\\') array += '\\';
      array += c;
    }
    array += '"';
  }
  return array + '}';
}

std::vector<std::string> array_elements(std::string_view text) {
  std::vector<std::string> elements;
  if (text.size() < 2 || text.front() != '{') return elements;
  std::string element;
  bool in_quotes = false;
  bool any = false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (in_quotes && c == '\\' && i + 1 < text.size()) {
      element += text[++i];
    } else if (c == '"') {
      in_quotes = !in_quotes;
      any = true;
    } else if (!in_quotes && (c == ',' || c == '}')) {
      if (any || !element.empty()) elements.push_back(element);
      element.clear();
      any = false;
    } else {
      element += c;
    }
  }
  return elements;
}

}  // namespace engine::postgres
