#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/capture/cursor.hpp"

namespace engine::capture {
namespace {

using testing::HasSubstr;

const KnownSource known{{"7001", 16384, "00000001", false, 900}, {"token", 800}};
const SourceIdentity unchanged{"7001", 16384, "00000001", false, 1000};
const AnchorFinding found{true, "committed"};

void expect(Recognition what, const std::string& why, const Recognised& recognised) {
  EXPECT_EQ(recognised.what, what);
  EXPECT_THAT(recognised.why, HasSubstr(why));
}

TEST(Recognise, ASourceThatWasNeverReadIsNew) {
  expect(Recognition::first_time, "", recognise(std::nullopt, unchanged, {}));
  EXPECT_EQ(recognise(std::nullopt, unchanged, {}).why, "");
}

TEST(Recognise, TheSameSourceThatOnlyWentForwardIsTheSame) {
  EXPECT_EQ(recognise(known, unchanged, found).what, Recognition::same);
  EXPECT_EQ(recognise(known, unchanged, found).why, "");
}

TEST(Recognise, AnAnchorSoOldThatNobodyKnowsItsFateIsTrusted) {
  EXPECT_EQ(recognise(known, unchanged, {true, ""}).what, Recognition::same);
  EXPECT_EQ(recognise(known, unchanged, {true, "in progress"}).what, Recognition::same);
}

TEST(Recognise, AnotherClusterIsAnotherDatabaseAndBothAreNamed) {
  auto other = unchanged;
  other.system_identifier = "7002";
  expect(Recognition::other_database, "(it was 7001/16384, it is 7002/16384)", recognise(known, other, found));
}

TEST(Recognise, AnotherDatabaseOfTheSameClusterIsAnotherDatabase) {
  auto other = unchanged;
  other.database_oid = 16385;
  expect(Recognition::other_database, "7001/16385", recognise(known, other, found));
}

TEST(Recognise, AnotherDatabaseIsToldBeforeEverythingElse) {
  expect(Recognition::other_database, "", recognise(known, {"7002", 1, "00000009", true, 1}, {false, "aborted"}));
}

TEST(Recognise, APromotedStandbyHasGoneBack) {
  auto promoted = unchanged;
  promoted.timeline = "00000002";
  expect(Recognition::gone_back, "timeline 00000001 became 00000002", recognise(known, promoted, found));
}

TEST(Recognise, AStandbyHasNoTimelineToCompare) {
  auto standby = unchanged;
  standby.timeline = "";
  EXPECT_EQ(recognise(known, standby, found).what, Recognition::same);
  auto before = known;
  before.identity.timeline = "";
  EXPECT_EQ(recognise(before, unchanged, found).what, Recognition::same);
}

TEST(Recognise, ASourceWithoutTheTokenWasRestored) {
  expect(Recognition::gone_back, "restored from a backup", recognise(known, unchanged, {false, "committed"}));
}

TEST(Recognise, IdsThatWentBackBelowTheAnchorAreNoticed) {
  auto back = unchanged;
  back.xmax = 799;
  expect(Recognition::gone_back, "ids went back", recognise(known, back, {true, ""}));
  back.xmax = 800;  // the first id not yet assigned: the anchor's own would be handed out again
  expect(Recognition::gone_back, "ids went back", recognise(known, back, {true, ""}));
  back.xmax = 801;
  EXPECT_EQ(recognise(known, back, found).what, Recognition::same);
}

TEST(Recognise, AnAnchorThatNeverCommittedMeansALostTransaction) {
  expect(Recognition::gone_back, "lost the transaction", recognise(known, unchanged, {true, "aborted"}));
}

TEST(SourceIdentity, ADatabaseIsItsClusterAndItsNumber) { EXPECT_EQ(unchanged.database(), "7001/16384"); }

}  // namespace
}  // namespace engine::capture
