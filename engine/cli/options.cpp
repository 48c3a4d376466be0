#include "engine/cli/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cmath>
#include <iostream>

#include "engine/cli/calls/calls.hpp"
#include "engine/core/error.hpp"

namespace engine::cli {
namespace {

constexpr const char* about =
    "pgtide keeps a desktop PostgreSQL and a cloud PostgreSQL in step, by one YAML table map.\n"
    "Forward (full, incremental) it copies desktop to cloud; reverse it brings back what was entered in the cloud.";

constexpr const char* examples =
    "Examples:\n"
    "  pgtide doctor                          will it work here? every finding with its fix\n"
    "  pgtide plan full                       what would be done, and what is refused; writes nothing\n"
    "  pgtide sync full                       everything, once a month\n"
    "  pgtide sync incremental                what changed since the last run, every day\n"
    "  pgtide sync reverse                    what was entered in the cloud, every week\n"
    "  pgtide verify                          do both databases hold the same?\n"
    "  pgtide status                          is everything there, and how old is it?\n"
    "  pgtide history                         what the last runs did, and the last failure\n"
    "  pgtide coverage --gaps                 which days are missing\n"
    "  pgtide quarantine list                 rows that the target refuses, and why\n"
    "  pgtide conflicts list                  rows about which the two sides do not agree\n"
    "  pgtide why jobshead 1207               what happened to one row\n"
    "  pgtide resync --table jobshead --since 2026-11-01 --until 2026-11-03\n"
    "                                         copy the rows of those days again\n"
    "  pgtide watermark show                  where each table stands\n"
    "  pgtide prune --dry-run                 history that is older than it is to be kept\n"
    "  pgtide map generate --output my.yaml   write a map from the two databases\n"
    "  pgtide map check                       is the map right? every mistake with its place\n"
    "\n"
    "The map: --map FILE, else PGTIDE_MAP, else the only file in ./tablemaps. The databases: --desktop and --cloud, "
    "else\n"
    "PGTIDE_DESKTOP_URL and PGTIDE_CLOUD_URL, else the map. Exit status 0 means that everything asked for is done; "
    "the\n"
    "others are listed in docs/OPERATING.md.";

// What was written where a command or a job should stand; empty if it is not a plain word (it might be a URL).
std::string wrong_word(const CLI::App& app) {
  const auto left = app.remaining(true);
  if (left.empty()) return "";
  const bool plain = std::ranges::all_of(left.front(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
  return plain ? left.front() : "";
}

// The words that may follow: "full, incremental or reverse".
std::string words_of(const CLI::App& app) {
  std::vector<std::string> words;
  for (const CLI::App* one : app.get_subcommands([](const CLI::App*) { return true; }))
    words.push_back(one->get_name());
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i)
    text += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
  return text;
}

// In words of our own where a command or job is missing or unknown: the library's do not name it.
std::string explain(const CLI::App& app, const CLI::ParseError& problem) {
  const bool word_missing = dynamic_cast<const CLI::RequiredError*>(&problem) != nullptr;
  if (!word_missing) return problem.what();
  const std::string word = wrong_word(app);
  const auto commands = app.get_subcommands();
  if (commands.empty())
    return word.empty() ? "which command? " + words_of(app)
                        : "there is no command '" + word + "': write " + words_of(app);
  const CLI::App& command = *commands.front();
  const std::string words = words_of(command);
  if (words.empty() || !command.get_subcommands().empty()) return problem.what();  // an option is missing
  const std::string what = command.get_name() == "sync" || command.get_name() == "plan" ? "job" : "action";
  return word.empty() ? command.get_name() + " needs to know which " + what + ": " + words
                      : "'" + word + "' is no " + what + ": write " + words;
}

}  // namespace

std::optional<double> seconds_of(const std::string& text) {
  try {
    std::size_t used = 0;
    const double number = std::stod(text, &used);
    const std::string unit = text.substr(used);
    const double factor = unit == "s" ? 1 : unit == "m" ? 60 : unit == "h" ? 3600 : unit == "d" ? 86400 : 0;
    if (number == 0 && unit.empty()) return 0;
    if (factor > 0 && number >= 0 && std::isfinite(number * factor)) return number * factor;
  } catch (const std::exception&) {
  }
  return std::nullopt;
}

Parsed parse(int argc, const char* const* argv) {
  Parsed parsed;
  Options& options = parsed.options;
  CLI::App app(about, "pgtide");
  app.footer(examples);
  app.set_version_flag("--version", "pgtide " PGTIDE_VERSION);
  app.require_subcommand(1);

  add_init(app, options);
  add_sync(app, options);
  add_plan(app, options);
  add_verify(app, options);
  add_status(app, options);
  add_history(app, options);
  add_coverage(app, options);
  add_quarantine(app, options);
  add_conflicts(app, options);
  add_why(app, options);
  add_resync(app, options);
  add_watermark(app, options);
  add_prune(app, options);
  add_doctor(app, options);
  add_map(app, options);

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& wanted) {  // help, version
    parsed.exit = app.exit(wanted, std::cout, std::cerr);
  } catch (const CLI::ParseError& problem) {
    std::cerr << "error: " << explain(app, problem)
              << "\nhint: pgtide --help, or pgtide COMMAND --help, shows how to call it\n";
    parsed.exit = exit_status(ErrorCode::usage);
  }
  return parsed;
}

}  // namespace engine::cli
