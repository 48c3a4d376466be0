#include "engine/report/findings.hpp"
#include "engine/report/members.hpp"
#include "engine/report/waiting_text.hpp"

namespace engine::report {
namespace {

std::string kind_name(doctor::FixKind kind) {
  switch (kind) {
    case doctor::FixKind::sql:
      return "sql";
    case doctor::FixKind::command:
      return "command";
    case doctor::FixKind::map:
      return "map";
    case doctor::FixKind::none:
      break;
  }
  return "none";
}

}  // namespace

std::string findings_json(const doctor::Examination& examination) {
  std::vector<std::string> objects;
  for (const auto& finding : examination.findings)
    objects.push_back(Members()
                          .text("severity", severity_name(finding.severity))
                          .text("check", finding.check)
                          .text("place", finding.place ? std::string(name_of(*finding.place)) : "map")
                          .text_or_null("table", finding.table)
                          .text_or_null("column", finding.column)
                          .text("problem", finding.problem)
                          .text_or_null("hint", finding.hint)
                          .text_or_null("fix", finding.fix)
                          .text("fix_kind", kind_name(finding.fix_kind))
                          .text_or_null("risk", finding.risk)
                          .object());
  return array_of(objects);
}

}  // namespace engine::report
