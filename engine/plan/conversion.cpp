#include "engine/plan/conversion.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "engine/core/names.hpp"

namespace engine::plan {
namespace {

using catalog::Type;

constexpr std::string_view timestamp = "timestamp without time zone";
constexpr std::string_view timestamptz = "timestamp with time zone";

bool is_one_of(const std::string& name, const std::set<std::string_view>& names) { return names.contains(name); }

bool is_text(const Type& t) { return t.builtin && is_one_of(t.name, {"text", "character varying", "character"}); }
bool is_integer(const Type& t) { return t.builtin && is_one_of(t.name, {"smallint", "integer", "bigint"}); }
bool is_number(const Type& t) {
  return is_integer(t) || (t.builtin && is_one_of(t.name, {"numeric", "real", "double precision"}));
}
bool is_time_with_precision(const Type& t) {
  return t.builtin && (t.name == timestamp || t.name == timestamptz || t.name == "time without time zone" ||
                       t.name == "time with time zone");
}

// numeric(p,s) as pg_attribute.atttypmod packs it, see numeric_typmod in PostgreSQL's numeric.c.
int precision_of(int modifier) { return ((modifier - 4) >> 16) & 0xffff; }
int scale_of(int modifier) { return (((modifier - 4) & 0x7ff) ^ 1024) - 1024; }

// The same type, and every value of `from` is one of `to` with the same image.
bool holds_as_it_is(const Type& from, const Type& to) {
  if (from.name != to.name || !from.builtin || !to.builtin) return false;
  if (from.modifier == to.modifier || to.modifier < 0) return true;
  if (from.modifier < 0) return false;
  if (from.name == "character varying" || is_time_with_precision(from)) return from.modifier <= to.modifier;
  if (from.name == "numeric")
    return scale_of(from.modifier) == scale_of(to.modifier) && precision_of(from.modifier) <= precision_of(to.modifier);
  return false;
}

// Its binary form names objects of one database by number; or, of a tsquery, cannot be read if it is empty, by servers
// of all versions but the latest minor releases.
bool must_travel_as_text(const Type& t) {
  return t.name.starts_with("reg") || t.name == "pg_ndistinct" || t.name == "aclitem" || t.name == "aclitem[]" ||
         t.name == "tsquery" || t.name == "tsquery[]";
}

// `character` and `bit` without a length would mean a length of one.
std::string stage_declaration(const Type& type) {
  if (type.name == "character") return "bpchar";
  if (type.name == "character[]") return "bpchar[]";
  if (type.name == "bit" || type.name == "bit[]") return type.declared;
  return type.name;
}

bool never_loses(const Type& from, const Type& to) {
  if (is_text(from) && is_text(to)) return to.modifier < 0 && to.name != "character";
  if (is_text(to)) return to.modifier < 0;
  if (is_integer(from) && is_integer(to)) return true;  // out of range is an error
  if (is_integer(from) && to.name == "numeric") return to.modifier < 0 || scale_of(to.modifier) >= 0;
  if (from.name == "numeric" && to.name == "numeric") return to.modifier < 0;
  return from.name == "real" && to.name == "double precision";
}

std::string condition_that_nothing_is_lost(const std::string& value, const Type& from, const Type& to) {
  if (never_loses(from, to)) return "";
  const std::string there_and_back = "(" + value + "::" + to.declared + ")::" + stage_declaration(from);
  if (from.name == "numeric" && to.name == "numeric") {
    const int scale = scale_of(to.modifier);
    if (scale < 0) return there_and_back + " = " + value;  // rounds before the point
    if (from.modifier >= 0 && scale_of(from.modifier) <= scale) return "";
    return "coalesce(pg_catalog.scale(" + value + ") <= " + std::to_string(scale) + ", true)";
  }
  if (is_number(from) && is_number(to)) return there_and_back + " = " + value;
  return "(" + there_and_back + ")::text = " + value + "::text";
}

std::string refuse(const Type& from, const catalog::Column& to) {
  return "column " + to.name + ": a value of type " + from.declared + " cannot become " + to.declared_type +
         " without changing it; write under columns: how it is to be computed";
}

// Where one side has a time zone and the other has none, the zone of the side without decides; the value that is sent
// has the target's idea of zones. Empty `problem` if all is well.
struct Zoned {
  std::string expression;
  Type type;
  std::string problem;
  bool lacks_at_source = false;
};

Zoned with_zone(const std::string& expression, const Type& from, const catalog::Column& to,
                const std::optional<std::string>& source_zone, const std::optional<std::string>& target_zone) {
  const bool from_local = from.builtin && (from.name == timestamp || from.name == "date");
  const bool to_local =
      to.type.builtin && (to.type.name == timestamp || to.type.name == "date" || to.type.name.starts_with("time "));
  const auto need = [&](const char* side) {
    return "column " + to.name +
           " has a time zone on one side only; write timezone: (for example Asia/Kolkata) for the side "
           "without one, the " +
           std::string(side);
  };
  if (from_local && to.type.builtin && to.type.name == timestamptz) {
    if (!source_zone) return {"", from, need("source"), true};
    return {"((" + expression + ")::timestamp AT TIME ZONE " + literal(*source_zone) + ")",
            {std::string(timestamptz), std::string(timestamptz), from.modifier, true},
            ""};
  }
  if (from.builtin && from.name == timestamptz && to_local) {
    if (!target_zone) return {"", from, need("target")};
    return {"((" + expression + ") AT TIME ZONE " + literal(*target_zone) + ")",
            {std::string(timestamp), std::string(timestamp), from.modifier, true},
            ""};
  }
  return {expression, from, ""};
}

// Times of day, and arrays of times, of which only one side has a zone: the session's would decide.
bool differ_in_zone(const Type& from, const Type& to) {
  const auto zoned = [](const Type& t) { return t.name.find("with time zone") != std::string::npos; };
  const auto temporal = [](const Type& t) { return t.name.starts_with("time") || t.name.starts_with("date"); };
  const auto scalar_date = [](const Type& t) { return t.name.starts_with("timestamp") && !t.name.ends_with("[]"); };
  if (!temporal(from) || !temporal(to) || zoned(from) == zoned(to)) return false;
  return !(scalar_date(from) && scalar_date(to));
}

Conversion through_text(const std::string& expression, const Type& from, const catalog::Column& to,
                        const std::string& stage_column) {
  Conversion way;
  way.sent = "(" + expression + ")::text";
  way.stage_type = "text";
  way.same = !to.is_domain && to.type.name == "text";
  if (to.type.builtin && !is_text(to.type) && to.type.name != from.name) {
    way.refusal = refuse(from, to);
  } else if (is_text(to.type)) {
    way.assigned = stage_column;
    way.fits = condition_that_nothing_is_lost(stage_column, {"text", "text", -1, true}, to.type);
  } else {
    way.assigned = stage_column + "::" + to.type.name;
  }
  return way;
}

Conversion find_way(const std::string& expression, const Type& from_type, const catalog::Column& to,
                    const std::string& stage_column, const catalog::Catalog& target_catalog,
                    const std::optional<std::string>& source_zone, const std::optional<std::string>& target_zone) {
  if (!from_type.builtin || must_travel_as_text(from_type))
    return through_text(expression, from_type, to, stage_column);
  const Zoned zoned = with_zone(expression, from_type, to, source_zone, target_zone);
  Conversion way;
  way.refusal = zoned.problem;
  if (!zoned.problem.empty()) way.zone_lacks_at_source = zoned.lacks_at_source;
  way.sent = zoned.expression;
  way.stage_type = stage_declaration(zoned.type);
  if (!way.refusal.empty()) return way;
  const Type& from = zoned.type;
  way.same = !to.is_domain && holds_as_it_is(from, to.type);
  if (way.same) return way;
  if (!to.type
           .builtin) {  // an enum, a composite, a type of an extension: by its text form, which fails if it is no value
    if (!is_text(from)) way.refusal = refuse(from, to);
    way.assigned = stage_column + "::text::" + to.type.name;
    return way;
  }
  const bool zone_appears = differ_in_zone(from, to.type);
  if (zone_appears || !target_catalog.can_assign(from, to.type)) {
    way.refusal = refuse(from, to);
    return way;
  }
  if ((from.name == "json" || from.name == "json[]") && to.type.name.starts_with("jsonb")) {
    way.refusal = "column " + to.name +
                  ": jsonb does not keep json as it was written (blanks, order and repetition of keys); if "
                  "that does not matter write under columns: " +
                  to.name + ": \"" + to.name + "::jsonb\"";
    return way;
  }
  way.assigned = stage_column;
  if (holds_as_it_is(from, to.type)) return way;  // a domain over the same type
  way.fits = condition_that_nothing_is_lost(stage_column, from, to.type);
  if (!way.fits.empty() && !target_catalog.can_cast(to.type, from)) way.refusal = refuse(from, to);
  return way;
}

std::string in_place(const std::string& pattern, const std::string& value) {
  std::string sql = pattern;
  return sql.replace(sql.find('$'), 1, value);
}

// The type without a length or scale, which would change values.
Type unlimited(const Type& type) {
  Type plain = type;
  plain.declared = stage_declaration(type);
  plain.modifier = -1;
  return plain;
}

// As the target pads it, unless it cannot hold it.
std::string padded_number(const std::string& value, const Type& to) {
  const std::string number = "(" + value + ")::numeric";
  if (to.modifier < 0) return "(" + number + ")::text";
  const std::string scale = std::to_string(scale_of(to.modifier));
  return "(CASE WHEN pg_catalog.scale(" + number + ") <= " + scale + " THEN pg_catalog.round(" + number + ", " + scale +
         ") ELSE " + number + " END)::text";
}

constexpr const char* by_bytes = " COLLATE \"C\"";

void plan_comparison(Conversion& way, const Type& from, const catalog::Column& to) {
  const std::string value = "(" + way.sent + ")";
  way.text_at_source = value + "::text" + by_bytes;
  way.text_in_target = std::string("$::text") + by_bytes;
  way.compared_at_source = way.text_at_source;
  way.compared_in_target = way.text_in_target;
  const auto by_type = [&](const Type& type) {
    way.compared_in_target = catalog::as_hashed(type, to.is_domain);
    way.compared_at_source = in_place(way.compared_in_target, value);
    if (!to.is_domain && type.builtin) way.compared_type = type;
  };
  if (way.same) return by_type(to.type);
  if (to.is_domain || !to.type.builtin || !from.builtin || is_text(to.type)) return;
  const bool one_kind = from.name == to.type.name || (from.name == "date" && to.type.name == timestamp) ||
                        (from.name == "real" && to.type.name == "double precision");
  if (to.type.name == "numeric" && (from.name == "numeric" || is_integer(from)) &&
      (to.type.modifier < 0 || scale_of(to.type.modifier) >= 0))
    way.compared_at_source = padded_number(way.sent, to.type) + by_bytes;
  else if (one_kind && from.name != "numeric" && !from.name.starts_with("bit"))
    by_type(unlimited(to.type));
}

}  // namespace

Conversion convert(const std::string& expression, const Type& from, const catalog::Column& to,
                   const std::string& stage_column, const catalog::Catalog& target_catalog,
                   const std::optional<std::string>& source_zone, const std::optional<std::string>& target_zone) {
  Conversion way = find_way(expression, from, to, stage_column, target_catalog, source_zone, target_zone);
  if (!way.refusal.empty()) return way;
  const bool as_text = !from.builtin || must_travel_as_text(from);
  const Type text{"text", "text", -1, true};
  plan_comparison(way, as_text ? text : with_zone(expression, from, to, source_zone, target_zone).type, to);
  return way;
}

}  // namespace engine::plan
