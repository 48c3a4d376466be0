#include "engine/pipeline/lanes.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <iterator>

#include "engine/core/error.hpp"

namespace engine::pipeline {

using postgres::Session;

// A new session would have another snapshot.
void Lane::throw_reader_lost() {
  throw Error(ErrorCode::unavailable, "the standby ended the session that keeps the snapshot of this run",
              "run again; if it happens often, the standby ends readings that hold up its replay: set "
              "hot_standby_feedback = on there, or raise max_standby_streaming_delay")
      .sqlstate("08006")
      .retryable(true);
}

Session& Lane::open(std::unique_ptr<Session>& session, const LaneEnd& end) {
  if (session && session->is_open()) return *session;
  if (session) of_others_ += session->round_trips();
  session.reset();  // before there is another one
  use(session, std::make_unique<Session>(end.url, end.place, stop_), end);
  return *session;
}

void Lane::use(std::unique_ptr<Session>& own, std::unique_ptr<Session> session, const LaneEnd& end) {
  session->give_up_waiting_after(patience_with_pooler);
  session->keep_pace(end.pace);
  own = std::move(session);
}

void Lane::take_over(std::unique_ptr<Session> source, std::unique_ptr<Session> target) {
  for (auto* const session : {&source, &target})
    if (*session) (*session)->heed(stop_);
  if (source) use(source_, std::move(source), source_end_);
  if (target) use(target_, std::move(target), target_end_);
}

std::unique_ptr<Session> Lane::hand_over_target() {
  auto session = std::move(target_);
  if (!session) return nullptr;
  of_others_ += session->round_trips();
  if (!session->is_open()) return nullptr;
  try {
    session->heed({});
    session->give_up_waiting_after(std::nullopt);
    session->keep_pace(nullptr);
    if (session->in_transaction()) session->run_script("ROLLBACK");
  } catch (const Error&) {
    return nullptr;
  }
  return session;
}

// One that has a session to the source already, or one that has none: no more lanes get one than ever read at a time.
std::unique_ptr<Lane> Lanes::idle_lane(bool that_reads) {
  if (idle_.empty()) return nullptr;
  auto found = std::ranges::find(idle_, that_reads, [](const auto& lane) { return lane->source_ != nullptr; });
  if (found == idle_.end()) found = std::prev(idle_.end());
  auto lane = std::move(*found);
  idle_.erase(found);
  return lane;
}

std::unique_ptr<Lane> Lanes::take() {
  const std::lock_guard lock(mutex_);
  ++in_use_;
  --waiting_;
  auto lane = idle_lane(true);
  if (!lane) lane = make_lane_();
  lane->lanes_ = this;
  return lane;
}

std::unique_ptr<Lane> Lanes::borrow() {
  const std::lock_guard lock(mutex_);
  if (waiting_ > 0 || in_use_ >= writers_) return nullptr;
  ++in_use_;
  auto lane = idle_lane(false);
  return lane ? std::move(lane) : make_lane_();
}

void Lanes::give_back(std::unique_ptr<Lane> lane) {
  const std::lock_guard lock(mutex_);
  --in_use_;
  lane->lanes_ = this;
  idle_.push_back(std::move(lane));
}

std::unique_ptr<Session> Lanes::hand_over_target() {
  const std::lock_guard lock(mutex_);
  for (const auto& lane : idle_)
    if (auto session = lane->hand_over_target()) return session;
  return nullptr;
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
