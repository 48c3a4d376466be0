// Who may write what: rows and columns of the cloud's own stay as they are, and nothing is written without need.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::desktop;
using support::Outcome;
using support::Pair;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* origin_map =
    "  - desktop: t\n    key: [id]\n    origin: {column: source, desktop: D, cloud: M}\n";

TEST(WhoWrites, ColumnsThatTheMapDoesNotFeedAreNeverTouchedInRowsThatExist) {
  Pair pair;
  pair.sql(desktop, "CREATE TABLE t (id int, v text, only_here int); INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2)");
  pair.sql(cloud,
           "CREATE TABLE t (id int PRIMARY KEY, v text, note text DEFAULT 'fresh', flag bool NOT NULL DEFAULT false)");
  pair.use_map("  - desktop: t\n");
  pair.sync_well("full");
  EXPECT_THAT(pair.rows(cloud, "SELECT * FROM t ORDER BY id"), ElementsAre("1|a|fresh|f", "2|b|fresh|f"));
  pair.sql(cloud, "UPDATE t SET note = 'written on the phone', flag = true WHERE id = 1");
  pair.sql(desktop, "UPDATE t SET v = 'a2' WHERE id = 1; INSERT INTO t VALUES (3, 'c', 3)");
  pair.sync_well("incremental");
  pair.sql(desktop, "UPDATE t SET v = 'a3' WHERE id = 1");
  pair.sync_well("full");
  pair.sync_well("full", {"--overwrite"});
  EXPECT_THAT(pair.rows(cloud, "SELECT * FROM t ORDER BY id"),
              ElementsAre("1|a3|written on the phone|t", "2|b|fresh|f", "3|c|fresh|f"));
}

TEST(WhoWrites, ARowThatOnlyTheCloudChangedIsLeftUnlessAskedFor) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 10) i");
  pair.use_map("  - desktop: t\n");
  pair.sync_well("full");
  pair.sql(cloud, "UPDATE t SET v = 'cloud' WHERE id = 3");
  for (int time = 0; time < 2; ++time) {
    const auto full = pair.sync_well("full");
    EXPECT_EQ(full.table("t")["skipped"], 1) << full.out;
    EXPECT_EQ(full.table("t")["unchanged"], 9);
    EXPECT_EQ(full.table("t")["updated"], 0);
  }
  EXPECT_EQ(pair.sync_well("incremental").table("t")["read"], 0);
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 3"), "cloud");
  const auto overwritten = pair.sync_well("full", {"--overwrite"});
  EXPECT_EQ(overwritten.table("t")["updated"], 1);
  pair.expect_same("t");
}

TEST(WhoWrites, ARowThatTheDesktopChangedLaterArrives) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'a'), (2, 'b')");
  pair.use_map("  - desktop: t\n");
  pair.sync_well("full");
  pair.sql(desktop, "UPDATE t SET v = 'desktop' WHERE id = 1");
  pair.sync_well("full");
  pair.expect_same("t");
}

TEST(WhoWrites, RowsThatWereDeletedInTheCloudComeBackOnlyIfAskedFor) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'a'), (2, 'b')");
  pair.use_map("  - desktop: t\n");
  pair.sync_well("full");
  pair.sql(cloud, "DELETE FROM t WHERE id = 1");
  pair.sync_well("incremental");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "1");
  const auto full = pair.sync_well("full");
  EXPECT_EQ(full.table("t")["skipped"], 1) << "only the cloud changed it";
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM t"), "1");
  pair.sync_well("full", {"--overwrite"});
  pair.expect_same("t");
}

TEST(WhoWrites, RowsThatStoodInTheCloudBeforeAreAdoptedWithoutRenumbering) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text, updated_at timestamptz)");
  pair.sql(desktop, "INSERT INTO t SELECT i, 'v' || i, '2024-01-01' FROM generate_series(1, 10) i");
  pair.sql(cloud,
           "INSERT INTO t SELECT i, CASE WHEN i < 9 THEN 'v' || i ELSE 'old' END, '2025-05-05' FROM generate_series(1, "
           "10) i");
  const std::string equal_rows =
      "SELECT string_agg(xmin::text || ctid::text || updated_at::text, ',' ORDER BY id) FROM t WHERE id < 9";
  const auto before = pair.value(cloud, equal_rows);
  pair.use_map("  - desktop: t\n");
  const auto full = pair.sync_well("full");
  EXPECT_EQ(full.table("t")["updated"], 2);
  EXPECT_EQ(full.table("t")["unchanged"], 8);
  EXPECT_EQ(pair.value(cloud, equal_rows), before) << "stamps alone are no reason to write a row";
  pair.expect_same("t", "t", "id, v");
}

