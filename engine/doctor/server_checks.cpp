#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/core/names.hpp"
#include "engine/doctor/checks.hpp"
#include "engine/doctor/wording.hpp"

namespace engine::doctor {
namespace {

constexpr int oldest_version = 120000, newest_version = 190000;  // from the one, below the other
constexpr std::int64_t short_statement_ms = 60'000, short_idle_ms = 600'000, short_transaction_ms = 3'600'000;
constexpr double clocks_apart_seconds = 60, clocks_that_decide_apart_seconds = 1;

Finding about_server(const ServerFacts& server, Severity severity, const std::string& check) {
  Finding finding;
  finding.severity = severity;
  finding.check = check;
  finding.place = server.place;
  return finding;
}

std::string set_for_role(const ServerFacts& server, const std::string& setting, const std::string& value) {
  return "ALTER ROLE " + server.role + " IN DATABASE " + server.database + " SET " + setting + " = " + value + ";";
}

void check_encryption(const ServerFacts& server, Findings& findings) {
  if (server.connection.local) return;
  const std::string variable = server.place == Place::desktop ? "PGTIDE_DESKTOP_URL" : "PGTIDE_CLOUD_URL";
  const auto url = [&](const std::string& mode) {
    return "export " + variable + "=\"" + server.connection.address + " sslmode=" + mode + "\"";
  };
  if (!server.connection.encrypted) {
    Finding finding = about_server(server, Severity::attention, "encryption");
    finding.problem = "the connection to " + server.connection.host +
                      " is not encrypted: whoever sits on the way can read rows and passwords";
    finding.hint =
        "write sslmode=require (or verify-full) into the URL; the server must have ssl = on. The password "
        "belongs into ~/.pgpass";
    finding.fix = url("require");
    finding.fix_kind = FixKind::command;
    findings.push_back(finding);
  } else if (!server.connection.verified) {
    Finding finding = about_server(server, Severity::note, "encryption");
    finding.problem = "the connection to " + server.connection.host +
                      " is encrypted, but nobody checks that it leads to the right server";
    finding.hint = "sslmode=verify-full in the URL checks it; it needs the provider's certificate (sslrootcert=FILE)";
    finding.fix = url("verify-full");
    finding.fix_kind = FixKind::command;
    findings.push_back(finding);
  }
}

void check_version(const ServerFacts& server, Findings& findings) {
  if (server.version >= oldest_version && server.version < newest_version) return;
  const bool old = server.version < oldest_version;
  Finding finding = about_server(server, old ? Severity::blocks : Severity::note, "version");
  finding.problem = "the server is PostgreSQL " + server.version_text +
                    (old ? ", which is too old: pgtide needs 12 or newer"
                         : ", which is newer than those that pgtide was tried with (12 to 18)");
  finding.hint = old ? "upgrade the server; 12 to 18 work" : "ask for a newer pgtide if something does not work";
  findings.push_back(finding);
}

void check_writable(const ServerFacts& server, bool written, Findings& findings) {
  if (!written) return;
  if (server.standby) {
    Finding finding = about_server(server, Severity::blocks, "standby");
    finding.problem = "the server is a standby, where nothing can be written, and the map copies rows into it";
    finding.hint = "use the address of the primary server";
    findings.push_back(finding);
  }
  if (server.read_only) {
    Finding finding = about_server(server, Severity::blocks, "read_only");
    finding.problem =
        "default_transaction_read_only is on for role " + server.role + ", and the map copies rows into this database";
    finding.hint = "switch it off for the role that pgtide uses";
    finding.fix = set_for_role(server, "default_transaction_read_only", "off");
    finding.fix_kind = FixKind::sql;
    findings.push_back(finding);
  }
}

// What makes a run do with fewer connections.
std::string let_it_take_less(const ServerFacts& server) {
  return fmt::format("limits: {{{}_connections: ...}} in the map lets a run do with fewer, {} at least",
                     name_of(server.place), config::Limits::fewest_connections);
}

void check_pooler(const ServerFacts& server, int connections, Findings& findings) {
  if (server.pooling == Pooling::statement) {
    Finding finding = about_server(server, Severity::blocks, "pooler");
    finding.problem =
        "the address leads to a pooler in statement mode, which allows no transactions; pgtide cannot "
        "work through it";
    finding.hint =
        "use the direct address of the server, or another mode of the pooler (in pgbouncer.ini: pool_mode = "
        "transaction)";
    findings.push_back(finding);
    return;
  }
  if (server.pooling == Pooling::direct) return;
  if (server.pool_connections && *server.pool_connections < connections) {
    const bool too_few = *server.pool_connections < config::Limits::fewest_connections;
    Finding finding = about_server(server, too_few ? Severity::blocks : Severity::attention, "pooler");
    finding.problem =
        fmt::format("the pooler gives this role no more than {} at once; a run needs up to {} connections",
                    *server.pool_connections, connections);
    finding.hint =
        "raise the size of the pool (in pgbouncer.ini: default_pool_size), or use the direct address of the "
        "server; " +
        let_it_take_less(server);
    findings.push_back(finding);
    return;
  }
  Finding finding = about_server(server, Severity::note, "pooler");
  finding.problem = std::string("the address leads to a pooler in ") +
                    (server.pooling == Pooling::transaction ? "transaction" : "session") +
                    " mode; pgtide works through it";
  finding.hint = "nothing to do. The direct address of the server is a little quicker";
  findings.push_back(finding);
}

void check_timeout(const ServerFacts& server, const std::string& setting, std::int64_t short_ms, Severity severity,
                   const std::string& what, Findings& findings) {
  const auto found = server.timeouts.find(setting);
  if (found == server.timeouts.end() || found->second <= 0 || found->second >= short_ms) return;
  Finding finding = about_server(server, severity, "timeout");
  finding.column = "";
  finding.problem = fmt::format("{} is {} s for role {} in this database: {}", setting,
                                static_cast<double>(found->second) / 1000, server.role, what);
  finding.hint = "switch it off for the role that pgtide uses; other roles keep it";
  finding.fix = set_for_role(server, setting, "0");
  finding.fix_kind = FixKind::sql;
  findings.push_back(finding);
}

void check_timeouts(const ServerFacts& server, Findings& findings) {
  check_timeout(server, "statement_timeout", short_statement_ms, Severity::attention,
                "pgtide switches it off in its transactions, but what it asks outside of them may be cut off",
                findings);
  check_timeout(server, "transaction_timeout", short_transaction_ms, Severity::attention,
                "the server ends a transaction after that time, and a long table or first run with it", findings);
  check_timeout(server, "idle_session_timeout", short_idle_ms, Severity::attention,
                "the server ends a connection that waits for another table longer than that", findings);
  check_timeout(server, "lock_timeout", 1000, Severity::note, "pgtide sets 30 s in its own transactions", findings);
  check_timeout(server, "idle_in_transaction_session_timeout", short_statement_ms, Severity::note,
                "pgtide sets its own in its transactions", findings);
}

void too_few(const ServerFacts& server, int connections, int available, const std::string& problem,
             const std::string& fix, const std::string& hint, Findings& findings) {
  if (available >= connections) return;
  const bool none = available < config::Limits::fewest_connections;
  Finding finding = about_server(server, none ? Severity::blocks : Severity::attention, "connections");
  finding.problem =
      fmt::format("{}: {} are free, and a run needs up to {}", problem, std::max(available, 0), connections);
  finding.hint = hint + "; " + let_it_take_less(server);
  finding.fix = fix;
  finding.fix_kind = FixKind::sql;
  findings.push_back(finding);
}

void check_connections(const ServerFacts& server, int connections, Findings& findings) {
  // One is that of this very look, and will be free.
  if (!server.superuser && server.role_limit >= 0)
    too_few(server, connections, server.role_limit - server.in_use_by_role,
            fmt::format("role {} may have {} connections", server.role, server.role_limit),
            "ALTER ROLE " + server.role + " CONNECTION LIMIT -1;",
            "an administrator takes the limit away, or raises it", findings);
  if (!server.superuser && server.database_limit >= 0)
    too_few(server, connections, server.database_limit - server.in_use_in_database,
            fmt::format("database {} allows {} connections", server.database, server.database_limit),
            "ALTER DATABASE " + server.database + " CONNECTION LIMIT -1;",
            "an administrator takes the limit away, or raises it", findings);
  too_few(
      server, connections, server.max_connections - (server.superuser ? 0 : server.reserved) - server.in_use,
      fmt::format("the server allows {} connections, of which {} are in use", server.max_connections, server.in_use),
      fmt::format("ALTER SYSTEM SET max_connections = {};", server.max_connections + 20),
      "close connections that nobody needs, or raise the limit and restart the server", findings);
}

}  // namespace

Findings check_server(const ServerFacts& server, const config::TableMap& map) {
  Findings findings;
  const Direction inwards = server.place == Place::cloud ? Direction::forward : Direction::reverse;
  const bool written = std::ranges::any_of(map.tables, [&](const auto& table) { return table.goes(inwards); });
  check_version(server, findings);
  check_encryption(server, findings);
  check_writable(server, written, findings);
  const int connections = map.limits.at(server.place).connections;
  check_pooler(server, connections, findings);
  check_timeouts(server, findings);
  check_connections(server, connections, findings);
  if (server.temp_file_bytes >= 0 && server.temp_file_bytes < server.database_bytes / 4) {
    Finding finding = about_server(server, Severity::attention, "disk");
    finding.problem =
        fmt::format("temp_file_limit is {} kB, and the database has {} kB: sorting a large table may fail",
                    server.temp_file_bytes / 1024, server.database_bytes / 1024);
    finding.hint = "an administrator takes the limit away for this role";
    finding.fix = set_for_role(server, "temp_file_limit", "-1");
    finding.fix_kind = FixKind::sql;
    findings.push_back(finding);
  }
  return findings;
}

Findings check_clocks(const ServerFacts& desktop, const ServerFacts& cloud, const config::TableMap& map) {
  const bool decide = std::ranges::any_of(
      map.tables, [](const auto& t) { return t.conflicts == config::ConflictPolicy::last_update_wins; });
  const double apart = std::abs(desktop.clock_ahead - cloud.clock_ahead);
  const double sure = apart - desktop.clock_error - cloud.clock_error;
  if (sure < (decide ? clocks_that_decide_apart_seconds : clocks_apart_seconds)) return {};
  const ServerFacts& wrong = std::abs(desktop.clock_ahead) >= std::abs(cloud.clock_ahead) ? desktop : cloud;
  Finding finding = about_server(wrong, decide ? Severity::attention : Severity::note, "clocks");
  finding.problem = fmt::format(
      "the clocks of the two servers are {:.1f} s apart; by this machine's clock the one {} "
      "is wrong",
      apart, in(wrong.place));
  finding.hint = decide ? "conflicts: last_update_wins lets the later stamp win, by these clocks; on that server "
                          "switch on the time service"
                        : "pgtide finds new rows without a clock, but the times that status shows will puzzle you; on "
                          "that server switch on the time service";
  finding.fix = "timedatectl set-ntp true";
  finding.fix_kind = FixKind::command;
  return {finding};
}

}  // namespace engine::doctor
