#include "engine/cli/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/cli/commands.hpp"

namespace engine::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::internal::CaptureStderr;
using testing::internal::CaptureStdout;
using testing::internal::GetCapturedStderr;
using testing::internal::GetCapturedStdout;

struct Call {
  Parsed parsed;
  std::string out, err;
};

Call call(const std::vector<const char*>& words) {
  std::vector<const char*> argv = {"pgtide"};
  argv.insert(argv.end(), words.begin(), words.end());
  CaptureStdout();
  CaptureStderr();
  Call made{parse(static_cast<int>(argv.size()), argv.data()), "", ""};
  made.out = GetCapturedStdout();
  made.err = GetCapturedStderr();
  return made;
}

Options options(const std::vector<const char*>& words) {
  const Call made = call(words);
  EXPECT_EQ(made.parsed.exit, std::nullopt) << made.err;
  return made.parsed.options;
}

void expect_wrong(const std::vector<const char*>& words) {
  const Call made = call(words);
  std::string line;
  for (const auto* word : words) line += std::string(" ") + word;
  EXPECT_EQ(made.parsed.exit, 2) << line;
  EXPECT_EQ(made.out, "") << line << ": stdout is for results";
  EXPECT_THAT(made.err, HasSubstr("error: ")) << line;
  EXPECT_THAT(made.err, HasSubstr("hint: ")) << line;
}

TEST(Options, EveryCommandIsRecognised) {
  EXPECT_EQ(options({"init"}).run, run_init);
  EXPECT_EQ(options({"status"}).run, run_status);
  for (const auto& [word, mode] : std::vector<std::pair<const char*, Mode>>{
           {"full", Mode::full}, {"incremental", Mode::incremental}, {"reverse", Mode::reverse}}) {
    EXPECT_EQ(options({"sync", word}).run, run_sync);
    EXPECT_EQ(options({"sync", word}).mode, mode);
    EXPECT_EQ(options({"plan", word}).run, run_plan);
    EXPECT_EQ(options({"plan", word}).mode, mode);
  }
}

TEST(Options, TheActionsOfRowsThatWaitAreRecognised) {
  for (const auto& [word, action] : std::vector<std::pair<const char*, Action>>{
           {"list", Action::list}, {"retry", Action::retry}, {"discard", Action::discard}}) {
    const Options made = options({"quarantine", word, "--table", "a", "--table", "b", "--reason", "r"});
    EXPECT_EQ(made.run, run_quarantine);
    EXPECT_EQ(made.action, action);
    EXPECT_THAT(made.tables, ElementsAre("a", "b"));
    EXPECT_THAT(made.kinds, ElementsAre("r"));
  }
  EXPECT_EQ(options({"conflicts", "list", "--all", "--kind", "insert_exists"}).run, run_conflicts);
  EXPECT_TRUE(options({"conflicts", "list", "--all"}).all);
  const Options resolve = options({"conflicts", "resolve", "--table", "a", "--key", "1,2", "--take", "cloud", "--yes"});
  EXPECT_EQ(resolve.action, Action::resolve);
  EXPECT_EQ(resolve.take, "cloud");
  EXPECT_EQ(resolve.key, "1,2");
  EXPECT_TRUE(resolve.yes);
  const Options why = options({"why", "jobs", "5,a"});
  EXPECT_EQ(why.run, run_why);
  EXPECT_EQ(why.table, "jobs");
  EXPECT_EQ(why.key, "5,a");
  EXPECT_EQ(options({"why", "jobs", "--", "-5"}).key, "-5");
}

TEST(Options, WhatIsLeftOutOfADecisionIsAWrongCall) {
  expect_wrong({"quarantine"});
  expect_wrong({"quarantine", "forget"});
  expect_wrong({"conflicts"});
  expect_wrong({"conflicts", "resolve"});
  expect_wrong({"conflicts", "resolve", "--table", "a"});
  expect_wrong({"conflicts", "resolve", "--take", "cloud"});
  expect_wrong({"conflicts", "resolve", "--table", "a", "--take", "mine"});
  expect_wrong({"quarantine", "list", "--limit", "0"});
  expect_wrong({"quarantine", "list", "--yes"});
  expect_wrong({"why"});
  expect_wrong({"why", "a"});
  expect_wrong({"why", "a", "1", "2"});
  EXPECT_THAT(call({"quarantine"}).err, HasSubstr("quarantine needs to know which action: list, retry or discard"));
  EXPECT_THAT(call({"conflicts", "show"}).err, HasSubstr("'show' is no action: write list or resolve"));
  EXPECT_THAT(call({"conflicts", "resolve", "--table", "a"}).err, HasSubstr("--take"));
  EXPECT_THAT(call({"why", "a"}).err, HasSubstr("KEY"));
}

