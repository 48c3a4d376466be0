#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include "engine/core/names.hpp"
#include "engine/report/shell_words.hpp"
#include "engine/report/status_view.hpp"
#include "engine/report/table_layout.hpp"

namespace engine::report {
namespace {

constexpr std::size_t runs_for_usual = 7;
constexpr std::size_t fewest_for_usual = 3;
constexpr double never_late_seconds = 26 * 3600;

template <class Number>
Number median(std::vector<Number> values) {
  std::ranges::sort(values);
  return values[(values.size() - 1) / 2];
}

std::string tables(std::size_t number) {
  return grouped(static_cast<long long>(number)) + (number == 1 ? " table" : " tables");
}

std::string rows(std::int64_t number) { return grouped(number) + (number == 1 ? " row" : " rows"); }

// "1 table failed", "2 tables failed"; then the same without the word: "3 are too old".
class Findings {
 public:
  void add(std::size_t number, const std::string& one, const std::string& many) {
    if (number == 0) return;
    parts_.push_back(parts_.empty() ? tables(number) + " " + (number == 1 ? one : many)
                                    : grouped(static_cast<long long>(number)) + " " + (number == 1 ? one : many));
  }
  void add_text(const std::string& text) { parts_.push_back(text); }
  bool empty() const { return parts_.empty(); }
  std::string text() const { return joined(parts_, ", "); }

 private:
  std::vector<std::string> parts_;
};

bool never(const StatusLine& line) { return !line.unknown && !line.age_seconds; }
bool failed(const StatusLine& line) { return line.sync_status == "failed"; }
bool skipped(const StatusLine& line) { return line.sync_status == "skipped"; }
bool stopped(const StatusLine& line) { return line.sync_status == "pending" && line.age_seconds.has_value(); }

bool lacks_indexes(const StatusLine& line) { return !line.running && !line.missing.empty(); }

std::string job_of(const StatusLine& line) {
  return line.direction == "reverse" ? "pgtide sync reverse" : "pgtide sync incremental";
}

class Judge {
 public:
  explicit Judge(const std::vector<StatusLine>& lines) : lines_(lines) {}

  Verdict verdict() const {
    Verdict verdict;
    const Findings wrong = what_is_wrong(), waits = what_waits();
    const bool running = std::ranges::any_of(
        lines_, [](const StatusLine& line) { return line.running && line.sync_status == "in_progress"; });
    if (!wrong.empty()) {
      verdict.level = Verdict::Level::not_well;
      verdict.headline = "Not well: " + wrong.text() + (waits.empty() ? "" : "; " + waits.text());
    } else if (!waits.empty()) {
      verdict.level = Verdict::Level::attention;
      verdict.headline = "Attention: " + waits.text();
    } else if (running) {
      verdict.level = Verdict::Level::under_way;
      verdict.headline = "A run is under way; all else is well: " + tables(lines_.size());
    } else if (lines_.empty()) {
      verdict.headline = "All is well: the map has no tables";
    } else {
      verdict.headline = "All is well: " + tables(lines_.size()) + ", " + (lines_.size() == 1 ? "" : "the oldest ") +
                         in_words(oldest()) + " old";
    }
    verdict.next = next_steps();
    return verdict;
  }

 private:
  template <class Holds>
  std::size_t number(const Holds& holds) const {
    return static_cast<std::size_t>(std::ranges::count_if(lines_, holds));
  }
  template <class Holds>
  std::vector<const StatusLine*> those(const Holds& holds) const {
    std::vector<const StatusLine*> found;
    for (const auto& line : lines_)
      if (std::invoke(holds, line)) found.push_back(&line);
    return found;
  }

  double oldest() const {
    double age = 0;
    for (const auto& line : lines_) age = std::max(age, line.age_seconds.value_or(0));
    return age;
  }

  Findings what_is_wrong() const {
    Findings found;
    found.add(number(failed), "failed", "failed");
    found.add(number(&StatusLine::broke_off), "broke off", "broke off");
    found.add(number(skipped), "was skipped", "were skipped");
    found.add(number(stopped), "was stopped before it was its turn", "were stopped before it was their turn");
    found.add(number(never), "was never synchronised", "were never synchronised");
    found.add(number([](const StatusLine& line) { return line.too_old && line.age_seconds; }), "is too old",
              "are too old");
    found.add(number([](const StatusLine& line) { return !line.too_old && is_late(line); }), "is older than usual",
              "are older than usual");
    found.add(number(&StatusLine::unknown), "could not be asked about", "could not be asked about");
    return found;
  }

