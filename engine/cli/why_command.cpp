#include "engine/cli/commands.hpp"
#include "engine/core/error.hpp"

namespace engine::cli {

int run_why(const Options&) { throw Error(ErrorCode::internal, "not yet"); }

}  // namespace engine::cli
