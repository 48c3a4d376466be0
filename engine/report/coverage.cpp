#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "engine/report/coverage_view.hpp"
#include "engine/report/shell_words.hpp"

namespace engine::report {
namespace {

namespace chrono = std::chrono;
using chrono::sys_days;

// The command that copies the days again, or brings them for the first time.
std::string mending(const CoverageTable& table, const std::string& first, const std::string& last) {
  const auto& state = table.state;
  const bool reverse = state.scope.direction == Direction::reverse;
  const std::string name = shell_word(state.table);
  if (state.succeeded_day.empty())
    return std::string("pgtide sync ") + (reverse ? "reverse" : "full") + " --table " + name;
  if (first > state.succeeded_day) return std::string("pgtide sync ") + (reverse ? "reverse" : "incremental");
  if (!state.has_stamps) return std::string("pgtide sync ") + (reverse ? "reverse" : "full") + " --table " + name;
  return "pgtide resync --table " + name + (table.both_ways ? " --direction " + state.scope.way() : "") + " --since " +
         first + " --until " + last;
}

}  // namespace

sys_days read_day(const std::string& day) {
  return chrono::year_month_day(chrono::year(std::stoi(day.substr(0, day.size() - 6))),
                                chrono::month(static_cast<unsigned>(std::stoi(day.substr(day.size() - 5, 2)))),
                                chrono::day(static_cast<unsigned>(std::stoi(day.substr(day.size() - 2)))));
}

std::string write_day(sys_days day) {
  const chrono::year_month_day parts(day);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(parts.year()), static_cast<unsigned>(parts.month()),
                     static_cast<unsigned>(parts.day()));
}

std::string day_after(const std::string& day, int days) { return write_day(read_day(day) + chrono::days(days)); }

std::vector<Gap> gaps_of(const CoverageTable& table, const std::string& since, const std::string& until) {
  const auto& state = table.state;
  std::map<std::string, Gap> gaps;
  std::map<std::string, bool> covered;
  for (const auto& day : state.days) {
    covered[day.day] = day.items.has_value();
    if (day.waiting > 0 && day.day >= since && (until.empty() || day.day <= until))
      gaps[day.day] = {day.day, "quarantine", day.waiting, mending(table, day.day, day.day)};
  }
  if (!state.first_day.empty()) {
    const bool today_counts = state.tried_day == state.today || state.succeeded_day == state.today;
    const std::string first = std::max(state.first_day, since);
    std::string last = today_counts ? state.today : day_after(state.today, -1);
    if (!until.empty()) last = std::min(last, until);
    for (std::string day = first; day <= last; day = day_after(day)) {
      if (covered.contains(day) && covered[day]) continue;
      auto& gap = gaps[day];
      gap.day = day;
      gap.why = "no_run";
      gap.command = mending(table, day, day);
    }
  }
  std::vector<Gap> ordered;
  for (auto& [day, gap] : gaps) ordered.push_back(std::move(gap));
  return ordered;
}

bool has_gaps(const Coverage& coverage) {
  return std::ranges::any_of(coverage.tables, [&](const CoverageTable& table) {
    return !gaps_of(table, coverage.since, coverage.until).empty();
  });
}

std::vector<Period> added_up(const CoverageTable& table, By by) {
  std::map<std::string, Period> periods;
  for (const auto& covered : table.state.days) {
    const sys_days day = read_day(covered.day);
    const chrono::year_month_day parts(day);
    const sys_days first = by == By::month  ? sys_days(parts.year() / parts.month() / 1)
                           : by == By::week ? day - (chrono::weekday(day) - chrono::Monday)
                                            : day;
    auto& period = periods[write_day(first)];
    period.first_day = write_day(first);
    period.waiting += covered.waiting;
    if (!covered.items) continue;
    period.days += 1;
    period.items += *covered.items;
    period.synced_at = std::max(period.synced_at, covered.synced_at);
  }
  std::vector<Period> ordered;
  for (auto& [day, period] : periods) ordered.push_back(std::move(period));
  return ordered;
}

}  // namespace engine::report
