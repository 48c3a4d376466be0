#include "engine/catalog/table_schema.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "engine/core/fingerprint.hpp"

namespace engine::catalog {
namespace {

// PostgreSQL converts every type to these on assignment, by its text form.
bool is_text(const Type& type) {
  return type.builtin && (type.name == "text" || type.name == "character varying" || type.name == "character");
}

bool is_array(const Type& type) { return type.name.ends_with("[]"); }

Type element(const Type& array) { return {array.name.substr(0, array.name.size() - 2), "", -1, array.builtin}; }

}  // namespace

const Column* TableSchema::column(const std::string& wanted) const {
  const auto found = std::ranges::find(columns, wanted, &Column::name);
  return found == columns.end() ? nullptr : &*found;
}

const UniqueKey* TableSchema::primary_key() const {
  const auto found = std::ranges::find(unique_keys, true, &UniqueKey::primary);
  return found == unique_keys.end() ? nullptr : &*found;
}

bool TableSchema::identifies(const std::vector<std::string>& key) const {
  if (kind == 'r' && !descendants.empty()) return false;  // an index does not reach the tables that inherit
  const std::set<std::string> wanted(key.begin(), key.end());
  return std::ranges::any_of(unique_keys, [&](const UniqueKey& unique) {
    return std::set<std::string>(unique.columns.begin(), unique.columns.end()) == wanted &&
           std::ranges::all_of(unique.columns, [&](const std::string& name_) {
             const Column* found = column(name_);
             return found && found->not_null;
           });
  });
}

std::vector<std::string> TableSchema::identity() const {
  if (const auto* key = primary_key(); key && identifies(key->columns)) return key->columns;
  for (const auto& unique : unique_keys)
    if (identifies(unique.columns)) return unique.columns;
  return {};
}

std::string TableSchema::hashed(const std::string& column_name) const {
  const Column* found = column(column_name);
  return found ? as_hashed(found->type, found->is_domain) : "";
}

std::string as_hashed(const Type& type, bool is_domain) {
  static const std::set<std::string> plain = {"boolean", "smallint", "integer", "oid", "date", "uuid", "bytea"};
  // PostgreSQL hashes these by what they are worth, some without a sign or half of their bits: their bytes say more
  static const std::map<std::string, std::string> as_bytes = {{"bigint", "int8send"},
                                                              {"numeric", "numeric_send"},
                                                              {"real", "float4send"},
                                                              {"double precision", "float8send"},
                                                              {"interval", "interval_send"},
                                                              {"time without time zone", "time_send"},
                                                              {"time with time zone", "timetz_send"},
                                                              {"timestamp without time zone", "timestamp_send"},
                                                              {"timestamp with time zone", "timestamptz_send"}};
  const std::string cast = "$::" + type.declared;
  if (!type.builtin || is_domain) return "$::text";  // enum labels and the like are numbers of one database
  if (is_array(type)) return "pg_catalog.array_send(" + cast + ")";
  if (type.name.ends_with("multirange")) return "pg_catalog.multirange_send(" + cast + ")";
  if (type.name.ends_with("range")) return "pg_catalog.range_send(" + cast + ")";
  if (type.name == "character") return "pg_catalog.bpcharsend(" + cast + ")";
  if (is_text(type)) return cast + " COLLATE \"C\"";  // under another collation 'a' may be 'A'
  if (plain.contains(type.name)) return cast;
  const auto send = as_bytes.find(type.name);
  return send == as_bytes.end() ? "$::text" : "pg_catalog." + send->second + "(" + cast + ")";
}

std::string TableSchema::hash() const {
  std::string text = std::string(1, kind) + '\n' + access_method + '\n' + descendants + '\n';
  for (const Column& c : columns)
    text += std::to_string(c.number) + ' ' + c.name + '\0' + c.declared_type + '\0' + c.type.declared + '\0' +
            c.generation + '\0' + c.type_definition + '\n';
  return fingerprint(text);
}

const TableSchema* Catalog::table(const QualifiedName& name) const {
  const auto found = tables.find(name);
  return found == tables.end() ? nullptr : &found->second;
}

bool Catalog::can_assign(const Type& from, const Type& to) const {
  if (from.builtin == to.builtin && from.name == to.name) return true;
  if (is_text(to)) return true;
  if (is_array(from) && is_array(to)) return can_assign(element(from), element(to));
  return from.builtin && to.builtin && assignment_casts.contains({from.name, to.name});
}

bool Catalog::can_cast(const Type& from, const Type& to) const {
  if (can_assign(from, to) || is_text(from)) return true;
  if (is_array(from) && is_array(to)) return can_cast(element(from), element(to));
  return from.builtin && to.builtin && casts.contains({from.name, to.name});
}

}  // namespace engine::catalog
