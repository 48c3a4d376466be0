#include "engine/plan/repair.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/plan/parents.hpp"
#include "tests/golden/golden.hpp"
#include "tests/unit/plan/sample_tasks.hpp"

namespace engine::plan::test {
namespace {

using engine::test::expect_golden;
using testing::ElementsAre;
using testing::HasSubstr;

Request days(const std::string& since, const std::string& until) {
  Request request;
  request.mode = Mode::resync;
  request.days = DayRange{since, until};
  return request;
}
Request fills(const Names& columns) {
  Request request;
  request.mode = Mode::resync;
  request.columns = columns;
  return request;
}
capture::Cursor cursor_of(const TableTask& task) {
  capture::Cursor cursor;
  cursor.next_xid = 1000;
  cursor.table_oid = task.table_oid;
  cursor.schema_hash = task.schema_hash;
  cursor.mapping_hash = task.mapping_hash;
  return cursor;
}

TEST(Repair, ADayIsOneOfTheCalendar) {
  for (const char* day : {"2026-11-21", "2024-02-29", "0001-01-01", "9999-12-31"}) EXPECT_TRUE(is_day(day)) << day;
  for (const char* day : {"", "2026-11-31", "2023-02-29", "2026-13-01", "2026-1-1", "21.11.2026", "2026-11-21 ",
                          "2026/11/21", "0000-01-01", "2026-00-10", "today", "2026-11-2x"})
    EXPECT_FALSE(is_day(day)) << day;
}

TEST(Repair, ReadsTheRowsOfItsDaysWhateverIsNew) {
  const auto task = rich_task(false);
  const auto window =
      decide_window(task, days("2026-11-01", "2026-11-03"), cursor_of(task), true, 1000, {"{\"jt_id\": 1}"});
  EXPECT_EQ(window.kind, Window::Kind::days);
  EXPECT_TRUE(window.again.empty()) << "what waits of other days is left alone";
  EXPECT_FALSE(is_quick(task, window));
  const auto sent = sql::extract(task, window, {});
  EXPECT_THAT(sent, HasSubstr(">= '2026-11-01 00:00:00+00'::timestamptz AND "));
  EXPECT_THAT(sent, HasSubstr("< '2026-11-03 00:00:00+00'::timestamptz + interval '1 day'"));
  // of rows with one key the newest counts, also if it is of another day
  EXPECT_THAT(sql::find_twins(task, window), HasSubstr("news AS MATERIALIZED"));
}

TEST(Repair, DoesNotGoOnWhereARunBrokeOff) {
  auto task = rich_task(false);
  task.in_file_order = true;
  capture::Progress progress;
  progress.table_oid = task.table_oid;
  progress.schema_hash = task.schema_hash;
  progress.mapping_hash = task.mapping_hash;
  const auto request = days("2026-11-01", "2026-11-03");
  const auto window = decide_window(task, request, cursor_of(task), true, 1000);
  EXPECT_FALSE(go_on_after(window, task, request, progress, true, {}).after);
}

TEST(Repair, NeedsARunBeforeAndASourceThatIsTheSame) {
  const auto task = rich_task(false);
  const auto cursor = cursor_of(task);
  const auto request = days("2026-11-01", "2026-11-03");
  EXPECT_FALSE(why_not_repaired(task, request, cursor, true));
  EXPECT_THAT(why_not_repaired(task, request, std::nullopt, true)->what(), HasSubstr("has not been synchronised yet"));
  EXPECT_THAT(why_not_repaired(rich_task(true), request, cursor, true)->what(), HasSubstr("not been synchronised"));
  EXPECT_THAT(why_not_repaired(task, request, cursor, false)->what(), HasSubstr("compared whole first"));
  auto invalid = cursor;
  invalid.ids_valid = false;
  EXPECT_THAT(why_not_repaired(task, request, invalid, true)->what(), HasSubstr("compared whole first"));
  EXPECT_EQ(why_not_repaired(task, request, invalid, true)->code(), ErrorCode::refused);
}

TEST(Repair, OfATableWithoutAKeyOrAStampItSaysWhatWorks) {
  const auto keyless = keyless_task({.origin = false});
  EXPECT_THAT(why_not_repaired(keyless, days("2026-11-01", "2026-11-03"), cursor_of(keyless), true)->hint(),
              HasSubstr("pgtide sync full --table jobtasks"));
  EXPECT_THAT(why_not_repaired(keyless, fills({"hours"}), cursor_of(keyless), true)->hint(),
              HasSubstr("pgtide sync full --table jobtasks"));
  const auto back = keyless_task({.reverse = true, .origin = false});
  EXPECT_FALSE(why_not_repaired(back, days("2026-11-01", "2026-11-03"), cursor_of(back), true));
  const auto plain = plain_task();
  EXPECT_THAT(why_not_repaired(plain, days("2026-11-01", "2026-11-03"), cursor_of(plain), true)->what(),
              HasSubstr("no watermark"));
}

TEST(Repair, AColumnIsCalledByItsNameOnEitherSide) {
  const auto task = rich_task(false);
  EXPECT_NO_THROW(check_columns(task, {"note"}));
  EXPECT_NO_THROW(check_columns(task, {"remark", "client_id", "source"}));
  for (const char* wrong : {"own", "jt_id", "", "nothing"}) EXPECT_THROW(check_columns(task, {wrong}), Error) << wrong;
}

TEST(Repair, SendsTheKeyAndTheColumnsOnly) {
  auto task = rich_task(false);
  const auto image = task.image_columns();
  narrow_to(task, {"note"}, cursor_of(task));
  Names names_left;
  for (const auto& column : task.columns) names_left.push_back(column.target);
  EXPECT_THAT(names_left, ElementsAre("jt_id", "remark"));
  EXPECT_EQ(task.whole_image, image);
  EXPECT_TRUE(task.foreign_keys.empty()) << "of columns that are not sent";
  EXPECT_TRUE(task.unique_keys.empty());
  EXPECT_TRUE(task.watermark.empty());
}

TEST(Repair, TheMapOfBeforeIsKnownAgain) {
  const auto yaml = "map: practice\ntables: [{desktop: clients, cloud: clients, key: [id]}]\n";
  const auto of = [&](const Names& desktop, const Names& cloud, const Names& filled) {
    std::vector<catalog::Column> from, to;
    int number = 0;
    for (const auto& name : desktop) {
      from.push_back(column(name, "integer"));
      from.back().number = ++number;
    }
    for (const auto& name : cloud) to.push_back(column(name, "integer"));
    auto request = fills(filled);
    catalog::Catalog source, target;
    source.tables[{"public", "clients"}] = table("clients", from);
    target.tables[{"public", "clients"}] = table("clients", to, {"id"});
    return make_plan(map_of(yaml), request, source, target, {}).tasks.at(0);
  };
  const auto before = cursor_of(of({"id", "a", "b"}, {"id", "a"}, {}));
  EXPECT_TRUE(only_filled_is_new(of({"id", "a", "b"}, {"id", "a", "b"}, {"b"}), before));
  EXPECT_TRUE(only_filled_is_new(of({"id", "a", "b", "c"}, {"id", "a", "c"}, {"c"}), before)) << "new on both sides";
  EXPECT_FALSE(only_filled_is_new(of({"id", "a", "b", "c"}, {"id", "a", "b", "c"}, {"c"}), before)) << "b is new too";
  EXPECT_TRUE(only_filled_is_new(of({"id", "a", "b", "c"}, {"id", "a", "b", "c"}, {"b", "c"}), before));
  EXPECT_FALSE(only_filled_is_new(of({"id", "b"}, {"id", "a", "b"}, {"b"}), before)) << "a is gone";
}

TEST(Repair, FillsAsWasAgreed) {
  auto rich = rich_task(false), both = both_task();
  rich.soft_delete = "deleted";
  both.hashed_alike = true;
  std::string text;
  for (auto* task : {&rich, &both}) {
    const auto cursor = cursor_of(*task);
    const auto window = decide_window(*task, fills({"note", "text"}), cursor, true, 1100);
    narrow_to(*task, {"note", "text"}, cursor);
    const auto how = as_read(*task);
    text += "-- " + task->title + "\n\n" + sql::extract(*task, window, how) + "\n\n" +
            sql::create_stage(*task, names, how) + "\n\n" + sql::judge(*task, names, how) + "\n\n" +
            sql::update(*task, names) + "\n\n" + sql::remember(*task, names) + "\n\n";
  }
  expect_golden("filling.sql", text);
}

TEST(Repair, ParentsAreTakenAlongToTheFirst) {
  const auto map = map_of(
      "map: practice\ntables: [{desktop: c}, {desktop: b}, {desktop: a}, {desktop: z}, {cloud: back, direction: "
      "reverse}]\n");
  catalog::Catalog target;
  const auto refers = [&](const std::string& child, const Names& parents) {
    auto made = table(child, {column("id", "integer")}, {"id"});
    for (const auto& parent : parents) made.foreign_keys.push_back({"fk", {"public", parent}, {"id"}});
    target.tables[{"public", child}] = made;
  };
  refers("a", {});
  refers("b", {"a", "back", "elsewhere"});
  refers("c", {"b", "c"});
  refers("z", {});
  Request request;
  request.only = {"c"};
  EXPECT_THAT(with_parents(map, request, target).only, ElementsAre("c", "b", "a"));
  request.only = {"z"};
  EXPECT_THAT(with_parents(map, request, target).only, ElementsAre("z"));
}

}  // namespace
}  // namespace engine::plan::test
