#include "engine/plan/sql_parts.hpp"

#include <algorithm>

#include "engine/postgres/errors.hpp"

namespace engine::plan::statements {

std::vector<std::string> target_names(const TableTask& task) {
  std::vector<std::string> names;
  for (const auto& column : task.columns) names.push_back(column.target);
  return names;
}

const std::string& rows_of(const TableTask& task, const TemporaryNames& names) {
  return task.converts() ? names.image : names.stage;
}

std::string staged_by_verdict(const TableTask& task, const TemporaryNames& names, char verdict,
                              const std::string& only) {
  return rows_of(task, names) + " m JOIN " + names.verdict + " v ON v.staged = m.ctid AND v.verdict = '" + verdict +
         "'" + only;
}

std::vector<std::string> inserted_values(const TableTask& task, const std::vector<std::string>& late_columns) {
  std::vector<std::string> values;
  for (const auto& name : target_names(task))
    values.push_back(std::ranges::find(late_columns, name) == late_columns.end() ? "m." + quoted(name) : "NULL");
  return values;
}

std::string number_value(const NumberColumn& column, const std::string& row, std::size_t i) {
  return "(" + row + ".number)[" + std::to_string(i + 1) + "]::" + column.type;
}

std::string number_matches(const TableTask& task, const std::string& row) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < task.number.size(); ++i)
    parts.push_back("t." + quoted(task.number[i].name) + " = " + number_value(task.number[i], row, i));
  return joined(parts, " AND ");
}

std::string as_hashed(const std::string& pattern, const std::string& value) {
  std::string sql = pattern;
  return sql.replace(sql.find('$'), 1, value);
}

std::string hash_of_values(const std::vector<std::string>& values, RowHash how) {
  const std::string row = "ROW(" + joined(values, ", ") + ")";
  return how == RowHash::record ? "pg_catalog.hash_record_extended(" + row + ", 0)"
                                : "pg_catalog.hashtextextended(" + row + "::text COLLATE \"C\", 0)";
}

bool can_hash(const std::vector<std::string>& columns, const HashForms& forms, RowHash how) {
  return std::ranges::all_of(columns, [&](const auto& column) {
    const auto form = forms.find(column);
    return form != forms.end() && (how != RowHash::columns || !form->second.term.empty());
  });
}

std::string hash_by(const std::vector<std::string>& columns, const HashForms& forms, RowHash how,
                    const std::function<std::string(const std::string& column)>& value) {
  if (how == RowHash::columns) {
    std::vector<HashedValue> row;
    for (const auto& column : columns) row.push_back({value(column) + forms.at(column).cast, forms.at(column).term});
    return fast_hash(row);
  }
  std::vector<std::string> values;
  for (const auto& column : columns) values.push_back(as_hashed(forms.at(column).value, value(column)));
  return hash_of_values(values, how);
}

std::string hash_of(const std::string& row, const std::vector<std::string>& columns, const HashForms& forms,
                    RowHash how) {
  return hash_by(columns, forms, how, [&](const std::string& column) { return row + "." + quoted(column); });
}

std::string key_hash(const TableTask& task, const std::string& row) {
  return hash_of(row, task.identity(), task.target_hashed, task.hash);
}

std::string image_hash(const TableTask& task, const std::string& row) {
  return hash_of(row, task.image_columns(), task.target_hashed, task.hash);
}

std::string remembered_by(const TableTask& task, const std::string& hash) {
  return " LEFT JOIN LATERAL (SELECT r.* FROM pgtide.known_row r WHERE r.known_id = " +
         std::to_string(task.memory.known_id) + " AND r.key_hash = " + hash + " OFFSET 0) k ON true";
}

std::string without_nested_loops(const std::string& statements) {
  return "SET LOCAL enable_nestloop = off; " + statements + "; SET LOCAL enable_nestloop TO DEFAULT";
}

std::string images_differ(const TableTask& task, const std::string& but) {
  std::vector<std::string> ours, theirs;
  for (const auto& name : task.image_columns())
    if (name != but) {
      ours.push_back("t." + quoted(name));
      theirs.push_back("m." + quoted(name));
    }
  if (ours.empty()) return "false";
  return "ROW(" + joined(ours, ", ") + ")::record *<> ROW(" + joined(theirs, ", ") + ")::record";
}

