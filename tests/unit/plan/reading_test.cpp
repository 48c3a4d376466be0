// Statements about rows that the source cannot send.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/plan/sample_tasks.hpp"

namespace engine::plan::test {
namespace {

using testing::HasSubstr;
using testing::Not;

Window without_two_rows() {
  auto window = since();
  window.left_out = {"(0,7)", "(12,1)"};
  return window;
}

TEST(Reading, NothingIsComputedOfRowsThatAreLeftOut) {
  const auto text = sql::extract(plain_task(), without_two_rows(), {});
  EXPECT_THAT(text, HasSubstr(".ctid::text IN (SELECT pg_catalog.unnest(pg_catalog.string_to_array('(0,7) (12,1)', ' "
                              "'))) THEN false ELSE "));
  EXPECT_THAT(sql::extract(plain_task(), since(), {}), Not(HasSubstr("CASE WHEN")));
}

TEST(Reading, WithAJoinTheyAreLeftOutBeforeIt) {
  EXPECT_THAT(sql::extract(rich_task(), without_two_rows(), {}), HasSubstr("WHERE NOT ("));
}

TEST(Reading, EveryQueryThatComputesTheirValuesLeavesThemOut) {
  sql::Extraction winners;
  winners.one_per_key = true;
  for (const auto& text :
       {sql::extract(rich_task(), without_two_rows(), winners), sql::find_twins(rich_task(), without_two_rows()),
        sql::count_twins(rich_task(), without_two_rows()),
        sql::count_days_at_source(rich_task(), without_two_rows(), {})})
    EXPECT_THAT(text, HasSubstr("(0,7) (12,1)"));
}

TEST(Reading, KeysThatCannotBeShownAreComparedByWhatIsKnownOfThem) {
  auto window = since();
  window.again = {"{\"org\": 1, \"nr\": 1}"};
  EXPECT_THAT(sql::extract(plain_task(), window, {}), Not(HasSubstr("pgtide_k")));
  window.again.push_back("{\"org\": 1, \"nr\": {\"hex\": \"ff\"}}");
  const auto text = sql::extract(plain_task(), window, {});
  EXPECT_THAT(text, HasSubstr("jsonb_build_object"));
  EXPECT_THAT(text, HasSubstr("pgtide_k.key->'nr'->>'hex' = pg_catalog.encode("));
}

TEST(Reading, ARowIsNamedByItsPlaceOrByItsContents) {
  auto task = plain_task();
  const std::string place = sql::row_name(task);
  EXPECT_THAT(place, HasSubstr(".ctid::text"));
  task.row_name = RowName::part_and_position;
  EXPECT_THAT(sql::row_name(task), HasSubstr(".tableoid::text || "));
  task.row_name = RowName::contents;
  EXPECT_THAT(sql::row_name(task), HasSubstr("md5(ROW("));
}

TEST(Reading, ServersWithoutRangesOfPositionsAreAskedForFewBlocksAtATime) {
  sql::ReadingFacts facts;
  facts.blocks = 2500;
  EXPECT_EQ(sql::first_ranges(plain_task(), facts), "{0,1000,1000,2000,2000,2500}");
  facts.ranges = true;
  EXPECT_EQ(sql::first_ranges(plain_task(), facts), "{0,2500}");
}

}  // namespace
}  // namespace engine::plan::test
