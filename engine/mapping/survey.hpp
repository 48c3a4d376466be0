#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/catalog/table_schema.hpp"
#include "engine/core/direction.hpp"

// Proposes a table map from what two databases look like. What is found out (sampler) and what is made of it
// (pairing, columns, key_search, propose) are kept apart: the latter are pure, and see the values below.
namespace engine::mapping {

// What could stand in a map.
struct Relation {
  QualifiedName name;
  char kind = 'r';            // r table, p partitioned, v view, m materialized view, f foreign
  bool has_children = false;  // a plain table from which others inherit
  bool is_child = false;      // inherits from another
  bool has_rules = false;     // on INSERT or UPDATE

  bool is_table() const { return kind == 'r' || kind == 'p'; }
};

// One database.
struct Side {
  std::string database;
  std::string timezone;  // of the sessions of this role
  std::vector<Relation> relations;
  catalog::Catalog catalog;
  std::map<QualifiedName, std::set<std::string>> touched;  // columns that a trigger sets at each change

  const Relation* relation(const QualifiedName& name) const;
};

struct Survey {
  Side desktop;
  Side cloud;

  const Side& at(Place place) const { return place == Place::desktop ? desktop : cloud; }
};

// How many rows there are, as far as somebody counted.
struct RowCount {
  std::int64_t rows = 0;
  bool more = false;   // the count was stopped there
  bool known = false;  // nobody could look: a right is missing, or it took too long

  bool none() const { return known && rows == 0; }
  bool some() const { return known && rows > 0; }
};

// What the rows of a pair of tables say.
struct Facts {
  RowCount desktop, cloud;

  std::vector<std::string> key;   // desktop names; empty: none was found
  std::string key_why;            // where it comes from
  bool key_guessed = false;       // not by constraints on both sides
  std::string key_violated;       // why the key of the cloud cannot be used: the rows violate it
  std::vector<std::string> near;  // columns that mostly identify a row, desktop names
  std::string near_why;

  // Of rows that were picked: how many there were, and how many of them the other side lacks.
  std::int64_t picked_cloud = 0, missing_on_desktop = 0;
  std::int64_t picked_desktop = 0, missing_in_cloud = 0;

  // The values of columns that may say where a row was born, by cloud name.
  std::map<std::string, std::set<std::string>> origin_desktop, origin_cloud;
  std::string trouble;  // what kept us from looking at the rows; empty where nothing did
};

}  // namespace engine::mapping
