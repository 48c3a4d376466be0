// What status, history and coverage say is what happened; the queries in scripts/sql say the same, to a role that may
// only look.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "engine/core/error.hpp"
#include "engine/state/migrator.hpp"
#include "tests/support/pair.hpp"

namespace {

using nlohmann::json;
using support::cloud;
using support::Contents;
using support::desktop;
using support::Outcome;
using support::Pair;
using support::Place;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// Parents, children that refer to them in the cloud only, lines without a key, and a table of the cloud. The desktop's
// stamps are local times of Kolkata.
class Practice : public Pair {
 public:
  explicit Practice(Contents contents = Contents::reused) : Pair(contents) {
    sql(desktop,
        "CREATE TABLE clients (id int, name text, updated_at timestamp);"
        "CREATE TABLE jobs (id int, client_id int, updated_at timestamp);"
        "CREATE TABLE lines (a int, b text);"
        "CREATE TABLE diary (id int PRIMARY KEY, v text, updated_at timestamp);"
        "INSERT INTO clients SELECT i, 'private', '2026-03-01 12:00' FROM generate_series(1, 5) i;"
        "INSERT INTO jobs SELECT i, i, '2026-03-02 12:00' FROM generate_series(1, 5) i;"
        "INSERT INTO lines SELECT i, 'private' FROM generate_series(1, 20) i");
    sql(cloud,
        "CREATE TABLE clients (id int PRIMARY KEY, name text, updated_at timestamptz);"
        "CREATE TABLE jobs (id int PRIMARY KEY, client_id int REFERENCES clients, updated_at timestamptz);"
        "CREATE TABLE lines (line_id serial PRIMARY KEY, a int, b text);"
        "CREATE TABLE diary (id int PRIMARY KEY, v text, updated_at timestamptz);"
        "INSERT INTO diary VALUES (1, 'private', '2026-03-03 12:00+00')");
    use_map(
        "  - desktop: clients\n    key: [id]\n  - desktop: jobs\n    key: [id]\n  - desktop: lines\n    key: none\n    "
        "match: [a]\n    skip: [line_id]\n  - cloud: diary\n    direction: reverse\n",
        "map: test\ndesktop: {timezone: Asia/Kolkata}\n");
  }

