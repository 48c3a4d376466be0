#include "engine/cli/progress.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "engine/pipeline/summary.hpp"
#include "engine/report/table_layout.hpp"

namespace engine::cli {
namespace {

using namespace std::chrono_literals;
constexpr auto between_lines = 200ms;    // on a terminal
constexpr auto between_log_lines = 10s;  // elsewhere

bool may_draw() { return isatty(STDERR_FILENO) != 0 && !std::getenv("NO_COLOR"); }

std::string rate_and_end(std::int64_t rows, std::int64_t expected, double seconds) {
  if (seconds < 0.5 || rows == 0) return "";
  const double rate = static_cast<double>(rows) / seconds;
  std::string text = fmt::format(", {} rows/s", report::grouped(static_cast<long long>(rate)));
  constexpr double longest_guess = 24 * 3600.0;
  if (expected > rows && static_cast<double>(expected - rows) / rate < longest_guess)
    text += ", about " + report::duration(static_cast<double>(expected - rows) / rate) + " left";
  return text;
}

}  // namespace

void set_up_log(const Options& options) {
  const auto colour = may_draw() ? spdlog::color_mode::automatic : spdlog::color_mode::never;
  auto logger =
      std::make_shared<spdlog::logger>("pgtide", std::make_shared<spdlog::sinks::stderr_color_sink_mt>(colour));
  logger->set_pattern("%Y-%m-%d %H:%M:%S %^%-7l%$ %v");
  logger->set_level(options.quiet ? spdlog::level::warn : options.verbose ? spdlog::level::debug : spdlog::level::info);
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(logger);
}

Progress::Progress(const Options& options) : verbose_(options.verbose), terminal_(may_draw() && !options.quiet) {}

Progress::~Progress() { clear_line(); }

void Progress::clear_line() {
  if (!line_shown_) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
  line_shown_ = false;
}

void Progress::show_line() {
  const auto now = Clock::now();
  if (!terminal_ || active_.empty() || now - shown_ < between_lines) return;
  shown_ = now;
  std::string line;
  for (const auto& [table, active] : active_) {
    const double seconds = std::chrono::duration<double>(now - active.started).count();
    line += fmt::format("{}{}: {}{} rows{}", line.empty() ? "" : "  |  ", table, report::grouped(active.rows),
                        active.expected > 0 ? " of about " + report::grouped(active.expected) : "",
                        rate_and_end(active.rows, active.expected, seconds));
  }
  constexpr std::size_t terminal_width = 119;
  std::fputs(("\r\033[K" + line.substr(0, terminal_width)).c_str(), stderr);
  std::fflush(stderr);
  line_shown_ = true;
}

void Progress::table_started(const std::string& table, std::int64_t expected_rows) {
  const std::lock_guard lock(mutex_);
  active_[table] = {expected_rows, 0, Clock::now(), Clock::now()};
  if (verbose_) {
    clear_line();
    spdlog::debug("{}: begins", table);
  }
  show_line();
}

void Progress::table_progress(const std::string& table, std::int64_t rows, std::int64_t) {
  const std::lock_guard lock(mutex_);
  Active& active = active_[table];
  active.rows = rows;
  if (terminal_) return show_line();
  const auto now = Clock::now();
  if (now - active.logged < between_log_lines) return;
  active.logged = now;
  spdlog::info("{}: {} rows so far{}", table, report::grouped(rows),
               rate_and_end(rows, active.expected, std::chrono::duration<double>(now - active.started).count()));
}

void Progress::table_compared(const std::string& table) {
  const std::lock_guard lock(mutex_);
  clear_line();
  active_.erase(table);
}

void Progress::table_finished(const pipeline::TableOutcome& outcome) {
  const std::lock_guard lock(mutex_);
  clear_line();
  active_.erase(outcome.table);
  const Counts& c = outcome.counts;
  if (outcome.status == "ok" || outcome.status == "attention") {
    const std::string text = fmt::format("{}: {}, read {}, inserted {}, updated {}{}, {:.2f} s", outcome.table,
                                         outcome.status, c.read, c.inserted, c.updated,
                                         (c.deleted > 0 ? fmt::format(", removed {}", c.deleted) : "") +
                                             (c.conflicted > 0 ? fmt::format(", in conflict {}", c.conflicted) : ""),
                                         outcome.seconds);
    if (outcome.status == "attention")
      spdlog::warn(text);
    else if (c.inserted + c.updated + c.deleted > 0)
      spdlog::info(text);
    else
      spdlog::debug(text);
  } else {
    spdlog::error("{}: {}: {}", outcome.table, outcome.status, outcome.error);
  }
  show_line();
}

void Progress::warning(const std::string& table, const std::string& text) {
  const std::lock_guard lock(mutex_);
  clear_line();
  spdlog::warn("{}{}{}", table, table.empty() ? "" : ": ", text);
}

}  // namespace engine::cli
