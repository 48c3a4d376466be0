#include "engine/plan/examining.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "engine/core/names.hpp"
#include "engine/plan/sql_parts.hpp"

namespace engine::plan::statements {
namespace {

struct Limits {
  std::string_view type, least, most;
};
constexpr Limits whole_numbers[] = {{"smallint", "-32768", "32767"},
                                    {"integer", "-2147483648", "2147483647"},
                                    {"bigint", "-9223372036854775808", "9223372036854775807"}};

const Limits* limits_of(const std::string& type) {
  const auto* found = std::ranges::find(whole_numbers, type, &Limits::type);
  return found == std::end(whole_numbers) ? nullptr : found;
}

// numeric(p,s), as pg_attribute.atttypmod packs it.
int precision_of(int modifier) { return ((modifier - 4) >> 16) & 0xffff; }
int scale_of(int modifier) { return (((modifier - 4) & 0x7ff) ^ 1024) - 1024; }

// True of a value that the target cannot hold as it is. Nothing in it fails, whatever the value; empty where all of the
// type can be held, or it cannot be told like this.
std::string cannot_hold(const std::string& value, const Column& column, const catalog::Type& to) {
  const std::string& from = column.conversion.stage_type;
  const bool is_number = limits_of(from) || from == "numeric" || from == "real" || from == "double precision";
  if (const Limits* target = limits_of(to.name); target && to.builtin && is_number) {
    const Limits* source = limits_of(from);
    if (source && source <= target) return "";
    return std::string(source ? "" : value + " <> pg_catalog.trunc(" + value + ") OR ") + value + " NOT BETWEEN " +
           std::string(target->least) + " AND " + std::string(target->most);
  }
  if (to.name == "numeric" && to.builtin && to.modifier >= 0 && (limits_of(from) || from == "numeric") &&
      scale_of(to.modifier) >= 0) {
    const int scale = scale_of(to.modifier), before = precision_of(to.modifier) - scale;
    const std::string number = value + "::numeric";
    const std::string large = "pg_catalog.abs(" + number + ") >= 1" + std::string(std::max(before, 0), '0');
    if (limits_of(from)) return large;
    return value + " <> 'NaN' AND (pg_catalog.scale(" + value + ") > " + std::to_string(scale) + " OR " + large + ")";
  }
  return column.conversion.fits.empty() ? "" : "NOT (" + column.conversion.fits + ")";
}

std::string is_unknown_to(const std::vector<std::string>& labels, const std::string& value) {
  std::vector<std::string> known;
  for (const auto& label : labels) known.push_back(literal(label));
  return value + "::text NOT IN (" + (known.empty() ? "''" : joined(known, ", ")) + ")";
}

std::string is_ahead(const Stamp& stamp, const std::string& value) {
  const std::string now =
      stamp.type == "timestamp with time zone"
          ? "pg_catalog.now()"
          : "(pg_catalog.now() AT TIME ZONE " + literal(stamp.zone.empty() ? "UTC" : stamp.zone) + ")";
  return "pg_catalog.isfinite(" + value + ") AND " + value + " > " + now + " + interval '" +
         ahead_by(stamp.type, !stamp.zone.empty()) + "'";
}

// `"table"."column"` -> column
std::string bare(const Stamp& stamp) {
  std::string name = stamp.column.substr(stamp.column.find("\".\"") + 3);
  name.pop_back();
  for (auto at = name.find("\"\""); at != name.npos; at = name.find("\"\"", at + 1)) name.erase(at, 1);
  return name;
}

void ask_about_stamps(const TableTask& task, std::vector<Question>& questions) {
  std::vector<std::string> missing, names;
  for (std::size_t i = 0; i < task.stamps.size(); ++i) {
    const std::string value = "s.pgtide_stamp_" + std::to_string(i + 1);
    const std::string name = bare(task.stamps[i]);
    missing.push_back(value + " IS NULL");
    names.push_back(name);
    questions.push_back({Flaw::future_stamp, name, is_ahead(task.stamps[i], value)});
    questions.push_back({Flaw::infinite_stamp, name, "NOT pg_catalog.isfinite(" + value + ")"});
  }
  if (!missing.empty()) questions.push_back({Flaw::no_stamp, names.front(), joined(missing, " AND ")});
}

bool is_fed(const TableTask& task, const std::string& column) {
  return std::ranges::find(task.columns, column, &Column::target) != task.columns.end();
}

// ` FROM (SELECT ...) s`: the rows that a run reads, under the target's names.
std::string from_rows(const TableTask& task) {
  std::vector<std::string> list;
  for (const auto& column : task.columns) list.push_back(column.conversion.sent + " AS " + quoted(column.target));
  for (std::size_t i = 0; i < task.stamps.size(); ++i)
    list.push_back(task.stamps[i].column + " AS pgtide_stamp_" + std::to_string(i + 1));
  const auto conditions = conditions_of(task);
  return " FROM (SELECT " + joined(list, ", ") + " FROM " + quoted(task.source) +
         (task.join.empty() ? "" : " " + task.join) +
         (conditions.empty() ? "" : " WHERE " + joined(conditions, " AND ")) + ") s";
}

std::string count_groups(const std::string& from, const std::vector<std::string>& columns, const std::string& row) {
  std::vector<std::string> given;
  for (const auto& column : columns) given.push_back(row + "." + quoted(column) + " IS NOT NULL");
  return "SELECT count(*) AS keys, coalesce(sum(n), 0) AS rows FROM (SELECT count(*) AS n" + from + " WHERE " +
         joined(given, " AND ") + " GROUP BY " + quoted_list(columns, row) + " HAVING count(*) > 1) d";
}

}  // namespace

std::string ahead_by(const std::string& type, bool zone_known) {
  return type == "timestamp with time zone" || (zone_known && type != "date") ? "1 hour" : "1 day";
}

std::vector<Question> questions_about(const TableTask& task, const catalog::TableSchema& target,
                                      const std::map<std::string, std::vector<std::string>>& labels,
                                      const std::vector<Check>& checks) {
  std::vector<Question> questions;
  for (const auto& column : task.columns) {
    const catalog::Column* to = target.column(column.target);
    if (!to || !column.conversion.refusal.empty()) continue;
    const std::string value = "s." + quoted(column.target);
    if (const auto known = labels.find(column.target); known != labels.end())
      questions.push_back({Flaw::no_label, column.target, is_unknown_to(known->second, value)});
    else if (!column.conversion.same)
      if (const auto condition = cannot_hold(value, column, to->type); !condition.empty())
        questions.push_back({Flaw::too_large, column.target, condition});
    if (column.key)
      questions.push_back({Flaw::null_key, column.target, value + " IS NULL"});
    else if (to->not_null)
      questions.push_back({Flaw::null_value, column.target, value + " IS NULL"});
  }
  ask_about_stamps(task, questions);
  for (const auto& check : checks)
    if (std::ranges::all_of(check.columns, [&](const auto& name) { return is_fed(task, name); }))
      questions.push_back({Flaw::check, check.name, "NOT (" + check.expression + ")"});
  return questions;
}

bool always_fits(const catalog::Type& from, const catalog::Type& to) {
  if (to.name == "numeric" && to.modifier >= 0) {
    const Limits* whole = limits_of(from.name);
    if (!whole && (from.name != "numeric" || from.modifier < 0)) return false;
    const int scale = whole ? 0 : scale_of(from.modifier);
    const int before = whole ? static_cast<int>(whole->most.size()) : precision_of(from.modifier) - scale;
    return scale_of(to.modifier) >= scale && precision_of(to.modifier) - scale_of(to.modifier) >= before;
  }
  if (const Limits* source = limits_of(from.name), *target = limits_of(to.name); source && target)
    return source <= target;
  return from.modifier >= 0 && to.modifier >= from.modifier;
}

std::string count_flaws(const TableTask& task, const std::vector<Question>& questions) {
  std::string sql = "SELECT count(*) AS rows";
  for (std::size_t i = 0; i < questions.size(); ++i)
    sql += ", count(*) FILTER (WHERE " + questions[i].condition + ") AS flaw_" + std::to_string(i + 1);
  return sql + from_rows(task);
}

std::string count_duplicates(const TableTask& task, const std::vector<std::string>& columns) {
  return count_groups(from_rows(task), columns, "s");
}

std::string count_duplicates(const QualifiedName& table, const std::vector<std::string>& columns) {
  return count_groups(" FROM " + quoted(table) + " t", columns, "t");
}

std::string count_distinct(const QualifiedName& table, const std::vector<std::string>& columns) {
  std::string sql = "SELECT count(*) AS rows";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string value = "t." + quoted(columns[i]);
    sql += ", CASE WHEN count(" + value + ") = count(*) THEN count(DISTINCT " + value + ") ELSE 0 END AS distinct_" +
           std::to_string(i + 1);
  }
  return sql + " FROM " + quoted(table) + " t";
}