  Outcome run_well(const std::vector<std::string>& words) {
    const Outcome ended = run(words);
    EXPECT_EQ(ended.status, 0) << ended.everything();
    return ended;
  }
  // A row of jobs whose parent is missing, touched at that local time of the desktop.
  void orphan(int id, const std::string& touched) {
    sql(desktop, "INSERT INTO jobs VALUES (" + std::to_string(id) + ", 77, '" + touched + "')");
  }
  json status_of(const std::string& table, const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"status", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    for (const auto& line : run(words).json())
      if (line["table_name"] == table) return line;
    ADD_FAILURE() << "no line of " << table;
    return {};
  }
  std::string today() { return value(cloud, "SELECT (now() AT TIME ZONE 'UTC')::date"); }
};

std::vector<std::string> fields(const json& array, const std::vector<std::string>& names) {
  std::vector<std::string> lines;
  for (const auto& object : array) {
    std::string line;
    for (const auto& name : names) {
      const auto& cell = object.at(name);
      line += (line.empty() ? "" : "|") + (cell.is_string() ? cell.get<std::string>() : cell.dump());
    }
    lines.push_back(line);
  }
  return lines;
}

// ---- status

TEST(Answers, StatusSaysOnOneLineWhetherAllIsWellAndThenWhatToDo) {
  Practice pair;
  EXPECT_THAT(pair.run_well({"status"}).out,
              StartsWith("Not well: 4 tables were never synchronised\n"
                         "  what to do: copy everything for the first time: pgtide sync full\n"
                         "  what to do: fetch what was entered in the cloud: pgtide sync reverse\n"));
  pair.sync_well("full");
  pair.sync_well("reverse");
  EXPECT_THAT(pair.run_well({"status"}).out, StartsWith("All is well: 4 tables, the oldest "));

  pair.orphan(6, "2026-03-04 12:00");
  pair.sql(desktop,
           "UPDATE clients SET name = 'x' WHERE id = 1; INSERT INTO clients VALUES (6, 'n', '2026-03-04 12:00')");
  EXPECT_EQ(pair.sync("incremental").status, 8);
  const auto waits = pair.run_well({"status"}).out;
  EXPECT_THAT(waits, StartsWith("Attention: 1 row of 1 table waits in quarantine\n  what to do: see which rows wait"));
  EXPECT_THAT(waits, HasSubstr("  tries left before the first of them is given up: 29\n"));
  const auto clients = pair.status_of("clients"), jobs = pair.status_of("jobs");
  EXPECT_EQ(clients["rows_written"], 2);
  EXPECT_EQ(clients["last_run"]["rows_inserted"], 1);
  EXPECT_EQ(clients["last_run"]["rows_updated"], 1);
  EXPECT_EQ(jobs["waiting"], 1);
  EXPECT_EQ(jobs["tries_left"], 29);
  for (const char* column :
       {"map", "direction", "table_name", "last_sync_timestamp", "newest_row", "sync_status", "guarantee",
        "last_sync_attempt", "last_successful_sync", "error_count", "last_error", "last_error_code", "next_retry_at"})
    EXPECT_TRUE(jobs.contains(column)) << column;

  pair.sql(desktop, "DELETE FROM lines");
  EXPECT_EQ(pair.sync("incremental").status, 11);
  const auto failed = pair.run_well({"status"}).out;
  EXPECT_THAT(failed, StartsWith("Not well: 1 table failed; 1 row of 1 table waits in quarantine\n"));
  EXPECT_THAT(failed, HasSubstr("mend what the message below says, then run: pgtide sync incremental --table lines\n"));
  EXPECT_THAT(failed, HasSubstr("pgtide history --status failed"));
  EXPECT_THAT(failed, HasSubstr("\n  what to do: see whether the desktop really lost its rows")) << "as the run said";
  const auto history = pair.run_well({"history", "--status", "failed"}).out;
  EXPECT_THAT(history, HasSubstr("The last failure (forward): lines in run 3"));
  EXPECT_THAT(history, HasSubstr("  what to do: see whether the desktop really lost its rows"));
  EXPECT_EQ(pair.sync("incremental", {"--past-fuse", "lines"}).status, 8);
  EXPECT_THAT(pair.run_well({"history", "--table", "lines"}).out,
              HasSubstr("It is over: run 4 has completed the table"));
}

TEST(Answers, CheckIsAboutTheAgeOfTheLastSuccessAndNothingElse) {
  Practice pair;
  pair.sync_well("full");
  pair.sync_well("reverse");
  pair.sql(cloud, "UPDATE pgtide.watermark SET sync_status = 'failed', last_error = 'no' WHERE table_name = 'jobs'");
  EXPECT_EQ(pair.run({"status", "--check", "--max-age", "26h"}).status, 0) << "it failed, but is young";
  pair.sql(cloud,
           "UPDATE pgtide.watermark SET last_sync_timestamp = now() - interval '27 hours' WHERE table_name = 'jobs'");
  EXPECT_EQ(pair.run({"status", "--check", "--max-age", "26h"}).status, 9);
  EXPECT_EQ(pair.run({"status", "--check", "--max-age", "28h"}).status, 0);
  EXPECT_EQ(pair.status_of("jobs", {"--check", "--max-age", "26h"})["too_old"], true);
  EXPECT_EQ(pair.run({"status"}).status, 0) << "only --check ends with 9";
}

TEST(Answers, WhatOneSideKnowsIsToldWhereTheOtherCannotBeAsked) {
  Practice pair;
  pair.sync_well("full");
  pair.sync_well("reverse");
  pair.use_url(desktop, "postgresql://nobody@127.0.0.1:1/nowhere");
  const auto status = pair.run({"status"});
  EXPECT_EQ(status.status, 4) << status.everything();
  EXPECT_THAT(status.out, StartsWith("Not well: 1 table could not be asked about"));
  EXPECT_THAT(status.out, HasSubstr("forward    clients"));
  EXPECT_THAT(status.err, StartsWith("error: "));
  const auto lines = pair.run({"status", "--json"}).json();
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0]["sync_status"], "completed");
  EXPECT_EQ(lines[3]["sync_status"], "unknown");
  EXPECT_TRUE(lines[3]["last_sync_timestamp"].is_null());
  EXPECT_EQ(pair.run({"history", "--direction", "forward"}).status, 0);
  EXPECT_EQ(pair.run({"coverage", "--direction", "forward"}).status, 0);
  const auto both = pair.run({"history"});
  EXPECT_EQ(both.status, 4);
  EXPECT_THAT(both.err, HasSubstr("--direction forward asks the cloud"));
  pair.use_url(desktop, "");
  pair.sql(desktop, "INSERT INTO pgtide.migration (version, applied_by) VALUES (999, 'the future')");
  EXPECT_EQ(pair.run({"status"}).status, 12);
  EXPECT_EQ(pair.run({"coverage", "--direction", "reverse"}).status, 12);
}

