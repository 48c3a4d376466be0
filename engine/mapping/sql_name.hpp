#pragma once

#include <string>

namespace engine::mapping {

// A column as people would write it in an expression: as it stands where SQL reads it so, else in quotes. Pure.
std::string sql_name(const std::string& name);

}  // namespace engine::mapping
