#include "engine/config/table_keys.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>

#include "engine/config/fields.hpp"

namespace engine::config {
namespace {

template <typename T, std::size_t count>
using Words = std::array<std::pair<std::string_view, T>, count>;

constexpr Words<TableDirection, 3> directions{
    {{"forward", TableDirection::forward}, {"reverse", TableDirection::reverse}, {"both", TableDirection::both}}};
constexpr Words<ConflictPolicy, 4> conflict_policies{{{"desktop_wins", ConflictPolicy::desktop_wins},
                                                      {"cloud_wins", ConflictPolicy::cloud_wins},
                                                      {"last_update_wins", ConflictPolicy::last_update_wins},
                                                      {"manual", ConflictPolicy::manual}}};
constexpr Words<DeletePolicy, 4> delete_policies{{{"ignore", DeletePolicy::ignore},
                                                  {"report", DeletePolicy::report},
                                                  {"soft", DeletePolicy::soft},
                                                  {"hard", DeletePolicy::hard}}};
constexpr Words<RefreshMethod, 4> refresh_methods{{{"choose", RefreshMethod::choose},
                                                   {"stream", RefreshMethod::stream},
                                                   {"rows", RefreshMethod::rows},
                                                   {"ranges", RefreshMethod::ranges}}};
constexpr Words<bool, 2> yes_or_no{{{"true", true}, {"false", false}}};
constexpr Words<OrphanPolicy, 2> orphan_policies{
    {{"quarantine", OrphanPolicy::quarantine}, {"null", OrphanPolicy::null}}};

const std::vector<std::string> table_keys = {
    "desktop",   "cloud",       "direction", "key",     "match",      "watermark", "skip",
    "rename",    "origin",      "forward",   "reverse", "conflicts",  "deletes",   "orphans",
    "row_bytes", "soft_delete", "fuse",      "large",   "quarantine", "method",    "rebuild_indexes"};

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

KeyColumns read_key(const Node& node, const Environment& environment) {
  if (is_none(node)) return {KeyChoice::none, {}};
  KeyColumns key{KeyChoice::columns, read_columns(node, "key", environment)};
  if (key.columns.empty())
    fail(node.mark, "'key' names no column",
         "name the columns that identify a row, or write key: none if there are none");
  return key;
}

// What messages call the value of a column: its name, as far as they may repeat it.
std::string column_words(const Entry& entry, const std::string& otherwise) {
  return showable(entry.key) ? entry.key : otherwise;
}

std::vector<Rename> read_rename(const Node& node, const Environment& environment) {
  std::vector<Rename> renames;
  if (is_none(node)) return renames;
  if (node.kind != Node::Kind::group)
    fail(node.mark, "'rename' must be pairs of column names", "write rename: {desktop_column: cloud_column}");
  std::unordered_map<std::string, Mark> seen;
  for (const auto& entry : node.entries) {
    const Name cloud = read_name(*entry.value, column_words(entry, "rename"), environment);
    const auto [first, is_new] = seen.emplace(cloud.text, cloud.mark);
    if (!is_new)
      fail(cloud.mark,
           "'rename' sends two columns to " + shown(entry.value->text) + "; the first is at " + first->second.text(),
           "a column can be fed by one column only");
    renames.push_back({entry.key, cloud.text, entry.mark});
  }
  return renames;
}

std::string read_origin_part(const Node& node, const std::string& part, const Environment& environment) {
  const Entry* entry = node.find(part);
  if (entry == nullptr)
    fail(node.mark, "'origin' lacks '" + part + "'", "write all three: origin: {column: source, desktop: D, cloud: M}");
  return read_text(*entry->value, part, environment);
}

std::optional<Origin> read_origin(const Node& node, const Environment& environment) {
  if (is_none(node)) return std::nullopt;
  check_group(node, "origin", {"column", "desktop", "cloud"});
  Origin origin;
  origin.column = read_origin_part(node, "column", environment);
  origin.desktop = read_origin_part(node, "desktop", environment);
  origin.cloud = read_origin_part(node, "cloud", environment);
  origin.mark = node.mark;
  if (origin.desktop == origin.cloud)
    fail(node.find("cloud")->value->mark, "'origin' has the same value for both sides, which tells nothing",
         "give the value that marks rows born on the desktop, and another one for the cloud");
  return origin;
}

std::vector<ColumnExpression> read_expressions(const Node& node, const Environment& environment) {
  std::vector<ColumnExpression> columns;
  if (is_none(node)) return columns;
  if (node.kind != Node::Kind::group)
    fail(node.mark, "'columns' must be pairs of a target column and SQL",
         "write columns: {target_column: \"an SQL expression\"}");
  for (const auto& entry : node.entries)
    columns.push_back({entry.key, read_expression(*entry.value, column_words(entry, "columns"), environment)});
  return columns;
}

Way read_way(const Node& node, const std::string& what, const Environment& environment) {
  Way way;
  if (is_none(node)) return way;
  check_group(node, what, {"where", "join", "columns"});
  if (const Entry* entry = node.find("where")) way.where = read_expression(*entry->value, "where", environment);
  if (const Entry* entry = node.find("join")) way.join = read_expression(*entry->value, "join", environment);
  if (const Entry* entry = node.find("columns")) way.columns = read_expressions(*entry->value, environment);
  return way;
}

std::optional<Name> read_soft_delete(const Node& node, const Environment& environment) {
  if (is_none(node)) return std::nullopt;
  check_group(node, "soft_delete", {"column"});
  const Entry* column = node.find("column");
  if (column == nullptr)
    fail(node.mark, "'soft_delete' lacks 'column'", "write soft_delete: {column: name_of_a_column_in_the_cloud}");
  return read_name(*column->value, "column", environment);
}

std::optional<Large> read_large(const Node& node, const Environment& environment) {
  if (is_none(node)) return std::nullopt;
  check_group(node, "large", {"above", "exact_every"});
  const Entry* above = node.find("above");
  const Entry* every = node.find("exact_every");
  if (above == nullptr)
    fail(node.mark, "'large' lacks 'above'", "write large: {above: 1GB, exact_every: 24h}, or large: none");
  Large large;
  large.above = read_table_size(read_quantity(*above->value, "above", environment));
  large.exact_every = every == nullptr ? Large::default_exact_every
                                       : read_duration(read_quantity(*every->value, "exact_every", environment));
  return large;
}

Quarantine read_quarantine(const Node& node, const Environment& environment) {
  check_group(node, "quarantine", {"tries", "limit"});
  Quarantine quarantine;
  if (const Entry* tries = node.find("tries"))
    quarantine.tries = read_count(read_quantity(*tries->value, "tries", environment));
  if (const Entry* limit = node.find("limit"))
    quarantine.limit = read_share(read_quantity(*limit->value, "limit", environment));
  return quarantine;
}

// YAML takes a bare null for nothing at all, here it is a word.
OrphanPolicy read_orphans(const Node& node, const Environment& environment) {
  if (node.kind == Node::Kind::null) return OrphanPolicy::null;
  return read_choice(node, "orphans", orphan_policies, environment);
}

void read_identity(TableKeys& keys, const Entry& entry, const Environment& environment) {
  const Node& node = *entry.value;
  if (entry.key == "desktop") keys.desktop = read_name(node, "desktop", environment);
  if (entry.key == "cloud") keys.cloud = read_name(node, "cloud", environment);
  if (entry.key == "key") keys.key = {read_key(node, environment), entry.mark};
}

void read_columns_of(TableKeys& keys, const Entry& entry, const Environment& environment) {
  const Node& node = *entry.value;
  const Mark& mark = entry.mark;
  if (entry.key == "match") keys.match = {read_columns(node, "match", environment), mark};
  if (entry.key == "watermark") keys.watermark = {read_columns(node, "watermark", environment), mark};
  if (entry.key == "skip") keys.skip = {read_columns(node, "skip", environment), mark};
  if (entry.key == "rename") keys.rename = {read_rename(node, environment), mark};
  if (entry.key == "origin") keys.origin = {read_origin(node, environment), mark};
  if (entry.key == "forward") keys.forward = {read_way(node, "forward", environment), mark};
  if (entry.key == "reverse") keys.reverse = {read_way(node, "reverse", environment), mark};
}

void read_policies(TableKeys& keys, const Entry& entry, const Environment& environment) {
  const Node& node = *entry.value;
  const Mark& mark = entry.mark;
  if (entry.key == "direction") keys.direction = {read_choice(node, "direction", directions, environment), mark};
  if (entry.key == "conflicts") keys.conflicts = {read_choice(node, "conflicts", conflict_policies, environment), mark};
  if (entry.key == "deletes") keys.deletes = {read_choice(node, "deletes", delete_policies, environment), mark};
  if (entry.key == "soft_delete") keys.soft_delete = {read_soft_delete(node, environment), mark};
  if (entry.key == "orphans") keys.orphans = {read_orphans(node, environment), mark};
  if (entry.key == "method") keys.method = {read_choice(node, "method", refresh_methods, environment), mark};
  if (entry.key == "row_bytes") keys.row_bytes = {read_bytes(read_quantity(node, "row_bytes", environment)), mark};
  if (entry.key == "large") keys.large = {read_large(node, environment), mark};
  if (entry.key == "quarantine") keys.quarantine = {read_quarantine(node, environment), mark};
  if (entry.key == "rebuild_indexes")
    keys.rebuild_indexes = {read_choice(node, "rebuild_indexes", yes_or_no, environment), mark};
  if (entry.key == "fuse") keys.fuse = {read_share(read_quantity(node, "fuse", environment)), mark};
}

TableKeys read_keys(const Node& node, const std::string& what, const std::vector<std::string>& known,
                    const Environment& environment) {
  for (const auto& entry : node.entries) {
    if (is_one_of(entry.key, {"where", "join", "columns"}))
      fail(entry.mark, "the key '" + entry.key + "' is not known in '" + what + "'",
           "write it one level deeper, under 'forward:' or 'reverse:'");
  }
  check_group(node, what, known);
  TableKeys keys;
  keys.mark = node.mark;
  for (const auto& entry : node.entries) {
    read_identity(keys, entry, environment);
    read_columns_of(keys, entry, environment);
    read_policies(keys, entry, environment);
  }
  return keys;
}

}  // namespace

TableKeys read_table_keys(const Node& node, const Environment& environment) {
  if (node.kind != Node::Kind::group)
    fail(node.mark, "an entry of 'tables' must be a group of keys", "write - desktop: name_of_the_table");
  TableKeys keys = read_keys(node, "tables", table_keys, environment);
  if (!keys.desktop && !keys.cloud)
    fail(node.mark, "this entry of 'tables' does not say which table it means",
         "add desktop: name_of_the_table, or cloud: if it is called otherwise there");
  return keys;
}

TableKeys read_default_keys(const Node& node, const Environment& environment) {
  std::vector<std::string> known;
  for (const auto& key : table_keys) {
    const bool own = is_one_of(key, {"desktop", "cloud", "key"});
    if (!own) known.push_back(key);
    const Entry* entry = own ? node.find(key) : nullptr;
    if (entry != nullptr)
      fail(entry->mark, "'" + key + "' cannot stand in 'defaults'", "each table has its own; write it in 'tables'");
  }
  return read_keys(node, "defaults", known, environment);
}

}  // namespace engine::config
