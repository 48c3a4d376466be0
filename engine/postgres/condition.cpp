#include "engine/postgres/condition.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace engine::postgres {

std::string condition_name(std::string_view sqlstate) {
  constexpr std::pair<std::string_view, std::string_view> names[] = {
      {"22001", "string_data_right_truncation"},
      {"22003", "numeric_value_out_of_range"},
      {"22004", "null_value_not_allowed"},
      {"22007", "invalid_datetime_format"},
      {"22008", "datetime_field_overflow"},
      {"22012", "division_by_zero"},
      {"22021", "character_not_in_repertoire"},
      {"22023", "invalid_parameter_value"},
      {"22026", "string_data_length_mismatch"},
      {"22P02", "invalid_text_representation"},
      {"22P03", "invalid_binary_representation"},
      {"22P05", "untranslatable_character"},
      {"23001", "restrict_violation"},
      {"23502", "not_null_violation"},
      {"23503", "foreign_key_violation"},
      {"23505", "unique_violation"},
      {"23514", "check_violation"},
      {"23P01", "exclusion_violation"},
      {"54000", "program_limit_exceeded"},
      {"P0001", "raise_exception"},
  };
  const auto* const known = std::ranges::find(names, sqlstate, &std::pair<std::string_view, std::string_view>::first);
  if (known != std::end(names)) return std::string(known->second);
  if (sqlstate.starts_with("22")) return "data_exception";
  if (sqlstate.starts_with("23")) return "integrity_constraint_violation";
  if (sqlstate.starts_with("P0")) return "plpgsql_error";
  return "other_error";
}

}  // namespace engine::postgres
