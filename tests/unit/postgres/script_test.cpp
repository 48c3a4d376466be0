#include "engine/postgres/script.hpp"

#include <gtest/gtest.h>

#include "engine/core/error.hpp"

namespace {

using engine::postgres::bound;
using engine::postgres::Result;
using engine::postgres::result_with;

TEST(Script, ValuesStandInThePlacesOfTheirNumbers) {
  EXPECT_EQ(bound("SELECT $2, $1::text[], $12", {"a", "{b}", "", "", "", "", "", "", "", "", "", "l"}),
            "SELECT '{b}', 'a'::text[], 'l'");
}

TEST(Script, AValueIsQuotedAndNothingInItIsAPlace) {
  EXPECT_EQ(bound("SELECT $1 || $2", {"o'$2", std::nullopt}), "SELECT 'o''$2' || NULL");
  EXPECT_EQ(bound("SELECT $1", {"a\\b"}), "SELECT  E'a\\\\b'");
}

TEST(Script, QuotedTextAndCommentsHaveNoPlaces) {
  EXPECT_EQ(bound("SELECT '$1''$1', \"$1\", $1 -- of $1\n, E'\\'$1'", {"x"}),
            "SELECT '$1''$1', \"$1\", 'x' \n, E'\\'$1'");
}

TEST(Script, APlaceWithoutAValueIsADefect) { EXPECT_THROW(bound("SELECT $2", {"a"}), engine::Error); }

TEST(Script, AResultIsFoundByAColumn) {
  Result first, second;
  first.columns = {{"a", 0, -1}};
  first.rows = {{"1"}};
  second.columns = {{"b", 0, -1}};
  EXPECT_EQ(result_with({first, second}, "a").text(0, "a"), "1");
  EXPECT_THROW(result_with({first, second}, "c"), engine::Error);
}

}  // namespace
