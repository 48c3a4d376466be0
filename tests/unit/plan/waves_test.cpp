#include "engine/plan/waves.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace engine::plan::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Reference firm(std::size_t child, std::size_t parent) {
  return {child, parent, "fk" + std::to_string(child) + std::to_string(parent), false, {}};
}
Reference deferrable(std::size_t child, std::size_t parent) {
  auto reference = firm(child, parent);
  reference.deferrable = true;
  return reference;
}
Reference nullable(std::size_t child, std::size_t parent, std::vector<std::string> columns = {"parent"}) {
  auto reference = firm(child, parent);
  reference.nullable_columns = std::move(columns);
  return reference;
}

using Waves = std::vector<std::vector<std::vector<std::size_t>>>;
Waves shape(const Ordering& ordering) {
  Waves waves;
  for (const auto& wave : ordering.waves) {
    waves.emplace_back();
    for (const auto& group : wave) waves.back().push_back(group.tasks);
    std::ranges::sort(waves.back());
  }
  return waves;
}

TEST(Waves, NoTablesNeedNoWave) { EXPECT_TRUE(order_tables(0, {}).waves.empty()); }

TEST(Waves, TablesThatDoNotReferToEachOtherGoTogether) {
  const auto ordering = order_tables(3, {});
  ASSERT_EQ(shape(ordering), (Waves{{{0}, {1}, {2}}}));
  for (const auto& group : ordering.waves.at(0)) {
    EXPECT_FALSE(group.one_transaction);
    EXPECT_FALSE(group.deferred);
    EXPECT_TRUE(group.late_columns.empty());
  }
}

TEST(Waves, AChainIsCopiedFromItsParentDown) {
  EXPECT_EQ(shape(order_tables(3, {firm(0, 1), firm(1, 2)})), (Waves{{{2}}, {{1}}, {{0}}}));
}

TEST(Waves, ADiamondWaitsForBothOfItsParents) {
  EXPECT_EQ(shape(order_tables(4, {firm(3, 1), firm(3, 2), firm(1, 0), firm(2, 0)})),
            (Waves{{{0}}, {{1}, {2}}, {{3}}}));
}

TEST(Waves, AChildWaitsForTheDeepestOfItsParents) {
  EXPECT_EQ(shape(order_tables(4, {firm(1, 0), firm(2, 1), firm(3, 0), firm(3, 2)})),
            (Waves{{{0}}, {{1}}, {{2}}, {{3}}}));
}

TEST(Waves, TwoKeysToTheSameParentAreOneReason) {
  EXPECT_EQ(shape(order_tables(2, {firm(1, 0), firm(1, 0)})), (Waves{{{0}}, {{1}}}));
}

TEST(Waves, ADeferrableOrNullableKeyOutsideACycleStillMakesTheChildWait) {
  const auto ordering = order_tables(3, {deferrable(1, 0), nullable(2, 1)});
  EXPECT_EQ(shape(ordering), (Waves{{{0}}, {{1}}, {{2}}}));
  for (const auto& wave : ordering.waves) {
    EXPECT_FALSE(wave.at(0).deferred);
    EXPECT_TRUE(wave.at(0).late_columns.empty());
    EXPECT_FALSE(wave.at(0).one_transaction);
  }
}

TEST(Waves, ATableThatRefersToItselfIsCommittedAtOnce) {
  const auto ordering = order_tables(1, {firm(0, 0)});
  ASSERT_EQ(shape(ordering), (Waves{{{0}}}));
  EXPECT_TRUE(ordering.waves[0][0].one_transaction);
  EXPECT_TRUE(ordering.waves[0][0].late_columns.empty());
  EXPECT_TRUE(ordering.impossible.empty());
}

TEST(Waves, ACycleIsOpenedByDeferringItsConstraints) {
  const auto ordering = order_tables(2, {deferrable(0, 1), deferrable(1, 0)});
  ASSERT_EQ(ordering.waves.size(), 1u);
  ASSERT_EQ(ordering.waves[0].size(), 1u);
  const Group& group = ordering.waves[0][0];
  EXPECT_EQ(group.tasks.size(), 2u);
  EXPECT_TRUE(group.one_transaction);
  EXPECT_TRUE(group.deferred);
  EXPECT_TRUE(group.late_columns.empty());
}

TEST(Waves, ACycleWithOneFirmKeyPutsItsParentFirst) {
  for (const bool other_way : {false, true}) {
    const std::size_t child = other_way ? 1 : 0, parent = other_way ? 0 : 1;
    const auto ordering = order_tables(2, {firm(child, parent), deferrable(parent, child)});
    ASSERT_EQ(ordering.waves.size(), 1u);
    EXPECT_THAT(ordering.waves[0][0].tasks, ElementsAre(parent, child));
    EXPECT_TRUE(ordering.waves[0][0].deferred);
  }
}

TEST(Waves, ACycleIsOpenedByColumnsThatAreSetLater) {
  for (const bool other_way : {false, true}) {
    const std::size_t child = other_way ? 1 : 0, parent = other_way ? 0 : 1;
    const auto ordering = order_tables(2, {firm(child, parent), nullable(parent, child, {"boss", "boss_org"})});
    ASSERT_EQ(ordering.waves.size(), 1u);
    const Group& group = ordering.waves[0][0];
    EXPECT_THAT(group.tasks, ElementsAre(parent, child));
    EXPECT_FALSE(group.deferred);
    ASSERT_EQ(group.late_columns.size(), 1u);
    EXPECT_THAT(group.late_columns.at(parent), ElementsAre("boss", "boss_org"));
  }
}

