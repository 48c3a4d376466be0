// docs/tablemap.schema.json, which editors use, says what the reader of maps says.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "engine/config/inspection.hpp"
#include "tests/unit/config/json_schema.hpp"

namespace engine::config {
namespace {

using test::Json;
using test::JsonSchema;
using testing::IsEmpty;
using testing::Not;
using Words = std::set<std::string>;

// No word that is known is near to it.
const std::string unknown = "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqq";
const Environment no_environment = [](const std::string&) { return std::nullopt; };

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

const JsonSchema& schema() {
  static const JsonSchema read(Json::parse(text_of(PGTIDE_SOURCE_DIR "/docs/tablemap.schema.json")));
  return read;
}

// What the reader says it knows at the place where the map has an unknown word: "the keys here are: a, b".
Words known_to_reader(const std::string& map) {
  const auto inspection = inspect_table_map_text(map, "m.yaml", no_environment);
  for (const auto& complaint : inspection.complaints) {
    const auto begin = complaint.hint.find(" here are: ");
    if (begin == std::string::npos) continue;
    Words words;
    std::istringstream list(complaint.hint.substr(begin + 11));
    for (std::string word; std::getline(list, word, ',');) words.insert(word.substr(word.find_first_not_of(' ')));
    return words;
  }
  ADD_FAILURE() << "the reader names no words for\n" << map;
  return {};
}

Words keys_of(const Json& group) {
  Words keys;
  for (const auto& [key, value] : group.at("properties").items()) keys.insert(key);
  return keys;
}

// The schema of a group: where `none` may stand too, the other one.
const Json& group_of(const Json& schema_of_key) {
  const Json& found = schema().resolved(schema_of_key);
  if (!found.contains("anyOf")) return found;
  for (const auto& one : found["anyOf"])
    if (schema().resolved(one).contains("properties")) return schema().resolved(one);
  return found;
}

Words words_of(const Json& schema_of_key) {
  Words words;
  for (const auto& word : schema().resolved(schema_of_key).at("enum"))
    if (word.is_string()) words.insert(word.get<std::string>());
  return words;
}

std::string map_with(const std::string& lines) { return "map: m\ntables:\n  - desktop: t\n    " + lines + "\n"; }

TEST(TablemapSchema, KnowsTheKeysThatTheReaderKnows) {
  const Json& root = schema().root();
  Words top = known_to_reader("map: m\n" + unknown + ": 1\ntables:\n  - desktop: t\n");
  Words described = keys_of(root);
  if (!top.contains("retention")) described.erase("retention");
  EXPECT_EQ(top, described);
  const Json& table = root["definitions"]["table"];
  EXPECT_EQ(known_to_reader(map_with(unknown + ": 1")), keys_of(table));
  EXPECT_EQ(known_to_reader("map: m\ndefaults: {" + unknown + ": 1}\ntables:\n  - desktop: t\n"),
            keys_of(root["properties"]["defaults"]));
  for (const std::string side : {"desktop", "cloud"})
    EXPECT_EQ(known_to_reader("map: m\n" + side + ": {" + unknown + ": 1}\ntables:\n  - desktop: t\n"),
              keys_of(root["properties"][side]));
  if (top.contains("retention")) {
    EXPECT_EQ(known_to_reader("map: m\nretention: {" + unknown + ": 1}\ntables:\n  - desktop: t\n"),
              keys_of(root["properties"]["retention"]));
  }
  EXPECT_EQ(known_to_reader("map: m\nlimits: {" + unknown + ": 1}\ntables:\n  - desktop: t\n"),
            keys_of(group_of(root["properties"]["limits"])));
  for (const std::string group : {"origin", "forward", "reverse", "soft_delete", "large", "quarantine"})
    EXPECT_EQ(known_to_reader(map_with(group + ": {" + unknown + ": 1}")),
              keys_of(group_of(table["properties"][group])))
        << group;
}

TEST(TablemapSchema, KnowsTheWordsThatTheReaderKnows) {
  const Json& keys = schema().root()["definitions"]["table"]["properties"];
  for (const std::string key : {"direction", "conflicts", "deletes", "orphans", "method"})
    EXPECT_EQ(known_to_reader(map_with(key + ": " + unknown)), words_of(keys[key])) << key;
}

// Itself, or what it refers to.
bool is_described(const Json& key) {
  if (key.contains("description")) return true;
  return key.contains("$ref") &&
         is_described(schema().root().at(Json::json_pointer(key["$ref"].get<std::string>().substr(1))));
}

void expect_described(const Json& part) {
  const Json keys = part.is_object() ? part.value("properties", Json::object()) : Json::object();
  for (const auto& [key, value] : keys.items()) EXPECT_TRUE(is_described(value)) << key;
  if (part.is_structured())
    for (const auto& one : part) expect_described(one);
}

TEST(TablemapSchema, DescribesEveryKey) { expect_described(schema().root()); }

TEST(TablemapSchema, TakesTheMapsThatThereAre) {
  std::vector<std::filesystem::path> files = {PGTIDE_SOURCE_DIR "/tests/golden/proposed_map.yaml",
                                              PGTIDE_SOURCE_DIR "/tests/golden/sample_map.yaml"};
  for (const auto& entry : std::filesystem::directory_iterator(PGTIDE_SOURCE_DIR "/tablemaps")) files.push_back(entry);
  for (const auto& file : files)
    EXPECT_THAT(schema().complaints(*read_yaml(text_of(file), file.filename())), IsEmpty()) << file;
}

TEST(TablemapSchema, TakesWhatTheReaderTakesAndNothingElse) {
  for (const std::string lines : {"key: none",
                                  "key: id",
                                  "key: [a, b]",
                                  "watermark: none",
                                  "watermark: [a]",
                                  "skip: []",
                                  "rename: {a: b}",
                                  "origin: none",
                                  "orphans: null",
                                  "orphans: \"null\"",
                                  "row_bytes: 2048",
                                  "row_bytes: 64MB",
                                  "fuse: 12.5%",
                                  "large: {above: 1GB}",
                                  "large: none",
                                  "quarantine: {tries: 3, limit: 50%}",
                                  "forward: none",
                                  "forward: {where: \"a > 1\", columns: {a: b}}",
                                  "soft_delete: none",
                                  "deletes: hard",
                                  "rebuild_indexes: true",
                                  "rebuild_indexes: false"}) {
    SCOPED_TRACE(lines);
    EXPECT_THAT(inspect_table_map_text(map_with(lines), "m.yaml", no_environment).complaints, IsEmpty());
    EXPECT_THAT(schema().complaints(*read_yaml(map_with(lines), "m.yaml")), IsEmpty());
  }
  for (const std::string lines :
       {"kye: id", "key: {a: b}", "direction: sideways", "fuse: 20", "row_bytes: large", "origin: {column: a}",
        "large: {exact_every: 1h}", "large: {above: 1GB, exact_every: soon}", "orphans: none", "forward: {were: a}",
        "quarantine: {tries: many}", "skip: {a: b}", "rename: [a]", "key: []", "watermark:", "rebuild_indexes: 1"}) {
    SCOPED_TRACE(lines);
    EXPECT_THAT(inspect_table_map_text(map_with(lines), "m.yaml", no_environment).complaints, Not(IsEmpty()));
    EXPECT_THAT(schema().complaints(*read_yaml(map_with(lines), "m.yaml")), Not(IsEmpty()));
  }
}

TEST(TablemapSchema, TakesTheLimitsThatTheReaderTakesAndNoOthers) {
  const auto map = [](const std::string& limits) {
    return "map: m\nlimits: " + limits + "\ntables:\n  - desktop: t\n";
  };
  for (const std::string limits :
       {"none", "{}", "{longest_read: 10min}", "{desktop_connections: 2, cloud_connections: 1000}",
        "{cloud_bytes_per_second: 2MB}", "{cloud_bytes_per_second: none, desktop_bytes_per_second: 65536}"}) {
    SCOPED_TRACE(limits);
    EXPECT_THAT(inspect_table_map_text(map(limits), "m.yaml", no_environment).complaints, IsEmpty());
    EXPECT_THAT(schema().complaints(*read_yaml(map(limits), "m.yaml")), IsEmpty());
  }
  for (const std::string limits :
       {"{cloud_connections: 1}", "{cloud_connections: none}", "{desktop_connections: 1001}",
        "{desktop_bytes_per_second: 1000}", "{cloud_bytes_per_second: 2Mbit}", "{bytes_per_second: 2MB}"}) {
    SCOPED_TRACE(limits);
    EXPECT_THAT(inspect_table_map_text(map(limits), "m.yaml", no_environment).complaints, Not(IsEmpty()));
    EXPECT_THAT(schema().complaints(*read_yaml(map(limits), "m.yaml")), Not(IsEmpty()));
  }
}

}  // namespace
}  // namespace engine::config
