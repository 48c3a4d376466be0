#include "engine/pipeline/equality.hpp"

#include "engine/core/error.hpp"
#include "engine/core/fault_point.hpp"
#include "engine/pipeline/comparison.hpp"
#include "engine/pipeline/fenced_transaction.hpp"
#include "engine/pipeline/side_by_side.hpp"
#include "engine/pipeline/source_read.hpp"
#include "engine/plan/refresh.hpp"
#include "engine/postgres/errors.hpp"
#include "engine/state/known_rows.hpp"

namespace engine::pipeline {
namespace {

using plan::TableTask;
using plan::Window;
using postgres::Transaction;
namespace statements = plan::statements;

struct Equal {
  SourceRead look;
  std::int64_t rows = 0;
  postgres::Result days;
};

class Equality {
 public:
  Equality(const RunContext& run, Lane& lane, const TableTask& task)
      : run_(run), lane_(lane), task_(task), whole_(run.window_of(task)) {}

  std::optional<Equal> find() {
    news_ = plan::news_of_full(task_, run_.request, run_.cursor_of(task_), run_.trusted, run_.snapshot.next_xid,
                               run_.waiting_of(task_));
    facts_.discarding = run_.discarding.contains(task_.title);
    facts_.news = 0.0;  // as long as nobody has counted
    const bool waits = run_.held_of(task_) > 0 || !run_.waiting_of(task_).empty();
    if (waits || run_.progress_of(task_) || !may_be()) return std::nullopt;
    Transaction read(lane_.source(), reading(run_, task_));
    equal_.look = look_before_reading(run_, task_, whole_, read);
    const SourceRead& look = equal_.look;
    if (!look.has_rows || look.has_news || look.twins > 0 || look.window.kind != Window::Kind::whole)
      return std::nullopt;
    if (!task_.keyless) count_news(read);
    if (!may_be() || !(task_.keyless ? are_as_remembered(read) : are_equal(read))) return std::nullopt;
    if (look.how.send_watermark && equal_.days.empty()) count_days(read);
    return equal_;
  }

 private:
  bool may_be() const { return plan::may_be_found_equal(task_, run_.request, whole_, news_, facts_); }

  void count_news(Transaction& read) {
    if (news_->kind == Window::Kind::nothing) return;
    const auto counted = read.run(statements::count_read(task_.source, *news_));
    facts_.news = static_cast<double>(counted.number(0, "fresh"));
  }

  void count_days(Transaction& read) {
    equal_.days = read.run(statements::count_days_at_source(task_, equal_.look.window, equal_.look.how));
  }

  bool are_equal(Transaction& read) {
    const Comparison found = compare_within(task_, false, read, lane_.target(), nullptr);
    equal_.rows = found.source.rows;
    return !found.too_many && found.to_read.empty();
  }

  // As many rows as are remembered, with the same contents as these, and each of these is as it is remembered.
  bool are_as_remembered(Transaction& read) {
    Transaction look(lane_.target(), looking());
    RowSum here, there;
    std::int64_t changed = 0;
    side_by_side(
        [&] {
          read.run_script(statements::begin_hashing(task_));
          here = sum_of_source(task_, {}, read);
          read.run_script(statements::end_hashing());
          if (equal_.look.how.send_watermark) count_days(read);
        },
        [&] {
          look.run_script(statements::begin_hashing(task_) + "; SET LOCAL enable_nestloop = off");
          const auto sum = look.run(statements::sum_remembered(task_, {}));
          there = {sum.number(0, "rows"), (static_cast<std::uint64_t>(sum.number(0, "high")) << 32) +
                                              static_cast<std::uint64_t>(sum.number(0, "low"))};
          changed = sum.number(0, "changed");
        });
    equal_.rows = here.rows;
    return here == there && changed == 0;
  }

  const RunContext& run_;
  Lane& lane_;
  const TableTask& task_;
  const Window whole_;
  std::optional<Window> news_;
  plan::RefreshFacts facts_;
  Equal equal_;
};

void finish(const RunContext& run, Lane& lane, std::vector<TableClose>& closes, const std::vector<Equal>& found) {
  FencedTransaction write(lane.target(), run);
  std::vector<Written> nothing(closes.size());
  for (std::size_t i = 0; i < closes.size(); ++i) {
    closes[i].looked(found[i].look);
    if (found[i].look.how.send_watermark) closes[i].days_at_source(found[i].days);
    nothing[i].counts.read = nothing[i].counts.unchanged = found[i].rows;
    closes[i].finish(write, &nothing[i]);
  }
  fault_point(FaultPoint::table_merged);
  write.commit();
  fault_point(FaultPoint::table_committed);
  for (std::size_t i = 0; i < closes.size(); ++i) closes[i].committed(nothing[i], true);
}

}  // namespace

bool finish_equal(const RunContext& run, Lane& lane, const plan::Group& group, std::vector<TableClose>& closes) {
  std::vector<Equal> found;
  try {
    for (const auto index : group.tasks) {
      auto equal = Equality(run, lane, run.plan.tasks[index]).find();
      if (!equal) return false;
      found.push_back(std::move(*equal));
    }
  } catch (const Error& error) {
    if (!postgres::is_about_a_row(error.sqlstate())) throw;
    return false;  // whoever reads all rows finds it
  }
  // what the source has deleted is looked for among the rows that are remembered
  for (const auto index : group.tasks)
    if (const TableTask& task = run.plan.tasks[index]; task.deletes_in(run.request.mode))
      state::settle_known_rows(lane.target(), task.memory.known_id);
  finish(run, lane, closes, found);
  return true;
}

}  // namespace engine::pipeline
