#pragma once

#include "engine/plan/plan.hpp"

namespace engine::plan {

// Everything that is known about one table of the map when it is planned.
struct TableInput {
  const config::TableMap& map;
  const config::Table& table;
  Direction direction;
  const catalog::TableSchema& source;
  const catalog::TableSchema& target;
  const catalog::Catalog& source_catalog;
  const catalog::Catalog& target_catalog;
  const ExpressionFacts& facts;
  const std::map<std::int64_t, std::string>& removing_maps;  // target oid -> another map that removes rows from it

  RowHash row_hash;
  bool same_encoding;  // of both databases

  const config::Way& way() const { return table.way(direction); }
  const config::Database& source_side() const { return map.at(source_of(direction)); }
  const config::Database& target_side() const { return map.at(target_of(direction)); }
  // A desktop column's name on the other side, and back.
  std::string to_target(const std::string& source_column) const;
  std::string to_source(const std::string& target_column) const;
  // `"table"."column"`, as expressions may refer to it too
  std::string source_column(const std::string& name) const;
};

// What went wrong while a table was planned: refusals concern it, problems the map.
struct Findings {
  std::vector<Reason> refusals;
  std::vector<Problem> problems;
};

// Which column feeds which, and what is left over.
void plan_columns(const TableInput& input, TableTask& task, Findings& findings);

// The columns that identify a row, on the target's side.
void plan_key(const TableInput& input, TableTask& task, Findings& findings);

// Without a key: what tells the cloud's rows apart, and the columns that mostly identify a row.
void plan_number(const TableInput& input, TableTask& task, Findings& findings);

// The expression that says when a row was touched.
void plan_watermark(const TableInput& input, TableTask& task, Findings& findings);

}  // namespace engine::plan
