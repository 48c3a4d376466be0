#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/error.hpp"
#include "tests/unit/plan/tables.hpp"

namespace engine::plan::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const auto id = column("id", "integer");
const auto desktop_table = table("t", {id, column("a", "text")});
const auto cloud_table = table("t", {id, column("a", "text")}, {"id"});

Plan full(const config::TableMap& map, const std::vector<catalog::TableSchema>& desktop,
          const std::vector<catalog::TableSchema>& cloud) {
  return make_plan(map, Mode::full, desktop, cloud);
}

TEST(Planner, ATaskSaysFromWhereToWhere) {
  auto desktop = table("mbreminder", {id});
  desktop.estimated_rows = 132;
  const auto plan = full(map_of("map: practice\ntables: [{desktop: mbreminder, cloud: reminder}]\n"), {desktop},
                         {table("reminder", {id}, {"id"})});
  ASSERT_EQ(plan.tasks.size(), 1u);
  const auto& task = plan.tasks[0];
  EXPECT_EQ(task.map, "practice");
  EXPECT_EQ(task.title, "reminder");
  EXPECT_EQ(task.source_title, "mbreminder");
  EXPECT_EQ(task.source, (QualifiedName{"public", "mbreminder"}));
  EXPECT_EQ(task.target, (QualifiedName{"public", "reminder"}));
  EXPECT_EQ(task.direction, Direction::forward);
  EXPECT_EQ(task.estimated_rows, 132);
  EXPECT_EQ(task.table_oid, 16400);
  EXPECT_EQ(task.schema_hash, desktop.hash());
  EXPECT_EQ(task.guarantee, "exact");
  EXPECT_EQ(task.whole_why, "");
}

TEST(Planner, TheWayBackReadsTheCloudAndWritesTheDesktop) {
  const auto map = map_of("map: m\ntables: [{desktop: mbreminder, cloud: reminder, direction: reverse}]\n");
  const auto plan = make_plan(map, Mode::reverse, {table("mbreminder", {id})}, {table("reminder", {id}, {"id"})});
  ASSERT_EQ(plan.tasks.size(), 1u);
  EXPECT_EQ(plan.tasks[0].title, "mbreminder");
  EXPECT_EQ(plan.tasks[0].source_title, "reminder");
  EXPECT_EQ(plan.tasks[0].direction, Direction::reverse);
}

TEST(Planner, ATableIsCalledWithItsSchemaOnlyWhereThatIsNotTheMaps) {
  const auto map = map_of("map: m\ncloud: {schema: api}\ntables: [{desktop: a}, {desktop: b, cloud: other.b}]\n");
  EXPECT_EQ(title_of(map, map.tables[0], Direction::forward), "a");
  EXPECT_EQ(title_of(map, map.tables[1], Direction::forward), "other.b");
  EXPECT_EQ(title_of(map, map.tables[1], Direction::reverse), "b");
}

// ---- which tables

config::TableMap three() {
  return map_of("map: m\ntables: [{desktop: a}, {desktop: b, cloud: c}, {desktop: r, direction: reverse}]\n");
}

TEST(Selection, AllTablesOfTheDirectionAndNoOthers) {
  EXPECT_THAT(selected(three(), {Mode::full, {}, false}), ElementsAre(0, 1));
  EXPECT_THAT(selected(three(), {Mode::incremental, {}, false}), ElementsAre(0, 1));
  EXPECT_THAT(selected(three(), {Mode::reverse, {}, false}), ElementsAre(2));
}

TEST(Selection, ATableIsKnownByEitherSidesName) {
  EXPECT_THAT(selected(three(), {Mode::full, {"b"}, false}), ElementsAre(1));
  EXPECT_THAT(selected(three(), {Mode::full, {"c"}, false}), ElementsAre(1));
  EXPECT_THAT(selected(three(), {Mode::full, {"c", "b", "a"}, false}), ElementsAre(0, 1))
      << "in the order of the map, each once";
}

TEST(Selection, ANameThatTheMapLacksIsAWrongCall) {
  for (const std::string name : {"nowhere", "r", "A", "public.a"}) {
    try {
      selected(three(), {Mode::full, {"a", name}, false});
      FAIL() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::usage);
      EXPECT_THAT(error.what(), HasSubstr("table " + name + ": "));
      EXPECT_THAT(error.what(), HasSubstr("(forward)"));
      EXPECT_NE(error.hint(), "");
    }
  }
}

