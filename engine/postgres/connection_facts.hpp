#pragma once

#include <string>

#include "engine/postgres/session.hpp"

namespace engine::postgres {

// What the client's end of a connection knows about it. Behind a pooler that is the way to the pooler.
struct ConnectionFacts {
  bool encrypted = false;
  bool verified = false;      // the server's certificate was checked
  bool local = false;         // a Unix socket or a loopback address
  int announced_process = 0;  // of the backend, as it was said when the connection was made; a pooler makes one up
  std::string host;
  std::string address;  // keywords for libpq that lead there again: host, port, dbname, user; no password
};

// Nothing is sent.
ConnectionFacts connection_facts(Session& session);

// The address in such a form of a URL that nobody has connected to.
std::string address_of(const std::string& url);

// 127.0.0.0/8, ::1, or the folder of a Unix socket.
bool is_loopback(const std::string& host_address);

}  // namespace engine::postgres
