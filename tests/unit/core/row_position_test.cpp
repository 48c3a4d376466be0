#include "engine/core/row_position.hpp"

#include <gtest/gtest.h>

namespace engine::test {
namespace {

TEST(RowPosition, IsReadAsPostgresqlWritesIt) {
  const auto position = RowPosition::read("(4294967294,65535)");
  ASSERT_TRUE(position);
  EXPECT_EQ(position->block, 4294967294u);
  EXPECT_EQ(position->offset, 65535);
  EXPECT_EQ(position->text(), "(4294967294,65535)");
}

TEST(RowPosition, RefusesWhatIsNone) {
  for (const char* text : {"", "()", "(1)", "(1,2", "1,2)", "(1,)", "(,2)", "(1,2,3)", "(-1,2)", "(1,65536)", "(a,2)"})
    EXPECT_FALSE(RowPosition::read(text)) << text;
}

TEST(RowPosition, ComesInTheOrderOfTheFile) {
  EXPECT_LT((RowPosition{1, 9}), (RowPosition{2, 1}));
  EXPECT_LT((RowPosition{2, 1}), (RowPosition{2, 2}));
  EXPECT_LT(RowPosition(), (RowPosition{0, 1})) << "the first row of a file";
}

}  // namespace
}  // namespace engine::test
