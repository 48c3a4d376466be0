#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/capture/cursor.hpp"
#include "engine/catalog/table_schema.hpp"
#include "engine/config/table_map.hpp"
#include "engine/plan/column_hash.hpp"
#include "engine/plan/conversion.hpp"

namespace engine::plan {

// What a run will do, as values. Nothing here touches a server; pipeline/ carries it out.

// What PostgreSQL says about the expressions of one table in one direction, found before anything is decided.
struct ExpressionFacts {
  std::map<std::string, catalog::Type> types;  // of each computed column, by target column
  std::vector<QualifiedName> reads;            // tables other than the source table itself
  bool countable = true;                       // each of them is a plain table, whose new rows can be told
  std::string denied;                          // why they may not be computed: a right is missing
  std::vector<std::string> grants;             // the statements that give it, where they are known
  std::string restless;  // why the result may change though no table did (the clock, an unknown function)
};

enum class Role { copied, computed, origin };

// A column of the target that is fed.
struct Column {
  std::string target;
  std::string source;  // the column it is copied from; empty where it is computed
  Role role = Role::copied;
  Conversion conversion;
  bool key = false;
  bool nullable_key = false;    // NULL may occur on both sides: matched as a record
  bool null_at_source = false;  // NULL may occur in what is read
  bool watermark = false;       // copied, but never a reason to write
  bool updatable = true;        // false for GENERATED ALWAYS identity columns
  bool not_null = false;        // in the target

  bool compared() const { return !watermark && updatable; }
};

// A column that identifies rows in the cloud where the desktop has no key: nothing copies it, the cloud gives it.
struct NumberColumn {
  std::string name;
  std::string type;   // as the cloud declares it
  std::string value;  // SQL that makes a new one; a column of the map's is given as it comes, and this is empty
};

// How keys and contents are hashed for the memory: column by column (column_hash.hpp) where each has a way of its own;
// else by hash_record_extended() where both servers have it (14 and later); else by their text.
enum class RowHash { record, text, columns };

// How a column enters such hashes.
struct HashForm {
  std::string value;  // a pattern with $ for the value, see TableSchema::hashed()
  HashTerm term;      // of RowHash::columns; may be empty
  std::string cast;   // of the value that the term takes
};
using HashForms = std::map<std::string, HashForm>;  // by column

// What another map remembers of the same table of the target.
struct OtherMemory {
  std::string map;
  std::int64_t known_id = 0;
  std::vector<std::string> key;  // of the target
  RowHash hash = RowHash::record;
};

// What the state remembers of the rows of a table and of the same table on the way back; found when a run begins.
struct Memory {
  std::int64_t known_id = 0;       // pgtide.known_table of the target
  bool adopting = false;           // the table has not been compared whole yet: rows that are there may be taken over
  bool opposite_adopting = false;  // the opposite direction has not compared the table whole yet
  std::int64_t opposite_id = 0;    // the same of the opposite direction, in the source; 0: there is none
  std::vector<std::string> opposite_key;    // columns of the source
  std::vector<std::string> opposite_image;  // columns of the source
  RowHash opposite_hash = RowHash::record;
  std::vector<OtherMemory> others;  // of other maps: their rows are not ours to take over
};

// A column of the source that says when a row was touched, as a condition on it can use its index.
struct Stamp {
  std::string column;               // quoted and qualified
  std::string type;                 // of the three that is_stamp() in columns.cpp knows
  std::string zone;                 // in which a stamp without one is taken; empty where the map does not say
  std::int64_t margin_seconds = 0;  // by which the stamps may be behind the clock they are compared with
};

// What tells a row of the source from the others while its table is read, whatever is wrong with its contents.
enum class RowName { position, part_and_position, contents };

struct MovedSequence {
  std::string column;    // of the target
  std::string sequence;  // quoted and qualified
};

// One table in one direction.
struct TableTask {
  std::string title;         // the target's name, as the state and the reports say it
  std::string source_title;  // the source's name, as own_xact of the source says it
  QualifiedName source;
  QualifiedName target;
  Direction direction = Direction::forward;
  std::string map;
  std::vector<Column> columns;
  std::vector<std::string> key;  // target names
  bool arbiter = false;          // the target has a unique index that ON CONFLICT can use
  bool source_unique = false;    // no key can occur twice in what is read
  std::string join;
  std::vector<std::string> conditions;  // SQL over the source, AND-ed
  std::string watermark;                // SQL over the source, a timestamptz; empty where there is none
  std::string watermark_text;           // for people
  std::vector<Stamp> stamps;            // what `watermark` is the greatest of
  std::string target_watermark;         // the same of a row `t` of the target; empty where it has none
  std::string origin_column;            // of the target; empty where the map has no origin (or in reverse)
  std::string origin_cloud;             // rows with this value are never changed
  std::string origin_desktop;           // rows with this value came from the desktop
  bool keyless = false;                 // `key: none`: rows are matched by content and counted; `key` is empty
  std::vector<NumberColumn> number;     // keyless: identifies the cloud's rows (target in forward, source in reverse)
  std::vector<std::string> match;       // keyless: target names of the columns that mostly identify a row
  std::vector<catalog::Referrer> referrers;     // foreign keys to the target
  std::vector<catalog::ForeignKey> references;  // of the target
  double fuse = config::Table::default_fuse;
  bool both_ways = false;
  HashForms source_hashed, target_hashed;
  RowHash hash = RowHash::record;
  bool has_column_hash = false;  // RowHash::columns can be had, and may be begun with
  bool hashed_alike =
      false;  // the source computes the same hashes of its rows as the target, where nothing is converted
  Memory memory;
  bool has_xmin = true;  // new rows are told by their transaction id
  // What is read is one table alone, which can be read in the order in which its rows lie in the file.
  bool in_file_order = false;
  std::string guarantee = "exact";
  std::string guarantee_why;     // why it is not better, or what it rests on
  std::int64_t exact_every = 0;  // seconds; not 0: a large table, passes by stamp may take the place of others
  std::string whole_why;         // why incremental must compare the whole table; empty where it need not
  ExpressionFacts facts;
  std::string schema_hash;
  std::string mapping_hash;
  // What these two may have been before some of the columns that are to be filled were there; see repair.hpp.
  std::set<std::string> schema_hashes_before, mapping_hashes_before;
  std::int64_t table_oid = 0;
  std::int64_t target_oid = 0;
  std::int64_t estimated_rows = 0;  // -1: not known
  std::vector<MovedSequence> sequences;
  std::uint64_t row_bytes = config::Table::default_row_bytes;
  config::Quarantine quarantine;
  RowName row_name = RowName::position;
  std::string narrow_encoding;      // of the target, where it may lack characters that the source has; else empty
  std::string source_zone = "UTC";  // in which the expressions run
  std::string source_schema;
  std::string policy = "desktop_wins";                           // for conflicts, in the map's words
  config::RefreshMethod method = config::RefreshMethod::choose;  // of a full run, as the map or the command wants it
  bool rebuild_indexes = false;  // a first load drops what indexes it can, and makes them again behind itself

