#pragma once

#include <optional>
#include <string>

#include "engine/config/table_map.hpp"

namespace engine::config {

// What the flags said; empty where a flag was not given.
struct Flags {
  std::optional<std::string> map_file;
  std::optional<std::string> desktop_url;
  std::optional<std::string> cloud_url;
};

// A map and the two databases it is to be used with.
struct Settings {
  TableMap map;
  std::string desktop_url;  // a libpq URI or keyword string; may hold a password: never print it
  std::string cloud_url;

  const std::string& url(Place place) const { return place == Place::desktop ? desktop_url : cloud_url; }
};

// The file of the map: the flag, else PGTIDE_MAP, else the only *.yaml or *.yml file in ./tablemaps. Throws
// Error(configuration).
std::string find_map(const Flags& flags, const Environment& environment);

// A map that was read, with its URLs as load_settings() finds them. Throws Error(configuration).
Settings settings_for(TableMap map, const Flags& flags, const Environment& environment);

// The two URLs without a map: the flags, else PGTIDE_DESKTOP_URL and PGTIDE_CLOUD_URL. The map is empty. Throws
// Error(configuration).
Settings settings_without_map(const Flags& flags, const Environment& environment);

// Map file: the flag, else PGTIDE_MAP, else the only *.yaml or *.yml file in ./tablemaps. URLs: the flag, else
// PGTIDE_DESKTOP_URL and PGTIDE_CLOUD_URL, else the map. Throws Error(configuration), with a hint.
Settings load_settings(const Flags& flags, const Environment& environment);

// The environment of this process.
Environment process_environment();

}  // namespace engine::config
