#include "engine/postgres/result.hpp"

#include <gtest/gtest.h>

#include <random>

#include "engine/core/error.hpp"

namespace engine::postgres {
namespace {

using Texts = std::vector<std::string>;

TEST(ArrayLiteral, QuotesEveryElement) {
  EXPECT_EQ(array_literal({}), "{}");
  EXPECT_EQ(array_literal({"a", "b c"}), R"({"a","b c"})");
  EXPECT_EQ(array_literal({"", "NULL", "{}", ","}), R"({"","NULL","{}",","})");
  EXPECT_EQ(array_literal({R"(a"b)", R"(a\b)"}), R"({"a\"b","a\\b"})");
}

TEST(ArrayElements, ReadsWhatPostgresPrints) {
  EXPECT_EQ(array_elements("{}"), Texts{});
  EXPECT_EQ(array_elements("{a,b}"), (Texts{"a", "b"}));
  EXPECT_EQ(array_elements(R"({"a b","c,d","e}f"})"), (Texts{"a b", "c,d", "e}f"}));
  EXPECT_EQ(array_elements(R"({"","x"})"), (Texts{"", "x"}));
  EXPECT_EQ(array_elements(R"({""})"), (Texts{""}));
  EXPECT_EQ(array_elements(R"({"a\"b","a\\b"})"), (Texts{R"(a"b)", R"(a\b)"}));
  EXPECT_EQ(array_elements("{1,22,333}"), (Texts{"1", "22", "333"}));
}

TEST(ArrayElements, NothingIsMadeOfWhatIsNoArray) {
  EXPECT_EQ(array_elements(""), Texts{});
  EXPECT_EQ(array_elements("x"), Texts{});
  EXPECT_EQ(array_elements("abc"), Texts{});
}

TEST(ArrayElements, AnyTextsComeBackAsTheyWere) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string letters = "ab\"\\{},' \n\xc3\xa9";
  for (int round = 0; round < 1000; ++round) {
    Texts texts(random() % 5);
    for (auto& text : texts)
      for (auto i = random() % 6; i > 0; --i) text += letters[random() % letters.size()];
    ASSERT_EQ(array_elements(array_literal(texts)), texts) << array_literal(texts);
  }
}

Result some_result() {
  Result result;
  result.columns = {{"n", 20, -1}, {"t", 25, -1}, {"b", 16, -1}};
  result.rows = {
      {"-9223372036854775808", "text", "t"}, {std::nullopt, std::nullopt, "f"}, {"12x", "", "true"}, {"", "", "t"}};
  return result;
}

TEST(Result, CellsAreReadByName) {
  const Result result = some_result();
  EXPECT_EQ(result.number(0, "n"), INT64_MIN);
  EXPECT_EQ(result.text(0, "t"), "text");
  EXPECT_TRUE(result.flag(0, "b"));
  EXPECT_FALSE(result.flag(1, "b"));
  EXPECT_EQ(result.cell(1, "n"), std::nullopt);
  EXPECT_EQ(result.size(), 4u);
  EXPECT_FALSE(result.empty());
}

TEST(Result, WhatIsNotThereIsADefectOfOursAndNotANumber) {
  const Result result = some_result();
  const auto code_of = [](auto read) {
    try {
      read();
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::usage;
  };
  EXPECT_EQ(code_of([&] { result.cell(4, "n"); }), ErrorCode::internal);
  EXPECT_EQ(code_of([&] { result.cell(0, "N"); }), ErrorCode::internal);
  EXPECT_EQ(code_of([&] { result.text(1, "t"); }), ErrorCode::internal);
  EXPECT_EQ(code_of([&] { result.number(1, "n"); }), ErrorCode::internal);
  EXPECT_EQ(code_of([&] { result.number(2, "n"); }), ErrorCode::internal);
  EXPECT_EQ(code_of([&] { result.number(3, "n"); }), ErrorCode::internal);
  EXPECT_EQ(code_of([&] { result.flag(4, "b"); }), ErrorCode::internal);
}

}  // namespace
}  // namespace engine::postgres
