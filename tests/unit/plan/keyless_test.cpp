#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/plan/tables.hpp"

// Tables whose rows have no key on the desktop: what tells the cloud's rows apart, which columns mostly identify a row,
// and what such a copy needs.
namespace engine::plan::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string next_row_id = "nextval('public.t_row_id_seq'::regclass)";
const auto a = column("a", "text"), b = column("b", "integer");
const auto row_id =
    column("row_id", "bigint",
           {.not_null = true, .has_default = true, .sequence = "public.t_row_id_seq", .value_by_default = next_row_id});
const auto desktop = table("t", {a, b});
const auto cloud = table("t", {row_id, a, b}, {"row_id"});

Plan plan_of(const std::string& lines, const catalog::TableSchema& from = desktop,
             const catalog::TableSchema& to = cloud) {
  return make_plan(map_with_table("key: none\n" + lines), Mode::full, {from}, {to});
}
TableTask forward(const std::string& lines = "", const catalog::TableSchema& from = desktop,
                  const catalog::TableSchema& to = cloud) {
  return only_task(plan_of(lines, from, to));
}
TableTask reverse(const std::string& lines = "", const catalog::TableSchema& to = desktop,
                  const catalog::TableSchema& from = cloud) {
  return only_task(make_plan(map_with_table("key: none\ndirection: reverse\n" + lines), Mode::reverse, {to}, {from}));
}
std::string refusals_of(const std::string& lines, const catalog::TableSchema& from = desktop,
                        const catalog::TableSchema& to = cloud) {
  return text_of(plan_of(lines, from, to).refusals);
}
catalog::TableSchema numbered_by(const std::vector<catalog::Column>& numbers, const Names& key) {
  auto columns = numbers;
  columns.push_back(a);
  columns.push_back(b);
  return table("t", columns, key);
}

TEST(Keyless, ATaskSaysThatItsRowsAreCounted) {
  const auto task = forward();
  EXPECT_TRUE(task.keyless);
  EXPECT_TRUE(task.removes());
  EXPECT_FALSE(task.both_ways);
  EXPECT_THAT(task.key, IsEmpty());
  EXPECT_FALSE(task.arbiter) << "nothing that ON CONFLICT could use";
  for (const auto& one : task.columns) EXPECT_FALSE(one.key) << one.target;
  EXPECT_EQ(task.guarantee, "exact");
  EXPECT_EQ(task.whole_why, "without a key rows can only be counted");
}

TEST(Keyless, TheWayBackOnlyInserts) {
  const auto task = reverse();
  EXPECT_TRUE(task.keyless);
  EXPECT_FALSE(task.removes());
  EXPECT_EQ(task.whole_why, "") << "the cloud's rows can be told apart";
}

TEST(Keyless, AClockInAnExpressionIsSaidToo) {
  ExpressionFacts facts;
  facts.types["b"] = type("integer");
  facts.restless = "now()";
  const auto plan = make_plan(map_with_table("key: none\nforward: {columns: {b: extract(year from now())}}"),
                              Mode::full, {desktop}, {cloud}, {{0, facts}});
  EXPECT_EQ(only_task(plan).whole_why, "without a key rows can only be counted, and an expression depends on now()");
}

TEST(Keyless, ItIsWrittenInOneTransaction) { EXPECT_TRUE(plan_of("").waves.at(0).at(0).one_transaction); }

// ---- the number

TEST(Number, IsTheCloudsPrimaryKeyWithItsDefault) {
  const auto task = forward();
  ASSERT_EQ(task.number.size(), 1u);
  EXPECT_EQ(task.number[0].name, "row_id");
  EXPECT_EQ(task.number[0].type, "bigint");
  EXPECT_EQ(task.number[0].value, next_row_id);
  EXPECT_THAT(task.identity(), ElementsAre("row_id"));
  EXPECT_EQ(fed(task, "row_id"), nullptr);
}

TEST(Number, TheWayBackIsTheSameColumnOfTheSource) {
  const auto task = reverse();
  ASSERT_EQ(task.number.size(), 1u);
  EXPECT_EQ(task.number[0].name, "row_id");
  EXPECT_THAT(task.identity(), ElementsAre("row_id"));
  EXPECT_TRUE(task.source_hashed.contains("row_id"));
  EXPECT_FALSE(task.target_hashed.contains("row_id"));
}

TEST(Number, IsAnyDefaultThatTheColumnHas) {
  const auto uuid = column("row_id", "uuid", {.has_default = true, .value_by_default = "gen_random_uuid()"});
  const auto task = forward("", desktop, numbered_by({uuid}, {"row_id"}));
  EXPECT_EQ(task.number.at(0).type, "uuid");
  EXPECT_EQ(task.number.at(0).value, "gen_random_uuid()");
  EXPECT_THAT(task.sequences, IsEmpty());
}

