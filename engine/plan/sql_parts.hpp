#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/plan/statements.hpp"

// Pieces that several statements are made of. In them `t` is a row of the target, `m` a row of the stage as the target
// would hold it, `k` what is remembered of it.
namespace engine::plan::statements {

// True of the row versions that could not be seen by a run that looked at the source then; `until`: SQL, the first id
// that the present snapshot does not know.
std::string is_fresh(const std::string& xmin, capture::Xid next_xid, const std::vector<capture::Xid>& unfinished,
                     const std::string& until);

std::vector<std::string> target_names(const TableTask& task);

// The relation that holds the rows as the target would.
const std::string& rows_of(const TableTask& task, const TemporaryNames& names);

// `rows m JOIN verdict v`, of the rows with this verdict, and a further condition on `v`.
std::string staged_by_verdict(const TableTask& task, const TemporaryNames& names, char verdict,
                              const std::string& only = "");

// What an INSERT takes from the staged row `m`: NULL for the columns that are set later.
std::vector<std::string> inserted_values(const TableTask& task, const std::vector<std::string>& late_columns);

// The i-th value of a number that `row` keeps as text, with its type again; `t` is the row of the target that it means.
std::string number_value(const NumberColumn& column, const std::string& row, std::size_t i);
std::string number_matches(const TableTask& task, const std::string& row);

// A value as it enters a hash, see TableSchema::hashed().
std::string as_hashed(const std::string& pattern, const std::string& value);
// 64-bit hashes of a row's columns, the same wherever the row comes from. `value`: SQL of a column's value.
std::string hash_by(const std::vector<std::string>& columns, const HashForms& forms, RowHash how,
                    const std::function<std::string(const std::string& column)>& value);
std::string hash_of(const std::string& row, const std::vector<std::string>& columns, const HashForms& forms,
                    RowHash how);
// Of values as they enter it; not by columns.
std::string hash_of_values(const std::vector<std::string>& values, RowHash how);
// Of the target's columns.
std::string key_hash(const TableTask& task, const std::string& row);
std::string image_hash(const TableTask& task, const std::string& row);

// A join with what is remembered under this hash, as `k`. Looked up row by row: where the statistics do not know the
// table yet, PostgreSQL takes what is remembered of it for one row, and would go through all of it for each other row.
std::string remembered_by(const TableTask& task, const std::string& hash);
// The same danger in other statements: joined by hash or merge, whatever the statistics say.
std::string without_nested_loops(const std::string& statements);

// Target row `t` and staged row `m` have the same key. NULLs match each other.
std::string same_key(const TableTask& task);

// The images of `t` and `m` differ: `IS DISTINCT FROM` would call 1.0 and 1.00 the same. Without `but` where given.
std::string images_differ(const TableTask& task, const std::string& but = "");

// That `own`, a row of pgtide.own_xact, is about the transaction that wrote the row version with this xmin. Row
// versions have ids modulo 2^32; own_xact_modulo is the index for that.
std::string is_own_xact(const std::string& own, const std::string& xmin);

// True of the rows `t` whose version we wrote ourselves; of those that were there before the table's first run; of
// those that the cloud marked as its own; of those that are not marked as somebody else's.
std::string is_ours(const TableTask& task);
std::string was_there_before(const Extraction& how);
std::string is_born_in_cloud(const TableTask& task);
std::string may_be_the_desktops(const TableTask& task);
// The row `t` was there before us, or is ours though we do not remember it: it may be taken over.
std::string may_be_adopted(const TableTask& task, const Extraction& how);

// jsonb of the columns that name a row to people: the key; without one the `match` columns, else all.
std::string row_key(const TableTask& task, const std::string& row);

// Of the source, see extraction.cpp: what every row fulfils that is read at all, and those of a window.
std::vector<std::string> conditions_of(const TableTask& task);
std::vector<std::string> conditions_in_window(const TableTask& task, const Window& window);
// That a row is in the window, without the conditions above. Empty where every row is.
std::string is_in_window(const TableTask& task, const Window& window);
// As a WHERE clause, of the rows that can be read (Window::left_out).
std::string where_readable(const TableTask& task, const Window& window, std::vector<std::string> conditions);
// A hash of all columns of the source's row; nothing can be so wrong with it that this fails.
std::string contents_of_row(const TableTask& task);
// The SELECT of extract().
std::string rows_to_read(const TableTask& task, const Window& window, const Extraction& how);

// judge() and insert() for tables without a key.
std::string match(const TableTask& task, const TemporaryNames& names, const Extraction& how);
std::string insert_numbered(const TableTask& task, const TemporaryNames& names,
                            const std::vector<std::string>& late_columns, const std::string& only);

// judge() and remember() for a task that fills columns.
std::string judge_columns(const TableTask& task, const TemporaryNames& names);
std::string remember_columns(const TableTask& task, const TemporaryNames& names);

// PL/pgSQL, in an exception's handler: what is no matter of one row (postgres::is_about_a_row()) is for the caller.
std::string raise_unless_about_a_row(const std::string& sqlstate);

// jsonb of what is copied, under the target's names.
std::string row_data(const TableTask& task, const std::string& row);

// Pieces of make_image().
std::string create_image(const TableTask& task, const TemporaryNames& names, const Extraction& how);
std::string fill_image(const TableTask& task, const TemporaryNames& names, const Extraction& how,
                       const std::string& from);

// The end of an INSERT into pgtide.conflict: one open conflict a row and kind.
std::string conflict_is_seen_again();

// Another map remembers having written the row `t`.
std::string is_of_another_map(const TableTask& task);

// Of a row of the source: what has to be true of it for it to be read (the map's own conditions come first); that the
// opposite direction brought it; that it was written after the cursor was set.
std::vector<std::string> source_conditions(const TableTask& task);
std::string is_known_to_opposite(const TableTask& task);
std::string is_news_since(const TableTask& task, const capture::Cursor& cursor, capture::Xid until);

}  // namespace engine::plan::statements
