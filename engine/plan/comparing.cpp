#include <algorithm>

#include "engine/plan/column_hash.hpp"
#include "engine/plan/sql_parts.hpp"
#include "engine/postgres/result.hpp"

// Hashes of rows that both databases compute by themselves: see docs/ARCHITECTURE.md ("Comparing").
namespace engine::plan::statements {
namespace {

bool has_key(const TableTask& task, const Column& column) {
  return std::ranges::find(task.key, column.target) != task.key.end();
}

// How a column is compared: as one of the target's own type where that has a fast hash, else in the form that both
// sides can give it. What the map computes is computed once.
struct Compared {
  HashTerm term;
  std::string at_source, in_target;  // with $ for the value
};

Compared compared(const Column& column, const Hashing& hashing) {
  const Conversion& way = column.conversion;
  if (!hashing.by_text && way.compared_type) {
    const HashTerm term = hash_term(*way.compared_type);
    const std::string cast = "::" + way.compared_type->declared;
    if (!term.empty() && (term.single || column.role == Role::copied))
      return {term, "(" + way.sent + ")" + cast, "$" + cast};
  }
  Compared form{{},
                hashing.by_text ? way.text_at_source : way.compared_at_source,
                hashing.by_text ? way.text_in_target : way.compared_in_target};
  if (form.in_target.ends_with("::text") || form.in_target.ends_with(" COLLATE \"C\""))
    form.term = hash_term({"text", "text", -1, true});
  return form;
}

// Of the columns in this order. `value` gives one by its column.
template <class Value>
std::string hash_of_columns(const TableTask& task, const Hashing& hashing, bool contents, Value value) {
  std::vector<HashedValue> key, others;
  const auto image = task.image_columns();
  for (const auto& column : task.columns) {
    const bool in_key = !task.keyless && has_key(task, column);
    if (!in_key && std::ranges::find(image, column.target) == image.end()) continue;
    const Compared how = compared(column, hashing);
    (in_key ? key : others).push_back({value(column, how), how.term});
  }
  if (contents || task.keyless) key.insert(key.end(), others.begin(), others.end());
  if (task.hash != RowHash::text) return fast_hash(key);
  std::vector<std::string> values;
  for (const auto& one : key) values.push_back(one.value);
  return hash_of_values(values, task.hash);
}

std::string at_source(const TableTask& task, const Hashing& hashing, bool contents) {
  return hash_of_columns(task, hashing, contents, [](const Column&, const Compared& how) { return how.at_source; });
}

std::string in_target(const TableTask& task, const Hashing& hashing, bool contents, const std::string& row) {
  return hash_of_columns(task, hashing, contents, [&](const Column& column, const Compared& how) {
    return as_hashed(how.in_target, row + "." + quoted(column.target));
  });
}

const Column* integer_key(const TableTask& task) {
  if (task.keyless || !task.join.empty()) return nullptr;
  const auto column = std::ranges::find(task.columns, task.key.front(), &Column::target);
  const auto& type = column->conversion.stage_type;
  const bool integer = type == "integer" || type == "bigint" || type == "smallint";
  return integer && column->conversion.same && column->role == Role::copied ? &*column : nullptr;
}

// Numbers that the source does not have make a group of their own; so nothing can be out of range.
std::string group_of(const Hashing& hashing, const std::string& first_key, const std::string& key_hash) {
  if (hashing.keys_a_group == 0 && hashing.groups == 1) return "0::bigint";
  if (hashing.keys_a_group == 0) return "(" + key_hash + " & " + std::to_string(hashing.groups - 1) + ")";
  const std::string smallest = std::to_string(hashing.first_key);
  return "CASE WHEN " + first_key + " BETWEEN " + smallest + " AND " + std::to_string(hashing.last_key) + " THEN (" +
         first_key + "::bigint - (" + smallest + ")) / " + std::to_string(hashing.keys_a_group) + " ELSE -1 END";
}

std::string of_groups(const Hashing& hashing) {
  std::vector<std::string> groups;
  for (const auto group : hashing.only) groups.push_back(std::to_string(group));
  return "'{" + joined(groups, ",") + "}'::bigint[]";
}

// The keys that the chosen groups lie between, so that an index can be used; empty where they are no range.
std::string between_keys(const Hashing& hashing, const std::string& first_key) {
  if (hashing.keys_a_group == 0 || hashing.only.empty()) return "";
  const auto [first, last] = std::ranges::minmax(hashing.only);
  if (first < 0) return "";
  const std::int64_t lowest = hashing.first_key + first * hashing.keys_a_group;
  const std::int64_t highest = std::min(hashing.last_key, lowest + (last - first + 1) * hashing.keys_a_group - 1);
  return first_key + " BETWEEN " + std::to_string(lowest) + " AND " + std::to_string(highest);
}

std::string list_of(const std::vector<std::int64_t>& keys) {
  std::vector<std::string> values;
  for (const auto key : keys) values.push_back(std::to_string(key));
  return "(SELECT pg_catalog.unnest('{" + joined(values, ",") + "}'::bigint[]))";
}

// One side: its rows, and what is computed of each.
struct Side {
  std::string from;
  std::vector<std::string> conditions;
  std::string key_hash, row_hash, first_key;
  bool of_target = false;
};

std::string where(const TableTask& task, const Hashing& hashing, const Side& side) {
  if (side.of_target) return side.conditions.empty() ? "" : " WHERE " + joined(side.conditions, " AND ");
  Window window;
  window.left_out = hashing.left_out;
  return where_readable(task, window, side.conditions);
}

void keep_share(const Hashing& hashing, Side& side) {
  if (hashing.share > 0)
    side.conditions.push_back("pg_catalog.mod(" + side.key_hash + " & 9223372036854775807, 1000000) < " +
                              std::to_string(hashing.share));
}

Side source_side(const TableTask& task, const Hashing& hashing) {
  const auto* first = integer_key(task);
  Side side{quoted(task.source) + (task.join.empty() ? "" : " " + task.join),
            conditions_of(task),
            at_source(task, hashing, false),
            at_source(task, hashing, true),
            first ? first->conversion.sent : "NULL",
            false};
  keep_share(hashing, side);
  return side;
}

Side target_side(const TableTask& task, const Hashing& hashing) {
  Side side{quoted(task.target) + " t",
            {},
            in_target(task, hashing, false, "t"),
            in_target(task, hashing, true, "t"),
            task.keyless ? "NULL" : "t." + quoted(task.key.front()),
            true};
  keep_share(hashing, side);
  if (!hashing.keys.empty()) side.conditions.push_back(side.key_hash + " IN " + list_of(hashing.keys));
  if (task.direction == Direction::forward && !task.origin_column.empty())
    side.conditions.push_back("NOT (" + is_born_in_cloud(task) + ")");
  return side;
}

std::string modulo_2_64(const std::string& number) {
  const std::string modulus = "18446744073709551616";
  return "pg_catalog.mod(pg_catalog.mod(" + number + ", " + modulus + ") + " + modulus + ", " + modulus + ")";
}

// The hashes are computed first: a sort or a group of wide rows would take long.
std::string sums(const TableTask& task, const Hashing& hashing, const Side& side) {
  const bool counts_news = !side.of_target && !hashing.news.empty();
  const std::string news = counts_news ? "count(*) FILTER (WHERE pgtide_f)" : "0::bigint";
  return "COPY (SELECT pgtide_g, pgtide_n, pgtide_f, pg_catalog.div(pgtide_s, 4294967296)::bigint, "
         "pg_catalog.mod(pgtide_s, 4294967296)::bigint FROM (SELECT pgtide_g, count(*) AS pgtide_n, " +
         news + " AS pgtide_f, " + modulo_2_64("sum(pgtide_h)") + " AS pgtide_s FROM (SELECT " +
         group_of(hashing, side.first_key, side.key_hash) + " AS pgtide_g, " + side.row_hash + " AS pgtide_h" +
         (counts_news ? ", " + hashing.news + " AS pgtide_f" : "") + " FROM " + side.from + where(task, hashing, side) +
         " OFFSET 0) x GROUP BY 1) y ORDER BY 1) TO STDOUT (FORMAT binary)";
}

std::string hashes(const TableTask& task, const Hashing& hashing, Side side) {
  const std::string between = between_keys(hashing, side.first_key);
  if (!between.empty()) side.conditions.push_back(between);
  if (!hashing.only.empty())
    side.conditions.push_back(group_of(hashing, side.first_key, side.key_hash) + " = ANY (" + of_groups(hashing) + ")");
  return "COPY (SELECT pgtide_k, pgtide_h FROM (SELECT " + side.key_hash + " AS pgtide_k, " + side.row_hash +
         " AS pgtide_h FROM " + side.from + where(task, hashing, side) +
         " OFFSET 0) x ORDER BY 1, 2) TO STDOUT (FORMAT binary)";
}

}  // namespace

std::string find_key_span(const TableTask& task) {
  const auto* key = integer_key(task);
  if (!key) return "";
  return "SELECT min(" + key->conversion.sent + ") AS smallest, max(" + key->conversion.sent + ") AS largest FROM " +
         quoted(task.source);
}

// Both databases work at the same time; further processes that hand them row by row would cost more than they bring.
// Rows that were read before in the order of the file have left no index to use.
std::string begin_hashing(const TableTask& task) {
  std::string sql = "SET LOCAL max_parallel_workers_per_gather = 0";
  for (const char* way : {"nestloop", "indexscan", "indexonlyscan", "bitmapscan"})
    sql += std::string("; SET LOCAL enable_") + way + " TO DEFAULT";
  if (const std::string compile = compile_hashes(task.estimated_rows); !compile.empty()) sql += "; " + compile;
  return sql;
}

std::string end_hashing() { return "SET LOCAL max_parallel_workers_per_gather TO DEFAULT; SET LOCAL jit = off"; }

std::string sum_source(const TableTask& task, const Hashing& hashing) {
  return sums(task, hashing, source_side(task, hashing));
}
std::string sum_target(const TableTask& task, const Hashing& hashing) {
  return sums(task, hashing, target_side(task, hashing));
}

std::string sum_remembered(const TableTask& task, const Hashing& hashing) {
  const std::string theirs = task.origin_column.empty() ? "false" : is_born_in_cloud(task);
  return "SELECT count(*) AS rows, count(*) FILTER (WHERE x.image IS DISTINCT FROM k.image OR x.theirs) AS changed, "
         "coalesce(pg_catalog.div(" +
         modulo_2_64("sum(x.hash)") + ", 4294967296), 0)::bigint AS high, coalesce(pg_catalog.mod(" +
         modulo_2_64("sum(x.hash)") + ", 4294967296), 0)::bigint AS low FROM pgtide.known_row k LEFT JOIN (SELECT " +
         key_hash(task, "t") + " AS key, " + image_hash(task, "t") + " AS image, " +
         in_target(task, hashing, true, "t") + " AS hash, " + theirs + " AS theirs FROM " + quoted(task.target) +
         " t OFFSET 0) x ON x.key = k.key_hash WHERE k.known_id = " + std::to_string(task.memory.known_id);
}

std::string hash_source(const TableTask& task, const Hashing& hashing) {
  return hashes(task, hashing, source_side(task, hashing));
}
std::string hash_target(const TableTask& task, const Hashing& hashing) {
  return hashes(task, hashing, target_side(task, hashing));
}

TableTask restricted_to(const TableTask& task, const Hashing& hashing, const std::vector<std::int64_t>& keys) {
  TableTask part = task;
  const auto* first = integer_key(task);
  const std::string between = first ? between_keys(hashing, first->conversion.sent) : "";
  if (!between.empty()) part.conditions.push_back(between);
  part.conditions.push_back(at_source(task, hashing, false) + " IN " + list_of(keys));
  return part;
}

TableTask outside_of(const TableTask& task, const Window& window) {
  TableTask part = task;
  if (const std::string inside = is_in_window(task, window); !inside.empty())
    part.conditions.push_back("(" + inside + ") IS NOT TRUE");
  return part;
}

// Of rows that are ordinary ones of one file.
std::string sample_news(const TableTask& task, const Window& window) {
  if (!task.in_file_order || !task.join.empty()) return "";
  const std::string inside = is_in_window(task, window);
  return "SELECT count(*) AS rows, count(*) FILTER (WHERE " + (inside.empty() ? "true" : inside) + ") AS fresh FROM " +
         quoted(task.source) + " TABLESAMPLE SYSTEM (1)";
}

// By the age of their ids, which takes a third of the time of the text that is_fresh() needs: ages are counted from one
// id in the whole transaction, so that they are in the same order as the ids themselves within half of all ids. Servers
// do not compute an age in a process that helps, so this is for statements that need no help.
std::string are_news(const TableTask& task, const Window& window) {
  constexpr capture::Xid safely_within_half = 1 << 30;
  const auto& from = window.from;
  const bool by_age = window.kind == Window::Kind::since && !window.after && window.again.empty() &&
                      from.unfinished.empty() && window.until - from.next_xid < safely_within_half;
  if (!by_age) return "(" + is_in_window(task, window) + ") IS TRUE";
  const auto age = [](capture::Xid xid) {
    return "(SELECT pg_catalog.age('" + std::to_string(xid & 0xffffffff) + "'::pg_catalog.xid))";
  };
  return "pg_catalog.age(" + quoted(task.source.name) + ".xmin) BETWEEN " + age(window.until) + " + 1 AND " +
         age(from.next_xid);
}

std::string list_news(const TableTask& task, const Hashing& hashing, const capture::Cursor& cursor,
                      capture::Xid until) {
  Side side = source_side(task, hashing);
  side.conditions.push_back(is_news_since(task, cursor, until));
  return "SELECT " + side.key_hash + " AS key_hash FROM " + side.from + where(task, hashing, side);
}

std::string name_at_source(const TableTask& task, const Hashing& hashing, const std::vector<std::int64_t>& keys) {
  Window window;
  window.left_out = hashing.left_out;
  TableTask some = restricted_to(task, hashing, keys);
  // what the opposite direction brought and somebody changed since is for that direction to tell
  if (task.memory.opposite_id) some.conditions.push_back("NOT (" + is_known_to_opposite(task) + ")");
  return "SELECT " + row_key(task, "c") + " AS row_key FROM (" + rows_to_read(some, window, {}) + ") c";
}

std::string list_present(const TableTask& task, const Hashing& hashing, const std::vector<std::int64_t>& keys) {
  const Side side = source_side(restricted_to(task, hashing, keys), hashing);
  return "SELECT " + side.key_hash + " AS key_hash, " + side.row_hash + " AS row_hash FROM " + side.from +
         where(task, hashing, side);
}

std::string list_unequal(const TableTask& task, const TemporaryNames& names, const Hashing& hashing,
                         const Extraction& how) {
  std::vector<std::string> columns;
  for (const auto& name : task.image_columns())
    columns.push_back("CASE WHEN ROW(t." + quoted(name) + ")::record *<> ROW(m." + quoted(name) + ")::record THEN " +
                      literal(name) + " END");
  std::string listed = "'{}'::text[]";
  if (!columns.empty()) listed = "pg_catalog.array_remove(ARRAY[" + joined(columns, ", ") + "]::text[], NULL)";
  return "SELECT " + in_target(task, hashing, false, "m") + " AS key_hash, " + row_key(task, "m") +
         " AS row_key, v.verdict, t.ctid IS NULL AS missing, CASE WHEN t.ctid IS NULL THEN "
         "'{}'::text[] ELSE " +
         listed + " END AS columns, " + (how.send_known ? "m.pgtide_known" : "false") + " AS known FROM " +
         rows_of(task, names) + " m JOIN " + names.verdict + " v ON v.staged = m.ctid LEFT JOIN " +
         quoted(task.target) +
         " t ON t.ctid = v.existing AND t.tableoid = v.part WHERE v.verdict NOT IN ('a', '=') AND (t.ctid IS NULL OR " +
         images_differ(task) + ")";
}

std::string list_held(const TableTask& task, const TemporaryNames& names) {
  return "SELECT row_key, reason, row_key IN (SELECT " + row_key(task, "t") + " FROM " + quoted(task.target) +
         " t) AS there FROM " + held_rows(names);
}

std::string hold_listed(const TableTask& task, const TemporaryNames& names, const std::vector<Missing>& missing) {
  std::string sql;
  for (const auto& one : missing) {
    if (one.values.empty()) continue;
    std::vector<std::string> columns, lists, kept;
    for (std::size_t i = 0; i < one.key->columns.size(); ++i) {
      const std::string name = quoted(one.key->columns[i]);
      std::vector<std::string> values;
      for (const auto& value : one.values) values.push_back(value[i]);
      columns.push_back("m." + name + "::text");
      lists.push_back("pg_catalog.unnest(" + literal(postgres::array_literal(values)) + "::text[])");
      kept.push_back("t." + name + " = m." + name);
    }
    sql += (sql.empty() ? "" : "; ") +
           ("UPDATE " + names.verdict + " v SET verdict = 'q' FROM " + rows_of(task, names) +
            " m WHERE v.staged = m.ctid AND v.verdict IN ('i', 'u') AND (" + joined(columns, ", ") +
            ") IN (SELECT * FROM (SELECT " + joined(lists, ", ") + ") listed) AND NOT EXISTS (SELECT FROM " +
            quoted(task.target) + " t WHERE t.ctid = v.existing AND t.tableoid = v.part AND " + joined(kept, " AND ") +
            ")");
  }
  return sql;
}

std::string settle_staged(const TableTask& task, const TemporaryNames& names) {
  return "INSERT INTO pgtide.known_row (known_id, key_hash, image) SELECT DISTINCT ON (l.key_hash) l.known_id, "
         "l.key_hash, "
         "l.image FROM pgtide.known_loaded l WHERE l.known_id = " +
         std::to_string(task.memory.known_id) + " AND l.key_hash IN (SELECT " + key_hash(task, "m") + " FROM " +
         rows_of(task, names) +
         " m) ORDER BY l.key_hash, l.pack DESC ON CONFLICT (known_id, key_hash) DO UPDATE SET image = excluded.image";
}

std::string list_surplus(const TableTask& task, const TemporaryNames& names) {
  return "SELECT " + row_key(task, "t") + " AS row_key, v.verdict FROM " + names.verdict + " v JOIN " +
         quoted(task.target) + " t ON t.ctid = v.existing AND t.tableoid = v.part WHERE v.verdict IN ('d', 'x')";
}

std::string may_refuse(const TableTask& task) {
  return "SELECT EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = " + std::to_string(task.target_oid) +
         " AND contype IN ('c', 'x')) AS refuses";
}

std::string count_selected(const TableTask& task) {
  return "SELECT count(*) AS rows FROM (" + rows_to_read(task, {}, {}) + ") x";
}

std::string list_only_in_target(const TableTask& task, const Hashing& hashing, const std::vector<std::int64_t>& keys) {
  Side side = target_side(task, hashing);
  const std::string id = std::to_string(task.memory.known_id);
  std::string memory =
      " JOIN (SELECT DISTINCT ON (key_hash) key_hash, image, soft_deleted FROM (SELECT key_hash, image, "
      "soft_deleted, 0 AS pack FROM pgtide.known_row WHERE known_id = " +
      id + " UNION ALL SELECT key_hash, image, false, pack FROM pgtide.known_loaded WHERE known_id = " + id +
      ") r ORDER BY key_hash, pack DESC) k ON k.key_hash = " + key_hash(task, "t");
  std::string marked;
  if (task.memory.known_id == 0) {
    memory.clear();
    marked = task.origin_column.empty()
                 ? "false"
                 : "t." + quoted(task.origin_column) + "::text = " + literal(task.origin_desktop);
  }
  side.conditions.push_back(side.key_hash + " IN " + list_of(keys));
  if (!marked.empty()) side.conditions.push_back(marked);
  return "SELECT " + side.key_hash + " AS key_hash, " + row_key(task, "t") + " AS row_key, " +
         (memory.empty()
              ? "false AS soft_deleted, false"
              : "k.soft_deleted, (" + is_ours(task) + " OR coalesce(k.image = " + image_hash(task, "t") + ", false))") +
         " AS as_agreed FROM " + side.from + memory + where(task, hashing, side);
}

}  // namespace engine::plan::statements
