#include "engine/pipeline/comparison.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>

#include "engine/core/error.hpp"
#include "engine/pipeline/chunk_stream.hpp"
#include "engine/pipeline/unreadable_rows.hpp"
#include "engine/postgres/binary_rows.hpp"
#include "engine/postgres/errors.hpp"
#include "engine/postgres/transaction.hpp"

namespace engine::pipeline {
namespace {

using plan::TableTask;
using plan::statements::Hashing;
using postgres::Session;
using postgres::Transaction;
namespace statements = plan::statements;

constexpr std::int64_t rows_a_group = 1000;
constexpr std::int64_t most_groups = 1 << 16;
constexpr std::int64_t small = 10'000;  // rows: hashing twice costs more than sending the hashes
constexpr std::size_t few_groups = 8;
constexpr std::size_t most_differences = 2'000'000;  // that are named: 16 MB

// Rows of `fields` bigints, none of them NULL, in COPY's binary format.
template <std::size_t fields>
class NumberStream {
 public:
  using Row = std::array<std::int64_t, fields>;

  NumberStream(Session& session, const std::string& sql) : stream_(session, sql, {}) {}

  std::optional<Row> next() {
    constexpr std::size_t row_bytes = 2 + fields * (4 + 8);
    if (at_ == chunk_.bytes.size()) {
      auto following = stream_.next();
      if (!following) return std::nullopt;
      chunk_ = std::move(*following);
      at_ = 0;
    }
    if (chunk_.bytes.size() - at_ < row_bytes) throw Error(ErrorCode::internal, "hashes came in another form");
    Row row;
    for (std::size_t i = 0; i < fields; ++i) row[i] = number_at(at_ + 2 + i * (4 + 8) + 4);
    at_ += row_bytes;
    return row;
  }

 private:
  std::int64_t number_at(std::size_t at) const {
    return static_cast<std::int64_t>(postgres::big_endian(std::string_view(chunk_.bytes).substr(at, 8)));
  }

  ChunkStream stream_;
  postgres::Chunk chunk_;
  std::size_t at_ = 0;
};

struct Group {
  RowSum source, target;
  std::int64_t news = 0;
};

constexpr std::size_t sum_fields = 5;

RowSum sum_of(const std::array<std::int64_t, sum_fields>& row) {
  const auto [group, rows, news, high, low] = row;
  return {rows, (static_cast<std::uint64_t>(high) << 32) + static_cast<std::uint64_t>(low)};
}

void add(RowSum& total, const RowSum& sum) {
  total.rows += sum.rows;
  total.hash += sum.hash;
}

class Comparer {
 public:
  Comparer(const TableTask& task, const Part& part, Transaction& read, Session& target, Hashing hashing,
           UnreadableRows* unreadable)
      : task_(task),
        surplus_counts_(task.direction == Direction::forward && part.since.empty()),
        read_(read),
        target_(target) {
    begin();
    found_.hashing = std::move(hashing);
    found_.hashing.share = part.share;
    if (unreadable) {  // what they are called holds in this transaction only
      unreadable->find_only({}, read_);
      found_.hashing.left_out = unreadable->names();
    }
    since_ = !part.since.empty();
  }

  // Few rows are one group: the sums of equal tables are all that travels.
  //
  // `gives_up`: where most rows differ it is enough to say so (too_many), and rows that only the target has do not
  // count.
  Comparison compare(std::int64_t small_table, bool gives_up = false, const News* news = nullptr) {
    gives_up_ = gives_up;
    news_ = news;
    surplus_counts_ = surplus_counts_ && !gives_up;
    if (since_)
      name_keys();
    else
      form_groups(small_table);
    if (found_.hashing.groups > 0) {
      sum_groups();
      if (found_.hashing.only.empty() || found_.too_many) return found_;
    }
    if (news_) throw Error(ErrorCode::internal, "rows that are news were not looked for");
    compare_rows();
    return found_;
  }

 private:
  void begin() {
    look_.emplace(target_, looking());
    for (Transaction* const side : {&read_, &*look_}) side->run_script(statements::begin_hashing(task_));
  }

