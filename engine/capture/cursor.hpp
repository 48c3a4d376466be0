#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/row_position.hpp"

namespace engine::capture {

// Which rows are new is decided by the id of the transaction that wrote them, never by a clock: values of that
// decision. docs/ARCHITECTURE.md ("Which rows are new") has the algorithm and why it is exact.

using Xid = std::int64_t;  // with its epoch, as txid_current() returns it

// Where a table's last completed run stood.
struct Cursor {
  Xid next_xid = 0;             // every id below had finished, ...
  std::vector<Xid> unfinished;  // ... but these
  bool ids_valid = true;        // false: the source went back or was exchanged since
  std::int64_t table_oid = 0;
  std::string schema_hash;
  std::string mapping_hash;
  std::string read_counts = "{}";  // jsonb: table -> rows, of what its expressions read
  std::int64_t run_id = 0;         // the run that set it
};

// How far a run got in a table that it read in the order in which the rows lie in the file.
struct Progress {
  Xid next_xid = 0;               // what the source looked like then, as in Cursor
  std::vector<Xid> unfinished;    // ...
  RowPosition position;           // of the last row that arrived
  bool whole = false;             // every row was to be read, else those behind the cursor
  std::int64_t started_from = 0;  // run_id of the cursor at that time
  std::int64_t table_oid = 0;
  std::int64_t file_node = 0;  // another one: the rows have moved
  std::string schema_hash;
  std::string mapping_hash;
};

// What a source looked like strictly before its snapshot was taken: the cursor of the run that now begins.
struct Observation {
  Xid next_xid = 0;
  std::vector<Xid> unfinished;
  std::string observed_at;   // the source's clock, a timestamptz in text
  std::string server_start;  // tells one server from another behind one address
};

struct SourceIdentity {
  std::string system_identifier;
  std::int64_t database_oid = 0;
  std::string timeline;  // empty on a standby
  bool in_recovery = false;
  Xid xmax = 0;

  std::string database() const { return system_identifier + "/" + std::to_string(database_oid); }
};

struct Anchor {
  std::string token;
  Xid xid = 0;
};

// The source as a map's state remembers it.
struct KnownSource {
  SourceIdentity identity;
  Anchor anchor;
};

// What became of the last anchor, as the source shows it now.
struct AnchorFinding {
  bool token_present = false;
  std::string status;  // of its transaction: committed, aborted, in progress; empty where nobody knows any more
};

enum class Recognition { first_time, same, gone_back, other_database };

struct Recognised {
  Recognition what = Recognition::first_time;
  std::string why;  // for people; empty where all is as expected
};

// Is this the source that the cursors are about, and has it only gone forward? Pure.
Recognised recognise(const std::optional<KnownSource>& known, const SourceIdentity& now, const AnchorFinding& anchor);

}  // namespace engine::capture
