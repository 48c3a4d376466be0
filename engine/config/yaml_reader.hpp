#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/mark.hpp"

namespace engine::config {

// YAML as a tree of values that know where they stand. Stricter than YAML: one document, no key twice, no tags but
// `!!str`, keys are text. Anchors and aliases work; an aliased value keeps the place where it was written.
// Values are never changed afterwards, so they are safe to read from any thread.

struct Node;

struct Entry {
  std::string key;
  Mark mark;  // of the key
  std::shared_ptr<const Node> value;
};

struct Node {
  // `empty`: nothing was written; `null`: null or ~, without quotes.
  enum class Kind { empty, null, text, list, group };

  Kind kind = Kind::empty;
  Mark mark;  // where the value begins; of an empty value: its key, or the dash of its list entry
  std::string text;
  std::vector<std::shared_ptr<const Node>> items;  // of a list
  std::vector<Entry> entries;                      // of a group, as written

  // The entry of a group with this key, or nullptr.
  const Entry* find(std::string_view key) const;
};

// Reads text that must be valid UTF-8 without control characters. Throws Error(configuration) whose text starts with
// `file:line:column: `, in words for people who do not know YAML, and never repeats a value.
std::shared_ptr<const Node> read_yaml(const std::string& text, const std::string& file);

}  // namespace engine::config
