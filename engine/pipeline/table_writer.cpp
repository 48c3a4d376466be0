#include "engine/pipeline/table_writer.hpp"

#include <algorithm>
#include <limits>

#include "engine/core/error.hpp"
#include "engine/pipeline/complaints.hpp"
#include "engine/pipeline/unreadable_rows.hpp"
#include "engine/postgres/binary_rows.hpp"
#include "engine/postgres/script.hpp"
#include "engine/state/quarantine.hpp"

namespace engine::pipeline {

namespace statements = plan::statements;

namespace {

postgres::Session::Otherwise other_number(std::int64_t planned, const char* verb) {
  return [planned, verb](std::int64_t done) {
    return Error(
               ErrorCode::partial,
               "the target took " + std::to_string(done) + " of " + std::to_string(planned) + " rows that were to be " +
                   verb + (verb[0] == 'i' ? "ed" : "d") + "; all were rolled back",
               "a trigger or rule of the target drops or redirects rows, or somebody else keeps writing the same rows")
        .sqlstate("23000")
        .retryable(true);
  };
}

}  // namespace

TableWriter::TableWriter(const plan::TableTask& task, const statements::Extraction& how, const RunContext& run,
                         postgres::Transaction& write, Care care)
    : task_(task), how_(how), run_(run), write_(write), care_(care), names_(statements::TemporaryNames::random()) {
  write_.run_script(statements::create_stage(task_, names_, how_) + "; " + statements::create_held(names_));
}

TableWriter::Begun TableWriter::begin(const plan::TableTask& task, const statements::Extraction& how,
                                      const RunContext& run, Care care, const Memory& memory) {
  const auto names = statements::TemporaryNames::random();
  Begun begun{
      names,
      {statements::create_stage(task, names, how), statements::create_held(names), statements::load_stage(names)}};
  begun.judged = care == Care::none && !task.keyless && !task.fills_columns && !task.converts() &&
                 !task.clears_orphans && !run.discarding.contains(task.title);
  if (!begun.judged) return begun;
  if (memory.lightly) begun.statements.push_back(statements::judge_lightly(task, names));
  if (memory.at_once && memory.settling)
    begun.statements.push_back(memory.settling(memory.lightly ? statements::some_are_unsure(names) : ""));
  if (!memory.lightly)
    begun.statements.push_back(statements::judge(task, names, how));
  else if (memory.at_once)
    begun.statements.push_back(statements::judge_unsure(task, names, how));
  if (how.send_watermark && !how.days_are_counted)
    begun.statements.push_back(statements::count_days(task, names, true));
  return begun;
}

TableWriter::TableWriter(const plan::TableTask& task, const statements::Extraction& how, const RunContext& run,
                         postgres::Transaction& write, Care care, const Memory& memory, const Begun& begun,
                         const std::vector<postgres::Result>& results, const postgres::Chunk& chunk)
    : task_(task), how_(how), run_(run), write_(write), care_(care), names_(begun.names), memory_(memory) {
  const auto copied = std::ranges::find(results, "COPY", &postgres::Result::command);
  took(copied == results.end() ? 0 : static_cast<std::uint64_t>(copied->affected), chunk);
  if (!begun.judged) return;
  if (memory.lightly) unsure_ = postgres::result_with(results, "unsure").number(0, "unsure");
  judged_ = unsure_ == 0 || memory.at_once;
  if (memory.at_once && (unsure_ > 0 || !memory.lightly)) memory_.settled = true;
  if (!judged_) return;
  count(postgres::result_with(results, "staged"));
  if (how.send_watermark && !how.days_are_counted) days_ = postgres::result_with(results, "day");
}

void TableWriter::load(const postgres::Chunk& chunk) {
  std::uint64_t taken = 0;
  when_staging(task_, [&] { taken = postgres::copy_in(write_.session(), statements::load_stage(names_), chunk); });
  took(taken, chunk);
}

void TableWriter::took(std::uint64_t taken, const postgres::Chunk& chunk) {
  if (taken != chunk.rows)
    throw Error(ErrorCode::internal,
                "the stage took " + std::to_string(taken) + " of " + std::to_string(chunk.rows) + " rows");
  written_.counts.bytes += static_cast<std::int64_t>(chunk.bytes.size());
}

// Where nearly all rows fail they are not tried to the last: somebody should look first.
statements::Trial TableWriter::trial() const {
  constexpr std::int64_t enough = 1000;
  if (run_.past_fuse.contains(task_.title)) return {std::numeric_limits<std::int64_t>::max(), 1, 0, 0};
  return {enough + run_.held_of(task_), task_.quarantine.limit, read_before_, held_before_};
}

void TableWriter::convert() {
  if (!task_.converts()) return;
  if (care_ >= Care::rows) return convert_by_trial();
  if (const std::string misfits = statements::hold_misfits(task_, names_); !misfits.empty())
    held_staged_ += write_.run(misfits).affected;
  write_.run_script(statements::make_image(task_, names_, how_));
}

void TableWriter::convert_by_trial() {
  write_.run_script(statements::make_image_by_trial(task_, names_, how_, trial()));
  const auto failures = write_.run(statements::read_failures(names_));
  if (!failures.empty()) note_failures(failures, statements::hold_staged(task_, names_));
  write_.run_script(statements::drop_failures(names_));
}

// Holds back the rows of each complaint.
void TableWriter::note_failures(const postgres::Result& failures, const std::string& statement) {
  std::vector<std::string> rows, numbers, reasons, states, details, hints;
  for (std::size_t i = 0; i < failures.size(); ++i) {
    const std::string sqlstate = failures.text(i, "sqlstate");
    if (sqlstate == "stop")
      throw Error(ErrorCode::fuse, "nearly all rows that were tried do not fit; the table was stopped",
                  "see why with pgtide quarantine list, or mend what they have in common. If it is right that so many "
                  "rows wait, add --past-fuse " +
                      task_.title + " to the command, once; quarantine: {limit: ...} in the map sets another limit");
    const auto what = complaint(sqlstate, failures.cell(i, "constraint_name").value_or(""),
                                failures.cell(i, "column_name").value_or(""), failures.cell(i, "message").value_or(""));
    reasons.push_back(what.reason);
    states.push_back(what.sqlstate);
    details.push_back(what.detail);
    hints.push_back(what.hint);
    for (const auto& row : postgres::array_elements(failures.text(i, "staged"))) {
      rows.push_back(row);
      numbers.push_back(std::to_string(reasons.size()));
    }
  }
  using postgres::array_literal;
  const auto held = write_
                        .run(statement, {array_literal(rows), array_literal(numbers), array_literal(reasons),
                                         array_literal(states), array_literal(details), array_literal(hints)})
                        .affected;
  if (held != static_cast<std::int64_t>(rows.size()))
    throw Error(ErrorCode::internal, "rows that do not fit were lost sight of; nothing was committed");
  (statement == statements::hold_staged(task_, names_) ? held_staged_ : held_judged_) += held;
}

void TableWriter::judge(const statements::Siblings& siblings) {
  if (task_.clears_orphans)
    if (const std::string clear = statements::clear_orphans(task_, names_, siblings); !clear.empty())
      write_.run_script(clear);
  judge_by_memory();
  const bool held = held_staged_ > 0 || !held_elsewhere_.empty();
  if (task_.removes() && held && surplus_ + kept_ + agreed_ > 0)
    if (const std::string spare = statements::spare_for_held(task_, names_, held_elsewhere_); !spare.empty())
      count(write_.run_script(spare).back());
  if (run_.discarding.contains(task_.title) && !task_.fills_columns)
    count(write_.run_script(statements::leave_discarded(task_, names_)).back());
  if (written_.counts.conflicted + kept_ == 0) return;
  decides_ = written_.counts.conflicted > 0;
  count(write_
            .run_script(statements::decide_conflicts(task_, names_, how_.send_watermark) + "; " +
                        statements::count_verdicts(task_, names_))
            .back());
}

void TableWriter::judge_by_memory() {
  if (judged_) return;
  if (!memory_.lightly) return count(write_.run_script(statements::judge(task_, names_, how_)).back());
  if (unsure_ == 0) {  // else they were met when the transaction began
    const auto judged = write_.run_script(statements::judge_lightly(task_, names_));
    unsure_ = postgres::result_with(judged, "unsure").number(0, "unsure");
    if (unsure_ == 0) return count(judged.back());
  }
  if (!memory_.settled) throw NeedsMemory();
  count(write_.run_script(statements::judge_unsure(task_, names_, how_)).back());
}

void TableWriter::count(const postgres::Result& judged) {
  inserts_ = judged.number(0, "inserts");
  updates_ = judged.number(0, "updates");
  agreed_ = judged.number(0, "agreed");
  surplus_ = judged.number(0, "surplus");
  kept_ = judged.number(0, "kept");
  written_.decided = judged.number(0, "decided");
  Counts& counts = written_.counts;
  counts.read = judged.number(0, "staged") + held_staged_;
  counts.skipped = judged.number(0, "skips");
  counts.conflicted = judged.number(0, "conflicts") + written_.decided;
  counts.quarantined = judged.number(0, "held") + held_staged_;
  counts.inserted = inserts_ - judged.number(0, "decided_inserts");
  counts.updated = updates_ - judged.number(0, "decided_updates");
  counts.unchanged =
      counts.read - counts.inserted - counts.updated - counts.skipped - counts.conflicted - counts.quarantined;
}

bool TableWriter::hold(const statements::Siblings& siblings) {
  if (care_ == Care::none || inserts_ + updates_ == 0) return false;
  std::string script;
  for (const auto& part : {statements::hold_nulls(task_, names_), statements::hold_orphans(task_, names_, siblings),
                           statements::hold_taken(task_, names_)})
    if (!part.empty()) script += part + "; ";
  if (script.empty()) return false;
  const auto before = held_judged_;
  for (const auto& step : write_.run_script(script)) held_judged_ += step.affected;
  return held_judged_ > before;
}

void TableWriter::try_rows(const std::vector<std::string>& late_columns) {
  vacate_values();
  write_.run_script(statements::write_by_trial(task_, names_, late_columns, trial()));
  failures_ = write_.run(statements::read_failures(names_));
}

void TableWriter::hold_failures() {
  if (failures_ && !failures_->empty()) note_failures(*failures_, statements::hold_judged(task_, names_));
  failures_.reset();
}

void hold_by_trial(postgres::Transaction& write, const std::vector<TableWriter*>& writers, const LateColumns& late,
                   bool circular) {
  if (std::ranges::none_of(writers, [](const TableWriter* writer) { return writer && writer->has_to_try(); })) return;
  for (auto* const writer : writers)
    if (writer) writer->give_numbers();
  write.run_script(circular ? "SAVEPOINT pgtide_trial" : "SAVEPOINT pgtide_trial; SET CONSTRAINTS ALL IMMEDIATE");
  for (std::size_t i = 0; i < writers.size(); ++i)
    if (writers[i] && writers[i]->has_to_try()) writers[i]->try_rows(late(i));
  write.run_script("ROLLBACK TO SAVEPOINT pgtide_trial; RELEASE SAVEPOINT pgtide_trial");
  for (auto* const writer : writers)
    if (writer) writer->hold_failures();
}

void TableWriter::account() {
  if (held_judged_ > 0) count(write_.run(statements::count_verdicts(task_, names_)));
  Counts& counts = written_.counts;
  const std::int64_t held = held_staged_ + held_judged_;
  // (what waits as a whole row goes on waiting when one of its columns was filled)
  if (run_.held_of(task_) > 0 && !task_.fills_columns)
    write_.run_script(statements::release_held(task_, names_, held > 0, run_.run_id));
  if (held > 0) {
    const auto noted = state::hold_rows_of(write_.session(), run_.scope, task_.title, run_.run_id,
                                           task_.quarantine.tries, statements::held_rows(names_));
    written_.newly_held = noted.fresh;
    counts.quarantined -= noted.discarded;
    counts.skipped += noted.discarded;
  }
  const bool some_left = counts.skipped + counts.conflicted + counts.quarantined > 0;
  if (how_.send_watermark && (some_left || !how_.days_are_counted))
    written_.days.add(days_ && !some_left ? *days_
                                          : write_.run(statements::count_days(task_, names_, !how_.days_are_counted)));
  if (inserts_ + updates_ + surplus_ > 0) write_.later(statements::record_own_xact(task_, run_.run_id));
  if (task_.removes_deleted() && run_.waiting.contains(task_.title))
    write_.later(statements::close_returned(task_, names_));
  if (decides_) write_.run_script(statements::record_conflicts(task_, names_, how_.send_watermark, run_.run_id));
  if (written_.decided > 0) write_.later(statements::record_declined(task_, names_));
  if (run_.discarding.contains(task_.title) && !task_.fills_columns && inserts_ + updates_ > 0)
    write_.later(statements::forget_discarded(task_, names_));
}

void TableWriter::merge() {
  const statements::Siblings none;
  convert();
  judge(none);
  hold(none);
  hold_by_trial(
      write_, {this}, [](std::size_t) { return std::vector<std::string>(); }, false);
  account();
  remove_surplus();
  vacate_values();
  update_different({});  // first: what one row gives up (a unique value) a new one may take
  insert_missing({});
  remember();
}

void TableWriter::vacate_values() {
  if (care_ != Care::rows && care_ != Care::sets) return;
  if (updates_ == 0) return;
  if (const std::string vacate = statements::vacate_values(task_, names_); !vacate.empty()) write_.run_script(vacate);
}

void TableWriter::remove_surplus() {
  if (surplus_ > 0) {
    const auto locked = write_.run(statements::lock_surplus(task_, names_)).number(0, "locked");
    if (locked != surplus_) throw other_number(surplus_, "remove")(locked);
    if (const std::string kept = statements::keep_referenced(task_, names_); !kept.empty()) {
      const auto referenced = write_.run(kept).affected;
      surplus_ -= referenced;
      kept_ += referenced;
    }
  }
  if (kept_ > 0) {  // rows of the target that were looked at, and stay
    write_.later(statements::record_kept_rows(task_, names_, run_.run_id));
    written_.counts.read += kept_;
    written_.counts.conflicted += kept_;
  }
  if (surplus_ == 0) return;
  if (!run_.past_fuse.contains(task_.title)) guard_by_fuse();
  write_.later(statements::bury(task_, names_, run_.run_id));
  write_exactly(surplus_, "remove", statements::remove_surplus(task_, names_));
  written_.counts.deleted += surplus_;
}

void TableWriter::guard_by_fuse() const {
  const auto rows = write_.run(statements::count_target(task_)).number(0, "rows");
  if (static_cast<double>(surplus_) <= task_.fuse * static_cast<double>(rows)) return;
  throw Error(ErrorCode::fuse,
              "the copy would remove " + std::to_string(surplus_) + " of " + std::to_string(rows) +
                  " rows in the cloud, more than the fuse allows; nothing was changed",
              "see whether the desktop really lost these rows. If that is right, add --past-fuse " + task_.title +
                  " to the command, once; a fuse: in the map sets another limit");
}

void TableWriter::give_numbers() {
  if (numbered_ || !task_.removes() || inserts_ == 0 || how_.all_are_new) return;
  numbered_ = true;
  for (const auto& sequence : task_.sequences)  // an earlier tool may have given numbers without moving it
    if (write_.run(statements::may_move_sequence(sequence)).flag(0, "permitted"))
      write_.run(statements::move_sequence(task_, sequence));
  write_.run(statements::give_numbers(task_, names_));
}

void TableWriter::insert_missing(const std::vector<std::string>& late_columns) {
  if (inserts_ == 0) return;
  give_numbers();
  if (!task_.arbiter && !task_.keyless) write_.run_script(statements::lock_target(task_));
  write_exactly(inserts_, "insert", statements::insert(task_, names_, late_columns));
  const bool marks = task_.keyless && task_.direction == Direction::reverse && !task_.origin_column.empty();
  if (marks && write_.run(statements::count_marked(task_)).number(0, "rows") < inserts_)
    throw Error(ErrorCode::partial,
                "a trigger of the desktop's table changes column " + task_.origin_column +
                    " of rows that come from the cloud, so that forward would send them back; nothing was copied",
                "let the trigger set the column only where it is NULL");
  if (task_.removes() && write_.run(statements::count_numbered(task_, names_)).number(0, "rows") != inserts_)
    throw Error(
        ErrorCode::partial,
        "a trigger of the cloud's table gives rows another number than pgtide gave them, so that they could not "
        "be recognised again; nothing was copied",
        "let the trigger give a number only where the row has none, or let a DEFAULT do it instead of the trigger");
}

void TableWriter::update_different(const std::vector<std::string>& late_columns) {
  if (inserts_ > 0 && !late_columns.empty()) write_.later(statements::set_late_columns(task_, names_, late_columns));
  if (updates_ > 0) write_exactly(updates_, "update", statements::update(task_, names_));
}

void TableWriter::remember() {
  if (inserts_ + updates_ + agreed_ + surplus_ == 0 && !task_.fills_columns) return;
  constexpr std::int64_t many = 1000;  // so that packs are worth it
  if (task_.removes())
    write_.run_script(statements::remember_numbers(task_, names_));
  else if (memory_.packed && (!memory_.settled || inserts_ + updates_ + agreed_ >= many))
    write_.later(statements::remember_in_pack(task_, names_));
  else
    write_.later(statements::remember(task_, names_));
}

void TableWriter::write_exactly(std::int64_t planned, const char* verb, const std::string& sql) {
  write_.later(sql, planned, other_number(planned, verb));
}

Days days_sent_with(const postgres::Chunk& chunk) {
  Days days;
  if (chunk.tails.size() > statements::hash_fields) days.add_stamps(chunk.tails[statements::hash_fields]);
  return days;
}

DirectLoad::DirectLoad(const plan::TableTask& task, const postgres::Chunk& chunk, std::int64_t run_id)
    : chunk_(chunk), statements_{statements::record_own_xact(task, run_id, true), statements::load_target(task)} {
  rows_.push_back(chunk.bytes);
  if (chunk.tails.empty()) return;
  const auto count = static_cast<std::int32_t>(chunk.rows);
  postgres::BinaryRow pack;
  pack.integer(static_cast<std::int32_t>(task.memory.known_id)).integer(count);
  for (std::size_t i = 0; i < statements::hash_fields; ++i) pack.bigints(chunk.tails[i], count);
  pack_ = pack.bytes();
  statements_.push_back(statements::load_pack());
  rows_.push_back(pack_);
}

Written DirectLoad::written(const std::vector<postgres::Result>& results) const {
  const auto& taken = results[results.size() - rows_.size()];
  if (taken.affected != static_cast<std::int64_t>(chunk_.rows))
    throw Error(ErrorCode::partial, "the target took only a part of the rows").sqlstate("23000");
  Written written;
  written.counts.read = written.counts.inserted = static_cast<std::int64_t>(chunk_.rows);
  written.counts.bytes = static_cast<std::int64_t>(chunk_.bytes.size());
  written.days = days_sent_with(chunk_);
  return written;
}

}  // namespace engine::pipeline
