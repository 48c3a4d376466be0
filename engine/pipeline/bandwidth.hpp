#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>

#include "engine/config/limits.hpp"
#include "engine/postgres/pace.hpp"

namespace engine::pipeline {

// How fast rows may go to either side and come from it, where the map says so (`limits: {cloud_bytes_per_second:
// ...}`). Sessions of one side share it.
struct Paces {
  explicit Paces(const config::Limits& limits) : desktop(pace_of(limits.desktop)), cloud(pace_of(limits.cloud)) {}

  const std::shared_ptr<postgres::Pace>& at(Place place) const { return place == Place::desktop ? desktop : cloud; }

  std::shared_ptr<postgres::Pace> desktop, cloud;  // nullptr: no limit

 private:
  static std::shared_ptr<postgres::Pace> pace_of(const config::SideLimits& side) {
    return side.bytes_per_second ? std::make_shared<postgres::Pace>(*side.bytes_per_second) : nullptr;
  }
};

// What passes in a second. A chunk of that size holds its locks for no longer than the target waits for a silent
// client, and what is lost with it is little.
inline std::size_t largest_chunk(const config::Limits& limits) {
  std::size_t bytes = static_cast<std::size_t>(-1);
  for (const auto* side : {&limits.desktop, &limits.cloud})
    if (side->bytes_per_second) bytes = std::min<std::size_t>(bytes, *side->bytes_per_second);
  return bytes;
}

}  // namespace engine::pipeline
