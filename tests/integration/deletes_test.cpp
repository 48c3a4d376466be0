// Rows that the desktop has deleted: what a full run does about them in the cloud, and what it must never do.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/counts.hpp"
#include "tests/support/pair.hpp"
#include "tests/support/proxy.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::expect_counts;
using support::Outcome;
using support::Pair;
using support::Proxy;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A table `t` of 100 rows that was copied, and the policy for those that the desktop deletes.
class Sent : public Pair {
 public:
  explicit Sent(const std::string& policy, const std::string& more = "", const std::string& own_columns = "")
      : Pair(Contents::reused) {
    sql(desktop,
        "CREATE TABLE t (id int, v text, updated_at timestamp DEFAULT now()); INSERT INTO t SELECT i, 'v' || i FROM "
        "generate_series(1, 100) i");
    sql(cloud,
        "CREATE TABLE t (id int PRIMARY KEY, v text, updated_at timestamp, own text DEFAULT 'own'" + own_columns + ")");
    map(policy, more);
    sync_well("full");
  }

  void map(const std::string& policy, const std::string& more = "") {
    use_map("  - {desktop: t, key: [id], deletes: " + policy + more + "}\n");
  }

  // Ids in the cloud that the desktop lacks, or all.
  std::vector<std::string> ids(const std::string& where = "true") {
    return rows(cloud, "SELECT id FROM t WHERE " + where + " ORDER BY id");
  }

  std::vector<std::string> open_conflicts() {
    return rows(
        cloud,
        "SELECT table_name || ' ' || row_key || ' ' || kind FROM pgtide.conflict WHERE resolved_at IS NULL ORDER "
        "BY conflict_id");
  }

  // Tombstones, as table, key and how.
  std::vector<std::string> graves() {
    return rows(cloud, "SELECT table_name || ' ' || row_key || ' ' || how FROM pgtide.tombstone ORDER BY tombstone_id");
  }

  // Neither a row of the table nor what is remembered of it is written by a further full run.
  void expect_nothing_to_do(int status = 0) {
    const std::string versions =
        "SELECT string_agg(t.xmin || ':' || t.ctid, ',' ORDER BY t.id) || (SELECT count(*) || ' ' || "
        "max(xmin::text::bigint) FROM pgtide.known_row) || (SELECT count(*) FROM pgtide.tombstone) FROM t";
    const auto before = value(cloud, versions);
    const auto run = sync("full");
    EXPECT_EQ(run.status, status) << run.everything();
    EXPECT_EQ(value(cloud, versions), before);
    EXPECT_EQ(run.table("t")["deleted"], 0) << run.out;
  }
};

const std::string soft = ", soft_delete: {column: gone}";

// ---- the three ways

TEST(Deletes, AreLeftAloneWhereTheMapDoesNotAskForThem) {
  Sent pair("ignore");
  pair.sql(desktop, "DELETE FROM t WHERE id = 7");
  expect_counts(pair.sync_well("full"), "t", {{"unchanged", 99}});
  EXPECT_THAT(pair.ids("id = 7"), ElementsAre("7"));
}

TEST(Deletes, AreNamedAndNotCarriedOutWhereTheyAreToBeReported) {
  Sent pair("report", ", fuse: 1%");
  pair.sql(desktop, "DELETE FROM t WHERE id IN (7, 9, 11)");
  for (int time = 0; time < 2; ++time) {
    const auto run = pair.sync_well("full");
    expect_counts(run, "t", {{"unchanged", 97}});
    EXPECT_THAT(run.err, HasSubstr("rows that the desktop has deleted and the cloud still has: 3 (id=7; id=9; id=11)"));
  }
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM t"), 100);
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM pgtide.event WHERE event_type = 'deletes_reported'"), 2);
  EXPECT_THAT(pair.graves(), IsEmpty());
  EXPECT_EQ(pair.sync_well("incremental").err.find("has deleted"), std::string::npos);
}

