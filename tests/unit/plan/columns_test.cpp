#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/plan/tables.hpp"

// What is copied, computed, ignored, left to a default, skipped; and by which columns rows are identified.
namespace engine::plan::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TableTask forward(const std::string& lines, const catalog::TableSchema& desktop, const catalog::TableSchema& cloud,
                  const ExpressionFacts& facts = {}) {
  return only_task(make_plan(map_with_table(lines), Mode::full, {desktop}, {cloud}, {{0, facts}}));
}
TableTask reverse(const std::string& lines, const catalog::TableSchema& desktop, const catalog::TableSchema& cloud,
                  const ExpressionFacts& facts = {}) {
  return only_task(
      make_plan(map_with_table("direction: reverse\n" + lines), Mode::reverse, {desktop}, {cloud}, {{0, facts}}));
}
Plan plan_of(const std::string& lines, const catalog::TableSchema& desktop, const catalog::TableSchema& cloud,
             const ExpressionFacts& facts = {}) {
  return make_plan(map_with_table(lines), Mode::full, {desktop}, {cloud}, {{0, facts}});
}

const auto id = column("id", "integer");

TEST(Columns, TheSameNamesAreCopiedInTheTargetsOrder) {
  const auto task = forward("", table("t", {column("b", "text"), id, column("a", "text")}),
                            table("t", {id, column("a", "text"), column("b", "text")}, {"id"}));
  EXPECT_THAT(fed_columns(task), ElementsAre("id", "a", "b"));
  for (const auto& one : task.columns) {
    EXPECT_EQ(one.role, Role::copied);
    EXPECT_EQ(one.source, one.target);
    EXPECT_EQ(one.conversion.sent, "\"t\".\"" + one.source + "\"");
  }
  EXPECT_THAT(task.ignored, IsEmpty());
  EXPECT_THAT(task.defaulted, IsEmpty());
  EXPECT_THAT(task.skipped, IsEmpty());
}

TEST(Columns, NamesAreExactAndNeverFolded) {
  const auto task =
      forward("", table("t", {id, column("Name", "text")}), table("t", {id, column("name", "text")}, {"id"}));
  EXPECT_THAT(task.ignored, ElementsAre("Name"));
  EXPECT_THAT(task.defaulted, ElementsAre("name"));
}

TEST(Columns, WhatOnlyOneSideHasIsNamed) {
  const auto task = forward("", table("t", {id, column("only_desktop", "text")}),
                            table("t", {id, column("only_cloud", "text")}, {"id"}));
  EXPECT_THAT(fed_columns(task), ElementsAre("id"));
  EXPECT_THAT(task.ignored, ElementsAre("only_desktop"));
  EXPECT_THAT(task.defaulted, ElementsAre("only_cloud"));
}

TEST(Columns, SkipTakesEitherSidesName) {
  const auto desktop = table("t", {id, column("a", "text"), column("old", "text"), column("only_desktop", "text")});
  const auto cloud = table("t", {id, column("a", "text"), column("new", "text"), column("only_cloud", "text")}, {"id"});
  for (const std::string name : {"old", "new"}) {
    const auto task = forward("skip: [a, " + name + ", only_desktop, only_cloud]\nrename: {old: new}", desktop, cloud);
    EXPECT_THAT(fed_columns(task), ElementsAre("id"));
    EXPECT_THAT(task.skipped, testing::IsSupersetOf({"a", "only_desktop", "only_cloud"}));
    EXPECT_THAT(task.defaulted, IsEmpty());
    for (const auto& one : task.ignored)
      EXPECT_THAT(one, testing::AnyOf("old", "new")) << "it is the other name of a skipped column";
  }
}

TEST(Columns, SkippingAColumnThatNeitherSideHasIsAProblemWithItsPlace) {
  const auto plan = plan_of("skip: [typo]", table("t", {id}), table("t", {id}, {"id"}));
  EXPECT_EQ(text_of(plan.problems), "m.yaml:4:12: skip: column typo exists on neither side\n");
}

TEST(Columns, DefaultsAreOnlyForTablesThatHaveTheColumns) {
  const auto plan = make_plan(
      map_of(
          "map: m\ndefaults:\n  skip: [s]\n  rename: {a: b}\n  forward: {columns: {c: '1'}}\ntables: [{desktop: t}]\n"),
      Mode::full, {table("t", {id})}, {table("t", {id}, {"id"})});
  EXPECT_EQ(text_of(plan.problems), "");
  EXPECT_EQ(plan.tasks.size(), 1u);
}

