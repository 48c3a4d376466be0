#include <fmt/format.h>

#include <algorithm>

#include "engine/report/remarks.hpp"
#include "engine/report/shell_words.hpp"
#include "engine/report/table_layout.hpp"
#include "engine/report/text.hpp"
#include "engine/report/waiting_text.hpp"

namespace engine::report {
namespace {

constexpr std::int64_t worth_mentioning = 100;  // rows more than usual

std::string headline_of(const std::vector<StatusLine>& lines) {
  const Verdict verdict = judge(lines);
  std::string text = verdict.headline + "\n";
  for (const auto& step : verdict.next) text += "  what to do: " + step + "\n";
  return text + "\n";
}

std::string number_or_blank(const std::optional<std::int64_t>& number) { return number ? grouped(*number) : ""; }

std::vector<std::string> cells_of(const StatusLine& line) {
  if (line.unknown) return {line.direction, line.table, "?", "?", "?", "not known", "-", "-", "?"};
  const Trend trend = trend_of(line);
  return {line.direction,
          line.table,
          line.last_successful_sync.empty() ? "never" : minute(line.last_successful_sync),
          line.age_seconds ? duration(std::max(0.0, *line.age_seconds)) : "-",
          line.guarantee,
          line.broke_off() ? "broke off" : line.sync_status,
          number_or_blank(trend.written),
          number_or_blank(trend.usual),
          grouped(line.waiting + line.conflicts)};
}

// What is out of the ordinary, where the table of all tables does not say enough.
std::string unusual(const StatusLine& line) {
  const Trend trend = trend_of(line);
  if (is_late(line))
    return "usually synchronised every " + in_words(*trend.usual_gap_seconds) + ", and now " +
           in_words(*line.age_seconds) + " old";
  if (trend.in_a_word == "more" && *trend.written - *trend.usual > worth_mentioning)
    return "the last run wrote " + grouped(*trend.written) + " rows, much more than usual (about " +
           grouped(*trend.usual) + ")";
  return "";
}

void describe_waiting(std::string& text, const StatusLine& line) {
  const auto note = [&](std::int64_t number, const std::string& one, const std::string& many,
                        const std::string& command) {
    if (number == 0) return;
    text += "\nnote: " + line.table + " (" + line.direction +
            "): " + (number == 1 ? "1 " + one : grouped(number) + " " + many) + " (pgtide " + command +
            " list --table " + shell_word(line.table) + ")\n";
  };
  note(line.waiting, "row waits in quarantine", "rows wait in quarantine", "quarantine");
  if (line.given_up > 0)
    text += "  given up, tried too often without a change: " + grouped(line.given_up) +
            "; pgtide quarantine retry --table " + shell_word(line.table) + " and pgtide sync full try them again\n";
  if (line.tries_left && line.waiting > line.given_up)
    text += *line.tries_left == 0
                ? "  the next run is the last one that tries those that have waited longest\n"
                : "  tries left before the first of them is given up: " + grouped(*line.tries_left) + "\n";
  note(line.conflicts, "conflict waits", "conflicts wait", "conflicts");
}

// --verbose: what the last run did, in full.
std::string last_run_text(const StatusLine& line) {
  if (line.recent.empty()) return "";
  const auto& run = line.recent.front();
  const auto& n = run.counts;
  return fmt::format(
      "  {} ({}): run {} ({}, {} UTC, {}) {}: read {}, inserted {}, updated {}, unchanged {}, skipped {}, quarantined "
      "{}, conflicted {}, deleted {}\n",
      line.table, line.direction, run.run_id, run.mode, minute(run.started_at), duration(run.seconds), run.status,
      grouped(n.read), grouped(n.inserted), grouped(n.updated), grouped(n.unchanged), grouped(n.skipped),
      grouped(n.quarantined), grouped(n.conflicted), grouped(n.deleted));
}

}  // namespace

std::string status_text(const std::vector<StatusLine>& lines, const std::vector<std::string>& notes, bool verbose) {
  TableLayout layout(
      {"direction", "table", "last success", "age", "guarantee", "last result", "written", "usually", "waits"});
  Remarks errors, remarks;
  std::string columns, waiting, last_runs;
  for (const auto& line : lines) {
    layout.add(cells_of(line));
    std::string error = line.last_error.value_or("");
    if (!error.empty() && !line.recent.empty() && !line.recent.front().done() && !line.recent.front().hint.empty())
      error += "\n  what to do: " + line.recent.front().hint;
    errors.add(line.table, error);
    if (line.broke_off())
      errors.add(line.table,
                 "the last run broke off before it was done; nothing is half done, and the next run goes on "
                 "by itself");
    if (!line.stamped_until.empty())
      remarks.add(line.table, complete_as_of(line.last_sync_timestamp, line.stamped_until));
    if (!line.guarantee_why.empty()) remarks.add(line.table, line.guarantee + ": " + line.guarantee_why);
    remarks.add(line.table + " (" + line.direction + ")", unusual(line));
    for (const auto& missing : line.missing) remarks.add(line.table + " (" + line.direction + ")", missing);
    describe_waiting(waiting, line);
    if (!line.note.empty()) columns += "  " + line.table + " (" + line.direction + "): " + line.note + "\n";
    if (verbose) last_runs += last_run_text(line);
  }
  if (!columns.empty()) columns = "\nnot copied, because only one side has these columns:\n" + columns;
  if (!last_runs.empty()) last_runs = "\nthe last run of each table:\n" + last_runs;
  std::string text =
      headline_of(lines) + layout.text() + errors.text() + remarks.text() + columns + waiting + last_runs;
  for (const auto& note : notes) text += "\nnote: " + note + "\n";
  if (!lines.empty())
    text +=
        "\nTimes are UTC. age: since everything in the source was here. written: rows that the last run inserted, "
        "updated or\nremoved; usually: of runs that wrote any. waits: rows in quarantine and conflicts.\n";
  return text;
}

}  // namespace engine::report
