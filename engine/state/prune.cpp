#include "engine/state/prune.hpp"

#include <algorithm>

#include "engine/state/access.hpp"

namespace engine::state {
namespace {

// Rows `w` of one table of the state that may go: $1 map, $2 direction, $3 the cutoff.
struct Kind {
  std::string table;
  std::string age;
  std::string condition;
  bool events = false;  // by the other cutoff
  int batch = 2000;     // rows in one transaction; 0: they go with others
};

std::vector<Kind> kinds() {
  const std::string of_scope = "w.map = $1 AND w.direction = $2 AND ";
  const std::string runs_of_scope = " FROM pgtide.run r WHERE r.map = $1 AND r.direction = $2";
  const std::string newest_of_tables =
      "SELECT max(t.run_id) AS run_id FROM pgtide.table_run t JOIN pgtide.run r USING (run_id) WHERE r.map = $1 AND "
      "r.direction = $2";
  // Days count from the first run on.
  const std::string kept = newest_of_tables + " GROUP BY t.table_name UNION ALL " + newest_of_tables +
                           " AND t.status IN ('ok', 'attention') GROUP BY t.table_name UNION ALL SELECT max(r.run_id)" +
                           runs_of_scope + " UNION ALL SELECT min(r.run_id)" + runs_of_scope +
                           " UNION ALL SELECT p.run_id FROM pgtide.progress p WHERE p.map = $1 AND p.direction = $2";
  const std::string old_runs = of_scope +
                               "w.finished_at < $3::timestamptz AND w.run_id NOT IN (SELECT k.run_id FROM (" + kept +
                               ") k WHERE k.run_id IS NOT NULL)";
  return {
      {"event", "w.created_at",
       "w.created_at < $3::timestamptz AND (w.run_id IN (SELECT r.run_id" + runs_of_scope +
           ") OR w.run_id IS NULL AND coalesce(w.payload ->> 'map', $1) = $1 AND coalesce(w.payload ->> 'direction', "
           "$2) = $2)",
       true},
      {"tombstone", "w.removed_at", of_scope + "w.removed_at < $3::timestamptz"},
      {"conflict", "w.resolved_at", of_scope + "w.resolved_at < $3::timestamptz"},
      // each carries the hash of the one before: the newest has to stay for the next one
      {"receipt", "w.made_at",
       of_scope + "w.made_at < $3::timestamptz AND EXISTS (SELECT FROM pgtide.receipt n WHERE (n.map, n.direction, "
                  "n.table_name) = (w.map, w.direction, w.table_name) AND n.receipt_id > w.receipt_id)"},
      {"table_run", "(SELECT r.finished_at FROM pgtide.run r WHERE r.run_id = w.run_id)",
       "w.run_id IN (SELECT w.run_id FROM pgtide.run w WHERE " + old_runs + ")", false, 0},
      {"run", "w.finished_at", old_runs, false, 200},
  };
}

postgres::Params parameters(const Scope& scope, const Cutoff& cutoff, const Kind& kind) {
  return {scope.map, scope.way(), kind.events ? cutoff.events : cutoff.history};
}

}  // namespace

Cutoff cutoff(postgres::Session& session, std::int64_t keep_history_seconds, std::int64_t keep_events_seconds) {
  const auto found = session.run(
      "SELECT now() - make_interval(secs => $1::bigint) AS history, now() - make_interval(secs => $2::bigint) AS "
      "events",
      {std::to_string(keep_history_seconds), std::to_string(keep_events_seconds)});
  return {found.text(0, "history"), found.text(0, "events")};
}

std::vector<OldRows> count_old(postgres::Session& session, const Scope& scope, const Cutoff& cutoff) {
  std::vector<OldRows> all;
  for (const auto& kind : kinds()) {
    if (sight_of(session, kind.table) != Sight::visible) continue;  // of an older version
    const auto found = session.run(
        "SELECT count(*) AS rows, pg_catalog.to_char(min(age) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') "
        "AS oldest, coalesce(extract(epoch FROM now() - min(age)), 0) AS seconds FROM (SELECT " +
            kind.age + " AS age FROM pgtide." + kind.table + " w WHERE " + kind.condition + ") o",
        parameters(scope, cutoff, kind));
    all.push_back({kind.table, found.number(0, "rows"), found.cell(0, "oldest").value_or(""),
                   std::stod(found.text(0, "seconds"))});
  }
  return all;
}

std::vector<OldRows> delete_old(postgres::Session& session, const Scope& scope, const Cutoff& cutoff,
                                const std::function<bool()>& stopped) {
  std::vector<OldRows> deleted = count_old(session, scope, cutoff);
  for (const auto& kind : kinds()) {
    const auto rows = std::ranges::find(deleted, kind.table, &OldRows::table);
    if (rows == deleted.end() || kind.batch == 0 || rows->rows == 0) continue;
    rows->rows = 0;
    for (std::int64_t done = kind.batch; done == kind.batch && !stopped();) {
      done = session
                 .run("DELETE FROM pgtide." + kind.table + " WHERE ctid = ANY (ARRAY(SELECT w.ctid FROM pgtide." +
                          kind.table + " w WHERE " + kind.condition + " LIMIT " + std::to_string(kind.batch) + "))",
                      parameters(scope, cutoff, kind))
                 .affected;
      rows->rows += done;
    }
  }
  return deleted;
}

}  // namespace engine::state
