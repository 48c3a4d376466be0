#include "engine/config/quantities.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>

#include "engine/config/problem.hpp"

namespace engine::config {
namespace {

constexpr std::uint64_t kilobyte = 1ull << 10;
constexpr std::uint64_t megabyte = 1ull << 20;
constexpr std::uint64_t gigabyte = 1ull << 30;
constexpr std::uint64_t terabyte = 1ull << 40;
constexpr std::uint64_t largest_table = 1ull << 50;  // far above what PostgreSQL keeps in one
constexpr std::uint64_t year_seconds = 366ull * 86400;
constexpr std::string_view digits = "0123456789";

// The longest number that is read; more digits than fit into 64 bits are no quantity that a map could mean.
constexpr std::size_t longest_number = 15;

std::optional<std::uint64_t> whole_number(std::string_view text) {
  if (text.empty() || text.find_first_not_of(digits) != std::string_view::npos) return std::nullopt;
  while (text.size() > 1 && text.front() == '0') text.remove_prefix(1);
  if (text.size() > longest_number) text = "999999999999999";
  std::uint64_t number = 0;
  for (const char c : text) number = number * 10 + static_cast<std::uint64_t>(c - '0');
  return number;
}

std::optional<std::uint64_t> unit_bytes(std::string_view unit) {
  if (unit.empty()) return 1;
  if (unit == "kB" || unit == "KB") return kilobyte;
  if (unit == "MB") return megabyte;
  if (unit == "GB") return gigabyte;
  if (unit == "TB") return terabyte;
  return std::nullopt;
}

std::optional<std::uint64_t> unit_seconds(std::string_view unit) {
  if (unit == "s") return 1;
  if (unit == "m" || unit == "min") return 60;
  if (unit == "h") return 3600;
  if (unit == "d") return 86400;
  return std::nullopt;
}

std::string_view without_leading_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return text;
}

// `12`, `12.5`
std::optional<double> decimal(std::string_view text) {
  const std::size_t point = text.find('.');
  const auto whole = whole_number(text.substr(0, point));
  if (!whole) return std::nullopt;
  if (point == std::string_view::npos) return static_cast<double>(*whole);
  const std::string_view fraction = text.substr(point + 1);
  const auto parts = fraction.size() <= longest_number ? whole_number(fraction) : std::nullopt;
  if (!parts) return std::nullopt;
  double scale = 1;
  for (std::size_t i = 0; i < fraction.size(); ++i) scale *= 10;
  return static_cast<double>(*whole) + static_cast<double>(*parts) / scale;
}

struct Counted {
  std::optional<std::uint64_t> number;
  std::string_view unit;
};

// `256 MB`: a whole number and what stands behind it.
Counted counted(std::string_view text) {
  const std::size_t end = std::min(text.find_first_not_of(digits), text.size());
  return {whole_number(text.substr(0, end)), without_leading_blanks(text.substr(end))};
}

std::uint64_t read_size(const Quantity& quantity, std::uint64_t largest, const std::string& largest_text,
                        const std::string& such_as, const std::string& why) {
  const auto [number, unit_text] = counted(quantity.text);
  const auto unit = unit_bytes(unit_text);
  if (!number || !unit || (*unit == terabyte && largest < terabyte))
    fail(quantity.mark, "'" + quantity.what + "' must be a size, but it is " + quantity.written, such_as);
  if (*number < (kilobyte + *unit - 1) / *unit || *number > largest / *unit)
    fail(quantity.mark,
         "'" + quantity.what + "' must lie between 1kB and " + largest_text + ", but it is " + quantity.written, why);
  return *number * *unit;
}

}  // namespace

std::uint64_t read_bytes(const Quantity& quantity) {
  return read_size(quantity, gigabyte, "1GB",
                   "write a whole number of bytes, or one with kB, MB or GB behind it, such as 256MB",
                   "PostgreSQL itself holds no value above 1GB; 256MB is what counts where nothing is said");
}

std::uint64_t read_table_size(const Quantity& quantity) {
  return read_size(quantity, largest_table, "1024TB",
                   "write a whole number with kB, MB, GB or TB behind it, such as 1GB",
                   "name the size from which on a full look at the table takes too long, such as 1GB");
}

std::uint64_t read_rate(const Quantity& quantity) {
  constexpr std::uint64_t smallest = 64 * kilobyte;
  const auto [number, unit_text] = counted(quantity.text);
  const auto unit = unit_bytes(unit_text);
  if (!number || !unit)
    fail(quantity.mark, "'" + quantity.what + "' must be a size, but it is " + quantity.written,
         "write the bytes that may pass in a second: a whole number with kB or MB behind it, such as 2MB");
  if (*number < (smallest + *unit - 1) / *unit || *number > gigabyte / *unit)
    fail(quantity.mark, "'" + quantity.what + "' must lie between 64kB and 1GB, but it is " + quantity.written,
         "write the bytes that may pass in a second, such as 2MB; remove the key where there is no need for a limit");
  return *number * *unit;
}

