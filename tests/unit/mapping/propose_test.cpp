#include "engine/mapping/propose.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/mapping/sql_name.hpp"
#include "tests/unit/mapping/tables.hpp"

namespace engine::mapping {
namespace {

using config::TableDirection;
using test::column;
using test::rows;
using test::survey;
using test::table;
using test::With;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string local = "timestamp without time zone", zoned = "timestamp with time zone";
const std::string time_of_day = "time without time zone";

Facts facts(std::int64_t here, std::int64_t there, const std::vector<std::string>& key) {
  Facts made;
  made.desktop = rows(here);
  made.cloud = rows(there);
  made.key = key;
  return made;
}

ProposedTable only_table(const Survey& found, const Facts& of_it) {
  const Pairing pairing = pair_tables(found);
  EXPECT_EQ(pairing.pairs.size(), 1u);
  return propose("m", found, pairing, {{pairing.pairs.at(0).desktop, of_it}}).tables.at(0);
}

TableDirection direction_of_table(const Facts& of_it, const With& cloud_key = {}) {
  const auto desktop = table("t", {column("id", "integer")});
  const auto cloud = table("t", {column("id", "integer", cloud_key)}, {"id"});
  return only_table(survey({desktop}, {cloud}), of_it).direction.value;
}

TEST(Propose, GoesForwardUnlessOnlyTheCloudFillsATable) {
  With sequence;
  sequence.sequence = "public.t_id_seq";
  EXPECT_EQ(direction_of_table(facts(5, 0, {"id"})), TableDirection::forward);
  EXPECT_EQ(direction_of_table(facts(5, 5, {"id"}), sequence), TableDirection::forward);
  EXPECT_EQ(direction_of_table(facts(0, 5, {"id"})), TableDirection::reverse) << "only the cloud has rows";
  EXPECT_EQ(direction_of_table(facts(0, 0, {"id"})), TableDirection::forward);
  EXPECT_EQ(direction_of_table(facts(0, 0, {"id"}), sequence), TableDirection::reverse) << "the cloud makes the key";
  Facts fetched = facts(3, 5, {"id"});
  fetched.picked_desktop = 3;
  fetched.picked_cloud = 5;
  fetched.missing_on_desktop = 2;
  EXPECT_EQ(direction_of_table(fetched, sequence), TableDirection::reverse);
  EXPECT_EQ(direction_of_table(fetched), TableDirection::forward) << "the cloud does not make the key";
  fetched.missing_in_cloud = 1;
  EXPECT_EQ(direction_of_table(fetched, sequence), TableDirection::forward) << "both fill it";
}

TEST(Propose, MarksTellWhoFillsATable) {
  With sequence;
  sequence.sequence = "public.t_id_seq";
  const auto direction = [&](const std::set<std::string>& here, const std::set<std::string>& there) {
    Facts found = facts(3, 5, {"id"});
    found.picked_desktop = 3;
    found.picked_cloud = 5;
    found.missing_on_desktop = 2;
    found.origin_desktop["source"] = here;
    found.origin_cloud["source"] = there;
    const auto desktop = table("t", {column("id", "integer"), column("source", "text")});
    const auto cloud =
        table("t", {column("id", "integer", sequence), column("source", "text", With{.value_by_default = "'D'::text"})},
              {"id"});
    return only_table(survey({desktop}, {cloud}), found).direction.value;
  };
  EXPECT_EQ(direction({"D"}, {"D", "M"}), TableDirection::forward) << "the desktop fills it too";
  EXPECT_EQ(direction({"M"}, {"M"}), TableDirection::reverse);
  EXPECT_EQ(direction({}, {}), TableDirection::reverse) << "the cloud has all rows of the desktop and more";
}

TEST(Propose, BothWaysIsNeverMoreThanARemark) {
  Facts found = facts(3, 5, {"id"});
  found.picked_cloud = 5;
  found.missing_on_desktop = 2;
  const auto t = table("t", {column("id", "integer")}, {"id"});
  const auto proposed = only_table(survey({t}, {t}), found);
  EXPECT_EQ(proposed.direction.value, TableDirection::forward);
  EXPECT_THAT(proposed.both_why, HasSubstr("the desktop lacks 2 of 5 rows"));
}

TEST(Propose, WithoutAKeyTheCloudsOwnNumberIsLeftOut) {
  With sequence;
  sequence.sequence = "public.s";
  sequence.value_by_default = "nextval('s')";
  Facts found = facts(5, 0, {});
  found.near = {"job_id"};
  const auto proposed =
      only_table(survey({table("t", {column("job_id", "integer")})},
                        {table("t", {column("n", "bigint", sequence), column("job_id", "integer")}, {"n"})}),
                 found);
  EXPECT_TRUE(proposed.keyless());
  EXPECT_THAT(proposed.skip, ElementsAre("n"));
  EXPECT_THAT(proposed.match.value, ElementsAre("job_id"));
}

TEST(Propose, ComputesWhatTypesKeepApart) {
  const auto here =
      table("diary", {column("id", "integer"), column("date", "date"), column("start", local), column("doc", "jsonb"),
                      column("n", "numeric"), column("note", "character varying(50)")});
  const auto there = table("diary",
                           {column("id", "integer"), column("date", "date"), column("start", time_of_day),
                            column("doc", "json"), column("n", "text"), column("note", "text")},
                           {"id"});
  const auto back = only_table(survey({here}, {there}), facts(0, 2, {"id"}));
  ASSERT_EQ(back.columns.size(), 4u);
  EXPECT_EQ(back.columns[0].sql, "date + start");
  EXPECT_EQ(back.columns[1].sql, "doc::jsonb");
  EXPECT_EQ(back.columns[2].sql, "n::numeric");
  EXPECT_EQ(back.columns[3].sql, "left(note, 50)");
  EXPECT_FALSE(back.columns[3].active) << "nothing is cut unasked";
}

TEST(Propose, WhatCannotBeMadeIsLeftOutIfTheTargetCanDoWithout) {
  const auto here = table("t", {column("id", "integer"), column("start", local)});
  const auto there = table("t", {column("id", "integer"), column("start", time_of_day)}, {"id"});
  const auto proposed = only_table(survey({here}, {there}), facts(2, 0, {"id"}));
  EXPECT_THAT(proposed.columns, IsEmpty()) << "no column has the day";
  EXPECT_THAT(proposed.skip, ElementsAre("start"));
}

TEST(Propose, NamesTheZoneOfTheSideThatHasNone) {
  const auto here = table("t", {column("id", "integer"), column("updated_at", local)});
  const auto there = table("t", {column("id", "integer"), column("updated_at", zoned)}, {"id"});
  const auto found = survey({here}, {there});
  const auto proposal = propose("m", found, pair_tables(found), {});
  ASSERT_TRUE(proposal.desktop.timezone);
  EXPECT_EQ(proposal.desktop.timezone->value, "Asia/Kolkata");
  EXPECT_FALSE(proposal.cloud.timezone);
  const auto same = survey({here}, {here});
  EXPECT_FALSE(propose("m", same, pair_tables(same), {}).desktop.timezone);
}

TEST(Propose, WhatSeveralTablesShareIsSaidOnce) {
  const auto one =
      table("a", {column("id", "integer"), column("updated_at", zoned), column("created_at", zoned)}, {"id"});
  const auto two =
      table("b", {column("id", "integer"), column("updated_at", zoned), column("created_at", zoned)}, {"id"});
  const auto three = table("c", {column("id", "integer"), column("mtime", zoned)}, {"id"});
  const auto found = survey({one, two, three}, {one, two, three});
  const auto proposal = propose("m", found, pair_tables(found), {});
  EXPECT_THAT(proposal.watermark, ElementsAre("updated_at", "created_at"));
  EXPECT_TRUE(proposal.tables[0].watermark_by_default);
  EXPECT_FALSE(proposal.tables[2].watermark_by_default);
}

TEST(Propose, ATableWhoseRowsViolateTheCloudsKeyIsSetAside) {
  Facts found = facts(5, 0, {});
  found.key_violated = "2 values occur more than once";
  const auto t = table("t", {column("id", "integer")}, {"id"});
  EXPECT_EQ(only_table(survey({t}, {t}), found).set_aside, "2 values occur more than once");
}

TEST(Propose, ASchemaWithADotInItsNameCanBeThatOfTheMapOnly) {
  const auto t = table("t", {column("id", "integer")}, {"id"}), other = table("u", {column("id", "integer")}, {"id"});
  const auto dotted = test::in_schema(other, "we.ird");
  const auto alone = survey({dotted}, {dotted});
  EXPECT_EQ(propose("m", alone, pair_tables(alone), {}).tables.at(0).set_aside, "");
  const auto second = test::in_schema(table("v", {column("id", "integer")}, {"id"}), "public");
  const auto beside = survey({t, second, dotted}, {t, second, dotted});
  EXPECT_THAT(propose("m", beside, pair_tables(beside), {}).tables.at(2).set_aside, HasSubstr("dot"));
}

TEST(Propose, ChildrenOfATableThatIsSetAsideAreToIfTheCloudLacksItsRows) {
  const auto parent = table("parent", {column("id", "integer")}, {"id"});
  auto child = table("child", {column("id", "integer"), column("parent_id", "integer")}, {"id"});
  child.foreign_keys.push_back({"fk", {"public", "parent"}, {"parent_id"}});
  const auto found = survey({parent, child}, {parent, child});
  std::map<QualifiedName, Facts> known = {{{"public", "parent"}, facts(5, 0, {"id"})}};
  auto proposal = propose("m", found, pair_tables(found), known);
  proposal.tables[1].set_aside = "a reason";
  auto complete = proposal;
  set_aside_children(proposal, found, known);
  EXPECT_THAT(proposal.tables[0].set_aside, HasSubstr("it refers to parent"));
  known[{"public", "parent"}] = facts(5, 5, {"id"});
  set_aside_children(complete, found, known);
  EXPECT_EQ(complete.tables[0].set_aside, "");
  remark_missing_parents(complete, found);
  EXPECT_THAT(complete.tables[0].remarks, ElementsAre(HasSubstr("refers to parent by parent_id")));
}

TEST(Propose, NamesInExpressionsStandInQuotesWhereSqlWouldReadThemOtherwise) {
  EXPECT_EQ(sql_name("timefrom"), "timefrom");
  EXPECT_EQ(sql_name("date"), "date");
  EXPECT_EQ(sql_name("time"), "\"time\"");
  EXPECT_EQ(sql_name("user"), "\"user\"");
  EXPECT_EQ(sql_name("TimeFrom"), "\"TimeFrom\"");
  EXPECT_EQ(sql_name("a\"b"), "\"a\"\"b\"");
}

}  // namespace
}  // namespace engine::mapping
