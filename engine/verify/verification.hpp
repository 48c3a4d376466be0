#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/config/settings.hpp"
#include "engine/core/error.hpp"
#include "engine/pipeline/comparison.hpp"
#include "engine/pipeline/observer.hpp"

namespace engine::verify {

enum class Kind { missing, surplus, different };
const char* name_of(Kind kind);

// A row that the two sides do not hold alike, found so twice: by its hash, and by looking at it while the source did
// not change it.
struct Difference {
  Direction direction = Direction::forward;
  std::string table;    // the target's name
  std::string row_key;  // a jsonb object
  Kind kind = Kind::different;
  std::vector<std::string> columns;  // that differ
  std::string why;                   // in words, as far as it can be told
  bool pending = false;              // written at the source since the last run: the next one copies it
  bool mendable = false;             // a repair writes or removes it
};

// What became of one table in one direction.
struct TableReport {
  Direction direction = Direction::forward;
  std::string table;
  pipeline::RowSum source, target;  // of the rows that were compared; in the target those whose keys the source has
  std::int64_t missing = 0, surplus = 0, different = 0;
  std::int64_t pending = 0;     // of these
  std::int64_t mendable = 0;    // of these
  std::int64_t as_decided = 0;  // differ because an operator, or the map's policy, said so; not counted as differences
  std::int64_t restless = 0;    // kept changing while they were looked at
  bool sampled = false;         // not all rows were compared
  std::string not_compared;     // why; empty if it was
  std::optional<ErrorCode> code;  // where an error was the reason
  std::string hint;
  double seconds = 0;

  std::int64_t differences() const { return missing + surplus + different; }
};

struct Wanted {
  std::vector<std::string> tables;  // titles or source names; empty: all
  std::optional<Direction> direction;
  pipeline::Part part;
  bool only_settled = false;  // rows that were written at the source since the last run do not count
};

struct Verification {
  std::vector<TableReport> tables;
  std::vector<std::string> notes;

  std::int64_t differences() const;
  int exit_status() const;  // 0, 9, or that of a table that could not be compared
};

// Throws Error(usage) for a table that the map does not have, or not in this direction.
void check_tables(const config::TableMap& map, const Wanted& wanted);

// Compares the contents of the tables, honouring the map. Changes nothing but the receipts. `found` is told of each
// difference, while the tables are compared. Throws Error where nothing can be compared: usage, configuration,
// unavailable, interrupted.
Verification verify(const config::Settings& settings, const Wanted& wanted, pipeline::Observer& observer,
                    std::stop_token stop, const std::function<void(const Difference&)>& found);

}  // namespace engine::verify
