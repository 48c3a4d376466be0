#include "engine/pipeline/source_read.hpp"

#include "engine/core/error.hpp"
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

// Rows that lose against another with the same key, though they say something else.
std::vector<state::HeldRow> read_differing_twins(const plan::TableTask& task, const plan::Window& window,
                                                 postgres::Transaction& read) {
  const auto found = read.run(statements::list_differing_twins(task, window));
  std::vector<state::HeldRow> rows;
  for (std::size_t i = 0; i < found.size(); ++i)
    rows.push_back({found.text(i, "row_key"), found.text(i, "row_data"), "duplicate_key", "",
                    "another row of the source has the same key and is newer",
                    "give one of the two another key at the source, or remove the one that is wrong"});
  return rows;
}

// So many rows without a place of their own are no slip: somebody should look first.
void guard_by_limit(const RunContext& run, const plan::TableTask& task, const postgres::Result& twins) {
  constexpr std::int64_t largest_list = 1'000'000;
  if (twins.number(0, "differing") <= largest_list || run.past_fuse.contains(task.title)) return;
  throw Error(ErrorCode::fuse,
              "more than a million rows of the source have the same key as another row, but other contents",
              "name the columns that really identify a row under key: in the map");
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
    look.read_counts = count_what_is_read(task, window, read, look.has_news);
    const auto before = run.cursor_of(task);
    if (window.check_counts && !look.has_news && before && before->read_counts == look.read_counts) {
      look.window.kind = plan::Window::Kind::nothing;
      return look;
    }
  }
  if (!task.keyless && !task.source_unique && read.run(statements::find_twins(task, look.window)).flag(0, "found")) {
    look.window.after.reset();  // which of them counts can only be told from all of them
    const auto twins = read.run(statements::count_twins(task, look.window));
    look.twins = twins.number(0, "twins");
    look.how.one_per_key = look.twins > 0;
    if (task.fills_columns)
      throw Error(ErrorCode::refused,
                  "keys occur twice in the source, and which of the rows counts can only be told from whole rows",
                  "pgtide sync full --table " + task.title + " brings the new column");
    guard_by_limit(run, task, twins);
    if (twins.number(0, "differing") > 0) look.differing = read_differing_twins(task, look.window, read);
  }
  return look;
}

}  // namespace engine::pipeline
