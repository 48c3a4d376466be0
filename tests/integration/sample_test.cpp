// The sample pair of scripts/sample with the map of tablemaps/practice.yaml, as an operator would run it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/pair.hpp"

namespace {

using support::cloud;
using support::Contents;
using support::desktop;
using support::Outcome;
using support::Pair;
using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<std::pair<std::string, std::string>> forward_tables = {
    {"orgmaster", "orgmaster"},
    {"locmaster", "locmaster"},
    {"conmaster", "conmaster"},
    {"climaster", "climaster"},
    {"cliunimaster", "cliunimaster"},
    {"taskmaster", "taskmaster"},
    {"jobmaster", "jobmaster"},
    {"mbstaff", "mbstaff"},
    {"jobshead", "jobshead"},
    {"mbreminder", "reminder"},
    {"mbremdetail", "remdetail"},
    {"jobtasks", "jobtasks"},
    {"taskchecklist", "taskchecklist"},
    {"mbjobreviewnotes", "mbjobreviewnotes"},
    {"mbjobreviewresponse", "mbjobreviewresponse"}};

class SamplePair : public Pair {
 public:
  SamplePair() : Pair(Contents::sample) { use_map_file(PGTIDE_SOURCE_DIR "/tablemaps/practice.yaml"); }

  // Columns that both tables have, the desktop's local stamps as the moments that they mean.
  std::pair<std::string, std::string> common_columns(const std::string& at_desktop, const std::string& in_cloud) {
    const auto columns = [](const std::string& table) {
      return "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '" +
             table + "' ORDER BY 1";
    };
    const auto others = rows(cloud, columns(in_cloud));
    std::string here, there;
    for (const auto& column : rows(desktop, columns(at_desktop))) {
      if (std::ranges::find(others, column) == others.end()) continue;
      const bool stamp = column == "created_at" || column == "updated_at";
      here += (here.empty() ? "" : ", ") + column + (stamp ? " AT TIME ZONE 'Asia/Kolkata'" : "");
      there += (there.empty() ? "" : ", ") + column;
    }
    return {here, there};
  }

  void expect_all_agree() {
    for (const auto& [at_desktop, in_cloud] : forward_tables) {
      SCOPED_TRACE(at_desktop);
      const auto [here, there] = common_columns(at_desktop, in_cloud);
      EXPECT_EQ(value(desktop, "SELECT count(*) FROM " + at_desktop), value(cloud, "SELECT count(*) FROM " + in_cloud));
      EXPECT_EQ(contents(desktop, at_desktop, here), contents(cloud, in_cloud, there));
    }
  }

  // Which transaction wrote each row, and where it lies: changes with every rewrite.
  std::vector<std::string> versions() {
    std::vector<std::string> all;
    for (const auto& tables : forward_tables) {
      const std::string& table = tables.second;
      all.push_back(
          table + " " +
          value(cloud,
                "SELECT md5(coalesce(string_agg(xmin::text || ctid::text, ',' ORDER BY ctid), '')) FROM " + table));
    }
    return all;
  }
};

long long total(const Outcome& outcome, const std::string& what) {
  long long sum = 0;
  const auto run = outcome.json();
  for (const auto& table : run["tables"]) sum += table[what].get<long long>();
  return sum;
}

void enter_three_on_the_phone(Pair& pair) {
  pair.sql(cloud,
           "INSERT INTO workdiary (org_id, con_id, loc_id, staff_id, job_id, task_id, date, timefrom, timeto, minutes, "
           "tasknotes, doc_ref, source) "
           "SELECT 1, 0, 1, i, i, 1, date '2026-01-01' + i, time '09:30:15.123456', time '23:59:59.999999', 90, "
           "repeat('note ', 40), "
           "repeat('x', 40), 'M' FROM generate_series(1, 3) i");
}

constexpr const char* status_query =
    "SELECT table_name, last_sync_timestamp, EXTRACT(EPOCH FROM (NOW() - last_sync_timestamp))/3600 AS hours_ago FROM ";

TEST(Sample, AgreesOnBothSidesAfterAFullSync) {
  SamplePair pair;
  const auto full = pair.sync_well("full");
  EXPECT_EQ(full.json()["tables"].size(), forward_tables.size());
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM jobshead"), "24562");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM climaster"), "733");
  pair.expect_all_agree();
}