TEST(Columns, ARenamedColumnIsCopiedForward) {
  const auto task = forward("rename: {old: new}", table("t", {id, column("old", "text")}),
                            table("t", {id, column("new", "text")}, {"id"}));
  ASSERT_NE(fed(task, "new"), nullptr);
  EXPECT_EQ(fed(task, "new")->source, "old");
  EXPECT_EQ(fed(task, "new")->conversion.sent, "\"t\".\"old\"");
  EXPECT_THAT(task.ignored, IsEmpty());
}

TEST(Columns, ARenamedColumnIsCopiedBackUnderItsDesktopName) {
  const auto task = reverse("rename: {old: new}", table("t", {id, column("old", "text")}),
                            table("t", {id, column("new", "text")}, {"id"}));
  ASSERT_NE(fed(task, "old"), nullptr);
  EXPECT_EQ(fed(task, "old")->source, "new");
  EXPECT_THAT(task.ignored, IsEmpty());
}

TEST(Columns, TwoColumnsCanChangeTheirNames) {
  const std::vector<catalog::Column> columns = {id, column("a", "text"), column("b", "text")};
  for (const auto& task : {forward("rename: {a: b, b: a}", table("t", columns), table("t", columns, {"id"})),
                           reverse("rename: {a: b, b: a}", table("t", columns), table("t", columns, {"id"}))}) {
    EXPECT_EQ(fed(task, "a")->source, "b");
    EXPECT_EQ(fed(task, "b")->source, "a");
  }
}

TEST(Columns, ARenamedColumnNoLongerFeedsTheColumnOfItsOldName) {
  const auto desktop = table("t", {id, column("a", "text")});
  const auto cloud = table("t", {id, column("a", "text"), column("b", "text")}, {"id"});
  const auto task = forward("rename: {a: b}", desktop, cloud);
  EXPECT_THAT(fed_columns(task), ElementsAre("id", "b"))
      << "the desktop's a is the cloud's b; the cloud's a is something else";
  EXPECT_THAT(task.defaulted, ElementsAre("a"));
  const auto back = reverse("rename: {b: a}", table("t", {id, column("a", "text"), column("b", "text")}),
                            table("t", {id, column("a", "text")}, {"id"}));
  EXPECT_THAT(fed_columns(back), ElementsAre("id", "b"));
}

TEST(Columns, ARenameOfAColumnThatIsNotThereIsAProblemWithItsPlace) {
  const auto plan = plan_of("rename: {x: y}", table("t", {id}), table("t", {id}, {"id"}));
  EXPECT_EQ(text_of(plan.problems),
            "m.yaml:4:14: rename: column x does not exist in the desktop table t\n"
            "m.yaml:4:14: rename: column y does not exist in the cloud table t\n");
}

ExpressionFacts facts(const std::string& target, const std::string& declared) {
  ExpressionFacts known;
  known.types[target] = type(declared);
  return known;
}

TEST(Columns, AnExpressionComputesAColumnInParenthesesOfItsOwn) {
  const auto task =
      forward("forward: {columns: {a: \"left(b, 2)\"}}", table("t", {id, column("a", "text"), column("b", "text")}),
              table("t", {id, column("a", "text")}, {"id"}), facts("a", "text"));
  EXPECT_EQ(fed(task, "a")->role, Role::computed);
  EXPECT_EQ(fed(task, "a")->source, "");
  EXPECT_EQ(fed(task, "a")->conversion.sent, "(left(b, 2))");
}

TEST(Columns, AnExpressionIsConvertedFromTheTypeThatPostgresSaysItHas) {
  const auto cloud = table("t", {id, column("a", "integer")}, {"id"});
  const auto task = forward("forward: {columns: {a: b * 1.5}}", table("t", {id}), cloud, facts("a", "numeric"));
  EXPECT_NE(fed(task, "a")->conversion.fits, "");
  const auto plan = plan_of("forward: {columns: {a: b}}", table("t", {id}), cloud, facts("a", "text"));
  EXPECT_THAT(text_of(plan.refusals), HasSubstr("column a: a value of type text cannot become integer"));
}

