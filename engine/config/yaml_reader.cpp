#include "engine/config/yaml_reader.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <cstddef>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "engine/config/problem.hpp"
#include "engine/config/source_text.hpp"

namespace engine::config {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

Spot spot(const YAML::Mark& mark) {
  return mark.is_null() ? Spot{} : Spot{static_cast<std::size_t>(mark.pos), mark.line + 1};
}

// Builds the tree from what yaml-cpp reports while it reads.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(SourceText& source) : source_(source) {}

  const std::shared_ptr<Node>& root() const { return root_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (!root_) return;
    if (source_.from(spot(mark)).substr(0, 3) == "---")
      fail(source_.mark(spot(mark)), "a second document begins here, but a table map is one document",
           "remove the line '---'");
    fail(source_.mark(spot(mark)), "this line does not continue what stands above it",
         "lines that belong together begin in the same column, and a list is not mixed with 'key: value' lines");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    auto node = std::make_shared<Node>();
    if (begins_with_null(source_.from(spot(mark)))) {
      node->kind = Node::Kind::null;
      node->text = "null";
      node->mark = source_.mark(spot(mark));
    } else {
      node->mark = mark_of_nothing(mark);
    }
    add(std::move(node), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const Mark place = source_.mark(spot(mark));
    refuse_tag(tag, "tag:yaml.org,2002:str", place);
    if (!quotes_are_closed(source_.from(spot(mark))))
      fail(place, "a quote opens here and is never closed", "add the same quote at the end of the value");
    if (value.find('\0') != std::string::npos)
      fail(place, "this value contains a NUL character, which PostgreSQL cannot hold", "remove '\\0' from it");
    auto node = std::make_shared<Node>();
    node->kind = Node::Kind::text;
    node->mark = place;
    node->text = value;
    add(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto& node = anchors_.at(anchor);
    for (const auto& frame : open_) {
      if (frame.node == node)
        fail(source_.mark(spot(mark)), "this value contains itself",
             "an alias (*name) must stand outside of what it names");
    }
    attach(node);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    open(Node::Kind::list, mark, tag, anchor, style);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    open(Node::Kind::group, mark, tag, anchor, style);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  struct Frame {
    std::shared_ptr<Node> node;
    bool block = false;        // written as indented lines
    bool key_pending = false;  // of a group: its last entry waits for its value
    std::unordered_map<std::string, Mark> keys = {};
  };

  void refuse_tag(const std::string& tag, std::string_view accepted, const Mark& place) const {
    if (tag.empty() || tag == "?" || tag == "!" || tag == accepted) return;
    fail(place, "YAML tags (words that begin with '!') mean nothing in a table map",
         "remove the tag; a value that begins with '!' must stand in quotes");
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
            YAML::EmitterStyle::value style) {
    const Mark place = source_.mark(spot(mark));
    refuse_tag(tag, kind == Node::Kind::list ? "tag:yaml.org,2002:seq" : "tag:yaml.org,2002:map", place);
    auto node = std::make_shared<Node>();
    node->kind = kind;
    node->mark = place;
    add(node, anchor);
    Frame frame;
    frame.node = std::move(node);
    frame.block = style == YAML::EmitterStyle::Block;
    open_.push_back(std::move(frame));
  }

  Mark mark_of_nothing(const YAML::Mark& mark) {
    if (open_.empty()) return source_.mark(spot(mark));
    const Frame& frame = open_.back();
    if (frame.key_pending) return frame.node->entries.back().mark;
    return frame.block && frame.node->kind == Node::Kind::list ? source_.dash_before(spot(mark))
                                                               : source_.mark(spot(mark));
  }

  void add(std::shared_ptr<Node> node, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) anchors_[anchor] = node;
    attach(node);
  }

  void attach(const std::shared_ptr<Node>& node) {
    if (open_.empty()) {
      root_ = node;
      return;
    }
    Frame& frame = open_.back();
    if (frame.node->kind == Node::Kind::list) {
      frame.node->items.push_back(node);
    } else if (frame.key_pending) {
      frame.node->entries.back().value = node;
      frame.key_pending = false;
    } else {
      begin_entry(frame, *node);
    }
  }

  void begin_entry(Frame& frame, const Node& key) {
    if (key.kind == Node::Kind::null) fail(key.mark, "null cannot be a key", "put it in quotes if it is really a name");
    if (key.kind == Node::Kind::empty || (key.kind == Node::Kind::text && key.text.empty()))
      fail(key.mark, "a key is missing before the ':'", "write key: value");
    if (key.kind != Node::Kind::text)
      fail(key.mark, "a list or a group of keys cannot be a key",
           "check that each [ has its ] and each { its }; a value that begins with one of them needs quotes");
    const auto [first, is_new] = frame.keys.emplace(key.text, key.mark);
    if (!is_new)
      fail(key.mark,
           "the key " + shown(key.text) + " stands here a second time; the first is at " + first->second.text(),
           "keep one of the two");
    frame.node->entries.push_back(Entry{key.text, key.mark, nullptr});
    frame.key_pending = true;
  }

  SourceText& source_;
  std::shared_ptr<Node> root_;
  std::vector<Frame> open_;
  std::unordered_map<YAML::anchor_t, std::shared_ptr<Node>> anchors_;
};

struct Words {
  std::string_view begin;  // of yaml-cpp's message
  std::string_view message;
  std::string_view hint;
};

const Words words[] = {
    {YAML::ErrorMsg::END_OF_MAP_FLOW, "a '{' is not closed by '}' before this place",
     "add the '}', or a ',' between two entries; within { } a value with a colon, a comma or ${NAME} in it needs "
     "quotes"},
    {YAML::ErrorMsg::END_OF_SEQ_FLOW, "a '[' is not closed by ']' before this place",
     "add the ']', or a ',' between two entries; within [ ] a value with a colon, a comma or ${NAME} in it needs "
     "quotes"},
    {YAML::ErrorMsg::FLOW_END, "this bracket closes nothing", "remove it, or add the bracket that opens"},
    {YAML::ErrorMsg::MAP_VALUE, "a ':' must not stand here",
     "check this line and the one above it: 'key: value' needs a blank behind the ':' and a line of its own, and a "
     "value "
     "with ': ' in it needs quotes"},
    {YAML::ErrorMsg::MAP_KEY, "a key must not stand here", "each 'key: value' needs a line of its own"},
    {YAML::ErrorMsg::BLOCK_ENTRY, "a list entry ('- ') must not begin here",
     "begin the list on the next line, or write it as [a, b]; a value that begins with '-' needs quotes"},
    {YAML::ErrorMsg::END_OF_MAP, "this does not continue what stands above it",
     "check that neighbouring keys begin in the same column, and that nothing stands behind a closing quote"},
    {YAML::ErrorMsg::END_OF_SEQ, "this does not continue the list above it",
     "check that neighbouring lines begin in the same column"},
    {YAML::ErrorMsg::UNKNOWN_TOKEN, "a value must not begin with this character", "put the value in quotes"},
    {YAML::ErrorMsg::INVALID_ESCAPE, "a backslash in double quotes must be written twice", "or use single quotes"},
    {YAML::ErrorMsg::INVALID_HEX, "a backslash in double quotes must be written twice", "or use single quotes"},
    {YAML::ErrorMsg::INVALID_UNICODE, "this character code does not exist", "write the character itself"},
    {YAML::ErrorMsg::EOF_IN_SCALAR, "a quote is never closed", "add the same quote at the end of the value"},
    {YAML::ErrorMsg::DOC_IN_SCALAR, "a line begins with '---' or '...' before a quote is closed", "close the quote"},
    {YAML::ErrorMsg::UNKNOWN_ANCHOR, "no value above is named like this alias",
     "a value that begins with '*' needs quotes"},
    {YAML::ErrorMsg::ALIAS_NOT_FOUND, "a value must not begin with '*' here", "put the value in quotes"},
    {YAML::ErrorMsg::CHAR_IN_ALIAS, "a value must not begin with '*' here", "put the value in quotes"},
    {YAML::ErrorMsg::ANCHOR_NOT_FOUND, "a value must not begin with '&' here", "put the value in quotes"},
    {YAML::ErrorMsg::CHAR_IN_ANCHOR, "a value must not begin with '&' here", "put the value in quotes"},
    {YAML::ErrorMsg::CHAR_IN_BLOCK, "behind '|' or '>' the line must end", "begin the text on the next line"},
    {YAML::ErrorMsg::BAD_FILE, "lists and groups are nested too deeply here", "a table map needs five levels at most"},
};

[[noreturn]] void fail_in_our_words(const YAML::Exception& error, SourceText& source) {
  const Mark mark = source.mark(spot(error.mark));
  if (!error.mark.is_null() && source.tab_in_indentation(spot(error.mark)))
    fail(mark, "this line is indented with a tab", "use spaces; YAML does not allow tabs there");
  for (const auto& known : words) {
    if (std::string_view(error.msg).substr(0, known.begin.size()) == known.begin)
      fail(mark, std::string(known.message), std::string(known.hint));
  }
  fail(mark, "this is not valid YAML",
       "compare the line with tablemaps/practice.yaml; if in doubt put the value in quotes");
}

}  // namespace

const Entry* Node::find(std::string_view key) const {
  for (const auto& entry : entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

std::shared_ptr<const Node> read_yaml(const std::string& text, const std::string& file) {
  std::string_view content(text);
  if (content.substr(0, byte_order_mark.size()) == byte_order_mark) content.remove_prefix(byte_order_mark.size());
  SourceText source(content, file);
  TreeBuilder builder(source);
  try {
    std::istringstream stream{std::string(content)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    fail_in_our_words(error, source);
  }
  if (!builder.root() || builder.root()->kind == Node::Kind::empty)
    fail(Mark{file, 1, 1}, "the file holds nothing but comments or empty lines",
         "tablemaps/practice.yaml shows how a table map looks");
  return builder.root();
}

}  // namespace engine::config