TEST(Sample, ASecondFullSyncWritesNothing) {
  SamplePair pair;
  pair.sync_well("full");
  const auto before = pair.versions();
  const auto second = pair.sync_well("full");
  EXPECT_EQ(total(second, "inserted"), 0);
  EXPECT_EQ(total(second, "updated"), 0);
  EXPECT_EQ(total(second, "deleted"), 0);
  EXPECT_EQ(total(second, "read"), total(second, "unchanged"));
  EXPECT_GT(total(second, "read"), 25000);
  EXPECT_EQ(pair.versions(), before);
}

TEST(Sample, AnIncrementalSyncReadsExactlyTheTwoRowsThatWereTouched) {
  SamplePair pair;
  pair.sync_well("full");
  pair.sql(desktop, "UPDATE climaster SET clientname = 'Touched' WHERE client_id IN (17, 400)");
  const auto incremental = pair.sync_well("incremental");
  EXPECT_EQ(incremental.table("climaster")["read"], 2);
  EXPECT_EQ(incremental.table("climaster")["updated"], 2);
  EXPECT_EQ(total(incremental, "read"), 2);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM climaster WHERE clientname = 'Touched' AND client_id IN (17, 400)"),
            "2");
  const auto idle = pair.sync_well("incremental");
  EXPECT_EQ(total(idle, "read"), 0);
  EXPECT_EQ(total(idle, "bytes"), 0);
}

TEST(Sample, WhatWasTypedOnPhonesComesBackOnceHoweverOftenReverseRuns) {
  SamplePair pair;
  pair.sync_well("full");
  enter_three_on_the_phone(pair);
  const auto first = pair.sync_well("reverse");
  EXPECT_EQ(first.table("workdiary")["inserted"], 3);
  for (int again = 0; again < 3; ++again) {
    const auto repeated = pair.sync_well("reverse");
    EXPECT_EQ(total(repeated, "inserted"), 0) << repeated.out;
    EXPECT_EQ(total(repeated, "read"), 0) << repeated.out;
  }
  EXPECT_THAT(pair.rows(desktop,
                        "SELECT wd_id, staff_id, timefrom, timeto, length(tasknotes), length(doc_ref), source FROM "
                        "workdiary ORDER BY wd_id"),
              ElementsAre("1|1|2026-01-02 09:30:15.123456|2026-01-02 23:59:59.999999|50|15|M",
                          "2|2|2026-01-03 09:30:15.123456|2026-01-03 23:59:59.999999|50|15|M",
                          "3|3|2026-01-04 09:30:15.123456|2026-01-04 23:59:59.999999|50|15|M"));
}

TEST(Sample, ReverseBringsBackOnlyTheEntryThatIsNew) {
  SamplePair pair;
  pair.sync_well("full");
  enter_three_on_the_phone(pair);
  pair.sync_well("reverse");
  pair.sql(cloud,
           "INSERT INTO workdiary (staff_id, date, timefrom, timeto, source) VALUES (NULL, '2026-02-01', '10:00', "
           "'11:00', 'M')");
  pair.sql(cloud, "INSERT INTO learequest (learequest_id, leaveremarks, source) VALUES (9, 'fever', 'M')");
  const auto second = pair.sync_well("reverse");
  EXPECT_EQ(second.table("workdiary")["read"], 1);
  EXPECT_EQ(second.table("workdiary")["inserted"], 1);
  EXPECT_EQ(second.table("learequest")["inserted"], 1);
  EXPECT_EQ(pair.value(desktop, "SELECT count(*) FROM workdiary"), "4");
  EXPECT_EQ(pair.value(desktop, "SELECT leaveremarks FROM learequest"), "fever");
}

TEST(Sample, EveryRowOfEveryTableRunIsAccountedFor) {
  SamplePair pair;
  pair.sync_well("full");
  pair.sql(
      desktop,
      "UPDATE mbstaff SET name = 'x' WHERE staff_id = 1; INSERT INTO orgmaster (org_id, orgname) VALUES (9, 'New')");
  pair.sync_well("incremental");
  EXPECT_THAT(pair.rows(cloud,
                        "SELECT run_id, table_name FROM pgtide.table_run WHERE rows_read <> rows_inserted + "
                        "rows_updated + rows_unchanged + "
                        "rows_skipped + rows_quarantined + rows_conflicted"),
              IsEmpty());
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM pgtide.table_run"), std::to_string(2 * forward_tables.size()));
  EXPECT_THAT(pair.rows(cloud,
                        "SELECT table_name, status, rows_read, rows_inserted, rows_updated FROM pgtide.table_run r "
                        "WHERE run_id = (SELECT max(run_id) FROM pgtide.run) AND rows_read > 0 ORDER BY 1"),
              ElementsAre("mbstaff|ok|1|0|1", "orgmaster|ok|1|1|0"));
}

