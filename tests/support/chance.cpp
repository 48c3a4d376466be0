#include "tests/support/chance.hpp"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace support {
namespace {

std::uint64_t process_seed() {
  static const std::uint64_t seed = [] {
    const auto given = from_environment("PGTIDE_SEED", -1);
    const auto number = given >= 0 ? static_cast<std::uint64_t>(given) : std::random_device()();
    std::printf("seed %llu (PGTIDE_SEED=%llu repeats the choices)\n", static_cast<unsigned long long>(number),
                static_cast<unsigned long long>(number));
    return number;
  }();
  return seed;
}

}  // namespace

Chance::Chance(const std::string& name) {
  std::vector<std::uint32_t> parts = {static_cast<std::uint32_t>(process_seed()),
                                      static_cast<std::uint32_t>(process_seed() >> 32)};
  for (const char letter : name) parts.push_back(static_cast<unsigned char>(letter));
  std::seed_seq sequence(parts.begin(), parts.end());
  generator_.seed(sequence);
}

std::int64_t Chance::between(std::int64_t least, std::int64_t greatest) {
  return std::uniform_int_distribution<std::int64_t>(least, greatest)(generator_);
}

std::int64_t Chance::any_size(std::int64_t least, std::int64_t greatest) {
  const double exponent = std::uniform_real_distribution<double>(std::log(static_cast<double>(least)),
                                                                 std::log(static_cast<double>(greatest)))(generator_);
  return std::llround(std::exp(exponent));
}

std::int64_t from_environment(const char* name, std::int64_t usual) {
  const char* text = std::getenv(name);
  return text && *text ? std::atoll(text) : usual;
}

}  // namespace support
