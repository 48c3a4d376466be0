#include "engine/config/table_map.hpp"

#include <gtest/gtest.h>

#include "tests/unit/config/refusal.hpp"

namespace engine::config::test {
namespace {

std::vector<std::string> texts(const std::vector<Name>& names) {
  std::vector<std::string> list;
  for (const auto& name : names) list.push_back(name.text);
  return list;
}

using Texts = std::vector<std::string>;

TEST(TableMap, TheSmallestMapHasAllDefaultsOfTheContract) {
  const TableMap map = parse("map: m\ntables:\n  - desktop: t\n");
  EXPECT_EQ(map.name, "m");
  EXPECT_EQ(map.file, "m.yaml");
  EXPECT_EQ(map.desktop.schema, "public");
  EXPECT_EQ(map.desktop.timezone, std::nullopt);
  const Table& table = map.tables.at(0);
  EXPECT_EQ(table.desktop, (QualifiedName{"public", "t"}));
  EXPECT_EQ(table.cloud, (QualifiedName{"public", "t"}));
  EXPECT_EQ(table.direction, TableDirection::forward);
  EXPECT_EQ(table.key_choice, KeyChoice::automatic);
  EXPECT_TRUE(table.watermark.columns.empty());
  EXPECT_TRUE(table.watermark.from_defaults);
  EXPECT_EQ(table.origin, std::nullopt);
  EXPECT_EQ(table.conflicts, ConflictPolicy::desktop_wins);
  EXPECT_EQ(table.deletes, DeletePolicy::ignore);
  EXPECT_EQ(table.orphans, OrphanPolicy::quarantine);
  EXPECT_EQ(table.row_bytes, 256u << 20);
  EXPECT_EQ(table.fuse, 0.10);
  EXPECT_EQ(table.large, std::nullopt);
}

TEST(TableMap, LimitsAreNoneUnlessTheMapSetsThem) {
  using std::chrono_literals::operator""ms;
  const std::string rest = "tables:\n  - desktop: t\n";
  const auto longest_read = [&](const std::string& limits) {
    return parse("map: m\n" + limits + rest).limits.longest_read;
  };
  EXPECT_EQ(longest_read(""), std::nullopt);
  EXPECT_EQ(longest_read("limits: none\n"), std::nullopt);
  EXPECT_EQ(longest_read("limits: {}\n"), std::nullopt);
  EXPECT_EQ(longest_read("limits: {longest_read: none}\n"), std::nullopt);
  EXPECT_EQ(longest_read("limits: {longest_read: 10min}\n"), 600'000ms);
  EXPECT_EQ(longest_read("limits: {longest_read: 250ms}\n"), 250ms);
}

TEST(TableMap, ConnectionsAndBandwidthAreLimitedForEachSide) {
  const auto limits = [](const std::string& keys) {
    return parse("map: m\nlimits: " + keys + "\ntables:\n  - desktop: t\n").limits;
  };
  for (const std::string nothing : {"none", "{}", "{cloud_bytes_per_second: none}"}) {
    EXPECT_EQ(limits(nothing).desktop.connections, 4);
    EXPECT_EQ(limits(nothing).cloud.connections, 3);
    EXPECT_EQ(limits(nothing).desktop.bytes_per_second, std::nullopt);
    EXPECT_EQ(limits(nothing).cloud.bytes_per_second, std::nullopt);
  }
  const Limits some = limits("{desktop_connections: 2, cloud_bytes_per_second: 2MB}");
  EXPECT_EQ(some.desktop.connections, 2);
  EXPECT_EQ(some.cloud.connections, 3);
  EXPECT_EQ(some.desktop.bytes_per_second, std::nullopt);
  EXPECT_EQ(some.cloud.bytes_per_second, 2u << 20);
  EXPECT_EQ(limits("{cloud_connections: 12, desktop_bytes_per_second: 64kB}").at(Place::cloud).connections, 12);
  EXPECT_EQ(limits("{desktop_bytes_per_second: 64kB}").at(Place::desktop).bytes_per_second, 64u << 10);
}

TEST(TableMap, EveryKeyOfATableIsRead) {
  const Table t = table(
      "cloud: c\n"
      "direction: both\n"
      "key: [a, b]\n"
      "watermark: [u, v]\n"
      "skip: [s]\n"
      "rename: {a: x, d: y}\n"
      "origin: {column: source, desktop: D, cloud: M}\n"
      "forward: {where: a > 1, join: JOIN j ON true, columns: {x: a + 1, y: \"'q'\"}}\n"
      "reverse: {where: x > 1}\n"
      "conflicts: last_update_wins\n"
      "deletes: soft\n"
      "soft_delete: {column: gone}\n"
      "orphans: null\n"
      "method: rows\n"
      "row_bytes: 1MB\n"
      "fuse: 25%\n"
      "large: {above: 5GB, exact_every: 12h}");
  EXPECT_EQ(t.cloud.name, "c");
  EXPECT_EQ(t.direction, TableDirection::both);
  EXPECT_EQ(t.key_choice, KeyChoice::columns);
  EXPECT_EQ(texts(t.key), (Texts{"a", "b"}));
  EXPECT_EQ(t.key.at(1).mark.text(), "m.yaml:6:14");
  EXPECT_EQ(texts(t.watermark.columns), (Texts{"u", "v"}));
  EXPECT_FALSE(t.watermark.from_defaults);
  EXPECT_EQ(texts(t.skip), (Texts{"s"}));
  ASSERT_EQ(t.rename.size(), 2u);
  EXPECT_EQ(t.rename.at(1).desktop, "d");
  EXPECT_EQ(t.rename.at(1).cloud, "y");
  EXPECT_EQ(t.rename.at(1).mark.text(), "m.yaml:9:20");
  ASSERT_TRUE(t.origin);
  EXPECT_EQ(t.origin->column + t.origin->desktop + t.origin->cloud, "sourceDM");
  EXPECT_FALSE(t.origin->from_defaults);
  EXPECT_EQ(t.forward.where->sql, "a > 1");
  EXPECT_EQ(t.forward.where->mark.text(), "m.yaml:11:22");
  EXPECT_EQ(t.forward.join->sql, "JOIN j ON true");
  ASSERT_EQ(t.forward.columns.size(), 2u);
  EXPECT_EQ(t.forward.columns.at(1).column, "y");
  EXPECT_EQ(t.forward.columns.at(1).expression.sql, "'q'");
  EXPECT_EQ(t.reverse.where->sql, "x > 1");
  EXPECT_EQ(t.conflicts, ConflictPolicy::last_update_wins);
  EXPECT_EQ(t.deletes, DeletePolicy::soft);
  EXPECT_EQ(t.soft_delete_column->text, "gone");
  EXPECT_EQ(t.orphans, OrphanPolicy::null);
  EXPECT_EQ(t.method, RefreshMethod::rows);
  EXPECT_EQ(t.row_bytes, 1u << 20);
  EXPECT_EQ(t.fuse, 0.25);
  EXPECT_EQ(t.large, (Large{5ull << 30, 12 * 3600}));
}

TEST(TableMap, LargeTablesAreLookedThroughOnceADayUnlessTheMapSaysOtherwise) {
  EXPECT_EQ(table("large: {above: 1GB}").large, (Large{1ull << 30, 24 * 3600}));
  const TableMap map = parse(
      "map: m\ndefaults: {large: {above: 1GB, exact_every: 7d}}\ntables:\n  - desktop: a\n  - {desktop: b, large: "
      "none}\n"
      "  - {desktop: c, key: none}\n  - {desktop: d, watermark: none}\n");
  EXPECT_EQ(map.tables.at(0).large, (Large{1ull << 30, 7 * 86400}));
  EXPECT_EQ(map.tables.at(1).large, std::nullopt);
  EXPECT_TRUE(map.tables.at(2).large) << "passed over when it is planned";
}

TEST(TableMap, EveryWordOfAPolicyIsRead) {
  EXPECT_EQ(table("direction: reverse").direction, TableDirection::reverse);
  EXPECT_EQ(table("conflicts: cloud_wins").conflicts, ConflictPolicy::cloud_wins);
  EXPECT_EQ(table("conflicts: manual").conflicts, ConflictPolicy::manual);
  EXPECT_EQ(table("deletes: report").deletes, DeletePolicy::report);
  EXPECT_EQ(table("deletes: hard").deletes, DeletePolicy::hard);
  EXPECT_EQ(table("orphans: quarantine").orphans, OrphanPolicy::quarantine);
}

TEST(TableMap, OrphansMayBeNullInEveryWayOfWritingIt) {
  for (const std::string word : {"null", "~", "\"null\"", "'null'"})
    EXPECT_EQ(table("orphans: " + word).orphans, OrphanPolicy::null) << word;
}

TEST(TableMap, ATableNameIsTakenExactlyAndItsFirstDotSeparatesTheSchema) {
  const TableMap map = parse(
      "map: m\ndesktop: {schema: Old}\ncloud: {schema: api}\ntables:\n"
      "  - desktop: 'My Table'\n  - cloud: other.B.c\n  - {desktop: x.D, cloud: d}\n");
  EXPECT_EQ(map.tables.at(0).desktop, (QualifiedName{"Old", "My Table"}));
  EXPECT_EQ(map.tables.at(0).cloud, (QualifiedName{"api", "My Table"}));
  EXPECT_EQ(map.tables.at(1).cloud, (QualifiedName{"other", "B.c"}));
  EXPECT_EQ(map.tables.at(1).desktop, (QualifiedName{"Old", "B.c"}));
  EXPECT_EQ(map.tables.at(2).desktop, (QualifiedName{"x", "D"}));
  EXPECT_EQ(map.tables.at(2).cloud, (QualifiedName{"api", "d"}));
}

TEST(TableMap, ATableKnowsWhereItAndItsNamesStand) {
  const TableMap map = parse("map: m\ntables:\n  - desktop: a\n    cloud: b\n  - key: [k]\n    cloud: c\n");
  EXPECT_EQ(map.tables.at(0).mark.text(), "m.yaml:3:5");
  EXPECT_EQ(map.tables.at(0).desktop_mark.text(), "m.yaml:3:14");
  EXPECT_EQ(map.tables.at(0).cloud_mark.text(), "m.yaml:4:12");
  EXPECT_EQ(map.tables.at(1).desktop_mark, map.tables.at(1).mark);
  EXPECT_EQ(map.tables.at(1).cloud_mark.text(), "m.yaml:6:12");
}

TEST(TableMap, OneColumnNeedsNoList) {
  const Table t = table("key: id\nwatermark: touched\nskip: s");
  EXPECT_EQ(texts(t.key), Texts{"id"});
  EXPECT_EQ(texts(t.watermark.columns), Texts{"touched"});
  EXPECT_EQ(texts(t.skip), Texts{"s"});
}

TEST(TableMap, NoneMeansThatThereIsNoKey) {
  for (const std::string none : {"none", "'none'"}) EXPECT_EQ(table("key: " + none).key_choice, KeyChoice::none);
  EXPECT_EQ(texts(table("key: [none]").key), Texts{"none"});
  EXPECT_EQ(texts(table("key: none\nmatch: [a, b]").match), (Texts{"a", "b"}));
}

TEST(TableMap, ATablesOwnKeyReplacesTheDefaultAsAWhole) {
  const TableMap map = parse(
      "map: m\ndefaults:\n  watermark: [u, c]\n  skip: [s]\n  origin: {column: source, desktop: D, cloud: M}\n"
      "  forward: {where: w, join: j}\n  fuse: 50%\n"
      "tables:\n  - desktop: a\n"
      "  - desktop: b\n    watermark: x\n    skip: [y]\n    forward: {where: z}\n    fuse: 1%\n"
      "    origin: {column: o, desktop: D, cloud: M}\n");
  const Table& a = map.tables.at(0);
  const Table& b = map.tables.at(1);
  EXPECT_EQ(texts(a.watermark.columns), (Texts{"u", "c"}));
  EXPECT_TRUE(a.watermark.from_defaults);
  EXPECT_TRUE(a.origin->from_defaults);
  EXPECT_EQ(a.forward.join->sql, "j");
  EXPECT_EQ(a.fuse, 0.5);
  EXPECT_EQ(texts(b.watermark.columns), Texts{"x"});
  EXPECT_FALSE(b.watermark.from_defaults);
  EXPECT_FALSE(b.origin->from_defaults);
  EXPECT_EQ(texts(b.skip), Texts{"y"});
  EXPECT_EQ(b.forward.where->sql, "z");
  EXPECT_EQ(b.forward.join, std::nullopt);
  EXPECT_EQ(b.fuse, 0.01);
}

TEST(TableMap, NoneTakesADefaultBack) {
  const TableMap map = parse(
      "map: m\ndefaults:\n  watermark: [u]\n  skip: [s]\n  rename: {a: b}\n"
      "  origin: {column: source, desktop: D, cloud: M}\n  forward: {where: w}\n"
      "tables:\n  - {desktop: a, watermark: none, skip: [], rename: none, origin: none, forward: none}\n");
  const Table& t = map.tables.at(0);
  EXPECT_TRUE(t.watermark.columns.empty());
  EXPECT_FALSE(t.watermark.from_defaults);
  EXPECT_TRUE(t.skip.empty());
  EXPECT_TRUE(t.rename.empty());
  EXPECT_EQ(t.origin, std::nullopt);
  EXPECT_EQ(t.forward.where, std::nullopt);
}

TEST(TableMap, NoneAmongTheDefaultsIsADecisionForEveryTable) {
  const Table t = parse("map: m\ndefaults: {watermark: none}\ntables: [{desktop: t}]\n").tables.at(0);
  EXPECT_TRUE(t.watermark.columns.empty());
  EXPECT_FALSE(t.watermark.from_defaults);
}

TEST(TableMap, DefaultsThatDoNotApplyToATableArePassedOver) {
  const TableMap map = parse(
      "map: m\ndefaults:\n  match: [a]\n  deletes: soft\n  soft_delete: {column: gone}\n  orphans: null\n"
      "  forward: {where: w}\n  reverse: {where: v}\n"
      "tables:\n  - {desktop: a, direction: reverse}\n  - {desktop: b, key: [k]}\n  - {desktop: c, deletes: hard}\n"
      "  - {desktop: d, key: none}\n");
  const Table& a = map.tables.at(0);
  EXPECT_EQ(a.forward.where, std::nullopt);
  EXPECT_EQ(a.reverse.where->sql, "v");
  EXPECT_EQ(a.deletes, DeletePolicy::ignore);
  EXPECT_EQ(a.soft_delete_column, std::nullopt);
  EXPECT_EQ(a.orphans, OrphanPolicy::quarantine);
  EXPECT_TRUE(map.tables.at(1).match.empty());
  EXPECT_EQ(map.tables.at(1).reverse.where, std::nullopt);
  EXPECT_EQ(map.tables.at(1).soft_delete_column->text, "gone");
  EXPECT_EQ(map.tables.at(2).deletes, DeletePolicy::hard);
  EXPECT_EQ(map.tables.at(2).soft_delete_column, std::nullopt);
  EXPECT_EQ(texts(map.tables.at(3).match), Texts{"a"});
}

TEST(TableMap, VariablesAreReplacedInValuesButNotInKeys) {
  const Environment environment = variables({{"NAME", "m2"}, {"T", "x: y"}, {"SQL", "a > 1"}, {"SIZE", "1MB"}});
  const TableMap map = parse(
      "map: ${NAME}\ntables:\n  - desktop: ${T}\n    row_bytes: ${SIZE}\n    skip: [\"${T}\"]\n"
      "    forward: {where: '${SQL} AND b = $$x$$', columns: {'${T}': '$${T}'}}\n",
      environment);
  EXPECT_EQ(map.name, "m2");
  const Table& t = map.tables.at(0);
  EXPECT_EQ(t.desktop.name, "x: y");
  EXPECT_EQ(t.row_bytes, 1u << 20);
  EXPECT_EQ(texts(t.skip), Texts{"x: y"});
  EXPECT_EQ(t.forward.where->sql, "a > 1 AND b = $$x$$");
  EXPECT_EQ(t.forward.columns.at(0).column, "${T}");
  EXPECT_EQ(t.forward.columns.at(0).expression.sql, "${T}");
}

TEST(TableMap, AnUnsetVariableInAUrlIsKeptForWhenTheUrlIsNeeded) {
  const TableMap map = parse(
      "map: m\ndesktop:\n  url: \"${DESKTOP}\"\ncloud: {url: 'host=${HOST}', timezone: UTC}\ntables: [{desktop: t}]\n",
      variables({{"HOST", "h"}}));
  EXPECT_EQ(map.desktop.url, "");
  EXPECT_EQ(map.desktop.url_problem,
            "m.yaml:3:8: the variable DESKTOP is not set, so the URL of the desktop is not known");
  EXPECT_EQ(map.desktop.mark.text(), "m.yaml:2:1");
  EXPECT_EQ(map.cloud.url, "host=h");
  EXPECT_EQ(map.cloud.url_problem, "");
  EXPECT_EQ(map.cloud.timezone, "UTC");
}

TEST(TableMap, AMapWithoutAUrlSaysSoWhenItIsNeeded) {
  const TableMap map = parse("map: m\ncloud: {schema: api}\ntables: [{desktop: t}]\n");
  EXPECT_EQ(map.desktop.url_problem, "m.yaml: the map gives no URL for the desktop");
  EXPECT_EQ(map.cloud.url_problem, "m.yaml:2:1: the map gives no URL for the cloud");
  EXPECT_EQ(parse("map: m\ncloud: {url: '${U}'}\ntables: [{desktop: t}]\n", variables({{"U", ""}})).cloud.url_problem,
            "m.yaml:2:14: 'url' is empty, so the URL of the cloud is not known");
}

TEST(TableMap, AnchorsSaveRepetition) {
  const TableMap map = parse("map: m\ntables:\n  - {desktop: a, skip: &s [x, y]}\n  - {desktop: b, skip: *s}\n");
  EXPECT_EQ(texts(map.tables.at(1).skip), (Texts{"x", "y"}));
}

}  // namespace
}  // namespace engine::config::test
