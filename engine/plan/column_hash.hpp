#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/catalog/table_schema.hpp"

namespace engine::plan {

// A fast hash of a row, for servers from PostgreSQL 14 on: each column gives a number of 64 bits, computed with a seed
// of its own, these are combined by XOR, and the result is mixed once more. Pure; SQL.
//
// Two values of a column get the same number only if they are the same in every byte, but for a chance of 2^-64: what
// the hash functions of PostgreSQL leave out (a sign, half of a bigint) is put in again. So it is with rows, and with
// sums of rows modulo 2^64: docs/ARCHITECTURE.md ("Comparing") has why.
//
// States keep such hashes (RowHash::columns). So the terms that stand here and their constants may not change any more,
// nor may a type whose values are in use get another term: that needs a kind of hash with another name.

// A value as it enters. What `$` stands for is computed as often as it occurs.
struct HashTerm {
  std::string pattern;   // a bigint, NULL for NULL; with $ in place of the value, # of the seed
  bool of_null = false;  // never NULL: the pattern says what stands for NULL
  bool single = true;    // $ occurs once
  bool empty() const { return pattern.empty(); }
};

// Of a built-in type. Empty where there is no way that is fast and exact.
HashTerm hash_term(const catalog::Type& type);

// One column of a row: the value in SQL, and how it enters. Values without a term enter as a record, all of them
// together: then equal has to mean the same in every byte, see catalog::as_hashed().
struct HashedValue {
  std::string value;
  HashTerm term;
};

// The same order on both sides. At least one value.
std::string fast_hash(const std::vector<HashedValue>& values);

// Settings for a statement that hashes so many rows; empty where they are too few. Where the server makes machine code
// of such statements (its own setting says so), it takes as long as hashing some 400,000 rows, and hashing takes two
// thirds of the time then.
std::string compile_hashes(std::int64_t rows);

}  // namespace engine::plan
