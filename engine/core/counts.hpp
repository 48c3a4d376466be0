#pragma once

#include <cstdint>

namespace engine {

// What became of the rows that a table run read. Every row that was read is in exactly one of the six that follow.
struct Counts {
  std::int64_t read = 0;
  std::int64_t inserted = 0;
  std::int64_t updated = 0;
  std::int64_t unchanged = 0;
  std::int64_t skipped = 0;  // identical twins; rows that only the other side changed
  std::int64_t quarantined = 0;
  std::int64_t conflicted = 0;
  std::int64_t deleted = 0;  // beside the equation
  std::int64_t bytes = 0;    // as they travelled

  bool add_up() const { return read == inserted + updated + unchanged + skipped + quarantined + conflicted; }

  Counts& operator+=(const Counts& other) {
    read += other.read;
    inserted += other.inserted;
    updated += other.updated;
    unchanged += other.unchanged;
    skipped += other.skipped;
    quarantined += other.quarantined;
    conflicted += other.conflicted;
    deleted += other.deleted;
    bytes += other.bytes;
    return *this;
  }
  bool operator==(const Counts&) const = default;
};

}  // namespace engine
