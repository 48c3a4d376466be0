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

}  // namespace

std::uint64_t read_bytes(const Quantity& quantity) {
  const std::string_view all(quantity.text);
  const std::size_t end = std::min(all.find_first_not_of(digits), all.size());
  const auto number = whole_number(all.substr(0, end));
  const auto unit = unit_bytes(without_leading_blanks(all.substr(end)));
  if (!number || !unit)
    fail(quantity.mark, "'" + quantity.what + "' must be a size, but it is " + quantity.written,
         "write a whole number of bytes, or one with kB, MB or GB behind it, such as 256MB");
  if (*number < (kilobyte + *unit - 1) / *unit || *number > gigabyte / *unit)
    fail(quantity.mark, "'" + quantity.what + "' must lie between 1kB and 1GB, but it is " + quantity.written,
         "PostgreSQL itself holds no value above 1GB; 256MB is what counts where nothing is said");
  return *number * *unit;
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
