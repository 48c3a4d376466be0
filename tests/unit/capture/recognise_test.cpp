#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/capture/cursor.hpp"

namespace engine::capture {
namespace {

using testing::HasSubstr;
using Token = MarkFinding::Token;

constexpr std::int64_t wal = 5'000'000'000;

const SourceIdentity unchanged{"7001", 16384, "00000001", false, 1000, wal + 1, "1700000000.5"};
const SourceIdentity standby{"7001", 16384, "", true, 1000, wal + 1, "1700000000.5"};
const SourceIdentity as_stored{"7001", 16384, "00000001", false, 0, 0, ""};
const SourceIdentity standby_as_stored{"7001", 16384, "", true, 0, wal, ""};

const KnownSource known{as_stored, {"token", 800}, {}};
const MarkFinding found{Token::present, "committed", {}};

// 24 transactions, of which every third was committed.
KnownSource known_by_outcomes(SourceIdentity before = as_stored) {
  KnownSource source{std::move(before), {}, {}};
  for (std::size_t i = 0; i < outcomes_taken; ++i) source.outcomes.push_back({700 + static_cast<Xid>(i), i % 3 == 0});
  return source;
}

MarkFinding same_outcomes() {
  MarkFinding finding;
  for (const auto& outcome : known_by_outcomes().outcomes)
    finding.outcomes.emplace_back(outcome.committed ? "committed" : "aborted");
  return finding;
}

const KnownSource known_standby{standby_as_stored, {"", 800}, {}};

void expect(Recognition what, const std::string& why, const Recognised& recognised) {
  EXPECT_EQ(recognised.what, what) << recognised.why;
  EXPECT_THAT(recognised.why, HasSubstr(why));
}

void expect_same(const Recognised& recognised) {
  EXPECT_EQ(recognised.what, Recognition::same) << recognised.why;
  EXPECT_EQ(recognised.why, "");
}

TEST(Recognise, ASourceThatWasNeverReadIsNew) {
  expect(Recognition::first_time, "", recognise(std::nullopt, unchanged, {}));
  EXPECT_EQ(recognise(std::nullopt, unchanged, {}).why, "");
}

TEST(Recognise, TheSameSourceThatOnlyWentForwardIsTheSame) { expect_same(recognise(known, unchanged, found)); }

TEST(Recognise, AnAnchorSoOldThatNobodyKnowsItsFateIsTrusted) {
  expect_same(recognise(known, unchanged, {Token::present, "unknown", {}}));
  expect_same(recognise(known, unchanged, {Token::present, "in progress", {}}));
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
  const SourceIdentity other{"7002", 1, "00000009", true, 1, 1, "1"};
  expect(Recognition::other_database, "", recognise(known, other, {Token::gone, "aborted", {}}));
  expect(Recognition::other_database, "", recognise(known_by_outcomes(), other, {}));
  expect(Recognition::other_database, "", recognise(known_standby, other, {}));
}

TEST(Recognise, APromotedStandbyHasGoneBack) {
  auto promoted = unchanged;
  promoted.timeline = "00000002";
  expect(Recognition::gone_back, "timeline 00000001 became 00000002", recognise(known, promoted, found));
  expect(Recognition::gone_back, "timeline 00000001 became 00000002",
         recognise(known_by_outcomes(), promoted, same_outcomes()));
}

TEST(Recognise, ASourceWithoutTheTokenWasRestored) {
  expect(Recognition::gone_back, "restored from a backup", recognise(known, unchanged, {Token::gone, "committed", {}}));
}

TEST(Recognise, ATokenThatMayNotBeLookedForProvesNothing) {
  expect(Recognition::gone_back, "GRANT SELECT ON pgtide.anchor",
         recognise(known, unchanged, {Token::hidden, "committed", {}}));
}

TEST(Recognise, IdsThatWentBackBelowTheAnchorAreNoticed) {
  auto back = unchanged;
  back.xmax = 799;
  expect(Recognition::gone_back, "ids went back", recognise(known, back, {Token::present, "future", {}}));
  back.xmax = 800;  // the first id not yet assigned: the anchor's own would be handed out again
  expect(Recognition::gone_back, "ids went back", recognise(known, back, {Token::present, "future", {}}));
  back.xmax = 801;
  expect_same(recognise(known, back, found));
}

TEST(Recognise, AnAnchorThatNeverCommittedMeansALostTransaction) {
  expect(Recognition::gone_back, "lost the transaction", recognise(known, unchanged, {Token::present, "aborted", {}}));
}

TEST(Recognise, ASourceWithoutAnyMarkIsNotTrusted) {
  expect(Recognition::gone_back, "no mark", recognise(KnownSource{as_stored, {}, {}}, unchanged, {}));
}

TEST(RecogniseByOutcomes, WhereAllTransactionsEndedAsTheyDidItIsTheSame) {
  expect_same(recognise(known_by_outcomes(), unchanged, same_outcomes()));
}

TEST(RecogniseByOutcomes, OneThatEndedDifferentlyIsEnough) {
  for (std::size_t i = 0; i < outcomes_taken; ++i)
    for (const auto* other : {"committed", "aborted", "in progress"}) {
      auto finding = same_outcomes();
      if (finding.outcomes[i] == other) continue;
      finding.outcomes[i] = other;
      expect(Recognition::gone_back, "ended differently", recognise(known_by_outcomes(), unchanged, finding));
    }
}

TEST(RecogniseByOutcomes, OneThatHasNotBegunYetMeansThatIdsWentBack) {
  auto finding = same_outcomes();
  finding.outcomes.back() = "future";
  expect(Recognition::gone_back, "ids went back", recognise(known_by_outcomes(), unchanged, finding));
}

TEST(RecogniseByOutcomes, ThoseTooOldToBeKnownDoNotCountAndTooFewProveNothing) {
  auto finding = same_outcomes();
  for (std::size_t i = 0; i < outcomes_taken - outcomes_needed; ++i) finding.outcomes[i] = "unknown";
  expect_same(recognise(known_by_outcomes(), unchanged, finding));
  finding.outcomes[outcomes_taken - outcomes_needed] = "unknown";
  expect(Recognition::gone_back, "has forgotten", recognise(known_by_outcomes(), unchanged, finding));
  for (auto& outcome : finding.outcomes) outcome = "unknown";
  expect(Recognition::gone_back, "has forgotten", recognise(known_by_outcomes(), unchanged, finding));
}

TEST(RecogniseByOutcomes, OneThatDiffersCountsThoughTheOthersAreTooOld) {
  auto finding = same_outcomes();
  for (auto& outcome : finding.outcomes) outcome = "unknown";
  finding.outcomes.back() = known_by_outcomes().outcomes.back().committed ? "aborted" : "committed";
  expect(Recognition::gone_back, "ended differently", recognise(known_by_outcomes(), unchanged, finding));
}

TEST(RecogniseByOutcomes, ThatWereNotAskedForProveNothing) {
  expect(Recognition::gone_back, "has forgotten", recognise(known_by_outcomes(), unchanged, {}));
}

TEST(RecogniseByOutcomes, AStandbyOfThatSourceKnowsThemToo) {
  expect_same(recognise(known_by_outcomes(), standby, same_outcomes()));
  expect_same(recognise(known_by_outcomes(standby_as_stored), unchanged, same_outcomes()));
  auto late = same_outcomes();
  late.outcomes.back() = "future";
  expect(Recognition::gone_back, "has not got as far", recognise(known_by_outcomes(), standby, late));
}

TEST(RecogniseAStandby, ThatOnlyWentForwardIsTheSame) {
  expect_same(recognise(known_standby, standby, {}));
  auto still = standby;
  still.wal_position = wal;
  expect_same(recognise(known_standby, still, {}));
}

TEST(RecogniseAStandby, ThatShowsLessThanBeforeHasGoneBack) {
  auto back = standby;
  back.wal_position = wal - 1;
  expect(Recognition::gone_back, "shows less", recognise(known_standby, back, {}));
  back = standby;
  back.xmax = 800;  // this id had been assigned
  expect(Recognition::gone_back, "shows less", recognise(known_standby, back, {}));
}

TEST(RecogniseAStandby, ThatWasPromotedSinceIsTheSame) {
  auto promoted = unchanged;
  promoted.timeline = "00000002";
  expect_same(recognise(known_standby, promoted, {}));
  promoted.wal_position = wal - 1;
  expect(Recognition::gone_back, "shows less", recognise(known_standby, promoted, {}));
}

TEST(RecogniseAStandby, OfAPrimaryThatWasReadBeforeShowsItsToken) {
  expect_same(recognise(known, standby, found));
  expect(Recognition::gone_back, "has not got as far", recognise(known, standby, {Token::gone, "committed", {}}));
}

TEST(RecogniseAStandby, WithATokenFromBeforeNeedsBothTheTokenAndItsProgress) {
  const KnownSource both{standby_as_stored, {"token", 800}, {}};
  expect_same(recognise(both, standby, found));
  expect_same(recognise(both, unchanged, found));
  expect(Recognition::gone_back, "mark of the last run is gone", recognise(both, unchanged, {Token::gone, "", {}}));
  auto back = standby;
  back.wal_position = wal - 1;
  expect(Recognition::gone_back, "shows less", recognise(both, back, found));
}

TEST(SourceIdentity, ADatabaseIsItsClusterAndItsNumber) { EXPECT_EQ(unchanged.database(), "7001/16384"); }

TEST(Server, AStartOrAPromotionMakesAnother) {
  const auto before = standby.server();
  EXPECT_EQ(before, standby.server());
  EXPECT_NE(before, unchanged.server());
  auto restarted = standby;
  restarted.server_start = "1700000001.5";
  EXPECT_NE(before, restarted.server());
}

}  // namespace
}  // namespace engine::capture
