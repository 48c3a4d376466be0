#include <algorithm>
#include <iostream>

#include "engine/cli/commands.hpp"
#include "engine/core/error.hpp"
#include "engine/doctor/examination.hpp"
#include "engine/postgres/connection_facts.hpp"
#include "engine/report/findings.hpp"

namespace engine::cli {

int run_doctor(const Options& options) {
  const config::Settings settings = config::load_settings(options.flags, config::process_environment());
  const doctor::Examination found = doctor::examine(settings, options.tables);
  const report::Addresses addresses{postgres::address_of(settings.desktop_url),
                                    postgres::address_of(settings.cloud_url)};
  std::cout << (options.json  ? report::findings_json(found)
                : options.sql ? report::findings_sql(found, addresses, settings.map.name)
                              : report::findings_text(found, settings.map.name));
  const auto any = [&](doctor::Severity severity) {
    return std::ranges::find(found.findings, severity, &doctor::Finding::severity) != found.findings.end();
  };
  if (found.unreachable) return exit_status(ErrorCode::unavailable);
  if (any(doctor::Severity::blocks)) return exit_status(ErrorCode::refused);
  return any(doctor::Severity::attention) ? exit_status(ErrorCode::attention) : 0;
}

}  // namespace engine::cli
