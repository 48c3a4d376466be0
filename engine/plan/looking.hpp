#pragma once

#include <cstddef>
#include <string>

#include "engine/plan/plan.hpp"
#include "engine/plan/window.hpp"

namespace engine::plan::statements {

// Looks at many tables at once. Each function gives one of the queries to be joined by UNION ALL: a row with `n` where
// the answer is yes, else none.

// The table holds a row.
std::string n_if_rows(std::size_t n, const QualifiedName& table);

// A row of the source is in the window.
std::string n_if_news(std::size_t n, const TableTask& task, const Window& window);

}  // namespace engine::plan::statements
