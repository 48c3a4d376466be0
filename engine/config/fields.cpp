#include "engine/config/fields.hpp"

#include <unordered_map>

#include "engine/config/variables.hpp"
#include "engine/core/names.hpp"

namespace engine::config {
namespace {

// Within { } a comma ends a value: `{where: a IN (1, 2)}` makes a key of `2)`.
const std::string split_value_hint = "; if it belongs to the value before it, put that value in quotes";

std::string kind_of(const Node& node) {
  switch (node.kind) {
    case Node::Kind::empty:
      return "empty";
    case Node::Kind::null:
      return "null";
    case Node::Kind::text:
      return "text";
    case Node::Kind::list:
      return "a list";
    case Node::Kind::group:
      return "a group of keys";
  }
  return "something else";
}

[[noreturn]] void fail_type(const Node& node, const std::string& what, const std::string& expected,
                            const std::string& hint) {
  if (node.kind == Node::Kind::empty)
    fail(node.mark, "'" + what + "' has no value",
         "write " + expected + " behind '" + what + ":', or remove the key" + split_value_hint);
  fail(node.mark, "'" + what + "' must be " + expected + ", but it is " + kind_of(node), hint);
}

void add_column(std::vector<Name>& columns, std::unordered_map<std::string, Mark>& seen, Name column,
                const std::string& what) {
  const auto [first, is_new] = seen.emplace(column.text, column.mark);
  if (!is_new)
    fail(
        column.mark,
        "the column " + shown(column.text) + " stands twice in '" + what + "'; the first is at " + first->second.text(),
        "remove one of the two");
  columns.push_back(std::move(column));
}

}  // namespace

void check_group(const Node& node, const std::string& what, const std::vector<std::string>& known) {
  if (node.kind != Node::Kind::group)
    fail_type(node, what, "a group of keys", "write " + what + ": with these keys below it: " + joined(known, ", "));
  for (const auto& entry : node.entries) {
    bool is_known = false;
    for (const auto& key : known) is_known = is_known || key == entry.key;
    if (is_known) continue;
    fail(entry.mark, "the key " + shown(entry.key) + " is not known in '" + what + "'",
         known_words_hint(entry.key, known, "keys") +
             (entry.value->kind == Node::Kind::empty ? split_value_hint : std::string()));
  }
}

std::string read_text(const Node& node, const std::string& what, const Environment& environment) {
  if (node.kind == Node::Kind::null)
    fail_type(node, what, "text", "put null in quotes if it is really meant as text, or as SQL; else remove the key");
  if (node.kind != Node::Kind::text) fail_type(node, what, "text", "write one value behind '" + what + ":'");
  Replaced replaced = replace_variables(node.text, node.mark, environment);
  if (replaced.unset)
    fail(node.mark, "the variable " + *replaced.unset + " is not set",
         "set it before the call, or write the value here");
  if (replaced.text.find_first_not_of(" \t\r\n") == std::string::npos)
    fail(node.mark, "'" + what + "' must not be empty", "write a value, or remove the key");
  return std::move(replaced.text);
}

Name read_name(const Node& node, const std::string& what, const Environment& environment) {
  return {read_text(node, what, environment), node.mark};
}

Expression read_expression(const Node& node, const std::string& what, const Environment& environment) {
  return {read_text(node, what, environment), node.mark};
}

std::vector<Name> read_columns(const Node& node, const std::string& what, const Environment& environment) {
  std::vector<Name> columns;
  if (is_none(node)) return columns;
  if (node.kind == Node::Kind::text) return {read_name(node, what, environment)};
  if (node.kind != Node::Kind::list)
    fail_type(node, what, "a column or a list of columns", "write " + what + ": [first_column, second_column]");
  std::unordered_map<std::string, Mark> seen;
  for (const auto& item : node.items) {
    if (item->kind != Node::Kind::text)
      fail(item->mark, "each entry of '" + what + "' must be the name of a column, but this one is " + kind_of(*item),
           "write " + what + ": [first_column, second_column]; a column named null must stand in quotes");
    add_column(columns, seen, read_name(*item, what, environment), what);
  }
  return columns;
}

bool is_none(const Node& node) { return node.kind == Node::Kind::text && node.text == "none"; }

Quantity read_quantity(const Node& node, const std::string& what, const Environment& environment) {
  return {read_text(node, what, environment), shown(node.text), what, node.mark};
}

void fail_choice(const Node& node, const std::string& what, const std::vector<std::string>& known) {
  fail(node.mark, "'" + what + "' cannot be " + shown(node.text), known_words_hint(node.text, known, "words"));
}

}  // namespace engine::config
