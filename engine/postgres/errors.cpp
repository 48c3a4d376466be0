#include "engine/postgres/errors.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace engine::postgres {
namespace {

bool starts(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

// Raised by a procedural language: pl_exec.c (PL/pgSQL), plpy_elog.c, plperl.c, pltcl.c ...
bool is_raised_by_a_function(const Complaint& complaint) {
  const bool by_the_planner = starts(complaint.source_file, "plan");  // plancat.c, planner.c, plancache.c
  return starts(complaint.sqlstate, "P0") || (starts(complaint.source_file, "pl") && !by_the_planner);
}

// Data exceptions quote the value, in the words and with the quotation marks of the server's language: never repeated.
std::string of_a_value(std::string_view sqlstate) {
  constexpr std::pair<std::string_view, std::string_view> texts[] = {
      {"22003", "a number is out of the range of its column"},
      {"22007", "a value is no valid date or time"},
      {"22008", "a date or time is out of range"},
      {"22012", "a division by zero"},
      {"22021", "a text has bytes that are no characters of its encoding"},
      {"22023", "a value is not allowed here"},
      {"22P02", "a value has not the form that the type of its column wants"},
      {"22P05", "a text has a character that the other side's encoding lacks"},
  };
  const auto* const known = std::ranges::find(texts, sqlstate, &std::pair<std::string_view, std::string_view>::first);
  return std::string(known == std::end(texts) ? "a value cannot be converted" : known->second);
}

std::string without_row_contents(const Complaint& complaint) {
  if (is_raised_by_a_function(complaint)) return "a trigger or function raised an exception";
  const bool names_only_the_type = complaint.sqlstate == "22001";  // value too long for type character varying(5)
  if (starts(complaint.sqlstate, "22") && !names_only_the_type) return of_a_value(complaint.sqlstate);
  std::string text = complaint.text;
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

struct Meaning {
  std::string_view sqlstate;  // a prefix
  ErrorCode code;
  bool retryable;
  std::string_view hint;
};

// The first prefix that fits counts.
constexpr Meaning meanings[] = {
    {"42501", ErrorCode::refused, false, "grant the missing right to this role, or use another role"},
    {"25006", ErrorCode::refused, false, "the server is read-only (a standby?); use the address of the primary"},
    {"28", ErrorCode::unavailable, false, "check user, password and pg_hba.conf of that server"},
    {"3D000", ErrorCode::unavailable, false, "check the database name in the URL"},
    {"08", ErrorCode::unavailable, true, "check the network and that the server runs, then run again"},
    {"57P0", ErrorCode::unavailable, true, "the server is stopping or starting; run again in a minute"},
    {"53300", ErrorCode::unavailable, true, "the server has no free connection; close others or raise its limit"},
    {"53", ErrorCode::unavailable, true, "the server lacks disk, memory or another resource; see its log"},
    {"58", ErrorCode::unavailable, true, "the server had a problem of its own; see its log"},
    {"40", ErrorCode::partial, true, "somebody else wrote the same rows at the same time; run again"},
    {"55P03", ErrorCode::partial, true, "somebody else holds a lock on this table; run again when it is free"},
    {"57014", ErrorCode::partial, false, "the statement was cancelled on the server"},
    {"23503", ErrorCode::partial, false, "the row it refers to is missing in the target; copy or mend that one first"},
    {"23505", ErrorCode::partial, false, "another row in the target already has this value"},
    {"23502", ErrorCode::partial, false, "mend the row at the source, or feed the column in the map (columns:)"},
    {"23514", ErrorCode::partial, false, "mend the row at the source, or change it in the map (columns:)"},
    {"22", ErrorCode::partial, false, "mend the value at the source, or convert it in the map (columns:)"},
};

}  // namespace

Error server_error(const Complaint& complaint, std::string_view doing) {
  const std::string& sqlstate = complaint.sqlstate;
  std::string text = without_row_contents(complaint);
  if (!sqlstate.empty()) text += " (" + sqlstate + ")";
  if (!doing.empty()) text = std::string(doing) + ": " + text;
  if (is_raised_by_a_function(complaint) && is_about_a_row(sqlstate))
    return Error(ErrorCode::partial, text, "the server's log has its text").sqlstate(sqlstate);
  if (sqlstate == "42501" && complaint.source_file == "rls.c")
    return Error(
               ErrorCode::refused, text,
               "the rows that it hides would be missed: give the role BYPASSRLS (of a view: the role that owns it), or "
               "use the role that owns the table")
        .sqlstate(sqlstate);
  for (const auto& meaning : meanings)
    if (!sqlstate.empty() && starts(sqlstate, meaning.sqlstate))
      return Error(meaning.code, text, std::string(meaning.hint)).sqlstate(sqlstate).retryable(meaning.retryable);
  return Error(ErrorCode::partial, text).sqlstate(sqlstate);
}

std::string in_words(std::string_view sqlstate) {
  if (starts(sqlstate, "22")) return of_a_value(sqlstate);
  if (starts(sqlstate, "P0")) return "a function raised an exception";
  return "the server refuses it (" + std::string(sqlstate) + ")";
}

Error lost_connection(std::string_view doing) { return server_error({"08006", "the connection was lost", ""}, doing); }

Error ended_by_server(const Error& said, std::string_view doing) {
  if (said.code() == ErrorCode::unavailable) return said;
  if (said.sqlstate() != "40001") return lost_connection(doing);
  return Error(ErrorCode::unavailable,
               std::string(doing) +
                   ": the standby ended the session, because reading stood in the way of changes that "
                   "it had to replay",
               "run again; if it happens often, set hot_standby_feedback = on there, or raise "
               "max_standby_streaming_delay")
      .sqlstate("08006")
      .retryable(true);
}

bool is_about_a_row(std::string_view sqlstate) {
  if (sqlstate.empty()) return false;
  if (sqlstate == "54000") return true;  // a value is too large for an index, and the like
  return std::ranges::none_of(about_something_else, [&](std::string_view prefix) { return starts(sqlstate, prefix); });
}

}  // namespace engine::postgres