std::string count_large_objects(const QualifiedName& table, const std::vector<std::string>& columns) {
  std::string sql = "SELECT count(*) AS rows";
  for (std::size_t i = 0; i < columns.size(); ++i)
    sql += ", count(*) FILTER (WHERE t." + quoted(columns[i]) +
           "::oid IN (SELECT m.oid FROM pg_catalog.pg_largeobject_metadata m)) AS values_" + std::to_string(i + 1);
  return sql + " FROM " + quoted(table) + " t";
}

std::string look_at_sequence(const QualifiedName& table, const std::string& column, const std::string& sequence) {
  const std::string value = "t." + quoted(column) + "::numeric";
  // the numbers that it still gives out begin here, and have the same remainder
  return "WITH q AS (SELECT s.last_value, s.is_called, p.seqincrement AS increment, p.seqmin AS least, p.seqmax AS "
         "most, pg_catalog.format_type(p.seqtypid, NULL) AS type, s.last_value::numeric + CASE WHEN s.is_called THEN "
         "p.seqincrement ELSE 0 END AS next FROM " +
         sequence + " s, pg_catalog.pg_sequence p WHERE p.seqrelid = " + literal(sequence) +
         "::regclass) SELECT q.last_value, q.is_called, q.increment, q.least, q.most, q.type, r.greatest, r.smallest, "
         "r.ahead FROM q, LATERAL (SELECT max(" +
         value + ") AS greatest, min(" + value + ") AS smallest, CASE WHEN q.increment > 0 THEN max(" + value +
         ") FILTER (WHERE " + value + " >= q.next AND mod(" + value + " - q.next, q.increment) = 0) ELSE min(" + value +
         ") FILTER (WHERE " + value + " <= q.next AND mod(" + value +
         " - q.next, q.increment) = 0) END AS ahead FROM " + quoted(table) + " t) r";
}

}  // namespace engine::plan::statements
