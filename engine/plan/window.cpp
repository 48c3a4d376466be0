#include "engine/plan/window.hpp"

namespace engine::plan {
namespace {

constexpr capture::Xid one_epoch = capture::Xid{1} << 32;  // ids in rows are modulo this

// Why a cursor cannot be gone on from; empty if it can.
std::string unusable(const TableTask& task, const std::optional<capture::Cursor>& cursor, bool trusted,
                     capture::Xid until) {
  if (!cursor) return "it has not been synchronised yet";
  if (!trusted) return "the source was restored or promoted";
  if (!task.has_xmin) return task.guarantee_why;
  if (cursor->mapping_hash != task.mapping_hash) return "the map, or the columns it maps, changed";
  if (cursor->table_oid != task.table_oid) return "the source table was made anew";
  if (cursor->schema_hash != task.schema_hash) return "the source table's columns or types changed";
  if (cursor->next_xid > until) return "the source's transaction ids went back";
  if (until - cursor->next_xid >= one_epoch) return "too many transactions have passed since";
  return "";
}

}  // namespace

Window decide_window(const TableTask& task, const Request& request, const std::optional<capture::Cursor>& cursor,
                     bool trusted, capture::Xid until) {
  Window window;
  window.until = until;
  window.why = unusable(task, cursor, trusted, until);
  if (!window.why.empty()) return window;
  window.from = *cursor;
  window.knows_fresh = !request.overwrite && task.whole_why.empty();
  if (request.mode == Mode::full) {
    window.why = "full";
    return window;
  }
  const bool idle = cursor->next_xid == until && cursor->unfinished.empty();
  if (idle && task.facts.restless.empty() && task.facts.countable) {
    window.kind = Window::Kind::nothing;
  } else if (!task.whole_why.empty()) {
    window.why = task.whole_why;
    window.check_counts = task.facts.restless.empty() && task.facts.countable;
  } else {
    window.kind = Window::Kind::since;
  }
  return window;
}

}  // namespace engine::plan