TEST(Deletes, AreCarriedOutByAFullRunAndByNoOther) {
  Sent pair("hard");
  pair.sql(desktop, "DELETE FROM t WHERE id IN (7, 9)");
  expect_counts(pair.sync_well("incremental"), "t", {});
  EXPECT_THAT(pair.ids("id < 10"), testing::SizeIs(9));
  const auto run = pair.sync_well("full");
  expect_counts(run, "t", {{"unchanged", 98}, {"deleted", 2}});
  pair.expect_same("t", "t", "id, v");
  EXPECT_THAT(pair.graves(), ElementsAre("t {\"id\": 7} hard", "t {\"id\": 9} hard"));
  EXPECT_EQ(pair.value(cloud, "SELECT row_data->>'own' || (row_data->>'v') FROM pgtide.tombstone LIMIT 1"), "ownv7");
  EXPECT_EQ(pair.value(cloud,
                       "SELECT rows_read || ' ' || rows_deleted || ' ' || status FROM pgtide.table_run ORDER BY run_id "
                       "DESC LIMIT 1"),
            "98 2 ok");
  EXPECT_EQ(pair.value(cloud, "SELECT message FROM pgtide.event WHERE event_type = 'rows_removed'"),
            "2 removed, 0 kept as conflicts");
  pair.expect_nothing_to_do();
}

TEST(Deletes, MarkTheRowWhereTheyAreToBeSoft) {
  for (const char* type : {"boolean DEFAULT false", "timestamptz", "date"}) {
    SCOPED_TRACE(type);
    Sent pair("soft", soft, std::string(", gone ") + type);
    pair.sql(desktop, "DELETE FROM t WHERE id = 7");
    expect_counts(pair.sync_well("full"), "t", {{"unchanged", 99}, {"deleted", 1}});
    const std::string marked = "gone IS NOT NULL AND gone::text <> 'false'";
    EXPECT_THAT(pair.ids(marked), ElementsAre("7"));
    EXPECT_THAT(pair.graves(), ElementsAre("t {\"id\": 7} soft"));
    pair.expect_nothing_to_do();
  }
}

TEST(Deletes, ThatWereSoftAreUndoneWhenTheRowComesBack) {
  for (const auto& [mode, value] : {std::pair("full", "other"), std::pair("incremental", "v7")}) {
    SCOPED_TRACE(mode);
    Sent pair("soft", soft, ", gone boolean NOT NULL DEFAULT false");
    pair.sql(desktop, "DELETE FROM t WHERE id = 7");
    pair.sync_well("full");
    pair.sql(cloud, "UPDATE t SET gone = true WHERE id = 8");  // the cloud's own business
    pair.sql(desktop, std::string("INSERT INTO t VALUES (7, '") + value + "'); UPDATE t SET v = 'new' WHERE id = 8");
    EXPECT_EQ(pair.sync_well(mode).table("t")["updated"], 2);
    EXPECT_THAT(pair.ids("gone"), ElementsAre("8"));
    pair.expect_same("t", "t", "id, v");
    pair.expect_nothing_to_do();
    pair.sql(desktop, "DELETE FROM t WHERE id = 7");  // and again
    EXPECT_EQ(pair.sync_well("full").table("t")["deleted"], 1);
    EXPECT_THAT(pair.ids("gone"), ElementsAre("7", "8"));
  }
}

TEST(Deletes, ThatWereSoftAndThenPurgedByTheCloudAreInsertedWhenTheRowComesBack) {
  Sent pair("soft", soft, ", gone timestamptz");
  pair.sql(desktop, "DELETE FROM t WHERE id = 7");
  pair.sync_well("full");
  pair.sql(cloud, "DELETE FROM t WHERE id = 7");
  pair.sql(desktop, "INSERT INTO t VALUES (7, 'v7')");
  EXPECT_EQ(pair.sync_well("incremental").table("t")["inserted"], 1);
  pair.expect_same("t", "t", "id, v");
}

TEST(Deletes, ThatWereSoftStayKnownWhenTheMapChanges) {
  Sent pair("soft", soft, ", gone timestamptz");
  pair.sql(desktop, "DELETE FROM t WHERE id = 7");
  pair.sync_well("full");
  const auto marked = pair.value(cloud, "SELECT gone FROM t WHERE id = 7");
  pair.map("soft", soft + ", skip: [v]");
  EXPECT_EQ(pair.sync_well("full").table("t")["deleted"], 0);
  EXPECT_EQ(pair.value(cloud, "SELECT gone FROM t WHERE id = 7"), marked);
  pair.map("hard");  // what was marked goes for good
  EXPECT_EQ(pair.sync_well("full").table("t")["deleted"], 1);
  EXPECT_THAT(pair.ids("id = 7"), IsEmpty());
}