TEST(Selection, OnlyTheChosenTablesArePlanned) {
  const auto plan = make_plan(three(), Mode::full, {table("a", {id})}, {table("a", {id}, {"id"})}, {}, {"a"});
  EXPECT_EQ(text_of(plan.problems), "") << "what is missing of the others does not matter";
  EXPECT_EQ(plan.tasks.size(), 1u);
}

// ---- missing tables

TEST(Planner, AMissingTableIsAProblemWithItsPlace) {
  const auto map = map_of("map: m\ncloud: {schema: api}\ntables:\n  - desktop: a\n    cloud: b\n  - desktop: c\n");
  EXPECT_EQ(text_of(full(map, {}, {}).problems),
            "m.yaml:4:14: table a does not exist in the desktop database (schema public)\n"
            "m.yaml:5:12: table b does not exist in the cloud database (schema api)\n"
            "m.yaml:6:14: table c does not exist in the desktop database (schema public)\n"
            "m.yaml:6:5: table c does not exist in the cloud database (schema api)\n");
}

TEST(Planner, AMissingTableDoesNotHideWhatIsWrongWithTheOthers) {
  const auto plan = full(map_of("map: m\ntables:\n  - desktop: gone\n  - desktop: t\n    skip: [typo]\n"),
                         {desktop_table}, {cloud_table});
  EXPECT_EQ(plan.problems.size(), 3u) << text_of(plan.problems);
}

// ---- rights

TEST(Rights, WhatTheRoleMayNotDoIsNamedWithTheGrantThatHelps) {
  const auto refusal = [](auto change, Mode mode = Mode::full) {
    auto desktop = desktop_table, cloud = cloud_table;
    change(desktop, cloud);
    const std::string way = mode == Mode::reverse ? "direction: reverse" : "";
    return text_of(make_plan(map_with_table(way), mode, {desktop}, {cloud}).refusals);
  };
  EXPECT_EQ(refusal([](auto&, auto&) {}), "");
  EXPECT_THAT(refusal([](auto& desktop, auto&) { desktop.can_select = false; }),
              HasSubstr("On the desktop an administrator runs: GRANT SELECT ON \"public\".\"t\" TO pgtide;"));
  for (auto right :
       {&catalog::TableSchema::can_select, &catalog::TableSchema::can_insert, &catalog::TableSchema::can_update})
    EXPECT_THAT(
        refusal([&](auto&, auto& cloud) { cloud.*right = false; }),
        HasSubstr("On the cloud an administrator runs: GRANT SELECT, INSERT, UPDATE ON \"public\".\"t\" TO pgtide;"));
  EXPECT_THAT(refusal([](auto&, auto& cloud) { cloud.can_select = false; }, Mode::reverse),
              HasSubstr("On the cloud an administrator runs"));
  EXPECT_THAT(refusal([](auto& desktop, auto&) { desktop.can_insert = false; }, Mode::reverse),
              HasSubstr("On the desktop an administrator runs"));
  EXPECT_THAT(refusal([](auto& desktop, auto&) { desktop.can_update = false; }, Mode::reverse),
              HasSubstr("GRANT SELECT, INSERT, UPDATE"))
      << "without a unique index the desktop is locked, which needs the right";
  const auto indexed = [](auto& desktop, auto&) {
    desktop = table("t", {column("id", "integer"), column("a", "text")}, {"id"});
  };
  EXPECT_EQ(
      refusal([&](auto& desktop, auto& cloud) { indexed(desktop, cloud), desktop.can_update = false; }, Mode::reverse),
      "")
      << "reverse never updates";
  EXPECT_THAT(
      refusal([&](auto& desktop, auto& cloud) { indexed(desktop, cloud), desktop.can_insert = false; }, Mode::reverse),
      HasSubstr("GRANT SELECT, INSERT ON"));
  EXPECT_EQ(refusal([](auto& desktop, auto&) { desktop.can_insert = desktop.can_update = false; }), "")
      << "the source is only read";
}

