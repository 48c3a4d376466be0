#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/postgres/result.hpp"

namespace engine::postgres {

// Statements that go together in one round trip have no parameters: their values stand in them.

// The statement with the values in the places of $1, $2, ..., each as a literal of no type of its own, as a parameter
// would be. Comments are left out. Knows no dollar quotes. Throws Error(internal) for a number without a value.
std::string bound(std::string_view sql, const Params& params);

// The last result that has a column of this name. Throws Error(internal) where there is none.
const Result& result_with(const std::vector<Result>& results, std::string_view column);

// The rows of all results that have a column of this name: they come from statements of one form. Throws likewise.
Result rows_with(const std::vector<Result>& results, std::string_view column);

}  // namespace engine::postgres
