#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "engine/core/mark.hpp"

namespace engine::config {

// A place as the YAML parser counts it: bytes from 0, lines from 1; line 0 is no place.
struct Spot {
  std::size_t byte = 0;
  int line = 0;
};

// The text of a YAML file beside its parser: what the parser does not tell is looked up here. The text must outlive
// it. Not for several threads at once (it remembers where it counted last).
class SourceText {
 public:
  SourceText(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  // The text from there to the end.
  std::string_view from(const Spot& spot) const { return text_.substr(offset(spot)); }

  // The place as people count it: characters from 1, a character of several bytes as one.
  Mark mark(const Spot& spot);

  // Where the entry of an indented list begins that has no value; the spot is what follows it.
  Mark dash_before(const Spot& spot);

  bool tab_in_indentation(const Spot& spot) const;

 private:
  std::size_t offset(const Spot& spot) const { return spot.byte < text_.size() ? spot.byte : text_.size(); }
  std::size_t line_begin(std::size_t offset) const;
  std::size_t line_begin_from_here(std::size_t offset) const;
  int characters_before(std::size_t offset);
  int starts_character(std::size_t at) const { return (static_cast<unsigned char>(text_[at]) & 0xc0) != 0x80 ? 1 : 0; }

  std::string_view text_;
  std::string file_;
  std::size_t counted_line_ = 0;
  std::size_t counted_ = 0;
  int characters_ = 0;
};

// `value` is the text from where a value begins, to the end of the file.

// Whether null or ~ is written there.
bool begins_with_null(std::string_view value);

// False where a quote opens there and is never closed.
bool quotes_are_closed(std::string_view value);

}  // namespace engine::config
