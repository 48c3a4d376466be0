#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace support {

// Random choices that can be repeated: with PGTIDE_SEED=<number> a test makes the same ones again. Each name is a row
// of choices of its own, so that threads do not disturb each other. The seed is printed once a process.
class Chance {
 public:
  explicit Chance(const std::string& name);

  std::int64_t between(std::int64_t least, std::int64_t greatest);
  bool one_in(std::int64_t n) { return between(1, n) == 1; }
  // Of the same weight for 10 to 20 as for 1000 to 2000: for sizes of which one does not know which matter.
  std::int64_t any_size(std::int64_t least, std::int64_t greatest);

 private:
  std::mt19937_64 generator_;
};

// A number from the environment, or what is usual.
std::int64_t from_environment(const char* name, std::int64_t usual);

}  // namespace support