TEST(Number, MayBeOfSeveralColumns) {
  const auto part = column("part", "integer", {.has_default = true, .value_by_default = "1"});
  const auto task = forward("", desktop, numbered_by({part, row_id}, {"part", "row_id"}));
  EXPECT_THAT(task.identity(), ElementsAre("part", "row_id"));
  EXPECT_EQ(task.number.at(0).value, "1");
}

TEST(Number, IsAnotherUniqueIndexWhereThereIsNoPrimaryKey) {
  auto to = numbered_by({row_id}, {});
  to.unique_keys = {{"nullable", false, {"a"}}, {"t_row_id", false, {"row_id"}}};
  EXPECT_THAT(forward("", desktop, to).identity(), ElementsAre("row_id")) << "a may be NULL";
}

TEST(Number, WithoutOneTheTableIsRefusedWithAWayOut) {
  auto inherited = cloud;
  inherited.descendants = "16500:r";
  auto nullable = table("t", {a, b});
  nullable.unique_keys = {{"u", false, {"a"}}};
  EXPECT_THAT(refusals_of("", desktop, inherited),
              HasSubstr("does not tell apart the rows of the tables that inherit"));
  for (const auto& to : {table("t", {a, b}), nullable}) {
    EXPECT_THAT(refusals_of("", desktop, to), HasSubstr("t: key: none needs a primary key in the cloud's table"));
    EXPECT_THAT(refusals_of("", desktop, to), HasSubstr("ALTER TABLE \"public\".\"t\" ADD COLUMN"));
    const auto back = make_plan(map_with_table("key: none\ndirection: reverse"), Mode::reverse, {desktop}, {to});
    EXPECT_THAT(text_of(back.refusals), HasSubstr("key: none needs a primary key in the cloud's table"));
  }
}

TEST(Number, AColumnWithoutADefaultCannotNumberNewRows) {
  const auto bare = column("row_id", "bigint", {.not_null = true});
  EXPECT_THAT(refusals_of("", desktop, numbered_by({bare}, {"row_id"})),
              HasSubstr("column row_id of the target must not be NULL, and nothing feeds it"));
  EXPECT_EQ(reverse("", desktop, numbered_by({bare}, {"row_id"})).number.size(), 1u) << "there nobody needs a new one";
}

TEST(Number, ThatIsCopiedTakesTheDesktopsValue) {
  const auto task = forward("", numbered_by({row_id}, {}));
  ASSERT_NE(fed(task, "row_id"), nullptr);
  EXPECT_EQ(task.number.at(0).value, "");
  EXPECT_EQ(task.sequences.size(), 1u) << "once, not once for each role";
}

TEST(Number, ThatTheMapSkipsIsGivenByTheCloud) {
  const auto task = forward("skip: [row_id]", numbered_by({row_id}, {}));
  EXPECT_EQ(fed(task, "row_id"), nullptr);
  EXPECT_EQ(task.number.at(0).value, next_row_id);
}

TEST(Number, ItsSequenceIsMoved) {
  const auto task = forward();
  ASSERT_EQ(task.sequences.size(), 1u);
  EXPECT_EQ(task.sequences[0].column, "row_id");
  EXPECT_EQ(task.sequences[0].sequence, "public.t_row_id_seq");
  EXPECT_THAT(reverse().sequences, IsEmpty()) << "the source's";
}

// ---- match

TEST(Match, NamesColumnsOfTheTarget) {
  const auto to = table("t", {row_id, column("c", "text"), b}, {"row_id"});
  EXPECT_THAT(forward("match: [a, b]\nrename: {a: c}", desktop, to).match, ElementsAre("c", "b"));
  EXPECT_THAT(forward().match, IsEmpty());
}

TEST(Match, OfAColumnThatIsNotCopiedIsAProblemWithItsPlace) {
  const auto plan = plan_of("match: [a, nowhere, only]", table("t", {a, b, column("only", "text")}));
  EXPECT_EQ(text_of(plan.problems),
            "m.yaml:5:16: match: column nowhere is not copied\nm.yaml:5:25: match: column only is not copied\n");
}

TEST(Match, OfAWatermarkIsAProblemWithItsPlace) {
  const auto stamp = column("updated_at", "timestamp with time zone");
  const auto plan =
      plan_of("match: [a, updated_at]", table("t", {a, b, stamp}), table("t", {row_id, a, b, stamp}, {"row_id"}));
  EXPECT_EQ(text_of(plan.problems),
            "m.yaml:5:16: match: column updated_at is the watermark, which changes with the row\n");
}

TEST(Match, MeansNothingOnTheWayBack) {
  const auto map = map_with_table("key: none\ndirection: both\norigin: {column: b, desktop: 1, cloud: 2}\nmatch: [a]");
  EXPECT_THAT(only_task(make_plan(map, Mode::reverse, {desktop}, {cloud})).match, IsEmpty());
  EXPECT_THAT(only_task(make_plan(map, Mode::full, {desktop}, {cloud})).match, ElementsAre("a"));
}

