#include "engine/pipeline/unreadable_rows.hpp"

#include <algorithm>

#include "engine/pipeline/bandwidth.hpp"
#include "engine/pipeline/fenced_transaction.hpp"
#include "engine/postgres/condition.hpp"
#include "engine/postgres/errors.hpp"
#include "engine/state/quarantine.hpp"

namespace engine::pipeline {

namespace statements = plan::statements;

namespace {

constexpr const char* too_large = "54000";  // of our own reader, and of a server whose message would be too long
constexpr std::int64_t few = 100;           // newly held rows never stop a table
constexpr int patience_while_searching_ms = 3'600'000;

postgres::ChunkLimits limits_of(const RunContext& run, const plan::TableTask& task, const statements::Extraction& how) {
  // what travels beside the row, each after its length
  constexpr std::size_t position = 4 + 6, flag = 4 + 1, eight_bytes = 4 + 8;
  postgres::ChunkLimits limits;
  limits.bytes = std::min(limits.bytes, largest_chunk(run.settings.map.limits));
  limits.positions = how.send_position;
  if (how.send_hashes) {
    limits.tail_fields = statements::hash_fields + (how.send_stamp ? 1 : 0);
    limits.tail_bytes = statements::hash_bytes;
  }
  limits.row_bytes = task.row_bytes + limits.tail_fields * limits.tail_bytes + (how.send_position ? position : 0) +
                     (how.send_known ? flag : 0) + (how.send_number ? eight_bytes : 0) +
                     (how.send_watermark ? eight_bytes : 0) + (task.whole_hash.empty() ? 0 : eight_bytes);
  return limits;
}

statements::ReadingFacts ask(const plan::TableTask& task, postgres::Transaction& read) {
  const auto answers = read.run_script(statements::ask_before_search(task));
  statements::ReadingFacts facts;
  facts.ranges = answers[0].flag(0, "ranges");
  facts.blocks = answers[0].number(0, "blocks");
  facts.rows_a_block = answers[0].number(0, "rows_a_block");
  for (std::size_t i = 0; i < answers[1].size(); ++i)
    facts.send[answers[1].text(i, "type")] = answers[1].text(i, "send");
  return facts;
}

std::string hint_for(const std::string& sqlstate, bool of_the_map) {
  if (sqlstate == "22021")
    return "mend the text at the source; the bytes stand in the row as hex. If it was written as LATIN1: SET column = "
           "convert_from(convert(convert_to(column, 'SQL_ASCII'), 'LATIN1', 'UTF8'), 'UTF8')";
  if (sqlstate == "22P05")
    return "replace the character at the source, or make the database that is written anew with ENCODING 'UTF8'";
  return of_the_map ? "mend the row at the source, or the expression in the map" : "mend the row at the source";
}

state::HeldRow held_row(const plan::TableTask& task, const postgres::Result& found, std::size_t i) {
  state::HeldRow row;
  row.row_key = found.text(i, "key");
  row.row_data = found.text(i, "data");
  row.sqlstate = found.text(i, "state");
  if (row.sqlstate.empty() || row.sqlstate == too_large) {
    const std::string& bytes = found.text(i, "bytes");
    row.sqlstate = too_large;
    row.reason = "row_too_large";
    row.detail = (bytes.empty() ? "the row is larger than PostgreSQL can send" : "the row has " + bytes + " bytes") +
                 ", row_bytes allows " + std::to_string(task.row_bytes);
    row.hint = "raise row_bytes in the map, or leave the large column out with skip";
    return row;
  }
  const std::string& name = found.text(i, "column");
  const auto column = std::ranges::find(task.columns, name, &plan::Column::target);
  const bool computed = column == task.columns.end() || column->role == plan::Role::computed;
  row.reason = postgres::condition_name(row.sqlstate);
  row.detail = (column == task.columns.end() ? "where, join or watermark: "
                : computed                   ? "the expression for column " + name + ": "
                                             : "column " + name + ": ") +
               postgres::in_words(row.sqlstate);
  row.hint = hint_for(row.sqlstate, computed);
  return row;
}

}  // namespace

void when_reading(const plan::TableTask& task, const std::function<void()>& read) {
  try {
    read();
  } catch (const UnreadableRow&) {
    throw;
  } catch (const Error& error) {
    if (!postgres::is_about_a_row(error.sqlstate())) throw;
    throw UnreadableRow(error, task);
  }
}

void when_staging(const plan::TableTask& task, const std::function<void()>& load) {
  try {
    load();
  } catch (const Error& error) {
    if (error.sqlstate() != "22021" && error.sqlstate() != "22P05") throw;
    throw UnreadableRow(error, task);
  }
}

SourceRead UnreadableRows::look(plan::Window window, postgres::Transaction& read, postgres::Session& target) {
  if (wanted_) find(window, read, target);
  window.left_out = names_;
  SourceRead look;
  when_reading(task_, [&] { look = look_before_reading(run_, task_, window, read); });
  look.unreadable_keys = keys_;
  look.unreadable.quarantined = held_;
  look.unreadable.skipped = discarded_;
  look.unreadable.read = held_ + discarded_;
  return look;
}

void UnreadableRows::find(const plan::Window& window, postgres::Transaction& read, postgres::Session& target) {
  names_.clear();
  keys_.clear();
  reasons_.clear();
  fresh_ = held_ = discarded_ = 0;
  std::optional<FencedTransaction> own;
  search(window, read, [&](const std::vector<state::HeldRow>& rows, std::int64_t seen) {
    if (!target.in_transaction()) own.emplace(target, run_, patience_while_searching_ms);
    const auto held = state::hold_rows(target, run_.scope, task_.title, run_.run_id, task_.quarantine.tries, rows);
    fresh_ += held.fresh;
    held_ += held.fresh + held.again;
    discarded_ += held.discarded;
    guard(seen);
  });
  if (own) own->commit();
  report();
}

void UnreadableRows::search(const plan::Window& window, postgres::Transaction& read, const Found& met) {
  const statements::ReadingFacts facts = ask(task_, read);
  std::string ranges = statements::first_ranges(task_, facts);
  std::int64_t seen = 0;
  while (ranges != "{}") {
    const auto results = read.run_script(statements::search_unreadable(task_, window, facts, ranges));
    const auto& progress = results[1];
    const auto& found = results[2];
    ranges = progress.text(0, "todo");
    seen += progress.number(0, "seen");
    if (found.empty()) continue;
    std::vector<state::HeldRow> rows;
    for (std::size_t i = 0; i < found.size(); ++i) {
      names_.push_back(found.text(i, "id"));
      rows.push_back(held_row(task_, found, i));
      if (task_.keyless) keys_.push_back(rows.back().row_key);
      reasons_[rows.back().reason] += 1;
    }
    met(rows, seen);
  }
}

void UnreadableRows::find_only(const plan::Window& window, postgres::Transaction& read) {
  names_.clear();
  keys_.clear();
  found_.clear();
  search(window, read, [&](const std::vector<state::HeldRow>& rows, std::int64_t) {
    found_.insert(found_.end(), rows.begin(), rows.end());
  });
}

void UnreadableRows::guard(std::int64_t seen) const {
  if (run_.past_fuse.contains(task_.title) || fresh_ < few) return;
  if (static_cast<double>(fresh_) <= task_.quarantine.limit * static_cast<double>(seen)) return;
  throw Error(ErrorCode::fuse,
              std::to_string(fresh_) + " of the first " + std::to_string(seen) +
                  " rows that were looked at cannot be read (" + reasons_.begin()->first +
                  "), more than quarantine: limit allows; the table was stopped",
              "mend the map or the source. If these rows are to wait in quarantine while the others are copied, add "
              "--past-fuse " +
                  task_.title + " to the command, once; quarantine: {limit: ...} in the map sets another limit");
}

void UnreadableRows::report() const {
  if (held_ == 0) return;
  std::string reasons;
  for (const auto& [reason, rows] : reasons_)
    reasons += (reasons.empty() ? "" : ", ") + reason + " " + std::to_string(rows);
  run_.observer.warning(task_.title, "rows that cannot be read and wait in quarantine: " + std::to_string(held_) +
                                         " (" + reasons + "); pgtide quarantine list shows them");
}

void read_with_care(std::vector<UnreadableRows>& tables, const std::function<void()>& work) {
  for (;;) {
    try {
      return work();
    } catch (const UnreadableRow& error) {
      const auto table = std::ranges::find_if(tables, [&](const auto& t) { return &t.task() == &error.task(); });
      if (table == tables.end() || !table->begin_to_look()) throw;
    }
  }
}

RowStream::RowStream(const RunContext& run, const plan::TableTask& task, const SourceRead& look,
                     postgres::Transaction& read)
    : task_(task),
      stream_(read.session(), statements::extract(task, look.window, look.how), limits_of(run, task, look.how)) {}

std::optional<postgres::Chunk> RowStream::next() {
  std::optional<postgres::Chunk> chunk;
  when_reading(task_, [&] { chunk = stream_.next(); });
  return chunk;
}

}  // namespace engine::pipeline
