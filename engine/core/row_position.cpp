#include "engine/core/row_position.hpp"

#include <charconv>

namespace engine {

std::string RowPosition::text() const { return "(" + std::to_string(block) + "," + std::to_string(offset) + ")"; }

std::optional<RowPosition> RowPosition::read(std::string_view text) {
  const auto comma = text.find(',');
  if (text.size() < 5 || text.front() != '(' || text.back() != ')' || comma == text.npos) return std::nullopt;
  RowPosition position;
  const char* const end = text.data() + text.size() - 1;
  const auto block = std::from_chars(text.data() + 1, text.data() + comma, position.block);
  const auto offset = std::from_chars(text.data() + comma + 1, end, position.offset);
  const bool whole =
      block.ec == std::errc() && block.ptr == text.data() + comma && offset.ec == std::errc() && offset.ptr == end;
  return whole ? std::optional(position) : std::nullopt;
}

}  // namespace engine
