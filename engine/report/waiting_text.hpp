#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/state/waiting.hpp"

// Rows that wait, for people and as JSON with the names of the contract. Pure.
namespace engine::report {

// ---- pgtide quarantine

struct WaitingList {
  std::vector<state::WaitingRow> rows;      // as many as are to be shown
  std::vector<state::WaitingGroup> groups;  // of all of them, by detail
  bool filtered = false;                    // not everything that waits was asked for
  bool verbose = false;                     // with the contents of the rows
};
std::string waiting_text(const WaitingList& list);
// What would be discarded, or was.
std::string discard_text(const std::vector<state::WaitingGroup>& groups, bool done);
// One object of the array.
std::string waiting_json(const state::WaitingRow& row);
std::string discard_json(const std::vector<state::WaitingGroup>& groups);

// ---- pgtide conflicts

struct ConflictList {
  std::vector<state::ConflictRow> rows;  // as many as are to be shown
  std::int64_t total = 0;                // of all of them
  bool filtered = false;
  bool resolved = false;  // those too that do not wait any more
  bool verbose = false;   // with the contents of both sides
};
std::string conflicts_text(const ConflictList& list);
// What became of conflicts that were decided, after the run that was to carry it out.
std::string resolved_text(const std::vector<state::ConflictRow>& rows);
std::string conflict_json(const state::ConflictRow& row);

// What the two sides of a conflict of this kind are, and what the decisions do.
std::string what_it_means(Direction direction, const std::string& kind);

// A JSON array of such objects.
std::string array_of(const std::vector<std::string>& objects);

// 2026-11-21T18:00:09.123456Z -> 2026-11-21 18:00
std::string minute(const std::string& iso);

}  // namespace engine::report
