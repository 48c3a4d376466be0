#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/core/names.hpp"

// The statements by which rows are looked at before a map is proposed, as text. Each reads a bounded part of a table,
// or is given a bounded time. Pure.
namespace engine::mapping::sampling {

inline constexpr std::int64_t most_counted = 1'000'000;
inline constexpr std::int64_t sampled_rows = 5'000;
inline constexpr std::int64_t compared_rows = 200'000;  // where one of several sets that are left is chosen
inline constexpr std::int64_t picked_rows = 500;
inline constexpr std::int64_t most_values = 8;
inline constexpr int statement_timeout_ms = 10'000;

// `rows`: how many there are, most_counted + 1 at most.
std::string count_rows(const QualifiedName& table);

// Of the first rows: `rows`, and for each set of columns how many different values it has (d0, d1, ...) and how many
// rows in which none of its columns is NULL (n0, n1, ...).
std::string count_different(const QualifiedName& table, const std::vector<std::vector<std::string>>& sets,
                            std::int64_t first_rows = sampled_rows);

// `repeated`: how many values of these columns occur more than once, `empty`: whether a row lacks one of them.
std::string find_repeated(const QualifiedName& table, const std::vector<std::string>& key);

// The greatest keys, each column as text.
std::string pick_keys(const QualifiedName& table, const std::vector<std::string>& key);

// `found`: how many of the keys in $1, $2, ... (a text array a column) the table has.
std::string count_found(const QualifiedName& table, const std::vector<std::string>& key);

// The different values of a column as text, the first few.
std::string different_values(const QualifiedName& table, const std::string& column);

}  // namespace engine::mapping::sampling