// ---- rights, and other maps

TEST(Keyless, RowsAreRemovedWhichNeedsTheRight) {
  auto to = cloud;
  to.can_delete = false;
  EXPECT_THAT(refusals_of("", desktop, to),
              HasSubstr("GRANT SELECT, INSERT, UPDATE, DELETE ON \"public\".\"t\" TO pgtide;"));
  const auto keyed = make_plan(map_with_table("key: [a]"), Mode::full, {desktop}, {to});
  EXPECT_EQ(text_of(keyed.refusals), "") << "with a key nothing is removed";
}

TEST(Keyless, TheWayBackNeedsTheRightToInsertOnly) {
  auto to = desktop;
  to.can_update = to.can_delete = false;
  EXPECT_EQ(reverse("", to).columns.size(), 2u);
  to.can_insert = false;
  EXPECT_THAT(
      text_of(make_plan(map_with_table("key: none\ndirection: reverse"), Mode::reverse, {to}, {cloud}).refusals),
      HasSubstr("GRANT SELECT, INSERT ON"));
}

TEST(Keyless, ATableFromWhichAnotherMapRemovesRowsIsRefused) {
  const auto plan = [](const std::string& lines, std::int64_t oid, Mode mode = Mode::full) {
    return make_plan(map_with_table(lines), mode, {desktop}, {cloud}, {}, {}, {{oid, "the other's"}});
  };
  const auto refusals = text_of(plan("key: none", 16400).refusals);
  EXPECT_THAT(refusals, HasSubstr("t: map the other's removes rows from this table already"));
  EXPECT_THAT(refusals, HasSubstr("Forget a map")) << "the way out is in the manual";
  EXPECT_EQ(text_of(plan("key: none", 16401).refusals), "") << "another table";
  EXPECT_EQ(text_of(plan("key: [a]", 16400).refusals), "") << "a map that removes nothing does no harm";
  EXPECT_EQ(text_of(plan("key: none\ndirection: reverse", 16400, Mode::reverse).refusals), "");
}

TEST(Keyless, TheFuseAndWhoRefersToTheTableAreKnown) {
  auto to = cloud;
  to.referrers = {{{"public", "child"}, {"t_id"}, {"row_id"}}};
  const auto task = forward("fuse: 25%", desktop, to);
  EXPECT_DOUBLE_EQ(task.fuse, 0.25);
  ASSERT_EQ(task.referrers.size(), 1u);
  EXPECT_EQ(task.referrers[0].child.name, "child");
}

// ---- what a row is, and what is in it

const auto marked = table("t", {a, b, column("source", "character(1)"), column("updated_at", "date")});
const auto marked_cloud =
    table("t", {row_id, a, b, column("source", "character(1)"), column("updated_at", "date")}, {"row_id"});
const std::string origin = "origin: {column: source, desktop: D, cloud: M}\n";

TEST(Image, WithoutAKeyIsNeitherTheOriginNorTheWatermark) {
  EXPECT_THAT(forward(origin, marked, marked_cloud).image_columns(), ElementsAre("a", "b"));
  EXPECT_THAT(forward("", marked, marked_cloud).image_columns(), ElementsAre("a", "b", "source"))
      << "without origin: it is a column like any other";
}

TEST(Image, WithAKeyTheOriginCounts) {
  const auto plan = make_plan(map_with_table("key: [a]\n" + origin), Mode::full, {marked}, {marked_cloud});
  EXPECT_THAT(only_task(plan).image_columns(), ElementsAre("a", "b", "source"));
  EXPECT_THAT(only_task(plan).identity(), ElementsAre("a"));
}

TEST(Image, AColumnThatCannotBeUpdatedDoesNotCount) {
  const auto to = table("t", {row_id, a, column("b", "integer", {.identity = 'a'})}, {"row_id"});
  EXPECT_THAT(forward("", desktop, to).image_columns(), ElementsAre("a"));
}

TEST(Hashes, AreOfTheRecordWhereBothServersCan) {
  const auto map = map_with_table("key: none");
  for (const auto& [from, to, expected] : std::vector<std::tuple<int, int, RowHash>>{
           {140000, 170002, RowHash::record}, {130014, 170002, RowHash::text}, {170002, 130014, RowHash::text}}) {
    auto source = catalog_of({desktop}), target = catalog_of({cloud});
    source.server_version = from;
    target.server_version = to;
    EXPECT_EQ(only_task(engine::plan::make_plan(map, {Mode::full, {}, false}, source, target, {})).hash, expected)
        << from << " and " << to;
  }
}

}  // namespace
}  // namespace engine::plan::test
