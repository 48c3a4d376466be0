#pragma once

#include <cstddef>
#include <map>
#include <span>

#include "engine/catalog/table_schema.hpp"
#include "engine/config/table_map.hpp"
#include "engine/pipeline/preparation.hpp"
#include "engine/plan/plan.hpp"

namespace engine::pipeline {

// What PostgreSQL says about the map's expressions of these tables, by their index in the map; tables without
// expressions, and those that cannot be read, are left out. Many tables take a few round trips. `from`: the source's
// tables.
//
// Throws Error(configuration) with the place of the first expression that PostgreSQL does not accept. What a right is
// missing for is said in the facts.
std::map<std::size_t, plan::ExpressionFacts> look_at_expressions(const SourceView& source, const config::TableMap& map,
                                                                 std::span<const std::size_t> tables,
                                                                 Direction direction, const catalog::Catalog& from);

}  // namespace engine::pipeline