TEST(Answers, AnOlderStateIsShownByStatusAndTheOthersSayWhatToRun) {
  Practice pair;
  pair.sync_well("full");
  pair.sync_well("reverse");
  for (const Place side : {cloud, desktop}) engine::state::downgrade(*pair.connect(side), 4);
  EXPECT_THAT(pair.run_well({"status"}).out, StartsWith("All is well: 4 tables"));
  for (const char* command : {"history", "coverage"}) {
    const auto refused = pair.run({command});
    EXPECT_EQ(refused.status, 5) << refused.everything();
    EXPECT_THAT(refused.err, HasSubstr("run pgtide init"));
  }
  EXPECT_EQ(pair.run({"init"}).status, 0);
  EXPECT_EQ(pair.run_well({"history", "--json"}).json().size(), 2u) << "nothing of the history was lost";
}

// ---- history

TEST(Answers, HistoryShowsTheRunsThatAreAskedFor) {
  Practice pair;
  EXPECT_THAT(pair.run_well({"history"}).out, HasSubstr("nothing has run yet"));
  pair.sync_well("full");
  pair.sync_well("reverse");
  pair.sync_well("incremental");
  const auto runs = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "history");
    words.emplace_back("--json");
    return fields(pair.run_well(words).json(), {"direction", "run_id", "mode", "status"});
  };
  EXPECT_THAT(runs({}), ElementsAre("forward|2|incremental|ok", "reverse|1|reverse|ok", "forward|1|full|ok"))
      << "the newest first";
  EXPECT_THAT(runs({"--direction", "reverse"}), ElementsAre("reverse|1|reverse|ok"));
  EXPECT_THAT(runs({"--mode", "full"}), ElementsAre("forward|1|full|ok"));
  EXPECT_THAT(runs({"--run", "1"}), ElementsAre("reverse|1|reverse|ok", "forward|1|full|ok"));
  EXPECT_THAT(runs({"--limit", "1"}), ElementsAre("forward|2|incremental|ok"));
  EXPECT_THAT(runs({"--status", "failed"}), IsEmpty());
  EXPECT_THAT(runs({"--table", "diary"}), ElementsAre("reverse|1|reverse|ok"));
  EXPECT_THAT(runs({"--since", "1h"}), testing::SizeIs(3));
  EXPECT_THAT(runs({"--until", "1h"}), IsEmpty());
  EXPECT_THAT(runs({"--until", pair.today()}), testing::SizeIs(3)) << "a day counts as a whole";
  pair.sql(cloud, "UPDATE pgtide.run SET started_at = '2026-01-05 10:00+00' WHERE run_id = 1");
  EXPECT_THAT(runs({"--since", "2026-01-05", "--until", "2026-01-05"}), ElementsAre("forward|1|full|ok"));
  EXPECT_THAT(runs({"--since", "2026-01-05T10:00", "--until", "2026-01-05T10:01"}), ElementsAre("forward|1|full|ok"));
  EXPECT_THAT(runs({"--since", "2026-01-05T10:01", "--until", "2026-01-06"}), IsEmpty());
  const auto one = pair.run_well({"history", "--run", "2", "--table", "jobs", "--json"}).json()[0];
  EXPECT_THAT(fields(one["tables"], {"table_name", "status"}), ElementsAre("jobs|ok"));
  for (const std::vector<std::string>& wrong : {std::vector<std::string>{"history", "--since", "yesterday"},
                                                {"history", "--status", "dreadful"},
                                                {"history", "--table", "nosuch"},
                                                {"coverage", "--by", "year"},
                                                {"coverage", "--gaps", "--by", "day"}})
    EXPECT_EQ(pair.run(wrong).status, 2) << wrong.back();
}

