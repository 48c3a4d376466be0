#include "engine/cli/moment.hpp"

#include <fmt/format.h>

#include <chrono>
#include <regex>

#include "engine/cli/options.hpp"

namespace engine::cli {
namespace {

namespace chrono = std::chrono;

std::optional<chrono::year_month_day> day_of(const std::smatch& parts) {
  const chrono::year_month_day day(chrono::year(std::stoi(parts[1])),
                                   chrono::month(static_cast<unsigned>(std::stoi(parts[2]))),
                                   chrono::day(static_cast<unsigned>(std::stoi(parts[3]))));
  return day.ok() ? std::optional(day) : std::nullopt;
}

std::string written(const chrono::year_month_day& day) {
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

}  // namespace

std::string Moment::end() const {
  if (!whole_day) return utc;
  const chrono::year_month_day own(chrono::year(std::stoi(utc.substr(0, 4))),
                                   chrono::month(static_cast<unsigned>(std::stoi(utc.substr(5, 2)))),
                                   chrono::day(static_cast<unsigned>(std::stoi(utc.substr(8, 2)))));
  return written(chrono::sys_days(own) + chrono::days(1)) + "T00:00:00Z";
}

std::optional<Moment> read_moment(const std::string& text) {
  static const std::regex shape(R"((\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?Z?)?)");
  std::smatch parts;
  Moment moment;
  if (std::regex_match(text, parts, shape)) {
    const auto day = day_of(parts);
    if (!day) return std::nullopt;
    moment.whole_day = !parts[4].matched;
    const std::string hour = moment.whole_day ? "00" : parts[4].str(),
                      minute = moment.whole_day ? "00" : parts[5].str();
    const std::string second = parts[6].matched ? parts[6].str() : "00";
    if (hour > "23" || minute > "59" || second > "59") return std::nullopt;
    moment.utc = written(*day) + "T" + hour + ":" + minute + ":" + second + "Z";
    return moment;
  }
  moment.seconds_ago = seconds_of(text);
  constexpr double century = 100.0 * 366 * 86400;
  if (!moment.seconds_ago || *moment.seconds_ago > century) return std::nullopt;
  return moment;
}

}  // namespace engine::cli
