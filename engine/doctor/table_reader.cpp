#include "engine/doctor/table_reader.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include "engine/core/error.hpp"
#include "engine/embedded_sql.hpp"
#include "engine/postgres/transaction.hpp"

namespace engine::doctor {
namespace {

using postgres::Result;
using postgres::Session;
using postgres::Transaction;
namespace statements = plan::statements;

postgres::Opening looking() {
  postgres::Opening opening;
  opening.snapshot = true;
  opening.lock_timeout_ms = 3000;
  return opening;
}

// Nothing where this cannot be asked: a right is missing, a table is locked, a type has no such operator.
std::optional<Result> ask(Session& session, const std::string& sql, postgres::Opening opening = looking(),
                          std::string* sqlstate = nullptr) {
  opening.first = sql;  // in one round trip
  try {
    return Transaction(session, opening).results().back();
  } catch (const Error& error) {
    if (error.code() == ErrorCode::unavailable || error.code() == ErrorCode::interrupted) throw;
    if (sqlstate) *sqlstate = error.sqlstate();
    return std::nullopt;
  }
}

SequenceFacts read_sequence(Session& session, const QualifiedName& table, const catalog::Column& column) {
  SequenceFacts facts;
  facts.column = column.name;
  facts.sequence = column.sequence;
  const auto found = ask(session, statements::look_at_sequence(table, column.name, column.sequence));
  facts.readable = found && !found->empty();
  if (!facts.readable) return facts;
  facts.last = found->number(0, "last_value");
  facts.increment = found->number(0, "increment");
  facts.least = found->number(0, "least");
  facts.most = found->number(0, "most");
  facts.called = found->flag(0, "is_called");
  facts.type = found->text(0, "type");
  facts.greatest = found->cell(0, "greatest");
  facts.smallest = found->cell(0, "smallest");
  facts.ahead = found->cell(0, "ahead");
  return facts;
}

bool is_number(const catalog::Column& column) {
  static const std::set<std::string> numbers = {"smallint", "integer", "bigint", "numeric"};
  return column.type.builtin && numbers.contains(column.type.name);
}

void look_into(Session& session, const catalog::TableSchema& table, TableFacts& facts) {
  if (!table.can_use_schema || !table.can_select || table.row_security) return;
  std::vector<std::string> objects;
  for (const auto& column : table.columns) {
    if (!column.sequence.empty() && is_number(column))
      facts.sequences.push_back(read_sequence(session, table.name, column));
    if (column.type.builtin && column.type.name == "oid") objects.push_back(column.name);
  }
  if (objects.empty()) return;
  if (const auto found = ask(session, statements::count_large_objects(table.name, objects)))
    for (std::size_t i = 0; i < objects.size(); ++i)
      facts.large_objects[objects[i]] = found->number(0, "values_" + std::to_string(i + 1));
}

void count_flaws(Session& session, const plan::TableTask& task, const std::vector<statements::Question>& questions,
                 RowFacts& facts) {
  postgres::Opening opening = looking();
  opening.timezone = task.source_zone;
  opening.schema = task.source_schema;
  if (const auto counts = ask(session, statements::count_flaws(task, questions), opening)) {
    facts.rows = counts->number(0, "rows");
    for (std::size_t i = 0; i < questions.size(); ++i)
      if (const auto rows = counts->number(0, "flaw_" + std::to_string(i + 1)); rows > 0)
        facts.flaws.push_back({questions[i], rows});
    return;
  }
  for (const auto& question : questions) {  // one of them cannot be asked
    std::string sqlstate;
    const auto counts = ask(session, statements::count_flaws(task, {question}), opening, &sqlstate);
    if (counts) facts.rows = counts->number(0, "rows");
    if (counts && counts->number(0, "flaw_1") > 0)
      facts.flaws.push_back({question, counts->number(0, "flaw_1")});
    else if (!counts && sqlstate.starts_with("22"))  // a value for which the target's type has no place
      facts.flaws.push_back({question, std::nullopt});
  }
}

bool is_unique_at_source(const plan::TableTask& task, const catalog::TableSchema& source,
                         const std::vector<std::string>& target_columns) {
  std::set<std::string> names;
  for (const auto& target : target_columns) {
    const auto column = std::ranges::find(task.columns, target, &plan::Column::target);
    if (column == task.columns.end() || column->role != plan::Role::copied || !task.join.empty()) return false;
    names.insert(column->source);
  }
  return source.descendants.empty() && std::ranges::any_of(source.unique_keys, [&](const catalog::UniqueKey& unique) {
           return std::set(unique.columns.begin(), unique.columns.end()) == names;
         });
}

}  // namespace

TablesOfAPlace read_tables(Session& session, const catalog::Catalog& catalog) {
  TablesOfAPlace tables;
  std::map<std::string, TableFacts*> by_oid;
  std::vector<std::string> oids;
  for (const auto& [name, table] : catalog.tables) {
    oids.push_back(std::to_string(table.oid));
    by_oid[oids.back()] = &tables[name];
  }
  const postgres::Params wanted = {postgres::array_literal(oids)};
  const auto each = [&](std::string_view sql, const std::function<void(TableFacts&, const Result&, std::size_t)>& add) {
    const Result found = session.run(std::string(sql), wanted);
    for (std::size_t i = 0; i < found.size(); ++i) add(*by_oid.at(found.text(i, "table_oid")), found, i);
  };
  each(sql::doctor_triggers, [](TableFacts& facts, const Result& r, std::size_t i) {
    Trigger trigger;
    trigger.name = r.text(i, "name");
    trigger.function = r.text(i, "function");
    trigger.row = r.flag(i, "is_row");
    trigger.before = r.flag(i, "is_before");
    trigger.on_insert = r.flag(i, "on_insert");
    trigger.on_update = r.flag(i, "on_update");
    trigger.sets = postgres::array_elements(r.text(i, "sets"));
    trigger.drops_rows = r.flag(i, "drops_rows");
    facts.triggers.push_back(std::move(trigger));
  });
  each(sql::doctor_rules,
       [](TableFacts& facts, const Result& r, std::size_t i) { facts.rules.push_back(r.text(i, "name")); });
  each(sql::doctor_labels, [](TableFacts& facts, const Result& r, std::size_t i) {
    facts.labels[r.text(i, "column")] = postgres::array_elements(r.text(i, "labels"));
  });
  each(sql::doctor_checks, [](TableFacts& facts, const Result& r, std::size_t i) {
    facts.checks.push_back(
        {r.text(i, "name"), r.text(i, "expression"), postgres::array_elements(r.text(i, "columns"))});
  });
  each(sql::doctor_unique_indexes, [](TableFacts& facts, const Result& r, std::size_t i) {
    facts.unique_indexes.push_back({r.text(i, "name"), r.flag(i, "is_constraint"), r.flag(i, "is_valid"),
                                    postgres::array_elements(r.text(i, "columns"))});
  });
  for (const auto& [name, table] : catalog.tables) look_into(session, table, tables[name]);
  return tables;
}

RowFacts count_rows(Session& source, Session& target, const plan::TableTask& task,
                    const catalog::TableSchema& source_schema, const catalog::TableSchema& target_schema,
                    const TableFacts& target_facts) {
  RowFacts facts;
  count_flaws(source, task, statements::questions_about(task, target_schema, target_facts.labels, target_facts.checks),
              facts);
  postgres::Opening opening = looking();
  opening.timezone = task.source_zone;
  opening.schema = task.source_schema;
  const auto count = [&](const std::vector<std::string>& columns, const std::string& index) {
    if (columns.empty() || is_unique_at_source(task, source_schema, columns)) return;
    if (const auto found = ask(source, statements::count_duplicates(task, columns), opening);
        found && found->number(0, "keys") > 0)
      facts.duplicates.push_back(
          {columns, index, source_of(task.direction), found->number(0, "keys"), found->number(0, "rows")});
  };
  if (!task.keyless) count(task.key, "");
  for (const auto& index : target_facts.unique_indexes) {
    const bool key = std::set(index.columns.begin(), index.columns.end()) == std::set(task.key.begin(), task.key.end());
    const bool known = std::ranges::find(task.unique_keys, index.columns) != task.unique_keys.end();
    if (index.valid && known && !key) count(index.columns, index.name);
  }
  if (!task.keyless && !task.key.empty() && !task.arbiter && target_schema.can_select)
    if (const auto found = ask(target, statements::count_duplicates(task.target, task.key));
        found && found->number(0, "keys") > 0)
      facts.duplicates.push_back(
          {task.key, "", target_of(task.direction), found->number(0, "keys"), found->number(0, "rows")});
  return facts;
}

std::vector<std::string> find_keys(Session& session, const QualifiedName& table,
                                   const std::vector<std::string>& columns) {
  std::vector<std::string> keys;
  if (columns.empty()) return keys;
  const auto found = ask(session, statements::count_distinct(table, columns));
  for (std::size_t i = 0; found && i < columns.size(); ++i)
    if (const auto rows = found->number(0, "rows");
        rows > 0 && rows == found->number(0, "distinct_" + std::to_string(i + 1)))
      keys.push_back(columns[i]);
  return keys;
}

std::vector<std::string> tables_of_schema(Session& session, const std::string& schema) {
  const auto found = session.run(std::string(sql::doctor_tables_of_schema), {schema});
  std::vector<std::string> names;
  for (std::size_t i = 0; i < found.size(); ++i) names.push_back(found.text(i, "name"));
  return names;
}

}  // namespace engine::doctor
