#include "engine/capture/source.hpp"

#include "engine/core/error.hpp"
#include "engine/core/fingerprint.hpp"
#include "engine/embedded_sql.hpp"

namespace engine::capture {

Sighting look_at(postgres::Session& session, const std::optional<Anchor>& last_anchor) {
  const auto seen =
      session.run(std::string(sql::capture_identity), {std::to_string(last_anchor ? last_anchor->xid : 0)});
  Sighting sighting;
  sighting.identity = {seen.text(0, "system_identifier"), seen.number(0, "database_oid"), seen.text(0, "timeline"),
                       seen.flag(0, "in_recovery"), seen.number(0, "xmax")};
  sighting.anchor.status = seen.cell(0, "anchor_status").value_or("");
  if (!last_anchor) return sighting;
  const bool has_state =
      session.run("SELECT pg_catalog.to_regclass('pgtide.anchor') IS NOT NULL AS here").flag(0, "here");
  sighting.anchor.token_present =
      has_state &&
      !session.run("SELECT 1 FROM pgtide.anchor WHERE $1 IN (token, previous)", {last_anchor->token}).empty();
  return sighting;
}

Observation observe(postgres::Session& session) {
  const auto seen = session.run(std::string(sql::capture_observe));
  Observation observation;
  observation.next_xid = seen.number(0, "next_xid");
  for (const auto& xid : postgres::array_elements(seen.text(0, "unfinished")))
    observation.unfinished.push_back(std::stoll(xid));
  observation.observed_at = seen.text(0, "observed_at");
  observation.server_start = seen.text(0, "server_start");
  return observation;
}

Snapshot take_snapshot(postgres::Transaction& read) {
  const auto taken = read.run(
      "SELECT pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()) AS next_xid, "
      "pg_catalog.pg_export_snapshot() AS id, "
      "pg_catalog.to_char(pg_catalog.pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') "
      "AS server_start");
  return {taken.text(0, "id"), taken.number(0, "next_xid"), taken.text(0, "server_start")};
}

Anchor leave_anchor(postgres::Session& session, const std::string& map, Direction direction, const std::string& target,
                    const std::optional<Anchor>& last_anchor) {
  Anchor anchor;
  anchor.token = random_token();
  postgres::Transaction write(session, {});
  write.run_script("SET LOCAL synchronous_commit = on");
  const auto written = write.run(
      "INSERT INTO pgtide.anchor (map, direction, target, token, previous) VALUES ($1, $2, $3, $4, $5) "
      "ON CONFLICT (map, direction, target) DO UPDATE SET token = excluded.token, previous = excluded.previous, "
      "written_at = clock_timestamp() "
      "RETURNING pg_catalog.txid_current() AS xid",
      {map, std::string(name_of(direction)), target, anchor.token, std::string(last_anchor ? last_anchor->token : "")});
  anchor.xid = written.number(0, "xid");
  write.commit();
  return anchor;
}

}  // namespace engine::capture
