#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <vector>

namespace engine {

// A table's name, exact: never folded, never quoted.
struct QualifiedName {
  std::string schema;
  std::string name;
  auto operator<=>(const QualifiedName&) const = default;
};

// `na"me` -> `"na""me"`, for SQL. Throws Error(configuration) for an empty name or one with a NUL.
std::string quoted(std::string_view name);
// Spelled out, or a std::string would find std::quoted where <iomanip> is included.
inline std::string quoted(const std::string& name) { return quoted(std::string_view(name)); }
inline std::string quoted(const char* name) { return quoted(std::string_view(name)); }
// `"schema"."name"`
std::string quoted(const QualifiedName& table);
// `"a", "b"`; with a prefix `t`: `t."a", t."b"`
std::string quoted_list(const std::vector<std::string>& names, std::string_view prefix = {});

// A string as an SQL literal that means the same whatever standard_conforming_strings says (the form of libpq's
// PQescapeLiteral). Throws Error(configuration) for a NUL.
std::string literal(std::string_view text);

// For people: `name`, or `schema.name` where the schema is not the usual one.
std::string display(const QualifiedName& table, std::string_view usual_schema);

std::string joined(const std::vector<std::string>& parts, std::string_view separator);

}  // namespace engine
