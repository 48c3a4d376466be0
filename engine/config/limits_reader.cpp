#include "engine/config/limits_reader.hpp"

#include "engine/config/fields.hpp"
#include "engine/config/quantities.hpp"

namespace engine::config {

Limits read_limits(const Node& node, const Environment& environment) {
  Limits limits;
  if (is_none(node)) return limits;
  check_group(node, "limits",
              {"longest_read", "desktop_connections", "cloud_connections", "desktop_bytes_per_second",
               "cloud_bytes_per_second"});
  const auto quantity = [&](const std::string& key) -> std::optional<Quantity> {
    const Entry* entry = node.find(key);
    if (entry == nullptr || is_none(*entry->value)) return std::nullopt;
    return read_quantity(*entry->value, key, environment);
  };
  if (const auto longest = quantity("longest_read")) limits.longest_read = read_time_limit(*longest);
  for (const Place place : {Place::desktop, Place::cloud}) {
    const std::string side(name_of(place));
    // there is no run without connections: `none` is a mistake here
    if (const Entry* entry = node.find(side + "_connections"))
      limits.at(place).connections = read_connections(read_quantity(*entry->value, side + "_connections", environment),
                                                      Limits::fewest_connections);
    if (const auto rate = quantity(side + "_bytes_per_second")) limits.at(place).bytes_per_second = read_rate(*rate);
  }
  return limits;
}

}  // namespace engine::config
