#include "engine/pipeline/difference.hpp"

#include "engine/core/error.hpp"
#include "engine/core/fault_point.hpp"
#include "engine/pipeline/comparison.hpp"
#include "engine/pipeline/fenced_transaction.hpp"
#include "engine/pipeline/unreadable_rows.hpp"
#include "engine/plan/refresh.hpp"
#include "engine/postgres/errors.hpp"
#include "engine/state/coverage.hpp"
#include "engine/state/known_rows.hpp"
#include "engine/state/quarantine.hpp"

namespace engine::pipeline {
namespace {

using config::RefreshMethod;
using plan::TableTask;
using plan::Window;
using postgres::Transaction;
namespace statements = plan::statements;

class Difference {
 public:
  Difference(const RunContext& run, Lane& lane, const TableTask& task, const Window& whole, TableClose& close,
             const WriteRows& write)
      : run_(run), lane_(lane), task_(task), whole_(whole), close_(close), write_(write) {}

  bool refresh() {
    news_ = plan::news_of_full(task_, run_.request, run_.cursor_of(task_), run_.trusted, run_.snapshot.next_xid,
                               run_.waiting_of(task_));
    facts_.discarding = run_.discarding.contains(task_.title);
    if (decided() == RefreshMethod::stream) return false;
    // before the source is looked at
    facts_.given_up = some_were_given_up();
    if (decided() == RefreshMethod::stream) return false;
    Transaction read(lane_.source(), reading(run_, task_));
    SourceRead look = look_before_reading(run_, task_, whole_, read);
    // which of several rows with one key counts can only be told from all of them
    if (!look.has_rows || look.twins > 0 || look.window.kind != Window::Kind::whole) return false;
    look_for_news(read);
    if (decided() == RefreshMethod::stream) return false;
    // what the source has deleted is looked for among the rows that are remembered
    if (task_.deletes_in(run_.request.mode)) state::settle_known_rows(lane_.target(), task_.memory.known_id);
    close_.looked(look);
    if (!sums_tell_news_) write_news(look, read);
    return write_what_differs(look, read);
  }

 private:
  RefreshMethod decided() const { return plan::decide_refresh(task_, run_.request, whole_, news_, facts_).method; }

  bool some_were_given_up() {
    const auto held = run_.held_of(task_);
    if (held == 0) return false;
    const auto due = state::read_due_rows(lane_.target(), run_.scope);
    const auto found = due.find(task_.title);
    return found == due.end() || static_cast<std::int64_t>(found->second.size()) < held;
  }

  // Of a large table a sample says how many there are, about. If it has none there probably are none, and they are
  // looked for with the sums, in one reading of the table.
  void look_for_news(Transaction& read) {
    constexpr std::int64_t large = 100'000;
    if (news_->kind == Window::Kind::nothing) return;
    if (const std::string sample = statements::sample_news(task_, *news_);
        task_.estimated_rows >= large && !sample.empty()) {
      count_news(read, sample);
      sums_tell_news_ = *facts_.news == 0 && news_->again.empty() && decided() == RefreshMethod::ranges;
    } else {
      count_news(read, statements::count_read(task_.source, *news_));
      if (*facts_.news == 0 && news_->again.empty()) news_->kind = Window::Kind::nothing;
    }
  }

  void count_news(Transaction& read, const std::string& sql) {
    const auto counted = read.run(sql);
    const auto rows = counted.number(0, "rows");
    facts_.news = rows == 0 ? 0 : static_cast<double>(counted.number(0, "fresh")) / static_cast<double>(rows);
  }

  // As an incremental run would. Every other row was judged by an earlier one as it is now.
  void write_news(const SourceRead& look, Transaction& read) {
    if (news_->kind == Window::Kind::nothing) return;
    SourceRead part = look;
    part.how.days_are_counted = true;
    part.window = *news_;
    write_(task_, part, read);
  }

  bool write_what_differs(const SourceRead& look, Transaction& read) {
    const News news{statements::are_news(task_, *news_), [&](std::int64_t rows) {
                      if (rows == 0) news_->kind = Window::Kind::nothing;
                      write_news(look, read);
                    }};
    const Comparison hashes = compare_within(task_, decided() == RefreshMethod::rows, read, lane_.target(),
                                             sums_tell_news_ ? &news : nullptr);
    // they could as well be sent at once
    const auto differing = static_cast<std::int64_t>(hashes.to_read.size());
    if (hashes.too_many || (differing > few && differing > hashes.source.rows / 4)) return false;
    SourceRead part = look;
    part.how.days_are_counted = true;
    const TableTask others = statements::outside_of(task_, *news_);
    in_batches(
        hashes.to_read,
        [&](const auto& keys) { write_(statements::restricted_to(others, hashes.hashing, keys), part, read); },
        keys_at_a_time);
    finish(look, read, std::max<std::int64_t>(hashes.source.rows - close_.counts().read, 0));
    return true;
  }

  void finish(const SourceRead& look, Transaction& read, std::int64_t equal) {
    if (rows_are_the_same(look, equal))
      close_.days_stay();
    else if (look.how.send_watermark)
      close_.days_at_source(read.run(statements::count_days_at_source(task_, look.window, look.how)), true);
    Written rest;
    rest.counts.read = rest.counts.unchanged = equal;
    FencedTransaction write(lane_.target(), run_);
    close_.finish(write, &rest);
    fault_point(FaultPoint::table_merged);
    write.commit();
    fault_point(FaultPoint::table_committed);
    close_.committed(rest, true);
  }

  // Of rows none of which is new, as many as there were when all were counted.
  bool rows_are_the_same(const SourceRead& look, std::int64_t equal) {
    if (news_->kind != Window::Kind::nothing || close_.counts().read > 0 || look.unreadable.read > 0) return false;
    return plan::days_are_of_rows(task_) && state::covered_rows(lane_.target(), run_.scope, task_.title) == equal;
  }

  static constexpr std::int64_t few = 10'000;
  static constexpr std::size_t keys_at_a_time = 100'000;

  const RunContext& run_;
  Lane& lane_;
  const TableTask& task_;
  const Window& whole_;
  TableClose& close_;
  const WriteRows& write_;
  std::optional<Window> news_;
  bool sums_tell_news_ = false;  // they are not looked for before
  plan::RefreshFacts facts_;
};

}  // namespace

bool refresh_by_difference(const RunContext& run, Lane& lane, const TableTask& task, const Window& whole,
                           TableClose& close, const WriteRows& write) {
  bool done = false;
  try {
    done = Difference(run, lane, task, whole, close, write).refresh();
  } catch (const UnreadableRow&) {  // the way of all rows finds it, and sets it aside
  } catch (const Error& error) {
    // a limit is a share of all rows of the table, and few of them were read
    if (!postgres::is_about_a_row(error.sqlstate()) && error.code() != ErrorCode::fuse) throw;
  }
  if (!done) close.begin_again();
  return done;
}

}  // namespace engine::pipeline
