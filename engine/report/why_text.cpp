#include "engine/report/why_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "engine/core/names.hpp"
#include "engine/report/members.hpp"
#include "engine/report/table_layout.hpp"
#include "engine/report/waiting_text.hpp"

namespace engine::report {
namespace {

using pipeline::RowFacts;
using pipeline::RowThere;

// How the two sides of a direction are called in a sentence.
struct Words {
  explicit Words(Direction direction)
      : forward(direction == Direction::forward),
        from(forward ? "the desktop" : "the cloud"),
        to(forward ? "the cloud" : "the desktop"),
        at_source(forward ? "on the desktop" : "in the cloud"),
        at_target(forward ? "in the cloud" : "on the desktop") {}
  bool forward;
  std::string from, to, at_source, at_target;
};

std::string time_of(const std::string& iso) { return minute(iso) + " UTC"; }

std::string name_of_run(const state::PastRun& run) {
  return fmt::format("run {} ({}, {})", run.run_id, run.mode, time_of(run.started_at));
}

std::string written_by(const RowThere& row) { return row.run ? name_of_run(*row.run) : "a run of pgtide"; }

std::string in_words(const std::vector<std::string>& columns) {
  return columns.empty() ? "" : " in " + joined(columns, ", ");
}

// A message of somebody else's, at the end of a sentence.
std::string ended(std::string text) {
  while (!text.empty() && text.back() == '.') text.pop_back();
  return text + ".";
}

// What the last run of the table did, where that is why a row is not there.
std::string last_result(const RowFacts& row) {
  if (!row.last_run || row.last_run->status == "ok" || row.last_run->status == "attention") return "";
  const std::string how = row.last_run->status == "skipped"   ? "skipped the table"
                          : row.last_run->status == "refused" ? "refused the table"
                          : row.last_run->status == "fuse"    ? "was stopped by the fuse in this table"
                                                              : "failed in this table";
  return " The last one, " + name_of_run(*row.last_run) + ", " + how +
         ended(row.last_run->error.empty() ? "" : ": " + row.last_run->error);
}

std::string how_many(const RowFacts& row, const Words& words) {
  return fmt::format("{} {} {} and {} {} have this key", grouped(row.source_rows),
                     row.source_rows == 1 ? "row" : "rows", words.at_source, grouped(row.target_rows), words.at_target);
}

Answer in_quarantine(const RowFacts& row, const Words& words) {
  const auto& waiting = row.waiting.front();
  Answer answer{"quarantined", std::nullopt, ""};
  answer.text = fmt::format("it waits in quarantine since {}: {}{}.", time_of(waiting.first_seen), waiting.reason,
                            waiting.detail.empty() ? "" : ": " + waiting.detail);
  if (row.waiting.size() > 1) answer.text += fmt::format(" {} rows with this key wait.", row.waiting.size());
  if (!waiting.hint.empty()) answer.text += " What to do: " + ended(waiting.hint);
  answer.text += fmt::format(" Tried {} {}, the last time {}", waiting.attempts,
                             waiting.attempts == 1 ? "time" : "times", time_of(waiting.last_tried));
  answer.text += waiting.given_up
                     ? "; given up, so that only pgtide sync full and pgtide quarantine retry try it again."
                     : "; each run tries it again.";
  if (row.source_rows > 1)
    answer.text += " " + how_many(row, words) + ".";
  else if (row.target_rows == 1 && !row.there.empty() && !row.there.front().equal && row.selected > 0)
    answer.text += " What stands " + words.at_target + " is an earlier state of it, or another row with this key.";
  return answer;
}

Answer in_conflict(const RowFacts& row) {
  const auto& conflict = row.conflicts.front();
  Answer answer{"conflict", std::nullopt, ""};
  answer.text = fmt::format("it waits as a conflict ({}) since {}: {}.", conflict.kind, time_of(conflict.detected_at),
                            what_it_means(row.direction, conflict.kind));
  answer.text += conflict.decision.empty()
                     ? fmt::format(" Decide with: pgtide conflicts resolve --table {} --key '{}' --take desktop|cloud",
                                   row.table, conflict.row_key)
                     : " It was decided to take the " + conflict.decision +
                           "'s side, and the next run of the table tries to carry that out.";
  return answer;
}

Answer removed(const RowFacts& row, const Words& words) {
  const auto& removal = row.removals.front();
  const std::string run = row.removal_runs.empty() || !row.removal_runs.front()
                              ? "run " + std::to_string(removal.run_id)
                              : name_of_run(*row.removal_runs.front());
  const std::string why = removal.how == "resolved"      ? "as it was decided (pgtide conflicts resolve)"
                          : removal.how == "overwritten" ? "as --overwrite was given"
                                                         : "because " + words.from + " has it no more";
  return {
      "removed", removal.run_id,
      fmt::format("it is on neither side: {} removed it from {} at {}, {}. Its contents, in the {} database: SELECT "
                  "row_data FROM pgtide.tombstone WHERE tombstone_id = {}",
                  run, words.to, time_of(removal.removed_at), why, name_of(target_of(row.direction)), removal.id)};
}

std::string what_deletes_do(const RowFacts& row) {
  if (row.keyless) return "the next run removes it, if no other row refers to it";
  if (row.deletes == "soft") return "the map says deletes: soft, and the next pgtide sync full marks it as deleted";
  if (row.deletes == "hard") return "the map says deletes: hard, and the next pgtide sync full removes it";
  if (row.deletes == "report") return "the map says deletes: report, so it stays, and pgtide sync full names it";
  return "the map says deletes: ignore, so it stays";
}

// Only the target has it.
Answer only_there(const RowFacts& row, const Words& words) {
  const bool seen = !row.there.empty();
  const RowThere there = seen ? row.there.front() : RowThere();
  const std::string only = fmt::format("it is only {}", words.at_target);
  const auto run_id = there.run ? std::optional(there.run->run_id) : std::nullopt;
  if (!seen) return {"only_in_target", std::nullopt, only + ", and no run has copied this table yet."};
  if (there.soft_deleted)
    return {"soft_deleted", run_id,
            only + " and marked as deleted there" + (there.ours ? " by " + written_by(there) : "") +
                ", because the desktop has it no more."};
  if (!words.forward) {
    if (there.remembered || there.ours)
      return {"deleted_in_cloud", run_id,
              only + ". It came from the cloud" + (there.ours ? ", by " + written_by(there) : "") +
                  ", which has deleted it since; reverse never removes a row."};
    return {"only_on_desktop", run_id, only + ": it did not come from the cloud."};
  }
  if (there.born_in_cloud)
    return {"born_in_cloud", run_id,
            only + ", and was born there: its " + row.origin_column + " is '" + row.origin_cloud + "'."};
  if (there.remembered || there.ours)
    return {"deleted_on_desktop", run_id,
            only + ". It came from the desktop" + (there.ours ? ", by " + written_by(there) : "") +
                ", which has deleted it since: " + what_deletes_do(row) + "."};
  if (there.before)
    return {"there_before", run_id, only + ", and was there before the first run of this map: no run touches it."};
  return {"born_in_cloud", run_id, only + ", and was born there: no run of this map wrote it."};
}

Answer gone(const RowFacts& row, const Words& words) {
  if (row.target_rows > 0) return only_there(row, words);
  if (!row.removals.empty()) return removed(row, words);
  if (row.remembered)
    return {"gone", std::nullopt, "it is on neither side. It was copied once, and both sides have deleted it since."};
  return {"never_seen", std::nullopt,
          "there is no row with this key, neither on the desktop nor in the cloud" +
              std::string(row.known_table && !row.keyless ? ", and no run has ever copied one."
                                                          : ", and nothing is known of one.")};
}

// What stands in the target of a row that is not copied.
std::string what_is_there(const RowFacts& row, const Words& words) {
  if (row.target_rows == 0) return " There is no such row " + words.at_target + ".";
  const bool equal = !row.there.empty() && row.there.front().equal;
  return " A row with this key stands " + words.at_target + (equal ? ", and is equal" : "") +
         (!row.there.empty() && row.there.front().ours ? "; it was written by " + written_by(row.there.front()) : "") +
         ".";
}

Answer left_out(const RowFacts& row, const Words& words) {
  if (row.joined == 0)
    return {"left_out", std::nullopt, "the map's join leaves it out, so it is not copied." + what_is_there(row, words)};
  if (row.out_by_where > 0)
    return {"left_out", std::nullopt,
            "the map's where does not hold for it, so it is not copied." + what_is_there(row, words)};
  if (row.out_by_origin > 0)
    return {"of_the_cloud", std::nullopt,
            "it is marked as the cloud's (" + row.origin_column + " is '" + row.origin_cloud +
                "'), so forward does not send it." + what_is_there(row, words)};
  return {"no_news", std::nullopt,
          words.forward ? "it came from the cloud by reverse, and nobody has changed it on the desktop since: there is "
                          "nothing to send." +
                              what_is_there(row, words)
                        : "it came from the desktop by forward, and nobody has changed it in the cloud since: there is "
                          "nothing to bring back." +
                              what_is_there(row, words)};
}

std::string overwrite(const RowFacts& row) {
  return "pgtide sync full --overwrite --table " + row.table +
         " writes the desktop's row, and the desktop's of all others in the table that only the cloud changed";
}

// A row that was discarded, or that lost a conflict by an operator's word.
Answer discarded(const RowFacts& row, const Words& words) {
  static const std::set<std::string> conflicts = {"insert_exists", "update_missing", "multiple_unique_conflicts"};
  const auto& last = row.discarded.front();
  const std::string how =
      conflicts.contains(last.reason)
          ? fmt::format("its conflict ({}) was resolved for {}", last.reason, words.to)
          : fmt::format("an operator discarded it, when it waited in quarantine ({}),", last.reason);
  return {"discarded", std::nullopt,
          fmt::format("it is {}; {} at {}. It is left out until its contents change {}.", words.at_source, how,
                      time_of(last.discarded_at), words.at_source) +
              (row.target_rows > 0 ? what_is_there(row, words) : "")};
}

Answer not_there(const RowFacts& row, const Words& words) {
  const std::string here = fmt::format("it is {}, and not {}", words.at_source, words.at_target);
  if (!row.unreadable.empty())
    return {"unreadable", std::nullopt,
            here + ": its values cannot be read (" + row.unreadable + ")." + last_result(row)};
  if (row.remembered && row.as_agreed)
    return {words.forward ? "deleted_in_cloud" : "deleted_on_desktop", std::nullopt,
            here + ": it was copied, and somebody has deleted it " + words.at_target +
                " since. It stays deleted as long as " + words.from + " does not change it" +
                (words.forward ? "; " + overwrite(row) + "." : ".")};
  if (row.remembered || (row.known > 0 && !words.forward))
    return {words.forward ? "deleted_in_cloud" : "deleted_on_desktop", std::nullopt,
            here + ": it was there, was deleted " + words.at_target + ", and has changed " + words.at_source +
                " since. The next run that looks at it records a conflict (update_missing)."};
  if (!row.does_not_fit.empty())
    return {"not_copied", std::nullopt,
            here + ", where it does not fit: " + row.does_not_fit + ". The next run puts it into quarantine."};
  if (!row.completed)
    return {"not_copied", std::nullopt, here + ": no run has completed this table yet." + last_result(row)};
  if (row.fresh > 0)
    return {"not_copied", std::nullopt,
            here + ": it was written after the last run looked (" + time_of(row.complete_as_of) +
                "), and the next one brings it." + last_result(row)};
  if (!row.ids_tell)
    return {"not_copied", std::nullopt,
            here + ": the next run compares the whole table and brings it." + last_result(row)};
  return {"missing", std::nullopt,
          here + ", and nothing says why." +
              (words.forward ? " pgtide sync full --table " + row.table + " looks at every row." : "") +
              last_result(row)};
}

Answer several(const RowFacts& row, const Words& words) {
  const auto equal = std::ranges::count_if(row.there, &RowThere::equal);
  std::string text = how_many(row, words);
  if (equal > 0)
    text += fmt::format("; {} of those {} {} equal to one {}", grouped(equal), words.at_target,
                        equal == 1 ? "is" : "are", words.at_source);
  text += ".";
  if (!row.keyless && row.source_rows > 1)
    text += " Of rows with the same key the one that was touched last is copied, the others are counted as skipped.";
  std::vector<std::string> runs;
  std::optional<std::int64_t> run_id;
  for (const auto& there : row.there)
    if (there.run && std::ranges::find(runs, name_of_run(*there.run)) == runs.end()) {
      runs.push_back(name_of_run(*there.run));
      run_id = std::max(run_id.value_or(0), there.run->run_id);
    }
  if (!runs.empty()) text += " Written by " + joined(runs, ", ") + ".";
  return {"several", run_id, text};
}

Answer equal(const RowThere& there, const Words& words, std::optional<std::int64_t> run_id) {
  const std::string same = " Both sides hold the same.";
  if (there.ours) return {"copied", run_id, "copied by " + written_by(there) + "." + same};
  if (there.remembered)
    return {"equal", run_id,
            "it is on both sides, and a run of this map copied it or found it equal. The row " + words.at_target +
                " was written once more since, by somebody else." + same};
  return {"equal", run_id,
          "it is on both sides" +
              std::string(there.before ? ", and was " + words.at_target + " before the first run of this map."
                                       : "; the row " + words.at_target + " was not written by a run of this map.") +
              same};
}

Answer different_forward(const RowFacts& row, const RowThere& there, std::optional<std::int64_t> run_id) {
  const std::string differs = "it is on both sides, and differs" + in_words(there.columns);
  const std::string next = row.fresh > 0 || !row.ids_tell
                               ? "The next run brings the change."
                               : "pgtide sync full --table " + row.table + " brings the change.";
  if (there.born_in_cloud)
    return {"differs", run_id,
            differs + ": the cloud's row is marked as its own (" + row.origin_column + " is '" + row.origin_cloud +
                "') and is never changed."};
  if (there.remembered && row.as_agreed && !there.as_agreed && row.resolved && row.resolved->resolution == "cloud")
    return {
        "edited_in_cloud", run_id,
        differs + fmt::format(": a conflict about it ({}) was resolved for the cloud at {}, so the cloud's row stays "
                              "until the desktop changes it again.",
                              row.resolved->kind, time_of(row.resolved->resolved_at))};
  if (there.remembered && row.as_agreed && !there.as_agreed)
    return {
        "edited_in_cloud", run_id,
        differs + ": only the cloud changed it since it was copied, so it is left as it is. " + overwrite(row) + "."};
  if (there.remembered && (there.as_agreed || there.ours))
    return {"changed", run_id,
            differs + ": the desktop changed it since it was copied" + (there.ours ? " by " + written_by(there) : "") +
                ". " + next + last_result(row)};
  if (there.remembered)
    return {"differs", run_id,
            differs +
                ": both sides changed it since it was copied. The next run that looks at it finds a conflict "
                "(update_origin_differs)" +
                (row.policy == "manual" ? ", which waits for a decision."
                                        : ", and the map's conflicts: " + row.policy + " decides it.")};
  if ((there.before && row.adopting) || there.ours)
    return {"changed", run_id,
            differs +
                ": it was in the cloud before the first run, and the first pgtide sync full writes the desktop's "
                "row." +
                last_result(row)};
  return {"differs", run_id,
          differs +
              ": the row in the cloud was not written by a run of this map. The next run that looks at it finds a "
              "conflict (insert_exists)."};
}

Answer there(const RowFacts& row, const Words& words) {
  if (row.source_rows > 1 || row.target_rows > 1) return several(row, words);
  if (row.there.empty())
    return {"not_copied", std::nullopt,
            "it is on both sides, and no run has copied this table yet." + last_result(row)};
  const RowThere& there = row.there.front();
  const auto run_id = there.run ? std::optional(there.run->run_id) : std::nullopt;
  if (!row.unreadable.empty())
    return {"unreadable", run_id,
            "it is on both sides, but its values " + words.at_source + " cannot be read (" + row.unreadable + ")."};
  if (!row.does_not_fit.empty())
    return {"differs", run_id,
            "it is on both sides, but " + words.to + " cannot hold what it is " + words.at_source +
                " now: " + row.does_not_fit + "."};
  if (there.equal) return equal(there, words, run_id);
  if (words.forward) return different_forward(row, there, run_id);
  const std::string differs = "it is on both sides, and differs" + in_words(there.columns);
  if (there.ours || there.remembered || row.known > 0)
    return {"differs", run_id,
            differs + ". Reverse inserts only: it never changes a row of the desktop." +
                (there.ours ? " The desktop's row was written by " + written_by(there) + "." : "")};
  return {"differs", run_id,
          differs +
              ": the desktop's row was not written by a run of this map. The next run that looks at it finds a "
              "conflict (insert_exists)."};
}

}  // namespace

Answer answer(const RowFacts& row) {
  const Words words(row.direction);
  if (!row.waiting.empty()) return in_quarantine(row, words);
  if (!row.conflicts.empty()) return in_conflict(row);
  if (!row.refused.empty())
    return {"refused", std::nullopt, "the table is refused, so none of its rows is copied: " + ended(row.refused)};
  if (row.source_rows == 0) return gone(row, words);
  if (row.selected == 0) return left_out(row, words);
  const bool equal = std::ranges::any_of(row.there, &RowThere::equal);
  if (!row.discarded.empty() && !equal) return discarded(row, words);
  if (row.target_rows == 0) return not_there(row, words);
  return there(row, words);
}

std::string why_text(const std::vector<RowFacts>& rows) {
  std::string text;
  for (const auto& row : rows)
    text += fmt::format("{}{} {} ({}): {}\n", text.empty() ? "" : "\n", row.table, row.row_key, name_of(row.direction),
                        answer(row).text);
  return text;
}

std::string why_json(const std::vector<RowFacts>& rows) {
  std::vector<std::string> objects;
  for (const auto& row : rows) {
    const Answer said = answer(row);
    nlohmann::ordered_json columns = nlohmann::ordered_json::array();
    if (row.there.size() == 1)
      for (const auto& column : row.there.front().columns) columns.push_back(column);
    objects.push_back(
        Members()
            .text("map", row.map)
            .text("direction", std::string(name_of(row.direction)))
            .text("table_name", row.table)
            .raw("row_key", row.row_key)
            .text("state", said.state)
            .raw("run_id", said.run_id ? std::to_string(*said.run_id) : "null")
            .text("text", said.text)
            .raw("source_rows", row.refused.empty() ? std::to_string(row.source_rows) : "null")
            .raw("target_rows", row.refused.empty() ? std::to_string(row.target_rows) : "null")
            .raw("columns", columns.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace))
            .object());
  }
  return array_of(objects);
}

}  // namespace engine::report
