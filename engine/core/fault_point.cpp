#include "engine/core/fault_point.hpp"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>

namespace engine {
namespace {

struct Wanted {
  std::string name;
  int passage = 1;
};

Wanted read_wanted() {
  const char* const text = std::getenv("PGTIDE_FAULT");
  Wanted wanted;
  if (!text) return wanted;
  wanted.name = text;
  if (const auto colon = wanted.name.find(':'); colon != std::string::npos) {
    wanted.passage = std::atoi(wanted.name.c_str() + colon + 1);
    wanted.name.resize(colon);
  }
  return wanted;
}

}  // namespace

void fault_point(FaultPoint point) {
  static const Wanted wanted = read_wanted();
  static std::atomic<int> passages = 0;
  if (wanted.name != fault_points[static_cast<std::size_t>(point)]) return;
  if (++passages == wanted.passage) std::raise(SIGKILL);
}

}  // namespace engine
