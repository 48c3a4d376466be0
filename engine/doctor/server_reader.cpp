#include "engine/doctor/server_reader.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>

#include "engine/core/error.hpp"
#include "engine/embedded_sql.hpp"
#include "engine/state/migrator.hpp"
#include "engine/state/run.hpp"
#include "engine/state/views.hpp"

namespace engine::doctor {
namespace {

using postgres::Session;
using Clock = std::chrono::system_clock;

double seconds(Clock::time_point time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }

// The quickest of some answers says it best: the server read its clock between the question and the answer.
void compare_clocks(Session& session, ServerFacts& facts) {
  facts.clock_error = std::numeric_limits<double>::max();
  for (int i = 0; i < 3; ++i) {
    const double asked = seconds(Clock::now());
    const auto answer = session.run("SELECT extract(epoch FROM clock_timestamp())::text AS now");
    const double answered = seconds(Clock::now()), error = (answered - asked) / 2;
    if (error >= facts.clock_error) continue;
    facts.clock_error = error;
    facts.clock_ahead = std::stod(answer.text(0, "now")) - (asked + answered) / 2;
  }
}

constexpr std::chrono::seconds patience(3);

std::string backend_of(Session& session) {
  return session.run("SELECT pg_catalog.pg_backend_pid() AS pid").text(0, "pid");
}

// A connection of our own that has begun a transaction, and so holds one of the server's.
struct Holder {
  Holder(const std::string& url, Place place) : session(url, place) {
    session.give_up_waiting_after(patience);
    session.run("BEGIN");
    backend = backend_of(session);
  }
  Session session;
  std::string backend;
};

bool is_refusal_of_transactions(const Error& error) {
  return error.sqlstate() == "08P01" || std::string_view(error.what()).find("statement pooling") != std::string::npos;
}

}  // namespace

ServerFacts read_server(Session& session) {
  ServerFacts facts;
  facts.place = session.place();
  facts.connection = postgres::connection_facts(session);
  const auto server = session.run(std::string(sql::doctor_server));
  const auto whole = [&](const char* name) { return static_cast<int>(server.number(0, name)); };
  facts.version = whole("version");
  facts.version_text = server.text(0, "version_text");
  facts.role = server.text(0, "role");
  facts.database = server.text(0, "database");
  facts.superuser = server.flag(0, "superuser");
  facts.role_limit = whole("role_limit");
  facts.database_limit = whole("database_limit");
  facts.max_connections = whole("max_connections");
  facts.reserved = whole("reserved");
  facts.in_use = whole("in_use");
  facts.in_use_by_role = whole("in_use_by_role");
  facts.in_use_in_database = whole("in_use_in_database");
  facts.timezone = server.text(0, "timezone");
  facts.standby = server.flag(0, "standby");
  facts.read_only = server.flag(0, "read_only");
  facts.may_create = server.flag(0, "may_create");
  facts.database_bytes = server.number(0, "database_bytes");
  const auto settings = session.run(std::string(sql::doctor_settings));
  for (std::size_t i = 0; i < settings.size(); ++i) {
    const std::string& name = settings.text(i, "name");
    const std::int64_t value = settings.number(i, "value");
    if (name == "temp_file_limit")
      facts.temp_file_bytes = value < 0 ? -1 : value * 1024;
    else
      facts.timeouts[name] = value;
  }
  compare_clocks(session, facts);
  return facts;
}

// Whoever keeps a connection to the server for the time of a session never gives it to another session: so if one of
// the holders has that of `first`, which is still connected, it was the transaction that had it.
void try_pooler(const std::string& url, Session& session, int connections, ServerFacts& facts) try {
  // A server says the number of its process when the connection is made; a pooler has to make one up.
  if (backend_of(session) == std::to_string(facts.connection.announced_process)) return;
  facts.pooling = Pooling::session;
  int held = 1;  // by `session`, where it keeps what it has
  facts.pool_connections = held;
  Session first(url, facts.place);
  first.give_up_waiting_after(patience);
  const std::string its_own = backend_of(first);
  facts.pool_connections = ++held;
  std::vector<std::unique_ptr<Holder>> holders;
  const auto enough = [&] {
    const bool kept = facts.pooling == Pooling::session;
    facts.pool_connections = static_cast<int>(holders.size()) + (kept ? held : 0);
    return *facts.pool_connections >= connections;
  };
  while (!enough()) {
    try {
      holders.push_back(std::make_unique<Holder>(url, facts.place));
    } catch (const Error& error) {
      if (error.code() == ErrorCode::interrupted) throw;
      if (holders.empty() && is_refusal_of_transactions(error)) facts.pooling = Pooling::statement;
      break;
    }
    if (holders.back()->backend == its_own) facts.pooling = Pooling::transaction;
  }
  // Others may have been quicker to take it; then `first` gets another one now, or none.
  if (facts.pooling == Pooling::session && backend_of(first) != its_own) facts.pooling = Pooling::transaction;
  for (auto& holder : holders) holder->session.run("ROLLBACK");
} catch (const Error& error) {  // no further connection: what is known so far counts
  if (error.code() == ErrorCode::interrupted) throw;
}

StateFacts read_state(Session& session, const config::TableMap& map) {
  StateFacts facts;
  facts.place = session.place();
  const Direction inwards = facts.place == Place::cloud ? Direction::forward : Direction::reverse;
  facts.written = std::ranges::any_of(map.tables, [&](const auto& table) { return table.goes(inwards); });
  const auto found =
      session.run(std::string(sql::doctor_state), {map.at(facts.place).schema, state::view_name(inwards)});
  facts.owner = found.cell(0, "other_owner").value_or("");
  facts.view_is_there = found.flag(0, "view_is_there");
  facts.may_create_view = found.flag(0, "may_create_view");
  try {
    facts.access = state::access(session);
    facts.version = facts.access == state::Access::hidden ? 0 : state::installed_version(session);
    if (facts.version == state::known_version()) {
      facts.rebuilds = state::read_rebuilds(session, {map.name, inwards});
      facts.running = !facts.rebuilds.empty() && state::is_running(session, {map.name, inwards});
    }
    if (facts.version > 0) facts.old_metadata = state::is_old_metadata(session, inwards, map.at(facts.place).schema);
  } catch (const Error& error) {
    if (error.code() == ErrorCode::unavailable || error.code() == ErrorCode::interrupted) throw;
    facts.problem = error.what();
    facts.hint = error.hint();
    facts.newer = error.code() == ErrorCode::state_version;
  }
  return facts;
}

}  // namespace engine::doctor
