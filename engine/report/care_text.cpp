#include "engine/report/care_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "engine/report/members.hpp"
#include "engine/report/table_layout.hpp"
#include "engine/report/waiting_text.hpp"

namespace engine::report {
namespace {

std::string way(Direction direction) { return std::string(name_of(direction)); }
std::string place(Place database) { return std::string(name_of(database)); }

// How the next run of the table begins.
std::string next_run(const TablePosition& position) {
  if (!position.cursor) return "looks at every row: it has never been completed";
  if (!position.cursor->ids_valid) return "looks at every row: reset, or the source was restored";
  return "looks for what was written since (transaction " + std::to_string(position.cursor->next_xid) + " of the " +
         place(source_of(position.direction)) + " and later)";
}

bool was_synced(const state::WatermarkRow& row) { return row.age_seconds.has_value(); }

std::string what_it_is(const std::string& table) {
  static const std::map<std::string, std::string> words = {
      {"watermark", "tables: until when each is complete"},
      {"cursor", "where the next run of a table goes on; it will look at every row"},
      {"run", "runs"},
      {"table_run", "tables in these runs, with their numbers"},
      {"event", "events"},
      {"coverage", "days that have arrived"},
      {"quarantine", "rows that wait; they stand at the source"},
      {"conflict", "conflicts, open and resolved"},
      {"known_row", "rows of which it is known what both sides agreed on"},
      {"known_loaded", "the same, of a first load"},
      {"progress", "places where a broken run would go on"},
      {"discarded", "rows that were discarded; they will be tried again"},
      {"tombstone", "removed rows, with their contents"},
      {"receipt", "receipts of verify"}};
  const auto found = words.find(table);
  return found == words.end() ? table : found->second;
}

std::string days(double seconds) {
  const double whole = seconds / 86400;
  return fmt::format("{:g} {}", whole, whole == 1 ? "day" : "days");
}

std::string number(std::int64_t value) { return std::to_string(value); }

}  // namespace

std::string watermarks_text(const std::vector<TablePosition>& positions) {
  if (positions.empty()) return "no such table has been synchronised yet\n";
  TableLayout layout({"direction", "table", "complete as of (UTC)", "newest row (UTC)", "last result", "the next run"});
  for (const auto& position : positions)
    layout.add({way(position.direction), position.row.table,
                was_synced(position.row) ? position.row.last_sync_timestamp.substr(0, 19) : "never",
                position.row.newest_row ? minute(*position.row.newest_row) : "-", position.row.sync_status,
                next_run(position)});
  return layout.text();
}

std::string watermarks_json(const std::vector<TablePosition>& positions) {
  std::vector<std::string> objects;
  for (const auto& position : positions) {
    const auto& row = position.row;
    Members members;
    members.text("map", position.map)
        .text("direction", way(position.direction))
        .text("table_name", row.table)
        .text("last_sync_timestamp", row.last_sync_timestamp)
        .text_or_null("newest_row", row.newest_row.value_or(""))
        .text("sync_status", row.sync_status)
        .text("guarantee", row.guarantee)
        .text_or_null("last_sync_attempt", row.last_sync_attempt.value_or(""))
        .text_or_null("last_successful_sync", row.last_successful_sync.value_or(""))
        .raw("error_count", number(row.error_count))
        .text_or_null("last_error", row.last_error.value_or(""))
        .text_or_null("stamped_until", row.stamped_until.value_or(""))
        .raw("next_xid", position.cursor ? number(position.cursor->next_xid) : "null")
        .raw("unfinished_xids", position.cursor ? number(std::ssize(position.cursor->unfinished)) : "null")
        .raw("whole", position.cursor && position.cursor->ids_valid ? "false" : "true");
    objects.push_back(members.object());
  }
  return array_of(objects);
}

std::string reset_text(const std::vector<TablePosition>& positions, bool done) {
  std::string text = done ? "Forgotten:\n" : "This forgets where the next run of these tables was to go on:\n";
  for (const auto& position : positions)
    text += fmt::format("  {} ({}), complete as of {} UTC\n", position.row.table, way(position.direction),
                        was_synced(position.row) ? position.row.last_sync_timestamp.substr(0, 19) : "never");
  return text +
         "No row is lost and none is copied twice: the next run looks at every row of the table, which takes as long "
         "as\n"
         "a full one. What is shown as complete stays so, because these rows are here.\n";
}

std::string prune_text(const std::vector<OldHistory>& old, double history, double events, bool done) {
  TableLayout layout({"database", "direction", "what", "rows", "oldest"});
  std::int64_t rows = 0;
  for (const auto& one : old)
    for (const auto& table : one.tables) {
      if (table.rows == 0) continue;
      rows += table.rows;
      layout.add({place(one.database), way(one.direction), table.table, grouped(table.rows),
                  duration(table.oldest_age_seconds) + " ago"});
    }
  const std::string ages = "events older than " + days(events) + ", other history older than " + days(history);
  if (rows == 0) return "nothing to delete: there are no " + ages + "\n";
  return layout.text() + "\n" + (done ? "deleted: " : "to be deleted: ") + ages +
         ".\nThe newest run of each table stays, and so does all that pgtide needs for its work.\n";
}

std::string prune_json(const std::vector<OldHistory>& old, bool done) {
  std::vector<std::string> objects;
  for (const auto& one : old)
    for (const auto& table : one.tables)
      objects.push_back(Members()
                            .text("database", place(one.database))
                            .text("map", one.map)
                            .text("direction", way(one.direction))
                            .text("table_name", table.table)
                            .raw("rows", number(table.rows))
                            .text_or_null("oldest", table.oldest)
                            .raw("deleted", done ? "true" : "false")
                            .object());
  return array_of(objects);
}

std::string way_down_text(const std::vector<WayDown>& ways, bool done) {
  std::string text;
  for (const auto& one : ways) {
    text += (text.empty() ? "" : "\n") + place(one.database) + ": ";
    if (one.closed) {
      text += "this role may not change the state there, and it is left as it is\n";
      continue;
    }
    if (one.from <= one.to) {
      text += one.from == 0 ? "there is no state\n" : fmt::format("the state has version {} already\n", one.from);
      continue;
    }
    text += one.to == 0
                ? fmt::format("the state schema pgtide (version {}) {} removed", one.from, done ? "was" : "would be")
                : fmt::format("the state schema pgtide {} taken from version {} to {}", done ? "was" : "would be",
                              one.from, one.to);
    text += one.holdings.empty() ? "\n" : done ? "; lost:\n" : "; this would be lost:\n";
    TableLayout layout({"map", "rows", "what"});
    for (const auto& held : one.holdings) layout.add({held.map, grouped(held.rows), what_it_is(held.table)});
    if (!one.holdings.empty()) text += layout.text();
  }
  return text + "\nYour own tables and rows stay as they are.\n";
}

std::string way_down_json(const std::vector<WayDown>& ways) {
  std::vector<std::string> objects;
  for (const auto& one : ways) {
    std::string lost;
    for (const auto& held : one.holdings)
      lost += (lost.empty() ? "" : ", ") +
              Members().text("map", held.map).text("table_name", held.table).raw("rows", number(held.rows)).object();
    objects.push_back(Members()
                          .text("database", place(one.database))
                          .raw("from", std::to_string(one.from))
                          .raw("to", std::to_string(std::min(one.from, one.to)))
                          .raw("lost", "[" + lost + "]")
                          .raw("closed", one.closed ? "true" : "false")
                          .object());
  }
  return array_of(objects);
}

}  // namespace engine::report
