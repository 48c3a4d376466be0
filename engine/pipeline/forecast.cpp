#include "engine/pipeline/forecast.hpp"

#include <algorithm>

#include "engine/core/error.hpp"
#include "engine/pipeline/comparison.hpp"
#include "engine/pipeline/rehearsal.hpp"
#include "engine/pipeline/source_read.hpp"
#include "engine/pipeline/unreadable_rows.hpp"
#include "engine/state/known_rows.hpp"
#include "engine/state/migrator.hpp"

namespace engine::pipeline {
namespace {

using plan::TableTask;
using plan::Window;
using postgres::Transaction;
namespace statements = plan::statements;

// So many rows travel to be judged; a plan is to be had in moments.
constexpr std::int64_t most_judged = 200'000;

std::string number(std::int64_t rows) { return std::to_string(rows) + (rows == 1 ? " row" : " rows"); }

class Forecaster {
 public:
  Forecaster(Survey& survey, const TableTask& task, const Window& window, const Presence& presence,
             const Orphans& orphans)
      : survey_(survey), run_(survey.run()), task_(task), window_(window), presence_(presence), orphans_(orphans) {}

  Forecast look() {
    if (survey_.state_is_old()) {
      found_.unknown = "the state is that of an older pgtide; pgtide init upgrades it";
      return found_;
    }
    if (run_.progress_of(task_)) say("the run goes on where the last one broke off, and counts only what is left");
    if (window_.kind == Window::Kind::nothing) return found_;
    if (is_unsettled()) {
      found_.unknown = "what the other direction has copied is not in order yet; the run puts it in order first";
      return found_;
    }
    const bool source_empty =
        !(presence_.in_source ? *presence_.in_source : has_rows(survey_.source(), statements::source_has_rows(task_)));
    const bool target_empty =
        !(presence_.in_target ? *presence_.in_target : has_rows(survey_.target(), statements::target_has_rows(task_)));
    if (source_empty && target_empty) return found_;
    if (source_empty && task_.direction == Direction::forward) note_fuse_of_emptied_source();
    if (window_.kind != Window::Kind::whole && presence_.news == false) return found_;
    if (window_.kind != Window::Kind::whole) {
      judge(task_, window_);
    } else if (target_empty && (task_.direction == Direction::forward || !run_.cursor_of(task_))) {
      note_rebuilt();
      first_load();
    } else {
      compare_whole();
    }
    if (!orphans_.exact && orphans_.more) say("more rows may refer to missing ones than were looked for");
    guard();
    if (found_.counts.inserted + found_.counts.updated > 0) note_what_only_writing_shows();
    return found_;
  }

 private:
  // The first look at the table: where somebody works on it a plan does not wait.
  static bool has_rows(postgres::Session& session, const std::string& query) {
    postgres::Opening opening;
    opening.snapshot = true;
    opening.lock_timeout_ms = 2'000;
    Transaction read(session, opening);
    return read.run(query).flag(0, "has_rows");
  }

  void say(const std::string& what) { found_.but += (found_.but.empty() ? "" : "; ") + what; }

  void note_fuse_of_emptied_source() {
    if (!survey_.has_state() || task_.memory.known_id == 0) return;
    if (!has_rows(survey_.target(), statements::target_has_own_rows(task_))) return;
    say("the desktop table is empty, but the cloud holds rows of it: the fuse would stop the table (status 11)");
  }

  void note_rebuilt() {
    if (!task_.rebuild_indexes || !task_.may_be_loaded() || !task_.arbiter || run_.discarding.contains(task_.title) ||
        run_.progress_of(task_))
      return;
    const auto found = survey_.target().run(statements::list_rebuildable(task_));
    for (std::size_t i = 0; i < found.size(); ++i) {
      const std::string what = (found.text(i, "kind") == "index" ? "index " : "foreign key ") + found.text(i, "name");
      if (found.text(i, "kept").empty())
        found_.rebuilt.push_back(what);
      else
        found_.rebuilt_not.push_back(what + ", because " + found.text(i, "kept"));
    }
  }

  // Nothing is there to be compared with; a few rows can be judged all the same.
  void first_load() {
    Transaction read(survey_.source(), looking_at(task_));
    const auto rows = read.run(statements::count_selected(task_)).number(0, "rows");
    if (rows <= most_judged / 2) return judge_in(read, task_, window_);
    found_.counts.read = rows;
    found_.counts.quarantined = orphans_.rows;
    found_.counts.inserted = rows - orphans_.rows;
    if (!task_.keyless && !task_.source_unique && has_twins(read)) say("of rows with the same key only one is copied");
    say("whether each value fits is found by the run itself: rows that do not would wait in quarantine");
  }

  // After a first load what is remembered of its rows is not looked up yet.
  bool is_unsettled() {
    if (task_.memory.opposite_id == 0) return false;
    const state::Scope opposite{run_.scope.map, opposite_of(task_.direction)};
    return state::unsettled_tables(survey_.source(), opposite).contains(task_.source_title);
  }

