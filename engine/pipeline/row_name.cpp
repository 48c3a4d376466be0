#include "engine/pipeline/row_name.hpp"

#include <algorithm>

#include "engine/core/error.hpp"
#include "engine/plan/plan.hpp"
#include "engine/state/known_rows.hpp"
#include "engine/state/waiting.hpp"

namespace engine::pipeline {
namespace {

bool is_one_of(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

std::string example(const NamingColumns& columns) {
  if (columns.names.empty()) return "write it as a JSON object: {\"column\": \"value\", ...}";
  std::string values, object;
  for (const auto& name : columns.names) {
    values += (values.empty() ? "" : ",") + std::string("VALUE");
    object += (object.empty() ? "\"" : ", \"") + name + "\": \"VALUE\"";
  }
  std::string text = "write " + values + " (" + joined(columns.names, ", ") + "), or a JSON object: '{" + object + "}'";
  if (!columns.number.empty()) text += "; or the number that the cloud gave it: '{\"" + columns.number[0] + "\": 5}'";
  return text;
}

[[noreturn]] void refuse(const config::Table& table, const std::string& problem, const NamingColumns& columns) {
  const std::string of = columns.names.empty()
                             ? ""
                             : "; a row of table " + table.desktop.name + " is named by " + joined(columns.names, ", ");
  throw Error(ErrorCode::usage, problem + of, example(columns));
}

RowName read_values(const std::string& text, const config::Table& table, const NamingColumns& columns) {
  if (columns.names.empty())
    refuse(table, "which columns the values of the key belong to cannot be told for table " + table.desktop.name,
           columns);
  std::vector<std::string> values;
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find(',', begin);
    values.push_back(text.substr(begin, end - begin));
    if (end == std::string::npos) break;
    begin = end + 1;
  }
  if (values.size() != columns.names.size())
    refuse(table,
           "the key has " + std::to_string(values.size()) + (values.size() == 1 ? " value" : " values") + " where " +
               std::to_string(columns.names.size()) + (columns.names.size() == 1 ? " is needed" : " are needed"),
           columns);
  RowName name;
  for (std::size_t i = 0; i < values.size(); ++i) name.emplace_back(columns.names[i], values[i]);
  return name;
}

}  // namespace

std::string on_target(const config::Table& table, Direction direction, const std::string& column,
                      const NamingColumns& columns) {
  if (is_one_of(columns.names, column)) return column;
  for (const auto& rename : table.rename) {
    if (direction == Direction::forward && rename.desktop == column) return rename.cloud;
    if (direction == Direction::reverse && rename.cloud == column) return rename.desktop;
  }
  return column;
}

RowName read_row_name(postgres::Session& session, const std::string& text, const config::Table& table,
                      Direction direction, const NamingColumns& columns) {
  const auto first = text.find_first_not_of(" \t\n");
  if (first == std::string::npos) refuse(table, "the key is empty", columns);
  if (text[first] != '{') return read_values(text, table, columns);
  RowName given = state::read_object(session, text), name;
  std::vector<std::string> names;
  for (const auto& [column, value] : given) names.push_back(column);
  std::ranges::sort(names);
  std::vector<std::string> number = columns.number;
  std::ranges::sort(number);
  if (!number.empty() && names == number) return given;
  for (const auto& [column, value] : given) {
    const std::string there = on_target(table, direction, column, columns);
    if (!columns.names.empty() && !is_one_of(columns.names, there))
      refuse(table, "column " + column + " does not name a row", columns);
    name.emplace_back(there, value);
  }
  if (name.empty() || (!columns.names.empty() && name.size() != columns.names.size()))
    refuse(table, "the key lacks a column", columns);
  return name;
}

NamingColumns naming_columns(postgres::Session& target, const config::TableMap& map, const config::Table& table,
                             Direction direction) {
  NamingColumns columns;
  const bool keyless = table.key_choice == config::KeyChoice::none;
  const auto renamed = [&](const std::vector<config::Name>& names) {
    for (const auto& name : names)
      columns.names.push_back(direction == Direction::forward ? on_target(table, direction, name.text, {}) : name.text);
  };
  if (keyless) {
    renamed(table.match);
    return columns;
  }
  const auto known = state::read_known_tables(target, {map.name, direction});
  if (const auto found = known.find(plan::title_of(map, table, direction));
      found != known.end() && !found->second.keyless)
    columns.names = found->second.key_columns;
  else
    renamed(table.key);
  return columns;
}

}  // namespace engine::pipeline
