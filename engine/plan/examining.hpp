#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/plan/plan.hpp"

// SQL with which doctor/ looks at the rows of the map's tables: how many are not as the target wants them, and what
// mends that. Values are literals made by literal(), names go through quoted(). Pure.
namespace engine::plan::statements {

// What can be wrong with a row.
enum class Flaw {
  too_large,       // the target's column cannot hold the value as it is
  no_label,        // the target's enum does not know it
  null_value,      // the target's column must not be NULL
  null_key,        // a part of the key is NULL
  no_stamp,        // no watermark column has a value
  future_stamp,    // by more than clocks may differ
  infinite_stamp,  // 'infinity' or '-infinity'
  check,           // a CHECK of the target does not hold
};

struct Question {
  Flaw flaw;
  std::string column;     // of the target; of the source for stamps; of a check its name
  std::string condition;  // SQL over a row `s` that has the target's names, and pgtide_stamp_1 ... for the stamps
};

// A CHECK of the target.
struct Check {
  std::string name;
  std::string expression;            // SQL over the target's columns
  std::vector<std::string> columns;  // that it names
};

// All that may be wrong with the rows that a run reads. `labels`: of the target's columns that are enums.
std::vector<Question> questions_about(const TableTask& task, const catalog::TableSchema& target,
                                      const std::map<std::string, std::vector<std::string>>& labels,
                                      const std::vector<Check>& checks);
// How far a stamp may lie in the future before it counts as one: clocks differ, and zones that nobody names more so.
std::string ahead_by(const std::string& type, bool zone_known);
// Every value of the one type has its place in the other, by their lengths, digits and ranges. False too where these do
// not tell.
bool always_fits(const catalog::Type& from, const catalog::Type& to);
// One row: rows, and flaw_1, flaw_2, ... : how many rows each question is true of. One pass over the table.
std::string count_flaws(const TableTask& task, const std::vector<Question>& questions);

// One row: keys that occur more than once in what a run reads, and the rows that have them. `columns` of the target;
// rows in which one of them is NULL do not count.
std::string count_duplicates(const TableTask& task, const std::vector<std::string>& columns);
// The same of a table as it stands.
std::string count_duplicates(const QualifiedName& table, const std::vector<std::string>& columns);
// One row: rows, and distinct_1, ..., of each column; 0 of one that is NULL somewhere.
std::string count_distinct(const QualifiedName& table, const std::vector<std::string>& columns);
// One row: values_1, ...: so many values of each column are numbers of large objects.
std::string count_large_objects(const QualifiedName& table, const std::vector<std::string>& columns);

// One row: last_value, is_called, increment, least, most, type of the sequence, and greatest, smallest of the column;
// ahead: the value that is farthest ahead of those that the sequence is still to give out and stands in the column.
std::string look_at_sequence(const QualifiedName& table, const std::string& column, const std::string& sequence);

// ---- what mends; each ends with a semicolon

// Of rows with the same key the one stays that a run would send: that with the greatest watermark. Empty where the key
// is computed. `columns` of the target.
std::string remove_duplicates(const TableTask& task, const std::vector<std::string>& columns);
// The one stays that was written last.
std::string remove_duplicates(const QualifiedName& table, const std::vector<std::string>& columns);
// Gives the rows without a value in this column the numbers behind the greatest one.
std::string number_the_rest(const QualifiedName& table, const std::string& column);
std::string remove_without(const QualifiedName& table, const std::string& column);
std::string widen(const QualifiedName& table, const std::string& column, const std::string& type);
std::string change_column(const QualifiedName& table, const std::string& column, const std::string& change);
// Drops the column and adds it again, empty.
std::string make_anew(const QualifiedName& table, const std::string& column, const std::string& type);
std::string create_unique_index(const QualifiedName& table, const std::vector<std::string>& columns, bool concurrently);
std::string drop_constraint(const QualifiedName& table, const std::string& name);
// With these columns, as another server declares them.
std::string create_table(const QualifiedName& table, const catalog::TableSchema& like,
                         const std::map<std::string, std::string>& names, const std::vector<std::string>& key);
// Sets a stamp of the rows that have none, or one that lies ahead or is infinite, to the present moment of that zone.
std::string set_stamps(const QualifiedName& table, const std::string& column, const std::string& type,
                       const std::string& zone, const std::string& which);
// A function and a trigger that set the column whenever a row is changed.
std::string create_touch_trigger(const QualifiedName& table, const std::string& column, const std::string& type,
                                 const std::string& zone);

}  // namespace engine::plan::statements
