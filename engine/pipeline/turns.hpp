#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace engine::pipeline {

// Several writers carry out numbered pieces of one work (0, 1, 2, ...) at the same time, and finish them in their
// order: whoever has the turn has it alone, and all pieces before are finished.
class Turns {
 public:
  // Waits for the turn. False if nobody will get a turn any more.
  bool await(std::uint64_t number);
  // The same, but for so long only: false also if it was not our turn until then, or if whoever has the turn asks the
  // others to give way.
  bool await(std::uint64_t number, std::chrono::milliseconds patience);
  // The turn goes to the next one.
  void pass();
  // Whoever waits with patience may hold what we need.
  void ask_to_give_way();
  // The work is over: nobody gets a turn any more.
  void end();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t turn_ = 0;
  std::uint64_t asked_ = 0;  // to give way: how often
  bool ended_ = false;
};

}  // namespace engine::pipeline
