#include "engine/mapping/guesses.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/plan/tables.hpp"

namespace engine::mapping {
namespace {

using plan::test::column;
using plan::test::table;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string stamp = "timestamp with time zone";

TEST(Guesses, AWatermarkIsAStampThatIsCalledSoOrThatATriggerSets) {
  const auto film = table("film", {column("film_id", "integer"), column("release_date", "date"),
                                   column("CreatedOn", stamp), column("seen", stamp), column("last_update", stamp)});
  EXPECT_THAT(watermark_of(film, {}), ElementsAre("last_update", "CreatedOn"));
  EXPECT_THAT(watermark_of(film, {"seen"}), ElementsAre("seen", "last_update", "CreatedOn"));
  EXPECT_THAT(watermark_of(table("t", {column("updated_at", "text"), column("createddate", "date")}), {}), IsEmpty());
}

TEST(Guesses, AnOriginIsTwoWordsForTwoPlaces) {
  const auto guess = origin_of({"D"}, {"D", "M"}, "");
  ASSERT_TRUE(guess);
  EXPECT_EQ(guess->desktop, "D");
  EXPECT_EQ(guess->cloud, "M");
  EXPECT_EQ(origin_of({}, {}, "'D'::bpchar")->cloud, "M") << "the DEFAULT tells";
  EXPECT_EQ(origin_of({"Desktop"}, {"Mobile"}, "")->cloud, "Mobile");
  EXPECT_EQ(origin_of({"desktop"}, {"app"}, "")->cloud, "app");
}

TEST(Guesses, AColumnOfThatNameWithOtherWordsIsNoOrigin) {
  EXPECT_FALSE(origin_of({"web", "fair"}, {}, ""));
  EXPECT_FALSE(origin_of({"A", "B", "D"}, {"M"}, "")) << "more than two words";
  EXPECT_FALSE(origin_of({}, {"M"}, "")) << "nothing shows the desktop's word";
  EXPECT_FALSE(origin_of({}, {}, ""));
  EXPECT_FALSE(origin_of({"Reuters"}, {"Reuters"}, "'Reuters'::text"));
}

}  // namespace
}  // namespace engine::mapping
