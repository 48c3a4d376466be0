#include <gtest/gtest.h>

#include "engine/config/table_map.hpp"
#include "tests/unit/config/refusal.hpp"

namespace engine::config::test {
namespace {

// Two tables, the first in line 3 and the second in line 4.
Refusal pair_refused(const std::string& first, const std::string& second) {
  return refused("map: m\ntables:\n  - {" + first + "}\n  - {" + second + "}\n");
}

TEST(TableRules, MatchIsOnlyForTablesWithoutAKey) {
  const Refusal problem = table_refused("key: [a]\nmatch: [b]");
  EXPECT_EQ(problem.what, "m.yaml:5:5: 'match' is only for tables without a key");
  EXPECT_EQ(problem.hint, "remove it, or write key: none if no columns identify a row");
  EXPECT_EQ(table_refused("match: [b]").what, "m.yaml:4:5: 'match' is only for tables without a key");
}

TEST(TableRules, LargeNeedsAStampAndAKey) {
  const Refusal problem = table_refused("watermark: none\nlarge: {above: 1GB}");
  EXPECT_EQ(problem.what, "m.yaml:5:5: 'large' needs a watermark, and this table has none");
  EXPECT_EQ(table_refused("key: none\nlarge: {above: 1GB}").what,
            "m.yaml:5:5: 'large' does nothing for a table without a key");
  EXPECT_TRUE(table("key: none\ndirection: reverse\nlarge: {above: 1GB}").large) << "only forward counts rows";
}

TEST(TableRules, AKeyMustNameAColumn) {
  EXPECT_EQ(table_refused("key: []").what, "m.yaml:4:10: 'key' names no column");
}

TEST(TableRules, SoftDeletesAndTheirColumnNeedEachOther) {
  EXPECT_EQ(table_refused("deletes: soft").what, "m.yaml:4:5: deletes: soft needs 'soft_delete'");
  EXPECT_EQ(table_refused("deletes: soft\nsoft_delete: none").what, "m.yaml:4:5: deletes: soft needs 'soft_delete'");
  EXPECT_EQ(table_refused("soft_delete: {column: gone}").what,
            "m.yaml:4:5: 'soft_delete' only works with deletes: soft");
  EXPECT_EQ(table_refused("deletes: hard\nsoft_delete: {column: gone}").what,
            "m.yaml:5:5: 'soft_delete' only works with deletes: soft");
  EXPECT_EQ(table_refused("soft_delete: {}").what, "m.yaml:4:18: 'soft_delete' lacks 'column'");
  EXPECT_EQ(refused("map: m\ndefaults: {deletes: soft}\ntables:\n  - desktop: t\n").what,
            "m.yaml:4:5: deletes: soft needs 'soft_delete'");
}

TEST(TableRules, AColumnIsNamedOnceInAList) {
  EXPECT_EQ(table_refused("key: [a, b, a]").what,
            "m.yaml:4:17: the column 'a' stands twice in 'key'; the first is at m.yaml:4:11");
  EXPECT_EQ(table_refused("skip:\n  - a\n  - a").what,
            "m.yaml:6:9: the column 'a' stands twice in 'skip'; the first is at m.yaml:5:9");
  EXPECT_EQ(table_refused("watermark: [a, a]").what,
            "m.yaml:4:20: the column 'a' stands twice in 'watermark'; the first is at m.yaml:4:17");
  EXPECT_EQ(table_refused("key: none\nmatch: [a, a]").what,
            "m.yaml:5:16: the column 'a' stands twice in 'match'; the first is at m.yaml:5:13");
  EXPECT_EQ(table_refused("rename: {a: x, a: y}").what,
            "m.yaml:4:20: the key 'a' stands here a second time; the first is at m.yaml:4:14");
  EXPECT_EQ(table_refused("rename: {a: x, b: x}").what,
            "m.yaml:4:23: 'rename' sends two columns to 'x'; the first is at m.yaml:4:17");
  EXPECT_EQ(table_refused("forward: {columns: {a: x, a: y}}").what,
            "m.yaml:4:31: the key 'a' stands here a second time; the first is at m.yaml:4:25");
}

TEST(TableRules, AColumnThatIdentifiesRowsCannotBeSkipped) {
  const Refusal problem = table_refused("key: [a, b]\nskip: [b]");
  EXPECT_EQ(problem.what, "m.yaml:4:14: the column 'b' stands in 'key' and in 'skip' at m.yaml:5:12");
  EXPECT_EQ(problem.hint, "a column that identifies rows has to be copied: remove it from one of the two");
  EXPECT_EQ(table_refused("key: [a]\nrename: {a: x}\nskip: [x]").what,
            "m.yaml:4:11: the column 'a' stands in 'key' and in 'skip' at m.yaml:6:12");
  EXPECT_EQ(table_refused("key: none\nmatch: [a]\nskip: [a]").what,
            "m.yaml:5:13: the column 'a' stands in 'match' and in 'skip' at m.yaml:6:12");
  EXPECT_EQ(refused("map: m\ndefaults: {skip: [a]}\ntables:\n  - {desktop: t, key: [a]}\n").what,
            "m.yaml:4:24: the column 'a' stands in 'key' and in 'skip' at m.yaml:2:19");
}

TEST(TableRules, AnOriginNeedsAllItsPartsAndTwoDifferentValues) {
  EXPECT_EQ(table_refused("origin: {column: s, desktop: D}").what, "m.yaml:4:13: 'origin' lacks 'cloud'");
  EXPECT_EQ(table_refused("origin: {column: s, cloud: D}").what, "m.yaml:4:13: 'origin' lacks 'desktop'");
  EXPECT_EQ(table_refused("origin: {desktop: D, cloud: M}").what, "m.yaml:4:13: 'origin' lacks 'column'");
  EXPECT_EQ(table_refused("origin: {column: s, desktop: D, cloud: D}").what,
            "m.yaml:4:44: 'origin' has the same value for both sides, which tells nothing");
  EXPECT_EQ(table_refused("origin: {column: s, desktop: '', cloud: D}").what,
            "m.yaml:4:34: 'desktop' must not be empty");
}

TEST(TableRules, BothDirectionsWithoutAKeyNeedAnOrigin) {
  const Refusal problem = table_refused("direction: both\nkey: none");
  EXPECT_EQ(problem.what, "m.yaml:5:5: a table without a key that is copied in both directions needs 'origin'");
  EXPECT_NE(problem.hint, "");
  EXPECT_EQ(table_refused("direction: both\nkey: none\norigin: {column: s, desktop: D, cloud: M}").what, "");
}

TEST(TableRules, WhatIsSaidForAnotherDirectionIsRefusedInTheTableItself) {
  EXPECT_EQ(table_refused("direction: reverse\nforward: {where: x}").what,
            "m.yaml:5:5: 'forward' stands in a table that is not copied in this direction");
  const Refusal problem = table_refused("reverse: {where: x}");
  EXPECT_EQ(problem.what, "m.yaml:4:5: 'reverse' stands in a table that is not copied in this direction");
  EXPECT_EQ(problem.hint, "remove 'reverse:', or write direction: reverse or direction: both");
}

TEST(TableRules, DeletesAndOrphansOnlyWorkTowardsTheCloud) {
  EXPECT_EQ(table_refused("direction: reverse\ndeletes: hard").what,
            "m.yaml:5:5: 'deletes' only works from desktop to cloud, but this table is only copied back");
  EXPECT_EQ(table_refused("direction: reverse\norphans: null").what,
            "m.yaml:5:5: 'orphans' only works from desktop to cloud, but this table is only copied back");
  EXPECT_EQ(table_refused("direction: reverse\nsoft_delete: {column: gone}").what,
            "m.yaml:5:5: 'soft_delete' only works from desktop to cloud, but this table is only copied back");
}

TEST(TableRules, APairThatStandsTwiceIsNamedWithBothPlaces) {
  const Refusal problem = pair_refused("desktop: a", "cloud: public.a");
  EXPECT_EQ(problem.what,
            "m.yaml:4:5: the pair 'public.a' -> 'public.a' stands here a second time; the first is at m.yaml:3:5");
  EXPECT_EQ(problem.hint, "remove one of the two");
}

TEST(TableRules, APairThatStandsOnceForEachDirectionBecomesOneEntry) {
  EXPECT_EQ(pair_refused("desktop: a", "desktop: a, direction: reverse").hint,
            "make one entry of the two, with direction: both");
  EXPECT_EQ(pair_refused("desktop: a, direction: both", "desktop: a, direction: reverse").hint,
            "remove one of the two");
}

TEST(TableRules, ATableThatIsWrittenByTwoEntriesIsNamedWithBothPlaces) {
  EXPECT_EQ(pair_refused("desktop: a, cloud: x", "desktop: b, cloud: x").what,
            "m.yaml:4:5: the cloud table 'public.x' is written by a second entry here; the first is at m.yaml:3:5");
  EXPECT_EQ(pair_refused("desktop: x, cloud: a, direction: reverse", "desktop: x, cloud: b, direction: both").what,
            "m.yaml:4:5: the desktop table 'public.x' is written by a second entry here; the first is at m.yaml:3:5");
  EXPECT_EQ(pair_refused("desktop: a, cloud: x", "desktop: a, cloud: y").what, "");
  EXPECT_EQ(pair_refused("desktop: a, cloud: x", "desktop: b, cloud: x, direction: reverse").what, "");
}

TEST(TableRules, TableNamesAreNotFolded) { EXPECT_EQ(pair_refused("desktop: a", "desktop: A").what, ""); }

TEST(TableRules, ADotWithoutANameBesideItIsRefused) {
  EXPECT_EQ(refused("map: m\ntables: [{desktop: .t}]\n").what, "m.yaml:2:20: a name is missing beside the dot");
  EXPECT_EQ(refused("map: m\ntables: [{cloud: t.}]\n").what, "m.yaml:2:18: a name is missing beside the dot");
}

TEST(TableRules, WhatOnlyATableCanSayCannotStandInDefaults) {
  for (const std::string key : {"desktop", "cloud", "key"}) {
    const Refusal problem = refused("map: m\ndefaults: {" + key + ": a}\ntables: [{desktop: t}]\n");
    EXPECT_EQ(problem.what, "m.yaml:2:12: '" + key + "' cannot stand in 'defaults'");
    EXPECT_EQ(problem.hint, "each table has its own; write it in 'tables'");
  }
}

}  // namespace
}  // namespace engine::config::test
