#include "tests/support/scratch.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>
#include <string>

namespace support {
namespace {

std::filesystem::path new_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "pgtide-test.XXXXXX").string();
  if (!::mkdtemp(name.data())) throw std::runtime_error("cannot make a folder for the test");
  return name;
}

// The shell that waits until the lifeline is cut, and then removes everything below the folder.
class Undertaker {
 public:
  explicit Undertaker(const std::string& folder) {
    std::array<int, 2> ends;
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    const std::string work = "cat >/dev/null; for cluster in '" + folder +
                             "'/*/.pgtide-cluster; do '" PGTIDE_SOURCE_DIR
                             "/scripts/cluster.sh' remove \"${cluster%/*}\"; done; rm -rf -- '" +
                             folder + "'";
    process_ = ::fork();
    if (process_ == 0) {
      ::setsid();
      const int nowhere = ::open("/dev/null", O_WRONLY);
      ::dup2(ends[0], 0);
      ::dup2(nowhere, 1);
      ::dup2(nowhere, 2);
      ::execl("/bin/sh", "sh", "-c", work.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(ends[0]);
    lifeline_ = ends[1];
  }
  ~Undertaker() {
    ::close(lifeline_);
    ::waitpid(process_, nullptr, 0);
  }
  Undertaker(const Undertaker&) = delete;
  Undertaker& operator=(const Undertaker&) = delete;

 private:
  int lifeline_ = -1;  // closed by the kernel if the process ends in another way
  pid_t process_ = -1;
};

}  // namespace

const std::filesystem::path& scratch_folder() {
  static const std::filesystem::path folder = new_folder();
  static const Undertaker undertaker(folder.string());
  return folder;
}

}  // namespace support
