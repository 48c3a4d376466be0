#include <fmt/format.h>

#include <algorithm>

#include "engine/report/remarks.hpp"
#include "engine/report/table_layout.hpp"
#include "engine/report/text.hpp"

namespace engine::report {
namespace {

std::string status_headline(const std::vector<StatusLine>& lines, bool with_notes) {
  const auto all = [&](const auto& holds) { return std::ranges::all_of(lines, holds); };
  const auto number = [&](const auto& holds) { return std::ranges::count_if(lines, holds); };
  const auto late = number(&StatusLine::too_old);
  if (late == 0 && all([](const StatusLine& l) { return l.sync_status == "completed"; }))
    return with_notes ? "every table was synchronised; see the notes below\n\n"
                      : "all well: every table was synchronised\n\n";
  if (late == 0 && all([](const StatusLine& l) {
        return l.sync_status == "completed" || (l.sync_status == "in_progress" && l.running);
      }))
    return "a run is under way\n\n";
  const auto failed =
      number([](const StatusLine& l) { return l.sync_status == "failed" || l.sync_status == "skipped"; });
  const auto broke_off = number(&StatusLine::broke_off);
  return fmt::format("ATTENTION: {} tables failed or were skipped, {}{} too old, {} never synchronised\n\n", failed,
                     broke_off > 0 ? fmt::format("{} broke off, ", broke_off) : "", late,
                     number([](const StatusLine& l) { return !l.age_seconds; }));
}

}  // namespace

std::string status_text(const std::vector<StatusLine>& lines, const std::vector<std::string>& notes) {
  TableLayout layout({"direction", "table", "last sync (UTC)", "age", "guarantee", "last result"});
  Remarks errors, remarks;
  std::string columns, waiting;
  for (const auto& line : lines) {
    const bool ever = line.age_seconds.has_value();
    layout.add({line.direction, line.table, ever ? line.last_sync_timestamp.substr(0, 19) : "never",
                ever ? duration(std::max(0.0, *line.age_seconds)) : "-", line.guarantee,
                line.broke_off() ? "broke off" : line.sync_status});
    errors.add(line.table, line.last_error.value_or(""));
    if (line.broke_off())
      errors.add(line.table,
                 "the last run broke off before it was done; nothing is half done, and the next run goes on "
                 "by itself");
    if (!line.stamped_until.empty())
      remarks.add(line.table, complete_as_of(line.last_sync_timestamp, line.stamped_until));
    if (!line.guarantee_why.empty()) remarks.add(line.table, line.guarantee + ": " + line.guarantee_why);
    const auto note_waiting = [&](std::int64_t number, const std::string& one, const std::string& many,
                                  const std::string& command) {
      if (number > 0)
        waiting += "\nnote: " + line.table + " (" + line.direction +
                   "): " + (number == 1 ? "1 " + one : grouped(number) + " " + many) + " (pgtide " + command +
                   " list --table " + line.table + ")\n";
    };
    note_waiting(line.waiting, "row waits in quarantine", "rows wait in quarantine", "quarantine");
    note_waiting(line.conflicts, "conflict waits", "conflicts wait", "conflicts");
    if (!line.note.empty()) columns += "  " + line.table + " (" + line.direction + "): " + line.note + "\n";
  }
  if (!columns.empty()) columns = "\nnot copied, because only one side has these columns:\n" + columns;
  std::string text = status_headline(lines, !notes.empty() || !waiting.empty()) + layout.text() + errors.text() +
                     remarks.text() + columns + waiting;
  for (const auto& note : notes) text += "\nnote: " + note + "\n";
  return text;
}

}  // namespace engine::report