  // Rows that the desktop has deleted, of tables with a key: what full runs do about them in the cloud.
  config::DeletePolicy deletes = config::DeletePolicy::ignore;
  std::string soft_delete;                            // the column that marks such a row; empty: they are not marked
  std::string soft_marked, soft_unmarked;             // its value in such a row, and in one that has come back; SQL
  std::map<QualifiedName, std::string> soft_deletes;  // that column of the tables of the map that have one

  // What the target asks of its rows, as far as it can be looked up beforehand.
  std::vector<catalog::ForeignKey> foreign_keys;      // of all rows, to parents whose rows can be seen
  std::vector<std::vector<std::string>> unique_keys;  // columns of further unique indexes, all of them fed
  bool insert_trigger = false;                        // may make a row fit that does not
  bool update_trigger = false;
  bool target_reacts = false;   // to what is written, by any trigger or rule
  bool clears_orphans = false;  // references to missing rows become NULL

  // Only some columns of rows that are there are written: `columns` are these and the key, and the columns of a whole
  // image are here.
  bool fills_columns = false;
  std::vector<std::string> whole_image;
  std::string whole_hash;  // SQL over the source: of such an image; empty where it is not the same on both sides

  std::vector<std::string> ignored;    // source columns that nothing takes
  std::vector<std::string> skipped;    // columns that the map leaves out
  std::vector<std::string> defaulted;  // target columns that nothing feeds
  std::vector<std::string> notes;      // what an operator should know

