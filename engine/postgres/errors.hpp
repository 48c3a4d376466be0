#pragma once

#include <string>
#include <string_view>

#include "engine/core/error.hpp"

namespace engine::postgres {

// Makes an Error of what a server said. DETAIL and CONTEXT are left out by the caller: they hold the contents of rows;
// what a primary message quotes of them is removed here.
Error server_error(std::string_view sqlstate, std::string_view primary_message, std::string_view doing);

// True for a problem with the contents of rows (wrong value, violated constraint, an exception raised by a trigger):
// some row is at fault, and which one can be found.
bool is_about_a_row(std::string_view sqlstate);

}  // namespace engine::postgres