int read_connections(const Quantity& quantity, int fewest) {
  constexpr std::uint64_t most = 1000;
  const auto [number, unit] = counted(quantity.text);
  if (number && unit.empty() && *number >= static_cast<std::uint64_t>(fewest) && *number <= most)
    return static_cast<int>(*number);
  const std::string range = std::to_string(fewest) + " to " + std::to_string(most);
  fail(quantity.mark,
       "'" + quantity.what + "' must be a whole number from " + range + ", but it is " + quantity.written,
       "a run needs " + std::to_string(fewest) +
           " connections to either side at least (--jobs 1); each further one lets it copy another table at the same "
           "time");
}

std::int64_t read_duration(const Quantity& quantity) {
  const auto [number, unit_text] = counted(quantity.text);
  const auto unit = unit_seconds(unit_text);
  if (!number || !unit)
    fail(quantity.mark, "'" + quantity.what + "' must be a time, but it is " + quantity.written,
         "write a whole number with m (minutes), h (hours) or d (days) behind it, such as 24h");
  if (*number == 0 || *number > year_seconds / *unit)
    fail(quantity.mark,
         "'" + quantity.what + "' must be more than nothing and at most 366d, but it is " + quantity.written,
         "write how often, such as 24h");
  return static_cast<std::int64_t>(*number * *unit);
}

std::chrono::milliseconds read_time_limit(const Quantity& quantity) {
  const auto [number, unit_text] = counted(quantity.text);
  const bool in_milliseconds = unit_text == "ms";
  const auto unit = in_milliseconds ? std::optional<std::uint64_t>(1) : unit_seconds(unit_text);
  if (!number || !unit)
    fail(quantity.mark, "'" + quantity.what + "' must be a time, but it is " + quantity.written,
         "write a whole number with ms, s, min, h or d behind it, such as 10min");
  const std::uint64_t unit_ms = in_milliseconds ? 1 : *unit * 1000;
  if (*number == 0 || *number > year_seconds * 1000 / unit_ms)
    fail(quantity.mark,
         "'" + quantity.what + "' must be more than nothing and at most 366d, but it is " + quantity.written,
         "write how long it may take, such as 10min");
  return std::chrono::milliseconds(*number * unit_ms);
}

std::int64_t read_retention_time(const Quantity& quantity) {
  const auto [number, unit_text] = counted(quantity.text);
  const auto unit = unit_seconds(unit_text);
  constexpr std::uint64_t day = 86400, longest = 36500 * day;
  if (!number || !unit)
    fail(quantity.mark, "'" + quantity.what + "' must be a time, but it is " + quantity.written,
         "write a whole number with d (days) behind it, such as 90d");
  if (*number > longest / *unit || *number * *unit < day)
    fail(quantity.mark, "'" + quantity.what + "' must lie between 1d and 36500d, but it is " + quantity.written,
         "write how long it is to be kept, such as 90d");
  return static_cast<std::int64_t>(*number * *unit);
}

int read_count(const Quantity& quantity) {
  const auto [number, unit] = counted(quantity.text);
  if (!number || !unit.empty() || *number == 0 || *number > 1'000'000)
    fail(quantity.mark, "'" + quantity.what + "' must be a whole number, but it is " + quantity.written,
         "write a number from 1 to 1000000, such as 30");
  return static_cast<int>(*number);
}

double read_share(const Quantity& quantity) {
  const std::string hint = "write a number from 0 to 100 with a percent sign, such as 10%";
  if (decimal(quantity.text))
    fail(quantity.mark,
         "'" + quantity.what + "' must be a percentage, but " + quantity.written + " has no percent sign", hint);
  std::string_view number(quantity.text);
  const bool percent = !number.empty() && number.back() == '%';
  if (percent) number.remove_suffix(1);
  while (!number.empty() && number.back() == ' ') number.remove_suffix(1);
  const auto value = percent ? decimal(number) : std::nullopt;
  if (!value) fail(quantity.mark, "'" + quantity.what + "' must be a percentage, but it is " + quantity.written, hint);
  if (*value > 100)
    fail(quantity.mark, "'" + quantity.what + "' must lie between 0% and 100%, but it is " + quantity.written, hint);
  return *value / 100;
}

}  // namespace engine::config
