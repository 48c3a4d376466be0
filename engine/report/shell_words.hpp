#pragma once

#include <string>

namespace engine::report {

// A name as it may be pasted into a shell, in quotes where it needs them.
std::string shell_word(const std::string& name);

}  // namespace engine::report
