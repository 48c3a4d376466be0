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
  std::string read_counts = "{}";     // jsonb: table -> rows, of what its expressions read
  std::int64_t run_id = 0;            // the run that set it
  std::string stamp;                  // rows with this stamp or a later one may be new; a timestamptz in text, or empty
  std::optional<double> since_exact;  // seconds since every new row was looked for, by the target's clock
};

// What had committed by then has a stamp below it, as far as the open transactions can be seen. Best effort.
struct StampBound {
  std::string stamp;      // a timestamptz in text; empty where nothing can be told
  bool prepared = false;  // prepared transactions wait, and nobody can see when they began
  bool hidden = false;    // transactions of other roles cannot be seen
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

// Tells one server from another behind one address, and from itself before a restart or a promotion.
struct Server {
  std::string started_at;
  bool in_recovery = false;

  bool operator==(const Server&) const = default;
};

// What a source looked like strictly before its snapshot was taken: the cursor of the run that now begins.
struct Observation {
  Xid next_xid = 0;
  std::vector<Xid> unfinished;
  std::string observed_at;  // everything that had committed by then is there; a timestamptz in text
  Server server;
  StampBound stamps;
};

// Where the next run goes on that looks for rows by their stamp.
std::string stamp_to_go_on_from(const StampBound& seen, const std::optional<Cursor>& before);

struct SourceIdentity {
  std::string system_identifier;
  std::int64_t database_oid = 0;
  std::string timeline;  // empty on a standby
  bool in_recovery = false;
  Xid xmax = 0;                   // the first id not yet assigned
  std::int64_t wal_position = 0;  // in bytes: written up to there; on a standby replayed
  std::string server_start;

  std::string database() const { return system_identifier + "/" + std::to_string(database_oid); }
  Server server() const { return {server_start, in_recovery}; }
};

// A mark that a run left in the source: a row with a random token.
struct Anchor {
  std::string token;  // empty: none was left
  Xid xid = 0;        // of the transaction that wrote it. Without a token: an id that had been assigned
};

// The mark of a source in which nothing may be written: what became of a transaction that did nothing but take an id.
// Half of them are rolled back, at random, so that what is done with the same ids after a restore looks different.
struct Outcome {
  Xid xid = 0;
  bool committed = false;

  bool operator==(const Outcome&) const = default;
};

// The source as a map's state remembers it.
struct KnownSource {
  SourceIdentity identity;  // without xmax and server_start; wal_position only of a standby
  Anchor anchor;
  std::vector<Outcome> outcomes;
};

// What became of the marks of the last run, as the source shows it now.
struct MarkFinding {
  enum class Token { present, gone, hidden };  // hidden: this role may not look for it
  Token token = Token::gone;
  std::string anchor_status;          // as below
  std::vector<std::string> outcomes;  // committed, aborted, in progress, unknown (too old), future (not yet assigned)
};

enum class Recognition { first_time, same, gone_back, other_database };

struct Recognised {
  Recognition what = Recognition::first_time;
  std::string why;  // for people; empty where all is as expected
};

// Is this the source that the cursors are about, and has it only gone forward? Pure.
Recognised recognise(const std::optional<KnownSource>& known, const SourceIdentity& now, const MarkFinding& found);

// How many outcomes are taken, and how many of them must still be known for the source to be trusted: a restored one
// passes with a chance of 2^-24, at worst 2^-16.
constexpr std::size_t outcomes_taken = 24;
constexpr std::size_t outcomes_needed = 16;

}  // namespace engine::capture
