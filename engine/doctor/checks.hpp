#pragma once

#include <string>
#include <vector>

#include "engine/config/table_map.hpp"
#include "engine/doctor/facts.hpp"
#include "engine/doctor/finding.hpp"
#include "engine/pipeline/orphans.hpp"
#include "engine/plan/plan.hpp"

// Facts into findings. Pure: nothing here touches a server.
namespace engine::doctor {

using Findings = std::vector<Finding>;

// ---- the servers

Findings check_server(const ServerFacts& server, const config::TableMap& map);
// Their clocks, against each other.
Findings check_clocks(const ServerFacts& desktop, const ServerFacts& cloud, const config::TableMap& map);
Findings check_state(const StateFacts& state, const ServerFacts& server, const config::TableMap& map);

// ---- what the planner says

// `candidates`: by title, columns by which the rows of a refused table can be told apart. `servers`: desktop, cloud.
Findings explain_plan(const plan::Plan& plan, const config::TableMap& map, Direction direction,
                      const std::map<std::string, std::vector<std::string>>& candidates, const ServerFacts& desktop,
                      const ServerFacts& cloud);
// A table of the map that is not there. `other`: what it looks like on the other side, if it is there; `names`: of the
// tables that are there.
Finding explain_missing_table(const config::TableMap& map, const config::Table& table, Place place,
                              const catalog::TableSchema* other, const std::vector<std::string>& names);

// A time zone of the map that a server does not know.
Finding explain_zone(const config::TableMap& map, const ServerFacts& server);

// ---- a table in one direction

struct TableView {
  const config::TableMap& map;
  const config::Table& table;
  const plan::TableTask& task;
  const catalog::TableSchema& source;
  const catalog::TableSchema& target;
  const TableFacts& source_facts;
  const TableFacts& target_facts;
  const RowFacts& rows;
  const pipeline::Orphans& orphans;
  int target_version;       // as server_version_num
  std::string target_role;  // quoted where it must be

  Place from() const { return source_of(task.direction); }
  Place to() const { return target_of(task.direction); }
  // As the map names it there.
  std::string title(Place place) const { return display(table.at(place), map.at(place).schema); }
  const plan::Column* fed(const std::string& target_column) const;
};

Findings check_columns(const TableView& view);
Findings check_keys(const TableView& view);
Findings check_triggers(const TableView& view);
Findings check_rows(const TableView& view);
Findings check_orphans(const TableView& view);
Findings check_large_objects(const TableView& view);

// ---- sequences

Findings check_sequences(const config::TableMap& map, const config::Table& table, Place place,
                         const catalog::TableSchema& schema, const TableFacts& facts);
// Those that a run moves past the copied numbers.
Findings check_moved_sequences(const TableView& view);
// That both sides do not hand out the same numbers.
Findings check_numbering(const config::TableMap& map, const config::Table& table, const TableFacts& desktop,
                         const TableFacts& cloud);
bool are_disjoint(const SequenceFacts& one, const SequenceFacts& other);

// The worst first, each once.
void put_in_order(Findings& findings);

}  // namespace engine::doctor
