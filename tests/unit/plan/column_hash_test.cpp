// The fast hash of a row is SQL; whether it tells values apart is asked of real servers (tests/integration).
#include "engine/plan/column_hash.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace {

using engine::catalog::Type;
using engine::plan::fast_hash;
using engine::plan::hash_term;
using engine::plan::HashedValue;
using testing::HasSubstr;

Type plain(const std::string& name) { return {name, name, -1, true}; }

TEST(ColumnHash, HasNoTermWhereItWouldLoseSomething) {
  EXPECT_TRUE(hash_term(plain("numeric")).empty()) << "1.0 and 1.00 have one hash";
  EXPECT_FALSE(hash_term({"numeric", "numeric(12,2)", ((12 << 16) | 2) + 4, true}).empty());
  EXPECT_TRUE(hash_term(plain("character")).empty()) << "blanks count where no length pads them";
  EXPECT_FALSE(hash_term({"character", "character(3)", 7, true}).empty());
  for (const char* name : {"json", "interval", "bytea", "integer[]", "time without time zone", "time with time zone"})
    EXPECT_TRUE(hash_term(plain(name)).empty()) << name;
  EXPECT_TRUE(hash_term({"integer", "integer", -1, false}).empty()) << "a type of the user's that is called so";
}

TEST(ColumnHash, GivesEachColumnASeedOfItsOwn) {
  const std::string sql = fast_hash(std::vector<HashedValue>(100, {"x", hash_term(plain("integer"))}));
  std::multiset<std::string> numbers;
  for (std::size_t at = 0; (at = sql.find_first_of("0123456789", at)) != std::string::npos;) {
    const auto end = sql.find_first_not_of("0123456789", at);
    if (end - at > 10) numbers.insert(sql.substr(at, end - at));
    at = end;
  }
  EXPECT_EQ(numbers.size(), 200u) << "a seed and a constant for NULL";
  EXPECT_EQ(std::set<std::string>(numbers.begin(), numbers.end()).size(), 200u);
}

TEST(ColumnHash, HasTheSameConstantsInEveryVersion) {
  EXPECT_EQ(fast_hash({{"a", hash_term(plain("integer"))}, {"b", hash_term(plain("boolean"))}}),
            "pg_catalog.hashint4extended(1, (coalesce(pg_catalog.hashint4extended(a, 8147104208329303767), "
            "7116260932800173470) # (CASE b WHEN true THEN "
            "2266080580496311649 WHEN false THEN 8780933256989530195 ELSE 3656771639923220100 END)))");
}

TEST(ColumnHash, PutsWhatHasNoTermIntoOneRecord) {
  const std::string sql = fast_hash({{"a", hash_term(plain("text"))}, {"b::text", {}}, {"c::text", {}}});
  EXPECT_THAT(sql, HasSubstr("pg_catalog.hash_record_extended(ROW(b::text, c::text), "));
  EXPECT_THAT(sql, HasSubstr("pg_catalog.hashtextextended(a COLLATE \"C\", "));
}

TEST(ColumnHash, LeavesWhatStandsInAValueAlone) {
  const std::string sql = fast_hash({{"'$ #0 #1'::text", hash_term(plain("text"))}});
  EXPECT_THAT(sql, HasSubstr("'$ #0 #1'::text COLLATE"));
}

TEST(ColumnHash, NestsNoDeeperThanATree) {
  const std::vector<HashedValue> row(1600, {"x", hash_term(plain("integer"))});
  int depth = 0, deepest = 0;
  for (const char c : fast_hash(row)) {
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    deepest = std::max(deepest, depth);
  }
  EXPECT_EQ(depth, 0);
  EXPECT_LT(deepest, 20);
}

}  // namespace
