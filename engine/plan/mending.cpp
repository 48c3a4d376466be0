#include <algorithm>
#include <set>

#include "engine/core/names.hpp"
#include "engine/plan/examining.hpp"

// What mends what doctor/ finds.
namespace engine::plan::statements {
namespace {

std::string alter(const QualifiedName& table, const std::string& change) {
  return "ALTER TABLE " + quoted(table) + " " + change + ";";
}

// Partitions have places of their own.
std::string remove_all_but_first(const QualifiedName& table, const std::vector<std::string>& columns,
                                 const std::string& order) {
  std::vector<std::string> given;
  for (const auto& column : columns) given.push_back("t." + quoted(column) + " IS NOT NULL");
  return "DELETE FROM " + quoted(table) +
         " x USING (SELECT t.tableoid AS part, t.ctid AS place, row_number() OVER (PARTITION BY " +
         quoted_list(columns, "t") + " ORDER BY " + order + "t.ctid DESC) AS n FROM " + quoted(table) + " t WHERE " +
         joined(given, " AND ") + ") d WHERE x.tableoid = d.part AND x.ctid = d.place AND d.n > 1;";
}

std::string present(const std::string& type, const std::string& zone) {
  if (type == "timestamp with time zone") return "now()";
  const std::string local = zone.empty() ? "localtimestamp" : "(now() AT TIME ZONE " + literal(zone) + ")";
  return type == "date" ? local + "::date" : local;
}

}  // namespace

std::string remove_duplicates(const TableTask& task, const std::vector<std::string>& columns) {
  std::vector<std::string> names;
  for (const auto& target : columns) {
    const auto column = std::ranges::find(task.columns, target, &Column::target);
    if (column == task.columns.end() || column->role != Role::copied || column->source.empty()) return "";
    names.push_back(column->source);
  }
  std::string order;
  const std::string table = quoted(task.source.name) + ".";
  for (const auto& stamp : task.stamps)
    order += (order.empty() ? "greatest(t." : ", t.") + stamp.column.substr(table.size());
  return remove_all_but_first(task.source, names, order.empty() ? "" : order + ") DESC NULLS LAST, ");
}

std::string remove_duplicates(const QualifiedName& table, const std::vector<std::string>& columns) {
  return remove_all_but_first(table, columns, "");
}

std::string number_the_rest(const QualifiedName& table, const std::string& column) {
  const std::string name = quoted(column);
  return "UPDATE " + quoted(table) + " x SET " + name + " = d.next FROM (SELECT t.tableoid AS part, t.ctid AS place, " +
         "(SELECT coalesce(max(" + name + "), 0) FROM " + quoted(table) + ") + row_number() OVER () AS next FROM " +
         quoted(table) + " t WHERE t." + name + " IS NULL) d WHERE x.tableoid = d.part AND x.ctid = d.place;";
}

std::string remove_without(const QualifiedName& table, const std::string& column) {
  return "DELETE FROM " + quoted(table) + " WHERE " + quoted(column) + " IS NULL;";
}

std::string widen(const QualifiedName& table, const std::string& column, const std::string& type) {
  return change_column(table, column, "TYPE " + type);
}

std::string change_column(const QualifiedName& table, const std::string& column, const std::string& change) {
  return alter(table, "ALTER COLUMN " + quoted(column) + " " + change);
}

std::string make_anew(const QualifiedName& table, const std::string& column, const std::string& type) {
  return alter(table, "DROP COLUMN " + quoted(column)) + " " +
         alter(table, "ADD COLUMN " + quoted(column) + " " + type);
}

std::string create_unique_index(const QualifiedName& table, const std::vector<std::string>& columns,
                                bool concurrently) {
  return "CREATE UNIQUE INDEX " + std::string(concurrently ? "CONCURRENTLY " : "") + "ON " + quoted(table) + " (" +
         quoted_list(columns) + ");";
}

std::string drop_constraint(const QualifiedName& table, const std::string& name) {
  return alter(table, "DROP CONSTRAINT " + quoted(name));
}

std::string create_table(const QualifiedName& table, const catalog::TableSchema& like,
                         const std::map<std::string, std::string>& names, const std::vector<std::string>& key) {
  std::vector<std::string> parts;
  for (const auto& column : like.columns) {
    const auto other = names.find(column.name);
    const bool plain = column.type.builtin || !column.is_domain;
    const bool in_key = std::ranges::find(key, column.name) != key.end();
    parts.push_back("  " + quoted(other == names.end() ? column.name : other->second) + " " +
                    (plain ? column.type.declared : column.declared_type) + (in_key ? " NOT NULL" : ""));
  }
  std::vector<std::string> keys;
  for (const auto& name : key) {
    const auto other = names.find(name);
    keys.push_back(other == names.end() ? name : other->second);
  }
  if (!keys.empty()) parts.push_back("  PRIMARY KEY (" + quoted_list(keys) + ")");
  return "CREATE TABLE " + quoted(table) + " (\n" + joined(parts, ",\n") + "\n);";
}

std::string set_stamps(const QualifiedName& table, const std::string& column, const std::string& type,
                       const std::string& zone, const std::string& which) {
  const std::string name = quoted(column), now = present(type, zone);
  const std::string condition = which == "missing"    ? name + " IS NULL"
                                : which == "infinite" ? "NOT isfinite(" + name + ")"
                                                      : "isfinite(" + name + ") AND " + name + " > " + now +
                                                            " + interval '" + ahead_by(type, !zone.empty()) + "'";
  return "UPDATE " + quoted(table) + " SET " + name + " = " + now + " WHERE " + condition + ";";
}

std::string create_touch_trigger(const QualifiedName& table, const std::string& column, const std::string& type,
                                 const std::string& zone) {
  const std::string function = quoted(QualifiedName{table.schema, "touch_" + table.name + "_" + column});
  return "CREATE OR REPLACE FUNCTION " + function + "() RETURNS trigger LANGUAGE plpgsql AS $touch$ BEGIN NEW." +
         quoted(column) + " := " + present(type, zone) + "; RETURN NEW; END $touch$;\nCREATE TRIGGER " +
         quoted("touch_" + column) + " BEFORE UPDATE ON " + quoted(table) + " FOR EACH ROW EXECUTE FUNCTION " +
         function + "();";
}

}  // namespace engine::plan::statements
