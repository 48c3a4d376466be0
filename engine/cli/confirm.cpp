#include "engine/cli/confirm.hpp"

#include <unistd.h>

#include <iostream>

#include "engine/core/error.hpp"

namespace engine::cli {

void confirm(const Options& options, const std::string& what) {
  if (options.yes) return;
  const bool somebody_is_there = isatty(STDIN_FILENO) != 0 && isatty(STDERR_FILENO) != 0;
  if (somebody_is_there) {
    std::cerr << what << "? Type yes to do it: " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    if (answer == "yes" || answer == "y") return;
    throw Error(ErrorCode::not_confirmed, "not confirmed, so nothing was done");
  }
  throw Error(ErrorCode::not_confirmed, "this was not confirmed, so nothing was done: " + what,
              "add --yes to do it without a question");
}

}  // namespace engine::cli
