#include "engine/capture/cursor.hpp"

namespace engine::capture {

Recognised recognise(const std::optional<KnownSource>& known, const SourceIdentity& now, const AnchorFinding& anchor) {
  if (!known) return {Recognition::first_time, ""};
  const SourceIdentity& before = known->identity;
  if (before.system_identifier != now.system_identifier || before.database_oid != now.database_oid)
    return {Recognition::other_database, "this is not the database that was synchronised before (it was " +
                                             before.database() + ", it is " + now.database() + ")"};
  if (!before.timeline.empty() && !now.timeline.empty() && before.timeline != now.timeline)
    return {Recognition::gone_back, "the source was promoted from a standby or restored to a point in time (timeline " +
                                        before.timeline + " became " + now.timeline + ")"};
  if (!anchor.token_present)
    return {Recognition::gone_back, "the source was restored from a backup: the mark of the last run is gone"};
  if (known->anchor.xid >= now.xmax)
    return {Recognition::gone_back, "the source's transaction ids went back: it was restored or lost its last writes"};
  if (anchor.status == "aborted")
    return {Recognition::gone_back, "the source lost the transaction that marked the last run"};
  return {Recognition::same, ""};
}

}  // namespace engine::capture
