#include "engine/config/variables.hpp"

#include <cstddef>
#include <string_view>

#include "engine/config/problem.hpp"

namespace engine::config {
namespace {

bool is_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (const char c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (!letter && !(c >= '0' && c <= '9')) return false;
  }
  return true;
}

std::string name_at(const std::string& text, std::size_t begin, const Mark& mark) {
  const std::size_t end = text.find('}', begin);
  const std::string name = end == std::string::npos ? "" : text.substr(begin, end - begin);
  if (!is_name(name))
    fail(mark, "'${' is not followed by the name of a variable and '}'",
         "write ${NAME} with letters, digits and _ only; for the characters '${' themselves write '$${'");
  return name;
}

}  // namespace

Replaced replace_variables(const std::string& text, const Mark& mark, const Environment& environment) {
  Replaced result;
  const std::string_view rest(text);
  for (std::size_t at = 0; at < text.size();) {
    if (rest.substr(at, 3) == "$${") {
      result.text += "${";
      at += 3;
    } else if (rest.substr(at, 2) == "${") {
      const std::string name = name_at(text, at + 2, mark);
      const auto value = environment ? environment(name) : std::nullopt;
      if (!value && !result.unset) result.unset = name;
      result.text += value.value_or("");
      at += name.size() + 3;
    } else {
      result.text += text[at++];
    }
  }
  return result;
}

}  // namespace engine::config
