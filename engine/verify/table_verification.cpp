#include "engine/verify/table_verification.hpp"

#include <algorithm>

#include "engine/pipeline/unreadable_rows.hpp"
#include "engine/verify/reasons.hpp"

namespace engine::verify {
namespace {

using pipeline::UnequalRow;
using plan::TableTask;
using postgres::Transaction;
namespace statements = plan::statements;

constexpr int most_looks = 5;  // at a row that changes while it is looked at

}  // namespace

TableVerification::TableVerification(pipeline::Survey& survey, const TableTask& task, const Wanted& wanted,
                                     std::function<void(const Difference&)> found)
    : survey_(survey), task_(pipeline::part_of(task, wanted.part)), wanted_(wanted), found_(std::move(found)) {
  report_.direction = task.direction;
  report_.table = task.title;
  report_.sampled = !wanted.part.whole();
}

TableReport TableVerification::compare() {
  hashes_ = pipeline::compare(survey_.run(), task_, wanted_.part, survey_.source(), survey_.target());
  report_.source = hashes_.source;
  report_.target = hashes_.target;
  const bool unreadable = !hashes_.hashing.left_out.empty();
  if (hashes_.to_read.empty() && hashes_.only_in_target.empty() && !unreadable) return report_;
  if (task_.keyless && task_.direction == Direction::reverse) {
    name_missing(hashes_.to_read);
  } else if (task_.keyless || hashes_.too_many) {
    look_at_all();
  } else {
    if (unreadable && hashes_.to_read.empty()) look_again({});
    pipeline::in_batches(hashes_.to_read, [&](const auto& keys) { look_again(keys); });
    pipeline::in_batches(hashes_.only_in_target, [&](const auto& keys) { look_for_surplus(keys); });
  }
  return report_;
}

// Until the source has held each of the rows as it was read, from before the target was looked at until after it.
void TableVerification::look_again(const std::vector<std::int64_t>& keys) {
  std::vector<std::int64_t> left = keys;
  for (int looks = 0; looks < most_looks; ++looks) {
    std::vector<std::int64_t> restless;
    for (const auto& row : look(left, restless)) tell(row);
    left = std::move(restless);
    if (left.empty()) return;
  }
  report_.restless += static_cast<std::int64_t>(left.size());
}

std::vector<UnequalRow> TableVerification::look(const std::vector<std::int64_t>& keys,
                                                std::vector<std::int64_t>& restless) {
  std::vector<UnequalRow> rows;
  Contents before;
  {
    Transaction read(survey_.source(), pipeline::looking_at(task_));
    leave_out_unreadable(read);
    const TableTask some = statements::restricted_to(task_, hashes_.hashing, keys);
    before = contents(keys, read);
    note_news(some, read);
    rehearse(some, read, rows);
  }
  Transaction again(survey_.source(), pipeline::looking_at(task_));
  leave_out_unreadable(again);
  const Contents after = contents(keys, again);
  std::erase_if(rows, [&](const UnequalRow& row) {
    if (!row.key_hash) return false;
    const Contents::const_iterator was = before.find(*row.key_hash), is = after.find(*row.key_hash);
    const bool same = was != before.end() && is != after.end() && was->second == is->second;
    if (!same && is != after.end()) restless.push_back(*row.key_hash);
    return !same;
  });
  return rows;
}

// Without a key rows are matched all together.
void TableVerification::look_at_all() {
  for (int looks = 0; looks < most_looks; ++looks) {
    std::vector<UnequalRow> rows;
    pipeline::RowSum before;
    {
      Transaction read(survey_.source(), pipeline::looking_at(task_));
      leave_out_unreadable(read);
      before = pipeline::sum_of_source(task_, hashes_.hashing, read);
      note_news(task_, read);
      rehearse(task_, read, rows);
    }
    Transaction again(survey_.source(), pipeline::looking_at(task_));
    leave_out_unreadable(again);
    const bool last = looks + 1 == most_looks;
    if (!last && !(pipeline::sum_of_source(task_, hashes_.hashing, again) == before)) continue;
    for (const auto& row : rows) tell(row);
    return;
  }
}

void TableVerification::look_for_surplus(const std::vector<std::int64_t>& keys) {
  Contents before, after;
  {
    Transaction read(survey_.source(), pipeline::looking_at(task_));
    leave_out_unreadable(read);
    before = contents(keys, read);
  }
  std::vector<std::int64_t> gone;
  for (const auto key : keys)
    if (!before.contains(key)) gone.push_back(key);
  if (gone.empty()) return;
  Transaction look(survey_.target(), {});
  state::build_for_now(survey_.target());
  const auto rows = look.run(statements::list_only_in_target(task_, hashes_.hashing, gone));
  Transaction read(survey_.source(), pipeline::looking_at(task_));
  leave_out_unreadable(read);
  after = contents(gone, read);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows.flag(i, "soft_deleted") || after.contains(rows.number(i, "key_hash"))) continue;
    UnequalRow row;
    row.row_key = rows.text(i, "row_key");
    row.verdict = 'd';
    tell(row);
  }
}

