#include "engine/postgres/transaction.hpp"

#include "engine/core/error.hpp"
#include "engine/core/names.hpp"

namespace engine::postgres {

std::string opening_script(const Opening& opening) {
  std::string sql = opening.part       ? "SAVEPOINT pgtide_part;"
                    : opening.snapshot ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
                                       : "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;";
  if (opening.exported) sql += "SET TRANSACTION SNAPSHOT " + literal(*opening.exported) + ";";
  sql += "SET LOCAL timezone = " + literal(opening.timezone) + ";";
  if (opening.schema)
    sql += "SELECT set_config('search_path', " + literal(quoted(*opening.schema)) +
           " || ', ' || current_setting('search_path'), true);";
  // Known from 17 on. A provider may have set it for the role.
  sql +=
      "SELECT pg_catalog.set_config('transaction_timeout', '0', true) "
      "WHERE pg_catalog.current_setting('server_version_num')::integer >= 170000;";
  sql += "SET LOCAL lock_timeout = " + std::to_string(opening.lock_timeout_ms) + ";";
  return sql +
         "SET LOCAL row_security = off;"  // hidden rows become an error, not silence
         "SET LOCAL DateStyle = 'ISO, MDY'; SET LOCAL IntervalStyle = 'postgres'; SET LOCAL extra_float_digits = 3;"
         "SET LOCAL bytea_output = 'hex'; SET LOCAL xmloption = 'content'; SET LOCAL statement_timeout = 0;"
         "SET LOCAL jit = off; SET LOCAL standard_conforming_strings = on;"
         "SET LOCAL idle_in_transaction_session_timeout = " +
         std::to_string(opening.idle_timeout_ms) + (opening.first.empty() ? "" : ";" + opening.first) +
         (opening.then.empty() ? "" : ";" + joined(opening.then, ";"));
}

Transaction::Transaction(Session& session, const Opening& opening) : session_(session), part_(opening.part) {
  try {
    results_ = session_.run_script(opening_script(opening), opening.rows);
  } catch (Error& error) {
    roll_back();  // the first error is the one to report
    if (opening.exported && error.sqlstate() == "22023")
      throw Error(ErrorCode::unavailable, "the source's session that keeps the snapshot of this run was ended",
                  "run again; if it happens often, look at the time-outs of the source and of its pooler")
          .sqlstate("08006")
          .retryable(true);
    if (!opening.part && !opening.snapshot && opening.then.empty() &&
        error.sqlstate() == "0A000")  // read-write mode during recovery
      throw Error(
          ErrorCode::refused,
          "the " + std::string(name_of(session_.place())) + " database is a standby, where nothing can be written",
          "use the address of the primary")
          .sqlstate("25006");
    throw;
  }
}

void Transaction::roll_back() {
  session_.forget_what_was_to_come();
  try {
    if (session_.is_open() && session_.in_transaction())
      session_.run_script(part_ ? "ROLLBACK TO SAVEPOINT pgtide_part; RELEASE SAVEPOINT pgtide_part" : "ROLLBACK");
  } catch (const Error&) {  // the server rolls back by itself when the connection goes
  }
}

Transaction::~Transaction() {
  if (open_) roll_back();
}

void Transaction::commit() {
  open_ = false;
  try {
    session_.run_script(part_ ? "RELEASE SAVEPOINT pgtide_part" : "COMMIT");
  } catch (Error& error) {
    if (!session_.is_open())
      error.hint(
          "the connection was lost while committing: nobody knows yet whether it was done. Run again; "
          "nothing is written twice");
    else if (session_.in_transaction())
      open_ = true;
    throw;
  }
}

}  // namespace engine::postgres
