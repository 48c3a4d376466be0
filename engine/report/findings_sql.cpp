#include <algorithm>
#include <set>

#include "engine/core/names.hpp"
#include "engine/report/findings.hpp"

namespace engine::report {
namespace {

using doctor::Finding;
using doctor::FixKind;

std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

std::string commented_out(const std::string& sql) {
  std::string text = "-- ";
  for (const char c : sql) {
    text += c;
    if (c == '\n') text += "-- ";
  }
  return text;
}

std::string title_of(const Finding& finding) {
  std::string title = finding.table;
  if (!finding.column.empty()) title += (title.empty() ? "" : ", ") + ("column " + finding.column);
  return "[" + severity_name(finding.severity) + "] " + (title.empty() ? finding.check : title) + ": " +
         one_line(finding.problem);
}

// In psql a backslash and a double quote within double quotes need another one.
std::string for_psql(const std::string& address) {
  std::string text = "'";
  for (const char c : address) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

std::string statements_for(const doctor::Examination& examination, Place place) {
  std::string text;
  std::set<std::string> printed;
  for (const auto& finding : examination.findings) {
    if (finding.fix_kind != FixKind::sql || finding.place != place) continue;
    text += "\n-- " + title_of(finding) + "\n";
    if (!printed.insert(finding.fix).second)
      text += "-- (the statement above mends this too)\n";
    else if (finding.risk.empty())
      text += finding.fix + "\n";
    else
      text += "-- commented out, because " + one_line(finding.risk) + "\n" + commented_out(finding.fix) + "\n";
  }
  return text;
}

}  // namespace

std::string findings_sql(const doctor::Examination& examination, const Addresses& addresses, const std::string& map) {
  std::string text = "-- What pgtide doctor proposes for map " + one_line(map) +
                     ". Read it, then run it with psql, as somebody who may change the databases.\n";
  for (const Place place : {Place::desktop, Place::cloud}) {
    const std::string statements = statements_for(examination, place);
    if (statements.empty()) continue;
    const std::string& address = place == Place::desktop ? addresses.desktop : addresses.cloud;
    text += "\n-- ---- " + std::string(place == Place::desktop ? "on the desktop" : "in the cloud") + "\n";
    if (!address.empty()) text += "\\connect " + for_psql(address) + "\n";
    text += statements;
  }
  std::string others;
  for (const auto& finding : examination.findings)
    if (finding.fix_kind == FixKind::map || finding.fix_kind == FixKind::command)
      others += "-- " + title_of(finding) + "\n" + commented_out(finding.fix) + "\n";
  if (!others.empty()) text += "\n-- ---- not SQL: lines for the map, and commands\n\n" + others;
  return text;
}

}  // namespace engine::report
