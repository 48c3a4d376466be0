#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace engine::postgres {

// What one statement returned, as values that outlive the connection. Cells are PostgreSQL's text form.
struct Result {
  struct Column {
    std::string name;
    unsigned type_oid = 0;
    int type_modifier = -1;
  };
  using Cell = std::optional<std::string>;

  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;
  std::int64_t affected = 0;  // as the command tag says
  std::string command;        // SELECT, INSERT, COPY, ...: likewise
  // Of COPY ... TO STDOUT (FORMAT binary): the rows, without header and trailer, and the bytes of the largest.
  std::string sent;
  std::size_t largest_row = 0;

  bool empty() const { return rows.empty(); }
  std::size_t size() const { return rows.size(); }

  // By name. Throws Error(internal) where there is no such row or column, or (all but cell()) the cell is NULL.
  const Cell& cell(std::size_t row, std::string_view column) const;
  const std::string& text(std::size_t row, std::string_view column) const;
  std::int64_t number(std::size_t row, std::string_view column) const;
  bool flag(std::size_t row, std::string_view column) const;
};

// Values of $1, $2, ...; nothing is NULL. Text, and so without NUL bytes.
using Params = std::vector<std::optional<std::string>>;

// An array literal for a parameter: {"a","b"}.
std::string array_literal(const std::vector<std::string>& values);
// The elements of a one-dimensional array in PostgreSQL's text form.
std::vector<std::string> array_elements(std::string_view text);

}  // namespace engine::postgres
