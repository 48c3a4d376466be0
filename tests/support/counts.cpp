#include "tests/support/counts.hpp"

#include <gtest/gtest.h>

namespace support {

void expect_counts(const Outcome& run, const std::string& table, const Counts& expected) {
  const auto found = run.table(table);
  if (!found.is_object()) return;
  long long sum = 0;
  for (const char* name : {"inserted", "updated", "unchanged", "skipped", "quarantined", "conflicted", "deleted"}) {
    const auto given = expected.find(name);
    EXPECT_EQ(found.value(name, -1LL), given == expected.end() ? 0 : given->second) << name << " in " << run.out;
    if (std::string(name) != "deleted") sum += found.value(name, 0LL);
  }
  EXPECT_EQ(found.value("read", -1LL), sum) << "read is not what the others add up to: " << run.out;
}

std::string done(const nlohmann::json& table) {
  const auto count = [&](const char* what) { return table.value(what, -1LL); };
  std::string parts;
  long long sum = 0;
  for (const char* what : {"inserted", "updated", "unchanged", "skipped", "quarantined", "conflicted"}) {
    sum += count(what);
    if (count(what) != 0) parts += (parts.empty() ? ": " : ", ") + std::to_string(count(what)) + " " + what;
  }
  EXPECT_EQ(count("read"), sum) << table;
  if (count("deleted") != 0) parts += "; " + std::to_string(count("deleted")) + " deleted";
  return std::to_string(count("read")) + " read" + parts;
}

long long written(const Outcome& run) {
  long long sum = 0;
  const auto json = run.json();
  if (!json.contains("tables")) return -1;
  for (const auto& table : json["tables"])
    sum += table["inserted"].get<long long>() + table["updated"].get<long long>() + table["deleted"].get<long long>();
  return sum;
}

}  // namespace support
