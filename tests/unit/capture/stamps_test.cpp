#include <gtest/gtest.h>

#include "engine/capture/cursor.hpp"

namespace engine::capture {
namespace {

const std::string early = "2024-05-06 07:00:00.000000+00", late = "2024-05-06 08:00:00.000000+00";

Cursor stood_at(const std::string& stamp) {
  Cursor cursor;
  cursor.stamp = stamp;
  return cursor;
}

TEST(Stamps, TheNextRunGoesOnFromTheOldestThatWasAtWork) {
  EXPECT_EQ(stamp_to_go_on_from({late}, std::nullopt), late);
  EXPECT_EQ(stamp_to_go_on_from({late}, stood_at(early)), late);
  EXPECT_EQ(stamp_to_go_on_from({early}, stood_at(late)), early) << "somebody was not seen before";
  EXPECT_EQ(stamp_to_go_on_from({""}, stood_at(early)), "") << "nothing is known";
}

TEST(Stamps, APreparedTransactionIsNotPassed) {
  const StampBound seen{late, true};
  EXPECT_EQ(stamp_to_go_on_from(seen, stood_at(early)), early);
  EXPECT_EQ(stamp_to_go_on_from({early, true}, stood_at(late)), early);
  EXPECT_EQ(stamp_to_go_on_from(seen, std::nullopt), "") << "it may have begun long before the first run";
  EXPECT_EQ(stamp_to_go_on_from(seen, stood_at("")), "");
}

}  // namespace
}  // namespace engine::capture
