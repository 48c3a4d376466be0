#include "engine/report/waiting_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "engine/core/names.hpp"
#include "engine/report/table_layout.hpp"

namespace engine::report {
namespace {

using state::ConflictRow;
using state::WaitingGroup;
using state::WaitingRow;

constexpr std::size_t most_groups = 20;  // of what one reason has to say

std::string rows(std::int64_t number) { return grouped(number) + (number == 1 ? " row" : " rows"); }

std::string way(const std::string& table, Direction direction) {
  return table + " (" + std::string(name_of(direction)) + ")";
}

std::string how_many_are_shown(std::size_t shown, std::int64_t total) {
  if (static_cast<std::int64_t>(shown) >= total) return "";
  return fmt::format("\nshown: {} of {}; --limit {} shows the other {} too, and --json shows all\n",
                     grouped(static_cast<long long>(shown)), grouped(total), total,
                     grouped(total - static_cast<std::int64_t>(shown)));
}

// The reasons once each, however many rows have them.
std::string reasons(const std::vector<WaitingGroup>& groups) {
  std::string text;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (i == most_groups) return text + fmt::format("\nand {} more reasons of this kind\n", groups.size() - i);
    const auto& group = groups[i];
    text += fmt::format("\n{}: {}, {}", way(group.table, group.direction), rows(group.rows), group.reason);
    if (!group.detail.empty()) text += ": " + group.detail;
    text += "\n";
    if (!group.hint.empty()) text += "  what to do: " + group.hint + "\n";
  }
  return text;
}

std::string side_text(const std::string& side, const std::string& row) {
  return "  " + side + "  " + (row.empty() ? "no row" : row) + "\n";
}

std::string row_label(const std::string& table, const std::string& kind, const std::string& key) {
  return table + ", " + kind + ", " + key;
}

}  // namespace

std::string minute(const std::string& iso) {
  return iso.size() < 16 ? iso : iso.substr(0, 10) + " " + iso.substr(11, 5);
}

std::string waiting_text(const WaitingList& list) {
  std::int64_t total = 0, given_up = 0;
  for (const auto& group : list.groups) {
    total += group.rows;
    given_up += group.given_up;
  }
  if (total == 0) return list.filtered ? "no such row waits in quarantine\n" : "no row waits in quarantine\n";
  TableLayout layout({"table", "direction", "key", "reason", "sqlstate", "attempts", "first seen (UTC)",
                      "last tried (UTC)", "given up"});
  std::string contents;
  for (const auto& row : list.rows) {
    layout.add({row.table, std::string(name_of(row.direction)), list.verbose ? row.row_key : shortened(row.row_key),
                row.reason, row.sqlstate.empty() ? "-" : row.sqlstate, std::to_string(row.attempts),
                minute(row.first_seen), minute(row.last_tried), row.given_up ? "yes" : ""});
    if (list.verbose) contents += "\n" + row_label(row.table, row.reason, row.row_key) + "\n  " + row.row_data + "\n";
  }
  std::string text = layout.text() + how_many_are_shown(list.rows.size(), total) + reasons(list.groups) + contents;
  text += fmt::format("\n{} {} in quarantine{}. Each run tries them again; pgtide quarantine retry does it now.\n",
                      rows(total), total == 1 ? "waits" : "wait",
                      given_up > 0 ? fmt::format(", {} of them given up", grouped(given_up)) : "");
  if (given_up > 0)
    text += "given up: tried so often that only pgtide sync full and pgtide quarantine retry try them again\n";
  return text;
}

std::string discard_text(const std::vector<WaitingGroup>& groups, bool done) {
  std::int64_t total = 0;
  TableLayout layout({"table", "direction", "reason", "rows"});
  for (const auto& group : groups) {
    layout.add({group.table, std::string(name_of(group.direction)), group.reason, grouped(group.rows)});
    total += group.rows;
  }
  if (total == 0)
    return done ? "nothing was discarded: these rows wait no more\n" : "no such row waits in quarantine\n";
  if (!done)
    return "to be discarded, so that they are not copied and nobody hears of them while they stay as they are:\n\n" +
           layout.text();
  return layout.text() + fmt::format("\n{} discarded. {} left out, and counted as skipped, until {} at the source.\n",
                                     rows(total), total == 1 ? "It is" : "They are",
                                     total == 1 ? "it changes" : "they change");
}

