#include <fmt/format.h>

#include <algorithm>

#include "engine/core/names.hpp"
#include "engine/report/findings.hpp"

namespace engine::report {
namespace {

using doctor::Finding;
using doctor::FixKind;
using doctor::Severity;

std::string place_of(const Finding& finding) {
  if (!finding.place) return "map";
  return std::string(name_of(*finding.place));
}

std::string heading(Severity severity) {
  switch (severity) {
    case Severity::blocks:
      return "BLOCKS: a sync would be refused, or fail";
    case Severity::attention:
      return "ATTENTION: rows would wait, or something is slow or at risk";
    case Severity::note:
      break;
  }
  return "NOTES: good to know";
}

// Each line of a text behind so many blanks.
std::string indented(const std::string& text, std::size_t blanks) {
  std::string result;
  for (const char c : text) {
    result += c;
    if (c == '\n') result += std::string(blanks, ' ');
  }
  return result;
}

std::string what_to_run(const Finding& finding) {
  switch (finding.fix_kind) {
    case FixKind::sql:
      return finding.place == Place::desktop ? "SQL on the desktop" : "SQL in the cloud";
    case FixKind::command:
      return "command";
    case FixKind::map:
      return "in the map";
    case FixKind::none:
      break;
  }
  return "";
}

std::string paragraph(const Finding& finding) {
  std::string text = "  " + place_of(finding) + (finding.table.empty() ? "" : " " + finding.table) + ": " +
                     indented(finding.problem, 4) + "\n";
  if (!finding.hint.empty()) text += "    what to do: " + indented(finding.hint, 4) + "\n";
  if (!finding.risk.empty()) text += "    before you do: " + finding.risk + "\n";
  if (finding.fix_kind != FixKind::none)
    text += "    " + what_to_run(finding) + ":\n      " + indented(finding.fix, 6) + "\n";
  return text;
}

std::string number_of(const doctor::Examination& examination, Severity severity, const std::string& one,
                      const std::string& many) {
  const auto number = std::ranges::count(examination.findings, severity, &Finding::severity);
  return fmt::format("{} {}", number, number == 1 ? one : many);
}

}  // namespace

std::string severity_name(Severity severity) {
  return severity == Severity::blocks ? "blocks" : severity == Severity::attention ? "attention" : "note";
}

std::string findings_text(const doctor::Examination& examination, const std::string& map) {
  std::string text;
  for (const Severity severity : {Severity::blocks, Severity::attention, Severity::note}) {
    bool first = true;
    for (const auto& finding : examination.findings) {
      if (finding.severity != severity) continue;
      if (first) text += heading(severity) + "\n\n";
      first = false;
      text += paragraph(finding) + "\n";
    }
  }
  const std::string looked_at =
      examination.looked_at.empty() ? "" : " Looked at: " + joined(examination.looked_at, ", ") + ".";
  const bool well =
      std::ranges::all_of(examination.findings, [](const Finding& f) { return f.severity == Severity::note; });
  const bool has_sql = std::ranges::any_of(examination.findings,
                                           [](const Finding& finding) { return finding.fix_kind == FixKind::sql; });
  if (well) return text + "all well: map " + map + " will work here." + looked_at + "\n";
  return text + "map " + map + ": " + number_of(examination, Severity::blocks, "finding blocks", "findings block") +
         ", " + number_of(examination, Severity::attention, "needs attention", "need attention") + ", " +
         number_of(examination, Severity::note, "note", "notes") + "." +
         (examination.unreachable ? " Not everything could be looked at." : "") + looked_at +
         (has_sql ? " The SQL of all fixes: pgtide doctor --sql\n" : "\n");
}

}  // namespace engine::report
