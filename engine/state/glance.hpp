#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/names.hpp"
#include "engine/postgres/session.hpp"
#include "engine/state/scope.hpp"

namespace engine::state {

// pgtide.glance: what the last completed run was planned from, so that the next one sees at a glance that nothing
// changed; and what such a run, which has nothing to do, reads and writes, in few statements for all tables.

struct GlancedTable {
  bool counted = false;              // compared whole unless the numbers of rows are those of the last run
  std::vector<QualifiedName> reads;  // the tables that its expressions read

  bool operator==(const GlancedTable&) const = default;
};

struct Glance {
  std::string map_print;  // fingerprint of the map and of the program
  std::string source_print;
  std::string target_print;
  std::vector<std::string> warnings;           // about the map, for people
  std::map<std::string, GlancedTable> tables;  // by title

  bool operator==(const Glance&) const = default;
};

// Part of the transaction that ends a run.
void store_glance(postgres::Session& session, const Scope& scope, const Glance& glance);
// Part of the transaction that begins one: what it leaves may not be what the last one left.
void forget_glance(postgres::Session& session, const Scope& scope);

std::string glance_statement(const Scope& scope);          // returns `map_print`, ...
std::string glanced_tables_statement(const Scope& scope);  // returns `glanced_table`, ...
std::optional<Glance> glance_of(const postgres::Result& glance, const postgres::Result& tables);

// Returns why the tables cannot be left alone, as the state says it, as `unrest` (empty if they can); the clock as
// `began`, and the database that the state was made in as `home`.
std::string unrest_statement(const Scope& scope, const std::vector<std::string>& tables);

// Returns by `known_title` whether any of the table's rows are remembered, as `has_known`.
std::string remembered_statement(const Scope& scope);

// Returns as `others` what other maps remember that a plan depends on.
std::string other_maps_statement(const Scope& scope);
inline constexpr const char* no_other_maps = "d41d8cd98f00b204e9800998ecf8427e";  // that, where there are none

// What a run with nothing to do leaves in the state: the history, the watermarks, the days.
struct IdleRun {
  Mode mode = Mode::incremental;
  std::string began;  // by the target's clock
  std::string observed_at;
  std::vector<std::string> tables;
  std::int64_t duration_ms = 0;
  std::int64_t round_trips = 0;
};

// Statements for a transaction that holds the run's lock. They return `run_id`, then `finished`.
std::string idle_run_script(const Scope& scope, const IdleRun& run);

// The cursors of these tables, moved to where the source stands now. `run_id`: SQL.
std::string move_cursors_statement(const Scope& scope, const std::vector<std::string>& tables, std::int64_t next_xid,
                                   const std::string& unfinished, const std::string& run_id);
// The run that idle_run_script() has written before, as SQL.
std::string newest_run(const Scope& scope);

// What a run leaves of the tables in which it found nothing to do, but for the cursors, as part of a transaction that
// is fenced.
std::string quiet_tables_script(const Scope& scope, std::int64_t run_id, const std::string& observed_at,
                                const std::vector<std::string>& tables);

}  // namespace engine::state
