#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/plan/statements.hpp"
#include "engine/plan/window.hpp"
#include "tests/unit/plan/sample_tasks.hpp"

// Where the last run broke off, and when the next one may go on there.
namespace engine::plan::test {
namespace {

using Kind = Window::Kind;
using testing::HasSubstr;
using testing::Not;

struct Broken {
  TableTask task;
  Request request{Mode::full, {}, false};
  capture::Progress progress;
  Window window;
  bool trusted = true;
  std::vector<std::string> waiting;

  Broken() {
    task.table_oid = 16400;
    task.schema_hash = "schema";
    task.mapping_hash = "mapping";
    task.in_file_order = true;
    progress = {1000, {990}, {5, 7}, true, 3, 16400, 77, "schema", "mapping"};
    window.kind = Kind::whole;
    window.until = 1100;
    window.from.run_id = 3;
  }
  bool goes_on() const { return go_on_after(window, task, request, progress, trusted, waiting).after.has_value(); }
};

TEST(GoingOn, AWholeCompareGoesOnBehindTheLastCommittedRow) {
  const Broken broken;
  const Window window =
      go_on_after(broken.window, broken.task, broken.request, broken.progress, broken.trusted, broken.waiting);
  ASSERT_TRUE(window.after);
  EXPECT_EQ(window.after->position.text(), "(5,7)");
  EXPECT_EQ(window.kind, Kind::whole);
}

TEST(GoingOn, AnIncrementalGoesOnToo) {
  Broken broken;
  broken.request.mode = Mode::incremental;
  broken.window.kind = Kind::since;
  broken.progress.whole = false;
  EXPECT_TRUE(broken.goes_on());
}

TEST(GoingOn, AnotherKindOfRunBeginsFromTheBeginning) {
  Broken broken;
  broken.window.kind = Kind::since;
  EXPECT_FALSE(broken.goes_on()) << "the run that broke off was to read everything";
  broken.window.kind = Kind::whole;
  broken.progress.whole = false;
  EXPECT_FALSE(broken.goes_on()) << "the run that broke off was to read what was new";
  broken.window.kind = Kind::nothing;
  EXPECT_FALSE(broken.goes_on());
}

TEST(GoingOn, ATableThatWasCompletedSinceBeginsFromTheBeginning) {
  Broken broken;
  broken.progress.started_from = 2;
  EXPECT_FALSE(broken.goes_on());
}

TEST(GoingOn, OverwritingAndRefillingBeginFromTheBeginning) {
  Broken broken;
  broken.request.overwrite = true;
  EXPECT_FALSE(broken.goes_on());
  Broken emptied;
  emptied.window = for_emptied_target(emptied.window);
  EXPECT_FALSE(emptied.goes_on());
}

TEST(GoingOn, ASourceThatWentBackBeginsFromTheBeginning) {
  Broken broken;
  broken.trusted = false;
  EXPECT_FALSE(broken.goes_on());
  Broken ids;
  ids.window.until = 999;
  EXPECT_FALSE(ids.goes_on()) << "the ids went back";
  Broken old;
  old.window.until = old.progress.next_xid + (capture::Xid{1} << 32);
  EXPECT_FALSE(old.goes_on()) << "ids in rows come round again";
  old.window.until -= 1;
  EXPECT_TRUE(old.goes_on());
}

TEST(GoingOn, ATableThatChangedBeginsFromTheBeginning) {
  Broken table, schema, mapping, order;
  table.progress.table_oid = 1;
  schema.progress.schema_hash = "other";
  mapping.progress.mapping_hash = "other";
  order.task.in_file_order = false;
  for (const auto* broken : {&table, &schema, &mapping, &order}) EXPECT_FALSE(broken->goes_on());
}

TEST(GoingOn, ConflictsThatWaitAreReadAgain) {
  Broken broken;
  broken.waiting = {R"({"id": 1})"};
  const Window window =
      go_on_after(broken.window, broken.task, broken.request, broken.progress, broken.trusted, broken.waiting);
  ASSERT_TRUE(window.after);
  EXPECT_EQ(window.again, broken.waiting);
}

TEST(GoingOn, RowsBeforeThatPlaceAreReadOnlyIfTheyAreNews) {
  const TableTask task = plain_task();
  Window window;
  window.until = 1100;
  window.after = capture::Progress{1000, {990}, {5, 7}, true, 0, 0, 0, "", ""};
  const std::string whole = statements::extract(task, window, {});
  EXPECT_THAT(whole, HasSubstr(".ctid > '(5,7)'::pg_catalog.tid OR "));
  EXPECT_THAT(whole, HasSubstr("::text::bigint - 1000) & 4294967295) < (1100 - 1000)"));
  EXPECT_THAT(whole, HasSubstr("= ANY ('{990}'::pg_catalog.xid[])"));
  window.kind = Kind::since;
  window.from.next_xid = 500;
  const std::string since = statements::extract(task, window, {});
  EXPECT_THAT(since, HasSubstr(".ctid > '(5,7)'::pg_catalog.tid AND "));
  EXPECT_THAT(since, HasSubstr("::text::bigint - 500) & 4294967295) < (1100 - 500)"));
  EXPECT_THAT(since, HasSubstr("::text::bigint - 1000) & 4294967295) < (1100 - 1000)"));
}

TEST(GoingOn, ThePositionIsTheLastFieldOfARow) {
  const TableTask task = plain_task();
  statements::Extraction how;
  how.send_position = how.send_watermark = true;
  EXPECT_THAT(statements::extract(task, {}, how), HasSubstr(".ctid AS pgtide_position FROM "));
  EXPECT_THAT(statements::extract(task, {}, {}), Not(HasSubstr("ctid")));
}

}  // namespace
}  // namespace engine::plan::test
