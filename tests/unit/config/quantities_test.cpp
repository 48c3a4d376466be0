#include "engine/config/quantities.hpp"

#include <gtest/gtest.h>

#include "tests/unit/config/refusal.hpp"

namespace engine::config::test {
namespace {

Quantity quantity(const std::string& text) { return {text, "'" + text + "'", "size", Mark{"m.yaml", 4, 9}}; }
std::uint64_t bytes(const std::string& text) { return read_bytes(quantity(text)); }
double share(const std::string& text) { return read_share(quantity(text)); }
std::string bytes_refused(const std::string& text) {
  return refusal([&] { bytes(text); }).what;
}
std::string share_refused(const std::string& text) {
  return refusal([&] { share(text); }).what;
}

TEST(Quantities, SizesArePowersOf1024) {
  EXPECT_EQ(bytes("1024"), 1024u);
  EXPECT_EQ(bytes("1kB"), 1024u);
  EXPECT_EQ(bytes("3KB"), 3072u);
  EXPECT_EQ(bytes("256MB"), 268435456u);
  EXPECT_EQ(bytes("256 MB"), 268435456u);
  EXPECT_EQ(bytes("1GB"), 1073741824u);
  EXPECT_EQ(bytes("1073741824"), 1073741824u);
  EXPECT_EQ(bytes("00000000000000000001kB"), 1024u);
}

TEST(Quantities, SizesOutsideOfTheirLimitsAreRefused) {
  for (const std::string text : {"0", "1023", "0kB", "0GB", "1073741825", "1048577kB", "1025MB", "2GB",
                                 "99999999999999999999999999", "18446744073709551616", "99999999999999999999GB"})
    EXPECT_EQ(bytes_refused(text), "m.yaml:4:9: 'size' must lie between 1kB and 1GB, but it is '" + text + "'");
}

TEST(Quantities, WhatIsNoSizeIsRefused) {
  for (const std::string text : {"MB", "1.5MB", "-1", "+1", "256mb", "256 M", "1TB", "1 MB x", " 1kB", "ten"})
    EXPECT_EQ(bytes_refused(text), "m.yaml:4:9: 'size' must be a size, but it is '" + text + "'");
}

TEST(Quantities, TablesMayBeLargerThanValues) {
  const auto size = [](const std::string& text) { return read_table_size(quantity(text)); };
  EXPECT_EQ(size("1kB"), 1024u);
  EXPECT_EQ(size("1GB"), 1073741824u);
  EXPECT_EQ(size("20 GB"), 21474836480u);
  EXPECT_EQ(size("2TB"), 2199023255552u);
  EXPECT_EQ(size("1024TB"), std::uint64_t{1} << 50);
  for (const std::string text : {"0", "1023", "1025TB", "99999999999999999999TB"})
    EXPECT_EQ(refusal([&] { size(text); }).what,
              "m.yaml:4:9: 'size' must lie between 1kB and 1024TB, but it is '" + text + "'");
  for (const std::string text : {"GB", "1.5GB", "-1GB", "1gb", "much"})
    EXPECT_EQ(refusal([&] { size(text); }).what, "m.yaml:4:9: 'size' must be a size, but it is '" + text + "'");
}

TEST(Quantities, DurationsAreWholeNumbersWithAUnit) {
  const auto seconds = [](const std::string& text) { return read_duration(quantity(text)); };
  EXPECT_EQ(seconds("1s"), 1);
  EXPECT_EQ(seconds("90m"), 5400);
  EXPECT_EQ(seconds("90min"), 5400);
  EXPECT_EQ(seconds("24h"), 86400);
  EXPECT_EQ(seconds("24 h"), 86400);
  EXPECT_EQ(seconds("7d"), 604800);
  EXPECT_EQ(seconds("366d"), 366 * 86400);
  for (const std::string text : {"0h", "367d", "99999999999999999999h"})
    EXPECT_EQ(refusal([&] { seconds(text); }).what,
              "m.yaml:4:9: 'size' must be more than nothing and at most 366d, but it is '" + text + "'");
  for (const std::string text : {"24", "h", "-1h", "1.5h", "24H", "1 day", "1w", "never"})
    EXPECT_EQ(refusal([&] { seconds(text); }).what, "m.yaml:4:9: 'size' must be a time, but it is '" + text + "'");
}

TEST(Quantities, TimeLimitsMayBeShort) {
  const auto limit = [](const std::string& text) { return read_time_limit(quantity(text)).count(); };
  EXPECT_EQ(limit("1ms"), 1);
  EXPECT_EQ(limit("500 ms"), 500);
  EXPECT_EQ(limit("90s"), 90'000);
  EXPECT_EQ(limit("10min"), 600'000);
  EXPECT_EQ(limit("10m"), 600'000);
  EXPECT_EQ(limit("366d"), std::int64_t{366} * 86400 * 1000);
  for (const std::string text : {"0ms", "0s", "367d", "99999999999999999999h"})
    EXPECT_EQ(refusal([&] { limit(text); }).what,
              "m.yaml:4:9: 'size' must be more than nothing and at most 366d, but it is '" + text + "'");
  for (const std::string text : {"10", "ms", "-1s", "1.5s", "1us", "none"})
    EXPECT_EQ(refusal([&] { limit(text); }).what, "m.yaml:4:9: 'size' must be a time, but it is '" + text + "'");
}

TEST(Quantities, HistoryIsKeptForDays) {
  const auto seconds = [](const std::string& text) { return read_retention_time(quantity(text)); };
  EXPECT_EQ(seconds("1d"), 86400);
  EXPECT_EQ(seconds("24h"), 86400);
  EXPECT_EQ(seconds("36500d"), std::int64_t{36500} * 86400);
  for (const std::string text : {"0d", "23h", "36501d"})
    EXPECT_EQ(refusal([&] { seconds(text); }).what,
              "m.yaml:4:9: 'size' must lie between 1d and 36500d, but it is '" + text + "'");
  for (const std::string text : {"90", "d", "-1d", "3 months", "for ever"})
    EXPECT_EQ(refusal([&] { seconds(text); }).what, "m.yaml:4:9: 'size' must be a time, but it is '" + text + "'");
}

TEST(Quantities, SharesAreHundredths) {
  EXPECT_EQ(share("10%"), 0.10);
  EXPECT_EQ(share("0%"), 0.0);
  EXPECT_EQ(share("100%"), 1.0);
  EXPECT_EQ(share("100.0 %"), 1.0);
  EXPECT_EQ(share("2.5%"), 0.025);
}

TEST(Quantities, ANumberWithoutAPercentSignIsRefused) {
  EXPECT_EQ(share_refused("10"), "m.yaml:4:9: 'size' must be a percentage, but '10' has no percent sign");
  EXPECT_EQ(share_refused("0.1"), "m.yaml:4:9: 'size' must be a percentage, but '0.1' has no percent sign");
}

TEST(Quantities, SharesBelowZeroOrAboveAHundredAreRefused) {
  for (const std::string text : {"101%", "100.000001%", "99999999999999999999%"})
    EXPECT_EQ(share_refused(text), "m.yaml:4:9: 'size' must lie between 0% and 100%, but it is '" + text + "'");
  for (const std::string text : {"-1%", "%", "", "ten%", "1.%", ".5%", "1e1%", "10%%", "nan%", "inf%"})
    EXPECT_EQ(share_refused(text), "m.yaml:4:9: 'size' must be a percentage, but it is '" + text + "'");
}

}  // namespace
}  // namespace engine::config::test
