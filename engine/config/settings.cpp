#include "engine/config/settings.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <vector>

#include "engine/core/error.hpp"
#include "engine/core/names.hpp"

namespace engine::config {
namespace {

const std::string map_folder = "./tablemaps";

struct Side {
  Place place;
  std::string flag;
  std::string variable;
};

// A variable that is set to nothing counts as not set: env files leave such lines behind.
std::optional<std::string> value_of(const Environment& environment, const std::string& name) {
  auto value = environment ? environment(name) : std::nullopt;
  return value && !value->empty() ? value : std::nullopt;
}

std::optional<std::string> value_of_flag(const std::optional<std::string>& value, const std::string& flag) {
  if (value && value->empty())
    throw Error(ErrorCode::configuration, flag + " is given, but empty", "write a value behind it, or leave it out");
  return value;
}

bool is_map(const std::filesystem::directory_entry& entry) {
  const std::string name = entry.path().filename().string();
  const std::string extension = entry.path().extension().string();
  std::error_code ignored;
  return name[0] != '.' && (extension == ".yaml" || extension == ".yml") && entry.is_regular_file(ignored);
}

[[noreturn]] void fail_without_map(const std::string& folder_words) {
  throw Error(ErrorCode::configuration,
              "no table map found: --map is not given, PGTIDE_MAP is not set, and " + map_folder + " " + folder_words,
              "name it with --map FILE, or start pgtide in the folder that contains tablemaps");
}

std::vector<std::string> maps_in_folder() {
  std::error_code error;
  std::vector<std::string> files;
  std::filesystem::directory_iterator entry(map_folder, error);
  if (error == std::errc::no_such_file_or_directory) fail_without_map("does not exist");
  if (error) fail_without_map("cannot be read");
  for (; entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    if (is_map(*entry)) files.push_back(entry->path().string());
  }
  if (error) fail_without_map("cannot be read");
  std::sort(files.begin(), files.end());
  return files;
}

std::string only_map_in_folder() {
  const std::vector<std::string> files = maps_in_folder();
  if (files.empty()) fail_without_map("contains no .yaml or .yml file");
  if (files.size() > 1)
    throw Error(ErrorCode::configuration, "several table maps are there, and none was chosen: " + joined(files, ", "),
                "choose one with --map FILE, or with the variable PGTIDE_MAP");
  return files.front();
}

std::string find_url(const Side& side, const std::optional<std::string>& flag, const TableMap& map,
                     const Environment& environment) {
  if (const auto url = value_of_flag(flag, side.flag)) return *url;
  if (const auto url = value_of(environment, side.variable)) return *url;
  const Database& database = map.at(side.place);
  if (!database.url.empty()) return database.url;
  const std::string place(name_of(side.place));
  throw Error(ErrorCode::configuration, database.url_problem,
              "give it with " + side.flag + " URL, or set the variable " + side.variable + ", or write 'url:' under '" +
                  place + ":' in the map");
}

const Side desktop_side{Place::desktop, "--desktop", "PGTIDE_DESKTOP_URL"};
const Side cloud_side{Place::cloud, "--cloud", "PGTIDE_CLOUD_URL"};

std::string url_without_map(const Side& side, const std::optional<std::string>& flag, const Environment& environment) {
  if (const auto url = value_of_flag(flag, side.flag)) return *url;
  if (const auto url = value_of(environment, side.variable)) return *url;
  throw Error(ErrorCode::configuration, "where the " + std::string(name_of(side.place)) + " database is, is not known",
              "give it with " + side.flag + " URL, or set the variable " + side.variable);
}

}  // namespace

std::string find_map(const Flags& flags, const Environment& environment) {
  if (const auto file = value_of_flag(flags.map_file, "--map")) return *file;
  if (const auto file = value_of(environment, "PGTIDE_MAP")) return *file;
  return only_map_in_folder();
}

Settings settings_for(TableMap map, const Flags& flags, const Environment& environment) {
  Settings settings;
  settings.map = std::move(map);
  settings.desktop_url = find_url(desktop_side, flags.desktop_url, settings.map, environment);
  settings.cloud_url = find_url(cloud_side, flags.cloud_url, settings.map, environment);
  return settings;
}

Settings settings_without_map(const Flags& flags, const Environment& environment) {
  Settings settings;
  settings.desktop_url = url_without_map(desktop_side, flags.desktop_url, environment);
  settings.cloud_url = url_without_map(cloud_side, flags.cloud_url, environment);
  return settings;
}

Settings load_settings(const Flags& flags, const Environment& environment) {
  return settings_for(load_table_map(find_map(flags, environment), environment), flags, environment);
}

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
}

}  // namespace engine::config
