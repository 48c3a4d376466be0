#pragma once

#include <string>
#include <vector>

#include "engine/catalog/table_schema.hpp"

namespace engine::mapping {

struct ColumnPair {
  std::string desktop;
  std::string cloud;
  bool operator==(const ColumnPair&) const = default;
};

// Which column of one table is which of the other.
struct ColumnPairs {
  std::vector<ColumnPair> same;  // in the order of the desktop; with other names where `renamed`
  std::vector<std::string> only_desktop;
  std::vector<std::string> only_cloud;

  // The other side's name; empty where it has no such column.
  std::string in_cloud(const std::string& desktop) const;
  std::string on_desktop(const std::string& cloud) const;
};

// Names that are the same, else that mean the same (first_name, FirstName), if no other column could be meant and the
// types are of one kind. Pure.
ColumnPairs pair_columns(const catalog::TableSchema& desktop, const catalog::TableSchema& cloud);

// `text`, `number`, `moment`, ...: types of one kind hold the same sort of thing.
std::string kind_of(const catalog::Type& type);

}  // namespace engine::mapping
