#include "engine/report/remarks.hpp"

#include <algorithm>

#include "engine/core/names.hpp"

namespace engine::report {
namespace {

// 2024-05-06T07:08:09.123456Z -> 2024-05-06 07:08:09 UTC
std::string moment(const std::string& iso) {
  return iso.size() < 19 ? iso : iso.substr(0, 10) + " " + iso.substr(11, 8) + " UTC";
}

}  // namespace

void Remarks::add(const std::string& table, const std::string& words) {
  if (words.empty()) return;
  const auto known = std::ranges::find(remarks_, words, &Remark::words);
  if (known == remarks_.end())
    remarks_.push_back({words, {table}});
  else
    known->tables.push_back(table);
}

std::string Remarks::text() const {
  std::string text;
  for (const auto& remark : remarks_) text += "\n" + joined(remark.tables, ", ") + ": " + remark.words + "\n";
  return text;
}

std::string complete_as_of(const std::string& last_sync, const std::string& stamped_until) {
  return "complete as of " + moment(last_sync) + "; newer rows by their stamps until " + moment(stamped_until);
}

}  // namespace engine::report
