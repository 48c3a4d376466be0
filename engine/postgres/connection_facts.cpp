#include "engine/postgres/connection_facts.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>
#include <string_view>

namespace engine::postgres {
namespace {

std::string text(const char* value) { return value ? value : ""; }

std::string sslmode_of(PGconn* connection) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfo(connection), &PQconninfoFree);
  for (const PQconninfoOption* option = options.get(); option && option->keyword; ++option)
    if (text(option->keyword) == "sslmode") return text(option->val);
  return "";
}

std::string keyword(const char* name, const std::string& value) {
  std::string quoted;
  for (const char c : value) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  const bool plain = quoted == value && !value.empty() && value.find_first_of(" \t") == value.npos;
  return std::string(name) + "=" + (plain ? value : "'" + quoted + "'");
}

}  // namespace

std::string address_of(const std::string& url) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfoParse(url.c_str(), nullptr),
                                                                             &PQconninfoFree);
  std::string address;
  constexpr std::string_view wanted[] = {"service", "host", "hostaddr", "port",
                                         "dbname",  "user", "sslmode",  "sslrootcert"};
  for (const PQconninfoOption* option = options.get(); option && option->keyword; ++option)
    if (option->val && std::ranges::find(wanted, std::string_view(option->keyword)) != std::end(wanted))
      address += (address.empty() ? "" : " ") + keyword(option->keyword, option->val);
  return address;
}

bool is_loopback(const std::string& host_address) {
  return host_address.starts_with("127.") || host_address == "::1" || host_address.starts_with("::ffff:127.") ||
         host_address.starts_with("/") || host_address.starts_with("@");
}

ConnectionFacts connection_facts(Session& session) {
  PGconn* const connection = session.libpq();
  ConnectionFacts facts;
  facts.encrypted = PQsslInUse(connection) != 0;
  const std::string mode = sslmode_of(connection), address = text(PQhostaddr(connection));
  facts.verified = facts.encrypted && (mode == "verify-ca" || mode == "verify-full");
  facts.host = text(PQhost(connection));
  facts.local = is_loopback(address.empty() ? facts.host : address);
  facts.announced_process = PQbackendPID(connection);
  facts.address = keyword("host", facts.host) + " " + keyword("port", text(PQport(connection))) + " " +
                  keyword("dbname", text(PQdb(connection))) + " " + keyword("user", text(PQuser(connection)));
  return facts;
}

}  // namespace engine::postgres
