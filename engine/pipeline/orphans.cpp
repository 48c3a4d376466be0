#include "engine/pipeline/orphans.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include "engine/core/error.hpp"
#include "engine/plan/statements.hpp"
#include "engine/postgres/transaction.hpp"

namespace engine::pipeline {
namespace {

using catalog::ForeignKey;
using plan::TableTask;
using plan::Window;
using postgres::Transaction;
namespace statements = plan::statements;
using Values = std::vector<std::vector<std::string>>;

// A plan is to be had in moments: so many values are looked up, and so many that have no row are kept.
constexpr std::size_t values_looked_up = 1'000'000;
constexpr std::size_t values_kept = 100'000;
constexpr std::size_t values_at_a_time = 20'000;
constexpr int rounds_in_a_circle = 100;

// A part of the transaction that is open, so that a statement that fails leaves it as it was.
postgres::Opening part() {
  postgres::Opening opening;
  opening.snapshot = true;
  opening.part = true;
  return opening;
}

postgres::Opening part_for(const TableTask& task) {
  postgres::Opening opening = part();
  opening.timezone = task.source_zone;
  opening.schema = task.source_schema;
  return opening;
}

postgres::Opening whole() {
  postgres::Opening opening;
  opening.snapshot = true;
  return opening;
}

bool feeds(const TableTask& task, const std::vector<std::string>& columns) {
  return std::ranges::all_of(columns, [&](const std::string& name) {
    return std::ranges::find(task.columns, name, &plan::Column::target) != task.columns.end();
  });
}

// As the merge clears them.
bool is_cleared(const TableTask& task, const ForeignKey& key) {
  return task.clears_orphans && key.of_all_rows && key.can_see_parent &&
         std::ranges::any_of(task.columns, [&](const plan::Column& column) {
           return !column.key && !column.not_null && column.updatable &&
                  std::ranges::find(key.columns, column.target) != key.columns.end();
         });
}

// Of the values found at the source, those that the target lacks too.
struct Lookup {
  Values values;
  std::int64_t rows = 0;
  bool more = false;
};

class OrphanSearch {
 public:
  OrphanSearch(const plan::Plan& plan, const std::vector<Reading>& readings, postgres::Session& source,
               postgres::Session& target)
      : plan_(plan), readings_(readings), source_(source, whole()), target_(target, whole()) {
    for (std::size_t i = 0; i < plan.tasks.size(); ++i) {
      tables_.push_back({&plan.tasks[i], readings[i].window, {}, {}});
      found_.emplace_back();
    }
  }

  std::vector<Orphans> search() {
    for (const auto& wave : plan_.waves)
      for (const auto& group : wave) search(group);
    return std::move(found_);
  }

 private:
  // In a circle a row that is held back takes others with it, and these again others.
  void search(const plan::Group& group) {
    std::vector<std::size_t> tasks;
    for (const auto task : group.tasks)
      if (!plan_.blocked.contains(task)) tasks.push_back(task);
    bool more = true;
    for (int round = 0; more && round < rounds_in_a_circle; ++round) {
      more = false;
      for (const auto task : tasks) more = look_at(task) || more;
      more = more && group.circular;
    }
    for (const auto task : tasks) conclude(task, more);
  }

  // True if more values have no row than were known before.
  bool look_at(std::size_t task) {
    const TableTask& table = plan_.tasks[task];
    if (readings_[task].window.kind == Window::Kind::nothing || table.references.empty()) return false;
    statements::Incoming& child = tables_[task];
    std::vector<statements::Missing> held;
    std::size_t before = 0, now = 0;
    found_[task].keys.clear();
    find_twins(task);
    for (const auto& key : table.references) {
      if (key.indirect || !key.enforced || !feeds(table, key.columns)) continue;
      OrphansOfKey orphans{key.name, key.columns, display(key.parent, table.target.schema), 0, 0, false, false, ""};
      orphans.cleared = is_cleared(table, key);
      try {
        Lookup lookup = look_up(task, key);
        orphans.rows = lookup.rows;
        orphans.values = static_cast<std::int64_t>(lookup.values.size());
        orphans.more = lookup.more;
        if (!orphans.cleared) held.push_back({&key, std::move(lookup.values)});
      } catch (const Error& error) {
        if (!is_about_this_key(error)) throw;
        orphans.unknown = error.what();
      }
      if (orphans.values > 0 || !orphans.unknown.empty()) found_[task].keys.push_back(orphans);
    }
    for (const auto& missing : child.held) before += missing.values.size();
    for (const auto& missing : held) now += missing.values.size();
    child.held = std::move(held);
    return now > before;
  }

  static bool is_about_this_key(const Error& error) {
    return error.code() != ErrorCode::interrupted && error.code() != ErrorCode::unavailable &&
           !error.sqlstate().empty();
  }

