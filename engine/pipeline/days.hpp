#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/postgres/session.hpp"
#include "engine/state/coverage.hpp"

namespace engine::pipeline {

// Rows by the day of their watermark, and the newest watermark; both as PostgreSQL writes them, in UTC. Rows without a
// watermark, or with an infinite one, have no day.
struct Days {
  state::RowsByDay rows;
  std::optional<std::string> newest;

  void add(const postgres::Result& days);  // columns day, items, newest
  void add(const Days& other);
  // Watermarks as COPY sends a timestamptz, one after the other, each after its length; none is NULL.
  void add_stamps(std::string_view fields);
  // Nobody knows then which is the newest, if it was one of those.
  void take_off(const Days& other);
};

}  // namespace engine::pipeline