TEST(Rights, WhatLiesAroundTheTableCountsToo) {
  const auto refusal = [](auto change) {
    auto desktop = desktop_table, cloud = cloud_table;
    change(desktop, cloud);
    return text_of(full(map_with_table(), {desktop}, {cloud}).refusals);
  };
  EXPECT_THAT(refusal([](auto& desktop, auto&) { desktop.can_use_schema = false; }),
              HasSubstr("On the desktop an administrator runs: GRANT USAGE ON SCHEMA \"public\" TO pgtide;"));
  EXPECT_THAT(refusal([](auto&, auto& cloud) { cloud.can_use_schema = false; }),
              HasSubstr("On the cloud an administrator runs: GRANT USAGE ON SCHEMA \"public\" TO pgtide;"));
  const auto numbered = [&](With with, const std::string& name) {
    return refusal([&](auto&, auto& cloud) {
      cloud.columns.push_back(column(name, "integer", with));
      cloud.columns.back().locked_sequence = "public.s";
    });
  };
  EXPECT_THAT(numbered({.has_default = true}, "nr"), HasSubstr("GRANT USAGE ON SEQUENCE public.s TO pgtide;"));
  EXPECT_EQ(numbered({.identity = 'd'}, "nr"), "") << "an identity asks for no right";
}

TEST(Rights, RowsThatSecurityHidesWouldBeLostInSilenceAndAreRefused) {
  auto hidden = desktop_table;
  hidden.row_security = true;
  EXPECT_THAT(text_of(full(map_with_table(), {hidden}, {cloud_table}).refusals),
              HasSubstr("row level security hides rows of the source"));
  auto target = cloud_table;
  target.row_security = true;
  EXPECT_THAT(text_of(full(map_with_table(), {desktop_table}, {target}).refusals),
              HasSubstr("row level security hides rows of the target"));
}

TEST(Rights, OnlyTablesCanBeWritten) {
  for (const char kind : {'v', 'm', 'f'}) {
    auto target = cloud_table;
    target.kind = kind;
    EXPECT_THAT(text_of(full(map_with_table(), {desktop_table}, {target}).refusals),
                HasSubstr("the target is no table"))
        << kind;
  }
  auto partitioned = cloud_table;
  partitioned.kind = 'p';
  EXPECT_EQ(text_of(full(map_with_table(), {desktop_table}, {partitioned}).refusals), "");
}

// ---- guarantee

TEST(Guarantee, ASourceWithoutTransactionIdsIsBestEffortAndComparedWhole) {
  const auto task = [](auto change) {
    auto desktop = desktop_table;
    change(desktop);
    const auto plan = full(map_with_table(), {desktop}, {cloud_table});
    EXPECT_EQ(plan.tasks.size(), 1u);
    return plan.tasks.at(0);
  };
  for (const char kind : {'v', 'm', 'f'}) {
    const auto view = task([&](auto& desktop) { desktop.kind = kind; });
    EXPECT_FALSE(view.has_xmin);
    EXPECT_EQ(view.guarantee, "best_effort");
    EXPECT_NE(view.guarantee_why, "");
    EXPECT_EQ(view.whole_why, view.guarantee_why);
  }
  EXPECT_EQ(task([](auto& desktop) { desktop.access_method = "columnar"; }).guarantee, "best_effort");
  EXPECT_EQ(task([](auto& desktop) { desktop.foreign_parts = true; }).guarantee, "best_effort");
  EXPECT_EQ(task([](auto& desktop) { desktop.kind = 'p', desktop.access_method = ""; }).guarantee, "exact");
}

const auto stamped_table = table("t", {id, column("updated_at", "timestamp with time zone")});
const auto stamped_target = table("t", {id, column("updated_at", "timestamp with time zone")}, {"id"});

TEST(Guarantee, ABestEffortSourceWithAStampIsNotComparedWhole) {
  const auto task = [](char kind, const std::string& lines = "") {
    auto desktop = stamped_table;
    desktop.kind = kind;
    return full(map_with_table(lines), {desktop}, {stamped_target}).tasks.at(0);
  };
  for (const char kind : {'v', 'f'}) {
    EXPECT_EQ(task(kind).guarantee, "best_effort");
    EXPECT_EQ(task(kind).whole_why, "");
    EXPECT_THAT(task(kind).guarantee_why, HasSubstr("found by their stamp (updated_at)"));
    EXPECT_THAT(task(kind, "watermark: none").whole_why, HasSubstr("compared whole at every run"));
  }
  EXPECT_THAT(task('v').guarantee_why, HasSubstr("the source is a view,"));
  EXPECT_THAT(task('f').guarantee_why, HasSubstr("the source is a foreign table,"));
  EXPECT_THAT(task('m').whole_why, HasSubstr("compared whole")) << "a refresh shows rows long after they were stamped";
}

