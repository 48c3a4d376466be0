#include "engine/config/text_file.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>

#include "engine/config/problem.hpp"

namespace engine::config {
namespace {

const std::string size_limit = "a table map may have at most 8 MB";

[[noreturn]] void fail_to_open(const std::string& file, int error) {
  const Mark mark{file};
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      fail(mark, "this file does not exist", "check the name after --map, or in PGTIDE_MAP");
    case EACCES:
    case EPERM:
      fail(mark, "this file may not be read by the user who runs pgtide", "give that user the right to read it");
    default:
      fail(mark, "this file cannot be read: " + std::generic_category().message(error));
  }
}

[[noreturn]] void fail_too_large(const std::string& file) {
  fail(Mark{file}, "this file is too large for a table map", size_limit + "; is this the right file?");
}

// Length of the character that starts at `at`, or 0 where it is not valid UTF-8 (RFC 3629, table 3-7 of Unicode).
std::size_t character_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const bool overlong = first == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = first == 0xed && byte(1) > 0x9f;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool overlong = first == 0xf0 && byte(1) < 0x90;
    const bool beyond = first == 0xf4 && byte(1) > 0x8f;
    return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

bool control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
}

}  // namespace

std::string read_text_file(const std::string& file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored))
    fail(Mark{file}, "this is a folder, not a table map", "name the file in it, such as " + file + "/practice.yaml");
  errno = 0;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(file.c_str(), "rb"), &std::fclose);
  if (!stream) fail_to_open(file, errno);
  std::string text;
  char block[1 << 14];
  // Counted while reading: pipes and devices do not tell their size.
  while (const std::size_t count = std::fread(block, 1, sizeof block, stream.get())) {
    text.append(block, count);
    if (text.size() > largest_file_bytes) fail_too_large(file);
  }
  if (std::ferror(stream.get())) fail_to_open(file, errno);
  return text;
}

void check_text(const std::string& text, const std::string& file) {
  if (text.size() > largest_file_bytes) fail_too_large(file);
  Mark mark{file, 1, 1};
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = character_length(text, at);
    if (length == 0)
      fail(mark, "this character is not valid UTF-8",
           "save the file with the encoding UTF-8 (in Windows editors: Save as)");
    if (control(text[at]))
      fail(mark, "there is an invisible control character here", "delete it, or write the line again");
    if (text[at] == '\n') {
      ++mark.line;
      mark.column = 0;
    }
    ++mark.column;
    at += length;
  }
}

}  // namespace engine::config
