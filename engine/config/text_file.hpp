#pragma once

#include <cstddef>
#include <string>

namespace engine::config {

// A map is written by people; what is larger is some other file.
constexpr std::size_t largest_file_bytes = 8u << 20;

// The content of a file. Throws Error(configuration) if it cannot be read, is a directory or is too large.
std::string read_text_file(const std::string& file);

// Throws Error(configuration), with the place, if the text is too large, is not UTF-8 or holds control characters.
void check_text(const std::string& text, const std::string& file);

}  // namespace engine::config
