#include "tests/support/clusters.hpp"

#include <future>

#include "tests/support/scratch.hpp"

namespace support {

Clusters& Clusters::running() {
  scratch_folder();  // outlives the servers
  static Clusters clusters;
  return clusters;
}

Clusters::Clusters() {
  auto other = std::async(std::launch::async, [] { return std::make_unique<Server>(); });
  desktop_ = std::make_unique<Server>();
  cloud_ = other.get();
}

}  // namespace support
