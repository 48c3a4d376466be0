#include "engine/core/names.hpp"

#include "engine/core/error.hpp"

namespace engine {
namespace {

void refuse_nul(std::string_view text) {
  if (text.find('\0') != std::string_view::npos)
    throw Error(ErrorCode::configuration, "a name or value contains a NUL byte, which PostgreSQL cannot hold");
}

}  // namespace

std::string quoted(std::string_view name) {
  if (name.empty()) throw Error(ErrorCode::configuration, "a name is empty");
  refuse_nul(name);
  std::string sql = "\"";
  for (const char c : name) {
    if (c == '"') sql += '"';
    sql += c;
  }
  return sql + '"';
}

std::string quoted(const QualifiedName& table) { return quoted(table.schema) + "." + quoted(table.name); }

std::string quoted_list(const std::vector<std::string>& names, std::string_view prefix) {
  std::string list;
  for (const auto& name : names) {
    if (!list.empty()) list += ", ";
    if (!prefix.empty()) list.append(prefix) += '.';
    list += quoted(name);
  }
  return list;
}

std::string literal(std::string_view text) {
  refuse_nul(text);
  const bool backslash = text.find('\\') != std::string_view::npos;
  std::string sql = backslash ? " E'" : "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') sql += c;
    sql += c;
  }
  return sql + '\'';
}

std::string display(const QualifiedName& table, std::string_view usual_schema) {
  return table.schema == usual_schema ? table.name : table.schema + "." + table.name;
}

std::string joined(const std::vector<std::string>& parts, std::string_view separator) {
  std::string text;
  for (const auto& part : parts) {
    if (!text.empty()) text.append(separator);
    text += part;
  }
  return text;
}

}  // namespace engine