  void note_what_only_writing_shows() {
    if (survey_.target().run(statements::may_refuse(task_)).flag(0, "refuses"))
      say("rows that a CHECK or EXCLUDE constraint refuses would wait in quarantine instead");
    if (task_.insert_trigger || task_.update_trigger)
      say("what a trigger of the target refuses would wait in quarantine instead");
  }

  bool has_twins(Transaction& read) { return read.run(statements::find_twins(task_, window_)).flag(0, "found"); }

  void compare_whole() {
    if (window_.check_counts && nothing_changed()) return;
    const Comparison hashes = compare(run_, task_, {}, survey_.source(), survey_.target());
    const bool deletes = task_.deletes_in(run_.request.mode);
    if (hashes.too_many) {
      found_.unknown = "more than two million rows differ";
      return;
    }
    const bool unreadable = !hashes.hashing.left_out.empty();
    if (hashes.to_read.empty() && hashes.only_in_target.empty() && !unreadable) {
      found_.counts.read = found_.counts.unchanged = hashes.source.rows;
      count_twins();
      return;
    }
    if (task_.keyless || unreadable || static_cast<std::int64_t>(hashes.to_read.size()) > most_judged) {
      judge(task_, window_);
    } else {
      twins_ = false;
      in_batches(hashes.to_read,
                 [&](const auto& keys) { judge(statements::restricted_to(task_, hashes.hashing, keys), window_); });
      const auto equal = std::max<std::int64_t>(hashes.source.rows - found_.counts.read, 0);
      found_.counts.read += equal;
      found_.counts.unchanged += equal;
      count_twins();
    }
    if (deletes) count_deleted(hashes);
  }

  // The comparison takes equal rows with the same key for one.
  void count_twins() {
    if (task_.keyless || task_.source_unique) return;
    Transaction read(survey_.source(), looking_at(task_));
    if (!has_twins(read)) return;
    const auto found = read.run(statements::count_twins(task_, window_));
    found_.counts.read += found.number(0, "twins");
    found_.counts.quarantined += found.number(0, "differing");
    found_.counts.skipped += found.number(0, "twins") - found.number(0, "differing");
  }

  bool nothing_changed() {
    Transaction read(survey_.source(), looking_at(task_));
    return look_before_reading(run_, task_, window_, read).window.kind == Window::Kind::nothing;
  }

  void judge(const TableTask& some, const Window& window) {
    Transaction read(survey_.source(), looking_at(task_));
    judge_in(read, some, window);
  }

  void judge_in(Transaction& read, const TableTask& some, Window window) {
    Rehearsing how;
    how.window = std::move(window);
    how.missing = &orphans_.missing;
    how.twins = twins_;
    try {
      add(rehearse(run_, some, how, read, survey_.target()));
    } catch (const UnreadableRow&) {
      found_.unknown = "some rows cannot be read; the run looks for them, and puts them into quarantine";
    }
  }

  void add(const Rehearsed& part) {
    found_.counts += part.counts;
    found_.counts.deleted += part.removed;
    found_.counts.conflicted += part.kept;
    found_.counts.read += part.kept;
  }

  void count_deleted(const Comparison& hashes) {
    in_batches(hashes.only_in_target, [&](const auto& keys) {
      Transaction look(survey_.target(), {});
      state::build_for_now(survey_.target());
      const auto rows = look.run(statements::list_only_in_target(task_, hashes.hashing, keys));
      for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows.flag(i, "soft_deleted")) continue;
        if (!task_.removes_deleted())
          reported_ += 1;
        else
          (rows.flag(i, "as_agreed") ? found_.counts.deleted : kept_) += 1;
      }
    });
    found_.counts.conflicted += kept_;
    found_.counts.read += kept_;
    if (reported_ > 0) say(number(reported_) + " that the desktop has deleted would be named, and stay");
    if (found_.counts.deleted > 0 && !task_.referrers.empty()) say("a row that others refer to stays, as a conflict");
  }

  void guard() {
    if (found_.counts.deleted == 0 || !found_.unknown.empty()) return;
    const auto rows = survey_.target().run(statements::count_target(task_)).number(0, "rows");
    if (static_cast<double>(found_.counts.deleted) <= task_.fuse * static_cast<double>(rows)) return;
    say("that is more of the " + number(rows) + " than the fuse allows: it would stop the table (status 11)");
  }

  Survey& survey_;
  RunContext& run_;
  const TableTask& task_;
  const Window& window_;
  const Presence& presence_;
  const Orphans& orphans_;
  bool twins_ = true;  // are counted with the rows that are judged
  std::int64_t reported_ = 0, kept_ = 0;
  Forecast found_;
};

}  // namespace

Forecast forecast(Survey& survey, std::size_t task, const plan::Window& window, const Presence& presence,
                  const Orphans& orphans) {
  try {
    return Forecaster(survey, survey.run().plan.tasks[task], window, presence, orphans).look();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::interrupted || error.code() == ErrorCode::unavailable) throw;
    Forecast none;
    none.unknown = error.what();
    return none;
  }
}

}  // namespace engine::pipeline
