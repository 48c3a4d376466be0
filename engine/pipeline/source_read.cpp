#include "engine/pipeline/source_read.hpp"

#include "engine/pipeline/preparation.hpp"

namespace engine::pipeline {

namespace statements = plan::statements;

namespace {

// Rows of each table that decides whether a whole compare is due, as text; empty if one of them has a new row.
std::string count_what_is_read(const plan::TableTask& task, const plan::Window& window, postgres::Transaction& read,
                               bool& fresh) {
  std::vector<QualifiedName> tables = task.facts.reads;
  tables.push_back(task.source);
  std::string counts;
  for (const auto& table : tables) {
    const auto counted = read.run(statements::count_read(table, window));
    fresh = fresh || counted.number(0, "fresh") > 0;
    counts +=
        std::string(counts.empty() ? "\"" : ", \"") + counted.text(0, "oid") + ":" + counted.text(0, "rows") + "\"";
  }
  return "[" + counts + "]";
}

void name_twins(const RunContext& run, const plan::TableTask& task, const postgres::Result& twins) {
  const auto differing = twins.number(0, "differing");
  if (differing == 0) return;
  run.observer.warning(task.title,
                       "rows that have the same key as a newer row but other contents, and are not copied: " +
                           std::to_string(differing) + "; keys " + twins.cell(0, "keys").value_or("") +
                           (differing > 5 ? " and more" : ""));
}

}  // namespace

postgres::Opening reading(const RunContext& run, const plan::TableTask& task) {
  postgres::Opening opening = opening_on(run.snapshot.id);
  opening.timezone = task.source_zone;
  opening.schema = task.source_schema;
  return opening;
}

SourceRead look_before_reading(const RunContext& run, const plan::TableTask& task, const plan::Window& window,
                               postgres::Transaction& read) {
  SourceRead look;
  look.window = window;
  look.how.send_known = task.memory.opposite_id != 0;
  look.how.send_number = task.keyless && task.direction == Direction::reverse;
  look.how.overwrite = run.request.overwrite;
  look.how.known_since = run.known_since_of(task);
  look.how.send_watermark = !task.watermark.empty();
  if (task.in_file_order) {
    look.file_node = read.run_script(statements::hold_file(task)).back().number(0, "file_node");
    if (look.window.after && look.window.after->file_node != look.file_node) look.window.after.reset();
  }
  if (task.direction == Direction::forward)
    look.has_rows = read.run(statements::source_has_rows(task)).flag(0, "has_rows");
  if (task.facts.countable && task.facts.restless.empty() && !task.whole_why.empty() && task.has_xmin) {
    bool fresh = false;
    look.read_counts = count_what_is_read(task, window, read, fresh);
    const auto before = run.cursor_of(task);
    if (window.check_counts && !fresh && before && before->read_counts == look.read_counts) {
      look.window.kind = plan::Window::Kind::nothing;
      return look;
    }
  }
  if (!task.keyless && !task.source_unique && read.run(statements::find_twins(task, look.window)).flag(0, "found")) {
    look.window.after.reset();  // which of them counts can only be told from all of them
    const auto twins = read.run(statements::count_twins(task, look.window));
    look.twins = twins.number(0, "twins");
    look.how.one_per_key = look.twins > 0;
    name_twins(run, task, twins);
  }
  return look;
}

}  // namespace engine::pipeline