TEST(Sample, TheStateSaysWhatWasDoneAndUntilWhen) {
  SamplePair pair;
  const auto before = pair.value(desktop, "SELECT clock_timestamp()");
  pair.sync_well("full");
  const auto after = pair.value(desktop, "SELECT clock_timestamp()");
  EXPECT_THAT(
      pair.rows(cloud, "SELECT map, direction, mode, status, exit_status, finished_at >= started_at FROM pgtide.run"),
      ElementsAre("practice|forward|full|ok|0|t"));
  EXPECT_EQ(
      pair.value(
          cloud,
          "SELECT count(*) FROM pgtide.watermark WHERE map = 'practice' AND direction = 'forward' AND sync_status = "
          "'completed' AND guarantee = 'exact' AND error_count = 0 AND last_error IS NULL AND last_successful_sync IS "
          "NOT "
          "NULL AND last_sync_timestamp BETWEEN '" +
              before + "' AND '" + after + "'"),
      std::to_string(forward_tables.size()));
  // newest_row is the greatest watermark, as a moment
  EXPECT_EQ(
      pair.value(cloud, "SELECT newest_row FROM pgtide.watermark WHERE table_name = 'jobshead'"),
      pair.value(desktop, "SELECT max(greatest(updated_at, created_at) AT TIME ZONE 'Asia/Kolkata') FROM jobshead"));
  EXPECT_EQ(pair.value(cloud, "SELECT newest_row IS NULL FROM pgtide.watermark WHERE table_name = 'taskmaster'"), "t");
}

TEST(Sample, CoverageCountsTheRowsOfEachUtcDayAndHasNoGap) {
  SamplePair pair;
  pair.sync_well("full");
  EXPECT_EQ(
      pair.rows(cloud,
                "SELECT sync_date, items_synced FROM pgtide.coverage WHERE table_name = 'jobshead' AND items_synced > "
                "0 ORDER BY 1"),
      pair.rows(
          desktop,
          "SELECT (greatest(updated_at, created_at) AT TIME ZONE 'Asia/Kolkata' AT TIME ZONE 'UTC')::date, count(*) "
          "FROM jobshead GROUP BY 1 ORDER BY 1"));
  EXPECT_EQ(
      pair.value(
          cloud,
          "SELECT count(DISTINCT table_name) FROM pgtide.coverage WHERE sync_date = (now() AT TIME ZONE 'UTC')::date"),
      std::to_string(forward_tables.size()));
  // an incremental run adds to the day
  const std::string today =
      "SELECT items_synced FROM pgtide.coverage WHERE table_name = 'orgmaster' AND sync_date = (now() AT TIME ZONE "
      "'UTC')::date";
  pair.sql(desktop,
           "INSERT INTO orgmaster (org_id, orgname, created_at, updated_at) VALUES (7, 'Seven', now() AT TIME ZONE "
           "'Asia/Kolkata', NULL)");
  const long long sum =
      pair.number(cloud, "SELECT sum(items_synced) FROM pgtide.coverage WHERE table_name = 'orgmaster'");
  const long long of_today = pair.number(cloud, today);
  pair.sync_well("incremental");
  EXPECT_EQ(pair.number(cloud, today), of_today + 1);
  EXPECT_EQ(pair.number(cloud, "SELECT sum(items_synced) FROM pgtide.coverage WHERE table_name = 'orgmaster'"),
            sum + 1);
  // and a full run sets it
  pair.sync_well("full");
  EXPECT_EQ(pair.number(cloud, "SELECT sum(items_synced) FROM pgtide.coverage WHERE table_name = 'orgmaster'"), 6);
}

