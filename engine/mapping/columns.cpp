#include "engine/mapping/columns.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "engine/mapping/likeness.hpp"

namespace engine::mapping {
namespace {

using catalog::Column;
using catalog::TableSchema;

// The columns that have no partner yet, by their plain name; none where two have the same.
std::map<std::string, const Column*> unpaired(const TableSchema& table, const std::set<std::string>& taken) {
  std::map<std::string, const Column*> columns;
  for (const auto& column : table.columns) {
    if (taken.contains(column.name)) continue;
    const auto [place, is_new] = columns.emplace(plain(column.name), &column);
    if (!is_new) place->second = nullptr;
  }
  return columns;
}

}  // namespace

std::string kind_of(const catalog::Type& type) {
  static const std::map<std::string, std::string> kinds = {{"smallint", "number"},
                                                           {"integer", "number"},
                                                           {"bigint", "number"},
                                                           {"numeric", "number"},
                                                           {"real", "number"},
                                                           {"double precision", "number"},
                                                           {"text", "text"},
                                                           {"character varying", "text"},
                                                           {"character", "text"},
                                                           {"name", "text"},
                                                           {"date", "moment"},
                                                           {"timestamp without time zone", "moment"},
                                                           {"timestamp with time zone", "moment"},
                                                           {"json", "json"},
                                                           {"jsonb", "json"}};
  const auto kind = kinds.find(type.name);
  return type.builtin && kind != kinds.end() ? kind->second : type.name;
}

std::string ColumnPairs::in_cloud(const std::string& desktop) const {
  const auto found = std::ranges::find(same, desktop, &ColumnPair::desktop);
  return found == same.end() ? "" : found->cloud;
}

std::string ColumnPairs::on_desktop(const std::string& cloud) const {
  const auto found = std::ranges::find(same, cloud, &ColumnPair::cloud);
  return found == same.end() ? "" : found->desktop;
}

ColumnPairs pair_columns(const TableSchema& desktop, const TableSchema& cloud) {
  std::map<std::string, std::string> partner;  // desktop -> cloud
  std::set<std::string> taken_desktop, taken_cloud;
  const auto pair = [&](const Column& one, const Column& other) {
    partner[one.name] = other.name;
    taken_desktop.insert(one.name);
    taken_cloud.insert(other.name);
  };
  for (const auto& column : desktop.columns)
    if (const Column* other = cloud.column(column.name)) pair(column, *other);
  const auto others = unpaired(cloud, taken_cloud);
  for (const auto& [name, column] : unpaired(desktop, taken_desktop)) {
    const auto other = others.find(name);
    if (name.empty() || !column || other == others.end() || !other->second) continue;
    if (kind_of(column->type) == kind_of(other->second->type)) pair(*column, *other->second);
  }
  ColumnPairs pairs;
  for (const auto& column : desktop.columns) {
    if (const auto found = partner.find(column.name); found != partner.end())
      pairs.same.push_back({found->first, found->second});
    else
      pairs.only_desktop.push_back(column.name);
  }
  for (const auto& column : cloud.columns)
    if (!taken_cloud.contains(column.name)) pairs.only_cloud.push_back(column.name);
  return pairs;
}

}  // namespace engine::mapping
