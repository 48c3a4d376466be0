#pragma once

#include <map>
#include <string>

#include "tests/support/program.hpp"

namespace support {

// By the names that JSON has: inserted, updated, unchanged, skipped, quarantined, conflicted, deleted.
using Counts = std::map<std::string, long long>;

// Fails the test unless the run counted this for the table, and 0 for what is not named. `read` must be what all but
// deleted add up to.
void expect_counts(const Outcome& run, const std::string& table, const Counts& expected);

// What a run inserted, updated and deleted in all its tables.
long long written(const Outcome& run);

}  // namespace support
