#pragma once

#include <chrono>
#include <optional>

namespace engine::config {

// What the databases of a map are spared, see docs/TABLEMAPS.md. Nothing where the map sets no limit.
struct Limits {
  // A table that is read for longer goes on in another transaction of the source, behind the last chunk.
  std::optional<std::chrono::milliseconds> longest_read;
};

}  // namespace engine::config
