#include "engine/pipeline/rehearsal.hpp"

#include <map>

#include "engine/pipeline/chunk_stream.hpp"
#include "engine/pipeline/source_read.hpp"
#include "engine/pipeline/table_writer.hpp"
#include "engine/pipeline/unreadable_rows.hpp"
#include "engine/postgres/errors.hpp"
#include "engine/state/migrator.hpp"

namespace engine::pipeline {
namespace {

using plan::TableTask;
using postgres::Transaction;
namespace statements = plan::statements;

// Reading may take long while the stage waits for it.
postgres::Opening trying() {
  postgres::Opening opening;
  opening.idle_timeout_ms = 3'600'000;
  return opening;
}

// One transaction on the target. One use.
class Attempt {
 public:
  Attempt(const RunContext& run, const TableTask& task, const Rehearsing& how, const statements::Extraction& reading,
          postgres::Session& target, Care care)
      : task_(task), how_(how), reading_(reading), write_(target, trying()) {
    state::build_for_now(target);
    writer_.emplace(task, reading, run, write_, care);
  }

  void load(const postgres::Chunk& chunk) { writer_->load(chunk); }

  void judge(Rehearsed& result) {
    writer_->convert();
    const auto misfits = static_cast<std::int64_t>(held().size());
    if (!task_.keyless) write_.run(statements::settle_staged(task_, names()));
    writer_->judge({});
    hold();
    count(misfits, result);
    if (how_.unequal) tell();
  }

 private:
  const statements::TemporaryNames& names() const { return writer_->names(); }
  postgres::Result held() { return write_.run(statements::list_held(task_, names())); }

  void hold() {
    std::string script;
    for (const auto& part : {statements::hold_nulls(task_, names()),
                             how_.missing ? statements::hold_listed(task_, names(), *how_.missing)
                                          : statements::hold_orphans(task_, names(), {}),
                             statements::hold_taken(task_, names())})
      if (!part.empty()) script += part + "; ";
    if (!script.empty()) write_.run_script(script);
  }

  void count(std::int64_t misfits, Rehearsed& result) {
    const auto found = write_.run(statements::count_verdicts(task_, names()));
    Counts counts;
    counts.read = found.number(0, "staged") + misfits;
    counts.quarantined = found.number(0, "held") + misfits;
    counts.skipped = found.number(0, "skips");
    counts.conflicted = found.number(0, "conflicts") + found.number(0, "decided");
    counts.inserted = found.number(0, "inserts") - found.number(0, "decided_inserts");
    counts.updated = found.number(0, "updates") - found.number(0, "decided_updates");
    counts.unchanged =
        counts.read - counts.quarantined - counts.skipped - counts.conflicted - counts.inserted - counts.updated;
    result.counts += counts;
    result.removed += found.number(0, "surplus");
    result.kept += found.number(0, "kept");
  }

  void tell() {
    std::map<std::string, std::string> reasons;
    const auto waiting = held();
    for (std::size_t i = 0; i < waiting.size(); ++i) reasons[waiting.text(i, "row_key")] = waiting.text(i, "reason");
    const auto rows = write_.run(statements::list_unequal(task_, names(), how_.hashing, reading_));
    for (std::size_t i = 0; i < rows.size(); ++i) {
      UnequalRow row;
      row.row_key = rows.text(i, "row_key");
      row.key_hash = rows.number(i, "key_hash");
      row.verdict = rows.text(i, "verdict")[0];
      row.missing = rows.flag(i, "missing");
      row.known = rows.flag(i, "known");
      row.columns = postgres::array_elements(rows.text(i, "columns"));
      if (const auto reason = reasons.find(row.row_key); row.verdict == 'q' && reason != reasons.end()) {
        row.reason = reason->second;
        reasons.erase(reason);
      }
      how_.unequal(row);
    }
    for (std::size_t i = 0; i < waiting.size(); ++i) {  // those that left the stage
      if (!reasons.contains(waiting.text(i, "row_key"))) continue;
      UnequalRow row;
      row.row_key = waiting.text(i, "row_key");
      row.verdict = 'q';
      row.reason = waiting.text(i, "reason");
      row.missing = !waiting.cell(i, "there") || !waiting.flag(i, "there");
      how_.unequal(row);
    }
    if (!task_.removes()) return;
    const auto surplus = write_.run(statements::list_surplus(task_, names()));
    for (std::size_t i = 0; i < surplus.size(); ++i) {
      UnequalRow row;
      row.row_key = surplus.text(i, "row_key");
      row.verdict = surplus.text(i, "verdict")[0];
      how_.unequal(row);
    }
  }

  const TableTask& task_;
  const Rehearsing& how_;
  const statements::Extraction reading_;
  Transaction write_;
  std::optional<TableWriter> writer_;
};

// As carefully as these rows need it.
void with_care(const std::function<void(Care, Rehearsed&)>& attempt, Rehearsed& result) {
  Rehearsed one;
  try {
    attempt(Care::sets, one);
  } catch (const Error& error) {
    if (!postgres::is_about_a_row(error.sqlstate())) throw;
    one = {};
    attempt(Care::rows, one);
  }
  result.counts += one.counts;
  result.removed += one.removed;
  result.kept += one.kept;
}

}  // namespace

Rehearsed rehearse(const RunContext& run, const TableTask& task, const Rehearsing& how, Transaction& read,
                   postgres::Session& target) {
  Rehearsed result;
  SourceRead look = look_before_reading(run, task, how.window, read);
  if (look.window.kind == plan::Window::Kind::nothing) return result;
  if (how.twins) {
    const auto differing = static_cast<std::int64_t>(look.differing.size());
    result.counts.read += look.twins;
    result.counts.quarantined += differing;
    result.counts.skipped += look.twins - differing;
  }
  RowStream stream(run, task, look, read);
  if (task.keyless) {
    Attempt attempt(run, task, how, look.how, target, Care::rows);
    while (const auto chunk = stream.next()) attempt.load(*chunk);
    attempt.judge(result);
    return result;
  }
  while (const auto chunk = stream.next())
    with_care(
        [&](Care care, Rehearsed& one) {
          Attempt attempt(run, task, how, look.how, target, care);
          attempt.load(*chunk);
          attempt.judge(one);
        },
        result);
  return result;
}

}  // namespace engine::pipeline
