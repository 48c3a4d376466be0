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
