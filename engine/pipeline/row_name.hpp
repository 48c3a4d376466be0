#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/config/table_map.hpp"
#include "engine/postgres/session.hpp"

namespace engine::pipeline {

// Columns of the target and their values as text, nothing for NULL: how a person names a row.
using RowName = std::vector<std::pair<std::string, std::optional<std::string>>>;

// The columns that name a row, on the side of the target.
struct NamingColumns {
  std::vector<std::string> names;   // in the order of the key; empty: not known, or any (without a key and `match`)
  std::vector<std::string> number;  // without a key: may stand in their place, as JSON; columns of the cloud
};

// The name of a column on the side of the target, whichever side's name is given.
std::string on_target(const config::Table& table, Direction direction, const std::string& column,
                      const NamingColumns& columns);

// KEY as people write it: values with commas between them, or a JSON object with the names of either side. Throws
// Error(usage) where it does not fit the columns. Any session will do: the server reads the JSON.
RowName read_row_name(postgres::Session& session, const std::string& text, const config::Table& table,
                      Direction direction, const NamingColumns& columns);

// The columns by what the state of the target and the map say; without a look at the tables.
NamingColumns naming_columns(postgres::Session& target, const config::TableMap& map, const config::Table& table,
                             Direction direction);

}  // namespace engine::pipeline