TEST(Guarantee, OnlyWhatIsLargerThanTheMapSaysIsLookedThroughSeldom) {
  const auto task = [](std::int64_t bytes, const std::string& lines, auto source) {
    source.bytes = bytes;
    return full(map_with_table(lines), {source}, {stamped_target}).tasks.at(0);
  };
  const std::string large = "large: {above: 1MB, exact_every: 12h}";
  EXPECT_EQ(task((1 << 20) + 1, large, stamped_table).exact_every, 12 * 3600);
  EXPECT_THAT(task((1 << 20) + 1, large, stamped_table).guarantee_why, HasSubstr("every 12 h"));
  EXPECT_EQ(task((1 << 20) + 1, large, stamped_table).guarantee, "exact");
  EXPECT_EQ(task(1 << 20, large, stamped_table).exact_every, 0);
  EXPECT_EQ(task(1 << 20, large, stamped_table).guarantee_why, "");
  EXPECT_EQ(task(-1, large, stamped_table).exact_every, 0) << "not known";
  EXPECT_EQ(task(1 << 30, "", stamped_table).exact_every, 0);
  EXPECT_EQ(task(1 << 30, large, desktop_table).exact_every, 0);
  EXPECT_THAT(task(1 << 30, large, desktop_table).notes, testing::Contains(HasSubstr("no watermark column")));
  auto view = stamped_table;
  view.kind = 'v';
  EXPECT_EQ(task(1 << 30, large, view).exact_every, 0);
}

TEST(Planner, ColumnsThatOnlyOneSideHasAreNoted) {
  EXPECT_EQ(full(map_with_table(), {desktop_table}, {cloud_table}).tasks.at(0).note(), "");
  const auto desktop = table("t", {id, column("new", "text"), column("newer", "text")});
  const auto cloud = table("t", {id, column("own", "text")}, {"id"});
  EXPECT_EQ(full(map_with_table(), {desktop}, {cloud}).tasks.at(0).note(),
            "only on the desktop: new, newer; only in the cloud: own");
  const auto back = map_of("map: m\ntables: [{desktop: t, direction: reverse, key: [id]}]\n");
  EXPECT_EQ(make_plan(back, Mode::reverse, {desktop}, {cloud}).tasks.at(0).note(),
            "only on the desktop: new, newer; only in the cloud: own");
}

TEST(Guarantee, AnExpressionThatDependsOnMoreThanItsRowIsComparedWholeAndStaysExact) {
  const auto task = [](const ExpressionFacts& facts) {
    return make_plan(map_with_table(), Mode::incremental, {desktop_table}, {cloud_table}, {{0, facts}}).tasks.at(0);
  };
  ExpressionFacts reads;
  reads.reads = {{"public", "jobshead"}, {"other", "x"}};
  EXPECT_EQ(task(reads).whole_why, "an expression reads jobshead, other.x");
  EXPECT_EQ(task(reads).guarantee, "exact");
  ExpressionFacts clock = reads;
  clock.restless = "now()";
  EXPECT_EQ(task(clock).whole_why, "an expression depends on now()");
  EXPECT_EQ(task(clock).facts.restless, "now()");
}

TEST(Planner, ARefusedTableDoesNotStopTheOthers) {
  const auto plan =
      full(map_of("map: m\ntables: [{desktop: t, deletes: soft, soft_delete: {column: none}}, {desktop: u}]\n"),
           {desktop_table, table("u", {id})}, {cloud_table, table("u", {id}, {"id"})});
  ASSERT_EQ(plan.tasks.size(), 1u);
  EXPECT_EQ(plan.tasks[0].title, "u");
  ASSERT_EQ(plan.refusals.size(), 1u);
  EXPECT_EQ(plan.refusals[0].title, "t");
}

TEST(Planner, ExpressionsOfTheMapReachTheQueryInParentheses) {
  const auto plan = full(map_with_table("forward: {where: a = 'x' OR true, join: LEFT JOIN j ON j.id = t.id}"),
                         {desktop_table}, {cloud_table});
  ASSERT_EQ(plan.tasks.size(), 1u);
  EXPECT_THAT(plan.tasks[0].conditions, ElementsAre("(a = 'x' OR true)"));
  EXPECT_EQ(plan.tasks[0].join, "LEFT JOIN j ON j.id = t.id");
}

