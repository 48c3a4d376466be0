#pragma once

#include <string>
#include <vector>

#include "engine/state/history.hpp"

// What runs did, for people and as JSON with the names of the contract. Pure.
namespace engine::report {

// What people did between the runs of one map and direction.
struct ByHand {
  state::Scope scope;
  std::vector<state::PastEvent> events;
  std::vector<state::DiscardedRow> discarded;
};

struct History {
  std::vector<state::RunRecord> runs;            // of both directions, the newest first
  std::vector<ByHand> by_hand;                   // of each direction, where it was asked for
  std::vector<state::LastFailure> last_failure;  // of each direction that ever failed
  bool more = false;                             // there are older ones that fit
  bool filtered = false;                         // not all runs were asked for
  bool in_full = false;                          // with the tables of each run
  bool with_events = false;
  bool with_removed = false;
};

std::string history_text(const History& history);
std::string history_json(const History& history);

// What to do about an error of which nothing more is known than its code; may be empty.
std::string usual_remedy(const std::string& error_code, const std::string& mode);

}  // namespace engine::report
