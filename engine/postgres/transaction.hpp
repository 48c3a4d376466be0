#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/postgres/session.hpp"

namespace engine::postgres {

// How a transaction is opened. Every setting that what we read or write depends on is set in it, each time: behind a
// pooler nothing of an earlier one can be relied on.
struct Opening {
  bool snapshot = false;                // REPEATABLE READ READ ONLY; else READ COMMITTED READ WRITE
  std::optional<std::string> exported;  // see only what this exported snapshot sees
  bool part = false;  // of the transaction that is open on the session: in its snapshot, as a savepoint
  std::string timezone = "UTC";
  std::optional<std::string> schema;  // looked into first for names without a schema
  int lock_timeout_ms = 30'000;
  // The server ends a transaction whose client is silent for so long; 0: never. For those that write, or hold a lock.
  int idle_timeout_ms = 0;
  std::string first;  // statements to begin with, in the same round trip
  // What follows them at once, a statement each, and the rows for those that are COPY ... FROM STDIN.
  std::vector<std::string> then = {};
  std::vector<std::string_view> rows = {};
};

// The statements that open such a transaction, with a semicolon between them and none at the end.
std::string opening_script(const Opening& opening);

// BEGIN ... COMMIT on a session, or a part of what lies between. Rolls back unless commit() returns.
class Transaction {
 public:
  Transaction(Session& session, const Opening& opening);
  // Takes over the one that is open on the session.
  explicit Transaction(Session& session) : session_(session), part_(false) {}
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  Result run(const std::string& sql, const Params& params = {}) { return session_.run(sql, params); }
  std::vector<Result> run_script(const std::string& sql) { return session_.run_script(sql); }

  // See Session.
  void later(const std::string& sql, const Params& params = {}) { session_.later(sql, params); }
  void later(const std::string& sql, std::int64_t rows, Session::Otherwise otherwise) {
    session_.later(sql, {}, rows, std::move(otherwise));
  }

  // What the statements returned that opened it, those to begin with and those that followed at once.
  const std::vector<Result>& results() const { return results_; }

  // Throws Error(unavailable) where the answer was lost: then nobody knows yet whether it was committed.
  void commit();

  Session& session() { return session_; }

 private:
  void roll_back();

  Session& session_;
  const bool part_;
  bool open_ = true;
  std::vector<Result> results_;
};

}  // namespace engine::postgres