TEST(Planner, OneDirectionsExpressionsDoNotReachTheOther) {
  const auto plan = make_plan(map_with_table("direction: reverse\nreverse: {where: b > 1}"), Mode::reverse,
                              {desktop_table}, {cloud_table});
  ASSERT_EQ(plan.tasks.size(), 1u) << text_of(plan.refusals);
  EXPECT_THAT(plan.tasks[0].conditions, ElementsAre("(b > 1)"));
}

// ---- the hash that says whether every row must be read again

std::string hash_of(const std::string& lines, const catalog::TableSchema& desktop = desktop_table,
                    const catalog::TableSchema& cloud = cloud_table, const std::string& zone = "UTC",
                    const ExpressionFacts& facts = {}) {
  auto map = map_with_table(lines);
  map.desktop.timezone = zone;
  const auto plan = make_plan(map, Mode::full, {desktop}, {cloud}, {{0, facts}});
  EXPECT_EQ(plan.tasks.size(), 1u) << text_of(plan.refusals) << text_of(plan.problems);
  return plan.tasks.at(0).mapping_hash;
}

TEST(MappingHash, IsTheSameForTheSameMap) { EXPECT_EQ(hash_of("key: [id]"), hash_of("key: [id]")); }

TEST(MappingHash, DoesNotDependOnWhatDoesNotChangeTheRows) {
  EXPECT_EQ(hash_of("key: [id]"), hash_of("")) << "the same key, found by itself";
  EXPECT_EQ(hash_of("fuse: 20%"), hash_of(""));
  auto grown = desktop_table;
  grown.estimated_rows = 1000;
  EXPECT_EQ(hash_of("", grown), hash_of(""));
}

TEST(MappingHash, ChangesWithEverythingThatChangesTheRows) {
  ExpressionFacts text;
  text.types["a"] = type("text");
  const auto keyless = table("t", {id, column("a", "text")});
  const std::vector<std::string> hashes = {
      hash_of(""),
      hash_of("skip: [a]"),
      hash_of("forward: {where: id > 1}"),
      hash_of("forward: {where: id > 2}"),
      hash_of("forward: {join: CROSS JOIN x}"),
      hash_of("forward: {columns: {a: upper(a)}}", desktop_table, cloud_table, "UTC", text),
      hash_of("forward: {columns: {a: lower(a)}}", desktop_table, cloud_table, "UTC", text),
      hash_of("key: [a]", desktop_table, keyless),
      hash_of("", desktop_table, cloud_table, "Asia/Kolkata"),
      hash_of("", desktop_table, table("t", {id, column("a", "text"), column("more", "text")}, {"id"})),
      hash_of("", table("t", {id, column("a", "text"), column("more", "text")}),
              table("t", {id, column("a", "text"), column("more", "text")}, {"id"})),
      hash_of("watermark: w", table("t", {id, column("a", "text"), column("w", "date")})),
      hash_of("origin: {column: a, desktop: D, cloud: M}"),
      hash_of("origin: {column: a, desktop: E, cloud: M}"),
      hash_of("origin: {column: a, desktop: D, cloud: N}"),
      hash_of("key: none"),
      hash_of("key: none\nmatch: [a]"),
      hash_of("key: none\nmatch: [id]"),
      hash_of("key: none\nmatch: [id, a]"),
  };
  for (std::size_t i = 0; i < hashes.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      if (i == 9 && j == 0) continue;  // a column that nothing feeds
      EXPECT_NE(hashes[i], hashes[j]) << i << " and " << j;
    }
}

// ---- order

catalog::ForeignKey to(const std::string& parent, const std::vector<std::string>& columns, bool deferrable = false) {
  return {"fk_" + parent, {"public", parent}, columns, deferrable};
}

catalog::TableSchema referring(const std::string& name, const std::vector<catalog::ForeignKey>& keys,
                               bool nullable = true) {
  auto made = table(name, {id, column("ref", "integer", {.not_null = !nullable})}, {"id"});
  made.foreign_keys = keys;
  return made;
}
catalog::TableSchema plain(const std::string& name) { return table(name, {id, column("ref", "integer")}); }