std::string same_key(const TableTask& task) {
  std::vector<std::string> plain, nullable_target, nullable_staged;
  for (const auto& key : task.key_columns()) {
    const std::string name = quoted(key.target);
    if (key.nullable_key) {
      nullable_target.push_back("t." + name);
      nullable_staged.push_back("m." + name);
    } else {
      plain.push_back("t." + name + " = m." + name);
    }
  }
  if (!nullable_target.empty())
    plain.push_back("ROW(" + joined(nullable_target, ", ") + ")::record = ROW(" + joined(nullable_staged, ", ") +
                    ")::record");
  return joined(plain, " AND ");
}

std::string is_own_xact(const std::string& own, const std::string& xmin) {
  return "(" + own + ".xid & 4294967295) = " + xmin + "::text::bigint";
}

// By a hash of the ids where these are few, else by the index on them. (`xmin IN (SELECT ...)` would go through all of
// them for each row once they do not fit into work_mem.)
std::string is_ours(const TableTask& task) {
  return "EXISTS (SELECT FROM pgtide.own_xact own WHERE own.map = " + literal(task.map) +
         " AND own.table_name = " + literal(task.title) + " AND " + is_own_xact("own", "t.xmin") + ")";
}

std::string was_there_before(const Extraction& how) {  // an older id (modulo 2^32)
  if (how.known_since < 0) return "false";             // it cannot be told any more
  return "((t.xmin::text::bigint - " + std::to_string(how.known_since) + ") & 4294967295) >= 2147483648";
}

std::string is_born_in_cloud(const TableTask& task) {
  return "t." + quoted(task.origin_column) + "::text IS NOT DISTINCT FROM " + literal(task.origin_cloud);
}

std::string may_be_the_desktops(const TableTask& task) {
  if (task.origin_column.empty()) return "true";
  const std::string column = "t." + quoted(task.origin_column);
  return "(" + column + " IS NULL OR " + column + "::text = " + literal(task.origin_desktop) + ")";
}

std::string row_key(const TableTask& task, const std::string& row) {
  const auto names = task.row_key_columns();
  // of many columns in several parts: a function takes a hundred arguments
  std::vector<std::string> objects, parts;
  for (const auto& name : names) {
    parts.push_back(literal(name) + ", " + row + "." + quoted(name));
    if (parts.size() < 50 && &name != &names.back()) continue;
    objects.push_back("pg_catalog.jsonb_build_object(" + joined(parts, ", ") + ")");
    parts.clear();
  }
  return objects.size() == 1 ? objects[0] : "(" + joined(objects, " || ") + ")";
}

std::string raise_unless_about_a_row(const std::string& sqlstate) {
  std::vector<std::string> classes;
  for (const auto& prefix : postgres::about_something_else) classes.push_back(literal(prefix));
  return "IF " + sqlstate + " <> '54000' AND pg_catalog.left(" + sqlstate + ", 2) IN (" + joined(classes, ", ") +
         ") THEN RAISE; END IF;";
}

std::string row_data(const TableTask& task, const std::string& row) {
  return "(SELECT pg_catalog.to_jsonb(x.*) FROM (SELECT " + quoted_list(target_names(task), row) + ") x)";
}

std::string conflict_is_seen_again() {
  return "ON CONFLICT (map, direction, table_name, hashtextextended(row_key::text, 0), kind) WHERE resolved_at IS NULL "
         "DO UPDATE SET desktop_row = excluded.desktop_row, cloud_row = excluded.cloud_row, local_modified = "
         "excluded.local_modified, "
         "remote_modified = excluded.remote_modified, last_seen_run = excluded.last_seen_run";
}

std::string is_of_another_map(const TableTask& task) {
  std::vector<std::string> claims;
  for (const auto& other : task.memory.others)
    claims.push_back("EXISTS (SELECT FROM pgtide.known_row r WHERE r.known_id = " + std::to_string(other.known_id) +
                     " AND r.key_hash = " + hash_of("t", other.key, task.target_hashed, other.hash) + ")");
  return claims.empty() ? "false" : "(" + joined(claims, " OR ") + ")";
}

std::string may_be_adopted(const TableTask& task, const Extraction& how) {
  return "(" + is_ours(task) + " OR " + was_there_before(how) + " AND " + may_be_the_desktops(task) + " AND NOT " +
         is_of_another_map(task) + ")";
}

}  // namespace engine::plan::statements
