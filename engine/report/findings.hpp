#pragma once

#include <string>

#include "engine/doctor/finding.hpp"

// What doctor found, for people, for programs and for psql. Pure.
namespace engine::report {

std::string findings_text(const doctor::Examination& examination, const std::string& map);
std::string findings_json(const doctor::Examination& examination);

// How psql gets to each database, without a password.
struct Addresses {
  std::string desktop, cloud;
};
// The SQL of all fixes, grouped by database. What takes something away is commented out.
std::string findings_sql(const doctor::Examination& examination, const Addresses& addresses, const std::string& map);

std::string severity_name(doctor::Severity severity);

}  // namespace engine::report
