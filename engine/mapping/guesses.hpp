#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/catalog/table_schema.hpp"

namespace engine::mapping {

// What names and values of columns give away. Pure.

// The type can be a watermark: timestamp, timestamptz, date.
bool is_stamp_type(const catalog::Type& type);

// `updated_at`, `ModifiedDate`, `last_update`, `created_on`: says when a row was touched or made.
bool is_stamp_name(const std::string& name);

// The columns that say when a row was touched, those that change with each touch first. `touched`: columns that a
// trigger sets.
std::vector<std::string> watermark_of(const catalog::TableSchema& table, const std::set<std::string>& touched);

// `source`, `origin`, `created_by_app`: may say where a row was born.
bool is_origin_name(const std::string& name);

struct OriginGuess {
  std::string desktop, cloud;  // the two values
  std::string why;
};
// The values of such a column on both sides, and the DEFAULT of the cloud's, as SQL. Nothing where they do not look
// like two places.
std::optional<OriginGuess> origin_of(const std::set<std::string>& on_desktop, const std::set<std::string>& in_cloud,
                                     const std::string& value_by_default);

}  // namespace engine::mapping