TEST(Deletes, AColumnThatCannotMarkARowIsRefused) {
  for (const auto& [column, why] :
       std::map<std::string, std::string>{{"", "does not exist"},
                                          {", gone int", "of type integer"},
                                          {", gone timestamptz NOT NULL DEFAULT now()", "must be able to be NULL"}}) {
    Pair pair(Contents::reused);
    pair.sql(desktop, "CREATE TABLE t (id int)");
    pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY" + column + ")");
    pair.use_map("  - {desktop: t, deletes: soft, soft_delete: {column: gone}}\n");
    const auto run = pair.sync("full");
    EXPECT_EQ(run.status, 5) << run.everything();
    EXPECT_THAT(run.everything(), HasSubstr(why));
  }
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (id int PRIMARY KEY, gone boolean)");
  pair.use_map("  - {desktop: t, deletes: soft, soft_delete: {column: gone}}\n");
  EXPECT_THAT(pair.sync("full").everything(), HasSubstr("is copied from the desktop"));
}

// ---- rows that stay

TEST(Deletes, OfARowThatTheCloudChangedAreAConflictUntilItIsDecided) {
  for (const std::string& policy : {std::string("hard"), "soft" + soft}) {
    SCOPED_TRACE(policy);
    Sent pair(policy, "", ", gone boolean");
    pair.sql(cloud, "UPDATE t SET v = 'phone' WHERE id = 7; UPDATE t SET own = 'mine' WHERE id = 8");
    pair.sql(desktop, "DELETE FROM t WHERE id IN (7, 8)");
    const auto run = pair.sync("full");
    EXPECT_EQ(run.status, 8) << run.everything();
    expect_counts(run, "t", {{"unchanged", 98}, {"conflicted", 1}, {"deleted", 1}});
    EXPECT_EQ(run.table("t")["status"], "attention");
    EXPECT_THAT(pair.open_conflicts(), ElementsAre("t {\"id\": 7} delete_origin_differs"));
    const auto detected = pair.value(cloud, "SELECT detected_at FROM pgtide.conflict");
    for (const char* mode : {"full", "incremental", "full"}) {  // it is the same one, and waits
      EXPECT_EQ(pair.sync(mode).status, 8) << mode;
      EXPECT_EQ(pair.value(cloud, "SELECT detected_at FROM pgtide.conflict"), detected);
      EXPECT_THAT(pair.open_conflicts(), ElementsAre("t {\"id\": 7} delete_origin_differs"));
    }
    pair.expect_nothing_to_do(8);
    pair.sql(cloud, "UPDATE t SET v = 'v7' WHERE id = 7");  // the cloud takes it back
    EXPECT_EQ(pair.sync_well("full").table("t")["deleted"], 1);
    EXPECT_THAT(pair.open_conflicts(), IsEmpty());
  }
}

TEST(Deletes, AConflictIsClosedWhenTheRowIsAtTheDesktopAgainOrGoneInTheCloudOrNobodyAsksAnyMore) {
  for (const char* end : {"back", "gone", "ignored"}) {
    SCOPED_TRACE(end);
    Sent pair("hard");
    pair.sql(cloud, "UPDATE t SET v = 'phone' WHERE id = 7");
    pair.sql(desktop, "DELETE FROM t WHERE id = 7");
    EXPECT_EQ(pair.sync("full").status, 8);
    if (end == std::string("back")) pair.sql(desktop, "INSERT INTO t VALUES (7, 'phone')");
    if (end == std::string("gone")) pair.sql(cloud, "DELETE FROM t WHERE id = 7");
    if (end == std::string("ignored")) pair.map("ignore");
    pair.sync_well("full");
    EXPECT_EQ(pair.value(cloud, "SELECT resolution FROM pgtide.conflict"), "cause_gone");
  }
}

TEST(Deletes, AConflictIsDecidedAsTheOperatorSaid) {
  for (const char* take : {"desktop", "cloud"}) {
    SCOPED_TRACE(take);
    Sent pair("hard");
    pair.sql(cloud, "UPDATE t SET v = 'phone' WHERE id = 7");
    pair.sql(desktop, "DELETE FROM t WHERE id = 7");
    EXPECT_EQ(pair.sync("full").status, 8);
    const auto decided = pair.run({"conflicts", "resolve", "--table", "t", "--key", "7", "--take", take});
    EXPECT_EQ(decided.status, 0) << decided.everything();
    EXPECT_EQ(pair.value(cloud, "SELECT resolution FROM pgtide.conflict"), take);
    const bool removed = take == std::string("desktop");
    EXPECT_EQ(pair.ids("id = 7").size(), removed ? 0u : 1u);
    EXPECT_EQ(pair.graves().size(), removed ? 1u : 0u);
    pair.expect_nothing_to_do();
  }
}

