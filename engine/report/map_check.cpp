#include "engine/report/map_check.hpp"

#include <algorithm>
#include <set>

#include "engine/report/members.hpp"
#include "engine/report/table_layout.hpp"

namespace engine::report {
namespace {

using mapping::MapFinding;
using Severity = MapFinding::Severity;

std::string pair_title(const config::TableMap& map, const config::Table& table) {
  const std::string here = display(table.desktop, map.desktop.schema), there = display(table.cloud, map.cloud.schema);
  return here == there ? here : here + " = " + there;
}

std::string way_of(const config::Table& table) {
  static constexpr const char* ways[] = {"forward", "reverse", "both"};
  return ways[static_cast<int>(table.direction)];
}

std::string key_of(const config::Table& table) {
  if (table.key_choice == config::KeyChoice::none) return "no key";
  if (table.key_choice == config::KeyChoice::automatic) return "the primary key";
  std::vector<std::string> names;
  for (const auto& name : table.key) names.push_back(name.text);
  return "key " + joined(names, ", ");
}

std::string verdict_on(std::size_t index, const std::vector<MapFinding>& findings) {
  const auto has = [&](Severity severity) {
    return std::ranges::any_of(findings,
                               [&](const MapFinding& f) { return f.index == index && f.severity == severity; });
  };
  return has(Severity::error) ? "WRONG" : has(Severity::refused) ? "REFUSED" : "ok";
}

std::string number_of(std::size_t count, const char* one, const char* many) {
  return grouped(static_cast<long long>(count)) + " " + (count == 1 ? one : many);
}

std::string headline(const std::vector<MapFinding>& findings, const std::optional<config::TableMap>& map, bool both) {
  const auto count = [&](Severity severity) {
    return static_cast<std::size_t>(std::ranges::count(findings, severity, &MapFinding::severity));
  };
  if (const auto wrong = count(Severity::error); wrong > 0)
    return number_of(wrong, "mistake", "mistakes") + " in the map" + (map ? "" : "; the databases were not asked");
  if (const auto refused = count(Severity::refused); refused > 0)
    return "the map can be read, but tables would be refused (" + number_of(refused, "reason", "reasons") + " below)";
  return both ? "all well: the map fits both databases" : "the file is right; the databases were not asked";
}

}  // namespace

std::string map_check_text(const std::string& file, const std::optional<config::TableMap>& map,
                           const std::vector<MapFinding>& findings, bool both) {
  std::string text = file + ": " + headline(findings, map, both) + "\n";
  if (map) {
    TableLayout layout({"table", "direction", "key", "verdict"});
    for (std::size_t i = 0; i < map->tables.size(); ++i) {
      const auto& table = map->tables[i];
      layout.add({pair_title(*map, table), way_of(table), key_of(table), verdict_on(i, findings)});
    }
    text += "\n" + layout.text();
  }
  std::set<std::size_t> said;
  for (std::size_t i = 0; i < findings.size(); ++i) {
    if (said.contains(i)) continue;
    const MapFinding& finding = findings[i];
    text += "\n" + finding.mark.text() + ": " + std::string(mapping::name_of(finding.severity)) + ": ";
    if (finding.index && map) text += pair_title(*map, map->tables[*finding.index]) + ": ";
    text += (finding.direction.empty() ? "" : finding.direction + ": ") + finding.problem + "\n";
    if (!finding.hint.empty()) text += "  hint: " + finding.hint + "\n";
    std::vector<std::string> others;  // of which the same is to be said
    for (std::size_t other = i + 1; other < findings.size(); ++other) {
      const MapFinding& same = findings[other];
      if (!map || !same.index || same.problem != finding.problem || same.severity != finding.severity) continue;
      said.insert(other);
      others.push_back(pair_title(*map, map->tables[*same.index]));
    }
    if (!others.empty()) text += "  the same: " + joined(others, ", ") + "\n";
  }
  return text;
}

std::string map_check_json(const std::string& file, const std::optional<config::TableMap>& map,
                           const std::vector<MapFinding>& findings) {
  std::string text = "[";
  for (const auto& finding : findings) {
    const bool placed = finding.mark.line > 0;
    text += (text.size() > 1 ? ",\n" : "\n") +
            Members()
                .text("severity", std::string(mapping::name_of(finding.severity)))
                .text("file", finding.mark.file.empty() ? file : finding.mark.file)
                .raw("line", placed ? std::to_string(finding.mark.line) : "")
                .raw("column", placed ? std::to_string(finding.mark.column) : "")
                .text_or_null("table", finding.index && map ? pair_title(*map, map->tables[*finding.index]) : "")
                .text("problem", (finding.direction.empty() ? "" : finding.direction + ": ") + finding.problem)
                .text_or_null("hint", finding.hint)
                .object();
  }
  return text + (findings.empty() ? "]\n" : "\n]\n");
}

}  // namespace engine::report