TEST(Columns, AnExpressionForAColumnTheTargetLacksOrGeneratesIsAProblem) {
  const auto plan = plan_of("forward: {columns: {nowhere: '1', made: '2'}}", table("t", {id}),
                            table("t", {id, column("made", "integer", {.generated = true})}, {"id"}));
  EXPECT_EQ(text_of(plan.problems),
            "m.yaml:4:34: column nowhere does not exist in the target table t\n"
            "m.yaml:4:45: column made is generated by the target and cannot be written\n");
}

TEST(Columns, GeneratedColumnsAreNotCopiedAndIdentityColumnsAre) {
  const auto desktop = table("t", {id, column("total", "integer"), column("n", "integer")});
  const auto cloud = table("t",
                           {id, column("total", "integer", {.generated = true}),
                            column("n", "integer", {.not_null = true, .identity = 'a'})},
                           {"id"});
  const auto task = forward("", desktop, cloud);
  EXPECT_THAT(fed_columns(task), ElementsAre("id", "n"));
  EXPECT_FALSE(fed(task, "n")->updatable) << "GENERATED ALWAYS: can be inserted, not updated";
  EXPECT_FALSE(fed(task, "n")->compared());
  EXPECT_TRUE(fed(task, "id")->updatable);
  EXPECT_THAT(task.defaulted, IsEmpty());
  const auto by_default =
      forward("", desktop, table("t", {id, column("n", "integer", {.not_null = true, .identity = 'd'})}, {"id"}));
  EXPECT_TRUE(fed(by_default, "n")->updatable);
}

TEST(Columns, ASequenceBehindACopiedColumnIsMoved) {
  const auto cloud = table("t",
                           {column("id", "integer", {.has_default = true, .sequence = "public.t_id_seq"}),
                            column("n", "integer", {.sequence = "public.n_seq"})},
                           {"id"});
  const auto task = forward("", table("t", {id}), cloud);
  ASSERT_EQ(task.sequences.size(), 1u) << "nothing is copied into n, so its sequence stays";
  EXPECT_EQ(task.sequences[0].column, "id");
  EXPECT_EQ(task.sequences[0].sequence, "public.t_id_seq");
}

TEST(Columns, AColumnThatMustNotBeNullAndThatNothingFeedsIsRefused) {
  const auto refused = [](const catalog::Column& lonely) {
    return text_of(plan_of("", table("t", {id}), table("t", {id, lonely}, {"id"})).refusals);
  };
  EXPECT_THAT(refused(column("need", "text", {.not_null = true})),
              HasSubstr("t: column need of the target must not be NULL, and nothing feeds it"));
  EXPECT_EQ(refused(column("need", "text")), "");
  EXPECT_EQ(refused(column("need", "text", {.not_null = true, .has_default = true})), "");
  EXPECT_EQ(refused(column("need", "integer", {.not_null = true, .identity = 'a'})), "");
  EXPECT_EQ(refused(column("need", "integer", {.not_null = true, .identity = 'd'})), "");
  EXPECT_EQ(refused(column("need", "integer", {.not_null = true, .generated = true})), "");
}

TEST(Columns, ASkippedColumnThatMustNotBeNullIsRefusedToo) {
  const auto plan = plan_of("skip: [need]", table("t", {id, column("need", "text")}),
                            table("t", {id, column("need", "text", {.not_null = true})}, {"id"}));
  EXPECT_THAT(text_of(plan.refusals), HasSubstr("column need of the target must not be NULL"));
}

TEST(Columns, EveryReasonOfATableIsNamedAtOnce) {
  const auto plan =
      plan_of("", table("t", {column("id", "integer"), column("a", "text")}),
              table("t", {id, column("a", "integer"), column("need", "text", {.not_null = true})}, {"id"}));
  ASSERT_EQ(plan.refusals.size(), 1u);
  EXPECT_THAT(plan.refusals[0].reason, HasSubstr("column a:"));
  EXPECT_THAT(plan.refusals[0].reason, HasSubstr("column need"));
}

TEST(Columns, TablesWithNothingInCommonAreRefused) {
  const auto plan = plan_of("", table("t", {column("a", "text")}), table("t", {column("b", "text")}));
  EXPECT_THAT(text_of(plan.refusals), HasSubstr("no column in common"));
}

// ---- key

