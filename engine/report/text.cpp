#include "engine/report/text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/report/remarks.hpp"
#include "engine/report/table_layout.hpp"

namespace engine::report {
namespace {

using pipeline::TableOutcome;

std::string job_name(Mode mode) {
  switch (mode) {
    case Mode::full:
      return "sync full, desktop to cloud";
    case Mode::incremental:
      return "sync incremental, desktop to cloud";
    case Mode::reverse:
      return "sync reverse, cloud to desktop (inserts only)";
    case Mode::resync:
      return "resync, desktop to cloud";
    case Mode::resync_reverse:
      return "resync, cloud to desktop (inserts only)";
  }
  return "";
}

std::string headline(const pipeline::RunSummary& run) {
  switch (run.exit_status) {
    case 0:
      return "all done";
    case 7:
      return "INCOMPLETE: at least one table failed, the others are committed";
    case 5:
      return "INCOMPLETE: at least one table was refused and left alone, the others are committed";
    case 8:
      return "all tables done; some rows wait, see above";
    case 11:
      return "STOPPED by the fuse: at least one table was left alone before it was damaged";
    case 4:
      return "INCOMPLETE: a database was lost; run again later, nothing is half done";
    case 130:
    case 143:
      return "stopped on request; what was committed stays, nothing is half done";
    default:
      return "INCOMPLETE";
  }
}

std::vector<std::string> cells(const std::string& name, const std::string& status, const Counts& c, double seconds) {
  return {name,
          status,
          grouped(c.read),
          grouped(c.inserted),
          grouped(c.updated),
          grouped(c.unchanged),
          grouped(c.skipped),
          grouped(c.quarantined),
          grouped(c.conflicted),
          grouped(c.deleted),
          fmt::format("{:.2f}", seconds)};
}

std::string list(const std::vector<std::string>& names) { return names.empty() ? "none" : joined(names, ", "); }

void describe_method(std::string& text, const PlannedTable& planned) {
  switch (planned.window.kind) {
    case plan::Window::Kind::nothing:
      text += "  reads       nothing: no transaction has written anything since the last run\n";
      break;
    case plan::Window::Kind::since:
      text += "  reads       the rows written since the last run (by transaction id)\n";
      break;
    case plan::Window::Kind::stamped:
      text += "  reads       the rows stamped since " + planned.window.from.stamp.substr(0, 19) + " UTC (by " +
              planned.task->watermark_text + ")";
      text += planned.window.unstamped ? ", and those without a stamp\n"
                                       : ": a quick pass; every row is looked at again in " +
                                             duration(static_cast<double>(planned.task->exact_every) -
                                                      planned.window.from.since_exact.value_or(0)) +
                                             "\n";
      break;
    case plan::Window::Kind::whole:
      text += "  reads       the whole table (" + planned.window.why + ")";
      text += planned.window.check_counts ? ", unless nothing changed in what is read\n" : "\n";
      if (planned.refresh)
        text +=
            "  compares    " + std::string(plan::name_of(planned.refresh->method)) + ": " + planned.refresh->why + "\n";
      break;
    case plan::Window::Kind::days:
      text +=
          "  reads       the rows of " + planned.window.days.since + " to " + planned.window.days.until + " (UTC)\n";
      break;
    case plan::Window::Kind::columns:
      text += "  reads       some columns of the whole table\n";
      break;
  }
  const auto& task = *planned.task;
  if (task.removes())
    text += fmt::format(
        "  writes      inserts what is missing, removes what the desktop has no more (stops at more than {:g} %){}\n",
        task.fuse * 100,
        task.match.empty() ? "" : ", updates in place where " + joined(task.match, ", ") + " stayed the same");
  else
    text += task.direction == Direction::forward
                ? "  writes      inserts what is missing, updates what the desktop changed, leaves the rest alone\n"
                : "  writes      inserts what is missing, changes nothing that is there\n";
}

// "at most 3,619 rows"
std::string number_of(std::int64_t rows, bool exact, bool more, const char* what) {
  const char* how = more ? "more than " : exact ? "" : "at most ";
  return how + grouped(rows) + " " + what + (rows == 1 ? "" : "s");
}

void describe_orphans(std::string& text, const pipeline::Orphans& orphans) {
  int holding = 0;
  for (const auto& key : orphans.keys) {
    const std::string columns = joined(key.columns, ", ");
    if (!key.unknown.empty()) {
      text += "  held back   cannot be told for " + columns + " (to " + key.parent + "): " + key.unknown + "\n";
    } else if (key.cleared) {
      text += "  cleared     " + number_of(key.rows, orphans.exact, key.more, "reference") + " by " + columns +
              " to no row in " + key.parent + " (orphans: null); the rows are written\n";
    } else {
      ++holding;
      text += "  held back   " + number_of(key.rows, orphans.exact, key.more, "row") + " whose " + columns +
              " has no row in " + key.parent + "; " + (key.rows == 1 ? "it" : "they") +
              " will wait in quarantine (orphans: null would clear the reference)\n";
    }
  }
  if (holding > 1) text += "  held back   " + number_of(orphans.rows, orphans.exact, orphans.more, "row") + " in all\n";
}

void describe_deletes(std::string& text, const plan::TableTask& task, Mode mode) {
  using config::DeletePolicy;
  if (task.deletes == DeletePolicy::ignore) return;
  const std::string rows = "rows that the desktop has deleted";
  const std::string but = fmt::format(
      ", but none that the cloud changed or that other rows refer to (stops at more than {:g} %)", task.fuse * 100);
  text += "  deletes     ";
  if (mode != Mode::full)
    text += "left to the next full run\n";
  else if (task.deletes == DeletePolicy::report)
    text += "names " + rows + ", removes none\n";
  else
    text += (task.deletes == DeletePolicy::hard ? "removes " + rows : "marks " + rows + " in " + task.soft_delete) +
            but + "\n";
}

// What identifies a row.
std::string key_text(const plan::TableTask& task) {
  if (!task.keyless) return list(task.key);
  return std::string(task.removes() ? "none: rows are matched by their contents and counted"
                                    : "none: each row comes once") +
         "; in the cloud " + list(task.identity()) + " tells them apart";
}

void describe_columns(std::string& text, const plan::TableTask& task) {
  std::vector<std::string> copied, computed, converted;
  for (const auto& column : task.columns) {
    if (column.role == plan::Role::computed)
      computed.push_back(column.target);
    else if (column.role == plan::Role::origin)
      computed.push_back(column.target + " (origin)");
    else
      copied.push_back(column.source == column.target ? column.target : column.source + " -> " + column.target);
    if (!column.conversion.same) converted.push_back(column.target);
  }
  text += "  key         " + key_text(task) + "\n";
  if (task.both_ways) text += "  both ways   what one direction brought is no news to the other\n";
  text += "  copied      " + list(copied) + "\n";
  if (!computed.empty()) text += "  computed    " + list(computed) + "\n";
  if (!converted.empty())
    text += "  converted   " + list(converted) +
            " (types differ; a row whose value does not fit waits in quarantine, nothing is cut)\n";
  if (!task.ignored.empty()) text += "  ignored     " + list(task.ignored) + " (no such column in the target)\n";
  if (!task.skipped.empty()) text += "  skipped     " + list(task.skipped) + " (by the map)\n";
  if (!task.defaulted.empty())
    text += "  left alone  " + list(task.defaulted) + " (nothing feeds them: DEFAULT in new rows)\n";
}

// Of the tables that are not exact, or not now.
std::string what_the_rows_rest_on(const pipeline::RunSummary& run) {
  Remarks remarks;
  for (const auto& table : run.tables) {
    if (!table.stamped_until.empty())
      remarks.add(table.table, complete_as_of(table.last_sync_timestamp, table.stamped_until));
    if (table.guarantee == "exact") continue;
    remarks.add(table.table, table.guarantee + (table.guarantee_why.empty() ? "" : ": " + table.guarantee_why));
  }
  return remarks.text();
}

// Where the rows are that wait, and what to do about them.
std::string what_waits(const pipeline::RunSummary& run) {
  std::string text;
  if (run.waiting_rows > 0)
    text += fmt::format(
        "\nrows that wait in quarantine: {}. They cannot be read or do not fit; all others were copied.\n"
        "  see them, why they wait and what to do: pgtide quarantine list\n"
        "  each run tries them again, unless the list says given up; pgtide quarantine retry does it now\n",
        grouped(run.waiting_rows));
  if (run.open_conflicts > 0)
    text += fmt::format(
        "\nconflicts that wait: {}. Desktop and cloud do not agree about these rows; neither side was changed.\n"
        "  see them, and what can be decided: pgtide conflicts list\n"
        "  decide: pgtide conflicts resolve --table NAME --key KEY --take desktop|cloud\n",
        grouped(run.open_conflicts));
  return text;
}

}  // namespace

std::string run_text(const pipeline::RunSummary& run) {
  TableLayout layout({"table", "status", "read", "inserted", "updated", "unchanged", "skipped", "quarantined",
                      "conflicted", "deleted", "seconds"});
  Counts total;
  double seconds = 0;
  const TableOutcome* slowest = nullptr;
  for (const auto& table : run.tables) {
    layout.add(cells(table.table, table.status, table.counts, table.seconds));
    total += table.counts;
    seconds += table.seconds;
    if (!slowest || table.seconds > slowest->seconds) slowest = &table;
  }
  layout.add(cells("total", "", total, seconds));
  std::string text = layout.text();
  for (const auto& table : run.tables) {
    if (table.error.empty()) continue;
    text += "\n" + table.table + " - " + table.status + ": " + table.error + "\n";
    if (!table.hint.empty()) text += "  what to do: " + table.hint + "\n";
  }
  text += what_the_rows_rest_on(run);
  text += what_waits(run);
  text += fmt::format("\n{}{}: {}. Run {} of map {}, {} moved", job_name(run.mode),
                      run.about.empty() ? "" : ", " + run.about, headline(run), run.run_id, run.map, size(total.bytes));
  if (slowest && run.tables.size() > 1)
    text += fmt::format("; slowest: {} ({})", slowest->table, duration(slowest->seconds));
  return text + "\n";
}

namespace {

std::string counts_text(const Counts& counts) {
  std::vector<std::string> parts;
  const auto add = [&](std::int64_t rows, const std::string& before, const std::string& after = "") {
    if (rows > 0) parts.push_back(before + " " + grouped(rows) + after);
  };
  add(counts.inserted, "insert");
  add(counts.updated, "update");
  add(counts.quarantined, "hold back", " (quarantine)");
  add(counts.conflicted, "find", " in conflict");
  add(counts.deleted, "remove or mark");
  std::string text = parts.empty() ? "write nothing" : list(parts);
  parts.clear();
  add(counts.unchanged, "", counts.unchanged == 1 ? " is equal" : " are equal");
  add(counts.skipped, "", counts.skipped == 1 ? " stays as it is" : " stay as they are");
  for (const auto& part : parts) text += ";" + part;
  return text;
}

std::string forecast_text(const pipeline::Forecast& forecast) {
  if (!forecast.unknown.empty()) return "not counted: " + forecast.unknown;
  return counts_text(forecast.counts) + (forecast.but.empty() ? "" : "\n              " + forecast.but);
}

void describe_rebuilt(std::string& text, const pipeline::Forecast* forecast) {
  if (!forecast) return;
  if (!forecast->rebuilt.empty())
    text += "  indexes     dropped before the rows are loaded, and made again behind them: " + list(forecast->rebuilt) +
            "\n";
  for (const auto& kept : forecast->rebuilt_not)
    text += "  indexes     stays while the rows are loaded: " + kept + "\n";
}

std::string totals_text(const std::vector<PlannedTable>& tables) {
  Counts total;
  std::vector<std::string> unknown;
  bool any = false;
  for (const auto& table : tables) {
    if (!table.forecast) continue;
    any = true;
    if (!table.forecast->unknown.empty())
      unknown.push_back(table.task->title);
    else
      total += table.forecast->counts;
  }
  if (!any) return "";
  return "\nall tables together would " + counts_text(total) +
         (unknown.empty() ? "" : "; not counted: " + list(unknown)) + "\n";
}

}  // namespace

std::string plan_text(const plan::Plan& plan, const std::vector<PlannedTable>& tables, Mode mode,
                      const std::string& map) {
  std::string text = "plan of " + job_name(mode) + ", map " + map + ". Nothing was written.\n";
  for (std::size_t wave = 0; wave < plan.waves.size(); ++wave)
    for (const auto& group : plan.waves[wave])
      for (const auto index : group.tasks) {
        const auto planned = std::ranges::find(tables, &plan.tasks[index], &PlannedTable::task);
        if (planned == tables.end()) continue;
        const auto& task = *planned->task;
        text += fmt::format(
            "\n{}  (from {}, wave {}, {})\n", task.title, display(task.source, task.source_schema), wave + 1,
            task.estimated_rows < 0 ? "number of rows not known" : "about " + grouped(task.estimated_rows) + " rows");
        describe_method(text, *planned);
        if (planned->forecast) text += "  would       " + forecast_text(*planned->forecast) + "\n";
        describe_rebuilt(text, planned->forecast);
        describe_deletes(text, task, mode);
        describe_columns(text, task);
        text += "  watermark   " + (task.watermark_text.empty() ? "none" : task.watermark_text) + "\n";
        text +=
            "  guarantee   " + task.guarantee + (task.guarantee_why.empty() ? "" : ": " + task.guarantee_why) + "\n";
        if (group.one_transaction)
          text += group.tasks.size() > 1
                      ? "  commits     together with the tables it refers to in a circle, in one transaction\n"
                      : "  commits     all rows in one transaction\n";
        if (planned->orphans) describe_orphans(text, *planned->orphans);
        for (const auto& note : task.notes) text += "  note        " + note + "\n";
      }
  for (const auto& [index, parent] : plan.blocked)
    text += "\n" + plan.tasks[index].title + "  SKIPPED\n  why         it refers to table " + parent +
            ", which is refused\n";
  for (const auto& refusal : plan.refusals) {
    text += "\n" + refusal.title + "  REFUSED, will be left alone\n  why         " + refusal.reason + "\n";
    if (!refusal.hint.empty()) text += "  what to do  " + refusal.hint + "\n";
  }
  text += totals_text(tables);
  return text + fmt::format("\ntables that will be handled: {}; skipped: {}; refused: {}\n", tables.size(),
                            plan.blocked.size(), plan.refusals.size());
}

}  // namespace engine::report
