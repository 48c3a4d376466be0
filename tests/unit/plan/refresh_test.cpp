// How a full run compares a table: a difference only where it is exact.
#include "engine/plan/refresh.hpp"

#include <gtest/gtest.h>

namespace {

using namespace engine;
using config::RefreshMethod;
using plan::Window;

struct Case {
  Case() {
    task.has_xmin = true;
    task.memory.known_id = 1;
    task.table_oid = 7;
    task.mapping_hash = "m";
    task.schema_hash = "s";
    request.mode = Mode::full;
    cursor.table_oid = 7;
    cursor.next_xid = 100;
    cursor.mapping_hash = "m";
    cursor.schema_hash = "s";
    cursor.ids_valid = true;
  }

  std::optional<Window> news() const { return plan::news_of_full(task, request, cursor, trusted, 200, waiting); }
  RefreshMethod method() const {
    const Window whole = plan::decide_window(task, request, cursor, trusted, 200, waiting);
    return plan::decide_refresh(task, request, whole, news(), facts).method;
  }

  plan::TableTask task;
  plan::Request request;
  capture::Cursor cursor;
  plan::RefreshFacts facts;
  bool trusted = true;
  std::vector<std::string> waiting;
};

TEST(Refresh, ComparesRangesWhereWhatIsNewsIsKnown) {
  Case usual;
  EXPECT_EQ(usual.method(), RefreshMethod::ranges);
  EXPECT_EQ(usual.news()->kind, Window::Kind::since);
  usual.cursor.next_xid = 200;
  EXPECT_EQ(usual.news()->kind, Window::Kind::nothing);
  usual.waiting = {R"({"id": 1})"};
  EXPECT_EQ(usual.news()->kind, Window::Kind::since) << "rows that wait are read again";
}

TEST(Refresh, ReadsAllRowsOfALargeTableThatAreNewsNotTheStampedOnes) {
  Case large;
  large.task.exact_every = 86400;
  large.cursor.stamp = "2026-11-21";
  large.cursor.since_exact = 60;
  EXPECT_EQ(large.news()->kind, Window::Kind::since);
}

TEST(Refresh, StreamsWhereRowsMayHaveChangedWithoutATrace) {
  const auto streams = [](auto change) {
    Case one;
    change(one);
    return one.method() == RefreshMethod::stream;
  };
  EXPECT_TRUE(streams([](Case& c) { c.task.whole_why = "an expression reads other tables"; }));
  EXPECT_TRUE(streams([](Case& c) { c.task.mapping_hash = "another"; }));
  EXPECT_TRUE(streams([](Case& c) { c.task.schema_hash = "another"; }));
  EXPECT_TRUE(streams([](Case& c) { c.task.table_oid = 8; }));
  EXPECT_TRUE(streams([](Case& c) { c.cursor.ids_valid = false; }));
  EXPECT_TRUE(streams([](Case& c) { c.trusted = false; }));
  EXPECT_TRUE(streams([](Case& c) { c.task.has_xmin = false; }));
}

TEST(Refresh, StreamsWhereEqualRowsMayHaveToBeJudged) {
  const auto streams = [](auto change) {
    Case one;
    one.request.method = RefreshMethod::ranges;  // also when it is asked for
    change(one);
    return one.method() == RefreshMethod::stream;
  };
  EXPECT_TRUE(streams([](Case& c) { c.task.memory.adopting = true; }));
  EXPECT_TRUE(streams([](Case& c) { c.task.memory.known_id = 0; }));
  EXPECT_TRUE(streams([](Case& c) { c.task.memory.opposite_id = 3; }));
  EXPECT_TRUE(streams([](Case& c) { c.task.direction = Direction::reverse; }));
  EXPECT_TRUE(streams([](Case& c) { c.task.keyless = true; }));
  EXPECT_TRUE(streams([](Case& c) { c.facts.discarding = true; }));
  EXPECT_TRUE(streams([](Case& c) { c.facts.given_up = true; }));
}

TEST(Refresh, DoesAsTheCommandThenTheMapSays) {
  Case one;
  one.task.method = RefreshMethod::rows;
  EXPECT_EQ(one.method(), RefreshMethod::rows);
  one.request.method = RefreshMethod::stream;
  EXPECT_EQ(one.method(), RefreshMethod::stream);
}

TEST(Refresh, StreamsWhereMostRowsAreNews) {
  Case one;
  one.facts.news = 0.6;
  EXPECT_EQ(one.method(), RefreshMethod::stream);
  one.facts.news = 0.05;
  EXPECT_EQ(one.method(), RefreshMethod::ranges);
}

TEST(Refresh, FindsTablesEqualOnlyWhereNothingHasToBeJudged) {
  const auto may_be = [](auto change) {
    Case one;
    one.cursor.next_xid = 200;  // nothing is news
    change(one);
    const Window whole = plan::decide_window(one.task, one.request, one.cursor, one.trusted, 200, one.waiting);
    return plan::may_be_found_equal(one.task, one.request, whole, one.news(), one.facts);
  };
  EXPECT_TRUE(may_be([](Case&) {}));
  EXPECT_TRUE(may_be([](Case& c) { c.cursor.next_xid = 100, c.facts.news = 0; })) << "counted";
  EXPECT_TRUE(may_be([](Case& c) { c.task.keyless = true, c.task.whole_why = "an expression reads other tables"; }))
      << "all of them are looked up in the memory";
  EXPECT_FALSE(may_be([](Case& c) { c.cursor.next_xid = 100; }));
  EXPECT_FALSE(may_be([](Case& c) { c.cursor.next_xid = 100, c.facts.news = 1; }));
  EXPECT_FALSE(may_be([](Case& c) { c.waiting = {R"({"id": 1})"}, c.facts.news = 0; }));
  EXPECT_FALSE(may_be([](Case& c) { c.task.whole_why = "an expression reads other tables"; }));
  EXPECT_FALSE(may_be([](Case& c) { c.request.mode = Mode::incremental; }));
  EXPECT_FALSE(may_be([](Case& c) { c.request.method = RefreshMethod::stream; }));
  EXPECT_FALSE(may_be([](Case& c) { c.task.method = RefreshMethod::stream; }));
  for (const bool keyless : {false, true}) {
    EXPECT_FALSE(may_be([&](Case& c) { c.task.keyless = keyless, c.task.memory.adopting = true; }));
    EXPECT_FALSE(may_be([&](Case& c) { c.task.keyless = keyless, c.task.mapping_hash = "another"; }));
    EXPECT_FALSE(may_be([&](Case& c) { c.task.keyless = keyless, c.task.direction = Direction::reverse; }));
    EXPECT_FALSE(may_be([&](Case& c) { c.task.keyless = keyless, c.task.memory.opposite_id = 3; }));
    EXPECT_FALSE(may_be([&](Case& c) { c.task.keyless = keyless, c.facts.discarding = true; }));
  }
}

}  // namespace
