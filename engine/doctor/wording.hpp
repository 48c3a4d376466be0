#pragma once

#include <string>

#include "engine/doctor/checks.hpp"

// What the texts of the checks share.
namespace engine::doctor {

inline std::string in(Place place) { return place == Place::desktop ? "on the desktop" : "in the cloud"; }
inline std::string the(Place place) { return "the " + std::string(name_of(place)); }

// A finding about the table of the view at that place, to be completed.
Finding about(const TableView& view, Place place, Severity severity, const std::string& check,
              const std::string& column = "");
// The same of a table of the map.
Finding about(const config::TableMap& map, const config::Table& table, Place place, Severity severity,
              const std::string& check, const std::string& column);

// Its fix is SQL for its place. Without any it stays without a fix.
void mend(Finding& finding, const std::string& sql, const std::string& risk = "");

// 3619 -> 3,619
std::string with_groups(std::int64_t number);
std::string rows_in_words(std::int64_t rows);  // 1 row, 3,619 rows

// `pgtide init --map FILE`
std::string command_for(const std::string& words, const config::TableMap& map);

}  // namespace engine::doctor
