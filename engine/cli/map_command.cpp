#include <spdlog/spdlog.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iostream>
#include <memory>

#include "engine/cli/commands.hpp"
#include "engine/config/inspection.hpp"
#include "engine/core/error.hpp"
#include "engine/mapping/generation.hpp"
#include "engine/mapping/judgement.hpp"
#include "engine/report/map_check.hpp"
#include "engine/report/map_yaml.hpp"

namespace engine::cli {
namespace {

// Where an editor finds the schema: seen from the folder of the map, or as it lies in the repository.
std::string schema_seen_from(const std::string& file) {
  namespace fs = std::filesystem;
  const std::string usual = "docs/tablemap.schema.json";
  std::error_code ignored;
  fs::path folder = file.empty() ? fs::path("tablemaps") : fs::path(file).parent_path();
  folder = fs::absolute(folder.empty() ? fs::path(".") : folder, ignored).lexically_normal();
  fs::path way;
  for (int up = 0; up < 6; ++up, way /= "..")
    if (fs::exists(folder / way / usual, ignored)) return (way / usual).generic_string();
  return "../" + usual;
}

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

// A file that was not there before. Throws Error(usage) if it is, whatever it holds.
File new_file(const std::string& name) {
  File file(std::fopen(name.c_str(), "wx"), &std::fclose);
  if (file) return file;
  if (errno == EEXIST)
    throw Error(ErrorCode::usage, name + " is there already, and is not overwritten",
                "name another file behind --output, or move this one away");
  throw Error(ErrorCode::usage, name + " cannot be written: " + std::strerror(errno),
              "name a file in a folder that exists and that you may write into");
}

// Before the work begins, so that it is not in vain; nothing stays behind if it is broken off.
void check_that_it_can_be_written(const std::string& name) {
  new_file(name);
  std::remove(name.c_str());
}

void write_new_file(const std::string& name, const std::string& text) {
  const File file = new_file(name);
  if (std::fwrite(text.data(), 1, text.size(), file.get()) == text.size() && std::fflush(file.get()) == 0) return;
  const std::string why = std::strerror(errno);
  std::remove(name.c_str());
  throw Error(ErrorCode::usage, name + " could not be written: " + why, "is there room on the disk?");
}

int generate(const Options& options) {
  if (options.json && options.output.empty())
    throw Error(ErrorCode::usage, "with --json the map needs a file", "name one with --output FILE");
  const auto settings = config::settings_without_map(options.flags, config::process_environment());
  if (!options.output.empty()) check_that_it_can_be_written(options.output);
  postgres::Session desktop(settings.desktop_url, Place::desktop);
  postgres::Session cloud(settings.cloud_url, Place::cloud);
  const mapping::Wishes wishes{options.name, options.desktop_schemas, options.cloud_schemas};
  const std::string schema = schema_seen_from(options.output);
  const mapping::Proposal proposal = mapping::generate(
      desktop, cloud, wishes, [&](const mapping::Proposal& map) { return report::map_yaml(map, schema); },
      [&](const std::string& doing, bool detail) {
        if (!options.quiet && (options.verbose || !detail)) spdlog::info("{}", doing);
      });
  const std::string yaml = report::map_yaml(proposal, schema);
  if (options.output.empty())
    std::cout << yaml;
  else
    write_new_file(options.output, yaml);
  if (options.json) std::cout << report::proposal_json(proposal);
  if (!options.quiet) std::cerr << report::proposal_text(proposal, options.output);
  return mapping::active_tables(proposal).empty() ? exit_status(ErrorCode::refused) : 0;
}

int check(const Options& options) {
  const auto environment = config::process_environment();
  const std::string file = config::find_map(options.flags, environment);
  config::Inspection inspection = config::inspect_table_map(file, environment);
  std::vector<mapping::MapFinding> findings = mapping::findings_of(inspection.complaints);
  const bool both = inspection.map && !options.offline;
  if (both) {
    const auto settings = config::settings_for(*inspection.map, options.flags, environment);
    postgres::Session desktop(settings.desktop_url, Place::desktop);
    postgres::Session cloud(settings.cloud_url, Place::cloud);
    findings = mapping::judge(settings.map, desktop, cloud);
  }
  std::cout << (options.json ? report::map_check_json(file, inspection.map, findings)
                             : report::map_check_text(file, inspection.map, findings, both));
  const auto has = [&](mapping::MapFinding::Severity severity) {
    return std::ranges::any_of(findings, [&](const auto& finding) { return finding.severity == severity; });
  };
  if (has(mapping::MapFinding::Severity::error)) return exit_status(ErrorCode::configuration);
  return has(mapping::MapFinding::Severity::refused) ? exit_status(ErrorCode::refused) : 0;
}

}  // namespace

int run_map(const Options& options) { return options.action == Action::generate ? generate(options) : check(options); }

}  // namespace engine::cli