TEST(Key, TheOneThatTheMapGivesIsInDesktopNames) {
  const auto desktop = table("t", {column("d_id", "integer"), column("org", "integer")});
  const auto cloud = table("t", {column("c_id", "integer"), column("org", "integer")});
  EXPECT_THAT(forward("key: [d_id, org]\nrename: {d_id: c_id}", desktop, cloud).key, ElementsAre("c_id", "org"));
  EXPECT_THAT(reverse("key: [d_id, org]\nrename: {d_id: c_id}", desktop, cloud).key, ElementsAre("d_id", "org"));
}

TEST(Key, TheColumnsOfTheKeyAreMarked) {
  const auto task = forward("key: [id]", table("t", {id, column("a", "text")}), table("t", {id, column("a", "text")}));
  EXPECT_TRUE(fed(task, "id")->key);
  EXPECT_FALSE(fed(task, "a")->key);
  ASSERT_EQ(task.key_columns().size(), 1u);
  EXPECT_EQ(task.key_columns()[0].target, "id");
}

TEST(Key, WithoutOneInTheMapTheCloudsPrimaryKeyCounts) {
  const auto desktop = table("t", {id, column("nr", "integer")}, {"nr"});
  const auto cloud = table("t", {id, column("nr", "integer")}, {"id"});
  EXPECT_THAT(forward("", desktop, cloud).key, ElementsAre("id"));
  EXPECT_THAT(reverse("", desktop, cloud).key, ElementsAre("id"));
}

TEST(Key, TheCloudsPrimaryKeyIsFoundUnderItsDesktopName) {
  const auto desktop = table("t", {column("d", "integer")});
  const auto cloud = table("t", {column("c", "integer")}, {"c"});
  EXPECT_THAT(forward("rename: {d: c}", desktop, cloud).key, ElementsAre("c"));
  EXPECT_THAT(reverse("rename: {d: c}", desktop, cloud).key, ElementsAre("d"));
}

TEST(Key, WhereTheDesktopLacksTheCloudsKeyItsOwnCounts) {
  const auto desktop = table("t", {id, column("nr", "integer")}, {"nr"});
  const auto cloud = table("t", {column("uuid", "uuid", {.has_default = true}), column("nr", "integer")}, {"uuid"});
  EXPECT_THAT(forward("", desktop, cloud).key, ElementsAre("nr"));
}

TEST(Key, ASkippedPrimaryKeyIsNoKey) {
  const auto desktop = table("t", {id, column("nr", "integer")}, {"nr"});
  const auto cloud = table("t", {column("id", "integer", {.has_default = true}), column("nr", "integer")}, {"id"});
  EXPECT_THAT(forward("skip: [id]", desktop, cloud).key, ElementsAre("nr"));
}

TEST(Key, WithoutAnyTheTableIsRefused) {
  EXPECT_THAT(text_of(plan_of("", table("t", {id}), table("t", {id})).refusals),
              HasSubstr("t: no key: neither side has a primary key"));
}

TEST(Key, AUniqueIndexThatIsNotThePrimaryKeyIsNotGuessed) {
  auto cloud = table("t", {column("id", "integer", {.not_null = true})});
  cloud.unique_keys.push_back({"u", false, {"id"}});
  EXPECT_THAT(text_of(plan_of("", table("t", {id}), cloud).refusals), HasSubstr("no key"));
}

TEST(Key, AColumnTheDesktopLacksIsAProblemWithItsPlace) {
  const auto plan = plan_of("key: [id, nowhere]", table("t", {id}), table("t", {id}, {"id"}));
  EXPECT_EQ(text_of(plan.problems), "m.yaml:4:15: key: column nowhere does not exist in the desktop table t\n");
}

TEST(Key, AColumnThatTheCloudLacksCannotBeAKey) {
  const auto plan = plan_of("key: [id]", table("t", {id, column("a", "text")}), table("t", {column("a", "text")}));
  EXPECT_THAT(text_of(plan.refusals), HasSubstr("key column id of the target is not copied"));
}

TEST(Key, AComputedColumnCanBeAKey) {
  const auto task =
      forward("key: [code]\nforward: {columns: {code: upper(name)}}", table("t", {column("name", "text")}),
              table("t", {column("code", "text")}), facts("code", "text"));
  EXPECT_THAT(task.key, ElementsAre("code"));
  EXPECT_FALSE(task.source_unique);
}

