#include "engine/config/map_print.hpp"

#include <gtest/gtest.h>

#include <set>

namespace engine::config {
namespace {

std::string print(const std::string& head, const std::string& tables, const std::string& value = "1") {
  return print_of(parse_table_map("map: m\n" + head + "tables:\n" + tables, "m.yaml",
                                  [&](const std::string&) { return std::optional(value); }));
}

TEST(MapPrint, IsTheSameWhereverAndHoweverTheMapSaysIt) {
  EXPECT_EQ(print("", "  - desktop: t\n    key: [id]\n"), print("", "  # a table\n  - {desktop: t, key: [\"id\"]}\n"));
  EXPECT_EQ(print("desktop: {url: \"a\"}\n", "  - desktop: t\n"), print("desktop: {url: \"b\"}\n", "  - desktop: t\n"));
}

TEST(MapPrint, IsAnotherOneForEachThingThatTheMapSays) {
  const std::string table = "  - desktop: t\n";
  std::set<std::string> prints = {print("", table)};
  std::size_t number = 1;
  const auto is_new = [&](const std::string& one) {
    prints.insert(one);
    EXPECT_EQ(prints.size(), ++number);
  };
  is_new(print("desktop: {schema: s}\n", table));
  is_new(print("desktop: {timezone: UTC}\n", table));
  is_new(print("cloud: {timezone: UTC}\n", table));
  for (const char* key : {"cloud: u",
                          "direction: reverse",
                          "direction: both",
                          "key: [id]",
                          "key: none",
                          "key: [a, b]",
                          "watermark: [a]",
                          "watermark: none",
                          "skip: [a]",
                          "rename: {a: b}",
                          "origin: {column: s, desktop: D, cloud: M}",
                          "forward: {where: a}",
                          "forward: {where: b}",
                          "forward: {join: a}",
                          "forward: {columns: {a: b}}",
                          "forward: {columns: {a: c}}",
                          "conflicts: manual",
                          "deletes: report",
                          "orphans: null",
                          "row_bytes: 1MB",
                          "quarantine: {tries: 3}",
                          "fuse: 20%",
                          "large: {above: 1GB}",
                          "rebuild_indexes: true"}) {
    SCOPED_TRACE(key);
    is_new(print("", table + "    " + key + "\n"));
  }
  is_new(print("", table + "    forward: {where: \"a = ${V}\"}\n", "1"));
  is_new(print("", table + "    forward: {where: \"a = ${V}\"}\n", "2"));
}

}  // namespace
}  // namespace engine::config
