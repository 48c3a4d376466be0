#include "engine/core/mark.hpp"

#include <gtest/gtest.h>

namespace engine {
namespace {

TEST(Mark, APlaceIsPrintedAsCompilersDo) { EXPECT_EQ((Mark{"maps/a.yaml", 3, 7}.text()), "maps/a.yaml:3:7"); }

TEST(Mark, AFileAsAWholeIsItsName) {
  EXPECT_EQ((Mark{"a.yaml"}.text()), "a.yaml");
  EXPECT_EQ((Mark{"a.yaml", 0, 5}.text()), "a.yaml");
}

TEST(Mark, PlacesAreEqualIfAllOfTheirPartsAre) {
  EXPECT_EQ((Mark{"a", 1, 2}), (Mark{"a", 1, 2}));
  EXPECT_NE((Mark{"a", 1, 2}), (Mark{"a", 1, 3}));
  EXPECT_NE((Mark{"a", 1, 2}), (Mark{"a", 2, 2}));
  EXPECT_NE((Mark{"a", 1, 2}), (Mark{"b", 1, 2}));
}

}  // namespace
}  // namespace engine
