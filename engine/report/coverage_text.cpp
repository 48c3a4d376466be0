#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/report/coverage_view.hpp"
#include "engine/report/shell_words.hpp"
#include "engine/report/table_layout.hpp"
#include "engine/report/waiting_text.hpp"

namespace engine::report {
namespace {

constexpr const char* ruler =
    "                  1         2         3\n"
    "         1234567890123456789012345678901         rows  missing  waiting\n";
constexpr const char* legend =
    "\nEach sign is a day (UTC), by the rows' watermark: the day on which they were touched.\n"
    "  #  rows of that day have arrived         .  nothing was touched then, or it is not known\n"
    "  o  covered: there were no rows           !  missing: no run has covered the day\n"
    "  w  rows of that day wait in quarantine   -  today: no run has tried it yet\n";

std::string days_in_words(std::size_t number) {
  return grouped(static_cast<long long>(number)) + (number == 1 ? " day" : " days");
}
std::string rows_in_words(std::int64_t number) { return grouped(number) + (number == 1 ? " row" : " rows"); }

std::string title(const CoverageTable& table) { return table.state.table + " (" + table.state.scope.way() + ")"; }

struct Month {
  std::string signs = std::string(31, ' ');
  std::int64_t items = 0;
  std::int64_t missing = 0;
  std::int64_t waiting = 0;
};

// A month before anything was filled in: what is not known of a day, and what is not yet.
Month empty_month(const std::string& label, const Coverage& coverage, const std::string& today) {
  Month month;
  std::size_t place = 0;
  for (std::string day = label + "-01"; day.substr(0, 7) == label; day = day_after(day), ++place)
    if (day >= coverage.since && day <= today && (coverage.until.empty() || day <= coverage.until))
      month.signs[place] = day < today ? '.' : '-';
  return month;
}

// The months from the first run until today, as far as they were asked for, and others that have rows.
std::map<std::string, Month> calendar(const CoverageTable& table, const Coverage& coverage) {
  const auto& state = table.state;
  std::map<std::string, Month> months;
  const auto month_of = [&](const std::string& day) -> Month& {
    const std::string label = day.substr(0, 7);
    return months.try_emplace(label, empty_month(label, coverage, state.today)).first->second;
  };
  const auto sign_of = [](Month& month, const std::string& day) -> char& {
    return month.signs[std::stoul(day.substr(8)) - 1];
  };
  if (!state.first_day.empty()) {
    const std::string last = coverage.until.empty() ? state.today : std::min(state.today, coverage.until);
    for (std::string day = std::max(state.first_day, coverage.since); day <= last; day = day_after(day)) month_of(day);
  }
  for (const auto& day : state.days) {
    if (day.day < coverage.since) continue;
    auto& month = month_of(day.day);
    if (day.items) sign_of(month, day.day) = *day.items > 0 ? '#' : 'o';
    month.items += day.items.value_or(0);
    month.waiting += day.waiting;
  }
  for (const auto& gap : gaps_of(table, coverage.since, coverage.until)) {
    auto& month = month_of(gap.day);
    sign_of(month, gap.day) = gap.waiting > 0 ? 'w' : '!';
    month.missing += gap.why == "no_run" ? 1 : 0;
  }
  return months;
}

// Of the days before those that are shown.
Month earlier_days(const CoverageTable& table, const Coverage& coverage) {
  Month earlier;
  for (const auto& day : table.state.days)
    if (day.day < coverage.since) {
      earlier.items += day.items.value_or(0);
      earlier.waiting += day.waiting;
    }
  if (!coverage.since.empty())
    earlier.missing = std::ranges::count(gaps_of(table, "", day_after(coverage.since, -1)), "no_run", &Gap::why);
  return earlier;
}

std::string line_of(const std::string& label, const std::string& signs, const Month& month) {
  std::string line =
      fmt::format("{:<9}{:<31} {:>12}  {:>7}  {:>7}", label, signs, grouped(month.items),
                  month.missing > 0 ? grouped(month.missing) : "", month.waiting > 0 ? grouped(month.waiting) : "");
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

void add(Month& total, const Month& month) {
  total.items += month.items;
  total.missing += month.missing;
  total.waiting += month.waiting;
}

std::string summary_of(const Month& total, const Coverage& coverage) {
  std::string text = "in all: " + rows_in_words(total.items);
  text += total.missing > 0 ? ", " + days_in_words(static_cast<std::size_t>(total.missing)) + " missing"
                            : ", no day is missing";
  if (total.waiting > 0) text += ", " + rows_in_words(total.waiting) + (total.waiting == 1 ? " waits" : " wait");
  text += "\n";
  if (coverage.earlier) text += "shown since " + coverage.since + "; --since DAY shows earlier days too\n";
  if (total.missing + total.waiting > 0) text += "what to do about it: pgtide coverage --gaps\n";
  return text;
}

std::string undated(const Coverage& coverage) {
  std::string text;
  for (const auto& table : coverage.tables)
    if (table.state.waiting_undated > 0)
      text += "note: " + title(table) + ": " + rows_in_words(table.state.waiting_undated) +
              " in quarantine of which the day is not known:\n  pgtide quarantine list --table " +
              shell_word(table.state.table) + "\n";
  return text.empty() ? "" : "\n" + text;
}

// Days that follow each other and are mended in the same way, as one.
struct Stretch {
  std::string first;
  std::string last;
  std::string why;
  std::int64_t days = 0;
  std::int64_t waiting = 0;
  std::string command;
};

std::vector<Stretch> stretches(const CoverageTable& table, const Coverage& coverage) {
  std::vector<Stretch> found;
  for (const auto& gap : gaps_of(table, coverage.since, coverage.until)) {
    const auto resync = gap.command.find(" --since ");
    const std::string how = gap.command.substr(0, resync);
    const bool goes_on = !found.empty() && day_after(found.back().last) == gap.day && found.back().why == gap.why &&
                         found.back().command.substr(0, found.back().command.find(" --since ")) == how;
    if (!goes_on) found.push_back({gap.day, gap.day, gap.why, 0, 0, gap.command});
    auto& stretch = found.back();
    stretch.last = gap.day;
    stretch.days += 1;
    stretch.waiting += gap.waiting;
    stretch.command =
        resync == std::string::npos ? how : how + " --since " + stretch.first + " --until " + stretch.last;
  }
  return found;
}

}  // namespace

std::string coverage_text(const Coverage& coverage) {
  if (coverage.tables.empty()) return "nothing was ever copied: pgtide sync full begins\n";
  std::string text;
  Month all;
  for (const auto& table : coverage.tables) {
    text += (text.empty() ? "" : "\n") + title(table);
    const auto months = calendar(table, coverage);
    if (months.empty()) {
      text += ": never synchronised\n";
      continue;
    }
    text += "\n" + std::string(ruler);
    Month total;
    if (const Month before = earlier_days(table, coverage); coverage.earlier && before.items + before.missing > 0) {
      text += line_of("earlier", "  before " + coverage.since, before);
      add(total, before);
    }
    for (const auto& [label, month] : months) {
      text += line_of(label, month.signs, month);
      add(total, month);
    }
    if (months.size() > 1 || coverage.earlier) text += line_of("total", "", total);
    add(all, total);
  }
  return text + legend + "\n" + summary_of(all, coverage) + undated(coverage);
}

std::string coverage_text_by(const Coverage& coverage, By by) {
  TableLayout layout({"table", "direction",
                      by == By::day    ? "day (UTC)"
                      : by == By::week ? "week from"
                                       : "month from",
                      "days", "rows", "waiting", "copied at (UTC)"});
  Month all;
  bool any = false;
  for (const auto& table : coverage.tables) {
    const auto periods = added_up(table, by);
    Month total;
    std::int64_t days = 0;
    for (const auto& period : periods) {
      layout.add({table.state.table, table.state.scope.way(), period.first_day, grouped(period.days),
                  grouped(period.items), grouped(period.waiting),
                  period.synced_at.empty() ? "never" : minute(period.synced_at)});
      total.items += period.items;
      total.waiting += period.waiting;
      days += period.days;
    }
    if (periods.size() > 1)
      layout.add({table.state.table, table.state.scope.way(), "total", grouped(days), grouped(total.items),
                  grouped(total.waiting), ""});
    any = any || !periods.empty();
    total.missing = std::ranges::count(gaps_of(table, coverage.since, coverage.until), "no_run", &Gap::why);
    add(all, total);
  }
  if (!any) return "no day of that time is covered\n";
  return layout.text() + "\n" + summary_of(all, coverage) + undated(coverage);
}

std::string gaps_text(const Coverage& coverage) {
  TableLayout layout({"table", "direction", "from", "until", "days", "why", "waiting"});
  std::string commands;
  std::set<std::string> said;
  std::size_t missing = 0, with_gaps = 0;
  std::int64_t waiting = 0;
  for (const auto& table : coverage.tables) {
    const auto found = stretches(table, coverage);
    with_gaps += found.empty() ? 0 : 1;
    for (const auto& stretch : found) {
      layout.add({table.state.table, table.state.scope.way(), stretch.first, stretch.last, grouped(stretch.days),
                  stretch.why == "no_run" ? "no run has covered it" : "rows wait in quarantine",
                  grouped(stretch.waiting)});
      if (stretch.why == "no_run") missing += static_cast<std::size_t>(stretch.days);
      waiting += stretch.waiting;
      if (stretch.waiting > 0 && said.insert("list " + table.state.table).second)
        commands += "  pgtide quarantine list --table " + shell_word(table.state.table) +
                    "   (why they wait; mend that first)\n";
      if (said.insert(stretch.command).second) commands += "  " + stretch.command + "\n";
    }
  }
  if (commands.empty())
    return (coverage.tables.empty() ? "nothing was ever copied: pgtide sync full begins\n"
                                    : "No gaps: every day since the first run has arrived.\n") +
           undated(coverage);
  std::string text = missing > 0 ? "Gaps: " + days_in_words(missing) + " missing" : "Gaps: ";
  if (missing > 0 && with_gaps > 1) text += ", counted table by table";
  if (waiting > 0) text += (missing > 0 ? "; " : "") + rows_in_words(waiting) + (waiting == 1 ? " waits" : " wait");
  return text + "\n\n" + layout.text() + "\nwhat to do:\n" + commands + undated(coverage);
}

}  // namespace engine::report
