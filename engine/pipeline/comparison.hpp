#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/pipeline/run_context.hpp"
#include "engine/plan/statements.hpp"
#include "engine/postgres/session.hpp"
#include "engine/postgres/transaction.hpp"

namespace engine::pipeline {

// How many rows there are, and the sum of their hashes modulo 2^64: equal where the rows are, but for a chance of
// 2^-64.
struct RowSum {
  std::int64_t rows = 0;
  std::uint64_t hash = 0;
  bool operator==(const RowSum&) const = default;
};

// Which rows are compared. Both empty: all.
struct Part {
  std::int64_t share = 0;  // not 0: so many of a million, chosen by the hash of their key
  std::string since;       // rows of the source whose watermark is not before this, as PostgreSQL reads it
  bool whole() const { return share == 0 && since.empty(); }
};

// What the hashes of both sides say about a table, as far as they can: what differs is named by the hash of its key,
// and has to be looked at.
struct Comparison {
  RowSum source;
  RowSum target;  // of the rows whose keys the source has
  plan::statements::Hashing hashing;
  // The source has them, the target not, or not so. Without a key as often as copies are missing.
  std::vector<std::int64_t> to_read;
  std::vector<std::int64_t> only_in_target;  // forward
  bool too_many = false;                     // differ to be named: all have to be looked at
};

// `task`: as part_of() gives it.
//
// Both databases hash their rows at the same time, each in a transaction of its own; only hashes travel. Rows of the
// source that cannot be read are left out (Hashing::left_out, of a snapshot that is gone). Memory is bounded. Throws
// Error.
Comparison compare(const RunContext& run, const plan::TableTask& task, const Part& part, postgres::Session& source,
                   postgres::Session& target);

// Rows of the source that nobody has looked for yet, and that have to be written before the rest is compared.
struct News {
  std::string condition;
  std::function<void(std::int64_t rows)>
      write;  // called once; how many there are. No transaction is open at the target
};

// The same of all rows, the source as of the transaction `read`. `by_rows`: the hashes of all rows travel, not first
// those of groups; then there must be no `news`. Throws also where a value or a row is at fault; `read` is of no use
// then.
Comparison compare_within(const plan::TableTask& task, bool by_rows, postgres::Transaction& read,
                          postgres::Session& target, const News* news);

// So many keys at a time go into one statement.
template <class Work>
void in_batches(const std::vector<std::int64_t>& keys, Work work, std::size_t at_a_time = 20'000) {
  for (std::size_t first = 0; first < keys.size(); first += at_a_time) {
    const auto last = std::min(first + at_a_time, keys.size());
    work(std::vector<std::int64_t>(keys.begin() + static_cast<std::ptrdiff_t>(first),
                                   keys.begin() + static_cast<std::ptrdiff_t>(last)));
  }
}

// The task, of nothing but the rows of this part.
plan::TableTask part_of(const plan::TableTask& task, const Part& part);

// The sum of one side, the source, in this transaction.
RowSum sum_of_source(const plan::TableTask& task, const plan::statements::Hashing& hashing,
                     postgres::Transaction& read);

// Either side in a snapshot of this moment.
postgres::Opening looking();

// The source likewise, with the settings that the map's expressions need.
postgres::Opening looking_at(const plan::TableTask& task);

}  // namespace engine::pipeline
