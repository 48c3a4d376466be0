#include <algorithm>

#include "engine/capture/cursor.hpp"

namespace engine::capture {

// A prepared transaction was seen at work, or prepared, by every run since it began: what the first of these left is
// not passed until it is gone.
std::string stamp_to_go_on_from(const StampBound& seen, const std::optional<Cursor>& before) {
  if (!seen.prepared) return seen.stamp;
  return before ? std::min(before->stamp, seen.stamp) : "";
}

}  // namespace engine::capture
