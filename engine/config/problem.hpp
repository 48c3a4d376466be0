#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/error.hpp"
#include "engine/core/mark.hpp"

namespace engine::config {

// How the readers of this folder say that a map is wrong. Pure; safe from any thread.

// An error of a map, its place kept apart for those who go on reading to find more.
class MapError : public Error {
 public:
  MapError(const Mark& place, const std::string& text, const std::string& hint)
      : Error(ErrorCode::configuration, place.text() + ": " + text, hint), mark(place), message(text) {}

  const Mark mark;
  const std::string message;  // without the place
};

// Throws MapError: Error(configuration) with the text `file:line:column: message`.
[[noreturn]] void fail(const Mark& mark, const std::string& message, const std::string& hint = {});

// Whether a message may repeat it: not what could be a connection string with a password in it, is long or does not fit
// on one line.
bool showable(std::string_view text);

// `'text'` where it may be repeated in a message, else `this value`.
std::string shown(std::string_view text);

// The known word that was probably meant, if one is near enough. Case and `-` for `_` do not count.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

// What to do about a word that is not one of the known ones: the nearest of them, else all of them.
std::string known_words_hint(std::string_view word, const std::vector<std::string>& known, const std::string& words);

}  // namespace engine::config
