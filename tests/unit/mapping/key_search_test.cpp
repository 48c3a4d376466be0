#include "engine/mapping/key_search.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/mapping/tables.hpp"

namespace engine::mapping {
namespace {

using test::column;
using test::table;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using Set = std::vector<std::string>;

KeyCandidates candidates(const catalog::TableSchema& desktop, const catalog::TableSchema& cloud) {
  return key_candidates(desktop, cloud, pair_columns(desktop, cloud));
}

std::size_t position(const KeyCandidates& found, const Set& set) {
  return static_cast<std::size_t>(std::ranges::find(found.likely, set) - found.likely.begin());
}

TEST(KeySearch, AConstraintCountsFirstAndTheCloudsBeforeTheDesktops) {
  const auto bare = table("jobs", {column("Job_Id", "integer"), column("no", "integer")});
  const auto keyed = table("jobs", {column("job_id", "integer"), column("no", "integer")}, {"job_id"});
  const auto found = candidates(bare, keyed);
  ASSERT_EQ(found.declared.size(), 1u);
  EXPECT_THAT(found.declared[0].key, ElementsAre("Job_Id")) << "by its name on the desktop";
  EXPECT_TRUE(found.declared[0].by_cloud && !found.declared[0].by_desktop && found.declared[0].primary_in_cloud);
  const auto other = table("jobs", {column("Job_Id", "integer"), column("no", "integer")}, {"no"});
  const auto both = candidates(other, keyed);
  ASSERT_EQ(both.declared.size(), 2u);
  EXPECT_THAT(both.declared[0].key, ElementsAre("Job_Id"));
  EXPECT_THAT(both.declared[1].key, ElementsAre("no"));
}

TEST(KeySearch, AKeyOfWhichTheOtherSideHasNoColumnIsNone) {
  const auto found = candidates(table("jobs", {column("x", "text")}),
                                table("jobs", {column("id", "integer"), column("x", "text")}, {"id"}));
  EXPECT_THAT(found.declared, IsEmpty());
}

TEST(KeySearch, WhatIsCalledLikeTheTablesKeyIsTriedFirst) {
  const auto t = table("jobshead", {column("org_id", "integer"), column("job_id", "numeric(10,0)"),
                                    column("notes", "text"), column("kind", "character varying(5)")});
  const auto found = candidates(t, t);
  EXPECT_THAT(found.named_as_key, ElementsAre("job_id"));
  EXPECT_THAT(found.likely.front(), ElementsAre("job_id"));
  EXPECT_LT(position(found, {"org_id"}), position(found, {"job_id", "org_id"})) << "the smallest sets first";
  EXPECT_THAT(found.near, Contains(Set{"notes"}));
}

TEST(KeySearch, ALabelMayBePartOfAKeyButIsNoneAlone) {
  const auto t = table("countrylanguage", {column("countrycode", "character(3)"), column("language", "text")});
  const auto found = candidates(t, t);
  EXPECT_THAT(found.likely, Contains(Set{"countrycode", "language"}));
  EXPECT_THAT(found.likely, Not(Contains(Set{"language"})));
}

TEST(KeySearch, WithoutRowsOnlyANameThatSaysSoIsAKey) {
  const auto empty = [](const catalog::TableSchema& t) { return candidates(t, t).if_empty; };
  EXPECT_THAT(empty(table("clients", {column("x", "integer"), column("client_id", "integer")})),
              ElementsAre("client_id"));
  EXPECT_THAT(empty(table("demographics", {column("type_id", "integer"), column("t", "text")})),
              ElementsAre("type_id"));
  EXPECT_THAT(empty(table("visits", {column("client_id", "integer"), column("staff_id", "integer")})), IsEmpty());
  EXPECT_THAT(empty(table("log", {column("message", "text"), column("client_id", "integer")})), IsEmpty());
}

TEST(KeySearch, AWordThatHappensToEndLikeAKeyIsNone) {
  const auto t = table("t", {column("paid", "integer"), column("clientid", "integer")});
  EXPECT_THAT(candidates(t, t).likely.front(), ElementsAre("clientid"));
}

TEST(KeySearch, AmountsStampsAndMarksAreNoKey) {
  const auto t = table("t", {column("amount", "numeric(8,2)"), column("ratio", "double precision"),
                             column("updated_at", "timestamp without time zone"), column("flag", "boolean"),
                             column("source", "character(1)"), column("doc", "jsonb"), column("id", "integer")});
  const auto found = candidates(t, t);
  for (const auto& sets : {found.likely, found.near})
    for (const char* name : {"amount", "ratio", "updated_at", "flag", "source", "doc"})
      EXPECT_THAT(sets, Not(Contains(Contains(std::string(name)))));
}

TEST(KeySearch, ATableThatOnlyJoinsOthersIsToldApartByAllItsColumns) {
  const auto t = table("affiliations", {column("document_id", "integer"), column("person_id", "integer")});
  EXPECT_THAT(candidates(t, t).likely.front(), ElementsAre("document_id", "person_id"));
  const auto named = table("persons", {column("document_id", "integer"), column("person_id", "integer")});
  EXPECT_THAT(candidates(named, named).likely.front(), ElementsAre("person_id"));
}

TEST(KeySearch, TheNumberOfSetsIsBounded) {
  std::vector<catalog::Column> columns;
  for (int i = 0; i < 300; ++i) columns.push_back(column("c" + std::to_string(i) + "_id", "integer"));
  const auto t = table("wide", columns);
  EXPECT_LE(candidates(t, t).likely.size(), 60u);
}

}  // namespace
}  // namespace engine::mapping
