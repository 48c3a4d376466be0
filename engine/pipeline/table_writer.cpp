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

TableWriter::TableWriter(const plan::TableTask& task, const statements::Extraction& how, std::int64_t run_id, postgres::Transaction& write)
    : task_(task), how_(how), run_id_(run_id), write_(write), names_(statements::TemporaryNames::random()) {
  write_.run_script(statements::create_stage(task_, names_, how_));
}

void TableWriter::load(const postgres::Chunk& chunk) {
  const auto taken = postgres::copy_in(write_.session(), statements::load_stage(task_, names_, how_), chunk);
  if (taken != chunk.rows) throw Error(ErrorCode::internal, "the stage took " + std::to_string(taken) + " of " + std::to_string(chunk.rows) + " rows");
  written_.counts.bytes += static_cast<std::int64_t>(chunk.bytes.size());
}

void TableWriter::judge() {
  if (const std::string misfits = statements::find_misfits(task_, names_); !misfits.empty()) {
    const auto found = write_.run(misfits);
    std::string rows;
    for (std::size_t i = 0; i < found.size(); ++i)
      rows += (rows.empty() ? "" : "; ") + found.text(i, "misfit") + " of row " + found.text(i, "key");
    if (!rows.empty())
      throw Error(ErrorCode::partial, "the target cannot hold these values without changing them: " + rows + (found.size() == 5 ? " and maybe more" : ""),
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
  if (how_.send_watermark) written_.days.add(write_.run(statements::count_days(task_, names_)));
  if (counts.conflicted > 0) write_.run(statements::record_conflicts(task_, names_, run_id_));
}

void TableWriter::insert_missing(const std::vector<std::string>& late_columns) {
  if (inserts_ + updates_ > 0) write_.run(statements::record_own_xact(task_));
  if (inserts_ == 0) return;
  if (!task_.arbiter) write_.run_script(statements::lock_target(task_));
  expect(write_.run(statements::insert(task_, names_, late_columns)).affected, inserts_, "insert");
}

void TableWriter::update_different(const std::vector<std::string>& late_columns) {
  if (inserts_ > 0 && !late_columns.empty()) write_.run(statements::set_late_columns(task_, names_, late_columns));
  if (updates_ > 0) expect(write_.run(statements::update(task_, names_)).affected, updates_, "update");
}

void TableWriter::expect(std::int64_t done, std::int64_t planned, const char* verb) const {
  if (done == planned) return;
  throw Error(ErrorCode::partial,
              "the target took " + std::to_string(done) + " of " + std::to_string(planned) + " rows that were to be " + verb +
                  (verb[0] == 'i' ? "ed" : "d") + "; all were rolled back",
              "a trigger or rule of the target drops or redirects rows, or somebody else keeps writing the same rows")
      .retryable(true);
}

Written load_directly(const plan::TableTask& task, const postgres::Chunk& chunk, postgres::Transaction& write) {
  write.run(statements::record_own_xact(task));
  const auto taken = postgres::copy_in(write.session(), statements::load_target(task), chunk);
  if (taken != chunk.rows) throw Error(ErrorCode::partial, "the target took only a part of the rows").sqlstate("23000");
  Written written;
  written.counts.read = written.counts.inserted = static_cast<std::int64_t>(chunk.rows);
  written.counts.bytes = static_cast<std::int64_t>(chunk.bytes.size());
  return written;
}

namespace {

// The error of writing the staged rows first..last alone; nothing if they can be written.
std::optional<Error> try_rows(const plan::TableTask& task, const statements::Extraction& how, const statements::TemporaryNames& names,
                              postgres::Transaction& probe, std::int64_t first, std::int64_t last) {
  std::optional<Error> problem;
  probe.run_script("SAVEPOINT pgtide_probe");
  try {
    probe.run_script(statements::keep_numbered(names, first, last));
    if (const std::string misfits = statements::find_misfits(task, names); !misfits.empty()) probe.run(misfits);
    if (task.converts()) probe.run_script(statements::make_image(task, names, how));
    probe.run_script(statements::judge(task, names, how));
    probe.run(statements::insert(task, names, {}));
    probe.run(statements::update(task, names));
    probe.run_script("SET CONSTRAINTS ALL IMMEDIATE");
  } catch (const Error& error) {
    if (!postgres::is_about_a_row(error.sqlstate())) throw;
    problem = error;
  }
  probe.run_script("ROLLBACK TO SAVEPOINT pgtide_probe");
  return problem;
}

}  // namespace

Error name_the_row(const plan::TableTask& task, const statements::Extraction& how, const postgres::Chunk& chunk, postgres::Session& target,
                   const Error& refusal) {
  const auto names = statements::TemporaryNames::random();
  postgres::Transaction probe(target, {});
  probe.run_script(statements::create_stage(task, names, how));
  postgres::copy_in(target, statements::load_stage(task, names, how), chunk);
  probe.run_script(statements::number_stage(names));
  std::int64_t first = 1, last = static_cast<std::int64_t>(chunk.rows);
  std::optional<Error> problem = try_rows(task, how, names, probe, first, last);
  if (!problem) return refusal;  // only together, or no longer
  while (first < last) {
    const std::int64_t middle = first + (last - first) / 2;
    if (auto in_first_half = try_rows(task, how, names, probe, first, middle)) {
      problem = in_first_half;
      last = middle;
    } else if (auto in_second_half = try_rows(task, how, names, probe, middle + 1, last)) {
      problem = in_second_half;
      first = middle + 1;
    } else {
      return refusal;  // the halves fit, only together they do not
    }
  }
  probe.run_script(statements::keep_numbered(names, first, first));
  const auto key = probe.run(statements::staged_key(task, names));
  return Error(ErrorCode::partial, "row " + key.text(0, "key") + " cannot be written " + problem->what() +
                                       "; until it is mended no further row of this table is copied", problem->hint())
      .sqlstate(problem->sqlstate());
}

}  // namespace engine::pipeline
