#pragma once

#include <string>
#include <string_view>

#include "engine/core/error.hpp"

namespace engine::postgres {

// What a server said of an error, as far as it may be repeated: DETAIL and CONTEXT, which hold the contents of rows,
// are left out already.
struct Complaint {
  std::string sqlstate;
  std::string text;         // the primary message
  std::string source_file;  // of the server, where the error was raised; empty if it is not known
};

// Makes an Error of it. What a primary message quotes of a row is removed, and all that a function of somebody's own
// may have put into it.
Error server_error(const Complaint& complaint, std::string_view doing);
// The connection was lost.
Error lost_connection(std::string_view doing);
// The same, after the server said why it would end it.
Error ended_by_server(const Error& said, std::string_view doing);

// Classes of SQLSTATE that do not tell of the contents of a row.
inline constexpr std::string_view about_something_else[] = {"08", "0A", "25", "26", "28", "3D", "40",
                                                            "42", "53", "54", "55", "57", "58", "XX"};

// What is wrong with a row, in words, without its contents.
std::string in_words(std::string_view sqlstate);

// True for a problem with the contents of rows (wrong value, violated constraint, an exception raised by a trigger,
// with whatever code it chose): some row is at fault, and which one can be found.
bool is_about_a_row(std::string_view sqlstate);

}  // namespace engine::postgres
