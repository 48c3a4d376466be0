#include "engine/plan/window.hpp"

namespace engine::plan {
namespace {

constexpr capture::Xid one_epoch = capture::Xid{1} << 32;  // ids in rows are modulo this

// Why nothing can be told from transaction ids; empty if it can.
std::string ids_are_useless(const TableTask& task, const capture::Cursor& cursor, bool trusted, capture::Xid until) {
  if (!task.has_xmin) return task.guarantee_why;
  if (!trusted || !cursor.ids_valid) return "the source was restored, promoted or exchanged";
  if (cursor.table_oid != task.table_oid) return "the source table was made anew";
  if (cursor.next_xid > until) return "the source's transaction ids went back";
  if (until - cursor.next_xid >= one_epoch) return "too many transactions have passed since";
  return "";
}

// Why rows that no transaction has touched may still look different now.
std::string looks_changed(const TableTask& task, const capture::Cursor& cursor) {
  if (cursor.mapping_hash != task.mapping_hash) return "the map, or the columns it maps, changed";
  if (cursor.schema_hash != task.schema_hash) return "the source table's columns or types changed";
  return task.whole_why;
}

Window whole(const std::optional<capture::Cursor>& cursor, capture::Xid until, std::string why) {
  Window window;
  window.until = until;
  if (cursor) window.from = *cursor;
  window.why = std::move(why);
  return window;
}

}  // namespace

Window decide_window(const TableTask& task, const Request& request, const std::optional<capture::Cursor>& cursor,
                     bool trusted, capture::Xid until, const std::vector<std::string>& waiting) {
  using LeaveAlone = Window::LeaveAlone;
  if (!cursor) return whole(cursor, until, "it has not been synchronised yet");
  const auto left = [&](LeaveAlone which) { return request.overwrite ? LeaveAlone::none : which; };
  if (const std::string why = ids_are_useless(task, *cursor, trusted, until); !why.empty()) {
    Window window = whole(cursor, until, why);
    window.leave_alone = left(LeaveAlone::foreign);
    return window;
  }
  const std::string changed = looks_changed(task, *cursor);
  Window window = whole(cursor, until, changed);
  window.knows_fresh = true;
  window.leave_alone = left(changed.empty() ? LeaveAlone::not_fresh : LeaveAlone::not_fresh_foreign);
  if (request.mode == Mode::full) {
    if (changed.empty() || changed == task.whole_why) window.why = "full";
    return window;
  }
  const bool by_expression = changed == task.whole_why;  // or not at all
  const bool tables_decide = task.facts.restless.empty() && task.facts.countable;
  const bool idle = cursor->next_xid == until && cursor->unfinished.empty() && waiting.empty();
  if (idle && by_expression && tables_decide) {
    window.kind = Window::Kind::nothing;
  } else if (changed.empty()) {
    window.kind = Window::Kind::since;
    window.again = waiting;
    window.leave_alone = LeaveAlone::none;
  } else {
    window.check_counts = by_expression && tables_decide && waiting.empty();
  }
  return window;
}

}  // namespace engine::plan
