#include "engine/plan/column_hash.hpp"

#include <map>

#include "engine/core/names.hpp"

namespace engine::plan {
namespace {

// Numbers without a pattern, the same in every version of this program: hashes of today are kept. Positive, so that
// they can be written into SQL as they are (splitmix64).
std::uint64_t scattered(std::uint64_t n) {
  n = (n + 1) * 0x9e3779b97f4a7c15;
  n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9;
  n = (n ^ (n >> 27)) * 0x94d049bb133111eb;
  return (n ^ (n >> 31)) >> 1;
}

// The seed of a column, and the constants that stand for single values of it.
std::string constant(std::size_t column, std::size_t which) { return std::to_string(scattered(column * 8 + which)); }

std::string replaced(std::string sql, const std::string& what, const std::string& by) {
  for (auto at = sql.find(what); at != std::string::npos; at = sql.find(what, at + by.size()))
    sql.replace(at, what.size(), by);
  return sql;
}

// As a tree: hundreds of columns one in the other would be too deep for the server's parser.
std::string combined(const std::vector<std::string>& terms, std::size_t first, std::size_t last) {
  if (last - first == 1) return terms[first];
  const std::size_t middle = first + (last - first) / 2;
  return "(" + combined(terms, first, middle) + " # " + combined(terms, middle, last) + ")";
}

std::string term_of(const HashedValue& hashed, std::size_t column) {
  // the value last: it may hold anything
  std::string sql = hashed.term.pattern;
  for (const std::size_t which : {0, 1, 2, 3})
    sql = replaced(std::move(sql), "#" + std::to_string(which), constant(column, which));
  sql = replaced(std::move(sql), "$", hashed.value);
  return hashed.term.of_null ? sql : "coalesce(" + sql + ", " + constant(column, 7) + ")";
}

}  // namespace

// #0 is the seed, #1 to #3 are constants. Why each of them tells every two values apart:
// - bigint: its hash is that of its halves folded into one by XOR. The high half is the seed's seed; with it known the
//   folded value determines the low one.
// - numeric with a scale: its hash leaves out the sign and trailing zeros, of which the type leaves no choice, and adds
//   the weight by a plain XOR at the end, so that it must be mixed again: else 1 and 10000 could change their columns.
//   NaN and 0 give the seed and the seed less one.
// - float: its eight bytes, but for 0 and -0, which have the seed, and for NaN, of which all have the hash that stands
//   there; where these come up the bytes tell.
// - timestamp: microseconds since 2000 as a bigint whose high half date_bin() gives, quickly; not so before 2000, where
//   its hash does not know the sign of a half and old servers round in another way.
// - timestamptz: timezone() with an interval of nothing gives the same microseconds as a timestamp, without looking at
//   any time zone, and infinity as it is.
// - date: days; infinity is none.
HashTerm hash_term(const catalog::Type& type) {
  static const std::string utc = "pg_catalog.timezone('0'::interval, $)";
  static const std::map<std::string, HashTerm> terms = {
      {"smallint", {"pg_catalog.hashint2extended($, #0)"}},
      {"integer", {"pg_catalog.hashint4extended($, #0)"}},
      {"bigint", {"pg_catalog.hashint8extended($, pg_catalog.hashint4extended(($ >> 32)::integer, #0))", false, false}},
      {"text", {"pg_catalog.hashtextextended($ COLLATE \"C\", #0)"}},
      {"character varying", {"pg_catalog.hashtextextended($ COLLATE \"C\", #0)"}},
      {"boolean", {"(CASE $ WHEN true THEN #0 WHEN false THEN #1 ELSE #2 END)", true}},
      {"uuid", {"pg_catalog.uuid_hash_extended($, #0)"}},
      {"date",
       {"(CASE WHEN pg_catalog.isfinite($) THEN pg_catalog.hashint4extended($ - '2000-01-01'::date, #0) "
        "WHEN $ IS NULL THEN #1 WHEN $ > '2000-01-01'::date THEN #2 ELSE #3 END)",
        true, false}},
      {"double precision",
       {"coalesce(nullif(nullif(pg_catalog.hashfloat8extended($, #0), #0), "
        "pg_catalog.hashfloat8extended('NaN'::float8, "
        "#0)), CASE WHEN $ IS NULL THEN #1 ELSE pg_catalog.hash_record_extended(ROW(pg_catalog.float8send($)), #0) "
        "END)",
        true, false}},
      {"real",
       {"coalesce(nullif(nullif(pg_catalog.hashfloat4extended($, #0), #0), "
        "pg_catalog.hashfloat4extended('NaN'::float4, "
        "#0)), CASE WHEN $ IS NULL THEN #1 ELSE pg_catalog.hash_record_extended(ROW(pg_catalog.float4send($)), #0) "
        "END)",
        true, false}},
      {"timestamp without time zone",
       {"(CASE WHEN $ >= '2000-01-01'::timestamp THEN pg_catalog.timestamp_hash_extended($, "
        "pg_catalog.timestamp_hash_extended(pg_catalog.date_bin('4294.967296 s'::interval, $, "
        "'2000-01-01'::timestamp), #0)) WHEN $ IS NULL THEN #1 ELSE "
        "pg_catalog.hash_record_extended(ROW(pg_catalog.timestamp_send($)), #2) END)",
        true, false}},
      {"timestamp with time zone",
       {"(CASE WHEN $ >= '2000-01-01 00:00:00+00'::timestamptz THEN pg_catalog.timestamp_hash_extended(" + utc +
            ", pg_catalog.timestamp_hash_extended(pg_catalog.date_bin('4294.967296 s'::interval, " + utc +
            ", '2000-01-01'::timestamp), #0)) WHEN $ IS NULL THEN #1 ELSE "
            "pg_catalog.hash_record_extended(ROW(pg_catalog.timestamptz_send($)), #2) END)",
        true, false}},
  };
  static const HashTerm padded = {"pg_catalog.hashbpcharextended($ COLLATE \"C\", #0)"};
  static const HashTerm scaled = {
      "pg_catalog.hashint4extended(CASE WHEN $ < 0 THEN -1 ELSE 1 END, pg_catalog.hash_numeric_extended($, #0))", false,
      false};
  if (!type.builtin) return {};
  if (type.name == "character") return type.modifier >= 0 ? padded : HashTerm();
  if (type.name == "numeric") return type.modifier >= 0 ? scaled : HashTerm();
  const auto found = terms.find(type.name);
  return found == terms.end() ? HashTerm() : found->second;
}

std::string fast_hash(const std::vector<HashedValue>& values) {
  std::vector<std::string> terms, others;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i].term.empty())
      others.push_back(values[i].value);
    else
      terms.push_back(term_of(values[i], i));
  }
  if (!others.empty())
    terms.push_back("pg_catalog.hash_record_extended(ROW(" + joined(others, ", ") + "), " + constant(values.size(), 0) +
                    ")");
  // XOR knows no places: without this two rows that exchange the values of a column would have the sum they had before
  return "pg_catalog.hashint4extended(1, " + combined(terms, 0, terms.size()) + ")";
}

std::string compile_hashes(std::int64_t rows) {
  constexpr std::int64_t large = 500'000;
  if (rows < large) return "";
  return "SET LOCAL jit TO DEFAULT; SET LOCAL jit_optimize_above_cost = 0; SET LOCAL jit_inline_above_cost = -1";
}

}  // namespace engine::plan
