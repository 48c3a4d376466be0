#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/postgres/session.hpp"

namespace engine::pipeline {

// For a connection to become free. Two runs through small pools can wait for each other: a lane that has waited too
// long gives up what it has, and its table waits for the next attempt.
inline constexpr std::chrono::seconds patience_with_pooler{20};

class Lanes;

// How one of the databases is reached.
struct LaneEnd {
  std::string url;
  Place place;
  std::shared_ptr<postgres::Pace> pace;  // nullptr: no limit
};

// A lane owns two sessions, or shares that to a standby with the run; nothing else is shared between lanes but the
// observer.
class Lane {
 public:
  // `reader`: a session to the source that is used in place of an own one, and outlives the lane; nullptr for an own
  // one.
  Lane(LaneEnd source, LaneEnd target, std::stop_token stop, postgres::Session* reader = nullptr)
      : reader_(reader), source_end_(std::move(source)), target_end_(std::move(target)), stop_(std::move(stop)) {
    if (reader_) reader_->keep_pace(source_end_.pace);
  }

  // Connected when first needed, and again after a loss. Throws Error(unavailable).
  postgres::Session& source() {
    if (!reader_) return open(source_, source_end_);
    if (!reader_->is_open()) throw_reader_lost();
    return *reader_;
  }
  postgres::Session& target() { return open(target_, target_end_); }

  // Sessions that are connected already, so that there need not be more of them; nullptr for none.
  void take_over(std::unique_ptr<postgres::Session> source, std::unique_ptr<postgres::Session> target);
  // The session to the target, for other work: idle, and free of the stop. nullptr if there is none that is of use.
  std::unique_ptr<postgres::Session> hand_over_target();

  // Of both sessions together, since they were connected.
  std::int64_t round_trips() const {
    return (reader_   ? reader_->round_trips()
            : source_ ? source_->round_trips()
                      : 0) +
           (target_ ? target_->round_trips() : 0) + of_others_;
  }

  // The lanes that this one is one of; nullptr if it stands alone.
  Lanes* lanes() const { return lanes_; }
  // Of a lane that helped this one. From any thread.
  void add_round_trips(std::int64_t count) { of_others_ += count; }

 private:
  friend class Lanes;

  postgres::Session& open(std::unique_ptr<postgres::Session>& session, const LaneEnd& end);
  void use(std::unique_ptr<postgres::Session>& own, std::unique_ptr<postgres::Session> session, const LaneEnd& end);
  [[noreturn]] static void throw_reader_lost();

  postgres::Session* reader_;
  const LaneEnd source_end_, target_end_;
  std::stop_token stop_;
  std::unique_ptr<postgres::Session> source_, target_;
  std::atomic<std::int64_t> of_others_ = 0;
  Lanes* lanes_ = nullptr;
  bool reads_ = false;  // has, or may have, a session to the source
};

// Carries out groups on at most `jobs` lanes and returns when all are done. `work` must not throw. A group for whose
// table one writer is not enough gets those lanes to help that nobody needs: never are more than `jobs` lanes in use,
// or `writers` where that is more. There are never more sessions to the source than `jobs`, nor more to the target than
// may be in use.
class Lanes {
 public:
  Lanes(int jobs, int writers, std::function<std::unique_ptr<Lane>()> make_lane)
      : jobs_(jobs), writers_(std::max(jobs, writers)), make_lane_(std::move(make_lane)) {}

  using Work = std::function<void(Lane&, const plan::Group&)>;
  // `after`: of each group, those in front of it that have to be done before it begins; empty if none waits for
  // another.
  void run(const std::vector<plan::Group>& groups, const std::vector<std::set<std::size_t>>& after, const Work& work);

  // While nothing runs: a session to the target that a lane has, as Lane::hand_over_target() gives it.
  std::unique_ptr<postgres::Session> hand_over_target();

  // Carries out `work`, which must not throw, on lanes that have nothing to do, each in a thread of its own. Of these
  // lanes the target only may be used.
  class Help {
   public:
    Help(Lanes* lanes, std::function<void(Lane&)> work) : lanes_(lanes), work_(std::move(work)) {}
    ~Help() { end(); }
    Help(const Help&) = delete;
    Help& operator=(const Help&) = delete;

    // Takes on what lanes there are. To be called now and then, by the one whose help it is.
    void look_for_more();
    // Waits until all of them have come to their end.
    void end();

   private:
    Lanes* lanes_;
    std::function<void(Lane&)> work_;
    std::vector<std::jthread> threads_;
  };

 private:
  class Queue;

  std::unique_ptr<Lane> idle_lane(bool that_reads);
  std::unique_ptr<Lane> any_lane(bool that_reads);  // nullptr: there may be no more of them
  std::unique_ptr<Lane> take();                     // waits for one
  std::unique_ptr<Lane> borrow();                   // nullptr: there is none
  void give_back(std::unique_ptr<Lane> lane);

  const int jobs_, writers_;
  std::function<std::unique_ptr<Lane>()> make_lane_;
  std::mutex mutex_;
  std::condition_variable changed_;
  int made_ = 0;             // lanes
  int readers_ = 0;          // of them
  std::size_t waiting_ = 0;  // groups that could begin
  std::vector<std::unique_ptr<Lane>> idle_;
};

}  // namespace engine::pipeline
