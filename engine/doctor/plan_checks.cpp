#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "engine/config/problem.hpp"
#include "engine/core/names.hpp"
#include "engine/doctor/checks.hpp"
#include "engine/plan/examining.hpp"

namespace engine::doctor {
namespace {

FixKind kind_of(plan::Remedy::Kind kind) {
  switch (kind) {
    case plan::Remedy::Kind::sql:
      return FixKind::sql;
    case plan::Remedy::Kind::map:
      return FixKind::map;
    case plan::Remedy::Kind::command:
      return FixKind::command;
    case plan::Remedy::Kind::none:
      break;
  }
  return FixKind::none;
}

void mend(Finding& finding, const plan::Remedy& remedy) {
  finding.column = remedy.column;
  finding.fix = remedy.text;
  finding.fix_kind = kind_of(remedy.kind);
  finding.risk = remedy.risk;
  if (finding.fix_kind == FixKind::sql) finding.place = remedy.place;
  if (finding.fix_kind == FixKind::map) finding.place.reset();
}

// The zone that the server has stands for the one that the map lacks.
void name_zone(Finding& finding, const ServerFacts& server, const config::TableMap& map) {
  const std::string side(name_of(server.place));
  finding.fix = "timezone: " + server.timezone;
  finding.hint = "write it below " + side + ": in " + map.file + ". " + server.timezone +
                 " is what that server is set to: make sure that the times were entered in that zone";
}

// A key that was tried; without one rows are matched by what they contain.
void name_key(Finding& finding, const std::vector<std::string>& columns, const std::string& where) {
  if (columns.empty()) {
    finding.fix = "key: none";
    finding.hint = "write it below the table's name" + where +
                   ". No single column tells the rows apart: key: none matches them by what they contain. If several "
                   "columns together do, write key: [a, b]";
    return;
  }
  finding.fix = "key: [" + columns.front() + "]";
  finding.column = columns.front();
  finding.hint = "write it below the table's name" + where + ". No value of " + columns.front() +
                 " occurs twice in the source; make sure that it stays so";
  if (columns.size() > 1) {
    std::vector<std::string> others(columns.begin() + 1, columns.end());
    finding.hint += ". Others that would do: " + joined(others, ", ");
  }
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

const config::Table* table_at(const config::TableMap& map, const Mark& mark) {
  const config::Table* found = nullptr;
  for (const auto& table : map.tables)
    if (table.mark.line <= mark.line && (!found || found->mark.line < table.mark.line)) found = &table;
  return found;
}

const config::Table* table_called(const config::TableMap& map, const std::string& title, Direction direction) {
  for (const auto& table : map.tables)
    if (table.goes(direction) && plan::title_of(map, table, direction) == title) return &table;
  return nullptr;
}

// Tables that are skipped because of this one.
std::vector<std::string> blocked_by(const plan::Plan& plan, const std::string& title) {
  std::vector<std::string> titles;
  for (const auto& [task, refused] : plan.blocked)
    if (refused == title) titles.push_back(plan.tasks[task].title);
  return titles;
}

}  // namespace

Finding explain_zone(const config::TableMap& map, const ServerFacts& server) {
  const config::Database& side = map.at(server.place);
  Finding finding;
  finding.severity = Severity::blocks;
  finding.check = "timezone";
  finding.problem = side.timezone_mark.text() + ": timezone " + side.timezone.value_or("") +
                    " is not known to PostgreSQL; nothing can be copied, and no table was looked at";
  finding.fix_kind = FixKind::map;
  name_zone(finding, server, map);
  return finding;
}

Findings explain_plan(const plan::Plan& plan, const config::TableMap& map, Direction direction,
                      const std::map<std::string, std::vector<std::string>>& candidates, const ServerFacts& desktop,
                      const ServerFacts& cloud) {
  Findings findings;
  for (const auto& problem : plan.problems) {
    const config::Table* table = table_at(map, problem.mark);
    Finding finding;
    finding.severity = Severity::blocks;
    finding.check = "map";
    finding.table = table ? plan::title_of(map, *table, direction) : "";
    finding.problem = problem.mark.text() + ": " + problem.text;
    finding.hint = problem.hint;
    mend(finding, problem.remedy);
    findings.push_back(finding);
  }
  for (const auto& refusal : plan.refusals) {
    const auto skipped = blocked_by(plan, refusal.title);
    const config::Table* table = table_called(map, refusal.title, direction);
    const std::string line = table ? " (" + table->mark.text() + ")" : "";
    for (const auto& reason : refusal.reasons) {
      Finding finding;
      finding.severity = Severity::blocks;
      finding.check = reason.about;
      finding.place = target_of(direction);
      finding.table = refusal.title;
      finding.problem = reason.text;
      finding.hint = refusal.hint;
      mend(finding, reason.remedy);
      if (finding.fix == "timezone:") name_zone(finding, reason.remedy.place == Place::desktop ? desktop : cloud, map);
      if (finding.fix == "key:") {
        const auto found = candidates.find(refusal.title);
        name_key(finding, found == candidates.end() ? std::vector<std::string>() : found->second, line);
      }
      if (finding.fix_kind == FixKind::map && finding.hint.empty())
        finding.hint = "write it below the table's name" + line;
      if (!skipped.empty())
        finding.hint +=
            (finding.hint.empty() ? "" : ". ") + ("tables that refer to it are skipped: " + joined(skipped, ", "));
      findings.push_back(finding);
    }
  }
  for (const auto& warning : plan.warnings) {
    Finding finding;
    finding.check = "map";
    finding.problem = warning;
    finding.hint = "see docs/TABLEMAPS.md";
    findings.push_back(finding);
  }
  return findings;
}

Finding explain_missing_table(const config::TableMap& map, const config::Table& table, Place place,
                              const catalog::TableSchema* other, const std::vector<std::string>& names) {
  const QualifiedName& name = table.at(place);
  const std::string side(name_of(place));
  Finding finding;
  finding.severity = Severity::blocks;
  finding.check = "missing_table";
  finding.place = place;
  finding.table = display(name, map.at(place).schema);
  finding.problem = "table " + finding.table + " of the map (" + table.mark.text() + ") does not exist in the " + side +
                    " database (schema " + name.schema + ")";
  const bool is_target = table.goes(place == Place::cloud ? Direction::forward : Direction::reverse);
  const auto meant = config::nearest(name.name, names);
  if (meant && (lower(*meant) == lower(name.name) || !is_target || !other)) {
    const std::string& there = *meant;
    const Place opposite = place == Place::desktop ? Place::cloud : Place::desktop;
    finding.place.reset();
    finding.fix = side + ": " + there + "\n" + std::string(name_of(opposite)) + ": " +
                  display(table.at(opposite), map.at(opposite).schema);
    finding.fix_kind = FixKind::map;
    finding.hint = "there is a table " + there + ", and names are exact: if it is meant, name both sides in the map";
    return finding;
  }
  if (!other || !is_target) {
    finding.hint = "names are exact: check spelling and schema; or take the table out of the map";
    return finding;
  }
  std::map<std::string, std::string> renamed;  // from the other side's name
  for (const auto& rename : table.rename)
    renamed[place == Place::cloud ? rename.desktop : rename.cloud] =
        place == Place::cloud ? rename.cloud : rename.desktop;
  std::vector<std::string> key;
  for (const auto& column : table.key) {
    std::string there = column.text;
    for (const auto& [from, to] : renamed)
      if (place == Place::desktop && to == there) there = from;
    if (other->column(there)) key.push_back(there);
  }
  if (const auto* primary = other->primary_key(); primary && key.empty()) key = primary->columns;
  finding.fix = plan::statements::create_table(name, *other, renamed, key);
  finding.fix_kind = FixKind::sql;
  finding.hint = "make it like the one on the other side, or take it out of the map, or correct its name there";
  if (meant) finding.hint += " (did you mean " + *meant + "?)";
  return finding;
}

}  // namespace engine::doctor
