#include "tests/support/program.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "tests/support/scratch.hpp"

namespace support {
namespace {

constexpr int patience_ms = 120'000;

std::string content(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::filesystem::path new_folder() {
  static int number = 0;
  const auto folder = scratch_folder() / ("run" + std::to_string(++number));
  std::filesystem::create_directories(folder / "home");
  return folder;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (auto& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

}  // namespace

nlohmann::json Outcome::json() const {
  auto parsed = nlohmann::json::parse(out, nullptr, false);
  if (parsed.is_discarded()) {
    ADD_FAILURE() << "this is no JSON: " << everything();
    return nlohmann::json::object();
  }
  return parsed;
}

nlohmann::json Outcome::table(const std::string& name) const {
  const auto run = json();
  if (run.contains("tables"))
    for (const auto& table : run["tables"])
      if (table["table"] == name) return table;
  ADD_FAILURE() << "the run says nothing of table " << name << ": " << everything();
  return nlohmann::json::object();
}

std::string Outcome::everything() const {
  return "exit status " + std::to_string(status) + "\n--- stdout\n" + out + "--- stderr\n" + err + "---";
}

Program::Program(const std::vector<std::string>& words, const Environment& environment) : folder_(new_folder()) {
  std::vector<std::string> arguments = words, variables;
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  if (!environment.contains("HOME")) variables.push_back("HOME=" + (folder_ / "home").string());
  if (!environment.contains("PGTIDE_RETRY_FOR")) variables.push_back("PGTIDE_RETRY_FOR=0");
  if (!environment.contains("PATH")) variables.push_back("PATH=/usr/bin:/bin:/usr/sbin:/sbin");
  if (!environment.contains("LC_ALL")) variables.push_back("LC_ALL=C.UTF-8");
  const auto argv = pointers(arguments), envp = pointers(variables);
  const std::string home = (folder_ / "home").string(), out = (folder_ / "out").string(),
                    err = (folder_ / "err").string();
  pid_ = ::fork();
  if (pid_ == 0) {
    const int nothing = ::open("/dev/null", O_RDONLY);
    const int out_file = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const int err_file = ::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (::chdir(home.c_str()) != 0) ::_exit(126);
    ::dup2(nothing, 0);
    ::dup2(out_file, 1);
    ::dup2(err_file, 2);
    ::execve(argv[0], argv.data(), envp.data());
    ::_exit(127);
  }
  handle_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
}

Program::~Program() {
  if (!ended_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(handle_);
}

bool Program::is_running() const {
  pollfd wanted{handle_, POLLIN, 0};
  return !ended_ && ::poll(&wanted, 1, 0) == 0;
}

void Program::signal(int number) const { ::kill(pid_, number); }

Outcome Program::wait() {
  pollfd wanted{handle_, POLLIN, 0};
  if (::poll(&wanted, 1, patience_ms) == 0) {
    ADD_FAILURE() << "the program did not end: " << content(folder_ / "err");
    ::kill(pid_, SIGKILL);
  }
  int status = 0;
  ::waitpid(pid_, &status, 0);
  ended_ = true;
  Outcome outcome;
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  outcome.out = content(folder_ / "out");
  outcome.err = content(folder_ / "err");
  return outcome;
}

}  // namespace support
