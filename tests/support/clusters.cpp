#include "tests/support/clusters.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <regex>
#include <stdexcept>
#include <thread>

namespace support {
namespace {

const std::string script = PGTIDE_SOURCE_DIR "/scripts/cluster.sh";

std::string output_of(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (!pipe) throw std::runtime_error("cannot run " + command);
  std::string text;
  std::array<char, 4096> buffer;
  while (const auto size = std::fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), size);
  if (::pclose(pipe) != 0) throw std::runtime_error("failed: " + command);
  return text;
}

std::filesystem::path new_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "pgtide-test.XXXXXX").string();
  if (!::mkdtemp(name.data())) throw std::runtime_error("cannot make a folder for the test");
  return name;
}

// A shell that waits until the lifeline is cut, and then removes everything below the folder.
int hire_undertaker(const std::string& folder, int& lifeline) {
  std::array<int, 2> ends;
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const std::string work = "cat >/dev/null; '" + script + "' remove '" + folder + "/desktop'; '" + script +
                           "' remove '" + folder + "/cloud'; rm -rf -- '" + folder + "'";
  const int child = ::fork();
  if (child == 0) {
    ::setsid();
    const int nowhere = ::open("/dev/null", O_WRONLY);
    ::dup2(ends[0], 0);
    ::dup2(nowhere, 1);
    ::dup2(nowhere, 2);
    ::execl("/bin/sh", "sh", "-c", work.c_str(), nullptr);
    ::_exit(127);
  }
  ::close(ends[0]);
  lifeline = ends[1];
  return child;
}

}  // namespace

Clusters& Clusters::running() {
  static Clusters clusters;
  return clusters;
}

Clusters::Clusters() : folder_(new_folder()) {
  undertaker_ = hire_undertaker(folder_.string(), lifeline_);
  std::thread other([this] { cloud_port_ = start("cloud"); });
  desktop_port_ = start("desktop");
  other.join();
  if (desktop_port_ == 0 || cloud_port_ == 0) throw std::runtime_error("the servers did not start, see above");
}

Clusters::~Clusters() {
  ::close(lifeline_);
  ::waitpid(undertaker_, nullptr, 0);
}

int Clusters::start(const std::string& name) const {
  try {
    const std::string url = output_of("'" + script + "' start '" + (folder_ / name).string() +
                                      "' -c max_prepared_transactions=10 -c autovacuum=off -c shared_buffers=64MB "
                                      "-c password_encryption=scram-sha-256");
    std::smatch port;
    if (std::regex_search(url, port, std::regex(":([0-9]+)/"))) return std::stoi(port[1]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  return 0;
}

std::string Clusters::url(Place place, const std::string& database, const std::string& user) const {
  return "postgresql://" + user + "@127.0.0.1:" + std::to_string(port(place)) + "/" + database;
}

}  // namespace support