TEST(Deletes, OverwritingRemovesWhatTheCloudChangedAndKeepsItsContents) {
  Sent pair("hard");
  pair.sql(cloud, "UPDATE t SET v = 'phone' WHERE id = 7");
  pair.sql(desktop, "DELETE FROM t WHERE id = 7");
  EXPECT_EQ(pair.sync_well("full", {"--overwrite"}).table("t")["deleted"], 1);
  EXPECT_THAT(pair.graves(), ElementsAre("t {\"id\": 7} overwritten"));
  EXPECT_EQ(pair.value(cloud, "SELECT row_data->>'v' FROM pgtide.tombstone"), "phone");
}

TEST(Deletes, RowsThatWereBornInTheCloudAreNoMatterOfTheDesktop) {
  Sent pair("hard");
  pair.sql(cloud, "INSERT INTO t VALUES (500, 'phone')");
  pair.sql(desktop, "DELETE FROM t WHERE id = 7");
  EXPECT_EQ(pair.sync_well("full").table("t")["deleted"], 1);
  EXPECT_THAT(pair.ids("id > 100"), ElementsAre("500"));
}

TEST(Deletes, ARowThatTheCloudHasDeletedTooIsForgotten) {
  Sent pair("hard");
  pair.sql("DELETE FROM t WHERE id = 7");
  expect_counts(pair.sync_well("full"), "t", {{"unchanged", 99}});
  EXPECT_THAT(pair.graves(), IsEmpty());
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM pgtide.known_row"), 99);
  pair.sql(desktop, "INSERT INTO t VALUES (7, 'again')");
  EXPECT_EQ(pair.sync_well("incremental").table("t")["inserted"], 1);
}

// ---- references

class Family : public Pair {
 public:
  explicit Family(const std::string& parents, const std::string& children, const std::string& own_columns = "")
      : Pair(Contents::reused) {
    sql(desktop,
        "CREATE TABLE p (id int, v text); CREATE TABLE c (id int, p int); INSERT INTO p SELECT i, 'v' FROM "
        "generate_series(1, 50) i; INSERT INTO c SELECT i, i FROM generate_series(1, 50) i");
    sql(cloud, "CREATE TABLE p (id int PRIMARY KEY, v text" + own_columns +
                   "); CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE" + own_columns + ")");
    use_map("  - {desktop: p, key: [id]" + parents + "}\n  - {desktop: c, key: [id]" + children + "}\n");
    sync_well("full");
  }
};

TEST(Deletes, OfParentAndChildAreCarriedOutTogether) {
  Family pair(", deletes: hard", ", deletes: hard");
  pair.sql(desktop, "DELETE FROM p WHERE id = 7; DELETE FROM c WHERE id = 7");
  const auto run = pair.sync_well("full");
  EXPECT_EQ(run.table("p")["deleted"], 1);
  EXPECT_EQ(run.table("c")["deleted"], 1);
  for (const char* table : {"p", "c"}) pair.expect_same(table);
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM pgtide.tombstone"), 2);
}

TEST(Deletes, ARowThatAPhonesRowRefersToStays) {
  for (const std::string& policy : {std::string("hard"), "soft" + soft}) {
    SCOPED_TRACE(policy);
    Family pair(", deletes: " + policy, ", deletes: " + policy, ", gone boolean");
    pair.sql(cloud, "INSERT INTO c VALUES (900, 7)");
    pair.sql(desktop, "DELETE FROM p WHERE id IN (7, 8); DELETE FROM c WHERE id IN (7, 8)");
    const auto run = pair.sync("full");
    EXPECT_EQ(run.status, 8) << run.everything();
    expect_counts(run, "p", {{"unchanged", 48}, {"conflicted", 1}, {"deleted", 1}});
    EXPECT_EQ(run.table("c")["deleted"], 2);
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM p WHERE id = 7 AND gone IS NULL"), "1");
    EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM c WHERE id = 900"), "1");
    pair.sql(cloud, "DELETE FROM c WHERE id = 900");
    EXPECT_EQ(pair.sync_well("full").table("p")["deleted"], 1);
  }
}

