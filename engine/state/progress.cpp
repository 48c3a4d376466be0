#include "engine/state/progress.hpp"

#include "engine/state/cursor.hpp"

namespace engine::state {

std::map<std::string, StoredProgress> read_progress(postgres::Session& session, const Scope& scope) {
  const auto found = session.run(
      "SELECT table_name, run_id, next_xid, unfinished_xids, position, whole, started_from, table_oid, file_node, "
      "schema_hash, mapping_hash, rows_read, rows_inserted, rows_updated, rows_unchanged, rows_skipped, "
      "rows_quarantined, rows_conflicted, rows_deleted, bytes FROM pgtide.progress WHERE map = $1 AND direction = $2",
      {scope.map, scope.way()});
  std::map<std::string, StoredProgress> all;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const auto number = [&](const char* column) { return found.number(i, column); };
    StoredProgress stored;
    stored.run_id = number("run_id");
    stored.progress = {number("next_xid"),
                       xids_of(found.text(i, "unfinished_xids")),
                       RowPosition::read(found.text(i, "position")).value(),
                       found.flag(i, "whole"),
                       number("started_from"),
                       number("table_oid"),
                       number("file_node"),
                       found.text(i, "schema_hash"),
                       found.text(i, "mapping_hash")};
    stored.counts = {number("rows_read"),       number("rows_inserted"), number("rows_updated"),
                     number("rows_unchanged"),  number("rows_skipped"),  number("rows_quarantined"),
                     number("rows_conflicted"), number("rows_deleted"),  number("bytes")};
    all.emplace(found.text(i, "table_name"), std::move(stored));
  }
  return all;
}

void store_progress(postgres::Session& session, const Scope& scope, const std::string& table,
                    const StoredProgress& stored) {
  const auto n = [](std::int64_t number) { return std::to_string(number); };
  const capture::Progress& p = stored.progress;
  const Counts& c = stored.counts;
  session.later(
      "INSERT INTO pgtide.progress AS p (map, direction, table_name, run_id, next_xid, unfinished_xids, position, "
      "whole, "
      "started_from, table_oid, file_node, schema_hash, mapping_hash, chunks, rows_read, rows_inserted, rows_updated, "
      "rows_unchanged, rows_skipped, rows_quarantined, rows_conflicted, rows_deleted, bytes) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $15, $16, $17, $18, $19, $20, $21, $22) "
      "ON CONFLICT (map, direction, table_name) DO UPDATE SET run_id = excluded.run_id, next_xid = excluded.next_xid, "
      "unfinished_xids = excluded.unfinished_xids, position = excluded.position, whole = excluded.whole, started_from "
      "= "
      "excluded.started_from, table_oid = excluded.table_oid, file_node = excluded.file_node, schema_hash = "
      "excluded.schema_hash, mapping_hash = excluded.mapping_hash, chunks = CASE WHEN p.run_id = excluded.run_id THEN "
      "p.chunks + 1 ELSE 1 END, rows_read = excluded.rows_read, rows_inserted = excluded.rows_inserted, rows_updated = "
      "excluded.rows_updated, rows_unchanged = excluded.rows_unchanged, rows_skipped = excluded.rows_skipped, "
      "rows_quarantined = excluded.rows_quarantined, rows_conflicted = excluded.rows_conflicted, rows_deleted = "
      "excluded.rows_deleted, bytes = excluded.bytes, written_at = clock_timestamp()",
      {scope.map,
       scope.way(),
       table,
       n(stored.run_id),
       n(p.next_xid),
       xid_array(p.unfinished),
       p.position.text(),
       std::string(p.whole ? "true" : "false"),
       n(p.started_from),
       n(p.table_oid),
       n(p.file_node),
       p.schema_hash,
       p.mapping_hash,
       n(c.read),
       n(c.inserted),
       n(c.updated),
       n(c.unchanged),
       n(c.skipped),
       n(c.quarantined),
       n(c.conflicted),
       n(c.deleted),
       n(c.bytes)});
}

void forget_progress(postgres::Session& session, const Scope& scope, const std::string& table) {
  session.later("DELETE FROM pgtide.progress WHERE map = $1 AND direction = $2 AND table_name = $3",
                {scope.map, scope.way(), table});
}

}  // namespace engine::state
