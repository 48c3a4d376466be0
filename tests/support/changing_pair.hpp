#pragma once

#include <string>
#include <vector>

#include "tests/support/chance.hpp"
#include "tests/support/pair.hpp"

namespace support {

// A pair with a table of each kind, that a test changes between runs and compares in the end: `keyed`, whose rows are
// wide, and whose first load drops an index and a foreign key; `loose`, whose key has no unique index in the cloud;
// `tree`, whose rows refer to rows of their own; `keyless`, to whose rows the cloud gives numbers; `passing`, from
// which full runs remove what the desktop deleted; and `phone`, which goes the other way into a desktop without keys.
class ChangingPair : public Pair {
 public:
  // So many rows in each table that forward copies. Nothing is copied yet.
  explicit ChangingPair(int rows);

  // Changes about a twentieth of the rows of each table, and adds some.
  void change(Chance& chance);

  // As if nothing had ever been copied.
  void start_over();

  // Runs the mode again as long as a run that was killed still holds the lock, for a minute at most. To end with 0.
  void sync_in_the_end(const std::string& mode);

  // Every table of that direction has the same contents on both sides, no row is there twice, nothing is left in
  // progress, and rows that kept their contents kept their numbers since remember_numbers().
  void expect_equal(bool reverse);
  void remember_numbers() { numbers_ = stable_numbers(); }

  Outcome last_outcome;

 private:
  std::vector<std::string> stable_numbers();
  void expect_passing_equal();

  int rows_;
  int changes_ = 0;
  std::string last_mode_;  // of sync_in_the_end()
  std::vector<std::string> numbers_;
};

}  // namespace support