TEST(Deletes, OfAParentWhoseChildrenStayAreAConflictAndNeverCascade) {
  Family pair(", deletes: hard", "");
  pair.sql(desktop, "DELETE FROM p WHERE id = 7; DELETE FROM c WHERE id = 7");
  EXPECT_EQ(pair.sync("full").status, 8);
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM p"), 50);
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM c"), 50);
}

TEST(Deletes, OfAParentWaitUntilTheTableThatRefersToItIsComplete) {
  Family pair(", deletes: hard", ", deletes: hard");
  pair.sql(desktop, "DELETE FROM p WHERE id = 7; DELETE FROM c WHERE id BETWEEN 1 AND 30");
  const auto run = pair.sync("full");
  EXPECT_EQ(run.status, 11) << run.everything();
  EXPECT_EQ(run.table("c")["status"], "fuse");
  EXPECT_EQ(run.table("p")["status"], "ok");
  EXPECT_THAT(run.err, HasSubstr("rows that the desktop has deleted stay until table c"));
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM pgtide.conflict"), 0);
  pair.sync_well("full", {"--past-fuse", "c"});
  for (const char* table : {"p", "c"}) pair.expect_same(table);
}

TEST(Deletes, OfATreeGoByBranchesAndStopBelowARowThatStays) {
  Pair pair(Contents::reused);
  pair.sql(desktop,
           "CREATE TABLE t (id int, parent int); INSERT INTO t SELECT i, nullif(i - 1, 0) FROM generate_series(1, 100) "
           "i; INSERT INTO t VALUES (201, 1), (202, 201)");
  pair.sql(cloud, "CREATE TABLE t (id int PRIMARY KEY, parent int REFERENCES t)");
  pair.use_map("  - {desktop: t, key: [id], deletes: hard}\n");
  pair.sync_well("full");
  pair.sql(cloud, "INSERT INTO t VALUES (900, 97)");
  pair.sql(desktop, "DELETE FROM t WHERE id BETWEEN 96 AND 100 OR id > 200");
  const auto run = pair.sync("full");
  EXPECT_EQ(run.status, 8) << run.everything();
  expect_counts(run, "t", {{"unchanged", 95}, {"conflicted", 2}, {"deleted", 5}});  // 96 and 97 carry 900
  EXPECT_THAT(pair.rows(cloud, "SELECT id FROM t WHERE id > 95 ORDER BY id"), ElementsAre("96", "97", "900"));
}

// ---- the fuse

TEST(Deletes, OfTooManyRowsStopTheTableAndKeepWhatWasCopied) {
  Sent pair("hard");
  pair.sql(desktop, "DELETE FROM t WHERE id <= 33; UPDATE t SET v = 'new' WHERE id = 50");
  const auto run = pair.sync("full");
  EXPECT_EQ(run.status, 11) << run.everything();
  EXPECT_EQ(run.table("t")["status"], "fuse");
  expect_counts(run, "t", {{"unchanged", 66}, {"updated", 1}});
  EXPECT_THAT(run.everything(), AllOf(HasSubstr("deleted 33 of the 100 rows"), HasSubstr("--past-fuse t")));
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM t"), 100);
  EXPECT_EQ(pair.value(cloud, "SELECT v FROM t WHERE id = 50"), "new");
  EXPECT_EQ(pair.value(cloud,
                       "SELECT status || ' ' || rows_read || ' ' || rows_deleted FROM pgtide.table_run ORDER BY run_id "
                       "DESC LIMIT 1"),
            "fuse 67 0");
  EXPECT_EQ(pair.value(cloud, "SELECT sync_status || ' ' || last_error_code FROM pgtide.watermark"), "failed fuse");
  EXPECT_EQ(pair.sync_well("full", {"--past-fuse", "t"}).table("t")["deleted"], 33);
  pair.expect_same("t", "t", "id, v");
  EXPECT_EQ(pair.value(cloud, "SELECT sync_status FROM pgtide.watermark"), "completed");
}

TEST(Deletes, AnEmptiedSourceRemovesNothing) {
  Sent pair("hard");
  pair.sql(desktop, "TRUNCATE t");
  EXPECT_EQ(pair.sync("full").status, 11);
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM t"), 100);
  EXPECT_EQ(pair.sync_well("full", {"--past-fuse", "t"}).table("t")["deleted"], 100);
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM t"), 0);
}

