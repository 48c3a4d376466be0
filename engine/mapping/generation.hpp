#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/mapping/proposal.hpp"
#include "engine/postgres/session.hpp"

namespace engine::mapping {

struct Wishes {
  std::string name;                                         // of the map; empty: that of the desktop database
  std::vector<std::string> desktop_schemas, cloud_schemas;  // empty: all
};

using Write = std::function<std::string(const Proposal&)>;
// Hears what is being done; `detail`: of one table.
using Tell = std::function<void(const std::string& doing, bool detail)>;

// Looks at both databases and proposes a map. What `write` makes of it was read again and judged by both databases:
// tables that a run would refuse are set aside, with the reason. Reads only. Throws Error where a database cannot be
// reached, or both URLs lead to the same one.
Proposal generate(postgres::Session& desktop, postgres::Session& cloud, const Wishes& wishes, const Write& write,
                  const Tell& tell);

}  // namespace engine::mapping
