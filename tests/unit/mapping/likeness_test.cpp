#include "engine/mapping/likeness.hpp"

#include <gtest/gtest.h>

namespace engine::mapping {
namespace {

TEST(Likeness, NamesThatMeanTheSameAreTheSame) {
  EXPECT_EQ(plain("CustomerOrders"), plain("customer_order"));
  EXPECT_EQ(plain("CUSTOMER ORDER"), plain("customerOrders"));
  EXPECT_EQ(plain("categories"), plain("Category"));
  EXPECT_EQ(plain("addresses"), plain("address"));
  EXPECT_EQ(plain("HTMLPage"), plain("html_page"));
  EXPECT_EQ(plain("AlbumId"), plain("album_id"));
  EXPECT_EQ(plain("status"), "status");
  EXPECT_EQ(plain("Straße"), "straße");
  EXPECT_NE(plain("order1"), plain("order2"));
  EXPECT_EQ(plain(" - "), "");
}

TEST(Likeness, OneNameIsPartOfAnotherOnlyIfItIsLongEnoughToMeanSomething) {
  EXPECT_TRUE(one_contains_the_other("mbreminder", "reminder"));
  EXPECT_TRUE(one_contains_the_other("reminder", "mbreminder"));
  EXPECT_FALSE(one_contains_the_other("log", "catalog"));
  EXPECT_FALSE(one_contains_the_other("clients", "reminder"));
}

}  // namespace
}  // namespace engine::mapping