TEST(Sample, TheOperatorsStatusQueryWorksOnBothSides) {
  SamplePair pair;
  EXPECT_EQ(pair.run({"init"}).status, 0);
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM (" + std::string(status_query) +
                                  "_sync_metadata ORDER BY last_sync_timestamp DESC) s WHERE last_sync_timestamp = "
                                  "'1970-01-01 00:00:00+00'"),
            std::to_string(forward_tables.size()));
  EXPECT_THAT(pair.rows(desktop,
                        "SELECT table_name, last_sync_timestamp, map, created_at IS NOT NULL, updated_at IS NOT NULL "
                        "FROM _reverse_sync_metadata ORDER BY 1"),
              ElementsAre("learequest|1970-01-01 00:00:00+00|practice|t|t",
                          "mbjobreviewnotes|1970-01-01 00:00:00+00|practice|t|t",
                          "mbjobreviewresponse|1970-01-01 00:00:00+00|practice|t|t",
                          "workdiary|1970-01-01 00:00:00+00|practice|t|t"));
  pair.sync_well("full");
  pair.sync_well("reverse");
  EXPECT_EQ(
      pair.value(cloud, "SELECT count(*) FROM (" + std::string(status_query) +
                            "_sync_metadata ORDER BY last_sync_timestamp DESC) s WHERE hours_ago BETWEEN 0 AND 1"),
      std::to_string(forward_tables.size()));
  EXPECT_EQ(
      pair.value(desktop,
                 "SELECT count(*) FROM (" + std::string(status_query) +
                     "_reverse_sync_metadata ORDER BY last_sync_timestamp DESC) s WHERE hours_ago BETWEEN 0 AND 1"),
      "4");
}

TEST(Sample, TheLastSyncTimestampNeverGoesBackAndMovesAlsoWhereNothingChanged) {
  SamplePair pair;
  pair.sync_well("full");
  const std::string stamps = "SELECT table_name, last_sync_timestamp FROM pgtide.watermark ORDER BY 1";
  const std::string first = pair.value(cloud, "SELECT max(last_sync_timestamp) FROM pgtide.watermark");
  const auto second = pair.sync_well("incremental");
  EXPECT_EQ(pair.value(cloud, "SELECT bool_and(last_sync_timestamp > '" + first + "') FROM pgtide.watermark"), "t");
  const auto shown =
      pair.value(cloud,
                 "SELECT to_char(last_sync_timestamp AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') "
                 "FROM pgtide.watermark WHERE table_name = 'jobmaster'");
  EXPECT_EQ(second.table("jobmaster")["last_sync_timestamp"], shown);
  EXPECT_FALSE(pair.rows(cloud, stamps).empty());
}

TEST(Sample, JsonHasEveryFieldThatIsPromised) {
  SamplePair pair;
  const auto run = pair.sync_well("full").json();
  for (const char* key :
       {"run_id", "map", "direction", "mode", "status", "exit_status", "started_at", "finished_at", "tables"})
    EXPECT_TRUE(run.contains(key)) << key;
  EXPECT_EQ(run["map"], "practice");
  EXPECT_EQ(run["direction"], "forward");
  EXPECT_EQ(run["mode"], "full");
  EXPECT_EQ(run["exit_status"], 0);
  EXPECT_THAT(run["started_at"].get<std::string>(),
              testing::MatchesRegex("[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+\\.[0-9][0-9][0-9][0-9][0-9][0-9]Z"));
  for (const auto& table : run["tables"])
    for (const char* key : {"table", "status", "read", "inserted", "updated", "unchanged", "skipped", "quarantined",
                            "conflicted", "deleted", "bytes", "seconds", "last_sync_timestamp", "guarantee", "error"})
      EXPECT_TRUE(table.contains(key)) << key;
}

TEST(Sample, APlanWritesNothing) {
  SamplePair pair;
  for (const char* mode : {"full", "incremental", "reverse"}) {
    const auto plan = pair.run({"plan", mode});
    EXPECT_EQ(plan.status, 0) << plan.everything();
  }
  for (const auto side : {desktop, cloud}) EXPECT_EQ(pair.value(side, "SELECT to_regnamespace('pgtide') IS NULL"), "t");
  EXPECT_EQ(pair.value(cloud, "SELECT count(*) FROM orgmaster"), "0");
}

TEST(Sample, StatusCheckCallsAPairTooOldUntilItWasSynchronised) {
  SamplePair pair;
  EXPECT_EQ(pair.run({"status", "--check", "--max-age", "26h"}).status, 9);
  pair.sync_well("full");
  EXPECT_EQ(pair.run({"status", "--check", "--max-age", "26h"}).status, 9) << "reverse has never run";
  pair.sync_well("reverse");
  EXPECT_EQ(pair.run({"status", "--check", "--max-age", "26h"}).status, 0);
  EXPECT_EQ(pair.run({"status"}).status, 0);
}

}  // namespace