  // Of rows with one key only one is copied.
  void find_twins(std::size_t task) {
    const TableTask& table = plan_.tasks[task];
    if (table.keyless || table.source_unique || twins_looked_for_.contains(task)) return;
    twins_looked_for_.insert(task);
    Transaction read(source_.session(), part_for(table));
    tables_[task].how.one_per_key = read.run(statements::find_twins(table, readings_[task].window)).flag(0, "found");
  }

  // What the run brings to the table that the key refers to.
  std::optional<statements::Incoming> supply(const TableTask& child, const ForeignKey& key) {
    for (const auto& same : child.references) {
      if (same.name != key.name) continue;
      const auto parent = std::ranges::find(plan_.tasks, same.parent, &TableTask::target);
      if (parent == plan_.tasks.end() || !feeds(*parent, key.parent_columns)) continue;
      const auto task = static_cast<std::size_t>(parent - plan_.tasks.begin());
      statements::Incoming incoming = tables_[task];
      incoming.window = readings_[task].news;
      if (incoming.window.kind != Window::Kind::nothing) return incoming;
    }
    return std::nullopt;
  }

  Lookup look_up(std::size_t task, const ForeignKey& key) {
    const TableTask& table = plan_.tasks[task];
    const auto incoming = supply(table, key);
    Transaction read(source_.session(), part_for(table));
    const auto candidates = read.run(
        statements::find_unsupplied(tables_[task], key, incoming ? &*incoming : nullptr, values_looked_up + 1));
    Lookup found;
    found.more = candidates.size() > values_looked_up;
    for (std::size_t first = 0; first < candidates.size(); first += values_at_a_time) {
      Values batch;
      for (std::size_t i = first; i < std::min(first + values_at_a_time, candidates.size()); ++i) {
        batch.emplace_back();
        for (std::size_t c = 1; c <= key.columns.size(); ++c)
          batch.back().push_back(candidates.text(i, "value_" + std::to_string(c)));
      }
      const auto missing = find_missing(key, batch);
      for (std::size_t i = 0; i < missing.size(); ++i) {
        if (found.values.size() == values_kept) found.more = true;
        if (found.values.size() == values_kept) return found;
        const auto n = static_cast<std::size_t>(missing.number(i, "n")) - 1;
        found.values.push_back(batch[n]);
        found.rows += candidates.number(first + n, "rows");
      }
    }
    return found;
  }

  postgres::Result find_missing(const ForeignKey& key, const Values& values) {
    try {
      Transaction read(target_.session(), part());
      return read.run(statements::find_missing(key, values, false));
    } catch (const Error& error) {
      if (!error.sqlstate().starts_with("22") && !error.sqlstate().starts_with("23")) throw;
    }
    Transaction read(target_.session(), part());  // one of them is no value of the parent's type
    return read.run(statements::find_missing(key, values, true));
  }

  void conclude(std::size_t task, bool more) {
    const TableTask& table = plan_.tasks[task];
    Orphans& orphans = found_[task];
    orphans.missing = tables_[task].held;
    int holding = 0;
    for (auto& key : orphans.keys) {
      orphans.more = orphans.more || (key.more = key.more || more);
      (key.cleared ? orphans.cleared : orphans.rows) += key.rows;
      holding += key.cleared ? 0 : 1;
    }
    if (orphans.rows + orphans.cleared == 0) return;
    if (holding > 1) {
      Transaction read(source_.session(), part_for(table));
      orphans.rows = read.run(statements::count_held(tables_[task])).number(0, "rows");
    }
    orphans.exact = is_exact(task);
  }

  // What is there already may be equal to what comes, or in the way of it; what has been copied before may have been
  // removed since.
  bool is_exact(std::size_t task) {
    const TableTask& table = plan_.tasks[task];
    if (!readings_[task].first || readings_[task].window.check_counts) return false;
    for (const auto& key : table.references)
      if (!key.indirect && !(key.of_all_rows && key.validated)) return false;
    Transaction read(target_.session(), part());
    return !read.run(statements::target_has_rows(table)).flag(0, "has_rows");
  }

  const plan::Plan& plan_;
  const std::vector<Reading>& readings_;
  Transaction source_;
  Transaction target_;
  std::vector<statements::Incoming> tables_;
  std::set<std::size_t> twins_looked_for_;
  std::vector<Orphans> found_;
};

}  // namespace

bool Orphans::known() const {
  return std::ranges::all_of(keys, [](const OrphansOfKey& key) { return key.unknown.empty(); });
}

std::vector<Orphans> find_orphans(const plan::Plan& plan, const std::vector<Reading>& readings,
                                  postgres::Session& source, postgres::Session& target) {
  return OrphanSearch(plan, readings, source, target).search();
}

}  // namespace engine::pipeline