std::vector<std::vector<std::string>> titles(const Plan& plan) {
  std::vector<std::vector<std::string>> waves;
  for (const auto& wave : plan.waves) {
    waves.emplace_back();
    for (const auto& group : wave)
      for (const auto task : group.tasks) waves.back().push_back(plan.tasks[task].title);
  }
  return waves;
}

config::TableMap two() { return map_of("map: m\ntables: [{desktop: child}, {desktop: parent}]\n"); }

TEST(Order, ParentsOfTheTargetComeFirst) {
  const auto plan = full(two(), {plain("child"), plain("parent")},
                         {referring("child", {to("parent", {"ref"})}), referring("parent", {})});
  EXPECT_THAT(titles(plan), ElementsAre(ElementsAre("parent"), ElementsAre("child")));
  EXPECT_THAT(plan.parents.at(0), ElementsAre("parent"));
  EXPECT_FALSE(plan.parents.contains(1));
}

TEST(Order, ForeignKeysOfTheSourceDoNotMatter) {
  auto child = plain("child");
  child.foreign_keys = {to("parent", {"ref"})};
  const auto plan = full(two(), {child, plain("parent")}, {referring("child", {}), referring("parent", {})});
  EXPECT_EQ(plan.waves.size(), 1u);
  EXPECT_TRUE(plan.parents.empty());
}

TEST(Order, AParentOutsideTheRunDoesNotMatter) {
  const auto plan = full(two(), {plain("child"), plain("parent")},
                         {referring("child", {to("elsewhere", {"ref"})}), referring("parent", {})});
  EXPECT_EQ(plan.waves.size(), 1u);
  EXPECT_TRUE(plan.parents.empty());
}

TEST(Order, ARefusedParentIsStillAParent) {
  auto parent = referring("parent", {});
  parent.can_insert = false;
  const auto plan =
      full(two(), {plain("child"), plain("parent")}, {referring("child", {to("parent", {"ref"})}), parent});
  ASSERT_EQ(plan.tasks.size(), 1u);
  EXPECT_THAT(plan.parents.at(0), ElementsAre("parent"));
}

TEST(Order, ASelfReferenceIsNoParent) {
  const auto plan =
      full(map_of("map: m\ntables: [{desktop: tree}]\n"), {plain("tree")}, {referring("tree", {to("tree", {"ref"})})});
  EXPECT_TRUE(plan.parents.empty());
  EXPECT_TRUE(plan.waves.at(0).at(0).one_transaction);
}

TEST(Order, ATableWithoutAUniqueIndexIsCommittedAtOnce) {
  const auto map = map_of("map: m\ntables: [{desktop: tree, key: [id]}]\n");
  const auto group = [&](const catalog::TableSchema& target) {
    return full(map, {plain("tree")}, {target}).waves.at(0).at(0);
  };
  EXPECT_TRUE(group(plain("tree")).one_transaction);
  EXPECT_FALSE(group(referring("tree", {})).one_transaction);
}

TEST(Order, OnlyFedNullableColumnsOutsideTheKeyCanBeSetLater) {
  const auto cycle = [](const catalog::TableSchema& child, const catalog::TableSchema& source) {
    return full(two(), {source, plain("parent")}, {child, referring("parent", {to("child", {"ref"})}, false)});
  };
  const auto opened = cycle(referring("child", {to("parent", {"ref"})}), plain("child"));
  ASSERT_EQ(text_of(opened.refusals), "");
  ASSERT_EQ(opened.waves.size(), 1u);
  EXPECT_THAT(opened.waves[0][0].late_columns.at(0), ElementsAre("ref"));
  EXPECT_THAT(opened.waves[0][0].tasks, ElementsAre(0, 1));

  EXPECT_THAT(text_of(cycle(referring("child", {to("parent", {"ref"})}, false), plain("child")).refusals),
              HasSubstr("circle"))
      << "NOT NULL";
  EXPECT_THAT(text_of(cycle(referring("child", {to("parent", {"id"})}), plain("child")).refusals), HasSubstr("circle"))
      << "of the key";
  auto nullable_key = table("child", {id, column("ref", "integer")});
  nullable_key.foreign_keys = {to("parent", {"id"})};
  const auto by_key =
      full(map_of("map: m\ntables: [{desktop: child, key: [id]}, {desktop: parent}]\n"),
           {plain("child"), plain("parent")}, {nullable_key, referring("parent", {to("child", {"ref"})}, false)});
  EXPECT_THAT(text_of(by_key.refusals), HasSubstr("circle"))
      << "a row without its key could not be found again to set it";
  const auto deferred = cycle(referring("child", {to("parent", {"ref"}, true)}, false), plain("child"));
  EXPECT_EQ(text_of(deferred.refusals), "");
  EXPECT_TRUE(deferred.waves.at(0).at(0).deferred);
}

