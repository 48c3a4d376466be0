#include <algorithm>

#include "engine/plan/sql_parts.hpp"

namespace engine::plan::statements {

constexpr const char* id_mask = "4294967295";  // ids in rows are modulo 2^32

std::string is_fresh(const std::string& xmin, capture::Xid next_xid, const std::vector<capture::Xid>& unfinished,
                     const std::string& until) {
  const std::string from = std::to_string(next_xid);
  std::string sql = "(((" + xmin + "::text::bigint - " + from + ") & " + id_mask + ") < (" + until + " - " + from + ")";
  std::string named;
  for (const auto xid : unfinished) named += (named.empty() ? "" : ",") + std::to_string(xid & 0xffffffff);
  if (!named.empty()) sql += " OR " + xmin + " = ANY ('{" + named + "}'::pg_catalog.xid[])";
  return sql + ")";
}

namespace {

std::string from_clause(const QualifiedName& source, const std::string& join) {
  return "FROM " + quoted(source) + (join.empty() ? "" : " " + join);
}

std::string xmin_of(const QualifiedName& source) { return quoted(source.name) + ".xmin"; }

// `before` is a Cursor or a Progress.
template <class Before>
std::string is_fresh(const std::string& xmin, const Before& before, capture::Xid until) {
  return statements::is_fresh(xmin, before.next_xid, before.unfinished, std::to_string(until));
}

std::string source_hash(const TableTask& task, const std::vector<std::string>& columns, RowHash how) {
  return hash_of(quoted(task.source.name), columns, task.source_hashed, how);
}

// What the opposite direction remembers of the source's row. The source keeps its own name in these queries, so that
// names in them must be such as no table has.
std::string known_by_opposite(const TableTask& task) {
  return "pgtide.known_row pgtide_known_row WHERE pgtide_known_row.known_id = " +
         std::to_string(task.memory.opposite_id) +
         " AND pgtide_known_row.key_hash = " + source_hash(task, task.memory.opposite_key, task.memory.opposite_hash);
}

}  // namespace

// The map's own, and that the row is news: not one that the opposite direction brought, unless somebody changed it. Who
// wrote a row says nothing alone: a trigger may have written it beside those that we brought.
std::vector<std::string> conditions_of(const TableTask& task) {
  std::vector<std::string> conditions = task.conditions;
  if (!task.memory.opposite_id) return conditions;
  std::vector<std::string> unchanged;
  const std::string ours =
      "EXISTS (SELECT FROM pgtide.own_xact pgtide_own WHERE pgtide_own.map = " + literal(task.map) +
      " AND pgtide_own.table_name = " + literal(task.source_title) + " AND " +
      is_own_xact("pgtide_own", xmin_of(task.source)) + ")";
  if (task.has_xmin) unchanged.push_back(ours);
  if (!task.memory.opposite_image.empty())
    unchanged.push_back("pgtide_known_row.image = " +
                        source_hash(task, task.memory.opposite_image, task.memory.opposite_hash));
  if (!unchanged.empty())
    conditions.push_back("NOT EXISTS (SELECT FROM " + known_by_opposite(task) + " AND (" + joined(unchanged, " OR ") +
                         "))");
  // While the opposite direction is at its first load it may not have noted yet what it wrote.
  if (task.has_xmin && task.memory.opposite_adopting) conditions.push_back("NOT (" + ours + ")");
  return conditions;
}

namespace {

// What travels beside the row's own columns: expression and name.
std::vector<std::pair<std::string, std::string>> extra_columns(const TableTask& task, const Extraction& how) {
  std::vector<std::pair<std::string, std::string>> extra;
  if (how.send_known) extra.emplace_back("EXISTS (SELECT FROM " + known_by_opposite(task) + ")", "pgtide_known");
  if (how.send_hashes) {
    const auto hash = [&](const std::vector<std::string>& names) {
      return hash_by(names, task.target_hashed, task.hash, [&](const std::string& name) {
        return "(" + std::ranges::find(task.columns, name, &Column::target)->conversion.sent + ")";
      });
    };
    extra.emplace_back(hash(task.key), "pgtide_key");
    extra.emplace_back(hash(task.image_columns()), "pgtide_image");
    if (how.send_stamp)
      extra.emplace_back("coalesce(" + task.watermark + ", '-infinity'::timestamptz)", "pgtide_stamp");
  }
  if (how.send_number) extra.emplace_back(source_hash(task, task.identity(), task.hash), "pgtide_number");
  return extra;
}

std::string where_clause(std::vector<std::string> conditions) {
  return conditions.empty() ? "" : " WHERE " + joined(conditions, " AND ");
}

// The bound in the column's own type, so that an index on the column can be used.
std::string bound_of(const Stamp& stamp, const std::string& since) {
  const std::string margin =
      stamp.margin_seconds == 0 ? "" : " - interval '" + std::to_string(stamp.margin_seconds) + " seconds'";
  const std::string instant = literal(since) + "::timestamptz";
  if (stamp.type == "timestamp with time zone") return "(" + instant + margin + ")";
  const std::string local =
      "(" + instant + " AT TIME ZONE " + literal(stamp.zone.empty() ? "UTC" : stamp.zone) + margin + ")";
  return stamp.type == "date" ? local + "::date" : local;
}

// The greatest of the stamps is not below the bound.
std::string is_stamped_since(const TableTask& task, const Window& window) {
  std::vector<std::string> late, none;
  for (const auto& stamp : task.stamps) {
    late.push_back(stamp.column + " >= " + bound_of(stamp, window.from.stamp));
    none.push_back(stamp.column + " IS NULL");
  }
  if (window.unstamped) late.push_back(none.size() == 1 ? none[0] : "(" + joined(none, " AND ") + ")");
  return late.size() == 1 ? late[0] : "(" + joined(late, " OR ") + ")";
}

std::string is_in_days(const TableTask& task, const DayRange& days) {
  return "(" + task.watermark + " >= " + literal(days.since + " 00:00:00+00") + "::timestamptz AND " + task.watermark +
         " < " + literal(days.until + " 00:00:00+00") + "::timestamptz + interval '1 day')";
}

// Of keys that have a value which cannot be shown as it is (reading.cpp, shown_value()).
bool is_plain(const std::string& key) {
  for (const char* form : {"{\"hex\": \"", "{\"md5\": \"", "{\"unreadable\": \""})
    if (key.find(form) != std::string::npos) return false;
  return true;
}

std::vector<Column> columns_that_name_a_row(const TableTask& task) {
  std::vector<Column> found;
  for (const auto& name : task.row_key_columns())
    found.push_back(*std::ranges::find(task.columns, name, &Column::target));
  return found;
}

std::string jsonb_list(const std::vector<std::string>& keys) {
  return "pg_catalog.jsonb_array_elements(" + literal("[" + joined(keys, ",") + "]") + "::jsonb)";
}

// The row is named by one of these, jsonb objects of the target's columns that name a row.
std::string has_plain_key(const TableTask& task, const std::vector<std::string>& keys) {
  std::vector<std::string> parts, objects;  // a function takes a hundred arguments
  for (const auto& key : columns_that_name_a_row(task)) {
    parts.push_back(literal(key.target) + ", " + key.conversion.sent);
    if (parts.size() < 50) continue;
    objects.push_back("pg_catalog.jsonb_build_object(" + joined(parts, ", ") + ")");
    parts.clear();
  }
  if (!parts.empty()) objects.push_back("pg_catalog.jsonb_build_object(" + joined(parts, ", ") + ")");
  return joined(objects, " || ") + " IN (SELECT " + jsonb_list(keys) + ")";
}

// The same, value by value, without computing what could not be computed before.
std::string has_other_key(const TableTask& task, const std::vector<std::string>& keys) {
  std::vector<std::string> matches;
  for (const auto& key : columns_that_name_a_row(task)) {
    const std::string given = "pgtide_k.key->" + literal(key.target);
    const std::string text = "(" + key.conversion.sent + ")::text";
    matches.push_back("CASE WHEN pg_catalog.jsonb_typeof(" + given + ") IS DISTINCT FROM 'object' THEN " + given +
                      " = coalesce(pg_catalog.to_jsonb(" + key.conversion.sent + "), 'null') WHEN " + given +
                      " ? 'unreadable' THEN " + given + "->>'unreadable' = " + contents_of_row(task) + " WHEN " +
                      given + " ? 'hex' THEN " + given + "->>'hex' = pg_catalog.encode(pg_catalog.convert_to(" + text +
                      ", 'SQL_ASCII'), 'hex') WHEN " + given + " ? 'md5' THEN " + given + "->>'md5' = pg_catalog.md5(" +
                      text + ") ELSE " + given + " = pg_catalog.to_jsonb(" + key.conversion.sent + ") END");
  }
  return "EXISTS (SELECT FROM " + jsonb_list(keys) + " pgtide_k (key) WHERE " + joined(matches, " AND ") + ")";
}

std::string is_one_of(const TableTask& task, const std::vector<std::string>& keys) {
  std::vector<std::string> plain, others;
  for (const auto& key : keys) (is_plain(key) ? plain : others).push_back(key);
  if (others.empty()) return has_plain_key(task, plain);
  if (plain.empty()) return has_other_key(task, others);
  return "(" + has_plain_key(task, plain) + " OR " + has_other_key(task, others) + ")";
}

}  // namespace

// Nothing of the rows that cannot be read is computed: not in the conditions either, which PostgreSQL may take in any
// order, nor in what a join compares.
std::string where_readable(const TableTask& task, const Window& window, std::vector<std::string> conditions) {
  if (window.left_out.empty()) return where_clause(std::move(conditions));
  const std::string left_out = row_name(task) + " IN (SELECT pg_catalog.unnest(pg_catalog.string_to_array(" +
                               literal(joined(window.left_out, " ")) + ", ' ')))";
  std::vector<std::string> guarded = {"NOT (" + left_out + ")"};
  if (!conditions.empty())
    guarded.push_back("CASE WHEN " + left_out + " THEN false ELSE " + joined(conditions, " AND ") + " END");
  if (task.join.empty() && guarded.size() > 1) guarded.erase(guarded.begin());
  return where_clause(guarded);
}

std::string is_in_window(const TableTask& task, const Window& window) {
  std::vector<std::string> ways;  // by which a row gets into the window
  const auto fresh = [&](const auto& before) { return is_fresh(xmin_of(task.source), before, window.until); };
  if (window.kind == Window::Kind::since) ways.push_back(fresh(window.from));
  if (window.kind == Window::Kind::stamped) ways.push_back(is_stamped_since(task, window));
  if (window.kind == Window::Kind::days) ways.push_back(is_in_days(task, window.days));
  if (window.after) {
    const std::string behind =
        quoted(task.source.name) + ".ctid > " + literal(window.after->position.text()) + "::pg_catalog.tid";
    ways = {ways.empty() ? behind : "(" + behind + " AND " + ways.front() + ")", fresh(*window.after)};
  }
  if (!ways.empty() && !window.again.empty()) ways.push_back(is_one_of(task, window.again));
  if (ways.empty()) return "";
  return ways.size() == 1 ? ways.front() : "(" + joined(ways, " OR ") + ")";
}

std::vector<std::string> conditions_in_window(const TableTask& task, const Window& window) {
  auto conditions = conditions_of(task);
  if (const std::string in_window = is_in_window(task, window); !in_window.empty()) conditions.push_back(in_window);
  if (window.behind)
    conditions.push_back(quoted(task.source.name) + ".ctid > " + literal(window.behind->text()) + "::pg_catalog.tid");
  return conditions;
}

namespace {

std::string where_in_window(const TableTask& task, const Window& window) {
  return where_readable(task, window, conditions_in_window(task, window));
}

// The select list, each column under the target's name.
std::vector<std::string> select_list(const TableTask& task) {
  std::vector<std::string> list;
  for (const auto& column : task.columns) list.push_back(column.conversion.sent + " AS " + quoted(column.target));
  return list;
}

// `, news AS (...)` with the keys that occur in the window, and in `only` the condition that a candidate `c` has one of
// them. Both empty where everything is read.
struct News {
  std::string with;
  std::string only;
};

News news_of(const TableTask& task, const Window& window) {
  const bool in_part =
      window.kind == Window::Kind::since || window.kind == Window::Kind::stamped || window.kind == Window::Kind::days;
  if (!in_part) return {};
  std::vector<std::string> keys, matches;
  for (const auto& key : task.key_columns()) {
    const std::string name = quoted(key.target);
    keys.push_back(key.conversion.sent + " AS " + name);
    matches.push_back(key.null_at_source ? "ROW(n." + name + ")::record = ROW(c." + name + ")::record"
                                         : "n." + name + " = c." + name);
  }
  return {", news AS MATERIALIZED (SELECT DISTINCT " + joined(keys, ", ") + " " + from_clause(task.source, task.join) +
              where_in_window(task, window) + ")",
          " WHERE EXISTS (SELECT FROM news n WHERE " + joined(matches, " AND ") + ")"};
}

// All rows with their rank among the rows of the same key, as `ranked`. Where only a window is read, every row whose
// key occurs in it takes part: else an older twin would beat the newest.
std::string ranked_rows(const TableTask& task, const Window& window, const Extraction& how) {
  auto list = select_list(task);
  for (const auto& [expression, name] : extra_columns(task, how)) list.push_back(expression + " AS " + name);
  list.push_back((task.watermark.empty() ? "NULL::timestamptz" : task.watermark) + " AS pgtide_watermark");
  const News news = news_of(task, window);
  std::vector<std::string> contents;
  for (const auto& column : task.columns)
    if (!column.watermark) contents.push_back("c." + quoted(column.target));
  const std::string image = "ROW(" + joined(contents, ", ") + ")::text COLLATE \"C\"";
  return "WITH candidate AS (SELECT " + joined(list, ", ") + " " + from_clause(task.source, task.join) +
         where_readable(task, window, conditions_of(task)) + ")" + news.with +
         ", ranked AS (SELECT c.*, row_number() OVER twins AS pgtide_rank, first_value(" + image +
         ") OVER twins = " + image + " AS pgtide_same FROM candidate c" + news.only +
         " WINDOW twins AS (PARTITION BY " + quoted_list(task.key, "c") +
         " ORDER BY c.pgtide_watermark DESC NULLS LAST, " + image + "))";
}

}  // namespace

std::string selection(const TableTask& task) {
  return "SELECT " + joined(select_list(task), ", ") + " " + from_clause(task.source, task.join) +
         where_clause(task.conditions);
}

std::string rows_to_read(const TableTask& task, const Window& window, const Extraction& how) {
  if (how.one_per_key) {
    std::vector<std::string> names;
    for (const auto& column : task.columns) names.push_back(quoted(column.target));
    for (const auto& [expression, name] : extra_columns(task, how)) names.push_back(name);
    if (how.send_watermark) names.push_back("pgtide_watermark");
    return ranked_rows(task, window, how) + " SELECT " + joined(names, ", ") + " FROM ranked WHERE pgtide_rank = 1";
  }
  auto list = select_list(task);
  for (const auto& [expression, name] : extra_columns(task, how)) list.push_back(expression + " AS " + name);
  if (how.send_watermark) list.push_back(task.watermark + " AS pgtide_watermark");
  // What both sides agreed on, of rows that nobody has written at the source since: see filling.cpp.
  if (!task.whole_hash.empty())
    list.push_back("CASE WHEN NOT " + is_fresh(xmin_of(task.source), window.from, window.until) + " THEN " +
                   task.whole_hash + " END AS pgtide_agreed");
  if (how.send_position) list.push_back(quoted(task.source.name) + ".ctid AS pgtide_position");
  return "SELECT " + joined(list, ", ") + " " + from_clause(task.source, task.join) + where_in_window(task, window);
}

std::string extract(const TableTask& task, const Window& window, const Extraction& how) {
  return "COPY (" + rows_to_read(task, window, how) + ") TO STDOUT (FORMAT binary)";
}

std::string hold_file(const TableTask& task) {
  return "LOCK TABLE ONLY " + quoted(task.source) + " IN ACCESS SHARE MODE; SELECT pg_catalog.pg_relation_filenode(" +
         std::to_string(task.table_oid) + ")::bigint AS file_node";
}

std::string read_in_file_order() {
  return "SET LOCAL synchronize_seqscans = off; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL "
         "enable_seqscan "
         "= on; SET LOCAL enable_nestloop = off; SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = "
         "off; SET LOCAL enable_bitmapscan = "
         "off";
}

// Counted, for EXISTS is planned as if the first ones were found at once: by nested loops, for hours where there are
// none.
std::string find_twins(const TableTask& task, const Window& window) {
  std::vector<std::string> keys;
  for (const auto& key : task.key_columns()) keys.push_back(key.conversion.sent + " AS " + quoted(key.target));
  const News news = news_of(task, window);
  return "WITH candidate AS (SELECT " + joined(keys, ", ") + " " + from_clause(task.source, task.join) +
         where_readable(task, window, conditions_of(task)) + ")" + news.with +
         " SELECT count(*) > 0 AS found FROM (SELECT FROM candidate c" + news.only + " GROUP BY " +
         quoted_list(task.key, "c") + " HAVING count(*) > 1) twins";
}

std::string count_twins(const TableTask& task, const Window& window) {
  return ranked_rows(task, window, {}) +
         " SELECT count(*) AS twins, count(*) FILTER (WHERE NOT pgtide_same) AS differing FROM ranked WHERE "
         "pgtide_rank > "
         "1";
}

std::string list_differing_twins(const TableTask& task, const Window& window) {
  return ranked_rows(task, window, {}) + " SELECT " + row_key(task, "c") + " AS row_key, " + row_data(task, "c") +
         " AS row_data FROM ranked c WHERE c.pgtide_rank > 1 AND NOT c.pgtide_same";
}

namespace {

// The watermark is a column as it stands, which costs nothing to name several times.
bool is_plain_stamp(const TableTask& task) {
  return task.stamps.size() == 1 && task.stamps[0].type == "timestamp with time zone" &&
         task.watermark == task.stamps[0].column;
}

// date_bin() (14 and later) is quicker than a date, but does not round every stamp before its origin as it should.
std::string start_of_day(const TableTask& task, const std::string& stamp) {
  const std::string by_date =
      "pg_catalog.timezone('0'::interval, pg_catalog.date_trunc('day', pg_catalog.timezone('0'::interval, " + stamp +
      ")))";
  const std::string origin = "'2000-01-01 00:00:00+00'::timestamptz";
  if (task.hash == RowHash::text) return by_date;
  return "CASE WHEN " + stamp + " >= " + origin + " THEN pg_catalog.date_bin('1 day'::interval, " + stamp + ", " +
         origin + ") ELSE " + by_date + " END";
}

std::string count_days(const TableTask& task, const std::string& stamp, const std::string& from) {
  return "SELECT pg_catalog.timezone('0'::interval, day)::date AS day, items, newest FROM (SELECT " +
         start_of_day(task, stamp) + " AS day, count(*) AS items, max(" + stamp + ") AS newest FROM " + from +
         " GROUP BY 1 OFFSET 0) days WHERE isfinite(day)";
}

}  // namespace

std::string count_days_at_source(const TableTask& task, const Window& window, const Extraction& how) {
  if (how.one_per_key)
    return ranked_rows(task, window, {}) + " " +
           count_days(task, "w", "(SELECT pgtide_watermark AS w FROM ranked WHERE pgtide_rank = 1 OFFSET 0) stamps");
  const std::string rows = from_clause(task.source, task.join) + where_in_window(task, window);
  if (is_plain_stamp(task)) return count_days(task, task.watermark, rows.substr(std::string("FROM ").size()));
  return count_days(task, "w", "(SELECT " + task.watermark + " AS w " + rows + " OFFSET 0) stamps");
}

std::string source_has_rows(const TableTask& task) {
  return "SELECT EXISTS (SELECT FROM " + quoted(task.source) + ") AS has_rows";
}

std::string count_read(const QualifiedName& table, const Window& window) {
  return "SELECT " + literal(quoted(table)) + "::regclass::oid AS oid, count(*) AS rows, count(*) FILTER (WHERE " +
         is_fresh(xmin_of(table), window.from, window.until) + ") AS fresh FROM " + quoted(table);
}

std::string probe_join(const config::Table& table, Direction direction, const QualifiedName& source) {
  const auto& join = table.way(direction).join;
  return "SELECT 1 " + from_clause(source, join ? join->sql : "") + " WHERE false";
}

std::string probe_where(const config::Table& table, Direction direction, const QualifiedName& source) {
  return probe_join(table, direction, source) + " AND (" + table.way(direction).where->sql + ")";
}

std::string probe_column(const config::Table& table, Direction direction, const QualifiedName& source,
                         const std::string& expression) {
  const auto& join = table.way(direction).join;
  return "SELECT (" + expression + ") AS value " + from_clause(source, join ? join->sql : "") + " WHERE false";
}

std::string probe_all(const config::Table& table, Direction direction, const QualifiedName& source) {
  const auto& way = table.way(direction);
  std::vector<std::string> list = {"1"};
  for (const auto& column : way.columns) list.push_back("(" + column.expression.sql + ")");
  return "SELECT " + joined(list, ", ") + " " + from_clause(source, way.join ? way.join->sql : "") +
         (way.where ? " WHERE (" + way.where->sql + ")" : "");
}

std::vector<std::string> source_conditions(const TableTask& task) { return conditions_of(task); }

std::string is_known_to_opposite(const TableTask& task) {
  return task.memory.opposite_id ? "EXISTS (SELECT FROM " + known_by_opposite(task) + ")" : "false";
}

std::string is_news_since(const TableTask& task, const capture::Cursor& cursor, capture::Xid until) {
  return is_fresh(xmin_of(task.source), cursor, until);
}

}  // namespace engine::plan::statements