TEST(Answers, HistoryTellsWhatHappenedAndWhichRowsWentAndHow) {
  Practice pair;
  pair.orphan(6, "2026-03-04 12:00");
  EXPECT_EQ(pair.sync("full").status, 8);
  pair.sql(desktop, "DELETE FROM lines WHERE a = 1");
  EXPECT_EQ(pair.sync("incremental").status, 8);
  pair.run_well({"quarantine", "discard", "--table", "jobs", "--key", "6", "--yes"});
  const auto shown = pair.run_well({"history", "--events", "--removed"}).out;
  EXPECT_THAT(shown, HasSubstr("run_started"));
  EXPECT_THAT(shown, HasSubstr("lines {\"a\": 1}"));
  EXPECT_THAT(shown, HasSubstr(": surplus\n"));
  EXPECT_THAT(shown, HasSubstr("discarded by an operator"));
  EXPECT_THAT(shown, HasSubstr("jobs {\"id\": 6}: foreign_key_violation"));
  EXPECT_THAT(shown, Not(HasSubstr("private"))) << "keys, no contents";
  const auto runs = pair.run_well({"history", "--events", "--removed", "--json"}).json();
  ASSERT_EQ(runs.size(), 3u) << runs.dump(1);
  EXPECT_EQ(runs[0]["removed_rows"], 1);
  EXPECT_EQ(runs[0]["removed"][0]["how"], "surplus");
  EXPECT_TRUE(runs[2]["run_id"].is_null()) << "what people did";
  EXPECT_EQ(runs[2]["discarded"][0]["row_key"], json({{"id", 6}}));
  EXPECT_THAT(runs.dump(), Not(HasSubstr("private")));
}

// ---- coverage

TEST(Answers, CoverageIsTheSameDayByDayAsTheRowsAreAndAddsUp) {
  Practice pair;
  pair.sync_well("full");
  pair.sync_well("reverse");
  const auto days = pair.run_well({"coverage", "--json"}).json();
  EXPECT_THAT(
      fields(days, {"direction", "table_name", "sync_date", "items_synced"}),
      ElementsAre("forward|clients|2026-03-01|5", "forward|clients|" + pair.today() + "|0", "forward|jobs|2026-03-02|5",
                  "forward|jobs|" + pair.today() + "|0", "forward|lines|" + pair.today() + "|0",
                  "reverse|diary|2026-03-03|1", "reverse|diary|" + pair.today() + "|0"));
  const auto months = pair.run_well({"coverage", "--table", "jobs", "--by", "month", "--json"}).json();
  EXPECT_EQ(months[0]["sync_date"], "2026-03-01");
  EXPECT_EQ(months[0]["items_synced"], 5);
  const auto text = pair.run_well({"coverage", "--since", "2026-03-01", "--until", "2026-03-31"}).out;
  EXPECT_THAT(text, HasSubstr("clients (forward)\n"));
  EXPECT_THAT(text, HasSubstr("2026-03  #.............................."));
  EXPECT_THAT(text, HasSubstr("in all: 11 rows, no day is missing\n"));
  EXPECT_THAT(pair.run_well({"coverage"}).out, HasSubstr("in all: 11 rows")) << "with what lies before the last months";
}

