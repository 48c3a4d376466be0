#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "engine/catalog/table_schema.hpp"
#include "engine/plan/plan.hpp"

namespace engine::plan {

// The tables of the map that other tables of it refer to, by the foreign keys of the target. By their index in the map;
// only tables that are copied in this direction. Pure.
std::set<std::size_t> parents_of(const config::TableMap& map, Direction direction,
                                 const std::vector<catalog::ForeignKey>& references);

// The request with all tables that the chosen ones refer to, directly or not.
Request with_parents(const config::TableMap& map, Request request, const catalog::Catalog& target);

}  // namespace engine::plan
