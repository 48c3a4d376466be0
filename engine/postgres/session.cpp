#include "engine/postgres/session.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <pqxx/pqxx>

#include "engine/core/error.hpp"
#include "engine/core/fingerprint.hpp"
#include "engine/core/names.hpp"
#include "engine/postgres/binary_rows.hpp"
#include "engine/postgres/errors.hpp"
#include "engine/postgres/pace.hpp"
#include "engine/postgres/script.hpp"

namespace engine::postgres {
namespace {

using Options = std::map<std::string, std::string>;

Options parse(const std::string& url, std::string_view whose = "a") {
  char* problem = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(PQconninfoParse(url.c_str(), &problem),
                                                                            &PQconninfoFree);
  if (problem) PQfreemem(problem);
  if (!parsed)  // libpq's own message may quote the URL, password included
    throw Error(ErrorCode::configuration,
                "the URL of " + std::string(whose) + " database is not one that PostgreSQL understands",
                "write postgresql://user:password@host:5432/database, with special characters percent-encoded, or "
                "keywords: host=... dbname=...");
  Options options;
  for (const PQconninfoOption* option = parsed.get(); option->keyword; ++option)
    if (option->val) options[option->keyword] = option->val;
  return options;
}

// libpq's keyword form, with what we want unless the URL says otherwise.
std::string connection_string(const std::string& url, Place place) {
  Options options = parse(url, "the " + std::string(name_of(place)));
  const Options ours = {{"fallback_application_name", "pgtide"},
                        {"client_encoding", "UTF8"},
                        {"connect_timeout", "10"},
                        {"keepalives_idle", "30"},
                        {"keepalives_interval", "10"},
                        {"keepalives_count", "6"},
                        {"tcp_user_timeout", "120000"}};
  options.insert(ours.begin(), ours.end());
  std::string text;
  for (const auto& [key, value] : options) {
    text += key + "='";
    for (const char c : value) {
      if (c == '\'' || c == '\\') text += '\\';
      text += c;
    }
    text += "' ";
  }
  return text;
}

Result values_of(const PGresult* result) {
  Result values;
  const int width = PQnfields(result);
  for (int i = 0; i < width; ++i) values.columns.push_back({PQfname(result, i), PQftype(result, i), PQfmod(result, i)});
  const int height = PQntuples(result);
  values.rows.reserve(static_cast<std::size_t>(height));
  for (int row = 0; row < height; ++row) {
    auto& cells = values.rows.emplace_back();
    for (int i = 0; i < width; ++i)
      cells.push_back(PQgetisnull(result, row, i) ? Result::Cell()
                                                  : Result::Cell(std::string(PQgetvalue(result, row, i))));
  }
  values.affected = std::atoll(PQcmdTuples(const_cast<PGresult*>(result)));
  const std::string_view tag = PQcmdStatus(const_cast<PGresult*>(result));
  values.command = tag.substr(0, tag.find(' '));
  return values;
}

Result values_of(const pqxx::result& result) {
  Result values;
  for (pqxx::row_size_type i = 0; i < static_cast<pqxx::row_size_type>(result.columns()); ++i)
    values.columns.push_back({result.column_name(i), static_cast<unsigned>(result.column_type(i)), -1});
  for (const auto& row : result) {
    auto& cells = values.rows.emplace_back();
    for (const auto& field : row)
      cells.push_back(field.is_null() ? Result::Cell() : Result::Cell(std::string(field.c_str(), field.size())));
  }
  values.affected = static_cast<std::int64_t>(result.affected_rows());
  return values;
}

// What libpqxx tells of an error. Its exceptions do not all carry the SQLSTATE (in 6.4), but the session's verbosity
// puts it into the first line: `ERROR:  42501: permission denied for table t`. The lines behind it hold row contents.
Complaint complaint_of(const std::string& message) {
  Complaint complaint;
  // the last line: `LOCATION:  exec_stmt_raise, pl_exec.c:3912`
  if (const auto comma = message.rfind(", "); comma != std::string::npos)
    if (const auto colon = message.find(".c", comma); colon != std::string::npos && colon - comma < 40)
      complaint.source_file = message.substr(comma + 2, colon - comma);
  std::string text = message.substr(0, message.find('\n'));
  constexpr std::size_t longest_severity = 40;  // in any language
  const auto colon = text.find(":  ");
  if (colon != std::string::npos && colon < longest_severity) text = text.substr(colon + 3);
  const bool has_state = text.size() > 7 && text.substr(5, 2) == ": " &&
                         text.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5;
  if (has_state) complaint.sqlstate = text.substr(0, 5);
  complaint.text = has_state ? text.substr(7) : text;
  return complaint;
}

Complaint complaint_of(const PGresult* result) {
  const auto field = [&](int code) {
    const char* text = PQresultErrorField(result, code);
    return std::string(text ? text : "");
  };
  return {field(PG_DIAG_SQLSTATE), field(PG_DIAG_MESSAGE_PRIMARY), field(PG_DIAG_SOURCE_FILE)};
}

// What a server or pooler says that will say the same the next time. In other languages than English everything is
// tried again.
bool may_pass(std::string_view reason) {
  constexpr std::string_view lasting[] = {"password",      "authentication", "pg_hba.conf",           "does not exist",
                                          "certificate",   "SSL error",      "permission denied",     "no such",
                                          "not permitted", "service file",   "definition of service", "support SSL"};
  return std::ranges::none_of(lasting, [&](std::string_view words) { return reason.find(words) != reason.npos; });
}

// A connection that is cut while encryption is agreed on says SSL too, but may work the next time.
bool is_about_encryption(std::string_view reason) {
  constexpr std::string_view signs[] = {"certificate", "SSL error", "support SSL", "no encryption"};
  return std::ranges::any_of(signs, [&](std::string_view sign) { return reason.find(sign) != reason.npos; });
}

std::string how_many(Place place) {
  return "a run takes as many as limits: {" + std::string(name_of(place)) + "_connections: ...} in the map says, " +
         (place == Place::desktop ? "four" : "three") + " where it says nothing";
}

std::string at(Place place) { return "on the " + std::string(name_of(place)); }

}  // namespace

// libpqxx 6 (Debian 12) and libpqxx 7 (Debian 13, Ubuntu 24.04) differ in how one gets at the connection below and in
// how a list of parameters of unknown length is passed. This is the only place that knows.
#if PQXX_VERSION_MAJOR < 7

namespace {
class CapturingPolicy : public pqxx::connect_direct {
 public:
  using connect_direct::connect_direct;
  handle do_startconnect(handle previous) override { return libpq = connect_direct::do_startconnect(previous); }
  handle libpq = nullptr;
};
}  // namespace

struct Session::Handle : pqxx::connection_base {
  explicit Handle(const std::string& conninfo) : connection_base(policy), policy(conninfo) {
    init();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    inhibit_reactivation(true);  // libpqxx 6 reconnects silently unless told not to
#pragma GCC diagnostic pop
  }
  ~Handle() { close(); }

