#pragma once

#include <functional>

namespace engine::pipeline {

// Does both at the same time and returns when both are done. Throws what `one` threw, else what `other` threw.
void side_by_side(const std::function<void()>& one, const std::function<void()>& other);

}  // namespace engine::pipeline