TEST(Key, OnlyACompleteUniqueIndexOfNotNullColumnsCanArbitrate) {
  const auto desktop = table("t", {id, column("org", "integer")});
  const auto arbiter = [&](catalog::TableSchema cloud, const std::string& key = "[id, org]") {
    return forward("key: " + key, desktop, cloud).arbiter;
  };
  const auto both = std::vector<catalog::Column>{column("id", "integer", {.not_null = true}),
                                                 column("org", "integer", {.not_null = true})};
  EXPECT_TRUE(arbiter(table("t", both, {"org", "id"}))) << "in any order";
  EXPECT_FALSE(arbiter(table("t", both, {"id"}))) << "another key than the map's";
  EXPECT_FALSE(arbiter(table("t", both, {"id", "org"}), "[id]")) << "too wide";
  EXPECT_FALSE(arbiter(table("t", both)));
  auto nullable = table("t", {column("id", "integer", {.not_null = true}), column("org", "integer")});
  nullable.unique_keys.push_back({"u", false, {"id", "org"}});
  EXPECT_FALSE(arbiter(nullable)) << "a NULL in the key would grow by a row each run";
  nullable.columns[1].not_null = true;
  EXPECT_TRUE(arbiter(nullable)) << "it need not be the primary key";
}

TEST(Key, AMissingUniqueIndexIsNoted) {
  EXPECT_THAT(forward("key: [id]", table("t", {id}), table("t", {id})).notes,
              ElementsAre(HasSubstr("no unique index on the key (id)")));
  EXPECT_THAT(forward("key: [id]", table("t", {id}), table("t", {id}, {"id"})).notes, IsEmpty());
}

TEST(Key, ASourceIsUniqueOnlyWhereItsOwnIndexSaysSoAndNothingIsJoined) {
  const auto cloud = table("t", {id}, {"id"});
  EXPECT_TRUE(forward("", table("t", {id}, {"id"}), cloud).source_unique);
  EXPECT_FALSE(forward("", table("t", {id}), cloud).source_unique);
  EXPECT_FALSE(forward("forward: {join: \"JOIN x ON true\"}", table("t", {id}, {"id"}), cloud).source_unique)
      << "a join can multiply rows";
  EXPECT_FALSE(forward("forward: {columns: {id: id / 2}}", table("t", {id}, {"id"}), cloud, facts("id", "integer"))
                   .source_unique);
}

TEST(Key, NullsAreMatchedOnlyWhereBothSidesMayHoldThem) {
  const auto plain = column("id", "integer");
  const auto firm = column("id", "integer", {.not_null = true});
  EXPECT_TRUE(fed(forward("key: [id]", table("t", {plain}), table("t", {plain})), "id")->nullable_key);
  EXPECT_FALSE(fed(forward("key: [id]", table("t", {firm}), table("t", {plain})), "id")->nullable_key);
  EXPECT_FALSE(fed(forward("key: [id]", table("t", {plain}), table("t", {firm})), "id")->nullable_key);
  EXPECT_TRUE(fed(forward("key: [id]\nforward: {columns: {id: \"nullif(id, 0)\"}}", table("t", {firm}),
                          table("t", {plain}), facts("id", "integer")),
                  "id")
                  ->nullable_key)
      << "an expression may make a NULL of anything";
}

// ---- origin

const auto marked = table("t", {id, column("source", "character(1)")});
const std::string origin = "origin: {column: source, desktop: D, cloud: M}";

TEST(Origin, TheDesktopsMarkIsSentWhereItHasNone) {
  const auto task = forward(origin, marked, table("t", {id, column("source", "character(1)")}, {"id"}));
  EXPECT_EQ(fed(task, "source")->role, Role::origin);
  EXPECT_EQ(fed(task, "source")->conversion.sent, "coalesce(\"t\".\"source\", 'D')");
  EXPECT_THAT(task.conditions, ElementsAre("\"t\".\"source\"::text IS DISTINCT FROM 'M'"));
  EXPECT_EQ(task.origin_column, "source");
  EXPECT_EQ(task.origin_cloud, "M");
}

TEST(Origin, ADesktopWithoutTheColumnSendsItsMarkInEveryRow) {
  const auto task = forward(origin, table("t", {id}), table("t", {id, column("source", "character(1)")}, {"id"}));
  EXPECT_EQ(fed(task, "source")->conversion.sent, "CAST('D' AS character(1))");
  EXPECT_THAT(task.conditions, IsEmpty());
  EXPECT_EQ(task.origin_column, "source");
}