TEST(WhoWrites, RowsBornInTheCloudAreNeitherChangedNorReadFromTheDesktop) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int, v text, source char(1)); INSERT INTO t VALUES (1, 'a', 'D'), (2, 'b', NULL), (3, "
           "'came back', 'M'), (4, 'd', 'D')");
  pair.sql(cloud,
           "CREATE TABLE t (id int PRIMARY KEY, v text, source char(1) DEFAULT 'D'); INSERT INTO t VALUES (3, 'phone', "
           "'M')");
  pair.use_map(origin_map);
  const auto full = pair.sync_well("full");
  EXPECT_EQ(full.table("t")["read"], 3) << "the row marked M is not read";
  EXPECT_THAT(pair.rows(cloud, "SELECT * FROM t ORDER BY id"), ElementsAre("1|a|D", "2|b|D", "3|phone|M", "4|d|D"));
  EXPECT_EQ(pair.sync_well("full").table("t")["unchanged"], 3);
  pair.sql(desktop, "UPDATE t SET v = 'edited' WHERE id = 3");
  EXPECT_EQ(pair.sync_well("incremental").table("t")["read"], 0);
}

TEST(WhoWrites, ADesktopRowWithTheKeyOfAPhonesRowIsAConflictAndBothStay) {
  Pair pair;
  pair.sql(desktop,
           "CREATE TABLE t (id int, v text, source char(1)); INSERT INTO t VALUES (1, 'a', 'D'), (7, 'desktop', 'D')");
  pair.sql(cloud,
           "CREATE TABLE t (id int PRIMARY KEY, v text, source char(1)); INSERT INTO t VALUES (7, 'phone', 'M')");
  pair.use_map(origin_map);
  const auto full = pair.sync("full");
  EXPECT_EQ(full.status, 8) << full.everything();
  EXPECT_EQ(full.table("t")["status"], "attention");
  EXPECT_EQ(full.table("t")["conflicted"], 1);
  EXPECT_EQ(full.table("t")["inserted"], 1);
  EXPECT_THAT(pair.rows(cloud, "SELECT * FROM t ORDER BY id"), ElementsAre("1|a|D", "7|phone|M"));
  EXPECT_THAT(pair.rows(cloud,
                        "SELECT table_name, row_key, kind, desktop_row->>'v', cloud_row->>'v', resolution_strategy, "
                        "resolved_at IS NULL FROM pgtide.conflict"),
              ElementsAre("t|{\"id\": 7}|insert_exists|desktop|phone|desktop_wins|t"));
  EXPECT_EQ(pair.value(cloud, "SELECT sync_status FROM pgtide.watermark"), "completed");
  // it waits, and is looked at again by each run
  EXPECT_EQ(pair.sync("incremental").status, 8);
  EXPECT_EQ(pair.sync("full").status, 8);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.conflict"), "1");
  EXPECT_EQ(pair.value(cloud,
                       "SELECT bool_and(rows_read = rows_inserted + rows_updated + rows_unchanged + rows_skipped + "
                       "rows_quarantined + rows_conflicted) FROM pgtide.table_run"),
            "t");
  // until its cause is gone
  pair.sql(desktop, "UPDATE t SET id = 8 WHERE id = 7");
  EXPECT_EQ(pair.sync("full").status, 0);
  EXPECT_EQ(pair.value(cloud, "SELECT resolved_at IS NOT NULL FROM pgtide.conflict"), "t");
}

TEST(WhoWrites, AConflictWhoseCauseWentAwayInTheCloudIsClosedByAnIncrementalRun) {
  Pair pair;
  pair.sql(desktop, "CREATE TABLE t (id int, v text, source char(1)); INSERT INTO t VALUES (7, 'desktop', 'D')");
  pair.sql(cloud,
           "CREATE TABLE t (id int PRIMARY KEY, v text, source char(1)); INSERT INTO t VALUES (7, 'phone', 'M')");
  pair.use_map(origin_map);
  EXPECT_EQ(pair.sync("full").status, 8);
  pair.sql(cloud, "DELETE FROM t");
  EXPECT_EQ(pair.sync("incremental").status, 0);
  EXPECT_THAT(pair.rows(cloud, "SELECT * FROM t"), ElementsAre("7|desktop|D"));
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.conflict WHERE resolved_at IS NULL"), "0");
}

