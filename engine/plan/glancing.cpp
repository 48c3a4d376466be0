#include <algorithm>
#include <span>

#include "engine/plan/sql_parts.hpp"

namespace engine::plan::statements {
namespace {

constexpr const char* snapshot =
    "WITH s AS MATERIALIZED (SELECT pg_catalog.txid_snapshot_xmax("
    "pg_catalog.txid_current_snapshot()) AS hi) ";
constexpr const char* until = "(SELECT hi FROM s)";

// As of the snapshot; a subquery that is not needed is not carried out.
std::string something_written(const capture::Cursor& cursor) {
  return cursor.unfinished.empty() ? std::string(until) + " <> " + std::to_string(cursor.next_xid) : "true";
}

std::string has_fresh_row(const QualifiedName& table, const capture::Cursor& cursor) {
  return "EXISTS (SELECT FROM " + quoted(table) + " WHERE " +
         is_fresh(quoted(table.name) + ".xmin", cursor.next_xid, cursor.unfinished, until) + ")";
}

// What planning costs grows with the square of the parts.
std::string in_parts(std::span<const std::string> parts, const std::string& head) {
  constexpr std::size_t at_a_time = 25;
  std::vector<std::string> statements;
  for (std::size_t first = 0; first < parts.size(); first += at_a_time) {
    const auto some = parts.subspan(first, std::min(at_a_time, parts.size() - first));
    statements.push_back(head + joined({some.begin(), some.end()}, " UNION ALL "));
  }
  return joined(statements, "; ");
}

}  // namespace

std::string glance_at(const std::vector<GlancedSource>& tables) {
  std::vector<std::string> parts;
  for (const auto& table : tables) {
    const std::string written = something_written(table.cursor);
    std::vector<std::string> fresh = {has_fresh_row(table.source, table.cursor)}, counts;
    for (const auto& read : table.reads) fresh.push_back(has_fresh_row(read, table.cursor));
    auto counted = table.reads;
    counted.push_back(table.source);
    for (const auto& one : counted)
      counts.push_back("'\"' || " + literal(quoted(one)) + "::regclass::oid || ':' || (SELECT count(*) FROM " +
                       quoted(one) + ") || '\"'");
    parts.push_back("SELECT " + literal(table.title) + " AS glanced, CASE WHEN " + written + " THEN " +
                    joined(fresh, " OR ") + " ELSE false END AS fresh, CASE WHEN " + written +
                    " THEN EXISTS (SELECT FROM " + quoted(table.source) + ") ELSE true END AS has_rows, " +
                    (table.counted ? "CASE WHEN " + written + " THEN '[' || " + joined(counts, " || ', ' || ") +
                                         " || ']' ELSE '' END"
                                   : std::string("''")) +
                    " AS read_counts");
  }
  return in_parts(parts, snapshot);
}

std::string glance_at_targets(const std::vector<std::pair<std::string, QualifiedName>>& tables) {
  std::vector<std::string> parts;
  for (const auto& [title, table] : tables)
    parts.push_back("SELECT " + literal(title) + " AS emptied WHERE NOT EXISTS (SELECT FROM " + quoted(table) + ")");
  return in_parts(parts, "");
}

}  // namespace engine::plan::statements
