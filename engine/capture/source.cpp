#include "engine/capture/source.hpp"

#include <algorithm>
#include <random>

#include "engine/core/error.hpp"
#include "engine/core/fingerprint.hpp"
#include "engine/embedded_sql.hpp"
#include "engine/postgres/script.hpp"
#include "engine/state/access.hpp"

namespace engine::capture {

std::string token_statement(const std::string& token) {
  return postgres::bound("SELECT EXISTS (SELECT FROM pgtide.anchor WHERE $1 IN (token, previous)) AS token", {token});
}

namespace {

MarkFinding::Token look_for(const std::string& token, postgres::Session& session) {
  switch (state::sight_of(session, "anchor")) {
    case state::Sight::missing:
      return MarkFinding::Token::gone;
    case state::Sight::hidden:
      return MarkFinding::Token::hidden;
    default:
      return session.run(token_statement(token)).flag(0, "token") ? MarkFinding::Token::present
                                                                  : MarkFinding::Token::gone;
  }
}

}  // namespace

std::string sighting_statement(const std::optional<KnownSource>& known) {
  std::vector<std::string> asked;
  if (known) {
    for (const auto& outcome : known->outcomes) asked.push_back(std::to_string(outcome.xid));
    if (known->anchor.xid > 0) asked.push_back(std::to_string(known->anchor.xid));
  }
  return postgres::bound(sql::capture_identity, {postgres::array_literal(asked)});
}

Sighting sighting_of(const postgres::Result& seen, const std::optional<KnownSource>& known) {
  Sighting sighting;
  sighting.identity = {
      seen.text(0, "system_identifier"), seen.number(0, "database_oid"), seen.text(0, "timeline"),
      seen.flag(0, "in_recovery"),       seen.number(0, "xmax"),         seen.number(0, "wal_position"),
      seen.text(0, "server_start")};
  if (!known) return sighting;
  sighting.marks.outcomes = postgres::array_elements(seen.text(0, "outcomes"));
  if (known->anchor.xid > 0) {
    sighting.marks.anchor_status = sighting.marks.outcomes.back();
    sighting.marks.outcomes.pop_back();
  }
  return sighting;
}

Sighting look_at(postgres::Session& session, const std::optional<KnownSource>& known) {
  Sighting sighting = sighting_of(session.run(sighting_statement(known)), known);
  if (!known) return sighting;
  if (!known->anchor.token.empty()) sighting.marks.token = look_for(known->anchor.token, session);
  return sighting;
}

SourceIdentity identify(postgres::Session& session) { return look_at(session, std::nullopt).identity; }

namespace {

// Whoever may not look at the sessions, or has none to look at, compares whole tables instead.
StampBound bound_of_stamps(postgres::Session& session) {
  try {
    const auto seen = session.run(std::string(sql::capture_stamp_bound));
    return {seen.cell(0, "stamp").value_or(""), seen.flag(0, "prepared"), seen.flag(0, "hidden")};
  } catch (const Error& error) {
    if (!error.sqlstate().starts_with("42")) throw;  // no right to, or no such view
    return {};
  }
}

}  // namespace

std::string observation_statement() { return postgres::bound(sql::capture_observe, {}); }

Observation observation_of(const postgres::Result& seen) {
  Observation observation;
  observation.next_xid = seen.number(0, "next_xid");
  for (const auto& xid : postgres::array_elements(seen.text(0, "unfinished")))
    observation.unfinished.push_back(std::stoll(xid));
  observation.observed_at = seen.text(0, "observed_at");
  observation.server = {seen.text(0, "server_start"), seen.flag(0, "in_recovery")};
  return observation;
}

Observation observe(postgres::Session& session) {
  Observation observation = observation_of(session.run(observation_statement()));
  observation.stamps = bound_of_stamps(session);
  return observation;
}

std::string snapshot_statement(bool exported) {
  return std::string(
             "SELECT pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()) AS next_xid, "
             "CASE WHEN pg_catalog.pg_is_in_recovery() THEN '' ELSE ") +
         (exported ? "pg_catalog.pg_export_snapshot()" : "''") +
         " END AS id, "
         "pg_catalog.to_char(pg_catalog.pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') "
         "AS server_start, pg_catalog.pg_is_in_recovery() AS in_recovery";
}

Snapshot snapshot_of(const postgres::Result& taken) {
  return {
      taken.text(0, "id"), taken.number(0, "next_xid"), {taken.text(0, "server_start"), taken.flag(0, "in_recovery")}};
}

Snapshot take_snapshot(postgres::Transaction& read) { return snapshot_of(read.run(snapshot_statement(true))); }

std::string anchor_script(const std::string& map, Direction direction, const std::string& target,
                          const std::string& token, const KnownSource& known, Xid unless_next) {
  const std::string unless =
      unless_next == 0
          ? "true"
          : "pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()) <> " + std::to_string(unless_next);
  // Nobody has looked yet at what was found there: a mark in a source that lost ours would hide that it did.
  const std::string known_here =
      " AND EXISTS (SELECT FROM pgtide.anchor WHERE $5 IN (token, previous)) AND $6 = (SELECT "
      "system_identifier::text FROM pg_catalog.pg_control_system()) AND $7 = (SELECT oid::text FROM "
      "pg_catalog.pg_database WHERE datname = pg_catalog.current_database())";
  return "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL synchronous_commit = on; SET LOCAL lock_timeout = "
         "2000; SET LOCAL statement_timeout = 0; " +
         postgres::bound(
             "INSERT INTO pgtide.anchor (map, direction, target, token, previous) SELECT $1, $2, $3, $4, $5 "
             "WHERE " +
                 unless + known_here +
                 " ON CONFLICT (map, direction, target) DO UPDATE SET token = excluded.token, previous = "
                 "excluded.previous, written_at = clock_timestamp() RETURNING pg_catalog.txid_current() AS "
                 "anchor_xid",
             {map, std::string(name_of(direction)), target, token, known.anchor.token, known.identity.system_identifier,
              std::to_string(known.identity.database_oid)}) +
         "; COMMIT";
}

Anchor leave_anchor(postgres::Session& session, const std::string& map, Direction direction, const std::string& target,
                    const std::string& last_token) {
  Anchor anchor;
  anchor.token = random_token();
  postgres::Transaction write(session, {});
  write.run_script("SET LOCAL synchronous_commit = on");
  const auto written = write.run(
      "INSERT INTO pgtide.anchor (map, direction, target, token, previous) VALUES ($1, $2, $3, $4, $5) "
      "ON CONFLICT (map, direction, target) DO UPDATE SET token = excluded.token, previous = excluded.previous, "
      "written_at = clock_timestamp() "
      "RETURNING pg_catalog.txid_current() AS xid",
      {map, std::string(name_of(direction)), target, anchor.token, last_token});
  anchor.xid = written.number(0, "xid");
  write.commit();
  return anchor;
}

std::vector<Outcome> take_outcomes(postgres::Session& session) {
  std::vector<Outcome> outcomes(outcomes_taken);
  const auto committed = [](const Outcome& outcome) { return outcome.committed; };
  std::random_device random;
  do
    for (auto& outcome : outcomes) outcome.committed = (random() & 1U) != 0;
  while (std::ranges::all_of(outcomes, committed) || std::ranges::none_of(outcomes, committed));
  std::string script;
  for (const auto& outcome : outcomes)
    script += std::string("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; SELECT pg_catalog.txid_current() AS xid; ") +
              (outcome.committed ? "COMMIT; " : "ROLLBACK; ");
  auto outcome = outcomes.begin();
  for (const auto& result : session.run_script(script))
    if (!result.empty()) (outcome++)->xid = result.number(0, "xid");
  return outcomes;
}

// Behind a record that ends with its page the position of the next one lies behind the header of the next page.
bool wait_until_flushed(postgres::Session& session) {
  const std::string end = session
                              .run(
                                  "SELECT lsn - CASE WHEN lsn % block <= 40 THEN lsn % block ELSE 0 END AS written "
                                  "FROM (SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_insert_lsn(), "
                                  "'0/0')::bigint AS lsn, pg_catalog.current_setting('wal_block_size')::bigint AS "
                                  "block) here")
                              .text(0, "written");
  constexpr int looks = 100;
  for (int look = 0; look < looks; ++look)
    if (session
            .run(
                "SELECT pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_flush_lsn(), '0/0') >= $1::bigint AS done "
                "FROM (SELECT pg_catalog.pg_sleep($2::float8) OFFSET 0) waited",
                {end, std::string(look == 0 ? "0" : "0.05")})
            .flag(0, "done"))
      return true;
  return false;
}

}  // namespace engine::capture