TEST(WhoWrites, AnOriginThatTheDesktopLacksIsSentAsTheDesktops) {
  Pair pair;
  pair.sql(desktop, "CREATE TABLE t (id int, v text); INSERT INTO t VALUES (1, 'a')");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text, source char(1))");
  pair.use_map(origin_map);
  pair.sync_well("full");
  EXPECT_THAT(pair.rows(cloud, "SELECT * FROM t"), ElementsAre("1|a|D"));
}

TEST(WhoWrites, UnchangedRowsAreNotRewrittenAndTheirTriggersStaySilent) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text, n numeric, updated_at timestamptz)");
  pair.sql(desktop, "INSERT INTO t SELECT i, 'v' || i, i / 3.0, now() FROM generate_series(1, 50) i");
  pair.sql(cloud,
           "CREATE TABLE fired (op text); CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT "
           "INTO fired VALUES (TG_OP); NEW.updated_at = now(); RETURN NEW; END $$; "
           "CREATE TRIGGER note BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION note()");
  pair.use_map("  - desktop: t\n");
  pair.sync_well("full");
  pair.sql(cloud, "TRUNCATE fired");
  const auto versions = pair.rows(cloud, "SELECT xmin, ctid FROM t ORDER BY id");
  pair.sync_well("full");
  pair.sync_well("incremental");
  pair.sync_well("full", {"--overwrite"});
  EXPECT_EQ(pair.rows(cloud, "SELECT xmin, ctid FROM t ORDER BY id"), versions);
  EXPECT_THAT(pair.rows(cloud, "SELECT * FROM fired"), IsEmpty());
  pair.sql(desktop,
           "UPDATE t SET v = 'new', updated_at = now() WHERE id = 5; UPDATE t SET updated_at = now() WHERE id = 6");
  const auto incremental = pair.sync_well("incremental");
  EXPECT_EQ(incremental.table("t")["read"], 2);
  EXPECT_EQ(incremental.table("t")["updated"], 1) << "a stamp alone is no reason to write a row";
  EXPECT_THAT(pair.rows(cloud, "SELECT * FROM fired"), ElementsAre("UPDATE"));
}

TEST(WhoWrites, ReverseDoesNotReadWhatForwardWroteThoughTriggersStampIt) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int, v text, updated_at timestamptz)");
  pair.sql(cloud,
           "ALTER TABLE t ADD PRIMARY KEY (id); CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
           "NEW.updated_at = now(); RETURN NEW; END $$; "
           "CREATE TRIGGER touch BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch()");
  pair.sql(desktop, "INSERT INTO t SELECT i, 'v', now() FROM generate_series(1, 100) i");
  const std::string forward = "  - desktop: t\n    key: [id]\n",
                    reverse = "  - cloud: t\n    key: [id]\n    direction: reverse\n";
  pair.use_map(forward);
  pair.sync_well("full");
  pair.sql(desktop, "UPDATE t SET v = 'w' WHERE id <= 3");
  pair.sync_well("incremental");
  pair.sql(cloud, "INSERT INTO t VALUES (200, 'phone'), (201, 'phone')");
  pair.use_map(reverse);
  const auto first = pair.sync_well("reverse");
  EXPECT_EQ(first.table("t")["read"], 2) << first.out;
  EXPECT_EQ(first.table("t")["inserted"], 2);
  pair.use_map(forward);
  pair.sql(desktop, "UPDATE t SET v = 'x' WHERE id = 4");
  pair.sync_well("incremental");
  pair.use_map(reverse);
  EXPECT_EQ(pair.sync_well("reverse").table("t")["read"], 0);
  EXPECT_EQ(pair.value(desktop, "SELECT count(*) FROM t"), "102");
}

TEST(WhoWrites, WhatATriggerWroteToASecondTableInOurTransactionIsNews) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text); CREATE TABLE log (id int PRIMARY KEY, v text)");
  pair.sql(cloud,
           "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (NEW.id, "
           "'noted'); RETURN NEW; END $$; "
           "CREATE TRIGGER note AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION note()");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'a')");
  pair.use_map("  - desktop: t\n  - cloud: log\n    direction: reverse\n");
  pair.sync_well("full");
  EXPECT_EQ(pair.sync_well("reverse").table("log")["inserted"], 1);
}

