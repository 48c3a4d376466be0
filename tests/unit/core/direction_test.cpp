#include "engine/core/direction.hpp"

#include <gtest/gtest.h>

#include "engine/core/error.hpp"

namespace engine {
namespace {

TEST(Direction, ForwardReadsTheDesktopAndWritesTheCloud) {
  EXPECT_EQ(source_of(Direction::forward), Place::desktop);
  EXPECT_EQ(target_of(Direction::forward), Place::cloud);
  EXPECT_EQ(source_of(Direction::reverse), Place::cloud);
  EXPECT_EQ(target_of(Direction::reverse), Place::desktop);
}

TEST(Direction, OnlyTheReverseJobGoesBack) {
  EXPECT_EQ(direction_of(Mode::full), Direction::forward);
  EXPECT_EQ(direction_of(Mode::incremental), Direction::forward);
  EXPECT_EQ(direction_of(Mode::reverse), Direction::reverse);
}

TEST(Direction, NamesAreThoseOfTheContract) {
  EXPECT_EQ(name_of(Direction::forward), "forward");
  EXPECT_EQ(name_of(Direction::reverse), "reverse");
  EXPECT_EQ(name_of(Place::desktop), "desktop");
  EXPECT_EQ(name_of(Place::cloud), "cloud");
  EXPECT_EQ(name_of(Mode::full), "full");
  EXPECT_EQ(name_of(Mode::incremental), "incremental");
  EXPECT_EQ(name_of(Mode::reverse), "reverse");
}

TEST(Error, ItsCodeIsTheExitStatus) {
  EXPECT_EQ(exit_status(ErrorCode::configuration), 3);
  EXPECT_EQ(exit_status(ErrorCode::fuse), 11);
  EXPECT_EQ(exit_status(ErrorCode::interrupted), 130);
  EXPECT_EQ(exit_status(ErrorCode::terminated), 143);
}

}  // namespace
}  // namespace engine
