#include "engine/config/source_text.hpp"

#include <gtest/gtest.h>

namespace engine::config::test {
namespace {

TEST(SourceText, PlacesMayBeAskedForInAnyOrder) {
  SourceText text(
      "\xc3\xa4"
      "b\n\xe2\x82\xac"
      "cd\n",
      "f");
  EXPECT_EQ(text.mark({9, 2}).text(), "f:2:4");
  EXPECT_EQ(text.mark({7, 2}).text(), "f:2:2");
  EXPECT_EQ(text.mark({4, 2}).text(), "f:2:1");
  EXPECT_EQ(text.mark({2, 1}).text(), "f:1:2");
  EXPECT_EQ(text.mark({8, 2}).text(), "f:2:3");
  EXPECT_EQ(text.mark({100, 3}).text(), "f:3:1");
}

TEST(SourceText, NoPlaceIsTheFileAsAWhole) { EXPECT_EQ(SourceText("a", "f").mark({}).text(), "f"); }

TEST(SourceText, TheDashOfAnEmptyEntryIsFoundAcrossRemarks) {
  SourceText text("- a\n  -  # none\n\n  # - no\n- b", "f");
  EXPECT_EQ(text.dash_before({26, 5}).text(), "f:2:3");
}

TEST(SourceText, OnlyTabsBeforeTheFirstCharacterAreIndentation) {
  const SourceText text("a\tb\n \tc", "f");
  EXPECT_FALSE(text.tab_in_indentation({2, 1}));
  EXPECT_TRUE(text.tab_in_indentation({6, 2}));
}

}  // namespace
}  // namespace engine::config::test
