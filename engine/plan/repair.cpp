#include "engine/plan/repair.hpp"

#include <algorithm>
#include <cctype>
#include <chrono>

#include "engine/plan/sql_parts.hpp"

namespace engine::plan {
namespace {

bool among(const std::vector<Column>& columns, const std::vector<std::string>& names) {
  return std::ranges::all_of(
      names, [&](const auto& name) { return std::ranges::find(columns, name, &Column::target) != columns.end(); });
}

std::string full_of(const TableTask& task) { return "pgtide sync full --table " + task.title; }

}  // namespace

bool is_day(const std::string& text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (const std::size_t i : {0, 1, 2, 3, 5, 6, 8, 9})
    if (!std::isdigit(static_cast<unsigned char>(text[i]))) return false;
  const std::chrono::year_month_day day{std::chrono::year(std::stoi(text.substr(0, 4))),
                                        std::chrono::month(static_cast<unsigned>(std::stoi(text.substr(5, 2)))),
                                        std::chrono::day(static_cast<unsigned>(std::stoi(text.substr(8, 2))))};
  return day.ok() && text.substr(0, 4) != "0000";
}

std::string describe_repair(const Request& request) {
  if (request.days) return "days " + request.days->since + " to " + request.days->until + " (UTC)";
  if (request.columns.empty()) return "";
  return (request.columns.size() == 1 ? "column " : "columns ") + joined(request.columns, ", ");
}

std::optional<Error> why_not_repaired(const TableTask& task, const Request& request,
                                      const std::optional<capture::Cursor>& cursor, bool trusted) {
  const bool forward = task.direction == Direction::forward;
  const std::string job = forward ? "pgtide sync incremental" : "pgtide sync reverse";
  if (!request.columns.empty() && task.keyless)
    return Error(ErrorCode::refused, "the table has no key (key: none), so that no row can be found to fill it",
                 full_of(task) + " compares it whole and brings the new column");
  if (request.days && task.keyless && forward)
    return Error(ErrorCode::refused,
                 "the table has no key (key: none): its rows can only be compared all together, not those of some days",
                 full_of(task));
  if (request.days && task.watermark.empty())
    return Error(ErrorCode::refused, "the table has no watermark column that says to which day a row belongs",
                 forward ? full_of(task) : "name one in the map (watermark:)");
  if (!cursor || task.memory.adopting)
    return Error(ErrorCode::refused, "the table has not been synchronised yet: there is nothing to repair",
                 (forward ? full_of(task) : job + " --table " + task.title) + " copies it");
  if (!trusted || !cursor->ids_valid)
    return Error(ErrorCode::refused,
                 "the table has to be compared whole first (the source was restored or exchanged, the target lost its "
                 "rows, or the watermark was reset)",
                 job + " --table " + task.title + " does that, and brings all days and columns");
  return std::nullopt;
}

bool is_called(const Column& column, const std::vector<std::string>& names) {
  return std::ranges::any_of(
      names, [&](const auto& name) { return name == column.target || (!name.empty() && name == column.source); });
}

void check_columns(const TableTask& task, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    const auto column = std::ranges::find_if(task.columns, [&](const Column& c) { return is_called(c, {name}); });
    if (column == task.columns.end())
      throw Error(ErrorCode::usage, "--column " + name + ": nothing copies such a column of table " + task.title,
                  "it must stand on both sides, or in rename: or columns: of the map; pgtide plan full --table " +
                      task.title + " lists what is copied");
    if (column->key || !column->updatable)
      throw Error(ErrorCode::usage,
                  "--column " + name + ": " +
                      (column->key ? "it is a column of the key, by which rows are found"
                                   : "the target makes its values itself (GENERATED ALWAYS)"),
                  "name a column that is to be filled");
  }
}

bool only_filled_is_new(const TableTask& task, const capture::Cursor& cursor) {
  const bool same_map =
      cursor.mapping_hash == task.mapping_hash || task.mapping_hashes_before.contains(cursor.mapping_hash);
  const bool same_source =
      cursor.schema_hash == task.schema_hash || task.schema_hashes_before.contains(cursor.schema_hash);
  return same_map && same_source && cursor.table_oid == task.table_oid;
}

void narrow_to(TableTask& task, const std::vector<std::string>& names, const capture::Cursor& cursor) {
  task.fills_columns = true;
  task.whole_image = task.image_columns();
  // Then a row that nobody has written since is what it was, and is hashed as the target would.
  const bool tells_itself = task.has_xmin && task.whole_why.empty() && !task.clears_orphans;
  if (tells_itself && task.hashed_alike && only_filled_is_new(task, cursor)) {
    task.whole_hash =
        statements::hash_by(task.whole_image, task.target_hashed, task.hash, [&](const std::string& name) {
          return "(" + std::ranges::find(task.columns, name, &Column::target)->conversion.sent + ")";
        });
  }
  std::erase_if(task.columns, [&](const Column& column) { return !column.key && !is_called(column, names); });
  std::erase_if(task.foreign_keys, [&](const auto& key) { return !among(task.columns, key.columns); });
  std::erase_if(task.unique_keys, [&](const auto& key) { return !among(task.columns, key); });
  task.watermark.clear();  // nothing arrives, so no day is counted
  task.sequences.clear();
}

}  // namespace engine::plan
