#include <algorithm>
#include <iterator>

#include "engine/core/error.hpp"
#include "engine/core/fingerprint.hpp"
#include "engine/plan/columns.hpp"
#include "engine/plan/long_reads.hpp"
#include "engine/plan/plan.hpp"
#include "engine/plan/policies.hpp"
#include "engine/plan/repair.hpp"
#include "engine/plan/rights.hpp"
#include "engine/plan/statements.hpp"
#include "engine/plan/waves.hpp"

namespace engine::plan {
namespace {

// As docs/OPERATING.md has it under "Forget a map", of one database.
std::string forget(const std::string& map) {
  const std::string of_map = " WHERE map = " + literal(map), known =
                                                                 " WHERE known_id IN (SELECT known_id FROM "
                                                                 "pgtide.known_table" +
                                                                 of_map + ");\n";
  std::string sql = "DELETE FROM pgtide.known_row" + known + "DELETE FROM pgtide.known_pack" + known;
  for (const char* table : {"watermark", "run", "source", "own_xact"})
    sql += "DELETE FROM pgtide." + std::string(table) + of_map + ";\n";
  return sql + "DELETE FROM pgtide.anchor" + of_map + ";";
}

void refuse_second_remover(const TableInput& input, const TableTask& task, Findings& findings) {
  if (const auto other = input.removing_maps.find(input.target.oid);
      (task.removes() || task.removes_deleted()) && other != input.removing_maps.end())
    findings.refusals.push_back(
        {"map " + other->second +
             " removes rows from this table already (key: none, or deletes:), and two maps would "
             "remove each other's rows. If that map is not used any more: docs/OPERATING.md, \"Forget a map\"",
         {Remedy::Kind::sql, Place::cloud, forget(other->second), "",
          "only if the map " + other->second + " is not used any more; run the same on the desktop"},
         "maps"});
}

// Of a source that may not be read PostgreSQL says nothing about the map's expressions: nothing can be said of the
// columns then.
bool lacks_types(const TableInput& input) { return input.facts.types.size() < input.way().columns.size(); }

void plan_origin(const TableInput& input, TableTask& task, Findings& findings) {
  if (input.direction != Direction::forward || !input.table.origin) return;
  const config::Origin& origin = *input.table.origin;
  if (!input.target.column(origin.column)) {
    if (!origin.from_defaults)
      findings.problems.push_back(
          {origin.mark,
           "origin: column " + origin.column + " does not exist in the cloud table " + input.target.name.name,
           "name the cloud column that says where a row was born",
           {Remedy::Kind::sql, Place::cloud,
            "ALTER TABLE " + quoted(input.target.name) + " ADD COLUMN " + quoted(origin.column) + " text;",
            origin.column}});
    return;
  }
  task.origin_column = origin.column;
  task.origin_cloud = origin.cloud;
  task.origin_desktop = origin.desktop;
  const std::string desktop_column = input.to_source(origin.column);
  if (input.source.column(desktop_column))
    task.conditions.push_back(input.source_column(desktop_column) + "::text IS DISTINCT FROM " + literal(origin.cloud));
}

// What the source is, where its rows do not say which transaction wrote them.
std::string what_it_is(const catalog::TableSchema& source) {
  switch (source.kind) {
    case 'v':
      return "a view";
    case 'm':
      return "a materialized view";
    case 'f':
      return "a foreign table";
    default:
      return source.foreign_parts ? "a table with parts that are no plain tables"
                                  : "a table of the access method " + source.access_method;
  }
}

// Rows that do not say which transaction wrote them are looked for by their stamp. A materialized view shows rows long
// after they were stamped: when it is refreshed.
void plan_best_effort(const TableInput& input, TableTask& task) {
  task.guarantee = "best_effort";
  task.guarantee_why =
      "the source is " + what_it_is(input.source) + ", whose rows do not say which transaction wrote them; ";
  if (task.stamps.empty() || input.source.kind == 'm') {
    task.guarantee_why += "it is compared whole at every run";
    task.whole_why = task.guarantee_why;
    return;
  }
  task.guarantee_why += "between full runs rows are found by their stamp (" + task.watermark_text +
                        "), and a change that does not set it arrives with the next full run";
}

void plan_guarantee(const TableInput& input, TableTask& task) {
  task.has_xmin = input.source.has_usable_xmin();
  if (!task.has_xmin) plan_best_effort(input, task);
  if (!task.whole_why.empty()) return;
  if (task.removes()) {
    task.whole_why = "without a key rows can only be counted";
    if (!task.facts.restless.empty()) task.whole_why += ", and an expression depends on " + task.facts.restless;
  } else if (!task.facts.restless.empty()) {
    task.whole_why = "an expression depends on " + task.facts.restless;
  } else if (!task.facts.reads.empty()) {
    std::vector<std::string> names;
    for (const auto& read : task.facts.reads) names.push_back(display(read, input.source_side().schema));
    task.whole_why = "an expression reads " + joined(names, ", ");
  }
}

// A plain table, and nothing in the map that PostgreSQL might carry out in another order than that of the file.
bool is_in_file_order(const TableInput& input, const TableTask& task) {
  return input.source.kind == 'r' && input.source.descendants.empty() && task.has_xmin && !task.keyless &&
         !input.way().join && !input.way().where && task.whole_why.empty();
}

RowName name_of_rows(const catalog::TableSchema& source) {
  if (source.kind == 'm') return RowName::position;
  if (!source.has_usable_xmin()) return RowName::contents;
  return source.descendants.empty() ? RowName::position : RowName::part_and_position;
}

// Everything can be said in UTF-8, and SQL_ASCII takes whatever comes.
std::string narrow_encoding(const TableInput& input) {
  const std::string& target = input.target_catalog.encoding;
  return input.same_encoding || target == "UTF8" || target == "SQL_ASCII" ? "" : target;
}

// Whether the passes over a table may be quick ones, because it is larger than the map allows for exact ones.
void plan_large(const TableInput& input, TableTask& task) {
  const auto& large = input.table.large;
  if (!large || !task.has_xmin || !task.whole_why.empty()) return;
  if (input.source.bytes < 0 || static_cast<std::uint64_t>(input.source.bytes) <= large->above) return;
  if (task.stamps.empty()) {
    task.notes.push_back("large: does nothing, because the table has no watermark column to find rows by");
    return;
  }
  task.exact_every = large->exact_every;
  const auto hours = large->exact_every / 3600;
  task.guarantee_why = "the table is large: new rows are found by their stamp (" + task.watermark_text +
                       "), and the rows whose change did not set it every " +
                       (hours > 0 && large->exact_every % 3600 == 0 ? std::to_string(hours) + " h"
                                                                    : std::to_string(large->exact_every / 60) + " min");
}

// The source computes the same hashes of its rows as the target, if it sends them as they are: everything that enters
// is hashed by value, or by a text that does not depend on the session's time zone.
bool may_be_hashed_alike(const TableTask& task, const catalog::TableSchema& target) {
  static const std::set<std::string> same_text = {"json",    "jsonb", "xml",         "inet", "cidr",
                                                  "macaddr", "bit",   "bit varying", "point"};
  return !task.keyless && !task.converts() && std::ranges::all_of(task.columns, [&](const Column& column) {
    return (!column.key && !column.compared()) || task.target_hashed.at(column.target).value != "$::text" ||
           same_text.contains(target.column(column.target)->type.name);
  });
}

HashForms hash_forms(const catalog::TableSchema& table) {
  HashForms forms;
  for (const auto& column : table.columns)
    forms[column.name] = {table.hashed(column.name), column.is_domain ? HashTerm() : hash_term(column.type),
                          "::" + column.type.declared};
  return forms;
}

// Each column of key and contents is hashed by a term of its own; what the map computes only if that is done once. Not
// where the memory is looked up by the other direction, or is of the cloud's numbers.
bool has_column_hash(const TableTask& task) {
  if (task.hash != RowHash::record || task.keyless || task.both_ways) return false;
  return std::ranges::all_of(task.columns, [&](const Column& column) {
    if (!column.key && !column.compared()) return true;
    const HashTerm& term = task.target_hashed.at(column.target).term;
    return !term.empty() && (term.single || column.role == Role::copied);
  });
}

// What the result depends on besides the rows: another one needs every row again.
std::string mapping_of(const TableTask& task) {
  std::string text = statements::selection(task) + '\n' + task.watermark + '\n' + task.source_zone + '\n' +
                     quoted(task.target) + ' ' + std::to_string(task.target_oid);
  for (const auto& column : task.columns)
    text += '\n' + column.target + '\0' + column.conversion.assigned + (column.key ? "k" : "");
  for (const auto& name : task.match) text += "\nmatch " + name;
  return fingerprint(text);
}

// As if some of the columns that are to be filled were not there yet: which of them are new nobody has said. Of many
// columns only that all of them are.
void note_hashes_before(TableTask& task, const catalog::TableSchema& source, const std::vector<std::string>& names) {
  std::vector<Column> filled;
  std::ranges::copy_if(task.columns, std::back_inserter(filled),
                       [&](const Column& column) { return is_called(column, names); });
  constexpr std::size_t few = 6;
  const unsigned all = filled.size() < 16 ? (1u << filled.size()) - 1 : 0;
  for (unsigned chosen = filled.size() <= few ? 1 : all; chosen != 0 && chosen <= all; ++chosen) {
    TableTask before = task;
    catalog::TableSchema schema = source;
    for (std::size_t i = 0; i < filled.size(); ++i) {
      if ((chosen >> i & 1) == 0) continue;
      std::erase_if(before.columns, [&](const Column& column) { return column.target == filled[i].target; });
      std::erase_if(schema.columns, [&](const auto& column) { return column.name == filled[i].source; });
    }
    task.mapping_hashes_before.insert(mapping_of(before));
    task.schema_hashes_before.insert(schema.hash());
  }
}

TableTask plan_table(const TableInput& input, Findings& findings) {
  TableTask task;
  task.map = input.map.name;
  task.title = title_of(input.map, input.table, input.direction);
  task.source_title = display(input.source.name, input.source_side().schema);
  task.source = input.source.name;
  task.target = input.target.name;
  task.direction = input.direction;
  task.facts = input.facts;
  task.row_bytes = input.table.row_bytes;
  task.quarantine = input.table.quarantine;
  task.row_name = name_of_rows(input.source);
  task.narrow_encoding = narrow_encoding(input);
  task.source_zone = input.source_side().timezone.value_or("UTC");
  task.source_schema = input.source_side().schema;
  task.estimated_rows = input.source.estimated_rows;
  task.table_oid = input.source.oid;
  task.target_oid = input.target.oid;
  task.schema_hash = input.source.hash();
  task.keyless = input.table.key_choice == config::KeyChoice::none;
  task.both_ways = input.table.direction == config::TableDirection::both;
  task.fuse = input.table.fuse;
  task.rebuild_indexes = input.table.rebuild_indexes;
  task.referrers = input.target.referrers;
  task.references = input.target.foreign_keys;
  task.hash = input.row_hash;
  task.source_hashed = hash_forms(input.source);
  task.target_hashed = hash_forms(input.target);
  if (input.way().join) task.join = input.way().join->sql;
  if (input.way().where) task.conditions.push_back("(" + input.way().where->sql + ")");

  check_rights_to_read(input, findings);
  if (!findings.refusals.empty() && lacks_types(input)) return task;
  plan_columns(input, task, findings);
  plan_origin(input, task, findings);
  if (!task.keyless) plan_key(input, task, findings);
  plan_watermark(input, task, findings);
  plan_guarantee(input, task);
  plan_large(input, task);
  if (task.keyless) plan_number(input, task, findings);
  plan_deletes(input, task, findings);
  check_rights_to_write(input, task, findings);
  plan_demands(input, task);
  plan_policy(input, task);
  refuse_second_remover(input, task, findings);
  task.in_file_order = is_in_file_order(input, task);
  task.mapping_hash = mapping_of(task);
  task.hashed_alike = input.same_encoding && task.hash == RowHash::record && may_be_hashed_alike(task, input.target);
  task.has_column_hash = has_column_hash(task);
  return task;
}

// Where a text ends with a statement to paste, its semicolon parts it from the next.
std::string in_one_text(const std::vector<Reason>& reasons) {
  std::string text;
  for (const auto& reason : reasons) text += (text.empty() ? "" : text.back() == ';' ? " " : "; ") + reason.text;
  return text;
}

std::optional<Problem> missing_table(const config::TableMap& map, const config::Table& table, Place place) {
  const auto& name = table.at(place);
  return Problem{place == Place::desktop ? table.desktop_mark : table.cloud_mark,
                 "table " + display(name, map.at(place).schema) + " does not exist in the " +
                     std::string(name_of(place)) + " database (schema " + name.schema + ")",
                 "names are exact: check spelling, upper and lower case, and the schema"};
}

// Columns of a foreign key that may be NULL for a moment: fed, not of the key, and nullable in the target.
std::vector<std::string> nullable_columns(const TableTask& task, const catalog::TableSchema& target,
                                          const catalog::ForeignKey& key) {
  std::vector<std::string> columns;
  for (const auto& name : key.columns) {
    const auto fed = std::ranges::find(task.columns, name, &Column::target);
    const catalog::Column* column = target.column(name);
    if (fed != task.columns.end() && !fed->key && fed->updatable && column && !column->not_null)
      columns.push_back(name);
  }
  return columns;
}

// What opens a circle at this table.
Remedy deferred(const Plan& plan, std::size_t task, const std::vector<Reference>& references) {
  const auto key = std::ranges::find_if(references, [&](const Reference& r) {
    return r.child == task && !r.deferrable && r.nullable_columns.empty() && r.parent != task;
  });
  if (key == references.end()) return {};
  return {Remedy::Kind::sql, target_of(plan.tasks[task].direction),
          "ALTER TABLE " + quoted(plan.tasks[task].target) + " ALTER CONSTRAINT " + quoted(key->name) + " DEFERRABLE;"};
}

void plan_order(Plan& plan, const catalog::Catalog& target, const std::map<QualifiedName, std::string>& refused) {
  std::map<QualifiedName, std::size_t> by_target;
  for (std::size_t i = 0; i < plan.tasks.size(); ++i) by_target[plan.tasks[i].target] = i;
  std::vector<Reference> references;
  for (std::size_t child = 0; child < plan.tasks.size(); ++child) {
    const catalog::TableSchema& schema = *target.table(plan.tasks[child].target);
    for (const auto& key : schema.foreign_keys) {
      if (const auto known = refused.find(key.parent); known != refused.end())
        plan.parents[child].insert(known->second);
      const auto parent = by_target.find(key.parent);
      if (parent == by_target.end()) continue;
      references.push_back(
          {child, parent->second, key.name, key.deferrable, nullable_columns(plan.tasks[child], schema, key)});
      if (parent->second != child) plan.parents[child].insert(plan.tasks[parent->second].title);
    }
  }
  Ordering ordering = order_tables(plan.tasks.size(), references);
  plan.waves = std::move(ordering.waves);
  for (auto& wave : plan.waves)
    for (auto& group : wave)
      for (const auto task : group.tasks) group.one_transaction = group.one_transaction || !plan.tasks[task].arbiter;
  for (const auto& [task, why] : ordering.impossible) {
    const std::string hint = "make one of the foreign keys DEFERRABLE in the target, or let its column be NULL";
    plan.refusals.push_back(
        {plan.tasks[task].title, why, hint, {{why, deferred(plan, task, references), "foreign_keys"}}});
  }
}

void find_blocked(Plan& plan) {
  std::map<std::string, std::string> refused;  // title -> the refusal behind it
  for (const auto& refusal : plan.refusals) refused[refusal.title] = refusal.title;
  const auto refused_parent = [&](const Group& group) -> std::string {
    for (const auto task : group.tasks) {
      const auto parents = plan.parents.find(task);
      if (parents == plan.parents.end()) continue;
      for (const auto& parent : parents->second)
        if (const auto found = refused.find(parent); found != refused.end()) return found->second;
    }
    return "";
  };
  for (const auto& wave : plan.waves)
    for (const auto& group : wave) {
      const std::string parent = refused_parent(group);
      if (parent.empty()) continue;
      for (const auto task : group.tasks) {  // they are written together or not at all
        plan.blocked[task] = parent;
        refused[plan.tasks[task].title] = parent;
      }
    }
}

// A column that stands in the defaults and in no table is more likely a slip than a wish.
void warn_of_useless_defaults(const config::TableMap& map, Plan& plan) {
  const auto& tables = map.tables;
  const auto by_default =
      std::ranges::find_if(tables, [](const auto& t) { return t.origin && t.origin->from_defaults; });
  const bool used = std::ranges::any_of(plan.tasks, [](const TableTask& t) { return !t.origin_column.empty(); });
  const bool forward =
      std::ranges::any_of(plan.tasks, [](const TableTask& t) { return t.direction == Direction::forward; });
  if (by_default != tables.end() && forward && !used)
    plan.warnings.push_back(by_default->origin->mark.text() + ": no table has the origin column " +
                            by_default->origin->column +
                            " that the defaults name; rows born in the cloud are not told apart");
}

}  // namespace

std::string title_of(const config::TableMap& map, const config::Table& table, Direction direction) {
  const Place place = target_of(direction);
  return display(table.at(place), map.at(place).schema);
}

std::vector<std::size_t> selected(const config::TableMap& map, const Request& request, std::string_view flag) {
  const Direction direction = request.direction();
  std::vector<std::size_t> indexes;
  const std::set<std::string> asked(request.only.begin(), request.only.end());
  std::set<std::string> found;
  for (std::size_t i = 0; i < map.tables.size(); ++i) {
    const auto& table = map.tables[i];
    if (!table.goes(direction)) continue;
    const std::set<std::string> names = {title_of(map, table, direction), display(table.desktop, map.desktop.schema),
                                         display(table.cloud, map.cloud.schema)};
    bool wanted = request.only.empty();
    for (const auto& name : names)
      if (asked.contains(name)) {
        wanted = true;
        found.insert(name);
      }
    if (wanted) indexes.push_back(i);
  }
  for (const auto& name : request.only)
    if (!found.contains(name))
      throw Error(ErrorCode::usage,
                  std::string(flag) + " " + name + ": the map has no such table for this direction (" +
                      std::string(name_of(direction)) + ")",
                  "use the name as it stands in the map");
  return indexes;
}

Plan make_plan(const config::TableMap& map, const Request& request, const catalog::Catalog& source,
               const catalog::Catalog& target, const std::map<std::size_t, ExpressionFacts>& facts,
               const std::map<std::int64_t, std::string>& removing_maps,
               const std::map<QualifiedName, std::string>& closed_memories) {
  Plan plan;
  const Direction direction = request.direction();
  static const ExpressionFacts no_expressions;
  const bool record_hash = std::min(source.server_version, target.server_version) >= 140000;
  const RowHash row_hash = record_hash ? RowHash::record : RowHash::text;
  std::map<QualifiedName, std::string> refused;
  for (const std::size_t index : selected(map, request)) {
    const config::Table& table = map.tables[index];
    const auto* from = source.table(table.at(source_of(direction)));
    const auto* to = target.table(table.at(target_of(direction)));
    if (!from || !to) {
      if (!from) plan.problems.push_back(*missing_table(map, table, source_of(direction)));
      if (!to) plan.problems.push_back(*missing_table(map, table, target_of(direction)));
      continue;
    }
    const auto known = facts.find(index);
    Findings findings;
    TableTask task = plan_table(
        {map, table, direction, *from, *to, source, target, known == facts.end() ? no_expressions : known->second,
         removing_maps, row_hash, source.encoding == target.encoding},
        findings);
    if (!request.columns.empty()) {
      note_hashes_before(task, *from, request.columns);
      // few hashes are sent, so that the slow way of old servers will do
      task.hashed_alike = source.encoding == target.encoding && may_be_hashed_alike(task, *to);
    }
    if (const auto closed = closed_memories.find(task.source); closed != closed_memories.end())
      findings.refusals.push_back(closed->second);
    plan.problems.insert(plan.problems.end(), findings.problems.begin(), findings.problems.end());
    if (findings.refusals.empty()) {
      plan.tasks.push_back(std::move(task));
    } else {
      plan.refusals.push_back({task.title, in_one_text(findings.refusals), "", findings.refusals});
      refused[task.target] = task.title;
    }
  }
  plan_order(plan, target, refused);
  find_blocked(plan);
  note_reads_in_one_go(map, request, plan);
  warn_of_useless_defaults(map, plan);
  return plan;
}

}  // namespace engine::plan