TEST(Order, AColumnThatNothingFeedsCannotBeSetLater) {
  const auto plan =
      full(two(), {table("child", {id}), plain("parent")},
           {referring("child", {to("parent", {"ref"})}), referring("parent", {to("child", {"ref"})}, false)});
  EXPECT_THAT(text_of(plan.refusals), HasSubstr("circle"));
}

TEST(Order, ACycleThatCannotBeOpenedRefusesAllItsTablesWithAWayOut) {
  const auto plan =
      full(two(), {plain("child"), plain("parent")},
           {referring("child", {to("parent", {"ref"})}, false), referring("parent", {to("child", {"ref"})}, false)});
  ASSERT_EQ(plan.refusals.size(), 2u);
  for (const auto& refusal : plan.refusals) {
    EXPECT_THAT(refusal.reason, HasSubstr("fk_parent"));
    EXPECT_THAT(refusal.reason, HasSubstr("fk_child"));
    EXPECT_THAT(refusal.hint, HasSubstr("DEFERRABLE"));
  }
  EXPECT_TRUE(plan.waves.empty());
}

// ---- what a refused table takes with it

catalog::TableSchema locked(catalog::TableSchema target) {
  target.can_insert = false;
  return target;
}
std::map<std::string, std::string> blocked(const Plan& plan) {
  std::map<std::string, std::string> titles_of;
  for (const auto& [task, parent] : plan.blocked) titles_of[plan.tasks[task].title] = parent;
  return titles_of;
}
using Blocked = std::map<std::string, std::string>;

TEST(Blocked, NothingWhereNothingIsRefused) {
  EXPECT_EQ(blocked(full(two(), {plain("child"), plain("parent")},
                         {referring("child", {to("parent", {"ref"})}), referring("parent", {})})),
            Blocked{});
}

TEST(Blocked, DescendantsOfARefusedTableAreSkippedAndNameIt) {
  const auto map =
      map_of("map: m\ntables: [{desktop: grandchild}, {desktop: child}, {desktop: parent}, {desktop: other}]\n");
  const auto plan = full(map, {plain("grandchild"), plain("child"), plain("parent"), plain("other")},
                         {referring("grandchild", {to("child", {"ref"})}), referring("child", {to("parent", {"ref"})}),
                          locked(referring("parent", {})), referring("other", {})});
  EXPECT_EQ(blocked(plan), (Blocked{{"child", "parent"}, {"grandchild", "parent"}}));
}

TEST(Blocked, TablesBehindACycleThatCannotBeOpenedAreSkipped) {
  const auto map = map_of("map: m\ntables: [{desktop: leaf}, {desktop: child}, {desktop: parent}]\n");
  const auto plan = full(map, {plain("leaf"), plain("child"), plain("parent")},
                         {referring("leaf", {to("child", {"ref"})}), referring("child", {to("parent", {"ref"})}, false),
                          referring("parent", {to("child", {"ref"})}, false)});
  EXPECT_EQ(blocked(plan), (Blocked{{"leaf", "child"}}));
}

TEST(Blocked, ACycleIsSkippedAsAWholeWhicheverOfItsTablesDependsOnTheRefusedOne) {
  const auto map = map_of("map: m\ntables: [{desktop: a}, {desktop: b}, {desktop: gone}]\n");
  for (const bool other_way : {false, true}) {
    const std::string first = other_way ? "b" : "a", second = other_way ? "a" : "b";
    const auto plan = full(map, {plain("a"), plain("b"), plain("gone")},
                           {referring(first, {to(second, {"ref"}, true), to("gone", {"ref"})}),
                            referring(second, {to(first, {"ref"}, true)}), locked(referring("gone", {}))});
    EXPECT_EQ(blocked(plan), (Blocked{{"a", "gone"}, {"b", "gone"}})) << "its tables are committed together";
  }
}

}  // namespace
}  // namespace engine::plan::test