TEST(Options, TheQuestionsAboutThePastAreRecognised) {
  const auto history =
      options({"history", "--table", "a", "--since", "7d", "--until", "2026-11-01", "--direction", "reverse",
               "--status", "failed", "--mode", "full", "--run", "12", "--events", "--removed"});
  EXPECT_EQ(history.run, run_history);
  EXPECT_THAT(history.tables, ElementsAre("a"));
  EXPECT_EQ(history.since, "7d");
  EXPECT_EQ(history.until, "2026-11-01");
  EXPECT_EQ(history.direction, "reverse");
  EXPECT_EQ(history.status, "failed");
  EXPECT_EQ(history.mode_name, "full");
  EXPECT_EQ(history.run_id, 12);
  EXPECT_TRUE(history.events && history.removed);
  EXPECT_EQ(history.limit, 0) << "as many as are shown";
  EXPECT_EQ(options({"history", "--limit", "5"}).limit, 5);
  const auto coverage = options({"coverage", "--gaps", "--since", "2026-11-01"});
  EXPECT_EQ(coverage.run, run_coverage);
  EXPECT_TRUE(coverage.gaps);
  EXPECT_EQ(options({"coverage", "--by", "week"}).by, "week");
  for (const std::vector<const char*>& wrong : {std::vector<const char*>{"history", "--since", "yesterday"},
                                                {"history", "--run", "0"},
                                                {"history", "--status", "dreadful"},
                                                {"history", "--direction", "up"},
                                                {"coverage", "--by", "year"},
                                                {"coverage", "--until", "2026-02-30"},
                                                {"history", "--limit", "0"}})
    expect_wrong(wrong);
}

TEST(Options, WithoutAnyTheDefaultsOfTheContractHold) {
  const Options made = options({"sync", "full"});
  EXPECT_EQ(made.jobs, 2);
  EXPECT_TRUE(made.tables.empty());
  EXPECT_TRUE(made.past_fuse.empty());
  EXPECT_FALSE(made.overwrite || made.json || made.quiet || made.verbose || made.check || made.accept_source ||
               made.replace_old_metadata);
  EXPECT_EQ(made.max_age_seconds, 26 * 3600);
}

TEST(Options, EveryCommandTakesTheCommonOnes) {
  for (const auto& command : std::vector<std::vector<const char*>>{{"init"},
                                                                   {"status"},
                                                                   {"sync", "full"},
                                                                   {"sync", "incremental"},
                                                                   {"sync", "reverse"},
                                                                   {"plan", "full"},
                                                                   {"quarantine", "list"},
                                                                   {"quarantine", "discard"},
                                                                   {"conflicts", "list"},
                                                                   {"why", "a", "1"}}) {
    auto words = command;
    for (const auto* word :
         {"--map", "m.yaml", "--desktop", "host=a", "--cloud=host=b", "--json", "--quiet", "--verbose"})
      words.push_back(word);
    const Options made = options(words);
    EXPECT_EQ(made.flags.map_file, "m.yaml");
    EXPECT_EQ(made.flags.desktop_url, "host=a");
    EXPECT_EQ(made.flags.cloud_url, "host=b");
    EXPECT_TRUE(made.json && made.quiet && made.verbose);
  }
}

TEST(Options, TablesMayBeRepeated) {
  EXPECT_THAT(options({"sync", "full", "--table", "a", "--table=b", "--table", "s.c"}).tables,
              ElementsAre("a", "b", "s.c"));
  EXPECT_THAT(options({"plan", "full", "--table", "a", "--table", "b"}).tables, ElementsAre("a", "b"));
  expect_wrong({"sync", "full", "--table", "a", "b"});
  expect_wrong({"sync", "full", "--table"});
}

TEST(Options, AFuseMayBePassedByNameAndRepeated) {
  EXPECT_THAT(options({"sync", "full", "--past-fuse", "a", "--past-fuse", "b"}).past_fuse, ElementsAre("a", "b"));
  expect_wrong({"sync", "full", "--past-fuse", "a", "b"});
}

