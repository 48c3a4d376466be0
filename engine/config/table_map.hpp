#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/config/limits.hpp"
#include "engine/core/direction.hpp"
#include "engine/core/mark.hpp"
#include "engine/core/names.hpp"

namespace engine::config {

// A table map as values: one YAML file, read strictly. docs/TABLEMAPS.md explains every key to its users.
// Plain data; safe to read from any thread.

enum class TableDirection { forward, reverse, both };
enum class ConflictPolicy { desktop_wins, cloud_wins, last_update_wins, manual };
enum class DeletePolicy { ignore, report, soft, hard };
// How a full run compares a table that is there: `choose` leaves it to pgtide. docs/TABLEMAPS.md
enum class RefreshMethod { choose, stream, rows, ranges };
enum class OrphanPolicy { quarantine, null };

// SQL that whoever wrote the map is trusted with, and where it stands.
struct Expression {
  std::string sql;
  Mark mark;
};

// A name that stands in the map, and where.
struct Name {
  std::string text;
  Mark mark;
};

struct ColumnExpression {
  std::string column;  // of the target
  Expression expression;
};

struct Rename {
  std::string desktop;
  std::string cloud;
  Mark mark;
};

// What a map says for one direction only. Expressions name source columns.
struct Way {
  bool from_defaults = false;  // then columns that a table lacks are passed over
  std::optional<Expression> where;
  std::optional<Expression> join;
  std::vector<ColumnExpression> columns;
};

struct Origin {
  std::string column;   // of the cloud; the desktop may lack it
  std::string desktop;  // its value for rows born on the desktop
  std::string cloud;    // and for rows born in the cloud
  Mark mark;
  bool from_defaults = false;  // then a table without the column simply has no origin
};

struct Watermark {
  std::vector<Name> columns;   // the greatest value counts; empty and not from_defaults: the map says `none`
  bool from_defaults = false;  // then columns that a table lacks are passed over; also where the map says nothing
};

// Tables that are too large to be looked through by every run, see docs/TABLEMAPS.md.
struct Large {
  std::uint64_t above = 0;       // bytes of the source table
  std::int64_t exact_every = 0;  // seconds
  bool operator==(const Large&) const = default;

  static constexpr std::int64_t default_exact_every = 24 * 3600;
};

// How rows are held back that the target refuses, see docs/TABLEMAPS.md.
struct Quarantine {
  int tries = 30;      // of incremental and reverse runs; full runs always try
  double limit = 0.5;  // a share of the rows read, 0.50 for 50 %: more than that stop the table
  bool operator==(const Quarantine&) const = default;
};

enum class KeyChoice { automatic, columns, none };

struct Table {
  Mark mark;  // of its entry in `tables`
  QualifiedName desktop;
  QualifiedName cloud;
  Mark desktop_mark;  // equal to `mark` where the name was not given
  Mark cloud_mark;
  TableDirection direction = TableDirection::forward;
  KeyChoice key_choice = KeyChoice::automatic;
  std::vector<Name> key;  // desktop names; empty unless key_choice is `columns`
  std::vector<Name> match;
  Watermark watermark;
  std::vector<Name> skip;
  bool skip_from_defaults = false;  // then columns that a table lacks are passed over
  std::vector<Rename> rename;
  bool rename_from_defaults = false;  // the same
  std::optional<Origin> origin;
  Way forward;
  Way reverse;
  ConflictPolicy conflicts = ConflictPolicy::desktop_wins;
  DeletePolicy deletes = DeletePolicy::ignore;
  std::optional<Name> soft_delete_column;
  OrphanPolicy orphans = OrphanPolicy::quarantine;
  RefreshMethod method = RefreshMethod::choose;
  std::uint64_t row_bytes = default_row_bytes;
  std::optional<Large> large;
  Quarantine quarantine;
  double fuse = default_fuse;    // a share, 0.10 for 10 %
  bool rebuild_indexes = false;  // dropped for a first load, and made again behind it

  static constexpr std::uint64_t default_row_bytes = 256ull << 20;
  static constexpr double default_fuse = 0.10;

  const Way& way(Direction direction_) const { return direction_ == Direction::forward ? forward : reverse; }
  const QualifiedName& at(Place place) const { return place == Place::desktop ? desktop : cloud; }
  bool goes(Direction way_) const {
    return direction == TableDirection::both || (direction == TableDirection::forward) == (way_ == Direction::forward);
  }
};

struct Database {
  // Empty where the map gives none, or names a variable that is not set: then `url_problem` says so, and it counts only
  // if no flag and no environment variable gives the URL.
  std::string url;
  std::string url_problem;
  std::string schema = "public";
  std::optional<std::string> timezone;  // a name that PostgreSQL knows; checked there
  Mark timezone_mark;
  Mark mark;
};

// How long the past is kept, in seconds.
struct Retention {
  std::int64_t history = 90 * std::int64_t{86400};  // runs, removed rows, resolved conflicts, receipts
  std::int64_t events = 30 * std::int64_t{86400};
};

struct TableMap {
  std::string name;
  std::string file;
  Database desktop;
  Database cloud;
  Retention retention;
  Limits limits;
  std::vector<Table> tables;

  const Database& at(Place place) const { return place == Place::desktop ? desktop : cloud; }
};

// The value of an environment variable, nothing where it is not set.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// Reads a map. Throws Error(configuration) whose text starts with `file:line:column: ` and whose hint says what to
// write instead. Touches nothing but the file.
TableMap load_table_map(const std::string& file, const Environment& environment);

// The same from text in memory; `file` is only for messages.
TableMap parse_table_map(const std::string& text, const std::string& file, const Environment& environment);

}  // namespace engine::config
