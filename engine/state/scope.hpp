#pragma once

#include <string>

#include "engine/core/direction.hpp"

namespace engine::state {

// What a row of the state is about: one map, one direction.
struct Scope {
  std::string map;
  Direction direction = Direction::forward;

  std::string way() const { return std::string(name_of(direction)); }
};

}  // namespace engine::state