  // By ranges of the key, if it is a number without large gaps: rows that changed together are in few of them.
  void form_groups(std::int64_t small_table) {
    Hashing& hashing = found_.hashing;
    const std::int64_t rows = task_.estimated_rows < 0 ? 1'000'000 : task_.estimated_rows;
    if (rows < small_table) return;
    const std::int64_t wanted = std::clamp<std::int64_t>(rows / rows_a_group, 1, most_groups);
    hashing.groups = 1;
    while (hashing.groups < wanted) hashing.groups *= 2;
    const std::string find_span = statements::find_key_span(task_);
    if (find_span.empty()) return;
    const auto span = read_.run(find_span);
    if (!span.cell(0, "smallest")) return;
    const auto smallest = span.number(0, "smallest");
    if (smallest == std::numeric_limits<std::int64_t>::min()) return;  // which SQL does not take for a bigint
    const double width = static_cast<double>(span.number(0, "largest")) - static_cast<double>(smallest);
    if (width > 4.0 * static_cast<double>(rows)) return;
    hashing.first_key = smallest;
    hashing.last_key = span.number(0, "largest");
    hashing.keys_a_group = static_cast<std::int64_t>(width) / wanted + 1;
  }

  // The few rows that are asked for, so that the target need not send the hashes of all others.
  void name_keys() {
    constexpr std::size_t few = 100'000;
    NumberStream<2> source(read_.session(), statements::hash_source(task_, found_.hashing));
    auto& keys = found_.hashing.keys;
    while (const auto row = source.next()) {
      if (keys.size() == few) {
        keys.clear();
        return;
      }
      keys.push_back((*row)[0]);
    }
  }

  void sum_groups() {
    std::map<std::int64_t, Group> groups;
    std::int64_t news = 0;
    if (news_) found_.hashing.news = news_->condition;
    {
      NumberStream<sum_fields> source(read_.session(), statements::sum_source(task_, found_.hashing));
      NumberStream<sum_fields> target(look_->session(), statements::sum_target(task_, found_.hashing));
      while (const auto row = source.next()) {
        Group& group = groups[(*row)[0]];
        group.source = sum_of(*row);
        news += group.news = (*row)[2];
      }
      while (const auto row = target.next()) groups[(*row)[0]].target = sum_of(*row);
    }
    const auto with_news = std::ranges::count_if(groups, [](const auto& group) { return group.second.news > 0; });
    if (news_) write_news(news);
    // in most of them: then what was summed is of no use any more
    if (2 * static_cast<std::size_t>(with_news) > groups.size()) return sum_groups();
    for (const auto& [number, group] : groups) {
      if (group.source == group.target && group.news == 0) {
        add(found_.source, group.source);
        add(found_.target, group.target);
      } else if (surplus_counts_ || group.source.rows > 0) {
        found_.hashing.only.push_back(number);
      }
    }
    if (found_.hashing.only.size() * 2 <= groups.size()) return;
    found_.too_many = gives_up_ && found_.hashing.only.size() > few_groups && most_rows_differ(found_.hashing.only);
    found_.hashing.groups = 0;  // all of them
    found_.hashing.only = {0};
    found_.source = found_.target = {};
  }

  // Behind that the target is looked at as it is then.
  void write_news(std::int64_t rows) {
    found_.hashing.news.clear();
    const News& news = *std::exchange(news_, nullptr);
    if (rows > 0) {
      look_.reset();
      read_.run_script(statements::end_hashing());
    }
    news.write(rows);
    if (rows > 0) begin();
  }

  // A few of the groups that differ stand for all: where most of their rows differ, hashes of rows would be for
  // nothing.
  bool most_rows_differ(const std::vector<std::int64_t>& groups) {
    Comparison found = found_;
    std::swap(found, found_);
    found_.source = found_.target = {};
    found_.hashing.only.clear();
    for (std::size_t i = 0; i < few_groups; ++i)
      found_.hashing.only.push_back(groups[i * (groups.size() - 1) / (few_groups - 1)]);
    merge_rows();
    const bool most = static_cast<std::int64_t>(found_.to_read.size()) * 2 > found_.source.rows;
    std::swap(found, found_);
    return most;
  }

  void compare_rows() {
    if (found_.hashing.groups == 0) found_.hashing.only.clear();
    merge_rows();
  }

