#include "tests/support/clusters.hpp"

#include <cstdlib>
#include <future>

#include "tests/support/scratch.hpp"

namespace support {
namespace {

// The binaries that somebody (scripts/matrix.sh) chose for this server: so the two can be of different versions.
ServerOptions chosen(const char* variable) {
  ServerOptions options;
  if (const char* folder = std::getenv(variable)) options.binaries = folder;
  return options;
}

}  // namespace

Clusters& Clusters::running() {
  scratch_folder();  // outlives the servers
  static Clusters clusters;
  return clusters;
}

Clusters::Clusters() {
  auto other = std::async(std::launch::async, [] { return std::make_unique<Server>(chosen("PGTIDE_CLOUD_PG_BIN")); });
  desktop_ = std::make_unique<Server>(chosen("PGTIDE_DESKTOP_PG_BIN"));
  cloud_ = other.get();
}

}  // namespace support
