#include "engine/pipeline/days.hpp"

#include <gmock/gmock.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "engine/core/error.hpp"

namespace engine::pipeline {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr std::int64_t day = 86'400'000'000;
constexpr std::int64_t infinity = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t minus_infinity = std::numeric_limits<std::int64_t>::min();

// As COPY sends them: microseconds since 2000.
std::string sent(const std::vector<std::int64_t>& stamps) {
  std::string fields;
  for (const auto stamp : stamps) {
    fields += std::string("\0\0\0\10", 4);
    for (int shift = 56; shift >= 0; shift -= 8)
      fields += static_cast<char>(static_cast<std::uint64_t>(stamp) >> shift & 0xff);
  }
  return fields;
}

Days days_of(const std::vector<std::int64_t>& stamps) {
  Days days;
  days.add_stamps(sent(stamps));
  return days;
}

TEST(Days, BeginAtMidnightOnBothSidesOfTheEpoch) {
  const Days days = days_of({0, day - 1, day, -1, -day, -day - 1});
  EXPECT_THAT(days.rows,
              ElementsAre(Pair("1999-12-30", 1), Pair("1999-12-31", 2), Pair("2000-01-01", 2), Pair("2000-01-02", 1)));
  EXPECT_EQ(days.newest, "2000-01-02 00:00:00+00");
}

TEST(Days, SayTheNewestStampAsTheServerWritesIt) {
  EXPECT_EQ(days_of({day / 2 + 1'500'000}).newest, "2000-01-01 12:00:01.5+00");
  EXPECT_EQ(days_of({1}).newest, "2000-01-01 00:00:00.000001+00");
  EXPECT_EQ(days_of({-1, -day}).newest, "1999-12-31 23:59:59.999999+00");
}

// Reference: SELECT extract(epoch FROM stamp - '2000-01-01 00:00:00+00') of the ends of PostgreSQL's timestamptz.
TEST(Days, KnowEveryYearThatPostgreSQLHas) {
  EXPECT_THAT(days_of({-730'120 * day}).rows, ElementsAre(Pair("0001-12-31 BC", 1)));
  EXPECT_THAT(days_of({-730'119 * day}).rows, ElementsAre(Pair("0001-01-01", 1)));
  EXPECT_THAT(days_of({2'921'940 * day}).rows, ElementsAre(Pair("10000-01-01", 1)));
  EXPECT_THAT(days_of({-211'813'488'000'000'000}).rows, ElementsAre(Pair("4714-11-24 BC", 1)));
  EXPECT_THAT(days_of({9'223'371'331'199'999'999}).rows, ElementsAre(Pair("294276-12-31", 1)));
  EXPECT_EQ(days_of({-730'120 * day + 1}).newest, "0001-12-31 00:00:00.000001+00 BC");
}

TEST(Days, LeaveOutRowsWithoutAStampOrWithAnInfiniteOne) {
  const Days days = days_of({infinity, minus_infinity});
  EXPECT_THAT(days.rows, IsEmpty());
  EXPECT_EQ(days.newest, std::nullopt);
  EXPECT_THAT(days_of({infinity, 0, minus_infinity}).rows, ElementsAre(Pair("2000-01-01", 1)));
}

TEST(Days, AddUpOverChunks) {
  Days days = days_of({0, day});
  days.add_stamps(sent({day, 2 * day}));
  days.add_stamps(sent({0}));
  EXPECT_THAT(days.rows, ElementsAre(Pair("2000-01-01", 2), Pair("2000-01-02", 2), Pair("2000-01-03", 1)));
  EXPECT_EQ(days.newest, "2000-01-03 00:00:00+00");
}

TEST(Days, RefuseFieldsOfAnotherSize) {
  Days days;
  EXPECT_THROW(days.add_stamps(sent({0}).substr(0, 8)), Error);
}

}  // namespace
}  // namespace engine::pipeline
