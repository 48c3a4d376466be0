#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "engine/core/direction.hpp"
#include "tests/support/scratch.hpp"
#include "tests/support/server.hpp"

namespace support {

using engine::Place;

// The two PostgreSQL servers that the tests of this process share, one for the desktops and one for the clouds. They
// are started when they are first asked for.
class Clusters {
 public:
  static Clusters& running();

  const Server& server(Place place) const { return place == Place::desktop ? *desktop_ : *cloud_; }

  // The URL of a database on one of the servers, as its superuser or as `user`.
  std::string url(Place place, const std::string& database, const std::string& user = "postgres") const {
    return server(place).url(database, user);
  }
  int port(Place place) const { return server(place).port(); }

  const std::filesystem::path& folder() const { return scratch_folder(); }

 private:
  Clusters();

  std::unique_ptr<Server> desktop_;
  std::unique_ptr<Server> cloud_;
};

}  // namespace support
