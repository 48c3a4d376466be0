#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/catalog/table_schema.hpp"
#include "engine/config/table_map.hpp"
#include "engine/plan/plan.hpp"

// Tables, maps and plans made by hand.
namespace engine::plan::test {

// A type as PostgreSQL spells it, with the modifier that the server would pack: `numeric(10,2)`, `timestamp(3) without
// time zone`, `character varying(5)[]`.
inline catalog::Type type(const std::string& declared, bool builtin = true) {
  catalog::Type type{declared == "bpchar" ? "character" : declared, declared, -1, builtin};
  const auto open = declared.find('('), close = declared.find(')');
  if (open == std::string::npos) return type;
  type.name = declared.substr(0, open) + declared.substr(close + 1);
  const std::string inside = declared.substr(open + 1, close - open - 1);
  const int first = std::stoi(inside);
  const auto comma = inside.find(',');
  const int second = comma == std::string::npos ? 0 : std::stoi(inside.substr(comma + 1));
  if (type.name.starts_with("numeric"))
    type.modifier = ((first << 16) | (second & 0x7ff)) + 4;
  else if (type.name.starts_with("character"))
    type.modifier = first + 4;
  else
    type.modifier = first;
  return type;
}

struct With {
  bool not_null = false;
  bool has_default = false;
  char identity = 0;
  bool generated = false;
  bool builtin = true;
  std::string domain = {};  // its name, where the column is of a domain
  std::string sequence = {};
  std::string value_by_default = {};
};

inline catalog::Column column(const std::string& name, const std::string& declared, const With& with = {}) {
  catalog::Column made;
  made.name = name;
  made.type = type(declared, with.builtin);
  made.declared_type = with.domain.empty() ? declared : with.domain;
  made.is_domain = !with.domain.empty();
  made.not_null = with.not_null;
  made.has_default = with.has_default;
  made.identity = with.identity;
  made.generated = with.generated;
  made.sequence = with.sequence;
  made.value_by_default = with.value_by_default;
  return made;
}

inline catalog::TableSchema table(const std::string& name, std::vector<catalog::Column> columns,
                                  const std::vector<std::string>& primary_key = {}) {
  catalog::TableSchema made;
  made.name = {"public", name};
  made.oid = 16400;
  made.access_method = "heap";
  made.columns = std::move(columns);
  for (const auto& key : primary_key)
    for (auto& one : made.columns)
      if (one.name == key) one.not_null = true;
  if (!primary_key.empty()) made.unique_keys.push_back({name + "_pkey", true, primary_key});
  return made;
}

// What every server knows: the casts between built-in types, as far as the tests need them.
inline catalog::Catalog catalog_of(const std::vector<catalog::TableSchema>& tables) {
  using Pair = std::pair<std::string, std::string>;
  const std::string timestamp = "timestamp without time zone", timestamptz = "timestamp with time zone";
  const std::string time = "time without time zone", timetz = "time with time zone";
  catalog::Catalog made;
  made.server_version = 150004;
  made.encoding = "UTF8";
  made.role = {"pgtide", "practice"};
  for (const auto& one : tables) made.tables.emplace(one.name, one);
  const std::vector<std::string> numbers = {"smallint", "integer", "bigint", "numeric", "real", "double precision"};
  for (const auto& from : numbers)
    for (const auto& to : numbers)
      if (from != to || from == "numeric") made.assignment_casts.emplace(from, to);
  for (const Pair& cast : std::vector<Pair>{{"date", timestamp},
                                            {"date", timestamptz},
                                            {timestamp, "date"},
                                            {timestamp, time},
                                            {timestamp, timestamptz},
                                            {timestamptz, "date"},
                                            {timestamptz, time},
                                            {timestamptz, timestamp},
                                            {timestamptz, timetz},
                                            {time, timetz},
                                            {time, "interval"},
                                            {timetz, time},
                                            {"interval", time},
                                            {"bit", "bit varying"},
                                            {"bit varying", "bit"},
                                            {"json", "jsonb"},
                                            {"jsonb", "json"},
                                            {"text", "regclass"},
                                            {"character varying", "regclass"},
                                            {"cidr", "inet"},
                                            {"inet", "cidr"}})
    made.assignment_casts.insert(cast);
  made.casts = made.assignment_casts;
  made.casts.emplace("integer", "boolean");
  made.casts.emplace("boolean", "integer");
  return made;
}

inline config::TableMap map_of(const std::string& yaml) {
  return config::parse_table_map(yaml, "m.yaml", [](const std::string&) { return std::nullopt; });
}

// A map with one table `t`; `lines` stand below its name, the first of them is line 4, and they begin in column 5.
inline config::TableMap map_with_table(const std::string& lines = "") {
  std::string text = "map: m\ntables:\n  - desktop: t\n    ";
  for (const char c : lines) {
    text += c;
    if (c == '\n') text += "    ";
  }
  return map_of(text + "\n");
}

inline Plan make_plan(const config::TableMap& map, Mode mode, const std::vector<catalog::TableSchema>& desktop,
                      const std::vector<catalog::TableSchema>& cloud,
                      const std::map<std::size_t, ExpressionFacts>& facts = {},
                      const std::vector<std::string>& only = {},
                      const std::map<std::int64_t, std::string>& removing_maps = {}) {
  const bool forward = mode != Mode::reverse;
  const auto source = catalog_of(forward ? desktop : cloud), target = catalog_of(forward ? cloud : desktop);
  return make_plan(map, Request{mode, only, false}, source, target, facts, removing_maps);
}

inline std::string text_of(const std::vector<Problem>& problems) {
  std::string text;
  for (const auto& problem : problems) text += problem.mark.text() + ": " + problem.text + "\n";
  return text;
}

inline std::string text_of(const std::vector<Refusal>& refusals) {
  std::string text;
  for (const auto& refusal : refusals) text += refusal.title + ": " + refusal.reason + "\n";
  return text;
}

// The only task of a plan that refuses nothing; a failure and an empty task otherwise.
inline TableTask only_task(const Plan& plan) {
  EXPECT_EQ(text_of(plan.problems), "");
  EXPECT_EQ(text_of(plan.refusals), "");
  return plan.tasks.size() == 1 ? plan.tasks.front() : TableTask{};
}

inline const Column* fed(const TableTask& task, const std::string& target) {
  const auto found = std::ranges::find(task.columns, target, &Column::target);
  return found == task.columns.end() ? nullptr : &*found;
}

inline std::vector<std::string> fed_columns(const TableTask& task) {
  std::vector<std::string> names;
  for (const auto& one : task.columns) names.push_back(one.target);
  return names;
}

using Names = std::vector<std::string>;

}  // namespace engine::plan::test
