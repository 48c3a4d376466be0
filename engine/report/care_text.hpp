#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/capture/cursor.hpp"
#include "engine/core/direction.hpp"
#include "engine/state/inventory.hpp"
#include "engine/state/prune.hpp"
#include "engine/state/watermark.hpp"

// What people see of the care of the state: watermarks, old history, the way down; as text and as JSON. Pure.
namespace engine::report {

// ---- pgtide watermark

struct TablePosition {
  std::string map;
  Direction direction = Direction::forward;
  state::WatermarkRow row;
  std::optional<capture::Cursor> cursor;  // none: no run has been completed
};
std::string watermarks_text(const std::vector<TablePosition>& positions);
std::string watermarks_json(const std::vector<TablePosition>& positions);
// What a reset would do, or did.
std::string reset_text(const std::vector<TablePosition>& positions, bool done);

// ---- pgtide prune

struct OldHistory {
  Place database = Place::cloud;
  std::string map;
  Direction direction = Direction::forward;
  std::vector<state::OldRows> tables;
};
// `history` and `events`: how long they are kept, in seconds.
std::string prune_text(const std::vector<OldHistory>& old, double history, double events, bool done);
std::string prune_json(const std::vector<OldHistory>& old, bool done);

// ---- pgtide init --down

struct WayDown {
  Place database = Place::cloud;
  int from = 0;
  int to = 0;
  std::vector<state::Holding> holdings;  // what is lost
  bool closed = false;                   // the role may not change the state there: it is left as it is
};
std::string way_down_text(const std::vector<WayDown>& ways, bool done);
std::string way_down_json(const std::vector<WayDown>& ways);

}  // namespace engine::report
