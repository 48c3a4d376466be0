#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/pipeline/summary.hpp"
#include "engine/report/json.hpp"
#include "engine/report/text.hpp"
#include "tests/golden/golden.hpp"

namespace engine::report {
namespace {

using engine::test::expect_golden;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::ordered_json;

std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

const std::string no_utf8 = "caf\xe9";

pipeline::TableOutcome outcome(const std::string& table, const std::string& status, const Counts& counts,
                               double seconds) {
  pipeline::TableOutcome made;
  made.table = table;
  made.status = status;
  made.counts = counts;
  made.seconds = seconds;
  made.last_sync_timestamp = "2024-05-06T07:08:09.123456Z";
  return made;
}

pipeline::RunSummary some_run() {
  pipeline::RunSummary run;
  run.run_id = 12;
  run.map = "practice";
  run.mode = Mode::incremental;
  run.status = "partial";
  run.exit_status = 7;
  run.started_at = "2024-05-06T07:08:09.000000Z";
  run.finished_at = "2024-05-06T07:08:19.000000Z";
  run.open_conflicts = 1;
  run.waiting_rows = 1234;
  run.tables = {
      outcome("climaster", "ok", {.read = 733, .inserted = 1, .updated = 2, .unchanged = 730, .bytes = 123456}, 0.251),
      outcome("jobshead", "failed", {}, 4.5),
      outcome("caf\xc3\xa9", "attention", {.read = 24562, .unchanged = 24561, .conflicted = 1, .deleted = 3}, 1)};
  run.tables[1].error = "the row with key job_id=7 was refused";
  run.tables[1].hint = "mend the row at the source";
  run.tables[1].code = ErrorCode::partial;
  run.tables[1].last_sync_timestamp = "";
  return run;
}

// ---- sync

TEST(RunText, IsTheGoldenOne) { expect_golden("run.txt", run_text(some_run())); }

TEST(RunText, EveryRowIsInTheTotal) {
  const std::string text = run_text(some_run());
  EXPECT_THAT(text, HasSubstr("25,295")) << "read";
  EXPECT_THAT(text, HasSubstr("25,291")) << "unchanged";
}

TEST(RunText, SaysWhatIsNotExactOrNotComplete) {
  auto run = some_run();
  EXPECT_THAT(run_text(run), Not(HasSubstr("best_effort")));
  run.tables[0].guarantee = "best_effort";
  run.tables[0].guarantee_why = "the source is a view";
  EXPECT_THAT(run_text(run), HasSubstr("\nclimaster: best_effort: the source is a view\n"));
  run.tables[0].guarantee = "exact";
  EXPECT_THAT(run_text(run), Not(HasSubstr("the source is a view"))) << "that is for status and plan";
  run.tables[0].stamped_until = "2024-05-06T09:00:00.000000Z";
  EXPECT_THAT(run_text(run),
              HasSubstr("\nclimaster: complete as of 2024-05-06 07:08:09 UTC; newer rows by their stamps "
                        "until 2024-05-06 09:00:00 UTC\n"));
}

TEST(RunText, SaysInWordsHowItEnded) {
  auto run = some_run();
  run.open_conflicts = 0;
  for (const auto& [status, words] : std::vector<std::pair<int, std::string>>{{0, "all done"},
                                                                              {1, "INCOMPLETE"},
                                                                              {3, "INCOMPLETE"},
                                                                              {4, "INCOMPLETE"},
                                                                              {5, "INCOMPLETE"},
                                                                              {7, "INCOMPLETE"},
                                                                              {8, "rows wait"},
                                                                              {11, "STOPPED by the fuse"},
                                                                              {12, "INCOMPLETE"},
                                                                              {130, "stopped on request"},
                                                                              {143, "stopped on request"}}) {
    run.exit_status = status;
    EXPECT_THAT(run_text(run), HasSubstr(words)) << status;
    if (status != 0) {
      EXPECT_THAT(run_text(run), Not(HasSubstr("all done"))) << status;
    }
  }
}

TEST(RunText, ARunWithoutTablesIsNoCrash) {
  auto run = some_run();
  run.tables.clear();
  EXPECT_THAT(run_text(run), HasSubstr("total"));
}

TEST(RunJson, HasTheContractsKeysInItsOrder) {
  const Json json = Json::parse(run_json(some_run()));
  EXPECT_THAT(keys_of(json), ElementsAre("run_id", "map", "direction", "mode", "status", "exit_status", "started_at",
                                         "finished_at", "tables"));
  ASSERT_EQ(json["tables"].size(), 3u);
  for (const auto& table : json["tables"])
    EXPECT_THAT(keys_of(table),
                ElementsAre("table", "status", "read", "inserted", "updated", "unchanged", "skipped", "quarantined",
                            "conflicted", "deleted", "bytes", "seconds", "last_sync_timestamp", "guarantee", "error",
                            "hint", "guarantee_why", "note", "stamped_until"));
}

TEST(RunJson, HasTheValuesAsNumbersAndTexts) {
  const Json json = Json::parse(run_json(some_run()));
  EXPECT_EQ(json["run_id"], 12);
  EXPECT_EQ(json["direction"], "forward");
  EXPECT_EQ(json["mode"], "incremental");
  EXPECT_EQ(json["exit_status"], 7);
  const auto& table = json["tables"][0];
  EXPECT_EQ(table["read"], 733);
  EXPECT_EQ(table["inserted"], 1);
  EXPECT_EQ(table["updated"], 2);
  EXPECT_EQ(table["unchanged"], 730);
  EXPECT_EQ(table["bytes"], 123456);
  EXPECT_EQ(table["seconds"], 0.251);
  EXPECT_EQ(table["last_sync_timestamp"], "2024-05-06T07:08:09.123456Z");
  EXPECT_EQ(table["guarantee"], "exact");
  EXPECT_TRUE(table["error"].is_null());
  EXPECT_TRUE(table["hint"].is_null());
  EXPECT_EQ(json["tables"][1]["hint"], "mend the row at the source");
  EXPECT_EQ(json["tables"][2]["deleted"], 3);
  EXPECT_EQ(json["tables"][1]["error"], "the row with key job_id=7 was refused");
  EXPECT_TRUE(json["tables"][1]["last_sync_timestamp"].is_null());
}

TEST(RunJson, TheDirectionOfAModeIsTheOneOfTheContract) {
  auto run = some_run();
  for (const auto& [mode, direction] : std::vector<std::pair<Mode, std::string>>{
           {Mode::full, "forward"}, {Mode::incremental, "forward"}, {Mode::reverse, "reverse"}}) {
    run.mode = mode;
    EXPECT_EQ(Json::parse(run_json(run))["direction"], direction);
    EXPECT_EQ(Json::parse(run_json(run))["mode"], name_of(mode));
  }
}

TEST(RunJson, NamesThatAreNoUtf8AreShownAndDoNotEndTheProgram) {
  auto run = some_run();
  run.tables[0].table = no_utf8;
  run.tables[0].error = no_utf8;
  EXPECT_EQ(Json::parse(run_json(run))["tables"][0]["table"], "caf\xef\xbf\xbd");
  EXPECT_THAT(run_text(run), HasSubstr(no_utf8));
}

// ---- plan

struct SomePlan {
  plan::Plan plan;
  std::vector<PlannedTable> tables;
};

plan::Column column(const std::string& target, const std::string& source, plan::Role role, bool same) {
  plan::Column made;
  made.target = target;
  made.source = source;
  made.role = role;
  made.conversion.same = same;
  return made;
}

// Filled in place: the tables point into it.
void fill(SomePlan& some) {
  plan::TableTask rich, simple;
  rich.title = "reminder";
  rich.source = {"public", "mbreminder"};
  rich.target = {"public", "reminder"};
  rich.source_schema = "public";
  rich.columns = {column("rem_id", "rem_id", plan::Role::copied, true),
                  column("remark", "note", plan::Role::copied, false),
                  column("client_id", "", plan::Role::computed, true), column("source", "", plan::Role::origin, true)};
  rich.key = {"rem_id"};
  rich.estimated_rows = 24562;
  rich.watermark_text = "updated_at, created_at";
  rich.ignored = {"old"};
  rich.skipped = {"secret"};
  rich.defaulted = {"seen_at"};
  rich.notes = {"the target has no unique index"};
  simple.title = "diary";
  simple.source = simple.target = {"other", "diary"};
  simple.source_schema = "public";
  simple.direction = Direction::reverse;
  simple.columns = {column("id", "id", plan::Role::copied, true)};
  simple.key = {"id"};
  simple.guarantee = "best_effort";
  simple.guarantee_why = "the source is a view";
  some.plan.tasks = {rich, simple};
  plan::Group first, second;
  first.tasks = {0};
  second.tasks = {1};
  second.one_transaction = true;
  some.plan.waves = {{first}, {second}};
  some.plan.refusals = {{"jobtasks", "deletes: hard comes with a later version", "wait"}};
  plan::Window whole, since;
  whole.why = "full";
  since.kind = plan::Window::Kind::since;
  some.tables = {{&some.plan.tasks[0], whole}, {&some.plan.tasks[1], since}};
}

TEST(PlanText, IsTheGoldenOne) {
  SomePlan some;
  fill(some);
  expect_golden("plan.txt", plan_text(some.plan, some.tables, Mode::full, "practice"));
}

TEST(PlanText, SaysWhatIsReadInEveryCase) {
  SomePlan some;
  fill(some);
  auto& window = some.tables[0].window;
  const auto text = [&] { return plan_text(some.plan, some.tables, Mode::incremental, "m"); };
  window.kind = plan::Window::Kind::nothing;
  EXPECT_THAT(text(), HasSubstr("reads       nothing"));
  window.kind = plan::Window::Kind::whole;
  window.why = "an expression reads x";
  window.check_counts = true;
  EXPECT_THAT(text(), HasSubstr("the whole table (an expression reads x), unless nothing changed in what is read"));
}

TEST(PlanText, SaysWhatIsReadByStamp) {
  SomePlan some;
  fill(some);
  auto& window = some.tables[0].window;
  const auto text = [&] { return plan_text(some.plan, some.tables, Mode::incremental, "m"); };
  window.kind = plan::Window::Kind::stamped;
  window.from.stamp = "2024-05-06 07:08:09.123456+00";
  window.unstamped = true;
  EXPECT_THAT(text(), HasSubstr("reads       the rows stamped since 2024-05-06 07:08:09 UTC (by updated_at, "
                                "created_at), and those without a stamp\n"));
  EXPECT_EQ(Json::parse(plan_json(some.plan, some.tables))[0]["method"], "stamped");
  window.unstamped = false;
  window.from.since_exact = 7200;
  some.plan.tasks[0].exact_every = 5 * 3600;
  EXPECT_THAT(text(), HasSubstr(": a quick pass; every row is looked at again in 3.0 h\n"));
}

TEST(PlanText, SaysHowATableWithoutAKeyIsCopied) {
  SomePlan some;
  fill(some);
  auto& task = some.plan.tasks[0];
  task.keyless = true;
  task.key.clear();
  task.number = {{"row_id", "bigint", "nextval('s')"}};
  const auto text = [&] { return plan_text(some.plan, some.tables, Mode::full, "m"); };
  EXPECT_THAT(text(), HasSubstr("removes what the desktop has no more (stops at more than 10 %)\n"));
  EXPECT_THAT(text(), HasSubstr("key         none: rows are matched by their contents and counted; in the cloud row_id "
                                "tells them apart"));
  task.match = {"job_id", "task_id"};
  task.fuse = 0.025;
  EXPECT_THAT(text(), HasSubstr("(stops at more than 2.5 %), updates in place where job_id, task_id stayed the same"));
  task.direction = Direction::reverse;
  EXPECT_THAT(text(), HasSubstr("key         none: each row comes once; in the cloud row_id tells them apart"));
  EXPECT_THAT(text(), Not(HasSubstr("removes what"))) << "the way back only inserts";
}

TEST(PlanText, SaysThatATableGoesBothWays) {
  SomePlan some;
  fill(some);
  const auto text = [&] { return plan_text(some.plan, some.tables, Mode::full, "m"); };
  EXPECT_THAT(text(), Not(HasSubstr("both ways")));
  some.plan.tasks[0].both_ways = true;
  EXPECT_THAT(text(), HasSubstr("both ways"));
}

TEST(PlanJson, NamesEveryTableTheRefusedOnesToo) {
  SomePlan some;
  fill(some);
  const Json json = Json::parse(plan_json(some.plan, some.tables));
  ASSERT_EQ(json.size(), 3u);
  EXPECT_EQ(json[0]["table"], "reminder");
  EXPECT_EQ(json[0]["method"], "whole");
  EXPECT_EQ(json[0]["copied"], Json({"rem_id", "remark"}));
  EXPECT_EQ(json[0]["computed"], Json({"client_id", "source"}));
  EXPECT_EQ(json[0]["ignored"], Json({"old"}));
  EXPECT_EQ(json[0]["left_to_default"], Json({"seen_at"}));
  EXPECT_EQ(json[0]["source"], "public.mbreminder");
  EXPECT_EQ(json[1]["method"], "since");
  EXPECT_TRUE(json[1]["watermark"].is_null());
  EXPECT_EQ(json[1]["guarantee_why"], "the source is a view");
  EXPECT_THAT(json[0]["note"].dump(), HasSubstr("old"));
  EXPECT_TRUE(json[1]["note"].is_null());
  EXPECT_EQ(json[2]["table"], "jobtasks");
  EXPECT_EQ(json[2]["status"], "refused");
  EXPECT_EQ(json[2]["hint"], "wait");
}

TEST(PlanJson, NamesThatAreNoUtf8AreShownAndDoNotEndTheProgram) {
  SomePlan some;
  fill(some);
  some.plan.tasks[0].title = no_utf8;
  some.plan.tasks[0].ignored = {no_utf8};
  EXPECT_NO_THROW(Json::parse(plan_json(some.plan, some.tables)));
}

// ---- status

StatusLine status_line(const std::string& direction, const std::string& table, const std::string& last_sync,
                       std::optional<double> age_seconds, const std::string& sync_status) {
  StatusLine made;
  made.direction = direction;
  made.table = table;
  made.last_sync_timestamp = last_sync;
  made.age_seconds = age_seconds;
  made.guarantee = "exact";
  made.sync_status = sync_status;
  return made;
}

std::vector<StatusLine> some_lines() {
  auto fresh = status_line("forward", "climaster", "2024-05-06T07:08:09.123456Z", 7200.0, "completed");
  fresh.last_successful_sync = "2024-05-06T07:08:10.000000Z";
  auto failed = status_line("forward", "jobs", "2024-05-01T00:00:00.000000Z", 5 * 86400.0, "failed");
  failed.last_error = "the row with key 7 was refused";
  failed.waiting = 1234;
  failed.conflicts = 1;
  auto never = status_line("reverse", "workdiary", "1970-01-01T00:00:00.000000Z", std::nullopt, "pending");
  never.guarantee = "best_effort";
  failed.too_old = never.too_old = true;
  return {fresh, failed, never};
}

TEST(StatusText, IsTheGoldenOne) {
  expect_golden("status.txt", status_text(some_lines(), {"an old table stands in the way"}));
}

TEST(StatusText, SaysAllWellOnlyWhereAllIsWell) {
  auto lines = some_lines();
  EXPECT_THAT(status_text({lines[0]}, {}), testing::StartsWith("All is well: 1 table, 2 hours old\n"));
  EXPECT_THAT(status_text(lines, {}), testing::StartsWith("Not well: 1 table failed, 1 was never synchronised"));
  EXPECT_THAT(status_text({lines[2]}, {}), testing::StartsWith("Not well"));
  lines[0].sync_status = "skipped";
  EXPECT_THAT(status_text({lines[0]}, {}), testing::StartsWith("Not well: 1 table was skipped\n"));
  lines[0].sync_status = "completed";
  lines[0].too_old = true;
  EXPECT_THAT(status_text({lines[0]}, {}), testing::StartsWith("Not well: 1 table is too old\n"));
}

TEST(StatusText, SaysWhatTheGuaranteeRestsOnOnceForAllTablesItHoldsFor) {
  const auto fresh = some_lines()[0];
  EXPECT_EQ(status_text({fresh}, {}).find("exact:"), std::string::npos) << "nothing to say";
  auto one = fresh, other = fresh;
  other.table = "rates";
  one.guarantee = other.guarantee = "best_effort";
  one.guarantee_why = other.guarantee_why = "the source is a view";
  other.note = "only on the desktop: new";
  const auto text = status_text({one, other}, {});
  EXPECT_THAT(text, HasSubstr("\nclimaster, rates: best_effort: the source is a view\n"));
  EXPECT_THAT(text, HasSubstr("\nnot copied, because only one side has these columns:\n  rates (forward): only on the "
                              "desktop: new\n"));
  EXPECT_THAT(text, HasSubstr("All is well"));
}

TEST(StatusText, SaysUntilWhenALargeTableIsComplete) {
  auto line = some_lines()[0];
  line.stamped_until = "2024-05-06T09:00:00.000000Z";
  EXPECT_THAT(status_text({line}, {}), HasSubstr("climaster: complete as of 2024-05-06 07:08:09 UTC; newer rows by "
                                                 "their stamps until 2024-05-06 09:00:00 UTC\n"));
}

TEST(StatusText, TellsARunThatIsUnderWayFromOneThatBrokeOff) {
  auto line = some_lines()[0];
  line.sync_status = "in_progress";
  const auto broken = status_text({line}, {});
  EXPECT_THAT(broken, testing::StartsWith("Not well: 1 table broke off\n"));
  EXPECT_THAT(broken, HasSubstr("broke off\n"));
  EXPECT_THAT(broken, HasSubstr("the next run goes on by itself"));
  EXPECT_THAT(broken, Not(HasSubstr("in_progress")));
  line.running = true;
  const auto running = status_text({line}, {});
  EXPECT_THAT(running, testing::StartsWith("A run is under way; all else is well: 1 table\n"));
  EXPECT_THAT(running, HasSubstr("in_progress"));
  EXPECT_THAT(running, Not(HasSubstr("broke off")));
  line.too_old = true;
  EXPECT_THAT(status_text({line}, {}), testing::StartsWith("Not well: 1 table is too old\n"));
}

TEST(StatusText, AClockThatRunsBehindIsNoNegativeAge) {
  auto lines = some_lines();
  lines[0].age_seconds = -5;
  EXPECT_THAT(status_text({lines[0]}, {}), HasSubstr("0.0 s"));
}

TEST(StatusJson, HasTheColumnNamesOfTheState) {
  const Json json = Json::parse(status_json(some_lines()));
  ASSERT_EQ(json.size(), 3u);
  EXPECT_THAT(keys_of(json[0]), testing::IsSupersetOf({"direction", "table_name", "last_sync_timestamp", "guarantee",
                                                       "sync_status", "last_successful_sync", "last_error"}));
  EXPECT_EQ(json[0]["age_seconds"], 7200.0);
  EXPECT_TRUE(json[0]["last_error"].is_null());
  EXPECT_EQ(json[1]["last_error"], "the row with key 7 was refused");
  EXPECT_EQ(json[2]["last_sync_timestamp"], "1970-01-01T00:00:00.000000Z");
  EXPECT_TRUE(json[2]["age_seconds"].is_null());
}

TEST(StatusJson, SaysWhatTheGuaranteeRestsOnAndWhetherARunIsUnderWay) {
  auto line = some_lines()[0];
  EXPECT_TRUE(Json::parse(status_json({line}))[0]["guarantee_why"].is_null());
  EXPECT_TRUE(Json::parse(status_json({line}))[0]["stamped_until"].is_null());
  line.guarantee_why = "why";
  line.note = "note";
  line.stamped_until = "2024-05-06T09:00:00.000000Z";
  line.sync_status = "in_progress";
  const auto json = Json::parse(status_json({line}))[0];
  EXPECT_EQ(json["guarantee_why"], "why");
  EXPECT_EQ(json["note"], "note");
  EXPECT_EQ(json["stamped_until"], "2024-05-06T09:00:00.000000Z");
  EXPECT_EQ(json["sync_status"], "in_progress") << "what the state says";
  EXPECT_EQ(json["running"], false);
}

TEST(StatusJson, WithoutTablesIsAnEmptyArray) { EXPECT_EQ(Json::parse(status_json({})), Json::array()); }

TEST(ErrorJson, IsOneObject) {
  const Json json = Json::parse(error_json(4, "unavailable", no_utf8, ""));
  EXPECT_THAT(keys_of(json), ElementsAre("status", "exit_status", "error", "hint"));
  EXPECT_EQ(json["exit_status"], 4);
  EXPECT_TRUE(json["hint"].is_null());
}

TEST(InitJson, IsAnArrayOfWhatWasDone) {
  const Json json = Json::parse(init_json({{"desktop", "created"}, {"cloud", no_utf8}}));
  ASSERT_EQ(json.size(), 2u);
  EXPECT_EQ(json[0], Json({{"database", "desktop"}, {"message", "created"}}));
}

TEST(Reports, OurOwnWordsArePlainAscii) {
  SomePlan some;
  fill(some);
  auto run = some_run();
  run.tables[2].table = "plain";
  for (const auto& text :
       {run_text(run), plan_text(some.plan, some.tables, Mode::reverse, "m"), status_text(some_lines(), {"n"})})
    for (const char c : text) ASSERT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << text;
}

}  // namespace
}  // namespace engine::report
