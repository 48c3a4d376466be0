#pragma once

#include <optional>
#include <string>

#include "engine/capture/cursor.hpp"
#include "engine/plan/plan.hpp"

namespace engine::plan {

// Which rows of a table a run reads. Pure; docs/ARCHITECTURE.md has why it is exact.
struct Window {
  enum class Kind {
    whole,    // every row
    since,    // rows written by the transactions from `from` up to `until`, and by `from.unfinished`
    nothing,  // no transaction has written anything in the whole cluster since
  };
  Kind kind = Kind::whole;
  capture::Cursor from;       // for `since`, and for telling fresh rows from others in a whole read
  capture::Xid until = 0;     // the reading snapshot's first id not yet assigned
  bool knows_fresh = false;   // `from` is valid: rows outside the window were seen by an earlier run
  bool check_counts = false;  // whole only if a row or a number of rows changed in what is read
  std::string why;            // why the whole table is read; for people
};

// `trusted`: the source is the one the cursor is about and has only gone forward.
Window decide_window(const TableTask& task, const Request& request, const std::optional<capture::Cursor>& cursor,
                     bool trusted, capture::Xid until);

}  // namespace engine::plan
