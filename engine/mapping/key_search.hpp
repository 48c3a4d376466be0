#pragma once

#include <string>
#include <vector>

#include "engine/catalog/table_schema.hpp"
#include "engine/mapping/columns.hpp"

namespace engine::mapping {

// Which columns may identify a row: what is worth a test on the data. Pure.
struct KeyCandidates {
  // A primary key, or a unique index of columns that are never NULL, whose columns both sides have.
  struct Declared {
    std::vector<std::string> key;  // desktop names
    bool by_desktop = false;       // kept there by a constraint
    bool by_cloud = false;
    bool primary_in_cloud = false;
  };
  std::vector<Declared> declared;                // the most trustworthy first
  std::vector<std::vector<std::string>> likely;  // desktop names; the most likely first
  std::vector<std::vector<std::string>> near;    // further sets that may mostly identify a row
  std::vector<std::string> named_as_key;  // columns whose name says that they are it: `id`, `client_id` of clients
  std::vector<std::string> if_empty;      // what to take where no row can prove anything; may be empty
};

KeyCandidates key_candidates(const catalog::TableSchema& desktop, const catalog::TableSchema& cloud,
                             const ColumnPairs& columns);

}  // namespace engine::mapping
