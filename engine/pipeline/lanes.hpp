#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/postgres/session.hpp"

namespace engine::pipeline {

// For a connection to become free. Two runs through small pools can wait for each other: a lane that has waited too
// long gives up what it has, and its table waits for the next attempt.
inline constexpr std::chrono::seconds patience_with_pooler{20};

// A lane owns two sessions, or shares that to a standby with the run; nothing else is shared between lanes but the
// observer.
class Lane {
 public:
  // `reader`: a session to the source that is used in place of an own one, and outlives the lane; nullptr for an own
  // one.
  Lane(std::string source_url, Place source, std::string target_url, Place target, std::stop_token stop,
       postgres::Session* reader = nullptr)
      : reader_(reader),
        source_url_(std::move(source_url)),
        target_url_(std::move(target_url)),
        source_place_(source),
        target_place_(target),
        stop_(std::move(stop)) {}

  // Connected when first needed, and again after a loss. Throws Error(unavailable).
  postgres::Session& source() {
    if (!reader_) return open(source_, source_url_, source_place_);
    if (!reader_->is_open()) throw_reader_lost();
    return *reader_;
  }
  postgres::Session& target() { return open(target_, target_url_, target_place_); }

  // Of both sessions together, since they were connected.
  std::int64_t round_trips() const {
    return (reader_   ? reader_->round_trips()
            : source_ ? source_->round_trips()
                      : 0) +
           (target_ ? target_->round_trips() : 0);
  }

 private:
  postgres::Session& open(std::unique_ptr<postgres::Session>& session, const std::string& url, Place place) {
    if (!session || !session->is_open()) {
      session.reset();
      session = std::make_unique<postgres::Session>(url, place, stop_);
      session->give_up_waiting_after(patience_with_pooler);
    }
    return *session;
  }

  [[noreturn]] static void throw_reader_lost();

  postgres::Session* reader_;
  std::string source_url_, target_url_;
  Place source_place_, target_place_;
  std::stop_token stop_;
  std::unique_ptr<postgres::Session> source_, target_;
};

// Carries out the groups of a wave on at most `jobs` lanes and returns when all are done. `work` must not throw.
class Lanes {
 public:
  Lanes(int jobs, std::function<std::unique_ptr<Lane>()> make_lane) : jobs_(jobs), make_lane_(std::move(make_lane)) {}

  void run_wave(const std::vector<plan::Group>& groups, const std::function<void(Lane&, const plan::Group&)>& work);

 private:
  std::unique_ptr<Lane> take();
  void give_back(std::unique_ptr<Lane> lane);

  int jobs_;
  std::function<std::unique_ptr<Lane>()> make_lane_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Lane>> idle_;
};

}  // namespace engine::pipeline
