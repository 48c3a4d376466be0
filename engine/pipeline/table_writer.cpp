#include "engine/pipeline/table_writer.hpp"

#include "engine/postgres/errors.hpp"

namespace engine::pipeline {

namespace statements = plan::statements;

void Days::add(const postgres::Result& days) {
  for (std::size_t i = 0; i < days.size(); ++i) {
    rows[days.text(i, "day")] += days.number(i, "items");
    const std::string& stamp = days.text(i, "newest");
    // ISO stamps in UTC compare as text; years beyond 9999 and BC are so rare that the first seen may stand.
    if (!newest || *newest < stamp) newest = stamp;
  }
}

void Days::add(const Days& other) {
  for (const auto& [day, count] : other.rows) rows[day] += count;
  if (other.newest && (!newest || *newest < *other.newest)) newest = other.newest;
}

TableWriter::TableWriter(const plan::TableTask& task, const statements::Extraction& how, std::int64_t run_id,
                         postgres::Transaction& write)
    : task_(task), how_(how), run_id_(run_id), write_(write), names_(statements::TemporaryNames::random()) {
  write_.run_script(statements::create_stage(task_, names_, how_));
}

void TableWriter::load(const postgres::Chunk& chunk) {
  const auto taken = postgres::copy_in(write_.session(), statements::load_stage(names_), chunk);
  if (taken != chunk.rows)
    throw Error(ErrorCode::internal,
                "the stage took " + std::to_string(taken) + " of " + std::to_string(chunk.rows) + " rows");
  written_.counts.bytes += static_cast<std::int64_t>(chunk.bytes.size());
}

void TableWriter::judge() {
  if (const std::string misfits = statements::find_misfits(task_, names_); !misfits.empty()) {
    const auto found = write_.run(misfits);
    std::string rows;
    for (std::size_t i = 0; i < found.size(); ++i)
      rows += (rows.empty() ? "" : "; ") + found.text(i, "misfit") + " of row " + found.text(i, "key");
    if (!rows.empty())
      throw Error(ErrorCode::partial,
                  "the target cannot hold these values without changing them: " + rows +
                      (found.size() == 5 ? " and maybe more" : ""),
                  "widen the target's column, mend the value at the source, or convert it in the map (columns:)")
          .sqlstate("22000");
  }
  if (task_.converts()) write_.run_script(statements::make_image(task_, names_, how_));
  const auto judged = write_.run_script(statements::judge(task_, names_, how_)).back();
  inserts_ = judged.number(0, "inserts");
  updates_ = judged.number(0, "updates");
  Counts& counts = written_.counts;
  counts.read = judged.number(0, "staged");
  counts.skipped = judged.number(0, "skips");
  counts.conflicted = judged.number(0, "conflicts");
  counts.inserted = inserts_;
  counts.updated = updates_;
  counts.unchanged = counts.read - inserts_ - updates_ - counts.skipped - counts.conflicted;
  agreed_ = judged.number(0, "agreed");
  surplus_ = judged.number(0, "surplus");
  kept_ = judged.number(0, "kept");
  if (how_.send_watermark) written_.days.add(write_.run(statements::count_days(task_, names_)));
  if (inserts_ + updates_ + surplus_ > 0) write_.run(statements::record_own_xact(task_));
  if (counts.conflicted > 0) write_.run(statements::record_conflicts(task_, names_, how_.send_watermark, run_id_));
}

void TableWriter::remove_surplus(bool past_fuse) {
  if (surplus_ > 0) {
    const auto locked = write_.run(statements::lock_surplus(task_, names_)).number(0, "locked");
    expect(locked, surplus_, "remove");
    if (const std::string kept = statements::keep_referenced(task_, names_); !kept.empty()) {
      const auto referenced = write_.run(kept).affected;
      surplus_ -= referenced;
      kept_ += referenced;
    }
  }
  if (kept_ > 0) {  // rows of the target that were looked at, and stay
    write_.run(statements::record_kept_rows(task_, names_, run_id_));
    written_.counts.read += kept_;
    written_.counts.conflicted += kept_;
  }
  if (surplus_ == 0) return;
  if (!past_fuse) guard_by_fuse();
  expect(write_.run(statements::remove_surplus(task_, names_)).affected, surplus_, "remove");
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

void TableWriter::insert_missing(const std::vector<std::string>& late_columns) {
  if (inserts_ == 0) return;
  if (task_.removes()) {
    for (const auto& sequence : task_.sequences)  // an earlier tool may have given numbers without moving it
      if (write_.run(statements::may_move_sequence(sequence)).flag(0, "permitted"))
        write_.run(statements::move_sequence(task_, sequence));
    write_.run(statements::give_numbers(task_, names_));
  }
  if (!task_.arbiter && !task_.keyless) write_.run_script(statements::lock_target(task_));
  expect(write_.run(statements::insert(task_, names_, late_columns)).affected, inserts_, "insert");
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
  if (inserts_ > 0 && !late_columns.empty()) write_.run(statements::set_late_columns(task_, names_, late_columns));
  if (updates_ > 0) expect(write_.run(statements::update(task_, names_)).affected, updates_, "update");
}

void TableWriter::remember() {
  if (inserts_ + updates_ + agreed_ + surplus_ == 0) return;
  if (task_.removes())
    write_.run_script(statements::remember_numbers(task_, names_));
  else
    write_.run(statements::remember(task_, names_));
}

void TableWriter::expect(std::int64_t done, std::int64_t planned, const char* verb) const {
  if (done == planned) return;
  throw Error(ErrorCode::partial,
              "the target took " + std::to_string(done) + " of " + std::to_string(planned) + " rows that were to be " +
                  verb + (verb[0] == 'i' ? "ed" : "d") + "; all were rolled back",
              "a trigger or rule of the target drops or redirects rows, or somebody else keeps writing the same rows")
      .retryable(true);
}

Written load_directly(const plan::TableTask& task, const postgres::Chunk& chunk, postgres::Transaction& write) {
  write.run(statements::record_own_xact(task));
  const auto taken = postgres::copy_in(write.session(), statements::load_target(task), chunk);
  if (!chunk.tails.empty()) postgres::copy_in(write.session(), statements::load_known(), chunk.tail_chunk());
  if (taken != chunk.rows) throw Error(ErrorCode::partial, "the target took only a part of the rows").sqlstate("23000");
  Written written;
  written.counts.read = written.counts.inserted = static_cast<std::int64_t>(chunk.rows);
  written.counts.bytes = static_cast<std::int64_t>(chunk.bytes.size());
  return written;
}

}  // namespace engine::pipeline
