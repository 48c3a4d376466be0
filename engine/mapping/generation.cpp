#include "engine/mapping/generation.hpp"

#include <set>

#include "engine/core/error.hpp"
#include "engine/mapping/judgement.hpp"
#include "engine/mapping/propose.hpp"
#include "engine/mapping/sampler.hpp"
#include "engine/pipeline/two_ends.hpp"
#include "engine/plan/waves.hpp"

namespace engine::mapping {
namespace {

const std::string file = "map";
const config::Environment no_environment = [](const std::string&) { return std::nullopt; };

// Each time tables are set aside others may come to light: circles, and what stood behind another mistake.
constexpr int most_rounds = 8;

// A table whose entry cannot be read again: a name of blanks, and the like.
void set_aside_unreadable(Proposal& proposal, const Write& write) {
  for (auto& table : proposal.tables) {
    if (!table.set_aside.empty()) continue;
    Proposal alone = proposal;
    alone.tables = {table};
    const auto inspection = config::inspect_table_map_text(write(alone), file, no_environment);
    if (!inspection.complaints.empty())
      table.set_aside = "a map cannot say it: " + inspection.complaints.front().message;
  }
}

std::string reason_of(const MapFinding& finding) {
  return finding.problem + (finding.hint.empty() ? "" : " (" + finding.hint + ")");
}

// The zone of one server that the other one does not know.
bool forget_zones(Proposal& proposal) {
  bool forgotten = false;
  for (auto* side : {&proposal.desktop, &proposal.cloud}) {
    if (!side->timezone || side->timezone->value == "UTC") continue;
    side->timezone = {"UTC", "the zone of the server, " + side->timezone->value +
                                 ", is not known to the other one; write the zone of the office, such as Asia/Kolkata"};
    forgotten = true;
  }
  return forgotten;
}

// Sets aside what the databases refuse. False where there was nothing.
bool set_aside_refused(Proposal& proposal, const Survey& survey, const Write& write, postgres::Session& desktop,
                       postgres::Session& cloud) {
  const auto active = active_tables(proposal);
  if (active.empty()) return false;
  const auto inspection = config::inspect_table_map_text(write(proposal), file, no_environment);
  if (!inspection.map) {
    const auto& complaint = inspection.complaints.front();
    throw Error(ErrorCode::internal, "the map that was made cannot be read: " + complaint.message,
                "this is a defect of pgtide: please report it");
  }
  std::set<std::size_t> found, circular;
  for (const auto& finding : judge(*inspection.map, desktop, cloud)) {
    if (finding.severity == MapFinding::Severity::warning || finding.by_parent) continue;
    if (!finding.index && forget_zones(proposal)) return true;
    if (!finding.index) throw Error(ErrorCode::configuration, finding.problem, finding.hint);
    const std::size_t index = active.at(*finding.index);
    std::string& reason = proposal.tables[index].set_aside;
    reason += (reason.empty() ? "" : "; ") + reason_of(finding);
    found.insert(index);
    if (finding.problem.find(plan::circle_words) != std::string::npos) circular.insert(index);
  }
  for (const std::size_t index : circular)
    if (const std::string sql = open_circle(proposal.tables[index], proposal, survey); !sql.empty())
      proposal.tables[index].set_aside += ". In the cloud its owner could run: " + sql;
  return !found.empty();
}

}  // namespace

Proposal generate(postgres::Session& desktop, postgres::Session& cloud, const Wishes& wishes, const Write& write,
                  const Tell& tell) {
  Survey survey;
  tell("looking at the tables of both databases", false);
  survey.desktop = look_at(desktop, wishes.desktop_schemas);
  survey.cloud = look_at(cloud, wishes.cloud_schemas);
  const std::string name = wishes.name.empty() ? survey.desktop.database : wishes.name;
  pipeline::check_two_ends(desktop, cloud, name);
  const Pairing pairing = pair_tables(survey);
  tell("looking at the rows of " + std::to_string(pairing.pairs.size()) + " tables", false);
  std::map<QualifiedName, Facts> facts;
  for (const auto& pair : pairing.pairs) {
    tell("looking at the rows of " + pair.desktop.schema + "." + pair.desktop.name, true);
    const auto columns =
        pair_columns(survey.desktop.catalog.tables.at(pair.desktop), survey.cloud.catalog.tables.at(pair.cloud));
    facts[pair.desktop] = study(desktop, cloud, survey, pair, columns);
  }
  Proposal proposal = propose(name, survey, pairing, facts);
  tell("testing the map", false);
  set_aside_unreadable(proposal, write);
  for (int round = 0; round < most_rounds; ++round)
    if (!set_aside_refused(proposal, survey, write, desktop, cloud)) break;
  set_aside_children(proposal, survey, facts);
  remark_missing_parents(proposal, survey);
  return proposal;
}

}  // namespace engine::mapping
