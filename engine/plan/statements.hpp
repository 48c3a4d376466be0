#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/plan/window.hpp"

// The only place that assembles SQL from maps. Values are literals made by literal(), names go through quoted(); what
// is pasted as it stands are the map's own expressions, which are trusted. Pure; golden-tested in tests/unit/plan.
namespace engine::plan::statements {

// ---- on the source

// `SELECT ... FROM ... WHERE ...` of all rows, as the map wants them; the form that EXPLAIN and hashes are about.
std::string selection(const TableTask& task);

struct Extraction {
  bool send_watermark = false;    // with the row's stamp
  bool days_are_counted = false;  // of all rows, at the source
  bool send_known = false;        // with a column that says whether the opposite direction brought the row
  bool send_number = false;       // with the hash of the cloud's number (in reverse, without a key)
  bool send_hashes = false;       // with what is to be remembered of the row, as two fields at its end
  bool send_stamp = false;        // then also with its stamp, -infinity where it has none, as a third one
  bool send_position = false;     // with the row's place in the file, as the last field; see read_in_file_order()
  bool one_per_key = false;       // of rows with the same key the winner only
  bool overwrite = false;         // forward: also what only the target changed
  bool all_are_new = false;       // forward, without a key: the target is untouched
  capture::Xid known_since = 0;   // of the target: what was there before the first run has an older id
};
// COPY (SELECT ...) TO STDOUT
std::string extract(const TableTask& task, const Window& window, const Extraction& how);
// file_node: of the source table, which keeps it until the transaction ends.
std::string hold_file(const TableTask& task);
// So that extract() reads in the order of the file, from its beginning: nothing but a plain scan is left to the
// planner.
std::string read_in_file_order();
// found: whether any key occurs more than once
std::string find_twins(const TableTask& task, const Window& window);
// Twins: rows that lose against another with the same key. Columns twins, differing (in their contents).
std::string count_twins(const TableTask& task, const Window& window);
// row_key, row_data of the differing, as jsonb under the target's names.
std::string list_differing_twins(const TableTask& task, const Window& window);
// day, items, newest of all rows in the window.
std::string count_days_at_source(const TableTask& task, const Window& window, const Extraction& how);
// has_rows: before any condition
std::string source_has_rows(const TableTask& task);
// rows, fresh of a table that an expression reads
std::string count_read(const QualifiedName& table, const Window& window);

// ---- at a glance (glancing.cpp)

struct GlancedSource {
  std::string title;
  QualifiedName source;
  capture::Cursor cursor;
  bool counted = false;
  std::vector<QualifiedName> reads;
};
// Statements, each about some of the tables, as of the snapshot of the transaction: glanced (the title), fresh,
// has_rows, read_counts. Where nothing was written in the cluster since a table's cursor, the table is not looked at.
std::string glance_at(const std::vector<GlancedSource>& tables);
// On the target, likewise: `emptied`, the titles of the tables that have no rows.
std::string glance_at_targets(const std::vector<std::pair<std::string, QualifiedName>>& tables);

// ---- on the source, to find the rows that it cannot send (reading.cpp)

// SQL over the source: what tells a row from the others while its table is read, see RowName.
std::string row_name(const TableTask& task);
struct ReadingFacts {
  std::map<std::string, std::string> send;  // by type of the stage: the function that COPY sends a value with
  std::int64_t blocks = 0;                  // of the table, or its largest part
  std::int64_t rows_a_block = 0;            // at most
  bool ranges = false;                      // of positions are read quickly: PostgreSQL 14 and later
};
// Two results: ranges, rows_a_block, blocks; type and send.
std::string ask_before_search(const TableTask& task);
// Where to look, as an array of blocks: from, to, from, to, ...
std::string first_ranges(const TableTask& task, const ReadingFacts& facts);
// Tries all rows of the window in these ranges, with what COPY does. The second result has `todo`, the ranges that are
// left ({}: none), and `seen`, how many rows of the window were tried; the third a row for each that cannot be read:
// id (row_name()), key, data (as in quarantine), state (SQLSTATE; empty: larger than row_bytes), column (the first one
// at fault; may be empty), bytes.
std::string search_unreadable(const TableTask& task, const Window& window, const ReadingFacts& facts,
                              const std::string& ranges);

// For finding what PostgreSQL thinks of the map's expressions, on the source.
std::string probe_join(const config::Table& table, Direction direction, const QualifiedName& source);
std::string probe_where(const config::Table& table, Direction direction, const QualifiedName& source);
std::string probe_column(const config::Table& table, Direction direction, const QualifiedName& source,
                         const std::string& expression);
std::string probe_all(const config::Table& table, Direction direction, const QualifiedName& source);

// ---- on the target, within one transaction. `names` are of temporary tables, random so that nothing collides.

struct TemporaryNames {
  std::string stage, image, verdict;
  static TemporaryNames random();
};

std::string create_stage(const TableTask& task, const TemporaryNames& names, const Extraction& how);
std::string load_stage(const TemporaryNames& names);
// COPY straight into the target
std::string load_target(const TableTask& task);

// The stage's rows as the target would hold them. Empty where the stage is that already.
std::string make_image(const TableTask& task, const TemporaryNames& names, const Extraction& how);

// What becomes of each staged row: verdict i insert, u update, s skip (only the target changed it, or reverse, which
// never updates), g the same, and gone, to be remembered as it is now; a equal and to be remembered, = equal;
// conflicts that wait: c insert_exists, b update_origin_differs, m update_missing; r left alone, but remembered as
// seen; l left alone as was decided; q held back. Rows that are equal may be missing among the verdicts. A conflict
// that was decided says so beside its verdict. Then one row, as count_verdicts() gives it.
std::string judge(const TableTask& task, const TemporaryNames& names, const Extraction& how);
// The same for tasks that may be judged lightly, without a look at what is remembered: verdict ? where that does not
// do. Two results: unsure, how many there are; then as count_verdicts(). Then judge_unsure() has the memory's say about
// those.
std::string judge_lightly(const TableTask& task, const TemporaryNames& names);
std::string some_are_unsure(const TemporaryNames& names);  // as a condition
std::string judge_unsure(const TableTask& task, const TemporaryNames& names, const Extraction& how);
// One row: staged, inserts, updates, skips, conflicts, agreed, held; decided, decided_inserts, decided_updates: of the
// conflicts those that do not wait; without a key also surplus and kept.
std::string count_verdicts(const TableTask& task, const TemporaryNames& names);
// What both sides agree on now, of the rows that were inserted, updated or found equal.
std::string remember(const TableTask& task, const TemporaryNames& names);
// The same where it need not be looked up before it is settled, see state::settle_known_rows().
std::string remember_in_pack(const TableTask& task, const TemporaryNames& names);
// COPY of a pack: known_id, how many rows, then as arrays the two fields that `send_hashes` sends, key and image; and
// how long such a field is, and that of `send_stamp`.
std::string load_pack();
constexpr std::uint16_t hash_fields = 2;
constexpr std::size_t hash_bytes = 4 + 8;  // eight bytes after their length
// All of these columns are there, and can be hashed so.
bool can_hash(const std::vector<std::string>& columns, const HashForms& forms, RowHash how);
// What the memory of a table was made of before.
struct KnownBefore {
  std::vector<std::string> key;
  std::vector<std::string> image;
  RowHash hash = RowHash::record;
  bool other_table = false;  // the target was made anew, or restored
};
// After one of these changed: the new hashes of the rows that are there. What they agreed on is known of those only
// that are still as they were remembered. Where the old key is gone, or cannot be hashed as it was, everything is
// forgotten.
std::string remember_anew(const TableTask& task, const KnownBefore& before);

// ---- without a key, forward. Further verdicts: d surplus, to be removed; x surplus, but the cloud changed it or
// others refer to it; f surplus, to be forgotten only.

// As many rows of the target stay as rows with the same `match` columns are held back: an edit that does not fit is no
// reason to remove the row. `others`: row keys (jsonb) of rows that were held back elsewhere. Empty without such
// columns. Then count_verdicts().
std::string spare_for_held(const TableTask& task, const TemporaryNames& names, const std::vector<std::string>& others);
// Numbers for the rows that are to be inserted; before insert().
std::string give_numbers(const TableTask& task, const TemporaryNames& names);
// rows: of the inserted rows, so many have the number they were given
std::string count_numbered(const TableTask& task, const TemporaryNames& names);
// In reverse without a key. rows: written by this transaction, and marked as the cloud's
std::string count_marked(const TableTask& task);
// locked: of the rows to be removed, so many are still as they were judged. From now on nobody can refer to them.
std::string lock_surplus(const TableTask& task, const TemporaryNames& names);
// Those that others refer to stay. Empty where no foreign key leads here.
std::string keep_referenced(const TableTask& task, const TemporaryNames& names);
// rows: of the target
std::string count_target(const TableTask& task);
std::string remove_surplus(const TableTask& task, const TemporaryNames& names);
// The conflicts of the rows that may not be removed.
std::string record_kept_rows(const TableTask& task, const TemporaryNames& names, std::int64_t run_id);
// In place of remember().
std::string remember_numbers(const TableTask& task, const TemporaryNames& names);

// day, items, newest of the rows that arrived or were found equal, or of those that did not
std::string count_days(const TableTask& task, const TemporaryNames& names, bool arrived);
std::string lock_target(const TableTask& task);
// `only`: a further condition on the verdict `v`.
std::string insert(const TableTask& task, const TemporaryNames& names, const std::vector<std::string>& late_columns,
                   const std::string& only = "");
std::string set_late_columns(const TableTask& task, const TemporaryNames& names,
                             const std::vector<std::string>& late_columns);
std::string update(const TableTask& task, const TemporaryNames& names, const std::string& only = "");
// `loads`: it puts rows into an empty target, and changes none.
std::string record_own_xact(const TableTask& task, std::int64_t run_id, bool loads = false);
// Skips rows that were discarded, or decided against; then count_verdicts(). And forgets that, where a row has other
// contents now and is written.
std::string leave_discarded(const TableTask& task, const TemporaryNames& names);
std::string forget_discarded(const TableTask& task, const TemporaryNames& names);
// Carries out what operators decided about conflicts, then the table's policy. `stamped`: the stage has the rows'
// stamps.
std::string decide_conflicts(const TableTask& task, const TemporaryNames& names, bool stamped);
// Conflicts about rows that were gone, and are there again.
std::string close_returned(const TableTask& task, const TemporaryNames& names);
// What was decided against, so that it is no conflict again as it is.
std::string record_declined(const TableTask& task, const TemporaryNames& names);
std::string record_conflicts(const TableTask& task, const TemporaryNames& names, bool stamped, std::int64_t run_id);
// has_rows: any
std::string target_has_rows(const TableTask& task);
// title: of the task, if its target has no rows and rows are remembered
std::string empty_target(const TableTask& task);
// untouched: it has no rows, and none are remembered
std::string target_is_untouched(const TableTask& task);
// has_rows: rows that came from the desktop: that are remembered or, before the first run, may be its
std::string target_has_own_rows(const TableTask& task);
// permitted
std::string may_move_sequence(const MovedSequence& sequence);
std::string move_sequence(const TableTask& task, const MovedSequence& sequence);

// ---- what a run would hold back because the row that it refers to is missing; only reads

// Of one foreign key: the values of its columns that have no row, as text.
struct Missing {
  const catalog::ForeignKey* key = nullptr;
  std::vector<std::vector<std::string>> values;
};
// After judge(): holds the rows back whose references are among these values, and no others.
std::string hold_listed(const TableTask& task, const TemporaryNames& names, const std::vector<Missing>& missing);
// What a run reads of a table, and which of it has no parent as far as that is known.
struct Incoming {
  const TableTask* task = nullptr;
  Window window;
  Extraction how;
  std::vector<Missing> held;
};
// On the source: value_1, value_2, ... and rows, of the values of the key's columns for which `parent` brings no row
// that is not held back itself. nullptr: nothing is brought. The most frequent come first.
std::string find_unsupplied(const Incoming& child, const catalog::ForeignKey& key, const Incoming* parent,
                            std::size_t limit);
// On the source. rows: that refer to one of the values in `held`
std::string count_held(const Incoming& table);
// On the target: n, counted from 1, of the values that have no row there. `as_text`: where not all of them are values
// of the parent's type.
std::string find_missing(const catalog::ForeignKey& key, const std::vector<std::vector<std::string>>& values,
                         bool as_text);

// ---- rows that the desktop has deleted, of tables with a key, after a full run has copied all tables; within one
// transaction. The stage has their keys only.

// The task as far as its keys go: create_stage(), hold_misfits() and make_image() serve them too.
TableTask keys_of(const TableTask& task);
// COPY (SELECT keys ...) TO STDOUT of all rows that the map's conditions let through.
std::string extract_keys(const TableTask& task);
// known: rows are remembered, where they are looked up
std::string is_known(const TableTask& task);
// Rows that are remembered and whose key is not in the stage. One row: candidates.
std::string find_deleted(const TableTask& task, const TemporaryNames& names);
// What becomes of each: verdict d to be removed or marked, x kept as a conflict, f there is no such row any more, l
// left to the cloud because an operator said so, = marked already. Then one row: surplus, kept.
std::string judge_deleted(const TableTask& task, const TemporaryNames& names, bool overwrite);
// rows, keys (the first five): of what judge_deleted() would remove or keep
std::string list_deleted(const TableTask& task, const TemporaryNames& names);
// Those that rows refer to which stay: verdict x. To be repeated until it changes nothing where the table refers to
// itself. Empty where no foreign key leads here.
std::string keep_if_referenced(const TableTask& task, const TemporaryNames& names);
// rows: with the verdict x that this run has not met before
std::string count_newly_kept(const TableTask& task, const TemporaryNames& names, std::int64_t run_id);
// Contents of the rows that go into pgtide.tombstone, also of those without a key; before remove_surplus() or
// mark_deleted().
std::string bury(const TableTask& task, const TemporaryNames& names, std::int64_t run_id);
std::string mark_deleted(const TableTask& task, const TemporaryNames& names);
std::string forget_deleted(const TableTask& task, const TemporaryNames& names);

// ---- rows that the target does not take, within the transaction that writes the others. They are gathered in a
// temporary table of their own (`held`), and leave the stage, or get the verdict q.

std::string create_held(const TemporaryNames& names);
// Out of the stage: rows whose values the target's types would change. Empty where none can be.
std::string hold_misfits(const TableTask& task, const TemporaryNames& names);
// Sets references to rows that the target does not have to NULL. `siblings`: the stages of tables that are written
// together with this one, in which the row may be.
using Siblings = std::map<QualifiedName, std::pair<const TableTask*, TemporaryNames>>;
std::string clear_orphans(const TableTask& task, const TemporaryNames& names, const Siblings& siblings);
// By the verdict, of rows that would be written: those that lack a value, a parent, or a unique value that is still
// free. Each is empty where nothing can be told beforehand. hold_orphans() has to be repeated among siblings until it
// holds nothing more.
std::string hold_nulls(const TableTask& task, const TemporaryNames& names);
std::string hold_orphans(const TableTask& task, const TemporaryNames& names, const Siblings& siblings);
std::string hold_taken(const TableTask& task, const TemporaryNames& names);
// Rows that give up a unique value which another one takes: it becomes NULL for a moment, so that the order of the
// updates does not matter. Empty where that cannot be.
std::string vacate_values(const TableTask& task, const TemporaryNames& names);

// What is left is found by trying: in blocks, and in those that fail row by row, each try undone if it fails
// (PL/pgSQL's EXCEPTION). Rows that fail are noted in `probe`: staged, sqlstate, constraint_name, column_name, message.
struct Trial {
  std::int64_t stop_at = 0;  // so many failures, and more than `share` of what was read so far: it is given up
  double share = 1;
  std::int64_t read_before = 0;  // by this run, in earlier chunks; and of these held back for the first time
  std::int64_t held_before = 0;
};
// make_image() for the rows that can be converted; also where nothing is.
std::string make_image_by_trial(const TableTask& task, const TemporaryNames& names, const Extraction& how,
                                const Trial& trial);
// Tries to write what the verdicts say. To be undone by the caller: what was written has the ids of subtransactions.
std::string write_by_trial(const TableTask& task, const TemporaryNames& names,
                           const std::vector<std::string>& late_columns, const Trial& trial);
// sqlstate, constraint_name, column_name, message: the complaints, with the staged rows of each as an array; sqlstate
// `stop` where it was given up.
std::string read_failures(const TemporaryNames& names);
std::string drop_failures(const TemporaryNames& names);
// $1 staged rows, $2 for each the number of its complaint, from 1; $3 reasons, $4 sqlstates, $5 details, $6 hints.
std::string hold_staged(const TableTask& task, const TemporaryNames& names);
std::string hold_judged(const TableTask& task, const TemporaryNames& names);
// Of rows that waited and are not held any more.
std::string release_held(const TableTask& task, const TemporaryNames& names, bool any_held, std::int64_t run_id);
// The relation that state::hold_rows_of() takes.
std::string held_rows(const TemporaryNames& names);

// ---- a first load without the indexes of its target; see rebuilding.cpp

// kind (index, foreign_key), name (quoted), kept (why it stays; empty if it can be dropped): the indexes and foreign
// keys of the target that a first load could do without.
std::string list_rebuildable(const TableTask& task);
// Within one transaction: what can be dropped is noted in pgtide.rebuild. removal: the statements that drop it.
std::vector<std::string> note_rebuildable(const TableTask& task, std::int64_t run_id);
// rows: that a first load put into the target, and nobody changed since; of a `key` those whose parent is missing. They
// are removed, and forgotten, but for those that other rows refer to. What is remembered has to be settled. Empty where
// it cannot be told who refers to them.
std::string remove_loaded(const TableTask& task, const catalog::ForeignKey* key);

// ---- comparing both sides without sending the rows; see comparing.cpp

// How the rows of a table are hashed, on both sides alike: a hash of the key (without a key: of the contents), and one
// of key and contents as the target would hold them. Rows whose hashes are equal are equal but for a chance of 2^-64;
// others have to be looked at, because a value may have another form in another type.
struct Hashing {
  bool by_text = false;        // so that no value can fail to be one of the other side's type
  std::int64_t groups = 0;     // so many groups of rows, where they are formed by hash
  std::int64_t first_key = 0;  // else by the first column of the key, an integer: this is its smallest value, ...
  std::int64_t last_key = 0;   // and its greatest
  std::int64_t keys_a_group = 0;
  std::vector<std::int64_t> only;     // groups; empty: all
  std::int64_t share = 0;             // not 0: only so many of a million keys, by their hash
  std::vector<std::string> left_out;  // rows of the source that cannot be read, see Window::left_out
  std::vector<std::int64_t> keys;     // of the target nothing but the rows with such keys; empty: all
  std::string news;                   // of the source: rows that are counted apart, a condition; empty: none
};
// Of a sample of the source's pages: rows, fresh (in the window). Empty where no sample can be taken.
std::string sample_news(const TableTask& task, const Window& window);
// The rows of the window, for Hashing::news.
std::string are_news(const TableTask& task, const Window& window);
// Before the statements of a comparison, and after them where more follows in that transaction: how the servers work.
std::string begin_hashing(const TableTask& task);
std::string end_hashing();
// smallest, largest: of the key's first column, at the source. Empty where that is no integer.
std::string find_key_span(const TableTask& task);
// COPY (binary) of group, rows, how many of them are news, high, low: the sum of the hashes is high * 2^32 + low,
// modulo 2^64.
std::string sum_source(const TableTask& task, const Hashing& hashing);
std::string sum_target(const TableTask& task, const Hashing& hashing);
// Of a table without a key, the rows of the target that are remembered. rows, high, low: as above; changed: how many of
// them are gone, or not as they are remembered, or marked as the cloud's.
std::string sum_remembered(const TableTask& task, const Hashing& hashing);
// COPY (binary) of the hash of the key, that of the row; ordered.
std::string hash_source(const TableTask& task, const Hashing& hashing);
std::string hash_target(const TableTask& task, const Hashing& hashing);
// The task, of nothing but the rows with such keys.
TableTask restricted_to(const TableTask& task, const Hashing& hashing, const std::vector<std::int64_t>& keys);
// The task, of nothing but the rows that are outside of this window.
TableTask outside_of(const TableTask& task, const Window& window);
// key_hash of the rows of the source that are news since the cursor was set.
std::string list_news(const TableTask& task, const Hashing& hashing, const capture::Cursor& cursor, capture::Xid until);
// row_key of the rows of the source with such keys.
std::string name_at_source(const TableTask& task, const Hashing& hashing, const std::vector<std::int64_t>& keys);
// key_hash, row_hash of those among `keys` that the source has.
std::string list_present(const TableTask& task, const Hashing& hashing, const std::vector<std::int64_t>& keys);

// After judge() and the steps that hold rows back: the staged rows that the target does not hold as it would be given
// them. key_hash, row_key, verdict, missing, columns (text[], that differ), known (the opposite direction brought it).
std::string list_unequal(const TableTask& task, const TemporaryNames& names, const Hashing& hashing,
                         const Extraction& how);
// row_key, reason, there (the target has such a row): of all rows that are held back.
std::string list_held(const TableTask& task, const TemporaryNames& names);
// What a first load left where it is not looked up yet: put in its place, of the staged rows.
std::string settle_staged(const TableTask& task, const TemporaryNames& names);
// row_key, verdict: of rows of the target that the stage does not have (without a key, forward).
std::string list_surplus(const TableTask& task, const TemporaryNames& names);
// refuses: the target has constraints of which only the writing shows what they refuse
std::string may_refuse(const TableTask& task);
// rows: of the source, before one of several with the same key is chosen
std::string count_selected(const TableTask& task);
// row_key, key_hash, soft_deleted, as_agreed (nobody changed it in the target): of rows of the target with such keys
// that came from the source; with a memory those that it has, else those that are marked so.
std::string list_only_in_target(const TableTask& task, const Hashing& hashing, const std::vector<std::int64_t>& keys);

// ---- looking for one row (`pgtide why`); see inquiry.cpp

// How people name a row: columns of the target and their values as text, nothing for NULL. Without a key the cloud's
// number may stand in place of other columns on the side that has it.
using NamedRow = std::vector<std::pair<std::string, std::optional<std::string>>>;

// rows: of the source table, whatever the map says of them
std::string count_source_rows(const TableTask& task, const NamedRow& row);
// One row: joined (the join leaves so many), selected (all conditions hold), out_by_where, out_by_origin, brought (by
// the opposite direction, and not changed since), known (to the opposite direction), fresh (since the cursor, false
// without one).
std::string look_at_source(const TableTask& task, const NamedRow& row, bool has_where,
                           const std::optional<capture::Cursor>& cursor, capture::Xid until);
// The selected rows, at most `limit`: their values as text, in the order of the task's columns, then number_hash in
// reverse without a key.
std::string read_source_values(const TableTask& task, const NamedRow& row, std::size_t limit);
// The stage filled with such rows, or with what names the row where there is none.
std::string stage_values(const TableTask& task, const TemporaryNames& names,
                         const std::vector<std::vector<std::optional<std::string>>>& rows);
std::string stage_name(const TableTask& task, const TemporaryNames& names, const NamedRow& row);
// Each such row of the target, at most `limit`: ours, run_id, cloud (born there by its mark), before (the first run),
// remembered, as_agreed, soft_deleted, equal (to one of the staged rows), columns (text[], that differ from the only
// staged row).
std::string look_at_target(const TableTask& task, const TemporaryNames& names, const NamedRow& row,
                           const Extraction& how, std::size_t limit);
std::string count_target_rows(const TableTask& task, const NamedRow& row);
// remembered, as_agreed (the source's row holds it), soft_deleted: what is remembered of the staged row; and its
// row_key, and the hash of its contents as pgtide.discarded keeps it. `number_hash`:
// in reverse without a key, what it is remembered by.
std::string look_into_memory(const TableTask& task, const TemporaryNames& names, const std::string& number_hash);
// row_key: jsonb of the rows of the target that have this number
std::string name_by_number(const TableTask& task, const NamedRow& number);

}  // namespace engine::plan::statements
