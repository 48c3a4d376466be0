#include <gtest/gtest.h>

#include <limits>

#include "engine/report/table_layout.hpp"

namespace engine::report {
namespace {

TEST(TableLayout, TextGoesToTheLeftAndNumbersToTheRight) {
  TableLayout layout({"table", "rows", "note"});
  layout.add({"a", "24,562", "x"});
  layout.add({"climaster", "7", ""});
  EXPECT_EQ(layout.text(),
            "table        rows  note\n"
            "a          24,562  x\n"
            "climaster       7\n");
}

TEST(TableLayout, AColumnWithOneTextIsAColumnOfTexts) {
  TableLayout layout({"age"});
  layout.add({"12"});
  layout.add({"never"});
  EXPECT_EQ(layout.text(), "age\n12\nnever\n");
}

TEST(TableLayout, AnEmptyCellDoesNotTurnNumbersIntoText) {
  TableLayout layout({"rows", "x"});
  layout.add({"", "x"});
  layout.add({"7", "x"});
  EXPECT_EQ(layout.text(), "rows  x\n      x\n   7  x\n");
}

TEST(TableLayout, CharactersCountNotBytes) {
  TableLayout layout({"table", "n"});
  layout.add({"caf\xc3\xa9", "1"});
  layout.add({"\xe0\xa4\x95\xe0\xa5\x8d", "2"});
  layout.add({"plain", "3"});
  EXPECT_EQ(layout.text(), "table  n\ncaf\xc3\xa9   1\n\xe0\xa4\x95\xe0\xa5\x8d     2\nplain  3\n");
}

TEST(TableLayout, AHeadingAloneIsItself) { EXPECT_EQ(TableLayout({"a", "b"}).text(), "a  b\n"); }

TEST(Grouped, SetsCommasBetweenThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(24562), "24,562");
  EXPECT_EQ(grouped(1234567890), "1,234,567,890");
  EXPECT_EQ(grouped(-999), "-999");
  EXPECT_EQ(grouped(-1000), "-1,000");
  EXPECT_EQ(grouped(-123456), "-123,456");
  EXPECT_EQ(grouped(std::numeric_limits<long long>::min()), "-9,223,372,036,854,775,808");
}

TEST(Duration, IsToldInTheUnitThatFits) {
  EXPECT_EQ(duration(0), "0.0 s");
  EXPECT_EQ(duration(4.12), "4.1 s");
  EXPECT_EQ(duration(60), "1 min");
  EXPECT_EQ(duration(720), "12 min");
  EXPECT_EQ(duration(3600), "1.0 h");
  EXPECT_EQ(duration(26 * 3600), "26.0 h");
  EXPECT_EQ(duration(5 * 86400), "5.0 days");
}

TEST(Duration, RoundingDoesNotReachTheNextUnit) {
  EXPECT_NE(duration(59.99), "60.0 s");
  EXPECT_NE(duration(3599), "60 min");
  EXPECT_NE(duration(2 * 86400 - 1), "48.0 h");
}

TEST(Size, IsToldInTheUnitThatFits) {
  EXPECT_EQ(size(0), "0 B");
  EXPECT_EQ(size(1023), "1023 B");
  EXPECT_EQ(size(1024), "1.0 kB");
  EXPECT_EQ(size(3500), "3.4 kB");
  EXPECT_EQ(size(12LL << 20), "12.0 MB");
}

}  // namespace
}  // namespace engine::report