  // Both sides give their rows in the order of the key's hash.
  void merge_rows() {
    NumberStream<2> source(read_.session(), statements::hash_source(task_, found_.hashing));
    NumberStream<2> target(look_->session(), statements::hash_target(task_, found_.hashing));
    auto s = source.next(), t = target.next();
    while (s || t) {
      const std::int64_t key = !t || (s && (*s)[0] <= (*t)[0]) ? (*s)[0] : (*t)[0];
      judge(key, take(s, source, key), take(t, target, key));
      found_.too_many = found_.to_read.size() + found_.only_in_target.size() > most_differences;
      if (found_.too_many) return;
    }
  }

  // The rows with this key, ordered by their hash.
  static std::vector<std::int64_t> take(std::optional<NumberStream<2>::Row>& row, NumberStream<2>& stream,
                                        std::int64_t key) {
    std::vector<std::int64_t> hashes;
    for (; row && (*row)[0] == key; row = stream.next()) hashes.push_back((*row)[1]);
    return hashes;
  }

  void judge(std::int64_t key, std::vector<std::int64_t> here, std::vector<std::int64_t> there) {
    if (!task_.keyless) {  // equal twins are one row
      here.erase(std::ranges::unique(here).begin(), here.end());
      there.erase(std::ranges::unique(there).begin(), there.end());
    }
    for (const auto hash : here) add(found_.source, {1, static_cast<std::uint64_t>(hash)});
    const std::size_t counterparts = task_.keyless  ? std::min(here.size(), there.size())
                                     : here.empty() ? 0
                                                    : there.size();
    for (std::size_t i = 0; i < counterparts; ++i) add(found_.target, {1, static_cast<std::uint64_t>(there[i])});
    if (here == there) return;
    if (task_.keyless) {
      for (std::size_t i = there.size(); i < here.size(); ++i) found_.to_read.push_back(key);
      if (here.size() < there.size() && surplus_counts_) found_.only_in_target.push_back(key);
    } else if (!here.empty()) {
      // without a unique index the target may have had twins before: one of them is enough
      const bool found = here.size() == 1 && !task_.arbiter && std::ranges::find(there, here[0]) != there.end();
      if (!found) found_.to_read.push_back(key);
    } else if (surplus_counts_) {
      found_.only_in_target.push_back(key);
    }
  }

  const TableTask& task_;
  bool surplus_counts_;
  bool since_ = false;
  bool gives_up_ = false;
  const News* news_ = nullptr;  // if they were not looked for yet
  Transaction& read_;
  Session& target_;
  std::optional<Transaction> look_;
  Comparison found_;
};

}  // namespace

postgres::Opening looking() {
  postgres::Opening opening;
  opening.snapshot = true;
  return opening;
}

postgres::Opening looking_at(const TableTask& task) {
  postgres::Opening opening = looking();
  opening.timezone = task.source_zone;
  opening.schema = task.source_schema;
  return opening;
}

TableTask part_of(const TableTask& task, const Part& part) {
  TableTask some = task;
  if (!part.since.empty()) some.conditions.push_back(task.watermark + " >= " + literal(part.since) + "::timestamptz");
  return some;
}

RowSum sum_of_source(const TableTask& task, const Hashing& hashing, Transaction& read) {
  Hashing one = hashing;
  one.groups = 1;
  one.keys_a_group = 0;
  one.only.clear();
  NumberStream<sum_fields> stream(read.session(), statements::sum_source(task, one));
  RowSum sum;
  while (const auto row = stream.next()) add(sum, sum_of(*row));
  return sum;
}

Comparison compare(const RunContext& run, const TableTask& task, const Part& part, Session& source, Session& target) {
  Hashing hashing;
  for (const bool by_text : {false, true}) {
    hashing.by_text = by_text;
    try {
      Transaction read(source, looking_at(task));
      return Comparer(task, part, read, target, hashing, nullptr).compare(small);
    } catch (const Error& error) {
      if (!postgres::is_about_a_row(error.sqlstate())) throw;
    }
  }
  UnreadableRows unreadable(run, task);
  Transaction read(source, looking_at(task));
  return Comparer(task, part, read, target, hashing, &unreadable).compare(small);
}

Comparison compare_within(const TableTask& task, bool by_rows, Transaction& read, Session& target, const News* news) {
  const Comparison found =
      Comparer(task, {}, read, target, {}, nullptr)
          .compare(by_rows ? std::numeric_limits<std::int64_t>::max() : 0, true, by_rows ? nullptr : news);
  if (!found.too_many) read.run_script(statements::end_hashing());
  return found;
}

}  // namespace engine::pipeline
