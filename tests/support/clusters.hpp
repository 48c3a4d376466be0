#pragma once

#include <filesystem>
#include <string>

#include "engine/core/direction.hpp"

namespace support {

using engine::Place;

// The two PostgreSQL servers of this process, one for the desktops and one for the clouds, and a folder for files. They
// are started when they are first asked for and removed when the process ends, in whatever way it ends.
class Clusters {
 public:
  static Clusters& running();

  // The URL of a database on one of the servers, as its superuser or as `user`.
  std::string url(Place place, const std::string& database, const std::string& user = "postgres") const;
  int port(Place place) const { return place == Place::desktop ? desktop_port_ : cloud_port_; }

  // Deleted with the servers.
  const std::filesystem::path& folder() const { return folder_; }

 private:
  Clusters();
  ~Clusters();
  int start(const std::string& name) const;

  std::filesystem::path folder_;
  int desktop_port_ = 0;
  int cloud_port_ = 0;
  int lifeline_ = -1;  // closed when this process ends: then whoever removes the servers sets to work
  int undertaker_ = -1;
};

}  // namespace support