TEST(Waves, AKeyThatTheOrderSatisfiesIsNeitherDeferredNorLate) {
  const auto ordering = order_tables(2, {nullable(0, 1), nullable(1, 0)});
  const Group& group = ordering.waves.at(0).at(0);
  ASSERT_EQ(group.tasks.size(), 2u);
  ASSERT_EQ(group.late_columns.size(), 1u);
  EXPECT_EQ(group.late_columns.begin()->first, group.tasks.front()) << "only the first of the two lacks its parent";
}

TEST(Waves, AColumnOfTwoForeignKeysIsLateOnce) {
  const auto ordering = order_tables(2, {firm(0, 1), nullable(1, 0, {"a"}), nullable(1, 0, {"a", "b"})});
  EXPECT_THAT(ordering.waves.at(0).at(0).late_columns.at(1), ElementsAre("a", "b"));
}

TEST(Waves, ASelfReferenceInsideACycleNeedsNothingMore) {
  const auto ordering = order_tables(2, {firm(0, 0), firm(0, 1), nullable(1, 0)});
  EXPECT_TRUE(ordering.impossible.empty());
  EXPECT_THAT(ordering.waves.at(0).at(0).tasks, ElementsAre(1, 0));
  EXPECT_FALSE(ordering.waves.at(0).at(0).late_columns.contains(0));
}

TEST(Waves, ACycleOfFirmKeysIsImpossibleAndNamesThem) {
  const auto ordering = order_tables(4, {firm(0, 1), firm(1, 2), firm(2, 0)});
  EXPECT_EQ(shape(ordering), (Waves{{{3}}})) << "the other table is copied all the same";
  ASSERT_EQ(ordering.impossible.size(), 3u);
  for (const auto& [task, why] : ordering.impossible) {
    EXPECT_LT(task, 3u);
    for (const char* name : {"fk01", "fk12", "fk20"}) EXPECT_THAT(why, HasSubstr(name));
  }
}

TEST(Waves, TablesAfterACycleWaitForAllOfIt) {
  const auto ordering = order_tables(4, {firm(0, 1), nullable(1, 0), firm(2, 0), firm(1, 3)});
  EXPECT_EQ(shape(ordering), (Waves{{{3}}, {{1, 0}}, {{2}}}));
}

TEST(Waves, ThereIsNoEmptyWaveWhereACycleIsLeftOut) {
  const auto ordering = order_tables(3, {firm(0, 1), firm(1, 0), firm(2, 0)});
  EXPECT_EQ(shape(ordering), (Waves{{{2}}}));
}

// Every table is somewhere once, and a parent is in an earlier wave, or earlier in its group, or its key is opened.
void check(std::size_t tables, const std::vector<Reference>& references, const Ordering& ordering) {
  struct Place {
    std::size_t wave = 0, position = 0;
    const Group* group = nullptr;
  };
  std::map<std::size_t, Place> places;
  for (std::size_t wave = 0; wave < ordering.waves.size(); ++wave) {
    EXPECT_FALSE(ordering.waves[wave].empty());
    for (const auto& group : ordering.waves[wave])
      for (std::size_t position = 0; position < group.tasks.size(); ++position)
        EXPECT_TRUE(places.emplace(group.tasks[position], Place{wave, position, &group}).second) << "twice";
  }
  std::set<std::size_t> impossible;
  for (const auto& [task, why] : ordering.impossible) EXPECT_TRUE(impossible.insert(task).second);
  EXPECT_EQ(places.size() + impossible.size(), tables);
  for (const auto& r : references) {
    if (impossible.contains(r.child) || impossible.contains(r.parent)) continue;
    const Place& child = places.at(r.child);
    const Place& parent = places.at(r.parent);
    if (child.group != parent.group) {
      EXPECT_LT(parent.wave, child.wave) << r.name;
      continue;
    }
    EXPECT_TRUE(child.group->one_transaction);
    if (r.child == r.parent || parent.position < child.position) continue;
    const auto late = child.group->late_columns.find(r.child);
    const bool set_later = late != child.group->late_columns.end() && !r.nullable_columns.empty() &&
                           std::ranges::all_of(r.nullable_columns, [&](const auto& c) {
                             return std::ranges::find(late->second, c) != late->second.end();
                           });
    EXPECT_TRUE((r.deferrable && child.group->deferred) || set_later) << r.name << " is violated";
  }
}

TEST(Waves, ParentsAlwaysComeBeforeTheirChildren) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 2000 && !testing::Test::HasFailure(); ++round) {
    const std::size_t tables = 1 + random() % 12;
    std::vector<Reference> references;
    for (std::size_t i = random() % (2 * tables); i > 0; --i) {
      Reference r = firm(random() % tables, random() % tables);
      r.deferrable = random() % 3 == 0;
      if (random() % 3 == 0) r.nullable_columns = {"c" + std::to_string(random() % 3)};
      references.push_back(r);
    }
    check(tables, references, order_tables(tables, references));
  }
}

TEST(Waves, WithoutCyclesNothingIsImpossibleAndEveryTableIsCommittedByItself) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 500 && !testing::Test::HasFailure(); ++round) {
    const std::size_t tables = 2 + random() % 10;
    std::vector<Reference> references;
    for (std::size_t i = random() % (2 * tables); i > 0; --i) {
      const std::size_t child = 1 + random() % (tables - 1);
      references.push_back(firm(child, random() % child));
    }
    const auto ordering = order_tables(tables, references);
    EXPECT_THAT(ordering.impossible, IsEmpty());
    for (const auto& wave : ordering.waves)
      for (const auto& group : wave) EXPECT_FALSE(group.one_transaction);
    check(tables, references, ordering);
  }
}

}  // namespace
}  // namespace engine::plan::test
