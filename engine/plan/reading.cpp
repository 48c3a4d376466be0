#include <algorithm>
#include <set>

#include "engine/core/fingerprint.hpp"
#include "engine/plan/sql_parts.hpp"

// Finding the rows that the source cannot send: docs/ARCHITECTURE.md, "Rows that cannot be read".
namespace engine::plan::statements {
namespace {

constexpr int parts = 16;          // into which a range with bad rows is cut
constexpr int smallest_range = 2;  // blocks: of these each row is tried
constexpr int ranges_side_by_side = 256;
constexpr int rows_of_a_view = 200;  // that are tried together
constexpr int most_of_a_view = 20'000;
constexpr int rows_at_a_time = 1000;  // that one statement finds
constexpr int bytes_at_a_time = 16 << 20;
constexpr int longest_shown = 8192;

// Values of these types hold no text that could be broken.
bool holds_text(const std::string& type) {
  static const std::set<std::string> without = {"smallint",
                                                "integer",
                                                "bigint",
                                                "numeric",
                                                "real",
                                                "double precision",
                                                "boolean",
                                                "date",
                                                "timestamp without time zone",
                                                "timestamp with time zone",
                                                "time without time zone",
                                                "time with time zone",
                                                "interval",
                                                "uuid",
                                                "bytea",
                                                "oid",
                                                "money",
                                                "inet",
                                                "cidr",
                                                "macaddr",
                                                "macaddr8",
                                                "bit varying"};
  const std::string element = type.ends_with("[]") ? type.substr(0, type.size() - 2) : type;
  return !without.contains(element) && !element.starts_with("bit(");
}

// How many bytes COPY sends of the value. Computing it does what COPY does.
std::string sent_bytes(const Column& column, const ReadingFacts& facts) {
  return "coalesce(pg_catalog.octet_length(" + facts.send.at(column.conversion.stage_type) + "(" +
         column.conversion.sent + ")), 0)::bigint";
}

// Fails where a text is broken or has characters that the target lacks. Not every server looks at what it sends.
std::string text_check(const TableTask& task, const Column& column) {
  if (!holds_text(column.conversion.stage_type)) return "NULL::integer";
  std::string bytes = "pg_catalog.convert_to((" + column.conversion.sent + ")::text, 'UTF8')";
  if (!task.narrow_encoding.empty())
    bytes = "pg_catalog.convert(" + bytes + ", 'UTF8', " + literal(task.narrow_encoding) + ")";
  return "pg_catalog.octet_length(" + bytes + ")";
}

std::string array_of(const std::vector<std::string>& texts) {
  std::vector<std::string> literals;
  for (const auto& text : texts) literals.push_back(literal(text));
  return "ARRAY[" + joined(literals, ", ") + "]::text[]";
}

// A key that may occur twice is looked for in all rows.
std::vector<std::string> conditions_to_compute(const TableTask& task, const Window& window) {
  return task.keyless || task.source_unique ? conditions_in_window(task, window) : conditions_of(task);
}

// SQL that is an array: rows, and the bytes of the largest one; computed the way COPY does it. `among`: a condition
// that is true of the rows in question, may be empty.
std::string try_rows(const TableTask& task, const Window& window, const ReadingFacts& facts, const std::string& from,
                     const std::string& among) {
  std::vector<std::string> list, sizes = {"2::bigint"};
  for (const auto& column : task.columns) {
    sizes.push_back("4 + " + sent_bytes(column, facts));
    if (holds_text(column.conversion.stage_type)) list.push_back(text_check(task, column));
  }
  list.insert(list.begin(), joined(sizes, " + "));
  if (!task.watermark.empty()) list.push_back(task.watermark);
  for (std::size_t i = 0; i < list.size(); ++i) list[i] += " AS pgtide_" + std::to_string(i);
  auto conditions = conditions_to_compute(task, window);
  if (!among.empty()) conditions.insert(conditions.begin(), among);
  return "(SELECT ARRAY[count(pgtide_x), coalesce(max(pgtide_x.pgtide_0), 0)] FROM (SELECT " + joined(list, ", ") +
         " " + from + (conditions.empty() ? "" : " WHERE " + joined(conditions, " AND ")) + " OFFSET 0) pgtide_x)";
}

// What people see of a value: itself; of a long one its length; of bytes that are no text, hex. `from` yields the row.
std::string shown_value(const TableTask& task, const Column& column, const ReadingFacts& facts,
                        const std::string& from) {
  return "SELECT pg_catalog.jsonb_build_array(CASE WHEN x.b > " + std::to_string(longest_shown) +
         " THEN pg_catalog.jsonb_build_object('bytes', x.b, 'md5', pg_catalog.md5(x.v::text)) ELSE "
         "pg_catalog.to_jsonb(x.v) END, x.c)->0 FROM (SELECT " +
         column.conversion.sent + " AS v, " + sent_bytes(column, facts) + " AS b, " + text_check(task, column) +
         " AS c " + from + " LIMIT 1) x";
}

std::string shown_bytes(const Column& column, const std::string& from) {
  return "SELECT CASE WHEN pg_catalog.octet_length(x.v) > " + std::to_string(longest_shown) +
         " THEN pg_catalog.jsonb_build_object('bytes', pg_catalog.octet_length(x.v), 'md5', pg_catalog.md5(x.v)) ELSE "
         "pg_catalog.jsonb_build_object('hex', pg_catalog.encode(x.v, 'hex')) END FROM (SELECT "
         "pg_catalog.convert_to((" +
         column.conversion.sent + ")::text, 'SQL_ASCII') AS v " + from + " LIMIT 1) x";
}

// Where the source's rows come from, and how one of them is told from the others, within the block.
struct Origin {
  std::string one;        // FROM ... of the row that `$1` (and `$2`) name
  std::string join;       // behind it
  std::string one_where;  // condition; may be empty
  std::string values;     // for $1 and $2
};

// Notes the row in hand, `pgtide_bad` with `pgtide_state`. A value that cannot be computed is shown as nothing, with
// the hash of the whole row, so that the key is the row's own.
std::string note_row(const TableTask& task, const ReadingFacts& facts, const Origin& origin) {
  const std::string where = origin.one_where.empty() ? "" : " WHERE " + origin.one_where;
  const std::string with_join = origin.one + origin.join + where, alone = origin.one + where;
  std::vector<std::string> names, shown, bytes;
  for (const auto& column : task.columns) {
    const std::string& from = column.role == Role::computed ? with_join : alone;
    names.push_back(column.target);
    shown.push_back(shown_value(task, column, facts, from));
    bytes.push_back(shown_bytes(column, from));
  }
  return "pgtide_data := '{}'; pgtide_key := '{}'; pgtide_column := NULL;\n"
         "EXECUTE " +
         literal("SELECT " + row_name(task) + ", " + contents_of_row(task) + " " + alone) +
         " INTO pgtide_id, pgtide_hash USING " + origin.values +
         ";\n"
         "FOR pgtide_i IN 1 .. pg_catalog.cardinality(pgtide_names) LOOP\n"
         "BEGIN\nEXECUTE (" +
         array_of(shown) + ")[pgtide_i] INTO pgtide_value USING " + origin.values +
         ";\n"
         "EXCEPTION WHEN OTHERS THEN\n"
         "IF pgtide_column IS NULL AND SQLSTATE = pgtide_state THEN pgtide_column := pgtide_names[pgtide_i]; END IF;\n"
         "BEGIN\nEXECUTE (" +
         array_of(bytes) + ")[pgtide_i] INTO pgtide_value USING " + origin.values +
         ";\n"
         "EXCEPTION WHEN OTHERS THEN\n"
         "pgtide_value := pg_catalog.jsonb_build_object('unreadable', pgtide_hash);\n"
         "END;\n"
         "END;\n"
         "pgtide_value := pg_catalog.jsonb_build_object(pgtide_names[pgtide_i], coalesce(pgtide_value, 'null'));\n"
         "pgtide_data := pgtide_data || pgtide_value;\n"
         "IF pgtide_names[pgtide_i] = ANY (" +
         array_of(task.row_key_columns()) +
         ") THEN pgtide_key := pgtide_key || pgtide_value; END IF;\n"
         "END LOOP;\n"
         "pgtide_found := pg_catalog.array_append(pgtide_found, pg_catalog.jsonb_build_object('id', pgtide_id, 'key', "
         "pgtide_key, 'data', pgtide_data, 'state', pgtide_state, 'column', pgtide_column, 'bytes', "
         "pgtide_sums[2])::text);\n"
         "pgtide_bytes := pgtide_bytes + pg_catalog.length(pgtide_found[pg_catalog.cardinality(pgtide_found)]);\n";
}

// Sets pgtide_sums, and pgtide_bad where that fails because of a row. What is about something else (57014, 42883, ...)
// is an error here, too; but 54000 is a row that is too large to be sent.
std::string attempt(const TableTask& task, const std::string& expression) {
  return "BEGIN\npgtide_state := NULL; pgtide_sums := NULL;\npgtide_sums := " + expression +
         ";\n"
         "pgtide_bad := pgtide_sums[2] > " +
         std::to_string(task.row_bytes) +
         ";\n"
         "EXCEPTION WHEN OTHERS THEN\n" +
         raise_unless_about_a_row("SQLSTATE") +
         "\n"
         "pgtide_state := SQLSTATE;\npgtide_bad := true;\n"
         "END;\n";
}

std::string try_one(const TableTask& task, const std::string& expression, const std::string& note) {
  return attempt(task, expression) + "IF pgtide_bad THEN\npgtide_seen := pgtide_seen + 1;\n" + note +
         "ELSE pgtide_seen := pgtide_seen + pgtide_sums[1];\nEND IF;\n";
}

// Ranges of the file, at first one after the other, so that what is well is known soon; where there are many with bad
// rows in them, one of them to its end.
std::string search_file(const TableTask& task, const Window& window, const ReadingFacts& facts) {
  const std::string source = quoted(task.source.name);
  const std::string from = "FROM " + quoted(task.source) + (task.join.empty() ? "" : " " + task.join);
  const std::string range = facts.ranges ? source + ".ctid >= pgtide_first AND " + source + ".ctid < pgtide_behind"
                                         : source + ".ctid = ANY (pgtide_tids)";
  const bool parted = task.row_name == RowName::part_and_position;
  const auto one = [&](const std::string& position, const std::string& part) {
    return source + ".ctid = " + position + (parted ? " AND " + source + ".tableoid = " + part : "");
  };
  const Origin origin{"FROM " + quoted(task.source), task.join.empty() ? "" : " " + task.join, one("$1", "$2"),
                      "pgtide_place, pgtide_part"};
  return "WHILE pg_catalog.cardinality(pgtide_todo) > 0 AND pg_catalog.cardinality(pgtide_found) < " +
         std::to_string(rows_at_a_time) + " AND pgtide_bytes < " + std::to_string(bytes_at_a_time) +
         " LOOP\n"
         "pgtide_i := CASE WHEN pg_catalog.cardinality(pgtide_todo) <= " +
         std::to_string(2 * ranges_side_by_side) +
         " THEN 1 ELSE pg_catalog.cardinality(pgtide_todo) - 1 END;\n"
         "pgtide_from := pgtide_todo[pgtide_i]; pgtide_to := pgtide_todo[pgtide_i + 1];\n"
         "pgtide_todo := pgtide_todo[:pgtide_i - 1] || pgtide_todo[pgtide_i + 2:];\n" +
         (facts.ranges ? "pgtide_first := pg_catalog.format('(%s,0)', pgtide_from)::pg_catalog.tid;\n"
                         "pgtide_behind := pg_catalog.format('(%s,0)', pgtide_to)::pg_catalog.tid;\n"
                       : "pgtide_tids := ARRAY(SELECT pg_catalog.format('(%s,%s)', b, o)::pg_catalog.tid FROM "
                         "pg_catalog.generate_series(pgtide_from, pgtide_to - 1) b, pg_catalog.generate_series(1, " +
                             std::to_string(facts.rows_a_block) + ") o);\n") +
         attempt(task, try_rows(task, window, facts, from, range)) +
         "IF NOT pgtide_bad THEN\npgtide_seen := pgtide_seen + pgtide_sums[1];\n"
         "ELSIF pgtide_to - pgtide_from > " +
         std::to_string(smallest_range) +
         " THEN\n"
         "pgtide_step := (pgtide_to - pgtide_from + " +
         std::to_string(parts - 1) + ") / " + std::to_string(parts) +
         ";\n"
         "WHILE pgtide_from < pgtide_to LOOP\n"
         "pgtide_todo := pgtide_todo || ARRAY[pgtide_from, least(pgtide_from + pgtide_step, pgtide_to)];\n"
         "pgtide_from := pgtide_from + pgtide_step;\n"
         "END LOOP;\n"
         "ELSE\n"
         "FOR pgtide_part, pgtide_place IN SELECT " +
         source + ".tableoid, " + source + ".ctid FROM " + quoted(task.source) + " WHERE " + range + " LOOP\n" +
         try_one(task, try_rows(task, window, facts, from, one("pgtide_place", "pgtide_part")),
                 note_row(task, facts, origin)) +
         "END LOOP;\n"
         "END IF;\n"
         "END LOOP;\n";
}

// Rows of a view have no place where they could be found again: all of them come by once, some at a time.
std::string search_view(const TableTask& task, const Window& window, const ReadingFacts& facts) {
  const std::string source = quoted(task.source.name), type = quoted(task.source);
  const std::string join = task.join.empty() ? "" : " " + task.join;
  const auto rows = [&](const std::string& array) { return "FROM pg_catalog.unnest(" + array + ") " + source; };
  const Origin origin{rows("ARRAY[$1]"), join, "", "pgtide_one"};
  return "FOR pgtide_some IN SELECT pg_catalog.array_agg(pgtide_x.pgtide_r) FROM (SELECT ROW(" + source +
         ".*)::" + type + " AS pgtide_r, (pg_catalog.row_number() OVER () - 1) / " + std::to_string(rows_of_a_view) +
         " AS pgtide_n FROM " + type +
         " OFFSET 0) pgtide_x GROUP BY pgtide_x.pgtide_n LOOP\n"
         "pgtide_todo := '{}';\n" +
         attempt(task, try_rows(task, window, facts, rows("pgtide_some") + join, "")) +
         "IF NOT pgtide_bad THEN\npgtide_seen := pgtide_seen + pgtide_sums[1];\nELSE\n"
         "FOREACH pgtide_one IN ARRAY pgtide_some LOOP\n" +
         try_one(task, try_rows(task, window, facts, rows("ARRAY[pgtide_one]") + join, ""),
                 note_row(task, facts, origin)) +
         "END LOOP;\n"
         "END IF;\n"
         "EXIT WHEN pg_catalog.cardinality(pgtide_found) > " +
         std::to_string(most_of_a_view) + " OR pgtide_bytes > " + std::to_string(4 * bytes_at_a_time) +
         ";\n"
         "END LOOP;\n";
}

}  // namespace

std::string contents_of_row(const TableTask& task) {
  return "pg_catalog.md5(ROW(" + quoted(task.source.name) + ".*)::text)";
}

std::string row_name(const TableTask& task) {
  const std::string source = quoted(task.source.name);
  if (task.row_name == RowName::contents) return contents_of_row(task);
  return (task.row_name == RowName::part_and_position ? source + ".tableoid::text || " : "") + source + ".ctid::text";
}

std::string ask_before_search(const TableTask& task) {
  std::set<std::string> types;
  for (const auto& column : task.columns) types.insert(column.conversion.stage_type);
  return "WITH RECURSIVE tree AS (SELECT " + std::to_string(task.table_oid) +
         "::pg_catalog.oid AS oid UNION ALL SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN tree ON tree.oid = "
         "i.inhparent) SELECT pg_catalog.current_setting('server_version_num')::integer >= 140000 AS ranges, "
         "pg_catalog.current_setting('block_size')::integer / 28 AS rows_a_block, (SELECT "
         "coalesce(max(pg_catalog.pg_relation_size(tree.oid)), 0) FROM tree) / "
         "pg_catalog.current_setting('block_size')::bigint + 1 AS blocks; "
         "SELECT t.type, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(p.proname) AS send FROM "
         "pg_catalog.unnest(" +
         array_of({types.begin(), types.end()}) +
         ") t (type) JOIN pg_catalog.pg_type y ON y.oid = t.type::pg_catalog.regtype JOIN pg_catalog.pg_proc p ON "
         "p.oid = y.typsend JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace";
}

std::string first_ranges(const TableTask& task, const ReadingFacts& facts) {
  if (task.row_name == RowName::contents) return "{0,0}";
  constexpr std::int64_t blocks_as_list = 1000;  // each place in them is named
  const std::int64_t step = facts.ranges ? facts.blocks : blocks_as_list;
  std::string ranges;
  for (std::int64_t block = 0; block < facts.blocks; block += step)
    ranges +=
        (block > 0 ? "," : "") + std::to_string(block) + "," + std::to_string(std::min(block + step, facts.blocks));
  return "{" + ranges + "}";
}

std::string search_unreadable(const TableTask& task, const Window& window, const ReadingFacts& facts,
                              const std::string& ranges) {
  std::vector<std::string> names;
  for (const auto& column : task.columns) names.push_back(column.target);
  const bool view = task.row_name == RowName::contents;
  const std::string tag = "$pgtide_" + random_token().substr(0, 8) + "$";
  return "DO " + tag +
         "\n#variable_conflict use_column\nDECLARE\n"
         "pgtide_todo bigint[] := " +
         literal(ranges) +
         "; pgtide_from bigint; pgtide_to bigint; pgtide_step bigint; pgtide_i integer;\n"
         "pgtide_first pg_catalog.tid; pgtide_behind pg_catalog.tid; pgtide_tids pg_catalog.tid[]; pgtide_part "
         "pg_catalog.oid; pgtide_place pg_catalog.tid;\n" +
         (view ? "pgtide_one " + quoted(task.source) + "; pgtide_some " + quoted(task.source) + "[];\n" : "") +
         "pgtide_sums bigint[]; pgtide_bad boolean; pgtide_state text; pgtide_seen bigint := 0; pgtide_bytes bigint := "
         "0;\n"
         "pgtide_found text[] := '{}'; pgtide_id text; pgtide_hash text; pgtide_column text; pgtide_value jsonb; "
         "pgtide_key jsonb; pgtide_data jsonb;\n"
         "pgtide_names text[] := " +
         array_of(names) + ";\nBEGIN\n" + (view ? search_view(task, window, facts) : search_file(task, window, facts)) +
         "PERFORM pg_catalog.set_config('pgtide.found', '[' || pg_catalog.array_to_string(pgtide_found, ',') || ']', "
         "true), pg_catalog.set_config('pgtide.todo', pgtide_todo::text, true), pg_catalog.set_config('pgtide.seen', "
         "pgtide_seen::text, true);\n"
         "END " +
         tag +
         "; "
         "SELECT pg_catalog.current_setting('pgtide.todo') AS todo, pg_catalog.current_setting('pgtide.seen')::bigint "
         "AS seen; "
         "SELECT f->>'id' AS id, (f->'key')::text AS key, (f->'data')::text AS data, coalesce(f->>'state', '') AS "
         "state, coalesce(f->>'column', '') AS \"column\", coalesce(f->>'bytes', '') AS bytes FROM "
         "pg_catalog.jsonb_array_elements(pg_catalog.current_setting('pgtide.found')::jsonb) f; "
         "SELECT pg_catalog.set_config('pgtide.found', '', true)";
}

}  // namespace engine::plan::statements
