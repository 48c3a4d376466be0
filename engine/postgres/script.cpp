#include "engine/postgres/script.hpp"

#include <algorithm>
#include <cctype>
#include <ranges>

#include "engine/core/error.hpp"
#include "engine/core/names.hpp"

namespace engine::postgres {
namespace {

bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

// Behind the quote that closes the one at `begin`. A doubled quote closes and opens, which comes to the same. A
// backslash means something in E'...' only.
std::size_t end_of_quotes(std::string_view sql, std::size_t begin) {
  const char quote = sql[begin];
  const bool escapes = quote == '\'' && begin > 0 && (sql[begin - 1] == 'E' || sql[begin - 1] == 'e');
  for (std::size_t i = begin + 1; i < sql.size(); ++i) {
    if (escapes && sql[i] == '\\')
      ++i;
    else if (sql[i] == quote)
      return i + 1;
  }
  return sql.size();
}

std::string value_of(std::size_t number, const Params& params) {
  if (number == 0 || number > params.size())
    throw Error(ErrorCode::internal, "a statement has no value for $" + std::to_string(number));
  const auto& value = params[number - 1];
  return value ? literal(*value) : "NULL";
}

}  // namespace

std::string bound(std::string_view sql, const Params& params) {
  std::string text;
  for (std::size_t i = 0; i < sql.size();) {
    const char c = sql[i];
    if (c == '\'' || c == '"') {
      const std::size_t end = end_of_quotes(sql, i);
      text += sql.substr(i, end - i);
      i = end;
    } else if (c == '-' && sql.substr(i, 2) == "--") {
      i = std::min(sql.find('\n', i), sql.size());
    } else if (c == '$' && i + 1 < sql.size() && is_digit(sql[i + 1])) {
      std::size_t number = 0;
      for (++i; i < sql.size() && is_digit(sql[i]); ++i) number = number * 10 + static_cast<std::size_t>(sql[i] - '0');
      text += value_of(number, params);
    } else {
      text += c;
      ++i;
    }
  }
  return text;
}

namespace {

bool has_column(const Result& result, std::string_view column) {
  return std::ranges::find(result.columns, column, &Result::Column::name) != result.columns.end();
}

[[noreturn]] void no_result_has(std::string_view column) {
  throw Error(ErrorCode::internal, "no result has the column " + std::string(column));
}

}  // namespace

Result rows_with(const std::vector<Result>& results, std::string_view column) {
  Result all;
  for (const auto& result : results) {
    if (!has_column(result, column)) continue;
    all.columns = result.columns;
    all.rows.insert(all.rows.end(), result.rows.begin(), result.rows.end());
  }
  if (all.columns.empty()) no_result_has(column);
  return all;
}

const Result& result_with(const std::vector<Result>& results, std::string_view column) {
  for (const auto& result : std::views::reverse(results))
    if (has_column(result, column)) return result;
  no_result_has(column);
}

}  // namespace engine::postgres
