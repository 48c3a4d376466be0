#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/names.hpp"

namespace engine::catalog {

// What tables look like, as values: read once a run, judged by plan/ without a server.

// A type as it matters for copying. A domain stands for what it is made of.
struct Type {
  std::string name;      // without its modifier: `character varying`
  std::string declared;  // with it: `character varying(50)`
  int modifier = -1;     // as in pg_attribute.atttypmod
  bool builtin = true;   // of pg_catalog: every server knows it, and its binary form
  bool operator==(const Type&) const = default;
};

struct Column {
  std::string name;
  int number = 0;             // pg_attribute.attnum: a column that was dropped and added again has another
  std::string declared_type;  // as the table says it, domains by their name
  Type type;
  bool is_domain = false;
  bool not_null = false;
  bool has_default = false;
  char identity = 0;  // 'a' always, 'd' by default, 0 none
  bool generated = false;
  std::string sequence;          // quoted and qualified; empty unless one feeds the DEFAULT or the identity
  std::string generation;        // the expression of a generated column
  std::string value_by_default;  // SQL of the DEFAULT or of the identity's next number; empty where there is none
  std::string type_definition;   // enum labels, fields and the like; empty for built-in types
  std::string locked_sequence;   // quoted and qualified: one that a new value needs and this role may not use

  // The sequence moves by itself: the column has a value where none is given.
  bool has_value_of_its_own() const { return has_default || identity != 0 || generated || !not_null; }
};

struct UniqueKey {
  std::string name;
  bool primary = false;
  std::vector<std::string> columns;
};

struct ForeignKey {
  std::string name;
  QualifiedName parent;
  std::vector<std::string> columns;
  bool deferrable = false;
  std::vector<std::string> parent_columns = {};
  bool of_all_rows = true;     // not of a partition alone, nor by way of one
  bool can_see_parent = true;  // each of its rows
  bool indirect = false;       // the parent stands above the partition that the key refers to
  bool enforced = true;        // a row is refused whose parent is missing, and `=` says whether it is
  bool validated = true;       // the rows that are there keep it
};

// A foreign key of another table, or of the same, that refers to a table.
struct Referrer {
  QualifiedName child;
  std::vector<std::string> child_columns;
  std::vector<std::string> columns;  // of the table that is referred to
  bool can_select = true;
  bool row_security = false;  // would hide rows from this role
};

// How a value of this type enters a hash: SQL with $ in place of the value, of which equal means the same in every
// byte, wherever the value comes from.
std::string as_hashed(const Type& type, bool is_domain);

struct TableSchema {
  QualifiedName name;
  std::uint32_t oid = 0;
  char kind = 'r';  // r table, p partitioned, v view, m materialized view, f foreign
  std::string access_method;
  bool foreign_parts = false;  // a partition or child is no plain heap table
  bool row_security = false;   // would hide rows from this role
  bool can_use_schema = true;  // the one it lies in
  bool can_select = true;
  bool can_insert = true;
  bool can_update = true;
  bool can_delete = true;
  bool insert_trigger = false;      // a BEFORE trigger may change rows that are inserted; of partitions too
  bool update_trigger = false;      // ... updated
  bool reacts = false;              // triggers of users, of whatever kind and also disabled ones, or rules
  std::int64_t estimated_rows = 0;  // as the last ANALYZE found, -1: not known
  std::int64_t bytes = -1;          // on disk, partitions and children included; -1: not known
  std::string descendants;          // partitions and children, by oid
  std::vector<Column> columns;
  std::vector<UniqueKey> unique_keys;
  std::vector<ForeignKey> foreign_keys;
  std::vector<Referrer> referrers;

  const Column* column(const std::string& name_) const;
  const UniqueKey* primary_key() const;
  // Columns that identify each row and are never NULL: the primary key, else another such index. Empty: there are none.
  std::vector<std::string> identity() const;
  // True if a unique index of NOT NULL columns consists of just these columns, in any order.
  bool identifies(const std::vector<std::string>& key) const;
  // The rows' transaction ids tell which are new: plain tables on heaps only.
  bool has_usable_xmin() const {
    return (kind == 'r' || kind == 'p') && !foreign_parts && (access_method.empty() || access_method == "heap");
  }
  // as_hashed() of a column. Empty where there is no such column.
  std::string hashed(const std::string& column_name) const;
  // Columns, types, labels, generated expressions, partitions: with another hash contents may have changed without a
  // trace in the rows, see exactness in docs/ARCHITECTURE.md.
  std::string hash() const;
};

// Who asks.
struct Role {
  std::string name;      // quoted where it must be
  std::string database;  // the same
  bool can_make_temporary = true;
};

struct Catalog {
  int server_version = 0;  // as server_version_num: 150004
  std::string encoding;    // of the database: UTF8
  Role role;
  std::map<QualifiedName, TableSchema> tables;
  std::set<std::pair<std::string, std::string>> assignment_casts;  // of built-in types, by name
  std::set<std::pair<std::string, std::string>> casts;             // these and those that must be asked for

  const TableSchema* table(const QualifiedName& name) const;
  bool can_assign(const Type& from, const Type& to) const;
  bool can_cast(const Type& from, const Type& to) const;
};

}  // namespace engine::catalog
