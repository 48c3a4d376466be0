#include "engine/capture/idle.hpp"

#include <algorithm>

namespace engine::capture {
namespace {

constexpr Xid one_epoch = Xid{1} << 32;  // ids in rows are modulo this

std::string why_not_known(const TableGlimpse& table, Xid until, bool written) {
  const Cursor& cursor = table.cursor;
  if (!cursor.ids_valid || cursor.next_xid > until || until - cursor.next_xid >= one_epoch)
    return "its cursor cannot be gone on from";
  if (written && table.guarded && !table.has_rows && table.has_known) return "it lost all its rows";
  return "";
}

std::string why_not_idle(const TableGlimpse& table) {
  if (table.fresh) return "it has new rows";
  if (table.counted && table.read_counts != table.cursor.read_counts) return "it has another number of rows";
  return "";
}

}  // namespace

bool anything_written(const std::vector<TableGlimpse>& tables, Xid next_xid) {
  return std::ranges::any_of(tables, [&](const TableGlimpse& table) {
    return table.cursor.next_xid != next_xid || !table.cursor.unfinished.empty();
  });
}

std::string why_not_known(const std::optional<KnownSource>& known, const SourceGlimpse& source,
                          const std::vector<TableGlimpse>& tables) {
  if (source.observation.server != source.server || source.identity.server() != source.server)
    return "the source changed between two looks";
  const Recognised recognised = recognise(known, source.identity, source.marks);
  if (recognised.what != Recognition::same) return "the source is not known, or went back";
  const bool written = anything_written(tables, source.next_xid);
  for (const auto& table : tables)
    if (const std::string why = why_not_known(table, source.next_xid, written); !why.empty())
      return table.title + ": " + why;
  return "";
}

std::string why_not_idle(const std::optional<KnownSource>& known, const SourceGlimpse& source,
                         const std::vector<TableGlimpse>& tables) {
  if (const std::string why = why_not_known(known, source, tables); !why.empty()) return why;
  if (!anything_written(tables, source.next_xid)) return "";
  if (!source.anchor_xid) return "the cursors are to be moved, and no mark was left";
  for (const auto& table : tables)
    if (const std::string why = why_not_idle(table); !why.empty()) return table.title + ": " + why;
  return "";
}

Xid next_xid_behind(const SourceGlimpse& source) {
  const Xid next = source.observation.next_xid;
  return source.anchor_xid && next == source.next_xid && next == *source.anchor_xid ? next + 1 : next;
}

}  // namespace engine::capture