TEST(Origin, AnEnumColumnTakesTheMarkAsText) {
  const auto task =
      forward(origin, table("t", {id}), table("t", {id, column("source", "born", {.builtin = false})}, {"id"}));
  EXPECT_EQ(fed(task, "source")->conversion.sent, "CAST('D' AS text)");
  EXPECT_EQ(fed(task, "source")->conversion.assigned, "s.\"source\"::text::born");
}

TEST(Origin, ARenamedMarkIsReadUnderItsDesktopName) {
  const auto task = forward(origin + "\nrename: {src: source}", table("t", {id, column("src", "text")}),
                            table("t", {id, column("source", "text")}, {"id"}));
  EXPECT_EQ(fed(task, "source")->conversion.sent, "coalesce(\"t\".\"src\", 'D')");
  EXPECT_THAT(task.conditions, ElementsAre("\"t\".\"src\"::text IS DISTINCT FROM 'M'"));
  EXPECT_THAT(task.ignored, IsEmpty());
}

TEST(Origin, ACloudTableWithoutTheColumnIsAProblemUnlessTheDefaultsSayIt) {
  const auto plan = plan_of(origin, marked, table("t", {id}, {"id"}));
  EXPECT_EQ(text_of(plan.problems), "m.yaml:4:13: origin: column source does not exist in the cloud table t\n");
  const auto by_default = make_plan(map_of("map: m\ndefaults: {" + origin + "}\ntables: [{desktop: t}]\n"), Mode::full,
                                    {marked}, {table("t", {id}, {"id"})});
  const auto task = only_task(by_default);
  EXPECT_EQ(task.origin_column, "");
  EXPECT_THAT(task.conditions, IsEmpty());
}

TEST(Origin, TheWayBackCopiesTheMarkAsItIs) {
  const auto task = reverse(origin, marked, table("t", {id, column("source", "character(1)")}, {"id"}));
  EXPECT_EQ(fed(task, "source")->role, Role::copied);
  EXPECT_EQ(task.origin_column, "");
  EXPECT_THAT(task.conditions, IsEmpty());
}

TEST(Origin, MarksWithQuotesStayLiterals) {
  const auto task = forward("origin: {column: source, desktop: \"D'; DROP\", cloud: \"M'\"}", marked,
                            table("t", {id, column("source", "text")}, {"id"}));
  EXPECT_EQ(fed(task, "source")->conversion.sent, "coalesce(\"t\".\"source\", 'D''; DROP')");
  EXPECT_THAT(task.conditions, ElementsAre("\"t\".\"source\"::text IS DISTINCT FROM 'M'''"));
}

// ---- watermark

const auto stamps = std::vector<catalog::Column>{id,
                                                 column("created_at", "timestamp without time zone"),
                                                 column("updated_at", "timestamp with time zone"),
                                                 column("day", "date"),
                                                 column("n", "integer"),
                                                 column("many", "timestamp without time zone[]")};
const auto stamped_cloud = table(
    "t", {id, column("created_at", "timestamp without time zone"), column("updated_at", "timestamp with time zone")},
    {"id"});
catalog::TableSchema without(std::vector<catalog::Column> columns, const std::string& name) {
  std::erase_if(columns, [&](const auto& one) { return one.name == name; });
  return table("t", columns);
}

TEST(WatermarkColumn, IsUpdatedAtByDefaultAndElseCreatedAt) {
  const auto task = forward("", table("t", stamps), stamped_cloud);
  EXPECT_EQ(task.watermark, "\"t\".\"updated_at\"");
  EXPECT_EQ(task.watermark_text, "updated_at");
  EXPECT_TRUE(fed(task, "updated_at")->watermark);
  EXPECT_FALSE(fed(task, "updated_at")->compared());
  EXPECT_FALSE(fed(task, "created_at")->watermark);
  EXPECT_EQ(forward("", without(stamps, "updated_at"), stamped_cloud).watermark_text, "created_at");
  EXPECT_EQ(forward("", table("t", {id}), stamped_cloud).watermark, "");
}

TEST(WatermarkColumn, AnUnusableUpdatedAtIsPassedOverForCreatedAt) {
  auto odd = without(stamps, "updated_at");
  odd.columns.push_back(column("updated_at", "integer"));
  EXPECT_EQ(forward("skip: [updated_at]", odd, stamped_cloud).watermark_text, "created_at");
}

