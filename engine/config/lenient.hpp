#pragma once

#include <optional>
#include <vector>

#include "engine/config/inspection.hpp"
#include "engine/config/problem.hpp"
#include "engine/config/yaml_reader.hpp"

namespace engine::config {

// Where the reader of a map goes with an error: up, or into a list while it reads on. Not for several threads.
class Lenience {
 public:
  Lenience() = default;  // strict: the first error is thrown
  explicit Lenience(std::vector<Complaint>& list) : list_(&list) {}

  // False where it was no success and the error is in the list.
  template <class Read>
  bool attempt(Read read) const {
    if (!list_) {
      read();
      return true;
    }
    try {
      read();
      return true;
    } catch (const MapError& error) {
      note(error);
      return false;
    }
  }

  // Reads a group. After an error its entry is left out and the rest is read, for more errors: the result then is
  // nothing.
  template <class Read>
  auto read_group(const Node& node, Read read) const -> std::optional<decltype(read(node))> {
    if (!list_) return read(node);
    Node rest = node;
    for (bool complete = true;; complete = false) {
      try {
        auto result = read(rest);
        if (complete) return result;
        return std::nullopt;
      } catch (const MapError& error) {
        // what is wrong with the group as a whole may be wrong for want of what was left out
        const bool as_a_whole = error.mark == node.mark;
        if (complete || !as_a_whole) note(error);
        if ((!complete && as_a_whole) || !leave_out(rest, error.mark)) return std::nullopt;
      }
    }
  }

 private:
  void note(const MapError& error) const { list_->push_back({error.mark, error.message, error.hint()}); }
  // The entry in which that place lies. False where there is none.
  static bool leave_out(Node& group, const Mark& mark);

  std::vector<Complaint>* list_ = nullptr;
};

}  // namespace engine::config
