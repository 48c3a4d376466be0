#include "engine/config/lenient.hpp"

#include <cstddef>
#include <utility>

namespace engine::config {

bool Lenience::leave_out(Node& group, const Mark& mark) {
  const auto place = [](const Mark& m) { return std::pair(m.line, m.column); };
  std::size_t found = group.entries.size();
  for (std::size_t i = 0; i < group.entries.size(); ++i)
    if (place(group.entries[i].mark) <= place(mark)) found = i;
  if (found == group.entries.size()) return false;
  group.entries.erase(group.entries.begin() + static_cast<std::ptrdiff_t>(found));
  return true;
}

}  // namespace engine::config
