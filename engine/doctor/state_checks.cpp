#include <fmt/format.h>

#include "engine/core/names.hpp"
#include "engine/doctor/checks.hpp"
#include "engine/doctor/wording.hpp"
#include "engine/state/migrator.hpp"
#include "engine/state/views.hpp"

namespace engine::doctor {
namespace {

Finding about_state(const StateFacts& state, Severity severity, const std::string& problem, const std::string& hint) {
  Finding finding;
  finding.severity = severity;
  finding.check = "state";
  finding.place = state.place;
  finding.problem = problem;
  finding.hint = hint;
  return finding;
}

Finding mended(Finding finding, FixKind kind, const std::string& fix, const std::string& risk = "") {
  finding.fix_kind = kind;
  finding.fix = fix;
  finding.risk = risk;
  return finding;
}

void check_view(const StateFacts& state, const ServerFacts& server, const config::TableMap& map, Findings& findings) {
  const Direction inwards = state.place == Place::cloud ? Direction::forward : Direction::reverse;
  const std::string view = state::view_name(inwards);
  if (state.old_metadata)
    findings.push_back(mended(about_state(state, Severity::note,
                                          view + " is a table that an earlier tool left; it is kept, "
                                                 "and your status query shows the old tool's values",
                                          "stop the earlier tool, then let pgtide rename the table"),
                              FixKind::command, command_for("init --replace-old-metadata", map)));
  if (!state.view_is_there && !state.may_create_view)
    findings.push_back(
        mended(about_state(state, Severity::note,
                           "the view " + view + " cannot be made in schema " + map.at(state.place).schema +
                               "; everything else works without it",
                           "an administrator lets the role create in that schema"),
               FixKind::sql,
               "GRANT USAGE, CREATE ON SCHEMA " + quoted(map.at(state.place).schema) + " TO " + server.role + ";"));
}

// A run that is under way sees to them itself.
void check_rebuilds(const StateFacts& state, const config::TableMap& map, Findings& findings) {
  const Mode job = state.place == Place::cloud ? Mode::incremental : Mode::reverse;
  for (const auto& rebuild : state.rebuilds) {
    if (state.running) continue;
    auto finding =
        about_state(state, Severity::attention, rebuild.describe(),
                    rebuild.problem.empty() ? "run " + command_for("sync " + std::string(name_of(job)), map) +
                                                  "; or make it yourself, which the next run then finds"
                                            : "mend what is in the way; the next full run then tries again. "
                                              "docs/OPERATING.md says how to do without it");
    finding.table = rebuild.table;
    findings.push_back(mended(finding, FixKind::sql, rebuild.remedy()));
  }
}

}  // namespace

Findings check_state(const StateFacts& state, const ServerFacts& server, const config::TableMap& map) {
  Findings findings;
  if (!state.problem.empty()) {
    Finding damaged = about_state(state, Severity::blocks, state.problem, state.hint);
    if (!state.newer)
      damaged = mended(damaged, FixKind::sql, "DROP SCHEMA pgtide CASCADE;",
                       "what pgtide remembers is lost; the next run compares every table whole, and where both sides "
                       "differ the desktop's row is written");
    findings.push_back(damaged);
    return findings;
  }
  if (!state.owner.empty() && state.access != state::Access::write) {
    findings.push_back(mended(
        about_state(
            state, state.written ? Severity::blocks : Severity::note,
            "the schema pgtide, where pgtide keeps its notes, belongs to role " + state.owner + ", not to " +
                server.role,
            "use that role, or let an administrator make this one a member of it; scripts/sql/roles.sql hands the "
            "notes over"),
        FixKind::sql, "GRANT " + state.owner + " TO " + server.role + ";"));
    return findings;
  }
  if (state.version == 0) {
    if (state.written && !server.may_create)
      findings.push_back(
          mended(about_state(state, Severity::blocks,
                             "role " + server.role + " may not create the schema pgtide, where pgtide keeps its notes",
                             "an administrator lets the role create it"),
                 FixKind::sql, "GRANT CREATE ON DATABASE " + server.database + " TO " + server.role + ";"));
    else if (state.written || server.may_create)
      findings.push_back(mended(about_state(state, Severity::note, "pgtide's notes (schema pgtide) are not there yet",
                                            "the first sync makes them; or make them now"),
                                FixKind::command, command_for("init", map)));
  } else if (state.version < state::known_version()) {
    findings.push_back(
        mended(about_state(state, Severity::attention,
                           fmt::format("pgtide's notes are of an older pgtide (version {}; this one works with {})",
                                       state.version, state::known_version()),
                           "the next sync upgrades them; or do it now. Older programs cannot use them afterwards"),
               FixKind::command, command_for("init", map)));
  }
  check_rebuilds(state, map, findings);
  if (state.written) check_view(state, server, map, findings);
  return findings;
}

}  // namespace engine::doctor
