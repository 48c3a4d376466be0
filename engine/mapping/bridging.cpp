#include "engine/mapping/bridging.hpp"

#include "engine/mapping/sql_name.hpp"
#include "engine/plan/conversion.hpp"

namespace engine::mapping {
namespace {

using catalog::Column;
using catalog::TableSchema;
using catalog::Type;

constexpr const char* time = "time without time zone";
constexpr const char* timestamp = "timestamp without time zone";

bool is_text(const Type& type) { return type.builtin && kind_of(type) == "text"; }

// How many characters a text may have; nothing where there is no bound.
std::optional<int> length_of(const Type& type) {
  if (type.modifier < 0 || (type.name != "character varying" && type.name != "character")) return std::nullopt;
  return type.modifier - 4;
}

// The column with the day that belongs to a time of day: the only one, or the one called so.
const Column* day_of(const TableSchema& table) {
  const Column* day = nullptr;
  for (const auto& column : table.columns) {
    if (!column.type.builtin || column.type.name != "date") continue;
    if (column.name == "date") return &column;
    if (day) return nullptr;  // which one is meant?
    day = &column;
  }
  return day;
}

class Bridge {
 public:
  Bridge(const Side& source, const Side& target, const TableSchema& from, const TableSchema& to, Direction direction)
      : source_(source), target_(target), from_(from), to_(to), direction_(direction) {}

  void add(const std::string& source_name, const std::string& target_name) {
    const Column& from = *from_.column(source_name);
    const Column& to = *to_.column(target_name);
    if (to.generated) return;
    find_zone(from, to);
    const std::string refusal = refusal_of(from, to, true);
    if (!refusal.empty()) return convert(from, to, refusal);
    const auto longest = length_of(to.type), here = length_of(from.type);
    if (is_text(from.type) && longest && (!here || *here > *longest))
      found_.columns.push_back({to.name, "left(" + sql_name(from.name) + ", " + std::to_string(*longest) + ")",
                                "the text may be longer (" + from.declared_type + ") than the target takes (" +
                                    to.declared_type + "); without this a row with a longer one waits in quarantine",
                                false});
  }

  Bridges take() { return std::move(found_); }

 private:
  std::string refusal_of(const Column& from, const Column& to, bool with_zones) const {
    const auto zone = [&](const Side& side) {
      return with_zones ? std::optional<std::string>(side.timezone) : std::nullopt;
    };
    return plan::convert("x", from.type, to, "s.x", target_.catalog, zone(source_), zone(target_)).refusal;
  }

  // The zone of the side that has none decides what a stamp means.
  void find_zone(const Column& from, const Column& to) {
    if (refusal_of(from, to, false).empty() || !refusal_of(from, to, true).empty()) return;
    const bool at_source = from.type.name != "timestamp with time zone";
    const Place place = at_source ? source_of(direction_) : target_of(direction_);
    (place == Place::desktop ? found_.zone_of_desktop : found_.zone_of_cloud) = true;
  }

  void convert(const Column& from, const Column& to, const std::string& refusal) {
    const std::string name = sql_name(from.name), differ = from.declared_type + " here, " + to.declared_type + " there";
    const Column* day = day_of(from_);
    if (from.type.name == time && to.type.name == timestamp && day)
      return make(to, sql_name(day->name) + " + " + name, differ + "; the day stands in column " + day->name);
    if (from.type.name == timestamp && to.type.name == time && day)
      return make(to, name + "::time", differ + "; the day stands in column " + day->name + " too");
    const bool loses = from.type.name == timestamp && to.type.name == time;
    if (to.type.builtin && !loses && target_.catalog.can_cast(from.type, to.type))
      return make(to, name + "::" + to.type.name, differ + ", and PostgreSQL can convert it");
    if (!to.has_value_of_its_own()) return;  // the planner says why the table is refused
    found_.skip.push_back(to.name);
    found_.why_skipped.push_back(refusal);
  }

  void make(const Column& to, const std::string& sql, const std::string& why) {
    found_.columns.push_back({to.name, sql, why, true});
  }

  const Side& source_;
  const Side& target_;
  const TableSchema& from_;
  const TableSchema& to_;
  const Direction direction_;
  Bridges found_;
};

}  // namespace

Bridges bridge(const Survey& survey, const QualifiedName& desktop, const QualifiedName& cloud,
               const ColumnPairs& columns, Direction direction) {
  const bool forward = direction == Direction::forward;
  const TableSchema &here = survey.desktop.catalog.tables.at(desktop), &there = survey.cloud.catalog.tables.at(cloud);
  Bridge bridge(survey.at(source_of(direction)), survey.at(target_of(direction)), forward ? here : there,
                forward ? there : here, direction);
  for (const auto& pair : columns.same)
    bridge.add(forward ? pair.desktop : pair.cloud, forward ? pair.cloud : pair.desktop);
  return bridge.take();
}

}  // namespace engine::mapping