// ---- which rows are meant

TEST(Deletes, ARowThatLeavesTheConditionCountsAsDeleted) {
  Sent pair("hard", ", forward: {where: \"v <> 'secret'\"}");
  pair.sql(desktop, "UPDATE t SET v = 'secret' WHERE id = 7");
  EXPECT_EQ(pair.sync_well("full").table("t")["deleted"], 1);
  EXPECT_THAT(pair.ids("id = 7"), IsEmpty());
  pair.sql(desktop, "UPDATE t SET v = 'open' WHERE id = 7");
  EXPECT_EQ(pair.sync_well("incremental").table("t")["inserted"], 1);
}

TEST(Deletes, AKeyThatIsUsedAgainIsAPlainInsert) {
  Sent pair("hard");
  pair.sql(desktop, "DELETE FROM t WHERE id = 7");
  pair.sync_well("full");
  pair.sql(desktop, "INSERT INTO t VALUES (7, 'another')");
  expect_counts(pair.sync_well("incremental"), "t", {{"inserted", 1}});
  pair.expect_same("t", "t", "id, v");
  pair.sql(desktop, "DELETE FROM t WHERE id = 8; INSERT INTO t VALUES (8, 'at once')");
  expect_counts(pair.sync_well("full"), "t", {{"updated", 1}, {"unchanged", 99}});
}

TEST(Deletes, OnlyTheTablesThatWereAskedForAreLookedAt) {
  Family pair(", deletes: hard", ", deletes: hard");
  pair.sql(desktop, "DELETE FROM c WHERE id = 7; DELETE FROM p WHERE id = 7");
  EXPECT_EQ(pair.sync_well("full", {"--table", "c"}).table("c")["deleted"], 1);
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM p"), 50);
  EXPECT_EQ(pair.sync_well("full", {"--table", "p"}).table("p")["deleted"], 1);
}

TEST(Deletes, ARowThatCannotBeReadOrWrittenAnyMoreIsNotTakenForDeleted) {
  Sent pair("hard", ", forward: {columns: {v: \"CASE WHEN id = 7 THEN (1 / length(v))::text ELSE v END\"}}");
  pair.sql(cloud, "ALTER TABLE t ADD CHECK (v <> 'refused')");
  pair.sql(desktop,
           "UPDATE t SET v = '' WHERE id = 7; UPDATE t SET v = 'refused' WHERE id = 8; DELETE FROM t WHERE id = 9");
  for (const int deleted : {1, 0}) {
    const auto run = pair.sync("full");
    EXPECT_EQ(run.status, 8) << run.everything();
    EXPECT_EQ(run.table("t")["quarantined"], 2);
    EXPECT_EQ(run.table("t")["deleted"], deleted);
    EXPECT_THAT(pair.ids("id BETWEEN 7 AND 9"), ElementsAre("7", "8"));
  }
}

TEST(Deletes, KeysAreComparedAsTheTargetHoldsThem) {
  Pair pair(Contents::reused);
  pair.sql(desktop,
           "CREATE TABLE t (day timestamp, code varchar(20), nr bigint, amount numeric, v text); INSERT INTO t SELECT "
           "'2024-01-01'::timestamp + i * interval '1 day', CASE WHEN i % 10 > 0 THEN 'c' || i END, i, round(i / 4.0, "
           "2), 'v' FROM "
           "generate_series(1, 100) i; INSERT INTO t VALUES ('2024-01-01', 'c', 5000000000, 1, 'too great'), "
           "(NULL, NULL, 777, 1, 'no key')");
  pair.sql(cloud,
           "CREATE TABLE t (day timestamptz, code text, nr int, amount numeric(10,2), v text, UNIQUE (day, code, nr, "
           "amount))");
  pair.use_map("  - {desktop: t, key: [day, code, nr, amount], deletes: hard}\n",
               "map: test\ndesktop: {url: \"${PGTIDE_DESKTOP_URL}\", timezone: Asia/Kolkata}\ncloud: {url: "
               "\"${PGTIDE_CLOUD_URL}\"}\n");
  EXPECT_EQ(pair.sync("full").status, 8);  // one number does not fit
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM t"), 101);
  EXPECT_EQ(pair.sync("full").table("t")["deleted"], 0);
  pair.sql(desktop, "DELETE FROM t WHERE nr IN (5, 10, 777)");
  EXPECT_EQ(pair.sync("full").table("t")["deleted"], 3);
  EXPECT_THAT(pair.rows(cloud, "SELECT nr FROM t WHERE nr IN (5, 10, 777)"), IsEmpty());
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM t"), 98);
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM pgtide.tombstone WHERE row_key->>'code' IS NULL"), 2);
}

