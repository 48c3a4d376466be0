#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/config/problem.hpp"
#include "engine/config/quantities.hpp"
#include "engine/config/table_map.hpp"
#include "engine/config/yaml_reader.hpp"

namespace engine::config {

// YAML values as the types that a map is made of. All take the key (`what`, for messages) and replace `${NAME}` from
// the environment; all throw Error(configuration) with the place and a hint. Pure; safe from any thread.

// A group of keys, each of which is known.
void check_group(const Node& node, const std::string& what, const std::vector<std::string>& known);

// Text that is not empty.
std::string read_text(const Node& node, const std::string& what, const Environment& environment);
Name read_name(const Node& node, const std::string& what, const Environment& environment);
Expression read_expression(const Node& node, const std::string& what, const Environment& environment);

// A column or a list of columns, none of them twice. Empty for `none` and `[]`; a column of that name is `[none]`.
std::vector<Name> read_columns(const Node& node, const std::string& what, const Environment& environment);

// The word `none`, which takes a default back.
bool is_none(const Node& node);

Quantity read_quantity(const Node& node, const std::string& what, const Environment& environment);

[[noreturn]] void fail_choice(const Node& node, const std::string& what, const std::vector<std::string>& known);

// One of a few words.
template <typename T, std::size_t count>
T read_choice(const Node& node, const std::string& what, const std::array<std::pair<std::string_view, T>, count>& words,
              const Environment& environment) {
  const std::string text = read_text(node, what, environment);
  std::vector<std::string> known;
  for (const auto& [word, value] : words) {
    if (word == text) return value;
    known.emplace_back(word);
  }
  fail_choice(node, what, known);
}

}  // namespace engine::config
