#include "engine/cli/confirm.hpp"

#include <unistd.h>

#include <iostream>

#include "engine/core/error.hpp"

namespace engine::cli {

void confirm(const Options& options, const std::string& what, const std::string& map) {
  if (options.yes) return;
  const bool somebody_is_there = isatty(STDIN_FILENO) != 0 && isatty(STDERR_FILENO) != 0;
  if (!somebody_is_there)
    throw Error(ErrorCode::not_confirmed, "this was not confirmed, so nothing was done: " + what,
                "add --yes to do it without a question");
  std::cerr << what << "? To do it, type the name of the map (" << map << "): " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  while (!answer.empty() && (answer.back() == ' ' || answer.back() == '\r')) answer.pop_back();
  if (answer == map) return;
  throw Error(ErrorCode::not_confirmed, "that is not the name of the map, so nothing was done",
              "run it again and type " + map);
}

}  // namespace engine::cli