TEST(WhoWrites, ReverseNeverOverwritesAndShowsACollisionAsAConflict) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int, v text, note text)");
  pair.sql(cloud,
           "ALTER TABLE t ADD PRIMARY KEY (id); INSERT INTO t VALUES (1, 'phone', 'x'), (2, 'equal', NULL), (3, 'new', "
           "NULL)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'desktop', 'y'), (2, 'equal', NULL)");
  pair.use_map("  - cloud: t\n    key: [id]\n    direction: reverse\n");
  const auto reverse = pair.sync("reverse");
  EXPECT_EQ(reverse.status, 8) << reverse.everything();
  const auto table = reverse.table("t");
  EXPECT_EQ(table["conflicted"], 1);
  EXPECT_EQ(table["inserted"], 1);
  EXPECT_EQ(table["unchanged"], 1);
  EXPECT_THAT(pair.rows(desktop, "SELECT * FROM t ORDER BY id"),
              ElementsAre("1|desktop|y", "2|equal|<NULL>", "3|new|<NULL>"));
  EXPECT_THAT(
      pair.rows(desktop, "SELECT direction, row_key, kind, desktop_row->>'v', cloud_row->>'v' FROM pgtide.conflict"),
      ElementsAre("reverse|{\"id\": 1}|insert_exists|desktop|phone"));
  EXPECT_EQ(pair.sync("reverse").status, 8) << "it waits";
  EXPECT_EQ(pair.value(desktop, "SELECT count(*) FROM pgtide.conflict WHERE resolved_at IS NULL"), "1");
}

TEST(WhoWrites, AnEditInTheCloudOfARowThatCameBackIsNoCollision) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int, v text)");
  pair.sql(cloud, "ALTER TABLE t ADD PRIMARY KEY (id); INSERT INTO t VALUES (1, 'phone')");
  pair.use_map("  - cloud: t\n    key: [id]\n    direction: reverse\n");
  pair.sync_well("reverse");
  pair.sql(cloud, "UPDATE t SET v = 'edited'");
  const auto second = pair.sync_well("reverse");
  EXPECT_EQ(second.table("t")["skipped"], 1) << second.out;
  EXPECT_THAT(pair.rows(desktop, "SELECT * FROM t"), ElementsAre("1|phone"));
}

TEST(WhoWrites, AnUnrelatedUniqueIndexDoesNotSwallowARow) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, mail text UNIQUE)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'a@b')");
  pair.sql(cloud, "INSERT INTO t VALUES (2, 'a@b')");
  pair.use_map("  - cloud: t\n    direction: reverse\n");
  const auto reverse = pair.sync("reverse");
  EXPECT_EQ(reverse.status, 8) << reverse.everything();
  EXPECT_EQ(pair.value(desktop, "SELECT row_key || reason FROM pgtide.quarantine"), "{\"id\": 2}unique_violation");
  EXPECT_THAT(pair.rows(desktop, "SELECT * FROM t"), ElementsAre("1|a@b"));
}

TEST(WhoWrites, OfRowsWithTheSameKeyTheNewestWins) {
  for (const bool unique : {true, false}) {
    Pair pair;
    pair.sql("CREATE TABLE t (id int, v text, updated_at timestamp)");
    if (unique) pair.sql(cloud, "ALTER TABLE t ADD PRIMARY KEY (id)");
    pair.sql(desktop,
             "INSERT INTO t VALUES (1, 'old', '2020-01-01'), (1, 'new', '2021-01-01'), (1, 'unstamped', NULL), (2, "
             "'same', '2020-01-01'), (2, 'same', '2020-01-01'), (3, 'c', NULL)");
    pair.use_map("  - desktop: t\n    key: [id]\n");
    const auto full = pair.sync("full");
    EXPECT_EQ(full.status, 8) << full.everything();
    EXPECT_EQ(full.table("t")["read"], 6);
    EXPECT_EQ(full.table("t")["inserted"], 3);
    EXPECT_EQ(full.table("t")["skipped"], 1);
    EXPECT_EQ(full.table("t")["quarantined"], 2);
    EXPECT_THAT(pair.rows(cloud, "SELECT id, v FROM t ORDER BY id"), ElementsAre("1|new", "2|same", "3|c"));
    // an older twin that is written does not beat the newest
    pair.sql(desktop, "UPDATE t SET v = 'old but touched' WHERE v = 'old'");
    pair.sync("incremental");
    EXPECT_THAT(pair.rows(cloud, "SELECT id, v FROM t ORDER BY id"), ElementsAre("1|new", "2|same", "3|c"));
    pair.sql(desktop, "UPDATE t SET v = 'newest', updated_at = '2022-01-01' WHERE v = 'old but touched'");
    pair.sync("incremental");
    EXPECT_THAT(pair.rows(cloud, "SELECT id, v FROM t ORDER BY id"), ElementsAre("1|newest", "2|same", "3|c"));
    EXPECT_EQ(pair.sync("full").table("t")["updated"], 0);
  }
}