TEST(Deletes, OfATableWithoutAnIndexOnItsKeyWork) {
  Pair pair(Contents::reused);
  pair.sql("CREATE TABLE t (id int, v text)");
  pair.sql(desktop, "INSERT INTO t SELECT i, 'v' FROM generate_series(1, 50) i");
  pair.use_map("  - {desktop: t, key: [id], deletes: hard}\n");
  pair.sync_well("full");
  pair.sql(desktop, "DELETE FROM t WHERE id = 7");
  EXPECT_EQ(pair.sync_well("full").table("t")["deleted"], 1);
  pair.expect_same("t");
}

// ---- both ways

TEST(Deletes, OfATableThatGoesBothWaysAreNotRaisedAgainAndTakeNoRowOfThePhones) {
  for (const std::string& policy : {std::string("hard"), "soft" + soft}) {
    SCOPED_TRACE(policy);
    Pair pair(Contents::reused);
    pair.sql("CREATE TABLE n (id int PRIMARY KEY, v text, source char(1))");
    pair.sql(cloud, "ALTER TABLE n ADD gone boolean");
    pair.sql(desktop, "INSERT INTO n SELECT i, 'v', 'D' FROM generate_series(1, 50) i");
    pair.sql(cloud, "INSERT INTO n SELECT i, 'phone', 'M' FROM generate_series(901, 903) i");
    pair.use_map(
        "  - {desktop: n, key: [id], direction: both, origin: {column: source, desktop: D, cloud: M}, deletes: " +
        policy + "}\n");
    for (const char* mode : {"full", "reverse", "full"}) pair.sync_well(mode);
    EXPECT_EQ(pair.number(desktop, "SELECT count(*) FROM n"), 53);
    pair.sql(desktop, "DELETE FROM n WHERE id IN (7, 902)");  // one of its own, one that came from a phone
    EXPECT_EQ(pair.sync_well("full").table("n")["deleted"], 1);
    for (const char* mode : {"reverse", "full", "reverse", "incremental"}) {
      SCOPED_TRACE(mode);
      pair.sync_well(mode);
      EXPECT_THAT(pair.rows(desktop, "SELECT id FROM n WHERE id IN (7, 902)"), IsEmpty());
      EXPECT_THAT(pair.rows(cloud, "SELECT id FROM n WHERE id > 900 AND gone IS NULL ORDER BY id"),
                  ElementsAre("901", "902", "903"));
    }
  }
}

// ---- without a key

TEST(Deletes, RowsWithoutAKeyThatAreRemovedAreKeptInTheHistoryToo) {
  Pair pair(Contents::reused);
  pair.sql(desktop, "CREATE TABLE t (grp int, v text); INSERT INTO t SELECT i, 'v' FROM generate_series(1, 50) i");
  pair.sql(cloud, "CREATE TABLE t (nr serial PRIMARY KEY, grp int, v text)");
  pair.use_map("  - {desktop: t, key: none, match: [grp], skip: [nr], deletes: hard}\n");
  pair.sync_well("full");
  pair.sql(desktop, "DELETE FROM t WHERE grp = 7");
  EXPECT_EQ(pair.sync_well("incremental").table("t")["deleted"], 1);
  EXPECT_EQ(pair.value(cloud, "SELECT row_key::text || ' ' || how || ' ' || (row_data->>'nr') FROM pgtide.tombstone"),
            "{\"grp\": 7} surplus 7");
  pair.use_map("  - {desktop: t, key: none, skip: [nr], deletes: report}\n");
  EXPECT_EQ(pair.sync("full").status, 5);
}

// ---- rights, two maps, connections

TEST(Deletes, TwoMapsThatRemoveFromOneTableAreRefused) {
  Sent pair("hard");
  const auto second = [&](const std::string& policy) {
    pair.use_map("  - {desktop: t, key: [id], deletes: " + policy + "}\n",
                 "map: second\ndesktop: {url: \"${PGTIDE_DESKTOP_URL}\"}\ncloud: {url: \"${PGTIDE_CLOUD_URL}\"}\n");
    return pair.sync("full");
  };
  const auto refused = second("hard");
  EXPECT_EQ(refused.status, 5) << refused.everything();
  EXPECT_THAT(refused.everything(), HasSubstr("map test removes rows from this table already"));
  EXPECT_NE(second("report").status, 5);
  pair.map("ignore");  // the first one gives it up
  pair.sync_well("full");
  EXPECT_NE(second("hard").status, 5);
}