TEST(Answers, ADayThatNoRunHasCoveredIsAGapUntilItIsCovered) {
  Practice pair;
  pair.sync_well("full");
  EXPECT_THAT(pair.run_well({"coverage", "--gaps"}).out, HasSubstr("No gaps"));
  // as if the first run was six days ago, and nothing was noted since of two of the days
  pair.sql(cloud, "UPDATE pgtide.run SET started_at = started_at - interval '6 days'");
  pair.sync_well("incremental");
  EXPECT_EQ(pair.run({"coverage", "--gaps"}).status, 0) << "a completed run covers all days since the first";
  pair.sql(cloud,
           "DELETE FROM pgtide.coverage WHERE table_name = 'jobs' AND sync_date IN (now()::date - 2, now()::date - 3)");
  const auto shown = pair.run({"coverage", "--gaps"});
  EXPECT_EQ(shown.status, 8) << shown.everything();
  const std::string from = pair.value(cloud, "SELECT now()::date - 3"),
                    until = pair.value(cloud, "SELECT now()::date - 2");
  EXPECT_THAT(shown.out, StartsWith("Gaps: 2 days missing\n"));
  EXPECT_THAT(shown.out, HasSubstr("  pgtide resync --table jobs --since " + from + " --until " + until + "\n"));
  const auto gaps = pair.run({"coverage", "--gaps", "--json"});
  EXPECT_EQ(gaps.status, 8);
  EXPECT_THAT(fields(gaps.json(), {"table_name", "sync_date", "why", "waiting"}),
              ElementsAre("jobs|" + from + "|no_run|0", "jobs|" + until + "|no_run|0"));
  EXPECT_EQ(pair.run({"coverage", "--gaps", "--table", "clients"}).status, 0);
  EXPECT_EQ(pair.run({"coverage", "--gaps", "--since", "1d"}).status, 0);
  EXPECT_THAT(pair.run_well({"coverage", "--table", "jobs"}).out, HasSubstr("!!"));
  // days that went by since the last success are brought by the next run
  pair.sql(cloud,
           "DELETE FROM pgtide.coverage WHERE sync_date >= now()::date - 1; UPDATE pgtide.watermark SET "
           "last_successful_sync = now() - interval '2 days', last_sync_attempt = now() - interval '2 days'");
  EXPECT_THAT(pair.run({"coverage", "--gaps"}).out, HasSubstr("  pgtide sync incremental\n"));
  pair.sync_well("incremental");
  EXPECT_EQ(pair.run({"coverage", "--gaps"}).status, 0);
}

TEST(Answers, ATableThatIsInTheMapAndWasNeverCopiedIsMissingAltogether) {
  Practice pair;
  EXPECT_EQ(pair.sync("full", {"--table", "clients"}).status, 0);
  const auto gaps = pair.run({"coverage", "--gaps", "--direction", "forward"});
  EXPECT_EQ(gaps.status, 0) << "today is not over: " << gaps.out;
  pair.sql(cloud, "UPDATE pgtide.run SET started_at = started_at - interval '1 day'");
  pair.sync_well("incremental", {"--table", "clients"});
  const auto missing = pair.run({"coverage", "--gaps", "--direction", "forward"});
  EXPECT_EQ(missing.status, 8) << missing.out;
  EXPECT_THAT(missing.out, HasSubstr("  pgtide sync full --table jobs\n  pgtide sync full --table lines\n"));
  EXPECT_THAT(missing.out, Not(HasSubstr("clients")));
  EXPECT_THAT(pair.run_well({"coverage", "--table", "jobs"}).out, HasSubstr("!"));
}

