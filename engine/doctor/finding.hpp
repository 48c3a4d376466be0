#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/core/direction.hpp"

namespace engine::doctor {

// What is found out before anything is copied, as values. Plain data; report/ puts it on the screen.

enum class Severity {
  blocks,     // a sync would be refused, or fail
  attention,  // rows would wait, or something is slow or at risk
  note,       // good to know
};

enum class FixKind {
  sql,      // statements for the database of `place`
  command,  // a line for the shell
  map,      // lines for the map
  none,     // nothing that could be pasted: `hint` says what to do
};

struct Finding {
  Severity severity = Severity::note;
  std::string check;           // what was looked at, in a word
  std::optional<Place> place;  // nothing: the map
  std::string table;           // as the map names it there; may be empty, as all below but `problem`
  std::string column;
  std::string problem;
  std::string hint;
  std::string fix;
  FixKind fix_kind = FixKind::none;
  std::string risk;  // why to think twice before the fix is run
};

struct Examination {
  std::vector<Finding> findings;       // the worst first
  std::vector<std::string> looked_at;  // in a few words each
  bool unreachable = false;            // a database could not be looked at
};

}  // namespace engine::doctor
