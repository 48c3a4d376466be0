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
    stamped,  // rows whose stamp is at least `from.stamp`
    nothing,  // no transaction has written anything in the whole cluster since
    days,     // rows whose watermark lies in `days`
    columns,  // some columns of every row
  };
  Kind kind = Kind::whole;
  capture::Cursor from;       // for `since`, and for telling whether anything changed at all
  DayRange days;              // for `days`
  capture::Xid until = 0;     // the reading snapshot's first id not yet assigned
  bool unstamped = false;     // for `stamped`: rows without a stamp too
  bool check_counts = false;  // whole only if a row or a number of rows changed in what is read
  // The last run broke off: of the rows up to there only those are read that are news since it looked.
  std::optional<capture::Progress> after;
  // What this very run has committed already, in the same snapshot: rows up to there are not read once more.
  std::optional<RowPosition> behind;
  std::vector<std::string> again;  // row keys (jsonb) of conflicts that wait: read whether new or not
  // Rows that cannot be read, as statements::row_name() gives them: nothing of them is computed.
  std::vector<std::string> left_out;
  std::string why;          // why the whole table is read; for people
  bool refill = false;      // the target lost all its rows
  bool unexpected = false;  // whole though neither asked for nor usual for the table: an operator should hear of it
};

// `trusted`: the source is the one the cursor is about and has only gone forward.
//
// `waiting`: the row keys of the table's open conflicts. They are looked at again by every run.
Window decide_window(const TableTask& task, const Request& request, const std::optional<capture::Cursor>& cursor,
                     bool trusted, capture::Xid until, const std::vector<std::string>& waiting = {});

// Of a full run: what an incremental one would read now, exactly: rows that are news, and those that wait. All others
// were judged as they are by the run that set the cursor or an earlier one. Nothing where that cannot be told.
std::optional<Window> news_of_full(const TableTask& task, const Request& request,
                                   const std::optional<capture::Cursor>& cursor, bool trusted, capture::Xid until,
                                   const std::vector<std::string>& waiting);

// The same window behind the place where the last run broke off, where that reads everything that is missing; else the
// window as it is. Whether the rows have moved in the file since (Progress::file_node) is for the caller to see.
Window go_on_after(Window window, const TableTask& task, const Request& request, const capture::Progress& progress,
                   bool trusted, const std::vector<std::string>& waiting);

// Whether a pass over this window is a quick one: rows of a table with usable transaction ids are missing in it, and
// the cursor must not pass them.
bool is_quick(const TableTask& task, const Window& window);

// The same table, read whole because its target is empty: what is missing there was not written lately.
Window for_emptied_target(Window window);

}  // namespace engine::plan
