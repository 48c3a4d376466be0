#include "engine/postgres/binary_rows.hpp"

#include <gtest/gtest.h>

namespace engine::postgres::test {
namespace {

using namespace std::string_literals;

// As `COPY (SELECT 7, '{1,-2}'::bigint[]) TO STDOUT (FORMAT binary)` writes it, without header and trailer.
TEST(BinaryRow, IsWhatPostgresqlWrites) {
  const std::string elements = "\0\0\0\10\0\0\0\0\0\0\0\1\0\0\0\10\377\377\377\377\377\377\377\376"s;
  EXPECT_EQ(BinaryRow().integer(7).bigints(elements, 2).bytes(),
            "\0\2\0\0\0\4\0\0\0\7\0\0\0\54\0\0\0\1\0\0\0\0\0\0\0\24\0\0\0\2\0\0\0\1"s + elements);
}

TEST(BinaryRow, NegativeNumbersToo) { EXPECT_EQ(BinaryRow().integer(-2).bytes(), "\0\1\0\0\0\4\377\377\377\376"s); }

}  // namespace
}  // namespace engine::postgres::test
