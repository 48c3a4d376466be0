#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

typedef struct pg_conn PGconn;

namespace engine::postgres {

// One row in COPY's binary format, made here: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format".
class BinaryRow {
 public:
  BinaryRow& integer(std::int32_t value);
  // An array of bigint; its elements as they come in a row, each after its length.
  BinaryRow& bigints(std::string_view elements, std::int32_t count);

  std::string bytes() const;

 private:
  std::uint16_t fields_ = 0;
  std::string values_;
};

// A number as it stands in such a row, of at most eight bytes.
inline std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

// What lies between header and trailer of what a COPY sent; empty where it did not come to its end.
std::string_view rows_between(std::string_view sent);

// Sends rows, without header and trailer, into the COPY FROM STDIN that the server waits for, and ends it. False if the
// connection is lost. What the server thinks of them is in its next result. `pass` is told how many bytes are to go
// before they do.
bool send_rows(PGconn* connection, std::string_view rows, const std::function<void(std::size_t)>& pass);

}  // namespace engine::postgres
