#include "engine/postgres/binary_rows.hpp"

#include <libpq-fe.h>

namespace engine::postgres {
namespace {

constexpr std::string_view header("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 11 + 4 + 4);
constexpr std::string_view trailer("\377\377", 2);
constexpr std::size_t slice_size = 64u << 10;
constexpr std::uint32_t oid_of_bigint = 20;

template <class Number>
void append(std::string& bytes, Number number) {
  for (int shift = 8 * (static_cast<int>(sizeof number) - 1); shift >= 0; shift -= 8)
    bytes += static_cast<char>(number >> shift & 0xff);
}

bool put(PGconn* connection, std::string_view bytes, const std::function<void(std::size_t)>& pass) {
  while (!bytes.empty()) {
    const auto slice = bytes.substr(0, slice_size);
    pass(slice.size());
    if (PQputCopyData(connection, slice.data(), static_cast<int>(slice.size())) != 1) return false;
    bytes.remove_prefix(slice.size());
  }
  return true;
}

}  // namespace

BinaryRow& BinaryRow::integer(std::int32_t value) {
  fields_ += 1;
  append<std::uint32_t>(values_, sizeof value);
  append(values_, static_cast<std::uint32_t>(value));
  return *this;
}

BinaryRow& BinaryRow::bigints(std::string_view elements, std::int32_t count) {
  constexpr std::size_t head = 5 * 4;
  fields_ += 1;
  append(values_, static_cast<std::uint32_t>(head + elements.size()));
  for (const auto number : {1u, 0u, oid_of_bigint, static_cast<std::uint32_t>(count), 1u})  // dimensions, no NULL, ...
    append<std::uint32_t>(values_, number);                                                 // ..., length, first index
  values_ += elements;
  return *this;
}

std::string BinaryRow::bytes() const {
  std::string row;
  append(row, fields_);
  return row + values_;
}

std::string_view rows_between(std::string_view sent) {
  if (sent.size() < header.size() + trailer.size() || !sent.ends_with(trailer)) return {};
  return sent.substr(header.size(), sent.size() - header.size() - trailer.size());
}

bool send_rows(PGconn* connection, std::string_view rows, const std::function<void(std::size_t)>& pass) {
  return put(connection, header, pass) && put(connection, rows, pass) && put(connection, trailer, pass) &&
         PQputCopyEnd(connection, nullptr) == 1;
}

}  // namespace engine::postgres
