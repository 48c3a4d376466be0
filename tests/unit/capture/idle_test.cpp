#include "engine/capture/idle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace engine::capture {
namespace {

using testing::HasSubstr;

const KnownSource known{{"7001", 16384, "00000001", false, 0, 0, ""}, {"token", 800}, {}};

SourceGlimpse source_at(Xid next) {
  SourceGlimpse source;
  source.observation.next_xid = next;
  source.observation.server = source.server = {"start", false};
  source.next_xid = next;
  source.identity = {"7001", 16384, "00000001", false, next, 5, "start"};
  source.marks = {MarkFinding::Token::present, "committed", {}};
  return source;
}

SourceGlimpse marked_at(Xid next) {
  SourceGlimpse source = source_at(next);
  source.anchor_xid = next;
  return source;
}

TableGlimpse table_at(Xid next) {
  TableGlimpse table;
  table.title = "t";
  table.cursor.next_xid = next;
  table.cursor.read_counts = table.read_counts = "[]";
  table.has_known = table.guarded = true;
  return table;
}

TEST(Idle, WhereNothingWasWrittenNothingIsLookedFor) {
  TableGlimpse table = table_at(1000);
  table.has_rows = false;  // nobody looked
  table.read_counts.clear();
  table.counted = true;
  EXPECT_FALSE(anything_written({table}, 1000));
  EXPECT_EQ(why_not_idle(known, source_at(1000), {table}), "");
}

TEST(Idle, WhatOthersWroteIsPassedOnlyBehindAMark) {
  EXPECT_TRUE(anything_written({table_at(1000)}, 1010));
  EXPECT_THAT(why_not_idle(known, source_at(1010), {table_at(1000)}), HasSubstr("no mark"));
  EXPECT_EQ(why_not_idle(known, marked_at(1010), {table_at(1000)}), "");
}

TEST(Idle, ATransactionThatWasAtWorkIsSomethingWritten) {
  TableGlimpse table = table_at(1000);
  table.cursor.unfinished = {990};
  EXPECT_TRUE(anything_written({table}, 1000));
}

TEST(Idle, OneTableThatIsNotAsItWasIsEnough) {
  const auto why = [](const TableGlimpse& table) {
    return why_not_idle(known, marked_at(1010), {table_at(1000), table});
  };
  EXPECT_EQ(why(table_at(1000)), "");
  TableGlimpse fresh = table_at(1000), emptied = table_at(1000), counted = table_at(1000), distrusted = table_at(1000);
  fresh.fresh = true;
  EXPECT_THAT(why(fresh), HasSubstr("new rows"));
  emptied.has_rows = false;
  EXPECT_THAT(why(emptied), HasSubstr("lost all its rows"));
  emptied.has_known = false;
  EXPECT_EQ(why(emptied), "");
  counted.counted = true;
  counted.read_counts = "[\"1:2\"]";
  EXPECT_THAT(why(counted), HasSubstr("number of rows"));
  distrusted.cursor.ids_valid = false;
  EXPECT_THAT(why(distrusted), HasSubstr("cursor"));
  EXPECT_THAT(why(table_at(1011)), HasSubstr("cursor"));
  TableGlimpse old = table_at(1000);
  old.cursor.next_xid = 1010 - (Xid{1} << 32);
  EXPECT_THAT(why(old), HasSubstr("cursor"));
}

TEST(Idle, ASourceThatIsNotTheSameIsNeverIdle) {
  SourceGlimpse source = source_at(1000);
  source.marks.token = MarkFinding::Token::gone;
  EXPECT_NE(why_not_idle(known, source, {table_at(1000)}), "");
  EXPECT_NE(why_not_idle(std::nullopt, source_at(1000), {table_at(1000)}), "");
  source = source_at(1000);
  source.identity.system_identifier = "7002";
  EXPECT_NE(why_not_idle(known, source, {table_at(1000)}), "");
  source = source_at(1000);
  source.server.started_at = "later";
  EXPECT_NE(why_not_idle(known, source, {table_at(1000)}), "");
}

TEST(Idle, AMarkThatStandsAloneCountsAsSeen) {
  EXPECT_EQ(next_xid_behind(marked_at(1010)), 1011);
  SourceGlimpse source = marked_at(1010);
  source.anchor_xid = 1012;  // others came between
  EXPECT_EQ(next_xid_behind(source), 1010);
  EXPECT_EQ(next_xid_behind(source_at(1010)), 1010);
}

}  // namespace
}  // namespace engine::capture
