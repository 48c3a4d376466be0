#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "engine/config/yaml_reader.hpp"

namespace engine::config::test {

using Json = nlohmann::json;

// Judges a map by docs/tablemap.schema.json as an editor does, as far as that schema uses JSON Schema (draft 07).
class JsonSchema {
 public:
  explicit JsonSchema(Json schema) : root_(std::move(schema)) {}

  // Where the value does not fit, and why.
  std::vector<std::string> complaints(const Node& node) const {
    std::vector<std::string> list;
    judge(node, root_, list);
    return list;
  }

  // The schema at a place of the schema, references followed: {"tables", "items", ...}.
  const Json& resolved(const Json& schema) const {
    if (schema.contains("$ref"))
      return resolved(root_.at(Json::json_pointer(schema["$ref"].get<std::string>().substr(1))));
    if (schema.contains("allOf") && schema["allOf"].size() == 1) return resolved(schema["allOf"][0]);
    return schema;
  }

  const Json& root() const { return root_; }

 private:
  static bool is_number(const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  }

  // YAML does not say whether 30 is a number or a text: it may be taken for either.
  static bool has_type(const Node& node, const std::string& type) {
    using Kind = Node::Kind;
    if (type == "object") return node.kind == Kind::group;
    if (type == "array") return node.kind == Kind::list;
    if (type == "null") return node.kind == Kind::null;
    if (type == "integer" || type == "number") return node.kind == Kind::text && is_number(node.text);
    if (type == "boolean") return node.kind == Kind::text && (node.text == "true" || node.text == "false");
    return type == "string" && node.kind == Kind::text;
  }

  static bool equals(const Node& node, const Json& value) {
    if (value.is_null()) return node.kind == Node::Kind::null;
    return value.is_string() && node.kind == Node::Kind::text && node.text == value.get<std::string>();
  }

  bool fits(const Node& node, const Json& schema) const {
    std::vector<std::string> list;
    judge(node, schema, list);
    return list.empty();
  }

  void judge(const Node& node, const Json& schema, std::vector<std::string>& list) const {
    const auto complain = [&](const std::string& what) { list.push_back(node.mark.text() + ": " + what); };
    for (const auto& [key, value] : schema.items()) {
      if (key == "$ref") judge(node, root_.at(Json::json_pointer(value.get<std::string>().substr(1))), list);
      if (key == "allOf")
        for (const auto& one : value) judge(node, one, list);
      if (key == "oneOf" || key == "anyOf") {
        int fitting = 0;
        for (const auto& one : value) fitting += fits(node, one) ? 1 : 0;
        if (fitting == 0 || (key == "oneOf" && fitting > 1)) complain("fits " + std::to_string(fitting) + " of " + key);
      }
      if (key == "const" && !equals(node, value)) complain("is not " + value.dump());
      if (key == "enum") {
        bool found = false;
        for (const auto& one : value) found = found || equals(node, one);
        if (!found) complain("is not one of " + value.dump());
      }
      if (key == "type") {
        bool found = false;
        for (const auto& one : value.is_array() ? value : Json::array({value})) found = found || has_type(node, one);
        if (!found) complain("is not of type " + value.dump());
      }
      if (key == "pattern" && node.kind == Node::Kind::text &&
          !std::regex_search(node.text, std::regex(value.get<std::string>())))
        complain("does not match " + value.dump());
      if (key == "minimum" && is_number(node.text) && std::stoll(node.text) < value.get<long long>())
        complain("is less than " + value.dump());
      if (key == "maximum" && is_number(node.text) && std::stoll(node.text) > value.get<long long>())
        complain("is more than " + value.dump());
      if (key == "minItems" && node.kind == Node::Kind::list && node.items.size() < value.get<std::size_t>())
        complain("has too few entries");
      if (key == "required" && node.kind == Node::Kind::group)
        for (const auto& name : value)
          if (!node.find(name.get<std::string>())) complain("lacks " + name.dump());
      if (key == "items")
        for (const auto& item : node.items) judge(*item, value, list);
    }
    if (node.kind != Node::Kind::group) return;
    for (const auto& entry : node.entries) {
      const bool known = schema.contains("properties") && schema["properties"].contains(entry.key);
      if (known) judge(*entry.value, schema["properties"][entry.key], list);
      if (known || !schema.contains("additionalProperties")) continue;
      if (schema["additionalProperties"].is_object()) judge(*entry.value, schema["additionalProperties"], list);
      if (schema["additionalProperties"] == false) list.push_back(entry.mark.text() + ": unknown key " + entry.key);
    }
  }

  const Json root_;
};

}  // namespace engine::config::test
