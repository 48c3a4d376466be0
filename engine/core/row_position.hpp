#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace engine {

// Where a row lies in its table's file: PostgreSQL's ctid. Rows that are read in the order of the file come with ever
// greater ones.
struct RowPosition {
  std::uint32_t block = 0;
  std::uint16_t offset = 0;

  auto operator<=>(const RowPosition&) const = default;

  // As PostgreSQL writes it: (block,offset)
  std::string text() const;
  // Nothing if it is not written that way.
  static std::optional<RowPosition> read(std::string_view text);
};

}  // namespace engine