TEST(Options, OverwriteIsOnlyForAFullRun) {
  EXPECT_TRUE(options({"sync", "full", "--overwrite"}).overwrite);
  expect_wrong({"sync", "incremental", "--overwrite"});
  expect_wrong({"sync", "reverse", "--overwrite"});
}

TEST(Options, JobsAreANumberFromOneOn) {
  EXPECT_EQ(options({"sync", "full", "--jobs", "8"}).jobs, 8);
  for (const char* number : {"0", "-1", "65", "many", "2.5", ""}) expect_wrong({"sync", "full", "--jobs", number});
}

TEST(Options, APlanWritesNothingAndTakesNothingAboutWriting) {
  expect_wrong({"plan", "full", "--jobs", "2"});
  expect_wrong({"plan", "full", "--overwrite"});
  expect_wrong({"plan", "full", "--past-fuse", "a"});
}

TEST(Options, AnAgeIsANumberAndAUnit) {
  const auto age = [](const char* text) { return options({"status", "--check", "--max-age", text}).max_age_seconds; };
  EXPECT_EQ(age("26h"), 26 * 3600);
  EXPECT_EQ(age("90m"), 90 * 60);
  EXPECT_EQ(age("2d"), 2 * 86400);
  EXPECT_EQ(age("30s"), 30);
  EXPECT_EQ(age("1.5h"), 5400);
  EXPECT_TRUE(options({"status", "--check"}).check);
}

TEST(Options, WhatIsNoAgeIsAWrongCall) {
  for (const char* text : {"26", "h", "", "0h", "-1h", "26 hours", "26hh", "1w", "abc", "nanh", "infh", "1e400h"})
    expect_wrong({"status", "--check", "--max-age", text});
}

TEST(Options, HelpIsNoErrorAndGoesToStdout) {
  for (const auto& words : std::vector<std::vector<const char*>>{{"--help"},
                                                                 {"-h"},
                                                                 {"sync", "--help"},
                                                                 {"sync", "full", "--help"},
                                                                 {"plan", "--help"},
                                                                 {"init", "--help"},
                                                                 {"quarantine", "--help"},
                                                                 {"quarantine", "discard", "--help"},
                                                                 {"conflicts", "resolve", "--help"},
                                                                 {"why", "--help"},
                                                                 {"status", "--help"}}) {
    const Call made = call(words);
    EXPECT_EQ(made.parsed.exit, 0) << words.back();
    EXPECT_NE(made.out, "");
    EXPECT_EQ(made.err, "");
  }
}

TEST(Options, TheVersionGoesToStdout) {
  const Call made = call({"--version"});
  EXPECT_EQ(made.parsed.exit, 0);
  EXPECT_EQ(made.out, "pgtide " PGTIDE_VERSION "\n");
}

TEST(Options, AWrongCallIsStatusTwoWithAHint) {
  expect_wrong({});
  expect_wrong({"nonsense"});
  expect_wrong({"sync"});
  expect_wrong({"plan"});
  expect_wrong({"sync", "everything"});
  expect_wrong({"sync", "full", "reverse"});
  expect_wrong({"sync", "full", "--unknown"});
  expect_wrong({"init", "--table", "a"});
  expect_wrong({"status", "--max-age"});
  expect_wrong({"init", "status"});
}

TEST(Options, MapTakesItsOwn) {
  const Options made = options({"map", "generate", "--name", "n", "--output", "o", "--desktop-schema", "a",
                                "--desktop-schema", "b", "--cloud-schema", "c"});
  EXPECT_EQ(made.action, Action::generate);
  EXPECT_EQ(made.name, "n");
  EXPECT_EQ(made.output, "o");
  EXPECT_THAT(made.desktop_schemas, ElementsAre("a", "b"));
  EXPECT_THAT(made.cloud_schemas, ElementsAre("c"));
  EXPECT_EQ(options({"map", "check", "--offline"}).action, Action::check);
  EXPECT_TRUE(options({"map", "check", "--offline"}).offline);
  EXPECT_FALSE(options({"map", "check"}).offline);
  expect_wrong({"map"});
  expect_wrong({"map", "draw"});
  expect_wrong({"map", "generate", "--offline"});
  expect_wrong({"map", "check", "--output", "o"});
}

TEST(Options, InitTakesItsOwn) {
  EXPECT_TRUE(options({"init", "--accept-source"}).accept_source);
  EXPECT_TRUE(options({"init", "--replace-old-metadata"}).replace_old_metadata);
  expect_wrong({"sync", "full", "--accept-source"});
}

}  // namespace
}  // namespace engine::cli
