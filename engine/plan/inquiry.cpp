#include <algorithm>

#include "engine/plan/sql_parts.hpp"

// What is to be known of one row that somebody asks about. The columns of these queries that are given to no name of
// the map's are for pipeline/inquiry.
namespace engine::plan::statements {
namespace {

constexpr const char* id_mask = "4294967295";  // ids in rows are modulo 2^32

std::string is(const std::string& expression, const std::optional<std::string>& value, bool by_text) {
  if (!value) return "(" + expression + ") IS NULL";
  // As jsonb shows it: without a key a column may be of a type that has no equality.
  if (by_text) return "pg_catalog.jsonb_build_object('v', " + expression + ") ->> 'v' = " + literal(*value);
  return "(" + expression + ") = " + literal(*value);  // an untyped literal takes the type of the expression
}

std::string sent(const TableTask& task, const std::string& name) {
  const auto column = std::ranges::find(task.columns, name, &Column::target);
  return column == task.columns.end() ? quoted(task.source.name) + "." + quoted(name) : column->conversion.sent;
}

std::string is_in_source(const TableTask& task, const NamedRow& row) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : row) parts.push_back(is(sent(task, name), value, task.keyless));
  return joined(parts, " AND ");
}

std::string is_in_target(const TableTask& task, const NamedRow& row) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : row) parts.push_back(is("t." + quoted(name), value, task.keyless));
  return joined(parts, " AND ");
}

std::string from_source(const TableTask& task, bool with_join) {
  return " FROM " + quoted(task.source) + (with_join && !task.join.empty() ? " " + task.join : "");
}

// What names the row needs more than the source table.
bool is_named_by_join(const TableTask& task, const NamedRow& row) {
  return std::ranges::any_of(task.columns, [&](const Column& column) {
    return column.role != Role::copied &&
           std::ranges::any_of(row, [&](const auto& named) { return named.first == column.target; });
  });
}

std::string value_of(const std::optional<std::string>& value) { return value ? literal(*value) : "NULL"; }

// All that is remembered of the table, with the condition that it is this row.
std::string memory(const TableTask& task, const std::string& hash) {
  const std::string id = std::to_string(task.memory.known_id);
  return "(SELECT r.key_hash, r.image, r.soft_deleted, 0 AS pack FROM pgtide.known_row r WHERE r.known_id = " + id +
         " AND r.key_hash = " + hash +
         " UNION ALL SELECT l.key_hash, l.image, false, l.pack FROM pgtide.known_loaded l WHERE l.known_id = " + id +
         " AND l.key_hash = " + hash + " ORDER BY pack DESC LIMIT 1)";
}

}  // namespace

std::string count_source_rows(const TableTask& task, const NamedRow& row) {
  return "SELECT count(*) AS rows" + from_source(task, is_named_by_join(task, row)) + " WHERE " +
         is_in_source(task, row);
}

std::string look_at_source(const TableTask& task, const NamedRow& row, bool has_where,
                           const std::optional<capture::Cursor>& cursor, capture::Xid until) {
  const auto conditions = source_conditions(task);
  std::vector<std::string> where, origin, brought;
  for (std::size_t i = 0; i < conditions.size(); ++i)
    (i >= task.conditions.size() ? brought : has_where && i == 0 ? where : origin).push_back(conditions[i]);
  const auto fails = [](const std::vector<std::string>& parts, const char* name) {
    return ", count(*) FILTER (WHERE " + (parts.empty() ? "false" : "(" + joined(parts, " AND ") + ") IS NOT TRUE") +
           ") AS " + name;
  };
  return "SELECT count(*) AS joined, count(*) FILTER (WHERE " +
         (conditions.empty() ? "true" : joined(conditions, " AND ")) + ") AS selected" + fails(where, "out_by_where") +
         fails(origin, "out_by_origin") + fails(brought, "brought") + ", count(*) FILTER (WHERE " +
         is_known_to_opposite(task) + ") AS known, count(*) FILTER (WHERE " +
         (cursor && task.has_xmin ? is_news_since(task, *cursor, until) : "false") + ") AS fresh" +
         from_source(task, true) + " WHERE " + is_in_source(task, row);
}

std::string read_source_values(const TableTask& task, const NamedRow& row, std::size_t limit) {
  std::vector<std::string> list;
  for (const auto& column : task.columns)
    list.push_back("(" + column.conversion.sent + ")::text AS " + quoted(column.target));
  if (task.keyless && task.direction == Direction::reverse)
    list.push_back(hash_of(quoted(task.source.name), task.identity(), task.source_hashed, task.hash) +
                   " AS number_hash");
  auto conditions = source_conditions(task);
  conditions.push_back(is_in_source(task, row));
  return "SELECT " + joined(list, ", ") + from_source(task, true) + " WHERE " + joined(conditions, " AND ") +
         " LIMIT " + std::to_string(limit);
}

