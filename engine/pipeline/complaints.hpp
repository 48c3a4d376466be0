#pragma once

#include <string>

#include "engine/state/quarantine.hpp"

namespace engine::pipeline {

// What a server said of one row, in the words of the quarantine: reason, sqlstate, detail and hint; no key, no
// contents. `message` is repeated only where a function of somebody's own raised it. Pure.
state::HeldRow complaint(const std::string& sqlstate, const std::string& constraint, const std::string& column,
                         const std::string& message);

}  // namespace engine::pipeline
