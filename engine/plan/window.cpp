#include "engine/plan/window.hpp"

#include <algorithm>

namespace engine::plan {
namespace {

constexpr capture::Xid one_epoch = capture::Xid{1} << 32;  // ids in rows are modulo this

// Why the cursor cannot be gone on from; empty if it can.
std::string cursor_is_useless(const TableTask& task, const capture::Cursor& cursor, bool trusted, capture::Xid until) {
  if (!task.has_xmin && !task.whole_why.empty()) return task.whole_why;
  if (!trusted) return "the source was restored, promoted or exchanged";
  if (!cursor.ids_valid)
    return "the source was restored, promoted or exchanged, the target lost its rows, or the watermark was reset, and "
           "no "
           "run has been completed since";
  if (cursor.table_oid != task.table_oid) return "the source table was made anew";
  if (cursor.next_xid > until) return "the source's transaction ids went back";
  if (task.has_xmin && until - cursor.next_xid >= one_epoch) return "too many transactions have passed since";
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

// Rows of a large table are looked for by their stamp until the next exact pass is due.
bool may_be_quick(const TableTask& task, const capture::Cursor& cursor) {
  return task.exact_every > 0 && !cursor.stamp.empty() && cursor.since_exact && *cursor.since_exact >= 0 &&
         *cursor.since_exact < static_cast<double>(task.exact_every);
}

// Keys of rows that wait can be found in the source by their jsonb form: the same on both sides.
bool keys_read_alike(const TableTask& task) {
  const auto names = task.row_key_columns();
  return std::ranges::all_of(task.columns, [&](const Column& c) {
    const bool named = c.key || std::ranges::find(names, c.target) != names.end();
    return !named || (c.conversion.same && c.conversion.stage_type != "timestamp with time zone");
  });
}

}  // namespace

Window decide_window(const TableTask& task, const Request& request, const std::optional<capture::Cursor>& cursor,
                     bool trusted, capture::Xid until, const std::vector<std::string>& waiting) {
  if (repairs(request.mode)) {
    Window window = whole(cursor, until, "");
    window.kind = request.days ? Window::Kind::days : Window::Kind::columns;
    if (request.days) window.days = *request.days;
    return window;
  }
  const std::string why_not =
      cursor ? cursor_is_useless(task, *cursor, trusted, until) : std::string("it has not been synchronised yet");
  if (!why_not.empty()) {
    Window window = whole(cursor, until, why_not);
    window.unexpected = cursor && why_not != task.whole_why;
    return window;
  }
  const std::string changed = looks_changed(task, *cursor);
  Window window = whole(cursor, until, changed);
  const bool as_usual = changed == task.whole_why;  // or not at all
  window.unexpected = !as_usual;
  if (request.mode == Mode::full || request.whole) {
    if (as_usual) window.why = request.mode == Mode::full ? "full" : "it was asked for";  // else why it has to be
    return window;
  }
  const bool tables_decide = task.facts.restless.empty() && task.facts.countable;
  const bool idle = task.has_xmin && cursor->next_xid == until && cursor->unfinished.empty() && waiting.empty();
  if (idle && as_usual && tables_decide) {
    window.kind = Window::Kind::nothing;
  } else if (!changed.empty()) {
    window.check_counts = as_usual && tables_decide && waiting.empty();
  } else if (!waiting.empty() && !keys_read_alike(task)) {
    window.why = "conflicts wait whose keys look different on the other side";
    window.unexpected = true;
  } else if (!task.has_xmin && cursor->stamp.empty()) {
    window.why = "in the last run it could not be seen who was at work at the source";
  } else {
    const bool by_stamp = !task.has_xmin || may_be_quick(task, *cursor);
    window.kind = by_stamp ? Window::Kind::stamped : Window::Kind::since;
    window.unstamped = by_stamp && !task.has_xmin;
    window.again = waiting;
  }
  return window;
}

std::optional<Window> news_of_full(const TableTask& task, const Request& request,
                                   const std::optional<capture::Cursor>& cursor, bool trusted, capture::Xid until,
                                   const std::vector<std::string>& waiting) {
  if (request.mode != Mode::full || !cursor || !task.has_xmin) return std::nullopt;
  if (!cursor_is_useless(task, *cursor, trusted, until).empty() || !looks_changed(task, *cursor).empty())
    return std::nullopt;
  if (!waiting.empty() && !keys_read_alike(task)) return std::nullopt;
  Window window = whole(cursor, until, "");
  const bool idle = cursor->next_xid == until && cursor->unfinished.empty() && waiting.empty();
  window.kind = idle ? Window::Kind::nothing : Window::Kind::since;
  window.again = waiting;
  return window;
}

Window go_on_after(Window window, const TableTask& task, const Request& request, const capture::Progress& progress,
                   bool trusted, const std::vector<std::string>& waiting) {
  // nothing is noted of how far a pass by stamp got, since it follows an index
  const bool by_file = window.kind == Window::Kind::whole || window.kind == Window::Kind::since;
  const bool same_job = by_file && !window.refill && !request.overwrite &&
                        progress.whole == (window.kind == Window::Kind::whole) &&
                        progress.started_from == window.from.run_id;
  const bool same_rows = trusted && task.in_file_order && progress.table_oid == task.table_oid &&
                         progress.schema_hash == task.schema_hash && progress.mapping_hash == task.mapping_hash;
  const bool ids_tell = progress.next_xid <= window.until && window.until - progress.next_xid < one_epoch;
  const bool waiting_are_read = waiting.empty() || keys_read_alike(task);
  if (!same_job || !same_rows || !ids_tell || !waiting_are_read) return window;
  window.after = progress;
  window.again = waiting;
  return window;
}

bool is_quick(const TableTask& task, const Window& window) {
  return task.has_xmin && window.kind == Window::Kind::stamped;
}

Window for_emptied_target(Window window) {
  window.refill = true;
  window.unexpected = window.unexpected || window.kind != Window::Kind::whole;
  window.kind = Window::Kind::whole;
  window.check_counts = false;
  window.again.clear();
  window.why = "the target table is empty";
  return window;
}

}  // namespace engine::plan
