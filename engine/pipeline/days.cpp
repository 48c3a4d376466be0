#include "engine/pipeline/days.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <map>

#include "engine/core/error.hpp"
#include "engine/postgres/binary_rows.hpp"

namespace engine::pipeline {
namespace {

// A timestamptz counts microseconds since then, and its ends are infinite: timestamp_send() and DT_NOBEGIN, DT_NOEND of
// PostgreSQL's datatype/timestamp.h.
constexpr std::chrono::sys_days epoch = std::chrono::sys_days(std::chrono::year(2000) / 1 / 1);
constexpr std::int64_t no_begin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t no_end = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t microseconds_a_day = 86'400'000'000;
constexpr std::size_t length_size = 4, stamp_size = 8;

std::int64_t floor_of(std::int64_t value, std::int64_t unit) { return value / unit - (value % unit < 0 ? 1 : 0); }

struct Date {
  std::string text;
  bool before_christ = false;
};

// The calendar repeats itself every 400 years, which PostgreSQL's years need: there are more of them than <chrono> has.
Date date_of(std::int64_t day) {
  constexpr std::int64_t cycle = 146'097;
  const auto cycles = floor_of(day, cycle);
  const std::chrono::year_month_day date(epoch + std::chrono::days(day - cycles * cycle));
  const std::int64_t year = static_cast<int>(date.year()) + 400 * cycles;
  return {fmt::format("{:04}-{:02}-{:02}", year > 0 ? year : 1 - year, static_cast<unsigned>(date.month()),
                      static_cast<unsigned>(date.day())),
          year <= 0};
}

std::string text_of_day(std::int64_t day) {
  const Date date = date_of(day);
  return date.text + (date.before_christ ? " BC" : "");
}

std::string text_of_stamp(std::int64_t stamp) {
  const auto day = floor_of(stamp, microseconds_a_day);
  const auto time = stamp - day * microseconds_a_day;
  const auto seconds = time / 1'000'000;
  const Date date = date_of(day);
  std::string text = fmt::format("{} {:02}:{:02}:{:02}", date.text, seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (time % 1'000'000 != 0) {
    text += fmt::format(".{:06}", time % 1'000'000);
    while (text.back() == '0') text.pop_back();
  }
  return text + (date.before_christ ? "+00 BC" : "+00");
}

}  // namespace

void Days::add(const postgres::Result& days) {
  for (std::size_t i = 0; i < days.size(); ++i) {
    rows[days.text(i, "day")] += days.number(i, "items");
    const std::string& stamp = days.text(i, "newest");
    // ISO stamps in UTC compare as text; years beyond 9999 and BC are so rare that the first seen may stand.
    if (!newest || *newest < stamp) newest = stamp;
  }
}

void Days::add(const Days& other) {
  for (const auto& [day, count] : other.rows) rows[day] += count;
  if (other.newest && (!newest || *newest < *other.newest)) newest = other.newest;
}

void Days::add_stamps(std::string_view fields) {
  if (fields.size() % (length_size + stamp_size) != 0)
    throw Error(ErrorCode::internal, "the source sent a stamp of another size than it should have");
  std::map<std::int64_t, std::int64_t> counted;
  auto last = counted.end();  // rows of one day come together
  auto latest = no_begin;
  for (; !fields.empty(); fields.remove_prefix(length_size + stamp_size)) {
    const auto stamp = static_cast<std::int64_t>(postgres::big_endian(fields.substr(length_size, stamp_size)));
    if (stamp == no_begin || stamp == no_end) continue;
    const auto day = floor_of(stamp, microseconds_a_day);
    if (last == counted.end() || last->first != day) last = counted.try_emplace(day, 0).first;
    last->second += 1;
    latest = std::max(latest, stamp);
  }
  Days found;
  for (const auto& [day, items] : counted) found.rows[text_of_day(day)] = items;
  if (!counted.empty()) found.newest = text_of_stamp(latest);
  add(found);
}

void Days::take_off(const Days& other) {
  for (const auto& [day, count] : other.rows) {
    const auto found = rows.find(day);
    if (found == rows.end()) continue;
    found->second = std::max<std::int64_t>(found->second - count, 0);
    if (found->second == 0) rows.erase(found);
  }
  if (newest == other.newest) newest.reset();
}

}  // namespace engine::pipeline
