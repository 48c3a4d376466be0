#pragma once

#include <string>
#include <vector>

#include "engine/state/receipt.hpp"
#include "engine/verify/verification.hpp"

// What `pgtide verify` found, for people and as JSON. Pure.
namespace engine::report {

struct VerifyView {
  std::string map;
  std::vector<verify::Difference> shown;  // the first of each table
  verify::Verification found;
  bool repaired = false;  // it was looked at after a repair
};
std::string verify_text(const VerifyView& view);

// One object of the array. `repaired`: whether a repair has mended it; nothing where none was asked for.
std::string difference_json(const verify::Difference& difference, std::optional<bool> repaired);

struct ReceiptLine {
  Direction direction = Direction::forward;
  state::KeptReceipt receipt;
};
// Of so many lines the first are shown.
std::string receipts_text(const std::vector<ReceiptLine>& lines, std::size_t shown);
std::string receipts_json(const std::string& map, const std::vector<ReceiptLine>& lines);

}  // namespace engine::report
