#include "engine/report/verify_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/names.hpp"
#include "engine/report/members.hpp"
#include "engine/report/table_layout.hpp"
#include "engine/report/waiting_text.hpp"

namespace engine::report {
namespace {

using verify::Difference;
using verify::TableReport;

std::string rows(std::int64_t number) { return grouped(number) + (number == 1 ? " row" : " rows"); }

std::string result_of(const TableReport& table) {
  if (!table.not_compared.empty()) return "NOT COMPARED: " + table.not_compared;
  std::vector<std::string> parts;
  const auto add = [&](std::int64_t number, const char* what) {
    if (number > 0) parts.push_back(grouped(number) + " " + what);
  };
  add(table.missing, "missing");
  add(table.different, "different");
  add(table.surplus, "surplus");
  std::string text = parts.empty() ? "equal" : joined(parts, ", ");
  parts.clear();
  if (table.pending > 0)
    parts.push_back(grouped(table.pending) + (table.differences() > 0 ? " of them" : "") +
                    " written since the last run");
  add(table.as_decided, "differ as was decided");
  add(table.restless, "kept changing while they were looked at");
  if (table.sampled) parts.push_back("a part of the rows");
  return text + (parts.empty() ? "" : " (" + joined(parts, "; ") + ")");
}

std::string line_of(const Difference& difference) {
  std::string text = fmt::format("    {:<9}  {}", verify::name_of(difference.kind), shortened(difference.row_key));
  if (!difference.columns.empty()) text += "  columns: " + joined(difference.columns, ", ");
  return text + "\n               " + difference.why + "\n";
}

std::string tables_text(const VerifyView& view, Direction direction) {
  std::string text;
  for (const auto& table : view.found.tables) {
    if (table.direction != direction) continue;
    text += fmt::format("  {:<28}  {:>12}  {}\n", table.table,
                        table.not_compared.empty() ? grouped(table.source.rows) : "-", result_of(table));
    if (!table.hint.empty() && !table.not_compared.empty()) text += "      what to do: " + table.hint + "\n";
    std::int64_t shown = 0;
    for (const auto& difference : view.shown) {
      if (difference.direction != direction || difference.table != table.table) continue;
      text += line_of(difference);
      ++shown;
    }
    if (shown < table.differences())
      text += "    and " + grouped(table.differences() - shown) + " more: --limit shows more, --json all\n";
  }
  if (text.empty()) return "";
  return std::string(direction == Direction::forward ? "forward, desktop to cloud" : "reverse, cloud to desktop") +
         fmt::format("\n  {:<28}  {:>12}  {}\n", "table", "rows", "result") + text + "\n";
}

std::string headline(const VerifyView& view) {
  std::int64_t pending = 0, restless = 0;
  std::size_t equal = 0, left_out = 0;
  for (const auto& table : view.found.tables) {
    pending += std::min(table.pending, table.differences());
    restless += table.restless;
    equal += table.not_compared.empty() && table.differences() == 0 ? 1 : 0;
    left_out += table.not_compared.empty() ? 0 : 1;
  }
  const auto differences = view.found.differences();
  std::string text = fmt::format("{} of {} tables equal", equal, view.found.tables.size());
  if (left_out > 0) text += fmt::format(", {} not compared", left_out);
  if (differences == 0) return text + (restless > 0 ? "; no difference that stayed\n" : "\n");
  text += "; " + rows(differences) + (view.repaired ? " still" : "") + (differences == 1 ? " differs" : " differ");
  if (pending > 0) text += fmt::format(", {} of them written since the last run", grouped(pending));
  return text + "\n";
}

std::string what_next(const VerifyView& view) {
  if (view.repaired) return view.found.differences() > 0 ? "why a row differs: pgtide why TABLE KEY\n" : "";
  std::int64_t mendable = 0, pending = 0;
  for (const auto& table : view.found.tables) {
    mendable += table.mendable;
    pending += std::min(table.pending, table.differences());
  }
  std::string text;
  if (view.found.differences() > 0 && pending == view.found.differences())
    text += "the next run copies what was written since the last one: pgtide sync incremental, pgtide sync reverse\n";
  else if (mendable > 0)
    text +=
        "to write what differs as the source has it: pgtide verify --repair (it overwrites what the "
        "cloud changed, conflicts too)\n";
  if (view.found.differences() > mendable)
    text += "what a repair leaves alone: pgtide why TABLE KEY says why, and what to do\n";
  return text;
}

}  // namespace

std::string verify_text(const VerifyView& view) {
  return "map " + view.map + "\n\n" + tables_text(view, Direction::forward) + tables_text(view, Direction::reverse) +
         headline(view) + what_next(view);
}

std::string difference_json(const Difference& difference, std::optional<bool> repaired) {
  std::string columns;
  for (const auto& column : difference.columns) columns += (columns.empty() ? "" : ", ") + json_text(column);
  Members members;
  members.text("direction", std::string(name_of(difference.direction)))
      .text("table", difference.table)
      .raw("row_key", difference.row_key)
      .text("kind", verify::name_of(difference.kind))
      .raw("columns", "[" + columns + "]")
      .text("why", difference.why)
      .raw("pending", difference.pending ? "true" : "false");
  if (repaired) members.raw("repaired", *repaired ? "true" : "false");
  return members.object();
}

std::string receipts_text(const std::vector<ReceiptLine>& lines, std::size_t shown) {
  if (lines.empty()) return "no receipts yet: pgtide verify keeps one for each table that it compares whole\n";
  TableLayout layout(
      {"made at (UTC)", "table", "direction", "source rows", "target rows", "contents", "differences", "receipt"});
  std::size_t broken = 0, listed = 0;
  for (const auto& [direction, receipt] : lines) {
    const auto& what = receipt.what;
    const bool equal = what.source_rows == what.target_rows && what.source_hash == what.target_hash;
    broken += receipt.intact ? 0 : 1;
    if (listed >= shown && receipt.intact) continue;  // those that are not are shown wherever they stand
    ++listed;
    layout.add({minute(receipt.made_at), what.table, std::string(name_of(direction)), grouped(what.source_rows),
                grouped(what.target_rows), equal ? "equal" : "different", grouped(what.differences),
                receipt.intact ? receipt.hash.substr(0, 16) : "NOT INTACT"});
  }
  return layout.text() + (broken == 0
                              ? "\nthe chain of receipts is intact\n"
                              : fmt::format("\n{} receipts were changed, or one before them was taken out\n", broken));
}

std::string receipts_json(const std::string& map, const std::vector<ReceiptLine>& lines) {
  std::vector<std::string> objects;
  for (const auto& [direction, receipt] : lines)
    objects.push_back(Members()
                          .text("map", map)
                          .text("direction", std::string(name_of(direction)))
                          .text("table_name", receipt.what.table)
                          .text("made_at", receipt.made_at)
                          .raw("source_rows", std::to_string(receipt.what.source_rows))
                          .text("source_hash", fmt::format("{:016x}", receipt.what.source_hash))
                          .raw("target_rows", std::to_string(receipt.what.target_rows))
                          .text("target_hash", fmt::format("{:016x}", receipt.what.target_hash))
                          .raw("differences", std::to_string(receipt.what.differences))
                          .text("receipt_hash", receipt.hash)
                          .raw("intact", receipt.intact ? "true" : "false")
                          .object());
  return array_of(objects);
}

}  // namespace engine::report