std::string what_it_means(Direction direction, const std::string& kind) {
  const bool forward = direction == Direction::forward;
  if (kind == "multiple_unique_conflicts")
    return "the key stands for another row " + std::string(forward ? "in the cloud" : "on the desktop") +
           ", and a second unique value of the row for yet another one. Give one of them other values. --take desktop "
           "works only as far as the values are free; --take cloud leaves all of them as they are";
  if (kind == "insert_exists")
    return forward ? "the same key stands for two different rows, one of the desktop and one of the cloud. To keep "
                     "both, give one of them another key. --take desktop writes the desktop's row over the cloud's; "
                     "--take cloud leaves both as they are"
                   : "the same key stands for two different rows, one of the desktop and one of the cloud. To have "
                     "the cloud's row on the desktop too, give one of them another key, for reverse never changes a "
                     "row of the desktop. --take desktop leaves both as they are";
  if (kind == "update_origin_differs" || kind == "update_exists")
    return "both sides have edited the row, in different ways. --take desktop writes the desktop's row over the "
           "cloud's; --take cloud leaves the cloud's until the desktop changes the row again";
  if (kind == "update_missing")
    return forward ? "the row was deleted in the cloud and edited on the desktop. --take desktop inserts it in the "
                     "cloud again; --take cloud leaves it deleted there"
                   : "the row was deleted on the desktop and edited in the cloud. --take cloud inserts it on the "
                     "desktop again; --take desktop leaves it deleted there";
  if (kind == "delete_origin_differs")
    return "the row is gone on the desktop, but the cloud has edited it, or other rows refer to it. --take desktop "
           "removes it from the cloud (not while rows refer to it); --take cloud keeps it";
  return "desktop and cloud do not agree about the row. --take desktop and --take cloud say whose row counts";
}

std::string conflicts_text(const ConflictList& list) {
  if (list.total == 0)
    return list.filtered ? "no such conflict\n" : list.resolved ? "no conflicts\n" : "no conflict waits\n";
  std::vector<std::string> heading = {"table",           "direction",     "kind",           "key",    "differs in",
                                      "desktop changed", "cloud changed", "detected (UTC)", "policy", "decision"};
  if (list.resolved) heading.insert(heading.end(), {"resolved (UTC)", "resolution"});
  TableLayout layout(heading);
  std::string contents, meanings;
  std::vector<std::pair<Direction, std::string>> kinds;
  for (const auto& row : list.rows) {
    const auto time = [](const std::string& iso) { return iso.empty() ? std::string("-") : minute(iso); };
    const std::string differs = !row.on_desktop ? "no row on the desktop"
                                : !row.in_cloud ? "no row in the cloud"
                                : list.verbose  ? joined(row.columns, ", ")
                                                : shortened(joined(row.columns, ", "));
    std::vector<std::string> cells = {row.table,
                                      std::string(name_of(row.direction)),
                                      row.kind,
                                      list.verbose ? row.row_key : shortened(row.row_key),
                                      differs.empty() ? "-" : differs,
                                      time(row.local_modified),
                                      time(row.remote_modified),
                                      minute(row.detected_at),
                                      row.resolution_strategy,
                                      row.decision.empty() ? "-" : row.decision};
    if (list.resolved)
      cells.insert(cells.end(), {time(row.resolved_at), row.resolution.empty() ? "waits" : row.resolution});
    layout.add(std::move(cells));
    if (list.verbose)
      contents += "\n" + row_label(row.table, row.kind, row.row_key) + "\n" + side_text("desktop", row.desktop_row) +
                  side_text("cloud  ", row.cloud_row);
    if (row.resolved_at.empty() && std::ranges::find(kinds, std::pair(row.direction, row.kind)) == kinds.end())
      kinds.emplace_back(row.direction, row.kind);
  }
  for (const auto& [direction, kind] : kinds)
    meanings += fmt::format("\n{} ({}): {}\n", kind, name_of(direction), what_it_means(direction, kind));
  if (!kinds.empty())
    meanings += "\ndecide with: pgtide conflicts resolve --table NAME --key KEY --take desktop|cloud\n";
  return layout.text() + how_many_are_shown(list.rows.size(), list.total) + contents + meanings;
}

std::string resolved_text(const std::vector<ConflictRow>& conflicts) {
  TableLayout layout({"table", "direction", "kind", "key", "what became of it"});
  std::int64_t waiting = 0;
  for (const auto& row : conflicts) {
    const std::string became = row.resolution == "desktop"      ? "resolved: the desktop's row counts"
                               : row.resolution == "cloud"      ? "resolved: the cloud's row counts"
                               : row.resolution == "cause_gone" ? "closed: the two sides agree again"
                                                                : "still waits";
    if (row.resolution.empty()) ++waiting;
    layout.add({row.table, std::string(name_of(row.direction)), row.kind, shortened(row.row_key), became});
  }
  std::string text = layout.text();
  if (waiting > 0)
    text += fmt::format(
        "\n{} not be resolved by this run; see its report. The decision is kept, and the next run tries it again.\n",
        waiting == 1 ? "1 conflict could" : grouped(waiting) + " conflicts could");
  return text;
}

}  // namespace engine::report
