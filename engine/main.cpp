#include "engine/cli/commands.hpp"

int main(int argc, char** argv) { return engine::cli::run_program(argc, argv); }
