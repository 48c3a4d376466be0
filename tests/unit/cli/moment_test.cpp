#include "engine/cli/moment.hpp"

#include <gtest/gtest.h>

namespace engine::cli {
namespace {

TEST(Moment, ADayIsMeantAsAWholeInUtc) {
  const auto day = read_moment("2026-11-01");
  ASSERT_TRUE(day);
  EXPECT_TRUE(day->whole_day);
  EXPECT_EQ(day->utc, "2026-11-01T00:00:00Z");
  EXPECT_EQ(day->day(), "2026-11-01");
  EXPECT_EQ(day->end(), "2026-11-02T00:00:00Z") << "as a bound, the day is part of what is asked for";
  EXPECT_EQ(read_moment("2026-12-31")->end(), "2027-01-01T00:00:00Z");
  EXPECT_EQ(read_moment("2028-02-28")->end(), "2028-02-29T00:00:00Z");
}

TEST(Moment, AMinuteOrSecondIsWhatItSays) {
  for (const char* text : {"2026-11-01T10:05", "2026-11-01 10:05", "2026-11-01T10:05:00Z"}) {
    const auto moment = read_moment(text);
    ASSERT_TRUE(moment) << text;
    EXPECT_EQ(moment->utc, "2026-11-01T10:05:00Z");
    EXPECT_EQ(moment->end(), "2026-11-01T10:05:00Z");
    EXPECT_FALSE(moment->whole_day);
  }
}

TEST(Moment, ATimeAgoCountsBackFromNow) {
  EXPECT_EQ(read_moment("7d")->seconds_ago, 7 * 86400.0);
  EXPECT_EQ(read_moment("90m")->seconds_ago, 5400.0);
  EXPECT_EQ(read_moment("7d")->utc, "");
}

TEST(Moment, WhatIsNoTimeIsNone) {
  for (const char* text :
       {"", "yesterday", "2026-13-01", "2026-02-29", "2026-11-01T24:00", "2026-11-01T10:60", "1.11.2026", "2026-11-1",
        "7", "-7d", "900000d", "2026-11-01+05:30", "2026-11-01; DROP TABLE t"})
    EXPECT_FALSE(read_moment(text)) << text;
}

}  // namespace
}  // namespace engine::cli
