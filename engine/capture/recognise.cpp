#include <algorithm>

#include "engine/capture/cursor.hpp"

namespace engine::capture {
namespace {

Recognised gone_back(std::string why) { return {Recognition::gone_back, std::move(why)}; }
Recognised same() { return {Recognition::same, ""}; }

// A standby shows what its primary did, only later.
std::string lost_or_late(const SourceIdentity& now, const std::string& lost) {
  return now.in_recovery ? lost + ", or this standby has not got as far as what was read before" : lost;
}

Recognised by_token(const KnownSource& known, const SourceIdentity& now, const MarkFinding& found) {
  if (found.token == MarkFinding::Token::hidden)
    return gone_back(
        "whether the source was restored cannot be told, because the mark of the last run may not be read any more "
        "(GRANT USAGE ON SCHEMA pgtide, GRANT SELECT ON pgtide.anchor)");
  if (found.token == MarkFinding::Token::gone)
    return gone_back(
        lost_or_late(now, "the source or the target was restored from a backup: the mark of the last run is gone"));
  if (known.anchor.xid >= now.xmax)
    return gone_back("the source's transaction ids went back: it was restored or lost its last writes");
  if (found.anchor_status == "aborted") return gone_back("the source lost the transaction that marked the last run");
  return same();
}

Recognised by_outcomes(const KnownSource& known, const SourceIdentity& now, const MarkFinding& found) {
  std::size_t agree = 0;
  for (std::size_t i = 0; i < known.outcomes.size(); ++i) {
    const std::string now_is = i < found.outcomes.size() ? found.outcomes[i] : "unknown";
    if (now_is == "unknown") continue;
    if (now_is == "future")
      return gone_back(lost_or_late(
          now, "the source's transaction ids went back: it was restored from a backup or lost its last writes"));
    if (now_is != (known.outcomes[i].committed ? "committed" : "aborted"))
      return gone_back(
          "the source was restored from a backup or lost its last writes: transactions of the last run ended "
          "differently there");
    ++agree;
  }
  if (agree < std::min(outcomes_needed, known.outcomes.size()))
    return gone_back(
        "whether the source was restored cannot be told: the last run is so long ago that the source has forgotten the "
        "transactions by which it would be recognised");
  return same();
}

// Without a mark of ours a standby is known by how far it had got.
Recognised by_progress(const KnownSource& known, const SourceIdentity& now) {
  if (known.anchor.xid >= now.xmax || known.identity.wal_position > now.wal_position)
    return gone_back(
        "the source shows less than at the last run: it was restored, or it is another standby that has not got as "
        "far");
  return same();
}

}  // namespace

Recognised recognise(const std::optional<KnownSource>& known, const SourceIdentity& now, const MarkFinding& found) {
  if (!known) return {Recognition::first_time, ""};
  const SourceIdentity& before = known->identity;
  if (before.system_identifier != now.system_identifier || before.database_oid != now.database_oid)
    return {Recognition::other_database, "this is not the database that was synchronised before (it was " +
                                             before.database() + ", it is " + now.database() + ")"};
  if (!before.timeline.empty() && !now.timeline.empty() && before.timeline != now.timeline)
    return gone_back("the source was promoted from a standby or restored to a point in time (timeline " +
                     before.timeline + " became " + now.timeline + ")");
  const bool has_token = !known->anchor.token.empty(), has_outcomes = !known->outcomes.empty();
  if (!has_token && !has_outcomes && !before.in_recovery)
    return gone_back("the last run left no mark by which the source could be recognised");
  Recognised recognised = same();
  if (has_token) recognised = by_token(*known, now, found);
  if (has_outcomes && recognised.what == Recognition::same) recognised = by_outcomes(*known, now, found);
  if (before.in_recovery && recognised.what == Recognition::same) recognised = by_progress(*known, now);
  return recognised;
}

}  // namespace engine::capture
