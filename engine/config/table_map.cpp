#include "engine/config/table_map.hpp"

#include <map>

#include "engine/config/fields.hpp"
#include "engine/config/inspection.hpp"
#include "engine/config/lenient.hpp"
#include "engine/config/limits_reader.hpp"
#include "engine/config/table_keys.hpp"
#include "engine/config/table_rules.hpp"
#include "engine/config/text_file.hpp"
#include "engine/config/variables.hpp"
#include "engine/config/yaml_reader.hpp"

namespace engine::config {
namespace {

// Far more than a database of people has; a plan of so many still fits into memory.
constexpr std::size_t most_tables = 10'000;

const Node& required(const Node& root, const std::string& key, const std::string& hint) {
  const Entry* entry = root.find(key);
  if (entry == nullptr) fail(root.mark, "'" + key + "' is missing in this map", hint);
  return *entry->value;
}

std::string read_map_name(const Node& root, const Environment& environment) {
  const Node& node = required(root, "map", "add a line such as map: practice; what was copied is remembered under it");
  std::string name = read_text(node, "map", environment);
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20) fail(node.mark, "'map' must be a name on one line", "write a short name");
  }
  return name;
}

// A URL that cannot be known is a problem only if no flag gives it, so it is kept instead of thrown.
void read_url(Database& database, const Node& node, const std::string& side, const Environment& environment) {
  const auto problem = [&](const std::string& words) {
    database.url_problem = node.mark.text() + ": " + words + ", so the URL of the " + side + " is not known";
  };
  if (node.kind != Node::Kind::text) {
    read_text(node, "url", environment);
    return;
  }
  const Replaced replaced = replace_variables(node.text, node.mark, environment);
  if (replaced.unset) return problem("the variable " + *replaced.unset + " is not set");
  if (replaced.text.find_first_not_of(" \t\r\n") == std::string::npos) return problem("'url' is empty");
  database.url = replaced.text;
}

Database read_database(const Node& root, Place place, const std::string& file, const Environment& environment) {
  const std::string side(name_of(place));
  Database database;
  database.mark = Mark{file};
  const Entry* entry = root.find(side);
  if (entry != nullptr) {
    const Node& node = *entry->value;
    database.mark = entry->mark;
    check_group(node, side, {"url", "schema", "timezone"});
    if (const Entry* url = node.find("url")) read_url(database, *url->value, side, environment);
    if (const Entry* schema = node.find("schema")) database.schema = read_text(*schema->value, "schema", environment);
    if (const Entry* zone = node.find("timezone")) {
      database.timezone = read_text(*zone->value, "timezone", environment);
      database.timezone_mark = zone->value->mark;
    }
  }
  if (database.url.empty() && database.url_problem.empty())
    database.url_problem = database.mark.text() + ": the map gives no URL for the " + side;
  return database;
}

Retention read_retention(const Node& root, const Environment& environment) {
  Retention retention;
  const Entry* entry = root.find("retention");
  if (entry == nullptr) return retention;
  const Node& node = *entry->value;
  check_group(node, "retention", {"history", "events"});
  if (const Entry* history = node.find("history"))
    retention.history = read_retention_time(read_quantity(*history->value, "history", environment));
  if (const Entry* events = node.find("events"))
    retention.events = read_retention_time(read_quantity(*events->value, "events", environment));
  return retention;
}

// Finds tables that stand in a map twice.
class Places {
 public:
  void add(const Table& table) {
    const auto [pair, is_new] = pairs_.emplace(std::pair(table.desktop, table.cloud), &table);
    if (!is_new) {
      const Table& first = *pair->second;
      const bool opposite = table.direction != first.direction && table.direction != TableDirection::both &&
                            first.direction != TableDirection::both;
      refuse(table, first, pair_words(table),
             opposite ? "make one entry of the two, with direction: both" : "remove one of the two");
    }
    add_target(table, Direction::forward, forward_);
    add_target(table, Direction::reverse, reverse_);
  }

 private:
  using Targets = std::map<QualifiedName, const Table*>;

  static std::string words(const QualifiedName& table) { return shown(table.schema + "." + table.name); }
  static std::string pair_words(const Table& table) {
    return "the pair " + words(table.desktop) + " -> " + words(table.cloud) + " stands here a second time";
  }

