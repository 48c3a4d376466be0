#include "engine/verify/verification.hpp"

#include <algorithm>
#include <chrono>

#include "engine/pipeline/presence.hpp"
#include "engine/pipeline/survey.hpp"
#include "engine/state/access.hpp"
#include "engine/state/known_rows.hpp"
#include "engine/state/migrator.hpp"
#include "engine/state/receipt.hpp"
#include "engine/verify/table_verification.hpp"

namespace engine::verify {
namespace {

using pipeline::Survey;

// Of the names that are asked for those that go this way; all where none is asked for.
std::vector<std::string> names_in(const config::TableMap& map, const std::vector<std::string>& asked,
                                  Direction direction) {
  std::vector<std::string> names;
  for (const auto& name : asked) {
    plan::Request one;
    one.mode = direction == Direction::forward ? Mode::full : Mode::reverse;
    one.only = {name};
    try {
      plan::selected(map, one);
      names.push_back(name);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::usage) throw;
    }
  }
  return names;
}

class DirectionVerification {
 public:
  DirectionVerification(const config::Settings& settings, const Wanted& wanted, pipeline::Observer& observer,
                        std::stop_token stop, const std::function<void(const Difference&)>& found, Direction direction)
      : wanted_(wanted),
        observer_(observer),
        found_(found),
        survey_(settings, request(settings, wanted, direction), observer, std::move(stop)) {}

  void run(Verification& result) {
    check_since();
    settle();
    if (survey_.state_is_old())
      throw Error(ErrorCode::refused,
                  "the state in the " + std::string(name_of(survey_.target().place())) +
                      " is that of an older pgtide, and says too little to compare",
                  "upgrade it first: pgtide init");
    result.notes.insert(result.notes.end(), survey_.notes().begin(), survey_.notes().end());
    for (const auto& refusal : survey_.run().plan.refusals) {
      TableReport report;
      report.direction = survey_.run().scope.direction;
      report.table = refusal.title;
      report.not_compared = refusal.reason;
      report.hint = refusal.hint;
      report.code = ErrorCode::refused;
      result.tables.push_back(report);
    }
    std::vector<state::Receipt> receipts;
    const auto& tasks = survey_.run().plan.tasks;
    const auto presence = pipeline::look_for_rows(survey_.run().plan, std::vector<plan::Window>(tasks.size()),
                                                  survey_.source(), survey_.target());
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      result.tables.push_back(compare(tasks[i], presence[i]));
      const TableReport& report = result.tables.back();
      if (report.not_compared.empty() && !report.sampled)
        receipts.push_back({report.table, report.source.rows, report.source.hash, report.target.rows,
                            report.target.hash, report.differences()});
    }
    keep(receipts, result);
  }

  // A run has completed a table.
  bool has_run() { return !survey_.run().cursors.empty(); }

 private:
  static plan::Request request(const config::Settings& settings, const Wanted& wanted, Direction direction) {
    plan::Request request;
    request.mode = direction == Direction::forward ? Mode::full : Mode::reverse;
    request.only = names_in(settings.map, wanted.tables, direction);
    return request;
  }

  // What the opposite direction remembers is looked up; a first load leaves it where it is not found.
  void settle() {
    const auto& scope = survey_.run().scope;
    postgres::Session& source = survey_.source();
    if (scope.direction == Direction::reverse && state::access(source) == state::Access::write &&
        state::installed_version(source) == state::known_version())
      state::settle_known_rows(source, {scope.map, Direction::forward});
  }

  void check_since() {
    if (wanted_.part.since.empty()) return;
    try {
      survey_.target().run("SELECT $1::timestamptz", {wanted_.part.since});
    } catch (const Error& error) {
      if (!error.sqlstate().starts_with("22")) throw;
      throw Error(ErrorCode::usage, "--since: '" + wanted_.part.since + "' is no date",
                  "a date is written like 2026-11-01 or \"2026-11-01 18:30+05:30\"; without a zone it is UTC");
    }
  }

