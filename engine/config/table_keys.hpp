#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/config/table_map.hpp"
#include "engine/config/yaml_reader.hpp"

namespace engine::config {

// A value that a map gives, and the place of its key.
template <typename T>
struct Given {
  T value;
  Mark mark;
};

struct KeyColumns {
  KeyChoice choice = KeyChoice::automatic;
  std::vector<Name> columns;
};

// The keys of one table, or of `defaults`, as they stand there: each by itself is right, together they may not be.
// Nothing where a key is not given. An inner optional is empty where the map says `none`.
struct TableKeys {
  Mark mark;
  std::optional<Name> desktop;
  std::optional<Name> cloud;
  std::optional<Given<TableDirection>> direction;
  std::optional<Given<KeyColumns>> key;
  std::optional<Given<std::vector<Name>>> match;
  std::optional<Given<std::vector<Name>>> watermark;
  std::optional<Given<std::vector<Name>>> skip;
  std::optional<Given<std::vector<Rename>>> rename;
  std::optional<Given<std::optional<Origin>>> origin;
  std::optional<Given<Way>> forward;
  std::optional<Given<Way>> reverse;
  std::optional<Given<ConflictPolicy>> conflicts;
  std::optional<Given<DeletePolicy>> deletes;
  std::optional<Given<std::optional<Name>>> soft_delete;
  std::optional<Given<OrphanPolicy>> orphans;
  std::optional<Given<RefreshMethod>> method;
  std::optional<Given<std::uint64_t>> row_bytes;
  std::optional<Given<double>> fuse;
  std::optional<Given<std::optional<Large>>> large;
  std::optional<Given<Quarantine>> quarantine;
  std::optional<Given<bool>> rebuild_indexes;
};

// An entry of `tables`. Throws Error(configuration).
TableKeys read_table_keys(const Node& node, const Environment& environment);

// The group `defaults`: the same without desktop, cloud and key.
TableKeys read_default_keys(const Node& node, const Environment& environment);

}  // namespace engine::config
