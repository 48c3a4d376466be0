#include "engine/pipeline/lanes.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "engine/core/error.hpp"

namespace engine::pipeline {

// A new session would have another snapshot.
void Lane::throw_reader_lost() {
  throw Error(ErrorCode::unavailable, "the standby ended the session that keeps the snapshot of this run",
              "run again; if it happens often, the standby ends readings that hold up its replay: set "
              "hot_standby_feedback = on there, or raise max_standby_streaming_delay")
      .sqlstate("08006")
      .retryable(true);
}

std::unique_ptr<Lane> Lanes::take() {
  const std::lock_guard lock(mutex_);
  ++in_use_;
  --waiting_;
  if (!idle_.empty()) {
    auto lane = std::move(idle_.back());
    idle_.pop_back();
    return lane;
  }
  auto lane = make_lane_();
  lane->lanes_ = this;
  return lane;
}

std::unique_ptr<Lane> Lanes::borrow() {
  const std::lock_guard lock(mutex_);
  if (waiting_ > 0 || in_use_ >= writers_) return nullptr;
  ++in_use_;
  if (idle_.empty()) return make_lane_();
  auto lane = std::move(idle_.back());
  idle_.pop_back();
  return lane;
}

void Lanes::give_back(std::unique_ptr<Lane> lane) {
  const std::lock_guard lock(mutex_);
  --in_use_;
  lane->lanes_ = this;
  idle_.push_back(std::move(lane));
}

void Lanes::run_wave(const std::vector<plan::Group>& groups,
                     const std::function<void(Lane&, const plan::Group&)>& work) {
  waiting_ = groups.size();
  boost::asio::thread_pool pool(std::min(static_cast<std::size_t>(std::max(jobs_, 1)), groups.size()));
  for (const auto& group : groups)
    boost::asio::post(pool, [this, &work, &group] {
      auto lane = take();
      work(*lane, group);
      give_back(std::move(lane));
    });
  pool.join();
}

void Lanes::Help::look_for_more() {
  if (!lanes_) return;
  while (auto lane = lanes_->borrow())
    threads_.emplace_back([this, lane = std::move(lane)]() mutable {
      work_(*lane);
      lanes_->give_back(std::move(lane));
    });
}

void Lanes::Help::end() { threads_.clear(); }

}  // namespace engine::pipeline