  TableReport compare(const plan::TableTask& task, const pipeline::Presence& presence) {
    const auto started = std::chrono::steady_clock::now();
    TableReport report;
    report.direction = task.direction;
    report.table = task.title;
    observer_.table_started(task.title, task.estimated_rows);
    try {
      if (!wanted_.part.since.empty() && task.watermark.empty())
        report.not_compared = "it has no watermark column, so that --since says nothing about it";
      else if (task.keyless && task.waits_for_forward())
        report.not_compared = "it has no key, and forward has not copied it yet";
      else if (presence.in_source == false && presence.in_target == false && task.join.empty())
        report.sampled = !wanted_.part.whole();  // two empty tables are equal
      else
        report = TableVerification(survey_, task, wanted_, found_).compare();
    } catch (const Error& error) {
      if (error.code() == ErrorCode::interrupted || error.code() == ErrorCode::unavailable) throw;
      report.not_compared = error.what();
      report.hint = error.hint();
      report.code = error.code() == ErrorCode::refused ? ErrorCode::refused : ErrorCode::partial;
    }
    observer_.table_compared(task.title);
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    return report;
  }

  void keep(const std::vector<state::Receipt>& receipts, Verification& result) {
    if (receipts.empty()) return;
    postgres::Session& target = survey_.target();
    if (survey_.has_state() && state::access(target) == state::Access::write) {
      state::record_receipts(target, survey_.run().scope, receipts);
      return;
    }
    result.notes.push_back(
        "no receipt was kept: in the " + std::string(name_of(target.place())) +
        (survey_.has_state() ? " this role may not write the state" : " there is no state yet (pgtide init makes it)"));
  }

  const Wanted& wanted_;
  pipeline::Observer& observer_;
  const std::function<void(const Difference&)>& found_;
  Survey survey_;
};

}  // namespace

const char* name_of(Kind kind) {
  return kind == Kind::missing ? "missing" : kind == Kind::surplus ? "surplus" : "different";
}

std::int64_t Verification::differences() const {
  std::int64_t sum = 0;
  for (const auto& table : tables) sum += table.differences();
  return sum;
}

int Verification::exit_status() const {
  for (const ErrorCode code : {ErrorCode::partial, ErrorCode::refused})
    if (std::ranges::any_of(tables, [&](const TableReport& table) { return table.code == code; }))
      return engine::exit_status(code);
  return differences() > 0 ? engine::exit_status(ErrorCode::difference) : 0;
}

void check_tables(const config::TableMap& map, const Wanted& wanted) {
  for (const auto& name : wanted.tables) {
    const bool forward = !names_in(map, {name}, Direction::forward).empty();
    const bool reverse = !names_in(map, {name}, Direction::reverse).empty();
    if (wanted.direction ? (*wanted.direction == Direction::forward ? forward : reverse) : forward || reverse) continue;
    throw Error(ErrorCode::usage,
                "--table " + name + ": the map has no such table" + (forward || reverse ? " in this direction" : ""),
                "write the name as it stands in the map");
  }
}

Verification verify(const config::Settings& settings, const Wanted& wanted, pipeline::Observer& observer,
                    std::stop_token stop, const std::function<void(const Difference&)>& found) {
  check_tables(settings.map, wanted);
  Verification result;
  bool forward_has_run = false;
  for (const Direction direction : {Direction::forward, Direction::reverse}) {
    if (wanted.direction && *wanted.direction != direction) continue;
    if (!wanted.tables.empty() && names_in(settings.map, wanted.tables, direction).empty()) continue;
    if (std::ranges::none_of(settings.map.tables, [&](const auto& table) { return table.goes(direction); })) continue;
    DirectionVerification one(settings, wanted, observer, stop, found, direction);
    if (direction == Direction::reverse && forward_has_run && !wanted.direction && !one.has_run()) {
      result.notes.push_back(
          "reverse has never been run for this map, and was not compared: pgtide verify --direction reverse does it");
      continue;
    }
    one.run(result);
    if (direction == Direction::forward) forward_has_run = one.has_run();
  }
  return result;
}

}  // namespace engine::verify
