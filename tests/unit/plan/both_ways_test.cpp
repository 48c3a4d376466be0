#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/plan/tables.hpp"

// Tables that are copied in both directions.
namespace engine::plan::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string origin = "origin: {column: source, desktop: D, cloud: M}\n";
const auto id = column("id", "integer", {.not_null = true, .has_default = true, .sequence = "public.t_id_seq"});
const auto a = column("a", "text"), source = column("source", "character(1)");
const auto row_id = column("row_id", "bigint",
                           {.not_null = true,
                            .has_default = true,
                            .sequence = "public.t_row_id_seq",
                            .value_by_default = "nextval('public.t_row_id_seq'::regclass)"});
const auto keyed = table("t", {id, a, source}, {"id"});
const auto keyless_desktop = table("t", {a, source});
const auto keyless_cloud = table("t", {row_id, a, source}, {"row_id"});
const std::string keyless = "key: none\ndirection: both\n";

Plan plan_of(const std::string& lines, Mode mode, const catalog::TableSchema& desktop,
             const catalog::TableSchema& cloud) {
  return make_plan(map_with_table(lines), mode, {desktop}, {cloud});
}

TEST(BothWays, ATableIsPlannedInEachDirection) {
  for (const Mode mode : {Mode::full, Mode::incremental, Mode::reverse}) {
    const auto task = only_task(plan_of("direction: both\n" + origin, mode, keyed, keyed));
    EXPECT_TRUE(task.both_ways);
    EXPECT_EQ(task.direction, mode == Mode::reverse ? Direction::reverse : Direction::forward);
    EXPECT_THAT(task.key, ElementsAre("id"));
    EXPECT_THAT(task.identity(), ElementsAre("id"));
  }
  EXPECT_FALSE(only_task(plan_of("", Mode::full, keyed, keyed)).both_ways);
}

TEST(BothWays, WithAKeyTheMarkComesBackAsItIs) {
  const auto task = only_task(plan_of("direction: both\n" + origin, Mode::reverse, keyed, keyed));
  EXPECT_EQ(fed(task, "source")->role, Role::copied);
}

// ---- sequences

TEST(BothWays, SequencesOfFedColumnsStayWhereTheyAre) {
  for (const Mode mode : {Mode::full, Mode::incremental, Mode::reverse}) {
    EXPECT_THAT(only_task(plan_of("direction: both", mode, keyed, keyed)).sequences, IsEmpty())
        << "both sides number: one side's numbers must not be pushed past the other's";
  }
  for (const auto& [direction, mode] : std::vector<std::pair<std::string, Mode>>{
           {"forward", Mode::full}, {"forward", Mode::incremental}, {"reverse", Mode::reverse}})
    EXPECT_EQ(only_task(plan_of("direction: " + direction, mode, keyed, keyed)).sequences.size(), 1u) << direction;
}

TEST(BothWays, TheSequenceOfANumberThatOnlyTheCloudHasIsMoved) {
  const auto task = only_task(plan_of(keyless + origin, Mode::full, keyless_desktop, keyless_cloud));
  ASSERT_EQ(task.sequences.size(), 1u);
  EXPECT_EQ(task.sequences[0].column, "row_id");
}

TEST(BothWays, TheSequenceOfANumberThatIsCopiedStaysWhereItIs) {
  const auto desktop = table("t", {row_id, a, source});
  EXPECT_THAT(only_task(plan_of(keyless + origin, Mode::full, desktop, keyless_cloud)).sequences, IsEmpty());
  EXPECT_THAT(only_task(plan_of(keyless + origin, Mode::reverse, desktop, keyless_cloud)).sequences, IsEmpty());
}

// ---- without a key

TEST(BothWaysWithoutAKey, FetchedRowsGetTheCloudsMarkWhateverTheirsIs) {
  const auto task = only_task(plan_of(keyless + origin, Mode::reverse, keyless_desktop, keyless_cloud));
  ASSERT_NE(fed(task, "source"), nullptr);
  EXPECT_EQ(fed(task, "source")->role, Role::origin);
  EXPECT_EQ(fed(task, "source")->conversion.sent, "CAST('M' AS character(1))");
  EXPECT_THAT(task.image_columns(), ElementsAre("a")) << "the mark says whose a row is, not what is in it";
}

TEST(BothWaysWithoutAKey, TheMarkIsWrittenUnderItsDesktopName) {
  const auto desktop = table("t", {a, column("born", "text")});
  const auto lines = keyless + origin + "rename: {born: source}";
  const auto back = only_task(plan_of(lines, Mode::reverse, desktop, keyless_cloud));
  EXPECT_EQ(fed(back, "born")->conversion.sent, "CAST('M' AS text)");
  const auto task = only_task(plan_of(lines, Mode::full, desktop, keyless_cloud));
  EXPECT_THAT(task.conditions, ElementsAre("\"t\".\"born\"::text IS DISTINCT FROM 'M'"));
}

TEST(BothWaysWithoutAKey, ForwardDoesNotReadWhatIsMarked) {
  const auto task = only_task(plan_of(keyless + origin, Mode::full, keyless_desktop, keyless_cloud));
  EXPECT_THAT(task.conditions, ElementsAre("\"t\".\"source\"::text IS DISTINCT FROM 'M'"));
  EXPECT_EQ(fed(task, "source")->conversion.sent, "coalesce(\"t\".\"source\", 'D')");
}

TEST(BothWaysWithoutAKey, OneWayTheMarkIsCopied) {
  const auto task =
      only_task(plan_of("key: none\ndirection: reverse\n" + origin, Mode::reverse, keyless_desktop, keyless_cloud));
  EXPECT_EQ(fed(task, "source")->role, Role::copied);
  EXPECT_THAT(task.image_columns(), ElementsAre("a", "source"));
}

TEST(BothWaysWithoutAKey, TheMarkHasToBeOnBothSides) {
  const auto bare_desktop = table("t", {a}), bare_cloud = table("t", {row_id, a}, {"row_id"});
  for (const Mode mode : {Mode::full, Mode::reverse}) {
    EXPECT_THAT(text_of(plan_of(keyless + origin, mode, bare_desktop, keyless_cloud).refusals),
                HasSubstr("direction: both with key: none needs an origin column on both sides"));
    const auto by_default = make_plan(map_of("map: m\ndefaults: {" + origin.substr(0, origin.size() - 1) +
                                             "}\ntables: [{desktop: t, key: none, direction: both}]\n"),
                                      mode, {keyless_desktop}, {bare_cloud});
    EXPECT_THAT(text_of(by_default.refusals), HasSubstr("needs an origin column on both sides"));
    EXPECT_THAT(by_default.tasks, IsEmpty());
  }
  EXPECT_EQ(text_of(plan_of("key: none\n" + origin, Mode::full, bare_desktop, keyless_cloud).refusals), "")
      << "one way the desktop may lack it";
}

}  // namespace
}  // namespace engine::plan::test
