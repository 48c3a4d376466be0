#include "tests/support/pooler.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "engine/core/error.hpp"

namespace support {
namespace {

constexpr int attempts_to_find_a_port = 20;

// pgbouncer does not run as root.
std::vector<std::string> command(const std::string& ini) {
  if (::geteuid() != 0) return {"/usr/sbin/pgbouncer", ini};
  return {"/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "/usr/sbin/pgbouncer", ini};
}

// Below the range that the kernel gives to outgoing connections.
int some_port(int attempt) {
  return 20000 + static_cast<int>(
                     (static_cast<unsigned>(::getpid()) * 7919u + static_cast<unsigned>(attempt) * 104729u) % 9000u);
}

// Left out is what is special to the question itself, and what is there as soon as somebody has run a DO block.
constexpr const char* what_is_left =
    "SELECT pg_backend_pid() || ' ' || current_user || ' ' || session_user || "
    "(SELECT string_agg(E'\\n  ' || name || ' = ' || setting, '' ORDER BY name) FROM pg_settings WHERE name NOT IN "
    "('transaction_isolation', 'transaction_read_only', 'transaction_deferrable', 'application_name') AND name NOT "
    "LIKE "
    "'plpgsql.%') || "
    "coalesce((SELECT string_agg(E'\\n  prepared: ' || statement, '') FROM pg_prepared_statements), '') || "
    "coalesce((SELECT string_agg(E'\\n  cursor: ' || name, '') FROM pg_cursors WHERE is_holdable), '') || "
    "coalesce((SELECT string_agg(E'\\n  table: ' || relname, '') FROM pg_class WHERE relnamespace = "
    "pg_my_temp_schema()), '') || "
    "coalesce((SELECT string_agg(E'\\n  lock: ' || locktype || ' ' || objid, '') FROM pg_locks WHERE pid = "
    "pg_backend_pid() AND locktype = 'advisory'), '') || "
    "coalesce((SELECT string_agg(E'\\n  listens: ' || c, '') FROM pg_listening_channels() c), '') AS found";

}  // namespace

Pooler::Pooler(const Pair& pair, const PoolerOptions& options)
    : size_(options.size), password_(options.password), prefix_("pair" + std::to_string(::getpid()) + "_") {
  static int number = 0;
  folder_ = scratch_folder() / ("pooler" + std::to_string(++number));
  std::filesystem::create_directories(folder_);
  std::filesystem::permissions(scratch_folder(), std::filesystem::perms(0755));
  static int attempt = 0;
  for (const int last = attempt + attempts_to_find_a_port; attempt < last; ++attempt) {
    port_ = some_port(attempt);
    write_configuration(pair, options);
    program_ = std::make_unique<Program>(command((folder_ / "pgbouncer.ini").string()), Environment{});
    if (is_ready()) {
      ++attempt;
      return;
    }
  }
  throw std::runtime_error("pgbouncer does not start: " + problem_);
}

void Pooler::write_configuration(const Pair& pair, const PoolerOptions& options) const {
  const auto ini = folder_ / "pgbouncer.ini", users = folder_ / "users.txt";
  std::ofstream(users) << "\"postgres\" \"" << password_ << "\"\n";
  std::ofstream file(ini);
  file << "[databases]\n";
  for (const Place place : {desktop, cloud}) {
    const std::string url = pair.url(place);  // postgresql://postgres@127.0.0.1:PORT/DATABASE
    const auto colon = url.rfind(':'), slash = url.rfind('/');
    file << prefix_ << engine::name_of(place) << " = host=127.0.0.1 port=" << url.substr(colon + 1, slash - colon - 1)
         << " user=postgres dbname=" << pair.database(place) << "\n";
  }
  file << "[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = " << port_
       << "\nunix_socket_dir =\nauth_type = " << (password_.empty() ? "any" : "scram-sha-256")
       << "\nauth_file = " << users.string() << "\npool_mode = " << options.mode
       << "\ndefault_pool_size = " << options.size << "\nmin_pool_size = 0\n";
  for (const auto& setting : options.settings) file << setting << "\n";
  file.close();
  for (const auto& one : {ini, users}) std::filesystem::permissions(one, std::filesystem::perms(0644));
}

bool Pooler::is_ready() {
  const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (program_->is_running() && std::chrono::steady_clock::now() < late) {
    try {
      const Session probe(url(cloud), cloud);
      return program_->is_running();
    } catch (const engine::Error& error) {
      problem_ = error.what();
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  return false;
}

std::string Pooler::url(Place place) const {
  return "postgresql://postgres" + (password_.empty() ? "" : ":" + password_) + "@127.0.0.1:" + std::to_string(port_) +
         "/" + prefix_ + std::string(engine::name_of(place));
}

std::vector<std::string> Pooler::connections(Place place) const {
  std::vector<std::unique_ptr<Session>> holders;
  std::vector<std::string> found;
  for (int i = 0; i < size_; ++i) {  // each keeps the connection that it was given
    holders.push_back(std::make_unique<Session>(url(place) + "?application_name=test", place));
    holders.back()->run("BEGIN");
    found.push_back(holders.back()->run(what_is_left).text(0, "found"));
  }
  for (const auto& holder : holders) holder->run("COMMIT");
  std::ranges::sort(found);
  return found;
}

}  // namespace support
