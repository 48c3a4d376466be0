#include "engine/pipeline/lanes.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

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
  auto found = std::ranges::find(idle_, that_reads, &Lane::reads_);
  if (found == idle_.end()) found = std::prev(idle_.end());
  auto lane = std::move(*found);
  idle_.erase(found);
  return lane;
}

std::unique_ptr<Lane> Lanes::any_lane(bool that_reads) {
  const bool one_reads = std::ranges::any_of(idle_, &Lane::reads_);
  if (that_reads && !one_reads && readers_ == jobs_) return nullptr;
  auto lane = idle_lane(that_reads);
  if (!lane && made_ < writers_) {
    lane = make_lane_();
    ++made_;
  }
  if (lane && that_reads && !std::exchange(lane->reads_, true)) ++readers_;
  return lane;
}

std::unique_ptr<Lane> Lanes::take() {
  std::unique_lock lock(mutex_);
  std::unique_ptr<Lane> lane;
  changed_.wait(lock, [&] { return (lane = any_lane(true)) != nullptr; });
  --waiting_;
  lane->lanes_ = this;
  return lane;
}

std::unique_ptr<Lane> Lanes::borrow() {
  const std::lock_guard lock(mutex_);
  return waiting_ > 0 ? nullptr : any_lane(false);
}

void Lanes::give_back(std::unique_ptr<Lane> lane) {
  const std::lock_guard lock(mutex_);
  lane->lanes_ = this;
  idle_.push_back(std::move(lane));
  changed_.notify_all();
}

std::unique_ptr<Session> Lanes::hand_over_target() {
  const std::lock_guard lock(mutex_);
  for (const auto& lane : idle_)
    if (auto session = lane->hand_over_target()) return session;
  return nullptr;
}

// The groups of one run(), under the mutex of the lanes.
class Lanes::Queue {
 public:
  Queue(Lanes& lanes, const std::vector<std::set<std::size_t>>& after, std::size_t groups)
      : lanes_(lanes), after_(after), left_(groups) {
    after_.resize(groups);
    for (std::size_t i = 0; i < groups; ++i) note_if_ready(i);
  }

  // The next one that may begin; nothing when all have begun.
  std::optional<std::size_t> next() {
    std::unique_lock lock(lanes_.mutex_);
    lanes_.changed_.wait(lock, [&] { return left_ == 0 || !ready_.empty(); });
    if (ready_.empty()) return std::nullopt;
    const std::size_t group = *ready_.begin();
    ready_.erase(ready_.begin());
    if (--left_ == 0) lanes_.changed_.notify_all();
    return group;
  }

  void done(std::size_t group) {
    const std::lock_guard lock(lanes_.mutex_);
    for (std::size_t i = 0; i < after_.size(); ++i)
      if (after_[i].erase(group) > 0) note_if_ready(i);
    lanes_.changed_.notify_all();
  }

 private:
  void note_if_ready(std::size_t group) {
    if (!after_[group].empty()) return;
    ready_.insert(group);
    ++lanes_.waiting_;
  }

  Lanes& lanes_;
  std::vector<std::set<std::size_t>> after_;
  std::set<std::size_t> ready_;
  std::size_t left_;  // have not begun
};

void Lanes::run(const std::vector<plan::Group>& groups, const std::vector<std::set<std::size_t>>& after,
                const Work& work) {
  Queue queue(*this, after, groups.size());
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < std::min(static_cast<std::size_t>(std::max(jobs_, 1)), groups.size()); ++i)
    threads.emplace_back([&] {
      while (const auto group = queue.next()) {
        auto lane = take();
        work(*lane, groups[*group]);
        queue.done(*group);  // before its lane is free to help others
        give_back(std::move(lane));
      }
    });
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
