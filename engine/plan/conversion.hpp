#pragma once

#include <optional>
#include <string>

#include "engine/catalog/table_schema.hpp"

namespace engine::plan {

// How a value gets from a source column into a target column without being changed, or why it cannot. Pure.
struct Conversion {
  std::string sent;        // SQL on the source, around the column or expression
  std::string stage_type;  // what the stage column is declared as
  bool same = true;        // the staged value is the target's value as it stands
  std::string assigned;    // SQL over the stage column, for assignment to the target; used where not `same`
  std::string fits;        // SQL condition: nothing is lost on the way. Empty where nothing can be lost
  std::string refusal;     // why there is no way; empty where there is
  std::optional<bool> zone_lacks_at_source = std::nullopt;  // refused for want of a time zone: of the source, or target

  // For comparing both sides without sending the values: SQL on the source, and a pattern for the target with $ in
  // place of the value. Where their bytes are equal the target holds what it would be given; the opposite need not be
  // so where the types differ. By text they never fail for want of a value in the other type.
  std::string compared_at_source, compared_in_target;
  std::string text_at_source, text_in_target;
  // The type that both of them have, where that is the target's own and no text form: see column_hash.hpp.
  std::optional<catalog::Type> compared_type = std::nullopt;
};

// `expression` yields `from` on the source; `stage_column` is how the stage is referred to (`s."name"`). The zones
// belong to the side that has timestamps without one.
Conversion convert(const std::string& expression, const catalog::Type& from, const catalog::Column& to,
                   const std::string& stage_column, const catalog::Catalog& target_catalog,
                   const std::optional<std::string>& source_zone, const std::optional<std::string>& target_zone);

}  // namespace engine::plan