  pqxx::result execute(const std::string& sql, const Params& params) {
    pqxx::nontransaction work(*this);
    return work.exec_params(sql, pqxx::prepare::make_dynamic_params(params));
  }
  PGconn* libpq() { return policy.libpq; }

  CapturingPolicy policy;
};

#else

struct Session::Handle {
  explicit Handle(const std::string& conninfo) : raw(PQconnectdb(conninfo.c_str())), owner(seize(raw)) {}

  static pqxx::connection seize(PGconn* raw) {
    if (PQstatus(raw) == CONNECTION_OK) return pqxx::connection::seize_raw_connection(raw);
    const std::string message = PQerrorMessage(raw);
    PQfinish(raw);
    throw pqxx::broken_connection(message);
  }

  pqxx::result execute(const std::string& sql, const Params& params) {
    pqxx::nontransaction work(owner);
    pqxx::params list;
    for (const auto& value : params) list.append(value);
#if PQXX_VERSION_MAJOR > 7 || PQXX_VERSION_MINOR >= 10
    return work.exec(sql, list);
#else
    return work.exec_params(sql, list);
#endif
  }
  PGconn* libpq() { return raw; }

  PGconn* raw;
  pqxx::connection owner;
};

#endif

// Cancels what the server is doing, on request or as soon as a stop is requested, from the thread that requests it.
struct Session::Canceller {
  struct Cancel {
    PGcancel* request;
    void operator()() const {
      char problem[256];
      PQcancel(request, problem, sizeof problem);
    }
  };
  using Request = std::unique_ptr<PGcancel, decltype(&PQfreeCancel)>;

