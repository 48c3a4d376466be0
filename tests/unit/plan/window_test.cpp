#include "engine/plan/window.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace engine::plan::test {
namespace {

using Kind = Window::Kind;

constexpr capture::Xid epoch = capture::Xid{1} << 32;

TableTask some_task() {
  TableTask task;
  task.table_oid = 16400;
  task.schema_hash = "schema";
  task.mapping_hash = "mapping";
  return task;
}
capture::Cursor where_it_stood() {
  capture::Cursor cursor;
  cursor.next_xid = 1000;
  cursor.table_oid = 16400;
  cursor.schema_hash = "schema";
  cursor.mapping_hash = "mapping";
  cursor.run_id = 7;
  return cursor;
}
const capture::Cursor stood = where_it_stood();
Request asked(Mode mode, bool overwrite = false) { return {mode, {}, overwrite}; }
Window decide(const TableTask& task, const std::optional<capture::Cursor>& cursor = stood, capture::Xid until = 1100,
              Mode mode = Mode::incremental, bool trusted = true) {
  return decide_window(task, asked(mode), cursor, trusted, until);
}

// Transaction ids tell nothing: every row is read.
void expect_ids_useless(const Window& window, const std::string& why) {
  EXPECT_EQ(window.kind, Kind::whole);
  EXPECT_EQ(window.why, why);
  EXPECT_FALSE(window.check_counts);
}

// The ids are good, but rows that nobody touched may look different.
void expect_looks_changed(const Window& window, const std::string& why) {
  EXPECT_EQ(window.kind, Kind::whole);
  EXPECT_EQ(window.why, why);
}

TEST(Window, AFirstRunReadsEverything) {
  for (const Mode mode : {Mode::incremental, Mode::full, Mode::reverse}) {
    const auto window = decide(some_task(), std::nullopt, 1100, mode);
    EXPECT_EQ(window.kind, Kind::whole);
    EXPECT_EQ(window.why, "it has not been synchronised yet");
    EXPECT_FALSE(window.check_counts);
    EXPECT_EQ(window.until, 1100);
  }
}

TEST(Window, AnIncrementalRunReadsWhatWasWrittenSince) {
  for (const Mode mode : {Mode::incremental, Mode::reverse}) {
    const auto window = decide(some_task(), stood, 1100, mode);
    EXPECT_EQ(window.kind, Kind::since);
    EXPECT_EQ(window.from.next_xid, 1000);
    EXPECT_EQ(window.until, 1100);
    EXPECT_FALSE(window.check_counts);
    EXPECT_EQ(window.why, "");
  }
}

TEST(Window, AnIdleSourceIsNotReadAtAll) {
  EXPECT_EQ(decide(some_task(), stood, 1000).kind, Kind::nothing);
  EXPECT_EQ(decide(some_task(), stood, 1000, Mode::reverse).kind, Kind::nothing);
  EXPECT_EQ(decide(some_task(), stood, 1001).kind, Kind::since);
}

TEST(Window, ATransactionThatHadNotFinishedIsReadEvenWhereNothingElseHappened) {
  auto cursor = stood;
  cursor.unfinished = {990};
  const auto window = decide(some_task(), cursor, 1000);
  EXPECT_EQ(window.kind, Kind::since);
  EXPECT_EQ(window.from.unfinished, std::vector<capture::Xid>{990});
}

TEST(Window, AFullRunReadsEverything) {
  const auto window = decide(some_task(), stood, 1100, Mode::full);
  EXPECT_EQ(window.kind, Kind::whole);
  EXPECT_EQ(window.why, "full");
  EXPECT_FALSE(window.check_counts) << "a full run is never skipped";
  EXPECT_EQ(window.from.next_xid, 1000);
}

TEST(Window, AFullRunReadsEverythingEvenWhereTheSourceIsIdle) {
  EXPECT_EQ(decide(some_task(), stood, 1000, Mode::full).kind, Kind::whole);
}

TEST(Window, OverwriteReadsEverythingWhateverElseIsTrue) {
  auto changed = stood;
  changed.mapping_hash = "other";
  auto expression = some_task();
  expression.whole_why = "an expression reads jobshead";
  for (const bool trusted : {true, false})
    for (const auto& cursor : {stood, changed})
      for (const auto& task : {some_task(), expression}) {
        const auto window = decide_window(task, asked(Mode::full, true), cursor, trusted, 1000);
        EXPECT_EQ(window.kind, Kind::whole);
        EXPECT_FALSE(window.check_counts);
      }
}

TEST(Window, ASourceThatWentBackIsReadWhole) {
  for (const Mode mode : {Mode::incremental, Mode::full})
    expect_ids_useless(decide(some_task(), stood, 1100, mode, false), "the source was restored, promoted or exchanged");
  expect_ids_useless(decide(some_task(), stood, 999), "the source's transaction ids went back");
}

TEST(Window, ASourceThatWentBackIsReadWholeEvenWhereItLooksIdle) {
  expect_ids_useless(decide(some_task(), stood, 1000, Mode::incremental, false),
                     "the source was restored, promoted or exchanged");
}

TEST(Window, ASourceWithoutTransactionIdsIsReadWhole) {
  auto task = some_task();
  task.has_xmin = false;
  task.guarantee_why = "it is a view";
  task.whole_why = task.guarantee_why;
  expect_ids_useless(decide(task), "it is a view");
  expect_ids_useless(decide(task, stood, 1000), "it is a view");
}

// ---- by stamp

// A view with a stamp, and where its last run stood.
TableTask stamped_view() {
  auto task = some_task();
  task.has_xmin = false;
  task.guarantee = "best_effort";
  task.guarantee_why = "it is a view";
  task.stamps = {{"\"v\".\"updated_at\"", "timestamp with time zone", "", 0}};
  return task;
}
capture::Cursor stamped_until(const std::string& stamp, std::optional<double> since_exact = 60) {
  auto cursor = stood;
  cursor.stamp = stamp;
  cursor.since_exact = since_exact;
  return cursor;
}
const capture::Cursor stood_with_stamp = stamped_until("2024-05-06 07:08:09.000000+00");

TEST(Window, RowsWithoutTransactionIdsAreFoundByTheirStamp) {
  for (const capture::Xid until : {1000, 1100})
    for (const Mode mode : {Mode::incremental, Mode::reverse}) {
      const auto window = decide(stamped_view(), stood_with_stamp, until, mode);
      EXPECT_EQ(window.kind, Kind::stamped) << "a quiet cluster tells nothing about what a view shows";
      EXPECT_TRUE(window.unstamped);
      EXPECT_EQ(window.from.stamp, stood_with_stamp.stamp);
      EXPECT_FALSE(is_quick(stamped_view(), window)) << "there is no other pass";
    }
}

TEST(Window, RowsWithoutTransactionIdsAreComparedWholeByAFullRun) {
  const auto window = decide(stamped_view(), stood_with_stamp, 1100, Mode::full);
  EXPECT_EQ(window.kind, Kind::whole);
  EXPECT_EQ(window.why, "full");
  EXPECT_FALSE(window.unexpected);
}

TEST(Window, WithoutAStampToGoOnFromTheyAreComparedWhole) {
  const auto window = decide(stamped_view(), stood);
  EXPECT_EQ(window.kind, Kind::whole);
  EXPECT_THAT(window.why, testing::HasSubstr("could not be seen"));
  EXPECT_FALSE(window.check_counts);
}

TEST(Window, AStampIsNoReasonToGoOnWhereTheSourceOrTheMapChanged) {
  auto schema = stood_with_stamp, mapping = stood_with_stamp, anew = stood_with_stamp, distrusted = stood_with_stamp;
  schema.schema_hash = mapping.mapping_hash = "other";
  anew.table_oid = 16401;
  distrusted.ids_valid = false;
  auto large = some_task();
  large.exact_every = 3600;
  for (const auto& task : {stamped_view(), large}) {
    for (const auto& cursor : {schema, mapping, anew, distrusted}) {
      EXPECT_EQ(decide(task, cursor).kind, Kind::whole);
      EXPECT_TRUE(decide(task, cursor).unexpected);
    }
    EXPECT_EQ(decide(task, stood_with_stamp, 1100, Mode::incremental, false).kind, Kind::whole);
    EXPECT_EQ(decide(task, stood_with_stamp, 999).kind, Kind::whole);
  }
}

TEST(Window, ConflictsThatWaitAreReadAgainBesideTheStamped) {
  auto task = stamped_view();
  Column key;
  key.target = "id";
  key.key = key.conversion.same = true;
  key.conversion.stage_type = "integer";
  task.columns = {key};
  const auto window = decide_window(task, asked(Mode::incremental), stood_with_stamp, true, 1100, {R"({"id": 1})"});
  EXPECT_EQ(window.kind, Kind::stamped);
  EXPECT_THAT(window.again, testing::ElementsAre(R"({"id": 1})"));
  task.columns[0].conversion.same = false;
  EXPECT_EQ(decide_window(task, asked(Mode::incremental), stood_with_stamp, true, 1100, {R"({"id": 1})"}).kind,
            Kind::whole);
}

TEST(Window, AnExpressionOverAViewThatReadsMoreIsComparedWholeEachTime) {
  auto task = stamped_view();
  task.whole_why = "an expression reads jobshead";
  const auto window = decide(task, stood_with_stamp);
  EXPECT_EQ(window.kind, Kind::whole);
  EXPECT_FALSE(window.check_counts) << "the rows of a view cannot be told new from old";
  EXPECT_FALSE(window.unexpected);
}

TEST(Window, ALargeTableIsReadByStampUntilTheNextExactPassIsDue) {
  auto task = some_task();
  task.exact_every = 3600;
  const auto at = [&](std::optional<double> since_exact, capture::Xid until = 1100, Mode mode = Mode::incremental) {
    return decide(task, stamped_until("2024-05-06 07:08:09.000000+00", since_exact), until, mode);
  };
  EXPECT_EQ(at(0).kind, Kind::stamped);
  EXPECT_EQ(at(3599).kind, Kind::stamped);
  EXPECT_EQ(at(3599, 1100, Mode::reverse).kind, Kind::stamped);
  EXPECT_FALSE(at(3599).unstamped) << "the exact pass brings them";
  EXPECT_TRUE(is_quick(task, at(3599)));
  EXPECT_EQ(at(3600).kind, Kind::since);
  EXPECT_EQ(at(std::nullopt).kind, Kind::since) << "there was no exact pass yet";
  EXPECT_EQ(at(-1).kind, Kind::since) << "the clock was set back";
  EXPECT_EQ(at(0, 1000).kind, Kind::nothing) << "nothing was written: complete without looking";
  EXPECT_EQ(at(0, 1100, Mode::full).kind, Kind::whole);
  EXPECT_EQ(decide(task, stood).kind, Kind::since) << "no stamp to go on from";
  EXPECT_FALSE(is_quick(task, at(3600)));
  EXPECT_EQ(decide(some_task(), stood_with_stamp).kind, Kind::since) << "a table that is not large";
}

TEST(Window, AnotherMappingIsReadWhole) {
  auto cursor = stood;
  cursor.mapping_hash = "other";
  for (const Mode mode : {Mode::incremental, Mode::full, Mode::reverse})
    for (const capture::Xid until : {1000, 1100}) {
      const auto window = decide(some_task(), cursor, until, mode);
      expect_looks_changed(window, "the map, or the columns it maps, changed");
      EXPECT_FALSE(window.check_counts) << "no number of rows tells that the map changed";
    }
}

TEST(Window, AnotherSchemaIsReadWhole) {
  auto cursor = stood;
  cursor.schema_hash = "other";
  for (const capture::Xid until : {1000, 1100}) {
    const auto window = decide(some_task(), cursor, until);
    expect_looks_changed(window, "the source table's columns or types changed");
    EXPECT_FALSE(window.check_counts);
  }
}

TEST(Window, AChangedMapIsNotHiddenByAnExpressionThatReadsAnotherTable) {
  auto task = some_task();
  task.whole_why = "an expression reads jobshead";
  auto cursor = stood;
  cursor.mapping_hash = "other";
  const auto window = decide(task, cursor, 1000);
  expect_looks_changed(window, "the map, or the columns it maps, changed");
  EXPECT_FALSE(window.check_counts);
}

TEST(Window, ATableThatWasMadeAnewIsReadWhole) {
  auto cursor = stood;
  cursor.table_oid = 16401;
  expect_ids_useless(decide(some_task(), cursor), "the source table was made anew");
}

TEST(Window, AsManyTransactionsAsRowsCanTellApartAreReadSince) {
  EXPECT_EQ(decide(some_task(), stood, 1000 + epoch - 1).kind, Kind::since);
  expect_ids_useless(decide(some_task(), stood, 1000 + epoch), "too many transactions have passed since");
}

TEST(Window, IdsOfALaterEpochAreNotMistakenForEarlierOnes) {
  auto cursor = stood;
  cursor.next_xid = epoch + 5;
  EXPECT_EQ(decide(some_task(), cursor, epoch + 6).kind, Kind::since);
  EXPECT_EQ(decide(some_task(), cursor, 2 * epoch + 4).kind, Kind::since);
  EXPECT_EQ(decide(some_task(), cursor, 2 * epoch + 5).kind, Kind::whole);
}

TEST(Window, AnExpressionThatReadsAnotherTableComparesTheWholeTableUnlessNothingChangedThere) {
  auto task = some_task();
  task.whole_why = "an expression reads jobshead";
  task.facts.reads = {{"public", "jobshead"}};
  const auto window = decide(task);
  expect_looks_changed(window, "an expression reads jobshead");
  EXPECT_TRUE(window.check_counts);
  EXPECT_EQ(decide(task, stood, 1000).kind, Kind::nothing) << "nothing was written anywhere";
}

TEST(Window, AnExpressionThatReadsAViewAlwaysComparesTheWholeTable) {
  auto task = some_task();
  task.whole_why = "an expression reads v";
  task.facts.countable = false;
  for (const capture::Xid until : {1000, 1100}) {
    EXPECT_EQ(decide(task, stood, until).kind, Kind::whole) << until;
    EXPECT_FALSE(decide(task, stood, until).check_counts) << until;
  }
}

TEST(Window, AnExpressionThatReadsTheClockAlwaysComparesTheWholeTable) {
  auto task = some_task();
  task.whole_why = "an expression depends on now()";
  task.facts.restless = "now()";
  for (const capture::Xid until : {1000, 1100}) {
    EXPECT_EQ(decide(task, stood, until).kind, Kind::whole) << until;
    EXPECT_FALSE(decide(task, stood, until).check_counts) << until;
  }
}

TEST(Window, AFullRunOfSuchATableIsNeverSkipped) {
  auto task = some_task();
  task.whole_why = "an expression reads jobshead";
  for (const capture::Xid until : {1000, 1100}) {
    const auto window = decide(task, stood, until, Mode::full);
    expect_looks_changed(window, "full");
    EXPECT_FALSE(window.check_counts);
  }
}

// ---- what an operator should hear of

TEST(Window, AWholeReadThatNobodyAskedForIsUnexpected) {
  auto changed = stood;
  changed.mapping_hash = "other";
  for (const Mode mode : {Mode::incremental, Mode::full}) {
    EXPECT_FALSE(decide(some_task(), std::nullopt, 1100, mode).unexpected) << "the first run";
    EXPECT_FALSE(decide(some_task(), stood, 1100, mode).unexpected);
    EXPECT_TRUE(decide(some_task(), changed, 1100, mode).unexpected);
    EXPECT_TRUE(decide(some_task(), stood, 1100, mode, false).unexpected);
  }
  auto task = some_task();
  task.whole_why = "an expression reads jobshead";
  EXPECT_FALSE(decide(task).unexpected) << "the table always is";
}

// ---- conflicts that wait

// A task whose key is copied as it is, of one column of this type.
TableTask keyed(const std::string& stage_type = "integer", bool same = true) {
  auto task = some_task();
  Column key;
  key.target = "id";
  key.key = true;
  key.conversion.stage_type = stage_type;
  key.conversion.same = same;
  task.columns = {key};
  task.key = {"id"};
  return task;
}
Window decide_again(const TableTask& task, Mode mode = Mode::incremental, capture::Xid until = 1100) {
  return decide_window(task, asked(mode), stood, true, until, {R"({"id": 1})"});
}

TEST(Window, KeysOfOpenConflictsAreReadAgain) {
  for (const capture::Xid until : {1000, 1100}) {
    const auto window = decide_again(keyed(), Mode::incremental, until);
    EXPECT_EQ(window.kind, Kind::since) << until;
    EXPECT_THAT(window.again, testing::ElementsAre(R"({"id": 1})")) << until;
  }
  EXPECT_EQ(decide_again(keyed(), Mode::full).kind, Kind::whole);
  EXPECT_THAT(decide_again(keyed(), Mode::full).again, testing::IsEmpty());
}

TEST(Window, KeysThatLookDifferentOnTheOtherSideAreLookedForInTheWholeTable) {
  for (const auto& task : {keyed("timestamp with time zone"), keyed("text", false)}) {
    const auto window = decide_again(task);
    EXPECT_EQ(window.kind, Kind::whole);
    EXPECT_TRUE(window.unexpected);
    EXPECT_FALSE(window.check_counts);
    EXPECT_EQ(decide(task).kind, Kind::since) << "while none waits";
  }
}

// ---- without a key

// As the planner makes them.
TableTask keyless() {
  auto task = some_task();
  task.keyless = true;
  task.whole_why = "without a key rows can only be counted";
  return task;
}

TEST(Window, WithoutAKeyTheTableIsComparedWholeUnlessNothingChangedInIt) {
  const auto window = decide(keyless());
  EXPECT_EQ(window.kind, Kind::whole);
  EXPECT_TRUE(window.check_counts);
  EXPECT_FALSE(window.unexpected) << "it always is";
  EXPECT_EQ(decide(keyless(), stood, 1000).kind, Kind::nothing);
}

TEST(Window, WithoutAKeyAFullRunIsNeverSkipped) {
  for (const capture::Xid until : {1000, 1100}) {
    const auto window = decide(keyless(), stood, until, Mode::full);
    EXPECT_EQ(window.kind, Kind::whole) << until;
    EXPECT_FALSE(window.check_counts) << until;
    EXPECT_EQ(window.why, "full") << until;
  }
}

TEST(Window, WithoutAKeyWhatIsNotInTheRowsIsComparedWholeEachTime) {
  auto clock = keyless();
  clock.facts.restless = "now()";
  clock.whole_why += ", and an expression depends on now()";
  auto view = keyless();
  view.facts.countable = false;
  for (const auto& task : {clock, view})
    for (const capture::Xid until : {1000, 1100}) {
      EXPECT_EQ(decide(task, stood, until).kind, Kind::whole) << until;
      EXPECT_FALSE(decide(task, stood, until).check_counts) << until;
    }
}

TEST(Window, WithoutAKeyAChangeOfTheMapIsNotHiddenByCounts) {
  auto cursor = stood;
  cursor.mapping_hash = "other";
  for (const capture::Xid until : {1000, 1100}) {
    const auto window = decide(keyless(), cursor, until);
    EXPECT_EQ(window.kind, Kind::whole) << until;
    EXPECT_FALSE(window.check_counts) << until;
    EXPECT_TRUE(window.unexpected) << until;
  }
}

TEST(Window, WithoutAKeyOpenConflictsAreLookedAtByEachRun) {
  for (const capture::Xid until : {1000, 1100}) {
    const auto window = decide_again(keyless(), Mode::incremental, until);
    EXPECT_EQ(window.kind, Kind::whole) << until;
    EXPECT_FALSE(window.check_counts) << "in the cloud something may have changed";
  }
}

TEST(Window, WithoutAKeyTheWayBackReadsWhatWasWrittenSince) {
  auto task = keyless();
  task.direction = Direction::reverse;
  task.whole_why = "";
  EXPECT_EQ(decide(task, stood, 1100, Mode::reverse).kind, Kind::since);
  EXPECT_EQ(decide(task, stood, 1000, Mode::reverse).kind, Kind::nothing);
}

// ---- a target that lost its rows

TEST(Window, AnEmptiedTargetIsFilledFromTheWholeTable) {
  auto window = decide_again(keyed());
  ASSERT_EQ(window.kind, Kind::since);
  const auto filled = for_emptied_target(window);
  EXPECT_EQ(filled.kind, Kind::whole);
  EXPECT_THAT(filled.again, testing::IsEmpty());
  EXPECT_TRUE(filled.unexpected);
  EXPECT_EQ(filled.why, "the target table is empty");
  EXPECT_EQ(filled.until, window.until);
  EXPECT_EQ(filled.from.next_xid, window.from.next_xid);
}

TEST(Window, AnEmptiedTargetIsFilledAlsoWhereNoRowOfTheSourceChanged) {
  const auto window = decide(keyless());
  ASSERT_TRUE(window.check_counts);
  EXPECT_FALSE(for_emptied_target(window).check_counts);
  EXPECT_FALSE(for_emptied_target(decide(some_task(), stood, 1100, Mode::full)).unexpected) << "it was asked for";
}

}  // namespace
}  // namespace engine::plan::test