  Findings what_waits() const {
    Findings found;
    std::int64_t waiting = 0, conflicts = 0, given_up = 0;
    for (const auto& line : lines_) waiting += line.waiting, conflicts += line.conflicts, given_up += line.given_up;
    if (waiting > 0)
      found.add_text(rows(waiting) + " of " + tables(number([](const StatusLine& l) { return l.waiting > 0; })) +
                     (waiting == 1 ? " waits" : " wait") + " in quarantine" +
                     (given_up > 0 ? " (" + grouped(given_up) + " given up)" : ""));
    const auto bare = number(lacks_indexes);
    if (bare > 0)
      found.add_text("indexes or foreign keys of " + tables(bare) + " are not there again after a first load");
    if (conflicts > 0)
      found.add_text(grouped(conflicts) + (conflicts == 1 ? " conflict waits" : " conflicts wait") + " for a decision");
    return found;
  }

  // The most urgent first; the same command once.
  std::vector<std::string> next_steps() const {
    std::vector<std::string> next;
    const auto add = [&](const std::string& step) {
      if (std::ranges::find(next, step) == next.end()) next.push_back(step);
    };
    if (number(&StatusLine::unknown) > 0)
      add("see to it that the database can be reached (the message says what is wrong), then ask again: pgtide status");
    const auto failing = those(failed);
    for (const auto* line : failing) {
      const bool passes = line->last_error_code == "unavailable" || line->last_error_code == "interrupted";
      const std::string job = line->age_seconds || line->direction == "reverse" ? job_of(*line) : "pgtide sync full";
      if (passes)
        add("run the job again: " + job);
      else
        add("mend what the message below says, then run: " + job +
            (failing.size() <= 3 ? " --table " + shell_word(line->table) : ""));
    }
    if (!failing.empty()) add("how it came to that: pgtide history --status failed");
    for (const auto* line : those([](const StatusLine& l) { return l.broke_off() || stopped(l); }))
      add("run the job again, it goes on where it was: " + job_of(*line));
    if (failing.empty())
      for (const auto* line : those(skipped)) add("run the job again: " + job_of(*line));
    for (const auto* line : those([](const StatusLine& l) { return never(l) && !failed(l) && !l.running; }))
      add(line->direction == "reverse" ? "fetch what was entered in the cloud: pgtide sync reverse"
                                       : "copy everything for the first time: pgtide sync full");
    for (const auto* line : those([](const StatusLine& l) {
           return (is_late(l) || (l.too_old && l.age_seconds)) && !failed(l) && !l.running;
         }))
      add("see why the schedule did not run it, and run: " + job_of(*line));
    for (const auto* line : those(lacks_indexes))
      add("make indexes and foreign keys again, as far as nothing is in the way that stands below: " + job_of(*line));
    std::int64_t waiting = 0, conflicts = 0;
    for (const auto& line : lines_) waiting += line.waiting, conflicts += line.conflicts;
    if (waiting > 0) add("see which rows wait, why, and what to do: pgtide quarantine list");
    if (conflicts > 0) add("decide whose row counts: pgtide conflicts list");
    return next;
  }

  const std::vector<StatusLine>& lines_;
};

}  // namespace

Trend trend_of(const StatusLine& line) {
  Trend trend;
  std::vector<std::int64_t> before;
  std::vector<double> gaps;
  const PastTableRun* later = nullptr;
  for (const auto& run : line.recent) {
    if (!run.done()) continue;
    if (later && gaps.size() < runs_for_usual) gaps.push_back(std::max(0.0, later->started - run.started));
    later = &run;
    if (!trend.written)
      trend.written = run.written();
    else if (run.written() > 0 && before.size() < runs_for_usual)
      before.push_back(run.written());
  }
  if (gaps.size() + 1 >= fewest_for_usual) trend.usual_gap_seconds = median(gaps);
  if (before.size() < fewest_for_usual) return trend;
  trend.usual = median(before);
  const auto written = *trend.written, usual = *trend.usual;
  trend.in_a_word = written == 0 ? "none" : written > usual * 3 ? "more" : written * 3 < usual ? "fewer" : "as usual";
  return trend;
}

bool is_late(const StatusLine& line) {
  const auto gap = trend_of(line).usual_gap_seconds;
  return gap && line.age_seconds && *line.age_seconds > std::max(never_late_seconds, 2 * *gap);
}

Verdict judge(const std::vector<StatusLine>& lines) { return Judge(lines).verdict(); }

std::string in_words(double seconds) {
  const auto number = [&](double unit, const char* name) {
    const auto rounded = std::llround(std::max(0.0, seconds) / unit);
    return grouped(rounded) + " " + name + (rounded == 1 ? "" : "s");
  };
  if (seconds < 59.5) return number(1, "second");
  if (seconds < 59.5 * 60) return number(60, "minute");
  if (seconds < 47.5 * 3600) return number(3600, "hour");
  return number(86400, "day");
}

}  // namespace engine::report