// The day is that of the desktop's local time in UTC: 2026-03-05 03:00 in Kolkata is the evening before.
TEST(Answers, ADayOfWhichRowsWaitIsAGapUntilTheyArrive) {
  Practice pair;
  pair.orphan(6, "2026-03-05 03:00");
  pair.orphan(7, "2026-03-05 12:00");
  pair.orphan(8, "infinity");
  EXPECT_EQ(pair.sync("full").status, 8);
  const auto gaps = [&] {
    const auto shown = pair.run({"coverage", "--gaps", "--json"});
    return std::pair(shown.status, fields(shown.json(), {"table_name", "sync_date", "why", "waiting"}));
  };
  EXPECT_EQ(gaps(),
            std::pair(8, std::vector<std::string>{"jobs|2026-03-04|quarantine|1", "jobs|2026-03-05|quarantine|1"}));
  const auto text = pair.run({"coverage", "--gaps"}).out;
  EXPECT_THAT(text, HasSubstr("pgtide quarantine list --table jobs"));
  EXPECT_THAT(text, HasSubstr("1 row in quarantine of which the day is not known"));
  pair.sql(desktop, "UPDATE jobs SET updated_at = '2026-03-06 12:00' WHERE id = 6");
  EXPECT_EQ(pair.sync("incremental").status, 8);
  EXPECT_THAT(gaps().second, ElementsAre("jobs|2026-03-05|quarantine|1", "jobs|2026-03-06|quarantine|1"));
  pair.sql("INSERT INTO clients VALUES (77, 'n', '2026-03-01 12:00')");
  pair.sync_well("full");
  EXPECT_EQ(gaps(), std::pair(0, std::vector<std::string>{}));
}

// A stamp without a zone is in that of the desktop, whichever way it goes: 03:00 in Kolkata is the evening before in
// UTC.
TEST(Answers, TheDayOfAStampWithoutAZoneIsToldByTheZoneOfTheDesktop) {
  Practice pair;
  pair.sql("CREATE TABLE visits (id int PRIMARY KEY, updated_at timestamp)");
  pair.sql(cloud, "ALTER TABLE visits ADD CHECK (id < 9)");
  pair.sql(desktop, "INSERT INTO visits VALUES (9, '2026-03-05 03:00'); ALTER TABLE diary ADD CHECK (id < 9)");
  pair.sql(cloud, "INSERT INTO diary VALUES (9, 'v', '2026-03-07 23:00+00')");
  pair.use_map("  - desktop: visits\n  - cloud: diary\n    direction: reverse\n",
               "map: test\ndesktop: {timezone: Asia/Kolkata}\n");
  EXPECT_EQ(pair.sync("full").status, 8);
  EXPECT_EQ(pair.sync("reverse").status, 8);
  EXPECT_THAT(fields(pair.run({"coverage", "--gaps", "--json"}).json(), {"table_name", "sync_date", "waiting"}),
              ElementsAre("visits|2026-03-04|1", "diary|2026-03-07|1"));
}

// ---- scripts/sql

const std::filesystem::path scripts = PGTIDE_SOURCE_DIR "/scripts/sql";

std::string script(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(scripts / name).rdbuf();
  return text.str();
}

std::vector<std::string> queries() {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(scripts))
    if (const auto name = file.path().filename().string(); name != "roles.sql" && name != "hide-contents.sql")
      names.push_back(name);
  std::ranges::sort(names);
  return names;
}

