#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/capture/cursor.hpp"

namespace engine::capture {

// Whether a source has anything new for a map, from one look at it. Pure.

// What one look at a table of the source showed, in the snapshot that begins behind the observation.
struct TableGlimpse {
  std::string title;
  Cursor cursor;            // where its last run stood
  bool has_known = false;   // rows of it are remembered in the target
  bool guarded = false;     // that it lost all its rows would be an accident
  bool counted = false;     // compared whole unless the numbers of rows are those of the last run
  bool fresh = false;       // it, or a table that is read with it, has a row since the cursor
  bool has_rows = true;     // ... only looked for where anything was written at all
  std::string read_counts;  // as Cursor::read_counts; likewise
};

struct SourceGlimpse {
  Observation observation;
  Xid next_xid = 0;  // the snapshot's first id not yet assigned
  Server server;     // where that was taken
  SourceIdentity identity;
  MarkFinding marks;
  std::optional<Xid> anchor_xid;  // of the mark that was left behind the snapshot
};

// Something was written in the cluster since these tables were read last: there is something to look for, and the
// cursors are to be moved.
bool anything_written(const std::vector<TableGlimpse>& tables, Xid next_xid);

// Why what is new cannot be told from such a look; empty if the source is the known one and has only gone forward, and
// no table lost its rows.
std::string why_not_known(const std::optional<KnownSource>& known, const SourceGlimpse& source,
                          const std::vector<TableGlimpse>& tables);

// Why the tables have to be read; empty if all of them are as they were and the source has only gone forward.
std::string why_not_idle(const std::optional<KnownSource>& known, const SourceGlimpse& source,
                         const std::vector<TableGlimpse>& tables);

// The cursor's next_xid for tables that are as they were. Where nothing but the mark was written, that counts as seen,
// else an idle pair would never look idle.
Xid next_xid_behind(const SourceGlimpse& source);

}  // namespace engine::capture
