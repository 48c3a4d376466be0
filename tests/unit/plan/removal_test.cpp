#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/golden/golden.hpp"
#include "tests/unit/plan/sample_tasks.hpp"

namespace engine::plan::test {
namespace {

using engine::test::expect_golden;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// Children refer to a table of visits and to each other; one of the keys is converted, the other may be NULL.
Plan plan_visits(const std::string& policy, const std::string& mark = "boolean", const With& with = {}) {
  const auto map = map_of(
      "map: practice\ncloud: {timezone: Asia/Kolkata}\ntables:\n  - {desktop: visit, key: [nr, day], origin: {column: "
      "source, desktop: D, cloud: M}, forward: {where: nr > 0}, deletes: " +
      policy + "}\n  - {desktop: note, deletes: soft, soft_delete: {column: hidden}}\n");
  const std::vector<catalog::Column> columns = {column("nr", "bigint"), column("day", "date"), column("before", "date"),
                                                column("text", "text")};
  const auto desktop = table("visit", columns);
  auto cloud = table("visit",
                     {column("nr", "integer"), column("day", "date"), column("before", "date"), column("text", "text"),
                      column("source", "character(1)"), column("gone", mark, with)},
                     {"nr", "day"});
  cloud.referrers = {{{"public", "visit"}, {"nr", "before"}, {"nr", "day"}},
                     {{"public", "note"}, {"visit_nr", "visit_day"}, {"nr", "day"}}};
  return make_plan(map, Mode::full, {desktop, table("note", columns)}, {cloud, table("note", columns)}, {}, {"visit"});
}

TableTask visits(const std::string& policy, const std::string& mark = "boolean") {
  return remembering(only_task(plan_visits(policy, mark)));
}

constexpr const char* softly = "soft, soft_delete: {column: gone}";

std::string all_of(const TableTask& task) {
  std::string text;
  const auto say = [&](const std::string& name, const std::string& statement) {
    text += "-- " + name + "\n" + statement + "\n\n";
  };
  const TableTask keys = sql::keys_of(task);
  say("extract_keys", sql::extract_keys(task));
  say("create_stage of the keys", sql::create_stage(keys, names, {}));
  say("make_image_by_trial of the keys", sql::make_image_by_trial(keys, names, {}, {1000, 1}));
  say("is_known", sql::is_known(task));
  say("find_deleted", sql::find_deleted(task, names));
  say("judge_deleted", sql::judge_deleted(task, names, false));
  say("judge_deleted, overwriting", sql::judge_deleted(task, names, true));
  say("list_deleted", sql::list_deleted(task, names));
  say("keep_if_referenced", sql::keep_if_referenced(task, names));
  say("count_newly_kept", sql::count_newly_kept(task, names, 42));
  say("bury", sql::bury(task, names, 42));
  if (!task.soft_delete.empty()) say("mark_deleted", sql::mark_deleted(task, names));
  say("forget_deleted", sql::forget_deleted(task, names));
  say("judge", sql::judge(task, names, as_read(task)));
  say("update", sql::update(task, names));
  say("remember", sql::remember(task, names));
  return text;
}

TEST(Removal, StatementsAreTheGoldenOnes) {
  expect_golden("deletes_hard.sql", all_of(visits("hard")));
  expect_golden("deletes_soft.sql", all_of(visits(softly)));
}

// ---- what the golden files must never lose, whatever their form

TEST(Removal, TheKeysAreThoseOfAllRowsThatTheMapsConditionsLetThrough) {
  const auto text = sql::extract_keys(with_opposite(visits("hard"), {"nr", "day"}, {"nr", "day", "text"}));
  EXPECT_THAT(text, HasSubstr("WHERE (nr > 0)"));
  EXPECT_THAT(text, Not(HasSubstr("pgtide."))) << "also of those that the other direction brought";
}

TEST(Removal, OnlyRowsThatAreRememberedMayGoAndOfThemThoseThatNobodyChanged) {
  const auto found = sql::find_deleted(visits("hard"), names),
             judged = sql::judge_deleted(visits("hard"), names, false);
  EXPECT_THAT(found, HasSubstr("FROM pgtide.known_row k WHERE k.known_id = 1 AND NOT EXISTS"));
  EXPECT_THAT(judged, HasSubstr("t.\"source\"::text IS NOT DISTINCT FROM 'M' THEN 'x'")) << "never one of the cloud's";
  EXPECT_THAT(judged, HasSubstr(", false)) THEN 'd' ELSE 'x' END")) << "what nobody knows is not as agreed";
}

TEST(Removal, AMarkedRowIsForgottenByAHardDeleteOnly) {
  EXPECT_THAT(sql::forget_deleted(visits("hard"), names), HasSubstr("IN ('f', 'l', 'd')"));
  EXPECT_THAT(sql::forget_deleted(visits(softly), names), HasSubstr("IN ('f', 'l')"));
  EXPECT_THAT(sql::forget_deleted(visits("report"), names), HasSubstr("IN ('f')"));
}

TEST(Removal, AReferenceByAMarkedRowIsNoneForAMarkAndIsOneForADelete) {
  EXPECT_THAT(sql::keep_if_referenced(visits(softly), names), HasSubstr("c.\"hidden\""));
  EXPECT_THAT(sql::keep_if_referenced(visits("hard"), names), Not(HasSubstr("c.\"hidden\"")));
}

TEST(Removal, AMarkIsOfTheTypeOfItsColumn) {
  EXPECT_EQ(visits(softly).soft_marked, "true");
  EXPECT_EQ(visits(softly).soft_unmarked, "false");
  EXPECT_EQ(visits(softly, "timestamp with time zone").soft_marked, "pg_catalog.now()");
  for (const char* local : {"timestamp without time zone", "date"}) {
    EXPECT_EQ(visits(softly, local).soft_marked, "(pg_catalog.now() AT TIME ZONE 'Asia/Kolkata')");
    EXPECT_EQ(visits(softly, local).soft_unmarked, "NULL");
  }
}

TEST(Removal, AColumnThatCannotBeAMarkIsRefused) {
  const auto refusal = [](const std::string& policy, const std::string& type, const With& with = {}) {
    return text_of(plan_visits(policy, type, with).refusals);
  };
  EXPECT_THAT(refusal(softly, "integer"), HasSubstr("is of type integer"));
  EXPECT_THAT(refusal(softly, "timestamp with time zone", {.not_null = true}), HasSubstr("must be able to be NULL"));
  EXPECT_THAT(refusal(softly, "boolean", {.not_null = true, .has_default = true}), IsEmpty());
  EXPECT_THAT(refusal(softly, "boolean", {.generated = true}), HasSubstr("is generated"));
  EXPECT_THAT(refusal("soft, soft_delete: {column: none}", "boolean"), HasSubstr("does not exist"));
  EXPECT_THAT(refusal("soft, soft_delete: {column: text}", "boolean"), HasSubstr("is copied from the desktop"));
}

TEST(Removal, NothingIsAskedForWhereNothingIsRemoved) {
  EXPECT_FALSE(visits("ignore").deletes_in(Mode::full));
  EXPECT_TRUE(visits("report").deletes_in(Mode::full));
  EXPECT_FALSE(visits("hard").deletes_in(Mode::incremental));
  EXPECT_FALSE(visits("report").removes_deleted());
}

TEST(Removal, TheRightsItTakesAreAskedFor) {
  const auto refusal = [](const std::string& policy) {
    const auto map = map_of("map: m\ntables: [{desktop: t, deletes: " + policy + "}]\n");
    auto cloud = table("t", {column("id", "integer"), column("gone", "boolean")}, {"id"});
    cloud.can_delete = false;
    cloud.referrers = {{{"public", "note"}, {"t_id"}, {"id"}}};
    cloud.referrers.front().can_select = false;
    return text_of(make_plan(map, Mode::full, {table("t", {column("id", "integer")})}, {cloud}).refusals);
  };
  EXPECT_THAT(refusal("hard"), HasSubstr("UPDATE, DELETE ON"));
  EXPECT_THAT(refusal("hard"), HasSubstr("SELECT ON \"public\".\"note\""));
  EXPECT_THAT(refusal(softly), Not(HasSubstr("DELETE")));
  EXPECT_THAT(refusal(softly), HasSubstr("SELECT ON \"public\".\"note\""));
  EXPECT_THAT(refusal("report"), IsEmpty());
}

}  // namespace
}  // namespace engine::plan::test