  Canceller(PGconn* connection, const std::stop_token& stop)
      : request(PQgetCancel(connection), &PQfreeCancel), callback(stop, Cancel{request.get()}) {}

  Request request;
  std::stop_callback<Cancel> callback;
};

Session::Session(const std::string& url, Place place, std::stop_token stop) : place_(place), stop_(std::move(stop)) {
  const std::string conninfo = connection_string(url, place);
  try {
    handle_ = std::make_unique<Handle>(conninfo);
  } catch (const std::exception& e) {
    std::string reason = complaint_of(e.what()).text;
    if (const auto fatal = reason.find("FATAL:  "); fatal != std::string::npos) reason = reason.substr(fatal + 8);
    if (reason.starts_with("invalid "))  // the URL itself: nothing was asked of any server
      throw Error(ErrorCode::configuration,
                  "the URL of the " + std::string(name_of(place)) + " database is wrong: " + reason,
                  "check --" + std::string(name_of(place)) + ", the environment or the map");
    if (reason.find("too many") != std::string::npos || reason.find("connection slots") != std::string::npos)
      throw Error(ErrorCode::unavailable,
                  "the " + std::string(name_of(place)) + " database has no free connection: " + reason,
                  how_many(place) + "; close others, raise the limit, or let the map say less")
          .sqlstate("53300")
          .retryable(true);
    throw Error(ErrorCode::unavailable,
                "cannot connect to the " + std::string(name_of(place)) + " database (" + describe(url) + "): " + reason,
                is_about_encryption(reason)
                    ? "check sslmode and sslrootcert in the URL: the certificate of the server must be made out to the "
                      "host's name and come from the authority in sslrootcert; a server that asks for encryption wants "
                      "at least sslmode=require"
                    : "check that the server runs, that address, user and password are right, and that it lets you in "
                      "(pg_hba.conf, firewall)")
        .retryable(may_pass(reason));
  }
  PQsetErrorVerbosity(handle_->libpq(), PQERRORS_VERBOSE);  // for the SQLSTATE, see complaint_of()
  PQsetNoticeProcessor(
      handle_->libpq(), [](void*, const char*) {}, nullptr);
  canceller_ = std::make_unique<Canceller>(handle_->libpq(), stop_);
}

Session::~Session() = default;

void Session::heed(std::stop_token stop) {
  canceller_.reset();
  stop_ = std::move(stop);
  canceller_ = std::make_unique<Canceller>(handle_->libpq(), stop_);
}

void Session::pass(std::size_t bytes) const {
  if (!pace_) return;
  constexpr std::chrono::milliseconds between_looks{100};
  for (auto wait = std::chrono::ceil<std::chrono::milliseconds>(pace_->take(bytes)); wait.count() > 0;) {
    throw_if_stopped();
    const auto now = std::min(wait, between_looks);
    poll(nullptr, 0, static_cast<int>(now.count()));
    wait -= now;
  }
}

void Session::throw_if_stopped() const {
  if (stop_.stop_requested()) throw Error(ErrorCode::interrupted, "stopped on request");
}

namespace {

// SQLSTATE of a statement that touched another number of rows than it should have.
constexpr std::string_view other_number_of_rows = "PT001";

// As SQL that fails then, and says how many it were: `number` tells it from the others.
std::string expecting(const std::string& sql, std::size_t number, std::int64_t rows) {
  const std::string quote = "$pgtide_" + random_token().substr(0, 8) + "$";
  return "DO " + quote + "#variable_conflict use_column\nDECLARE pgtide_rows bigint; BEGIN " + sql +
         "; GET DIAGNOSTICS pgtide_rows = ROW_COUNT; IF pgtide_rows <> " + std::to_string(rows) +
         " THEN RAISE EXCEPTION USING ERRCODE = '" + std::string(other_number_of_rows) + "', MESSAGE = '" +
         std::to_string(number) + " ' || pgtide_rows; END IF; END " + quote;
}

}  // namespace

// What the server said of statements of which some were to touch a certain number of rows.
Error Session::error_of(const Complaint& complaint, const std::vector<Waiting>& first) const {
  if (complaint.sqlstate != other_number_of_rows) return server_error(complaint, at(place_));
  std::size_t end = 0;
  const std::size_t number = std::stoul(complaint.text, &end);
  return first.at(number).otherwise(std::stoll(complaint.text.substr(end)));
}

void Session::later(const std::string& sql, const Params& params) {
  if (in_transaction())
    later_.push_back({bound(sql, params), nullptr});
  else
    run(sql, params);
}

void Session::later(const std::string& sql, const Params& params, std::int64_t rows, Otherwise otherwise) {
  if (in_transaction()) {
    later_.push_back({expecting(bound(sql, params), later_.size(), rows), std::move(otherwise)});
  } else if (const auto touched = run(sql, params).affected; touched != rows) {
    throw otherwise(touched);
  }
}

std::vector<Result> Session::ask_ahead(const std::string& script, const std::vector<std::string>& statements,
                                       const std::vector<std::string_view>& rows) {
  std::vector<std::string> all = statements;
  if (!script.empty()) all.insert(all.begin(), script);
  auto results = run_script(joined(all, ";\n"), rows);
  const std::size_t own = results.size() - statements.size();
  for (std::size_t i = 0; i < statements.size(); ++i) answers_[statements[i]] = std::move(results[own + i]);
  results.resize(own);
  return results;
}

std::vector<Result> Session::run_all(const std::vector<std::string>& statements) {
  std::vector<std::string> unknown;
  for (const auto& statement : statements)
    if (!answers_.contains(statement)) unknown.push_back(statement);
  auto answers = unknown.empty() ? std::vector<Result>() : run_script(joined(unknown, ";\n"));
  auto answer = answers.begin();
  std::vector<Result> results;
  for (const auto& statement : statements) {
    const auto known = answers_.find(statement);
    results.push_back(known == answers_.end() ? std::move(*answer++) : known->second);
  }
  return results;
}

Result Session::run(const std::string& sql, const Params& params) {
  if (!answers_.empty())
    if (const auto known = answers_.find(bound(sql, params)); known != answers_.end()) return known->second;
  if (params.empty() || !later_.empty()) {
    auto results = run_script(params.empty() ? sql : bound(sql, params));
    return results.empty() ? Result() : std::move(results.back());
  }
  throw_if_stopped();
  count_round_trip();
  try {
    return values_of(handle_->execute(sql, params));
  } catch (const pqxx::broken_connection&) {
    throw lost_connection(at(place_));
  } catch (const pqxx::failure& e) {
    throw_if_stopped();
    if (!is_open()) throw lost_connection(at(place_));
    throw server_error(complaint_of(e.what()), at(place_));
  }
}

void Session::await_answer(std::chrono::milliseconds patience) {
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + patience;
  PGconn* const connection = handle_->libpq();
  while (PQisBusy(connection)) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
    pollfd socket{PQsocket(connection), POLLIN, 0};
    const int ready = left > 0 ? poll(&socket, 1, static_cast<int>(left)) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) {
      abandoned_ = true;
      throw Error(
          ErrorCode::unavailable, at(place_) + ": no answer in " + std::to_string(patience.count() / 1000) + " s",
          "are all connections of the pooler in use (" + how_many(place_) + "), or is a table locked by somebody?")
          .sqlstate("53300")
          .retryable(true);
    }
    if (PQconsumeInput(connection) != 1) return;  // the result says so
  }
}

