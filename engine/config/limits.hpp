#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "engine/core/direction.hpp"

namespace engine::config {

// What one of the databases is spared.
struct SideLimits {
  int connections;                                // that one run may have open at a time
  std::optional<std::uint64_t> bytes_per_second;  // of rows, both ways together
};

// What the databases of a map are spared, see docs/TABLEMAPS.md. Nothing where the map sets no limit.
struct Limits {
  // Of the source: that which keeps the snapshot, and one that reads. Of the target: that which holds the run's lock,
  // and one that writes. With so many there is one lane.
  static constexpr int fewest_connections = 2;

  // A table that is read for longer goes on in another transaction of the source, behind the last chunk.
  std::optional<std::chrono::milliseconds> longest_read;
  SideLimits desktop{4, std::nullopt};
  SideLimits cloud{3, std::nullopt};

  const SideLimits& at(Place place) const { return place == Place::desktop ? desktop : cloud; }
  SideLimits& at(Place place) { return place == Place::desktop ? desktop : cloud; }
};

}  // namespace engine::config
