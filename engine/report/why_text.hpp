#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/pipeline/inquiry.hpp"

// What became of a row, in words that are true of that row. Pure.
namespace engine::report {

struct Answer {
  std::string state;                   // in one word, see docs/OPERATING.md
  std::optional<std::int64_t> run_id;  // that wrote, or removed, it
  std::string text;
};
Answer answer(const pipeline::RowFacts& row);

// A paragraph for each direction.
std::string why_text(const std::vector<pipeline::RowFacts>& rows);
std::string why_json(const std::vector<pipeline::RowFacts>& rows);

}  // namespace engine::report