  static void add_target(const Table& table, Direction way, Targets& targets) {
    if (!table.goes(way)) return;
    const Place place = target_of(way);
    const auto [first, is_new] = targets.emplace(table.at(place), &table);
    if (!is_new)
      refuse(table, *first->second,
             "the " + std::string(name_of(place)) + " table " + words(table.at(place)) +
                 " is written by a second entry here",
             "only one table may be copied into it: remove one of the two");
  }

  [[noreturn]] static void refuse(const Table& table, const Table& first, const std::string& what,
                                  const std::string& hint) {
    fail(table.mark, what + "; the first is at " + first.mark.text(), hint);
  }

  std::map<std::pair<QualifiedName, QualifiedName>, const Table*> pairs_;
  Targets forward_;
  Targets reverse_;
};

// `defaults`: nothing where they are wrong; then nobody knows what a table lacks.
void read_tables(TableMap& map, const Node& root, const std::optional<TableKeys>& defaults,
                 const Environment& environment, const Lenience& lenience) {
  const std::string example = "write tables: and below it - desktop: name_of_a_table, with a blank behind the dash";
  const Node& node = required(root, "tables", example);
  if (node.kind != Node::Kind::list || node.items.empty())
    fail(node.mark, "'tables' must be a list of at least one table", example);
  if (node.items.size() > most_tables)
    fail(node.mark, "'tables' has more than 10,000 entries", "split it into several maps");
  Places places;
  // No table moves in memory any more: `places` points at them.
  map.tables.reserve(node.items.size());
  for (const auto& item : node.items) {
    const auto keys =
        lenience.read_group(*item, [&](const Node& group) { return read_table_keys(group, environment); });
    if (!keys || !defaults) continue;
    lenience.attempt([&] { places.add(map.tables.emplace_back(settle(*keys, *defaults, map.desktop, map.cloud))); });
  }
}

TableMap read_map(const std::string& text, const std::string& file, const Environment& environment,
                  const Lenience& lenience) {
  check_text(text, file);
  const auto root = read_yaml(text, file);
  if (root->kind != Node::Kind::group)
    fail(root->mark, "a table map must be lines of the form 'key: value'",
         "tablemaps/practice.yaml shows how a table map looks; is this the right file?");
  lenience.read_group(*root, [](const Node& group) {
    check_group(group, "the map", {"map", "desktop", "cloud", "retention", "limits", "defaults", "tables"});
    return true;
  });
  TableMap map;
  map.file = file;
  lenience.attempt([&] { map.name = read_map_name(*root, environment); });
  lenience.attempt([&] { map.desktop = read_database(*root, Place::desktop, file, environment); });
  lenience.attempt([&] { map.cloud = read_database(*root, Place::cloud, file, environment); });
  lenience.attempt([&] { map.retention = read_retention(*root, environment); });
  if (const Entry* limits = root->find("limits"))
    lenience.attempt([&] { map.limits = read_limits(*limits->value, environment); });
  const Entry* entry = root->find("defaults");
  std::optional<TableKeys> defaults = TableKeys{};
  if (entry)
    defaults =
        lenience.read_group(*entry->value, [&](const Node& group) { return read_default_keys(group, environment); });
  lenience.attempt([&] { read_tables(map, *root, defaults, environment, lenience); });
  return map;
}

}  // namespace

TableMap load_table_map(const std::string& file, const Environment& environment) {
  return parse_table_map(read_text_file(file), file, environment);
}

TableMap parse_table_map(const std::string& text, const std::string& file, const Environment& environment) {
  return read_map(text, file, environment, Lenience());
}

Inspection inspect_table_map(const std::string& file, const Environment& environment) {
  std::string text;
  Inspection inspection;
  if (!Lenience(inspection.complaints).attempt([&] { text = read_text_file(file); })) return inspection;
  return inspect_table_map_text(text, file, environment);
}

Inspection inspect_table_map_text(const std::string& text, const std::string& file, const Environment& environment) {
  Inspection inspection;
  const Lenience lenience(inspection.complaints);
  lenience.attempt([&] { inspection.map = read_map(text, file, environment, lenience); });
  if (!inspection.complaints.empty()) inspection.map.reset();
  return inspection;
}

}  // namespace engine::config
