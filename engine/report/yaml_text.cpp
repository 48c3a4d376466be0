#include <algorithm>
#include <cstdio>
#include <set>

#include "engine/report/map_yaml.hpp"

namespace engine::report {
namespace {

// Words that YAML, or the map, takes for something else than text.
bool is_word(const std::string& text) {
  static const std::set<std::string> taken = {"null", "true", "false", "yes", "no", "on", "off", "none", "y", "n"};
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  std::string folded;
  for (const char c : text) folded += lower(c);
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  return !text.empty() && letter(lower(text[0])) && !taken.contains(folded) &&
         std::ranges::all_of(folded, [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

bool has_control(const std::string& text) {
  return std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

std::string in_double_quotes(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += std::string("\\") + c;
    } else if (byte < 0x20 || byte == 0x7f) {
      char code[8];
      std::snprintf(code, sizeof code, "\\x%02x", byte);
      quoted += code;
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string in_single_quotes(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

std::string yaml_key(const std::string& text) {
  if (is_word(text)) return text;
  const bool awkward = text.find_first_of("\"\\") != std::string::npos;
  return awkward && !has_control(text) ? in_single_quotes(text) : in_double_quotes(text);
}

std::string yaml_value(const std::string& text) {
  std::string escaped;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '$' && i + 1 < text.size() && text[i + 1] == '{') escaped += '$';
    escaped += text[i];
  }
  return yaml_key(escaped);
}

}  // namespace engine::report