// In reverse without a key: nothing leads from a row of the desktop to the one of the cloud that it came from.
void TableVerification::name_missing(std::vector<std::int64_t> keys) {
  std::ranges::sort(keys);
  pipeline::in_batches(keys, [&](const std::vector<std::int64_t>& some) {
    Transaction read(survey_.source(), pipeline::looking_at(task_));
    leave_out_unreadable(read);
    std::vector<std::int64_t> each = some;
    each.erase(std::ranges::unique(each).begin(), each.end());
    const auto rows = read.run(statements::name_at_source(task_, hashes_.hashing, each));
    const std::size_t missing = std::min(rows.size(), some.size());
    for (std::size_t i = 0; i < missing; ++i) {
      UnequalRow row;
      row.row_key = rows.text(i, "row_key");
      row.verdict = 'i';
      row.missing = true;
      tell(row);
    }
  });
}

void TableVerification::rehearse(const TableTask& some, Transaction& read, std::vector<UnequalRow>& rows) {
  pipeline::Rehearsing how;
  how.hashing = hashes_.hashing;
  how.window.left_out = hashes_.hashing.left_out;
  how.unequal = [&](const UnequalRow& row) { rows.push_back(row); };
  pipeline::rehearse(survey_.run(), some, how, read, survey_.target());
}

TableVerification::Contents TableVerification::contents(const std::vector<std::int64_t>& keys, Transaction& read) {
  Contents found;
  const auto rows = read.run(statements::list_present(task_, hashes_.hashing, keys));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto& sum = found[rows.number(i, "key_hash")];
    sum.rows += 1;
    sum.hash += static_cast<std::uint64_t>(rows.number(i, "row_hash"));
  }
  return found;
}

// Where rows cannot be read, they are called by names that hold in one transaction.
void TableVerification::leave_out_unreadable(Transaction& read) {
  if (hashes_.hashing.left_out.empty()) return;
  pipeline::UnreadableRows unreadable(survey_.run(), task_);
  unreadable.find_only({}, read);
  hashes_.hashing.left_out = unreadable.names();
  if (hashes_.hashing.left_out.empty()) hashes_.hashing.left_out = {"(0,0)"};  // they were mended meanwhile
  if (std::exchange(named_unreadable_, true)) return;
  for (const auto& held : unreadable.found()) {
    UnequalRow row;
    row.row_key = held.row_key;
    row.verdict = 'q';
    row.missing = true;
    row.reason = held.reason;
    tell(row);
  }
}

bool TableVerification::ids_tell() const {
  const auto cursor = survey_.run().cursor_of(task_);
  return cursor && task_.has_xmin && survey_.run().trusted && cursor->ids_valid && cursor->table_oid == task_.table_oid;
}

void TableVerification::note_news(const TableTask& some, Transaction& read) {
  news_.clear();
  if (!ids_tell()) return;
  const auto now = read.run("SELECT pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()) AS xmax");
  const auto rows =
      read.run(statements::list_news(some, hashes_.hashing, *survey_.run().cursor_of(task_), now.number(0, "xmax")));
  for (std::size_t i = 0; i < rows.size(); ++i) news_.push_back(rows.number(i, "key_hash"));
  std::ranges::sort(news_);
}

const state::RowsInState& TableVerification::in_state() {
  if (!in_state_)
    in_state_ = survey_.has_state() ? state::rows_in_state(survey_.target(), survey_.run().scope, task_.title)
                                    : state::RowsInState();
  return *in_state_;
}

// An operator does not want to hear of it, or it was decided that the cloud's row counts.
bool TableVerification::is_decided(const UnequalRow& row) {
  if (row.verdict == 'l' || row.verdict == 'r') return true;
  if (row.verdict == 'd' || row.verdict == 'x') return false;
  return in_state().discarded.contains(row.row_key) ||
         (row.verdict == 's' && !row.missing && in_state().left_to_cloud.contains(row.row_key));
}

void TableVerification::tell(const UnequalRow& row) {
  // what forward sent and the cloud changed is told where forward is compared
  if (row.known && task_.direction == Direction::reverse) return;
  if (is_decided(row)) {
    report_.as_decided += 1;
    return;
  }
  UnequalRow waiting = row;
  if (const auto held = in_state().waiting.find(row.row_key);
      held != in_state().waiting.end() && (row.verdict == 'i' || row.verdict == 'u')) {
    waiting.verdict = 'q';
    waiting.reason = held->second;
  }
  tell_difference(waiting);
}

void TableVerification::tell_difference(const UnequalRow& row) {
  Difference difference;
  difference.direction = task_.direction;
  difference.table = task_.title;
  difference.row_key = row.row_key;
  difference.columns = row.columns;
  const bool surplus = row.verdict == 'd' || row.verdict == 'x';
  difference.kind = surplus ? Kind::surplus : row.missing ? Kind::missing : Kind::different;
  const bool next_run_writes_it = row.verdict == 'i' || row.verdict == 'u' || row.verdict == 'q';
  difference.pending = next_run_writes_it && row.key_hash && std::ranges::binary_search(news_, *row.key_hash);
  difference.mendable = is_mendable(row, task_);
  difference.why = why(row, task_, difference.pending);
  if (difference.pending && wanted_.only_settled) {
    report_.pending += 1;
    return;
  }
  (surplus ? report_.surplus : row.missing ? report_.missing : report_.different) += 1;
  report_.pending += difference.pending ? 1 : 0;
  report_.mendable += difference.mendable ? 1 : 0;
  found_(difference);
}

}  // namespace engine::verify
