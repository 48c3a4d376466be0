#include "engine/core/names.hpp"

#include <gtest/gtest.h>

#include "engine/core/error.hpp"

namespace engine {
namespace {

const std::string with_nul("a\0b", 3);

TEST(Names, AQuotedNameIsExactWhateverItContains) {
  EXPECT_EQ(quoted("jobs"), "\"jobs\"");
  EXPECT_EQ(quoted("My Table"), "\"My Table\"");
  EXPECT_EQ(quoted("na\"me"), "\"na\"\"me\"");
  EXPECT_EQ(quoted("\""), "\"\"\"\"");
  EXPECT_EQ(quoted("a.b;--'\\"), "\"a.b;--'\\\"");
  EXPECT_EQ(quoted("gr\xc3\xb6\xc3\x9f"
                   "e"),
            "\"gr\xc3\xb6\xc3\x9f"
            "e\"");
}

TEST(Names, ATableIsQuotedWithItsSchema) {
  EXPECT_EQ(quoted(QualifiedName{"public", "a.b"}), "\"public\".\"a.b\"");
  EXPECT_EQ(quoted(QualifiedName{"s\"", "t"}), "\"s\"\"\".\"t\"");
}

TEST(Names, AnEmptyNameOrOneWithANulIsRefused) {
  for (const std::string& name : {std::string(), with_nul}) {
    try {
      // Qualified: for a std::string the bare name may also mean std::quoted.
      engine::quoted(name);
      FAIL() << "not refused";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::configuration);
    }
  }
  EXPECT_THROW(quoted(QualifiedName{"", "t"}), Error);
  EXPECT_THROW(quoted_list({"a", ""}), Error);
}

TEST(Names, AListIsQuotedNameByName) {
  EXPECT_EQ(quoted_list({}), "");
  EXPECT_EQ(quoted_list({"a"}), "\"a\"");
  EXPECT_EQ(quoted_list({"a", "b\"c"}), "\"a\", \"b\"\"c\"");
  EXPECT_EQ(quoted_list({"a", "b"}, "t"), "t.\"a\", t.\"b\"");
}

TEST(Names, ALiteralMeansTheSameWhateverTheServersSettingIs) {
  EXPECT_EQ(literal(""), "''");
  EXPECT_EQ(literal("it's"), "'it''s'");
  EXPECT_EQ(literal("a\nb"), "'a\nb'");
  EXPECT_EQ(literal("C:\\x"), " E'C:\\\\x'");
  EXPECT_EQ(literal("\\'"), " E'\\\\'''");
  EXPECT_THROW(literal(with_nul), Error);
}

TEST(Names, PeopleSeeTheSchemaOnlyWhereItIsNotTheUsualOne) {
  EXPECT_EQ(display({"public", "t"}, "public"), "t");
  EXPECT_EQ(display({"old", "t"}, "public"), "old.t");
}

TEST(Names, PartsAreJoinedWithASeparatorBetweenThem) {
  EXPECT_EQ(joined({}, ", "), "");
  EXPECT_EQ(joined({"a"}, ", "), "a");
  EXPECT_EQ(joined({"a", "b", "c"}, ", "), "a, b, c");
}

TEST(Names, NamesThatDifferInCaseAreDifferentTables) {
  EXPECT_NE((QualifiedName{"public", "T"}), (QualifiedName{"public", "t"}));
  EXPECT_LT((QualifiedName{"a", "z"}), (QualifiedName{"b", "a"}));
}

}  // namespace
}  // namespace engine
