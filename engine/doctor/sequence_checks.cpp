#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "engine/core/names.hpp"
#include "engine/doctor/checks.hpp"
#include "engine/doctor/wording.hpp"

namespace engine::doctor {
namespace {

// As far as no practice ever counts.
constexpr std::int64_t far_apart = 100'000'000;

const SequenceFacts* sequence_of(const TableFacts& facts, const std::string& column) {
  const auto found = std::ranges::find(facts.sequences, column, &SequenceFacts::column);
  return found == facts.sequences.end() || !found->readable ? nullptr : &*found;
}

std::string other_name(const config::Table& table, const std::string& desktop_column) {
  for (const auto& rename : table.rename)
    if (rename.desktop == desktop_column) return rename.cloud;
  return desktop_column;
}

// Lets the cloud count downwards, below whatever stands there.
std::string count_downwards(const SequenceFacts& cloud) {
  const std::int64_t smallest = cloud.smallest ? std::atoll(cloud.smallest->c_str()) : 0;
  const std::string first = std::to_string(std::min<std::int64_t>(smallest, 0) - 1);
  const char* least = cloud.type == "smallint" ? "-32000" : "-2000000000";
  return "ALTER SEQUENCE " + cloud.sequence + " INCREMENT BY -1 MINVALUE " + least +
         " MAXVALUE -1 START WITH -1 RESTART WITH " + first + ";";
}

}  // namespace

bool are_disjoint(const SequenceFacts& one, const SequenceFacts& other) {
  if (one.increment > 0 && other.increment < 0) return other.next() < one.next();
  if (one.increment < 0 && other.increment > 0) return one.next() < other.next();
  const std::int64_t step = std::gcd(one.increment, other.increment), apart = one.next() - other.next();
  if (step != 0 && apart % step != 0) return true;
  if (one.increment > 0 && (one.most < other.next() || other.most < one.next())) return true;
  if (one.increment < 0 && (one.least > other.next() || other.least > one.next())) return true;
  return std::llabs(apart) >= far_apart;
}

Findings check_sequences(const config::TableMap& map, const config::Table& table, Place place,
                         const catalog::TableSchema& schema, const TableFacts& facts) {
  Findings findings;
  for (const auto& sequence : facts.sequences) {
    if (!sequence.ahead) continue;
    Finding finding = about(map, table, place, Severity::attention, "sequence", sequence.column);
    finding.problem = fmt::format(
        "the sequence of {} {} is behind: it gives out {} next, and {} is in use already; new rows will be refused, or "
        "get a number that another row has",
        sequence.column, in(place), sequence.next(), *sequence.ahead);
    finding.hint = "move it past the numbers that are in use";
    const std::string value = sequence.increment == 1 && sequence.greatest == sequence.ahead
                                  ? "(SELECT max(" + quoted(sequence.column) + ") FROM " + quoted(schema.name) + ")"
                                  : *sequence.ahead;
    mend(finding, "SELECT setval(" + literal(sequence.sequence) + ", " + value + "::bigint);");
    findings.push_back(finding);
  }
  return findings;
}

Findings check_moved_sequences(const TableView& view) {
  Findings findings;
  for (const auto& moved : view.task.sequences) {
    const auto facts = std::ranges::find(view.target_facts.sequences, moved.column, &SequenceFacts::column);
    if (facts == view.target_facts.sequences.end() || facts->readable) continue;
    Finding finding = about(view.map, view.table, view.to(), Severity::attention, "sequence", moved.column);
    finding.problem = "role " + view.target_role + " may not look at the sequence of " + moved.column + " " +
                      in(view.to()) + ", and so not move it past the numbers that are copied";
    finding.hint = "an administrator gives the right";
    mend(finding, "GRANT USAGE, SELECT, UPDATE ON SEQUENCE " + moved.sequence + " TO " + view.target_role + ";");
    findings.push_back(finding);
  }
  return findings;
}

Findings check_numbering(const config::TableMap& map, const config::Table& table, const TableFacts& desktop,
                         const TableFacts& cloud) {
  if (table.direction == config::TableDirection::forward || table.key_choice == config::KeyChoice::none) return {};
  Findings findings;
  for (const auto& numbers : cloud.sequences) {
    if (!numbers.readable) continue;
    const SequenceFacts* here = nullptr;
    for (const auto& candidate : desktop.sequences)
      if (other_name(table, candidate.column) == numbers.column) here = sequence_of(desktop, candidate.column);
    if (here ? are_disjoint(*here, numbers) : true) continue;
    Finding finding = about(map, table, Place::cloud, Severity::attention, "sequence", numbers.column);
    finding.problem = fmt::format(
        "both sides number {} by themselves, and their numbers meet: the desktop goes on with {}, the cloud with {}. "
        "Two different rows will get the same number (conflict insert_exists)",
        numbers.column, here->next(), numbers.next());
    finding.hint =
        "this lets the cloud count downwards from -1. Odd numbers here and even ones there do as well: "
        "docs/TABLEMAPS.md, \"Tables that go both ways\"";
    mend(finding, count_downwards(numbers));
    findings.push_back(finding);
  }
  return findings;
}

}  // namespace engine::doctor
