#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/catalog/table_schema.hpp"
#include "engine/plan/examining.hpp"
#include "engine/postgres/connection_facts.hpp"
#include "engine/state/access.hpp"
#include "engine/state/rebuild.hpp"

namespace engine::doctor {

// What the checks judge: read by the *_reader files, judged without a server.

enum class Pooling { direct, session, transaction, statement };

struct ServerFacts {
  Place place = Place::desktop;
  postgres::ConnectionFacts connection;
  int version = 0;  // as server_version_num
  std::string version_text;
  std::string role, database;  // quoted where they must be
  bool superuser = false;
  int role_limit = -1, database_limit = -1;  // of connections; -1: none
  int max_connections = 0, reserved = 0;
  int in_use = 0, in_use_by_role = 0, in_use_in_database = 0;  // by others
  std::map<std::string, std::int64_t> timeouts;                // by setting, in milliseconds; 0: none
  std::string timezone;
  bool standby = false;
  bool read_only = false;  // default_transaction_read_only
  bool may_create = true;  // in the database: the schema pgtide
  std::int64_t database_bytes = 0;
  std::int64_t temp_file_bytes = -1;  // temp_file_limit; -1: none
  double clock_ahead = 0;             // of this machine's clock, in seconds
  double clock_error = 0;             // by which that may be wrong
  Pooling pooling = Pooling::direct;
  std::optional<int> pool_connections;  // that could be had at once; nothing: nobody asked
};

struct StateFacts {
  Place place = Place::desktop;
  bool written = false;  // rows of the map flow into this database
  state::Access access = state::Access::write;
  int version = 0;                       // 0: not installed
  std::string problem, hint;             // why it could not be looked at; empty if it could
  bool newer = false;                    // than this program
  std::string owner;                     // where it is another role's: quoted
  bool view_is_there = false;            // or something else under its name
  bool old_metadata = false;             // that
  bool may_create_view = true;           // USAGE and CREATE on the schema
  bool running = false;                  // a run whose rows flow into this database is under way
  std::vector<state::Rebuild> rebuilds;  // that runs left behind
};

struct Trigger {
  std::string name, function;
  bool row = false, before = false, on_insert = false, on_update = false;
  std::vector<std::string> sets;  // columns that it assigns, as far as its text tells
  bool drops_rows = false;        // it may return NULL
};

struct UniqueIndex {
  std::string name;
  bool constraint = false;
  bool valid = true;
  std::vector<std::string> columns;
};

struct SequenceFacts {
  std::string column;
  std::string sequence;  // quoted and qualified
  bool readable = true;
  std::int64_t last = 0, increment = 1, least = 0, most = 0;
  bool called = false;
  std::string type;
  std::optional<std::string> greatest, smallest, ahead;  // numbers of any size

  std::int64_t next() const { return last + (called ? increment : 0); }
};

// What the catalog does not say of a table of the map.
struct TableFacts {
  std::vector<Trigger> triggers;
  std::vector<std::string> rules;
  std::map<std::string, std::vector<std::string>> labels;  // of columns that are enums
  std::vector<plan::statements::Check> checks;
  std::vector<UniqueIndex> unique_indexes;
  std::vector<SequenceFacts> sequences;
  std::map<std::string, std::int64_t> large_objects;  // by column: values that are numbers of large objects
};

using TablesOfAPlace = std::map<QualifiedName, TableFacts>;

struct Duplicates {
  std::vector<std::string> columns;  // of the target
  std::string index;                 // the unique index that forbids them; empty: the key
  Place place = Place::desktop;
  std::int64_t keys = 0, rows = 0;
};

struct FlawCount {
  plan::statements::Question question;
  std::optional<std::int64_t> rows;  // nothing: trying it failed, so at least one
};

// What was counted of the rows of one table in one direction.
struct RowFacts {
  std::int64_t rows = 0;
  std::vector<FlawCount> flaws;  // only those that there are
  std::vector<Duplicates> duplicates;
};

}  // namespace engine::doctor
