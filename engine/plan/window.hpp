#pragma once

#include <optional>
#include <string>
#include <vector>

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
  capture::Cursor from;      // for `since`, and for telling fresh rows from others in a whole read
  capture::Xid until = 0;    // the reading snapshot's first id not yet assigned
  bool knows_fresh = false;  // of each row it can be told whether it was written since the last run
  // Which rows of the target that differ are left to the other side, because only that one changed them.
  enum class LeaveAlone {
    none,               // the first run, or --overwrite
    not_fresh,          // the source has not touched them: exact
    foreign,            // somebody else wrote them last; whether the source touched them is not known
    not_fresh_foreign,  // both: the same rows may look different now, because the map or the schema changed
  };
  LeaveAlone leave_alone = LeaveAlone::none;
  bool check_counts = false;       // whole only if a row or a number of rows changed in what is read
  std::vector<std::string> again;  // row keys (jsonb) of conflicts that wait: read whether fresh or not
  std::string why;                 // why the whole table is read; for people
};

// `trusted`: the source is the one the cursor is about and has only gone forward.
//
// `waiting`: the row keys of the table's open conflicts. They are looked at again by every run.
Window decide_window(const TableTask& task, const Request& request, const std::optional<capture::Cursor>& cursor,
                     bool trusted, capture::Xid until, const std::vector<std::string>& waiting = {});

}  // namespace engine::plan
