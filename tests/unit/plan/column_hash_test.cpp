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
  for (const char* name : {"json", "timestamp with time zone", "interval", "bytea", "integer[]", "time with time zone"})
    EXPECT_TRUE(hash_term(plain(name)).empty()) << name;
  EXPECT_TRUE(hash_term({"integer", "integer", -1, false}).empty()) << "a type of the user's that is called so";
}

TEST(ColumnHash, GivesEachColumnASeedOfItsOwn) {
  const auto term = hash_term(plain("integer"));
  std::set<std::string> hashes;
  for (int column = 0; column < 100; ++column) {
    std::vector<HashedValue> row(static_cast<std::size_t>(column) + 1, {"x", term});
    hashes.insert(fast_hash(row).substr(0, 2000));
  }
  EXPECT_EQ(hashes.size(), 100u);
  const std::string two = fast_hash({{"x", term}, {"x", term}});
  const auto middle = two.find(" # ");
  EXPECT_NE(two.substr(two.find("coalesce"), 60), two.substr(middle + 3, 60));
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
