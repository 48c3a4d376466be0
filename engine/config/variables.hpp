#pragma once

#include <optional>
#include <string>

#include "engine/config/table_map.hpp"

namespace engine::config {

struct Replaced {
  std::string text;
  std::optional<std::string> unset;  // the first variable that is not set; then `text` means nothing
};

// `${NAME}` becomes the variable's value, as it is: it is not read as YAML and not searched for variables. `$${`
// becomes
// `${`; any other `$` stays. Throws Error(configuration) where `${` is not followed by a name and `}`.
Replaced replace_variables(const std::string& text, const Mark& mark, const Environment& environment);

}  // namespace engine::config
