#pragma once

#include <string>
#include <string_view>

namespace engine::postgres {

// PostgreSQL's name of an error, https://www.postgresql.org/docs/current/errcodes-appendix.html (classes 22 and 23 and
// what a function raises): foreign_key_violation, string_data_right_truncation, ... Of others the name of the class.
std::string condition_name(std::string_view sqlstate);

}  // namespace engine::postgres
