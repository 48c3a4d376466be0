#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/direction.hpp"
#include "engine/core/error.hpp"
#include "engine/postgres/result.hpp"

typedef struct pg_conn PGconn;

namespace engine::postgres {

struct Complaint;
class Pace;

// One connection to one database, used by one thread at a time.
//
// It holds no state of its own on the server: nothing is SET, prepared, listened to or locked outside a transaction, so
// that it may go through a pooler in transaction mode. A lost connection is never re-opened behind the caller's back.
// After `stop` is requested the running statement is cancelled on the server and every further call throws
// Error(interrupted).
class Session {
 public:
  // Throws Error(unavailable); its text names host, port, database and user, never a password.
  Session(const std::string& url, Place place, std::stop_token stop = {});
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // One statement with parameters, unnamed. Throws Error.
  Result run(const std::string& sql, const Params& params = {});

  // Several statements in one round trip, without parameters: a result for each. Outside a transaction they are one.
  // Each COPY ... FROM STDIN (FORMAT binary) among them takes the next of `rows`, without header and trailer, and costs
  // another round trip; `affected` of its result says how many rows the server took. COPY ... TO STDOUT (FORMAT binary)
  // is for few rows: more than take_at_most() says of one statement are an Error.
  std::vector<Result> run_script(const std::string& sql, const std::vector<std::string_view>& rows = {});

  void take_at_most(std::size_t bytes) { most_bytes_ = bytes; }

  // Sent before the next statement, in its round trip: for one whose result nobody waits for. Its error is that
  // statement's. Outside a transaction it is run at once. No COPY, and not several statements.
  void later(const std::string& sql, const Params& params = {});
  // The same for one that has to touch so many rows: else what sends it throws `otherwise` of the rows that it did
  // touch, and the transaction can only be rolled back.
  using Otherwise = std::function<Error(std::int64_t rows)>;
  void later(const std::string& sql, const Params& params, std::int64_t rows, Otherwise otherwise);
  // Single statements that do not depend on each other, in one round trip.
  std::vector<Result> run_all(const std::vector<std::string>& statements);
  // Asks such statements, as bound() writes them, behind the script, and keeps what they say: run() and run_all() take
  // it from there until forget_answers(). For what does not change meanwhile. Returns the results of the script.
  std::vector<Result> ask_ahead(const std::string& script, const std::vector<std::string>& statements,
                                const std::vector<std::string_view>& rows = {});
  void forget_answers() { answers_.clear(); }
  // What was to come later is sent now.
  void catch_up() {
    if (!later_.empty()) run_script("");
  }
  // What was not sent yet never is.
  void forget_what_was_to_come() { later_.clear(); }

  // From now on whatever is sent outside a transaction, without parameters, has to be answered in that time; else
  // Error(unavailable) is thrown, retryable, and the session is of no use any more. Behind a pooler whose connections
  // are all in use a statement waits before it begins.
  void give_up_waiting_after(std::optional<std::chrono::milliseconds> patience) { patience_ = patience; }

  // From now on it is this stop that counts; none where nothing is given.
  void heed(std::stop_token stop);

  // The rows of every COPY, in either direction, pass at this pace, shared with others.
  void keep_pace(std::shared_ptr<Pace> pace) { pace_ = std::move(pace); }
  // Waits until so many bytes of rows may pass. Throws Error(interrupted) once stop was requested.
  void pass(std::size_t bytes) const;

  Place place() const { return place_; }
  // How often we waited for the server. From any thread.
  std::int64_t round_trips() const { return round_trips_; }
  void count_round_trip() { ++round_trips_; }
  bool is_open() const;
  bool in_transaction() const;

  // Asks the server to cancel what it is doing now. From any thread, also while another one waits for the server.
  void cancel();

  // For COPY, which passes bytes on. What was to come later is sent. Throws Error(interrupted) once stop was requested.
  PGconn* libpq();

 private:
  struct Handle;
  struct Canceller;
  struct Waiting {
    std::string sql;
    Otherwise otherwise;  // nothing where any number of rows will do
  };
  void throw_if_stopped() const;
  Result take_rows();
  Error error_of(const Complaint& complaint, const std::vector<Waiting>& first) const;
  std::vector<Result> send(const std::string& sql, const std::vector<std::string_view>& rows,
                           const std::vector<Waiting>& first);
  void await_answer(std::chrono::milliseconds patience);

  Place place_;
  std::stop_token stop_;
  std::atomic<std::int64_t> round_trips_ = 0;
  std::optional<std::chrono::milliseconds> patience_;
  std::size_t most_bytes_ = 8u << 20;
  std::vector<Waiting> later_;
  std::map<std::string, Result> answers_;  // by statement
  std::shared_ptr<Pace> pace_;
  bool abandoned_ = false;  // an answer is still to come, and nobody waits for it
  std::unique_ptr<Handle> handle_;
  std::unique_ptr<Canceller> canceller_;
};

// Host, port, database and user of a URL, for messages: no password, no other parameter.
std::string describe(const std::string& url);

}  // namespace engine::postgres
