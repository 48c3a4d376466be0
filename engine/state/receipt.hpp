#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/postgres/session.hpp"
#include "engine/state/scope.hpp"

namespace engine::state {

// pgtide.receipt: what was found when a whole table was verified. The receipts of a table are a chain: each has the
// hash (SHA-256) of what it says and of the hash of the one before it, so that none can be changed or taken out
// unnoticed.
struct Receipt {
  std::string table;
  std::int64_t source_rows = 0;
  std::uint64_t source_hash = 0;
  std::int64_t target_rows = 0;
  std::uint64_t target_hash = 0;
  std::int64_t differences = 0;
};

// In a transaction of its own; they appear together.
void record_receipts(postgres::Session& session, const Scope& scope, const std::vector<Receipt>& receipts);

struct KeptReceipt {
  Receipt what;
  std::int64_t id = 0;
  std::string made_at;  // ISO 8601, UTC
  std::string hash;
  bool intact =
      false;  // its hash is that of what it says, and `previous` is that of the one before it, if that is still kept
};
// Newest first. `tables`: empty for all.
std::vector<KeptReceipt> read_receipts(postgres::Session& session, const Scope& scope,
                                       const std::vector<std::string>& tables);

}  // namespace engine::state
