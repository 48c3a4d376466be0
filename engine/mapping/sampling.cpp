#include "engine/mapping/sampling.hpp"

#include <set>

namespace engine::mapping::sampling {
namespace {

std::string are_given(const std::vector<std::string>& columns, const char* what, const char* conjunction) {
  std::vector<std::string> parts;
  for (const auto& column : columns) parts.push_back(quoted(column) + " " + what);
  return joined(parts, conjunction);
}

}  // namespace

std::string count_rows(const QualifiedName& table) {
  return "SELECT count(*) AS rows FROM (SELECT FROM " + quoted(table) + " LIMIT " + std::to_string(most_counted + 1) +
         ") s";
}

std::string count_different(const QualifiedName& table, const std::vector<std::vector<std::string>>& sets,
                            std::int64_t first_rows) {
  std::set<std::string> columns;
  std::string list = "SELECT count(*) AS rows";
  for (std::size_t i = 0; i < sets.size(); ++i) {
    columns.insert(sets[i].begin(), sets[i].end());
    const std::string number = std::to_string(i), complete = are_given(sets[i], "IS NOT NULL", " AND ");
    list += ", count(DISTINCT ROW(" + quoted_list(sets[i]) + ")) FILTER (WHERE " + complete + ") AS d" + number +
            ", count(*) FILTER (WHERE " + complete + ") AS n" + number;
  }
  return list + " FROM (SELECT " + quoted_list({columns.begin(), columns.end()}) + " FROM " + quoted(table) +
         " LIMIT " + std::to_string(first_rows) + ") s";
}

std::string find_repeated(const QualifiedName& table, const std::vector<std::string>& key) {
  return "SELECT (SELECT count(*) FROM (SELECT FROM " + quoted(table) + " WHERE " +
         are_given(key, "IS NOT NULL", " AND ") + " GROUP BY " + quoted_list(key) +
         " HAVING count(*) > 1 LIMIT 1000) r) AS repeated, EXISTS (SELECT FROM " + quoted(table) + " WHERE " +
         are_given(key, "IS NULL", " OR ") + ") AS empty";
}

std::string pick_keys(const QualifiedName& table, const std::vector<std::string>& key) {
  std::vector<std::string> values, order;
  for (const auto& column : key) {
    values.push_back(quoted(column) + "::text");
    order.push_back("t." + quoted(column) + " DESC");
  }
  return "SELECT " + joined(values, ", ") + " FROM " + quoted(table) + " t WHERE " +
         are_given(key, "IS NOT NULL", " AND ") + " ORDER BY " + joined(order, ", ") + " LIMIT " +
         std::to_string(picked_rows);
}

std::string count_found(const QualifiedName& table, const std::vector<std::string>& key) {
  std::vector<std::string> arrays, names, same;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    arrays.push_back("$" + number + "::text[]");
    names.push_back("v" + number);
    same.push_back("t." + quoted(key[i]) + "::text = k.v" + number);
  }
  return "SELECT count(*) AS found FROM unnest(" + joined(arrays, ", ") + ") AS k(" + joined(names, ", ") +
         ") WHERE EXISTS (SELECT FROM " + quoted(table) + " t WHERE " + joined(same, " AND ") + ")";
}

std::string different_values(const QualifiedName& table, const std::string& column) {
  return "SELECT DISTINCT v FROM (SELECT " + quoted(column) + "::text AS v FROM " + quoted(table) + " LIMIT 50000) s " +
         "WHERE v IS NOT NULL AND v <> '' LIMIT " + std::to_string(most_values);
}

}  // namespace engine::mapping::sampling