TEST(WatermarkColumn, NoneMeansNone) {
  const auto task = forward("watermark: none", table("t", stamps), stamped_cloud);
  EXPECT_EQ(task.watermark, "");
  EXPECT_EQ(task.watermark_text, "");
  EXPECT_TRUE(fed(task, "updated_at")->compared()) << "then it is a column like any other";
  const auto by_default = only_task(make_plan(map_of("map: m\ndefaults: {watermark: none}\ntables: [{desktop: t}]\n"),
                                              Mode::full, {table("t", stamps)}, {stamped_cloud}));
  EXPECT_EQ(by_default.watermark, "");
}

TEST(WatermarkColumn, OfAListTheGreatestCountsAndAllAreNoReasonToWrite) {
  const auto task = forward("watermark: [updated_at, created_at]", table("t", stamps), stamped_cloud);
  EXPECT_EQ(task.watermark, "greatest(\"t\".\"updated_at\", (\"t\".\"created_at\"::timestamp AT TIME ZONE 'UTC'))");
  EXPECT_EQ(task.watermark_text, "updated_at, created_at");
  EXPECT_FALSE(fed(task, "created_at")->compared());
  EXPECT_FALSE(fed(task, "updated_at")->compared());
  EXPECT_TRUE(fed(task, "id")->compared());
}

TEST(WatermarkColumn, AStampWithoutAZoneIsReadInTheSourcesZone) {
  const auto map = map_of("map: m\ndesktop: {timezone: Asia/Kolkata}\ntables: [{desktop: t, watermark: created_at}]\n");
  const auto task = only_task(make_plan(map, Mode::full, {table("t", stamps)}, {stamped_cloud}));
  EXPECT_EQ(task.watermark, "(\"t\".\"created_at\"::timestamp AT TIME ZONE 'Asia/Kolkata')");
  EXPECT_EQ(task.source_zone, "Asia/Kolkata");
}

TEST(WatermarkColumn, ADayIsAStampToo) {
  EXPECT_EQ(forward("watermark: day", table("t", stamps), stamped_cloud).watermark,
            "(\"t\".\"day\"::timestamp AT TIME ZONE 'UTC')");
}

TEST(WatermarkColumn, FromTheDefaultsAMissingOnePassesOver) {
  const auto map = map_of("map: m\ndefaults: {watermark: [updated_at, created_at]}\ntables: [{desktop: t}]\n");
  const auto task = only_task(make_plan(map, Mode::full, {without(stamps, "updated_at")}, {stamped_cloud}));
  EXPECT_EQ(task.watermark_text, "created_at");
  EXPECT_EQ(only_task(make_plan(map, Mode::full, {table("t", {id, column("updated_at", "integer")})},
                                {table("t", {id}, {"id"})}))
                .watermark,
            "");
}

TEST(WatermarkColumn, OneThatTheTableNamesMustBeThereAndBeAStamp) {
  const auto plan = plan_of("watermark: [nowhere, n, many]", table("t", stamps), stamped_cloud);
  EXPECT_EQ(text_of(plan.problems),
            "m.yaml:4:17: watermark: column nowhere does not exist in the source table t\n"
            "m.yaml:4:26: watermark: column n is no timestamp\n"
            "m.yaml:4:29: watermark: column many is no timestamp\n");
}

TEST(WatermarkColumn, AKeyColumnStaysAReasonToWrite) {
  const auto task =
      forward("key: [id, day]\nwatermark: day", table("t", stamps), table("t", {id, column("day", "date")}));
  EXPECT_FALSE(fed(task, "day")->watermark);
}

TEST(WatermarkColumn, ARenamedOneIsFoundBothWays) {
  const auto desktop = table("t", {id, column("changed", "timestamp with time zone")});
  const auto cloud = table("t", {id, column("updated_at", "timestamp with time zone")}, {"id"});
  for (const std::string name : {"changed", "updated_at"}) {
    const auto task = forward("watermark: " + name + "\nrename: {changed: updated_at}", desktop, cloud);
    EXPECT_EQ(task.watermark, "\"t\".\"changed\"");
    EXPECT_TRUE(fed(task, "updated_at")->watermark);
    const auto back = reverse("watermark: " + name + "\nrename: {changed: updated_at}", desktop, cloud);
    EXPECT_EQ(back.watermark, "\"t\".\"updated_at\"");
    EXPECT_TRUE(fed(back, "changed")->watermark);
  }
}

}  // namespace
}  // namespace engine::plan::test