// The rows of a query of the folder as that user sees them: the named columns.
std::vector<std::string> answer(Pair& pair, Place side, const std::string& user, const std::string& query,
                                const std::vector<std::string>& columns) {
  const auto found = pair.connect(side, user)->run(script(query));
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < found.size(); ++i) {
    std::string line;
    for (const auto& column : columns) line += (line.empty() ? "" : "|") + found.cell(i, column).value_or("null");
    lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> of_direction(const json& array, const std::string& direction,
                                      const std::vector<std::string>& names) {
  json chosen = json::array();
  for (const auto& object : array)
    if (object["direction"] == direction) chosen.push_back(object);
  return fields(chosen, names);
}

// The roles go with the object.
class Watched : public Practice {
 public:
  Watched() : Practice(Contents::empty) {
    for (const Place side : {cloud, desktop}) {
      const auto made = support::Program({"/usr/bin/psql", "-X", "-d", url(side), "-f", scripts / "roles.sql", "-v",
                                          "side=" + std::string(engine::name_of(side)), "-v", "schema=public"},
                                         {})
                            .wait();
      EXPECT_EQ(made.status, 0) << made.everything();
    }
    const std::string sync = "pgtide_sync";
    use_url(desktop, url(desktop, sync));
    use_url(cloud, url(cloud, sync));
    // rows that wait, a conflict, a removed row, a failed table, and days that are missing
    orphan(6, "2026-03-05 03:00");
    EXPECT_EQ(this->sync("full").status, 8);
    EXPECT_EQ(this->sync("reverse").status, 0);
    sql(desktop, "UPDATE clients SET name = 'desktop' WHERE id = 1; DELETE FROM lines WHERE a = 1");
    sql(cloud,
        "DELETE FROM clients WHERE id = 5 AND false; INSERT INTO clients VALUES (9, 'cloud', now()); UPDATE clients "
        "SET "
        "name = 'cloud' WHERE id = 9; UPDATE pgtide.run SET started_at = started_at - interval '6 days'");
    sql(desktop, "INSERT INTO clients VALUES (9, 'desktop', '2026-03-07 12:00')");
    EXPECT_EQ(this->sync("incremental").status, 8);
    EXPECT_EQ(this->run({"verify", "--table", "jobs"}).status, 9);
    sql(cloud,
        "DELETE FROM pgtide.coverage WHERE table_name = 'clients' AND sync_date = now()::date - 2; UPDATE "
        "pgtide.watermark SET sync_status = 'failed', last_error = 'no', last_error_code = 'partial', error_count = 1, "
        "next_retry_at = now() - interval '1 minute' WHERE table_name = 'lines'; UPDATE pgtide.table_run SET status = "
        "'failed', error = 'no', error_code = 'partial' WHERE run_id = 2 AND table_name = 'lines'");
  }
  ~Watched() {
    for (const char* role : {"pgtide_sync", "pgtide_monitor"}) sql(std::string("DROP OWNED BY ") + role + " CASCADE");
    for (const char* role : {"pgtide_sync", "pgtide_monitor"}) sql(std::string("DROP ROLE ") + role);
  }
  Outcome as_monitor(const std::vector<std::string>& words) {
    return run(words, {{"PGTIDE_DESKTOP_URL", url(desktop, monitor)}, {"PGTIDE_CLOUD_URL", url(cloud, monitor)}});
  }
  const std::string monitor = "pgtide_monitor";
};

// Each query against the command that answers the same question.
void expect_the_same_answers(Watched& pair) {
  const std::map<Place, std::string> ways = {{cloud, "forward"}, {desktop, "reverse"}};
  for (const auto& [side, way] : ways) {
    SCOPED_TRACE(way);
    const auto asked = [&](const std::string& query, const std::vector<std::string>& columns) {
      auto lines = answer(pair, side, pair.monitor, query, columns);
      std::ranges::sort(lines);
      return lines;
    };
    const auto told = [&](const std::vector<std::string>& words, const std::vector<std::string>& names) {
      auto lines = of_direction(pair.as_monitor(words).json(), way, names);
      std::ranges::sort(lines);
      return lines;
    };
    const std::vector<std::string> status = {"table_name", "sync_status", "guarantee", "waiting", "conflicts"};
    EXPECT_EQ(asked("status.sql", status), told({"status", "--json"}, status));
    EXPECT_EQ(asked("age.sql", {"table_name"}), told({"status", "--json"}, {"table_name"}));
    const std::vector<std::string> run = {"run_id", "mode", "status", "exit_status"};
    EXPECT_EQ(asked("history.sql", run), told({"history", "--json"}, run));
    const std::vector<std::string> gap = {"table_name", "sync_date", "why", "waiting"};
    EXPECT_EQ(asked("gaps.sql", gap), told({"coverage", "--gaps", "--json"}, gap));
    const std::vector<std::string> day = {"table_name", "sync_date", "items_synced"};
    EXPECT_EQ(asked("coverage.sql", day), told({"coverage", "--since", "30d", "--json"}, day));
  }
  EXPECT_THAT(answer(pair, cloud, pair.monitor, "gaps.sql", {"table_name", "why"}),
              ElementsAre("clients|no_run", "jobs|quarantine"));
  EXPECT_THAT(answer(pair, cloud, pair.monitor, "pending.sql", {"table_name", "sync_status"}),
              ElementsAre("lines|failed"));
  EXPECT_THAT(answer(pair, desktop, pair.monitor, "pending.sql", {"table_name"}), IsEmpty());
  EXPECT_THAT(answer(pair, cloud, pair.monitor, "missing-indexes.sql", {"table_name", "object_name", "step"}),
              IsEmpty());
  EXPECT_THAT(answer(pair, cloud, pair.monitor, "ready-for-retry.sql", {"table_name"}), ElementsAre("lines"));
  EXPECT_THAT(answer(pair, cloud, pair.monitor, "quarantine.sql", {"table_name", "row_key", "reason", "row_day"}),
              ElementsAre("jobs|{\"id\": 6}|foreign_key_violation|2026-03-04"));
  EXPECT_THAT(answer(pair, cloud, pair.monitor, "conflicts.sql", {"table_name", "row_key", "kind"}),
              ElementsAre("clients|{\"id\": 9}|insert_exists"));
  EXPECT_THAT(answer(pair, cloud, pair.monitor, "failures.sql", {"table_name", "error", "mended_by"}),
              ElementsAre("lines|no|null"));
  EXPECT_THAT(answer(pair, cloud, pair.monitor, "removed.sql", {"table_name", "how", "run_id"}),
              ElementsAre("lines|surplus|2"));
  EXPECT_THAT(answer(pair, cloud, pair.monitor, "statistics.sql", {"table_name", "runs", "rows_inserted"}),
              ElementsAre("clients|2|5", "jobs|2|5", "lines|2|20"));
  EXPECT_THAT(answer(pair, cloud, pair.monitor, "events.sql", {"event_type"}), Contains("run_finished"));
  EXPECT_THAT(
      answer(pair, cloud, pair.monitor, "receipts.sql", {"table_name", "source_rows", "target_rows", "differences"}),
      ElementsAre("jobs|6|5|1"));
}

TEST(Answers, TheMonitorRoleRunsEveryQueryOfTheFolderAndGetsTheAnswersOfTheCommands) {
  Watched pair;
  EXPECT_EQ(queries().size(), 15u) << "a new one: compare it above";
  const auto everything_answers = [&] {
    for (const Place side : {cloud, desktop})
      for (const auto& query : queries()) {
        EXPECT_NO_THROW(pair.connect(side, pair.monitor)->run(script(query))) << query;
        EXPECT_THAT(script(query), AllOf(StartsWith("-- "), HasSubstr("un it "))) << query << " says where to run it";
        EXPECT_FALSE(std::regex_search(script(query), std::regex("(^|\n)\\\\"))) << query << ": only psql knows this";
      }
    expect_the_same_answers(pair);
    EXPECT_THAT(pair.as_monitor({"status"}).out, StartsWith("Not well: 1 table failed; 1 row of 1 table waits"));
    EXPECT_THAT(pair.as_monitor({"quarantine", "list"}).out, HasSubstr("jobs   forward    {\"id\": 6}"));
    EXPECT_THAT(pair.as_monitor({"history", "--events", "--removed"}).out, HasSubstr("surplus"));
  };
  everything_answers();

  // and goes on doing so where it may not see what is in the rows
  for (const Place side : {cloud, desktop}) pair.sql(side, script("hide-contents.sql"));
  everything_answers();
  for (const char* hidden : {"SELECT row_data FROM pgtide.quarantine", "SELECT desktop_row FROM pgtide.conflict",
                             "SELECT cloud_row FROM pgtide.conflict", "SELECT row_data FROM pgtide.tombstone",
                             "SELECT * FROM clients", "DELETE FROM pgtide.event"})
    try {
      pair.connect(cloud, pair.monitor)->run(hidden);
      ADD_FAILURE() << hidden;
    } catch (const engine::Error& error) {
      EXPECT_EQ(error.sqlstate(), "42501") << hidden;
    }
}

}  // namespace
