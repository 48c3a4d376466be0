#include <algorithm>
#include <iostream>
#include <set>
#include <tuple>

#include "engine/cli/commands.hpp"
#include "engine/cli/progress.hpp"
#include "engine/cli/run_job.hpp"
#include "engine/core/error.hpp"
#include "engine/report/text.hpp"
#include "engine/report/verify_text.hpp"
#include "engine/report/waiting_text.hpp"
#include "engine/state/waiting.hpp"
#include "engine/verify/verification.hpp"

namespace engine::cli {
namespace {

using verify::Difference;
using verify::Verification;

constexpr std::size_t most_kept = 200'000;  // differences in memory; more are only counted

std::optional<Direction> direction_of_options(const Options& options) {
  if (options.direction.empty()) return std::nullopt;
  return options.direction == "forward" ? Direction::forward : Direction::reverse;
}

verify::Wanted wanted_by(const Options& options) {
  verify::Wanted wanted;
  wanted.tables = options.tables;
  wanted.direction = direction_of_options(options);
  wanted.part.share = options.share >= 100 ? 0 : static_cast<std::int64_t>(options.share * 10'000);
  wanted.part.since = options.since;
  wanted.only_settled = options.settled;
  return wanted;
}

// What was found, as far as it is kept in memory.
struct Found {
  std::vector<Difference> differences;
  std::int64_t left_out = 0;

  void add(const Difference& difference) {
    if (differences.size() < most_kept)
      differences.push_back(difference);
    else
      left_out += 1;
  }
  // The first of each table.
  std::vector<Difference> first(std::int64_t limit) const {
    std::map<std::pair<Direction, std::string>, std::int64_t> shown;
    std::vector<Difference> some;
    for (const auto& difference : differences)
      if (++shown[{difference.direction, difference.table}] <= limit) some.push_back(difference);
    return some;
  }
};

Verification look(const config::Settings& settings, const verify::Wanted& wanted, Progress& progress,
                  const Signals& signals, Found& found) try {
  Verification result = verify::verify(settings, wanted, progress, signals.token(),
                                       [&](const Difference& difference) { found.add(difference); });
  for (const auto& note : result.notes) std::cerr << "note: " << note << "\n";
  if (found.left_out > 0) std::cerr << "note: " << found.left_out << " differences are counted, but not listed\n";
  return result;
} catch (const Error& error) {
  if (error.code() == ErrorCode::interrupted && signals.exit_status() == 143)
    throw Error(ErrorCode::terminated, error.what(), error.hint());
  throw;
}

std::vector<std::string> tables_to_mend(const Verification& found, Direction direction) {
  std::vector<std::string> tables;
  for (const auto& table : found.tables)
    if (table.direction == direction && table.mendable > 0) tables.push_back(table.table);
  return tables;
}

// The runs that write what differs.
int mend(const Options& options, const config::Settings& settings, const Verification& found, const Signals& signals) {
  int status = 0;
  for (const Direction direction : {Direction::forward, Direction::reverse}) {
    plan::Request request;
    request.mode = direction == Direction::forward ? Mode::full : Mode::reverse;
    request.whole = true;
    request.overwrite = direction == Direction::forward;
    request.only = tables_to_mend(found, direction);
    if (request.only.empty()) continue;
    const auto summary = run_job(options, settings, request, signals);
    (options.json ? std::cerr : std::cout) << report::run_text(summary) << "\n";
    status = more_urgent(status, summary.exit_status);
  }
  return status;
}

std::string identity(const Difference& difference) {
  return std::string(name_of(difference.direction)) + "|" + difference.table + "|" + difference.row_key;
}

void print_json(const Found& found, const Found* left) {
  std::set<std::string> still;
  if (left)
    for (const auto& difference : left->differences) still.insert(identity(difference));
  bool any = false;
  for (const auto& difference : found.differences) {
    std::optional<bool> repaired;
    if (left) repaired = !still.contains(identity(difference));
    std::cout << (any ? ",\n" : "[\n") << report::difference_json(difference, repaired);
    any = true;
  }
  std::cout << (any ? "\n]\n" : "[]\n");
}

int list_receipts(const Options& options, const config::Settings& settings) {
  verify::check_tables(settings.map, wanted_by(options));
  std::vector<report::ReceiptLine> lines;
  for (const Direction direction : {Direction::forward, Direction::reverse}) {
    if (direction_of_options(options).value_or(direction) != direction) continue;
    const Place place = target_of(direction);
    postgres::Session session(settings.url(place), place);
    if (!state::may_be_asked(session)) continue;
    for (auto& receipt : state::read_receipts(session, {settings.map.name, direction}, options.tables))
      lines.push_back({direction, std::move(receipt)});
  }
  const bool intact = std::ranges::all_of(lines, [](const auto& line) { return line.receipt.intact; });
  std::cout << (options.json ? report::receipts_json(settings.map.name, lines)
                             : report::receipts_text(lines, static_cast<std::size_t>(options.limit)));
  return intact ? 0 : exit_status(ErrorCode::difference);
}

}  // namespace

int run_verify(const Options& options) {
  const config::Settings settings = config::load_settings(options.flags, config::process_environment());
  if (options.receipts) return list_receipts(options, settings);
  const Signals signals;
  Progress progress(options);
  Found found, left;
  const verify::Wanted wanted = wanted_by(options);
  const Verification first = look(settings, wanted, progress, signals, found);
  const bool repairs = options.repair && (!tables_to_mend(first, Direction::forward).empty() ||
                                          !tables_to_mend(first, Direction::reverse).empty());
  if (!repairs) {
    if (options.json)
      print_json(found, options.repair ? &found : nullptr);
    else
      std::cout << report::verify_text({settings.map.name, found.first(options.limit), first, options.repair});
    return first.exit_status();
  }
  if (!options.json)
    std::cout << report::verify_text({settings.map.name, found.first(options.limit), first, false}) << "\n";
  const int status = mend(options, settings, first, signals);
  const Verification second = look(settings, wanted, progress, signals, left);
  if (options.json)
    print_json(found, &left);
  else
    std::cout << "after the repair\n\n"
              << report::verify_text({settings.map.name, left.first(options.limit), second, true});
  return more_urgent(status, second.exit_status());
}

}  // namespace engine::cli
