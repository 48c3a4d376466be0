#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/plan/window.hpp"
#include "engine/postgres/session.hpp"

namespace engine::pipeline {

// What is there of a table. Nothing where it could not be told together with other tables: then somebody works on it,
// or an expression of the map fails, or it is large; whoever wants to know looks at this table alone.
struct Presence {
  std::optional<bool> in_source;  // any row, before any condition
  std::optional<bool> in_target;  // any row
  std::optional<bool> news;       // any row of the source that is in the window, which is a part of the table

  bool nothing_to_read() const { return in_source == false || news == false; }
};

// Looks at all tables with a few statements, in transactions that hold few locks at a time. `windows` of each task;
// tables with nothing to read are not looked at. Reads only. Throws Error where a database is lost.
std::vector<Presence> look_for_rows(const plan::Plan& plan, std::span<const plan::Window> windows,
                                    postgres::Session& source, postgres::Session& target);

}  // namespace engine::pipeline
