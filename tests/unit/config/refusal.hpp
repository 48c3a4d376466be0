#pragma once

#include <map>
#include <optional>
#include <string>

#include "engine/config/table_map.hpp"
#include "engine/core/error.hpp"

namespace engine::config::test {

// An environment that holds just these variables.
inline Environment variables(std::map<std::string, std::string> values = {}) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

// What an action was refused with; an empty text where it was not refused.
struct Refusal {
  std::string what;
  std::string hint;
};

template <typename Action>
Refusal refusal(Action action) {
  try {
    action();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::configuration) return {"wrong code", std::to_string(exit_status(error.code()))};
    return {error.what(), error.hint()};
  }
  return {};
}

inline TableMap parse(const std::string& text, const Environment& environment = variables()) {
  return parse_table_map(text, "m.yaml", environment);
}

inline Refusal refused(const std::string& text, const Environment& environment = variables()) {
  return refusal([&] { parse(text, environment); });
}

// A map whose only table has these lines below its name; the first of them is line 4, and they begin in column 5.
inline std::string with_table(const std::string& lines) {
  std::string text = "map: m\ntables:\n  - desktop: t\n    ";
  for (const char c : lines) {
    text += c;
    if (c == '\n') text += "    ";
  }
  return text + "\n";
}

inline Refusal table_refused(const std::string& lines, const Environment& environment = variables()) {
  return refused(with_table(lines), environment);
}

inline Table table(const std::string& lines, const Environment& environment = variables()) {
  return parse(with_table(lines), environment).tables.at(0);
}

}  // namespace engine::config::test
