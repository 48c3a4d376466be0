#include <algorithm>
#include <set>
#include <string_view>

#include "engine/plan/sql_parts.hpp"
#include "engine/postgres/result.hpp"

namespace engine::plan::statements {
namespace {

using Values = std::vector<std::vector<std::string>>;

// "{...}" of the i-th value of each.
std::string array_of(const Values& values, std::size_t i) {
  std::vector<std::string> column;
  for (const auto& value : values) column.push_back(value.at(i));
  return literal(postgres::array_literal(column)) + "::text[]";
}

// `unnest(...) alias (v1, v2, ...)`: one row for each.
std::string as_rows(const Values& values, std::size_t width, const std::string& alias, const std::string& more = "") {
  std::vector<std::string> arrays, names;
  for (std::size_t i = 0; i < width; ++i) {
    arrays.push_back(array_of(values, i));
    names.push_back("v" + std::to_string(i + 1));
  }
  if (!more.empty()) names.push_back(more);
  return "unnest(" + joined(arrays, ", ") + ")" + (more.empty() ? "" : " WITH ORDINALITY") + " " + alias + " (" +
         joined(names, ", ") + ")";
}

// ` AND ...`: the row `row` refers to none of the values in `held`. In a form that becomes an anti join.
std::string and_free(const Incoming& table, const std::string& row) {
  std::string sql;
  for (const auto& missing : table.held) {
    if (missing.values.empty()) continue;
    std::vector<std::string> same;
    const auto& columns = missing.key->columns;
    for (std::size_t i = 0; i < columns.size(); ++i)
      same.push_back(row + "." + quoted(columns[i]) + "::text = h.v" + std::to_string(i + 1));
    sql += " AND NOT EXISTS (SELECT FROM " + as_rows(missing.values, columns.size(), "h") + " WHERE " +
           joined(same, " AND ") + ")";
  }
  return sql;
}

const Column& column_of(const TableTask& task, const std::string& name) {
  return *std::ranges::find(task.columns, name, &Column::target);
}

// Whether the source knows how to compare the two.
bool are_comparable(const std::string& one, const std::string& other) {
  static const std::set<std::string_view> numbers = {"smallint", "integer", "bigint",
                                                     "numeric",  "real",    "double precision"};
  static const std::set<std::string_view> texts = {"text", "character varying", "bpchar"};
  return one == other || (numbers.contains(one) && numbers.contains(other)) ||
         (texts.contains(one) && texts.contains(other));
}

// The row that the child `c` refers to is the parent `p`.
std::string refers_to(const TableTask& child, const catalog::ForeignKey& key, const TableTask& parent) {
  std::vector<std::string> same;
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    const bool direct = are_comparable(column_of(child, key.columns[i]).conversion.stage_type,
                                       column_of(parent, key.parent_columns[i]).conversion.stage_type);
    const std::string cast = direct ? "" : "::text";
    same.push_back("p." + quoted(key.parent_columns[i]) + cast + " = c." + quoted(key.columns[i]) + cast);
  }
  return joined(same, " AND ");
}

}  // namespace

std::string find_unsupplied(const Incoming& child, const catalog::ForeignKey& key, const Incoming* parent,
                            std::size_t limit) {
  std::vector<std::string> given, texts, groups;
  for (const auto& column : key.columns) {
    given.push_back("r." + quoted(column) + " IS NOT NULL");
    groups.push_back(std::to_string(groups.size() + 1));
    texts.push_back("c." + quoted(column) + "::text AS value_" + groups.back());
  }
  std::string sql = "SELECT " + joined(texts, ", ") + ", count(*) AS rows FROM (SELECT " +
                    quoted_list(key.columns, "r") + " FROM (" + rows_to_read(*child.task, child.window, child.how) +
                    ") r WHERE " + joined(given, " AND ") + ") c";
  if (parent)
    sql += " WHERE NOT EXISTS (SELECT FROM (" + rows_to_read(*parent->task, parent->window, parent->how) +
           ") p WHERE " + refers_to(*child.task, key, *parent->task) + and_free(*parent, "p") + ")";
  return sql + " GROUP BY " + joined(groups, ", ") + " ORDER BY rows DESC, " + joined(groups, ", ") + " LIMIT " +
         std::to_string(limit);
}

std::string count_held(const Incoming& table) {
  const std::string rows = "(SELECT count(*) FROM (" + rows_to_read(*table.task, table.window, table.how) + ") r";
  return "SELECT " + rows + ") - " + rows + " WHERE true" + and_free(table, "r") + ") AS rows";
}

std::string find_missing(const catalog::ForeignKey& key, const Values& values, bool as_text) {
  std::vector<std::string> fields, same;
  for (std::size_t i = 0; i < key.parent_columns.size(); ++i) {
    const std::string name = quoted(key.parent_columns[i]), value = "v.v" + std::to_string(i + 1);
    fields.push_back(literal(key.parent_columns[i]) + ", " + value);
    same.push_back(as_text ? "t." + name + "::text = " + value : "t." + name + " = x." + name);
  }
  // a record of the parent's, so that its values have its types and collations
  const std::string typed = ", LATERAL pg_catalog.jsonb_populate_record(NULL::" + quoted(key.parent) +
                            ", pg_catalog.jsonb_build_object(" + joined(fields, ", ") + ")) x";
  return "SELECT v.n FROM " + as_rows(values, key.parent_columns.size(), "v", "n") + (as_text ? "" : typed) +
         " WHERE NOT EXISTS (SELECT FROM " + quoted(key.parent) + " t WHERE " + joined(same, " AND ") +
         ") ORDER BY v.n";
}

}  // namespace engine::plan::statements
