#pragma once

#include <string>
#include <vector>

#include "engine/capture/source.hpp"
#include "engine/config/settings.hpp"
#include "engine/pipeline/run_context.hpp"
#include "engine/postgres/session.hpp"

namespace engine::pipeline {

// Where one direction stands: the plan of a run, and what the states of both sides know, as a run would find them
// before its first write. Reads only. One thread at a time.
class Survey {
 public:
  // Throws as run() would before its first write. `settings` and `observer` outlive the survey.
  Survey(const config::Settings& settings, const plan::Request& request, Observer& observer, std::stop_token stop = {});

  postgres::Session& source() { return source_; }
  postgres::Session& target() { return target_; }
  // `snapshot.next_xid` is the source's first id not yet assigned; there is no run, and no snapshot is kept.
  RunContext& run() { return run_; }
  // The target's state is there, of this version, and may be read.
  bool has_state() const { return has_state_; }
  bool state_is_old() const { return state_is_old_; }
  // What an operator should know before anything else.
  const std::vector<std::string>& notes() const { return notes_; }
  // Of conflicts, and of rows in quarantine that are tried again because what they refer to may have come.
  const std::map<std::string, std::vector<std::string>>& waiting_orphans() const { return waiting_orphans_; }

  bool is_carried_out(std::size_t task) const;

 private:
  void read_state();
  void assume_first_runs();
  void recognise();

  postgres::Session source_, target_;
  RunContext run_;
  std::optional<capture::KnownSource> known_;
  bool has_state_ = false;
  bool state_is_old_ = false;
  std::vector<std::string> notes_;
  std::map<std::string, std::vector<std::string>> waiting_orphans_;
};

}  // namespace engine::pipeline
