#include "engine/config/variables.hpp"

#include <gtest/gtest.h>

#include "tests/unit/config/refusal.hpp"

namespace engine::config::test {
namespace {

const Mark mark{"m.yaml", 2, 5};

std::string replaced(const std::string& text) {
  const Environment environment = variables({{"A", "1"}, {"B_2", "${A}: [x]"}, {"EMPTY", ""}});
  return replace_variables(text, mark, environment).text;
}

TEST(Variables, ANameInBracesBecomesItsValue) {
  EXPECT_EQ(replaced("${A}"), "1");
  EXPECT_EQ(replaced("x${A}y${A}"), "x1y1");
  EXPECT_EQ(replaced("[${EMPTY}]"), "[]");
}

TEST(Variables, AValueIsTakenAsItIsAndNotReadAgain) { EXPECT_EQ(replaced("${B_2}"), "${A}: [x]"); }

TEST(Variables, DollarsThatSqlNeedsStay) {
  for (const std::string text : {"$$it's$$", "$1", "$tag$x$tag$", "$", "a$", "$A", "$ {A}"})
    EXPECT_EQ(replaced(text), text);
}

TEST(Variables, TwoDollarsAndABraceMeanTheCharactersThemselves) {
  EXPECT_EQ(replaced("$${A}"), "${A}");
  EXPECT_EQ(replaced("$$${A}"), "$${A}");
  EXPECT_EQ(replaced("$${"), "${");
}

TEST(Variables, TheFirstVariableThatIsNotSetIsNamed) {
  EXPECT_EQ(replace_variables("${A}${X}${Y}", mark, variables({{"A", "1"}})).unset, "X");
  EXPECT_EQ(replace_variables("${A}", mark, variables({{"A", ""}})).unset, std::nullopt);
  EXPECT_EQ(replace_variables("${A}", mark, Environment()).unset, "A");
}

TEST(Variables, ABraceWithoutANameIsRefused) {
  for (const std::string text : {"${", "${}", "${A", "${1A}", "${A B}", "${A-B}"}) {
    const Refusal problem = refusal([&] { replaced(text); });
    EXPECT_EQ(problem.what, "m.yaml:2:5: '${' is not followed by the name of a variable and '}'") << text;
    EXPECT_NE(problem.hint.find("'$${'"), std::string::npos);
  }
}

}  // namespace
}  // namespace engine::config::test
