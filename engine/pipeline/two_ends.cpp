#include "engine/pipeline/two_ends.hpp"

#include "engine/capture/source.hpp"
#include "engine/core/error.hpp"
#include "engine/state/cursor.hpp"

namespace engine::pipeline {

void check_two_ends(postgres::Session& one, postgres::Session& other, const std::string& map) {
  postgres::Session& desktop = one.place() == Place::desktop ? one : other;
  postgres::Session& cloud = one.place() == Place::desktop ? other : one;
  const std::string here = capture::identify(desktop).database(), there = capture::identify(cloud).database();
  if (here == there)
    throw Error(ErrorCode::refused, "the desktop and the cloud URL lead to the same database",
                "check --desktop and --cloud (or PGTIDE_DESKTOP_URL and PGTIDE_CLOUD_URL)");
  const state::Scope forward{map, Direction::forward}, reverse{map, Direction::reverse};
  if (state::copied_from(desktop, forward, there) || state::copied_from(cloud, reverse, here) ||
      state::was_read_for(cloud, forward, here) || state::was_read_for(desktop, reverse, there))
    throw Error(
        ErrorCode::refused,
        "desktop and cloud are exchanged: by the state of map " + map +
            " the desktop URL leads to the database that was the cloud so far, and the cloud URL to the "
            "desktop. Nothing was written",
        "exchange --desktop and --cloud (or PGTIDE_DESKTOP_URL and PGTIDE_CLOUD_URL). If they are right now and "
        "an earlier run had them the wrong way round: docs/OPERATING.md, \"Forget a map\"");
}

}  // namespace engine::pipeline
