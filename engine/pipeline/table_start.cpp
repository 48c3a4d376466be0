#include "engine/pipeline/table_start.hpp"

#include <set>
#include <utility>

#include "engine/core/error.hpp"
#include "engine/pipeline/fenced_transaction.hpp"
#include "engine/pipeline/unreadable_rows.hpp"
#include "engine/plan/column_hash.hpp"
#include "engine/postgres/errors.hpp"
#include "engine/state/cursor.hpp"
#include "engine/state/known_rows.hpp"

namespace engine::pipeline {

using plan::TableTask;
using plan::Window;
using postgres::Transaction;
namespace statements = plan::statements;

void prepare_for_loading(const TableTask& task, SourceRead& look, Transaction& read) {
  look.how.send_stamp = std::exchange(look.how.send_watermark, false);
  look.how.send_hashes = true;
  if (const std::string compile = plan::compile_hashes(task.estimated_rows); !compile.empty()) read.run_script(compile);
}

void guard_against_emptied_source(const RunContext& run, const TableTask& task, const SourceRead& look,
                                  postgres::Session& target) {
  if (look.has_rows || run.past_fuse.contains(task.title)) return;
  if (!target.run(statements::target_has_own_rows(task)).flag(0, "has_rows")) return;
  const char* const then = task.removes() ? "; it removes all rows that came from the desktop"
                           : task.removes_deleted()
                               ? "; a full run then removes or marks all rows that came from the desktop"
                               : "";
  throw Error(ErrorCode::fuse, "the desktop table is empty, but the cloud holds rows of it",
              "see whether the desktop really lost its rows. If that is right, add --past-fuse " + task.title +
                  " to the command, once" + then);
}

Window window_to_read(const RunContext& run, const TableTask& task, postgres::Session& target) {
  const Window window = run.window_of(task);
  const bool looked_at = window.kind == Window::Kind::nothing && !run.emptied.contains(task.title);
  if (repairs(run.request.mode) || looked_at || task.direction != Direction::forward) return window;
  if (!run.cursor_of(task) && !run.progress_of(task)) return window;
  if (target.run(statements::target_has_rows(task)).flag(0, "has_rows")) return window;
  const auto forget = [&] {
    const bool had_rows = state::forget_known_rows(target, task.memory.known_id) > 0;
    // if this run does not get to its end the next one has to go on filling, from the beginning
    if (had_rows) state::distrust_cursor(target, run.scope, task.title);
    return had_rows;
  };
  if (target.in_transaction()) return forget() ? plan::for_emptied_target(window) : window;
  FencedTransaction write(target, run);
  const bool had_rows = forget();
  write.commit();
  return had_rows ? plan::for_emptied_target(window) : window;
}

void say_why_whole(const RunContext& run, const TableTask& task, const Window& window) {
  if (!window.unexpected) return;
  std::string text = "compared whole: " + window.why;
  if (!task.ignored.empty())
    text += "; not copied, because the target has no such column: " + joined(task.ignored, ", ");
  if (!task.defaulted.empty()) text += "; nothing feeds: " + joined(task.defaulted, ", ");
  run.observer.warning(task.title, text);
}

void with_growing_care(Care& care, const std::function<void(Care)>& write) {
  for (Care now = care;;) {
    try {
      return write(now);
    } catch (const UnreadableRow&) {
      throw;  // no care on our side helps
    } catch (const Error& error) {
      if (!postgres::is_about_a_row(error.sqlstate()) || now == Care::strict) throw;
      static const std::set<std::string, std::less<>> foreseen = {"23502", "23503", "23505"};
      const bool by_sets = now == Care::none && foreseen.contains(error.sqlstate());
      now = by_sets ? Care::sets : now < Care::rows ? Care::rows : Care::strict;
      care = Care::sets;
    }
  }
}

}  // namespace engine::pipeline
