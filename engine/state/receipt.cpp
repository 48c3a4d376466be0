#include "engine/state/receipt.hpp"

#include <fmt/format.h>

#include "engine/postgres/transaction.hpp"

namespace engine::state {
namespace {

std::string hex(std::uint64_t number) { return fmt::format("{:016x}", number); }

// What a receipt says, as it is hashed.
constexpr const char* hash_of_receipt =
    "pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.concat_ws('|', r.previous, r.map, "
    "r.direction, "
    "r.table_name, (pg_catalog.date_part('epoch', r.made_at) * 1000000)::bigint, r.source_rows, r.source_hash, "
    "r.target_rows, "
    "r.target_hash, r.differences), 'UTF8')), 'hex')";

}  // namespace

void record_receipts(postgres::Session& session, const Scope& scope, const std::vector<Receipt>& receipts) {
  postgres::Transaction write(session, {});
  write.run("LOCK TABLE pgtide.receipt IN SHARE ROW EXCLUSIVE MODE");  // one chain, whoever else verifies
  for (const auto& receipt : receipts)
    write.run(std::string(
                  "WITH r AS (SELECT $1::text AS map, $2::text AS direction, $3::text AS table_name, "
                  "pg_catalog.transaction_timestamp() AS made_at, $4::bigint AS source_rows, $5::text AS source_hash, "
                  "$6::bigint AS target_rows, $7::text AS target_hash, $8::bigint AS differences, coalesce((SELECT "
                  "p.receipt_hash FROM pgtide.receipt p WHERE p.map = $1 AND p.direction = $2 AND p.table_name = $3 "
                  "ORDER BY p.receipt_id DESC LIMIT 1), '') AS previous) INSERT INTO pgtide.receipt (map, direction, "
                  "table_name, made_at, source_rows, source_hash, target_rows, target_hash, differences, previous, "
                  "receipt_hash) SELECT r.*, ") +
                  hash_of_receipt + " FROM r",
              {scope.map, scope.way(), receipt.table, std::to_string(receipt.source_rows), hex(receipt.source_hash),
               std::to_string(receipt.target_rows), hex(receipt.target_hash), std::to_string(receipt.differences)});
  write.commit();
}

std::vector<KeptReceipt> read_receipts(postgres::Session& session, const Scope& scope,
                                       const std::vector<std::string>& tables) {
  const auto found = session.run(
      std::string("SELECT r.*, to_char(r.made_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS made, "
                  "r.receipt_hash = ") +
          hash_of_receipt +
          " AND coalesce(pg_catalog.lag(r.receipt_hash) OVER (PARTITION BY r.table_name ORDER BY r.receipt_id) = "
          "r.previous, true) AS intact FROM pgtide.receipt r WHERE r.map = $1 AND r.direction = $2 AND ($3::text[] = "
          "'{}' "
          "OR r.table_name = ANY ($3::text[])) ORDER BY r.receipt_id DESC",
      {scope.map, scope.way(), postgres::array_literal(tables)});
  std::vector<KeptReceipt> receipts;
  for (std::size_t i = 0; i < found.size(); ++i)
    receipts.push_back({{found.text(i, "table_name"), found.number(i, "source_rows"),
                         std::stoull(found.text(i, "source_hash"), nullptr, 16), found.number(i, "target_rows"),
                         std::stoull(found.text(i, "target_hash"), nullptr, 16), found.number(i, "differences")},
                        found.number(i, "receipt_id"),
                        found.text(i, "made"),
                        found.text(i, "receipt_hash"),
                        found.flag(i, "intact")});
  return receipts;
}

}  // namespace engine::state
