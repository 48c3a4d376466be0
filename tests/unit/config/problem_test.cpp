#include "engine/config/problem.hpp"

#include <gtest/gtest.h>

#include "tests/unit/config/refusal.hpp"

namespace engine::config::test {
namespace {

const std::vector<std::string> known = {"key", "watermark", "soft_delete", "deletes", "direction"};

TEST(Problem, TheNearestWordIsFound) {
  EXPECT_EQ(nearest("watermrk", known), "watermark");
  EXPECT_EQ(nearest("wtaermark", known), "watermark");
  EXPECT_EQ(nearest("kye", known), "key");
  EXPECT_EQ(nearest("Soft-Delete", known), "soft_delete");
  EXPECT_EQ(nearest("delete", known), "deletes");
}

TEST(Problem, AWordThatIsLikeNoneSuggestsNothing) {
  EXPECT_EQ(nearest("colour", known), std::nullopt);
  EXPECT_EQ(nearest("", known), std::nullopt);
  EXPECT_EQ(nearest(std::string(1'000'000, 'k'), known), std::nullopt);
  EXPECT_EQ(known_words_hint("x", {"one", "two"}, "keys"), "the keys here are: one, two");
}

TEST(Problem, OnlyWhatCannotHoldAPasswordIsRepeated) {
  EXPECT_EQ(shown("watermrk"), "'watermrk'");
  EXPECT_EQ(shown("gr\xc3\xb6\xc3\x9f"
                  "e"),
            "'gr\xc3\xb6\xc3\x9f"
            "e'");
  for (const std::string text : {"postgres://h/d", "u:p@h", "password=x", "two\nlines"})
    EXPECT_EQ(shown(text), "this value");
  EXPECT_EQ(shown(std::string(81, 'x')), "this value");
}

}  // namespace
}  // namespace engine::config::test
