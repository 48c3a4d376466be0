#include "engine/doctor/wording.hpp"

#include <algorithm>

#include "engine/core/names.hpp"

namespace engine::doctor {

const plan::Column* TableView::fed(const std::string& target_column) const {
  const auto found = std::ranges::find(task.columns, target_column, &plan::Column::target);
  return found == task.columns.end() ? nullptr : &*found;
}

Finding about(const TableView& view, Place place, Severity severity, const std::string& check,
              const std::string& column) {
  Finding finding;
  finding.severity = severity;
  finding.check = check;
  finding.place = place;
  finding.table = view.title(place);
  finding.column = column;
  return finding;
}

void mend(Finding& finding, const std::string& sql, const std::string& risk) {
  if (sql.empty()) return;
  finding.fix = sql;
  finding.fix_kind = FixKind::sql;
  finding.risk = risk;
}

Finding about(const config::TableMap& map, const config::Table& table, Place place, Severity severity,
              const std::string& check, const std::string& column) {
  Finding finding;
  finding.severity = severity;
  finding.check = check;
  finding.place = place;
  finding.table = display(table.at(place), map.at(place).schema);
  finding.column = column;
  return finding;
}

std::string with_groups(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string rows_in_words(std::int64_t rows) { return with_groups(rows) + (rows == 1 ? " row" : " rows"); }

std::string command_for(const std::string& words, const config::TableMap& map) {
  const bool plain = map.file.find_first_of(" '\"\\$&;()<>|*?") == map.file.npos;
  return "pgtide " + words + " --map " + (plain ? map.file : "'" + map.file + "'");
}

}  // namespace engine::doctor
