#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "engine/core/mark.hpp"

namespace engine::config {

// A value of the key `what`, and where it stands; `written` is what messages show of it.
struct Quantity {
  std::string text;
  std::string written;
  std::string what;
  Mark mark;
};

// `1048576`, `256MB`: bytes, kB, MB and GB are powers of 1024. From 1kB to 1GB, else Error(configuration).
std::uint64_t read_bytes(const Quantity& quantity);

// The same without an upper bound that a database could reach: the size of a table. Also TB.
std::uint64_t read_table_size(const Quantity& quantity);

// How many bytes may pass in a second, written like a size. From 64kB to 1GB, else Error(configuration).
std::uint64_t read_rate(const Quantity& quantity);

// How many connections there may be: a whole number from `fewest` to 1000, else Error(configuration).
int read_connections(const Quantity& quantity, int fewest);

// `90m`, `24h`, `7d` -> seconds. More than nothing and at most a year, else Error(configuration).
std::int64_t read_duration(const Quantity& quantity);

// `500ms`, `90s`, `10min`: how long something may take. More than nothing and at most a year, else
// Error(configuration).
std::chrono::milliseconds read_time_limit(const Quantity& quantity);

// How long something is kept: `30d`, from 1d to 36500d, else Error(configuration).
std::int64_t read_retention_time(const Quantity& quantity);

// `30`: how often something is done, from 1 to 1000000, else Error(configuration).
int read_count(const Quantity& quantity);

// `10%` -> 0.10; from 0% to 100%, else Error(configuration).
double read_share(const Quantity& quantity);

}  // namespace engine::config