  bool converts() const;
  std::vector<Column> key_columns() const;
  // The columns that name a row to people: the key; without one the `match` columns, else all.
  std::vector<std::string> row_key_columns() const;
  // What identifies a row in the memory: the key, or the cloud's number. Of the target; in reverse without a key, of
  // the source.
  std::vector<std::string> identity() const;
  // The columns whose contents count, of the target. Without a key the origin says whose a row is, not what is in it.
  std::vector<std::string> image_columns() const;
  // Rows may go straight into a target that is empty: nothing has to be compared or converted, and the source can hash
  // them. In reverse only at the beginning: later the desktop has deleted them.
  bool may_be_loaded() const;
  // Of a row that differs and that we wrote last nothing has to be looked up: the desktop's contents are newer. See
  // docs/ARCHITECTURE.md, "Judged without the memory".
  bool may_be_judged_lightly() const;
  // What is remembered of many rows may wait in packs until it is looked up.
  bool may_be_packed() const;
  // Reverse of a table that goes both ways, before forward has compared it whole: which of the cloud's rows came from
  // the desktop is for forward to say.
  bool waits_for_forward() const;
  // The columns that only one side has, in a few words; empty where there are none.
  std::string note() const;
  bool removes() const { return keyless && direction == Direction::forward; }
  // Rows that the desktop has deleted are looked for.
  bool deletes_in(Mode mode) const { return mode == Mode::full && deletes != config::DeletePolicy::ignore; }
  // Full runs remove or mark rows that the desktop has deleted.
  bool removes_deleted() const {
    return deletes == config::DeletePolicy::soft || deletes == config::DeletePolicy::hard;
  }
};

// Tables that are written in one transaction because they refer to each other or to themselves, or a table without a
// unique index on its key, where a second writer has to wait; else a single table that is committed chunk by chunk.
struct Group {
  std::vector<std::size_t> tasks;  // in the order in which rows are inserted
  bool one_transaction = false;
  bool circular = false;  // rows refer to rows of the group
  bool deferred = false;  // with constraints deferred
  // task -> columns that are inserted as NULL and set when all rows are there
  std::map<std::size_t, std::vector<std::string>> late_columns;
};

// What mends a refusal or a problem, where it can be said in a form to be pasted.
struct Remedy {
  enum class Kind { none, sql, map, command };
  Kind kind = Kind::none;
  Place place = Place::desktop;  // where the SQL runs
  std::string text;              // statements that end with a semicolon; lines of the table in the map; a command
  std::string column = {};       // that it is about; may be empty
  std::string risk = {};         // why to think twice; may be empty
};

struct Reason {
  Reason(std::string text_, Remedy remedy_ = {}, std::string about_ = "table")
      : text(std::move(text_)), remedy(std::move(remedy_)), about(std::move(about_)) {}
  Reason(const char* text_) : text(text_) {}

  std::string text;
  Remedy remedy;
  std::string about = "table";  // what is in the way, in a word: rights, row_security, type, timezone, key, ...
};

struct Refusal {
  std::string title;
  std::string reason;  // all of them in one text
  std::string hint;
  std::vector<Reason> reasons = {};
};

// Something wrong with the map itself: no table is touched.
struct Problem {
  Mark mark;
  std::string text;
  std::string hint;
  Remedy remedy = {};
};

struct Plan {
  std::vector<TableTask> tasks;
  std::vector<std::vector<Group>> waves;                 // parents are in an earlier wave than their children
  std::map<std::size_t, std::set<std::string>> parents;  // task -> titles of the tables it depends on, refused ones too
  std::map<std::size_t, std::string>
      blocked;  // task -> the refused table it depends on, directly or not: it is skipped
  std::vector<Refusal> refusals;
  std::vector<Problem> problems;
  std::vector<std::string> warnings;  // about the map; for people
};

// UTC days, YYYY-MM-DD, both of them included.
struct DayRange {
  std::string since;
  std::string until;
};

struct Request {
  Mode mode = Mode::incremental;
  std::vector<std::string> only;  // titles or source names; empty: all tables of the direction
  bool overwrite = false;
  bool whole = false;                     // every row is read, in whatever mode
  std::optional<DayRange> days = {};      // resync: the rows whose watermark lies in them
  std::vector<std::string> columns = {};  // resync: of all rows these columns, by their name on either side
  config::RefreshMethod method = config::RefreshMethod::choose;  // full: comes before what the map says

  Direction direction() const { return direction_of(mode); }
};

// `facts` by the index of the table in the map; tables without expressions need none. `removing_maps`: by oid of the
// target, the other map that removes rows from it. `closed_memories`: by source table, why it is refused because what
// the opposite direction remembers of it cannot be looked up.
Plan make_plan(const config::TableMap& map, const Request& request, const catalog::Catalog& source,
               const catalog::Catalog& target, const std::map<std::size_t, ExpressionFacts>& facts,
               const std::map<std::int64_t, std::string>& removing_maps = {},
               const std::map<QualifiedName, std::string>& closed_memories = {});

// The tables of the map that the request is about, by index. Throws Error(usage) for a name that is in no map entry of
// this direction.
std::vector<std::size_t> selected(const config::TableMap& map, const Request& request,
                                  std::string_view flag = "--table");

// The title of a table: the target's name, with its schema only where that is not the map's.
std::string title_of(const config::TableMap& map, const config::Table& table, Direction direction);

}  // namespace engine::plan
