#include "engine/config/yaml_reader.hpp"

#include <gtest/gtest.h>

#include "tests/unit/config/refusal.hpp"

namespace engine::config::test {
namespace {

std::string place(const Node& node) { return node.mark.text(); }

Refusal yaml_refused(const std::string& text) {
  return refusal([&] { read_yaml(text, "f"); });
}

TEST(YamlReader, EachValueKnowsItsLineAndColumn) {
  const auto root = read_yaml("a: x\nb:\n  - y\n  - {c: 'z'}\n", "f");
  EXPECT_EQ(place(*root), "f:1:1");
  EXPECT_EQ(place(*root->find("a")->value), "f:1:4");
  EXPECT_EQ(root->find("b")->mark.text(), "f:2:1");
  EXPECT_EQ(place(*root->find("b")->value), "f:3:3");
  EXPECT_EQ(place(*root->find("b")->value->items.at(0)), "f:3:5");
  EXPECT_EQ(place(*root->find("b")->value->items.at(1)->find("c")->value), "f:4:9");
}

TEST(YamlReader, ColumnsCountCharactersNotBytes) {
  const auto root = read_yaml("{\xc3\xa4\xe2\x82\xac: \xf0\x9f\x98\x80, b: c}", "f");
  EXPECT_EQ(place(*root->entries.at(0).value), "f:1:6");
  EXPECT_EQ(place(*root->entries.at(1).value), "f:1:12");
}

TEST(YamlReader, AByteOrderMarkAtTheBeginningCountsAsNothing) {
  const auto root = read_yaml(
      "\xef\xbb\xbf"
      "a: b",
      "f");
  EXPECT_EQ(place(*root->find("a")->value), "f:1:4");
}

TEST(YamlReader, LinesThatEndInCarriageReturnsAreReadLikeOthers) {
  const auto root = read_yaml("a: x\r\nb: ~\r\nc:\r\n", "f");
  EXPECT_EQ(root->find("a")->value->text, "x");
  EXPECT_EQ(root->find("b")->value->kind, Node::Kind::null);
  EXPECT_EQ(root->find("c")->value->kind, Node::Kind::empty);
}

TEST(YamlReader, ABlockOfTextStandsWhereItsSignStands) {
  const auto root = read_yaml("a: |\n  x\n  y\nb: >-\n  p\n  q\n", "f");
  EXPECT_EQ(root->find("a")->value->text, "x\ny\n");
  EXPECT_EQ(place(*root->find("a")->value), "f:1:4");
  EXPECT_EQ(root->find("b")->value->text, "p q");
  EXPECT_EQ(place(*root->find("b")->value), "f:4:4");
}

TEST(YamlReader, WordsThatOtherProgramsTakeForTruthOrNumbersStayText) {
  for (const std::string word :
       {"none", "yes", "true", "off", "1.0", "0x10", "1e3", "null_", "nullable", "2024-01-01"}) {
    const auto value = read_yaml("a: " + word, "f")->find("a")->value;
    EXPECT_EQ(value->kind, Node::Kind::text) << word;
    EXPECT_EQ(value->text, word);
  }
}

TEST(YamlReader, NullIsNotTheSameAsNothing) {
  const auto root = read_yaml("a: null\nb: ~\nc: NULL\nd: 'null'\ne:\nnull_and_more:\ng: &x null\n", "f");
  EXPECT_EQ(root->find("a")->value->kind, Node::Kind::null);
  EXPECT_EQ(root->find("b")->value->kind, Node::Kind::null);
  EXPECT_EQ(root->find("c")->value->kind, Node::Kind::null);
  EXPECT_EQ(root->find("d")->value->kind, Node::Kind::text);
  EXPECT_EQ(root->find("e")->value->kind, Node::Kind::empty);
  EXPECT_EQ(root->find("null_and_more")->value->kind, Node::Kind::empty);
  EXPECT_EQ(root->find("g")->value->kind, Node::Kind::null);
}

TEST(YamlReader, AnEmptyValueStandsWhereItsKeyOrItsDashStands) {
  const auto root = read_yaml("a:\n\n\nb:\n  - x\n  -\n  # a remark\n\n  -\n", "f");
  EXPECT_EQ(place(*root->find("a")->value), "f:1:1");
  const auto& items = root->find("b")->value->items;
  ASSERT_EQ(items.size(), 3u);
  EXPECT_EQ(place(*items.at(1)), "f:6:3");
  EXPECT_EQ(place(*items.at(2)), "f:9:3");
  const auto flow = read_yaml("{a, b: , c: d}", "f");
  EXPECT_EQ(place(*flow->find("a")->value), "f:1:2");
  EXPECT_EQ(place(*flow->find("b")->value), "f:1:5");
}

TEST(YamlReader, AnEmptyEntryBetweenBracketsStandsAtItsComma) {
  const auto root = read_yaml("a:\n  - x\nb: [p, , q]\n", "f");
  EXPECT_EQ(place(*root->find("b")->value->items.at(1)), "f:3:8");
}

TEST(YamlReader, AnAliasStandsForTheValueWithThatAnchor) {
  const auto root = read_yaml("a: &x [p, q]\nb: *x\n", "f");
  EXPECT_EQ(root->find("b")->value, root->find("a")->value);
}

TEST(YamlReader, AKeyThatStandsTwiceIsRefusedAtEveryLevel) {
  const Refusal top = yaml_refused("a: 1\nb: 2\na: 3\n");
  EXPECT_EQ(top.what, "f:3:1: the key 'a' stands here a second time; the first is at f:1:1");
  EXPECT_EQ(top.hint, "keep one of the two");
  EXPECT_EQ(yaml_refused("a:\n  - b: {c: 1, \"c\": 2}\n").what,
            "f:2:15: the key 'c' stands here a second time; the first is at f:2:9");
}

TEST(YamlReader, ASecondDocumentIsRefused) {
  EXPECT_EQ(yaml_refused("a: 1\n---\nb: 2\n").what,
            "f:2:1: a second document begins here, but a table map is one document");
  EXPECT_EQ(yaml_refused("a: 1\n---\n").what, "f:2:1: a second document begins here, but a table map is one document");
  EXPECT_EQ(read_yaml("---\na: 1\n...\n", "f")->find("a")->value->text, "1");
}

TEST(YamlReader, AListThatGoesOnAsAGroupIsRefused) {
  EXPECT_EQ(yaml_refused("- a\nb: 1\n").what, "f:2:1: this line does not continue what stands above it");
}

TEST(YamlReader, NothingIsNoDocument) {
  for (const std::string text : {"", "\n\n", "# only a remark\n", "---\n", "\xef\xbb\xbf"})
    EXPECT_EQ(yaml_refused(text).what, "f:1:1: the file holds nothing but comments or empty lines") << text;
}

TEST(YamlReader, AnOpenQuoteIsRefusedWhereItOpens) {
  EXPECT_EQ(yaml_refused("a: 'x\n").what, "f:1:4: a quote opens here and is never closed");
  EXPECT_EQ(yaml_refused("b: 1\na: &q 'it''s\n").what, "f:2:4: a quote opens here and is never closed");
  EXPECT_EQ(yaml_refused("a: \"x\\\"\n").what, "f:1:4: a quote opens here and is never closed");
  EXPECT_EQ(read_yaml("a: 'it''s'", "f")->find("a")->value->text, "it's");
}

TEST(YamlReader, ATabInFrontOfALineIsNamed) {
  const Refusal tab = yaml_refused("a:\n\tb: 1\n");
  EXPECT_EQ(tab.what, "f:2:3: this line is indented with a tab");
  EXPECT_EQ(tab.hint, "use spaces; YAML does not allow tabs there");
}

TEST(YamlReader, MistakesOfWritingAreSaidInOurWordsWithTheirPlace) {
  EXPECT_EQ(yaml_refused("a: [b, c").what, "f:1:9: a '[' is not closed by ']' before this place");
  EXPECT_EQ(yaml_refused("a: {b: c").what, "f:1:9: a '{' is not closed by '}' before this place");
  EXPECT_EQ(yaml_refused("a: b\n]\n").what, "f:2:1: this bracket closes nothing");
  EXPECT_EQ(yaml_refused("a: b: c\n").what, "f:1:5: a ':' must not stand here");
  EXPECT_EQ(yaml_refused("a: - b\n").what, "f:1:4: a list entry ('- ') must not begin here");
  EXPECT_EQ(yaml_refused("a:\n  b: 1\n c: 2\n").what, "f:3:2: this does not continue what stands above it");
  EXPECT_EQ(yaml_refused("a:\n  - b: 1\n    c: 2\n   d: 3\n").what, "f:4:4: this does not continue the list above it");
  EXPECT_EQ(yaml_refused("a: 'b'c\n").what, "f:1:7: this does not continue what stands above it");
  EXPECT_EQ(yaml_refused("a: @b\n").what, "f:1:4: a value must not begin with this character");
  EXPECT_EQ(yaml_refused("a: \"C:\\qux\"\n").what, "f:1:9: a backslash in double quotes must be written twice");
  EXPECT_EQ(yaml_refused("a: *b\n").what, "f:1:4: no value above is named like this alias");
  EXPECT_EQ(yaml_refused("a: *\n").what, "f:1:5: a value must not begin with '*' here");
  EXPECT_EQ(yaml_refused("a: &\n").what, "f:1:5: a value must not begin with '&' here");
  EXPECT_EQ(yaml_refused("a: | b\n").what, "f:1:6: behind '|' or '>' the line must end");
  EXPECT_EQ(yaml_refused("%YAML 2.0\n---\na: 1\n").what, "f:1:1: this is not valid YAML");
}

TEST(YamlReader, KeysMustBeText) {
  EXPECT_EQ(yaml_refused("? [a]\n: b\n").what, "f:1:3: a list or a group of keys cannot be a key");
  EXPECT_EQ(yaml_refused("a: 1\n~: b\n").what, "f:2:1: null cannot be a key");
  EXPECT_EQ(yaml_refused("a: 1\n: b\n").what, "f:2:1: a key is missing before the ':'");
  EXPECT_EQ(yaml_refused("'': b\n").what, "f:1:1: a key is missing before the ':'");
}

TEST(YamlReader, TagsAndNulCharactersAreRefused) {
  EXPECT_EQ(yaml_refused("a: !int 5\n").what,
            "f:1:4: YAML tags (words that begin with '!') mean nothing in a table map");
  EXPECT_EQ(yaml_refused("a: !set {b}\n").what,
            "f:1:4: YAML tags (words that begin with '!') mean nothing in a table map");
  EXPECT_EQ(yaml_refused("a: \"x\\0y\"\n").what,
            "f:1:4: this value contains a NUL character, which PostgreSQL cannot hold");
  EXPECT_EQ(read_yaml("a: !!str null\n", "f")->find("a")->value->text, "null");
}

TEST(YamlReader, AValueThatContainsItselfIsRefused) {
  EXPECT_EQ(yaml_refused("a: &x [b, *x]\n").what, "f:1:11: this value contains itself");
}

TEST(YamlReader, EndlessNestingIsRefusedAndDoesNotCrash) {
  std::string lists = "a:\n ";
  for (int i = 0; i < 100'000; ++i) lists += "- ";
  EXPECT_NE(yaml_refused(lists).what.find("nested too deeply"), std::string::npos) << yaml_refused(lists).what;
  for (const char bracket : {'[', '{'}) EXPECT_NE(yaml_refused("a: " + std::string(100'000, bracket)).what, "");
}

TEST(YamlReader, ALongLineIsReadInTimeThatGrowsWithItsLength) {
  std::string text = "a: [";
  for (int i = 0; i < 50'000; ++i) text += "\xc3\xa4, ";
  const auto root = read_yaml(text + "x]", "f");
  EXPECT_EQ(place(*root->find("a")->value->items.back()), "f:1:150005");
}

TEST(YamlReader, NoMessageRepeatsWhatCouldBeAPassword) {
  const std::string secret = "postgresql://u:hunter2@h/d";
  for (const std::string& text :
       {"a: {" + secret + ": 1, " + secret + ": 2}", "a: '" + secret, "url: " + secret + ": x", "a: [" + secret}) {
    const Refusal problem = yaml_refused(text);
    EXPECT_FALSE(problem.what.empty());
    EXPECT_EQ((problem.what + problem.hint).find("hunter2"), std::string::npos) << problem.what;
  }
}

}  // namespace
}  // namespace engine::config::test
