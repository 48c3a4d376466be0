#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "engine/core/names.hpp"
#include "engine/report/history_view.hpp"
#include "engine/report/table_layout.hpp"
#include "engine/report/waiting_text.hpp"

namespace engine::report {
namespace {

using state::RunRecord;
using state::TableRun;

constexpr std::size_t most_removed = 100;  // keys of one run

std::string name_of_run(const std::string& direction, std::int64_t run_id) {
  return "run " + std::to_string(run_id) + " (" + direction + ")";
}

bool is_bad(const TableRun& table) {
  return table.status == "failed" || table.status == "refused" || table.status == "fuse";
}

// "1 table failed: jobs"
std::string which_tables(const RunRecord& run) {
  std::vector<std::string> names;
  for (const auto& table : run.tables)
    if (is_bad(table)) names.push_back(table.table);
  if (names.empty()) return "";
  const std::size_t number = names.size();
  if (number > 2) names.resize(2);
  return joined(names, ", ") + (number > 2 ? fmt::format(" and {} more", number - 2) : "");
}

// How it ended, in words that follow "it ...".
std::string outcome(const RunRecord& run) {
  const std::string names = which_tables(run);
  const std::string about = names.empty() ? "" : ": " + names;
  if (run.finished_at.empty()) return run.under_way ? "under way" : "broke off";
  if (run.status == "ok") return "all done";
  if (run.status == "attention") return "done, rows wait";
  if (run.status == "partial") return "failed" + about;
  if (run.status == "fuse") return "stopped by the fuse" + about;
  if (run.status == "refused") return "refused" + about;
  if (run.status == "killed") return "broke off" + about;
  if (run.status == "interrupted") return "stopped on request";
  if (run.status == "unavailable") return "a database was lost" + about;
  return run.status + about;
}

Counts total_of(const RunRecord& run) {
  Counts total;
  for (const auto& table : run.tables) total += table.counts;
  return total;
}

std::string tables_of(const RunRecord& run) {
  TableLayout layout({"table", "status", "read", "inserted", "updated", "unchanged", "skipped", "quarantined",
                      "conflicted", "deleted", "seconds"});
  for (const auto& table : run.tables) {
    const auto& n = table.counts;
    layout.add({table.table, table.status, grouped(n.read), grouped(n.inserted), grouped(n.updated),
                grouped(n.unchanged), grouped(n.skipped), grouped(n.quarantined), grouped(n.conflicted),
                grouped(n.deleted), fmt::format("{:.2f}", static_cast<double>(table.duration_ms) / 1000)});
  }
  std::string text = run.tables.empty() ? "no table was handled\n" : layout.text();
  for (const auto& table : run.tables) {
    if (table.error.empty()) continue;
    text += table.table + " - " + table.status + ": " + table.error + "\n";
    const std::string remedy = table.hint.empty() ? usual_remedy(table.error_code, run.mode) : table.hint;
    if (!remedy.empty()) text += "  what to do: " + remedy + "\n";
  }
  return text;
}

std::string event_line(const state::PastEvent& event) {
  std::string text =
      "  " +
      (event.created_at.size() < 19 ? event.created_at
                                    : event.created_at.substr(0, 10) + " " + event.created_at.substr(11, 8)) +
      "  " + event.type;
  if (!event.table.empty()) text += ", " + event.table;
  if (event.status != "ok") text += ", " + event.status;
  if (!event.message.empty()) text += ": " + event.message;
  return text + "\n";
}

// Those of one table and message that follow each other as one line, however many rows they are about.
std::string events_text(const std::vector<state::PastEvent>& events) {
  std::string text;
  for (std::size_t i = 0; i < events.size();) {
    std::size_t same = i + 1;
    while (same < events.size() && events[same].type == events[i].type && events[same].table == events[i].table &&
           events[same].message == events[i].message)
      ++same;
    std::string line = event_line(events[i]);
    if (same - i > 1)
      line.insert(line.size() - 1, fmt::format("  (times {})", grouped(static_cast<long long>(same - i))));
    text += line;
    i = same;
  }
  return text;
}

std::string removed_text(const RunRecord& run) {
  std::string text;
  for (std::size_t i = 0; i < run.removed.size(); ++i) {
    if (i == most_removed)
      return text +
             fmt::format("  and {} more; --json prints all\n", grouped(static_cast<long long>(run.removed.size() - i)));
    const auto& row = run.removed[i];
    text += "  " + row.table + " " + row.row_key + ": " + row.how + "\n";
  }
  return text;
}

std::string in_full(const History& history) {
  std::string text;
  for (const auto& run : history.runs) {
    const std::string direction(name_of(run.scope.direction));
    text += "\n" + name_of_run(direction, run.run_id) + ", " + run.mode + ", " + minute(run.started_at) + " UTC, " +
            duration(run.seconds) + ": " + outcome(run) +
            (run.exit_status ? " (exit status " + std::to_string(*run.exit_status) + ")" : "") + "\n";
    if (history.in_full) text += tables_of(run);
    if (!run.events.empty()) text += "what happened:\n" + events_text(run.events);
    if (!run.removed.empty()) text += "rows that it removed or marked as deleted:\n" + removed_text(run);
  }
  return text;
}

std::string by_hand_text(const History& history) {
  std::string text;
  for (const auto& way : history.by_hand) {
    const std::string direction(name_of(way.scope.direction));
    if (!way.events.empty()) text += "\ndone by hand (" + direction + "):\n" + events_text(way.events);
    if (way.discarded.empty()) continue;
    text += "\nrows that an operator discarded (" + direction + "), left out until they change at the source:\n";
    for (std::size_t i = 0; i < way.discarded.size(); ++i) {
      if (i == most_removed) {
        text += fmt::format("  and {} more\n", grouped(static_cast<long long>(way.discarded.size() - i)));
        break;
      }
      const auto& row = way.discarded[i];
      text += "  " + minute(row.discarded_at) + "  " + row.table + " " + row.row_key + ": " + row.reason + "\n";
    }
  }
  return text;
}

std::string failure_text(const state::LastFailure& failure) {
  const std::string direction(name_of(failure.scope.direction));
  std::string text = "\nThe last failure (" + direction + "): " + failure.table.table + " in run " +
                     std::to_string(failure.run_id) + " (" + failure.mode + ", " + minute(failure.started_at) +
                     " UTC)\n  cause: " + (failure.table.error.empty() ? failure.table.status : failure.table.error) +
                     "\n";
  if (failure.mended_by)
    return text + "  It is over: run " + std::to_string(*failure.mended_by) + " has completed the table since.\n";
  const std::string remedy =
      failure.table.hint.empty() ? usual_remedy(failure.table.error_code, failure.mode) : failure.table.hint;
  return remedy.empty() ? text : text + "  what to do: " + remedy + "\n";
}

}  // namespace

std::string usual_remedy(const std::string& error_code, const std::string& mode) {
  const std::string job = "pgtide sync " + (mode == "resync" ? "incremental" : mode);
  if (error_code == "unavailable") return "see whether network and server work, then run again: " + job;
  if (error_code == "interrupted" || error_code == "already_running") return "run again: " + job;
  if (error_code == "internal") return "this is a defect of pgtide: report it; running again is safe: " + job;
  if (error_code == "fuse") return "docs/OPERATING.md, \"The fuse stopped a table\"";
  if (error_code == "partial") return "docs/OPERATING.md, \"A table failed\"; then run again: " + job;
  return "";
}

std::string history_text(const History& history) {
  if (history.runs.empty() && history.by_hand.empty())
    return history.filtered ? "no such run in the history\n" : "nothing has run yet: pgtide sync full begins\n";
  TableLayout layout({"run", "direction", "job", "started (UTC)", "took", "read", "new", "changed", "removed",
                      "held back", "outcome"});
  for (const auto& run : history.runs) {
    const Counts total = total_of(run);
    layout.add({std::to_string(run.run_id), std::string(name_of(run.scope.direction)), run.mode, minute(run.started_at),
                duration(run.seconds), grouped(total.read), grouped(total.inserted), grouped(total.updated),
                grouped(run.removed_rows > 0 ? run.removed_rows : total.deleted),
                grouped(total.quarantined + total.conflicted), outcome(run)});
  }
  std::string text = history.runs.empty() ? "no such run in the history\n" : layout.text();
  if (history.more) text += "\nThere are older ones: --limit N shows more, --since and --until choose the time.\n";
  if (history.in_full || history.with_events || history.with_removed) text += in_full(history);
  text += by_hand_text(history);
  for (const auto& failure : history.last_failure) text += failure_text(failure);
  if (!history.in_full && !history.runs.empty())
    text += "\nheld back: rows that wait in quarantine or as conflicts. --run N shows a run with its tables.\n";
  return text;
}

}  // namespace engine::report
