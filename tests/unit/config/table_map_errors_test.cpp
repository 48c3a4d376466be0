#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "engine/config/table_map.hpp"
#include "tests/unit/config/refusal.hpp"

namespace engine::config::test {
namespace {

Refusal load_refused(const std::string& file) {
  return refusal([&] { load_table_map(file, variables()); });
}

TEST(TableMapErrors, AnUnknownKeyIsNamedWithItsLineAndTheNearestKnownKey) {
  const Refusal problem = table_refused("key: [a]\nwatermrk: b");
  EXPECT_EQ(problem.what, "m.yaml:5:5: the key 'watermrk' is not known in 'tables'");
  EXPECT_EQ(problem.hint, "did you mean 'watermark'?");
}

TEST(TableMapErrors, AnUnknownKeyIsFoundAtEveryLevel) {
  EXPECT_EQ(refused("map: m\ntable: []\n").what, "m.yaml:2:1: the key 'table' is not known in 'the map'");
  EXPECT_EQ(refused("map: m\ntable: []\n").hint, "did you mean 'tables'?");
  EXPECT_EQ(refused("map: m\ndesktop: {uri: x}\n").what, "m.yaml:2:11: the key 'uri' is not known in 'desktop'");
  EXPECT_EQ(refused("map: m\ncloud: {port: 1}\n").hint, "the keys here are: url, schema, timezone");
  EXPECT_EQ(refused("map: m\ndefaults: {fuze: 1}\ntables: [{desktop: t}]\n").what,
            "m.yaml:2:12: the key 'fuze' is not known in 'defaults'");
  EXPECT_EQ(table_refused("origin: {col: x}").what, "m.yaml:4:14: the key 'col' is not known in 'origin'");
  EXPECT_EQ(table_refused("forward: {filter: x}").what, "m.yaml:4:15: the key 'filter' is not known in 'forward'");
  EXPECT_EQ(table_refused("soft_delete: {name: x}").what, "m.yaml:4:19: the key 'name' is not known in 'soft_delete'");
}

TEST(TableMapErrors, AKeyThatBelongsOneLevelDeeperSaysWhere) {
  const Refusal problem = table_refused("where: a > 1");
  EXPECT_EQ(problem.what, "m.yaml:4:5: the key 'where' is not known in 'tables'");
  EXPECT_EQ(problem.hint, "write it one level deeper, under 'forward:' or 'reverse:'");
}

TEST(TableMapErrors, WhatAMapMustHaveIsNamed) {
  EXPECT_EQ(refused("tables: [{desktop: t}]\n").what, "m.yaml:1:1: 'map' is missing in this map");
  EXPECT_EQ(refused("map: m\n").what, "m.yaml:1:1: 'tables' is missing in this map");
  EXPECT_EQ(refused("map: m\ntables: []\n").what, "m.yaml:2:9: 'tables' must be a list of at least one table");
  EXPECT_EQ(refused("map: m\ntables:\n").what, "m.yaml:2:1: 'tables' must be a list of at least one table");
  EXPECT_EQ(refused("map: m\ntables: {desktop: t}\n").what,
            "m.yaml:2:9: 'tables' must be a list of at least one table");
  EXPECT_EQ(refused("map: ''\ntables: [{desktop: t}]\n").what, "m.yaml:1:6: 'map' must not be empty");
  EXPECT_EQ(refused("map: ' '\ntables: [{desktop: t}]\n").what, "m.yaml:1:6: 'map' must not be empty");
  EXPECT_EQ(refused("map: \"a\\nb\"\ntables: [{desktop: t}]\n").what, "m.yaml:1:6: 'map' must be a name on one line");
  EXPECT_EQ(refused("- a\n- b\n").what, "m.yaml:1:1: a table map must be lines of the form 'key: value'");
  EXPECT_EQ(refused("just words\n").what, "m.yaml:1:1: a table map must be lines of the form 'key: value'");
}

TEST(TableMapErrors, AnEntryWithoutATableIsRefused) {
  EXPECT_EQ(refused("map: m\ntables:\n  - orgmaster\n").what,
            "m.yaml:3:5: an entry of 'tables' must be a group of keys");
  EXPECT_EQ(refused("map: m\ntables:\n  - orgmaster\n").hint, "write - desktop: name_of_the_table");
  EXPECT_EQ(refused("map: m\ntables:\n  - key: [a]\n").what,
            "m.yaml:3:5: this entry of 'tables' does not say which table it means");
  EXPECT_EQ(refused("map: m\ntables:\n  - desktop: a\n  -\n").what,
            "m.yaml:4:3: an entry of 'tables' must be a group of keys");
}

TEST(TableMapErrors, AWrongTypeIsNamedWithItsPlace) {
  EXPECT_EQ(refused("map: [m]\n").what, "m.yaml:1:6: 'map' must be text, but it is a list");
  EXPECT_EQ(refused("map:\n").what, "m.yaml:1:1: 'map' has no value");
  EXPECT_EQ(refused("map: {a: b}\n").what, "m.yaml:1:6: 'map' must be text, but it is a group of keys");
  EXPECT_EQ(refused("map: null\n").what, "m.yaml:1:6: 'map' must be text, but it is null");
  EXPECT_EQ(refused("map: m\ndesktop: [a]\n").what, "m.yaml:2:10: 'desktop' must be a group of keys, but it is a list");
  EXPECT_EQ(refused("map: m\ndesktop: {url: [a]}\n").what, "m.yaml:2:16: 'url' must be text, but it is a list");
  EXPECT_EQ(refused("map: m\ndesktop: {url: }\n").what, "m.yaml:2:11: 'url' has no value");
  EXPECT_EQ(refused("map: m\ntables: [{desktop: t}]\ndefaults:\n").what, "m.yaml:3:1: 'defaults' has no value");
  EXPECT_EQ(table_refused("direction: [forward]").what, "m.yaml:4:16: 'direction' must be text, but it is a list");
  EXPECT_EQ(table_refused("key: {a: b}").what,
            "m.yaml:4:10: 'key' must be a column or a list of columns, but it is a group of keys");
  EXPECT_EQ(table_refused("key:").what, "m.yaml:4:5: 'key' has no value");
  EXPECT_EQ(table_refused("skip: null").what,
            "m.yaml:4:11: 'skip' must be a column or a list of columns, but it is null");
  EXPECT_EQ(table_refused("skip: [a, [b]]").what,
            "m.yaml:4:15: each entry of 'skip' must be the name of a column, but this one is a list");
  EXPECT_EQ(table_refused("skip: [a, null]").what,
            "m.yaml:4:15: each entry of 'skip' must be the name of a column, but this one is null");
  EXPECT_EQ(table_refused("skip: [a, '']").what, "m.yaml:4:15: 'skip' must not be empty");
  EXPECT_EQ(table_refused("rename: [a]").what, "m.yaml:4:13: 'rename' must be pairs of column names");
  EXPECT_EQ(table_refused("rename: {a: [b]}").what, "m.yaml:4:17: 'a' must be text, but it is a list");
  EXPECT_EQ(table_refused("origin: source").what, "m.yaml:4:13: 'origin' must be a group of keys, but it is text");
  EXPECT_EQ(table_refused("forward: x").what, "m.yaml:4:14: 'forward' must be a group of keys, but it is text");
  EXPECT_EQ(table_refused("forward: {columns: x}").what,
            "m.yaml:4:24: 'columns' must be pairs of a target column and SQL");
  EXPECT_EQ(table_refused("soft_delete: gone").what,
            "m.yaml:4:18: 'soft_delete' must be a group of keys, but it is text");
  EXPECT_EQ(table_refused("orphans:").what, "m.yaml:4:5: 'orphans' has no value");
}

TEST(TableMapErrors, SqlNullMustBeMeant) {
  const Refusal problem = table_refused("forward: {columns: {a: null}}");
  EXPECT_EQ(problem.what, "m.yaml:4:28: 'a' must be text, but it is null");
  EXPECT_EQ(problem.hint, "put null in quotes if it is really meant as text, or as SQL; else remove the key");
  EXPECT_EQ(table("forward: {columns: {a: 'NULL'}}").forward.columns.at(0).expression.sql, "NULL");
}

TEST(TableMapErrors, SqlThatYamlSplitsAtACommaIsRefusedWithAHint) {
  const Refusal where = table_refused("forward: {where: a IN (1, 2)}");
  EXPECT_EQ(where.what, "m.yaml:4:31: the key '2)' is not known in 'forward'");
  EXPECT_EQ(where.hint,
            "the keys here are: where, join, columns; if it belongs to the value before it, put that value in quotes");
  EXPECT_EQ(table_refused("forward: {columns: {a: coalesce(a, 0)}}").what, "m.yaml:4:40: '0)' has no value");
}

TEST(TableMapErrors, AnEmptyExpressionIsRefused) {
  EXPECT_EQ(table_refused("forward: {where: ''}").what, "m.yaml:4:22: 'where' must not be empty");
  EXPECT_EQ(table_refused("forward: {join: ' '}").what, "m.yaml:4:21: 'join' must not be empty");
  EXPECT_EQ(table_refused("forward: {columns: {a: ''}}").what, "m.yaml:4:28: 'a' must not be empty");
}

TEST(TableMapErrors, AWordThatAKeyDoesNotKnowIsRefusedWithTheNearest) {
  EXPECT_EQ(table_refused("direction: fowrard").what, "m.yaml:4:16: 'direction' cannot be 'fowrard'");
  EXPECT_EQ(table_refused("direction: fowrard").hint, "did you mean 'forward'?");
  EXPECT_EQ(table_refused("direction: up").hint, "the words here are: forward, reverse, both");
  EXPECT_EQ(table_refused("conflicts: desktop").what, "m.yaml:4:16: 'conflicts' cannot be 'desktop'");
  EXPECT_EQ(table_refused("deletes: yes").hint, "the words here are: ignore, report, soft, hard");
  EXPECT_EQ(table_refused("orphans: ignore").what, "m.yaml:4:14: 'orphans' cannot be 'ignore'");
}

TEST(TableMapErrors, SizesAndSharesAreRefusedWithTheirPlace) {
  EXPECT_EQ(table_refused("row_bytes: 2GB").what,
            "m.yaml:4:16: 'row_bytes' must lie between 1kB and 1GB, but it is '2GB'");
  EXPECT_EQ(table_refused("row_bytes: big").what, "m.yaml:4:16: 'row_bytes' must be a size, but it is 'big'");
  EXPECT_EQ(table_refused("fuse: 10").what, "m.yaml:4:11: 'fuse' must be a percentage, but '10' has no percent sign");
  EXPECT_EQ(table_refused("fuse: 10").hint, "write a number from 0 to 100 with a percent sign, such as 10%");
  EXPECT_EQ(table_refused("fuse: 101%").what, "m.yaml:4:11: 'fuse' must lie between 0% and 100%, but it is '101%'");
}

TEST(TableMapErrors, WhatALargeTableIsMustBeSaidInFull) {
  EXPECT_EQ(table_refused("large: 1GB").what, "m.yaml:4:12: 'large' must be a group of keys, but it is text");
  EXPECT_EQ(table_refused("large: {exact_every: 24h}").what, "m.yaml:4:12: 'large' lacks 'above'");
  EXPECT_EQ(table_refused("large: {exact_every: 24h}").hint,
            "write large: {above: 1GB, exact_every: 24h}, or large: none");
  EXPECT_EQ(table_refused("large: {above: 1GB, every: 24h}").what,
            "m.yaml:4:25: the key 'every' is not known in 'large'");
  EXPECT_EQ(table_refused("large: {above: 1GB, exact_evry: 24h}").hint, "did you mean 'exact_every'?");
  EXPECT_EQ(table_refused("large: {above: big}").what, "m.yaml:4:20: 'above' must be a size, but it is 'big'");
  EXPECT_EQ(table_refused("large: {above: 1GB, exact_every: daily}").what,
            "m.yaml:4:38: 'exact_every' must be a time, but it is 'daily'");
  EXPECT_EQ(table_refused("large: {above: 1GB, exact_every: daily}").hint,
            "write a whole number with m (minutes), h (hours) or d (days) behind it, such as 24h");
}

TEST(TableMapErrors, FewerConnectionsThanARunNeedsAreRefusedWithTheirPlace) {
  const auto limits_refused = [](const std::string& keys) {
    return refused("map: m\nlimits: {" + keys + "}\ntables:\n  - desktop: t\n");
  };
  for (const std::string text : {"1", "0", "-3", "1001", "many", "none", "2.5"}) {
    const auto problem = limits_refused("cloud_connections: " + text);
    EXPECT_EQ(problem.what,
              "m.yaml:2:29: 'cloud_connections' must be a whole number from 2 to 1000, but it is '" + text + "'");
    EXPECT_EQ(problem.hint.find("a run needs 2 connections to either side at least (--jobs 1)"), 0u) << problem.hint;
  }
  EXPECT_EQ(limits_refused("desktop_connections: 2").what, "");
}

TEST(TableMapErrors, ABandwidthThatIsNoneIsRefusedWithItsPlace) {
  const auto limits_refused = [](const std::string& keys) {
    return refused("map: m\nlimits: {" + keys + "}\ntables:\n  - desktop: t\n").what;
  };
  const std::string key = "m.yaml:2:34: 'cloud_bytes_per_second' must ";
  EXPECT_EQ(limits_refused("cloud_bytes_per_second: fast"), key + "be a size, but it is 'fast'");
  EXPECT_EQ(limits_refused("cloud_bytes_per_second: 2MB/s"), key + "be a size, but it is '2MB/s'");
  for (const std::string text : {"0", "63kB", "2GB", "1TB", "99999999999999999999MB"})
    EXPECT_EQ(limits_refused("cloud_bytes_per_second: " + text),
              key + "lie between 64kB and 1GB, but it is '" + text + "'");
}

TEST(TableMapErrors, AVariableThatIsNotSetIsNamedWithItsPlace) {
  const Refusal problem = table_refused("forward: {where: \"a = ${YEAR}\"}");
  EXPECT_EQ(problem.what, "m.yaml:4:22: the variable YEAR is not set");
  EXPECT_EQ(problem.hint, "set it before the call, or write the value here");
  EXPECT_EQ(refused("map: m\ndesktop: {schema: '${S}'}\n").what, "m.yaml:2:19: the variable S is not set");
  EXPECT_EQ(refused("map: m\ndesktop: {url: '${S-}'}\n").what,
            "m.yaml:2:16: '${' is not followed by the name of a variable and '}'");
}

TEST(TableMapErrors, AUrlIsNeverRepeated) {
  const std::string secret = "postgresql://u:hunter2@h/d";
  for (const std::string& text :
       {"map: m\ndesktop: " + secret + "\n", "map: m\ndesktop: {url: {" + secret + ": 1}}\n",
        "map: m\ndesktop: {" + secret + ": 1}\n", "map: m\ndesktop: [" + secret + "]\n", secret,
        with_table("direction: " + secret), with_table("row_bytes: " + secret), with_table("fuse: " + secret),
        with_table("key: [" + secret + ", " + secret + "]"), with_table("forward: {columns: {" + secret + ": ''}}"),
        "map: m\ndesktop: {url: " + secret + "\n"}) {
    const Refusal problem = refused(text);
    EXPECT_NE(problem.what.find("m.yaml:"), std::string::npos) << text;
    EXPECT_EQ((problem.what + problem.hint).find("hunter2"), std::string::npos) << problem.what;
  }
  const Refusal from_variable = table_refused("direction: ${SECRET}", variables({{"SECRET", "hunter2"}}));
  EXPECT_EQ(from_variable.what, "m.yaml:4:16: 'direction' cannot be '${SECRET}'");
}

TEST(TableMapErrors, AFileThatIsNotThereIsNamed) {
  const Refusal problem = load_refused("/nowhere/m.yaml");
  EXPECT_EQ(problem.what, "/nowhere/m.yaml: this file does not exist");
  EXPECT_EQ(problem.hint, "check the name after --map, or in PGTIDE_MAP");
  EXPECT_EQ(load_refused("/dev/null/m.yaml").what, "/dev/null/m.yaml: this file does not exist");
}

TEST(TableMapErrors, AFolderIsNoMap) {
  EXPECT_EQ(load_refused("/tmp").what, "/tmp: this is a folder, not a table map");
}

TEST(TableMapErrors, AFileThatCannotBeReadToItsEndIsRefused) {
  EXPECT_NE(load_refused("/proc/self/mem").what.find("/proc/self/mem: this file cannot be read: "), std::string::npos);
}

TEST(TableMapErrors, AnEmptyFileIsRefused) {
  EXPECT_EQ(load_refused("/dev/null").what, "/dev/null:1:1: the file holds nothing but comments or empty lines");
}

TEST(TableMapErrors, AFileThatIsFarTooLargeIsRefusedBeforeItIsRead) {
  const Refusal problem = load_refused("/dev/zero");
  EXPECT_EQ(problem.what, "/dev/zero: this file is too large for a table map");
  EXPECT_EQ(problem.hint, "a table map may have at most 8 MB; is this the right file?");
  EXPECT_EQ(refused(std::string((8u << 20) + 1, '#')).what, "m.yaml: this file is too large for a table map");
}

TEST(TableMapErrors, TextThatIsNotUtf8IsRefusedWhereItBegins) {
  EXPECT_EQ(refused("map: m\n# gr\xf6\xdf"
                    "e\n")
                .what,
            "m.yaml:2:5: this character is not valid UTF-8");
  EXPECT_EQ(refused("map: \xc3\xa4\xc3").what, "m.yaml:1:7: this character is not valid UTF-8");
  for (const std::string bytes : {"\xc0\xaf", "\xed\xa0\x80", "\xe0\x80\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
                                  "\xff\xfe", "\x80", "\xe2\x82"})
    EXPECT_EQ(refused("a" + bytes).what, "m.yaml:1:2: this character is not valid UTF-8");
  EXPECT_EQ(refused("map: m\n\x04tables:").what, "m.yaml:2:1: there is an invisible control character here");
  EXPECT_EQ(refused(std::string("map: m\0", 7)).what, "m.yaml:1:7: there is an invisible control character here");
}

TEST(TableMapErrors, MoreTablesThanTheLimitAreRefused) {
  std::string text = "map: m\ntables:\n";
  for (int i = 0; i < 10'000; ++i) text += "  - desktop: t" + std::to_string(i) + "\n";
  EXPECT_EQ(parse(text).tables.size(), 10'000u);
  EXPECT_EQ(refused(text + "  - desktop: x\n").what, "m.yaml:3:3: 'tables' has more than 10,000 entries");
}

}  // namespace
}  // namespace engine::config::test
