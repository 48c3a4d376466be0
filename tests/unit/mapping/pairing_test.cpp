#include "engine/mapping/pairing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/mapping/columns.hpp"
#include "tests/unit/mapping/tables.hpp"

namespace engine::mapping {
namespace {

using test::as_view;
using test::column;
using test::in_schema;
using test::survey;
using test::table;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> pairs_of(const Pairing& pairing) {
  std::vector<std::string> list;
  for (const auto& pair : pairing.pairs)
    list.push_back(pair.desktop.schema + "." + pair.desktop.name + "=" + pair.cloud.schema + "." + pair.cloud.name);
  return list;
}

std::vector<catalog::Column> columns(const std::vector<std::string>& names) {
  std::vector<catalog::Column> list;
  for (const auto& name : names) list.push_back(column(name, "integer"));
  return list;
}

TEST(Pairing, TablesOfTheSameNameAreAPairInWhateverSchema) {
  const auto t = table("t", columns({"id"}));
  EXPECT_THAT(pairs_of(pair_tables(survey({t}, {t}))), ElementsAre("public.t=public.t"));
  EXPECT_THAT(pairs_of(pair_tables(survey({in_schema(t, "firm")}, {t}))), ElementsAre("firm.t=public.t"));
  const auto sales = in_schema(t, "sales"), person = in_schema(t, "person");
  EXPECT_THAT(pairs_of(pair_tables(survey({sales, person}, {sales, person}))),
              ElementsAre("person.t=person.t", "sales.t=sales.t"));
  EXPECT_THAT(pairs_of(pair_tables(survey({sales, person}, {t}))), IsEmpty()) << "which of the two?";
}

TEST(Pairing, AnotherNameThatMeansTheSameIsAPairIfTheColumnsAgree) {
  const auto here = table("CustomerOrders", columns({"Id", "CustomerId", "Total"}));
  EXPECT_THAT(pairs_of(pair_tables(survey({here}, {table("customer_order", columns({"id", "customer_id", "total"}))}))),
              ElementsAre("public.CustomerOrders=public.customer_order"));
  EXPECT_THAT(pairs_of(pair_tables(survey({here}, {table("customer_order", columns({"a", "b", "c"}))}))), IsEmpty());
}

TEST(Pairing, ANameThatIsPartOfAnotherIsAPairIfTheColumnsAgreeAndNoOtherTableFitsAsWell) {
  const auto here = table("mbreminder", columns({"rem_id", "note", "day", "who"}));
  const auto there = table("reminder", columns({"rem_id", "note", "day", "who", "source"}));
  const auto pairing = pair_tables(survey({here}, {there}));
  EXPECT_THAT(pairs_of(pairing), ElementsAre("public.mbreminder=public.reminder"));
  EXPECT_THAT(pairing.pairs[0].why, HasSubstr("4 of 4 columns agree"));
  const auto other = table("reminder_old", columns({"rem_id", "note", "day", "who", "source"}));
  const auto unclear =
      pair_tables(survey({table("myreminder_old_x", columns({"rem_id", "note", "day", "who"}))}, {there, other}));
  EXPECT_THAT(pairs_of(unclear), IsEmpty());
  EXPECT_EQ(unclear.perhaps.size(), 2u);
}

TEST(Pairing, ColumnsAloneAreNoPairButWorthARemark) {
  const auto names = std::vector<std::string>{"a", "b", "c", "d", "e", "f"};
  const auto pairing = pair_tables(survey({table("clients", columns(names))}, {table("persons", columns(names))}));
  EXPECT_THAT(pairs_of(pairing), IsEmpty());
  ASSERT_EQ(pairing.perhaps.size(), 1u);
  EXPECT_EQ(pairing.perhaps[0].cloud.name, "persons");
  EXPECT_EQ(pairing.only_desktop.size(), 1u);
  EXPECT_EQ(pairing.only_cloud.size(), 1u);
}

TEST(Pairing, AViewIsReadButNotWritten) {
  const auto t = table("t", columns({"id"}));
  EXPECT_THAT(pairs_of(pair_tables(survey({as_view(t)}, {t}))), ElementsAre("public.t=public.t"));
  const auto into = pair_tables(survey({t}, {as_view(t)}));
  EXPECT_THAT(pairs_of(into), IsEmpty());
  EXPECT_THAT(into.left_out, ElementsAre(HasSubstr("cannot be written")));
  const auto both = pair_tables(survey({as_view(t)}, {as_view(t)}));
  EXPECT_THAT(pairs_of(both), IsEmpty());
  EXPECT_THAT(both.left_out, IsEmpty());
}

TEST(Pairing, ColumnsMeetByNameAndElseByWhatTheNameMeansIfTheirTypesAreOfOneKind) {
  const auto here = table("t", {column("id", "integer"), column("FirstName", "text"), column("Total", "integer"),
                                column("a_b", "text"), column("aB", "text")});
  const auto there = table("t", {column("id", "bigint"), column("first_name", "character varying(5)"),
                                 column("total", "boolean"), column("AB", "text")});
  const auto found = pair_columns(here, there);
  EXPECT_THAT(found.same, ElementsAre(ColumnPair{"id", "id"}, ColumnPair{"FirstName", "first_name"}));
  EXPECT_THAT(found.only_desktop, ElementsAre("Total", "a_b", "aB"));
  EXPECT_THAT(found.only_cloud, ElementsAre("total", "AB"));
}

}  // namespace
}  // namespace engine::mapping
