#include "engine/pipeline/turns.hpp"

namespace engine::pipeline {

bool Turns::await(std::uint64_t number) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ended_ || turn_ == number; });
  return !ended_;
}

bool Turns::await(std::uint64_t number, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  const auto asked = asked_;
  changed_.wait_for(lock, patience, [&] { return ended_ || turn_ == number || asked_ != asked; });
  return !ended_ && turn_ == number;
}

void Turns::pass() {
  const std::lock_guard lock(mutex_);
  ++turn_;
  changed_.notify_all();
}

void Turns::ask_to_give_way() {
  const std::lock_guard lock(mutex_);
  ++asked_;
  changed_.notify_all();
}

void Turns::end() {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

}  // namespace engine::pipeline