TEST(Deletes, PlanSaysWhatAFullRunWillDo) {
  Sent pair("hard", ", fuse: 5%");
  EXPECT_THAT(pair.run({"plan", "full"}).out, HasSubstr("  deletes     removes rows that the desktop has deleted"));
  EXPECT_THAT(pair.run({"plan", "incremental"}).out, HasSubstr("  deletes     left to the next full run"));
}

TEST(Deletes, ATriggerThatKeepsTheRowsFailsTheTableAndRemovesNothing) {
  Sent pair("hard");
  pair.sql(cloud,
           "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER keep "
           "BEFORE DELETE ON t FOR EACH ROW WHEN (OLD.id = 7) EXECUTE FUNCTION keep()");
  pair.sql(desktop, "DELETE FROM t WHERE id IN (7, 8)");
  const auto run = pair.sync("full");
  EXPECT_EQ(run.status, 7) << run.everything();
  expect_counts(run, "t", {{"unchanged", 98}});
  EXPECT_THAT(run.everything(), HasSubstr("could not be removed"));
  EXPECT_EQ(pair.number(cloud, "SELECT count(*) FROM t"), 100);
  EXPECT_THAT(pair.graves(), IsEmpty());
}

TEST(Deletes, AreDoneOnceThoughTheConnectionBreaks) {
  Sent pair("hard");
  Proxy proxy(support::Clusters::running().port(cloud));
  pair.use_url(cloud, proxy.url(pair.database(cloud)));
  int deleted = 0;
  const auto next = [&] { pair.sql(desktop, "DELETE FROM t WHERE id = " + std::to_string(++deleted)); };
  const auto passed = proxy.passed(Proxy::Toward::server);
  next();
  pair.run({"sync", "full"}, {{"PGTIDE_FAULT", "rows_removed"}});
  const auto commit = proxy.passed(Proxy::Toward::server) - passed;
  for (auto bytes = commit - 5000; bytes < commit + 200 && !HasFailure(); bytes += 600) {
    SCOPED_TRACE("cut after " + std::to_string(bytes) + " bytes");
    proxy.cut_after(bytes, Proxy::Toward::server);
    const auto run = pair.run({"sync", "full", "--json"}, {{"PGTIDE_RETRY_FOR", "60s"}});
    EXPECT_EQ(run.status, 0) << run.everything();
    EXPECT_EQ(run.table("t")["deleted"], 1) << run.everything();
    EXPECT_EQ(pair.graves().size(), static_cast<std::size_t>(deleted));
    EXPECT_EQ(pair.number(cloud, "SELECT sum(rows_deleted) FROM pgtide.table_run"), deleted);
    next();
  }
}

// The COMMIT is carried out, its answer is lost.
TEST(Deletes, ThatAreCommittedWithoutAnAnswerAreFoundInTheState) {
  Sent pair("hard");
  Proxy proxy(support::Clusters::running().port(cloud));
  pair.sql(
      cloud,
      "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END "
      "$$; CREATE CONSTRAINT TRIGGER wait AFTER DELETE ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE "
      "FUNCTION wait()");
  pair.sql(desktop, "DELETE FROM t WHERE id = 7");
  const auto run = pair.start({"sync", "full", "--json"},
                              {{"PGTIDE_RETRY_FOR", "60s"}, {"PGTIDE_CLOUD_URL", proxy.url(pair.database(cloud))}});
  pair.wait_until(cloud, "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
  proxy.go_silent(true);
  pair.wait_until(cloud, "SELECT count(*) = 99 FROM t");
  proxy.cut_all();
  proxy.go_silent(false);
  const Outcome outcome = run->wait();
  EXPECT_EQ(outcome.status, 0) << outcome.everything();
  EXPECT_THAT(outcome.err, HasSubstr("Trying again"));
  expect_counts(outcome, "t", {{"unchanged", 99}, {"deleted", 1}});
  EXPECT_THAT(pair.graves(), ElementsAre("t {\"id\": 7} hard"));
}

}  // namespace
