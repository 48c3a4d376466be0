#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/capture/cursor.hpp"
#include "engine/core/error.hpp"
#include "engine/plan/plan.hpp"

namespace engine::plan {

// `pgtide resync`: the rows of some days, or some columns of all rows, once more. Pure; docs/ARCHITECTURE.md
// ("Repairs") has why the next run may go on where it stood.

// A day of the calendar as YYYY-MM-DD.
bool is_day(const std::string& text);

// What the request is about, for people: "days 2026-11-01 to 2026-11-03"; empty if it is no repair.
std::string describe_repair(const Request& request);

// Why the table cannot be repaired this way; nothing if it can. `trusted`: as decide_window() takes it.
std::optional<Error> why_not_repaired(const TableTask& task, const Request& request,
                                      const std::optional<capture::Cursor>& cursor, bool trusted);

// The column has one of these names, on either side.
bool is_called(const Column& column, const std::vector<std::string>& names);

// Throws Error(usage) where a name means no column that can be filled.
void check_columns(const TableTask& task, const std::vector<std::string>& names);

// Nothing but the columns that are filled is new since the cursor was set: it may take the hashes of now.
bool only_filled_is_new(const TableTask& task, const capture::Cursor& cursor);

// Makes a task that fills these columns, where rows are there and ours to write. To be called when the memory of the
// whole task is in order; `cursor`: of the last run.
void narrow_to(TableTask& task, const std::vector<std::string>& names, const capture::Cursor& cursor);

}  // namespace engine::plan
