#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/config/table_map.hpp"
#include "engine/core/names.hpp"
#include "engine/mapping/columns.hpp"

namespace engine::mapping {

// A map that is proposed, with the reason for each guess. report/map_yaml.hpp writes it down.

// A value of the map, and why it was guessed; where nothing was guessed `why` is empty.
template <class T>
struct Guess {
  T value{};
  std::string why;
};

struct ProposedOrigin {
  std::string column, desktop, cloud;
  bool operator==(const ProposedOrigin&) const = default;
};

// How the value of a target column is made.
struct ProposedColumn {
  std::string column;
  std::string sql;
  std::string why;
  bool active = true;  // else it stands in the map as a remark that somebody may take up
};

struct ProposedTable {
  QualifiedName desktop, cloud;
  std::string why_pair;  // why the two are the same table; empty where their names are
  Guess<config::TableDirection> direction;
  std::string both_why;                 // why `direction: both` may be what is wanted; empty: nothing speaks for it
  Guess<std::vector<std::string>> key;  // empty: `key: none`
  Guess<std::vector<std::string>> match;
  std::vector<std::string> skip;
  std::string skip_why;
  std::vector<ColumnPair> rename;
  std::vector<std::string> watermark;  // empty: none
  bool watermark_by_default = false;   // `defaults` say it already
  Guess<std::optional<ProposedOrigin>> origin;
  bool origin_by_default = false;
  std::vector<std::string> unclear_origins;  // columns that may be one, but whose values do not say so
  bool no_origin = false;                    // that of `defaults` must not hold
  std::vector<ProposedColumn> columns;       // in the table's direction
  std::vector<std::string> remarks;
  std::string set_aside;  // why it cannot be copied as it stands; then it stands in the map as a remark only

  bool keyless() const { return key.value.empty(); }
};

struct ProposedSide {
  std::string database;
  std::string schema;
  std::optional<Guess<std::string>> timezone;
};

struct Proposal {
  std::string name;
  ProposedSide desktop, cloud;
  std::vector<std::string> watermark;           // of `defaults`; empty: none
  Guess<std::optional<ProposedOrigin>> origin;  // of `defaults`
  std::vector<ProposedTable> tables;
  std::vector<ProposedTable> perhaps;                 // pairs that are too uncertain
  std::vector<std::string> only_desktop, only_cloud;  // tables that the other side lacks
  std::vector<std::string> left_out;                  // views and the like, and why
};

// The tables of a proposal that are no mere remarks, in the order in which the map lists them.
std::vector<std::size_t> active_tables(const Proposal& proposal);

}  // namespace engine::mapping