std::string stage_values(const TableTask& task, const TemporaryNames& names,
                         const std::vector<std::vector<std::optional<std::string>>>& rows) {
  std::string sql;
  for (const auto& row : rows) {
    std::vector<std::string> values;
    for (const auto& value : row) values.push_back(value_of(value));
    sql += (sql.empty() ? "INSERT INTO " : "; INSERT INTO ") + names.stage + " (" + quoted_list(target_names(task)) +
           ") VALUES (" + joined(values, ", ") + ")";
  }
  return sql;
}

std::string stage_name(const TableTask& task, const TemporaryNames& names, const NamedRow& row) {
  std::vector<std::string> columns, values;
  const auto fed = target_names(task);
  for (const auto& [name, value] : row) {
    if (std::ranges::find(fed, name) == fed.end()) continue;
    columns.push_back(quoted(name));
    values.push_back(value_of(value));
  }
  return "INSERT INTO " + names.stage +
         (columns.empty() ? " DEFAULT VALUES"
                          : " (" + joined(columns, ", ") + ") VALUES (" + joined(values, ", ") + ")");
}

std::string look_at_target(const TableTask& task, const TemporaryNames& names, const NamedRow& row,
                           const Extraction& how, std::size_t limit) {
  std::vector<std::string> columns;
  const auto image = task.image_columns();
  for (const auto& name : image)
    columns.push_back("CASE WHEN ROW(t." + quoted(name) + ")::record *<> ROW(m." + quoted(name) + ")::record THEN " +
                      literal(name) + " END");
  const std::string rows = rows_of(task, names);
  // Without a key, in reverse, nothing leads from the desktop's row to what is remembered.
  const bool told_by_row = !task.keyless || task.direction == Direction::forward;
  return "SELECT " + is_ours(task) +
         " AS ours, (SELECT max(own.run_id) FROM pgtide.own_xact own WHERE own.map = " + literal(task.map) +
         " AND own.table_name = " + literal(task.title) + " AND own.xid & " + id_mask +
         " = t.xmin::text::bigint) AS run_id, " + (task.origin_column.empty() ? "false" : is_born_in_cloud(task)) +
         " AS cloud, " + was_there_before(how) +
         " AS before, k.key_hash IS NOT NULL AS remembered, coalesce(k.image = " + image_hash(task, "t") +
         ", false) AS as_agreed, coalesce(k.soft_deleted, false) AS soft_deleted, EXISTS (SELECT "
         "FROM " +
         rows + " m WHERE NOT (" + images_differ(task) + ")) AS equal, CASE WHEN (SELECT count(*) FROM " + rows +
         ") = 1 THEN (SELECT array_remove(ARRAY[" + joined(columns, ", ") + "]::text[], NULL) FROM " + rows +
         " m) ELSE '{}' END AS columns FROM " + quoted(task.target) + " t LEFT JOIN LATERAL " +
         memory(task, told_by_row ? key_hash(task, "t") : "NULL") + " k ON true WHERE " + is_in_target(task, row) +
         " LIMIT " + std::to_string(limit);
}

std::string count_target_rows(const TableTask& task, const NamedRow& row) {
  return "SELECT count(*) AS rows FROM " + quoted(task.target) + " t WHERE " + is_in_target(task, row);
}

std::string look_into_memory(const TableTask& task, const TemporaryNames& names, const std::string& number_hash) {
  const std::string hash = !number_hash.empty() ? number_hash + "::bigint"
                           : task.keyless       ? "NULL"
                                                : key_hash(task, "m");
  return "SELECT k.key_hash IS NOT NULL AS remembered, coalesce(k.image = " + image_hash(task, "m") +
         ", false) AS as_agreed, coalesce(k.soft_deleted, false) AS soft_deleted, " + row_key(task, "m") +
         " AS row_key, md5((" + row_data(task, "m") + ")::text) AS contents FROM " + rows_of(task, names) +
         " m LEFT JOIN LATERAL " + memory(task, hash) + " k ON true LIMIT 1";
}

std::string name_by_number(const TableTask& task, const NamedRow& number) {
  return "SELECT " + row_key(task, "t") + " AS row_key FROM " + quoted(task.target) + " t WHERE " +
         is_in_target(task, number);
}

}  // namespace engine::plan::statements
