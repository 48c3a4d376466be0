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

// What became of a table's rows, without the zeros: "20 read: 1 inserted, 19 unchanged; 1 deleted". Fails the test
// unless they add up. `table` is one of the tables of a run's JSON.
std::string done(const nlohmann::json& table);

// What a run inserted, updated and deleted in all its tables.
long long written(const Outcome& run);

}  // namespace support
