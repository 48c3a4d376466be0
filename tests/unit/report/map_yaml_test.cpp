#include "engine/report/map_yaml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/config/inspection.hpp"
#include "engine/report/map_check.hpp"
#include "tests/golden/golden.hpp"

namespace engine::report {
namespace {

using config::TableDirection;
using mapping::ProposedTable;
using testing::ElementsAre;
using testing::HasSubstr;

const config::Environment no_environment = [](const std::string&) { return std::nullopt; };

ProposedTable named(const std::string& desktop, const std::string& cloud, const std::vector<std::string>& key) {
  ProposedTable table;
  table.desktop = {"public", desktop};
  table.cloud = {"public", cloud};
  table.key.value = key;
  return table;
}

mapping::Proposal empty_proposal() {
  mapping::Proposal proposal;
  proposal.name = "my-firm";
  proposal.desktop = {"office", "public", {}};
  proposal.cloud = {"cloud", "public", {}};
  return proposal;
}

mapping::Proposal rich_proposal() {
  mapping::Proposal proposal = empty_proposal();
  proposal.desktop.timezone = {"Asia/Kolkata", "it is the time zone of the desktop's server"};
  proposal.watermark = {"updated_at", "created_at"};
  proposal.origin = {mapping::ProposedOrigin{"source", "D", "M"}, "its rows say D only; no row says M yet"};
  ProposedTable reminder = named("mbreminder", "reminder", {"rem_id"});
  reminder.why_pair = "one name is part of the other and 23 of 23 columns agree";
  reminder.key.why = "the cloud keeps them unique and no two rows of the desktop have the same";
  reminder.both_why = "the desktop lacks 2 of 5 rows of the cloud that were looked at";
  reminder.rename = {{"RemNote", "rem_note"}};
  reminder.watermark = {"changed"};
  reminder.remarks = {"only on the desktop, not copied: colour"};
  proposal.tables.push_back(reminder);
  ProposedTable tasks = named("jobtasks", "jobtasks", {});
  tasks.key.why = "no columns were found that identify a row; rows are compared by their content, and counted";
  tasks.match = {{"job_id", "task_id"}, "they tell apart 99 % of 5000 rows"};
  tasks.skip = {"jt_id"};
  tasks.skip_why = "the cloud numbers its rows itself, and the desktop has no such column";
  tasks.no_origin = true;
  tasks.columns = {{"note", "left(note, 50)", "the text may be longer", false}};
  proposal.tables.push_back(tasks);
  ProposedTable diary = named("workdiary", "workdiary", {"wd_id"});
  diary.direction = {TableDirection::reverse, "only the cloud has rows (3 rows)"};
  diary.columns = {{"timefrom", "date + timefrom", "time here, timestamp there", true},
                   {"tasknotes", "left(tasknotes, 50)", "the text may be longer", false}};
  proposal.tables.push_back(diary);
  ProposedTable old = named("old", "old", {"id"});
  old.desktop.schema = old.cloud.schema = "archive";
  old.key.why = "its name says so";
  old.set_aside =
      "2 values of the cloud's key (id) occur more than once on the desktop. They are: SELECT \"id\", count(*) FROM "
      "\"archive\".\"old\" GROUP BY \"id\" HAVING count(*) > 1 AND \"a name that is long enough to be broken\" <> 0; "
      "then so "
      "on";
  proposal.tables.push_back(old);
  proposal.perhaps.push_back(named("clients", "persons", {}));
  proposal.perhaps.back().why_pair = "9 of 9 columns agree, but the names have nothing in common";
  proposal.only_desktop = {"scratch"};
  proposal.only_cloud = {"push_tokens"};
  proposal.left_out = {"public.totals: in the cloud this is a view or a foreign table, which cannot be written"};
  return proposal;
}

TEST(MapYaml, EveryGuessIsMarkedAndWhatIsNotCopiedSaysWhy) {
  const std::string yaml = map_yaml(rich_proposal(), "../docs/tablemap.schema.json");
  test::expect_golden("proposed_map.yaml", yaml);
  const auto map = config::parse_table_map(yaml, "m.yaml", no_environment);
  ASSERT_EQ(map.tables.size(), 3u);
  EXPECT_EQ(map.tables[0].cloud.name, "reminder");
  EXPECT_EQ(map.tables[0].rename.at(0).cloud, "rem_note");
  EXPECT_EQ(map.tables[1].key_choice, config::KeyChoice::none);
  EXPECT_FALSE(map.tables[1].origin);
  EXPECT_TRUE(map.tables[1].forward.columns.empty());
  EXPECT_EQ(map.tables[2].direction, TableDirection::reverse);
  EXPECT_EQ(map.tables[2].reverse.columns.size(), 1u);
}

TEST(MapYaml, WhatWasSetAsideWorksWhenTheMarksAreTakenAway) {
  std::string yaml = map_yaml(rich_proposal(), "s");
  const auto begin = yaml.find("  # - desktop: \"archive.old\"");
  ASSERT_NE(begin, std::string::npos);
  for (auto at = begin; yaml.compare(at, 4, "  # ") == 0; at = yaml.find('\n', at) + 1) yaml.erase(at + 2, 2);
  const auto map = config::parse_table_map(yaml, "m.yaml", no_environment);
  ASSERT_EQ(map.tables.size(), 4u);
  EXPECT_EQ(map.tables[3].desktop, (QualifiedName{"archive", "old"}));
  EXPECT_EQ(map.tables[3].key.at(0).text, "id");
}

TEST(MapYaml, NamesAreReadBackAsTheyAre) {
  for (const std::string name :
       {"plain", "Mixed",     "two words",   "a.b",      "a: b",      "#x",         "- x",         "null", "yes",
        "None",  "${HOME}",   "$${x}",       "$${{",     "it's",      "say \"so\"", "back\\slash", "[x]",  "{x}",
        "a,b",   "tab\there", "line\nbreak", "Straße €", "*a",        "&b",         "!c",          "%d",   "@e",
        "`f",    "1",         "1.5",         "~",        "trailing ", " leading",   "\"'",         "x #y"}) {
    mapping::Proposal proposal = empty_proposal();
    ProposedTable table = named(name, "other", {name});
    table.skip = {name + "2"};
    table.rename = {{name + "3", name}};
    table.origin = {mapping::ProposedOrigin{name, "D", "M"}, ""};
    table.columns = {{name + "4", quoted(name), "why", true}};
    proposal.tables.push_back(table);
    const std::string yaml = map_yaml(proposal, "s");
    const auto inspection = config::inspect_table_map_text(yaml, "m.yaml", no_environment);
    ASSERT_TRUE(inspection.map) << inspection.complaints.at(0).mark.text() << inspection.complaints[0].message << yaml;
    const auto& read = inspection.map->tables.at(0);
    EXPECT_EQ(read.desktop, (QualifiedName{"public", name}));
    EXPECT_EQ(read.key.at(0).text, name);
    EXPECT_EQ(read.skip.at(0).text, name + "2");
    EXPECT_EQ(read.rename.at(0).desktop, name + "3");
    EXPECT_EQ(read.rename.at(0).cloud, name);
    EXPECT_EQ(read.origin->column, name);
    EXPECT_EQ(read.forward.columns.at(0).column, name + "4");
    EXPECT_EQ(read.forward.columns.at(0).expression.sql, quoted(name));
  }
}

TEST(MapYaml, ATableOfAnotherSchemaIsNamedWithItOnBothSides) {
  mapping::Proposal proposal = empty_proposal();
  ProposedTable table = named("customer", "customer", {"id"});
  table.desktop.schema = table.cloud.schema = "sales";
  proposal.tables.push_back(table);
  const auto map = config::parse_table_map(map_yaml(proposal, "s"), "m.yaml", no_environment);
  EXPECT_EQ(map.tables.at(0).desktop, (QualifiedName{"sales", "customer"}));
  EXPECT_EQ(map.tables.at(0).cloud, (QualifiedName{"sales", "customer"}));
}

TEST(MapYaml, ARemarkCannotBecomeALineOfTheMap) {
  mapping::Proposal proposal = empty_proposal();
  ProposedTable table = named("t", "t", {"id"});
  table.remarks = {"evil\nfuse: 100%\r\n\xff\x01"};
  proposal.tables.push_back(table);
  const auto inspection = config::inspect_table_map_text(map_yaml(proposal, "s"), "m.yaml", no_environment);
  ASSERT_TRUE(inspection.map);
  EXPECT_EQ(inspection.map->tables.size(), 1u);
}

TEST(MapYaml, ACheckNamesEachMistakeAndSaysOnceWhatHoldsForSeveralTables) {
  const auto map = config::parse_table_map(
      "map: m\ntables:\n  - desktop: a\n  - desktop: b\n  - {cloud: c, desktop: d}\n", "m.yaml", no_environment);
  using Severity = mapping::MapFinding::Severity;
  std::vector<mapping::MapFinding> findings;
  findings.push_back({Severity::error, {"m.yaml", 3, 5}, 0, "column x does not exist", "check the spelling"});
  findings.push_back({Severity::refused, {"m.yaml", 4, 5}, 1, "no key", "", false, "forward"});
  findings.push_back({Severity::refused, {"m.yaml", 5, 5}, 2, "no key", "", false, "forward"});
  test::expect_golden("map_check.txt", map_check_text("m.yaml", map, findings, true) + "---\n" +
                                           map_check_text("m.yaml", map, {}, false) + "---\n" +
                                           map_check_json("m.yaml", map, findings) + map_check_json("m.yaml", map, {}));
}

}  // namespace
}  // namespace engine::report
