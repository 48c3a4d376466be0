#include "engine/verify/reasons.hpp"

namespace engine::verify {
namespace {

std::string why_missing(const pipeline::UnequalRow& row, const std::string& target) {
  const std::string there = target == "cloud" ? "in the cloud" : "on the desktop";
  switch (row.verdict) {
    case 's':
    case 'g':
      return "it was copied, and somebody removed it " + there;
    case 'm':
      return "it was copied, somebody removed it " + there + ", and it changed since (conflict update_missing)";
    case 'c':
      return "a row of the " + target + "'s own has this key (conflict insert_exists)";
    default:
      return "the " + target + " does not have it";
  }
}

std::string why_different(const pipeline::UnequalRow& row, const std::string& target, bool forward) {
  switch (row.verdict) {
    case 's':
      return forward ? "only the " + target + " changed it"
                     : "it was brought before; reverse changes no row that is there";
    case 'b':
      return "both sides changed it (conflict update_origin_differs)";
    case 'c':
      return "a row of the " + target + "'s own has this key (conflict insert_exists)";
    default:
      return "the " + target + " holds something else";
  }
}

}  // namespace

std::string why(const pipeline::UnequalRow& row, const plan::TableTask& task, bool pending) {
  const bool forward = task.direction == Direction::forward;
  const std::string target(name_of(target_of(task.direction))), source(name_of(source_of(task.direction)));
  const std::string at_source = forward ? "on the desktop" : "in the cloud";
  if (row.verdict == 'q') return "it waits in quarantine, or would: " + row.reason;
  if (row.verdict == 'x') return "the " + source + " has no such row, but the " + target + " changed it, or needs it";
  if (row.verdict == 'd')
    return "the " + source + " has no such row any more" +
           (task.conditions.empty() ? "" : ", or the map does not let it through (where:, origin:)");
  if (pending && row.verdict != 'b' && row.verdict != 'c')
    return "written " + at_source + " since the last run; the next one copies it";
  return row.missing ? why_missing(row, target) : why_different(row, target, forward);
}

bool is_mendable(const pipeline::UnequalRow& row, const plan::TableTask& task) {
  if (task.direction == Direction::reverse) return row.missing && row.verdict == 'i';
  switch (row.verdict) {
    case 'i':
    case 'u':
    case 's':
    case 'g':
    case 'm':
    case 'b':
      return true;
    case 'd':
      return task.keyless || task.deletes == config::DeletePolicy::hard;
    default:
      return false;
  }
}

}  // namespace engine::verify
