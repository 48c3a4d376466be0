#pragma once

#include <string_view>

namespace engine {

// Which way rows travel. Forward: desktop to cloud, upserts. Reverse: cloud to desktop, only inserts.
enum class Direction { forward, reverse };

// The three jobs, and the repair of a part of them (`pgtide resync`). A mode belongs to one direction.
enum class Mode { full, incremental, reverse, resync, resync_reverse };

enum class Place { desktop, cloud };

constexpr Direction direction_of(Mode mode) {
  return mode == Mode::reverse || mode == Mode::resync_reverse ? Direction::reverse : Direction::forward;
}
// The table goes on afterwards where it stood before.
constexpr bool repairs(Mode mode) { return mode == Mode::resync || mode == Mode::resync_reverse; }
constexpr Direction opposite_of(Direction way) {
  return way == Direction::forward ? Direction::reverse : Direction::forward;
}
constexpr Place source_of(Direction way) { return way == Direction::forward ? Place::desktop : Place::cloud; }
constexpr Place target_of(Direction way) { return way == Direction::forward ? Place::cloud : Place::desktop; }

constexpr std::string_view name_of(Direction way) { return way == Direction::forward ? "forward" : "reverse"; }
constexpr std::string_view name_of(Place place) { return place == Place::desktop ? "desktop" : "cloud"; }
constexpr std::string_view name_of(Mode mode) {
  if (repairs(mode)) return "resync";
  return mode == Mode::full ? "full" : mode == Mode::incremental ? "incremental" : "reverse";
}

}  // namespace engine