std::vector<Result> Session::run_script(const std::string& sql, const std::vector<std::string_view>& rows) {
  const auto first = std::exchange(later_, {});
  auto results = send(sql, rows, first);
  results.erase(results.begin(), results.begin() + static_cast<std::ptrdiff_t>(first.size()));
  return results;
}

// Of a COPY that sends rows: a message for each. What is too much is cancelled, and read to its end.
Result Session::take_rows() {
  Result taken;
  bool too_much = false;
  char* raw = nullptr;
  for (int size = 0; (size = PQgetCopyData(handle_->libpq(), &raw, 0)) > 0;) {
    const std::unique_ptr<char, decltype(&PQfreemem)> message(raw, &PQfreemem);
    if (too_much) continue;
    taken.largest_row = std::max(taken.largest_row, static_cast<std::size_t>(size));
    taken.sent.append(raw, static_cast<std::size_t>(size));
    pass(static_cast<std::size_t>(size));
    too_much = taken.sent.size() > most_bytes_;
    if (too_much) cancel();
  }
  taken.sent = rows_between(taken.sent);
  return taken;
}

std::vector<Result> Session::send(const std::string& sql, const std::vector<std::string_view>& rows,
                                  const std::vector<Waiting>& first) {
  throw_if_stopped();
  PGconn* const connection = handle_->libpq();
  const bool begins = !in_transaction();
  count_round_trip();
  std::string script;
  for (const auto& waiting : first) script += waiting.sql + ";\n";
  script += sql;
  if (PQsendQuery(connection, script.c_str()) != 1) throw lost_connection(at(place_));
  if (begins && patience_) await_answer(*patience_);
  std::vector<Result> results;
  std::optional<Error> problem;
  std::optional<Result> sent;
  auto next = rows.begin();
  while (PGresult* const raw = PQgetResult(connection)) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(raw, &PQclear);
    switch (PQresultStatus(raw)) {
      case PGRES_COMMAND_OK:
      case PGRES_TUPLES_OK:
      case PGRES_EMPTY_QUERY:
        results.push_back(values_of(raw));
        if (sent) {
          results.back().sent = std::move(sent->sent);
          results.back().largest_row = sent->largest_row;
          sent.reset();
        }
        break;
      case PGRES_COPY_OUT:
        sent = take_rows();
        break;
      case PGRES_COPY_IN:
        count_round_trip();
        if (next == rows.end()) throw Error(ErrorCode::internal, "a COPY without rows");
        if (!send_rows(connection, *next++, [this](std::size_t bytes) { pass(bytes); }))
          throw lost_connection(at(place_));
        break;
      default:
        if (problem) break;
        problem = is_open() ? error_of(complaint_of(raw), first) : lost_connection(at(place_));
    }
  }
  if (problem) {
    throw_if_stopped();
    throw is_open() ? Error(*problem) : ended_by_server(*problem, at(place_));
  }
  return results;
}

bool Session::is_open() const { return !abandoned_ && PQstatus(handle_->libpq()) == CONNECTION_OK; }
bool Session::in_transaction() const { return PQtransactionStatus(handle_->libpq()) != PQTRANS_IDLE; }

void Session::cancel() { Canceller::Cancel{canceller_->request.get()}(); }

PGconn* Session::libpq() {
  catch_up();
  throw_if_stopped();
  return handle_->libpq();
}

std::string describe(const std::string& url) {
  const Options options = parse(url);
  const auto value = [&](const char* key, const char* otherwise) {
    const auto found = options.find(key);
    return found == options.end() ? std::string(otherwise) : found->second;
  };
  return "host " + value("host", "local") + ", port " + value("port", "5432") + ", database " +
         value("dbname", "default") + ", user " + value("user", "default");
}

}  // namespace engine::postgres