TEST(WhoWrites, TwinsWithoutAStampHaveTheSameWinnerInEveryRun) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int, v text)");
  pair.sql(cloud, "ALTER TABLE t ADD PRIMARY KEY (id)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'b'), (1, 'a'), (1, 'c')");
  pair.use_map("  - desktop: t\n    key: [id]\n");
  pair.sync("full");
  const auto winner = pair.value(cloud, "SELECT v FROM t");
  pair.sql(desktop, "DELETE FROM t; INSERT INTO t VALUES (1, 'c'), (1, 'b'), (1, 'a')");
  EXPECT_EQ(pair.sync("incremental").table("t")["updated"], 0);
  EXPECT_EQ(pair.sync("full").table("t")["updated"], 0);
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t"), winner);
}

TEST(WhoWrites, TwinsWithANullKeyAreOneRow) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int, v text, updated_at timestamp)");
  pair.sql(desktop, "INSERT INTO t VALUES (NULL, 'old', '2020-01-01'), (NULL, 'new', '2021-01-01'), (1, 'x', NULL)");
  pair.use_map("  - desktop: t\n    key: [id]\n");
  pair.sync("full");
  EXPECT_THAT(pair.rows(cloud, "SELECT id, v FROM t ORDER BY id"), ElementsAre("1|x", "<NULL>|new"));
  pair.sql(desktop, "UPDATE t SET v = 'newer' WHERE v = 'new'");
  pair.sync("incremental");
  EXPECT_THAT(pair.rows(cloud, "SELECT id, v FROM t ORDER BY id"), ElementsAre("1|x", "<NULL>|newer"));
}

TEST(WhoWrites, ARowThatLeavesTheConditionStaysInTheTarget) {
  Pair pair;
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, v text, year int)");
  pair.sql(desktop, "INSERT INTO t VALUES (1, 'a', 2020), (2, 'b', 2010)");
  pair.use_map("  - desktop: t\n    forward: {where: \"year >= 2020\"}\n");
  pair.sync_well("full");
  pair.sql(desktop, "UPDATE t SET year = 2000, v = 'gone' WHERE id = 1; UPDATE t SET year = 2021 WHERE id = 2");
  pair.sync_well("incremental");
  EXPECT_THAT(pair.rows(cloud, "SELECT * FROM t ORDER BY id"), ElementsAre("1|a|2020", "2|b|2021"));
}

TEST(WhoWrites, OnlyTheTablesThatAreAskedForAreCopied) {
  Pair pair;
  pair.sql("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY)");
  pair.sql(desktop, "INSERT INTO a VALUES (1); INSERT INTO b VALUES (1)");
  pair.use_map("  - desktop: a\n  - desktop: b\n");
  const auto run = pair.sync_well("full", {"--table", "b"});
  EXPECT_THAT(run.json()["tables"], SizeIs(1));
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM a"), "0");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM b"), "1");
  pair.sync_well("incremental");
  pair.expect_same("a");
}

}  // namespace

TEST(WhoWrites, ARowThatBothMayHaveChangedStaysAConflictUntilSomebodyDecides) {
  Pair pair;
  pair.sql(desktop, "CREATE TABLE t (id int, v text); INSERT INTO t VALUES (1, 'a'), (2, 'b')");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, v text, extra text)");
  pair.use_map("  - desktop: t\n    conflicts: manual\n");
  pair.sync_well("full");
  pair.sql(cloud, "UPDATE t SET v = 'phone' WHERE id = 1");
  pair.use_map("  - desktop: t\n    conflicts: manual\n    forward: {columns: {extra: \"'e'\"}}\n");
  for (const char* mode : {"incremental", "incremental", "full", "incremental"}) {
    const auto waits = pair.sync(mode);
    EXPECT_EQ(waits.status, 8) << waits.everything();
    EXPECT_EQ(waits.table("t")["conflicted"], 1);
  }
  EXPECT_THAT(pair.rows(cloud, "SELECT id, v, extra FROM t ORDER BY 1"), ElementsAre("1|phone|<NULL>", "2|b|e"));
  EXPECT_EQ(pair.value(cloud, "SELECT string_agg(kind, ',') FROM pgtide.conflict"), "update_origin_differs");
  EXPECT_EQ(pair.sync("full", {"--overwrite"}).status, 0);
  EXPECT_THAT(pair.rows(cloud, "SELECT id, v, extra FROM t ORDER BY 1"), ElementsAre("1|a|e", "2|b|e"));
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.conflict WHERE resolved_at IS NULL"), "0");
}
